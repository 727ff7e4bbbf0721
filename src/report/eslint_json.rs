//! The JSON of ESLint's `json` formatter, for the many tools that read it.

use super::{Run, is_failure, told};
use crate::finding::{Edit, Finding, Fix, Level};
use crate::lint::FileReport;
use crate::source::{Encoding, Source};
use crate::suppress::Silencer;
use serde::Serialize;
use std::io::{self, Write};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct File<'a> {
    file_path: String,
    messages: Vec<Message<'a>>,
    suppressed_messages: Vec<Message<'a>>,
    error_count: usize,
    fatal_error_count: usize,
    warning_count: usize,
    fixable_error_count: usize,
    fixable_warning_count: usize,
    used_deprecated_rules: [(); 0],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Message<'a> {
    rule_id: Option<String>,
    severity: u8,
    message: String,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    fatal: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<Replacement<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suggestions: Vec<Suggestion<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suppressions: Vec<Suppression<'a>>,
}

#[derive(Serialize)]
struct Replacement<'a> {
    range: [usize; 2],
    text: &'a str,
}

#[derive(Serialize)]
struct Suggestion<'a> {
    desc: &'a str,
    fix: Replacement<'a>,
}

#[derive(Serialize)]
struct Suppression<'a> {
    kind: &'static str,
    justification: &'a str,
}

/// Writes the list, one object a file with findings. Columns are 1-based UTF-16 code units, ends
/// exclusive; ranges of fixes are offsets in the same unit.
///
/// # Errors
/// Those of the writer.
pub fn write(run: &Run, out: &mut impl Write) -> io::Result<()> {
    let files: Vec<File> = run.files.iter().map(|file| of_file(run, file)).collect();
    serde_json::to_writer_pretty(&mut *out, &files)?;
    writeln!(out)
}

fn of_file<'a>(run: &Run, file: &'a FileReport) -> File<'a> {
    let messages: Vec<Message> = file.findings.iter().map(|finding| message(&file.source, finding)).collect();
    let suppressed = file.suppressed.iter().map(|silenced| Message {
        suppressions: vec![Suppression {
            kind: match silenced.by {
                Silencer::Comment => "directive",
                Silencer::Baseline => "file",
            },
            justification: &silenced.reason,
        }],
        ..message(&file.source, &silenced.finding)
    });
    let count = |is: &dyn Fn(&Message) -> bool| messages.iter().filter(|message| is(message)).count();
    File {
        file_path: run.base.absolute(&file.source.path),
        error_count: count(&|message| message.severity == 2),
        fatal_error_count: count(&|message| message.fatal),
        warning_count: count(&|message| message.severity == 1),
        fixable_error_count: count(&|message| message.severity == 2 && message.fix.is_some()),
        fixable_warning_count: count(&|message| message.severity == 1 && message.fix.is_some()),
        suppressed_messages: suppressed.collect(),
        used_deprecated_rules: [],
        messages,
    }
}

fn message<'a>(source: &'a Source, finding: &'a Finding) -> Message<'a> {
    let start = source.line_column(finding.span.start, Encoding::Utf16);
    let end = source.line_column(finding.span.end, Encoding::Utf16);
    let fatal = is_failure(finding.rule);
    let one_edit = |fix: &'a Fix| match fix.edits.as_slice() {
        [edit] => Some((fix, replacement(source, edit))),
        _ => None,
    };
    let (fixes, suggestions): (Vec<_>, Vec<_>) =
        finding.fixes.iter().filter_map(one_edit).partition(|(fix, _)| fix.safe);
    Message {
        // Whoever merges several reports sees whose rule it is.
        rule_id: (!fatal).then(|| format!("leaklint/{}", finding.rule)),
        severity: if finding.level == Level::Error { 2 } else { 1 },
        message: told(finding),
        line: start.line,
        column: start.column,
        end_line: end.line,
        end_column: end.column,
        fatal,
        fix: fixes.into_iter().next().map(|(_, replacement)| replacement),
        suggestions: suggestions.into_iter().map(|(fix, it)| Suggestion { desc: &fix.title, fix: it }).collect(),
        suppressions: Vec::new(),
    }
}

fn replacement<'a>(source: &Source, edit: &'a Edit) -> Replacement<'a> {
    let units = |at: u32| {
        let before = source.text.get(..at as usize).unwrap_or(&source.text);
        before.trim_start_matches('\u{feff}').encode_utf16().count()
    };
    Replacement { range: [units(edit.span.start), units(edit.span.end)], text: &edit.text }
}
