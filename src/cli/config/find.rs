//! Configuration files: where they are, what they extend, and what is wrong with them.

use super::File;
use crate::cli::lint::problem_in;
use crate::globs::Globs;
use crate::walk::shown;
use leaklint::config::{self, Mistake, NAMES, PACKAGE_KEY};
use leaklint::finding::{Finding, Level};
use leaklint::lint::FileReport;
use leaklint::models::Unknown;
use leaklint::source::{Source, Span};
use leaklint::suggest::nearest;
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The manifest of a package, which may have a configuration too.
const PACKAGE: &str = "package.json";

/// A configuration and all that it extends, the farthest first; `None` where there is a mistake.
pub(super) type Extended = Option<Vec<Arc<File>>>;

/// The files read so far, and the mistakes in them.
pub(super) struct Files {
    cwd: PathBuf,
    /// By path and the directory that globs are relative to; `None` where it has a mistake.
    read: HashMap<(PathBuf, PathBuf), Option<Arc<File>>>,
    /// Texts of files that were read, and whether each is a package.json, for mistakes that are found later.
    texts: HashMap<String, (String, bool)>,
    /// By file, place and words, so that each is told once.
    mistakes: BTreeMap<(String, u32, String), FileReport>,
}

impl Files {
    pub(super) fn new(cwd: &Path) -> Self {
        Self { cwd: cwd.to_owned(), read: HashMap::new(), texts: HashMap::new(), mistakes: BTreeMap::new() }
    }

    /// The mistakes that were not told yet.
    pub(super) fn mistakes(&mut self) -> Vec<FileReport> {
        std::mem::take(&mut self.mistakes).into_values().collect()
    }

    /// The file of `-c`.
    ///
    /// # Errors
    /// It cannot be read at all, or is a package.json without a configuration.
    pub(super) fn named(&mut self, path: &Path) -> Result<Extended, String> {
        let flag = format!("--config {}", path.display());
        let real = self.cwd.join(path).canonicalize().map_err(|error| match error.kind() {
            ErrorKind::NotFound => format!("{flag}: there is no such file"),
            _ => format!("{flag}: cannot read it: {error}"),
        })?;
        if real.is_dir() {
            return Err(format!("{flag}: this is a directory; name the file: {}", path.join(NAMES[0]).display()));
        }
        if is_package(&real) && !configures(&real) {
            return Err(format!("{flag}: there is no key `{PACKAGE_KEY}` in it"));
        }
        let cwd = self.cwd.clone();
        Ok(self.with_extended(&real, &cwd, &mut Vec::new()))
    }

    /// The configuration in a directory, where there is one.
    pub(super) fn in_directory(&mut self, directory: &Path) -> Option<Extended> {
        let found = all_in(directory);
        let path = found.first()?;
        let Some(other) = found.get(1) else { return Some(self.with_extended(path, directory, &mut Vec::new())) };
        let message =
            format!("{} and {} both configure this directory", called(path, &self.cwd), called(other, &self.cwd));
        let mistake = Mistake { span: Span::new(0, 0), message, help: "keep one of them".into() };
        self.note(shown(path, &self.cwd), fs::read_to_string(path).unwrap_or_default(), mistake);
        Some(None)
    }

