//! How often leaklint is right: findings on published packages, joined with what people said of them.
//!
//!     cargo bench --bench precision -- [--cache DIR] [--only PACKAGE] [--write-docs]
//!     cargo bench --bench precision -- --unlabelled [--set work|check] [--confidence LEVEL]…
//!                                      [--sample N] [--seed S]
//!
//! The packages, their versions and the hashes of their tarballs are in `packages.toml`, the labels in
//! `labels.tsv`, both beside this file. Packages come by `npm pack`, repositories by `git`, one after the other,
//! into the target folder or into `--cache`; what is there is not asked for again. Each is linted by itself, by
//! the leaklint that cargo builds for this.
//!
//! Printed are the tables of `docs/precision.md`, then the labels whose finding is gone. `--write-docs` also
//! writes that page, and `results.json` beside this file, from which a test writes the page again.
//! `--only` judges one package.
//!
//! `--unlabelled` prints the findings that have no label instead, a line of JSON for each: those of the default
//! report (high and medium), or of each `--confidence` given. The confidence is not in it, so that who reads
//! it is not told what to think. `--sample` draws so many of each confidence, by `--seed`.
//!
//! A line of `labels.tsv` is a finding: package, version, file, rule, fingerprint, then the verdict (`true`,
//! `false`, `arguable`), what two readers said by themselves (`a`, `b`; both may be empty), and a reason.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a benchmark talks to the person who runs it")]

#[path = "../common/command_line.rs"]
mod command_line;
#[allow(dead_code, reason = "only the test reads results")]
mod data;
#[path = "../common/git.rs"]
mod git;
#[path = "../common/npm.rs"]
mod npm;
mod page;
mod tally;

use data::{Found, Judged, Label, List, Package, Results, Set};
use leaklint::finding::Confidence;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

const USAGE: &str = "\
usage: cargo bench --bench precision -- [--cache DIR] [--only PACKAGE] [--write-docs]
       cargo bench --bench precision -- --unlabelled [--set work|check] [--confidence high|medium|low]…
                                        [--sample N] [--seed S] [--cache DIR] [--only PACKAGE]";

/// Findings that say that a file was not judged.
const BROKEN: [&str; 3] = ["syntax-error", "unreadable-file", "internal-error"];

/// What the arguments ask for.
struct Request {
    cache: PathBuf,
    only: Option<String>,
    write_docs: bool,
    unlabelled: bool,
    set: Option<Set>,
    confidences: Vec<Confidence>,
    sample: Option<usize>,
    seed: u64,
}

/// A package that was linted, and its findings as leaklint told them, in the same order.
struct Linted {
    judged: Judged,
    told: Vec<Value>,
}

fn main() -> ExitCode {
    command_line::ends(request(&command_line::arguments()).and_then(|request| run(&request)))
}

/// Reads the arguments.
fn request(args: &[OsString]) -> Result<Request, String> {
    let mut request = Request {
        cache: Path::new(env!("CARGO_TARGET_TMPDIR")).join("precision"),
        only: None,
        write_docs: false,
        unlabelled: false,
        set: None,
        confidences: Vec::new(),
        sample: None,
        seed: 1,
    };
    let mut args = args.iter().map(|arg| arg.to_string_lossy());
    while let Some(name) = args.next() {
        let mut value = || args.next().ok_or_else(|| format!("{name} needs a value\n{USAGE}"));
        let wrong = |value: &str| format!("{name} {value} is not possible\n{USAGE}");
        match name.as_ref() {
            "--cache" => request.cache = PathBuf::from(value()?.as_ref()),
            "--only" => request.only = Some(value()?.into_owned()),
            "--write-docs" => request.write_docs = true,
            "--unlabelled" => request.unlabelled = true,
            "--set" => {
                let value = value()?;
                let set = Set::ALL.into_iter().find(|set| set.name() == value);
                request.set = Some(set.ok_or_else(|| wrong(&value))?);
            }
            "--confidence" => {
                let value = value()?;
                request.confidences.push(data::confidence(&value).ok_or_else(|| wrong(&value))?);
            }
            "--sample" => {
                let value = value()?;
                request.sample = Some(value.parse().map_err(|_| wrong(&value))?);
            }
            "--seed" => {
                let value = value()?;
                request.seed = value.parse().map_err(|_| wrong(&value))?;
            }
            _ => return Err(format!("unknown flag {name}\n{USAGE}")),
        }
    }
    let chooses = request.set.is_some() || !request.confidences.is_empty() || request.sample.is_some();
    if chooses && !request.unlabelled {
        return Err(format!("--set, --confidence and --sample choose among --unlabelled\n{USAGE}"));
    }
    if request.write_docs && (request.only.is_some() || request.unlabelled) {
        return Err(format!("--write-docs is about all packages and findings\n{USAGE}"));
    }
    if request.confidences.is_empty() {
        request.confidences = vec![Confidence::High, Confidence::Medium];
    }
    Ok(request)
}

