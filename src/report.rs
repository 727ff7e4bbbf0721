//! Showing what a run found: one file a format, each a plain function from a [`Run`] to a writer.

pub mod checkstyle;
pub mod concise;
pub mod eslint_json;
pub mod github;
pub mod gitlab;
pub mod json;
pub mod junit;
mod paths;
pub mod pretty;
pub mod rdjson;
pub mod sarif;
mod xml;

pub use paths::Base;

use crate::finding::{Finding, Level};
use crate::lint::{FileReport, Timing};
use crate::rules;
use crate::source::Source;
use std::time::Duration;

/// Files that were met and not linted, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Skipped {
    /// Lines longer than anybody writes.
    pub minified: usize,
    /// `.d.ts` and its like: declarations hold nothing.
    pub declarations: usize,
}

/// What a whole run found.
#[derive(Debug, Default)]
pub struct Run {
    /// Files with at least one finding, or one that is silenced, in the order they are shown.
    pub files: Vec<FileReport>,
    /// Where it took place.
    pub base: Base,
    /// How many files were linted, with findings or without.
    pub linted: usize,
    /// Files not linted.
    pub skipped: Skipped,
    /// Findings silenced by suppression comments.
    pub suppressed: usize,
    /// Warnings taken out by `--quiet`.
    pub hidden_warnings: usize,
    /// Findings silenced by the baseline.
    pub baselined: usize,
    /// Findings that were there at the revision of `--since`.
    pub unchanged: usize,
    /// Processor time, summed over the files.
    pub timing: Timing,
    /// Wall-clock time of the whole run.
    pub elapsed: Duration,
}

impl Run {
    /// How many findings have that level.
    #[must_use]
    pub fn count(&self, level: Level) -> usize {
        self.findings().filter(|finding| finding.level == level).count()
    }

    /// Every finding, in the order it is shown.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.files.iter().flat_map(|file| &file.findings)
    }

    /// The same, each with its file.
    fn in_files(&self) -> impl Iterator<Item = (&Source, &Finding)> {
        self.files.iter().flat_map(|file| file.findings.iter().map(|finding| (&*file.source, finding)))
    }
}

/// The one line a person reads last, without a line ending.
#[must_use]
pub fn summary(run: &Run) -> String {
    let mut line = format!(
        "{}, {} in {}, {}",
        plural(run.count(Level::Error), "error"),
        match run.hidden_warnings {
            0 => plural(run.count(Level::Warn), "warning"),
            hidden => plural(hidden, "hidden warning"),
        },
        plural(run.linted, "file"),
        duration(run.elapsed),
    );
    let skipped: Vec<String> = [
        (run.skipped.minified, plural(run.skipped.minified, "minified file")),
        (run.skipped.declarations, plural(run.skipped.declarations, "declaration file")),
    ]
    .into_iter()
    .filter_map(|(count, text)| (count > 0).then_some(text))
    .collect();
    if !skipped.is_empty() {
        line.extend(["; skipped ", &skipped.join(", ")]);
    }
    if run.suppressed > 0 {
        line.extend(["; ", &run.suppressed.to_string(), " suppressed"]);
    }
    if run.baselined > 0 {
        line.extend(["; ", &run.baselined.to_string(), " in the baseline"]);
    }
    if run.unchanged > 0 {
        line.extend(["; ", &run.unchanged.to_string(), " there before"]);
    }
    line
}

/// Findings per rule, most first, then by name.
#[must_use]
pub fn statistics(run: &Run) -> Vec<(&'static str, usize)> {
    let mut counts: Vec<(&'static str, usize)> = Vec::new();
    for finding in run.findings() {
        match counts.iter_mut().find(|(rule, _)| *rule == finding.rule) {
            Some((_, count)) => *count += 1,
            None => counts.push((finding.rule, 1)),
        }
    }
    counts.sort_by(|(a, many), (b, more)| more.cmp(many).then(a.cmp(b)));
    counts
}

/// The page of a rule at the tag of this release; `None` for diagnostics, which have no page.
#[must_use]
pub fn url(rule: &str) -> Option<String> {
    rules::rule(rule).map(|rule| {
        format!("{}/blob/v{}/rules/{}.md", env!("CARGO_PKG_REPOSITORY"), env!("CARGO_PKG_VERSION"), rule.name)
    })
}

/// What a finding says where there is room for one text: why it leaks, and what ends it.
fn told(finding: &Finding) -> String {
    if finding.help.is_empty() {
        finding.message.clone()
    } else {
        format!("{}. Help: {}", finding.message, finding.help)
    }
}

/// The word that most formats have for a level.
const fn severity(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warn | Level::Off => "warning",
    }
}

/// Whether findings of that name say that a file could not be linted. Formats have a place of their own
/// for these.
fn is_failure(name: &str) -> bool {
    matches!(name, "syntax-error" | "unreadable-file" | "internal-error")
}

/// `1 file`, `2 files`.
#[must_use]
pub fn plural(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// A duration in the unit a person would choose: `41 ms`, `2.3 s`.
#[must_use]
pub fn duration(time: Duration) -> String {
    match time.as_millis() {
        0 => "under 1 ms".to_owned(),
        millis @ 1..1000 => format!("{millis} ms"),
        _ => format!("{:.1} s", time.as_secs_f64()),
    }
}
