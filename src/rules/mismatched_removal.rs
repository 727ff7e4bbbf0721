//! `mismatched-removal`: a listener's removal is there and cannot match it.

use super::{Draft, Rule, Sink, each, evidence};
use crate::engine::listener::{Listener, Removal};
use crate::engine::{Engine, PlaceId, PlaceKey, Strength, shorten};
use crate::facts::{BindingId, BindingKind, FunctionId, NodeId, NodeKind, UnaryOp};
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
        let Removal::Mismatched(end, reason) = engine.removal(listener, engine.listener_place(listener)) else {
            continue;
        };
        let span = engine.hold_span(listener.node);
        let event = listener.event.as_deref().unwrap_or("its");
        let answers = [(Role::Hold, format!("a listener for '{event}' on `{}`", engine.text(listener.receiver, 32)))];
        if listener.has_signal {
            sink.silent(RULE.name, span, &answers, "a signal removes it");
            continue;
        }
        let outlasts = engine.is_combined(listener.receiver)
            || engine.kind_of(listener.receiver).is_some_and(|kind| kind.is_one_for_all() || kind.lasting.is_some());
        if !outlasts && engine.listener_place(listener).is_some_and(|place| engine.is_made_just_before(place, listener))
        {
            sink.silent(RULE.name, span, &answers, "the emitter is a new one each time");
            continue;
        }
        match engine.outlives_code(listener.receiver, listener.node) {
            Ok(holder) => sink.report(draft(engine, listener, &holder, end, &reason)),
            // What a function is handed is not its own, and its removal says that it stays.
            Err(_) if is_handed_in(engine, listener, end) => {
                sink.report(draft(engine, listener, "its removal elsewhere says that it stays", end, &reason));
            }
            Err(why) => sink.silent(RULE.name, span, &answers, &why),
        }
    }
    lost_handles(engine, sink);
    unset_disposers(engine, sink);
}

/// Whether an emitter comes to the code that adds, and to the code that removes, from elsewhere: a
/// parameter of another function in each, or an element of what was asked for.
fn is_handed_in(engine: &Engine<'_>, listener: &Listener, end: NodeId) -> bool {
    let facts = engine.facts;
    let is_param = |place: PlaceId| match engine.place_key(place) {
        PlaceKey::Binding(binding) => facts.binding(binding).kind == BindingKind::Param,
        _ => false,
    };
    let removed_from = match facts.kind(end) {
        NodeKind::Call { callee, .. } => match facts.kind(callee) {
            NodeKind::Member { object, .. } => engine.place_of(object),
            _ => None,
        },
        _ => None,
    };
    facts.function_of(end) != facts.function_of(listener.node)
        && engine.listener_place(listener).is_some_and(is_param)
        && removed_from.is_some_and(is_param)
        && engine.kind_of(listener.receiver).is_none_or(|kind| !kind.short_lived)
}

/// Variables that are called where something ends, as what disposes of it, and never hold a function.
fn unset_disposers(engine: &Engine<'_>, sink: &mut Sink) {
    let facts = engine.facts;
    for (at, record) in facts.bindings.iter().enumerate() {
        let binding = BindingId::at(at);
        let home = facts.binding_function(binding);
        if !matches!(record.kind, BindingKind::Let | BindingKind::Var)
            || home == FunctionId(0)
            || facts.is_given_out(binding)
            || facts.writes(binding).any(|write| {
                !matches!(facts.kind(write), NodeKind::Assign { value, .. } if matches!(facts.kind(value), NodeKind::Undefined | NodeKind::Null))
            })
        {
            continue;
        }
        // `typeof define === "function" && define(…)`: a name that other code may have given.
        let is_probed = facts.references(binding).iter().any(|reference| {
            matches!(facts.kind(facts.node(*reference).parent), NodeKind::Unary { op: UnaryOp::Typeof, .. })
        });
        if is_probed {
            continue;
        }
        let called = facts.references(binding).iter().copied().find(|reference| {
            matches!(facts.kind(facts.node(*reference).parent), NodeKind::Call { callee, .. } if callee == *reference)
        });
        let Some(called) = called else { continue };
        let repetition = engine.repetition(home);
        if repetition.strength <= Strength::Bounded || facts.function_of(called) == home {
            continue;
        }
        let name = facts.name(record.name).to_string();
        let end = facts.node(called).parent;
        // What else is ended there may be all there is to end.
        let ends_others = facts.calls.iter().any(|call| {
            *call != end
                && (facts.function_of(*call) == facts.function_of(called) || engine.is_cleanup(facts.function_of(*call)))
                && facts.function_within(facts.function_of(*call), home)
                && matches!(facts.kind(*call), NodeKind::Call { callee, .. }
                    if matches!(facts.kind(callee), NodeKind::Member { name, .. } if engine.models.has_word("teardown", facts.name(name))))
        });
        sink.report(Draft {
            rule: RULE.name,
            confidence: if ends_others { Confidence::Low } else { Confidence::Medium },
            message: format!("`{name}` is called to end something, and nothing is ever stored in it"),
            help: format!("store what is to be called: `{name} = …`"),
            span: record.span,
            kind: GrowthKind::Accumulates,
            unit: format!("per {}", repetition.unit),
            evidence: vec![
                evidence(
                    Role::Holder,
                    record.span,
                    format!("whatever `{name}` was to end outlives the code: it has an end of its own"),
                ),
                evidence(Role::Hold, record.span, format!("`{name}` was to hold what ends it, {}", each(&repetition))),
                evidence(Role::Repetition, repetition.span, repetition.reason.to_string()),
                evidence(
                    Role::Release,
                    engine.hold_span(end),
                    format!("looked for a store to `{name}`: none, so this call ends nothing"),
                ),
            ],
            retaining_path: vec!["what it was to end".into(), "callback".into(), "what it captures".into()],
            related: Vec::new(),
        });
    }
}

