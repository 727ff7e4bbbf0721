//! What of `.github/workflows/release.yml` can run anywhere, run in throw-away directories.
//!
//! Not executed: other people's actions, which are only named, builds for other platforms, and what publishes: `npm` is a
//! stand-in that notes its arguments. Without node the tests say that they are skipped; with `LEAKLINT_REQUIRE_PROOFS=1`
//! they fail.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "what cannot be unwrapped fails the test")]

#[path = "common/run.rs"]
mod run;

use run::{Output, Project};
use serde_json::Value;
use std::env;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use yaml_rust2::{Yaml, YamlLoader};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const BINARY: &str = env!("CARGO_BIN_EXE_leaklint");
const VERSION: &str = env!("CARGO_PKG_VERSION");

fn has_node() -> bool {
    run::has_programs(&["node"], "the release is")
}

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join(path)).unwrap()
}

fn platforms() -> Vec<Value> {
    serde_json::from_str(&read("npm/platforms.json")).unwrap()
}

fn workflow() -> Yaml {
    YamlLoader::load_from_str(&read(".github/workflows/release.yml")).unwrap().remove(0)
}

fn steps(job: &str) -> Vec<Yaml> {
    workflow()["jobs"][job]["steps"].as_vec().unwrap().clone()
}

/// The script of a step.
fn script(job: &str, name: &str) -> String {
    let step = steps(job).into_iter().find(|step| step["name"].as_str() == Some(name));
    step.unwrap()["run"].as_str().unwrap().to_owned()
}

/// A checkout with what a release reads, as it is on the day of the release.
fn checkout() -> Project {
    let project = Project::new(&[]);
    let mut files: Vec<String> =
        ["Cargo.toml", "Cargo.lock", "CHANGELOG.md", "README.md", "LICENSE"].map(String::from).into();
    files.extend(
        ["npm/pack.mjs", "npm/versions.mjs", "npm/platforms.json", "schema/leaklint.schema.json"].map(String::from),
    );
    files.extend(["npm/leaklint/package.json", "npm/leaklint/bin/leaklint"].map(String::from));
    let docs = fs::read_dir(Path::new(ROOT).join("docs")).unwrap().map(|entry| entry.unwrap().file_name());
    files.extend(docs.map(|name| format!("docs/{}", name.to_str().unwrap())));
    for path in files {
        project.write(&path, &read(&path));
    }
    project.write("CHANGELOG.md", &project.read("CHANGELOG.md").replacen("(unreleased)", "(2026-01-02)", 1));
    project
}

/// Runs a script as GitHub does, with programs before those of the machine.
fn act(project: &Project, script: &str, programs: &Path, target: &str) -> Output {
    let path = env::var_os("PATH").unwrap_or_default();
    let path = [programs.to_owned()].into_iter().chain(env::split_paths(&path));
    let output = Command::new("bash")
        .args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script])
        .current_dir(project.path())
        .env("PATH", env::join_paths(path).unwrap())
        .env("TAG", format!("v{VERSION}"))
        .env("TARGET", target)
        .env("GITHUB_OUTPUT", project.at("output"))
        .output();
    output.unwrap().into()
}

fn ok(output: &Output) {
    assert_eq!(output.code, 0, "{}{}", output.stdout, output.stderr);
}

/// What is said to disagree.
fn disagree(project: &Project, arguments: &[&str]) -> Vec<String> {
    let output = Command::new("node").arg("npm/versions.mjs").args(arguments).current_dir(project.path()).output();
    let output = Output::from(output.unwrap());
    assert_eq!(output.code, i32::from(!output.stderr.is_empty()), "{}{}", output.stdout, output.stderr);
    output.stderr.lines().map(str::to_owned).collect()
}

#[test]
fn versions_that_disagree_are_named() {
    if !has_node() {
        return;
    }
    let tag = format!("v{VERSION}");
    let project = checkout();
    assert_eq!(disagree(&project, &[&tag]), [""; 0]);
    assert_eq!(disagree(&project, &["v9.9.9"]), [format!("the tag: v9.9.9, not {tag}")]);

    let ours = format!("name = \"leaklint\"\nversion = \"{VERSION}\"");
    let changes = [
        ("Cargo.lock", ours.as_str(), "name = \"leaklint\"\nversion = \"9.9.9\"", "Cargo.lock: 9.9.9"),
        ("CHANGELOG.md", " (2026-01-02)", " (unreleased)", "has no date"),
        ("CHANGELOG.md", "\n## ", "\n## 9.9.9 (2026-02-03)\n\n## ", "CHANGELOG.md: 9.9.9"),
        ("docs/ci.md", "leaklint@v", "leaklint@v9.", "docs/ci.md: 9."),
    ];
    for (path, from, to, said) in changes {
        let project = checkout();
        let changed = project.read(path).replacen(from, to, 1);
        assert_ne!(changed, project.read(path), "{path} has {from}");
        project.write(path, &changed);
        let found = disagree(&project, &[&tag]);
        assert!(found.len() == 1 && found[0].contains(said), "{found:?}");
    }
}

