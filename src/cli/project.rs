//! The second look: files whose judgement hangs on other files of the run are judged again, with
//! what those do.

use super::Failure;
use super::config::Shared;
use super::lint::{Done, Job, do_job, jobs_in, lint_file};
use crate::guard;
use crate::read;
use crate::walk::{Walk, is_below_foreign, repository, shown, working_directory};
use leaklint::finding::Level;
use leaklint::index::{ImportUse, Index, Links, Questions};
use leaklint::lint::{Options, survey};
use leaklint::rules::RULES;
use leaklint::source::Source;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Questions lead to questions: who calls the function that calls this one? After so many steps the
/// answer is that anybody may.
const MAX_ROUNDS: usize = 5;

/// What a survey of one file gave: its uses of others, and its exports that they hang on.
type Surveyed = (String, Vec<ImportUse>, Vec<String>);

/// Judges files again where other files can answer what they asked. Those that were not named are asked
/// too, so that the judgement of a file does not hang on what else is linted. `entered` are the directories
/// that were named; `walk` tells what is left out below others.
///
/// # Errors
/// A directory that cannot be looked at.
pub(super) fn judge_again(
    jobs: &mut Vec<Job>,
    done: &mut Vec<Done>,
    entered: &[PathBuf],
    walk: &Walk,
    configs: &Shared,
) -> Result<(), Failure> {
    let asks = |done: &Done| done.links.as_ref().is_some_and(|links| !links.questions.is_empty());
    let asking = jobs.iter().zip(done.iter()).filter(|(_, done)| asks(done));
    let roots: BTreeSet<PathBuf> = asking.filter_map(|(job, _)| root(&job.input.path)).collect();
    let open: Vec<PathBuf> =
        roots.into_iter().filter(|root| !entered.iter().any(|entered| root.starts_with(entered))).collect();
    let linted = jobs.len();
    if !open.is_empty() {
        let named: BTreeSet<&str> = jobs.iter().map(|job| job.input.shown.as_str()).collect();
        let mut others = jobs_in(&Walk { paths: &open, ..walk.clone() }, configs)?;
        others.retain(|job| !named.contains(job.input.shown.as_str()));
        done.par_extend(others.par_iter().map(|job| do_job(job, &linking(&job.options))));
        jobs.extend(others);
    }
    join(jobs, done, linted);
    jobs.truncate(linted);
    done.truncate(linted);
    Ok(())
}

/// The directory whose files may use a file: the repository, or the package of what is no part of it.
pub(super) fn root(path: &Path) -> Option<PathBuf> {
    let repository = repository(path).filter(|top| !is_below_foreign(path, top));
    repository.map(Path::to_owned).or_else(|| read::package_root(path))
}

/// Options for files that only say what they import and export.
pub(super) fn linking(options: &Options) -> Options {
    Options { levels: RULES.iter().map(|rule| (rule.name, Level::Off)).collect(), ..options.clone() }
}

fn join(jobs: &[Job], done: &mut [Done], linted: usize) {
    let named: BTreeSet<&str> = jobs[..linted].iter().map(|job| job.input.shown.as_str()).collect();
    let (index, again) = index(jobs, done, &|path| named.contains(path));
    let judged: Vec<(usize, Done)> = again
        .into_par_iter()
        .filter_map(|at| {
            let job = &jobs[at];
            let text = job.read().ok()?;
            Some((at, Done::of(lint_file(&job.input.shown, text, &job.context, &job.options, &index))))
        })
        .collect();
    for (at, judgement) in judged {
        let before = done[at].timing;
        done[at] = judgement;
        done[at].timing.add(before);
    }
}