/// A timer that is never cleared, beside the clearing of a name that never holds one.
fn lost_handles(engine: &Engine<'_>, sink: &mut Sink) {
    let facts = engine.facts;
    for acquisition in engine.acquisitions() {
        let acquires = acquisition.acquires;
        if acquires.rule != "uncleared-timer" || acquires.when_chained {
            continue;
        }
        let Some(stored) = stored_name(engine, acquisition.node) else { continue };
        let repetition = engine.repetition_of(acquisition.node);
        if repetition.strength <= Strength::Bounded {
            continue;
        }
        let fate = engine.fate(acquisition.node, acquires);
        if !fate.ended.is_empty() || fate.handed_over.is_some() {
            continue;
        }
        let lost = facts.calls.iter().copied().find_map(|node| {
            let NodeKind::Call { callee, args } = facts.kind(node) else { return None };
            let NodeKind::Ref { name, .. } = facts.kind(callee) else { return None };
            let ends = acquires.ended_by.iter().any(|end| end.strip_suffix("(_)") == Some(facts.name(name)));
            let given = facts.arg(args, 0).filter(|_| ends)?;
            let (NodeKind::Ref { name, .. } | NodeKind::Member { name, .. }) = facts.kind(given) else { return None };
            let place = engine.place_of(given)?;
            let holds_one = engine
                .stored_values(place)
                .any(|value| !matches!(facts.kind(value), NodeKind::Null | NodeKind::Undefined));
            // A field of the same name may be the same field, seen through another name of `this`.
            let is_field = matches!(facts.kind(given), NodeKind::Member { .. });
            let same_field = is_field && facts.name(name) == stored;
            (!holds_one && !same_field && same_word(facts.name(name), &stored)).then_some((node, given))
        });
        if let Some((end, given)) = lost {
            let span = engine.hold_span(acquisition.node);
            let text = engine.text(given, 32);
            sink.report(Draft {
                rule: RULE.name,
                confidence: engine.sureness(&repetition),
                message: format!("this {} is never cleared: `{text}` never holds its handle", acquires.what),
                help: "store the handle under the name that is cleared".into(),
                span,
                kind: GrowthKind::Accumulates,
                unit: format!("per {}", repetition.unit),
                evidence: vec![
                    evidence(
                        Role::Holder,
                        span,
                        format!("the process or page keeps the {} until it is cleared", acquires.what),
                    ),
                    evidence(Role::Hold, span, format!("its handle goes to `{stored}`")),
                    evidence(Role::Repetition, repetition.span, repetition.reason.to_string()),
                    evidence(
                        Role::Release,
                        engine.hold_span(end),
                        format!("clears `{text}`, to which nothing stores a handle"),
                    ),
                ],
                retaining_path: vec!["timer".into(), "callback".into(), "what it captures".into()],
                related: Vec::new(),
            });
        }
    }
}

/// The last name under which a call's value is stored.
fn stored_name(engine: &Engine<'_>, node: NodeId) -> Option<String> {
    let facts = engine.facts;
    let NodeKind::Assign { target, .. } = facts.kind(facts.node(node).parent) else { return None };
    let (NodeKind::Ref { name, .. } | NodeKind::Member { name, .. }) = facts.kind(target) else { return None };
    Some(facts.name(name).to_string())
}

/// `visibleInterval` and `$_visibleInterval`.
fn same_word(one: &str, other: &str) -> bool {
    let letters = |text: &str| -> String {
        text.chars().filter(|char| char.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    letters(one) == letters(other)
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
            evidence(Role::Hold, span, format!("adds a listener for '{event}', {}", each(&repetition))),
            evidence(Role::Repetition, repetition.span, repetition.reason.to_string()),
            evidence(Role::Release, engine.hold_span(end), reason.to_string()),
        ],
        retaining_path: vec![receiver, "listeners".into(), event, "[n]".into(), "what it captures".into()],
        related: Vec::new(),
    }
}
