//! `incomplete-cleanup`: entries are removed on some paths, by a wrong key, or from a sibling only.

use super::growth::{self, Claim, Found};
use super::{Draft, Rule, Sink, evidence, missed_entry};
use crate::engine::growth::{Bound, Container};
use crate::engine::usage::{Shrink, Use};
use crate::engine::{Engine, PlaceId, PlaceKey, Repetition, Strength};
use crate::facts::{AssignOp, BindingId, FunctionId, FunctionKind, NodeId, NodeKind, RegionKind};
use crate::finding::{Confidence, GrowthKind, Level, Role};

pub(super) const RULE: Rule = Rule {
    name: "incomplete-cleanup",
    category: "growth",
    level: Level::Error,
    summary: "entries that are removed on some paths only, by a wrong key, or from a sibling and not here",
    page: include_str!("../../rules/incomplete-cleanup.md"),
    check,
};

fn check(engine: &Engine<'_>, sink: &mut Sink) {
    growth::check(engine, RULE.name, sink);
    maps_as_objects(engine, sink);
    early_ends(engine, sink);
    late_subscriptions(engine, sink);
}

/// A collection whose cleanup is there and misses it.
pub(super) fn claim(engine: &Engine<'_>, found: &Found<'_>) -> Option<Claim> {
    if let Some(claim) = missed_entry::claim(engine, found, RULE.name) {
        return Some(claim);
    }
    let container = found.container;
    let name = engine.place_text(container.place);
    if let Bound::Released(_) = found.bound {
        let way_out = skipped_way_out(engine, container)?;
        let line = engine.line(way_out);
        let (message, seen, at_most) = match engine.facts.kind(way_out) {
            NodeKind::Return(_) => (
                format!("keeps the entry when the code leaves at line {line}, before it removes it"),
                "leaves before the entry is removed",
                Confidence::High,
            ),
            _ => (
                format!("keeps the entry when what line {line} waits for fails, before it removes it"),
                "leaves before the entry is removed, where it fails",
                growth::of_failures(engine),
            ),
        };
        return Some(Claim {
            message: Some(message),
            help: Some("remove the entry there as well, or in `finally`".into()),
            seen: Some((way_out, seen.into())),
            at_least: Confidence::Medium,
            at_most,
            despite_release: true,
            ..Claim::of(RULE.name)
        });
    }
    let Bound::Nothing(near) = found.bound else { return None };
    let claim = |seen: NodeId, why: String, help: String| Claim {
        message: Some(format!("is not cleaned up with the rest: {why}")),
        help: Some(help),
        seen: Some((seen, why)),
        at_least: Confidence::Medium,
        ..Claim::of(RULE.name)
    };
    if let Some((end, sibling)) = forgotten_sibling(engine, container) {
        return Some(Claim {
            // One of the two may be a memory on purpose.
            at_least: if engine.is_in_package() { Confidence::Low } else { Confidence::Medium },
            ..claim(
                end,
                format!("line {} removes the key from `{sibling}`, and not from `{name}`", engine.line(end)),
                format!("remove the same key from `{name}` there"),
            )
        });
    }
    if let Some((reset, siblings)) = forgotten_by_reset(engine, container) {
        return Some(Claim {
            at_least: Confidence::Low,
            ..claim(
                reset,
                format!("{siblings} is emptied at line {}, and `{name}` is not", engine.line(reset)),
                format!("empty `{name}` there as well"),
            )
        });
    }
    if let Some(dropped) = dropped_copy(engine, container) {
        return Some(claim(
            dropped,
            format!("line {} makes a copy without it, and nobody takes the copy", engine.line(dropped)),
            format!("store the result: `{name} = {name}.filter(…)`"),
        ));
    }
    // What removes, and does not reach this: the common judgement says why.
    let misses = near.iter().find(|(node, _)| {
        container.uses.iter().any(|used| {
            (used.site() == *node || used.node == *node)
                && matches!(used.what, Use::Shrink(Shrink::Key(_)) | Use::Tombstone)
        })
    })?;
    (!misses.1.is_empty()).then(|| Claim::of(RULE.name))
}

