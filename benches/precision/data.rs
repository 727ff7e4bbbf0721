//! What the benchmark keeps in the repository: the list of packages, the labels, and the results of the last run.

use leaklint::finding::Confidence;
use serde::Deserialize;
use serde_json::{Value, json};
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// From the root of the repository.
pub(crate) const LIST: &str = "benches/precision/packages.toml";
/// From the root of the repository.
pub(crate) const LABELS: &str = "benches/precision/labels.tsv";
/// From the root of the repository.
pub(crate) const RESULTS: &str = "benches/precision/results.json";
/// From the root of the repository: the figures that the program tells.
pub(crate) const READINGS: &str = "rules/readings.tsv";
/// From the root of the repository.
pub(crate) const PAGE: &str = "docs/precision.md";

/// What a package is judged for: while leaklint is worked on, or only to check it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Set {
    /// Its findings may be looked at while rules are written.
    #[default]
    Work,
    /// Half of the newest round, set aside.
    Check,
}

impl Set {
    /// Both, in the order they are shown.
    pub(crate) const ALL: [Self; 2] = [Self::Work, Self::Check];

    /// The set of a package follows from its name, so that nobody chooses it: to check are those of the newest
    /// round whose hash (FNV-1a, 64 bits) is even. What an older round set aside has been looked at since.
    fn of(name: &str, is_newest: bool) -> Self {
        if is_newest && fnv(name).is_multiple_of(2) { Self::Check } else { Self::Work }
    }

    /// As tables and flags write it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Work => "work",
            Self::Check => "check",
        }
    }
}

/// FNV-1a, 64 bits.
pub(crate) fn fnv(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The packages.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct List {
    /// What is linted of no package, in the syntax of `--exclude`.
    pub(crate) skip: Vec<String>,
    /// What is linted of no repository, either.
    pub(crate) skip_in_repositories: Vec<String>,
    /// Sorted by name.
    pub(crate) packages: Vec<Package>,
}

/// A published package, or a repository.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Package {
    /// As npm knows it; of a repository of GitHub the owner and the name.
    pub(crate) name: String,
    /// Of a repository the commit.
    pub(crate) version: String,
    /// The hash that npm has of the tarball. A repository has none: its commit is one.
    pub(crate) integrity: Option<String>,
    /// When it came on the list: 1 for the first ones.
    pub(crate) round: u32,
    /// Follows from the name and the round.
    #[serde(skip)]
    pub(crate) set: Set,
    /// What it is to those who use it.
    pub(crate) kind: String,
    /// What is linted of it, where that is not everything.
    #[serde(default)]
    pub(crate) lint: Vec<String>,
    /// What is not, in the syntax of `--exclude`.
    #[serde(default)]
    pub(crate) skip: Vec<String>,
}

/// The kinds of packages, and what they are.
pub(crate) const KINDS: [(&str, &str); 10] = [
    ("app", "applications and servers that run by themselves"),
    ("framework", "frameworks for servers and user interfaces"),
    ("server", "parts of servers: middleware, sockets, sessions, queues, logs"),
    ("client", "clients of services and protocols"),
    ("driver", "drivers and layers of databases"),
    ("chat", "chats, bots, calls and games of many players"),
    ("device", "adapters, bridges and plugins for devices and homes"),
    ("ui", "widgets, editors, charts, maps, games, media"),
    ("cli", "command lines, compilers, bundlers, test runners"),
    ("library", "libraries for anything: state, streams, promises, parsers"),
];

impl List {
    /// Reads the list of the repository.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn read(root: &Path) -> Result<Self, String> {
        Self::parse(&text(root, LIST)?).map_err(|problem| format!("{LIST}: {problem}"))
    }

    /// Reads a list.
    ///
    /// # Errors
    /// As of [`Self::read`].
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut list: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        let newest = list.packages.iter().map(|package| package.round).max();
        for package in &mut list.packages {
            let name = &package.name;
            package.set = Set::of(name, Some(package.round) == newest);
            if !KINDS.iter().any(|(kind, _)| *kind == package.kind) {
                return Err(format!("{name} is of no known kind, `{}`", package.kind));
            }
        }
        match list.packages.windows(2).find(|pair| pair[0].name >= pair[1].name) {
            Some(pair) => Err(format!("{} belongs before {}, once", pair[1].name, pair[0].name)),
            None => Ok(list),
        }
    }

    /// The set of a package by its name.
    pub(crate) fn set(&self, name: &str) -> Set {
        self.packages.iter().find(|package| package.name == name).map(|package| package.set).unwrap_or_default()
    }
}

