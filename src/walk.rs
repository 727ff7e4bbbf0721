//! From the paths on the command line to the files to lint.

use ignore::{DirEntry, WalkBuilder};
use leaklint::report::Skipped;
use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// One file to lint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Input {
    /// Where to read it.
    pub(crate) path: PathBuf,
    /// How to show it: relative to the working directory, with `/`.
    pub(crate) shown: String,
    /// Whether the command line names this very file, so that it is linted even where minified.
    pub(crate) named: bool,
}

/// Whether a file or directory is left out: its real path, and whether it is a directory.
pub(crate) type LeftOut = Arc<dyn Fn(&Path, bool) -> bool + Send + Sync>;

/// What to walk, and how.
#[derive(Clone)]
pub(crate) struct Walk<'a> {
    /// The working directory.
    pub(crate) cwd: &'a Path,
    /// Files and directories, as given.
    pub(crate) paths: &'a [PathBuf],
    /// What is left out by `--exclude` and configurations. It is asked on the way down, so not about what lies in
    /// something that is left out; and not about what is named.
    pub(crate) left_out: LeftOut,
    /// Whether .gitignore files count.
    pub(crate) ignore_files: bool,
}

/// What a walk gave.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Files to lint: each once, sorted as shown.
    pub(crate) inputs: Vec<Input>,
    /// Files met and left out. Minified files are only known once read.
    pub(crate) skipped: Skipped,
    /// Directories that could not be entered, each a sentence.
    pub(crate) warnings: Vec<String>,
    /// The directories that were named.
    pub(crate) entered: Vec<PathBuf>,
}

/// Never entered unless named: other people's code, and version control's own files.
const SKIPPED_DIRECTORIES: &[&str] = &["node_modules", ".git", ".jj", ".hg", ".svn", ".yarn"];
/// Written by tools, checked in, and nobody's to fix.
const SKIPPED_FILES: &[&str] = &[".pnp.cjs", ".pnp.loader.mjs"];

/// The working directory as paths are shown from it; nothing where it cannot be told.
pub(crate) fn working_directory() -> PathBuf {
    env::current_dir().and_then(|cwd| cwd.canonicalize()).unwrap_or_default()
}

/// Finds the files to lint.
///
/// # Errors
/// A sentence for the user: a path that does not exist or cannot be looked at.
pub(crate) fn walk(options: &Walk) -> Result<Found, String> {
    find(options, false)
}

/// As [`walk`], but what is named is left out where it would be left out if it were found.
///
/// # Errors
/// As of [`walk`].
pub(crate) fn walk_forced(options: &Walk) -> Result<Found, String> {
    find(options, true)
}

fn find(options: &Walk, force_exclude: bool) -> Result<Found, String> {
    // Real paths, so that a file reached in two ways is one file and every shown path is relative.
    let cwd = options.cwd.canonicalize().map_err(|error| format!("cannot look at the working directory: {error}"))?;
    let mut roots = Vec::new();
    let mut missing = Vec::new();
    for path in options.paths {
        match options.cwd.join(path).canonicalize() {
            Ok(real) => roots.push(real),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                missing.push(format!("{} does not exist", path.display()));
            }
            Err(error) => missing.push(format!("cannot look at {}: {error}", path.display())),
        }
    }
    if !missing.is_empty() {
        return Err(format!("{}. Nothing was linted", missing.join("; ")));
    }

    let entered = roots.iter().filter(|root| root.is_dir()).cloned().collect();
    let mut found = Found { entered, ..Found::default() };
    // By path, so that a file met twice is linted once; the value is whether it was named.
    let mut files: BTreeMap<PathBuf, bool> = BTreeMap::new();
    let mut entrance =
        Entrance { left_out: Arc::clone(&options.left_out), ignore_files: options.ignore_files, only: None };
    if force_exclude {
        let (inside, outside) = roots.into_iter().partition(|root| root.starts_with(&cwd));
        roots = outside;
        entrance.only = Some(Only::new(inside, &cwd));
        enter(&cwd, &entrance, &mut files, &mut found);
        entrance.only = None;
    }
    for root in roots {
        if root.is_dir() {
            enter(&root, &entrance, &mut files, &mut found);
        } else if is_script(&root) {
            files.insert(root, true);
        }
    }
    found.inputs = files.into_iter().map(|(path, named)| Input { shown: shown(&path, &cwd), path, named }).collect();
    found.inputs.sort_by(|a, b| a.shown.cmp(&b.shown));
    found.skipped.declarations = {
        let all = found.inputs.len();
        found.inputs.retain(|input| input.named || !is_declaration(&input.path));
        all - found.inputs.len()
    };
    Ok(found)
}

/// What lies below a directory and is to be met.
struct Entrance {
    left_out: LeftOut,
    ignore_files: bool,
    only: Option<Only>,
}

/// Paths, and the directories on the way to them.
#[derive(Clone)]
struct Only {
    paths: Arc<BTreeSet<PathBuf>>,
    above: Arc<BTreeSet<PathBuf>>,
}

impl Only {
    fn new(paths: Vec<PathBuf>, top: &Path) -> Self {
        let above = paths.iter().flat_map(|path| path.ancestors().skip(1).take_while(|above| above.starts_with(top)));
        let above = above.map(Path::to_owned).collect();
        Self { above: Arc::new(above), paths: Arc::new(paths.into_iter().collect()) }
    }

