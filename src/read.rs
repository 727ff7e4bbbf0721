//! From a path to text, and what is known of a file besides.

use leaklint::finding::{Finding, Level};
use leaklint::index::Alias;
use leaklint::lint::FileContext;
use leaklint::source::Span;
use std::collections::{BTreeSet, HashMap};
use std::ffi::OsStr;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;

/// Reads a file as UTF-8; byte order mark and line endings stay.
///
/// # Errors
/// An `unreadable-file` finding that says what is wrong and what to do.
pub(crate) fn read(path: &Path) -> Result<String, Box<Finding>> {
    let bytes = fs::read(path).map_err(|error| {
        unreadable(
            &format!("this file cannot be read: {error}"),
            "check its permissions, or leave it out with --exclude",
        )
    })?;
    let is_page = path.extension().is_some_and(|extension| extension == "html" || extension == "htm");
    text(if is_page { readable(bytes) } else { bytes })
}

/// A page may be in another encoding, which it names itself. Its scripts are plain enough: what is no
/// UTF-8 becomes question marks, one a byte, so that places stay.
fn readable(mut bytes: Vec<u8>) -> Vec<u8> {
    let mut start = 0;
    while let Err(error) = std::str::from_utf8(&bytes[start..]) {
        start += error.valid_up_to();
        bytes[start] = b'?';
    }
    bytes
}

/// Takes bytes as UTF-8.
///
/// # Errors
/// As of [`read`].
pub(crate) fn text(bytes: Vec<u8>) -> Result<String, Box<Finding>> {
    if u32::try_from(bytes.len()).is_err() {
        return Err(unreadable("this file is larger than 4 GiB", "leave it out with --exclude"));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let bytes = error.as_bytes();
        let hint = match bytes {
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => " (it looks like UTF-16)",
            _ => "",
        };
        unreadable(
            &format!("this file is not UTF-8{hint}: byte 0x{:02x} at offset {at}", bytes.get(at).copied().unwrap_or(0)),
            "save it as UTF-8, or leave it out with --exclude",
        )
    })
}

fn unreadable(message: &str, help: &str) -> Box<Finding> {
    Box::new(Finding::diagnostic("unreadable-file", Level::Error, message, help, Span::new(0, 0)))
}

/// Below this size a long line is an ordinary long line.
const MINIFIED_SIZE: usize = 4096;
/// Mean bytes a line above which nobody wrote the file by hand.
const MINIFIED_LINE: usize = 500;

/// Closure Compiler breaks its lines at 500 bytes: where most lines are so long, too.
const FOLDED_LINE: usize = 300;

/// Whether the text was written by a bundler rather than by a person.
pub(crate) fn is_minified(text: &str) -> bool {
    if text.len() <= MINIFIED_SIZE {
        return false;
    }
    let (mut lines, mut long) = (0_usize, 0_usize);
    for line in text.as_bytes().split(|byte| *byte == b'\n') {
        lines += 1;
        long += usize::from(line.len() > FOLDED_LINE);
    }
    text.len() / lines > MINIFIED_LINE || long * 2 > lines
}

/// What the nearest package.json of each directory asked for says; each is read once.
#[derive(Debug, Default)]
pub(crate) struct Packages {
    known: HashMap<PathBuf, Rc<Package>>,
}

/// What the nearest package.json says.
#[derive(Clone, Debug, Default)]
struct Package {
    /// Its directory.
    root: Option<PathBuf>,
    /// Its `type`.
    is_module: Option<bool>,
    /// The files it names for others to import, as paths in it; with `*` for any part of a name.
    entries: Vec<String>,
    /// The files that its `bin` names, relative to it.
    programs: Vec<PathBuf>,
    /// Whether it is published for others to import.
    is_library: bool,
    /// Whether it is a whole project, and no mere folder that is imported by a name of its own.
    is_project: bool,
}

/// What is known of the file at `path`, an absolute path.
pub(crate) fn context(packages: &mut Packages, path: &Path) -> FileContext {
    let package = path.parent().map(|directory| package(packages, directory)).unwrap_or_default();
    let inside = package.root.as_ref().and_then(|root| path.strip_prefix(root).ok());
    let is_program = inside.is_some_and(|inside| package.programs.iter().any(|program| program == inside));
    let inside = inside.map(|inside| inside.to_string_lossy().replace('\\', "/"));
    let is_entry = inside.as_deref().is_some_and(|path| package.entries.iter().any(|entry| is_named(path, entry)));
    FileContext {
        package_is_module: package.is_module,
        path_in_package: inside,
        is_entry,
        is_program,
        is_library: package.is_library,
        is_project: package.is_project,
    }
}

