//! What linters say of the pairs: other linters in the results that the repository keeps, leaklint as it is now.

use super::pairs::{self, Pair};
use leaklint::finding::Confidence;
use leaklint::lint::{FileContext, Options, lint};
use leaklint::source::Source;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// From the root of the repository.
pub(crate) const FOLDER: &str = "benches/peers";
/// From the root of the repository.
pub(crate) const RESULTS: &str = "benches/peers/results.json";
/// From the root of the repository.
pub(crate) const PAGE: &str = "docs/comparison.md";

/// The linters, as their rules begin, and the package that each is in.
pub(crate) const LINTERS: [(&str, &str); 15] = [
    ("listeners", "eslint-plugin-listeners"),
    ("react-doctor", "oxlint-plugin-react-doctor"),
    ("rxjs-x", "eslint-plugin-rxjs-x"),
    ("sonarjs", "eslint-plugin-sonarjs"),
    ("eslint", "eslint"),
    ("biome", "@biomejs/biome"),
    ("oxlint", "oxlint"),
    ("rxjs-angular-x", "eslint-plugin-rxjs-angular-x"),
    ("react-web-api", "eslint-plugin-react-web-api"),
    ("observers", "eslint-plugin-observers"),
    ("unicorn", "eslint-plugin-unicorn"),
    ("vue", "eslint-plugin-vue"),
    ("wc", "eslint-plugin-wc"),
    ("react-hooks", "eslint-plugin-react-hooks"),
    ("@typescript-eslint", "typescript-eslint"),
];

/// A rule reports a line of a file.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Report {
    /// `linter/rule`.
    pub(crate) rule: String,
    /// From the folder of the pairs.
    pub(crate) file: String,
    pub(crate) line: u32,
}

/// What a run of the other linters gave.
#[derive(Debug, Deserialize, Serialize, PartialEq)]
pub(crate) struct Results {
    /// The version of each package that [`LINTERS`] names.
    pub(crate) versions: BTreeMap<String, String>,
    /// Sorted, each once.
    pub(crate) reports: BTreeSet<Report>,
}

impl Results {
    /// Reads the results of the repository.
    ///
    /// # Errors
    /// What is wrong with them.
    pub(crate) fn read(root: &Path) -> Result<Self, String> {
        let text = fs::read_to_string(root.join(RESULTS)).map_err(|error| format!("cannot read {RESULTS}: {error}"))?;
        serde_json::from_str(&text).map_err(|error| format!("{RESULTS}: {error}"))
    }

    /// The results as a file: JSON with a line for each report, so that two runs can be compared.
    pub(crate) fn text(&self) -> String {
        let reports = self.reports.iter().filter_map(|report| serde_json::to_string(report).ok());
        let reports: Vec<String> = reports.map(|line| format!("  {line}")).collect();
        let versions = serde_json::to_string(&self.versions).unwrap_or_default();
        format!("{{\"versions\": {versions}, \"reports\": [\n{}\n]}}\n", reports.join(",\n"))
    }
}

/// The versions that `package.json` asks for.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn versions(root: &Path) -> Result<BTreeMap<String, String>, String> {
    #[derive(Deserialize)]
    struct Manifest {
        dependencies: BTreeMap<String, String>,
    }
    let path = format!("{FOLDER}/package.json");
    let text = fs::read_to_string(root.join(&path)).map_err(|error| format!("cannot read {path}: {error}"))?;
    let mut manifest: Manifest = serde_json::from_str(&text).map_err(|error| format!("{path}: {error}"))?;
    manifest.dependencies.retain(|package, _| LINTERS.iter().any(|(_, linter)| linter == package));
    Ok(manifest.dependencies)
}

/// What leaklint says of each file of the pairs, by itself.
///
/// # Errors
/// A file cannot be read.
pub(crate) fn of_leaklint(root: &Path, pairs: &[Pair], least: Confidence) -> Result<BTreeSet<Report>, String> {
    let mut reports = BTreeSet::new();
    for file in pairs.iter().flat_map(|pair| [&pair.leak, &pair.safe]) {
        let source = Source::new(file.as_str(), pairs::code(root, file)?);
        let report = lint(source, &FileContext::default(), &Options { min_confidence: least, ..Options::default() });
        reports.extend(report.findings.iter().map(|finding| Report {
            rule: format!("leaklint/{}", finding.rule),
            file: file.clone(),
            line: report.source.line_of(finding.span.start),
        }));
    }
    Ok(reports)
}