/// A `return` between an addition and its removal in the same function, which the removal does not
/// see.
fn skipped_way_out(engine: &Engine<'_>, container: &Container) -> Option<NodeId> {
    let facts = engine.facts;
    let added = container.growth.node;
    let function = facts.function_of(added);
    let ends: Vec<NodeId> =
        container.uses.iter().filter(|used| matches!(used.what, Use::Shrink(_))).map(|used| used.site()).collect();
    let last = *ends.iter().max()?;
    let elsewhere = ends.iter().any(|end| {
        facts.function_of(*end) != function
            || facts
                .regions_around(*end)
                .any(|region| matches!(facts.region(region).kind, RegionKind::Finally | RegionKind::Catch))
    });
    if elsewhere || function == FunctionId(0) {
        return None;
    }
    let waits = |from: NodeId, to: NodeId| {
        let between = facts.waits.iter().copied().filter(|node| (from..to).contains(node));
        between
            .filter(|node| facts.function_of(*node) == function)
            .any(|node| matches!(facts.kind(node), NodeKind::Await(_)))
    };
    let left = (added.index()..last.index()).map(NodeId::at).find(|node| {
        let region = facts.node(*node).region;
        matches!(facts.kind(*node), NodeKind::Return(_))
            && facts.function_of(*node) == function
            && facts.region(region).kind == RegionKind::Then
            // Only where the entry was added before: the way out lies in no branch of the addition.
            && !facts.region_within(facts.node(added).region, region)
            && facts.region_within(region, facts.node(added).region)
            && !ends.iter().any(|end| facts.region_within(facts.node(*end).region, region))
            && waits(added, *node)
    });
    left.or_else(|| unseen_failure(engine, container, last))
}

/// What is waited for between an addition and its removal, where nothing removes the entry if it fails.
fn unseen_failure(engine: &Engine<'_>, container: &Container, removal: NodeId) -> Option<NodeId> {
    let facts = engine.facts;
    let added = container.growth.node;
    let function = facts.function_of(added);
    let region = facts.node(added).region;
    if !facts.region_within(facts.node(removal).region, region) {
        return None;
    }
    (added.index()..removal.index()).map(NodeId::at).find(|node| {
        let NodeKind::Await(what) = facts.kind(*node) else { return false };
        facts.function_of(*node) == function
            && may_fail(engine, what, 0)
            // Caught between, the removal comes all the same.
            && facts.regions_around(*node).take_while(|around| *around != region).all(|around| facts.region(around).kind != RegionKind::Try)
    })
}

/// Whether what is waited for may be rejected: a call that nothing catches, of a function that may fail
/// itself.
fn may_fail(engine: &Engine<'_>, waited: NodeId, depth: u32) -> bool {
    let facts = engine.facts;
    let NodeKind::Call { callee, args } = facts.kind(engine.origin(waited)) else { return false };
    let path = engine.path_of(callee);
    let name =
        path.as_deref().and_then(|path| path.rsplit([':', '.']).next()).unwrap_or_else(|| facts.called_name(callee));
    if name == "catch" || name == "then" && args.len > 1 || engine.models.has_word("never-failing", name) {
        return false;
    }
    if let NodeKind::Member { object, .. } = facts.kind(callee)
        && matches!(name, "then" | "finally")
    {
        return may_fail(engine, object, depth);
    }
    let Some(function) = engine.function_of(callee).filter(|_| depth < 4) else { return true };
    facts.nodes_within(function).any(|node| {
        let fails = match facts.kind(node) {
            NodeKind::Throw(_) => true,
            NodeKind::Await(inner) | NodeKind::Return(inner) => inner.is_some() && may_fail(engine, inner, depth + 1),
            _ => false,
        };
        fails
            && facts.function_of(node) == function
            && facts.regions_around(node).all(|around| facts.region(around).kind != RegionKind::Try)
    })
}

