//! GitLab's code quality report: a list of issues, compared between the branches of a merge request.

use super::{Run, told};
use crate::finding::{Confidence, Finding, Level};
use crate::fingerprint;
use crate::source::Source;
use serde::Serialize;
use std::io::{self, Write};

#[derive(Serialize)]
struct Issue {
    description: String,
    check_name: &'static str,
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
    end: u32,
}

/// Writes the list. Paths are those of the repository.
///
/// # Errors
/// Those of the writer.
pub fn write(run: &Run, out: &mut impl Write) -> io::Result<()> {
    let mut issues = Vec::new();
    for file in &run.files {
        let path = run.base.in_repository(&file.source.path);
        issues.extend(file.findings.iter().map(|finding| issue(&path, &file.source, finding)));
    }
    serde_json::to_writer_pretty(&mut *out, &issues)?;
    writeln!(out)
}

fn issue(path: &str, source: &Source, finding: &Finding) -> Issue {
    Issue {
        // GitLab does not show the name of the check.
        description: format!("{}: {}", finding.rule, told(finding)),
        check_name: finding.rule,
        // GitLab drops all but one of several issues with one fingerprint, and ours tells apart the
        // findings of one file only.
        fingerprint: fingerprint::with_path(path, &finding.fingerprint),
        severity: match (finding.level, finding.confidence) {
            (Level::Error, _) => "major",
            (_, Confidence::Low) => "info",
            _ => "minor",
        },
        location: Location {
            path: path.to_owned(),
            lines: Lines { begin: source.line_of(finding.span.start), end: source.line_of(finding.span.end) },
        },
    }
}