/// The directory of the nearest package.json.
pub(crate) fn package_root(path: &Path) -> Option<PathBuf> {
    package(&mut Packages::default(), path.parent()?).root.clone()
}

fn package(packages: &mut Packages, directory: &Path) -> Rc<Package> {
    if let Some(known) = packages.known.get(directory) {
        return Rc::clone(known);
    }
    let found = match fs::read(directory.join("package.json")) {
        // The nearest file decides, also by saying nothing.
        Ok(bytes) => {
            let json: serde_json::Value = serde_json::from_slice(&bytes).unwrap_or_default();
            let is_module = declared_type(&json);
            // One that only says how a folder is to be read belongs to the package around it.
            if json.get("name").is_none()
                && let Some(around) = directory.parent().map(|parent| package(packages, parent))
                && around.root.is_some()
            {
                let part = Rc::new(Package { is_module, ..Package::clone(&around) });
                packages.known.insert(directory.to_owned(), Rc::clone(&part));
                return part;
            }
            Rc::new(Package {
                root: Some(directory.to_owned()),
                is_module,
                entries: entries(&json),
                programs: programs(&json),
                is_library: is_library(&json),
                is_project: ["version", "private", "scripts", "devDependencies"]
                    .iter()
                    .any(|key| json.get(key).is_some()),
            })
        }
        Err(_) => directory.parent().map(|parent| package(packages, parent)).unwrap_or_default(),
    };
    packages.known.insert(directory.to_owned(), Rc::clone(&found));
    found
}

fn declared_type(package: &serde_json::Value) -> Option<bool> {
    match package.get("type")?.as_str()? {
        "module" => Some(true),
        "commonjs" => Some(false),
        _ => None,
    }
}

/// The files that others import: every path in the fields that bundlers and Node look at.
fn entries(package: &serde_json::Value) -> Vec<String> {
    const FIELDS: &[&str] = &["main", "module", "browser", "exports", "source", "jsnext:main"];
    let mut found = Vec::new();
    let mut open: Vec<&serde_json::Value> = FIELDS.iter().filter_map(|field| package.get(field)).collect();
    if package.get("main").is_none() && package.get("exports").is_none() {
        found.push("index".to_string());
    }
    while let Some(value) = open.pop() {
        match value {
            serde_json::Value::String(path) => {
                found.push(path.trim_start_matches("./").trim_end_matches('/').to_string());
            }
            serde_json::Value::Array(parts) => open.extend(parts),
            serde_json::Value::Object(parts) => open.extend(parts.values()),
            _ => {}
        }
    }
    found
}

/// Whether an entry of a package.json names a file: whole, without its ending, as the index of a
/// directory, or with `*` for a part.
fn is_named(path: &str, entry: &str) -> bool {
    if let Some((before, after)) = entry.split_once('*') {
        return path.len() >= before.len() + after.len() && path.starts_with(before) && path.ends_with(after);
    }
    let without_ending = path.rsplit_once('.').map_or(path, |(base, _)| base);
    path == entry || without_ending == entry || without_ending.strip_suffix("/index") == Some(entry)
}

/// What specifiers stand for in the files of each directory, by the nearest tsconfig.json or
/// jsconfig.json: `paths` and `baseUrl`. `shown` tells how a path is shown.
pub(crate) fn aliases<'a>(directories: impl Iterator<Item = &'a Path>, shown: &dyn Fn(&Path) -> String) -> Vec<Alias> {
    // By its text: comparing paths part by part takes long.
    let mut seen: BTreeSet<&OsStr> = BTreeSet::new();
    let mut found = Vec::new();
    for directory in directories {
        for directory in directory.ancestors() {
            if !seen.insert(directory.as_os_str()) {
                break;
            }
            let config = ["tsconfig.json", "jsconfig.json"].iter().find_map(|name| fs::read(directory.join(name)).ok());
            if let Some(config) = config {
                found.extend(config_aliases(&config, directory, shown));
            }
        }
    }
    // The nearest decides, and the longest prefix.
    found.sort_by_key(|alias| std::cmp::Reverse((alias.directory.len(), alias.prefix.len())));
    found
}

