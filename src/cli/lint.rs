//! A run over files: read, lint in parallel, report, exit code.

use super::config::{self, Configs, Shared};
use super::{CLEAN, FAILED, FINDINGS, Failure, Format, LintArgs, When, baseline, output, project, since, terminal};
use crate::guard;
use crate::read::{self, Packages};
use crate::walk::{self, Found, Input, Walk, working_directory};
use indicatif::{ProgressBar, ProgressDrawTarget};
use leaklint::finding::{Finding, Level};
use leaklint::fingerprint;
use leaklint::index::{ALONE, Index, Links};
use leaklint::lint::{Collected, FileContext, FileReport, Options, Timing, lint_in};
use leaklint::report::{self, Run, duration, plural};
use leaklint::source::{Source, Span};
use rayon::prelude::*;
use std::env;
use std::io::{BufWriter, IsTerminal, Read, Write, stderr, stdin, stdout};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Once};
use std::time::{Duration, Instant};

/// Deeply nested code is parsed by recursion. The memory is only reserved, not used.
const STACK: usize = 256 << 20;
/// After so many files it is looked whether there is room to keep more of them for the second look.
const BATCH: usize = 512;
/// Shorter runs show no progress bar.
const PATIENCE: Duration = Duration::from_secs(1);

/// One file and what is known of it before it is read.
pub(super) struct Job {
    pub(super) input: Input,
    pub(super) context: FileContext,
    pub(super) options: Arc<Options>,
    /// Standard input was read already.
    text: Option<Result<String, Box<Finding>>>,
}

impl Job {
    /// The text of the file.
    ///
    /// # Errors
    /// A finding that says why there is none.
    pub(super) fn read(&self) -> Result<String, Box<Finding>> {
        self.text.clone().unwrap_or_else(|| read::read(&self.input.path))
    }

    /// Whether its text is left out: minified, and not named.
    fn is_minified(&self, text: &str) -> bool {
        !self.input.named && read::is_minified(text)
    }
}

/// What is kept of a file: its report only where there is something to report.
#[derive(Default)]
pub(super) struct Done {
    pub(super) report: Option<FileReport>,
    /// As of [`FileReport::quiet`].
    pub(super) quiet: Vec<String>,
    pub(super) minified: bool,
    suppressed: usize,
    pub(super) timing: Timing,
    /// Its part of the project index; none for a file that was not judged.
    pub(super) links: Option<Links>,
    /// What was collected of it, for the second look.
    pub(super) kept: Option<Collected>,
}

impl Done {
    pub(super) fn of(mut report: FileReport) -> Self {
        let links = Some(std::mem::take(&mut report.links));
        let quiet = std::mem::take(&mut report.quiet);
        let (suppressed, timing) = (report.suppressed.len(), report.timing);
        let says = !report.findings.is_empty() || suppressed > 0;
        Self { report: says.then_some(report), quiet, minified: false, suppressed, timing, links, kept: None }
    }
}

/// Room for what was collected of files, so that the second look need not read them again.
pub(super) struct Room(AtomicUsize);

impl Room {
    /// How many bytes of memory it is.
    const SIZE: usize = 64 << 20;

    pub(super) fn new() -> Self {
        Self(AtomicUsize::new(Self::SIZE))
    }

    /// Keeps a file, unless there is no room left.
    pub(super) fn keep(&self, mut file: Collected) -> Option<Collected> {
        let size = file.size();
        let taken = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(size));
        if taken.is_err() {
            file.recycle();
            return None;
        }
        file.shrink();
        Some(file)
    }

    /// Whether more than half of it is taken.
    fn is_scarce(&self) -> bool {
        self.0.load(Ordering::Relaxed) < Self::SIZE / 2
    }

    /// Takes back the room of a file.
    pub(super) fn free(&self, file: Option<Collected>) {
        self.0.fetch_add(file.map_or(0, |file| file.size()), Ordering::Relaxed);
    }
}

