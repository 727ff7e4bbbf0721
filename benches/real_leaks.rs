//! How many real leaks are found: published packages, before and after their leak was fixed.
//!
//!     cargo bench --bench real_leaks -- CASES.json [--cache DIR] [--json OUT] [--only PACKAGE]
//!
//! `CASES.json` is an array of cases. Needed are `package`, the versions `before` and `after` the fix,
//! `file_before` and `line_before` (the hold), `pattern` and `symbol` (what is kept, or by what). A case
//! may add `id`, `also_lines` (other lines where a report is right), `file_after` and `line_after` (the
//! same place once fixed), `detectable` (what has to be seen: one file, several, types; `runtime-only` is
//! counted apart), `growth` (`hygiene`, which hardly grows, is counted apart) and `residual_after` (what
//! still leaks there once fixed). Other fields are ignored. Paths are relative to the root of this
//! repository.
//!
//! Packages come by `npm pack` and are unpacked by `tar`, into the target folder or into `--cache`; what
//! is there is not asked for again. `--only` judges the cases of one package, or the one case of that id;
//! `--json` also writes what was printed, with the messages. A case that cannot be judged says why, and
//! the others go on.
//!
//! **Found**: the default report (high and medium confidence) of the leaking version has a finding in the
//! file, at most two lines from an accepted one, that is about the symbol. A missed case tells what comes
//! nearest: a low confidence, a finding that is about something else, or one that is elsewhere.
//!
//! **Cleared**, asked of what was found: the default report of the fixed version has no finding about the
//! symbol at most two lines from the fixed line, and none that names the symbol elsewhere in the file.
//! Both files are looked at where the fix stands in another one, and all files where neither is there any
//! more. A case with a residue that is still flagged is no failure, and is left out of the share.
//!
//! **About the symbol**: the symbol is read as words. What stands in brackets is explanation, and so are
//! "in", "of" and "on"; `a/b` are two names for one word, of which one is enough. A word counts by its
//! last name: `cache` for `this.cache`, `#cache`, `_cache` and `Class._cache`. A finding is *about* the
//! symbol where one of the words is in its code (the first lines of it), in its retaining path, or
//! between the backticks of its message or evidence. It *names* the symbol where all words are, the code
//! aside: `socket 'connect'` is not named by every finding on a socket.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a benchmark talks to the person who runs it")]

#[path = "common/command_line.rs"]
mod command_line;
#[path = "common/npm.rs"]
mod npm;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output};

const USAGE: &str = "usage: cargo bench --bench real_leaks -- CASES.json [--cache DIR] [--json OUT] [--only PACKAGE]";
/// A finding may be this many lines from an accepted one.
const NEAR: u64 = 2;
/// A finding's code is read this far: a listener's goes on for the whole of its body.
const CODE_LINES: u64 = 3;

/// What the arguments ask for.
struct Request {
    cases: PathBuf,
    cache: PathBuf,
    json: Option<PathBuf>,
    only: Option<String>,
}

/// A leak that was fixed.
#[derive(Deserialize)]
struct Case {
    #[serde(default)]
    id: String,
    package: String,
    before: String,
    after: String,
    file_before: String,
    line_before: u64,
    #[serde(default)]
    also_lines: Vec<u64>,
    file_after: Option<String>,
    line_after: Option<u64>,
    pattern: String,
    symbol: String,
    #[serde(default)]
    detectable: String,
    growth: Option<String>,
    residual_after: Option<String>,
}

/// A finding of any confidence, in a file of a package.
#[derive(Clone, Debug)]
struct Flag {
    /// From the root of the package, with `/`.
    path: String,
    line: u64,
    rule: String,
    confidence: String,
    message: String,
    /// Whether it is about memory rather than about the input.
    is_leak: bool,
    /// The first lines of the code it is about.
    code: String,
    /// The retaining path, and the code in the message and in the evidence.
    story: String,
}

/// The words of a symbol; each is a choice of names.
struct Symbol(Vec<Vec<String>>);

