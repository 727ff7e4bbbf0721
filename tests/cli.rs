//! What a user of the command line can see, through the built binary.
#![allow(clippy::unwrap_used, reason = "what cannot be unwrapped fails the test")]

use serde_json::Value;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// Grows per request: error, line 4.
const HIGH: &str = "const http = require(\"http\");
const seen = [];
http.createServer((req, res) => {
  seen.push(req.url);
  res.end();
}).listen(80);
";

/// Grows per key that a caller brings: warning, line 3.
const MEDIUM: &str = "const cache = new Map();
module.exports = function load(id) {
  if (!cache.has(id)) cache.set(id, make(id));
  return cache.get(id);
};
";

const CLEAN: &str = "export const one = 1;\n";
const BROKEN: &str = "const x = ;\n";

struct Output {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Output {
    fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}{}", self.stdout, self.stderr))
    }

    /// `path:line rule` of each finding.
    fn findings(&self) -> Vec<String> {
        let document = self.json();
        let findings = document["findings"].as_array().unwrap();
        let text = |finding: &Value, key: &str| finding[key].as_str().unwrap().to_owned();
        findings.iter().map(|it| format!("{}:{} {}", text(it, "path"), it["line"], text(it, "rule"))).collect()
    }

    fn files(&self) -> u64 {
        self.json()["summary"]["files"].as_u64().unwrap()
    }
}

fn project(files: &[(&str, &str)]) -> TempDir {
    let directory = TempDir::new().unwrap();
    for (path, text) in files {
        write(directory.path(), path, text.as_bytes());
    }
    directory
}

