//! The second look: files whose judgement hangs on other files of the run are judged again, with
//! what those do.

use super::Failure;
use super::config::Shared;
use super::lint::{Done, Job, Room, do_job, failed, jobs_in, lint_file};
use crate::guard;
use crate::read;
use crate::walk::{Walk, is_below_foreign, repository, shown};
use leaklint::finding::Level;
use leaklint::index::{Alias, Given, Index, Links, Questions, Surveyed};
use leaklint::lint::{Collected, Options};
use leaklint::rules::RULES;
use leaklint::source::Source;
use rayon::prelude::*;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Questions lead to questions: who calls the function that calls this one? After so many steps the
/// answer is that anybody may.
const MAX_ROUNDS: usize = 5;

/// Longer strings are no names of files.
const LONGEST_SPECIFIER: usize = 500;

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
    room: &Room,
) -> Result<(), Failure> {
    let asks = |done: &Done| done.links.as_ref().is_some_and(|links| !links.questions.is_empty());
    let asking = jobs.iter().zip(done.iter()).filter(|(_, done)| asks(done)).map(|(job, _)| &job.input.path);
    // One of each directory: they have one root.
    let asking: BTreeMap<_, _> = asking.map(|path| (path.parent(), path)).collect();
    let roots: BTreeSet<PathBuf> = asking.into_values().filter_map(|path| root(path)).collect();
    let open: Vec<PathBuf> =
        roots.into_iter().filter(|root| !entered.iter().any(|entered| root.starts_with(entered))).collect();
    let linted = jobs.len();
    if !open.is_empty() {
        let named: BTreeSet<&str> = jobs.iter().map(|job| job.input.shown.as_str()).collect();
        let mut others = jobs_in(&Walk { paths: &open, ..walk.clone() }, configs)?;
        others.retain(|job| !named.contains(job.input.shown.as_str()));
        let asking = jobs.iter().zip(done.iter()).filter(|(_, done)| asks(done)).map(|(job, _)| job);
        let others = connected(&asking.collect::<Vec<_>>(), jobs, others, walk.cwd);
        done.par_extend(others.par_iter().map(|job| do_job(job, &linking(&job.options), room)));
        jobs.extend(others);
    }
    join(jobs, done, linted, walk.cwd, room);
    jobs.truncate(linted);
    done.truncate(linted);
    done.iter_mut().for_each(|done| done.kept = None);
    Ok(())
}

/// Those of `others` that imports lead to from the files that asked, or back to them, over any number of files.
/// Files are read for this and not parsed: in a repository of many packages most have nothing to do with each other.
fn connected(asking: &[&Job], jobs: &[Job], others: Vec<Job>, cwd: &Path) -> Vec<Job> {
    let all: Vec<&Job> = jobs.iter().chain(&others).collect();
    let at: BTreeMap<&str, usize> = all.iter().enumerate().map(|(at, job)| (job.input.shown.as_str(), at)).collect();
    let aliases = aliases(all.iter().copied(), cwd);
    let prefixes: Vec<String> = aliases.iter().map(|alias| alias.prefix.clone()).collect();
    let paths = all.iter().map(|job| (job.input.shown.clone(), Links::default())).collect();
    let index = Index::new(paths, &BTreeSet::new(), aliases, home(cwd));
    let edges: Vec<Vec<usize>> = all
        .par_iter()
        .map(|job| {
            let text = job.read().unwrap_or_default();
            let specifiers: BTreeSet<Cow<'_, str>> = specifiers(&text, &prefixes).collect();
            let targets = specifiers.iter().filter_map(|specifier| index.resolve(&job.input.shown, specifier));
            targets.filter_map(|target| at.get(target.as_str()).copied()).collect()
        })
        .collect();
    let mut beside: Vec<Vec<usize>> = vec![Vec::new(); all.len()];
    for (from, targets) in edges.into_iter().enumerate() {
        for to in targets {
            beside[from].push(to);
            beside[to].push(from);
        }
    }
    let mut open: Vec<usize> = asking.iter().filter_map(|job| at.get(job.input.shown.as_str()).copied()).collect();
    let mut met = vec![false; all.len()];
    while let Some(next) = open.pop() {
        if !std::mem::replace(&mut met[next], true) {
            open.extend(&beside[next]);
        }
    }
    others.into_iter().zip(met.split_off(jobs.len())).filter_map(|(job, met)| met.then_some(job)).collect()
}