/// What the leaking version showed.
enum Before {
    Found(Flag),
    /// What comes nearest; may be empty.
    Missed(String),
}

/// What the fixed version showed.
enum After {
    Cleared,
    Flagged(Flag),
    /// Still flagged, for the residue that the case names.
    Residue(Flag),
    /// The leak was not found, so there was nothing to clear.
    NotAsked,
    /// The fixed version cannot be judged.
    Failed(String),
}

/// A case, and what became of it or why it cannot be judged.
struct Row {
    case: Case,
    outcome: Result<(Before, After), String>,
}

fn main() -> ExitCode {
    command_line::ends(request(&command_line::arguments()).and_then(|request| run(&request)))
}

/// Reads the arguments.
fn request(args: &[OsString]) -> Result<Request, String> {
    let mut cases = None;
    let mut cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("real-leaks");
    let (mut json, mut only) = (None, None);
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let name = arg.to_string_lossy();
        if !name.starts_with('-') {
            if cases.replace(PathBuf::from(arg)).is_some() {
                return Err(format!("one list of cases, not two: {name}\n{USAGE}"));
            }
            continue;
        }
        let mut value = || args.next().ok_or_else(|| format!("{name} needs a value\n{USAGE}"));
        match name.as_ref() {
            "--cache" => cache = PathBuf::from(value()?),
            "--json" => json = Some(PathBuf::from(value()?)),
            "--only" => only = Some(value()?.to_string_lossy().into_owned()),
            _ => return Err(format!("unknown flag {name}\n{USAGE}")),
        }
    }
    let cases = cases.ok_or_else(|| format!("give a list of cases\n{USAGE}"))?;
    Ok(Request { cases, cache, json, only })
}

/// Judges all cases and prints what became of them.
fn run(request: &Request) -> Result<(), String> {
    let cases = wanted(read_cases(&request.cases)?, request.only.as_deref())?;
    fs::create_dir_all(&request.cache)
        .map_err(|error| format!("cannot make the cache folder {}: {error}", request.cache.display()))?;
    let cache = request
        .cache
        .canonicalize()
        .map_err(|error| format!("cannot look at the cache folder {}: {error}", request.cache.display()))?;
    let rows: Vec<Row> = cases.into_iter().map(|case| Row { outcome: judge(&case, &cache), case }).collect();
    print_cases(&rows);
    println!();
    print_totals(&rows);
    if let Some(path) = &request.json {
        fs::write(path, format!("{:#}\n", document(&rows)))
            .map_err(|error| format!("cannot write {}: {error}", path.display()))?;
    }
    if rows.iter().all(|row| row.outcome.is_err()) {
        return Err("no case could be judged".into());
    }
    Ok(())
}

fn read_cases(path: &Path) -> Result<Vec<Case>, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    let cases: Vec<Case> =
        serde_json::from_str(&text).map_err(|error| format!("{} is no list of cases: {error}", path.display()))?;
    if cases.is_empty() {
        return Err(format!("{} has no cases", path.display()));
    }
    Ok(cases)
}

/// The cases of one package, or of one id.
fn wanted(mut cases: Vec<Case>, only: Option<&str>) -> Result<Vec<Case>, String> {
    let Some(only) = only else { return Ok(cases) };
    if !cases.iter().any(|case| case.package == only || case.id == only) {
        let packages = cases.iter().map(|case| case.package.as_str());
        return Err(format!("no case is of `{only}`{}", leaklint::suggest::did_you_mean(only, packages)));
    }
    cases.retain(|case| case.package == only || case.id == only);
    Ok(cases)
}

/// Fetches and lints what a case needs. The fixed version is needed only where the leak was found.
fn judge(case: &Case, cache: &Path) -> Result<(Before, After), String> {
    let symbol = Symbol::new(&case.symbol)?;
    let package = npm::unpacked(cache, &case.package, &case.before, None)?;
    let before = match left_out(&package, &case.file_before)? {
        Some(reason) => Before::Missed(reason.to_owned()),
        None => look_before(case, &symbol, &lint_package(&package)?),
    };
    let after = match before {
        Before::Missed(_) => After::NotAsked,
        Before::Found(_) => look_after(case, &symbol, cache).unwrap_or_else(After::Failed),
    };
    Ok((before, after))
}

