#![allow(clippy::unwrap_used, reason = "what cannot be unwrapped fails the test")]

use super::{Outcome, apply, may_have_directives};
use crate::finding::{Finding, Level};
use crate::source::{Source, Span};

const RULES: &[(&str, bool)] = &[("unbounded-cache", true), ("implicit-global", true), ("blocking-handler", false)];

/// A finding of `rule` at every `LEAK` in the text; comments are found by their delimiters.
fn weigh(text: &str, rule: &'static str) -> Outcome {
    let source = Source::new("a.js", text);
    let leaks = text.match_indices("LEAK").map(|(at, _)| {
        let at = u32::try_from(at).unwrap();
        Finding::diagnostic(rule, Level::Error, "leaks", "", Span::new(at, at + 4))
    });
    apply(&source, &comments(text), RULES, leaks.collect())
}

fn comments(text: &str) -> Vec<(Span, bool)> {
    let mut comments = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").unwrap() + 2
        } else {
            at += rest.chars().next().unwrap().len_utf8();
            continue;
        };
        let span = Span::new(u32::try_from(at).unwrap(), u32::try_from(at + length).unwrap());
        comments.push((span, rest.starts_with("/*")));
        at += length;
    }
    comments
}

/// (kept, suppressed, messages of unused)
fn counts(text: &str) -> (usize, usize, Vec<String>) {
    let outcome = weigh(text, "unbounded-cache");
    let messages = outcome.unused.iter().map(|finding| finding.message.clone()).collect();
    (outcome.kept.len(), outcome.suppressed.len(), messages)
}

#[test]
fn the_next_line_is_silenced_and_no_other() {
    assert_eq!(counts("// leaklint-disable-next-line unbounded-cache -- few\nLEAK\nLEAK\n"), (1, 1, vec![]));
    assert_eq!(counts("  /* leaklint-disable-next-line unbounded-cache */\nLEAK\n"), (0, 1, vec![]));
    assert_eq!(counts("// leaklint-disable-next-line unbounded-cache\r\nLEAK\r\nLEAK"), (1, 1, vec![]));
}

#[test]
fn blank_lines_and_comments_are_passed_over() {
    let text = "// leaklint-disable-next-line unbounded-cache\n\n // why\n/* and\n why */\nLEAK\nLEAK";
    assert_eq!(counts(text), (1, 1, vec![]));
}

#[test]
fn jsx_comments_work() {
    let text = "<div>\n  {/* leaklint-disable-next-line unbounded-cache */}\n  {/* more */}\n  {LEAK}\n</div>";
    assert_eq!(counts(text), (0, 1, vec![]));
}

#[test]
fn the_same_line_is_silenced() {
    assert_eq!(counts("LEAK // leaklint-disable-line unbounded-cache\nLEAK"), (1, 1, vec![]));
    assert_eq!(counts("/* leaklint-disable-line unbounded-cache */ LEAK"), (0, 1, vec![]));
}

#[test]
fn ranges_end_where_they_are_enabled() {
    let text = "LEAK\n/* leaklint-disable unbounded-cache */\nLEAK\n/* leaklint-enable unbounded-cache */\nLEAK";
    assert_eq!(counts(text), (2, 1, vec![]));
    assert_eq!(counts("/* leaklint-disable unbounded-cache */ LEAK /* leaklint-enable */ LEAK"), (1, 1, vec![]));
    assert_eq!(counts("/* leaklint-disable unbounded-cache */ LEAK\nLEAK"), (0, 2, vec![]));
}

#[test]
fn several_rules_are_counted_one_by_one() {
    let text = "// leaklint-disable-next-line unbounded-cache, implicit-global\nLEAK";
    let outcome = weigh(text, "unbounded-cache");
    assert_eq!(outcome.suppressed.len(), 1);
    assert_eq!(outcome.unused.len(), 1);
    assert_eq!(outcome.unused[0].message, "this comment silences nothing: `implicit-global` finds nothing here");
    let span = outcome.unused[0].span;
    assert_eq!(&text[span.start as usize..span.end as usize], "implicit-global");
}

