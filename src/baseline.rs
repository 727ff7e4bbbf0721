//! The findings that a project has agreed to live with: text in, text out, and which findings of a run
//! are new.
//!
//! A finding is known by its file and [fingerprint](crate::fingerprint). So that moved code stays known, an
//! entry that is found no more stands for an equal finding elsewhere: in its own file within a function of
//! another name, or in another file within one of the same name.

use crate::finding::Finding;
use crate::fingerprint::{base, normal, what};
use crate::lint::{FileReport, Options};
use crate::report::plural;
use crate::suppress::{Silencer, Suppressed};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// The file's name.
pub const NAME: &str = "leaklint-baseline.json";
/// What this leaklint writes and reads.
const VERSION: u32 = 1;
/// Longer code is cut: it is there for readers.
const WIDEST: usize = 80;

/// Known findings, by file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Baseline {
    files: BTreeMap<String, Vec<Entry>>,
}

/// One known finding, with what helps a reader to find it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
struct Entry {
    rule: String,
    /// The functions and classes around it.
    #[serde(rename = "in", default)]
    symbol: String,
    #[serde(default)]
    code: String,
    fingerprint: String,
}

/// A file of the run.
#[derive(Debug)]
pub struct Linted<'a> {
    path: String,
    report: Option<&'a mut FileReport>,
    quiet: &'a [String],
    options: &'a Options,
    is_judged: bool,
}

/// What became of a run and of the baseline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// How many findings are known, and taken out of the reports.
    pub known: usize,
    /// How many entries stand for nothing any more.
    pub stale: usize,
}

impl Baseline {
    /// Reads the text of a baseline; `name` is how messages call the file.
    ///
    /// # Errors
    /// What is wrong and what to do, as a sentence.
    pub fn parse(name: &str, text: &str) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Versioned {
            version: u32,
        }
        let wrong = |error: &serde_json::Error| {
            format!("{name} is no baseline: {error}; mend it, or delete it and write it anew with --update-baseline")
        };
        let Versioned { version } = serde_json::from_str(text).map_err(|error| wrong(&error))?;
        if version != VERSION {
            return Err(format!(
                "{name} is of version {version}, and this leaklint reads version {VERSION}: use the leaklint that wrote it"
            ));
        }
        serde_json::from_str(text).map_err(|error| wrong(&error))
    }

    /// The text of the file: one line a finding, in an order that moves of lines do not change.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!("{{\n  \"version\": {VERSION},\n  \"files\": {{");
        for (at, (path, entries)) in self.files.iter().enumerate() {
            let lines: Vec<String> = entries.iter().map(|entry| format!("      {}", entry.line())).collect();
            let comma = if at == 0 { "" } else { "," };
            let _ = write!(text, "{comma}\n    {}: [\n{}\n    ]", json(path), lines.join(",\n"));
        }
        text + if self.files.is_empty() { "}\n}\n" } else { "\n  }\n}\n" }
    }

    /// The findings of a run.
    #[must_use]
    pub fn of(files: &[Linted]) -> Self {
        let mut baseline = Self::default();
        for file in files {
            let Some(report) = &file.report else { continue };
            let entry = |finding: &Finding| Entry {
                rule: finding.rule.to_string(),
                symbol: finding.symbol.clone(),
                code: cut(&normal(report.source.slice(finding.span))),
                fingerprint: finding.fingerprint.clone(),
            };
            let mut entries: Vec<Entry> = report.findings.iter().filter(|it| may_be_known(it)).map(entry).collect();
            entries.sort();
            if !entries.is_empty() {
                baseline.files.insert(file.path.clone(), entries);
            }
        }
        baseline
    }

    /// This baseline after a run: findings of files that were linted as they are now, those of other files
    /// as they were, those of files that are gone left out.
    #[must_use]
    pub fn updated(&self, files: &[Linted], is_gone: &dyn Fn(&str) -> bool) -> Self {
        let mut new = Self::of(files);
        let linted: BTreeMap<&str, &Linted> = files.iter().map(|file| (file.path.as_str(), file)).collect();
        for (path, entries) in &self.files {
            let mut kept = entries.clone();
            if let Some(file) = linted.get(path.as_str()) {
                let found = |entry: &Entry| {
                    let now = new.files.get(path).into_iter().flatten();
                    now.into_iter().any(|known| base(&known.fingerprint) == base(&entry.fingerprint))
                };
                kept.retain(|entry| !file.tells(entry) && !found(entry));
            } else if is_gone(path) {
                continue;
            }
            if !kept.is_empty() {
                let entries = new.files.entry(path.clone()).or_default();
                entries.extend(kept);
                entries.sort();
            }
        }
        new
    }

    /// Takes the known findings out of the reports of a run. They are kept as silenced `by` something, if they are to
    /// be kept.
    pub fn apply(&self, files: &mut [Linted], is_gone: &dyn Fn(&str) -> bool, by: Option<Silencer>) -> Outcome {
        let mut open: BTreeMap<&str, Vec<&Entry>> =
            self.files.iter().map(|(path, entries)| (path.as_str(), entries.iter().collect())).collect();
        let mut known = 0;
        for file in files.iter_mut() {
            if let Some(entries) = open.get_mut(file.path.as_str()) {
                known += file.take_out(by, |finding| {
                    take(entries, |entry| base(&entry.fingerprint) == base(&finding.fingerprint))
                });
            }
        }
        // What is left is stale, as far as the run can tell.
        let linted: BTreeSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
        open.retain(|path, _| linted.contains(path) || is_gone(path));
        for file in files.iter() {
            if let Some(entries) = open.get_mut(file.path.as_str()) {
                entries.retain(|entry| file.tells(entry));
            }
        }
        for file in files.iter_mut() {
            if let Some(entries) = open.get_mut(file.path.as_str()) {
                known += file.take_out(by, |finding| {
                    take(entries, |entry| what(&entry.fingerprint) == what(&finding.fingerprint))
                });
            }
        }
        let mut elsewhere: Vec<&Entry> = open.into_values().flatten().collect();
        for file in files.iter_mut() {
            known += file.take_out(by, |finding| {
                take(&mut elsewhere, |entry| base(&entry.fingerprint) == base(&finding.fingerprint))
            });
        }
        Outcome { known, stale: elsewhere.len() }
    }

    /// How it differs from an earlier one: `3 findings, 2 of them new, 1 gone`.
    #[must_use]
    pub fn change_from(&self, earlier: &Self) -> String {
        let all = |baseline: &Self| -> BTreeSet<(String, String)> {
            let lines = baseline.files.iter();
            lines.flat_map(|(path, list)| list.iter().map(|it| (path.clone(), it.fingerprint.clone()))).collect()
        };
        let (now, before) = (all(self), all(earlier));
        let (new, gone) = (now.difference(&before).count(), before.difference(&now).count());
        format!("{}, {new} of them new, {gone} gone", plural(now.len(), "finding"))
    }
}

