//! Finding and reading configurations: the nearest one of each file, what it extends, and what they
//! come to.

mod find;
mod print;

pub(super) use find::configuration_in;
pub(super) use print::print;

use super::select::Flags;
use super::{ConfigArgs, Failure, When, terminal};
use crate::globs::Globs;
use crate::walk::LeftOut;
use find::Files;
use leaklint::config::{Config, Environment, Layer, Origin, Settled};
use leaklint::lint::Options;
use leaklint::models::Models;
use leaklint::report::pretty;
use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{IsTerminal, stderr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// One configuration file, ready to be asked.
struct File {
    /// How it is called.
    name: String,
    config: Config,
    exclude: Globs,
    /// For each override, its files and those that it leaves out.
    overrides: Vec<(Globs, Globs)>,
}

/// A configuration with everything that it extends, the farthest first.
struct Chain {
    files: Vec<Arc<File>>,
}

/// For each file of a chain, the overrides that match.
type Matching = Vec<Vec<usize>>;

impl Chain {
    fn of(files: Vec<Arc<File>>) -> Arc<Self> {
        Arc::new(Self { files })
    }
}

/// What is set for a file, and how it is linted.
pub(super) struct Effective {
    pub(super) settled: Settled,
    pub(super) options: Arc<Options>,
}

/// All configurations of a run. Each file is read once, each directory is looked at once, and each
/// combination of settings is worked out once.
pub(super) struct Configs {
    /// Whether mistakes are coloured.
    color: When,
    flags: Flags,
    /// `--exclude`.
    exclude: Globs,
    files: Files,
    /// A directory that stands for another one.
    moved: Option<(PathBuf, PathBuf)>,
    /// The configuration for all files: `-c`, or none with `--isolated`.
    fixed: Option<Option<Arc<Chain>>>,
    /// The nearest one of each directory.
    nearest: HashMap<PathBuf, Option<Arc<Chain>>>,
    /// By the chain and the overrides that match in each of its files.
    effective: HashMap<(Option<usize>, Matching), Arc<Effective>>,
    /// By the names of the files that have models, and the environments.
    models: HashMap<(Vec<String>, Vec<Environment>), Arc<Models>>,
}

impl Configs {
    /// The configurations of a run from `cwd`, a real path.
    ///
    /// # Errors
    /// A bad `--exclude`, or a mistake in the file of `-c`.
    pub(super) fn new(
        args: &ConfigArgs,
        exclude: &[String],
        flags: Flags,
        cwd: &Path,
        color: When,
    ) -> Result<Self, Failure> {
        let exclude = Globs::new(cwd, exclude).map_err(|(at, message, help)| {
            let end = if help.is_empty() { String::new() } else { format!("; {help}") };
            Failure::Usage(format!("--exclude {}: {message}{end}", exclude[at]))
        })?;
        let mut configs = Self {
            color,
            flags,
            exclude,
            files: Files::new(cwd),
            moved: None,
            fixed: None,
            nearest: HashMap::new(),
            effective: HashMap::new(),
            models: HashMap::new(),
        };
        if args.isolated {
            configs.fixed = Some(None);
        } else if let Some(path) = &args.config {
            let files = configs.files.named(path).map_err(Failure::Usage)?;
            configs.fixed = Some(files.map(Chain::of));
            configs.check()?;
        }
        Ok(configs)
    }

    /// From now on, what lies below `from` is set as if it lay below `to`.
    pub(super) fn moved(&mut self, from: &Path, to: &Path) {
        self.moved = Some((from.to_owned(), to.to_owned()));
    }

    fn place_of<'p>(&self, path: &'p Path) -> Cow<'p, Path> {
        let moved = self.moved.as_ref().and_then(|(from, to)| Some(to.join(path.strip_prefix(from).ok()?)));
        moved.map_or(Cow::Borrowed(path), Cow::Owned)
    }

    /// Whether a file or directory is left out by `--exclude` or by the configuration of the directory
    /// that it lies in. Directories above are not asked.
    pub(super) fn leaves_out(&mut self, path: &Path, is_directory: bool) -> bool {
        let path = &*self.place_of(path);
        if self.exclude.of(path, is_directory) == Some(true) {
            return true;
        }
        let chain = self.chain_of(path);
        let mut files = chain.iter().flat_map(|chain| &chain.files).rev();
        files.find_map(|file| file.exclude.of(path, is_directory)).unwrap_or(false)
    }

    /// What leaves a file out, or a directory above it: `--exclude`, or the name of a configuration.
    pub(super) fn left_out_by(&mut self, path: &Path) -> Option<String> {
        if self.exclude.has(path) {
            return Some("--exclude".to_string());
        }
        let mut path = path.to_owned();
        let mut is_directory = false;
        loop {
            let chain = self.chain_of(&path);
            let mut files = chain.iter().flat_map(|chain| &chain.files).rev();
            let said = files.find_map(|file| Some((file.exclude.of(&path, is_directory)?, &file.name)));
            if let Some((true, name)) = said {
                return Some(format!("exclude of {name}"));
            }
            is_directory = true;
            if chain.is_none() || !path.pop() {
                return None;
            }
        }
    }

    /// What is set for a file.
    pub(super) fn of(&mut self, path: &Path) -> Arc<Effective> {
        let path = &*self.place_of(path);
        let chain = self.chain_of(path);
        let matching: Matching = chain
            .iter()
            .flat_map(|chain| &chain.files)
            .map(|file| {
                let is_for = |(files, not): &(Globs, Globs)| files.has(path) && !not.has(path);
                (0..file.overrides.len()).filter(|at| is_for(&file.overrides[*at])).collect()
            })
            .collect();
        let key = (chain.as_ref().map(|chain| Arc::as_ptr(chain).addr()), matching);
        if let Some(known) = self.effective.get(&key) {
            return Arc::clone(known);
        }
        let files: &[Arc<File>] = chain.as_ref().map_or(&[], |chain| &chain.files);
        let layers = files.iter().zip(&key.1).map(|(file, overrides)| Layer {
            config: &file.config,
            name: &file.name,
            overrides,
        });
        let mut settled = Settled::of(layers);
        self.flags.apply(&mut settled);
        let models = self.models(files, &settled);
        let effective = Arc::new(Effective { options: Arc::new(settled.options(models)), settled });
        self.effective.insert(key, Arc::clone(&effective));
        effective
    }

    /// The models of the files, for the environments that are set.
    fn models(&mut self, files: &[Arc<File>], settled: &Settled) -> Arc<Models> {
        let with_models: Vec<&Arc<File>> = files.iter().filter(|file| !file.config.models.is_empty()).collect();
        let mut environments = settled.environments.as_ref().map_or(Vec::new(), |(all, _)| all.clone());
        environments.sort_unstable();
        environments.dedup();
        if with_models.is_empty() && environments.is_empty() {
            return Arc::clone(Models::embedded());
        }
        let key = (with_models.iter().map(|file| file.name.clone()).collect(), environments);
        if let Some(known) = self.models.get(&key) {
            return Arc::clone(known);
        }
        let mut models = Models::clone(Models::embedded());
        for file in with_models {
            if let Err(unknown) = models.extend(&file.config.models) {
                self.files.unknown(&file.name, &unknown);
            }
        }
        let models = Arc::new(models.within(&key.1));
        self.models.insert(key, Arc::clone(&models));
        models
    }

    /// The names of the configurations of a file, the nearest first.
    pub(super) fn names(&mut self, path: &Path) -> Vec<String> {
        let chain = self.chain_of(path);
        chain.iter().flat_map(|chain| chain.files.iter().rev()).map(|file| file.name.clone()).collect()
    }

    /// The configuration of a file or directory: that of the directory it lies in.
    fn chain_of(&mut self, path: &Path) -> Option<Arc<Chain>> {
        match &self.fixed {
            Some(fixed) => fixed.clone(),
            None => self.nearest(path.parent()?),
        }
    }

    /// The nearest configuration, in the directory or above it, up to the root of the repository.
    fn nearest(&mut self, directory: &Path) -> Option<Arc<Chain>> {
        if let Some(known) = self.nearest.get(directory) {
            return known.clone();
        }
        let found = match self.files.in_directory(directory) {
            Some(files) => files.map(Chain::of),
            None if directory.join(".git").exists() => None,
            None => directory.parent().and_then(|parent| self.nearest(parent)),
        };
        self.nearest.insert(directory.to_owned(), found.clone());
        found
    }

    /// Ends the run where a configuration that was looked at has a mistake.
    ///
    /// # Errors
    /// All mistakes.
    pub(super) fn check(&mut self) -> Result<(), Failure> {
        let mistakes = self.files.mistakes();
        if mistakes.is_empty() {
            return Ok(());
        }
        // They go to standard error.
        let color = terminal::color(self.color) && (self.color == When::Always || stderr().is_terminal());
        let look = pretty::Look { color, width: terminal::width() };
        let each =
            mistakes.iter().flat_map(|file| file.findings.iter().map(|finding| pretty::render(file, finding, look)));
        Err(Failure::Configuration(each.collect::<Vec<_>>().join("\n").trim_end().to_string()))
    }
}

/// The configurations of a run, where the walk and the threads ask too.
pub(super) type Shared = Arc<Mutex<Configs>>;

pub(super) fn shared(configs: Configs) -> Shared {
    Arc::new(Mutex::new(configs))
}

/// A panic while they were held is told elsewhere.
pub(super) fn lock(configs: &Shared) -> MutexGuard<'_, Configs> {
    configs.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a walk leaves out.
pub(super) fn left_out(configs: &Shared) -> LeftOut {
    let configs = Arc::clone(configs);
    Arc::new(move |path, is_directory| lock(&configs).leaves_out(path, is_directory))
}

/// How people know the command line as the origin of a setting.
pub(super) fn from_flags() -> Origin {
    "the command line".into()
}