#[test]
fn the_packages_are_of_one_version_and_published_in_order() {
    if !has_node() {
        return;
    }
    let project = checkout();
    let programs = Project::new(&[]);
    for platform in platforms() {
        let file = if platform["os"] == "win32" { "leaklint.exe" } else { "leaklint" };
        project.write(&format!("binaries/binary-{}/{file}", platform["name"].as_str().unwrap()), "a program");
    }
    ok(&act(&project, &script("publish", "Lay out the packages"), programs.path(), ""));

    let publish = script("publish", "Publish the npm packages");
    let npm = |view: &str| {
        let log = programs.at("log");
        let _ = fs::remove_file(&log);
        let npm = format!("#!/bin/sh\n[ \"$1\" = view ] && {{ {view}; exit; }}\necho \"$@\" >>{}\n", log.display());
        programs.write("npm", &npm);
        fs::set_permissions(programs.at("npm"), fs::Permissions::from_mode(0o755)).unwrap();
        ok(&act(&project, &publish, programs.path(), ""));
        let log = fs::read_to_string(log).unwrap_or_default();
        log.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let published = npm("exit 1");
    assert_eq!(published.len(), platforms().len() + 1, "{published:?}");
    assert_eq!(published.last().unwrap(), "publish ./packages/leaklint --provenance --access public --tag latest");
    assert_eq!(npm("echo there"), [""; 0], "what is there is left out");

    let path = "packages/linux-arm64/package.json";
    project.write(path, &project.read(path).replace(VERSION, "9.9.9"));
    fs::remove_dir_all(project.at("packages/win32-x64")).unwrap();
    let found = disagree(&project, &[&format!("v{VERSION}"), "packages"]);
    assert_eq!(found, [format!("linux-arm64: 9.9.9, not {VERSION}"), "win32-x64: not in packages".to_string()]);
}

#[test]
fn an_archive_has_the_program_with_its_manual_and_completions() {
    let project = checkout();
    fs::create_dir(project.at("binary")).unwrap();
    fs::copy(BINARY, project.at("binary/leaklint")).unwrap();
    ok(&act(&project, &script("build", "It starts, and says the version"), project.path(), "some-target"));
    ok(&act(&project, &script("build", "Archive"), project.path(), "some-target"));
    let list = Command::new("tar").args(["-tzf", "leaklint-some-target.tar.gz"]).current_dir(project.path()).output();
    let list = Output::from(list.unwrap()).stdout;
    for file in ["leaklint", "leaklint.1", "LICENSE", "completions/leaklint.fish"] {
        assert!(list.lines().any(|line| line == format!("leaklint-some-target/{file}")), "{file} in {list}");
    }
}

#[test]
fn each_platform_is_built() {
    let names: Vec<Value> = platforms().iter().map(|platform| platform["name"].clone()).collect();
    assert_eq!(
        names,
        ["linux-x64", "linux-arm64", "linux-x64-musl", "linux-arm64-musl", "darwin-x64", "darwin-arm64", "win32-x64"]
    );
    if !has_node() {
        return;
    }
    let project = checkout();
    ok(&act(&project, &script("check", "Platforms"), project.path(), ""));
    let matrix = project.read("output");
    let matrix: Vec<Value> = serde_json::from_str(matrix.strip_prefix("platforms=").unwrap()).unwrap();
    assert_eq!(matrix, platforms());
}

#[test]
fn actions_are_pinned_and_only_publishing_may_write() {
    let workflow = workflow();
    for job in ["check", "build", "publish"] {
        for step in steps(job) {
            let Some(action) = step["uses"].as_str() else { continue };
            let major = action.rsplit_once("@v").unwrap_or_else(|| panic!("{action} has no version")).1;
            assert!(major.bytes().all(|byte| byte.is_ascii_digit()), "{action}");
        }
        let permissions = workflow["jobs"][job]["permissions"].as_hash();
        assert_eq!(permissions.is_some(), job == "publish", "{job}");
        // What others wrote (a tag) comes in as a variable, never as code.
        for run in steps(job).iter().filter_map(|step| step["run"].as_str()) {
            assert!(!run.contains("${{"), "{run}");
        }
    }
    assert_eq!(workflow["permissions"]["contents"].as_str(), Some("read"));
}
