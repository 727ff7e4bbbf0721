//! Where reports go: one to standard output, any number to files.

use super::{Failure, Format, LintArgs, When, terminal};
use crate::walk::{repository, working_directory};
use clap::ValueEnum;
use leaklint::report::{self, Base, Run, pretty::Look};
use leaklint::suggest::did_you_mean;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write, stdout};
use std::path::{Path, PathBuf};
use std::process;
use std::str::FromStr;

/// A report that goes to a file, as `-o` takes it.
#[derive(Clone, Debug)]
pub(super) struct Output {
    format: Format,
    file: PathBuf,
}

impl FromStr for Output {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some((name, file)) = text.split_once('=').filter(|(_, file)| !file.is_empty()) else {
            return Err("write FORMAT=FILE, such as sarif=leaks.sarif; --format chooses what is printed".to_owned());
        };
        let format = Format::from_str(name, false).map_err(|_| {
            let names: Vec<String> = Format::value_variants().iter().map(|format| format.name()).collect();
            let hint = did_you_mean(name, names.iter().map(String::as_str));
            let end = if hint.is_empty() { format!(": there are {}", names.join(", ")) } else { hint };
            format!("there is no format `{name}`{end}")
        })?;
        Ok(Self { format, file: PathBuf::from(file) })
    }
}

impl Format {
    fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}

/// Looks at the files before the work is done: nobody waits for a report that cannot be written.
///
/// # Errors
/// A directory that is not there, or two reports for one file.
pub(super) fn check(outputs: &[Output]) -> Result<(), Failure> {
    let mut taken: Vec<PathBuf> = Vec::new();
    for Output { format, file } in outputs {
        let wrong = |what: &str| Failure::Usage(format!("-o {}={}: {what}", format.name(), file.display()));
        if file.is_dir() {
            return Err(wrong("this is a directory"));
        }
        let directory = file.parent().filter(|directory| *directory != Path::new("")).unwrap_or(Path::new("."));
        let Ok(directory) = directory.canonicalize() else {
            return Err(wrong(&format!("there is no directory {}", directory.display())));
        };
        let real = file.canonicalize().unwrap_or_else(|_| directory.join(file.file_name().unwrap_or_default()));
        if taken.contains(&real) {
            return Err(wrong("another report goes to the same file"));
        }
        taken.push(real);
    }
    Ok(())
}

/// Where the run takes place.
pub(super) fn base() -> Base {
    let directory = working_directory();
    let root = repository(&directory).unwrap_or(&directory);
    let slashed = |path: &Path| path.to_string_lossy().replace('\\', "/").trim_start_matches("//?/").to_owned();
    let in_repository = directory.strip_prefix(root).map(slashed).unwrap_or_default();
    Base { directory: slashed(&directory), in_repository }
}

/// Writes all reports; files first, because who reads standard output may stop reading.
///
/// # Errors
/// A file or standard output did not take its report.
pub(super) fn write(run: &Run, args: &LintArgs, when: When) -> Result<(), Failure> {
    let mut reports = Vec::new();
    for Output { format, file } in &args.output {
        let mut report = Vec::new();
        render(run, *format, Look { color: false, width: terminal::PLAIN_WIDTH }, &mut report)?;
        reports.push((file, report));
    }
    let written = reports.into_iter().map(|(file, report)| {
        replace(file, &report)
            .map_err(|error| Failure::Usage(format!("cannot write the report {}: {error}", file.display())))
    });
    // One that cannot be written takes no other with it.
    let written: Vec<Result<(), Failure>> = written.collect();
    let mut out = BufWriter::new(stdout().lock());
    let look = Look { color: terminal::color(when), width: terminal::width() };
    if args.format == Format::Github {
        // Annotations are few and short: the log has the whole report.
        report::pretty::write(run, look, &mut out)?;
    }
    render(run, args.format, look, &mut out)?;
    out.flush()?;
    written.into_iter().collect()
}

fn render(run: &Run, format: Format, look: Look, out: &mut impl Write) -> io::Result<()> {
    match format {
        Format::Pretty => report::pretty::write(run, look, out),
        Format::Concise => report::concise::write(run, out),
        Format::Json => report::json::write(run, out),
        Format::Sarif => report::sarif::write(run, out),
        Format::Github => report::github::write(run, out),
        Format::Gitlab => report::gitlab::write(run, out),
        Format::Junit => report::junit::write(run, out),
        Format::Checkstyle => report::checkstyle::write(run, out),
        Format::Rdjson => report::rdjson::write(run, out),
        Format::EslintJson => report::eslint_json::write(run, out),
    }
}

/// Puts a file there as a whole: it is written beside its place and then renamed, so that a failure
/// leaves what was there before.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if fs::metadata(path).is_ok_and(|data| !data.is_file()) {
        // A device or a pipe is written to. It cannot be replaced, or would be gone.
        return fs::write(path, bytes);
    }
    // A link stays one: what it points to is replaced.
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.tmp", process::id()));
    let beside = path.with_file_name(name);
    let mut file = File::create_new(&beside)?;
    let written = file.write_all(bytes).and_then(|()| fs::rename(&beside, &path));
    if written.is_err() {
        // What kept the report from being written is the news.
        let _ = fs::remove_file(&beside);
    }
    written
}
