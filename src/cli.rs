//! What the user may ask for.

mod baseline;
mod config;
mod explain;
mod init;
mod lint;
mod manual;
mod output;
mod project;
mod select;
mod since;
mod terminal;
mod why;

use crate::walk;
use clap::{ArgAction, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use config::Configs;
use leaklint::finding::Confidence;
use leaklint::suggest::nearest;
use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Nothing at a failing level.
const CLEAN: u8 = 0;
/// Findings at a failing level.
const FINDINGS: u8 = 1;
/// The run could not do what was asked.
const FAILED: u8 = 2;

const EXIT_CODES: &str = "\
Exit codes:
  0  no errors, and no more warnings than --max-warnings allows
  1  errors, or more warnings than that
  2  could not run: wrong flag or configuration, unknown rule, missing path, internal error

Silence one place, with the reason:
  // leaklint-disable-next-line unbounded-cache -- one entry per country

Configure a project in leaklint.json, leaklint.jsonc or the key `leaklint` of package.json; leaklint init writes one.
A path named like a command is written ./rules.";

/// Finds memory leaks in JavaScript and TypeScript before they ship.
#[derive(Debug, Parser)]
#[command(name = "leaklint", version, after_help = EXIT_CODES, args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    lint: LintArgs,
    /// When to use colours; auto asks `NO_COLOR`, then `FORCE_COLOR`, then whether it is a terminal
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = When::Auto, global = true, help_heading = "Report")]
    color: When,
}

#[derive(Debug, Args)]
struct ConfigArgs {
    /// The configuration of all files [default: for each file the nearest leaklint.json, leaklint.jsonc or package.json with a key `leaklint`]
    #[arg(short = 'c', long, value_name = "FILE", help_heading = "Configuration")]
    config: Option<PathBuf>,
    /// Use no configuration
    #[arg(long, conflicts_with = "config", help_heading = "Configuration")]
    isolated: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print the page of a rule: what it finds, why that leaks, how to fix it
    Explain {
        /// The rule, such as unbounded-cache
        rule: String,
    },
    /// Tell what leaklint thinks about every hold on a line, and why it reports it or not
    Why {
        /// The file and the line, such as src/server.js:12
        #[arg(value_name = "FILE:LINE")]
        place: String,
        #[command(flatten)]
        config: ConfigArgs,
    },
    /// List the rules
    Rules {
        /// How to print them
        #[arg(long, value_enum, default_value_t = RulesFormat::Table)]
        format: RulesFormat,
    },
    /// Write a small leaklint.json here
    Init,
    /// Print the JSON Schema of leaklint.json
    Schema,
    /// Print completions of commands and flags for a shell
    Completions {
        /// The shell to complete in
        #[arg(value_enum)]
        shell: Shell,
    },
    /// Print the manual page
    Man,
}

#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
struct LintArgs {
    /// Files and directories to lint; - reads standard input [default: the working directory]
    ///
    /// Linted are .js, .ts, .jsx, .tsx, their .m and .c forms, and the scripts of .vue, .svelte, .astro and .html files.
    /// What is named here is always linted, also when ignored, minified or under `node_modules`.
    #[arg(value_name = "PATHS")]
    paths: Vec<PathBuf>,
    /// The name and place that standard input has in the project
    #[arg(long, value_name = "PATH", help_heading = "Files")]
    stdin_filename: Option<PathBuf>,
    /// Leave out files and directories that match, in the syntax of .gitignore [repeatable]
    #[arg(long, value_name = "GLOB", help_heading = "Files")]
    exclude: Vec<String>,
    /// Leave out what is named, too, where it would be left out if it were found: excluded, ignored, minified, under
    /// `node_modules`
    #[arg(long, help_heading = "Files")]
    force_exclude: bool,
    /// Lint also what .gitignore ignores
    #[arg(long, help_heading = "Files")]
    no_ignore: bool,
    /// List the files that would be linted, one a line, and lint none
    #[arg(long, conflicts_with = "stdin_filename", help_heading = "Files")]
    show_files: bool,

    #[command(flatten)]
    config: ConfigArgs,
    /// Print the configuration of a file, with where each part comes from, and lint nothing
    #[arg(long, value_name = "PATH", conflicts_with_all = ["show_files", "paths", "stdin_filename"], help_heading = "Configuration")]
    print_config: Option<PathBuf>,

    /// Report these as errors; the last of -D, -W and -A about a rule wins [repeatable]
    #[arg(short = 'D', long, value_name = "RULE|CATEGORY|all", action = ArgAction::Append, help_heading = "Rules")]
    deny: Vec<String>,
    /// Report these as warnings [repeatable]
    #[arg(short = 'W', long, value_name = "RULE|CATEGORY|all", action = ArgAction::Append, help_heading = "Rules")]
    warn: Vec<String>,
    /// Do not report these [repeatable]
    #[arg(short = 'A', long, value_name = "RULE|CATEGORY|all", action = ArgAction::Append, help_heading = "Rules")]
    allow: Vec<String>,
    /// Run only this rule [repeatable]
    #[arg(long, value_name = "RULE", help_heading = "Rules")]
    only: Vec<String>,
    /// How sure leaklint must be to report: high where code in view shows the leak, medium where it is likely, low where it is possible [default: medium]
    #[arg(long, value_name = "LEVEL", value_enum, conflicts_with = "pedantic", help_heading = "Rules")]
    min_confidence: Option<Sureness>,
    /// Report also what is uncertain; the same as --min-confidence low
    #[arg(long, help_heading = "Rules")]
    pedantic: bool,

