//! The machine's report, version 1: one object with a summary and every finding.
//!
//! Lines and columns are 1-based, columns in UTF-16 code units, ends exclusive; offsets are bytes of
//! the file. Fields are only ever added within a version.

use super::{Run, Skipped, url};
use crate::finding::{Confidence, Evidence, Finding, Fix, Growth, Level, Related, Role};
use crate::source::{Encoding, Source, Span};
use serde::Serialize;
use std::io::{self, Write};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    version: u32,
    tool: Tool,
    summary: Summary,
    findings: Vec<Item<'a>>,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Summary {
    files: usize,
    errors: usize,
    warnings: usize,
    suppressed: usize,
    baselined: usize,
    unchanged: usize,
    skipped: Skipped,
    duration_ms: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Item<'a> {
    rule: &'a str,
    category: &'a str,
    level: Level,
    confidence: Confidence,
    message: &'a str,
    help: &'a str,
    url: Option<String>,
    #[serde(flatten)]
    place: Place<'a>,
    offset: u32,
    end_offset: u32,
    growth: Option<&'a Growth>,
    evidence: Vec<EvidenceItem<'a>>,
    retaining_path: &'a [String],
    related: Vec<RelatedItem<'a>>,
    fingerprint: &'a str,
    fixes: Vec<FixItem<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Place<'a> {
    path: &'a str,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
}

#[derive(Serialize)]
struct EvidenceItem<'a> {
    role: Role,
    message: &'a str,
    #[serde(flatten)]
    place: Place<'a>,
}

#[derive(Serialize)]
struct RelatedItem<'a> {
    message: &'a str,
    #[serde(flatten)]
    place: Place<'a>,
}

#[derive(Serialize)]
struct FixItem<'a> {
    title: &'a str,
    safe: bool,
    edits: Vec<EditItem<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EditItem<'a> {
    path: &'a str,
    offset: u32,
    end_offset: u32,
    text: &'a str,
}

/// Writes the one object, indented, with a final line ending.
///
/// # Errors
/// Those of the writer.
pub fn write(run: &Run, out: &mut impl Write) -> io::Result<()> {
    let document = Document {
        version: 1,
        tool: Tool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") },
        summary: Summary {
            files: run.linted,
            errors: run.count(Level::Error),
            warnings: run.count(Level::Warn),
            suppressed: run.suppressed,
            baselined: run.baselined,
            unchanged: run.unchanged,
            skipped: run.skipped,
            duration_ms: u64::try_from(run.elapsed.as_millis()).unwrap_or(u64::MAX),
        },
        findings: run.in_files().map(|(source, finding)| item(source, finding)).collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

fn item<'a>(source: &'a Source, finding: &'a Finding) -> Item<'a> {
    Item {
        rule: finding.rule,
        category: finding.category,
        level: finding.level,
        confidence: finding.confidence,
        message: &finding.message,
        help: &finding.help,
        url: url(finding.rule),
        place: place(source, finding.span),
        offset: finding.span.start,
        end_offset: finding.span.end,
        growth: finding.growth.as_ref(),
        evidence: finding.evidence.iter().map(|evidence| evidence_item(source, evidence)).collect(),
        retaining_path: &finding.retaining_path,
        related: finding.related.iter().map(|related| related_item(source, related)).collect(),
        fingerprint: &finding.fingerprint,
        fixes: finding.fixes.iter().map(|fix| fix_item(source, fix)).collect(),
    }
}

fn evidence_item<'a>(source: &'a Source, evidence: &'a Evidence) -> EvidenceItem<'a> {
    EvidenceItem { role: evidence.role, message: &evidence.message, place: place(source, evidence.span) }
}

fn related_item<'a>(source: &'a Source, related: &'a Related) -> RelatedItem<'a> {
    RelatedItem { message: &related.message, place: place(source, related.span) }
}

fn fix_item<'a>(source: &'a Source, fix: &'a Fix) -> FixItem<'a> {
    let edits = fix.edits.iter().map(|edit| EditItem {
        path: &source.path,
        offset: edit.span.start,
        end_offset: edit.span.end,
        text: &edit.text,
    });
    FixItem { title: &fix.title, safe: fix.safe, edits: edits.collect() }
}

fn place(source: &Source, span: Span) -> Place<'_> {
    let start = source.line_column(span.start, Encoding::Utf16);
    let end = source.line_column(span.end, Encoding::Utf16);
    Place { path: &source.path, line: start.line, column: start.column, end_line: end.line, end_column: end.column }
}
