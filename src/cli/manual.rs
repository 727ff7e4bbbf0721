//! `leaklint completions` and `leaklint man`: what shells and `man` want to know of the flags.

use super::{CLEAN, Failure};
use clap::Command;
use clap_complete::Shell;
use clap_mangen::Man;
use std::io::{Write, stdout};

/// Prints the script with which a shell completes `leaklint`.
///
/// # Errors
/// Standard output did not take it.
pub(super) fn completions(mut command: Command, shell: Shell) -> Result<u8, Failure> {
    let name = command.get_name().to_owned();
    // It panics where its writer fails; a vector does not.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, name, &mut script);
    print(&script)
}

/// Prints the manual page.
///
/// # Errors
/// Standard output did not take it.
pub(super) fn page(command: Command) -> Result<u8, Failure> {
    let mut page = Vec::new();
    Man::new(command.clone()).render(&mut page)?;
    let mut page = String::from_utf8_lossy(&page).into_owned();
    // It refers to a page for each command, and there are none.
    for each in command.get_subcommands() {
        let arguments: String = each.get_positionals().map(|argument| format!(" {argument}")).collect();
        let referred = format!("leaklint\\-{}(1)", each.get_name());
        page = page.replace(&referred, &format!("leaklint {}{arguments}", each.get_name()));
    }
    print(page.as_bytes())
}

fn print(text: &[u8]) -> Result<u8, Failure> {
    let mut out = stdout().lock();
    out.write_all(text)?;
    out.flush()?;
    Ok(CLEAN)
}
