//! SARIF 2.1.0, as GitHub's code scanning and the viewers in editors read it.
//!
//! Left out on purpose: `primaryLocationLineHash`, which GitHub's upload works out itself and complains
//! of where another differs; `automationDetails`, which would win over the `category` of the upload;
//! and `security-severity`, which would make security alerts of leaks.

use super::{Run, is_failure, severity, told, url};
use crate::finding::{Confidence, Finding, Fix, Level, Role};
use crate::lint::FileReport;
use crate::rules::{DIAGNOSTICS, RULES, Rule, diagnostic};
use crate::source::{Encoding, Source, Span};
use crate::suppress::{Silencer, Suppressed};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::{self, Write};

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// What relative references are relative to: the root of the repository.
const ROOT: &str = "%SRCROOT%";

#[derive(Serialize)]
struct Log {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [LogRun; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LogRun {
    tool: Tool,
    invocations: [Invocation; 1],
    original_uri_base_ids: BTreeMap<&'static str, ArtifactLocation>,
    column_kind: &'static str,
    newline_sequences: [&'static str; 3],
    results: Vec<Item>,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    semantic_version: &'static str,
    information_uri: &'static str,
    rules: Vec<Descriptor>,
    notifications: Vec<Descriptor>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    id: &'static str,
    short_description: Message,
    full_description: Message,
    help: Help,
    #[serde(skip_serializing_if = "Option::is_none")]
    help_uri: Option<String>,
    default_configuration: Configuration,
    #[serde(skip_serializing_if = "Option::is_none")]
    properties: Option<RuleProperties>,
}

#[derive(Serialize)]
struct Message {
    text: String,
}

#[derive(Serialize)]
struct Help {
    text: String,
    markdown: String,
}

#[derive(Serialize)]
struct Configuration {
    enabled: bool,
    level: &'static str,
}

#[derive(Serialize)]
struct RuleProperties {
    tags: Vec<&'static str>,
    precision: &'static str,
    #[serde(rename = "problem.severity")]
    problem: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: bool,
    tool_execution_notifications: Vec<Notification>,
}

#[derive(Serialize)]
struct Notification {
    descriptor: DescriptorReference,
    level: &'static str,
    message: Message,
    locations: [Location; 1],
}

#[derive(Serialize)]
struct DescriptorReference {
    id: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    rule_id: &'static str,
    rule_index: usize,
    level: &'static str,
    rank: f32,
    message: Message,
    locations: [Location; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    code_flows: Vec<CodeFlow>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Location>,
    partial_fingerprints: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suppressions: Vec<Suppression>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fixes: Vec<LogFix>,
    properties: ItemProperties,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ItemProperties {
    confidence: Confidence,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    retaining_path: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<usize>,
    physical_location: PhysicalLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Message>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    region: Region,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ArtifactLocation {
    uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    uri_base_id: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: u32,
    start_column: u32,
    end_line: u32,
    end_column: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CodeFlow {
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Message>,
    thread_flows: [ThreadFlow; 1],
}

#[derive(Serialize)]
struct ThreadFlow {
    locations: Vec<Step>,
}

#[derive(Serialize)]
struct Step {
    location: Location,
    importance: &'static str,
}

#[derive(Serialize)]
struct Suppression {
    kind: &'static str,
    status: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    justification: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LogFix {
    description: Message,
    artifact_changes: [Change; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Change {
    artifact_location: ArtifactLocation,
    replacements: Vec<Replacement>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Replacement {
    deleted_region: Region,
    inserted_content: Message,
}

/// Writes the log, with what comments and the baseline silence, and with the files that could not be linted.
///
/// # Errors
/// Those of the writer.
pub fn write(run: &Run, out: &mut impl Write) -> io::Result<()> {
    let (failures, others): (Vec<_>, Vec<_>) = DIAGNOSTICS.iter().partition(|name| is_failure(name));
    let mut rules: Vec<Descriptor> = RULES.iter().map(|rule| of_rule(rule)).collect();
    rules.extend(others.into_iter().filter_map(|name| of_diagnostic(name, Level::Warn)));
    let notifications = failures.into_iter().filter_map(|name| of_diagnostic(name, Level::Error)).collect();

    let broken = run.findings().any(|finding| finding.rule == "internal-error");
    let root = ArtifactLocation { uri: run.base.root_uri(), uri_base_id: None };
    let log = Log {
        schema: SCHEMA,
        version: "2.1.0",
        runs: [LogRun {
            invocations: [Invocation {
                execution_successful: !broken,
                tool_execution_notifications: run.files.iter().flat_map(|file| notices(run, file)).collect(),
            }],
            original_uri_base_ids: BTreeMap::from([(ROOT, root)]),
            column_kind: "utf16CodeUnits",
            newline_sequences: ["\r\n", "\n", "\r"],
            results: run.files.iter().flat_map(|file| results(run, file, &rules)).collect(),
            tool: Tool {
                driver: Driver {
                    name: env!("CARGO_PKG_NAME"),
                    semantic_version: env!("CARGO_PKG_VERSION"),
                    information_uri: env!("CARGO_PKG_REPOSITORY"),
                    rules,
                    notifications,
                },
            },
        }],
    };
    serde_json::to_writer_pretty(&mut *out, &log)?;
    writeln!(out)
}

fn of_rule(rule: &Rule) -> Descriptor {
    let problem = match rule.level {
        Level::Off => "recommendation",
        level => severity(level),
    };
    let mut summary = rule.summary.to_owned();
    // Here it is the title of an alert.
    if let Some(first) = summary.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    Descriptor {
        id: rule.name,
        short_description: message(&summary),
        full_description: message(&rule.section(None).replace('\n', " ")),
        help: help(rule),
        help_uri: url(rule.name),
        default_configuration: Configuration { enabled: rule.level != Level::Off, level: severity(rule.level) },
        // Memory that grows by design looks like a leak: no rule is "high".
        properties: Some(RuleProperties { tags: vec!["memory-leak", rule.category], precision: "medium", problem }),
    }
}

fn of_diagnostic(name: &'static str, level: Level) -> Option<Descriptor> {
    let text = diagnostic(name)?;
    let first = text.split_once(". ").map_or(text, |(first, _)| first);
    Some(Descriptor {
        id: name,
        short_description: message(first),
        full_description: message(text),
        help: Help { text: text.to_owned(), markdown: text.to_owned() },
        help_uri: None,
        default_configuration: Configuration { enabled: true, level: severity(level) },
        properties: None,
    })
}

/// What the page of a rule says to somebody who has a finding: why it leaks, and how to fix it.
fn help(rule: &Rule) -> Help {
    let mut markdown = rule.section(None).to_owned();
    for heading in ["Why it leaks", "How to fix"] {
        markdown.extend(["\n\n## ", heading, "\n\n", rule.section(Some(heading))]);
    }
    let page = url(rule.name).unwrap_or_default();
    Help {
        text: format!("{}\n\nExamples: {page}", markdown.replace("## ", "").replace("**", "")),
        markdown: format!("{markdown}\n\n[Leaking and safe examples]({page})"),
    }
}

/// Findings, and those that are silenced, in order of place.
fn results(run: &Run, file: &FileReport, rules: &[Descriptor]) -> Vec<Item> {
    let reported = file.findings.iter().map(|finding| (finding, None));
    let silenced = file.suppressed.iter().map(|silenced| (&silenced.finding, Some(silenced)));
    let mut findings: Vec<_> = reported.chain(silenced).filter(|(finding, _)| !is_failure(finding.rule)).collect();
    findings.sort_by_key(|(finding, _)| (finding.span, finding.rule));
    let item = |(finding, silenced): (&Finding, Option<&Suppressed>)| {
        let rule_index = rules.iter().position(|rule| rule.id == finding.rule)?;
        let suppressions = silenced.into_iter().map(suppression).collect();
        Some(Item { suppressions, ..result(run, &file.source, finding, rule_index) })
    };
    findings.into_iter().filter_map(item).collect()
}

fn suppression(silenced: &Suppressed) -> Suppression {
    let kind = match silenced.by {
        Silencer::Comment => "inSource",
        Silencer::Baseline => "external",
    };
    Suppression { kind, status: "accepted", justification: silenced.reason.clone() }
}

fn result(run: &Run, source: &Source, finding: &Finding, rule_index: usize) -> Item {
    let related = finding
        .related
        .iter()
        .zip(1..)
        .map(|(related, id)| Location { id: Some(id), ..location(run, source, related.span, Some(&related.message)) });
    let mut text = escaped(&told(finding));
    for (related, id) in finding.related.iter().zip(1..) {
        let line = source.line_of(related.span.start);
        // GitHub shows the related places that the message links to.
        text.push_str(&format!("{} [line {line}]({id})", if id == 1 { ". Also:" } else { "," }));
    }
    Item {
        rule_id: finding.rule,
        rule_index,
        level: severity(finding.level),
        rank: match finding.confidence {
            Confidence::High => 90.0,
            Confidence::Medium => 50.0,
            Confidence::Low => 10.0,
        },
        message: Message { text },
        locations: [location(run, source, finding.span, None)],
        code_flows: code_flow(run, source, finding).into_iter().collect(),
        related_locations: related.collect(),
        partial_fingerprints: BTreeMap::from([("leaklintFindingId/v1", finding.fingerprint.clone())]),
        suppressions: Vec::new(),
        fixes: finding.fixes.iter().map(|it| fix(run, source, it)).collect(),
        properties: ItemProperties { confidence: finding.confidence, retaining_path: finding.retaining_path.clone() },
    }
}

/// The four answers as steps, in the order in which a leak happens: the holder is there, a round comes,
/// it takes hold, and nothing lets go.
fn code_flow(run: &Run, source: &Source, finding: &Finding) -> Option<CodeFlow> {
    let mut evidence: Vec<_> = finding.evidence.iter().collect();
    evidence.sort_by_key(|piece| match piece.role {
        Role::Holder => 0,
        Role::Repetition => 1,
        Role::Hold => 2,
        Role::Release => 3,
    });
    let step = |piece: &&crate::finding::Evidence| Step {
        location: location(run, source, piece.span, Some(&format!("{}: {}", piece.role.name(), piece.message))),
        importance: if piece.role == Role::Hold { "essential" } else { "important" },
    };
    let grows = |growth: &crate::finding::Growth| message(&format!("{} {}", growth.kind.name(), growth.unit));
    (!evidence.is_empty()).then(|| CodeFlow {
        message: finding.growth.as_ref().map(grows),
        thread_flows: [ThreadFlow { locations: evidence.iter().map(step).collect() }],
    })
}

/// Why a file could not be linted, also where a baseline keeps quiet about it.
fn notices(run: &Run, file: &FileReport) -> Vec<Notification> {
    let silenced = file.suppressed.iter().map(|silenced| &silenced.finding);
    let failures = file.findings.iter().chain(silenced).filter(|finding| is_failure(finding.rule));
    let notice = |finding: &Finding| Notification {
        descriptor: DescriptorReference { id: finding.rule },
        level: severity(finding.level),
        message: message(&told(finding)),
        locations: [location(run, &file.source, finding.span, None)],
    };
    failures.map(notice).collect()
}

fn fix(run: &Run, source: &Source, fix: &Fix) -> LogFix {
    let replacements = fix.edits.iter().map(|edit| Replacement {
        deleted_region: region(source, edit.span),
        // Not a message that is read, but text that is put in.
        inserted_content: Message { text: edit.text.clone() },
    });
    LogFix {
        description: message(&fix.title),
        artifact_changes: [Change { artifact_location: artifact(run, source), replacements: replacements.collect() }],
    }
}

fn location(run: &Run, source: &Source, span: Span, text: Option<&str>) -> Location {
    Location {
        id: None,
        physical_location: PhysicalLocation { artifact_location: artifact(run, source), region: region(source, span) },
        message: text.map(message),
    }
}

fn artifact(run: &Run, source: &Source) -> ArtifactLocation {
    let (uri, relative) = run.base.uri(&source.path);
    ArtifactLocation { uri, uri_base_id: relative.then_some(ROOT) }
}

fn region(source: &Source, span: Span) -> Region {
    let start = source.line_column(span.start, Encoding::Utf16);
    let end = source.line_column(span.end, Encoding::Utf16);
    Region { start_line: start.line, start_column: start.column, end_line: end.line, end_column: end.column }
}

fn message(text: &str) -> Message {
    Message { text: escaped(text) }
}

/// Code such as `handlers[i](event)` would read as a link.
fn escaped(text: &str) -> String {
    if text.contains("](") { text.replace('[', "\\[").replace(']', "\\]") } else { text.to_owned() }
}