fn write(directory: &Path, path: &str, bytes: &[u8]) {
    let path = directory.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

fn leaklint(directory: &Path, arguments: &[&str]) -> Output {
    leaklint_with(directory, arguments, &[], "")
}

fn leaklint_with(directory: &Path, arguments: &[&str], variables: &[(&str, &str)], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_leaklint"))
        .args(arguments)
        .current_dir(directory)
        .env_remove("NO_COLOR")
        .env_remove("FORCE_COLOR")
        .env_remove("CLICOLOR_FORCE")
        .env_remove("COLUMNS")
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A run that fails early does not read its input.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    Output {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

fn json(directory: &Path, arguments: &[&str]) -> Output {
    leaklint(directory, &[&["--format", "json"], arguments].concat())
}

#[test]
fn exit_code_says_whether_there_are_errors() {
    let project = project(&[("high.js", HIGH), ("medium.js", MEDIUM), ("clean.js", CLEAN)]);
    let at = project.path();
    assert_eq!(leaklint(at, &["clean.js"]).code, 0);
    assert_eq!(leaklint(at, &["medium.js"]).code, 0);
    assert_eq!(leaklint(at, &["high.js"]).code, 1);
    assert_eq!(leaklint(at, &["--exit-zero"]).code, 0);
    let all = json(at, &[]);
    assert_eq!(all.code, 1);
    assert_eq!(all.findings(), ["high.js:4 unbounded-cache", "medium.js:3 unbounded-cache"]);
    let summary = &all.json()["summary"];
    assert_eq!((summary["errors"].as_u64(), summary["warnings"].as_u64()), (Some(1), Some(1)));
}

#[test]
fn warnings_fail_past_max_warnings() {
    let project = project(&[("medium.js", MEDIUM)]);
    assert_eq!(leaklint(project.path(), &["--max-warnings", "1"]).code, 0);
    let over = leaklint(project.path(), &["--max-warnings", "0"]);
    assert_eq!(over.code, 1);
    assert!(over.stderr.contains("1 warning, more than the 0 of --max-warnings"), "{}", over.stderr);
    let quiet = json(project.path(), &["--quiet", "--max-warnings", "0"]);
    assert_eq!((quiet.code, quiet.findings().len()), (1, 0), "warnings count, shown or not");
}

#[test]
fn levels_are_set_from_left_to_right() {
    let project = project(&[("high.js", HIGH)]);
    let level = |arguments: &[&str]| json(project.path(), arguments).json()["findings"][0]["level"].clone();
    assert_eq!(level(&["-W", "unbounded-cache"]), "warn");
    assert_eq!(level(&["-A", "all", "-D", "growth"]), "error");
    assert_eq!(level(&["-D", "growth", "-W", "unbounded-cache"]), "warn");
    assert_eq!(level(&["-D", "growth", "-A", "all"]), Value::Null);
    assert_eq!(level(&["--only", "implicit-global"]), Value::Null);
    assert_eq!(level(&["--only", "implicit-global", "--only", "unbounded-cache"]), "error");
}

#[test]
fn confidence_is_a_threshold() {
    let project = project(&[("high.js", HIGH), ("medium.js", MEDIUM)]);
    assert_eq!(json(project.path(), &["--min-confidence", "high"]).findings(), ["high.js:4 unbounded-cache"]);
    assert_eq!(json(project.path(), &["--pedantic"]).findings().len(), 2);
}

#[test]
fn unknown_rules_end_the_run_with_a_guess() {
    let project = project(&[("a.js", CLEAN)]);
    for arguments in [["-D", "unbound-cache"], ["--only", "unbound-cache"], ["explain", "unbound-cache"]] {
        let output = leaklint(project.path(), &arguments);
        assert_eq!(output.code, 2);
        assert!(output.stderr.contains("did you mean `unbounded-cache`?"), "{}", output.stderr);
        assert_eq!(output.stdout, "");
    }
    let output = leaklint(project.path(), &["-A", "zzz"]);
    assert!(output.code == 2 && output.stderr.contains("no such rule or category"), "{}", output.stderr);
    assert_eq!(leaklint(project.path(), &["--no-such-flag"]).code, 2);
}

#[test]
fn a_missing_path_ends_the_run() {
    let project = project(&[("broken.js", BROKEN)]);
    let output = json(project.path(), &["broken.js", "nowhere.js", "nor/here"]);
    assert_eq!(output.code, 2);
    assert!(output.stderr.contains("nowhere.js does not exist; nor/here does not exist"), "{}", output.stderr);
    assert_eq!(output.stdout, "");
}

#[test]
fn nothing_to_lint_is_a_warning() {
    let project = project(&[("README.md", "# a")]);
    let output = json(project.path(), &[]);
    assert_eq!((output.code, output.files()), (0, 0));
    assert!(output.stderr.contains("no files with JavaScript or TypeScript"), "{}", output.stderr);
}

#[test]
fn a_file_that_does_not_parse_is_an_error_and_the_rest_goes_on() {
    let project = project(&[("broken.js", BROKEN), ("high.js", HIGH)]);
    let output = json(project.path(), &[]);
    assert_eq!(output.code, 1);
    assert_eq!(output.findings(), ["broken.js:1 syntax-error", "high.js:4 unbounded-cache"]);
}

#[test]
fn a_file_that_is_not_utf_8_is_an_error_and_the_rest_goes_on() {
    let project = project(&[("good.js", CLEAN)]);
    write(project.path(), "bad.js", b"let a = '\xff';\n");
    write(project.path(), "wide.js", b"\xff\xfel\0e\0t\0");
    let output = json(project.path(), &[]);
    assert_eq!(output.code, 1);
    assert_eq!(output.files(), 3);
    assert_eq!(output.findings(), ["bad.js:1 unreadable-file", "wide.js:1 unreadable-file"]);
    let document = output.json();
    assert_eq!(document["findings"][0]["message"], "this file is not UTF-8: byte 0xff at offset 9");
    assert!(document["findings"][1]["message"].as_str().unwrap().contains("UTF-16"));
    assert_eq!(document["findings"][0]["column"], 1);
}

#[test]
fn minified_files_are_skipped_unless_named() {
    let bundle = format!("{}\n", "var a=1;".repeat(2000));
    let project = project(&[("dist.js", &bundle), ("a.js", CLEAN)]);
    let output = json(project.path(), &["."]);
    assert_eq!(output.files(), 1);
    assert_eq!(output.json()["summary"]["skipped"]["minified"], 1);
    let output = json(project.path(), &["dist.js"]);
    assert_eq!(output.files(), 1);
    assert_eq!(output.json()["summary"]["skipped"]["minified"], 0);
    let output = leaklint(project.path(), &[]);
    assert!(output.stderr.contains("skipped 1 minified file"), "{}", output.stderr);
}

#[test]
fn declaration_files_are_skipped() {
    let project = project(&[("a.d.ts", "export {};"), ("b.d.mts", "export {};"), ("c.ts", CLEAN)]);
    let output = json(project.path(), &[]);
    assert_eq!((output.files(), output.json()["summary"]["skipped"]["declarations"].as_u64()), (1, Some(2)));
}

#[test]
fn every_extension_is_linted() {
    let files = [
        "a.js", "a.mjs", "a.cjs", "a.jsx", "a.ts", "a.mts", "a.cts", "a.tsx", "a.vue", "a.svelte", "a.astro", "a.html",
        "a.htm", "a.json", "a.css",
    ];
    let project = project(&files.map(|file| (file, "var a = 1;\n")));
    assert_eq!(json(project.path(), &[]).files(), 13);
}

/// A module that keeps what the set-up of each instance adds, and a timer of each instance.
const COMPONENT: &str = "<template>\n  <p>日本 {{ seen.length }}</p>\n</template>\n
<script>
const opened = [];
</script>

<script setup lang=\"ts\">
const props = defineProps<{ id: string }>();
/* 🎉 */ opened.push({ id: props.id });
setInterval(() => console.log(props.id), 1000);
// leaklint-disable-next-line accumulating-listener -- the page has one
window.addEventListener('resize', () => console.log(props.id));
</script>
";

#[test]
fn places_in_blocks_are_those_of_the_whole_file() {
    let project = project(&[("src/Card.vue", COMPONENT)]);
    let output = json(project.path(), &["--pedantic"]);
    assert_eq!(output.findings(), ["src/Card.vue:11 unbounded-cache", "src/Card.vue:12 uncleared-timer"]);
    let document = output.json();
    assert_eq!(document["summary"]["suppressed"], 1);
    let finding = &document["findings"][0];
    assert_eq!(finding["offset"].as_u64().unwrap() as usize, COMPONENT.find("opened.push").unwrap());
    assert_eq!(finding["column"], 10, "in UTF-16 code units");
    assert_eq!(finding["evidence"][0]["line"], 6, "the holder is in the other block");
    let piped = leaklint_with(project.path(), &["--format", "concise", "--stdin-filename", "New.vue"], &[], COMPONENT);
    assert!(piped.stdout.starts_with("New.vue:11:10: "), "{}", piped.stdout);
    let why = leaklint(project.path(), &["why", "src/Card.vue:12"]);
    assert!(why.stdout.contains("each mount of the component"), "{}", why.stdout);
}

#[test]
fn a_script_that_does_not_parse_is_an_error_at_its_place() {
    let page = "<p>\n<script>let b = [;</script>\n<script type=\"module\">\nconst log = [];\nsetInterval(() => log.push(Date.now()), 1);\n</script>\n\
                <script>var filled = {{ data | json }};</script>\n";
    let project = project(&[("a.html", page), ("b.svelte", "<script>\n  const x = ;\n</script>\n"), ("c.js", HIGH)]);
    let output = json(project.path(), &[]);
    let found =
        ["a.html:2 syntax-error", "a.html:5 unbounded-cache", "b.svelte:2 syntax-error", "c.js:4 unbounded-cache"];
    assert_eq!(output.findings(), found);
}

#[test]
fn marks_and_line_ends_before_the_leak_do_not_move_it() {
    let code = "\u{feff}#!/usr/bin/env node\r\nconst log = new Map();\r\nrequire('http').createServer((req) => { /* 日本 🎉 */ log.set(req.url, 1); });\r\n";
    let project = project(&[("server.cjs", code)]);
    let output = json(project.path(), &["."]);
    assert_eq!(output.findings(), ["server.cjs:3 unbounded-cache"]);
    let finding = &output.json()["findings"][0];
    let line = code.lines().nth(2).unwrap();
    let before = &line[..line.find("log.set").unwrap()];
    assert_eq!(finding["column"].as_u64().unwrap() as usize, before.encode_utf16().count() + 1);
    assert_eq!(finding["offset"].as_u64().unwrap() as usize, code.find("log.set").unwrap());
}

#[test]
fn ignore_files_count_within_the_repository_only() {
    let project = project(&[
        (".gitignore", "*"),
        ("repo/.git/HEAD", ""),
        ("repo/.gitignore", "out/\n"),
        ("repo/out/a.js", BROKEN),
        ("repo/src/a.js", BROKEN),
        ("repo/src/.gitignore", "b.js"),
        ("repo/src/b.js", BROKEN),
        ("repo/src/deep/.gitignore", "c.js"),
        ("repo/src/deep/c.js", BROKEN),
    ]);
    let repo = project.path().join("repo");
    assert_eq!(json(&repo, &[]).files(), 1);
    assert_eq!(json(&repo.join("src"), &[]).files(), 1, "started below the top");
    assert_eq!(json(&repo.join("src/deep"), &[".."]).files(), 1, "started beside it");
    assert_eq!(json(&repo, &["out"]).files(), 1, "named, so entered");
    fs::write(repo.join(".gitignore"), "out/**\n").unwrap();
    assert_eq!(json(&repo, &["out"]).files(), 1, "named, though all in it is ignored");
    assert_eq!(json(&repo, &["src/b.js"]).files(), 1, "named, so linted");
    assert_eq!(json(&repo, &["--no-ignore"]).files(), 4);
}

#[test]
fn foreign_directories_are_entered_only_when_named() {
    let project = project(&[
        (".git/hooks/a.js", CLEAN),
        (".jj/a.js", CLEAN),
        ("node_modules/x/a.js", CLEAN),
        ("worktrees/x/.git", "gitdir: elsewhere"),
        ("worktrees/x/a.js", CLEAN),
        (".storybook/main.js", CLEAN),
        ("a.js", CLEAN),
    ]);
    assert_eq!(json(project.path(), &[]).files(), 2);
    assert_eq!(json(project.path(), &["node_modules"]).files(), 1);
    assert_eq!(json(project.path(), &["node_modules/x"]).files(), 1);
    assert_eq!(json(project.path(), &["node_modules/x/a.js"]).files(), 1);
    assert_eq!(json(&project.path().join("worktrees/x"), &[]).files(), 1);
}

#[test]
fn a_file_reached_twice_is_linted_once() {
    let project = project(&[("src/a.js", BROKEN)]);
    let output = json(project.path(), &["src", "src/a.js", "./src/../src", "."]);
    assert_eq!(output.findings(), ["src/a.js:1 syntax-error"]);
}

#[cfg(unix)]
#[test]
fn links_in_a_circle_end() {
    let project = project(&[("src/a.js", CLEAN)]);
    std::os::unix::fs::symlink(project.path(), project.path().join("src/up")).unwrap();
    assert_eq!(json(project.path(), &[]).files(), 1);
    assert_eq!(json(project.path(), &["src/up/src"]).files(), 1);
}

#[test]
fn excluded_files_are_left_out() {
    let project = project(&[("a.js", CLEAN), ("a.test.js", CLEAN), ("gen/b.js", CLEAN), ("src/gen/b.js", CLEAN)]);
    assert_eq!(json(project.path(), &["--exclude", "*.test.js"]).files(), 3);
    assert_eq!(json(project.path(), &["--exclude", "gen"]).files(), 2);
    assert_eq!(json(project.path(), &["--exclude", "/gen", "--exclude", "src/gen/*.js"]).files(), 2);
    assert_eq!(json(project.path(), &["--exclude", "{a", "."]).code, 2);
}

#[test]
fn paths_are_shown_from_the_working_directory() {
    let project = project(&[("src/a.js", BROKEN), ("lib/b.js", BROKEN), ("src/in/c.js", BROKEN)]);
    let output = json(&project.path().join("src"), &["../lib", "."]);
    assert_eq!(output.findings(), ["../lib/b.js:1 syntax-error", "a.js:1 syntax-error", "in/c.js:1 syntax-error"]);
}

#[test]
fn the_report_is_the_same_for_any_number_of_threads() {
    let files: Vec<(String, &str)> =
        (0..60).map(|number| (format!("src/{number}.js"), [HIGH, MEDIUM, BROKEN, CLEAN][number % 4])).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), *text)).collect();
    let project = project(&files);
    let run = |threads| {
        let mut document = json(project.path(), &["-j", threads]).json();
        document["summary"]["durationMs"] = 0.into();
        document.to_string()
    };
    assert!(run("1").contains("syntax-error"));
    assert_eq!(run("1"), run("2"));
    let concise = |threads| leaklint(project.path(), &["-j", threads, "--format", "concise"]).stdout;
    assert_eq!(concise("1"), concise("4"));
    assert_eq!(leaklint(project.path(), &["-j", "0"]).code, 2);
}