/// Whether the leak is among the findings of the leaking version, or what comes nearest.
fn look_before(case: &Case, symbol: &Symbol, flags: &[Flag]) -> Before {
    let lines: Vec<u64> = case.also_lines.iter().copied().chain([case.line_before]).collect();
    let mut flags: Vec<&Flag> = flags.iter().filter(|flag| flag.path == case.file_before).collect();
    // The surest first.
    flags.sort_by_key(|flag| ["high", "medium", "low"].iter().position(|level| *level == flag.confidence));
    if let Some(broken) = flags.iter().find(|flag| is_broken(flag)) {
        return Before::Missed(format!("{}: {}", broken.rule, broken.message));
    }
    flags.retain(|flag| flag.is_leak);
    let there = |flag: &&&Flag| lines.iter().any(|line| flag.is_near(*line));
    if let Some(flag) = flags.iter().filter(there).find(|flag| flag.is_about(symbol)) {
        return match flag.is_default() {
            true => Before::Found((*flag).clone()),
            false => Before::Missed(format!("only {}", flag.place())),
        };
    }
    if let Some(flag) = flags.iter().filter(there).find(|flag| flag.is_default()) {
        return Before::Missed(format!("about something else: {}", flag.place()));
    }
    match flags.iter().find(|flag| flag.names(symbol)) {
        Some(flag) => Before::Missed(format!("elsewhere: {}", flag.place())),
        None => Before::Missed(String::new()),
    }
}

/// Whether the fixed version is silent about the symbol.
fn look_after(case: &Case, symbol: &Symbol, cache: &Path) -> Result<After, String> {
    let package = npm::unpacked(cache, &case.package, &case.after, None)?;
    let file_after = case.file_after.as_ref().unwrap_or(&case.file_before);
    let mut files = vec![file_after, &case.file_before];
    files.retain(|file| package.join(file).is_file());
    let at_the_fix = |flag: &Flag| {
        flag.path == *file_after && case.line_after.is_some_and(|line| flag.is_near(line)) && flag.is_about(symbol)
    };
    for file in &files {
        if let Some(reason) = left_out(&package, file)? {
            return Err(format!("{file}: {reason}"));
        }
    }
    let mut flags = lint_package(&package)?;
    if !files.is_empty() {
        flags.retain(|flag| files.contains(&&flag.path));
        if let Some(broken) = flags.iter().find(|flag| is_broken(flag)) {
            return Err(format!("{} in {}: {}", broken.rule, broken.path, broken.message));
        }
    }
    let still =
        flags.into_iter().find(|flag| flag.is_leak && flag.is_default() && (at_the_fix(flag) || flag.names(symbol)));
    Ok(match still {
        None => After::Cleared,
        Some(flag) if case.residual_after.is_some() => After::Residue(flag),
        Some(flag) => After::Flagged(flag),
    })
}

/// Every finding in a package, of any confidence, in order of path, as a user gets it who lints the package.
/// All linting goes through here.
fn lint_package(package: &Path) -> Result<Vec<Flag>, String> {
    let output = leaklint(package, &["--format", "json", "--pedantic", "--exit-zero"])?;
    let report: Value = serde_json::from_slice(&output.stdout)
        .map_err(|_| String::from_utf8_lossy(&output.stderr).trim().to_owned())?;
    Ok(report["findings"].as_array().into_iter().flatten().map(|finding| Flag::new(package, finding)).collect())
}

/// What a package ignores was published all the same.
fn leaklint(package: &Path, args: &[&str]) -> Result<Output, String> {
    Command::new(env!("CARGO_BIN_EXE_leaklint"))
        .args(args)
        .args(["--isolated", "--no-ignore", "."])
        .current_dir(package)
        .output()
        .map_err(|error| format!("leaklint cannot be started: {error}"))
}

