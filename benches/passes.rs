//! What judging costs beyond parsing: the whole linter against walk, read, parse and drop.
//!
//!     LEAKLINT_CORPUS=path/to/javascript cargo bench --bench passes
//!     cargo bench --bench passes -- path/to/javascript
//!
//! Both run in processes of their own, in turn, on one thread and with the same allocator, so that
//! a busy machine disturbs both alike. Printed are medians of five and their ratios; trust the
//! ratios. On Linux processor times come from `/proc/self/stat`, in steps of 10 ms, and peak memory
//! from `/proc/<pid>/status`, asked every 5 ms. Other systems have neither: there the times are
//! wall-clock times, and memory is not told.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a benchmark talks to the person who runs it")]

#[path = "common/command_line.rs"]
#[allow(dead_code, reason = "this benchmark ends in its own way")]
mod command_line;
#[path = "../src/read.rs"]
#[allow(
    dead_code,
    unused_imports,
    reason = "the benchmark reads files as the linter does, and does nothing else with them"
)]
mod read;
#[path = "../src/walk.rs"]
#[allow(dead_code, reason = "the benchmark walks as the linter does, and does nothing else")]
mod walk;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::thread;
use std::time::{Duration, Instant};

// The same as the linter's: the allocator is half of what parsing costs.
#[cfg(all(unix, not(target_env = "musl")))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;
#[cfg(not(all(unix, not(target_env = "musl"))))]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How often each is run.
const RUNS: usize = 5;
/// How this program asks itself to parse only.
const PARSE_ONLY: &str = "--parse-only";
/// The stack of a worker thread of the linter.
const STACK: usize = 256 << 20;
/// The unit of `/proc/self/stat`: a hundredth of a second, wherever Linux runs today.
const TICK: Duration = Duration::from_millis(10);

/// What one process took.
#[derive(Clone, Copy, Debug)]
struct Cost {
    time: Duration,
    /// Peak memory in kB; 0 where it is not known.
    peak: u64,
}

fn main() -> ExitCode {
    match command_line::arguments().as_slice() {
        [mode, folder] if mode == PARSE_ONLY => parse_folder(Path::new(folder)),
        [folder] => measure(Path::new(folder)),
        _ => match std::env::var_os("LEAKLINT_CORPUS") {
            Some(folder) => measure(Path::new(&folder)),
            None => {
                eprintln!(
                    "give a folder of JavaScript: cargo bench --bench passes -- FOLDER, or LEAKLINT_CORPUS=FOLDER"
                );
                ExitCode::FAILURE
            }
        },
    }
}

/// Walks, reads, parses and drops, as the linter does before it judges.
fn parse_folder(folder: &Path) -> ExitCode {
    let folder = folder.to_owned();
    let thread = thread::Builder::new().stack_size(STACK).spawn(move || parse_all(&folder));
    match thread.map(thread::JoinHandle::join) {
        Ok(Ok(Ok(()))) => ExitCode::SUCCESS,
        Ok(Ok(Err(problem))) => fail(&problem),
        Ok(Err(_)) => fail("the parser panicked"),
        Err(error) => fail(&format!("no thread: {error}")),
    }
}

fn parse_all(folder: &Path) -> Result<(), String> {
    let cwd = std::env::current_dir().map_err(|error| error.to_string())?;
    let paths = [folder.to_owned()];
    let found = walk::walk(&walk::Walk {
        cwd: &cwd,
        paths: &paths,
        left_out: std::sync::Arc::new(|_, _| false),
        ignore_files: true,
    })?;
    let (mut files, mut bytes, mut broken) = (0_usize, 0_usize, 0_usize);
    for input in found.inputs {
        let Ok(text) = read::read(&input.path) else { continue };
        if !input.named && read::is_minified(&text) {
            continue;
        }
        files += 1;
        bytes += text.len();
        broken += usize::from(!leaklint::lint::parse_only(&input.shown, &text));
    }
    println!("{files} files, {} MB, {broken} that do not parse", bytes / 1_000_000);
    Ok(())
}