/// Lints what the arguments name and reports it.
///
/// # Errors
/// What kept it from doing so.
pub(super) fn run(args: &LintArgs, configs: Configs, when: When) -> Result<u8, Failure> {
    let started = Instant::now();
    output::check(&args.output)?;
    let mut known = baseline::open(args)?;
    let configs = config::shared(configs);
    let since = args.since.as_deref().map(since::find).transpose()?;
    let (mut jobs, found) = jobs(args, &configs)?;
    if args.show_files {
        return show_files(&jobs);
    }
    let walked = started.elapsed();
    let nothing = jobs.is_empty() && found.skipped.declarations == 0 && !args.force_exclude;

    let bar = progress(args, jobs.len());
    let shown = Once::new();
    let room = Room::new();
    let (mut done, joined) = in_pool(args.threads, || {
        let cwd = working_directory();
        let each = |job: &Job| {
            let done = do_job(job, &job.options, &room);
            if started.elapsed() > PATIENCE && !bar.is_finished() {
                shown.call_once(|| bar.set_draw_target(ProgressDrawTarget::stderr()));
            }
            bar.inc(1);
            done
        };
        let mut done: Vec<Done> = Vec::with_capacity(jobs.len());
        let mut sifted = 0;
        for batch in jobs.chunks(BATCH) {
            done.par_extend(batch.par_iter().with_max_len(1).map(each));
            if room.is_scarce() {
                project::drop_unasked(&jobs[sifted..done.len()], &mut done[sifted..], &cwd, &room);
                sifted = done.len();
            }
        }
        let first = started.elapsed();
        let walk = walk_of(args, &cwd, &[], &configs);
        let judged = project::judge_again(&mut jobs, &mut done, &found.entered, &walk, &configs, &room);
        judged.map(|()| (done, started.elapsed() - first))
    })??;
    bar.finish_and_clear();

    let baselined = known.as_mut().map_or(Ok(0), |known| known.apply(&jobs, &mut done))?;
    let unchanged = since.map_or(Ok(0), |since| since.apply(args, &jobs, &mut done, &configs))?;
    let mut run = Run { baselined, unchanged, ..gather(done, &found) };
    let errors = run.count(Level::Error);
    let warnings = run.count(Level::Warn);
    if args.quiet {
        hide_warnings(&mut run);
    }
    run.elapsed = started.elapsed();
    output::write(&run, args, when)?;

    for warning in &found.warnings {
        terminal::say(&format!("warning: {warning}"));
    }
    if nothing {
        let hint = if args.no_ignore { "" } else { " (--no-ignore lints ignored ones too)" };
        terminal::say(&format!("warning: no files with JavaScript or TypeScript to lint{hint}"));
    }
    if args.statistics {
        for (rule, count) in report::statistics(&run) {
            terminal::say(&format!("{count:>6}  {rule}"));
        }
    }
    if args.timing {
        say_timing(&run, walked, joined);
    }
    if matches!(args.format, Format::Pretty | Format::Github) || stderr().is_terminal() {
        terminal::say(&report::summary(&run));
    }
    let too_many = args.max_warnings.is_some_and(|most| warnings > most);
    if too_many {
        let most = args.max_warnings.unwrap_or(0);
        terminal::say(&format!("{}, more than the {most} of --max-warnings", plural(warnings, "warning")));
    }
    let broken = run.findings().any(|finding| finding.rule == "internal-error");
    Ok(match () {
        () if broken => FAILED,
        () if args.exit_zero => CLEAN,
        () if errors > 0 || too_many => FINDINGS,
        () => CLEAN,
    })
}

