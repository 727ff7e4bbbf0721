//! Collections of owners that last: instances and closures that serve many rounds of work, though
//! nothing in view keeps them. What `unbounded-cache` and `unbounded-queue` ask of those.
//!
//! Most instances go with their round of work, and their collections with them. So the growth has to
//! show by itself that it has no end: keys that are never used twice, an owner that takes entries out
//! of its other collections, a cache that only a change of its owner empties.

use super::growth::{Claim, Found};
use crate::engine::growth::{Bound, Collection, Container};
use crate::engine::usage::{GrowKind, Shrink, Use, UseAt};
use crate::engine::{Engine, Lifetime, PlaceId, PlaceKey, Strength};
use crate::facts::{BindingKind, FunctionId, FunctionKind, NodeId, NodeKind, RegionId, RegionKind, UnaryOp};
use crate::finding::Confidence;

/// What shows that a collection of a lasting owner grows without end.
pub(super) fn claim(engine: &Engine<'_>, found: &Found<'_>) -> Option<Claim> {
    let container = found.container;
    let proven = |rule: &'static str| Claim { at_least: Confidence::Medium, is_proven: true, ..Claim::of(rule) };
    // Others may reach the class, and know nothing of what it keeps of them.
    if !matches!(found.bound, Bound::Released(_)) && registers_itself(engine, container) {
        return Some(proven("unbounded-cache"));
    }
    if matches!(found.bound, Bound::OutOfSight(..)) {
        return None;
    }
    if let Some((seen, why)) = emptied_by_success(engine, container) {
        return Some(Claim {
            message: Some(format!("keeps everything while sending fails: {why}")),
            help: Some(format!(
                "keep the last ones only, also when sending fails: `if ({0}.length > MAX) {0}.shift()`",
                engine.place_text(container.place)
            )),
            // What else is waited for seldom fails for long.
            at_most: if engine.is_in_package() && !sends(engine, seen) { Confidence::Low } else { Confidence::High },
            seen: Some((seen, why)),
            despite_release: true,
            ..proven("unbounded-queue")
        });
    }
    if let Some((seen, why)) = waits_for_consumer(engine, container) {
        return Some(Claim {
            message: Some(format!("keeps everything until somebody takes it: {why}")),
            help: Some(format!(
                "bound it while it waits: `if ({0}.length > MAX) {0}.shift()`",
                engine.place_text(container.place)
            )),
            seen: Some((seen, why)),
            despite_release: true,
            ..proven("unbounded-queue")
        });
    }
    if matches!(container.lifetime, Lifetime::Process(_)) {
        return None;
    }
    if let Some((seen, why)) = outdated_only(engine, container) {
        return Some(Claim { seen: Some((seen, why)), despite_release: true, ..proven("unbounded-cache") });
    }
    if !matches!(found.bound, Bound::Nothing(_)) {
        return None;
    }
    let grows =
        has_fresh_keys(engine, container) || beside_cleaned(engine, container) || adds_before_guard(engine, container);
    grows.then(|| proven("unbounded-cache"))
}

/// Whether the function around a node is named for sending something, or calls what is.
fn sends(engine: &Engine<'_>, node: NodeId) -> bool {
    let facts = engine.facts;
    let function = facts.function_of(node);
    let says_so = |name: &str| engine.begins_with(name, "sending");
    says_so(facts.name(facts.function(function).name))
        || facts
            .nodes_within(function)
            .any(|part| matches!(facts.kind(part), NodeKind::Call { callee, .. } if says_so(facts.called_name(callee))))
}

/// `this.apps.push(app); if (this.app) return; this.app = app; …`: the method expects to be called again,
/// and adds each time.
fn adds_before_guard(engine: &Engine<'_>, container: &Container) -> bool {
    let facts = engine.facts;
    let growth = &container.growth;
    let function = facts.function_of(growth.node);
    let PlaceKey::Member(owner, _) = engine.place_key(container.place) else { return false };
    let body = facts.function(function).body;
    if !matches!(container.lifetime, Lifetime::Instance(_))
        || growth.grow.how != GrowKind::Append
        || growth.looks_up
        || facts.node(growth.node).region != body
        || !growth.grow.values.iter().any(|value| engine.is_per_call(*value))
    {
        return false;
    }
    // The code that runs the first time only, and sets what it asked for.
    facts.regions.iter().enumerate().any(|(at, region)| {
        if region.parent != body {
            return false;
        }
        let flag = match (region.kind, facts.kind(region.test)) {
            (RegionKind::Then, NodeKind::Unary { op: UnaryOp::Not, arg }) => arg,
            (RegionKind::Else, _) => region.test,
            _ => return false,
        };
        region.test > growth.node
            && engine.place_of(flag).is_some_and(|flag| {
                matches!(engine.place_key(flag), PlaceKey::Member(of, _) if of == owner)
                    && engine
                        .stores(flag)
                        .iter()
                        .any(|store| facts.region_within(facts.node(*store).region, RegionId::at(at)))
            })
    })
}