    fn leads_to(&self, path: &Path) -> bool {
        self.above.contains(path) || path.ancestors().any(|path| self.paths.contains(path))
    }
}

/// Collects the scripts below `root`.
fn enter(root: &Path, entrance: &Entrance, files: &mut BTreeMap<PathBuf, bool>, found: &mut Found) {
    let ignore_files = entrance.ignore_files;
    let in_repository = repository(root).is_some();
    let walk = |from_above: bool| {
        let left_out = Arc::clone(&entrance.left_out);
        let top = root.to_owned();
        let only = entrance.only.clone();
        WalkBuilder::new(root)
            .standard_filters(false)
            .git_ignore(ignore_files)
            .git_exclude(ignore_files)
            // In a repository, ignore files count up to its root and no further (`require_git` is
            // what makes `ignore` stop there). Elsewhere only those below `root` count.
            .parents(from_above)
            .require_git(from_above)
            .filter_entry(move |entry| {
                let path = entry.path();
                let is_directory = entry.file_type().is_some_and(|kind| kind.is_dir());
                // What is named is always entered.
                path == top
                    || only.as_ref().is_none_or(|only| only.leads_to(path))
                        && !(is_directory && is_foreign(path, in_repository) || left_out(path, is_directory))
            })
            .build()
    };
    let is_wanted = |entry: &DirEntry| {
        let is_file = entry.file_type().is_some_and(|kind| kind.is_file());
        is_file && is_script(entry.path()) && !named_in(SKIPPED_FILES, entry.path())
    };
    let from_above = ignore_files && in_repository;
    let mut any = false;
    for entry in walk(from_above) {
        match entry {
            Ok(entry) if is_wanted(&entry) => {
                any = true;
                files.entry(entry.into_path()).or_insert(false);
            }
            Ok(_) => {}
            Err(error) => found.warnings.push(error.to_string()),
        }
    }
    if from_above && !any && entrance.only.is_none() {
        // A rule from above may leave out all that is in here, such as `dist/**`; but it was named.
        for entry in walk(false).flatten().filter(is_wanted) {
            files.entry(entry.into_path()).or_insert(false);
        }
    }
}

/// The top of the repository around a path.
pub(crate) fn repository(path: &Path) -> Option<&Path> {
    path.ancestors().find(|directory| directory.join(".git").exists())
}

/// Whether a file belongs to a dependency of the project around it, or to its version control.
pub(crate) fn is_below_foreign(path: &Path, top: &Path) -> bool {
    path.ancestors().skip(1).take_while(|above| *above != top).any(|above| is_foreign(above, true))
}

/// Whether a directory is not part of the project around it: dependencies, version control, or another checkout. A
/// worktree or submodule has a `.git` file of its own; a repository has a directory, and is foreign in another one.
fn is_foreign(directory: &Path, in_repository: bool) -> bool {
    named_in(SKIPPED_DIRECTORIES, directory)
        || fs::metadata(directory.join(".git")).is_ok_and(|git| in_repository || git.is_file())
}

fn named_in(names: &[&str], path: &Path) -> bool {
    path.file_name().is_some_and(|name| names.iter().any(|skipped| name == *skipped))
}

/// Extensions of files that are scripts or have some.
const EXTENSIONS: &[&str] =
    &["js", "mjs", "cjs", "jsx", "ts", "mts", "cts", "tsx", "vue", "svelte", "astro", "html", "htm"];

/// Whether the extension is one of a file with JavaScript or TypeScript in it.
pub(crate) fn is_script(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or("");
    EXTENSIONS.contains(&extension)
}

/// Whether a file only declares types.
pub(crate) fn is_declaration(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("");
    [".d.ts", ".d.mts", ".d.cts"].iter().any(|end| name.ends_with(end))
}

/// A path as it would be if all of it existed: what exists is a real path, and `..` is gone from the rest.
pub(crate) fn real(cwd: &Path, path: &Path) -> PathBuf {
    let path = cwd.join(path);
    let existing = path.ancestors().find_map(|part| Some((part, part.canonicalize().ok()?)));
    let Some((part, mut real)) = existing else { return path };
    for step in path.strip_prefix(part).into_iter().flat_map(Path::components) {
        match step {
            Component::ParentDir => {
                real.pop();
            }
            step => real.push(step),
        }
    }
    real
}

/// `path` relative to `cwd`, with `/`. Both are real paths.
pub(crate) fn shown(path: &Path, cwd: &Path) -> String {
    let common = path.components().zip(cwd.components()).take_while(|(a, b)| a == b).count();
    let mut parts: Vec<String> = Vec::new();
    if common > 1 {
        parts.extend(cwd.components().skip(common).map(|_| "..".to_owned()));
    }
    // With nothing in common but the root, the whole path says more than a row of `..`.
    let rest = if common > 1 { common } else { 0 };
    let mut shown = String::new();
    for part in path.components().skip(rest) {
        match part {
            Component::RootDir => shown.push('/'),
            other => parts.push(other.as_os_str().to_string_lossy().replace('\\', "/")),
        }
    }
    shown + &parts.join("/")
}