/// The files to lint, sorted as shown, and what the walk left out.
fn jobs(args: &LintArgs, configs: &Shared) -> Result<(Vec<Job>, Found), Failure> {
    let cwd =
        env::current_dir().map_err(|error| Failure::Usage(format!("cannot tell the working directory: {error}")))?;
    let mut paths = args.paths.clone();
    paths.retain(|path| path != Path::new("-"));
    let from_stdin = paths.len() < args.paths.len() || (args.stdin_filename.is_some() && paths.is_empty());
    if args.stdin_filename.is_some() && !from_stdin {
        return Err(Failure::Usage("--stdin-filename names standard input: give - among the paths too".into()));
    }
    if paths.is_empty() && !from_stdin {
        paths.push(PathBuf::from("."));
    }
    let walk = if args.force_exclude { walk::walk_forced } else { walk::walk };
    let mut found = walk(&walk_of(args, &cwd, &paths, configs)).map_err(Failure::Usage)?;
    let stdin_input = from_stdin.then(|| stdin_input(&cwd, args.stdin_filename.as_deref())).transpose()?;
    let stdin_input = stdin_input.filter(|input| !args.force_exclude || !is_left_out(args, &cwd, &input.path, configs));
    let mut configs = config::lock(configs);
    let mut packages = Packages::default();
    let mut jobs = with_context(std::mem::take(&mut found.inputs), &mut packages, &mut configs);
    if let Some(input) = stdin_input {
        let mut bytes = Vec::new();
        stdin()
            .lock()
            .read_to_end(&mut bytes)
            .map_err(|error| Failure::Usage(format!("cannot read standard input: {error}")))?;
        // An editor pipes the text of a file that also lies on disk: what is piped counts.
        jobs.retain(|job| job.input.shown != input.shown);
        let context = read::context(&mut packages, &input.path);
        let options = Arc::clone(&configs.of(&input.path).options);
        jobs.push(Job { input, context, options, text: Some(read::text(bytes)) });
        jobs.sort_by(|a, b| a.input.shown.cmp(&b.input.shown));
    }
    configs.check()?;
    Ok((jobs, found))
}

/// How the arguments ask to walk paths.
pub(super) fn walk_of<'a>(args: &LintArgs, cwd: &'a Path, paths: &'a [PathBuf], configs: &Shared) -> Walk<'a> {
    Walk { cwd, paths, left_out: config::left_out(configs), ignore_files: !args.no_ignore }
}

/// The files of a walk.
pub(super) fn jobs_in(walk: &Walk, configs: &Shared) -> Result<Vec<Job>, Failure> {
    let found = walk::walk(walk).map_err(Failure::Usage)?;
    Ok(with_context(found.inputs, &mut Packages::default(), &mut config::lock(configs)))
}

fn with_context(inputs: Vec<Input>, packages: &mut Packages, configs: &mut Configs) -> Vec<Job> {
    inputs.into_iter().map(|input| job(input, packages, configs)).collect()
}

/// A file and what is known of it before it is read.
pub(super) fn job(input: Input, packages: &mut Packages, configs: &mut Configs) -> Job {
    let (context, options) = (read::context(packages, &input.path), Arc::clone(&configs.of(&input.path).options));
    Job { context, options, input, text: None }
}

/// Judges each file alone.
pub(super) fn lint_all(jobs: &[Job], room: &Room) -> Vec<Done> {
    jobs.par_iter().with_max_len(1).map(|job| do_job(job, &job.options, room)).collect()
}

/// Lists the files that are not minified, or named.
fn show_files(jobs: &[Job]) -> Result<u8, Failure> {
    let is_linted = |job: &&Job| job.input.named || !job.read().is_ok_and(|text| job.is_minified(&text));
    let shown: Vec<&Job> = jobs.par_iter().filter(is_linted).collect();
    let mut out = BufWriter::new(stdout().lock());
    for job in shown {
        writeln!(out, "{}", job.input.shown)?;
    }
    out.flush()?;
    Ok(CLEAN)
}

/// Whether a file would be left out if it were found. It need not exist.
fn is_left_out(args: &LintArgs, cwd: &Path, path: &Path, configs: &Shared) -> bool {
    let is_excluded = config::lock(configs).left_out_by(path).is_some();
    let paths = [path.to_owned()];
    let walk = walk_of(args, cwd, &paths, configs);
    is_excluded || path.is_file() && walk::walk_forced(&walk).is_ok_and(|found| found.inputs.is_empty())
}

fn stdin_input(cwd: &Path, name: Option<&Path>) -> Result<Input, Failure> {
    let name = name.unwrap_or(Path::new("stdin.js"));
    if !walk::is_script(name) {
        return Err(Failure::Usage(format!(
            "--stdin-filename {}: not the name of a file with JavaScript or TypeScript",
            name.display()
        )));
    }
    // The file need not exist.
    let real_cwd = cwd.canonicalize().unwrap_or_else(|_| cwd.to_owned());
    let path = walk::real(&real_cwd, name);
    if path.is_dir() {
        return Err(Failure::Usage(format!("--stdin-filename {}: a directory; name a file", name.display())));
    }
    Ok(Input { shown: walk::shown(&path, &real_cwd), path, named: true })
}

