//! Annotations of GitHub Actions: workflow commands that it reads from the log of a step.
//!
//! GitHub shows ten errors and ten warnings of a step and drops the rest without a word. So these go
//! beside a full report, the most important first, and say what is left out.

use super::{Run, plural, severity};
use crate::finding::{Finding, Level};
use crate::source::{Encoding, Source};
use std::cmp::Reverse;
use std::io::{self, Write};

/// How many errors, and how many warnings, GitHub shows.
const SHOWN: usize = 10;

/// Writes the annotations: errors first, then what is surer. Paths are those of the repository,
/// columns 1-based UTF-16 code units.
///
/// # Errors
/// Those of the writer.
pub fn write(run: &Run, out: &mut impl Write) -> io::Result<()> {
    let mut findings: Vec<(&Source, &Finding)> = run.in_files().collect();
    findings.sort_by_key(|(_, finding)| (Reverse(finding.level), Reverse(finding.confidence)));
    let mut left_out = Vec::new();
    for level in [Level::Error, Level::Warn] {
        let noun = severity(level);
        let of_level: Vec<_> = findings.iter().filter(|(_, finding)| finding.level == level).collect();
        for (source, finding) in of_level.iter().take(SHOWN) {
            annotate(run, source, finding, noun, out)?;
        }
        if of_level.len() > SHOWN {
            left_out.push(plural(of_level.len() - SHOWN, noun));
        }
    }
    if !left_out.is_empty() {
        let left_out = left_out.join(" and ");
        writeln!(out, "leaklint: {left_out} not annotated, because GitHub shows {SHOWN} of each kind a step")?;
    }
    Ok(())
}

fn annotate(run: &Run, source: &Source, finding: &Finding, command: &str, out: &mut impl Write) -> io::Result<()> {
    let path = run.base.in_repository(&source.path);
    let start = source.line_column(finding.span.start, Encoding::Utf16);
    let end = source.line_column(finding.span.end, Encoding::Utf16);
    write!(out, "::{command} file={},line={},endLine={}", property(&path), start.line, end.line)?;
    // GitHub refuses an annotation that has columns and goes over several lines.
    if start.line == end.line {
        write!(out, ",col={},endColumn={}", start.column, end.column)?;
    }
    let title = property(&format!("leaklint ({})", finding.rule));
    // The log shows the message alone, so it says where.
    let mut message = format!("{path}:{}:{}: {}", start.line, start.column, finding.message);
    if !finding.help.is_empty() {
        message.extend(["\nhelp: ", &finding.help]);
    }
    writeln!(out, ",title={title}::{}", data(&message))
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
