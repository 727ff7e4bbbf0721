//! `--since`, in real repositories.
#![allow(clippy::unwrap_used, reason = "what cannot be unwrapped fails the test")]

#[path = "common/run.rs"]
mod run;

use run::{Output, Project, command, git, json, leaklint, repository};
use std::fs;
use std::path::Path;

fn leak(name: &str) -> String {
    format!(
        "const {name} = [];
require(\"http\").createServer(function {name}Handler(req, res) {{
  {name}.push(req.url);
  res.end();
}}).listen(80);
"
    )
}

/// Keeps what it loads; surely a leak only where something asks for it per request.
const STORE: &str = "const cache = new Map();
export function load(key) {
  if (!cache.has(key)) cache.set(key, make(key));
  return cache.get(key);
}
";
const SERVER: &str = "import { load } from './store.js';
import http from 'node:http';
http.createServer((req, res) => res.end(load(req.url))).listen(80);
";
const FEW: &str = "import { load } from './store.js';\nload('users');\n";

fn commit(project: &Project) {
    git(project.path(), &["add", "-A"]);
    git(project.path(), &["commit", "-qm", "A change"]);
}

/// What is new since a revision, and how many findings were there before.
fn since(directory: &Path, revision: &str) -> (Vec<String>, u64) {
    let output = json(directory, &["--since", revision]);
    assert!(output.code < 2 && output.stderr.is_empty(), "{}", output.stderr);
    (output.findings(), output.json()["summary"]["unchanged"].as_u64().unwrap())
}

fn failed(directory: &Path, revision: &str) -> String {
    let output = leaklint(directory, &["--since", revision]);
    assert_eq!((output.code, output.stdout.as_str()), (2, ""), "{}", output.stderr);
    output.stderr
}

#[test]
fn only_what_is_new_since_the_revision_is_reported() {
    let project =
        repository(&[("src/old.js", &(leak("a") + &leak("b"))), ("src/moved.js", &leak("c")), ("gone.js", &leak("d"))]);
    assert_eq!(since(project.path(), "HEAD"), (vec![], 4));
    assert_eq!(leaklint(project.path(), &["--since", "HEAD"]).code, 0);

    git(project.path(), &["checkout", "-qb", "topic"]);
    // Committed: lines move, a file is renamed and edited, a leak moves to another file.
    project.write("src/old.js", &format!("// Edited.\n\n{}\n{}", leak("b"), leak("fresh")));
    git(project.path(), &["mv", "src/moved.js", "src/renamed.js"]);
    project.write("src/renamed.js", &format!("another();\n{}", leak("c")));
    project.write("src/split.js", &leak("a"));
    fs::remove_file(project.at("gone.js")).unwrap();
    commit(&project);
    // Staged, not staged, and not tracked.
    project.write("staged.js", &leak("staged"));
    git(project.path(), &["add", "staged.js"]);
    project.write("src/renamed.js", &(project.read("src/renamed.js") + &leak("unstaged")));
    project.write("untracked.js", &leak("untracked"));
    let new = [
        "src/old.js:11 unbounded-cache",
        "src/renamed.js:9 unbounded-cache",
        "staged.js:3 unbounded-cache",
        "untracked.js:3 unbounded-cache",
    ];
    let (found, unchanged) = since(project.path(), "main");
    assert_eq!((found, unchanged), (new.map(String::from).to_vec(), 3));
    assert_eq!(leaklint(project.path(), &["--since", "main"]).code, 1);
    // The same from below, and for some files only.
    let (found, _) = since(&project.at("src"), "main");
    assert_eq!(found, ["old.js:11 unbounded-cache", "renamed.js:9 unbounded-cache"]);
    let named = json(project.path(), &["--since", "main", "src/old.js"]);
    assert_eq!(named.findings(), ["src/old.js:11 unbounded-cache"]);
    let text = leaklint(project.path(), &["--since", "main"]);
    assert!(
        text.stderr.contains("4 errors, 0 warnings in 5 files") && text.stderr.contains("; 3 there before"),
        "{}",
        text.stderr
    );
    // Nothing is left behind.
    assert_eq!(git(project.path(), &["worktree", "list"]).lines().count(), 1);
    assert_eq!(git(project.path(), &["status", "--short"]), " M src/renamed.js\nA  staged.js\n?? untracked.js\n");
}