/// Lints all packages and prints what is asked for.
fn run(request: &Request) -> Result<(), String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let list = List::read(root)?;
    let mut labels = data::read_labels(root, &list)?;
    if let Some(only) = &request.only {
        let names = list.packages.iter().map(|package| package.name.as_str());
        if !names.clone().any(|name| name == only) {
            return Err(format!("`{only}` is not on the list{}", leaklint::suggest::did_you_mean(only, names)));
        }
        labels.retain(|label| label.key.package == *only);
    }
    fs::create_dir_all(&request.cache)
        .and_then(|()| request.cache.canonicalize())
        .map_err(|error| format!("cannot make the cache folder {}: {error}", request.cache.display()))
        .and_then(|cache| judge(request, root, &list, &labels, &cache))
}

fn judge(request: &Request, root: &Path, list: &List, labels: &[Label], cache: &Path) -> Result<(), String> {
    let wanted = |package: &&Package| {
        request.only.as_ref().is_none_or(|only| package.name == *only)
            && request.set.is_none_or(|set| package.set == set)
    };
    let mut failed = 0;
    let (mut packages, mut told) = (Vec::new(), BTreeMap::new());
    for package in list.packages.iter().filter(wanted) {
        match lint(package, list, cache) {
            Ok(linted) => {
                let keys = linted.judged.findings.iter().map(|found| linted.judged.key(found));
                told.extend(keys.zip(linted.told));
                packages.push(linted.judged);
            }
            Err(problem) => {
                eprintln!("error: {}@{}: {problem}", package.name, package.version);
                failed += 1;
            }
        }
    }
    let results = Results { leaklint: env!("CARGO_PKG_VERSION").to_owned(), packages };
    let (mut findings, stale) = tally::join(list, &results, labels);
    if request.unlabelled {
        findings.retain(|finding| finding.verdict.is_none() && request.confidences.contains(&finding.found.confidence));
        if let Some(many) = request.sample {
            findings = tally::sample(findings, many, request.seed);
        }
        for finding in findings {
            println!("{}", told[&finding.package.key(finding.found)]);
        }
    } else {
        print!("{}", page::tables(list, &results, labels));
        for label in &stale {
            let key = &label.key;
            println!("stale: {}@{} {} {} {}", key.package, key.version, key.file, key.rule, key.fingerprint);
        }
        println!("\n{} of {} labels are stale", stale.len(), labels.len());
    }
    if failed > 0 {
        return Err(format!("{failed} packages could not be judged"));
    }
    if request.write_docs {
        let write = |file: &str, text: String| {
            fs::write(root.join(file), text).map_err(|error| format!("cannot write {file}: {error}"))
        };
        write(data::RESULTS, results.text())?;
        write(data::PAGE, page::page(list, &results, labels))?;
        let (findings, _) = tally::join(list, &results, labels);
        let counts = page::counts(&findings);
        write(data::READINGS, page::readings(&counts))?;
        for rule in leaklint::rules::RULES {
            let file = format!("rules/{}.md", rule.name);
            write(&file, page::rule_page(rule.page, rule.name, &counts))?;
        }
    }
    Ok(())
}