#[test]
fn standard_input_is_linted_under_its_name() {
    let project = project(&[("src/a.js", CLEAN)]);
    let run = |arguments: &[&str]| leaklint_with(project.path(), arguments, &[], BROKEN);
    let named = run(&["-", "--stdin-filename", "src/new.ts", "--format", "json"]);
    assert_eq!((named.code, named.findings()), (1, vec!["src/new.ts:1 syntax-error".to_owned()]));
    assert_eq!(run(&["--stdin-filename", "src/new.ts", "--format", "json"]).findings(), ["src/new.ts:1 syntax-error"]);
    assert_eq!(run(&["-", "--format", "json"]).findings(), ["stdin.js:1 syntax-error"]);
    let beside = run(&["-", "src", "--stdin-filename", "src/a.js", "--format", "json"]);
    assert_eq!((beside.files(), beside.findings()), (1, vec!["src/a.js:1 syntax-error".to_owned()]));
    assert_eq!(run(&["src", "--stdin-filename", "src/a.js"]).code, 2);
    assert_eq!(run(&["-", "--stdin-filename", "a.css"]).code, 2);
}

#[test]
fn colour_is_flag_then_variables_then_terminal() {
    let project = project(&[("a.js", BROKEN)]);
    let colored = |arguments: &[&str], variables: &[(&str, &str)]| {
        leaklint_with(project.path(), arguments, variables, "").stdout.contains('\x1b')
    };
    assert!(!colored(&[], &[]));
    assert!(colored(&["--color", "always"], &[("NO_COLOR", "1")]));
    assert!(colored(&[], &[("FORCE_COLOR", "1")]));
    assert!(colored(&[], &[("CLICOLOR_FORCE", "1")]));
    assert!(!colored(&[], &[("FORCE_COLOR", "1"), ("NO_COLOR", "1")]));
    assert!(!colored(&["--color", "never"], &[("FORCE_COLOR", "1")]));
    assert!(!colored(&["--format", "json", "--color", "always"], &[]), "machines read no colours");
    assert!(!colored(&["--format", "concise", "--color", "always"], &[]));
}

