//! What a project says in `leaklint.json`, through the built binary.
#![allow(clippy::unwrap_used, reason = "what cannot be unwrapped fails the test")]

use std::fs;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

fn project(files: &[(&str, &str)]) -> TempDir {
    let directory = TempDir::new().unwrap();
    for (path, text) in files {
        let path = directory.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    directory
}

/// Exit code, standard output and error.
fn leaklint(directory: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_leaklint")).args(arguments).current_dir(directory).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// `line rule` of each finding in a file, without a configuration and with it.
fn before_and_after(config: &str, path: &str, code: &str) -> (Vec<String>, Vec<String>) {
    let project = project(&[("leaklint.json", config), (path, code)]);
    let findings = |arguments: &[&str]| {
        let (exit, out, error) = leaklint(project.path(), &[&["--format", "concise", path], arguments].concat());
        assert!(exit < 2, "{error}");
        let line = |line: &str| {
            let rest = line.strip_prefix(path).unwrap();
            let rule = rest.split_whitespace().nth(2).unwrap().split('[').next().unwrap();
            format!("{} {rule}", rest[1..].split(':').next().unwrap())
        };
        out.lines().map(line).collect()
    };
    (findings(&["--isolated"]), findings(&[]))
}

/// The message of a run that a configuration ends.
fn refused(config: &str) -> String {
    let project = project(&[("leaklint.json", config), ("a.js", "")]);
    let (exit, out, error) = leaklint(project.path(), &[]);
    assert_eq!((exit, out.as_str()), (2, ""), "{error}");
    error
}

const BUS: &str = r#"{
  "models": {
    "kind": [{ "name": "Bus", "made-by": ["@acme/bus:createBus"], "always": ["*/lib/bus:bus"] }],
    "api": [
      { "call": ["Bus#hear"], "listens": { "event": 0, "handler": 1 }, "runs": { "arg": 1, "per": "event", "times": "many" } },
      { "call": ["Bus#unhear"], "removes-listeners": true }
    ]
  }
}"#;

#[test]
fn an_emitter_of_the_house() {
    let leak = "import { bus } from '../lib/bus.js';
export function follow(id, show) {
  const hear = (order) => { if (order.id === id) show(order); };
  bus.hear('order', hear);
}
";
    assert_eq!(before_and_after(BUS, "src/a/follow.js", leak), (vec![], vec!["4 accumulating-listener".to_string()]));
    let safe = leak.replace("  bus.hear(", "  show.onClose(() => bus.unhear('order', hear));\n  bus.hear(");
    assert_eq!(before_and_after(BUS, "src/a/follow.js", &safe), (vec![], vec![]));
    let made = "import { createBus } from '@acme/bus';
const bus = createBus();
export const follow = (id, show) => bus.hear(`order/${id}`, () => show(id));
";
    assert_eq!(before_and_after(BUS, "follow.mjs", made).1, ["3 accumulating-listener"]);
}

#[test]
fn a_function_that_returns_what_disposes() {
    let config = r#"{ "models": { "api": [{
      "call": ["@acme/dom:listen"],
      "acquires": { "what": "listener", "rule": "accumulating-listener", "keeps": "its callback", "ended-by": ["_()"],
                    "fix": "call what `listen` returns when its user is done" }
    }] } }"#;
    let leak = "import { listen } from '@acme/dom';
import { useEffect } from 'react';
export function useKey(onKey) {
  useEffect(() => {
    listen(document, 'keydown', onKey);
  }, [onKey]);
}
";
    assert_eq!(before_and_after(config, "a.js", leak), (vec![], vec!["5 accumulating-listener".to_string()]));
    let safe = leak.replace("    listen(", "    return listen(");
    assert_eq!(before_and_after(config, "a.js", &safe), (vec![], vec![]));
}