/// Whether a finding is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Memory grows or stays, as the finding says.
    True,
    /// It does so under conditions that readers weigh differently.
    Arguable,
    /// It does not.
    False,
}

impl Verdict {
    fn parse(text: &str) -> Option<Self> {
        [Self::True, Self::Arguable, Self::False].into_iter().find(|verdict| verdict.name() == text)
    }

    fn name(self) -> &'static str {
        match self {
            Self::True => "true",
            Self::Arguable => "arguable",
            Self::False => "false",
        }
    }
}

/// What identifies a finding from run to run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) package: String,
    pub(crate) version: String,
    /// From the root of the package.
    pub(crate) file: String,
    pub(crate) rule: String,
    pub(crate) fingerprint: String,
}

/// A finding that was read. How sure leaklint is of it does not stand here: that comes from the run.
#[derive(Debug)]
pub(crate) struct Label {
    pub(crate) key: Key,
    pub(crate) verdict: Verdict,
}

/// The first line of the label file.
const COLUMNS: &str = "package\tversion\tfile\trule\tfingerprint\tverdict\ta\tb\treason";

/// Reads the labels of the repository.
///
/// # Errors
/// The first line that is wrong, and why.
pub(crate) fn read_labels(root: &Path, list: &List) -> Result<Vec<Label>, String> {
    labels(&text(root, LABELS)?, list)
}

/// Reads labels: sorted lines of findings of listed packages, each once.
///
/// # Errors
/// As of [`read_labels`].
pub(crate) fn labels(text: &str, list: &List) -> Result<Vec<Label>, String> {
    let mut lines = text.lines();
    if lines.next() != Some(COLUMNS) {
        return Err(format!("{LABELS}:1: the columns are {}", COLUMNS.replace('\t', ", ")));
    }
    let mut labels: Vec<Label> = Vec::new();
    for (line, text) in (2..).zip(lines) {
        let label = label(text, list).map_err(|problem| format!("{LABELS}:{line}: {problem}"))?;
        if labels.last().is_some_and(|last| last.key >= label.key) {
            return Err(format!("{LABELS}:{line}: lines are sorted, and each finding has one"));
        }
        labels.push(label);
    }
    Ok(labels)
}

fn label(line: &str, list: &List) -> Result<Label, String> {
    let cells: Vec<&str> = line.split('\t').collect();
    let [package, version, file, rule, fingerprint, verdict, a, b, reason] = cells[..] else {
        return Err(format!("a line has 9 cells, not {}", cells.len()));
    };
    if !list.packages.iter().any(|listed| listed.name == package && listed.version == version) {
        return Err(format!("{package}@{version} is not on the list"));
    }
    if leaklint::rules::rule(rule).is_none() {
        return Err(format!("no rule is called `{rule}`"));
    }
    // Equal findings of one file are told apart by a number.
    let digits = fingerprint.split_once(':').map_or(fingerprint, |(digits, _)| digits);
    if digits.len() != 16 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(format!("`{fingerprint}` is no fingerprint"));
    }
    let parse = |text: &str| Verdict::parse(text).ok_or(format!("`{text}` is not true, false or arguable"));
    let verdict = parse(verdict)?;
    // Two readings that differ leave it open; a verdict without readings stands for itself.
    if (a, b) != ("", "") {
        let (a, b) = (parse(a)?, parse(b)?);
        let follows = if a == b { a } else { Verdict::Arguable };
        if verdict != follows {
            return Err(format!("from `{}` and `{}` follows `{}`", a.name(), b.name(), follows.name()));
        }
    }
    if reason.trim().is_empty() {
        return Err("a label has a reason".to_owned());
    }
    let [package, version, file, rule, fingerprint] = [package, version, file, rule, fingerprint].map(str::to_owned);
    Ok(Label { key: Key { package, version, file, rule, fingerprint }, verdict })
}

