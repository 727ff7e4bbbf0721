//! The hooks of `.pre-commit-hooks.yaml`, run by the real pre-commit on real commits.
//!
//! pre-commit is taken from `LEAKLINT_TOOLS`, a Python environment, or installed from `tests/requirements.txt`. Where
//! that cannot be done the tests say so and are skipped; with `LEAKLINT_REQUIRE_TOOLS=1` they fail.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "what cannot be unwrapped fails the test")]

#[path = "common/run.rs"]
mod run;

use run::{Output, Project, git, leaklint, repository};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

const MANIFEST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/.pre-commit-hooks.yaml");
const REQUIREMENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/requirements.txt");

const CLEAN: &str = "export const one = 1;\n";
const LEAK: &str = "const seen = [];\nrequire('http').createServer((req) => seen.push(req.url));\n";

/// The directory with the programs of the Python environment, installed once.
fn tools() -> Option<&'static Path> {
    static TOOLS: OnceLock<Option<PathBuf>> = OnceLock::new();
    let found = TOOLS.get_or_init(|| match env::var_os("LEAKLINT_TOOLS") {
        Some(tools) => Some(PathBuf::from(tools).join("bin")),
        None => installed().inspect_err(|reason| skipped(reason)).ok(),
    });
    found.as_deref()
}

fn installed() -> Result<PathBuf, String> {
    let tools = Path::new(env!("CARGO_TARGET_TMPDIR")).join("tools");
    let is_done = tools.join("requirements.txt");
    let wanted = fs::read_to_string(REQUIREMENTS).unwrap();
    if fs::read_to_string(&is_done).is_ok_and(|installed| installed == wanted) {
        return Ok(tools.join("bin"));
    }
    let run = |program: &Path, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).output();
        let output: Output = output.map_err(|error| format!("{}: {error}", program.display()))?.into();
        if output.code == 0 { Ok(()) } else { Err(format!("{}{}", output.stdout, output.stderr)) }
    };
    run(Path::new("python3"), &["-m", "venv", "--clear", tools.to_str().unwrap()])?;
    run(&tools.join("bin/pip"), &["install", "--quiet", "--retries", "1", "--requirement", REQUIREMENTS])?;
    fs::write(is_done, wanted).unwrap();
    Ok(tools.join("bin"))
}

fn skipped(reason: &str) {
    let reason = format!("pre-commit cannot be installed, so its hooks are not tested: {}", reason.trim());
    run::skipped(&reason, "LEAKLINT_REQUIRE_TOOLS");
}

/// A repository whose commits are checked by the hook, with pre-commit's own files out of the way.
struct Hooked {
    project: Project,
    home: Project,
    tools: &'static Path,
}

