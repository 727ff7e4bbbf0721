//! From the flags about rules to [`Options`].

use super::{Failure, LintArgs};
use clap::ArgMatches;
use leaklint::finding::{Confidence, Level};
use leaklint::lint::Options;
use leaklint::rules::{RULES, rule};
use leaklint::suggest::did_you_mean;

/// The one diagnostic whose level is the user's to choose: the others are never noise.
const UNUSED: &str = "unused-suppression";

/// What to report, by the flags as they were given from left to right.
///
/// # Errors
/// A rule or category that does not exist.
pub(super) fn options(args: &LintArgs, matches: &ArgMatches) -> Result<Options, Failure> {
    let mut levels: Vec<(&'static str, Level)> = Vec::new();
    if !args.only.is_empty() {
        levels.extend(RULES.iter().map(|rule| (rule.name, Level::Off)));
        for name in &args.only {
            let rule = rule(name).ok_or_else(|| unknown("--only", name))?;
            // A rule that is off unless asked for was asked for.
            set(&mut levels, rule.name, rule.level.max(Level::Warn));
        }
    }
    for (flag, level, name) in ordered(args, matches) {
        for named in resolve(name).ok_or_else(|| unknown(flag, name))? {
            set(&mut levels, named, level);
        }
    }
    let min_confidence = if args.pedantic { Confidence::Low } else { args.min_confidence.into() };
    Ok(Options { levels, min_confidence, ..Options::default() })
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
    if name == UNUSED {
        return Some(vec![UNUSED]);
    }
    let named = RULES.iter().filter(|rule| name == "all" || rule.name == name || rule.category == name);
    let named: Vec<_> = named.map(|rule| rule.name).collect();
    (name == "all" || !named.is_empty()).then_some(named)
}

fn set(levels: &mut Vec<(&'static str, Level)>, name: &'static str, level: Level) {
    levels.retain(|(known, _)| *known != name);
    levels.push((name, level));
}

fn unknown(flag: &str, name: &str) -> Failure {
    let mut known: Vec<&str> = RULES.iter().map(|rule| rule.name).collect();
    let what = if flag == "--only" {
        "rule"
    } else {
        known.extend(RULES.iter().map(|rule| rule.category).chain([UNUSED, "all"]));
        "rule or category"
    };
    let hint = did_you_mean(name, known);
    let end = if hint.is_empty() { "; `leaklint rules` lists them" } else { &hint };
    Failure::Usage(format!("{flag} {name}: no such {what}{end}"))
}
