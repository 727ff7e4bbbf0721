//! `leaklint init` and `leaklint schema`: a start for a configuration.

use super::config::configuration_in;
use super::{CLEAN, Failure};
use crate::walk::working_directory;
use leaklint::config::{NAMES, SCHEMA};
use std::fs::OpenOptions;
use std::io::{Write, stdout};
use std::path::Path;

/// Where the npm package keeps the schema.
const INSTALLED: &str = "node_modules/leaklint/schema.json";

/// Writes a small `leaklint.json` to the working directory.
///
/// # Errors
/// There is a configuration; the file cannot be written.
pub(super) fn run() -> Result<u8, Failure> {
    let cwd = working_directory();
    if let Some(name) = configuration_in(&cwd) {
        return Err(Failure::Usage(format!("init: {name} configures this directory already")));
    }
    let text = format!(
        "{{\n  \"$schema\": \"{}\",\n  \"minConfidence\": \"medium\",\n  \"rules\": {{}},\n  \"exclude\": []\n}}\n",
        schema_for(&cwd)
    );
    let name = NAMES[0];
    let file = OpenOptions::new().write(true).create_new(true).open(cwd.join(name));
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|error| Failure::Usage(format!("init: cannot write {name}: {error}")))?;
    let mut out = stdout().lock();
    writeln!(
        out,
        "Wrote {name}. `leaklint rules` lists the rules, `leaklint --print-config FILE` says what is set for a file."
    )?;
    Ok(CLEAN)
}

/// Prints the schema.
///
/// # Errors
/// Standard output did not take it.
pub(super) fn schema() -> Result<u8, Failure> {
    let mut out = stdout().lock();
    out.write_all(SCHEMA.as_bytes())?;
    out.flush()?;
    Ok(CLEAN)
}

/// The schema of the package that is installed nearest; without one, that of this release.
fn schema_for(cwd: &Path) -> String {
    let installed = cwd.ancestors().position(|above| above.join(INSTALLED).is_file());
    match installed {
        Some(0) => format!("./{INSTALLED}"),
        Some(up) => format!("{}{INSTALLED}", "../".repeat(up)),
        None => {
            let repository = env!("CARGO_PKG_REPOSITORY").replace("//github.com/", "//raw.githubusercontent.com/");
            format!("{repository}/v{}/schema/leaklint.schema.json", env!("CARGO_PKG_VERSION"))
        }
    }
}
