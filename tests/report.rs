//! The formats, over findings made by hand: what a person and a machine read.
#![allow(clippy::unwrap_used, reason = "what cannot be unwrapped fails the test")]

use leaklint::finding::{Confidence, Evidence, Finding, Growth, GrowthKind, Level, Related, Role};
use leaklint::lint::FileReport;
use leaklint::report::{Run, concise, json, pretty};
use leaklint::source::{Source, Span};

fn span(text: &str, part: &str) -> Span {
    let start = text.find(part).unwrap_or_else(|| panic!("{part} is not in the text"));
    Span::new(u32::try_from(start).unwrap(), u32::try_from(start + part.len()).unwrap())
}

/// A finding about `hold`, with one piece of evidence for each `(role, part of the text, message)`.
fn finding(text: &str, hold: &str, evidence: &[(Role, &str, &str)]) -> Finding {
    Finding {
        rule: "unbounded-cache",
        category: "growth",
        level: Level::Error,
        confidence: Confidence::High,
        message: "`seen` gets the URL of every request and nothing takes any out".into(),
        help: "keep the last few only: `if (seen.length > 1000) seen.shift()`".into(),
        span: span(text, hold),
        growth: Some(Growth { kind: GrowthKind::Accumulates, unit: "per request".into() }),
        evidence: evidence
            .iter()
            .map(|(role, part, message)| Evidence { role: *role, message: (*message).into(), span: span(text, part) })
            .collect(),
        retaining_path: vec!["module".into(), "seen".into(), "req.url".into()],
        related: Vec::new(),
        fixes: Vec::new(),
        fingerprint: "0123456789abcdef".into(),
        symbol: String::new(),
    }
}

fn run(text: &str, finding: Finding) -> Run {
    let file = FileReport::of(Source::new("src/server.js", text), vec![finding]);
    Run { files: vec![file], linted: 1, ..Run::default() }
}