impl Entry {
    fn line(&self) -> String {
        let Self { rule, symbol, code, fingerprint } = self;
        let [rule, symbol, code, fingerprint] = [rule, symbol, code, fingerprint].map(|text| json(text));
        format!(r#"{{ "rule": {rule}, "in": {symbol}, "code": {code}, "fingerprint": {fingerprint} }}"#)
    }
}

impl<'a> Linted<'a> {
    /// A file by its path as the baseline writes it, with what there is to report, if anything, and the
    /// fingerprints of what is there and too uncertain for that.
    #[must_use]
    pub fn new(path: String, report: Option<&'a mut FileReport>, quiet: &'a [String], options: &'a Options) -> Self {
        let broken = |finding: &Finding| ["syntax-error", "unreadable-file", "internal-error"].contains(&finding.rule);
        let is_judged = !report.as_ref().is_some_and(|report| report.findings.iter().any(broken));
        Self { path, report, quiet, options, is_judged }
    }

    /// Takes out the findings that are known; how many.
    fn take_out(&mut self, by: Option<Silencer>, mut is_known: impl FnMut(&Finding) -> bool) -> usize {
        let Some(report) = &mut self.report else { return 0 };
        let known = report.findings.extract_if(.., |finding| may_be_known(finding) && is_known(finding));
        let known: Vec<Finding> = known.collect();
        let count = known.len();
        if let Some(by) = by {
            let silent = |finding| Suppressed { finding, by, reason: String::new() };
            report.suppressed.extend(known.into_iter().map(silent));
        }
        count
    }

    /// Whether the run would have found what an entry stands for.
    fn tells(&self, entry: &Entry) -> bool {
        let is_quiet = self.quiet.iter().any(|quiet| base(quiet) == base(&entry.fingerprint));
        self.is_judged && !is_quiet && self.options.is_on(&entry.rule)
    }
}

/// Nobody agrees to live with a failure of leaklint.
fn may_be_known(finding: &Finding) -> bool {
    finding.rule != "internal-error"
}

/// Takes the first entry that fits; whether there was one.
fn take(entries: &mut Vec<&Entry>, fits: impl Fn(&Entry) -> bool) -> bool {
    let at = entries.iter().position(|entry| fits(entry));
    at.map(|at| entries.remove(at)).is_some()
}

fn json(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

fn cut(code: &str) -> String {
    match code.char_indices().nth(WIDEST) {
        Some((end, _)) => format!("{}…", &code[..end]),
        None => code.to_string(),
    }
}