/// What a run found.
#[derive(Debug)]
pub(crate) struct Results {
    /// The version of leaklint.
    pub(crate) leaklint: String,
    /// Sorted by name.
    pub(crate) packages: Vec<Judged>,
}

/// What a run found in a package.
#[derive(Debug)]
pub(crate) struct Judged {
    pub(crate) name: String,
    pub(crate) version: String,
    /// Files that were linted.
    pub(crate) files: usize,
    /// Their lines that are not blank.
    pub(crate) lines: usize,
    /// Files that could not be read or parsed; they are in no other figure.
    pub(crate) broken: usize,
    /// Sorted by file, as leaklint prints them.
    pub(crate) findings: Vec<Found>,
}

/// A finding, as far as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) file: String,
    pub(crate) rule: String,
    pub(crate) fingerprint: String,
    pub(crate) confidence: Confidence,
}

impl Judged {
    /// What identifies one of its findings.
    pub(crate) fn key(&self, found: &Found) -> Key {
        Key {
            package: self.name.clone(),
            version: self.version.clone(),
            file: found.file.clone(),
            rule: found.rule.clone(),
            fingerprint: found.fingerprint.clone(),
        }
    }
}

impl Results {
    /// Reads the results of the repository.
    ///
    /// # Errors
    /// What is wrong with them.
    pub(crate) fn read(root: &Path) -> Result<Self, String> {
        let json: Value = serde_json::from_str(&text(root, RESULTS)?).map_err(|error| format!("{RESULTS}: {error}"))?;
        Self::parse(&json).ok_or(format!("{RESULTS} is not what --write-docs writes"))
    }

    fn parse(json: &Value) -> Option<Self> {
        let count = |value: &Value| value.as_u64().and_then(|count| usize::try_from(count).ok());
        let judged = |package: &Value| {
            let found = |cells: &Value| {
                Some(Found {
                    file: cells[0].as_str()?.to_owned(),
                    rule: cells[1].as_str()?.to_owned(),
                    fingerprint: cells[2].as_str()?.to_owned(),
                    confidence: confidence(cells[3].as_str()?)?,
                })
            };
            Some(Judged {
                name: package["name"].as_str()?.to_owned(),
                version: package["version"].as_str()?.to_owned(),
                files: count(&package["files"])?,
                lines: count(&package["lines"])?,
                broken: count(&package["broken"])?,
                findings: package["findings"].as_array()?.iter().map(found).collect::<Option<_>>()?,
            })
        };
        Some(Self {
            leaklint: json["leaklint"].as_str()?.to_owned(),
            packages: json["packages"].as_array()?.iter().map(judged).collect::<Option<_>>()?,
        })
    }

    /// The results as a file: JSON with a line for each package and finding, so that two runs can be compared.
    pub(crate) fn text(&self) -> String {
        let mut text = format!("{{\"leaklint\": {}, \"packages\": [", json!(self.leaklint));
        for (at, package) in self.packages.iter().enumerate() {
            let Judged { name, version, files, lines, broken, findings } = package;
            let [name, version] = [json!(name), json!(version)];
            let comma = if at == 0 { "" } else { "," };
            let head = format!("\"name\": {name}, \"version\": {version}, \"files\": {files}, \"lines\": {lines}");
            write!(text, "{comma}\n{{{head}, \"broken\": {broken}, \"findings\": [").ok();
            for (at, found) in findings.iter().enumerate() {
                let cells = json!([found.file, found.rule, found.fingerprint, found.confidence]);
                let comma = if at == 0 { "" } else { "," };
                write!(text, "{comma}\n  {cells}").ok();
            }
            text.push_str("]}");
        }
        text.push_str("\n]}\n");
        text
    }
}

/// A confidence by its name.
pub(crate) fn confidence(name: &str) -> Option<Confidence> {
    [Confidence::High, Confidence::Medium, Confidence::Low].into_iter().find(|confidence| confidence.name() == name)
}

fn text(root: &Path, file: &str) -> Result<String, String> {
    fs::read_to_string(root.join(file)).map_err(|error| format!("cannot read {file}: {error}"))
}
