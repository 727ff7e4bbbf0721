//! Reviewdog's diagnostic format: one object, as of `proto/rdf/reviewdog.proto`.

use super::{Run, told, url};
use crate::finding::{Finding, Fix, Level};
use crate::source::{Encoding, LineColumn, Source, Span};
use serde::Serialize;
use std::io::{self, Write};

#[derive(Serialize)]
struct Document<'a> {
    source: Tool,
    diagnostics: Vec<Diagnostic<'a>>,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    url: &'static str,
}

#[derive(Serialize)]
struct Diagnostic<'a> {
    message: String,
    location: Location<'a>,
    severity: &'static str,
    code: Code,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suggestions: Vec<Suggestion<'a>>,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    range: Range,
}

#[derive(Serialize)]
struct Range {
    start: LineColumn,
    end: LineColumn,
}

#[derive(Serialize)]
struct Code {
    value: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

#[derive(Serialize)]
struct Suggestion<'a> {
    range: Range,
    text: &'a str,
}

/// Writes the object. Columns are 1-based bytes, ends exclusive.
///
/// # Errors
/// Those of the writer.
pub fn write(run: &Run, out: &mut impl Write) -> io::Result<()> {
    let document = Document {
        source: Tool { name: env!("CARGO_PKG_NAME"), url: env!("CARGO_PKG_REPOSITORY") },
        diagnostics: run.in_files().map(|(source, finding)| diagnostic(source, finding)).collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

fn diagnostic<'a>(source: &'a Source, finding: &'a Finding) -> Diagnostic<'a> {
    Diagnostic {
        message: told(finding),
        location: Location { path: &source.path, range: range(source, finding.span) },
        severity: if finding.level == Level::Error { "ERROR" } else { "WARNING" },
        code: Code { value: finding.rule, url: url(finding.rule) },
        suggestions: finding.fixes.iter().filter_map(|fix| suggestion(source, fix)).collect(),
    }
}

/// Reviewdog offers each suggestion by itself, so only a fix of one edit can be one.
fn suggestion<'a>(source: &Source, fix: &'a Fix) -> Option<Suggestion<'a>> {
    let [edit] = fix.edits.as_slice() else { return None };
    Some(Suggestion { range: range(source, edit.span), text: &edit.text })
}

fn range(source: &Source, span: Span) -> Range {
    Range { start: source.line_column(span.start, Encoding::Utf8), end: source.line_column(span.end, Encoding::Utf8) }
}
