//! JUnit's XML, which nearly every CI server shows: a suite a file, a failed test a finding.

use super::xml::escaped;
use super::{Run, is_failure, severity};
use crate::finding::Finding;
use crate::lint::FileReport;
use crate::source::Encoding;
use rustc_hash::FxHashMap;
use std::io::{self, Write};

/// Writes the document. A run without findings is one test that passed, because some readers take an
/// empty report for a broken one.
///
/// # Errors
/// Those of the writer.
pub fn write(run: &Run, out: &mut impl Write) -> io::Result<()> {
    let (tests, errors) = count(run.findings());
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    writeln!(
        out,
        r#"<testsuites name="leaklint" tests="{}" failures="{}" errors="{errors}">"#,
        tests.max(1),
        tests - errors
    )?;
    if tests == 0 {
        writeln!(out, r#"  <testsuite name="leaklint" tests="1" failures="0" errors="0">"#)?;
        writeln!(out, r#"    <testcase name="no findings" classname="leaklint"/>"#)?;
        writeln!(out, "  </testsuite>")?;
    }
    for file in run.files.iter().filter(|file| !file.findings.is_empty()) {
        suite(file, out)?;
    }
    writeln!(out, "</testsuites>")
}

/// How many findings there are, and how many of them say that a file could not be linted.
fn count<'a>(findings: impl Iterator<Item = &'a Finding>) -> (usize, usize) {
    findings.fold((0, 0), |(tests, errors), finding| (tests + 1, errors + usize::from(is_failure(finding.rule))))
}

fn suite(file: &FileReport, out: &mut impl Write) -> io::Result<()> {
    let path = escaped(&file.source.path);
    let (tests, errors) = count(file.findings.iter());
    let failures = tests - errors;
    writeln!(out, r#"  <testsuite name="{path}" tests="{tests}" failures="{failures}" errors="{errors}">"#)?;
    let mut seen: FxHashMap<String, usize> = FxHashMap::default();
    for finding in &file.findings {
        let place = file.source.line_column(finding.span.start, Encoding::Utf16);
        // Servers know a test again by its name, so no line is in it.
        let mut name = format!("{}: {}", finding.rule, finding.message);
        let times = seen.entry(name.clone()).or_default();
        *times += 1;
        if *times > 1 {
            name = format!("{name} ({times})");
        }
        let element = if is_failure(finding.rule) { "error" } else { "failure" };
        writeln!(
            out,
            r#"    <testcase name="{}" classname="{path}" file="{path}" line="{}">"#,
            escaped(&name),
            place.line
        )?;
        writeln!(
            out,
            r#"      <{element} type="{}" message="{}">{}</{element}>"#,
            severity(finding.level),
            escaped(&finding.message),
            escaped(&story(file, finding)),
        )?;
        writeln!(out, "    </testcase>")?;
    }
    writeln!(out, "  </testsuite>")
}

/// The finding in plain lines: where, the four answers, what to do.
fn story(file: &FileReport, finding: &Finding) -> String {
    let place = |at| {
        let place = file.source.line_column(at, Encoding::Utf16);
        format!("{}:{}:{}", file.source.path, place.line, place.column)
    };
    let mut lines = vec![format!("{}: {}", place(finding.span.start), finding.message)];
    let answers = finding.evidence.iter();
    lines.extend(answers.map(|it| format!("{}: {} ({})", it.role.name(), it.message, place(it.span.start))));
    if !finding.help.is_empty() {
        lines.push(format!("help: {}", finding.help));
    }
    lines.join("\n")
}
