//! Lists of files, as hooks and editors give them: the judgement is that of a run over the whole project, and
//! what the project leaves out can be left out of the list.
#![allow(clippy::unwrap_used, reason = "what cannot be unwrapped fails the test")]

#[path = "common/run.rs"]
mod run;

use run::{Project, command, json, leaklint};
use std::io::Write;
use std::process::Stdio;

/// Keeps what it loads, under whatever key it is asked for.
const STORE: &str = "const cache = new Map();
export function load(key) {
  if (!cache.has(key)) cache.set(key, make(key));
  return cache.get(key);
}
";
/// Asks for it per request, by way of another file.
const FIND: &str = "import { load } from '../store.js';\nexport const find = (id) => load(`user:${id}`);\n";
const SERVER: &str = "import { find } from './lib/find.js';
import http from 'node:http';
http.createServer((req, res) => res.end(find(req.url))).listen(80);
";
/// Asks for two keys in all.
const FEW: &str = "import { load } from './store.js';\nload('users');\nload('groups');\n";
const LEAK: &str = "const seen = [];\nrequire('http').createServer((req) => seen.push(req.url));\n";

fn told(project: &Project, below: &str, arguments: &[&str]) -> Vec<String> {
    json(&project.at(below), &[arguments, &["--pedantic"]].concat()).told(&["rule", "confidence"])
}

#[test]
fn what_a_file_is_named_with_changes_nothing() {
    let high = ["store.js:3 unbounded-cache high"];
    for mark in ["package.json", ".git/HEAD"] {
        let files = [(mark, "{}"), ("store.js", STORE), ("lib/find.js", FIND), ("server.js", SERVER)];
        let project = Project::new(&files);
        assert_eq!(told(&project, ".", &[]), high);
        assert_eq!(told(&project, ".", &["store.js"]), high);
        assert_eq!(told(&project, ".", &["store.js", "lib"]), high);
        assert_eq!(told(&project, ".", &["lib/find.js", "server.js"]), [""; 0]);
        assert_eq!(told(&project, "lib", &["../store.js"]), ["../store.js:3 unbounded-cache high"]);
        assert_eq!(json(project.path(), &["store.js"]).json()["summary"]["files"], 1, "the others are not linted");
        let alone = json(project.path(), &["store.js", "--exclude", "server.js"]).told(&["confidence"]);
        assert_eq!(alone, ["store.js:3 medium"], "what is left out of the project has no say");
    }
    let project = Project::new(&[("package.json", "{}"), ("store.js", STORE), ("few.js", FEW)]);
    assert_eq!(told(&project, ".", &["store.js"]), [""; 0]);
    let project = Project::new(&[("store.js", STORE), ("few.js", FEW)]);
    assert_eq!(
        told(&project, ".", &["store.js"]),
        ["store.js:3 unbounded-cache medium"],
        "nothing says how far it goes"
    );
}

#[test]
fn imports_of_every_kind_lead_to_what_counts() {
    let alias = "{ \"compilerOptions\": { \"paths\": { \"data\": [\"./store.js\"], \"~/*\": [\"./*\"] } } }";
    for import in [
        "import { load } from \"./store\";",
        "const { load } = require('./store');",
        "const { load } = await import(`./store.js`);",
        "import { load } from './barrel/index.js';",
        "import { load } from 'data';",
        "import { load } from '~/store';",
        "// It isn't\nimport { load } from '.';",
    ] {
        let server = SERVER.replace("import { find } from './lib/find.js';", import).replace("find(req", "load(req");
        let project = Project::new(&[
            ("package.json", "{ \"type\": \"module\", \"private\": true, \"main\": \"server.js\" }"),
            ("tsconfig.json", alias),
            ("store.js", STORE),
            ("barrel/index.js", "export * from '../store.js';\n"),
            ("index.js", "export * from './barrel';\n"),
            ("server.js", &server),
            ("elsewhere.js", "export const far = 1;\n"),
        ]);
        assert_eq!(told(&project, ".", &["store.js"]), told(&project, ".", &[]), "{import}");
        assert!(told(&project, ".", &["store.js"])[0].starts_with("store.js:3 unbounded-cache"), "{import}");
    }
}

