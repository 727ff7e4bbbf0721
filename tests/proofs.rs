//! The proofs, judged twice: by leaklint, and by V8.
#![allow(clippy::print_stderr, reason = "skipped proofs are said aloud")]

mod common;

use common::{Claim, Proof, at, by_default, leak_marks, line_of, proofs, shown};
use libtest_mimic::{Arguments, Failed, Trial};
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let args = Arguments::from_args();
    let mut trials = vec![Trial::test("V8 agrees with every proof", v8_agrees)];
    let proofs = proofs();
    for leak in proofs.iter().filter(|proof| proof.claim == Claim::Leak).cloned() {
        let is_twin = |proof: &&Proof| proof.claim == Claim::Safe && proof.rule == leak.rule && proof.name == leak.name;
        let safe = proofs.iter().find(is_twin).cloned();
        trials.push(Trial::test(format!("{}/{}", leak.rule, leak.name), move || judge(&leak, safe.as_ref())));
    }
    libtest_mimic::run(&args, trials).exit_code()
}

fn judge(leak: &Proof, safe: Option<&Proof>) -> Result<(), Failed> {
    let mut problems = Vec::new();
    let found = by_default(&leak.path, &leak.code);
    for mark in leak_marks(&leak.code) {
        if !found.iter().any(|finding| finding.rule == leak.rule && line_of(&leak.code, finding) == mark.line) {
            problems.push(format!(
                "{}: line {} leaks and is not reported; found\n{}",
                leak.path,
                mark.line,
                shown(&leak.code, &found)
            ));
        }
    }
    match safe {
        None => problems.push(format!("{}: has no safe twin", leak.path)),
        Some(safe) => {
            let found = by_default(&safe.path, &safe.code);
            if !found.is_empty() {
                problems.push(format!("{}: is safe; found\n{}", safe.path, shown(&safe.code, &found)));
            }
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n").into()) }
}

/// Runs every proof under node; see `fixtures/proofs/README.md`.
fn v8_agrees() -> Result<(), Failed> {
    let runner = at("fixtures/proofs/run.cjs");
    let output = match Command::new("node").arg(runner).arg("--all").output() {
        Ok(output) => output,
        Err(error) if std::env::var_os("LEAKLINT_REQUIRE_PROOFS").is_some() => {
            return Err(format!("LEAKLINT_REQUIRE_PROOFS is set and node does not start: {error}").into());
        }
        Err(error) => {
            eprintln!("\n*** THE PROOFS WERE NOT RUN: node does not start ({error}) ***\n");
            return Ok(());
        }
    };
    if output.status.success() {
        return Ok(());
    }
    let table = String::from_utf8_lossy(&output.stdout);
    let wrong: Vec<&str> = table.lines().filter(|line| !line.starts_with("ok")).collect();
    Err(format!("{}\n{}", wrong.join("\n"), String::from_utf8_lossy(&output.stderr)).into())
}
