//! The demonstration server: the documented leaks, each once, in code as people write it, and
//! correct code beside it. The report is exactly the marked lines.

mod common;
#[path = "common/run.rs"]
#[allow(clippy::unwrap_used, reason = "what cannot be unwrapped fails the test")]
mod run;

use common::{at, by_default, files, leak_marks, line_of, pedantic, read, shown};
use std::collections::BTreeSet;

#[test]
fn exactly_the_documented_leaks_are_reported() {
    let folder = at("fixtures/apps/server");
    let mut expected = BTreeSet::new();
    let mut reported = BTreeSet::new();
    let mut stories = String::new();
    for path in files(&folder).into_iter().filter(|path| path.extension().is_some_and(|ext| ext == "js")) {
        let code = read(&path);
        let name = path.strip_prefix(&folder).unwrap_or(&path).to_string_lossy().replace('\\', "/");
        for mark in leak_marks(&code) {
            expected.insert((name.clone(), mark.line, mark.words));
        }
        let found = by_default(&name, &code);
        stories.push_str(&format!("{name}\n{}\n", shown(&code, &found)));
        for finding in &found {
            reported.insert((name.clone(), line_of(&code, finding), finding.rule.to_owned()));
        }
    }
    assert!(!expected.is_empty());
    let missed: Vec<_> = expected.difference(&reported).collect();
    let invented: Vec<_> = reported.difference(&expected).collect();
    assert!(missed.is_empty() && invented.is_empty(), "missed {missed:#?}\ninvented {invented:#?}\n{stories}");
}

#[test]
fn files_without_a_leak_are_silent_at_pedantic() {
    let folder = at("fixtures/apps/server/src");
    for name in ["rate-limit.js", "memwatch.js"] {
        let code = read(&folder.join(name));
        let found = pedantic(name, &code);
        assert!(found.is_empty(), "{name}\n{}", shown(&code, &found));
    }
}

#[test]
fn the_whole_server_shows_the_same() {
    let folder = at("fixtures/apps/server");
    let report = run::leaklint(&folder, &["--format", "concise", "--isolated", "src"]).stdout;
    for path in files(&folder).into_iter().filter(|path| path.extension().is_some_and(|ext| ext == "js")) {
        let name = path.strip_prefix(&folder).unwrap_or(&path).to_string_lossy().replace('\\', "/");
        for mark in leak_marks(&read(&path)) {
            let place = format!("{name}:{}:", mark.line);
            let found = report.lines().any(|line| line.starts_with(&place) && line.contains(&mark.words));
            assert!(found, "nothing at {place} {}\n{report}", mark.words);
        }
    }
}