/// Runs both in turn and prints the medians.
fn measure(folder: &Path) -> ExitCode {
    match compare(folder) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => fail(&problem),
    }
}

fn compare(folder: &Path) -> Result<(), String> {
    let this = std::env::current_exe().map_err(|error| error.to_string())?;
    let linter = PathBuf::from(env!("CARGO_BIN_EXE_leaklint"));
    let parse = || {
        let mut command = Command::new(&this);
        command.arg(PARSE_ONLY).arg(folder);
        command
    };
    let lint = || {
        let mut command = Command::new(&linter);
        command.args(["-j", "1", "--format", "concise", "--exit-zero"]).arg(folder);
        command
    };
    // The first run warms the file cache, and says what the corpus is.
    let first = parse().output().map_err(|error| error.to_string())?;
    if !first.status.success() {
        return Err(String::from_utf8_lossy(&first.stderr).trim().to_owned());
    }
    print!("{}: {}", folder.display(), String::from_utf8_lossy(&first.stdout));
    let (mut parsing, mut linting) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        parsing.push(run(parse())?);
        linting.push(run(lint())?);
    }
    let ratios = median(parsing.iter().zip(&linting).map(|(parse, lint)| ratio(parse.time, lint.time)).collect());
    let (parsing, linting) = (typical(&parsing), typical(&linting));
    let what = if cfg!(target_os = "linux") { "processor time" } else { "wall-clock time" };
    println!("{what}, median of {RUNS}:");
    println!("  parse only    {:>7.2} s   peak {:>5} MB", parsing.time.as_secs_f64(), parsing.peak / 1024);
    println!("  whole linter  {:>7.2} s   peak {:>5} MB", linting.time.as_secs_f64(), linting.peak / 1024);
    println!("  ratio         {ratios:>7.2}     peak {:>8.2}", linting.peak as f64 / parsing.peak.max(1) as f64);
    Ok(())
}

/// Runs a process to its end.
fn run(mut command: Command) -> Result<Cost, String> {
    let before = children_time();
    let started = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("{}: {error}", command.get_program().display()))?;
    let mut peak = 0;
    let status = loop {
        if let Some(status) = child.try_wait().map_err(|error| error.to_string())? {
            break status;
        }
        peak = peak.max(peak_memory(&child));
        thread::sleep(Duration::from_millis(5));
    };
    let wall = started.elapsed();
    if !status.success() {
        return Err(format!("{} failed: {status}", command.get_program().display()));
    }
    let time = match (before, children_time()) {
        (Some(before), Some(after)) => after.saturating_sub(before),
        _ => wall,
    };
    Ok(Cost { time, peak })
}

/// User and system time of all children that have ended, on Linux.
fn children_time() -> Option<Duration> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The name of the program stands in parentheses and may contain anything. After it, from
    // field 3 on, come numbers: `cutime` is field 16, `cstime` field 17.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at)?.parse::<u32>().ok();
    Some(TICK * (ticks(13)? + ticks(14)?))
}

/// The most memory a process had so far, in kB, on Linux.
fn peak_memory(child: &Child) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// The median of each number.
fn typical(costs: &[Cost]) -> Cost {
    let time = median(costs.iter().map(|cost| cost.time.as_secs_f64()).collect());
    let peak = median(costs.iter().map(|cost| cost.peak as f64).collect());
    Cost { time: Duration::from_secs_f64(time), peak: peak as u64 }
}

fn ratio(parse: Duration, lint: Duration) -> f64 {
    lint.as_secs_f64() / parse.as_secs_f64().max(f64::EPSILON)
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or(0.0)
}

fn fail(problem: &str) -> ExitCode {
    eprintln!("error: {problem}");
    ExitCode::FAILURE
}