#[test]
fn it_is_the_place_where_head_departed() {
    let project = repository(&[("a.js", &leak("a"))]);
    git(project.path(), &["checkout", "-qb", "topic"]);
    project.write("b.js", &leak("b"));
    commit(&project);
    git(project.path(), &["checkout", "-q", "main"]);
    project.write("a.js", "export {};\n");
    commit(&project);
    git(project.path(), &["checkout", "-q", "topic"]);
    assert_eq!(
        since(project.path(), "main"),
        (vec!["b.js:3 unbounded-cache".to_string()], 1),
        "main mended a.js since"
    );
}

#[test]
fn old_code_is_judged_with_the_old_files_around_it() {
    let project = repository(&[("package.json", "{}"), ("store.js", STORE), ("few.js", FEW)]);
    assert_eq!(since(project.path(), "HEAD"), (vec![], 0));
    // The leak is made by a file beside it.
    project.write("server.js", SERVER);
    assert_eq!(since(project.path(), "HEAD"), (vec!["store.js:3 unbounded-cache".to_string()], 0));
    commit(&project);
    assert_eq!(since(project.path(), "HEAD"), (vec![], 1));
    let named = json(project.path(), &["--since", "HEAD", "store.js"]);
    assert_eq!((named.findings(), named.json()["summary"]["unchanged"].as_u64()), (vec![], Some(1)));
}

#[test]
fn names_of_a_tsconfig_are_followed_in_old_code_too() {
    let config = "{ \"compilerOptions\": { \"paths\": { \"@/*\": [\"./src/*\"] } } }";
    let server = SERVER.replace("./store.js", "@/store");
    let files = [("tsconfig.json", config), ("src/store.js", STORE), ("app/server.js", server.as_str())];
    let project = repository(&files);
    assert_eq!(json(project.path(), &[]).told(&["confidence"]), ["src/store.js:3 high"]);
    assert_eq!(since(project.path(), "HEAD"), (vec![], 1));
    // Only with its user is it a leak that is not reported as uncertain.
    fs::remove_file(project.at("app/server.js")).unwrap();
    project.write("app/few.js", "import { load } from '@/store';\nload('users');\n");
    commit(&project);
    project.write("app/server.js", &server);
    assert_eq!(since(&project.at("app"), "HEAD"), (vec![], 0));
    assert_eq!(since(project.path(), "HEAD"), (vec!["src/store.js:3 unbounded-cache".to_string()], 0));
    assert_eq!(since(&project.at("src"), "HEAD"), (vec!["store.js:3 unbounded-cache".to_string()], 0));
}

#[test]
fn the_baseline_counts_too() {
    let project = repository(&[("a.js", &leak("a"))]);
    leaklint(project.path(), &["--update-baseline"]);
    project.write("b.js", &leak("b"));
    let output = json(project.path(), &["--since", "HEAD"]);
    let summary = &output.json()["summary"];
    assert_eq!(output.findings(), ["b.js:3 unbounded-cache"]);
    assert_eq!((summary["baselined"].as_u64(), summary["unchanged"].as_u64()), (Some(1), Some(0)));
}

#[test]
fn worktrees_and_submodules_are_repositories() {
    let project = repository(&[("a.js", &leak("a"))]);
    let other = Project::new(&[]);
    let tree = other.at("tree");
    git(project.path(), &["worktree", "add", "-q", "-b", "topic", tree.to_str().unwrap()]);
    fs::write(tree.join("b.js"), leak("b")).unwrap();
    assert_eq!(since(&tree, "main"), (vec!["b.js:3 unbounded-cache".to_string()], 1));

    let outer = repository(&[("outer.js", &leak("outer"))]);
    let from = project.path().to_str().unwrap();
    git(outer.path(), &["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", from, "inner"]);
    outer.write("inner/c.js", &leak("c"));
    assert_eq!(since(outer.path(), "HEAD"), (vec![], 1));
    assert_eq!(since(&outer.at("inner"), "HEAD"), (vec!["c.js:3 unbounded-cache".to_string()], 1));
    let stderr = failed_with(outer.path(), &["--since", "HEAD", "inner"]);
    assert!(stderr.contains("--since HEAD: inner/a.js is not in the repository"), "{stderr}");
}