#[test]
fn a_collection_that_bounds_itself() {
    let code = "import { SmallMap } from './small-map';
const pages = new SmallMap(500);
export function page(url) {
  if (!pages.has(url)) pages.set(url, render(url));
  return pages.get(url);
}
";
    let kind = |words: &str| {
        format!(
            r#"{{ "models": {{ "kind": [{{ "name": "SmallMap", "made-by": ["*/small-map:SmallMap"], {words} }}] }} }}"#
        )
    };
    assert_eq!(before_and_after(&kind(r#""is": ["Map"]"#), "a.ts", code).1, ["4 unbounded-cache"]);
    assert_eq!(before_and_after(&kind(r#""is": ["Map"], "bounded": true"#), "a.ts", code).1, [""; 0]);
    // A kind that leaklint knows is extended.
    let config = r#"{ "models": { "kind": [{ "name": "Map", "made-by": ["*/small-map:SmallMap"] }] } }"#;
    assert_eq!(before_and_after(config, "a.ts", code).1, ["4 unbounded-cache"]);
}

#[test]
fn a_function_that_runs_its_callback_for_each_request() {
    let config = r#"{ "models": { "api": [{
      "call": ["@acme/server:route"],
      "runs": { "arg": "last", "per": "request", "times": "many", "params": ["Request", "Response"] }
    }] } }"#;
    let code = "import { route } from '@acme/server';
const visits = [];
route('/visit', (req, res) => {
  visits.push({ url: req.url });
  res.end();
});
";
    assert_eq!(before_and_after(config, "a.mjs", code), (vec![], vec!["4 unbounded-cache".to_string()]));
}

#[test]
fn a_class_that_is_gone_soon() {
    let code = "import { Job } from '../jobs';
export function follow(job: Job, done: () => void) {
  job.on('end', () => done());
}
const jobs = new Map<Job, string>();
";
    let config = |short: bool| {
        format!(
            r#"{{ "models": {{ "kind": [{{ "name": "Job", "is": ["EventEmitter"], "types": ["Job"], "short-lived": {short} }}] }} }}"#
        )
    };
    assert_eq!(before_and_after(&config(true), "a.ts", code).1, [""; 0]);
}

#[test]
fn the_nearest_file_upward_counts_unless_another_is_named() {
    let code = "import { bus } from './lib/bus';\nexport const follow = (show) => bus.hear('order', () => show());\n";
    let project =
        project(&[("leaklint.json", BUS), ("app/a.js", code), ("plain.json", "{}"), ("bare/leaklint.json", "{}")]);
    let count = |directory: &str, arguments: &[&str]| {
        let arguments = [&["--format", "concise"], arguments].concat();
        let (exit, out, error) = leaklint(&project.path().join(directory), &arguments);
        assert!(exit < 2, "{error}");
        out.lines().count()
    };
    assert_eq!(count("", &[]), 1);
    assert_eq!(count("app", &[]), 1, "from above");
    assert_eq!(count("bare", &["../app"]), 0, "the nearest one");
    assert_eq!(count("app", &["-c", "../plain.json"]), 0);
    assert_eq!(count("app", &["--isolated"]), 0);
    let (_, why, _) = leaklint(project.path(), &["why", "app/a.js:2"]);
    assert!(why.contains("accumulating-listener"), "{why}");
}

#[test]
fn an_error_names_the_file_the_key_and_the_nearest_one() {
    let error = refused("{\n  \"modles\": {}\n}");
    assert!(error.contains("leaklint.json:2:10: no such key: `modles`; did you mean `models`?"), "{error}");
    let error = refused(r#"{ "models": { "api": [{ "call": "setInterval" }] } }"#);
    assert!(error.contains("leaklint.json:1:45: invalid type: string \"setInterval\", expected a sequence"), "{error}");
    let error = refused(r#"{ "models": { "kind": [{ "name": "Bus", "is": ["EventEmiter"] }] } }"#);
    assert!(error.contains("leaklint.json: no such kind: `EventEmiter`; did you mean `EventEmitter`?"), "{error}");
    let error = refused(r#"{ "models": { "words": { "set-up": ["begin"] } } }"#);
    assert!(error.contains("no such list of words: `set-up`; did you mean `setup`?"), "{error}");
    let project = project(&[("a.js", "")]);
    let (exit, _, error) = leaklint(project.path(), &["-c", "nowhere.json"]);
    assert_eq!(exit, 2);
    assert!(error.contains("cannot read nowhere.json"), "{error}");
}

#[test]
fn the_example_in_the_readme_is_one() {
    let readme = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let start = readme.find("```json\n").unwrap() + "```json\n".len();
    let example = &readme[start..start + readme[start..].find("```").unwrap()];
    let code = "import { bus } from './lib/bus';\nexport const follow = (show) => bus.hear('order', () => show());\n";
    assert_eq!(before_and_after(example, "a.mjs", code), (vec![], vec!["2 accumulating-listener".to_string()]));
}
