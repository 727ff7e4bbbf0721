//! `leaklint why FILE:LINE`: the opposite question, why a line is reported or not.

use super::config::{self, Configs};
use super::lint::{Done, Job, Room, do_job, in_pool, jobs_in, lint_file};
use super::select::Flags;
use super::{CLEAN, ConfigArgs, Failure, When, baseline, project};
use crate::read::{self, Packages};
use crate::walk::{Walk, shown, working_directory};
use leaklint::config::Settled;
use leaklint::finding::{Confidence, Level};
use leaklint::lint::{FileReport, Options};
use leaklint::report::plural;
use leaklint::rules::DIAGNOSTICS;
use leaklint::source::Encoding;
use leaklint::suppress::{Silencer, Suppressed};
use rayon::prelude::*;
use std::io::{self, Write, stdout};
use std::path::Path;

/// Prints every hold on the line, the four answers and the verdict.
///
/// # Errors
/// A place that does not exist; standard output did not take the answer.
pub(super) fn run(place: &str, args: &ConfigArgs, color: When) -> Result<u8, Failure> {
    let (path, line) = parse(place).ok_or_else(|| {
        Failure::Usage(format!("why {place}: write a file and a line, such as `leaklint why src/server.js:12`"))
    })?;
    let real = Path::new(path).canonicalize().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Failure::Usage(format!("{path} does not exist")),
        _ => Failure::Usage(format!("cannot look at {path}: {error}")),
    })?;
    let text = read::read(&real).map_err(|finding| Failure::Usage(format!("{path}: {}", finding.message)))?;
    let cwd = working_directory();
    let name = shown(&real, &cwd);
    let context = read::context(&mut Packages::default(), &real);
    let configs = config::shared(Configs::new(args, &[], Flags::default(), &cwd, color)?);
    let own = config::lock(&configs).of(&real);
    config::lock(&configs).check()?;
    // As a run over the project would judge it, with what its other files do.
    let jobs = project::root(&real).map_or(Ok(Vec::new()), |root| {
        let left_out = config::left_out(&configs);
        jobs_in(&Walk { cwd: &cwd, paths: &[root], left_out, ignore_files: true }, &configs)
    })?;
    // Every rule that is on by default is asked, and what the configuration leaves out is told.
    let asking = Options { levels: Vec::new(), ..(*own.options).clone() };
    let options = Options { min_confidence: Confidence::Low, stories: true, ..asking.clone() };
    let mut report = in_pool(None, || {
        let room = Room::new();
        let first = |job: &Job| match job.input.shown == name {
            true => do_job(job, &asking, &room),
            false => do_job(job, &project::linking(&job.options), &room),
        };
        let mut done: Vec<Done> = jobs.par_iter().map(first).collect();
        let (index, _) = project::index(&jobs, &mut done, &cwd, &|path| path == name, &room);
        lint_file(&name, text, &context, &options, &index)
    })?;
    baseline::silence(&mut report, &real, &options)?;
    let lines = report.source.line_starts().len();
    if line == 0 || line as usize > lines {
        return Err(Failure::Usage(format!("{path} has {}, so there is no line {line}", plural(lines, "line"))));
    }
    let mut out = stdout().lock();
    tell(&report, line, &own.settled, &mut out)?;
    out.flush()?;
    Ok(CLEAN)
}

/// `file:line`, also with a column after it.
fn parse(place: &str) -> Option<(&str, u32)> {
    let (path, last) = place.rsplit_once(':')?;
    let last = last.parse().ok()?;
    match path.rsplit_once(':') {
        Some((before, line)) if line.parse::<u32>().is_ok() => Some((before, line.parse().ok()?)),
        _ => Some((path, last)),
    }
}

fn tell(report: &FileReport, line: u32, settled: &Settled, out: &mut impl Write) -> io::Result<()> {
    let source = &report.source;
    writeln!(out, "{}:{line}: {}", source.path, source.line_text(line).trim())?;
    let failed =
        report.findings.iter().filter(|finding| finding.level == Level::Error && DIAGNOSTICS.contains(&finding.rule));
    for problem in failed {
        writeln!(out, "\n{} on line {}: {}", problem.rule, source.line_of(problem.span.start), problem.message)?;
    }
    let mut told = 0;
    for story in report.stories.iter().filter(|story| source.line_of(story.span.start) == line) {
        let column = source.line_column(story.span.start, Encoding::Utf16).column;
        writeln!(out, "\ncolumn {column}, {}", story.rule)?;
        for (role, answer) in &story.answers {
            writeln!(out, "  {:<10}  {answer}", role.name())?;
        }
        writeln!(out, "  {:<10}  {}", "verdict", story.verdict)?;
        let setting = settled.rules.get(story.rule);
        if let Some(setting) = setting.filter(|setting| setting.level == Level::Off) {
            writeln!(out, "  {:<10}  `{}` is off: {}", "", story.rule, setting.from)?;
        }
        let asked = setting.and_then(|setting| setting.min_confidence).unwrap_or(settled.min_confidence.0);
        if let Some(found) = confidence(&story.verdict).filter(|found| *found < asked) {
            let (found, asked) = (found.name(), asked.name());
            writeln!(out, "  {:<10}  hidden, as {asked} is asked for; --min-confidence {found} shows it", "")?;
        }
        for silenced in
            report.suppressed.iter().filter(|it| it.finding.rule == story.rule && it.finding.span == story.span)
        {
            writeln!(out, "  {:<10}  hidden, as {}", "", silencing(silenced))?;
        }
        told += 1;
    }
    if told == 0 {
        writeln!(out, "\nNo rule looks at this line: nothing on it takes a hold on anything that lives long.")?;
    }
    Ok(())
}

/// What hides a finding.
fn silencing(silenced: &Suppressed) -> String {
    match silenced.by {
        Silencer::Baseline => "the baseline knows it; --no-baseline shows it".to_owned(),
        Silencer::Comment if silenced.reason.is_empty() => "a comment silences it, without a reason".to_owned(),
        Silencer::Comment => format!("a comment silences it: {}", silenced.reason),
    }
}

/// How sure leaklint is of what is reported.
fn confidence(verdict: &str) -> Option<Confidence> {
    let word = verdict.strip_prefix("reported, ")?.split(' ').next()?;
    [Confidence::High, Confidence::Medium, Confidence::Low].into_iter().find(|confidence| confidence.name() == word)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn places_may_have_a_column_and_a_drive() {
        assert_eq!(parse("src/a.js:12"), Some(("src/a.js", 12)));
        assert_eq!(parse("src/a.js:12:5"), Some(("src/a.js", 12)));
        assert_eq!(parse("C:\\a.js:3"), Some(("C:\\a.js", 3)));
        assert_eq!(parse("src/a.js"), None);
        assert_eq!(parse("src/a.js:x"), None);
    }
}