#[test]
fn without_a_terminal_the_report_is_as_wide_as_asked() {
    let project = project(&[("a.js", HIGH)]);
    let widest = |columns: &str| {
        let output = leaklint_with(project.path(), &[], &[("COLUMNS", columns)], "");
        output.stdout.lines().map(|line| line.chars().count()).max()
    };
    assert!(widest("60") <= Some(60) && widest("60") < widest("100"));
    assert_eq!((widest(""), widest("0"), widest("wide")), (widest("100"), widest("100"), widest("100")));
}

#[test]
fn the_summary_goes_to_standard_error() {
    let project = project(&[("a.js", BROKEN)]);
    let output = leaklint(project.path(), &["--statistics", "--timing"]);
    assert!(output.stderr.contains("1 error, 0 warnings in 1 file, "), "{}", output.stderr);
    assert!(output.stderr.contains("1  syntax-error") && output.stderr.contains("parse"), "{}", output.stderr);
    assert!(!output.stdout.contains("1 error"));
    assert_eq!(json(project.path(), &[]).stderr, "");
}

#[test]
fn comments_suppress() {
    let text = HIGH.replace("  seen.push", "  // leaklint-disable-next-line unbounded-cache -- a demo\n  seen.push");
    let project = project(&[("a.js", &text)]);
    let output = json(project.path(), &[]);
    assert_eq!((output.code, output.json()["summary"]["suppressed"].as_u64()), (0, Some(1)));
    let unused = project.path().join("b.js");
    fs::write(&unused, "// leaklint-disable-next-line unbounded-cache\nexport const a = 1;\n").unwrap();
    assert_eq!(json(project.path(), &["b.js"]).findings(), ["b.js:1 unused-suppression"]);
    assert_eq!(json(project.path(), &["b.js", "-A", "unused-suppression"]).findings(), [""; 0]);
    assert_eq!(json(project.path(), &["b.js", "-D", "unused-suppression"]).code, 1);
    assert_eq!(json(project.path(), &["b.js", "-A", "all"]).findings(), [""; 0], "the rule did not run");
}

