//! Whatever the input, leaklint ends, does not panic, and points at places that exist.

mod common;

use common::{at, files, read};
use leaklint::finding::{Confidence, Finding};
use leaklint::lint::{FileContext, Options, lint};
use leaklint::source::{Source, Span};
use std::fmt::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What a thread has where nobody says otherwise.
const STACK: usize = 8 * 1024 * 1024;
/// How many mutilated copies of each fixture are linted.
const MUTILATIONS: usize = 6;

/// Lints on an ordinary stack and checks every span; fails with the name of the input.
fn survives(name: &str, path: &str, code: &str) {
    let (name, path, code) = (name.to_owned(), path.to_owned(), code.to_owned());
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(move || {
        let outcome = catch_unwind(AssertUnwindSafe(|| check(&path, &code)));
        if outcome.is_err() {
            let start: String = code.chars().take(400).collect();
            panic!("{name}: panicked on\n{start}");
        }
    });
    match thread.map(std::thread::JoinHandle::join) {
        Ok(Ok(())) => {}
        Ok(Err(panic)) => std::panic::resume_unwind(panic),
        Err(error) => panic!("no thread: {error}"),
    }
}

fn check(path: &str, code: &str) {
    let options = Options { min_confidence: Confidence::Low, stories: true, ..Options::default() };
    let report = lint(Source::new(path, code), &FileContext::default(), &options);
    assert_eq!(report.source.text, code, "the text is as on disk");
    for finding in &report.findings {
        for span in spans(finding) {
            in_range(code, span, finding);
        }
    }
    for story in &report.stories {
        assert!(code.get(story.span.start as usize..story.span.end as usize).is_some(), "{story:?}");
    }
}

fn spans(finding: &Finding) -> Vec<Span> {
    let mut spans = vec![finding.span];
    spans.extend(finding.evidence.iter().map(|evidence| evidence.span));
    spans.extend(finding.related.iter().map(|related| related.span));
    spans.extend(finding.fixes.iter().flat_map(|fix| &fix.edits).map(|edit| edit.span));
    spans
}

fn in_range(code: &str, span: Span, finding: &Finding) {
    assert!(code.get(span.start as usize..span.end as usize).is_some(), "{span:?} is no part of the text: {finding:?}");
}

#[test]
fn deep_nesting() {
    for depth in [100, 1_000, 10_000, 100_000] {
        let of = |open: &str, close: &str| format!("x = {}1{};", open.repeat(depth), close.repeat(depth));
        survives("parentheses", "deep.js", &of("(", ")"));
        survives("arrays", "deep.js", &of("[", "]"));
        survives("objects", "deep.js", &of("{a:", "}"));
        survives("arrows", "deep.js", &of("() => (", ")"));
        survives("calls", "deep.js", &of("f(", ")"));
        survives("templates", "deep.js", &of("`${", "}`"));
        survives("unary", "deep.js", &of("!", ""));
        survives("types", "deep.ts", &format!("let x: {}1{};", "Array<".repeat(depth), ">".repeat(depth)));
    }
}

#[test]
fn deep_blocks() {
    for depth in [100, 1_000, 20_000] {
        survives("blocks", "deep.js", &format!("{}x = 1{}", "{".repeat(depth), "}".repeat(depth)));
        survives("functions", "deep.js", &format!("{}x = 1{}", "function f() {".repeat(depth), "}".repeat(depth)));
        survives("else if", "deep.js", &format!("if (a) b();{}", " else if (a) b();".repeat(depth)));
        survives("JSX", "deep.jsx", &format!("x = {}{};", "<a>".repeat(depth), "</a>".repeat(depth)));
    }
}