fn drawn(run: &Run, width: usize, color: bool) -> String {
    let mut out = Vec::new();
    pretty::write(run, pretty::Look { color, width }, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn json_of(run: &Run) -> serde_json::Value {
    let mut out = Vec::new();
    json::write(run, &mut out).unwrap();
    serde_json::from_slice(&out).unwrap()
}

fn widest(text: &str) -> usize {
    text.lines().map(textwrap::core::display_width).max().unwrap_or(0)
}

const SERVER: &str = "const http = require(\"http\");
const seen = [];
http.createServer((req, res) => {
  seen.push(req.url);
  res.end();
}).listen(80);
";

const STORY: &[(Role, &str, &str)] = &[
    (Role::Holder, "seen = []", "`seen` lives as long as the process"),
    (Role::Hold, "seen.push(req.url)", "one more string each time"),
    (Role::Repetition, "http.createServer((req, res) => {\n  seen", "runs for every request"),
    (Role::Release, "seen = []", "nothing shortens `seen` or assigns it anew"),
];

#[test]
fn a_plain_finding_reads_calmly() {
    insta::assert_snapshot!(drawn(&run(SERVER, finding(SERVER, "seen.push(req.url)", STORY)), 80, false));
}

#[test]
fn evidence_far_away_gets_its_own_frame() {
    let text = SERVER.replace("http.create", &format!("{}http.create", "let a = 1;\n".repeat(40)));
    insta::assert_snapshot!(drawn(&run(&text, finding(&text, "seen.push(req.url)", STORY)), 80, false));
}

#[test]
fn narrow_terminals_wrap() {
    let text = drawn(&run(SERVER, finding(SERVER, "seen.push(req.url)", STORY)), 50, false);
    insta::assert_snapshot!(text);
}

#[test]
fn colour_changes_no_text() {
    let run = run(SERVER, finding(SERVER, "seen.push(req.url)", STORY));
    let colored = drawn(&run, 80, true);
    assert!(colored.contains("\x1b[1;31merror[unbounded-cache]:"));
    let mut plain = String::new();
    let mut rest = colored.as_str();
    while let Some((before, after)) = rest.split_once('\x1b') {
        plain.push_str(before);
        rest = after.split_once('m').unwrap().1;
    }
    plain.push_str(rest);
    assert_eq!(plain, drawn(&run, 80, false));
}

#[test]
fn labels_on_one_line_do_not_tangle() {
    let text = "setInterval(() => cache.set(Date.now(), new Array(1000)), 100);\n";
    let evidence = [
        (Role::Holder, "cache", "`cache` lives as long as the process"),
        (Role::Hold, "cache.set(Date.now(), new Array(1000))", "one more array each time, under a new key"),
        (
            Role::Repetition,
            "setInterval(() => cache.set(Date.now(), new Array(1000)), 100)",
            "runs every 100 ms for ever",
        ),
        (Role::Release, "cache", "no `delete` or `clear` in view"),
    ];
    insta::assert_snapshot!(drawn(&run(text, finding(text, "cache.set(Date", &evidence)), 80, false));
}

#[test]
fn wide_characters_keep_columns_right() {
    let text = "const 記録 = [];\napp.get(\"/日本語\", (req) => { 記録.push(req.url); });\n";
    let evidence = [
        (Role::Holder, "記録 = []", "`記録` lives as long as the process"),
        (Role::Hold, "記録.push(req.url)", "one more string each time"),
    ];
    let run = run(text, finding(text, "記録.push(req.url)", &evidence));
    insta::assert_snapshot!(drawn(&run, 80, false));
    let item = &json_of(&run)["findings"][0];
    assert_eq!(
        (item["line"].as_u64(), item["column"].as_u64(), item["endColumn"].as_u64()),
        (Some(2), Some(28), Some(44))
    );
}

#[test]
fn a_minified_line_is_windowed() {
    let filler = "function a(b){return b+1}".repeat(80_000);
    let text = format!("var seen=[];{filler};app.get('/',r=>seen.push(r.url));{filler}");
    let evidence = [
        (Role::Holder, "seen=[]", "`seen` lives as long as the process"),
        (Role::Hold, "seen.push(r.url)", "one more"),
    ];
    let run = run(&text, finding(&text, "seen.push(r.url)", &evidence));
    let text = drawn(&run, 80, false);
    assert!(widest(&text) <= 80, "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn line_endings_and_byte_order_mark_shift_nothing() {
    let text = format!("\u{feff}{}", SERVER.replace('\n', "\r\n"));
    let run = run(&text, finding(&text, "const http", STORY.get(1..2).unwrap()));
    let text = drawn(&run, 80, false);
    assert!(!text.contains('\r') && !text.contains('\u{feff}'), "{text}");
    assert!(text.contains("[src/server.js:1:1]"), "{text}");
    let item = &json_of(&run)["findings"][0];
    assert_eq!((item["line"].as_u64(), item["column"].as_u64(), item["offset"].as_u64()), (Some(1), Some(1), Some(3)));
    assert_eq!(item["evidence"][0]["line"], 4);
    assert_eq!(item["evidence"][0]["column"], 3);
}

#[test]
fn control_codes_in_code_do_not_reach_the_terminal() {
    let text = "seen.push(\"\x1b[31m\u{202e}\");\n";
    let mut finding = finding(text, "seen.push", &[(Role::Hold, "seen.push", "pushes \x1b[0m")]);
    finding.message = "keeps \x1b[31m".into();
    let text = drawn(&run(text, finding), 80, false);
    assert!(!text.contains('\x1b') && !text.contains('\u{202e}'), "{text}");
}

#[test]
fn an_unreadable_file_needs_no_code() {
    let problem =
        Finding::diagnostic("unreadable-file", Level::Error, "not UTF-8", "save it as UTF-8", Span::new(0, 0));
    let run = run("", problem);
    insta::assert_snapshot!(drawn(&run, 80, false));
    let item = &json_of(&run)["findings"][0];
    assert!(item["growth"].is_null() && item["url"].is_null());
    assert_eq!(item["evidence"], serde_json::json!([]));
    assert_eq!((item["line"].as_u64(), item["column"].as_u64()), (Some(1), Some(1)));
}

#[test]
fn many_related_places_are_counted() {
    let mut finding = finding(SERVER, "seen.push(req.url)", &STORY[..2]);
    let place = |part| Related { message: "the same list".into(), span: span(SERVER, part) };
    finding.related = ["res.end", "listen", "const http", "80", "req, res"].map(place).to_vec();
    let text = drawn(&run(SERVER, finding), 80, false);
    assert!(text.contains("also: 2 more places like these"), "{text}");
}

#[test]
fn json_has_every_field_of_version_1() {
    let mut run = run(SERVER, finding(SERVER, "seen.push(req.url)", STORY));
    run.skipped.minified = 2;
    let mut document = json_of(&run);
    document["tool"]["version"] = "x".into();
    document["findings"][0]["url"] = "x".into();
    insta::assert_snapshot!(serde_json::to_string_pretty(&document).unwrap());
}

#[test]
fn concise_is_one_line() {
    let mut out = Vec::new();
    concise::write(&run(SERVER, finding(SERVER, "seen.push(req.url)", STORY)), &mut out).unwrap();
    assert_eq!(
        String::from_utf8(out).unwrap(),
        "src/server.js:4:3: error unbounded-cache[high] `seen` gets the URL of every request and nothing takes any out\n"
    );
}

/// Any text and any spans, also wrong ones, can be shown: the report of a leak must not be a crash.
#[test]
fn nothing_breaks_the_report() {
    let parts = [
        "a",
        "foo(",
        "é",
        "日本",
        "\n",
        "\r\n",
        "\r",
        "\t",
        "\u{feff}",
        "\x1b",
        " ",
        "👨\u{200d}👩",
        "\n\n",
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    ];
    let mut state = 7_u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    for _ in 0..1500 {
        let text: String = (0..random(40)).map(|_| parts[random(parts.len())]).collect();
        let mut span = || {
            let start = random(text.len() + 3);
            Span::new(u32::try_from(start).unwrap(), u32::try_from(start + random(60)).unwrap())
        };
        let mut finding = Finding::diagnostic("syntax-error", Level::Error, "no", "no", span());
        let roles = [Role::Holder, Role::Hold, Role::Repetition, Role::Release];
        finding.evidence = roles.map(|role| Evidence { role, message: "a word or two".into(), span: span() }).to_vec();
        finding.related = vec![Related { message: "there".into(), span: span() }];
        let run = run(&text, finding);
        let width = 40 + random(60);
        let text = drawn(&run, width, false);
        assert!(!text.contains("Failed to read"), "{text}");
        json_of(&run);
    }
}