#[test]
fn rules_are_listed_and_explained() {
    let project = project(&[]);
    let list = leaklint(project.path(), &["rules"]);
    assert_eq!(list.code, 0);
    assert!(list.stdout.contains("unbounded-cache") && list.stdout.contains("growth"), "{}", list.stdout);
    // How often they were right, where people read what they found.
    let told = list.stdout.lines().filter(|line| line.contains(" % right of ")).count();
    assert_eq!(told, 3, "{}", list.stdout);
    let list = leaklint(project.path(), &["rules", "--format", "json"]).json();
    let names: Vec<&str> = list.as_array().unwrap().iter().map(|rule| rule["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"listener-in-reconnect"));
    let of_each = |confidence: &str| -> u64 {
        let read = list.as_array().unwrap().iter().map(|rule| &rule["read"][confidence]);
        read.map(|read| ["right", "arguable", "wrong"].map(|said| read[said].as_u64().unwrap()).iter().sum::<u64>())
            .sum()
    };
    assert!(of_each("high") > 0 && of_each("medium") > 0);
    for name in names.into_iter().chain(["syntax-error", "unused-suppression", "unexplained-suppression"]) {
        let page = leaklint(project.path(), &["explain", name]);
        assert!(page.code == 0 && page.stdout.contains(name), "{}", page.stdout);
    }
}

#[test]
fn a_path_named_like_a_command_can_be_linted() {
    let project = project(&[("rules/a.js", BROKEN)]);
    assert_eq!(json(project.path(), &["./rules"]).findings(), ["rules/a.js:1 syntax-error"]);
}

#[test]
fn why_tells_of_every_hold_on_a_line() {
    let project = project(&[("a.js", HIGH)]);
    let told = leaklint(project.path(), &["why", "a.js:4"]);
    assert_eq!(told.code, 0);
    for word in ["unbounded-cache", "holder", "hold", "repetition", "release", "verdict"] {
        assert!(told.stdout.contains(word), "{}", told.stdout);
    }
    assert!(!told.stdout.contains("hidden"), "{}", told.stdout);
    write(project.path(), "leaklint.json", b"{ \"minConfidence\": \"high\" }");
    write(project.path(), "b.js", MEDIUM.as_bytes());
    let hidden = leaklint(project.path(), &["why", "b.js:3"]).stdout;
    assert!(hidden.contains("hidden, as high is asked for; --min-confidence medium shows it"), "{hidden}");
    let nothing = leaklint(project.path(), &["why", "a.js:1"]);
    assert!(nothing.code == 0 && nothing.stdout.contains("No rule looks at this line"), "{}", nothing.stdout);
    assert_eq!(leaklint(project.path(), &["why", "a.js:99"]).code, 2);
    assert_eq!(leaklint(project.path(), &["why", "nowhere.js:1"]).code, 2);
    assert_eq!(leaklint(project.path(), &["why", "a.js"]).code, 2);
}

#[test]
fn why_tells_what_silences_a_finding() {
    let project = project(&[("a.js", HIGH)]);
    assert_eq!(leaklint(project.path(), &["--update-baseline", "."]).code, 0);
    let known = leaklint(project.path(), &["why", "a.js:4"]).stdout;
    assert!(known.contains("hidden, as the baseline knows it; --no-baseline shows it"), "{known}");
    let comment = "  // leaklint-disable-next-line unbounded-cache -- few users\n";
    let lines: Vec<&str> = HIGH.split_inclusive('\n').collect();
    let text = [&lines[..3].concat(), comment, &lines[3..].concat()].concat();
    write(project.path(), "a.js", text.as_bytes());
    let silenced = leaklint(project.path(), &["why", "a.js:5"]).stdout;
    assert!(silenced.contains("hidden, as a comment silences it: few users"), "{silenced}");
    assert!(!silenced.contains("baseline"), "{silenced}");
}

#[test]
fn a_reader_that_leaves_is_no_failure() {
    let text = BROKEN.to_owned();
    let files: Vec<String> = (0..300).map(|number| format!("{number}.js")).collect();
    let project = project(&files.iter().map(|file| (file.as_str(), text.as_str())).collect::<Vec<_>>());
    let mut child = Command::new(env!("CARGO_BIN_EXE_leaklint"))
        .current_dir(project.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() || output.status.code() == Some(1), "{stderr}");
    assert!(!stderr.contains("panicked"), "{stderr}");
}

#[test]
fn help_says_what_every_flag_does() {
    let project = project(&[]);
    let help = leaklint(project.path(), &["--help"]);
    assert_eq!(help.code, 0);
    for word in [
        "--deny",
        "--stdin-filename",
        "--print-config",
        "--show-files",
        "init",
        "schema",
        "completions",
        "man",
        "--max-warnings",
        "Exit codes:",
        "explain",
        "leaklint-disable-next-line",
    ] {
        assert!(help.stdout.contains(word), "{word} in {}", help.stdout);
    }
}

#[test]
fn the_manual_page_has_every_command_and_flag() {
    let project = project(&[]);
    let man = leaklint(project.path(), &["man"]);
    assert_eq!((man.code, man.stderr.as_str()), (0, ""));
    let page = man.stdout.replace("\\-", "-");
    assert!(page.contains(".TH leaklint 1 "), "{page}");
    let help = leaklint(project.path(), &["--help"]).stdout;
    let flags = help.split(|char: char| char != '-' && !char.is_alphanumeric()).filter(|word| word.starts_with("--"));
    for flag in flags {
        assert!(page.contains(flag), "{flag} in {page}");
    }
    for command in ["explain <RULE>", "why <FILE:LINE>", "rules", "init", "schema", "completions <SHELL>", "man"] {
        assert!(page.contains(&format!("\nleaklint {command}\n")), "{command} in {page}");
    }
    assert!(page.contains("Exit codes:") && !page.contains("-explain(1)"), "{page}");
}

#[test]
fn completions_are_scripts_that_know_commands_flags_and_values() {
    let project = project(&[]);
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = leaklint(project.path(), &["completions", shell]);
        assert_eq!((script.code, script.stderr.as_str()), (0, ""));
        for word in ["explain", "completions", "min-confidence", "force-exclude"] {
            assert!(script.stdout.contains(word), "{word} for {shell}");
        }
    }
    let unknown = leaklint(project.path(), &["completions", "tcsh"]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.stderr.contains("bash"), "{}", unknown.stderr);
}

/// As bash itself completes a word.
#[cfg(unix)]
#[test]
fn bash_completes() {
    let project = project(&[]);
    write(project.path(), "leaklint.bash", leaklint(project.path(), &["completions", "bash"]).stdout.as_bytes());
    let complete = |words: &str| {
        let script = format!(
            "source ./leaklint.bash; COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); \
             _leaklint leaklint \"${{COMP_WORDS[COMP_CWORD]}}\" \"${{COMP_WORDS[COMP_CWORD-1]}}\"; echo \"${{COMPREPLY[*]}}\""
        );
        let output = Command::new("bash").args(["-c", &script]).current_dir(project.path()).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    assert_eq!(complete("leaklint exp"), "explain");
    assert_eq!(complete("leaklint --format sar"), "sarif");
    assert_eq!(complete("leaklint --min-confidence h"), "high");
    assert_eq!(complete("leaklint --force"), "--force-exclude");
}

#[test]
fn a_program_that_ends_is_of_low_confidence_and_why_says_so() {
    let served = "const seen = [];\nprocess.stdin.on('data', (chunk) => {\n  seen.push(String(chunk));\n});\n";
    let package = r#"{ "name": "tool", "bin": { "tool": "./lib/cli.js", "toold": "lib/daemon.js" } }"#;
    let project = project(&[
        ("package.json", package),
        ("lib/cli.js", served),
        ("lib/daemon.js", HIGH),
        ("lib/index.js", served),
    ]);
    let at = project.path();
    assert_eq!(json(at, &[]).findings(), ["lib/daemon.js:4 unbounded-cache", "lib/index.js:3 unbounded-cache"]);
    assert_eq!(json(at, &["--pedantic"]).findings().len(), 3);
    let why = leaklint(at, &["why", "lib/cli.js:3"]).stdout;
    assert!(
        why.contains("low confidence, because by `bin` of package.json this is a program, and nothing in it"),
        "{why}"
    );
}

#[test]
fn an_export_is_run_by_a_platform_where_its_name_and_shape_say_so() {
    let leak = |head: &str| format!("const seen = [];\n{head} {{\n  seen.push({{ at: Date.now(), input }});\n}}\n");
    let files = [
        ("lambda.cjs", "exports.handler = async function (event, context, input = event.body)"),
        ("src/routes/+page.server.js", "export async function load(input)"),
        ("src/routes/Page.js", "export async function load(input)"),
        ("pages/api/visits.js", "export default function (req, res, input = req.url)"),
        ("lib/button.js", "export function handler(event, input = event.target)"),
        ("app/routes/users.ts", "export async function action(input)"),
    ]
    .map(|(path, head)| (path, leak(head)));
    let project = project(&files.each_ref().map(|(path, code)| (*path, code.as_str())));
    let high = json(project.path(), &["--min-confidence", "high"]).findings();
    let found = [
        "app/routes/users.ts:3 unbounded-cache",
        "lambda.cjs:3 unbounded-cache",
        "pages/api/visits.js:3 unbounded-cache",
        "src/routes/+page.server.js:3 unbounded-cache",
    ];
    assert_eq!(high, found);
}
