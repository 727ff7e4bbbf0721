//! The pairs of the leak catalogue, written before the rules: how much of each family is found.
//!
//! `fixtures/pairs/pairs.json` names the two files, the rule, and the lines on which a report is right.
#![allow(clippy::print_stderr, reason = "a table of what was judged, for the person who runs the tests")]

mod common;

use common::{at, by_default, line_of, read, shown};
use libtest_mimic::{Arguments, Failed, Trial};
use serde::Deserialize;
use std::process::ExitCode;

/// Of a hundred leaks, this many are found.
const FOUND_PERCENT: usize = 90;
/// This many safe twins may be reported.
const FLAGGED: usize = 1;

#[derive(Deserialize)]
struct Pair {
    name: String,
    rule: String,
    leak: String,
    safe: String,
    lines: Vec<u32>,
}

struct Row {
    name: String,
    rule: String,
    found: bool,
    flagged: bool,
    story: String,
}

fn main() -> ExitCode {
    let args = Arguments::from_args();
    let trial = Trial::test("the pairs of the catalogue are told apart", || judge(&rows()));
    libtest_mimic::run(&args, vec![trial]).exit_code()
}

fn rows() -> Vec<Row> {
    let pairs: Vec<Pair> = serde_json::from_str(&read(&at("fixtures/pairs/pairs.json"))).unwrap_or_default();
    pairs.into_iter().map(row).collect()
}

fn row(pair: Pair) -> Row {
    let leak = read(&at("fixtures/pairs").join(&pair.leak));
    let safe = read(&at("fixtures/pairs").join(&pair.safe));
    let in_leak = by_default(&pair.leak, &leak);
    let in_safe = by_default(&pair.safe, &safe);
    let found =
        in_leak.iter().any(|finding| finding.rule == pair.rule && pair.lines.contains(&line_of(&leak, finding)));
    let story = format!("  {}\n{}\n  {}\n{}", pair.leak, shown(&leak, &in_leak), pair.safe, shown(&safe, &in_safe));
    Row { name: pair.name, rule: pair.rule, found, flagged: !in_safe.is_empty(), story }
}

fn judge(rows: &[Row]) -> Result<(), Failed> {
    for row in rows {
        let found = if row.found { "found" } else { "MISSED" };
        let flagged = if row.flagged { "FLAGGED" } else { "silent" };
        eprintln!("{:26} {:28} leak {found:7} safe {flagged}", row.rule, row.name);
    }
    let found = rows.iter().filter(|row| row.found).count();
    let flagged = rows.iter().filter(|row| row.flagged).count();
    eprintln!("{found} of {} found, {flagged} safe twins reported", rows.len());
    if rows.is_empty() || found * 100 < rows.len() * FOUND_PERCENT || flagged > FLAGGED {
        let stories: Vec<&str> =
            rows.iter().filter(|row| !row.found || row.flagged).map(|row| row.story.as_str()).collect();
        return Err(stories.join("\n").into());
    }
    Ok(())
}
