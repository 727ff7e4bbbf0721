//! What the terminal can show.

use super::When;
use std::env;
use std::io::{IsTerminal, Write, stderr, stdout};
use terminal_size::{Width, terminal_size};

/// Columns where the output is no terminal.
pub(super) const PLAIN_WIDTH: usize = 100;
/// Longer lines are hard to read.
const WIDEST: usize = 120;

/// Columns to lay out for: the terminal's, or where there is none those that `COLUMNS` asks for.
pub(super) fn width() -> usize {
    let asked = || env::var("COLUMNS").ok()?.parse().ok().filter(|columns| *columns > 0);
    let columns = match stdout().is_terminal() {
        true => terminal_size().map(|(Width(columns), _)| usize::from(columns)),
        false => asked(),
    };
    columns.map_or(PLAIN_WIDTH, |columns| columns.min(WIDEST))
}

/// Whether to colour standard output: the flag, then `NO_COLOR`, then `FORCE_COLOR` and
/// `CLICOLOR_FORCE`, then whether it is a terminal.
pub(super) fn color(when: When) -> bool {
    let set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    let forced = |name| set(name) && env::var_os(name).is_some_and(|value| value != "0");
    match when {
        When::Always => true,
        When::Never => false,
        When::Auto if set("NO_COLOR") => false,
        When::Auto if forced("FORCE_COLOR") || forced("CLICOLOR_FORCE") => true,
        When::Auto => stdout().is_terminal() && env::var_os("TERM").is_none_or(|term| term != "dumb"),
    }
}

/// A line on standard error. Where nobody listens, nothing is lost.
pub(super) fn say(line: &str) {
    let _ = writeln!(stderr(), "{line}");
}
