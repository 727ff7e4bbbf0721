//! The rules: what each is called, how loud it is, and its page.

use crate::finding::Level;

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
}

/// Every rule, by name.
pub static RULES: &[&Rule] = &[];

/// Findings about the input rather than about a leak. They have no page and no confidence to weigh.
pub const DIAGNOSTICS: &[&str] = &["syntax-error", "unreadable-file", "unused-suppression", "internal-error"];

/// The rule of that name.
#[must_use]
pub fn rule(name: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.name == name)
}