fn progress(args: &LintArgs, files: usize) -> ProgressBar {
    let wanted = args.format == Format::Pretty && !args.quiet && stderr().is_terminal();
    let bar = ProgressBar::with_draw_target(Some(files as u64), ProgressDrawTarget::hidden());
    if !wanted {
        bar.finish();
    }
    bar
}

/// Runs `work` on worker threads whose stacks are large enough for deeply nested code.
///
/// # Errors
/// The threads cannot be started.
pub(super) fn in_pool<T: Send>(threads: Option<NonZeroUsize>, work: impl FnOnce() -> T + Send) -> Result<T, Failure> {
    guard::install();
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads.map_or(0, NonZeroUsize::get))
        .stack_size(STACK)
        .build()
        .map_err(|error| Failure::Usage(format!("cannot start threads: {error}; try -j 1")))?;
    Ok(pool.install(work))
}

/// Judges a file alone, and keeps what was collected of it while there is room.
pub(super) fn do_job(job: &Job, options: &Options, room: &Room) -> Done {
    let shown = &job.input.shown;
    let text = match job.read() {
        Ok(text) if job.is_minified(&text) => return Done { minified: true, ..Done::default() },
        Ok(text) => text,
        Err(finding) => return Done { links: None, ..Done::of(problem(shown, *finding)) },
    };
    let lint = || {
        let file = Collected::new(Source::new(shown, text), &job.context);
        let mut report = file.judge(&job.context, options, &ALONE);
        report.timing.add(file.timing());
        (report, room.keep(file))
    };
    let (report, kept) = guard::guarded(lint).unwrap_or_else(|panic| (failed(shown, &panic), None));
    Done { kept, ..Done::of(report) }
}

/// Lints one text; a panic becomes an `internal-error` finding.
pub(super) fn lint_file(
    shown: &str,
    text: String,
    context: &FileContext,
    options: &Options,
    index: &Index,
) -> FileReport {
    guard::guarded(|| lint_in(Source::new(shown, text), context, options, index))
        .unwrap_or_else(|panic| failed(shown, &panic))
}

/// The report of a file on which leaklint failed.
pub(super) fn failed(shown: &str, panic: &str) -> FileReport {
    let message = format!("leaklint failed on this file: {panic}");
    let help = concat!("report it with the code that causes it: ", env!("CARGO_PKG_REPOSITORY"), "/issues");
    problem(shown, Finding::diagnostic("internal-error", Level::Error, message, help, Span::new(0, 0)))
}

/// The report of a file that could not be linted.
fn problem(shown: &str, finding: Finding) -> FileReport {
    problem_in(Source::new(shown, ""), finding)
}

/// The report of something wrong with a text.
pub(super) fn problem_in(source: Source, finding: Finding) -> FileReport {
    let mut findings = vec![finding];
    fingerprint::number(&source, &mut findings);
    FileReport::of(source, findings)
}

fn gather(done: Vec<Done>, found: &Found) -> Run {
    let mut run = Run { skipped: found.skipped, base: output::base(), ..Run::default() };
    for file in done {
        run.skipped.minified += usize::from(file.minified);
        run.linted += usize::from(!file.minified);
        run.suppressed += file.suppressed;
        run.timing.add(file.timing);
        run.files.extend(file.report.filter(|report| !report.findings.is_empty() || !report.suppressed.is_empty()));
    }
    run
}

fn hide_warnings(run: &mut Run) {
    run.hidden_warnings = run.count(Level::Warn);
    for file in &mut run.files {
        file.findings.retain(|finding| finding.level == Level::Error);
        file.suppressed.retain(|silenced| silenced.finding.level == Level::Error);
    }
}

fn say_timing(run: &Run, walked: Duration, joined: Duration) {
    let rows = [
        ("walk", walked),
        ("parse", Duration::from_nanos(run.timing.parse)),
        ("facts", Duration::from_nanos(run.timing.facts)),
        ("rules", Duration::from_nanos(run.timing.rules)),
        ("again", joined),
    ];
    for (phase, time) in rows {
        terminal::say(&format!("{phase:>6}  {}", duration(time)));
    }
    terminal::say(&format!(
        " total  {} (parse, facts and rules are summed over the threads; again is the second look, with other files)",
        duration(run.elapsed)
    ));
}