/// `clients[id] = socket` on a Map: a property of the object, which `clients.delete(id)` never finds.
fn maps_as_objects(engine: &Engine<'_>, sink: &mut Sink) {
    let facts = engine.facts;
    for node in facts.stores.iter().copied() {
        let NodeKind::Assign { op: AssignOp::Set | AssignOp::Logical, target, .. } = facts.kind(node) else { continue };
        let NodeKind::Index { object, key } = facts.kind(target) else { continue };
        let Some(kind) = engine.kind_of(object).filter(|kind| matches!(kind.name.as_str(), "Map" | "WeakMap" | "Set"))
        else {
            continue;
        };
        let Some(place) = engine.place_of(object) else { continue };
        let repetition = engine.repetition_of(node);
        if repetition.strength <= Strength::Bounded {
            continue;
        }
        let name = engine.text(object, 32);
        let method = |wanted: &[&str]| {
            engine.mentions(place).iter().copied().find(|mention| {
                matches!(facts.kind(facts.node(*mention).parent), NodeKind::Member { name, .. } if wanted.contains(&facts.name(name)))
            })
        };
        let Some(end) = method(&["delete", "clear"]) else { continue };
        if engine.uses(place).iter().any(|used| matches!(facts.kind(used.node), NodeKind::Delete(_))) {
            continue;
        }
        let span = engine.hold_span(node);
        let key = engine.text(key, 24);
        sink.report(Draft {
            rule: RULE.name,
            confidence: engine.sureness(&repetition),
            message: format!("`{name}[{key}]` is a property of the {}: `{name}.delete` never removes it", kind.name),
            help: format!("write `{name}.set({key}, …)`"),
            span,
            kind: GrowthKind::Accumulates,
            unit: format!("per distinct {key}"),
            evidence: vec![
                evidence(Role::Holder, engine.place_span(place), format!("`{name}` is a {}", kind.name)),
                evidence(Role::Hold, span, "sets a property, not an entry"),
                evidence(Role::Repetition, repetition.span, repetition.reason.to_string()),
                evidence(Role::Release, engine.hold_span(end), "removes entries, and this is none"),
            ],
            retaining_path: vec![name, format!("[{key}]")],
            related: Vec::new(),
        });
    }
}

/// A collection that is filled under the same key in the same code, and from which the key is removed.
fn forgotten_sibling(engine: &Engine<'_>, container: &Container) -> Option<(NodeId, String)> {
    let facts = engine.facts;
    let key = container.growth.grow.key?;
    let function = facts.function_of(container.growth.node);
    let text = engine.text(key, 80);
    facts.nodes_within(function).find_map(|node| {
        if facts.function_of(node) != function || node == container.growth.node {
            return None;
        }
        let (place, other_key) = stored_under(engine, node)?;
        if place == container.place || engine.text(other_key, 80) != text {
            return None;
        }
        // Of the same sort of holder: two fields, or two variables of the file.
        let alike = std::mem::discriminant(&engine.place_root(place))
            == std::mem::discriminant(&engine.place_root(container.place));
        // Filled on the same path, and taken out elsewhere: what one function both fills and clears is a state.
        let (here, there) = (facts.node(node).region, facts.node(container.growth.node).region);
        let together = facts.region_within(here, there) || facts.region_within(there, here);
        let end = engine.uses(place).into_iter().find_map(|used| match used.what {
            Use::Shrink(Shrink::Key(_))
                if !engine.is_dead(used.site()) && facts.function_of(used.site()) != function =>
            {
                Some(used.site())
            }
            _ => None,
        })?;
        (alike && together).then(|| (end, engine.place_text(place)))
    })
}

/// The collection and key of `map.set(k, v)` and `object[k] = v`.
fn stored_under(engine: &Engine<'_>, node: NodeId) -> Option<(PlaceId, NodeId)> {
    let facts = engine.facts;
    match facts.kind(node) {
        NodeKind::Call { callee, args } if args.len == 2 => match facts.kind(callee) {
            NodeKind::Member { object, name } if facts.name(name) == "set" => {
                Some((engine.place_of(object)?, facts.arg(args, 0)?))
            }
            _ => None,
        },
        NodeKind::Assign { target, .. } => match facts.kind(target) {
            NodeKind::Index { object, key } => Some((engine.place_of(object)?, key)),
            _ => None,
        },
        _ => None,
    }
}

