//! Published packages: downloaded by `npm pack`, unpacked by `tar`, kept in a folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The folder of a package in a cache. What is there is not asked for again.
///
/// # Errors
/// npm has no such package, or one whose bytes are not those of `integrity`; or the cache cannot be written.
pub(crate) fn unpacked(cache: &Path, name: &str, version: &str, integrity: Option<&str>) -> Result<PathBuf, String> {
    let spec = format!("{name}@{version}");
    if !is_spec(name, version) {
        return Err(format!("`{spec}` is not a package and its version"));
    }
    kept(cache, &spec, |folder| {
        let tarball = download(folder, &spec, integrity)?;
        unpack(&tarball, folder)?;
        fs::remove_file(&tarball).map_err(|error| format!("cannot write the cache: {error}"))
    })
}

/// The folder that a cache has for something; where it has none, `fill` fills a new one.
///
/// # Errors
/// Those of `fill`, or the cache cannot be written.
pub(crate) fn kept(
    cache: &Path,
    spec: &str,
    fill: impl FnOnce(&Path) -> Result<(), String>,
) -> Result<PathBuf, String> {
    let folder = cache.join(spec.replace('/', "+"));
    if folder.is_dir() {
        return Ok(folder);
    }
    eprintln!("downloading {spec}");
    // What is cut short leaves no half of it behind.
    let part = cache.join(format!("{}.part", spec.replace('/', "+")));
    fs::remove_dir_all(&part).ok();
    let done = fs::create_dir_all(&part)
        .map_err(|error| format!("cannot make a folder in the cache: {error}"))
        .and_then(|()| fill(&part))
        .and_then(|()| {
            fs::rename(&part, &folder).map_err(|error| format!("cannot rename a folder of the cache: {error}"))
        });
    fs::remove_dir_all(&part).ok();
    done.map(|()| folder)
}

/// Whether npm takes it for a published package, rather than for a flag, a folder or an address.
fn is_spec(name: &str, version: &str) -> bool {
    let is_plain = |text: &str| {
        text.starts_with(|char: char| char.is_ascii_alphanumeric())
            && text.chars().all(|char| char.is_ascii_alphanumeric() || "-._~+".contains(char))
    };
    let parts: Vec<&str> = name.strip_prefix('@').unwrap_or(name).split('/').collect();
    let expected = if name.starts_with('@') { 2 } else { 1 };
    parts.len() == expected && parts.iter().all(|part| is_plain(part)) && is_plain(version)
}

/// Lets npm write the tarball into a folder, and finds it there.
fn download(folder: &Path, spec: &str, integrity: Option<&str>) -> Result<PathBuf, String> {
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let flags = ["pack", "--json", "--ignore-scripts", "--loglevel=error", spec];
    let said = run_tool(Command::new(npm).args(flags).current_dir(folder))?;
    // One entry for each package asked for, with the hash that npm took of the tarball.
    let told: serde_json::Value = serde_json::from_slice(&said).unwrap_or_default();
    let told = told[0]["integrity"].as_str().unwrap_or_default();
    if let Some(integrity) = integrity.filter(|integrity| *integrity != told) {
        return Err(format!("the tarball of {spec} is {told}, and should be {integrity}"));
    }
    let entries = fs::read_dir(folder).map_err(|error| format!("cannot list a folder of the cache: {error}"))?;
    entries
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|extension| extension == "tgz"))
        .ok_or_else(|| "npm pack wrote no .tgz".to_owned())
}

/// Unpacks a tarball. The folder in it is mostly, but not always, called `package`.
fn unpack(tarball: &Path, folder: &Path) -> Result<(), String> {
    let flags = ["--strip-components", "1", "-C"];
    run_tool(Command::new("tar").arg("-xzf").arg(tarball).args(flags).arg(folder)).map(|_| ())
}

/// Runs a program to its end, and gives what it says. When it fails, its first words on the matter are the error.
pub(crate) fn run_tool(command: &mut Command) -> Result<Vec<u8>, String> {
    let name = command.get_program().display().to_string();
    let output = command.stdin(Stdio::null()).output().map_err(|error| format!("{name} cannot be started: {error}"))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    let said: Vec<&str> = errors.lines().map(str::trim).filter(|line| !line.contains(" warn ")).take(2).collect();
    Err(format!("{name} failed: {}", said.join("; ")))
}