/// Keys that are never used twice, in an owner that lasts.
fn has_fresh_keys(engine: &Engine<'_>, container: &Container) -> bool {
    let Lifetime::Instance(shape) = container.lifetime else { return false };
    // What is looked up first comes again.
    !container.growth.looks_up
        && container.growth.grow.key.is_some_and(|key| engine.is_fresh(key))
        && engine.lasting(shape).is_some()
}

/// A constructor that adds its instance to what all instances share.
fn registers_itself(engine: &Engine<'_>, container: &Container) -> bool {
    let facts = engine.facts;
    let function = facts.function_of(container.growth.node);
    let makes = facts.function(function).kind == FunctionKind::Constructor || engine.is_constructor(function);
    matches!(container.lifetime, Lifetime::Closure(_))
        && makes
        && container.growth.grow.values.iter().any(|value| facts.kind(engine.origin(*value)) == NodeKind::This)
}

/// A set of objects that nothing takes one out of, where a collection beside it gives up its own one by
/// one.
fn beside_cleaned(engine: &Engine<'_>, container: &Container) -> bool {
    let facts = engine.facts;
    let growth = &container.growth;
    if container.collection != Collection::Set || growth.grow.how != GrowKind::Add || growth.looks_up {
        return false;
    }
    let Lifetime::Closure(maker) = container.lifetime else { return false };
    engine.calls_of(&["delete"]).into_iter().any(|node| {
        let NodeKind::Call { callee, args } = facts.kind(node) else { return false };
        let NodeKind::Member { object, .. } = facts.kind(callee) else { return false };
        args.len == 1
            && engine.place_of(object).is_some_and(|place| {
                place != container.place
                    && matches!(engine.place_key(place), PlaceKey::Binding(binding) if facts.binding_function(binding) == maker)
            })
    })
}

/// A cache that is emptied only where what it is made of changes.
fn outdated_only(engine: &Engine<'_>, container: &Container) -> Option<(NodeId, String)> {
    let facts = engine.facts;
    let growth = &container.growth;
    let Lifetime::Instance(_) = container.lifetime else { return None };
    if !returns_entry(engine, container)
        || !matches!(growth.grow.how, GrowKind::Key | GrowKind::Set)
        || growth.repetition.strength < Strength::Weak
    {
        return None;
    }
    let PlaceKey::Member(owner, _) = engine.place_key(container.place) else { return None };
    let ends: Vec<(&UseAt, Shrink)> = container
        .uses
        .iter()
        .filter_map(|used| match used.what {
            Use::Shrink(shrink) if !engine.sets_up(container.place, used, shrink) => Some((used, shrink)),
            _ => None,
        })
        .collect();
    let first = ends.first()?.0.node;
    let changes = |function: FunctionId| {
        // Something is added to or taken from another field of the owner.
        facts.nodes_within(function).any(|node| {
            let object = match facts.kind(node) {
                NodeKind::Call { callee, args } if args.len > 0 => match facts.kind(callee) {
                    NodeKind::Member { object, name } => match facts.name(name) {
                        "push" | "splice" | "set" | "add" | "delete" => object,
                        // `Array.prototype.push.apply(this.nodes, more)`
                        "apply" | "call" => facts.list(args)[0],
                        _ => return false,
                    },
                    _ => return false,
                },
                NodeKind::Assign { target, .. } => match facts.kind(target) {
                    NodeKind::Index { object, .. } => object,
                    _ => return false,
                },
                _ => return false,
            };
            engine.place_of(object).is_some_and(|place| {
                place != container.place
                    && matches!(engine.place_key(place), PlaceKey::Member(other, _) if other == owner)
            })
        })
    };
    let only = ends.iter().all(|(used, shrink)| {
        let function = facts.function_of(used.node);
        *shrink == Shrink::All && function != facts.function_of(growth.node) && changes(function)
    });
    only.then(|| (first, format!("it is emptied only where something else changes, line {}", engine.line(first))))
}

/// `if (this.cache[key]) return this.cache[key]`: what a method works out for its caller's key.
fn returns_entry(engine: &Engine<'_>, container: &Container) -> bool {
    let facts = engine.facts;
    let function = facts.function_of(container.growth.node);
    let by_caller = container.growth.grow.key.is_some_and(|key| match facts.kind(key) {
        NodeKind::Ref { binding, .. } => binding.get().is_some_and(|binding| {
            facts.binding(binding).kind == BindingKind::Param && facts.binding_function(binding) == function
        }),
        _ => false,
    });
    let element = engine.place(PlaceKey::Element(container.place));
    by_caller
        && facts.nodes_within(function).any(|node| match facts.kind(node) {
            NodeKind::Return(value) => {
                value.is_some()
                    && facts.function_of(node) == function
                    && node < container.growth.node
                    && engine.place_of(value) == Some(element)
            }
            _ => false,
        })
}