    /// How to report on standard output
    #[arg(long, value_enum, default_value_t = Format::Pretty, help_heading = "Report")]
    format: Format,
    /// Report also to a file, in any of the formats, such as sarif=leaks.sarif [repeatable]
    #[arg(short = 'o', long, value_name = "FORMAT=FILE", help_heading = "Report")]
    output: Vec<output::Output>,
    /// Report errors only
    #[arg(long, help_heading = "Report")]
    quiet: bool,
    /// Count the findings of each rule, on standard error
    #[arg(long, help_heading = "Report")]
    statistics: bool,
    /// Tell where the time went, on standard error
    #[arg(long, help_heading = "Report")]
    timing: bool,

    /// Report only what is not in this baseline [default: the nearest leaklint-baseline.json, upward from the working
    /// directory]
    #[arg(long, value_name = "FILE", help_heading = "New findings only")]
    baseline: Option<PathBuf>,
    /// Write what is found to the baseline, and take out what is no longer found
    #[arg(long, help_heading = "New findings only")]
    update_baseline: bool,
    /// Report also what is in the baseline
    #[arg(long, conflicts_with_all = ["baseline", "update_baseline"], help_heading = "New findings only")]
    no_baseline: bool,
    /// Report only what is new since a git revision: what was not there where HEAD departed from it
    #[arg(long, value_name = "REVISION", conflicts_with = "update_baseline", help_heading = "New findings only")]
    since: Option<String>,

    /// Fail when there are more warnings than this
    #[arg(long, value_name = "N", value_parser = count, help_heading = "Run")]
    max_warnings: Option<usize>,
    /// Do not fail on findings; exit code 2 stays
    #[arg(long, help_heading = "Run")]
    exit_zero: bool,
    /// How many threads to use [default: one a core]
    #[arg(short = 'j', long, value_name = "N", value_parser = count_from_one, help_heading = "Run")]
    threads: Option<NonZeroUsize>,
}

fn count(text: &str) -> Result<usize, &'static str> {
    text.parse().map_err(|_| "write a number, such as 0")
}

fn count_from_one(text: &str) -> Result<NonZeroUsize, &'static str> {
    text.parse().map_err(|_| "write a number, 1 or more")
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum When {
    Auto,
    Always,
    Never,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people: the code, and why it leaks
    Pretty,
    /// One line a finding
    Concise,
    /// Everything, for tools
    Json,
    /// SARIF 2.1.0, for code scanning and editors
    Sarif,
    /// Annotations for GitHub Actions, after the pretty report
    Github,
    /// Code quality report of GitLab
    Gitlab,
    /// JUnit's XML, for CI servers
    Junit,
    /// Checkstyle's XML, for Jenkins and others
    Checkstyle,
    /// For reviewdog
    Rdjson,
    /// For what reads the JSON of ESLint
    EslintJson,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum RulesFormat {
    Table,
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Sureness {
    High,
    Medium,
    Low,
}

impl From<Sureness> for Confidence {
    fn from(sureness: Sureness) -> Self {
        match sureness {
            Sureness::High => Self::High,
            Sureness::Medium => Self::Medium,
            Sureness::Low => Self::Low,
        }
    }
}

/// Why a run ended without doing what was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The user can mend it; says what is wrong and what to do.
    Usage(String),
    /// Mistakes in configurations, drawn for people.
    Configuration(String),
    /// Standard output did not take the report.
    Output(io::Error),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

/// Does what the arguments of this process ask for.
///
/// # Errors
/// What kept it from doing so.
pub(crate) fn run() -> Result<ExitCode, Failure> {
    let matches = Cli::command().get_matches();
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let code = match cli.command {
        None => {
            let cwd = walk::working_directory();
            is_no_command(&cli.lint.paths, &cwd)?;
            let flags = select::Flags::of(&cli.lint, &matches)?;
            let mut configs = Configs::new(&cli.lint.config, &cli.lint.exclude, flags, &cwd, cli.color)?;
            match &cli.lint.print_config {
                Some(path) => config::print(&mut configs, path, &cwd)?,
                None => lint::run(&cli.lint, configs, cli.color)?,
            }
        }
        Some(Command::Explain { rule }) => explain::page(&rule, cli.color)?,
        Some(Command::Why { place, config }) => why::run(&place, &config, cli.color)?,
        Some(Command::Rules { format }) => explain::list(format)?,
        Some(Command::Init) => init::run()?,
        Some(Command::Schema) => init::schema()?,
        Some(Command::Completions { shell }) => manual::completions(Cli::command(), shell)?,
        Some(Command::Man) => manual::page(Cli::command())?,
    };
    Ok(ExitCode::from(code))
}

/// A first word that is no file may be a command with a slip in it.
///
/// # Errors
/// It is one.
fn is_no_command(paths: &[PathBuf], cwd: &Path) -> Result<(), Failure> {
    let command = Cli::command();
    let names = command.get_subcommands().map(clap::Command::get_name);
    let word = paths.first().filter(|path| !cwd.join(path).exists()).and_then(|path| path.to_str());
    match word.and_then(|word| Some((word, nearest(word, names)?))) {
        Some((word, name)) => Err(Failure::Usage(format!("{word} does not exist; did you mean `leaklint {name}`?"))),
        None => Ok(()),
    }
}

/// Tells the user, once, and gives the exit code. A reader that has seen enough (`| head`) is no
/// failure.
pub(crate) fn report_failure(failure: &Failure) -> ExitCode {
    match failure {
        Failure::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::from(CLEAN),
        Failure::Output(error) => {
            terminal::say(&format!("error: cannot write the report: {error}"));
            ExitCode::from(FAILED)
        }
        Failure::Configuration(drawn) => {
            terminal::say(drawn);
            ExitCode::from(FAILED)
        }
        Failure::Usage(message) => {
            terminal::say(&format!("error: {message}"));
            ExitCode::from(FAILED)
        }
    }
}
