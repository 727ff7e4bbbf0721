//! The pairs of the leak catalogue, written before the rules: how many leaks are told from their safe twins.
//!
//! `fixtures/pairs/pairs.json` names the two files, the family, the lines on which a report is right, and
//! the tier: `default` is for the default report, `pedantic` for `--pedantic`, and of `disputed` pairs a
//! measurement, in the note, says that there is no leak, or that the safe twin leaks as well.
#![allow(clippy::print_stderr, reason = "a table of what was judged, for the person who runs the tests")]

mod common;
#[path = "../benches/common/pairs.rs"]
mod pairs;

use common::{at, line_of, pedantic, shown};
use leaklint::finding::{Confidence, Finding};
use libtest_mimic::{Arguments, Failed, Trial};
use pairs::{Pair, Tier};
use std::process::ExitCode;

/// Of a hundred leaks of a tier, this many are found.
const FOUND_PERCENT: &[(Tier, usize)] = &[(Tier::Default, 92), (Tier::Pedantic, 80), (Tier::Disputed, 0)];
/// This many safe twins may be reported by default.
const FLAGGED: usize = 2;

struct Row {
    name: String,
    family: String,
    tier: Tier,
    found: bool,
    flagged: Option<Confidence>,
    story: String,
}

fn main() -> ExitCode {
    let args = Arguments::from_args();
    let trial = Trial::test("the pairs of the catalogue are told apart", || judge(&rows()));
    libtest_mimic::run(&args, vec![trial]).exit_code()
}

fn rows() -> Vec<Row> {
    pairs::pairs(&at("")).unwrap_or_default().into_iter().map(row).collect()
}

fn row(pair: Pair) -> Row {
    let [leak, safe] = [&pair.leak, &pair.safe].map(|file| pairs::code(&at(""), file).unwrap_or_default());
    let in_leak = pedantic(&pair.leak, &leak);
    let in_safe = pedantic(&pair.safe, &safe);
    let least = if pair.tier == Tier::Default { Confidence::Medium } else { Confidence::Low };
    let counts = |finding: &&Finding| finding.confidence >= least && pair.lines.contains(&line_of(&leak, finding));
    let found = in_leak.iter().any(|finding| counts(&finding));
    let flagged = in_safe.iter().map(|finding| finding.confidence).max();
    let story = format!("  {}\n{}\n  {}\n{}", pair.leak, shown(&leak, &in_leak), pair.safe, shown(&safe, &in_safe));
    Row { name: pair.name, family: pair.family, tier: pair.tier, found, flagged, story }
}

fn judge(rows: &[Row]) -> Result<(), Failed> {
    for row in rows {
        let found = if row.found { "found" } else { "MISSED" };
        let flagged = match row.flagged {
            None => "silent".to_string(),
            Some(confidence) => format!("FLAGGED {}", confidence.name()),
        };
        let tier = format!("{:?}", row.tier).to_lowercase();
        eprintln!("{:8} {:26} {:32} leak {found:7} safe {flagged}", tier, row.family, row.name);
    }
    let mut wrong = Vec::new();
    for (tier, percent) in FOUND_PERCENT {
        let of_tier = || rows.iter().filter(|row| row.tier == *tier);
        let found = of_tier().filter(|row| row.found).count();
        eprintln!("{tier:?}: {found} of {} found", of_tier().count());
        if of_tier().count() == 0 || found * 100 < of_tier().count() * percent {
            wrong.extend(of_tier().filter(|row| !row.found));
        }
    }
    let flagged = |least: Confidence| rows.iter().filter(move |row| row.flagged >= Some(least));
    let (by_default, all) = (flagged(Confidence::Medium).count(), flagged(Confidence::Low).count());
    eprintln!("{by_default} safe twins reported by default, {all} with --pedantic");
    if by_default > FLAGGED {
        wrong.extend(flagged(Confidence::Medium));
    }
    if wrong.is_empty() {
        return Ok(());
    }
    let stories: Vec<&str> = wrong.iter().map(|row| row.story.as_str()).collect();
    Err(stories.join("\n").into())
}
