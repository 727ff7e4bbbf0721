//! What the flags about rules change.

use super::config::from_flags;
use super::{Failure, LintArgs};
use clap::ArgMatches;
use leaklint::config::{Settled, Target};
use leaklint::finding::{Confidence, Level};
use leaklint::rules::{RULES, rule};
use leaklint::suggest::did_you_mean;

/// The diagnostics whose level is the user's to choose: the others are never noise.
const CHOSEN: [&str; 2] = ["unused-suppression", "unexplained-suppression"];

/// The flags about rules. They win over every configuration.
#[derive(Clone, Debug, Default)]
pub(super) struct Flags {
    only: Vec<&'static str>,
    /// From left to right.
    levels: Vec<(&'static str, Level)>,
    min_confidence: Option<Confidence>,
}

impl Flags {
    /// The flags as they were given from left to right.
    ///
    /// # Errors
    /// A rule or category that does not exist.
    pub(super) fn of(args: &LintArgs, matches: &ArgMatches) -> Result<Self, Failure> {
        let mut flags = Self::default();
        for name in &args.only {
            flags.only.push(rule(name).ok_or_else(|| unknown("--only", name))?.name);
        }
        for (flag, level, name) in ordered(args, matches) {
            let named = resolve(name).ok_or_else(|| unknown(flag, name))?;
            flags.levels.extend(named.into_iter().map(|name| (name, level)));
        }
        let pedantic = args.pedantic.then_some(Confidence::Low);
        flags.min_confidence = pedantic.or(args.min_confidence.map(Into::into));
        Ok(flags)
    }

    /// Applies them to what configurations come to.
    pub(super) fn apply(&self, settled: &mut Settled) {
        let from = from_flags();
        for rule in RULES.iter().filter(|_| !self.only.is_empty()) {
            if !self.only.contains(&rule.name) {
                settled.level(rule.name, Level::Off, &from);
            } else if settled.rules.get(rule.name).is_some_and(|setting| setting.level == Level::Off) {
                // A rule that is off unless asked for was asked for.
                settled.level(rule.name, rule.level.max(Level::Warn), &from);
            }
        }
        for (name, level) in &self.levels {
            settled.level(name, *level, &from);
        }
        if let Some(confidence) = self.min_confidence {
            settled.min_confidence = (confidence, from);
            settled.rules.values_mut().for_each(|setting| setting.min_confidence = None);
        }
    }
}

/// The values of -D, -W and -A in the order of the command line.
fn ordered<'a>(args: &'a LintArgs, matches: &ArgMatches) -> Vec<(&'static str, Level, &'a String)> {
    let flags = [
        ("deny", "--deny", Level::Error, &args.deny),
        ("warn", "--warn", Level::Warn, &args.warn),
        ("allow", "--allow", Level::Off, &args.allow),
    ];
    let mut given = Vec::new();
    for (id, flag, level, names) in flags {
        let places = matches.indices_of(id).into_iter().flatten();
        given.extend(places.zip(names).map(|(place, name)| (place, flag, level, name)));
    }
    given.sort_by_key(|(place, ..)| *place);
    given.into_iter().map(|(_, flag, level, name)| (flag, level, name)).collect()
}

/// The rules that a name means; `None` where it means nothing.
fn resolve(name: &str) -> Option<Vec<&'static str>> {
    if let Some(name) = CHOSEN.into_iter().find(|chosen| *chosen == name) {
        return Some(vec![name]);
    }
    let target = Target::named(name)?;
    Some(RULES.iter().filter(|rule| target.means(rule)).map(|rule| rule.name).collect())
}

fn unknown(flag: &str, name: &str) -> Failure {
    let (what, known) = match flag {
        "--only" => ("rule", RULES.iter().map(|rule| rule.name).collect()),
        _ => ("rule or category", [Target::names(), CHOSEN.to_vec()].concat()),
    };
    // No rule has such a name, so it is a category or `all`.
    let hint = match Target::named(name) {
        Some(_) => format!("; for a category write `-A all -D {name}`"),
        None => did_you_mean(name, known),
    };
    let end = if hint.is_empty() { "; `leaklint rules` lists them" } else { &hint };
    Failure::Usage(format!("{flag} {name}: no such {what}{end}"))
}
