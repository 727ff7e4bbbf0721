//! `undisposed-resource`: an observer, subscription, socket, worker or handle that nothing disposes of, one more each time.

use super::{Rule, Sink, acquired};
use crate::engine::Engine;
use crate::finding::Level;

pub(super) const RULE: Rule = Rule {
    name: "undisposed-resource",
    category: "resource",
    level: Level::Error,
    summary: "an observer, subscription, socket, worker or handle that nothing disposes of, one more each time",
    page: include_str!("../../rules/undisposed-resource.md"),
    check,
};

fn check(engine: &Engine<'_>, sink: &mut Sink) {
    acquired::check(engine, RULE.name, sink);
}