impl Hooked {
    /// `None` where there is no pre-commit.
    fn new(files: &[(&str, &str)], options: &str) -> Option<Self> {
        let tools = tools()?;
        let manifest = fs::read_to_string(MANIFEST).unwrap();
        let hooks = repository(&[(".pre-commit-hooks.yaml", &manifest)]);
        let revision = git(hooks.path(), &["rev-parse", "HEAD"]);
        let config = format!(
            "repos:\n  - repo: {}\n    rev: {}\n    hooks:\n      - id: leaklint-system\n{options}",
            hooks.path().display(),
            revision.trim(),
        );
        let project = repository(&[&[(".pre-commit-config.yaml", config.as_str())], files].concat());
        let hooked = Self { project, home: Project::new(&[]), tools };
        let installed = hooked.run("pre-commit", &["install", "--install-hooks"]);
        assert_eq!(installed.code, 0, "{}{}", installed.stdout, installed.stderr);
        Some(hooked)
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Output {
        let binary = Path::new(env!("CARGO_BIN_EXE_leaklint")).parent().unwrap();
        let path = env::var_os("PATH").unwrap_or_default();
        let path = [binary, self.tools].into_iter().map(Path::to_owned).chain(env::split_paths(&path));
        let output = Command::new(program)
            .args(arguments)
            .current_dir(self.project.path())
            .env("PATH", env::join_paths(path).unwrap())
            .env("PRE_COMMIT_HOME", self.home.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_AUTHOR_NAME", "Ada")
            .env("GIT_AUTHOR_EMAIL", "ada@example.org")
            .env("GIT_COMMITTER_NAME", "Ada")
            .env("GIT_COMMITTER_EMAIL", "ada@example.org")
            .env_remove("PRE_COMMIT_COLOR")
            .output();
        output.unwrap().into()
    }

    /// Commits what is staged; what is said where the hook stops it.
    fn commit(&self) -> Result<(), String> {
        let head = || git(self.project.path(), &["rev-parse", "HEAD"]);
        let before = head();
        let output = self.run("git", &["commit", "-qm", "A change"]);
        assert_eq!(output.code == 0, head() != before, "{}{}", output.stdout, output.stderr);
        if output.code == 0 { Ok(()) } else { Err(output.stdout + &output.stderr) }
    }

    fn stage(&self, path: &str, text: &str) {
        self.project.write(path, text);
        git(self.project.path(), &["add", path]);
    }
}

#[test]
fn the_manifest_is_one() {
    let Some(tools) = tools() else { return };
    let output = Command::new(tools.join("pre-commit")).args(["validate-manifest", MANIFEST]).output().unwrap();
    let output = Output::from(output);
    assert_eq!((output.code, output.stdout + &output.stderr), (0, String::new()));
}

#[test]
fn a_commit_with_a_leak_is_stopped_with_the_report() {
    let Some(hooked) = Hooked::new(&[("a.js", CLEAN)], "") else { return };
    hooked.stage("src/b.mts", LEAK);
    let said = hooked.commit().unwrap_err();
    assert!(said.contains("error[unbounded-cache]") && said.contains("src/b.mts:2"), "{said}");
    assert!(said.contains("1 error, 0 warnings in 1 file"), "{said}");
    hooked.stage("src/b.mts", CLEAN);
    hooked.commit().unwrap();
    // Nothing for it to judge.
    hooked.stage("README.md", "# A\n");
    hooked.commit().unwrap();
    let all = hooked.run("pre-commit", &["run", "--all-files"]);
    assert!(all.code == 0 && all.stdout.contains("Passed"), "{}", all.stdout);
}

#[test]
fn what_is_staged_is_judged() {
    let Some(hooked) = Hooked::new(&[("a.js", CLEAN)], "") else { return };
    hooked.stage("a.js", LEAK);
    hooked.project.write("a.js", "// Mended, but not staged.\n");
    assert!(hooked.commit().unwrap_err().contains("a.js:2"));
    assert_eq!(hooked.project.read("a.js"), "// Mended, but not staged.\n");
    hooked.stage("a.js", "export const two = 2;\n");
    hooked.project.write("a.js", LEAK);
    hooked.commit().unwrap();
    assert_eq!(hooked.project.read("a.js"), LEAK, "what is not staged stays");
}

#[test]
fn files_that_are_not_staged_have_their_say() {
    let store = "const cache = new Map();
export function load(key) {
  if (!cache.has(key)) cache.set(key, make(key));
  return cache.get(key);
}
";
    let server = "import { load } from './lib/store.js';
import http from 'node:http';
http.createServer((req, res) => res.end(load(req.url))).listen(80);
";
    let few = "import { load } from './lib/store.js';\nload('users');\n";
    let warnings = "        args: [--max-warnings=0]\n";
    for (other, leaks) in [(server, true), (few, false)] {
        let Some(hooked) = Hooked::new(&[("package.json", "{}"), ("other.js", other)], warnings) else { return };
        hooked.stage("lib/store.js", store);
        match hooked.commit() {
            Err(said) => assert!(leaks && said.contains("error[unbounded-cache]"), "{said}"),
            Ok(()) => assert!(!leaks, "with its user it is a leak"),
        }
        let whole = leaklint(hooked.project.path(), &["--max-warnings=0"]);
        assert_eq!(whole.code == 1, leaks, "as in a run over everything");
    }
}

#[test]
fn what_the_project_leaves_out_is_left_out() {
    let arguments = "        args: [--exclude, generated]\n";
    let Some(hooked) = Hooked::new(&[("a.js", CLEAN)], arguments) else { return };
    hooked.stage("generated/a.js", LEAK);
    hooked.stage("page.min.js", &format!("{LEAK}{}", "var a=1;".repeat(2000)));
    hooked.commit().unwrap();
    hooked.stage("src/generated.js", LEAK);
    hooked.stage("generated/b.js", LEAK);
    let said = hooked.commit().unwrap_err();
    assert!(said.contains("src/generated.js:2") && said.contains("1 error, 0 warnings in 1 file"), "{said}");
}

#[test]
fn the_baseline_holds() {
    let Some(hooked) = Hooked::new(&[("old.js", LEAK)], "") else { return };
    leaklint(hooked.project.path(), &["--update-baseline"]);
    hooked.stage("leaklint-baseline.json", &hooked.project.read("leaklint-baseline.json"));
    hooked.stage("old.js", &format!("// Moved.\n{LEAK}"));
    hooked.commit().unwrap();
    hooked.stage("new.js", LEAK);
    assert!(hooked.commit().unwrap_err().contains("new.js:2"));
}