#[test]
fn long_chains() {
    survives("sum", "long.js", &format!("x = 1{};", " + a".repeat(100_000)));
    survives(
        "strings",
        "long.js",
        &format!("let log = ''; setInterval(() => {{ log += 'a'{}; }}, 9);", " + 'b'".repeat(100_000)),
    );
    survives("then", "long.js", &format!("p{};", ".then((x) => x)".repeat(20_000)));
    survives("members", "long.js", &format!("a{} = 1;", ".b".repeat(100_000)));
    survives("optional", "long.js", &format!("a{};", "?.b".repeat(20_000)));
    survives("sequence", "long.js", &format!("a{};", ", a".repeat(100_000)));
    survives("assignments", "long.js", &format!("{}1;", "a = ".repeat(20_000)));
    survives("ternaries", "long.js", &format!("x = {}1;", "a ? b : ".repeat(20_000)));
    survives("nullish", "long.js", &format!("x = a{};", " ?? a".repeat(50_000)));
}

#[test]
fn aliases_in_a_long_row() {
    let mut code = String::from("const a0 = new Map();\n");
    for at in 1..5_000 {
        let _ = writeln!(code, "const a{at} = a{};", at - 1);
    }
    code.push_str("setInterval(() => a4999.set({}, 1), 9);\n");
    survives("aliases", "alias.js", &code);
    let mut calls = String::from("const list = [];\nfunction f0() { list.push({}); }\n");
    for at in 1..1_000 {
        let _ = writeln!(calls, "function f{at}() {{ f{}(); }}", at - 1);
    }
    calls.push_str("setInterval(f999, 9);\n");
    survives("calls", "calls.js", &calls);
    survives(
        "a circle of aliases",
        "alias.js",
        "let a = b; let b = c; let c = a; setInterval(() => { a.push(1); a = b; }, 9);",
    );
    survives("a circle of calls", "alias.js", "const f = () => g(); const g = () => f(); f().set(g(), f());");
    survives(
        "a class of itself",
        "alias.js",
        "class A extends A { x = new A(this.x); y() { this.x.x.x.push(this); } }",
    );
}

/// A variable that is stored to once is followed to its value, and the value may be made of it.
#[test]
fn values_made_of_themselves() {
    let values = [
        "v || make()",
        "make() || v",
        "make() && v",
        "flag ? v : 5",
        "flag ? 5 : v",
        "v.next",
        "v[v]",
        "{ v, at: v }",
        "{ ...v }",
        "[v, ...v]",
        "() => v",
        "v.bind(v)",
        "new Map([[v, v]])",
        "new v(v)",
        "v(v)",
        "v.then(() => v)",
        "`${v}`",
        "v + v",
        "(v, v)",
        "await v",
        "!v",
        "class extends v {}",
        "v = v",
        "v.get(v)",
        "v.filter((it) => it === v)",
        "Object.keys(v)",
        "Object.assign(v, v)",
        "new Promise((v1) => v1(v))",
    ];
    for value in values {
        let code = format!(
            "const {{ EventEmitter }} = require('node:events');
const bus = new EventEmitter(), store = new Map(), all = [];
let v; v = {value};
class A {{
  v = this.v; constructor() {{ this.v = this.v || v; v.on('close', this.v); }}
  run() {{ this.v = this.v.v; this.timer = setInterval(() => this.run(this.v), v); }} destroy() {{ clearInterval(this.v.timer); }}
}}
module.exports = async (req, res, next = v) => {{
  global.v = v; console.log = v; console.error = (...args) => v(...args); process.stdout.write = v;
  store.set(v, v); store.set(v.id, {{ v, el: document.createElement(v) }}); all.push(v); all[v] = v; v[v] = v; v.push(v); v.set(v, v); v.add(v);
  bus.on(v, v); bus.on('a', v); v.on('b', v); v.once('c', v.bind(v)); v.addEventListener(v, v, v); v.removeEventListener(v, v, v); bus.off('a', v);
  setTimeout(v, v); setInterval(v, v); const timer = setTimeout(() => {{ req.abort(v); }}, v); await v; clearTimeout(timer);
  await Promise.race([v, new Promise((_, reject) => setTimeout(reject, v))]); v.subscribe(v); v.connect(v, v); new v(v).start();
  let w = null; const x = make() || w; w = x; if (x) bus.on('e', v); while (x) all.push(w);
  for (const item of v) {{ store.set(item, v); bus.on('d', () => item(v)); }} for (const key in v) all[key] = v;
  counter.labels({{ v }}).inc({{ v }}); leak = {{ leak, v }}; undeclared = v; document.body.appendChild(v); URL.createObjectURL(v);
  v.delete(v); store.delete(v); v = null;
}};
"
        );
        survives(value, "self.js", &code);
        survives(value, "self.mjs", &code.replace("module.exports =", "export default"));
    }
}