fn failed_with(directory: &Path, arguments: &[&str]) -> String {
    let output = leaklint(directory, arguments);
    assert_eq!(output.code, 2);
    output.stderr
}

#[test]
fn odd_names_and_line_endings_are_found_again() {
    let windows = leak("windows").replace('\n', "\r\n");
    let names = ["with space.js", "日本.js", "quote'\".js", "src/[id].js"];
    let mut files: Vec<(&str, String)> = names.iter().map(|name| (*name, leak("x"))).collect();
    files.push(("windows.js", windows));
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let project = repository(&files);
    assert_eq!(since(project.path(), "HEAD"), (vec![], 5));
    git(project.path(), &["config", "core.autocrlf", "true"]);
    assert_eq!(since(project.path(), "HEAD"), (vec![], 5));
}

#[test]
fn shallow_clones_of_pull_requests_are_compared_with_what_they_have() {
    let origin = repository(&[("a.js", &leak("a"))]);
    for number in 0..3 {
        origin.write("notes.txt", &number.to_string());
        commit(&origin);
    }
    git(origin.path(), &["checkout", "-qb", "topic"]);
    origin.write("b.js", &leak("b"));
    commit(&origin);
    git(origin.path(), &["config", "uploadpack.allowAnySHA1InWant", "true"]);
    let base = git(origin.path(), &["rev-parse", "main"]);
    let base = base.trim();

    let clone = Project::new(&[]);
    let url = format!("file://{}", origin.path().display());
    git(clone.path(), &["clone", "-q", "--depth=1", "--branch=topic", &url, "here"]);
    let here = clone.at("here");
    // What the message says works.
    for revision in ["origin/main", base] {
        let stderr = failed(&here, revision);
        assert!(stderr.contains("this shallow clone does not have it; fetch it with `git fetch"), "{stderr}");
        assert!(stderr.contains("fetch-depth: 0"), "{stderr}");
        let fetch = stderr.split('`').nth(1).unwrap().strip_prefix("git ").unwrap().to_string();
        git(&here, &fetch.split(' ').collect::<Vec<_>>());
        let output = json(&here, &["--since", revision]);
        assert_eq!(output.findings(), ["b.js:3 unbounded-cache"]);
        assert!(
            output.stderr.contains("in this shallow clone have no ancestor in common; compared with"),
            "{}",
            output.stderr
        );
        if revision == base {
            break;
        }
        fs::remove_dir_all(&here).unwrap();
        git(clone.path(), &["clone", "-q", "--depth=1", "--branch=topic", &url, "here"]);
    }
    let stderr = failed(&here, "v1");
    assert!(stderr.contains("`git fetch --depth=1 origin v1` and --since FETCH_HEAD"), "{stderr}");
    git(&here, &["fetch", "-q", "--unshallow", "origin", "+main:refs/remotes/origin/main"]);
    assert_eq!(since(&here, "origin/main"), (vec!["b.js:3 unbounded-cache".to_string()], 1));
    let stderr = failed(&here, "main");
    assert!(stderr.contains("--since main: no such revision; did you mean origin/main?"), "{stderr}");
}

#[test]
fn what_cannot_be_compared_is_said() {
    let project = repository(&[("a.js", &leak("a"))]);
    assert!(failed(project.path(), "nothing").contains("--since nothing: no such revision; `git fetch`"));
    assert!(failed_with(project.path(), &["--since=--all"]).contains("no such revision"));
    let plain = Project::new(&[("a.js", &leak("a"))]);
    let stderr = failed(plain.path(), "HEAD");
    assert!(stderr.contains("--since HEAD: there is no git repository to look into: not a git repository"), "{stderr}");
    let without: Output = command(project.path(), &["--since", "HEAD"]).env("PATH", "").output().unwrap().into();
    assert_eq!(without.code, 2);
    assert!(without.stderr.contains("--since HEAD: git is not on the path"), "{}", without.stderr);
    let both = failed_with(project.path(), &["--since", "HEAD", "--update-baseline"]);
    assert!(both.contains("cannot be used with"), "{both}");
    // A blob is no revision to lint.
    assert!(failed(project.path(), "HEAD:a.js").contains("no such revision"));
}
