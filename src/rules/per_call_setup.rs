//! `per-call-setup`: set-up work done for each call that registers or opens something for ever.

use super::{Rule, Sink, acquired};
use crate::engine::Engine;
use crate::finding::Level;

pub(super) const RULE: Rule = Rule {
    name: "per-call-setup",
    category: "setup",
    level: Level::Error,
    summary: "set-up work done for each call that registers or opens something for ever",
    page: include_str!("../../rules/per-call-setup.md"),
    check,
};

fn check(engine: &Engine<'_>, sink: &mut Sink) {
    acquired::check(engine, RULE.name, sink);
}
