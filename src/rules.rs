//! The rules: what each is called, how loud it is, its page, and its question to the engine.

mod accumulating_listener;
mod acquired;
mod blocking_handler;
mod detached_dom;
mod global_property;
mod growth;
mod host_object_reassignment;
mod implicit_global;
mod incomplete_cleanup;
mod lasting_owner;
mod listener_in_reconnect;
mod mismatched_removal;
mod missed_entry;
mod oversized_capture;
mod pending_promise;
mod per_call_setup;
mod pinned_parent;
mod shared_closure_context;
mod strong_object_key;
mod timeouts;
mod unbounded_cache;
mod unbounded_queue;
mod uncleared_timer;
mod undisposed_resource;
mod unsettled_entry;

use crate::engine::{Engine, Repetition, Strength};
use crate::finding::{Confidence, Evidence, Growth, GrowthKind, Level, Related, Role};
use crate::lint::HoldStory;
use crate::source::Span;

/// One rule. Its judgement is in `src/rules/<name>.rs`, its page in `rules/<name>.md`.
#[derive(Debug)]
pub struct Rule {
    /// Kebab-case name of the problem.
    pub name: &'static str,
    /// growth, listener, timer, resource, closure, global or setup.
    pub category: &'static str,
    /// Level of a high-confidence finding where nothing is configured.
    pub level: Level,
    /// What is kept, in one line.
    pub summary: &'static str,
    /// The Markdown page: what `leaklint explain` prints.
    pub page: &'static str,
    /// Looks at one file.
    pub(crate) check: fn(&Engine<'_>, &mut Sink),
}

/// Every rule, by name. Where two find the same hold, the one that comes first in
/// [`PRECEDENCE`] speaks.
pub static RULES: &[&Rule] = &[
    &accumulating_listener::RULE,
    &blocking_handler::RULE,
    &detached_dom::RULE,
    &global_property::RULE,
    &host_object_reassignment::RULE,
    &implicit_global::RULE,
    &incomplete_cleanup::RULE,
    &listener_in_reconnect::RULE,
    &mismatched_removal::RULE,
    &oversized_capture::RULE,
    &pending_promise::RULE,
    &per_call_setup::RULE,
    &pinned_parent::RULE,
    &shared_closure_context::RULE,
    &strong_object_key::RULE,
    &unbounded_cache::RULE,
    &unbounded_queue::RULE,
    &uncleared_timer::RULE,
    &undisposed_resource::RULE,
    &unsettled_entry::RULE,
];

/// The most specific rule first: one hold is one finding.
pub const PRECEDENCE: &[&str] = &[
    "listener-in-reconnect",
    "mismatched-removal",
    "accumulating-listener",
    "pending-promise",
    "uncleared-timer",
    "undisposed-resource",
    "per-call-setup",
    "host-object-reassignment",
    "implicit-global",
    "global-property",
    "strong-object-key",
    "unsettled-entry",
    "incomplete-cleanup",
    "unbounded-queue",
    "detached-dom",
    "blocking-handler",
    "pinned-parent",
    "oversized-capture",
    "unbounded-cache",
    "shared-closure-context",
];

/// Findings about the input rather than about a leak. They have no page and no confidence to weigh.
pub const DIAGNOSTICS: &[&str] =
    &["syntax-error", "unreadable-file", "unused-suppression", "unexplained-suppression", "internal-error"];

/// The rule of that name.
#[must_use]
pub fn rule(name: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.name == name)
}