/// A method that empties at least two other fields of the same object, which are filled where this
/// one is.
fn forgotten_by_reset(engine: &Engine<'_>, container: &Container) -> Option<(NodeId, String)> {
    let facts = engine.facts;
    let PlaceKey::Member(parent, _) = engine.place_key(container.place) else { return None };
    let filler = facts.function_of(container.growth.node);
    let mut emptied: Vec<(FunctionId, NodeId, PlaceId)> = Vec::new();
    for (node, place) in engine.emptied().iter().copied() {
        let sibling = place != container.place
            && matches!(engine.place_key(place), PlaceKey::Member(owner, _) if owner == parent);
        let function = facts.function_of(node);
        if !sibling || function == filler {
            continue;
        }
        let sets_up = matches!(facts.function(function).kind, FunctionKind::Constructor | FunctionKind::Fields)
            || engine.is_constructor(function);
        let filled = || {
            engine
                .uses(place)
                .iter()
                .any(|used| matches!(used.what, Use::Grow(_)) && facts.function_of(used.node) == filler)
        };
        if !sets_up && engine.repetition(function).strength > Strength::Once && filled() {
            emptied.push((function, node, place));
        }
    }
    let (function, node, _) = *emptied.first()?;
    let together: Vec<String> = emptied
        .iter()
        .filter(|(other, ..)| *other == function)
        .map(|(_, _, place)| format!("`{}`", engine.place_text(*place)))
        .collect();
    (together.len() >= 2).then(|| (node, together.join(", ")))
}

/// `list.filter(…);` as a statement.
fn dropped_copy(engine: &Engine<'_>, container: &Container) -> Option<NodeId> {
    let facts = engine.facts;
    engine.mentions(container.place).iter().find_map(|mention| {
        let member = facts.node(*mention).parent;
        let NodeKind::Member { name, .. } = facts.kind(member) else { return None };
        let call = facts.node(member).parent;
        let dropped = matches!(facts.kind(call), NodeKind::Call { callee, .. } if callee == member)
            && !facts.node(call).parent.is_some()
            && !facts.function(facts.function_of(call)).returns.contains(&call);
        (dropped && matches!(facts.name(name), "filter" | "slice" | "toSpliced")).then_some(call)
    })
}

/// `takeUntil` before an operator that opens streams of its own: those go on.
fn early_ends(engine: &Engine<'_>, sink: &mut Sink) {
    let facts = engine.facts;
    for node in engine.calls_of(&["pipe"]) {
        let NodeKind::Call { callee, args } = facts.kind(node) else { continue };
        if !matches!(facts.kind(callee), NodeKind::Member { .. }) {
            continue;
        }
        let named = |arg: NodeId| match facts.kind(arg) {
            NodeKind::Call { callee, .. } => facts.called_name(callee),
            _ => "",
        };
        let list = facts.list(args);
        let Some(end) = list.iter().position(|arg| engine.models.has_word("ending-operators", named(*arg))) else {
            continue;
        };
        // A later one ends what was opened.
        if list[end + 1..].iter().any(|arg| engine.models.has_word("ending-operators", named(*arg))) {
            continue;
        }
        let Some(opens) =
            list[end + 1..].iter().copied().find(|arg| engine.models.has_word("opening-operators", named(*arg)))
        else {
            continue;
        };
        let span = engine.hold_span(node);
        let (ends, opener) = (named(list[end]), named(opens));
        sink.report(Draft {
            rule: RULE.name,
            // Most of what is opened there is one answer, which ends by itself: a package shows it, or nobody.
            confidence: if engine.is_in_package() { Confidence::Low } else { Confidence::Medium },
            message: format!("`{ends}` stands before `{opener}`: the streams that `{opener}` opens go on after it"),
            help: format!("move `{ends}` behind `{opener}`, to the end of the pipe"),
            span,
            kind: GrowthKind::Accumulates,
            unit: "per subscription".into(),
            evidence: vec![
                evidence(Role::Holder, span, "an open stream keeps its subscribers"),
                evidence(
                    Role::Hold,
                    facts.span(opens),
                    format!("`{opener}` subscribes to another stream for each value"),
                ),
                evidence(Role::Release, facts.span(list[end]), format!("`{ends}` ends only what stands before it")),
            ],
            retaining_path: vec!["inner stream".into(), "subscriber".into(), "its owner".into()],
            related: Vec::new(),
        });
    }
}

