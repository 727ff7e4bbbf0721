//! How often each rule is right: what people said of its findings in real code, who read them one by one.
//!
//! The figures are counted by the precision benchmark, which also writes them to the pages of the rules; how
//! they came about is in `docs/precision.md`.

use crate::finding::Confidence;
use serde::Serialize;

/// Lines of a rule, a confidence, and how many findings were right, arguable and wrong.
const READINGS: &str = include_str!("../rules/readings.tsv");

/// What readers said of some findings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Readings {
    /// Memory grows there.
    pub right: usize,
    /// Readers differ, or it hangs on how the code is used.
    pub arguable: usize,
    /// It does not grow.
    pub wrong: usize,
}

impl Readings {
    /// How many were read.
    #[must_use]
    pub fn all(self) -> usize {
        self.right + self.arguable + self.wrong
    }

    /// The share that was right, in percent; an arguable one is half right. `None` where none was read.
    #[must_use]
    pub fn percent(self) -> Option<usize> {
        let halves = 2 * self.right + self.arguable;
        (self.all() > 0).then(|| (100 * halves + self.all()) / (2 * self.all()))
    }
}

/// What readers said of findings of a confidence: of one rule, or of all of them.
#[must_use]
pub fn readings(rule: Option<&str>, confidence: Confidence) -> Readings {
    let mut sum = Readings::default();
    for line in READINGS.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let &[name, level, right, arguable, wrong] = fields.as_slice() else { continue };
        if level == confidence.name() && rule.is_none_or(|rule| rule == name) {
            let count = |text: &str| text.parse::<usize>().unwrap_or_default();
            sum.right += count(right);
            sum.arguable += count(arguable);
            sum.wrong += count(wrong);
        }
    }
    sum
}