/// Why the linter leaves the file out, where it does.
///
/// # Errors
/// The file is not there.
fn left_out(package: &Path, file: &str) -> Result<Option<&'static str>, String> {
    let path = package.join(file);
    if !path.is_file() {
        return Err(format!("no file {file} in the package"));
    }
    let files = leaklint(package, &["--show-files"])?;
    let is_read = String::from_utf8_lossy(&files.stdout).lines().any(|line| line == file);
    Ok((!is_read).then_some("not a file that leaklint reads"))
}

/// Whether the file could not be judged.
fn is_broken(flag: &Flag) -> bool {
    ["syntax-error", "unreadable-file", "internal-error"].contains(&flag.rule.as_str())
}

impl Flag {
    /// A finding of the JSON report.
    fn new(package: &Path, finding: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let number = |field: &str| finding[field].as_u64().unwrap_or(1);
        let (path, line) = (text(&finding["path"]), number("line"));
        let source = fs::read(package.join(&path)).unwrap_or_default();
        let source = String::from_utf8_lossy(&source);
        let lines = (number("endLine").saturating_sub(line) + 1).min(CODE_LINES);
        let code: Vec<&str> = source.lines().skip(line as usize - 1).take(lines as usize).collect();
        let list = |field: &str| finding[field].as_array().cloned().unwrap_or_default();
        let message = text(&finding["message"]);
        let messages: Vec<String> = list("evidence").iter().map(|evidence| text(&evidence["message"])).collect();
        let quoted = messages.iter().chain([&message]).flat_map(|message| message.split('`').skip(1).step_by(2));
        let story: Vec<String> = quoted.map(str::to_owned).chain(list("retainingPath").iter().map(text)).collect();
        Self {
            path,
            line,
            rule: text(&finding["rule"]),
            confidence: text(&finding["confidence"]),
            is_leak: !finding["growth"].is_null(),
            code: code.join("\n"),
            story: story.join("\n"),
            message,
        }
    }

    fn is_default(&self) -> bool {
        self.confidence != "low"
    }

    fn is_near(&self, line: u64) -> bool {
        self.line.abs_diff(line) <= NEAR
    }

    /// Whether one word of the symbol is in the code or in the story.
    fn is_about(&self, symbol: &Symbol) -> bool {
        let text = format!("{}\n{}", self.code, self.story);
        symbol.0.iter().flatten().any(|name| has_name(&text, name))
    }

    /// Whether every word of the symbol is in the story.
    fn names(&self, symbol: &Symbol) -> bool {
        symbol.0.iter().all(|choice| choice.iter().any(|name| has_name(&self.story, name)))
    }

    /// Rule, line and confidence.
    fn place(&self) -> String {
        format!("{}:{} {}", self.rule, self.line, self.confidence)
    }

    fn document(&self) -> Value {
        json!({
            "path": self.path,
            "line": self.line,
            "rule": self.rule,
            "confidence": self.confidence,
            "message": self.message,
        })
    }
}

impl Symbol {
    /// Reads a symbol as a person wrote it.
    ///
    /// # Errors
    /// It has no names.
    fn new(text: &str) -> Result<Self, String> {
        let mut depth = 0_usize;
        let mut bare = String::new();
        for char in text.chars() {
            match char {
                '(' | '[' | '<' => depth += 1,
                ')' | ']' | '>' => depth = depth.saturating_sub(1),
                _ if depth == 0 => bare.push(char),
                _ => {}
            }
        }
        let bare = bare.replace(" / ", "/");
        let words = bare.split_whitespace().filter(|word| !["in", "of", "on"].contains(word));
        let choices: Vec<Vec<String>> = words
            .map(|word| word.split('/').filter_map(last_name).collect())
            .filter(|choice: &Vec<String>| !choice.is_empty())
            .collect();
        if choices.is_empty() {
            return Err(format!("the symbol `{text}` has no names"));
        }
        Ok(Self(choices))
    }
}

