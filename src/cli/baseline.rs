//! Finding, reading and writing the baseline.

use super::lint::{Done, Job};
use super::{Failure, LintArgs, terminal};
use crate::walk::{shown, working_directory};
use leaklint::baseline::{Baseline, Linted, NAME};
use leaklint::lint::{FileReport, Options};
use leaklint::report::plural;
use leaklint::suppress::Silencer;
use std::fs;
use std::path::{Path, PathBuf};

/// A baseline and the file it is kept in.
pub(super) struct Known {
    path: PathBuf,
    /// How messages call it.
    name: String,
    /// What its paths are relative to.
    directory: PathBuf,
    baseline: Baseline,
    is_update: bool,
}

/// The baseline that applies: the one named, else the nearest one. `None` where there is none.
///
/// # Errors
/// A baseline that is named and does not exist, cannot be read, or is wrong.
pub(super) fn open(args: &LintArgs) -> Result<Option<Known>, Failure> {
    if args.no_baseline {
        return Ok(None);
    }
    let cwd = working_directory();
    let is_update = args.update_baseline;
    let path = match (&args.baseline, nearest(&cwd)) {
        (Some(path), _) => cwd.join(path),
        (None, Some(path)) => path,
        (None, None) if is_update => cwd.join(NAME),
        (None, None) => return Ok(None),
    };
    let known = read(&path, &cwd)?;
    if !is_update && !known.path.exists() {
        return Err(Failure::Usage(format!("{} does not exist; --update-baseline writes it", known.name)));
    }
    Ok(Some(Known { is_update, ..known }))
}

/// Moves what the nearest baseline knows of one file to what is silenced in it.
///
/// # Errors
/// The baseline cannot be read, or is wrong.
pub(super) fn silence(report: &mut FileReport, path: &Path, options: &Options) -> Result<(), Failure> {
    let cwd = working_directory();
    let Some(nearest) = nearest(&cwd) else { return Ok(()) };
    let known = read(&nearest, &cwd)?;
    let mut files = [Linted::new(shown(path, &known.directory), Some(report), &[], options)];
    known.baseline.apply(&mut files, &|_| false, Some(Silencer::Baseline));
    Ok(())
}

/// A baseline and where it is; empty where there is no such file.
fn read(path: &Path, cwd: &Path) -> Result<Known, Failure> {
    let file = path.file_name().unwrap_or_default();
    let parent = path.parent().unwrap_or(cwd);
    let directory = parent
        .canonicalize()
        .map_err(|error| Failure::Usage(format!("cannot look at {}: {error}", parent.display())))?;
    let path = directory.join(file);
    let name = shown(&path, cwd);
    let baseline = if path.exists() {
        let text = fs::read_to_string(&path).map_err(|error| Failure::Usage(format!("cannot read {name}: {error}")))?;
        Baseline::parse(&name, &text).map_err(Failure::Usage)?
    } else {
        Baseline::default()
    };
    Ok(Known { path, name, directory, baseline, is_update: false })
}

impl Known {
    /// Takes known findings out of the reports, after writing them down where that is asked for. How many
    /// there were.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(super) fn apply(&mut self, jobs: &[Job], done: &mut [Done]) -> Result<usize, Failure> {
        let is_gone = |path: &str| !self.directory.join(path).exists();
        let mut files = linted(jobs, done, &self.directory);
        if self.is_update {
            let updated = self.baseline.updated(&files, &is_gone);
            if updated != self.baseline || !self.path.exists() {
                fs::write(&self.path, updated.text())
                    .map_err(|error| Failure::Usage(format!("cannot write {}: {error}", self.name)))?;
            }
            terminal::say(&format!("{}: {}", self.name, updated.change_from(&self.baseline)));
            self.baseline = updated;
        }
        let outcome = self.baseline.apply(&mut files, &is_gone, Some(Silencer::Baseline));
        if outcome.stale > 0 {
            let count = plural(outcome.stale, "stale finding");
            let note = "no longer in the code; --update-baseline prunes";
            let them = if outcome.stale == 1 { "it" } else { "them" };
            terminal::say(&format!("note: {} has {count}, {note} {them}", self.name));
        }
        Ok(outcome.known)
    }
}

/// The files of a run that were linted, as a baseline sees them from its directory.
pub(super) fn linted<'a>(jobs: &'a [Job], done: &'a mut [Done], directory: &Path) -> Vec<Linted<'a>> {
    let all = jobs.iter().zip(done).filter(|(_, done)| !done.minified);
    let linted = |(job, done): (&'a Job, &'a mut Done)| {
        Linted::new(shown(&job.input.path, directory), done.report.as_mut(), &done.quiet, &job.options)
    };
    all.map(linted).collect()
}

/// The file in the directory or the nearest one above it, within the repository.
fn nearest(directory: &Path) -> Option<PathBuf> {
    for directory in directory.ancestors() {
        let path = directory.join(NAME);
        if path.is_file() {
            return Some(path);
        }
        if directory.join(".git").exists() {
            break;
        }
    }
    None
}