/// The index of files that were judged alone, with answers to what the files that `of` names asked;
/// and which of these the answers concern.
pub(super) fn index(jobs: &[Job], done: &mut [Done], of: &dyn Fn(&str) -> bool) -> (Index, Vec<usize>) {
    let at: BTreeMap<&str, usize> = jobs.iter().enumerate().map(|(at, job)| (job.input.shown.as_str(), at)).collect();
    let mut links: Vec<(String, Links)> =
        jobs.iter().zip(done).filter_map(|(job, done)| Some((job.input.shown.clone(), done.links.take()?))).collect();
    let asking: Vec<(String, Questions)> = links
        .iter_mut()
        .filter(|(path, links)| of(path) && !links.questions.is_empty())
        .map(|(path, links)| (path.clone(), std::mem::take(&mut links.questions)))
        .collect();
    if asking.is_empty() {
        return (Index::default(), Vec::new());
    }
    let entries = jobs.iter().filter(|job| job.context.is_entry).map(|job| job.input.shown.clone()).collect();
    let cwd = working_directory();
    let directories = jobs.iter().filter_map(|job| job.input.path.parent());
    let aliases = read::aliases(directories, &|path| shown(path, &cwd));
    let mut index = Index::new(links, &entries, aliases, cwd.to_string_lossy().replace('\\', "/"));

    // An imported collection is judged by what all files do with it.
    let own = asking.iter().flat_map(|(path, asked)| asked.exports.iter().map(|export| (path.clone(), export.clone())));
    let imported = asking.iter().flat_map(|(path, asked)| makers(path, asked, &index));
    let mut asked: BTreeSet<(String, String)> = own.chain(imported).collect();
    let look = |path: &String, index: &Index| -> Option<Surveyed> {
        let job = &jobs[*at.get(path.as_str())?];
        let source = Source::new(path, job.read().ok()?);
        let (uses, questions) = guard::guarded(|| survey(&source, &job.context, &job.options, index)).ok()?;
        Some((path.clone(), uses, questions))
    };
    let mut layers: Vec<Vec<String>> = Vec::new();
    // Who was asked about what.
    let mut told: BTreeSet<(String, String, String)> = BTreeSet::new();
    for _ in 0..MAX_ROUNDS {
        let mut new: BTreeSet<String> = BTreeSet::new();
        for (file, export) in &asked {
            index.ask(file, export, &mut |importer, file, name| {
                if told.insert((importer.to_string(), file.to_string(), name.to_string())) {
                    new.insert(importer.to_string());
                }
            });
        }
        if new.is_empty() {
            break;
        }
        let new: Vec<String> = new.into_iter().collect();
        let found: Vec<Surveyed> = new.par_iter().filter_map(|path| look(path, &index)).collect();
        let mut again = Vec::new();
        for (path, uses, questions) in found {
            index.learn(&path, uses);
            if !questions.is_empty() {
                asked.extend(questions.into_iter().map(|export| (path.clone(), export)));
                again.push(path);
            }
        }
        layers.push(again);
    }
    // Files further out were looked at later, and those between are told by them.
    for layer in layers.iter().rev() {
        let found: Vec<Surveyed> = layer.par_iter().filter_map(|path| look(path, &index)).collect();
        for (path, uses, _) in found {
            index.learn(&path, uses);
        }
    }

    let hears = |(path, asked): &&(String, Questions)| {
        asked.exports.iter().any(|export| index.users(path, export).is_some_and(|users| users.tell()))
            || !makers(path, asked, &index).is_empty()
    };
    let again = asking.iter().filter(hears).filter_map(|(path, _)| at.get(path.as_str()).copied()).collect();
    (index, again)
}

/// The exports of other files that a file imports and asked about. The kind of a plain object says
/// nothing.
fn makers(path: &str, asked: &Questions, index: &Index) -> Vec<(String, String)> {
    let made = |(specifier, export): &(String, String)| index.value(path, specifier, export);
    let kinds = asked.kinds.iter().filter_map(made).filter(|(_, value)| value.kind != "Object");
    kinds.chain(asked.collections.iter().filter_map(made)).map(|(file, value)| (file, value.export.clone())).collect()
}
