//! `uncleared-timer`: an interval or self-renewing timer that nothing clears, one more each time.

use super::{Rule, Sink, acquired};
use crate::engine::Engine;
use crate::finding::Level;

pub(super) const RULE: Rule = Rule {
    name: "uncleared-timer",
    category: "timer",
    level: Level::Error,
    summary: "an interval or self-renewing timer that nothing clears, one more each time",
    page: include_str!("../../rules/uncleared-timer.md"),
    check,
};

fn check(engine: &Engine<'_>, sink: &mut Sink) {
    acquired::check(engine, RULE.name, sink);
}
