//! Findings joined with their labels, and counted.

use super::data::{Found, Judged, Key, Label, List, Results, Set, Verdict, fnv};
use leaklint::finding::Confidence;
use std::collections::{BTreeMap, BTreeSet};

/// A finding with its label, where it has one.
#[derive(Clone, Copy)]
pub(crate) struct Joined<'a> {
    pub(crate) package: &'a Judged,
    pub(crate) found: &'a Found,
    pub(crate) set: Set,
    pub(crate) verdict: Option<Verdict>,
}

impl Joined<'_> {
    /// Whether the default report has it.
    pub(crate) fn is_default(&self) -> bool {
        self.found.confidence >= Confidence::Medium
    }
}

/// Every finding of a run with its label, and the labels of findings that are there no more.
pub(crate) fn join<'a>(list: &List, results: &'a Results, labels: &'a [Label]) -> (Vec<Joined<'a>>, Vec<&'a Label>) {
    let verdicts: BTreeMap<&Key, Verdict> = labels.iter().map(|label| (&label.key, label.verdict)).collect();
    let mut met: BTreeSet<Key> = BTreeSet::new();
    let mut joined = Vec::new();
    for package in &results.packages {
        let set = list.set(&package.name);
        for found in &package.findings {
            let key = package.key(found);
            joined.push(Joined { package, found, set, verdict: verdicts.get(&key).copied() });
            met.insert(key);
        }
    }
    (joined, labels.iter().filter(|label| !met.contains(&label.key)).collect())
}

/// What is counted of some findings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) right: usize,
    pub(crate) arguable: usize,
    pub(crate) wrong: usize,
    pub(crate) unlabelled: usize,
}

/// Of the normal distribution: 95 % lie within so many deviations of the mean.
const DEVIATIONS: f64 = 1.96;

impl Count {
    /// Counts findings.
    pub(crate) fn of<'a>(findings: impl IntoIterator<Item = &'a Joined<'a>>) -> Self {
        let mut count = Self::default();
        for finding in findings {
            *match finding.verdict {
                Some(Verdict::True) => &mut count.right,
                Some(Verdict::Arguable) => &mut count.arguable,
                Some(Verdict::False) => &mut count.wrong,
                None => &mut count.unlabelled,
            } += 1;
        }
        count
    }

    /// How many are labelled.
    pub(crate) fn labelled(self) -> usize {
        self.right + self.arguable + self.wrong
    }

    /// How many there are.
    pub(crate) fn all(self) -> usize {
        self.labelled() + self.unlabelled
    }

    /// The share of the labelled ones that is right; an arguable one is half right.
    #[allow(clippy::cast_precision_loss, reason = "there are not so many findings")]
    pub(crate) fn precision(self) -> Option<f64> {
        let labelled = self.labelled() as f64;
        (labelled > 0.0).then(|| (self.right as f64 + self.arguable as f64 / 2.0) / labelled)
    }

    /// The lower end of the interval (Wilson's, 95 %) in which the precision of all such findings lies.
    #[allow(clippy::cast_precision_loss, reason = "there are not so many findings")]
    pub(crate) fn at_least(self) -> Option<f64> {
        let share = self.precision()?;
        let labelled = self.labelled() as f64;
        let square = DEVIATIONS * DEVIATIONS / labelled;
        let spread = (share * (1.0 - share) / labelled + square / (4.0 * labelled)).sqrt() * DEVIATIONS;
        Some(((share + square / 2.0 - spread) / (1.0 + square)).max(0.0))
    }

    /// The share of the labelled ones that is arguable.
    #[allow(clippy::cast_precision_loss, reason = "there are not so many findings")]
    pub(crate) fn arguable_share(self) -> Option<f64> {
        (self.labelled() > 0).then(|| self.arguable as f64 / self.labelled() as f64)
    }
}

/// Draws so many of each confidence, each finding with the same chance: every n-th from a start that the seed
/// decides, of those in the order of rule and package, so that each is there by its share. They come in the
/// order that they had, which tells no confidence.
pub(crate) fn sample(findings: Vec<Joined<'_>>, many: usize, seed: u64) -> Vec<Joined<'_>> {
    let draw = |finding: &Joined| fnv(&format!("{seed} {:?}", finding.package.key(finding.found)));
    let mut findings: Vec<(usize, Joined)> = findings.into_iter().enumerate().collect();
    findings.sort_by_cached_key(|(_, finding)| {
        let found = finding.found;
        (found.confidence, found.rule.clone(), finding.package.name.clone(), draw(finding))
    });
    let mut drawn = Vec::new();
    for stratum in findings.chunk_by(|(_, a), (_, b)| a.found.confidence == b.found.confidence) {
        let all = stratum.len();
        let start = fnv(&format!("{seed} {}", stratum[0].1.found.confidence.name())) % all as u64;
        // One is drawn wherever the sum reaches the number of all.
        let mut sum = usize::try_from(start).unwrap_or_default();
        for (at, _) in stratum {
            sum += many.min(all);
            if sum >= all {
                sum -= all;
                drawn.push(*at);
            }
        }
    }
    findings.retain(|(at, _)| drawn.contains(at));
    findings.sort_by_key(|(at, _)| *at);
    findings.into_iter().map(|(_, finding)| finding).collect()
}
