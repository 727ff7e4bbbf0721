//! The pages of the rules are tests: every example is linted, and pages, registry and code are one to one.

mod common;

use common::{Claim, Example, at, examples, examples_of, findings_for, leak_marks, line_of, pages, shown};
use leaklint::finding::Confidence;
use leaklint::rules::RULES;
use libtest_mimic::{Arguments, Failed, Trial};
use std::process::ExitCode;

/// Fewer examples than this do not show what a rule is about.
const LEAKS: usize = 4;
/// Fewer look-alikes than this do not show where it stops.
const SAFE: usize = 3;

fn main() -> ExitCode {
    let args = Arguments::from_args();
    let mut trials = vec![
        Trial::test("pages, registry and code are one to one", one_to_one),
        Trial::test("every page has enough examples", enough_examples),
    ];
    trials.extend(examples().into_iter().map(|example| {
        let claim = if example.claim == Claim::Leak { "leak" } else { "safe" };
        Trial::test(format!("{} {claim}", example.place), move || judge(&example))
    }));
    libtest_mimic::run(&args, trials).exit_code()
}

fn judge(example: &Example) -> Result<(), Failed> {
    match example.claim {
        Claim::Safe => judge_safe(example),
        Claim::Leak => judge_leak(example),
    }
}

/// A look-alike is silent, even at `--pedantic`, for every rule.
fn judge_safe(example: &Example) -> Result<(), Failed> {
    let found = findings_for(&example.rule, &example.path, &example.code, Confidence::Low);
    if found.is_empty() {
        return Ok(());
    }
    Err(format!("{}: expected nothing, found\n{}", example.place, shown(&example.code, &found)).into())
}

/// A leak is reported on its marked lines by the rule of the page, and nothing else is reported.
fn judge_leak(example: &Example) -> Result<(), Failed> {
    let found = findings_for(&example.rule, &example.path, &example.code, Confidence::Medium);
    let marks = leak_marks(&example.code);
    if marks.is_empty() {
        return Err(format!("{}: no line is marked `// leak`", example.place).into());
    }
    let mut problems = Vec::new();
    for mark in &marks {
        let at_line = |line| line == mark.line;
        let here =
            found.iter().find(|finding| finding.rule == example.rule && at_line(line_of(&example.code, finding)));
        let Some(finding) = here else {
            problems.push(format!("line {} is marked and not reported", mark.line));
            continue;
        };
        if !finding.message.contains(&mark.words) {
            problems
                .push(format!("line {}: the message does not say `{}`: {}", mark.line, mark.words, finding.message));
        }
        if mark.confidence.as_deref().is_some_and(|confidence| confidence != finding.confidence.name()) {
            problems.push(format!("line {}: confidence is {}", mark.line, finding.confidence.name()));
        }
    }
    if found.len() > marks.len() || found.iter().any(|finding| finding.rule != example.rule) {
        problems.push("something else is reported".to_owned());
    }
    if problems.is_empty() {
        return Ok(());
    }
    let list = problems.join("\n  ");
    Err(format!("{}:\n  {list}\n  found:\n{}", example.place, shown(&example.code, &found)).into())
}

fn one_to_one() -> Result<(), Failed> {
    let pages: Vec<String> = pages().into_iter().map(|(name, _)| name).collect();
    let mut problems = Vec::new();
    for page in &pages {
        if !RULES.iter().any(|rule| rule.name == page) {
            problems.push(format!("rules/{page}.md: no such rule in the registry"));
        }
    }
    for rule in RULES {
        if !pages.iter().any(|page| page == rule.name) {
            problems.push(format!("{}: has no page", rule.name));
        }
        let code = format!("src/rules/{}.rs", rule.name.replace('-', "_"));
        if !at(&code).is_file() {
            problems.push(format!("{}: {code} does not exist", rule.name));
        }
        if !rule.page.starts_with(&format!("# {}\n", rule.name)) {
            problems.push(format!("{}: its page does not begin with its name", rule.name));
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n").into()) }
}

fn enough_examples() -> Result<(), Failed> {
    let mut problems = Vec::new();
    for (rule, page) in pages() {
        let examples = examples_of(&rule, &page);
        let leaks = examples.iter().filter(|example| example.claim == Claim::Leak).count();
        let safe = examples.len() - leaks;
        if leaks < LEAKS || safe < SAFE {
            problems.push(format!("rules/{rule}.md: {leaks} leaks and {safe} safe examples, of {LEAKS} and {SAFE}"));
        }
        for heading in ["## Why it leaks", "## Leaks", "## Safe", "## How to fix", "## Not reported"] {
            if !page.lines().any(|line| line == heading) {
                problems.push(format!("rules/{rule}.md: has no section `{heading}`"));
            }
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n").into()) }
}
