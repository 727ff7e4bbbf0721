//! `detached-dom`: DOM nodes are kept after they have left the document.

use super::growth::{self, Claim, Found};
use super::{Draft, Rule, Sink, evidence};
use crate::engine::Engine;
use crate::engine::call::in_order;
use crate::engine::growth::Bound;
use crate::engine::usage::Use;
use crate::facts::{AssignOp, NodeId, NodeKind, RegionKind};
use crate::finding::{Confidence, GrowthKind, Level, Role};

pub(super) const RULE: Rule = Rule {
    name: "detached-dom",
    category: "growth",
    level: Level::Error,
    summary: "DOM nodes kept by a collection after they have left the document",
    page: include_str!("../../rules/detached-dom.md"),
    check,
};

fn check(engine: &Engine<'_>, sink: &mut Sink) {
    growth::check(engine, RULE.name, sink);
    refs(engine, sink);
}

/// `ref={(el) => { if (el) nodes.current.set(id, el); }}`: React calls it with null when the element
/// goes, and the entry stays.
fn refs(engine: &Engine<'_>, sink: &mut Sink) {
    let facts = engine.facts;
    for node in engine.calls_of(&["set", "add", "push"]) {
        let NodeKind::Call { callee, args } = facts.kind(node) else { continue };
        let NodeKind::Member { object, .. } = facts.kind(callee) else { continue };
        if !is_of_ref_callback(engine, node) {
            continue;
        }
        let NodeKind::Member { name: current, .. } = facts.kind(object) else { continue };
        let Some(element) = facts.list(args).last().copied() else { continue };
        if facts.name(current) != "current" || !is_first_param(engine, element, node) {
            continue;
        }
        let Some(place) = engine.place_of(object) else { continue };
        let ended = engine.uses(place).iter().any(|used| matches!(used.what, Use::Shrink(_)));
        let span = engine.hold_span(node);
        let kept = engine.text(object, 32);
        let hold = (Role::Hold, format!("`{kept}` keeps the element"));
        if ended {
            sink.silent(RULE.name, span, &[hold], "elements are taken out again");
            continue;
        }
        sink.report(Draft {
            rule: RULE.name,
            confidence: Confidence::Medium,
            message: format!("`{kept}` keeps every element it was given: nothing takes one out when React passes null"),
            help: format!("take it out when there is none: `else {kept}.delete(…)`, or return a cleanup (React 19)"),
            span,
            kind: GrowthKind::Accumulates,
            unit: "per element that comes and goes".into(),
            evidence: vec![
                evidence(Role::Holder, engine.place_span(place), "a ref lives as long as the component"),
                evidence(Role::Hold, span, hold.1),
                evidence(Role::Repetition, span, "each element that is mounted"),
                evidence(Role::Release, span, "looked for `delete`, a reset and a returned cleanup: none"),
            ],
            retaining_path: vec!["component".into(), kept, "element".into()],
            related: Vec::new(),
        });
    }
}

/// Whether a call stands in a function that is the `ref` of an element, without a cleanup of its own.
fn is_of_ref_callback(engine: &Engine<'_>, node: NodeId) -> bool {
    let facts = engine.facts;
    let record = facts.function(facts.function_of(node));
    let Some(function) = record.node.get() else { return false };
    let asked = facts.regions_around(node).any(|region| facts.region(region).kind == RegionKind::Then);
    asked
        && !record.returns.iter().any(|value| engine.is_function(*value))
        && matches!(facts.kind(facts.node(function).parent), NodeKind::Property { key, .. } if facts.name(key) == "ref")
}

fn is_first_param(engine: &Engine<'_>, element: NodeId, node: NodeId) -> bool {
    let facts = engine.facts;
    let params = &facts.function(facts.function_of(node)).params;
    let NodeKind::Ref { binding, .. } = facts.kind(element) else { return false };
    params.first().is_some_and(|param| param.binding == binding && binding.is_some())
}

/// A collection of elements that nothing empties.
pub(super) fn claim(engine: &Engine<'_>, found: &Found<'_>) -> Option<Claim> {
    let container = found.container;
    let value = *container.growth.grow.values.last()?;
    if !matches!(found.bound, Bound::Nothing(near) if near.is_empty()) || !is_element(engine, value, 0) {
        return None;
    }
    let name = engine.place_text(container.place);
    let mut claim = Claim::of(RULE.name);
    claim.message = Some("keeps every element it was given, also those that have left the document".into());
    claim.help =
        Some(format!("take the element out of `{name}` where it is removed, or make `{name}` a WeakMap or WeakSet"));
    if let Some(removal) = removal(engine) {
        claim.seen = Some((removal, format!("elements leave the document here, and stay in `{name}`")));
        claim.at_least = Confidence::Medium;
    }
    Some(claim)
}

/// Whether a value is an element: made as one here, or a record with one.
fn is_element(engine: &Engine<'_>, value: NodeId, depth: u32) -> bool {
    let facts = engine.facts;
    if depth > 8 {
        return false;
    }
    match facts.kind(engine.origin(value)) {
        NodeKind::Call { callee, .. } => match facts.kind(callee) {
            NodeKind::Member { name, .. } => engine.models.has_word("element-makers", facts.name(name)),
            _ => false,
        },
        NodeKind::Object(parts) => facts.list(parts).iter().any(|part| match facts.kind(*part) {
            NodeKind::Property { value, .. } => is_element(engine, value, depth + 1),
            _ => false,
        }),
        _ => engine
            .kind_of(value)
            .is_some_and(|kind| engine.models.lineage(kind).iter().any(|kind| kind.name == "element")),
    }
}

/// Where elements leave the document: `parent.innerHTML = ""`, `row.remove()`.
fn removal(engine: &Engine<'_>) -> Option<NodeId> {
    let facts = engine.facts;
    let calls = engine.calls_where(|name| engine.models.has_word("element-removers", name));
    in_order(calls, &facts.stores).into_iter().find(|node| match facts.kind(*node) {
        NodeKind::Assign { op: AssignOp::Set, target, .. } => {
            matches!(facts.kind(target), NodeKind::Member { name, .. } if matches!(facts.name(name), "innerHTML" | "textContent" | "outerHTML"))
                && matches!(facts.kind(*node), NodeKind::Assign { value, .. } if matches!(facts.kind(value), NodeKind::Str(text) if facts.name(text).is_empty()))
        }
        NodeKind::Call { callee, .. } => matches!(facts.kind(callee), NodeKind::Member { .. }),
        _ => false,
    })
}
