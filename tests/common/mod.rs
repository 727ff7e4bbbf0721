//! What the suites of examples share: marked code, the fences of the rule pages, and linting them.
//!
//! The markers are described in `rules/README.md`.
#![allow(dead_code, reason = "each suite uses its part")]

use leaklint::finding::{Confidence, Finding, Level};
use leaklint::lint::{FileContext, Options, lint};
use leaklint::source::Source;
use std::fs;
use std::path::{Path, PathBuf};

/// A file of the package, by its path from the root.
pub(crate) fn at(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The text of a file of the package.
pub(crate) fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every file under a folder, sorted, without the folders of dependencies.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The findings of one text at a confidence.
pub(crate) fn findings(path: &str, code: &str, min_confidence: Confidence) -> Vec<Finding> {
    let options = Options { min_confidence, ..Options::default() };
    lint(Source::new(path, code), &FileContext::default(), &options).findings
}

/// The findings of one text for the page of a rule, which is on even where it is off by default.
pub(crate) fn findings_for(rule: &str, path: &str, code: &str, min_confidence: Confidence) -> Vec<Finding> {
    let off = |rule: &leaklint::rules::Rule| rule.level == Level::Off;
    let levels = leaklint::rules::rule(rule).filter(|rule| off(rule)).map(|rule| (rule.name, Level::Error));
    let options = Options { min_confidence, levels: levels.into_iter().collect(), ..Options::default() };
    lint(Source::new(path, code), &FileContext::default(), &options).findings
}

/// The findings of the default report.
pub(crate) fn by_default(path: &str, code: &str) -> Vec<Finding> {
    findings(path, code, Confidence::Medium)
}

/// The findings at `--pedantic`.
pub(crate) fn pedantic(path: &str, code: &str) -> Vec<Finding> {
    findings(path, code, Confidence::Low)
}

/// Whether the code was refused by the parser.
pub(crate) fn is_broken(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| finding.rule == "syntax-error")
}

/// The 1-based line of a finding.
pub(crate) fn line_of(code: &str, finding: &Finding) -> u32 {
    Source::new("", code).line_of(finding.span.start)
}

/// Findings as lines of text, for messages of failed tests.
pub(crate) fn shown(code: &str, findings: &[Finding]) -> String {
    if findings.is_empty() {
        return "    nothing".to_owned();
    }
    let lines = findings.iter().map(|finding| {
        let line = line_of(code, finding);
        let text = code.lines().nth(line as usize - 1).unwrap_or_default().trim();
        format!(
            "    line {line}: {} ({}): {}\n        {text}",
            finding.rule,
            finding.confidence.name(),
            finding.message
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// A line marked `// leak`, `// leak: words` or `// leak(high): words`.
#[derive(Debug)]
pub(crate) struct Mark {
    /// 1-based.
    pub(crate) line: u32,
    /// The confidence asserted.
    pub(crate) confidence: Option<String>,
    /// What the message must contain; empty where nothing is asserted.
    pub(crate) words: String,
}

/// The marked lines of leaking code.
pub(crate) fn leak_marks(code: &str) -> Vec<Mark> {
    (1..).zip(code.lines()).filter_map(|(line, text)| leak_mark(line, text)).collect()
}

fn leak_mark(line: u32, text: &str) -> Option<Mark> {
    let (_, rest) = text.rsplit_once("// leak")?;
    let (confidence, rest) = match rest.strip_prefix('(') {
        Some(inner) => {
            let (confidence, rest) = inner.split_once(')')?;
            (Some(confidence.to_owned()), rest)
        }
        None => (None, rest),
    };
    let words = match rest.trim_end() {
        "" => "",
        rest => rest.strip_prefix(':')?.trim(),
    };
    Some(Mark { line, confidence, words: words.to_owned() })
}

/// What a fence of a rule page claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// Its marked lines are reported.
    Leak,
    /// Nothing is reported.
    Safe,
}

/// An example of a rule page.
#[derive(Clone, Debug)]
pub(crate) struct Example {
    /// The rule of the page.
    pub(crate) rule: String,
    /// What it claims.
    pub(crate) claim: Claim,
    /// Where it is: `rules/unbounded-cache.md:12`.
    pub(crate) place: String,
    /// The name that it is linted by.
    pub(crate) path: String,
    /// The code.
    pub(crate) code: String,
}

/// The rule pages: name and text.
pub(crate) fn pages() -> Vec<(String, String)> {
    let is_page = |path: &PathBuf| path.extension().is_some_and(|ext| ext == "md") && !path.ends_with("README.md");
    let entries = fs::read_dir(at("rules")).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(is_page).collect();
    paths.sort();
    let name = |path: &Path| path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    paths.iter().map(|path| (name(path), read(path))).collect()
}

/// The examples of all pages.
pub(crate) fn examples() -> Vec<Example> {
    pages().iter().flat_map(|(rule, page)| examples_of(rule, page)).collect()
}

/// The examples of one page.
pub(crate) fn examples_of(rule: &str, page: &str) -> Vec<Example> {
    use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};
    let source = Source::new("", page);
    let mut examples = Vec::new();
    let mut open: Option<Example> = None;
    for (event, range) in Parser::new(page).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                let line = source.line_of(u32::try_from(range.start).unwrap_or(u32::MAX));
                open = example(rule, &info, line);
            }
            Event::Text(text) => {
                if let Some(example) = &mut open {
                    example.code.push_str(&text);
                }
            }
            Event::End(TagEnd::CodeBlock) => examples.extend(open.take()),
            _ => {}
        }
    }
    examples
}

/// Reads an info string such as `js leak file=server.mjs`; `None` for fences that are no tests.
fn example(rule: &str, info: &str, line: u32) -> Option<Example> {
    let mut words = info.split_whitespace();
    let language = words.next()?;
    let mut claim = None;
    let mut path = format!("example.{language}");
    for word in words {
        match word {
            "leak" => claim = Some(Claim::Leak),
            "safe" => claim = Some(Claim::Safe),
            _ => path = word.strip_prefix("file=")?.to_owned(),
        }
    }
    let place = format!("rules/{rule}.md:{line}");
    Some(Example { rule: rule.to_owned(), claim: claim?, place, path, code: String::new() })
}

/// One half of a pair under `fixtures/proofs`.
#[derive(Clone, Debug)]
pub(crate) struct Proof {
    /// The folder: the rule.
    pub(crate) rule: String,
    /// `slug-memo`.
    pub(crate) name: String,
    /// What it claims.
    pub(crate) claim: Claim,
    /// The path from `fixtures/proofs`.
    pub(crate) path: String,
    /// The code.
    pub(crate) code: String,
}

/// Every proof.
pub(crate) fn proofs() -> Vec<Proof> {
    let folder = at("fixtures/proofs");
    files(&folder).iter().filter_map(|path| proof(&folder, path)).collect()
}

fn proof(folder: &Path, path: &Path) -> Option<Proof> {
    let inside = path.strip_prefix(folder).ok()?;
    let rule = inside.parent()?.to_str()?.to_owned();
    let file = inside.file_name()?.to_str()?;
    let (name, claim) = match (file.split_once(".leak."), file.split_once(".safe.")) {
        (Some((name, _)), _) => (name, Claim::Leak),
        (_, Some((name, _))) => (name, Claim::Safe),
        _ => return None,
    };
    let shown = inside.to_str()?.replace('\\', "/");
    Some(Proof { rule, name: name.to_owned(), claim, path: shown, code: read(path) })
}
