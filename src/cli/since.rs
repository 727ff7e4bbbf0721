//! What is new since a git revision: the files with findings are linted as they were there, and what was found
//! then is known.
//!
//! The revision is laid out in a temporary directory by git's own plumbing, with an index of its own, so that
//! nothing is written to the repository and worktrees, line endings and missing objects are git's business.

use super::config::{self, Shared};
use super::lint::{Done, Job, Room, in_pool, job, lint_all, walk_of};
use super::{Failure, LintArgs, baseline, project, terminal};
use crate::read::Packages;
use crate::walk::{Input, is_declaration, is_script, repository, shown, working_directory};
use leaklint::baseline::Baseline;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Files besides scripts that decide how scripts are judged.
const CONTEXT: &[&str] = &["package.json", "tsconfig.json", "jsconfig.json", ".gitignore"];

/// A revision to compare with.
pub(super) struct Since {
    /// As the user wrote it.
    name: String,
    /// The top of the work tree.
    top: PathBuf,
    /// The commit at which what is here departed from it.
    commit: String,
}

/// Finds the revision, before anything is linted.
///
/// # Errors
/// There is no git, no repository or no such revision here.
pub(super) fn find(name: &str) -> Result<Since, Failure> {
    let failed = |what: String| Failure::Usage(format!("--since {name}: {what}"));
    let cwd = working_directory();
    let git = |arguments: &[&str]| git(&cwd, arguments).map_err(&failed);
    let top = match git(&["rev-parse", "--show-toplevel"])? {
        Ok(top) => PathBuf::from(top.trim_end_matches('\n')),
        Err(reason) => return Err(failed(format!("there is no git repository to look into: {reason}"))),
    };
    let top = top.canonicalize().map_err(|error| failed(format!("cannot look at {}: {error}", top.display())))?;
    let is_shallow = git(&["rev-parse", "--is-shallow-repository"])?.is_ok_and(|answer| answer.trim() == "true");
    let peeled = format!("{name}^{{commit}}");
    let found = git(&["rev-parse", "--verify", "--quiet", "--end-of-options", &peeled])?;
    let Ok(revision) = found.map(|commit| commit.trim().to_string()) else {
        if is_shallow {
            return Err(failed(format!("this shallow clone does not have it; {}", fetching(name))));
        }
        let elsewhere =
            git(&["for-each-ref", "--count=1", "--format=%(refname:short)", &format!("refs/remotes/*/{name}")])?;
        let hint = match elsewhere.unwrap_or_default().trim() {
            "" => "`git fetch` brings what the remote has".to_string(),
            remote => format!("did you mean {remote}?"),
        };
        return Err(failed(format!("no such revision; {hint}")));
    };
    let commit = match git(&["merge-base", &revision, "HEAD"])? {
        Ok(commit) => commit.trim().to_string(),
        Err(_) => {
            let place = if is_shallow { "in this shallow clone " } else { "" };
            terminal::say(&format!(
                "note: HEAD and {name} {place}have no ancestor in common; compared with {name} itself"
            ));
            revision
        }
    };
    Ok(Since { name: name.to_string(), top, commit })
}

/// How to get a revision into a shallow clone.
fn fetching(name: &str) -> String {
    let fetch = match name.strip_prefix("origin/") {
        Some(branch) => format!("`git fetch --depth=1 origin +{branch}:refs/remotes/{name}`"),
        None if name.len() >= 40 && name.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            format!("`git fetch --depth=1 origin {name}`")
        }
        None => format!("`git fetch --depth=1 origin {name}` and --since FETCH_HEAD"),
    };
    format!(
        "fetch it with {fetch}, or clone the whole history (fetch-depth: 0 in actions/checkout, GIT_DEPTH: 0 in GitLab)"
    )
}

impl Since {
    /// Takes out of the reports what was found at the revision too. How many there were.
    ///
    /// # Errors
    /// A finding is in a file of another repository; git or the disk fails.
    pub(super) fn apply(
        &self,
        args: &LintArgs,
        jobs: &[Job],
        done: &mut [Done],
        configs: &Shared,
    ) -> Result<usize, Failure> {
        let has_findings = |done: &Done| done.report.as_ref().is_some_and(|report| !report.findings.is_empty());
        let mut paths: BTreeSet<String> = BTreeSet::new();
        for (job, _) in jobs.iter().zip(&*done).filter(|(_, done)| has_findings(done)) {
            if repository(&job.input.path) != Some(self.top.as_path()) {
                return Err(self.failed(format!(
                    "{} is not in the repository {}",
                    job.input.shown,
                    self.top.display()
                )));
            }
            paths.insert(shown(&job.input.path, &self.top));
        }
        if paths.is_empty() {
            return Ok(0);
        }
        let directory = tempfile::tempdir()
            .and_then(|directory| Ok((directory.path().canonicalize()?, directory)))
            .map_err(|error| self.failed(format!("cannot make a temporary directory: {error}")))?;
        let old = self.lay_out(&directory.0)?;
        let mut before = self.lint(args, &paths, &old, &directory.0.join("tree"), configs)?;
        let known = Baseline::of(&baseline::linted(&before.0, &mut before.1, &directory.0.join("tree")));
        let is_gone = |path: &str| !self.top.join(path).exists();
        Ok(known.apply(&mut baseline::linted(jobs, done, &self.top), &is_gone, None).known)
    }

