//! What other linters see of the leaks that leaklint looks for.
//!
//!     cargo bench --bench peers -- [--cache DIR] [--write-docs]
//!
//! The linters and their versions are in `package.json`, what each is asked in `eslint.config.mjs`, `oxlintrc.json` and
//! `biome.json`, all beside this file. They are installed by npm into the target folder or into `--cache`, and not again
//! while `package.json` is the same. They lint the pairs of `fixtures/pairs`.
//!
//! Printed is the first table of `docs/comparison.md`. `--write-docs` also writes that page and the table in the README, and
//! `results.json` beside this file, from which a test writes the page again.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a benchmark talks to the person who runs it")]

#[path = "../common/command_line.rs"]
mod command_line;
#[allow(dead_code, reason = "only the test reads results")]
mod data;
mod page;
#[path = "../common/pairs.rs"]
mod pairs;

use data::{Report, Results};
use page::Comparison;
use serde_json::Value;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

const USAGE: &str = "usage: cargo bench --bench peers -- [--cache DIR] [--write-docs]";

/// What the linters are installed by.
const MANIFEST: &str = "package.json";
/// What is laid beside them.
const CONFIGURATION: [&str; 5] = [MANIFEST, "eslint.config.mjs", "oxlintrc.json", "biome.json", "tsconfig.json"];

fn main() -> ExitCode {
    command_line::ends(run(&command_line::arguments()))
}

fn run(args: &[OsString]) -> Result<(), String> {
    let mut cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("peers");
    let mut write_docs = false;
    let mut args = args.iter().map(|arg| arg.to_string_lossy());
    while let Some(name) = args.next() {
        match name.as_ref() {
            "--cache" => cache = PathBuf::from(args.next().ok_or(format!("{name} needs a value\n{USAGE}"))?.as_ref()),
            "--write-docs" => write_docs = true,
            _ => return Err(format!("unknown flag {name}\n{USAGE}")),
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    install(root, &cache)?;
    let results = Results { versions: data::versions(root)?, reports: reports(&cache)? };
    let text = results.text();
    let comparison = Comparison::new(root, results)?;
    print!("{}", comparison.summary());
    if write_docs {
        let write = |file: &str, text: String| {
            fs::write(root.join(file), text).map_err(|error| format!("cannot write {file}: {error}"))
        };
        let readme = fs::read_to_string(root.join("README.md")).map_err(|error| format!("README.md: {error}"))?;
        write(data::RESULTS, text)?;
        write(data::PAGE, comparison.page())?;
        write("README.md", page::quoted(&readme, &comparison.summary())?)?;
    }
    Ok(())
}

/// Lays out the linters, their configurations and the pairs.
fn install(root: &Path, cache: &Path) -> Result<(), String> {
    let pairs = cache.join("pairs");
    fs::create_dir_all(&pairs).map_err(|error| format!("cannot make the cache folder {}: {error}", pairs.display()))?;
    let copy = |from: PathBuf, to: PathBuf| {
        fs::copy(&from, to).map(|_| ()).map_err(|error| format!("cannot copy {}: {error}", from.display()))
    };
    for pair in pairs::pairs(root)? {
        for file in [&pair.leak, &pair.safe] {
            copy(root.join(pairs::FOLDER).join(file), pairs.join(file))?;
        }
    }
    for file in CONFIGURATION {
        copy(root.join(data::FOLDER).join(file), cache.join(file))?;
    }
    // What was installed last, to the end.
    let installed = cache.join("installed.json");
    let manifest = fs::read_to_string(cache.join(MANIFEST)).map_err(|error| format!("{MANIFEST}: {error}"))?;
    if fs::read_to_string(&installed).is_ok_and(|last| last == manifest) {
        return Ok(());
    }
    eprintln!("installing the linters");
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let flags = [
        "install",
        "--ignore-scripts",
        "--engine-strict",
        "--no-package-lock",
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
    ];
    let (done, _, errors) = said(Command::new(npm).args(flags).current_dir(cache))?;
    if !done {
        return Err(format!("npm failed: {}", errors.lines().take(4).collect::<Vec<_>>().join("; ")));
    }
    fs::write(installed, manifest).map_err(|error| format!("cannot write into the cache: {error}"))
}

/// What all linters say of the pairs.
fn reports(cache: &Path) -> Result<BTreeSet<Report>, String> {
    let run = |args: &[&str]| {
        let (_, out, errors) = said(Command::new("node").args(args).current_dir(cache))?;
        // Findings are no success either; only who fails says no JSON.
        let linter = args.first().unwrap_or(&"");
        serde_json::from_str::<Value>(&out).map_err(|_| format!("{linter} failed: {}", errors.trim()))
    };
    let eslint = run(&["node_modules/eslint/bin/eslint.js", "--format", "json", "pairs"])?;
    let oxlint = run(&["node_modules/oxlint/bin/oxlint", "--config", "oxlintrc.json", "--format", "json", "pairs"])?;
    let biome = ["lint", "--max-diagnostics=none", "--reporter=json", "pairs"];
    let biome = run(&[&["node_modules/@biomejs/biome/bin/biome"], &biome[..]].concat())?;

    let mut reports = BTreeSet::new();
    for file in list(&eslint) {
        for message in list(&file["messages"]) {
            // Its own rules have no prefix.
            let rule = text(&message["ruleId"])?;
            let rule = if rule.contains('/') { rule.to_owned() } else { format!("eslint/{rule}") };
            reports.insert(report(rule, &file["filePath"], &message["line"])?);
        }
    }
    for message in list(&oxlint["diagnostics"]) {
        // `plugin(rule)`
        let code = text(&message["code"])?;
        let (plugin, rule) = code.trim_end_matches(')').split_once('(').ok_or(format!("oxlint failed: {code}"))?;
        let linter = if plugin == "react-doctor" { plugin } else { "oxlint" };
        reports.insert(report(
            format!("{linter}/{rule}"),
            &message["filename"],
            &message["labels"][0]["span"]["line"],
        )?);
    }
    for message in list(&biome["diagnostics"]) {
        // `lint/group/rule`
        let category = text(&message["category"])?;
        let rule = category.strip_prefix("lint/").and_then(|rule| rule.rsplit('/').next());
        let rule = rule.ok_or(format!("biome failed: {category}"))?;
        let place = &message["location"];
        reports.insert(report(format!("biome/{rule}"), &place["path"], &place["start"]["line"])?);
    }
    Ok(reports)
}

/// A report; whoever cannot lint a file says so without a line or a rule.
fn report(rule: String, path: &Value, line: &Value) -> Result<Report, String> {
    let file = Path::new(text(path)?).file_name().unwrap_or_default().to_string_lossy().into_owned();
    let line = line.as_u64().and_then(|line| u32::try_from(line).ok());
    Ok(Report { line: line.ok_or(format!("{rule} reports no line of {file}"))?, rule, file })
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> Result<&str, String> {
    value.as_str().ok_or(format!("a linter says {value} where there should be a text"))
}

/// Runs a program to its end: whether it succeeds, and what it says.
fn said(command: &mut Command) -> Result<(bool, String, String), String> {
    let name = command.get_program().display().to_string();
    let output = command.stdin(Stdio::null()).output().map_err(|error| format!("{name} cannot be started: {error}"))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok((output.status.success(), text(&output.stdout), text(&output.stderr)))
}
