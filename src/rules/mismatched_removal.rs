//! `mismatched-removal`: a listener's removal is there and cannot match it.

use super::{Draft, Rule, Sink, acquired, evidence};
use crate::engine::listener::{Listener, Removal};
use crate::engine::{Engine, shorten};
use crate::facts::NodeId;
use crate::finding::{Confidence, GrowthKind, Level, Role};

pub(super) const RULE: Rule = Rule {
    name: "mismatched-removal",
    category: "listener",
    level: Level::Error,
    summary: "a listener whose removal cannot match: another function, target or flag",
    page: include_str!("../../rules/mismatched-removal.md"),
    check,
};

fn check(engine: &Engine<'_>, sink: &mut Sink) {
    for listener in engine.listeners() {
        let span = engine.hold_span(listener.node);
        let event = listener.event.as_deref().unwrap_or("its");
        let answers = [(Role::Hold, format!("a listener for '{event}' on `{}`", engine.text(listener.receiver, 32)))];
        let Some(place) = engine.listener_place(listener) else { continue };
        let Removal::Mismatched(end, reason) = engine.removal(listener, place) else { continue };
        if listener.has_signal {
            sink.silent(RULE.name, span, &answers, "a signal removes it");
            continue;
        }
        match engine.outlives_code(listener.receiver, listener.node) {
            Ok(holder) => sink.report(draft(engine, listener, &holder, end, &reason)),
            Err(why) => sink.silent(RULE.name, span, &answers, &why),
        }
    }
}

fn draft(engine: &Engine<'_>, listener: &Listener, holder: &str, end: NodeId, reason: &str) -> Draft {
    let repetition = engine.repetition_of(listener.node);
    let span = engine.hold_span(listener.node);
    let receiver = engine.text(listener.receiver, 32);
    let event = shorten(listener.event.as_deref().unwrap_or("event"), 24);
    let confidence = if engine.kind_of(listener.receiver).is_some() { Confidence::High } else { Confidence::Medium };
    Draft {
        rule: RULE.name,
        confidence,
        message: format!("this '{event}' listener is never removed: {reason}"),
        help: "keep the function that is added, and remove that one from the same object, with the same flag".into(),
        span,
        kind: GrowthKind::Accumulates,
        unit: format!("per {}", repetition.unit),
        evidence: vec![
            evidence(Role::Holder, engine.facts.span(listener.receiver), format!("`{receiver}`: {holder}")),
            evidence(Role::Hold, span, format!("adds a listener for '{event}', {}", acquired::each(&repetition))),
            evidence(Role::Repetition, repetition.span, repetition.reason.to_string()),
            evidence(Role::Release, engine.hold_span(end), reason.to_string()),
        ],
        retaining_path: vec![receiver, "listeners".into(), event, "[n]".into(), "what it captures".into()],
        related: Vec::new(),
    }
}