/// Whatever may be a specifier of a file in a text: what follows a quote as one would begin, up to the next such quote; and
/// what ends as a file of code does, `path.join(__dirname, "worker.js")`.
fn specifiers<'a>(text: &'a str, prefixes: &'a [String]) -> impl Iterator<Item = Cow<'a, str>> {
    memchr::memchr3_iter(b'\'', b'"', b'`', text.as_bytes()).filter_map(|quote| {
        let rest = &text[quote + 1..];
        if rest.starts_with('.') || prefixes.iter().any(|prefix| rest.starts_with(prefix.as_str())) {
            let line = rest.as_bytes().iter().take(LONGEST_SPECIFIER);
            let end = line.take_while(|byte| **byte != b'\n').position(|byte| *byte == text.as_bytes()[quote])?;
            return Some(Cow::Borrowed(&rest[..end]));
        }
        let before = &text[..quote];
        let is_code = [".js", ".cjs", ".mjs", ".ts", ".cts", ".mts"].iter().any(|ending| before.ends_with(ending));
        // `${__dirname}/worker.js` is one beside this file as well.
        let mut line = before.bytes().rev().take(LONGEST_SPECIFIER);
        let length = is_code.then(|| line.position(|byte| matches!(byte, b'\'' | b'"' | b'`' | b'}' | b'\n')))?;
        let name = &before[before.len() - length?..];
        (!name.starts_with('.')).then(|| Cow::Owned(format!("./{name}")))
    })
}

/// What specifiers stand for in the files of a run.
fn aliases<'a>(jobs: impl Iterator<Item = &'a Job>, cwd: &Path) -> Vec<Alias> {
    read::aliases(jobs.filter_map(|job| job.input.path.parent()), &|path| shown(path, cwd))
}