/// `cache` of `this._cache`; nothing of a name that is written only in part, as `cache_*` is.
fn last_name(word: &str) -> Option<String> {
    let last = word.rsplit('.').next().unwrap_or(word);
    let name = last.trim_matches(|char| !is_name_char(char)).trim_start_matches(['_', '$']);
    (!name.is_empty() && !last.contains('*')).then(|| name.to_owned())
}

/// Whether the name stands in the text, also as `#name`, `_name` or `_Class_name`, as compilers write
/// private fields.
fn has_name(text: &str, name: &str) -> bool {
    text.split(|char| !is_name_char(char)).any(|word| {
        let rest = word.strip_suffix(name);
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with(['_', '$']))
    })
}

fn is_name_char(char: char) -> bool {
    char.is_alphanumeric() || char == '_' || char == '$'
}

/// What is counted of some cases.
#[derive(Default)]
struct Tally {
    cases: usize,
    failed: usize,
    found: usize,
    /// Of the found ones, those whose fixed version tells something.
    asked: usize,
    cleared: usize,
    residues: usize,
}

impl Tally {
    fn of<'a>(rows: impl IntoIterator<Item = &'a Row>) -> Self {
        let mut tally = Self::default();
        for row in rows {
            tally.cases += 1;
            let Ok((before, after)) = &row.outcome else {
                tally.failed += 1;
                continue;
            };
            tally.found += usize::from(matches!(before, Before::Found(_)));
            tally.asked += usize::from(matches!(after, After::Cleared | After::Flagged(_)));
            tally.cleared += usize::from(matches!(after, After::Cleared));
            tally.residues += usize::from(matches!(after, After::Residue(_)));
        }
        tally
    }

    fn judged(&self) -> usize {
        self.cases - self.failed
    }

    fn cells(&self, label: &str) -> Vec<String> {
        let mut rest = Vec::new();
        if self.residues > 0 {
            rest.push(format!("{} flagged for a residue", self.residues));
        }
        if self.found > self.asked + self.residues {
            rest.push(format!("{} without a judged fix", self.found - self.asked - self.residues));
        }
        if self.failed > 0 {
            rest.push(format!("{} not judged", self.failed));
        }
        vec![label.to_owned(), share(self.found, self.judged()), share(self.cleared, self.asked), rest.join(", ")]
    }

    fn document(&self) -> Value {
        json!({
            "cases": self.cases,
            "notJudged": self.failed,
            "found": self.found,
            "fixesJudged": self.asked,
            "cleared": self.cleared,
            "residues": self.residues,
        })
    }
}

/// `3 of 4 (75%)`.
fn share(part: usize, whole: usize) -> String {
    match (part * 200 + whole).checked_div(whole * 2) {
        Some(percent) => format!("{part} of {whole} ({percent}%)"),
        None => "n.a.".to_owned(),
    }
}

/// Why a case is not in the main figures, where it is not.
fn apart(case: &Case) -> Option<&'static str> {
    if case.detectable == "runtime-only" {
        return Some("runtime-only");
    }
    (case.growth.as_deref() == Some("hygiene")).then_some("hygiene")
}

/// All cases and the groups they are told in; every group but the first two is of the main figures.
fn totals(rows: &[Row]) -> Vec<(String, Tally)> {
    let main: Vec<&Row> = rows.iter().filter(|row| apart(&row.case).is_none()).collect();
    let mut totals = vec![("main figures".to_owned(), Tally::of(main.iter().copied()))];
    for reason in ["runtime-only", "hygiene"] {
        let some = rows.iter().filter(|row| apart(&row.case) == Some(reason));
        totals.push((format!("apart: {reason}"), Tally::of(some)));
    }
    for (what, of) in [("sees", detectable as fn(&Case) -> &str), ("pattern", pattern)] {
        let names: BTreeSet<&str> = main.iter().map(|row| of(&row.case)).filter(|name| !name.is_empty()).collect();
        for name in names {
            let some = main.iter().copied().filter(|row| of(&row.case) == name);
            totals.push((format!("{what}: {name}"), Tally::of(some)));
        }
    }
    totals
}

fn detectable(case: &Case) -> &str {
    &case.detectable
}