    /// Writes what decides findings at the revision to `tree` in a directory; the paths of the scripts.
    fn lay_out(&self, directory: &Path) -> Result<BTreeSet<String>, Failure> {
        let tree = directory.join("tree");
        let cannot = |error: std::io::Error| self.failed(format!("cannot write to {}: {error}", directory.display()));
        // It is walked like the repository that it comes from.
        fs::create_dir_all(tree.join(".git")).map_err(cannot)?;
        let listed = self.git(&["ls-tree", "-r", "-z", "--full-tree", &self.commit])?;
        let is_file = |entry: &&str| entry.starts_with("100");
        let files = listed.split('\0').filter(is_file).filter_map(|entry| Some(entry.split_once('\t')?.1));
        let files = files.filter(|path| !is_declaration(Path::new(path)));
        let (scripts, others): (Vec<&str>, Vec<&str>) = files.partition(|path| is_script(Path::new(path)));
        let others = others.into_iter().filter(|path| CONTEXT.contains(&path.rsplit('/').next().unwrap_or_default()));
        let wanted: Vec<&str> = scripts.iter().copied().chain(others).collect();

        let index = directory.join("index");
        let prefix = format!("--prefix={}/", tree.display());
        let run = |arguments: &[&str], input: &str| {
            let output = run_git(&self.top, arguments, &[("GIT_INDEX_FILE", index.as_os_str())], input);
            output.and_then(|result| result).map_err(|error| self.failed(format!("git {}: {error}", arguments[0])))
        };
        run(&["read-tree", &self.commit], "")?;
        run(&["checkout-index", "-q", "-z", "--stdin", &prefix], &(wanted.join("\0") + "\0"))?;
        Ok(scripts.into_iter().map(str::to_string).collect())
    }

    /// Lints the old versions of files with findings, and of those that code may have moved from.
    fn lint(
        &self,
        args: &LintArgs,
        paths: &BTreeSet<String>,
        old: &BTreeSet<String>,
        tree: &Path,
        configs: &Shared,
    ) -> Result<(Vec<Job>, Vec<Done>), Failure> {
        let changed = self.git(&["diff-index", "--name-only", "-z", "--no-renames", &self.commit])?;
        let candidates: BTreeSet<&str> = changed.split('\0').chain(paths.iter().map(String::as_str)).collect();
        let cwd = tree.join(working_directory().strip_prefix(&self.top).unwrap_or(Path::new("")));
        fs::create_dir_all(&cwd).map_err(|error| self.failed(format!("cannot write to {}: {error}", cwd.display())))?;
        let mut packages = Packages::default();
        let inputs = candidates.into_iter().filter(|path| old.contains(*path)).map(|path| {
            let named = paths.contains(path);
            let path = tree.join(path);
            Input { shown: shown(&path, &cwd), path, named }
        });
        // What was found then is judged as it would be now.
        config::lock(configs).moved(tree, &self.top);
        let mut jobs: Vec<Job> = inputs.map(|input| job(input, &mut packages, &mut config::lock(configs))).collect();
        in_pool(args.threads, || {
            let room = Room::new();
            let mut done = lint_all(&jobs, &room);
            let walk = walk_of(args, &cwd, &[], configs);
            let judged = project::judge_again(&mut jobs, &mut done, &[], &walk, configs, &room);
            judged.map(|()| (jobs, done))
        })?
    }

    fn git(&self, arguments: &[&str]) -> Result<String, Failure> {
        let output = git(&self.top, arguments).and_then(|result| result);
        output.map_err(|error| self.failed(format!("git {}: {error}", arguments[0])))
    }

    fn failed(&self, what: String) -> Failure {
        Failure::Usage(format!("--since {}: {what}", self.name))
    }
}

/// What git says, or why it fails.
///
/// # Errors
/// Git cannot be run.
fn git(directory: &Path, arguments: &[&str]) -> Result<Result<String, String>, String> {
    run_git(directory, arguments, &[], "")
}

fn run_git(
    directory: &Path,
    arguments: &[&str],
    variables: &[(&str, &OsStr)],
    input: &str,
) -> Result<Result<String, String>, String> {
    let cannot = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => "git is not on the path".to_string(),
        _ => format!("cannot run git: {error}"),
    };
    let mut child = Command::new("git")
        .arg("-C")
        .arg(directory)
        .args(arguments)
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(cannot)?;
    // The commands that read much say nothing before they have read it.
    if let Some(mut stdin) = child.stdin.take() {
        let _ = stdin.write_all(input.as_bytes());
    }
    let output = child.wait_with_output().map_err(cannot)?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        return Ok(Ok(text(&output.stdout)));
    }
    let reason = text(&output.stderr);
    let reason = reason.lines().next().unwrap_or_default();
    Ok(Err(reason.strip_prefix("fatal: ").unwrap_or(reason).to_string()))
}