#[test]
fn a_file_on_standard_input_has_its_place() {
    let project = Project::new(&[("package.json", "{}"), ("store.js", "export {};\n"), ("few.js", FEW)]);
    let mut child = command(project.path(), &["--format", "concise", "--stdin-filename", "store.js"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(STORE.as_bytes()).unwrap();
    assert_eq!(String::from_utf8_lossy(&child.wait_with_output().unwrap().stdout), "");
}

#[test]
fn packages_of_one_repository_see_each_other() {
    let server = SERVER.replace("./lib/find.js", "../store/lib/find.js");
    let project = Project::new(&[
        (".git/HEAD", ""),
        ("store/package.json", "{}"),
        ("store/store.js", STORE),
        ("store/lib/find.js", FIND),
        ("app/package.json", "{}"),
        ("app/server.js", &server),
    ]);
    assert_eq!(told(&project, ".", &[]), ["store/store.js:3 unbounded-cache high"]);
    assert_eq!(told(&project, "store", &[]), ["store.js:3 unbounded-cache high"]);
    assert_eq!(told(&project, ".", &["store"]), ["store/store.js:3 unbounded-cache high"]);
}

#[test]
fn a_dependency_is_judged_with_its_own_files() {
    let project = Project::new(&[
        (".git/HEAD", ""),
        ("app.js", "import { load } from './node_modules/store/store.js';\nexport const get = (id) => load(id);\n"),
        ("node_modules/store/package.json", "{}"),
        ("node_modules/store/store.js", STORE),
        ("node_modules/store/few.js", FEW),
    ]);
    assert_eq!(told(&project, ".", &["node_modules/store/store.js"]), [""; 0]);
}

#[test]
fn what_is_named_can_be_left_out_like_what_is_found() {
    let minified = format!("{}\n", "var a=1;".repeat(2000));
    let project = Project::new(&[
        (".git/HEAD", ""),
        (".gitignore", "out/\n"),
        ("src/a.js", LEAK),
        ("src/gen/b.js", LEAK),
        ("out/c.js", LEAK),
        ("node_modules/x/d.js", LEAK),
        ("e.min.js", &minified),
        ("f.d.ts", "export {};\n"),
        (".pnp.cjs", LEAK),
        ("README.md", ""),
    ]);
    let all =
        ["src/a.js", "src/gen/b.js", "out/c.js", "node_modules/x/d.js", "e.min.js", "f.d.ts", ".pnp.cjs", "README.md"];
    let run = |arguments: &[&str]| json(project.path(), &[arguments, &all].concat());
    assert_eq!(run(&["--exclude", "gen"]).findings().len(), 5, "named, so linted");
    let forced = run(&["--force-exclude", "--exclude", "gen"]);
    assert_eq!(forced.findings(), ["src/a.js:2 unbounded-cache"]);
    let whole = json(project.path(), &["--exclude", "gen"]);
    assert_eq!(forced.findings(), whole.findings());
    let skipped = &forced.json()["summary"]["skipped"];
    assert_eq!((skipped["minified"].as_u64(), skipped["declarations"].as_u64()), (Some(1), Some(1)));
    // Directories, patterns with directories, paths from below.
    assert_eq!(
        json(project.path(), &["--force-exclude", "out", "src/gen"]).findings(),
        ["src/gen/b.js:2 unbounded-cache"]
    );
    let none = leaklint(project.path(), &["--force-exclude", "--exclude", "/src/**", "src", "src/gen/b.js"]);
    assert_eq!((none.code, none.stdout.as_str()), (0, ""));
    assert!(!none.stderr.contains("warning:"), "{}", none.stderr);
    let below = json(&project.at("src"), &["--force-exclude", "--exclude", "gen", "a.js", "gen/b.js"]);
    assert_eq!(below.findings(), ["a.js:2 unbounded-cache"]);
    assert_eq!(leaklint(project.path(), &["--force-exclude", "nowhere.js"]).code, 2);
}

#[test]
fn what_a_file_hands_over_is_followed_into_files_that_are_not_named() {
    let visits = "const { remember } = require('./store');
const seen = new Map();
require('http').createServer((req) => remember(seen, req.url)).listen(80);
";
    let store = "exports.remember = (map, key) => map.set(key, Date.now());\n";
    let project = Project::new(&[("package.json", "{}"), ("visits.js", visits), ("store.js", store)]);
    assert_eq!(told(&project, ".", &["visits.js"]), ["visits.js:3 unbounded-cache high"]);
    assert_eq!(told(&project, ".", &["store.js"]), [""; 0]);

    let pool = "const path = require('path');
const Piscina = require('piscina');
exports.pool = new Piscina({ filename: path.join(__dirname, 'tasks', 'render.js') });
exports.slow = new Piscina({ filename: `${__dirname}/slow.js` });
";
    let worker = "const seen = new Set();\nmodule.exports = (task) => seen.add(task.url);\n";
    let files = [("package.json", "{}"), ("pool.js", pool), ("slow.js", worker), ("tasks/render.js", worker)];
    let project = Project::new(&files);
    assert_eq!(told(&project, ".", &["slow.js"]), ["slow.js:2 unbounded-cache high"]);
}