fn pattern(case: &Case) -> &str {
    &case.pattern
}

fn print_totals(rows: &[Row]) {
    let mut cells = vec![["", "found", "cleared", ""].map(str::to_owned).to_vec()];
    cells.extend(totals(rows).iter().filter(|(_, tally)| tally.cases > 0).map(|(label, tally)| tally.cells(label)));
    print_table(&cells);
}

fn print_cases(rows: &[Row]) {
    let head = ["package", "versions", "place", "pattern", "symbol", "leaking", "fixed"];
    let mut cells = vec![head.map(str::to_owned).to_vec()];
    cells.extend(rows.iter().map(case_cells));
    print_table(&cells);
}

fn case_cells(row: &Row) -> Vec<String> {
    let case = &row.case;
    let (before, after) = match &row.outcome {
        Ok((before, after)) => (before_text(before), after_text(after)),
        Err(problem) => (format!("error: {problem}"), "n.a.".to_owned()),
    };
    let pattern = match apart(case) {
        Some(reason) => format!("{} ({reason})", case.pattern),
        None => case.pattern.clone(),
    };
    vec![
        case.package.clone(),
        format!("{} → {}", case.before, case.after),
        format!("{}:{}", case.file_before, case.line_before),
        pattern,
        case.symbol.clone(),
        before,
        after,
    ]
}

fn before_text(before: &Before) -> String {
    match before {
        Before::Found(flag) => format!("found {}", flag.place()),
        Before::Missed(nearest) if nearest.is_empty() => "missed".to_owned(),
        Before::Missed(nearest) => format!("missed ({nearest})"),
    }
}

fn after_text(after: &After) -> String {
    match after {
        After::Cleared => "cleared".to_owned(),
        After::Flagged(flag) => format!("still flagged {} in {}", flag.place(), flag.path),
        After::Residue(flag) => format!("residue flagged {} in {}", flag.place(), flag.path),
        After::NotAsked => "n.a.".to_owned(),
        After::Failed(problem) => format!("error: {problem}"),
    }
}

/// Prints rows of as many cells as the first has, in columns.
fn print_table(rows: &[Vec<String>]) {
    let columns = rows.first().map_or(0, Vec::len);
    let wide = |text: &String| text.chars().count();
    let widths: Vec<usize> =
        (0..columns).map(|at| rows.iter().filter_map(|row| row.get(at)).map(wide).max().unwrap_or(0)).collect();
    for row in rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        println!("{}", cells.collect::<Vec<_>>().join("  ").trim_end());
    }
}

/// All that was printed, for programs.
fn document(rows: &[Row]) -> Value {
    let totals: Vec<Value> =
        totals(rows).iter().map(|(label, tally)| json!({ "group": label, "figures": tally.document() })).collect();
    json!({ "totals": totals, "cases": rows.iter().map(case_document).collect::<Vec<_>>() })
}

fn case_document(row: &Row) -> Value {
    let case = &row.case;
    let (leaking, fixed) = match &row.outcome {
        Ok((before, after)) => (before_document(before), after_document(after)),
        Err(problem) => (json!({ "error": problem }), Value::Null),
    };
    json!({
        "id": case.id,
        "package": case.package,
        "before": case.before,
        "after": case.after,
        "file": case.file_before,
        "line": case.line_before,
        "pattern": case.pattern,
        "symbol": case.symbol,
        "detectable": case.detectable,
        "apart": apart(case),
        "leaking": leaking,
        "fixed": fixed,
    })
}

fn before_document(before: &Before) -> Value {
    match before {
        Before::Found(flag) => json!({ "found": flag.document() }),
        Before::Missed(nearest) => json!({ "missed": nearest }),
    }
}

fn after_document(after: &After) -> Value {
    match after {
        After::Cleared => json!({ "cleared": true }),
        After::Flagged(flag) => json!({ "flagged": flag.document() }),
        After::Residue(flag) => json!({ "residue": flag.document() }),
        After::NotAsked => Value::Null,
        After::Failed(problem) => json!({ "error": problem }),
    }
}