/// What a diagnostic means and what to do, in two sentences.
#[must_use]
pub fn diagnostic(name: &str) -> Option<&'static str> {
    match name {
        "syntax-error" => Some(
            "The file does not parse, so nothing can be said about it. Mend the syntax, or leave the file out with --exclude.",
        ),
        "unreadable-file" => {
            Some("The file cannot be read or is not UTF-8. Save it as UTF-8, or leave it out with --exclude.")
        }
        "unused-suppression" => Some(
            "A leaklint-disable comment silences nothing, or names no rule that exists. Remove it, so that it cannot hide a leak later.",
        ),
        "unexplained-suppression" => Some(
            "A leaklint-disable comment does not say why. Write the reason after the rule: `-- reason`. Off unless asked for: `\"suppressions\": { \"requireReason\": true }` in leaklint.json.",
        ),
        "internal-error" => {
            Some("leaklint failed on this file; the others were linted. Please report it with the code that causes it.")
        }
        _ => None,
    }
}

impl Rule {
    /// What its page says under a heading, in Markdown; under no heading, what it says first.
    #[must_use]
    pub fn section(&self, heading: Option<&str>) -> &'static str {
        let title = |section: &'static str| section.split_once('\n').unwrap_or((section, ""));
        // The first begins with the name of the rule, as any other begins with its heading.
        let mut sections = self.page.split("\n## ").map(title);
        let found = match heading {
            None => sections.next(),
            Some(heading) => sections.skip(1).find(|(title, _)| *title == heading),
        };
        found.map_or("", |(_, text)| text.trim())
    }
}

/// What a rule says of one hold.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) rule: &'static str,
    pub(crate) confidence: Confidence,
    pub(crate) message: String,
    pub(crate) help: String,
    pub(crate) span: Span,
    pub(crate) kind: GrowthKind,
    pub(crate) unit: String,
    pub(crate) evidence: Vec<Evidence>,
    pub(crate) retaining_path: Vec<String>,
    pub(crate) related: Vec<Related>,
}

impl Draft {
    pub(crate) fn growth(&self) -> Growth {
        Growth { kind: self.kind, unit: self.unit.clone() }
    }
}

/// Where rules put what they found, and what they looked at and let go.
#[derive(Debug, Default)]
pub(crate) struct Sink {
    pub(crate) drafts: Vec<Draft>,
    pub(crate) stories: Vec<HoldStory>,
    /// Whether stories are wanted: making them costs time.
    pub(crate) tells: bool,
    /// What the rules about collections have to say, until each of them asks for its own.
    pub(crate) growths: Option<Vec<Draft>>,
}

impl Sink {
    pub(crate) fn report(&mut self, draft: Draft) {
        if self.tells {
            let answers = draft.evidence.iter().map(|piece| (piece.role, piece.message.clone())).collect();
            let verdict = format!("reported, {} confidence: {}", draft.confidence.name(), draft.message);
            self.stories.push(HoldStory { rule: draft.rule, span: draft.span, answers, verdict });
        }
        self.drafts.push(draft);
    }

    /// Lowers what was found to low confidence, and tells so in the stories after the first `before`.
    pub(crate) fn lower(&mut self, before: usize, reason: &str) {
        for draft in &mut self.drafts {
            draft.confidence = Confidence::Low;
        }
        for story in &mut self.stories[before..] {
            if let Some((_, message)) = story.verdict.strip_prefix("reported, ").and_then(|rest| rest.split_once(": "))
            {
                story.verdict = format!("reported, low confidence, because {reason}: {message}");
            }
        }
    }

    /// Notes a hold that is no leak, or not surely one.
    pub(crate) fn silent(&mut self, rule: &'static str, span: Span, answers: &[(Role, String)], verdict: &str) {
        if self.tells {
            let verdict = format!("silent: {verdict}");
            self.stories.push(HoldStory { rule, span, answers: answers.to_vec(), verdict });
        }
    }
}

/// A piece of evidence.
pub(crate) fn evidence(role: Role, span: Span, message: impl Into<String>) -> Evidence {
    Evidence { role, message: message.into(), span }
}

/// "each request", "each call of the exported function load".
pub(crate) fn each(repetition: &Repetition) -> String {
    match repetition.strength {
        Strength::Strong => format!("each {}", repetition.unit),
        _ => repetition.reason.to_string(),
    }
}