/// Lints a package, and counts what was linted.
fn lint(package: &Package, list: &List, cache: &Path) -> Result<Linted, String> {
    let Package { name, version, .. } = package;
    let (folder, more) = match &package.integrity {
        Some(integrity) => (npm::unpacked(cache, name, version, Some(integrity))?, &[][..]),
        None => (git::checked_out(cache, name, version)?, &list.skip_in_repositories[..]),
    };
    let paths: Vec<PathBuf> = match package.lint.as_slice() {
        [] => vec![PathBuf::from(".")],
        lint => lint.iter().map(PathBuf::from).collect(),
    };
    let leaklint = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_leaklint"));
        command.args(args).args(["--isolated", "--no-ignore", "--exit-zero"]);
        command.args(list.skip.iter().chain(more).chain(&package.skip).flat_map(|glob| ["--exclude", glob]));
        let output = command.args(&paths).current_dir(&folder).output();
        output.map_err(|error| format!("leaklint cannot be started: {error}"))
    };
    let output = leaklint(&["--format", "json", "--pedantic"])?;
    let report: Value = serde_json::from_slice(&output.stdout)
        .map_err(|_| String::from_utf8_lossy(&output.stderr).trim().to_owned())?;

    let findings = report["findings"].as_array().map_or(&[][..], Vec::as_slice);
    let leaks: Vec<&Value> = findings.iter().filter(|finding| !finding["growth"].is_null()).collect();
    let is_broken = |finding: &&Value| finding["rule"].as_str().is_some_and(|rule| BROKEN.contains(&rule));
    let broken: BTreeSet<&str> =
        findings.iter().filter(is_broken).filter_map(|finding| finding["path"].as_str()).collect();
    let (mut files, mut lines) = (0, 0);
    for file in String::from_utf8_lossy(&leaklint(&["--show-files"])?.stdout).lines() {
        if broken.contains(file) {
            continue;
        }
        let text = fs::read(folder.join(file)).map_err(|error| format!("cannot read {file}: {error}"))?;
        files += 1;
        lines += String::from_utf8_lossy(&text).lines().filter(|line| !line.trim().is_empty()).count();
    }
    if files == 0 {
        return Err("nothing in it is linted".to_owned());
    }
    let text = |finding: &Value, field: &str| finding[field].as_str().unwrap_or_default().to_owned();
    let found = |finding: &&Value| {
        let confidence = data::confidence(finding["confidence"].as_str()?)?;
        let [file, rule, fingerprint] = ["path", "rule", "fingerprint"].map(|field| text(finding, field));
        Some(Found { file, rule, fingerprint, confidence })
    };
    let kept: Vec<Found> = leaks.iter().filter_map(found).collect();
    let told = leaks.iter().map(|finding| to_read(package, &folder, finding)).collect();
    let (name, version) = (name.clone(), version.clone());
    Ok(Linted { judged: Judged { name, version, files, lines, broken: broken.len(), findings: kept }, told })
}

/// A finding for a reader: what leaklint says and where, without how sure it is.
fn to_read(package: &Package, folder: &Path, finding: &Value) -> Value {
    let file = finding["path"].as_str().unwrap_or_default();
    let evidence = finding["evidence"].as_array().map_or(&[][..], Vec::as_slice);
    let evidence: Vec<Value> = evidence
        .iter()
        .map(|one| json!({ "role": one["role"], "line": one["line"], "message": one["message"] }))
        .collect();
    json!({
        "package": package.name,
        "version": package.version,
        "file": file,
        "path": folder.join(file),
        "line": finding["line"],
        "endLine": finding["endLine"],
        "rule": finding["rule"],
        "message": finding["message"],
        "growth": finding["growth"],
        "evidence": evidence,
        "retainingPath": finding["retainingPath"],
        "fingerprint": finding["fingerprint"],
    })
}