fn config_aliases(config: &[u8], directory: &Path, shown: &dyn Fn(&Path) -> String) -> Vec<Alias> {
    let text = String::from_utf8_lossy(config);
    let parsed = jsonc_parser::parse_to_serde_value(&text, &jsonc_parser::ParseOptions::default());
    let Ok(config): Result<serde_json::Value, _> = parsed else { return Vec::new() };
    let options = &config["compilerOptions"];
    let base = options["baseUrl"].as_str();
    let root = directory.join(base.unwrap_or("."));
    let alias = |pattern: &str, target: &str| {
        let (prefix, exact) = pattern.split_once('*').map_or((pattern, true), |(before, _)| (before, false));
        let target = target.split('*').next().unwrap_or_default();
        Alias {
            directory: shown(directory),
            prefix: prefix.to_string(),
            exact,
            target: shown(&root.join(target.trim_start_matches("./"))),
        }
    };
    let paths = options["paths"].as_object().into_iter().flatten();
    let mut found: Vec<Alias> = paths
        .flat_map(|(pattern, targets)| {
            let targets = targets.as_array().into_iter().flatten().filter_map(serde_json::Value::as_str);
            targets.map(|target| alias(pattern, target)).collect::<Vec<_>>()
        })
        .collect();
    found.extend(base.map(|_| alias("*", "*")));
    found
}

/// Whether a package is there to be imported: it is published, and not started as an application.
fn is_library(package: &serde_json::Value) -> bool {
    const STARTERS: &[&str] = &["node", "nodemon", "ts-node", "tsx", "nest", "next", "nuxt", "pm2", "bun", "deno"];
    let start = package["scripts"]["start"].as_str().and_then(|start| start.split_whitespace().next());
    package.get("version").is_some()
        && package.get("private") != Some(&serde_json::Value::Bool(true))
        && !start.is_some_and(|start| STARTERS.contains(&start))
}

/// `"bin": "cli.js"`, `"bin": { "name": "./cli.js" }`.
fn programs(package: &serde_json::Value) -> Vec<PathBuf> {
    let Some(bin) = package.get("bin") else { return Vec::new() };
    let paths =
        bin.as_str().into_iter().chain(bin.as_object().into_iter().flatten().filter_map(|(_, path)| path.as_str()));
    // Without the `./` that most have.
    paths.map(|path| Path::new(path).components().filter(|part| *part != Component::CurDir).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::{Packages, context, is_minified, readable};
    use std::fs;

    #[test]
    fn the_nearest_package_decides() {
        let project = tempfile::tempdir().unwrap();
        let at = project.path();
        for (directory, package) in [
            (".", r#"{"type": "module"}"#),
            ("old", r#"{"type": "commonjs"}"#),
            ("silent", r#"{"name": "silent"}"#),
            ("broken", "{"),
        ] {
            fs::create_dir_all(at.join(directory).join("src")).unwrap();
            fs::write(at.join(directory).join("package.json"), package).unwrap();
        }
        let mut packages = Packages::default();
        let mut is_module = |file: &str| context(&mut packages, &at.join(file)).package_is_module;
        assert_eq!(is_module("src/a.js"), Some(true));
        assert_eq!(is_module("a.js"), Some(true));
        assert_eq!(is_module("old/src/a.js"), Some(false));
        assert_eq!(is_module("silent/src/a.js"), None);
        assert_eq!(is_module("broken/a.js"), None);
    }

    #[test]
    fn bytes_that_are_not_utf_8_keep_their_places() {
        assert_eq!(readable("é b".into()), "é b".as_bytes());
        assert_eq!(readable(vec![b'a', 0xe4, b'b', 0xff]), b"a?b?");
    }

    #[test]
    fn long_mean_lines_in_large_files_are_minified() {
        assert!(is_minified(&"x".repeat(5000)));
        assert!(!is_minified(&"x".repeat(4000)), "too small to matter");
        assert!(!is_minified(&format!("{}\n", "x".repeat(300)).repeat(100)));
    }
}
