//! What leaklint says: findings and the evidence they carry. Plain data with public fields;
//! formats read it, nothing in it knows how it will be shown.

use crate::source::Span;
use serde::{Deserialize, Serialize};

/// What a finding does to the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Not reported.
    Off,
    /// Reported; fails the run only past `--max-warnings`.
    Warn,
    /// Reported; fails the run.
    Error,
}

/// How far the evidence reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// One of the four questions is answered by custom rather than by code. Only with `--pedantic`.
    Low,
    /// Holder and hold are established, the repetition is likely.
    Medium,
    /// All four questions are answered by code in view.
    High,
}

/// How memory grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum GrowthKind {
    /// One more each time.
    Accumulates,
    /// Each keeps the one before.
    Chains,
    /// One, but large or for ever.
    Pins,
}

/// How memory grows, and per what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Growth {
    /// The shape of the growth.
    pub kind: GrowthKind,
    /// Its unit: "per request", "per reconnect", "per distinct key", …
    pub unit: String,
}

/// Which of the four questions a piece of evidence answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// What keeps things alive, and how long it lives.
    Holder,
    /// What was taken.
    Hold,
    /// How often the taking code runs.
    Repetition,
    /// What lets go, or what was looked for and not found.
    Release,
}

/// One answer, at its place in the finding's own file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The question answered.
    pub role: Role,
    /// The answer, one short sentence without a full stop.
    pub message: String,
    /// Where to look.
    pub span: Span,
}

/// Another place of the same cause, in the finding's own file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// What happens there.
    pub message: String,
    /// Where.
    pub span: Span,
}

/// A change of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The bytes replaced.
    pub span: Span,
    /// What replaces them.
    pub text: String,
}

/// A way to end the leak by editing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What the edit does.
    pub title: String,
    /// Whether behaviour stays the same but for the leak.
    pub safe: bool,
    /// The edits, in order of place, not overlapping.
    pub edits: Vec<Edit>,
}

/// One leak, with its story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Rule name, kebab-case.
    pub rule: &'static str,
    /// Rule category.
    pub category: &'static str,
    /// What it does to the run, after the rule's level and the confidence were weighed.
    pub level: Level,
    /// How far the evidence reaches.
    pub confidence: Confidence,
    /// Why it leaks, one sentence.
    pub message: String,
    /// The single edit that ends it, in the user's own names.
    pub help: String,
    /// The hold: the growth, the registration, the reassignment.
    pub span: Span,
    /// How memory grows; `None` for findings that are not leaks (`syntax-error` and its like).
    pub growth: Option<Growth>,
    /// The four answers, in the order holder, hold, repetition, release.
    pub evidence: Vec<Evidence>,
    /// What a heap snapshot shows, from the root to what is kept.
    pub retaining_path: Vec<String>,
    /// Other places of the same cause.
    pub related: Vec<Related>,
    /// Ways to end it by editing.
    pub fixes: Vec<Fix>,
    /// Stable identity: rule, normalised code, enclosing symbol, occurrence; see [`crate::fingerprint`].
    pub fingerprint: String,
    /// The name of the function, method or class around the hold; empty at the top level.
    pub symbol: String,
}

impl Finding {
    /// A finding about the input rather than about a leak (`syntax-error` and its like): it carries
    /// no story, and its confidence is high.
    #[must_use]
    pub fn diagnostic(
        rule: &'static str,
        level: Level,
        message: impl Into<String>,
        help: impl Into<String>,
        span: Span,
    ) -> Self {
        Self {
            rule,
            category: "diagnostic",
            level,
            confidence: Confidence::High,
            message: message.into(),
            help: help.into(),
            span,
            growth: None,
            evidence: Vec::new(),
            retaining_path: Vec::new(),
            related: Vec::new(),
            fixes: Vec::new(),
            fingerprint: String::new(),
            symbol: String::new(),
        }
    }
}

impl Level {
    /// The word users write and read.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Level::Off => "off",
            Level::Warn => "warn",
            Level::Error => "error",
        }
    }
}

impl Confidence {
    /// The word users write and read.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Confidence::Low => "low",
            Confidence::Medium => "medium",
            Confidence::High => "high",
        }
    }
}

impl GrowthKind {
    /// The word users read.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            GrowthKind::Accumulates => "accumulates",
            GrowthKind::Chains => "chains",
            GrowthKind::Pins => "pins",
        }
    }
}

impl Role {
    /// The word users read.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Role::Holder => "holder",
            Role::Hold => "hold",
            Role::Repetition => "repetition",
            Role::Release => "release",
        }
    }
}
