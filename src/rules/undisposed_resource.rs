//! `undisposed-resource`: an observer, subscription, socket, worker or handle that nothing disposes of, one more each time.

use super::{Draft, Rule, Sink, acquired, each, evidence};
use crate::engine::listener::{Listener, Removal};
use crate::engine::{Engine, PlaceKey, Shape, Strength};
use crate::facts::{BindingKind, FunctionId, FunctionKind, NodeId, NodeKind};
use crate::finding::{Confidence, GrowthKind, Level, Role};

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
    overwritten_instances(engine, sink);
}

/// `view.drag = new Drag(view)`, whose constructor adds listeners that only its own method removes: where
/// the old one is overwritten before it is done, nothing reaches that method any more.
fn overwritten_instances(engine: &Engine<'_>, sink: &mut Sink) {
    let facts = engine.facts;
    for node in facts.news.iter().copied() {
        let NodeKind::New { .. } = facts.kind(node) else { continue };
        let NodeKind::Assign { target, value, .. } = facts.kind(facts.node(node).parent) else { continue };
        if value != node || !matches!(facts.kind(target), NodeKind::Member { .. }) {
            continue;
        }
        let Some(shape) = engine.made_shape(node) else { continue };
        let Some((listener, end)) = held_until_done(engine, shape) else { continue };
        let span = engine.hold_span(node);
        let (made, done) = (engine.shape_name(shape), engine.function_name(facts.function_of(end)));
        let answers = [(Role::Hold, format!("makes a {made}, which listens until {done} is called"))];
        let mut silent = |reason: &str| sink.silent(RULE.name, span, &answers, reason);
        let repetition = engine.repetition_of(node);
        let function = facts.function_of(node);
        let again = match repetition.strength {
            Strength::Strong => &*repetition.unit != "mount",
            Strength::Weak => {
                engine.is_given_param(node)
                    && !matches!(facts.function(function).kind, FunctionKind::Constructor | FunctionKind::Fields)
                    && !engine.is_set_up(function)
            }
            _ => false,
        };
        if !again {
            silent("it is not made again while the old one is there");
            continue;
        }
        if is_looked_at(engine, target, function) {
            silent("the code looks at the old one");
            continue;
        }
        if is_ended_by_owner(engine, target, end) {
            silent("its owner ends it: one follows the other");
            continue;
        }
        let (field, receiver) = (engine.text(target, 32), engine.text(listener.receiver, 32));
        let event = listener.event.as_deref().unwrap_or("event");
        let each = each(&repetition);
        sink.report(Draft {
            rule: RULE.name,
            confidence: Confidence::Medium,
            message: format!("`{field}` is overwritten {each} without {done}: the old {made} goes on listening"),
            help: format!("end the old one first: call {done} on `{field}`, if it is set"),
            span,
            kind: GrowthKind::Accumulates,
            unit: format!("per {}", repetition.unit),
            evidence: vec![
                evidence(
                    Role::Holder,
                    facts.span(listener.receiver),
                    format!("`{receiver}` is handed in, and outlives the {made}"),
                ),
                evidence(
                    Role::Hold,
                    engine.hold_span(listener.node),
                    format!("each new {made} adds a listener for '{event}'"),
                ),
                evidence(Role::Repetition, repetition.span, repetition.reason.to_string()),
                evidence(
                    Role::Release,
                    engine.hold_span(end),
                    format!("{done} removes it, and can no longer be reached through `{field}`"),
                ),
            ],
            retaining_path: vec![receiver, "listeners".into(), event.to_string(), made],
            related: Vec::new(),
        });
    }
}

/// A listener that the constructor adds to something handed in and that a method of the class removes,
/// with the removal.
fn held_until_done<'e>(engine: &'e Engine<'_>, shape: Shape) -> Option<(&'e Listener, NodeId)> {
    let facts = engine.facts;
    let is_constructor = |function: FunctionId| match shape {
        Shape::Class(class) => {
            let record = facts.function(function);
            record.class == class && record.kind == FunctionKind::Constructor
        }
        Shape::Constructor(constructor) => function == constructor,
    };
    engine.listeners().iter().find_map(|listener| {
        let place = engine.listener_place(listener)?;
        let lasts = engine.is_lasting(listener.receiver)
            || matches!(engine.place_root(place), PlaceKey::Binding(binding) if facts.binding(binding).kind == BindingKind::Param);
        if !is_constructor(facts.function_of(listener.node)) || listener.once || listener.has_signal || !lasts {
            return None;
        }
        match engine.removal(listener, Some(place)) {
            Removal::Removed(end) if !is_constructor(facts.function_of(end)) => Some((listener, end)),
            _ => None,
        }
    })
}

/// Whether code reads what it overwrites: asks for it, or ends it first.
fn is_looked_at(engine: &Engine<'_>, target: NodeId, function: FunctionId) -> bool {
    let facts = engine.facts;
    let text = engine.text(target, 80);
    let NodeKind::Member { name, .. } = facts.kind(target) else { return true };
    facts.members.iter().any(|member| {
        *member != target
            && matches!(facts.kind(*member), NodeKind::Member { name: other, .. } if other == name)
            && facts.function_of(*member) == function
            && engine.text(*member, 80) == text
    })
}

/// Whether code outside the class calls the method that ends it on the field: `this.drag.stop()`.
fn is_ended_by_owner(engine: &Engine<'_>, target: NodeId, end: NodeId) -> bool {
    let facts = engine.facts;
    let done = facts.function_of(end);
    let NodeKind::Member { name: field, .. } = facts.kind(target) else { return false };
    let name = facts.function(done).name;
    facts.members.iter().any(|member| {
        matches!(facts.kind(*member), NodeKind::Member { object, name: method }
            if method == name && matches!(facts.kind(object), NodeKind::Member { name: other, .. } if other == field))
            && facts.function_of(*member) != done
            && !engine.is_out_of_use(*member)
    })
}