    /// A file with what it extends, for files below `from`. `open` are those that extend it.
    fn with_extended(&mut self, path: &Path, from: &Path, open: &mut Vec<PathBuf>) -> Extended {
        let directory = path.parent()?;
        // Globs are relative to the file's own directory if what is linted lies in it: a package or a folder of
        // configurations speaks of the files of who extends it.
        let root = if from.starts_with(directory) { directory } else { from };
        let file = self.read(path, root)?;
        open.push(path.to_owned());
        let mut files: Vec<Arc<File>> = Vec::new();
        let mut whole = true;
        for (at, name) in file.config.extends.iter().enumerate() {
            let found = extended(name, directory).and_then(|path| match open.iter().position(|one| *one == path) {
                None => Ok(path),
                Some(start) => {
                    let circle = open[start..].iter().chain([&path]).map(|path| shown(path, &self.cwd));
                    let circle = circle.collect::<Vec<_>>().join(" → ");
                    Err((format!("this file extends itself: {circle}"), "leave one of them out".to_string()))
                }
            });
            let found = found.map_err(|(message, help)| {
                // Both `"one"` and `["some", "more"]` lead there.
                self.mistake_at(&file.name, &format!("extends/{at}"), false, message, help);
            });
            match found.ok().and_then(|path| self.with_extended(&path, root, open)) {
                // Of two ways to one file, the later counts.
                Some(found) => {
                    files.retain(|known| !found.iter().any(|one| Arc::ptr_eq(one, known)));
                    files.extend(found);
                }
                None => whole = false,
            }
        }
        open.pop();
        files.push(file);
        whole.then_some(files)
    }

    /// Reads a file, whose globs are relative to `root`.
    fn read(&mut self, path: &Path, root: &Path) -> Option<Arc<File>> {
        let key = (path.to_owned(), root.to_owned());
        if let Some(known) = self.read.get(&key) {
            return known.clone();
        }
        let name = shown(path, &self.cwd);
        let text = fs::read_to_string(path);
        let parsed = match &text {
            Err(error) => Err(format!("this file cannot be read: {error}").into()),
            Ok(text) => config::parse(text, is_package(path)).and_then(|config| {
                config.ok_or_else(|| format!("there is no key `{PACKAGE_KEY}` in this file").into())
            }),
        };
        let text = text.unwrap_or_default();
        let file = match parsed {
            Ok(config) => {
                self.texts.insert(name.clone(), (text, is_package(path)));
                self.file(name, config, root).map(Arc::new)
            }
            Err(mistake) => {
                self.note(name, text, mistake);
                None
            }
        };
        self.read.insert(key, file.clone());
        file
    }

    fn file(&mut self, name: String, config: config::Config, root: &Path) -> Option<File> {
        let mut globs = |globs: &[String], path: &str| {
            Globs::new(root, globs)
                .map_err(|(at, message, help)| self.mistake_at(&name, &format!("{path}/{at}"), false, message, help))
                .ok()
        };
        let exclude = globs(&config.exclude, "exclude");
        let overrides = config.overrides.iter().enumerate().map(|(at, one)| {
            let files = globs(&one.files, &format!("overrides/{at}/files"));
            files.zip(globs(&one.exclude, &format!("overrides/{at}/exclude")))
        });
        let overrides: Option<Vec<(Globs, Globs)>> = overrides.collect();
        Some(File { exclude: exclude?, overrides: overrides?, name, config })
    }

    /// Notes a name in models that means nothing.
    pub(super) fn unknown(&mut self, name: &str, unknown: &Unknown) {
        let message = format!("there is no {} `{}`", unknown.what, unknown.name);
        let help = unknown.near.as_ref().map_or(String::new(), |near| format!("did you mean `{near}`?"));
        let is_key = unknown.path.starts_with("words/");
        self.mistake_at(name, &format!("models/{}", unknown.path), is_key, message, help);
    }

    /// Notes a mistake in a file that was read, by its path within the configuration.
    fn mistake_at(&mut self, name: &str, path: &str, key: bool, message: String, help: String) {
        let Some((text, in_package)) = self.texts.get(name) else { return };
        let span = config::place(text, *in_package, path, key);
        let text = text.clone();
        self.note(name.to_owned(), text, Mistake { span, message, help });
    }

    fn note(&mut self, name: String, text: String, mistake: Mistake) {
        let Mistake { span, message, help } = mistake;
        let key = (name.clone(), span.start, message.clone());
        let finding = Finding::diagnostic("configuration", Level::Error, message, help, span);
        self.mistakes.entry(key).or_insert_with(|| problem_in(Source::new(name, text), finding));
    }
}

