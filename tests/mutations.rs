//! Takes the release out of every safe example and proof, mechanically, and expects leaklint to
//! change its verdict; puts the fix into every leak, and expects it to fall silent.
//!
//! A linter that looks for the presence of a `delete` passes the examples and fails here.
#![allow(clippy::print_stderr, reason = "a table of what was judged, for the person who runs the tests")]

mod common;
#[path = "common/mutate.rs"]
mod mutate;

use common::{Claim, by_default, examples, is_broken, pedantic, proofs, shown};
use libtest_mimic::{Arguments, Failed, Trial};
use mutate::{WAYS, Way, with_fix, without_release};
use std::process::ExitCode;

/// Mutants that are still safe, as measured under node: title, way, and why.
const STILL_SAFE: &[(&str, Way, &str)] = &[];

/// Safe code, or leaking code, from a page or a proof.
struct Original {
    rule: String,
    title: String,
    path: String,
    code: String,
    claim: Claim,
}

/// What became of a mutant.
enum Outcome {
    /// The verdict changed, as it should.
    Caught(&'static str),
    /// It does not parse, so it says nothing.
    Invalid,
    /// It is listed as still safe.
    Excused(&'static str),
    /// The verdict did not change.
    Survived(String),
}

struct Row {
    title: String,
    change: String,
    outcome: Outcome,
}

fn main() -> ExitCode {
    let args = Arguments::from_args();
    let rows: Vec<Row> = originals().iter().flat_map(rows).collect();
    if !args.list {
        print(&rows);
    }
    let mut trials: Vec<Trial> = rows.into_iter().map(trial).collect();
    trials.push(Trial::test("releases are changed where they stand", || {
        mutate::releases_are_changed_where_they_stand();
        Ok(())
    }));
    trials.push(Trial::test("the list of safe mutants is in use", unused_excuses));
    libtest_mimic::run(&args, trials).exit_code()
}

fn originals() -> Vec<Original> {
    let from_pages = examples().into_iter().map(|example| Original {
        rule: example.rule,
        title: example.place,
        path: example.path,
        code: example.code,
        claim: example.claim,
    });
    let from_proofs = proofs().into_iter().map(|proof| Original {
        rule: proof.rule,
        title: proof.path.clone(),
        path: proof.path,
        code: proof.code,
        claim: proof.claim,
    });
    from_pages.chain(from_proofs).collect()
}

fn rows(original: &Original) -> Vec<Row> {
    if original.claim == Claim::Leak {
        let fixed = with_fix(&original.code);
        return fixed.iter().map(|code| row(original, "fix", fixed_outcome(original, code))).collect();
    }
    let mutants = WAYS.iter().filter_map(|way| Some((*way, without_release(&original.code, *way)?)));
    mutants
        .map(|(way, code)| row(original, &format!("{way:?}").to_lowercase(), mutant_outcome(original, way, &code)))
        .collect()
}

fn row(original: &Original, change: &str, outcome: Outcome) -> Row {
    Row { title: original.title.clone(), change: change.to_owned(), outcome }
}

/// A release that is gone must show in the default report; one that misses, at least at `--pedantic`.
fn mutant_outcome(original: &Original, way: Way, code: &str) -> Outcome {
    let found = pedantic(&original.path, code);
    if is_broken(&found) {
        let is_drop = way == Way::Drop;
        return if is_drop { Outcome::Survived(format!("does not parse:\n{code}")) } else { Outcome::Invalid };
    }
    // The original is silent for every rule, so any finding is about what was broken: a removal
    // with another receiver is a mismatched removal, a handle that is not cleared an uncleared timer.
    if !by_default(&original.path, code).is_empty() {
        return Outcome::Caught("reported");
    }
    if way != Way::Drop && !found.is_empty() {
        return Outcome::Caught("reported at --pedantic");
    }
    if let Some(reason) = excuse(&original.title, way) {
        return Outcome::Excused(reason);
    }
    Outcome::Survived(format!("leaks and is not reported by {}; found\n{}\n{code}", original.rule, shown(code, &found)))
}

fn fixed_outcome(original: &Original, code: &str) -> Outcome {
    let found = by_default(&original.path, code);
    if found.is_empty() {
        return Outcome::Caught("silent");
    }
    Outcome::Survived(format!("is fixed and still reported:\n{}\n{code}", shown(code, &found)))
}

fn excuse(title: &str, way: Way) -> Option<&'static str> {
    STILL_SAFE.iter().find(|(name, other, _)| *name == title && *other == way).map(|(_, _, reason)| *reason)
}

fn print(rows: &[Row]) {
    for row in rows {
        let outcome = match &row.outcome {
            Outcome::Caught(how) => (*how).to_owned(),
            Outcome::Invalid => "does not apply".to_owned(),
            Outcome::Excused(reason) => format!("still safe: {reason}"),
            Outcome::Survived(_) => "SURVIVED".to_owned(),
        };
        eprintln!("{:62} {:9} {outcome}", row.title, row.change);
    }
    let count = |wanted: fn(&Outcome) -> bool| rows.iter().filter(|row| wanted(&row.outcome)).count();
    let caught = count(|outcome| matches!(outcome, Outcome::Caught(_)));
    let survived = count(|outcome| matches!(outcome, Outcome::Survived(_)));
    eprintln!("{} mutants, {caught} caught, {survived} survived", rows.len());
}

fn trial(row: Row) -> Trial {
    let name = format!("{} {}", row.change, row.title);
    let ignored = matches!(row.outcome, Outcome::Invalid);
    Trial::test(name, move || match row.outcome {
        Outcome::Survived(story) => Err(Failed::from(story)),
        _ => Ok(()),
    })
    .with_ignored_flag(ignored)
}

fn unused_excuses() -> Result<(), Failed> {
    let originals = originals();
    let unused: Vec<&str> = STILL_SAFE
        .iter()
        .map(|(title, ..)| *title)
        .filter(|title| !originals.iter().any(|original| original.title == *title))
        .collect();
    if unused.is_empty() { Ok(()) } else { Err(format!("no such example: {}", unused.join(", ")).into()) }
}