/// A directory with `/`.
fn home(cwd: &Path) -> String {
    cwd.to_string_lossy().replace('\\', "/")
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

fn join(jobs: &[Job], done: &mut [Done], linted: usize, cwd: &Path, room: &Room) {
    let named: BTreeSet<&str> = jobs[..linted].iter().map(|job| job.input.shown.as_str()).collect();
    let (index, again) = index(jobs, done, cwd, &|path| named.contains(path), room);
    let judged: Vec<(usize, Done)> = again
        .into_par_iter()
        .filter_map(|at| {
            let job = &jobs[at];
            let shown = &job.input.shown;
            let report = match &done[at].kept {
                Some(file) => guard::guarded(|| file.judge(&job.context, &job.options, &index))
                    .unwrap_or_else(|panic| failed(shown, &panic)),
                None => lint_file(shown, job.read().ok()?, &job.context, &job.options, &index),
            };
            Some((at, Done::of(report)))
        })
        .collect();
    for (at, judgement) in judged {
        let before = done[at].timing;
        done[at] = judgement;
        done[at].timing.add(before);
    }
}

/// Gives back the room of files that none of these asks, as far as can be told at once: by relative imports,
/// and before all files are known.
pub(super) fn drop_unasked(jobs: &[Job], done: &mut [Done], cwd: &Path, room: &Room) {
    let links = || jobs.iter().zip(&*done).filter_map(|(job, done)| Some((&job.input.shown, done.links.as_ref()?)));
    let all = links().map(|(path, links)| (path.clone(), links.clone())).collect();
    let mut index = Index::new(all, &BTreeSet::new(), Vec::new(), home(cwd));
    let mut asked: BTreeSet<String> = BTreeSet::new();
    for (path, links) in links() {
        for export in &links.questions.exports {
            index.ask(path, export, &mut |importer, _, _| {
                asked.insert(importer.to_string());
            });
        }
        for (specifier, given) in &links.questions.given {
            asked.extend(index.ask_given(path, specifier, given));
        }
    }
    for (job, done) in jobs.iter().zip(done) {
        if !asked.contains(&job.input.shown) {
            room.free(done.kept.take());
        }
    }
}

/// The index of files that were judged alone, with answers to what the files that `of` names asked;
/// and which of these the answers concern. Paths are shown from `cwd`.
pub(super) fn index(
    jobs: &[Job],
    done: &mut [Done],
    cwd: &Path,
    of: &dyn Fn(&str) -> bool,
    room: &Room,
) -> (Index, Vec<usize>) {
    let at: BTreeMap<&str, usize> = jobs.iter().enumerate().map(|(at, job)| (job.input.shown.as_str(), at)).collect();
    let mut links: Vec<(String, Links)> = jobs
        .iter()
        .zip(&mut *done)
        .filter_map(|(job, done)| Some((job.input.shown.clone(), done.links.take()?)))
        .collect();
    let asking: Vec<(String, Questions)> = links
        .iter_mut()
        .filter(|(path, links)| of(path) && !links.questions.is_empty())
        .map(|(path, links)| (path.clone(), std::mem::take(&mut links.questions)))
        .collect();
    if asking.is_empty() {
        return (Index::default(), Vec::new());
    }
    let entries = jobs.iter().filter(|job| job.context.is_entry).map(|job| job.input.shown.clone()).collect();
    let mut index = Index::new(links, &entries, aliases(jobs.iter(), cwd), home(cwd));

    // An imported collection is judged by what all files do with it.
    let own = asking.iter().flat_map(|(path, asked)| asked.exports.iter().map(|export| (path.clone(), export.clone())));
    let imported = asking.iter().flat_map(|(path, asked)| makers(path, asked, &index));
    let mut asked: BTreeSet<(String, String)> = own.chain(imported).collect();
    // What is given to a function of another file is judged by what that does with it.
    let given = |path: &String, questions: &Questions| -> Vec<(String, String, Given)> {
        questions.given.iter().map(|(specifier, given)| (path.clone(), specifier.clone(), given.clone())).collect()
    };
    let mut handed: Vec<_> = asking.iter().flat_map(|(path, asked)| given(path, asked)).collect();
    // Asks files, each on what is known when all of them are asked.
    let mut look = |paths: &[&String], index: &Index| -> Vec<(String, Surveyed)> {
        let ask = |path: &&String| {
            let at = *at.get(path.as_str())?;
            let job = &jobs[at];
            let survey = |file: &Collected| guard::guarded(|| file.survey(&job.options, index)).ok();
            if let Some(file) = &done[at].kept {
                return Some((at, survey(file)?, None));
            }
            let source = Source::new(path.as_str(), job.read().ok()?);
            let file = guard::guarded(|| Collected::new(source, &job.context)).ok()?;
            Some((at, survey(&file)?, room.keep(file)))
        };
        let answers: Vec<_> = paths.par_iter().filter_map(ask).collect();
        let told = answers.into_iter().map(|(at, found, new)| {
            done[at].kept = new.or(done[at].kept.take());
            (jobs[at].input.shown.clone(), found)
        });
        told.collect()
    };
    let mut layers: Vec<Vec<(String, Questions)>> = Vec::new();
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
        for (file, specifier, given) in handed.drain(..) {
            new.extend(index.ask_given(&file, &specifier, &given));
        }
        if new.is_empty() {
            break;
        }
        let mut again = Vec::new();
        for (path, found) in look(&new.iter().collect::<Vec<_>>(), &index) {
            index.learn(&path, found.uses, found.given);
            if !found.questions.is_empty() {
                handed.extend(given(&path, &found.questions));
                asked.extend(found.questions.exports.iter().map(|export| (path.clone(), export.clone())));
                again.push((path, found.questions));
            }
        }
        layers.push(again);
    }
    let hears = |path: &str, asked: &Questions, index: &Index| {
        asked.exports.iter().any(|export| index.users(path, export).is_some_and(|users| users.tell()))
            || !makers(path, asked, index).is_empty()
            || asked.given.iter().any(|(specifier, given)| index.treatment(path, specifier, given).is_some())
    };
    // Files further out were looked at later, and those between are told by them.
    for layer in layers.iter().rev() {
        let told = layer.iter().filter(|(path, asked)| hears(path, asked, &index));
        for (path, found) in look(&told.map(|(path, _)| path).collect::<Vec<_>>(), &index) {
            index.learn(&path, found.uses, found.given);
        }
    }
    let hears = |(path, asked): &&(String, Questions)| hears(path, asked, &index);
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