/// A batch that is taken out only once it has been sent.
fn emptied_by_success(engine: &Engine<'_>, container: &Container) -> Option<(NodeId, String)> {
    let facts = engine.facts;
    if !is_queue(engine, container) {
        return None;
    }
    let mut found = None;
    for used in &container.uses {
        let Use::Shrink(shrink) = used.what else { continue };
        if engine.sets_up(container.place, used, shrink) || engine.is_dead(used.site()) {
            continue;
        }
        let function = facts.function_of(used.node);
        let fails_first =
            |region: RegionKind| matches!(region, RegionKind::Finally | RegionKind::Catch | RegionKind::Loop(_));
        if facts.regions_around(used.node).any(|region| fails_first(facts.region(region).kind)) {
            return None;
        }
        // The copy is made before, the call is waited for, and then all of it is taken out.
        let reads = container.uses.iter().any(|other| {
            matches!(other.what, Use::Read | Use::Escape(_))
                && facts.function_of(other.node) == function
                && other.node < used.node
        });
        let waits = facts.nodes_within(function).find(|node| {
            matches!(facts.kind(*node), NodeKind::Await(_)) && facts.function_of(*node) == function && *node < used.node
        })?;
        if !reads {
            return None;
        }
        found = found.or(Some((used.node, waits)));
    }
    let (end, waits) = found?;
    Some((
        end,
        format!("line {} empties it, after what line {} waits for has succeeded", engine.line(end), engine.line(waits)),
    ))
}

/// What waits for a consumer that others may bring or not: `if (sink) sink.emit(x); else buffer.push(x)`.
fn waits_for_consumer(engine: &Engine<'_>, container: &Container) -> Option<(NodeId, String)> {
    let facts = engine.facts;
    if !is_queue(engine, container) {
        return None;
    }
    let consumer = facts.regions_around(container.growth.node).find_map(|id| {
        let region = facts.region(id);
        let test = match (region.kind, facts.kind(region.test)) {
            (RegionKind::Else, _) => region.test,
            (RegionKind::Then, NodeKind::Unary { op: UnaryOp::Not, arg }) => arg,
            _ => return None,
        };
        let place = engine.place_of(test)?;
        is_brought(engine, place).then_some(place)
    })?;
    // Another condition may end the waiting.
    let conditions = facts
        .regions_around(container.growth.node)
        .filter(|id| matches!(facts.region(*id).kind, RegionKind::Then | RegionKind::Else | RegionKind::Case));
    if conditions.count() > 1 {
        return None;
    }
    let mut found = None;
    for used in &container.uses {
        let Use::Shrink(shrink) = used.what else { continue };
        if engine.sets_up(container.place, used, shrink) || engine.is_dead(used.site()) {
            continue;
        }
        let function = facts.function_of(used.node);
        let brings = engine.stores(consumer).iter().any(|store| {
            facts.function_within(function, facts.function_of(*store)) && facts.function_of(*store) != FunctionId(0)
        });
        if !brings {
            return None;
        }
        found = found.or(Some(used.node));
    }
    let end = found?;
    let name = engine.place_text(consumer);
    Some((end, format!("line {} empties it when `{name}` comes, which may be never", engine.line(end))))
}

/// Whether a place is set to what a caller brings.
fn is_brought(engine: &Engine<'_>, place: PlaceId) -> bool {
    engine.stored_values(place).any(|value| {
        let facts = engine.facts;
        facts.function_of(value) != FunctionId(0)
            && matches!(facts.kind(value), NodeKind::Ref { binding, .. } if binding.get().is_some_and(|binding| facts.binding(binding).kind == BindingKind::Param))
    })
}

/// Whether a collection is a list that lives long, is added to at run time and has no bound.
fn is_queue(engine: &Engine<'_>, container: &Container) -> bool {
    let alive = |used: &&UseAt| !engine.is_dead(used.site());
    container.collection == Collection::Array
        && container.growth.grow.how == GrowKind::Append
        && !container.growth.looks_up
        && matches!(container.lifetime, Lifetime::Process(_))
        && container.growth.repetition.strength >= Strength::Weak
        && container.growth.grow.values.iter().any(|value| engine.is_per_call(*value))
        && !container
            .uses
            .iter()
            .filter(alive)
            .any(|used| used.what == Use::SizeTest && !engine.only_asks_for_emptiness(used.node))
}
