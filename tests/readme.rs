//! The README says what leaklint says.

mod common;

use common::{at, files, read};
use leaklint::lint::{FileContext, Options, lint};
use leaklint::report::{Run, pretty};
use leaklint::rules::RULES;
use leaklint::source::Source;

#[test]
fn the_table_of_rules_is_the_registry() {
    let readme = read(&at("README.md"));
    let rows: Vec<&str> = readme.lines().filter(|line| line.starts_with("| [`")).collect();
    let expected: Vec<String> = RULES
        .iter()
        .map(|rule| format!("| [`{name}`](rules/{name}.md) | {summary} |", name = rule.name, summary = rule.summary))
        .collect();
    assert_eq!(rows, expected, "the table should be\n{}\n", expected.join("\n"));
}

/// Each finding in a fence after `<!-- report: FOLDER -->` is one of the report of that folder.
#[test]
fn the_report_is_a_real_one() {
    let readme = read(&at("README.md"));
    let (_, after) = readme.split_once("<!-- report: ").expect("README.md shows a report");
    let (folder, after) = after.split_once(" -->\n```text\n").expect("the report stands in a fence");
    let (shown, _) = after.split_once("\n```\n").expect("the fence ends");
    let report = report(folder);
    for finding in shown.split("\n\n") {
        assert!(report.contains(finding), "README.md shows\n\n{finding}\n\nand the report is\n\n{report}");
    }
}

/// The report of a folder in a terminal of 80 columns.
fn report(folder: &str) -> String {
    let mut run = Run::default();
    for path in files(&at(folder)).into_iter().filter(|path| path.extension().is_some_and(|ext| ext == "js")) {
        let inside = path.strip_prefix(at(folder)).map(|path| path.to_string_lossy().replace('\\', "/"));
        let shown = format!("{folder}/{}", inside.unwrap_or_default());
        run.files.push(lint(Source::new(shown, read(&path)), &FileContext::default(), &Options::default()));
    }
    let mut out = Vec::new();
    let look = pretty::Look { color: false, width: 80 };
    pretty::write(&run, look, &mut out).expect("a vector takes everything");
    String::from_utf8_lossy(&out).into_owned()
}