#[test]
fn another_rule_is_not_silenced() {
    let outcome = weigh("// leaklint-disable-next-line implicit-global\nLEAK", "unbounded-cache");
    assert_eq!((outcome.kept.len(), outcome.unused.len()), (1, 1));
}

#[test]
fn names_are_required() {
    let (kept, suppressed, unused) = counts("// leaklint-disable-next-line\nLEAK");
    assert_eq!((kept, suppressed), (1, 0));
    assert_eq!(unused, ["this comment names no rule, so it silences nothing: write `leaklint-disable-next-line rule`"]);
    assert_eq!(counts("// leaklint-disable-next-line -- because\nLEAK").1, 0);
}

#[test]
fn wrong_names_are_told_with_a_guess() {
    let (kept, _, unused) = counts("// leaklint-disable-next-line unbound-cache\nLEAK");
    assert_eq!(kept, 1);
    assert_eq!(unused, ["there is no rule `unbound-cache`, so it silences nothing; did you mean `unbounded-cache`?"]);
    let (kept, suppressed, unused) = counts("// leaklint-disable-next-line unbounded-cache it is small\nLEAK");
    assert_eq!((kept, suppressed), (0, 1));
    assert_eq!(unused, ["there is no rule `it`, so it silences nothing; a reason goes after ` -- `"]);
}

#[test]
fn wrong_comments_are_told() {
    let unused = counts("// leaklint-disable-nextline unbounded-cache\nLEAK").2;
    assert_eq!(
        unused,
        [
            "`leaklint-disable-nextline` is not a comment that leaklint knows; did you mean `leaklint-disable-next-line`?"
        ]
    );
    let (kept, _, unused) = counts("// leaklint-disable unbounded-cache\nLEAK");
    assert_eq!((kept, unused), (1, vec!["a range is written in block comments: `/* leaklint-disable rule */`".into()]));
    assert_eq!(counts("/* leaklint-enable */").2, ["this comment enables nothing: nothing is disabled before it"]);
}

#[test]
fn a_rule_that_did_not_run_is_not_called_unused() {
    assert_eq!(counts("// leaklint-disable-next-line blocking-handler\nok()"), (0, 0, vec![]));
    assert_eq!(counts("// leaklint-disable-next-line unbounded-cache\nok()").2.len(), 1);
}

#[test]
fn other_comments_are_left_alone() {
    assert_eq!(counts("// see leaklint-disable-next-line\nLEAK // eslint-disable-line x"), (1, 0, vec![]));
    assert!(may_have_directives("// leaklint-disable-line x") && !may_have_directives("// eslint-disable-line"));
}

#[test]
fn names_after_wide_characters_and_tabs_have_their_place() {
    let text = "/* é */ x() /*\tleaklint-disable-line\tnope */";
    let outcome = weigh(text, "unbounded-cache");
    let span = outcome.unused[0].span;
    assert_eq!(&text[span.start as usize..span.end as usize], "nope");
}

#[test]
fn the_reason_is_kept() {
    let reason = |text: &str| weigh(text, "unbounded-cache").suppressed[0].reason.clone();
    assert_eq!(reason("// leaklint-disable-next-line unbounded-cache -- one  per country\nLEAK"), "one per country");
    assert_eq!(reason("// leaklint-disable-next-line unbounded-cache\nLEAK"), "");
    assert_eq!(reason("/* leaklint-disable unbounded-cache --\n   generated -- twice */ LEAK"), "generated -- twice");
    // Of several comments, the first that gives one.
    assert_eq!(
        reason("/* leaklint-disable unbounded-cache */\nLEAK // leaklint-disable-line unbounded-cache -- few"),
        "few"
    );
}
