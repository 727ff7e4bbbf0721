//! GitLab's code quality report: a list of issues, compared between the branches of a merge request.

use super::{Run, told};
use crate::finding::{Confidence, Finding, Level};
use crate::lint::fnv;
use crate::source::Source;
use rustc_hash::FxHashSet;
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
    let mut taken = FxHashSet::default();
    let mut issues = Vec::new();
    for file in &run.files {
        let path = run.base.in_repository(&file.source.path);
        issues.extend(file.findings.iter().map(|finding| issue(&path, &file.source, finding, &mut taken)));
    }
    serde_json::to_writer_pretty(&mut *out, &issues)?;
    writeln!(out)
}

fn issue(path: &str, source: &Source, finding: &Finding, taken: &mut FxHashSet<u64>) -> Issue {
    // GitLab drops all but one of several issues with one fingerprint, and ours tells apart the
    // findings of one file only.
    let mut hash = fnv([path, finding.rule, &finding.fingerprint]);
    while !taken.insert(hash) {
        hash = hash.wrapping_add(1);
    }
    Issue {
        // GitLab does not show the name of the check.
        description: format!("{}: {}", finding.rule, told(finding)),
        check_name: finding.rule,
        fingerprint: format!("{hash:016x}"),
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
