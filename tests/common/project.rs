//! Short words for tests of configurations, on top of `run`.
#![allow(dead_code, reason = "each suite uses its part")]

#[path = "run.rs"]
mod run;

use run::Project;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;

/// Grows per request: error, line 4.
pub(crate) const HIGH: &str = "const http = require(\"http\");
const seen = [];
http.createServer((req, res) => {
  seen.push(req.url);
  res.end();
}).listen(80);
";

/// Grows per key that a caller brings: warning, line 3.
pub(crate) const MEDIUM: &str = "const cache = new Map();
module.exports = function load(id) {
  if (!cache.has(id)) cache.set(id, make(id));
  return cache.get(id);
};
";

/// A directory with these files.
pub(crate) fn project(files: &[(&str, &str)]) -> Project {
    Project::new(files)
}

/// A git repository with these files, in one commit.
pub(crate) fn repository(files: &[(&str, &str)]) -> Project {
    run::repository(files)
}

/// Writes files below a directory.
pub(crate) fn write(directory: &Path, files: &[(&str, &str)]) {
    files.iter().for_each(|(path, text)| run::write(&directory.join(path), text));
}

/// Exit code, standard output and error.
pub(crate) fn leaklint(directory: &Path, arguments: &[&str]) -> (i32, String, String) {
    leaklint_with(directory, arguments, "")
}

/// The same, with a text on standard input.
pub(crate) fn leaklint_with(directory: &Path, arguments: &[&str], input: &str) -> (i32, String, String) {
    let mut command = run::command(directory, arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A run that fails early does not read its input.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = run::Output::from(child.wait_with_output().unwrap());
    (output.code, output.stdout, output.stderr)
}

/// `path:line level rule[confidence]` of each finding.
pub(crate) fn findings(directory: &Path, arguments: &[&str]) -> Vec<String> {
    let (exit, out, error) = leaklint(directory, &[&["--format", "concise"], arguments].concat());
    assert!(exit < 2, "{error}");
    out.lines().map(finding).collect()
}

/// A line of the concise report, without column and message.
pub(crate) fn finding(line: &str) -> String {
    let (place, rest) = line.split_once(": ").unwrap();
    let place: Vec<&str> = place.rsplitn(3, ':').collect();
    let words: Vec<&str> = rest.split(' ').collect();
    format!("{}:{} {} {}", place[2], place[1], words[0], words[1])
}

/// What a run that a mistake ends says on standard error.
pub(crate) fn refused(directory: &Path, arguments: &[&str]) -> String {
    let (exit, out, error) = leaklint(directory, arguments);
    assert_eq!((exit, out.as_str()), (2, ""), "{error}");
    error
}
