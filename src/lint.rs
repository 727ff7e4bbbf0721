//! One file in, one report out: the flow from text to findings.

use crate::blocks::{self, Unit};
use crate::embedded;
use crate::engine::Engine;
use crate::engine::words::words_of;
use crate::facts::Facts;
use crate::facts::collect::recycle;
use crate::finding::{Confidence, Finding, Level, Role};
use crate::fingerprint::{self, number};
use crate::index::{ALONE, Index, Links, Questions, Surveyed};
use crate::models::Models;
use crate::rules::{Draft, PRECEDENCE, RULES, Rule, Sink};
use crate::source::{Source, Span};
use crate::suppress::{self, Suppressed};
use crate::syntax;
use std::sync::Arc;

/// What is known of a file besides its text.
#[derive(Clone, Debug, Default)]
pub struct FileContext {
    /// `type` of the nearest package.json: `Some(true)` for "module", `Some(false)` for "commonjs".
    pub package_is_module: Option<bool>,
    /// The path from the nearest package.json, with `/`; `None` where there is none. Directories
    /// of tests are known by it.
    pub path_in_package: Option<String>,
    /// Whether its package.json names it for others to import: `main`, `exports` and their like.
    pub is_entry: bool,
    /// Whether package.json names it as a program, under `bin`.
    pub is_program: bool,
    /// Whether it is part of a package that others import: who calls what it exports is out of sight.
    pub is_library: bool,
    /// Whether the package is a whole project: it has a version, or is private.
    pub is_project: bool,
}

