//! Repositories of GitHub, each at a commit: checked out by `git`, kept in a folder.

use super::npm::{kept, run_tool};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What leaklint reads. Nothing else of a repository is asked for: pictures and histories can be large.
const READ: [&str; 15] = [
    "*.js",
    "*.mjs",
    "*.cjs",
    "*.jsx",
    "*.ts",
    "*.mts",
    "*.cts",
    "*.tsx",
    "*.vue",
    "*.svelte",
    "*.astro",
    "*.html",
    "package.json",
    "tsconfig.json",
    "jsconfig.json",
];

/// The folder of a repository in a cache. What is there is not asked for again. The commit is the hash of all
/// that is in it, which git compares.
///
/// # Errors
/// GitHub has no such repository or commit, or the cache cannot be written.
pub(crate) fn checked_out(cache: &Path, name: &str, commit: &str) -> Result<PathBuf, String> {
    if !is_repository(name) || commit.len() != 40 || !commit.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(format!("`{name}@{commit}` is not a repository and its commit"));
    }
    kept(cache, &format!("{name}@{commit}"), |folder| {
        let git = |args: &[&str]| run_tool(Command::new("git").args(args).current_dir(folder)).map(|_| ());
        git(&["init", "-q"])?;
        git(&["config", "core.autocrlf", "false"])?;
        git(&["remote", "add", "origin", &format!("https://github.com/{name}")])?;
        git(&["fetch", "-q", "--depth", "1", "--filter=blob:none", "origin", commit])?;
        git(&[&["sparse-checkout", "set", "--no-cone"], &READ[..]].concat())?;
        git(&["checkout", "-q", "FETCH_HEAD"])?;
        fs::remove_dir_all(folder.join(".git")).map_err(|error| format!("cannot write the cache: {error}"))
    })
}

/// Whether it is an owner and a name, rather than a flag or another address.
fn is_repository(name: &str) -> bool {
    let is_plain = |text: &str| {
        text.starts_with(|char: char| char.is_ascii_alphanumeric())
            && text.chars().all(|char| char.is_ascii_alphanumeric() || "-._".contains(char))
    };
    name.split_once('/').is_some_and(|(owner, name)| is_plain(owner) && is_plain(name))
}
