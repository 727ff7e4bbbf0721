//! One file in, one report out: the flow from text to findings.

use crate::finding::{Confidence, Finding, Level, Role};
use crate::source::{Source, Span};

/// What is known of a file besides its text.
#[derive(Clone, Debug, Default)]
pub struct FileContext {
    /// `type` of the nearest package.json: `Some(true)` for "module", `Some(false)` for "commonjs".
    pub package_is_module: Option<bool>,
}

/// What to report.
#[derive(Clone, Debug)]
pub struct Options {
    /// Level of each rule that is not at its own default, by rule name.
    pub levels: Vec<(&'static str, Level)>,
    /// Findings below are not reported.
    pub min_confidence: Confidence,
    /// Whether to fill [`FileReport::stories`], for `why`.
    pub stories: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { levels: Vec::new(), min_confidence: Confidence::Medium, stories: false }
    }
}

/// Processor time a file took, by phase, in nanoseconds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Timing {
    /// Text to AST.
    pub parse: u64,
    /// AST to facts, and freeing the AST.
    pub facts: u64,
    /// Facts to findings, suppressions included.
    pub rules: u64,
}

/// One hold that was looked at, with the four answers and what became of it. For `why`.
#[derive(Clone, Debug)]
pub struct HoldStory {
    /// The rule that asked.
    pub rule: &'static str,
    /// The hold.
    pub span: Span,
    /// The four answers, as far as they were sought.
    pub answers: Vec<(Role, String)>,
    /// `Reported, high` or what silenced it, one sentence.
    pub verdict: String,
}

/// What was found in one file.
#[derive(Debug)]
pub struct FileReport {
    /// The file.
    pub source: Source,
    /// Findings after suppressions, sorted by place and rule.
    pub findings: Vec<Finding>,
    /// How many findings suppression comments silenced.
    pub suppressed: usize,
    /// Every hold looked at, where [`Options::stories`] asked for them.
    pub stories: Vec<HoldStory>,
    /// Where the time went.
    pub timing: Timing,
}

/// Lints one file. Never fails: a file that does not parse gives a `syntax-error` finding.
#[must_use]
pub fn lint(source: Source, _context: &FileContext, _options: &Options) -> FileReport {
    FileReport { source, findings: Vec::new(), suppressed: 0, stories: Vec::new(), timing: Timing::default() }
}
