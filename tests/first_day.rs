//! `docs/first-day.md`, followed from top to bottom in a throw-away repository: its files are written, its commands run,
//! and what they print is what it shows.
//!
//! A comment before a fence says what it is: `<!-- file: PATH -->`, `<!-- exits: CODE -->` (of a fence of commands; 0
//! without), or `<!-- prints -->`, which is of the commands before it.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "what cannot be unwrapped fails the test")]

#[path = "common/run.rs"]
mod run;

use run::{Output, git, repository};
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Runs commands, to the first that fails, with the built leaklint on the path.
fn shell(directory: &Path, commands: &str) -> Output {
    let built = Path::new(env!("CARGO_BIN_EXE_leaklint")).parent().unwrap().to_owned();
    let system = env::var_os("PATH").unwrap_or_default();
    let path: Vec<PathBuf> = [built].into_iter().chain(env::split_paths(&system)).collect();
    let output = Command::new("bash")
        .args(["--noprofile", "--norc", "-eo", "pipefail", "-c", commands])
        .current_dir(directory)
        .env("PATH", env::join_paths(path).unwrap())
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .envs(["GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"].map(|name| (name, "Ada")))
        .envs(["GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"].map(|name| (name, "ada@example.org")))
        .output();
    output.unwrap().into()
}

#[test]
fn the_page_can_be_followed() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/first-day.md")).unwrap();
    let project = repository(&[]);
    let mut printed = String::new();
    let (mut files, mut runs) = (0, 0);
    // Prose and fences take turns.
    let parts: Vec<&str> = page.split("\n```").collect();
    for (at, pair) in parts.chunks(2).enumerate() {
        let [prose, fence] = pair else { continue };
        let (language, text) = fence.split_once('\n').unwrap();
        let text = format!("{text}\n");
        let comment = prose.lines().next_back().unwrap_or_default();
        let mark = comment.strip_prefix("<!-- ").and_then(|comment| comment.strip_suffix(" -->")).unwrap_or_default();
        match (language, mark.split_once(": ").unwrap_or((mark, ""))) {
            ("sh", (_, code)) => {
                let output = shell(project.path(), &text);
                let expected = code.parse().unwrap_or(0);
                assert_eq!(output.code, expected, "{text}{}{}", output.stdout, output.stderr);
                printed = output.stdout + &output.stderr;
                runs += 1;
            }
            ("text", ("prints", _)) => assert!(printed.contains(&text), "{text} is not in\n{printed}"),
            (_, ("file", path)) => {
                project.write(path, &text);
                files += 1;
            }
            _ => panic!("fence {at} is of no kind: {language} after {comment}"),
        }
        if runs == 0 {
            // What the reader brings along: the files so far, on a branch that has a remote.
            git(project.path(), &["add", "-A"]);
            git(project.path(), &["commit", "-q", "--allow-empty", "-m", "The project"]);
            git(project.path(), &["update-ref", "refs/remotes/origin/main", "HEAD"]);
        }
    }
    assert_eq!((files, runs), (6, 11), "each fence is followed");
}
