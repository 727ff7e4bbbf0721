//! The built binary in a temporary project.
#![allow(dead_code, reason = "each suite uses its part")]

use serde_json::Value;
use std::env;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output as Ended};
use tempfile::TempDir;

/// What a command gave.
pub(crate) struct Output {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Output {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}{}", self.stdout, self.stderr))
    }

    /// `path:line rule` of each finding.
    pub(crate) fn findings(&self) -> Vec<String> {
        self.told(&["rule"])
    }

    /// `path:line` and some more of each finding.
    pub(crate) fn told(&self, keys: &[&str]) -> Vec<String> {
        let text = |finding: &Value, key: &str| finding[key].as_str().unwrap_or_default().to_owned();
        let document = self.json();
        let each = document["findings"].as_array().into_iter().flatten().map(|finding| {
            let more: Vec<String> = keys.iter().map(|key| text(finding, key)).collect();
            format!("{}:{} {}", text(finding, "path"), finding["line"], more.join(" "))
        });
        each.collect()
    }
}

impl From<Ended> for Output {
    fn from(ended: Ended) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Self { code: ended.status.code().unwrap_or(-1), stdout: text(ended.stdout), stderr: text(ended.stderr) }
    }
}

/// A directory that is gone when the test is over.
pub(crate) struct Project(TempDir);

impl Project {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let project = Self(TempDir::new().unwrap());
        for (path, text) in files {
            project.write(path, text);
        }
        project
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn at(&self, path: &str) -> PathBuf {
        self.path().join(path)
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.at(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        write(&self.at(path), text);
    }
}

/// Writes a file, and the directories that it lies in.
pub(crate) fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// Says past the capture of test output that something is not tested, unless a variable asks for it.
pub(crate) fn skipped(reason: &str, required_by: &str) {
    assert!(env::var_os(required_by).is_none(), "{reason}");
    std::io::stderr().write_all(format!("\nSKIPPED: {reason}\n").as_bytes()).unwrap();
}

/// Whether programs of Node's are there to test something with.
pub(crate) fn has_programs(programs: &[&str], untested: &str) -> bool {
    let mut missing =
        programs.iter().filter_map(|program| Some((program, Command::new(program).arg("--version").output().err()?)));
    let Some((missing, error)) = missing.next() else { return true };
    skipped(&format!("{missing} does not start ({error}), so {untested} not tested"), "LEAKLINT_REQUIRE_PROOFS");
    false
}

/// The binary, as it behaves wherever the tests run.
pub(crate) fn command(directory: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_leaklint"));
    command.args(arguments).current_dir(directory).env_remove("NO_COLOR").env_remove("FORCE_COLOR");
    command.env_remove("COLUMNS");
    command
}

pub(crate) fn leaklint(directory: &Path, arguments: &[&str]) -> Output {
    command(directory, arguments).output().unwrap().into()
}

pub(crate) fn json(directory: &Path, arguments: &[&str]) -> Output {
    leaklint(directory, &[&["--format", "json"], arguments].concat())
}

/// Runs git without what the machine is set up with; what it says.
pub(crate) fn git(directory: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "init.defaultBranch=main", "-c", "user.name=Ada", "-c", "user.email=ada@example.org"])
        .args(["-c", "commit.gpgSign=false", "-c", "advice.detachedHead=false"])
        .args(arguments)
        .current_dir(directory)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .unwrap();
    let output = Output::from(output);
    assert_eq!(output.code, 0, "git {arguments:?}: {}{}", output.stdout, output.stderr);
    output.stdout
}

/// A git repository with one commit on its branch main.
pub(crate) fn repository(files: &[(&str, &str)]) -> Project {
    let project = Project::new(files);
    git(project.path(), &["init", "-q"]);
    git(project.path(), &["add", "-A"]);
    git(project.path(), &["commit", "-q", "--allow-empty", "-m", "First"]);
    project
}