/// The files that configure a directory, of which there should be one.
fn all_in(directory: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = NAMES.iter().map(|name| directory.join(name)).filter(|path| path.is_file()).collect();
    let package = directory.join(PACKAGE);
    if configures(&package) {
        found.push(package);
    }
    found
}

/// The name of what configures a directory.
pub(in crate::cli) fn configuration_in(directory: &Path) -> Option<String> {
    all_in(directory).first().map(|path| called(path, directory))
}

/// How messages call a configuration.
fn called(path: &Path, cwd: &Path) -> String {
    match is_package(path) {
        true => format!("the key `{PACKAGE_KEY}` of {}", shown(path, cwd)),
        false => shown(path, cwd),
    }
}

fn is_package(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == PACKAGE)
}

/// Whether a package.json has a configuration, be it one with mistakes.
fn configures(package: &Path) -> bool {
    let Ok(bytes) = fs::read(package) else { return false };
    // Most have none, and every directory is asked.
    memchr::memmem::find(&bytes, format!("\"{PACKAGE_KEY}\"").as_bytes()).is_some()
        && String::from_utf8(bytes).is_ok_and(|text| !matches!(config::parse(&text, true), Ok(None)))
}

/// The file that `extends` names, from a directory.
///
/// # Errors
/// What is wrong, and what to write instead.
fn extended(name: &str, directory: &Path) -> Result<PathBuf, (String, String)> {
    if name.starts_with("./") || name.starts_with("../") || Path::new(name).is_absolute() {
        let path = directory.join(name);
        return match path.canonicalize() {
            Ok(real) if real.is_dir() => {
                let help = format!("name the file, such as `{}/{}`", name.trim_end_matches('/'), NAMES[0]);
                Err((format!("`{name}` is a directory"), help))
            }
            Ok(real) => Ok(real),
            Err(_) => Err((format!("there is no file `{name}`"), neighbour(name, &path))),
        };
    }
    let parts: Vec<&str> = name.split('/').collect();
    let (package, inside) = parts.split_at(parts.len().min(if name.starts_with('@') { 2 } else { 1 }));
    if parts.iter().any(|part| part.is_empty() || part.starts_with('.')) || (name.starts_with('@') && parts.len() < 2) {
        let message = format!("`{name}` is neither a file nor a package");
        return Err((message, "write `./file.json`, or the name of a package".to_string()));
    }
    let package = package.join("/");
    let installed = directory.ancestors().map(|above| above.join("node_modules").join(&package));
    let Some(home) = installed.into_iter().find(|home| home.is_dir()) else {
        let help = match directory.join(name).is_file() {
            true => format!("write `./{name}` for the file"),
            false => "install it, or write `./` before the name of a file".to_string(),
        };
        return Err((format!("there is no package `{package}` in `node_modules`"), help));
    };
    let files: Vec<PathBuf> = match inside {
        [] => NAMES.iter().map(|file| home.join(file)).collect(),
        inside => vec![home.join(inside.join("/"))],
    };
    let found = files.iter().filter(|path| path.is_file()).find_map(|path| path.canonicalize().ok());
    found.ok_or_else(|| match inside {
        [] => {
            let help = format!("name the file in it: `{name}/file.json`");
            (format!("the package `{package}` has no `{}`", NAMES[0]), help)
        }
        _ => (format!("there is no file `{name}`"), neighbour(name, &files[0])),
    })
}

/// A guess at the file that was meant: one beside it.
fn neighbour(name: &str, path: &Path) -> String {
    let entries = path.parent().and_then(|parent| fs::read_dir(parent).ok()).into_iter().flatten().flatten();
    let mut files: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    files.retain(|file| Path::new(file).extension().is_some_and(|end| end == "json" || end == "jsonc"));
    files.sort();
    let (before, last) = name.rsplit_once('/').unwrap_or((".", name));
    let near = nearest(last, files.iter().map(String::as_str));
    near.map_or(String::new(), |near| format!("did you mean `{before}/{near}`?"))
}