/// What to report of a file, and what is said of how it runs.
#[derive(Clone, Debug)]
pub struct Options {
    /// Level of each rule that is not at its own default, by rule name; also those of the diagnostics about suppressions.
    pub levels: Vec<(&'static str, Level)>,
    /// Rules with a threshold of their own.
    pub confidences: Vec<(&'static str, Confidence)>,
    /// Findings below are not reported.
    pub min_confidence: Confidence,
    /// Whether the process that runs it soon ends; `None` where its name and directory tell.
    pub short_lived: Option<bool>,
    /// Whether other packages import it; `None` where its package.json tells.
    pub library: Option<bool>,
    /// Whether to fill [`FileReport::stories`], for `why`.
    pub stories: bool,
    /// What is known of APIs.
    pub models: Arc<Models>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            levels: Vec::new(),
            confidences: Vec::new(),
            min_confidence: Confidence::Medium,
            short_lived: None,
            library: None,
            stories: false,
            models: Arc::clone(Models::embedded()),
        }
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

impl Timing {
    /// Adds what an earlier look at the same file took.
    pub fn add(&mut self, other: Self) {
        self.parse += other.parse;
        self.facts += other.facts;
        self.rules += other.rules;
    }
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
    pub source: Arc<Source>,
    /// Findings after suppressions, sorted by place and rule.
    pub findings: Vec<Finding>,
    /// Findings that comments or the baseline silence, as they would have been reported.
    pub suppressed: Vec<Suppressed>,
    /// Fingerprints of findings that are too uncertain to be reported: they are there all the same.
    pub quiet: Vec<String>,
    /// What the project index needs to know of it.
    pub links: Links,
    /// Every hold looked at, where [`Options::stories`] asked for them.
    pub stories: Vec<HoldStory>,
    /// Where the time went.
    pub timing: Timing,
}

impl FileReport {
    /// A report of findings that no judgement made: of a file that cannot be read, or of a configuration.
    #[must_use]
    pub fn of(source: Source, findings: Vec<Finding>) -> Self {
        Self {
            source: Arc::new(source),
            findings,
            suppressed: Vec::new(),
            quiet: Vec::new(),
            links: Links::default(),
            stories: Vec::new(),
            timing: Timing::default(),
        }
    }
}

/// What parsing and judging the deepest code takes; a thread that has less gets a stack of its own.
const STACK_NEEDED: usize = 64 * 1024 * 1024;
/// The stack it gets: reserved, and used only as far as the code is deep.
const STACK_GIVEN: usize = 256 * 1024 * 1024;

/// Lints one file alone. Never fails: a file that does not parse gives a `syntax-error` finding.
#[must_use]
pub fn lint(source: Source, context: &FileContext, options: &Options) -> FileReport {
    lint_in(source, context, options, &ALONE)
}

/// Lints one file, with what is known of the others. Never fails.
#[must_use]
pub fn lint_in(source: Source, context: &FileContext, options: &Options, index: &Index) -> FileReport {
    let file = Collected::new(source, context);
    let mut report = file.judge(context, options, index);
    report.timing.add(file.timing());
    file.recycle();
    report
}

/// What a file does, collected once for its judgement and for all that other files ask it.
#[derive(Debug)]
pub struct Collected {
    source: Arc<Source>,
    /// Of each unit that parses.
    facts: Vec<Facts>,
    /// Comments as written, with whether they are `/* … */`; only where one may be a directive.
    comments: Vec<(Span, bool)>,
    /// What does not parse.
    broken: Vec<Finding>,
    timing: Timing,
}

impl Collected {
    /// Parses a file and collects what it does.
    #[must_use]
    pub fn new(source: Source, context: &FileContext) -> Self {
        let source = Arc::new(source);
        let mut file = Self { source, facts: vec![], comments: vec![], broken: vec![], timing: Timing::default() };
        stacker::maybe_grow(STACK_NEEDED, STACK_GIVEN, || file.collect(context));
        file
    }

    fn collect(&mut self, context: &FileContext) {
        let mut clock = Clock::start();
        let source = &*self.source;
        let directives = suppress::may_have_directives(&source.text);
        for unit in blocks::units(&source.path, &source.text) {
            let parsed = parse(source, &unit, directives, &mut self.broken);
            self.timing.parse += clock.lap();
            let Some(mut parsed) = parsed else { continue };
            parsed.iter_mut().for_each(|block| self.comments.append(&mut block.comments));
            self.facts.push(collect(parsed, source, &unit, context));
            self.timing.facts += clock.lap();
        }
        self.comments.sort_unstable();
    }

    /// Judges the file, with what is known of the others. The report tells the time of that alone.
    #[must_use]
    pub fn judge(&self, context: &FileContext, options: &Options, index: &Index) -> FileReport {
        stacker::maybe_grow(STACK_NEEDED, STACK_GIVEN, || judge_here(self, context, options, index))
    }

    /// What it says of what other files asked: what it does with what it imports from them, and with what they
    /// give to its functions; and what that depends on.
    #[must_use]
    pub fn survey(&self, options: &Options, index: &Index) -> Surveyed {
        stacker::maybe_grow(STACK_NEEDED, STACK_GIVEN, || {
            let mut found = Surveyed::default();
            for facts in &self.facts {
                let engine = Engine::new(facts, &options.models, &self.source, index);
                found.uses.extend(engine.survey());
                found.given.extend(engine.treatments());
                found.questions.exports.extend(engine.asked_exports());
                found.questions.given.extend(engine.asked_given());
                engine.recycle();
            }
            found
        })
    }

    /// Processor time that collecting took.
    #[must_use]
    pub fn timing(&self) -> Timing {
        self.timing
    }

    /// About how many bytes of memory it takes once it is shrunk.
    #[must_use]
    pub fn size(&self) -> usize {
        self.source.text.len() + self.facts.iter().map(Facts::size).sum::<usize>()
    }

    /// Takes no more memory than it needs; the room to grow goes to the next file.
    pub fn shrink(&mut self) {
        for facts in &mut self.facts {
            let small = facts.clone();
            recycle(std::mem::replace(facts, small));
        }
    }

    /// Gives its memory to the next file.
    pub fn recycle(self) {
        self.facts.into_iter().for_each(recycle);
    }
}

fn judge_here(file: &Collected, context: &FileContext, options: &Options, index: &Index) -> FileReport {
    let mut clock = Clock::start();
    let source = &*file.source;
    let mut sink = Sink { tells: options.stories, ..Sink::default() };
    let mut links = Links::default();
    let mut found = Vec::new();
    for facts in &file.facts {
        let told = sink.stories.len();
        let mut engine = Engine::new(facts, &options.models, source, index);
        engine.is_library = options.library.unwrap_or(context.is_library);
        engine.is_entry = context.is_entry;
        engine.is_project = context.is_project && options.library != Some(false);
        run_rules(&engine, options, &mut sink);
        embedded::lint_strings(&engine, options, &mut sink);
        let holds: Vec<u32> = sink.drafts.iter().map(|draft| draft.span.start).collect();
        let mut own = engine.links(&holds);
        let doubt = if let Some(reason) = short_lived(&engine, context, options) {
            own.is_short_lived = true;
            Some(reason)
        } else if !sink.drafts.is_empty() && has_shortened_names(facts) {
            Some("a tool has shortened its names: what they stand for cannot be told".to_string())
        } else {
            None
        };
        if let Some(reason) = doubt {
            sink.lower(told, &reason);
            // Whatever other files do, it stays too uncertain to be shown.
            if !options.shows_uncertain() {
                own.questions = Questions::default();
            }
        }
        links.add(own);
        let symbol = |at: u32| enclosing_symbol(&engine, at);
        let identity = |draft: &Draft| {
            fingerprint::identity(draft.rule, &fingerprint::code(&engine, draft.span), &symbol(draft.span.start))
        };
        found.extend(finish(source, std::mem::take(&mut sink.drafts), &symbol, &identity));
        engine.recycle();
    }

    let ran: Vec<(&str, bool)> = RULES.iter().map(|rule| (rule.name, options.level(rule) != Level::Off)).collect();
    // Identities come before anything is left out, so that they depend on the code alone.
    found.sort_by(|one, other| (one.span, one.rule).cmp(&(other.span, other.rule)));
    number(source, &mut found);
    let outcome = suppress::apply(source, &file.comments, &ran, found);
    let is_sure = |finding: &Finding| finding.confidence >= options.min_confidence_of(finding.rule);
    let reported = |mut finding: Finding| {
        finding.level = options.weighed(finding.rule, finding.confidence)?;
        is_sure(&finding).then_some(finding)
    };
    let suppressed = outcome
        .suppressed
        .into_iter()
        .filter_map(|silenced| Some(Suppressed { finding: reported(silenced.finding)?, ..silenced }));
    let suppressed = suppressed.collect();
    let uncertain = outcome.kept.iter().filter(|finding| !is_sure(finding));
    let quiet = uncertain.map(|finding| finding.fingerprint.clone()).collect();
    let mut findings: Vec<Finding> = outcome.kept.into_iter().filter_map(reported).collect();
    let mut about_input = file.broken.clone();
    for (mut about, default) in [(outcome.unused, Level::Warn), (outcome.unexplained, Level::Off)] {
        let Some(rule) = about.first().map(|finding| finding.rule) else { continue };
        let level = options.levels.iter().rev().find(|(name, _)| *name == rule).map_or(default, |(_, level)| *level);
        about.iter_mut().for_each(|finding| finding.level = level);
        about_input.extend(about.into_iter().filter(|finding| finding.level != Level::Off));
    }
    number(source, &mut about_input);
    findings.append(&mut about_input);
    findings.sort_by(|one, other| (one.span, one.rule).cmp(&(other.span, other.rule)));
    let timing = Timing { rules: clock.lap(), ..Timing::default() };
    FileReport { source: Arc::clone(&file.source), findings, suppressed, quiet, links, stories: sink.stories, timing }
}

/// Parses the blocks of a unit; one that does not parse becomes a finding, and the unit is not
/// judged, because code that uses what the block declares would be misread.
fn parse(source: &Source, unit: &Unit, comments: bool, broken: &mut Vec<Finding>) -> Option<Vec<syntax::Parsed>> {
    let before = broken.len();
    let mut parsed = Vec::with_capacity(unit.blocks.len());
    for block in &unit.blocks {
        match syntax::parse(&source.text, block, comments) {
            Ok(block) => parsed.push(block),
            Err(_) if blocks::is_template(unit, source.slice(block.span)) => {}
            Err(error) => broken.push(unreadable(source, unit, &error)),
        }
    }
    (broken.len() == before && !parsed.is_empty()).then_some(parsed)
}

/// Why the process that runs a file ends before a leak matters: it is a test, a build script, a
/// configuration, or a program that does not go on. Directories count only inside the package, so
/// that a project may lie in a directory called `test`. What the configuration says wins.
fn short_lived(engine: &Engine<'_>, context: &FileContext, options: &Options) -> Option<String> {
    match options.short_lived {
        Some(true) => return Some("the configuration says that it runs in a process that soon ends".to_string()),
        Some(false) => return None,
        None => {}
    }
    let (models, path) = (engine.models, &engine.source.path);
    let (_, name) = path.rsplit_once('/').unwrap_or(("", path));
    let mut parts = name.split('.').skip(1);
    let directories = || context.path_in_package.as_deref().unwrap_or("").split('/').rev().skip(1);
    let stem = name.split('.').next();
    let is_script = engine.source.text.starts_with("#!");
    if let Some(part) = parts.find(|part| models.has_word("short-lived-name-parts", part)) {
        Some(format!("a file named `.{part}.` runs in a process that soon ends"))
    } else if let Some(directory) = directories().find(|name| models.has_word("short-lived-directories", name)) {
        Some(format!("what is in `{directory}/` runs in a process that soon ends"))
    } else if let Some(runner) = directories().chain(stem).find(|name| {
        models.has_word("test-runners", name)
            || stem == Some(name) && words_of(name).any(|word| models.has_word("test-files", &word))
    }) {
        Some(format!("what is named `{runner}` runs with tests, in a process that soon ends"))
    } else if (is_script || context.is_program) && !keeps_running(engine) {
        let how = if is_script { "by its first line" } else { "by `bin` of package.json" };
        Some(format!("{how} this is a program, and nothing in it keeps it running"))
    } else {
        None
    }
}

/// Fewer variables say nothing of who named them.
const NAMED: usize = 200;

/// Whether a tool renamed the variables of a file, as minifiers do, however its lines are laid out.
fn has_shortened_names(facts: &Facts) -> bool {
    let (mut all, mut short) = (0_usize, 0_usize);
    for binding in &facts.bindings {
        all += 1;
        short += usize::from(facts.name(binding.name).len() <= 2);
    }
    all >= NAMED && short * 4 > all * 3
}

/// Whether a program goes on: it serves requests or connections, or listens.
fn keeps_running(engine: &Engine<'_>) -> bool {
    use crate::facts::NodeKind;
    engine.facts.calls.iter().any(|node| match engine.facts.kind(*node) {
        NodeKind::Call { callee, .. } => {
            let listens = matches!(engine.facts.kind(callee), NodeKind::Member { name, .. } if engine.facts.name(name) == "listen");
            listens
                || engine.apis(*node).iter().any(|api| {
                    api.runs.as_ref().is_some_and(|runs| engine.models.has_word("served-units", &runs.per))
                })
        }
        _ => false,
    })
}

impl Options {
    /// The level a rule has.
    #[must_use]
    pub fn level(&self, rule: &Rule) -> Level {
        self.levels.iter().rev().find(|(name, _)| *name == rule.name).map_or(rule.level, |(_, level)| *level)
    }

    /// How sure a finding of a rule must be.
    fn min_confidence_of(&self, rule: &str) -> Confidence {
        self.confidences.iter().find(|(name, _)| *name == rule).map_or(self.min_confidence, |(_, own)| *own)
    }

    /// Whether some finding of low confidence is reported.
    fn shows_uncertain(&self) -> bool {
        let of_rules = self.confidences.iter().map(|(_, own)| *own);
        of_rules.chain([self.min_confidence]).any(|least| least == Confidence::Low)
    }

    /// Whether findings of that name can be reported; those about the input always are.
    #[must_use]
    pub fn is_on(&self, name: &str) -> bool {
        let set = self.levels.iter().rev().find(|(known, _)| *known == name).map(|(_, level)| *level);
        set.or_else(|| crate::rules::rule(name).map(|rule| rule.level)) != Some(Level::Off)
    }

    /// The level of a finding: high confidence takes the rule's, anything less is at most a
    /// warning. `None` where the rule is off.
    fn weighed(&self, rule: &str, confidence: Confidence) -> Option<Level> {
        let level = self.level(crate::rules::rule(rule)?);
        match (level, confidence) {
            (Level::Off, _) => None,
            (level, Confidence::High) => Some(level),
            (level, _) => Some(level.min(Level::Warn)),
        }
    }
}

/// Asks every rule that is on, and keeps one finding a hold.
pub(crate) fn run_rules(engine: &Engine<'_>, options: &Options, sink: &mut Sink) {
    sink.growths = None;
    for name in PRECEDENCE {
        if let Some(rule) = crate::rules::rule(name)
            && options.level(rule) != Level::Off
        {
            (rule.check)(engine, sink);
        }
    }
    // The surest speaks for a hold; of two that are as sure, the more specific.
    sink.drafts.sort_by_key(|draft| std::cmp::Reverse(draft.confidence));
    let mut taken = rustc_hash::FxHashSet::default();
    sink.drafts.retain(|draft| taken.insert(draft.span));
}

/// The facts of a unit; the AST is freed.
fn collect(parsed: Vec<syntax::Parsed>, source: &Source, unit: &Unit, context: &FileContext) -> Facts {
    let mut facts = crate::facts::collect::collect(&parsed, &source.path, source.text.len(), context.package_is_module);
    facts.expose(source, unit);
    syntax::free(parsed, facts.nesting);
    facts
}

/// Parses a text and drops the AST, for `benches/passes.rs`: what judging costs is measured against
/// this. Whether it parsed.
#[doc(hidden)]
#[must_use]
pub fn parse_only(path: &str, text: &str) -> bool {
    stacker::maybe_grow(STACK_NEEDED, STACK_GIVEN, || {
        let units = blocks::units(path, text);
        units.iter().flat_map(|unit| &unit.blocks).all(|block| syntax::parse(text, block, false).is_ok())
    })
}

fn unreadable(source: &Source, unit: &Unit, error: &syntax::SyntaxError) -> Finding {
    let what = if unit.markup.is_some() { "script" } else { "file" };
    let message = format!("this {what} cannot be parsed: {}", error.message);
    let help = "fix the code, or exclude the file: nothing in it was linted".to_string();
    let mut end = error.span;
    end.end = end.end.clamp(end.start, u32::try_from(source.text.len()).unwrap_or(u32::MAX));
    Finding::diagnostic("syntax-error", Level::Error, message, help, end)
}

/// Drafts as findings, in order of place.
fn finish(
    source: &Source,
    drafts: Vec<Draft>,
    symbol: &dyn Fn(u32) -> String,
    identity: &dyn Fn(&Draft) -> String,
) -> Vec<Finding> {
    let mut findings: Vec<Finding> = drafts
        .into_iter()
        .filter_map(|draft| {
            let rule = crate::rules::rule(draft.rule)?;
            let growth = draft.growth();
            let fingerprint = identity(&draft);
            let mut evidence = draft.evidence;
            for piece in &mut evidence {
                piece.span = inside(source, piece.span);
            }
            evidence.sort_by_key(|piece| piece.role);
            Some(Finding {
                rule: rule.name,
                category: rule.category,
                level: rule.level,
                confidence: draft.confidence,
                message: draft.message,
                help: draft.help,
                span: inside(source, draft.span),
                growth: Some(growth),
                evidence,
                retaining_path: draft.retaining_path,
                related: draft.related,
                fixes: Vec::new(),
                fingerprint,
                symbol: symbol(draft.span.start),
            })
        })
        .collect();
    findings.sort_by(|one, other| (one.span, one.rule).cmp(&(other.span, other.rule)));
    findings
}

/// The span cut to the text, at whole characters.
fn inside(source: &Source, span: Span) -> Span {
    let fit = |at: u32| {
        let mut at = (at as usize).min(source.text.len());
        while !source.text.is_char_boundary(at) {
            at -= 1;
        }
        u32::try_from(at).unwrap_or(u32::MAX)
    };
    let start = fit(span.start);
    Span::new(start, fit(span.end).max(start))
}

/// The named functions and classes around a place, outermost first: `Cache.get`, `load`.
fn enclosing_symbol(engine: &Engine<'_>, at: u32) -> String {
    let facts = engine.facts;
    facts
        .functions
        .iter()
        .skip(1)
        .filter(|function| function.span.start <= at && at < function.span.end)
        .filter_map(|function| {
            let name = facts.name(function.name);
            let class = facts.classes.get(function.class.index()).map_or("", |class| facts.name(class.name));
            match (class, name) {
                (_, "") => None,
                ("", name) => Some(name.to_string()),
                (class, name) => Some(format!("{class}.{name}")),
            }
        })
        .collect::<Vec<_>>()
        .join(" > ")
}

/// Time since the last lap, in nanoseconds.
struct Clock(std::time::Instant);

impl Clock {
    fn start() -> Self {
        Self(std::time::Instant::now())
    }

    fn lap(&mut self) -> u64 {
        let now = std::time::Instant::now();
        let lap = now.duration_since(self.0);
        self.0 = now;
        u64::try_from(lap.as_nanos()).unwrap_or(u64::MAX)
    }
}