#[test]
fn one_line_of_2_megabytes() {
    let mut code = String::new();
    for at in 0..16_000 {
        let before = at - at % 10;
        let _ =
            write!(code, "function f{at}(k){{const m=new Map;m.set(k,f{before}(k));return ()=>m.get(k)||this.x{at}}}");
        if at % 1_000 == 0 {
            let _ = write!(
                code,
                "var c{at}=new Map;setInterval(()=>{{c{at}.set({{}},1);g{at}=f{at}(1);console.log=f{at}(console.log)}},9);"
            );
        }
    }
    survives("long line", "min.js", &code.repeat(2_000_000 / code.len() + 1));
}

#[test]
fn unusual_text() {
    let leak = "const list = [];\nsetInterval(() => {\n  list.push({ a: '值' });\n}, 9);\n";
    survives("empty", "a.js", "");
    survives("byte order mark alone", "a.js", "\u{feff}");
    survives("byte order mark", "a.js", &format!("\u{feff}{leak}"));
    survives("hashbang", "a.js", &format!("#!/usr/bin/env node\n{leak}"));
    survives("byte order mark and hashbang", "a.js", &format!("\u{feff}#!/usr/bin/env node\n{leak}"));
    survives("CRLF", "a.js", &leak.replace('\n', "\r\n"));
    survives("CR", "a.js", &leak.replace('\n', "\r"));
    survives("line separators", "a.js", &leak.replace('\n', "\u{2028}"));
    survives("CJK", "a.js", &leak.replace("list", "列表"));
    survives("emoji", "a.js", &leak.replace("值", "👩‍👩‍👧‍👦"));
    survives("NUL", "a.js", &leak.replace("值", "\0"));
    survives("only a comment", "a.js", "/* leaklint-disable */ // ");
    survives("an unended comment", "a.js", "/* leaklint-disable unbounded-cache");
}

#[test]
fn code_in_strings() {
    let script = |text: &str| {
        format!("const vm = require('vm');\nsetInterval(() => new vm.Script({text}).runInThisContext(), 9);\n")
    };
    for text in [
        "'\\ud800 = console.log'",
        "'x = \"\\ud83d\"; y = x'",
        r#"'var a = console.log;\n\u0063onsole.log = function () { return \'\x61\'; }'"#,
        "'' + '' + 'x = ' + '[1,2]'",
        "`x = {}; // 値`",
        "`x = ${y}`",
        "'(((('",
        "'\\\r\nx = {}'",
        "'new vm.Script(\"new vm.Script(\\'x = {}\\')\")'",
    ] {
        survives("vm.Script", "a.js", &script(text));
    }
    survives(
        "lone surrogate",
        "a.js",
        "const m = {}; setInterval(() => { m['\\ud800' + Math.random()] = '\\udfff'; }, 9);",
    );
    survives("Function", "a.js", "setInterval(() => Function('a', 'b = a; console.log = () => b')(1), 9);");
}

/// A small generator of numbers, always the same.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % end.max(1)
    }
}

/// Half-written files are what an editor sends.
#[test]
fn mutilated_fixtures() {
    let mut numbers = Numbers(20);
    for path in files(&at("fixtures")) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let is_code = [".js", ".mjs", ".cjs", ".ts"].iter().any(|ext| name.ends_with(ext));
        if !is_code {
            continue;
        }
        let code = read(&path);
        for _ in 0..MUTILATIONS {
            let end = numbers.below(code.len());
            survives(&name, &name, &String::from_utf8_lossy(&code.as_bytes()[..end]));
            let mut bytes = code.clone().into_bytes();
            for _ in 0..=numbers.below(4) {
                let start = numbers.below(bytes.len());
                let length = numbers.below(12).min(bytes.len() - start);
                bytes.drain(start..start + length);
            }
            survives(&name, &name, &String::from_utf8_lossy(&bytes));
        }
    }
}