/// An effect that subscribes when an answer is there: its cleanup has run by then, and found nothing.
fn late_subscriptions(engine: &Engine<'_>, sink: &mut Sink) {
    let facts = engine.facts;
    for (at, record) in facts.functions.iter().enumerate().skip(1) {
        let effect = FunctionId::at(at);
        if !record.node.is_some()
            || !engine.callback_of(effect).is_some_and(|(_, runs)| runs.cleanup)
            || record.is_async
        {
            continue;
        }
        for cleanup in record.returns.iter().filter_map(|value| engine.function_of(*value)) {
            if let Some((store, binding)) = stored_late(engine, effect, cleanup) {
                let repetition = engine.repetition(effect);
                if repetition.strength > Strength::Bounded {
                    sink.report(late_draft(engine, store, binding, cleanup, &repetition));
                }
            }
        }
    }
}

/// A variable of the effect that its cleanup calls, and that is set after something was waited for,
/// whatever happened since.
fn stored_late(engine: &Engine<'_>, effect: FunctionId, cleanup: FunctionId) -> Option<(NodeId, BindingId)> {
    let facts = engine.facts;
    let called = facts.captured_by(cleanup).into_iter().filter(|binding| {
        facts.binding_function(*binding) == effect
            && facts.references(*binding).iter().any(|reference| {
                facts.function_within(facts.function_of(*reference), cleanup)
                    && match facts.kind(facts.node(*reference).parent) {
                        NodeKind::Call { callee, .. } => callee == *reference,
                        NodeKind::Member { .. } => true,
                        _ => false,
                    }
            })
    });
    called.flat_map(|binding| facts.writes(binding).map(move |store| (store, binding))).find(|(store, _)| {
        let NodeKind::Assign { op: AssignOp::Set, value, .. } = facts.kind(*store) else { return false };
        let function = facts.function_of(*store);
        let later = function != effect
            && (facts.function(function).is_async
                || engine.callback_of(function).is_some_and(|(call, _)| {
                    matches!(facts.kind(call), NodeKind::Call { callee, .. } if matches!(facts.kind(callee), NodeKind::Member { name, .. } if facts.name(name) == "then"))
                }));
        let unasked = facts.regions_around(*store).all(|region| {
            !matches!(facts.region(region).kind, RegionKind::Then | RegionKind::Else | RegionKind::Case)
        });
        later && unasked && matches!(facts.kind(value), NodeKind::Call { .. } | NodeKind::New { .. })
    })
}

fn late_draft(
    engine: &Engine<'_>,
    store: NodeId,
    binding: BindingId,
    cleanup: FunctionId,
    repetition: &Repetition,
) -> Draft {
    let name = engine.facts.name(engine.facts.binding(binding).name);
    let span = engine.hold_span(store);
    Draft {
        rule: RULE.name,
        confidence: Confidence::Medium,
        message: format!("`{name}` is set after the cleanup may have run: what it would end stays"),
        help: "set a flag in the cleanup, and ask for it before subscribing: `if (ended) return`".into(),
        span,
        kind: GrowthKind::Accumulates,
        unit: format!("per {} that ends early", repetition.unit),
        evidence: vec![
            evidence(Role::Holder, span, "what is subscribed to outlives the component"),
            evidence(Role::Hold, span, "subscribes when the answer is there, whether the component still is or not"),
            evidence(Role::Repetition, repetition.span, repetition.reason.to_string()),
            evidence(
                Role::Release,
                engine.function_span(cleanup),
                format!("runs once, and `{name}` may not be set by then"),
            ),
        ],
        retaining_path: vec!["source".into(), "subscription".into(), "component".into()],
        related: Vec::new(),
    }
}
