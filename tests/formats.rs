//! Every format, read as its reader would, through the built binary: on lines with CJK and emoji, in a
//! package of a repository, with files that cannot be linted and findings that are silenced.
#![allow(clippy::unwrap_used, reason = "what cannot be unwrapped fails the test")]

mod common;
#[path = "common/run.rs"]
mod run;

use common::{at, read};
use leaklint::finding::{Edit, Finding, Fix, Level, Related};
use leaklint::lint::FileReport;
use leaklint::report::{Run, checkstyle, eslint_json, github, json, junit, rdjson, sarif};
use leaklint::rules::{DIAGNOSTICS, RULES};
use leaklint::source::{Source, Span};
use run::{Output, Project};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Two leaks on a line that has two, three and four bytes a character, and two UTF-16 units for some.
const WIDE: &str = "const http = require(\"http\");
const 記録 = []; const 別 = new Map();
/* 日本語 👨‍👩‍👧 é */ http.createServer((req, res) => { 記録.push(req.url + \"😀\"); 別.set(req.url, 1); res.end(); }).listen(80);
";
/// Where leaklint runs, in the repository.
const PACKAGE: &str = "packages/web";
/// What the two findings mark.
const HOLDS: [&str; 2] = ["記録.push(req.url + \"😀\")", "別.set(req.url, 1)"];
/// A name that needs quoting nearly everywhere.
const WIDE_NAME: &str = "日本, [id] 100%.js";

const SILENCED: &str = "const http = require(\"http\");
const seen = [];
http.createServer((req, res) => {
  seen.push(req.url); // leaklint-disable-line unbounded-cache -- a <small> \"tool\"
}).listen(80);
// leaklint-disable-next-line unbounded-cache
";

const LEAK: &str = "const http = require(\"http\");
const seen = [];
http.createServer((req, res) => {
  seen.push(req.url);
}).listen(80);
";

/// Two findings that differ in nothing but their lines.
const TWINS: &str = "const http = require(\"http\");
http.createServer((req, res) => {
  setInterval(() => res.write(\"a\"), 1000);
  setInterval(() => res.write(\"a\"), 1000);
}).listen(80);
";

const FORMATS: [&str; 10] =
    ["pretty", "concise", "json", "sarif", "github", "gitlab", "junit", "checkstyle", "rdjson", "eslint-json"];

/// A repository with a package in it that has these files.
fn repository(files: &[(&str, &[u8])]) -> Project {
    let project = Project::new(&[(".git/HEAD", "")]);
    fs::create_dir_all(project.at(PACKAGE)).unwrap();
    for (name, bytes) in files {
        fs::write(project.at(PACKAGE).join(name), bytes).unwrap();
    }
    project
}

/// One of everything.
fn everything() -> Project {
    repository(&[
        (WIDE_NAME, WIDE.as_bytes()),
        ("silenced.js", SILENCED.as_bytes()),
        ("broken.js", b"const x = ;\n"),
        ("bytes.js", b"const x = \"\xff\";\n"),
    ])
}

/// Runs leaklint in the package.
fn leaklint(repository: &Project, arguments: &[&str]) -> Output {
    run::leaklint(&repository.at(PACKAGE), arguments)
}

fn text<'a>(value: &'a Value, path: &str) -> &'a str {
    value.pointer(path).and_then(Value::as_str).unwrap_or_else(|| panic!("no text at {path} in {value:#}"))
}

fn number(value: &Value, path: &str) -> usize {
    let number =
        value.pointer(path).and_then(Value::as_u64).unwrap_or_else(|| panic!("no number at {path}: {value:#}"));
    usize::try_from(number).unwrap()
}

fn list<'a>(value: &'a Value, path: &str) -> &'a Vec<Value> {
    value.pointer(path).and_then(Value::as_array).unwrap_or_else(|| panic!("no list at {path} in {value:#}"))
}

/// The part of a 1-based line between two 1-based columns in UTF-16 code units.
fn utf16(text: &str, line: usize, start: usize, end: usize) -> String {
    let units: Vec<u16> = text.lines().nth(line - 1).unwrap().encode_utf16().collect();
    String::from_utf16(&units[start - 1..end - 1]).unwrap()
}

fn checked(document: &Value) {
    // Two patterns of it have a `]` that only ECMAScript's laxer mode takes for a character.
    let schema = read(&at("tests/schemas/sarif-2.1.0.json")).replace("{2}]?$", "{2}\\\\]?$");
    let schema = serde_json::from_str(&schema).unwrap();
    let schema = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
    let errors: Vec<String> =
        schema.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{}\n{document:#}", errors.join("\n"));
}

fn sarif_of(output: &Output) -> Value {
    let document = output.json();
    checked(&document);
    document["runs"][0].clone()
}

#[test]
fn sarif_says_of_each_rule_what_github_asks_for() {
    let run = sarif_of(&leaklint(&everything(), &["--format", "sarif"]));
    let driver = &run["tool"]["driver"];
    assert_eq!((text(driver, "/name"), text(driver, "/semanticVersion")), ("leaklint", env!("CARGO_PKG_VERSION")));
    let rules = list(driver, "/rules");
    assert!(RULES.iter().all(|rule| rules.iter().any(|described| described["id"] == rule.name)));
    for rule in rules.iter().chain(list(driver, "/notifications")) {
        for path in ["/shortDescription/text", "/fullDescription/text"] {
            let length = text(rule, path).chars().count();
            assert!((1..=1024).contains(&length) && !text(rule, path).contains('\n'), "{path} of {rule:#}");
        }
        assert!(!text(rule, "/help/text").is_empty() && !text(rule, "/help/markdown").is_empty());
        assert!(rule.pointer("/properties/security-severity").is_none());
    }
    // Whatever can be found is described somewhere.
    let described = rules.iter().chain(list(driver, "/notifications"));
    let described: BTreeSet<&str> = described.map(|rule| text(rule, "/id")).collect();
    assert!(DIAGNOSTICS.iter().all(|name| described.contains(name)), "{described:?}");
    for rule in rules.iter().filter(|rule| !DIAGNOSTICS.contains(&text(rule, "/id"))) {
        let name = text(rule, "/id");
        let markdown = text(rule, "/help/markdown");
        assert!(markdown.contains("## Why it leaks\n\n") && markdown.contains("## How to fix\n\n"), "{markdown}");
        assert!(!text(rule, "/help/text").contains("##"));
        assert!(text(rule, "/helpUri").ends_with(&format!("/rules/{name}.md")));
        assert!(list(rule, "/properties/tags").contains(&"memory-leak".into()));
        let precisions = ["very-high", "high", "medium", "low"];
        assert!(precisions.contains(&text(rule, "/properties/precision")));
        assert!(["error", "warning", "recommendation"].contains(&text(rule, "/properties/problem.severity")));
    }
}

#[test]
fn sarif_tells_the_story_of_each_finding() {
    let repository = everything();
    let run = sarif_of(&leaklint(&repository, &["--format", "sarif"]));
    assert_eq!(run["columnKind"], "utf16CodeUnits");
    let results = list(&run, "/results");
    let root = text(&run, "/originalUriBaseIds/%SRCROOT%/uri");
    let real = repository.path().canonicalize().unwrap();
    assert_eq!(root, format!("file://{}/", real.display()));
    for result in results {
        assert_eq!(run["tool"]["driver"]["rules"][number(result, "/ruleIndex")]["id"], result["ruleId"]);
        assert_eq!(list(result, "/locations").len(), 1);
        let region = &result["locations"][0]["physicalLocation"]["region"];
        assert!(["startLine", "startColumn", "endLine", "endColumn"].iter().all(|key| region[key].is_u64()));
        let prints = result["partialFingerprints"].as_object().unwrap();
        // GitHub works this one out by itself, and complains of another.
        assert!(prints.contains_key("leaklintFindingId/v1") && !prints.contains_key("primaryLocationLineHash"));
    }

    let wide: Vec<&Value> = results.iter().filter(|result| result["suppressions"].is_null()).take(3).collect();
    let wide: Vec<&&Value> = wide.iter().filter(|result| result["ruleId"] == "unbounded-cache").collect();
    assert_eq!(wide.len(), 2, "{results:#?}");
    for (result, hold) in wide.into_iter().zip(HOLDS) {
        let place = &result["locations"][0]["physicalLocation"];
        // As from the root of the repository, in ASCII.
        assert_eq!(text(place, "/artifactLocation/uri"), "packages/web/%E6%97%A5%E6%9C%AC,%20%5Bid%5D%20100%25.js");
        assert_eq!(text(place, "/artifactLocation/uriBaseId"), "%SRCROOT%");
        assert_eq!(marked(place), hold);
        assert!(text(result, "/message/text").contains("nothing removes one. Help: "));

        let steps = list(result, "/codeFlows/0/threadFlows/0/locations");
        let said: Vec<&str> = steps.iter().map(|step| text(step, "/location/message/text")).collect();
        let roles: Vec<&str> = said.iter().map(|said| said.split_once(": ").unwrap().0).collect();
        assert_eq!(roles, ["holder", "repetition", "hold", "release"]);
        assert_eq!(marked(&steps[2]["location"]["physicalLocation"]), hold);
        assert_eq!(steps[2]["importance"], "essential");
        assert!(text(result, "/codeFlows/0/message/text").starts_with("accumulates per "));
    }
}

fn marked(place: &Value) -> String {
    let region = &place["region"];
    let number = |key: &str| number(region, key);
    assert_eq!(number("/startLine"), number("/endLine"));
    utf16(WIDE, number("/startLine"), number("/startColumn"), number("/endColumn"))
}

#[test]
fn sarif_has_what_is_silenced_and_what_could_not_be_linted() {
    let output = leaklint(&everything(), &["--format", "sarif"]);
    let run = sarif_of(&output);
    assert_eq!(output.code, 1);
    let silenced: Vec<&Value> =
        list(&run, "/results").iter().filter(|result| result["suppressions"].is_array()).collect();
    let [silenced] = silenced[..] else { panic!("{run:#}") };
    assert_eq!((text(silenced, "/ruleId"), text(silenced, "/level")), ("unbounded-cache", "error"));
    let suppression = &silenced["suppressions"][0];
    assert_eq!((text(suppression, "/kind"), text(suppression, "/status")), ("inSource", "accepted"));
    assert_eq!(text(suppression, "/justification"), "a <small> \"tool\"");
    assert!(list(&run, "/results").iter().any(|result| result["ruleId"] == "unused-suppression"));

    let invocation = &run["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], true);
    let notices = list(invocation, "/toolExecutionNotifications").iter();
    let notices: Vec<(&str, &str)> = notices
        .map(|notice| {
            assert_eq!(notice["level"], "error");
            let uri = text(notice, "/locations/0/physicalLocation/artifactLocation/uri");
            (text(notice, "/descriptor/id"), uri)
        })
        .collect();
    assert_eq!(notices, [("syntax-error", "packages/web/broken.js"), ("unreadable-file", "packages/web/bytes.js")]);
    assert!(!list(&run, "/results").iter().any(|result| result["ruleId"] == "syntax-error"));
}

#[test]
fn what_is_in_the_baseline_is_silenced_from_outside() {
    let repository = repository(&[("a.js", LEAK.as_bytes())]);
    assert_eq!(leaklint(&repository, &["--update-baseline"]).code, 0);
    let result = list(&sarif_of(&leaklint(&repository, &["--format", "sarif"])), "/results")[0].clone();
    assert_eq!(result["suppressions"], serde_json::json!([{ "kind": "external", "status": "accepted" }]));
    let report = leaklint(&repository, &["--format", "eslint-json"]).json();
    assert_eq!(text(&report, "/0/suppressedMessages/0/suppressions/0/kind"), "file");
    assert_eq!(leaklint(&repository, &["--format", "gitlab"]).json(), serde_json::json!([]));
}

#[test]
fn our_own_json_is_what_its_schema_says() {
    // Readers must bear new fields; here each must be in the schema.
    let schema = read(&at("docs/report-v1.schema.json")).replace("rties\": true", "rties\": false");
    let schema = serde_json::from_str(&schema).unwrap();
    let schema = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
    let check = |report: &Value| {
        let errors: Vec<String> =
            schema.iter_errors(report).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{}\n{report:#}", errors.join("\n"));
    };
    let report = leaklint(&everything(), &["--format", "json"]).json();
    check(&report);
    let mut findings = list(&report, "/findings").iter().filter(|finding| finding["path"] == WIDE_NAME);
    for hold in HOLDS {
        let finding = findings.next().unwrap();
        let number = |key: &str| number(finding, key);
        assert_eq!(utf16(WIDE, number("/line"), number("/column"), number("/endColumn")), hold);
        assert_eq!(&WIDE[number("/offset")..number("/endOffset")], hold);
    }
    let run = run_with("old()", "old()", |finding| {
        let span = finding.span;
        finding.fingerprint = "0".to_owned();
        finding.related = vec![Related { message: "here too".to_owned(), span }];
        finding.fixes =
            vec![Fix { title: "end it".to_owned(), safe: true, edits: vec![Edit { span, text: String::new() }] }];
    });
    check(&serde_json::from_str(&written(|out| json::write(&run, out))).unwrap());
}

#[test]
fn a_clean_run_is_a_valid_report_in_every_format() {
    let repository = repository(&[("one.js", b"export const one = 1;\n")]);
    let output = |format| leaklint(&repository, &["--format", format]);
    let run = sarif_of(&output("sarif"));
    assert!(list(&run, "/results").is_empty() && !list(&run, "/tool/driver/rules").is_empty());
    assert_eq!(output("github").stdout, "");
    assert_eq!(output("gitlab").json(), serde_json::json!([]));
    assert_eq!(output("eslint-json").json(), serde_json::json!([]));
    assert_eq!(output("rdjson").json()["diagnostics"], serde_json::json!([]));
    let checkstyle = output("checkstyle").stdout;
    let checkstyle = roxmltree::Document::parse(&checkstyle).unwrap();
    assert_eq!(checkstyle.root_element().children().filter(roxmltree::Node::is_element).count(), 0);
    let junit = output("junit").stdout;
    let junit = roxmltree::Document::parse(&junit).unwrap();
    let passed: Vec<_> = junit.descendants().filter(|node| node.has_tag_name("testcase")).collect();
    assert!(passed.len() == 1 && !passed[0].has_children());
}

/// Level, properties and message of a workflow command, read as GitHub's runner does.
fn annotation(line: &str) -> (&str, Vec<(&str, String)>, String) {
    let plain = |text: &str| {
        let text = text.replace("%0D", "\r").replace("%0A", "\n").replace("%3A", ":").replace("%2C", ",");
        text.replace("%25", "%")
    };
    let (command, message) = line.strip_prefix("::").unwrap().split_once("::").unwrap();
    let (level, properties) = command.split_once(' ').unwrap();
    let properties = properties.split(',').map(|property| {
        let (name, value) = property.split_once('=').unwrap();
        (name, plain(value))
    });
    (level, properties.collect(), plain(message))
}

#[test]
fn github_annotations_come_after_the_whole_report() {
    let repository = everything();
    let output = leaklint(&repository, &["--format", "github"]);
    let pretty = leaklint(&repository, &[]);
    let annotations = output.stdout.strip_prefix(&pretty.stdout).unwrap_or_else(|| panic!("{}", output.stdout));
    let found: Vec<_> = annotations.lines().map(annotation).collect();
    assert_eq!(found.len(), 5, "{annotations}");
    assert_eq!(found.iter().map(|it| it.0).collect::<Vec<_>>(), ["error", "error", "error", "error", "warning"]);
    for ((_, properties, message), hold) in found.iter().filter(|it| it.2.contains(WIDE_NAME)).zip(HOLDS) {
        let property = |name: &str| properties.iter().find(|it| it.0 == name).unwrap().1.clone();
        let number = |name: &str| property(name).parse::<usize>().unwrap();
        assert_eq!(property("file"), format!("packages/web/{WIDE_NAME}"));
        assert_eq!(property("title"), "leaklint (unbounded-cache)");
        assert_eq!(utf16(WIDE, number("line"), number("col"), number("endColumn")), hold);
        // The log shows the message alone.
        let place = format!("packages/web/{WIDE_NAME}:{}:{}: ", number("line"), number("col"));
        assert!(message.starts_with(&place) && message.contains("\nhelp: "), "{message}");
    }
}

#[test]
fn github_shows_ten_so_the_most_important_come_first() {
    let medium = "const cache = new Map();\nmodule.exports = function load(id) {\n  if (!cache.has(id)) cache.set(id, make(id));\n  return cache.get(id);\n};\n";
    let mut files: Vec<(String, &str)> = (10..22).map(|number| (format!("leak-{number}.js"), LEAK)).collect();
    files.extend((10..21).map(|number| (format!("cache-{number}.js"), medium)));
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, text)| (name.as_str(), text.as_bytes())).collect();
    let repository = repository(&files);
    let written = leaklint(&repository, &["-o", "github=annotations.txt"]);
    assert!(!written.stdout.contains("::error"));
    let annotations = fs::read_to_string(repository.at(PACKAGE).join("annotations.txt")).unwrap();
    let lines: Vec<&str> = annotations.lines().collect();
    let levels: Vec<&str> = lines[..20].iter().map(|line| annotation(line).0).collect();
    assert_eq!(levels, [["error"; 10], ["warning"; 10]].concat());
    assert_eq!(
        lines[20..],
        ["leaklint: 2 errors and 1 warning not annotated, because GitHub shows 10 of each kind a step"]
    );
}

#[test]
fn gitlab_fingerprints_are_unique_and_stable() {
    let files: [(&str, &[u8]); 3] =
        [("a.js", TWINS.as_bytes()), ("b.js", TWINS.as_bytes()), (WIDE_NAME, WIDE.as_bytes())];
    let before = leaklint(&repository(&files), &["--format", "gitlab"]).json();
    let issues = before.as_array().unwrap();
    assert_eq!(issues.len(), 6, "{before:#}");
    let prints = |report: &Value| -> Vec<String> {
        report.as_array().unwrap().iter().map(|issue| text(issue, "/fingerprint").to_owned()).collect()
    };
    assert_eq!(prints(&before).iter().collect::<BTreeSet<_>>().len(), 6);
    for issue in issues {
        let severities = ["info", "minor", "major", "critical", "blocker"];
        assert!(severities.contains(&text(issue, "/severity")));
        let name = text(issue, "/check_name");
        assert!(text(issue, "/description").starts_with(&format!("{name}: ")), "{issue:#}");
        assert!(number(issue, "/location/lines/begin") <= number(issue, "/location/lines/end"));
        let path = text(issue, "/location/path");
        assert!(path.starts_with("packages/web/") && !path.contains('\\'));
    }
    assert_eq!(text(&issues[5], "/location/path"), format!("packages/web/{WIDE_NAME}"));

    // Code above moves every line.
    let moved: Vec<(&str, String)> =
        files.iter().map(|(name, bytes)| (*name, format!("// new\n\n{}", String::from_utf8_lossy(bytes)))).collect();
    let moved: Vec<(&str, &[u8])> = moved.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
    let after = leaklint(&repository(&moved), &["--format", "gitlab"]).json();
    assert_eq!(prints(&after), prints(&before));
}

#[test]
fn silencing_one_finding_changes_the_identity_of_no_other() {
    let print = |source: &str| {
        let report = leaklint(&repository(&[("a.js", source.as_bytes())]), &["--format", "gitlab"]).json();
        report.as_array().unwrap().iter().map(|issue| text(issue, "/fingerprint").to_owned()).collect::<Vec<_>>()
    };
    let silenced = TWINS.replacen("1000);", "1000); // leaklint-disable-line uncleared-timer", 1);
    assert_eq!((print(TWINS).len(), print(&silenced)), (2, print(TWINS)[1..].to_vec()));
}

#[test]
fn junit_is_a_suite_a_file_and_a_test_a_finding() {
    let output = leaklint(&everything(), &["--format", "junit"]).stdout;
    let document = roxmltree::Document::parse(&output).unwrap();
    let root = document.root_element();
    assert!(root.has_tag_name("testsuites"));
    let suites: Vec<_> = root.children().filter(roxmltree::Node::is_element).collect();
    let names: Vec<_> = suites.iter().filter_map(|suite| suite.attribute("name")).collect();
    assert_eq!(names, ["broken.js", "bytes.js", "silenced.js", WIDE_NAME]);
    for node in suites.iter().chain([&root]) {
        let count = |name: &str| node.descendants().filter(|child| child.has_tag_name(name)).count().to_string();
        for (attribute, element) in [("tests", "testcase"), ("failures", "failure"), ("errors", "error")] {
            assert_eq!(node.attribute(attribute), Some(count(element).as_str()));
        }
    }
    // What could not be linted is an error, what leaks is a failure.
    assert_eq!((root.attribute("errors"), root.attribute("failures")), (Some("2"), Some("3")));
    let case = suites[3].children().find(roxmltree::Node::is_element).unwrap();
    assert_eq!((case.attribute("file"), case.attribute("line")), (Some(WIDE_NAME), Some("3")));
    assert!(case.attribute("name").unwrap().starts_with("unbounded-cache: `記録` gets one more"));
    let failure = case.children().find(roxmltree::Node::is_element).unwrap();
    let lines: Vec<&str> = failure.text().unwrap().lines().collect();
    assert!(lines[0].starts_with(&format!("{WIDE_NAME}:3:")) && lines.last().unwrap().starts_with("help: "));
}

#[test]
fn checkstyle_is_an_error_a_finding() {
    let output = leaklint(&everything(), &["--format", "checkstyle"]).stdout;
    let document = roxmltree::Document::parse(&output).unwrap();
    let files: Vec<_> = document.root_element().children().filter(roxmltree::Node::is_element).collect();
    let names: Vec<_> = files.iter().filter_map(|file| file.attribute("name")).collect();
    assert_eq!(names, ["broken.js", "bytes.js", "silenced.js", WIDE_NAME]);
    let errors = files[3].children().filter(roxmltree::Node::is_element);
    for (error, hold) in errors.zip(HOLDS) {
        assert_eq!(error.attribute("source"), Some("leaklint.unbounded-cache"));
        assert_eq!(error.attribute("severity"), Some("error"));
        let column: usize = error.attribute("column").unwrap().parse().unwrap();
        assert_eq!(utf16(WIDE, 3, column, column + hold.encode_utf16().count()), hold);
    }
    let unused = files[2].children().find(roxmltree::Node::is_element).unwrap();
    assert_eq!(unused.attribute("severity"), Some("warning"));
}

#[test]
fn rdjson_counts_bytes() {
    let report = leaklint(&everything(), &["--format", "rdjson"]).json();
    assert_eq!(text(&report, "/source/name"), "leaklint");
    let wide: Vec<&Value> =
        list(&report, "/diagnostics").iter().filter(|diagnostic| diagnostic["location"]["path"] == WIDE_NAME).collect();
    assert_eq!(wide.len(), 2);
    for (diagnostic, hold) in wide.into_iter().zip(HOLDS) {
        assert_eq!((text(diagnostic, "/severity"), text(diagnostic, "/code/value")), ("ERROR", "unbounded-cache"));
        assert!(text(diagnostic, "/code/url").starts_with("https://"));
        let range = &diagnostic["location"]["range"];
        let line = WIDE.lines().nth(number(range, "/start/line") - 1).unwrap();
        assert_eq!(&line[number(range, "/start/column") - 1..number(range, "/end/column") - 1], hold);
    }
}

#[test]
fn eslint_json_is_what_eslint_would_write() {
    let repository = everything();
    let report = leaklint(&repository, &["--format", "eslint-json"]).json();
    for file in report.as_array().unwrap() {
        assert!(Path::new(text(file, "/filePath")).is_absolute() && Path::new(text(file, "/filePath")).is_file());
        let messages = list(file, "/messages");
        let count = |severity: u64| messages.iter().filter(|message| message["severity"] == severity).count();
        assert_eq!((number(file, "/errorCount"), number(file, "/warningCount")), (count(2), count(1)));
        assert!(messages.iter().all(|message| (message["fatal"] == true) == message["ruleId"].is_null()));
    }
    let [broken, bytes, silenced, wide] = &report.as_array().unwrap()[..] else { panic!("{report:#}") };
    assert_eq!((number(broken, "/fatalErrorCount"), number(bytes, "/fatalErrorCount")), (1, 1));
    let quiet = &list(silenced, "/suppressedMessages")[0];
    assert_eq!(text(quiet, "/suppressions/0/kind"), "directive");
    assert_eq!(text(quiet, "/suppressions/0/justification"), "a <small> \"tool\"");
    for (message, hold) in list(wide, "/messages").iter().zip(HOLDS) {
        assert_eq!(text(message, "/ruleId"), "leaklint/unbounded-cache");
        let number = |key: &str| number(message, key);
        assert_eq!(utf16(WIDE, number("/line"), number("/column"), number("/endColumn")), hold);
    }
}

#[test]
fn several_reports_in_one_run() {
    let repository = everything();
    let package = repository.at(PACKAGE);
    let names: Vec<String> = FORMATS.iter().map(|format| format!("{format}=report.{format}")).collect();
    let mut arguments = vec!["--format", "concise"];
    arguments.extend(names.iter().flat_map(|name| ["-o", name]));
    let output = leaklint(&repository, &arguments);
    assert_eq!((output.code, output.stdout.lines().count()), (1, 5), "{}{}", output.stdout, output.stderr);
    for format in FORMATS {
        let written = fs::read_to_string(package.join(format!("report.{format}"))).unwrap();
        let printed = leaklint(&repository, &["--format", format, "-j", "1"]).stdout;
        match format {
            // The elapsed time is in it.
            "json" => assert!(written.contains("\"findings\"") && printed.contains("\"findings\"")),
            // In a file the annotations are alone.
            "github" => assert!(printed.ends_with(&written) && written.starts_with("::error ")),
            _ => assert_eq!(written, printed, "{format}"),
        }
    }
    let left: Vec<_> = fs::read_dir(&package).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().ends_with(".tmp")), "{left:?}");
}

#[test]
fn outputs_that_cannot_be_are_refused_before_the_run() {
    let repository = everything();
    let refused = |arguments: &[&str], why: &str| {
        let output = leaklint(&repository, arguments);
        assert_eq!((output.code, output.stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(output.stderr.contains(why), "{arguments:?}: {}", output.stderr);
    };
    refused(&["-o", "sarif"], "write FORMAT=FILE");
    refused(&["-o", "sarif="], "write FORMAT=FILE");
    refused(&["-o", "serif=x"], "did you mean `sarif`?");
    refused(&["-o", "html=x"], "there are pretty, concise, json");
    refused(&["-o", "sarif=no/such/x.sarif"], "there is no directory no/such");
    refused(&["-o", "sarif=."], "this is a directory");
    refused(&["-o", "sarif=x", "-o", "json=./x"], "another report goes to the same file");
    refused(&["--output", "sarif=x", "-o", "sarif=../web/x"], "another report goes to the same file");
    assert!(!repository.at(PACKAGE).join("x").exists());
}

#[cfg(target_os = "linux")]
#[test]
fn a_report_that_cannot_be_written_takes_no_other_with_it() {
    let repository = everything();
    let package = repository.at(PACKAGE);
    fs::write(package.join("real.sarif"), "old").unwrap();
    std::os::unix::fs::symlink("real.sarif", package.join("link.sarif")).unwrap();
    let arguments = ["--format", "concise", "-o", "json=/dev/full", "-o", "sarif=link.sarif", "-o", "junit=/dev/null"];
    let output = leaklint(&repository, &arguments);
    assert_eq!((output.code, output.stdout.lines().count()), (2, 5));
    assert!(output.stderr.contains("cannot write the report /dev/full"), "{}", output.stderr);
    // A link stays a link, and a device a device.
    assert!(fs::symlink_metadata(package.join("link.sarif")).unwrap().is_symlink());
    checked(&serde_json::from_str(&fs::read_to_string(package.join("real.sarif")).unwrap()).unwrap());
    assert!(!fs::metadata("/dev/null").unwrap().is_file());
}

#[test]
fn quiet_is_quiet_in_every_format() {
    let repository = everything();
    assert!(
        !leaklint(&repository, &["--quiet", "--format", "sarif"]).stdout.contains("this comment silences nothing:")
    );
    assert!(!leaklint(&repository, &["--quiet", "--format", "eslint-json"]).stdout.contains("\"severity\": 1"));
    let junit = leaklint(&repository, &["--quiet", "--format", "junit"]).stdout;
    assert!(!junit.contains("silenced.js"), "{junit}");
}

/// A run over `a.js` that holds `text`, with one finding on `marked`.
fn run_with(text: &str, marked: &str, change: impl FnOnce(&mut Finding)) -> Run {
    let start = text.find(marked).unwrap();
    let span = Span::new(u32::try_from(start).unwrap(), u32::try_from(start + marked.len()).unwrap());
    let mut finding = Finding::diagnostic("unbounded-cache", Level::Error, "keeps all", "end it", span);
    change(&mut finding);
    let file = FileReport::of(Source::new("a.js", text), vec![finding]);
    Run { files: vec![file], linted: 1, ..Run::default() }
}

fn written(write: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) -> String {
    let mut out = Vec::new();
    write(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn xml_can_hold_any_text() {
    let hostile = "a\0b\u{1b}[31m <&>\"' ]]> \t\r\n \u{ffff}\u{85}é日😀";
    let expected = "a\u{fffd}b\u{fffd}[31m <&>\"' ]]> \t\r\n \u{fffd}\u{85}é日😀";
    let run = run_with("seen", "seen", |finding| {
        finding.message = hostile.to_owned();
        finding.help = String::new();
    });
    let xml = written(|out| checkstyle::write(&run, out));
    let document = roxmltree::Document::parse(&xml).unwrap();
    let error = document.descendants().find(|node| node.has_tag_name("error")).unwrap();
    assert_eq!(error.attribute("message"), Some(expected));
    let xml = written(|out| junit::write(&run, out));
    let document = roxmltree::Document::parse(&xml).unwrap();
    let failure = document.descendants().find(|node| node.has_tag_name("failure")).unwrap();
    assert_eq!(failure.attribute("message"), Some(expected));
    assert_eq!(failure.text(), Some(format!("a.js:1:1: {expected}").as_str()));
}

#[test]
fn a_command_of_github_cannot_be_broken_out_of() {
    let run = run_with("one(\n  two)", "one(\n  two)", |finding| {
        finding.message = "100% of\r\n::error::it, all: \"x\"".to_owned();
    });
    let text = written(|out| github::write(&run, out));
    assert_eq!(text.lines().count(), 1, "{text}");
    let (_, properties, message) = annotation(text.trim_end());
    assert_eq!(message, "a.js:1:1: 100% of\r\n::error::it, all: \"x\"\nhelp: end it");
    let names: Vec<&str> = properties.iter().map(|it| it.0).collect();
    // Columns over several lines would make GitHub refuse the annotation.
    assert_eq!(names, ["file", "line", "endLine", "title"]);
}

#[test]
fn code_in_a_message_of_sarif_is_no_link() {
    let text = "handlers[i](event);\nlater();\n";
    let run = run_with(text, "handlers[i](event)", |finding| {
        finding.message = "`handlers[i](event)` keeps {0}".to_owned();
        finding.related = vec![
            Related { message: "here too".to_owned(), span: Span::new(20, 25) },
            Related { message: "and here".to_owned(), span: Span::new(0, 8) },
        ];
    });
    let document = serde_json::from_str(&written(|out| sarif::write(&run, out))).unwrap();
    checked(&document);
    let result = &document["runs"][0]["results"][0];
    assert_eq!(text_of(result), "`handlers\\[i\\](event)` keeps {0}. Help: end it. Also: [line 2](1), [line 1](2)");
    let ids: Vec<_> = list(result, "/relatedLocations").iter().map(|place| number(place, "/id")).collect();
    assert_eq!(ids, [1, 2]);
}

fn text_of(result: &Value) -> &str {
    text(result, "/message/text")
}

#[test]
fn fixes_are_offered_where_the_format_can() {
    let code = "/* 日😀 */ old();\n";
    let run = run_with(code, "old()", |finding| {
        let edit = |text: &str| vec![Edit { span: finding.span, text: text.to_owned() }];
        finding.fixes = vec![
            Fix { title: "end it".to_owned(), safe: true, edits: edit("ended()") },
            Fix { title: "drop it".to_owned(), safe: false, edits: edit("") },
        ];
    });
    let document: Value = serde_json::from_str(&written(|out| sarif::write(&run, out))).unwrap();
    checked(&document);
    let change = &document["runs"][0]["results"][0]["fixes"][0]["artifactChanges"][0];
    let region = &change["replacements"][0]["deletedRegion"];
    assert_eq!(utf16(code, 1, number(region, "/startColumn"), number(region, "/endColumn")), "old()");
    assert_eq!(text(change, "/replacements/0/insertedContent/text"), "ended()");

    let document: Value = serde_json::from_str(&written(|out| rdjson::write(&run, out))).unwrap();
    let suggestion = &document["diagnostics"][0]["suggestions"][0];
    let (start, end) = (number(suggestion, "/range/start/column"), number(suggestion, "/range/end/column"));
    assert_eq!((&code[start - 1..end - 1], text(suggestion, "/text")), ("old()", "ended()"));

    let document: Value = serde_json::from_str(&written(|out| eslint_json::write(&run, out))).unwrap();
    let message = &document[0]["messages"][0];
    let range = &message["fix"]["range"];
    let units: Vec<u16> = code.encode_utf16().collect();
    assert_eq!(String::from_utf16_lossy(&units[number(range, "/0")..number(range, "/1")]), "old()");
    assert_eq!(text(message, "/suggestions/0/desc"), "drop it");
    assert_eq!(number(&document[0], "/fixableErrorCount"), 1);
}
