//! Entries that their own code means to remove, and leaves: what `incomplete-cleanup` sees of a
//! collection whose owner takes entries out one by one.
//!
//! Who takes entries out one by one says that the collection lives longer than they do, also where it
//! is a field of an instance that nothing in view keeps.

use super::growth::{self, Claim, Found};
use crate::engine::growth::Container;
use crate::engine::usage::{Grow, GrowKind, Shrink, Use, UseAt};
use crate::engine::{Engine, Lifetime, PlaceKey, Strength};
use crate::facts::{AssignOp, BindingId, BindingKind, FunctionId, NodeId, NodeKind, RegionKind};
use crate::finding::Confidence;
use rustc_hash::FxHashSet;

/// What a removal misses.
struct Missed {
    /// The addition to speak of, where it is not the common one.
    at: Option<NodeId>,
    /// What leaves the entry.
    seen: NodeId,
    /// Why, after "keeps the entry: ".
    why: String,
    /// The edit that ends it.
    help: String,
    /// Whether it is left only when something fails.
    by_failure: bool,
    /// Whether the code of a package alone does not show that there are many of what is left.
    is_unsure: bool,
}

/// A collection whose removal misses an entry, whatever else removes some.
pub(super) fn claim(engine: &Engine<'_>, found: &Found<'_>, rule: &'static str) -> Option<Claim> {
    let container = found.container;
    let missed = comes_back(engine, container)
        .or_else(|| made_by_removal(engine, container))
        .or_else(|| key_kept(engine, container))
        .or_else(|| other_entry_removed(engine, container))
        .or_else(|| removed_on_success(engine, container))
        .or_else(|| left_by_undo(engine, container))
        .or_else(|| finished_and_kept(engine, container))?;
    Some(Claim {
        message: Some(format!("keeps the entry: {}", missed.why)),
        help: Some(missed.help),
        seen: Some((missed.seen, missed.why)),
        at: missed.at,
        at_least: Confidence::Medium,
        at_most: if missed.by_failure || missed.is_unsure { growth::of_failures(engine) } else { Confidence::High },
        despite_release: true,
        is_proven: true,
        ..Claim::of(rule)
    })
}

/// The variable that a node names.
fn variable(engine: &Engine<'_>, node: NodeId) -> Option<BindingId> {
    match engine.facts.kind(node) {
        NodeKind::Ref { binding, .. } => binding.get(),
        _ => None,
    }
}

fn grow_of(used: &UseAt) -> Option<&Grow> {
    match &used.what {
        Use::Grow(grow) => Some(grow),
        _ => None,
    }
}

/// The key that a use removes.
fn removed_key(used: &UseAt) -> Option<NodeId> {
    match used.what {
        Use::Shrink(Shrink::Key(key)) => Some(key),
        _ => None,
    }
}

/// Where something is done to the entry of a key that a variable holds: there, or by calling a
/// function that does it to the key it is given.
fn done_to(engine: &Engine<'_>, direct: &[(NodeId, NodeId)]) -> Vec<(NodeId, BindingId)> {
    /// Calls followed; a helper of everybody is no part of one story.
    const MOST: usize = 48;
    let facts = engine.facts;
    let mut found: Vec<(NodeId, BindingId)> = Vec::new();
    let mut open: Vec<(NodeId, NodeId)> = direct.to_vec();
    let mut asked: Vec<BindingId> = Vec::new();
    while let Some((node, key)) = open.pop() {
        let Some(binding) = variable(engine, key) else { continue };
        if found.len() >= MOST {
            break;
        }
        found.push((node, binding));
        if facts.binding(binding).kind == BindingKind::Param && !asked.contains(&binding) {
            asked.push(binding);
            open.extend(engine.arguments_of(binding));
        }
    }
    found.sort_unstable();
    found
}

/// Whether code comes after other code of the same function, whatever branch was taken.
fn follows(engine: &Engine<'_>, later: NodeId, earlier: NodeId) -> bool {
    let facts = engine.facts;
    let (after, before) = (facts.node(later).region, facts.node(earlier).region);
    later > earlier
        && facts.function_of(later) == facts.function_of(earlier)
        && (facts.region_within(after, before) || (!facts.region(before).exits && facts.region_within(before, after)))
}

/// `remove(id)` and then, in the same ending, a call that adds the entry of `id` again.
fn comes_back(engine: &Engine<'_>, container: &Container) -> Option<Missed> {
    let facts = engine.facts;
    let removals: Vec<(NodeId, NodeId)> =
        container.uses.iter().filter_map(|used| Some((used.node, removed_key(used)?))).collect();
    if removals.is_empty() {
        return None;
    }
    let lookups: FxHashSet<NodeId> =
        container.uses.iter().filter(|used| matches!(used.what, Use::Lookup(_))).map(|used| used.node).collect();
    let is_asked = |node: NodeId| facts.is_tested(node, &mut |part| lookups.contains(&part));
    let additions: Vec<(NodeId, NodeId)> = container
        .uses
        .iter()
        .filter(|used| !is_asked(used.node))
        .filter_map(|used| Some((used.node, grow_of(used)?.key?)))
        .collect();
    if additions.is_empty() {
        return None;
    }
    let removed = done_to(engine, &removals);
    let added = done_to(engine, &additions);
    let is_direct = |node: NodeId| additions.iter().any(|(direct, _)| *direct == node);
    let (end, again) = removed.iter().find_map(|(end, key)| {
        let function = facts.function_of(*end);
        if !engine.names_an_end(facts.name(facts.function(function).name)) {
            return None;
        }
        let again = added.iter().find(|(again, other)| {
            other == key
                && !is_direct(*again)
                && !removed.iter().any(|(node, _)| node == again)
                && follows(engine, *again, *end)
        })?;
        Some((*end, again.0))
    })?;
    Some(Missed {
        at: None,
        seen: again,
        why: format!("line {} removes it, and line {} adds it again", engine.line(end), engine.line(again)),
        help: format!("remove it last: swap lines {} and {}", engine.line(end), engine.line(again)),
        by_failure: false,
        is_unsure: false,
    })
}

/// A function that takes something out of an entry, and makes the entry where there is none.
fn made_by_removal(engine: &Engine<'_>, container: &Container) -> Option<Missed> {
    let facts = engine.facts;
    let element = engine.place(PlaceKey::Element(container.place));
    let inner = engine.uses(element);
    let emptied = container.uses.iter().any(|used| {
        matches!(used.what, Use::Shrink(Shrink::All))
            && !engine.sets_up(container.place, used, Shrink::All)
            && !engine.is_dead(used.site())
    });
    let made = container.uses.iter().find(|used| {
        let Some(grow) = grow_of(used) else { return false };
        let function = facts.function_of(used.node);
        let empty = grow.values.last().is_some_and(|value| is_empty(engine, *value));
        let takes = |other: &UseAt| {
            matches!(other.what, Use::Shrink(Shrink::Key(_)))
                && facts.function_of(other.node) == function
                && other.node > used.node
        };
        let adds = |other: &UseAt| grow_of(other).is_some() && facts.function_of(other.node) == function;
        let lets_go = |other: &UseAt| matches!(other.what, Use::Shrink(_)) && facts.function_of(other.node) == function;
        function != FunctionId(0)
            && empty
            && !emptied
            && inner.iter().any(takes)
            && !inner.iter().any(adds)
            && !container.uses.iter().any(lets_go)
            && engine.repetition_of(used.node).strength > Strength::Bounded
    })?;
    let name = engine.function_name(facts.function_of(made.node));
    Some(Missed {
        at: Some(made.node),
        seen: made.node,
        why: format!("{name} only takes something out of it, and makes it where there is none"),
        help: format!(
            "leave where there is no entry: `if (!{}) return`",
            engine.text(made.node, 32).split(" = ").next().unwrap_or_default()
        ),
        by_failure: false,
        is_unsure: false,
    })
}

/// `{}`, `[]`, `new Set()`, also as the other side of `x || {}`.
fn is_empty(engine: &Engine<'_>, value: NodeId) -> bool {
    match engine.facts.kind(value) {
        NodeKind::Object(list) | NodeKind::Array(list) => list.len == 0,
        NodeKind::New { args, .. } => args.len == 0,
        NodeKind::Logical { right, .. } => is_empty(engine, right),
        NodeKind::Call { callee, args } => args.len == 1 && engine.path_of(callee).as_deref() == Some("Object.create"),
        _ => false,
    }
}

/// `jobs[name] = null` in place of `delete jobs[name]`: the key stays.
fn key_kept(engine: &Engine<'_>, container: &Container) -> Option<Missed> {
    let facts = engine.facts;
    let removes = |used: &UseAt| matches!(used.what, Use::Shrink(Shrink::Key(_) | Shrink::Some | Shrink::Part));
    if container.growth.grow.how != GrowKind::Key || container.uses.iter().any(removes) {
        return None;
    }
    // One that is emptied as a whole between its rounds forgets the keys as well.
    let renewed = container.uses.iter().any(|used| {
        matches!(used.what, Use::Shrink(Shrink::All))
            && !engine.sets_up(container.place, used, Shrink::All)
            && !engine.is_dead(used.site())
            && !engine.names_an_end(facts.name(facts.function(facts.function_of(used.node)).name))
    });
    if renewed {
        return None;
    }
    let adds = facts.function_of(container.growth.node);
    let slot = container.uses.iter().find(|used| {
        let function = facts.function_of(used.node);
        let NodeKind::Assign { target, value, .. } = facts.kind(used.node) else { return false };
        let NodeKind::Index { key, .. } = facts.kind(target) else { return false };
        // The same function lets go of the key elsewhere, or keys are many by what they are.
        let means_it = || removes_from_sibling(engine, container, function);
        let nothing = match used.what {
            Use::Tombstone => matches!(container.lifetime, Lifetime::Process(_)) || is_id(engine, key) || means_it(),
            Use::Grow(_) => {
                !matches!(facts.kind(value), NodeKind::Logical { .. }) && empties(engine, value) && means_it()
            }
            _ => false,
        };
        nothing
            && function != adds
            && engine.names_an_end(facts.name(facts.function(function).name))
            && !keeps_listeners(engine, container)
            && !is_swept_by_name(engine, container)
            && !is_given_back(engine, key, function)
    })?;
    let name = engine.place_text(container.place);
    let text = engine.text(slot.node, 32);
    Some(Missed {
        at: None,
        seen: slot.node,
        why: format!("line {} empties its value, and its key stays", engine.line(slot.node)),
        help: format!("`delete {}`", text.split(" = ").next().unwrap_or(&name)),
        by_failure: false,
        // A few keys that stay are nothing.
        is_unsure: !growth::has_key_of_its_own(engine, container)
            && !removes_from_sibling(engine, container, facts.function_of(slot.node)),
    })
}

/// `gc.watch(this, "items")`: code out of sight is given the owner, and the name of the field.
fn is_swept_by_name(engine: &Engine<'_>, container: &Container) -> bool {
    let facts = engine.facts;
    let PlaceKey::Member(owner, field) = engine.place_key(container.place) else { return false };
    facts.calls.iter().any(|node| {
        let NodeKind::Call { args, .. } = facts.kind(*node) else { return false };
        let args = facts.list(args);
        args.iter().any(|arg| facts.kind(*arg) == NodeKind::Str(field))
            && args.iter().any(|arg| engine.place_of(*arg) == Some(owner))
    })
}

/// Whether a key is the id of something: by how it is made, or by its name.
fn is_id(engine: &Engine<'_>, key: NodeId) -> bool {
    let facts = engine.facts;
    let name = match facts.kind(key) {
        NodeKind::Call { callee, .. } => facts.called_name(callee),
        _ => facts.called_name(key),
    };
    let bare = name.to_lowercase();
    engine.is_fresh(key) || ["id", "uuid", "guid"].iter().any(|end| bare.trim_start_matches('_').ends_with(end))
}

/// Whether a collection is that of an emitter: it is filled by `on`, under names of events.
fn keeps_listeners(engine: &Engine<'_>, container: &Container) -> bool {
    let facts = engine.facts;
    let name = facts.name(facts.function(facts.function_of(container.growth.node)).name);
    matches!(name, "on" | "once" | "addListener" | "addEventListener" | "prependListener" | "emit" | "bind")
}

/// Whether a value is an empty collection, on one way at least.
fn empties(engine: &Engine<'_>, value: NodeId) -> bool {
    is_empty(engine, value)
        || variable(engine, value).is_some_and(|binding| {
            engine.facts.writes(binding).any(|write| {
                matches!(engine.facts.kind(write), NodeKind::Assign { op: AssignOp::Set, value, .. } if is_empty(engine, value))
            })
        })
}

/// Whether a function removes a key from another collection of the same owner.
fn removes_from_sibling(engine: &Engine<'_>, container: &Container, function: FunctionId) -> bool {
    let facts = engine.facts;
    let PlaceKey::Member(owner, _) = engine.place_key(container.place) else { return false };
    facts.nodes_within(function).any(|node| {
        let object = match facts.kind(node) {
            NodeKind::Delete(target) => match facts.kind(target) {
                NodeKind::Index { object, .. } => object,
                _ => return false,
            },
            NodeKind::Call { callee, .. } => match facts.kind(callee) {
                NodeKind::Member { object, name } if facts.name(name) == "delete" => object,
                _ => return false,
            },
            _ => return false,
        };
        engine.place_of(object).is_some_and(|place| {
            place != container.place && matches!(engine.place_key(place), PlaceKey::Member(other, _) if other == owner)
        })
    })
}

/// Whether the key goes to a list of free ones: `free.push(id)`.
fn is_given_back(engine: &Engine<'_>, key: NodeId, function: FunctionId) -> bool {
    let facts = engine.facts;
    let text = engine.text(key, 80);
    facts.nodes_within(function).any(|node| match facts.kind(node) {
        NodeKind::Call { callee, args } => {
            matches!(facts.called_name(callee), "push" | "unshift")
                && facts.list(args).iter().any(|arg| engine.text(*arg, 80) == text)
        }
        _ => false,
    })
}

/// `get(call.rootId)` and then, in the same branch, `delete(call.id)`.
fn other_entry_removed(engine: &Engine<'_>, container: &Container) -> Option<Missed> {
    let facts = engine.facts;
    let member = |node: NodeId| match facts.kind(node) {
        NodeKind::Member { object, name } => Some((engine.place_of(object)?, name)),
        _ => None,
    };
    let (end, asked) = container.uses.iter().find_map(|used| {
        let removed = member(removed_key(used)?)?;
        let region = facts.node(used.node).region;
        let here = |other: &&UseAt| facts.node(other.node).region == region;
        let names = |other: &UseAt| match &other.what {
            Use::Lookup(key) => member(*key),
            Use::Grow(grow) => grow.key.and_then(member),
            Use::Shrink(Shrink::Key(key)) if other.node != used.node => member(*key),
            _ => None,
        };
        let around: Vec<_> =
            container.uses.iter().filter(here).filter_map(|other| Some((other, names(other)?))).collect();
        let same = around.iter().any(|(_, key)| *key == removed);
        let let_go =
            |key: &(_, _)| around.iter().any(|(other, removed)| removed == key && matches!(other.what, Use::Shrink(_)));
        let asked = around.iter().find(|(other, key)| {
            !let_go(key)
                && key.0 == removed.0
                && key.1 != removed.1
                && other.node < used.node
                && matches!(other.what, Use::Lookup(_))
        })?;
        (!same).then_some((used.node, asked.0.node))
    })?;
    let asked = engine.text(asked, 40);
    Some(Missed {
        at: None,
        seen: end,
        why: format!("line {} removes another one than `{asked}`", engine.line(end)),
        help: "remove the entry that was asked for, by the same key".into(),
        by_failure: false,
        is_unsure: false,
    })
}

/// An entry of work in progress, which the work itself removes, on success only.
fn removed_on_success(engine: &Engine<'_>, container: &Container) -> Option<Missed> {
    let facts = engine.facts;
    let grow = &container.growth.grow;
    if !matches!(grow.how, GrowKind::Set | GrowKind::Key) {
        return None;
    }
    let value = *grow.values.last()?;
    let ends: Vec<&UseAt> =
        container.uses.iter().filter(|used| matches!(used.what, Use::Shrink(Shrink::Key(_)))).collect();
    let first = ends.first()?.node;
    let home = facts.function_of(first);
    if ends.iter().any(|used| facts.function_of(used.node) != home) || home == facts.function_of(container.growth.node)
    {
        return None;
    }
    let sees_failure = |node: NodeId| {
        facts
            .regions_around(node)
            .any(|region| matches!(facts.region(region).kind, RegionKind::Finally | RegionKind::Catch))
    };
    if let Some(call) = reaction_to_success(engine, container, home) {
        return Some(Missed {
            at: None,
            seen: call,
            why: format!(
                "line {} removes it when the promise is fulfilled, and not when it is rejected",
                engine.line(call)
            ),
            help: "remove it in `finally`: it runs either way".into(),
            by_failure: true,
            is_unsure: false,
        });
    }
    // The work is an async function of this file, given the key.
    let NodeKind::Call { callee, .. } = facts.kind(engine.origin(value)) else { return None };
    if engine.function_of(callee) != Some(home)
        || ends
            .iter()
            .any(|used| facts.regions_around(used.node).any(|region| facts.region(region).kind == RegionKind::Finally))
    {
        return None;
    }
    let last = ends.iter().map(|used| used.node).max()?;
    let way_out = (0..last.index()).map(NodeId::at).find(|node| {
        let region = facts.node(*node).region;
        matches!(facts.kind(*node), NodeKind::Return(_) | NodeKind::Throw(_))
            && facts.function_of(*node) == home
            && facts.region(region).kind == RegionKind::Then
            && !ends.iter().any(|used| facts.region_within(facts.node(used.node).region, region) && used.node < *node)
            && !facts.regions_around(*node).any(|around| asks(engine, container, facts.region(around).test))
            && ends.iter().all(|used| !facts.regions_around(used.node).any(|end| end == region))
    });
    let fails = || {
        let waits = facts.nodes_within(home).any(|node| {
            matches!(facts.kind(node), NodeKind::Await(_)) && facts.function_of(node) == home && node < last
        });
        (waits && facts.function(home).is_async && !ends.iter().any(|used| sees_failure(used.node))).then_some(last)
    };
    let (seen, why) = match way_out {
        Some(node) => {
            (node, format!("{} leaves at line {} without removing it", engine.function_name(home), engine.line(node)))
        }
        None => {
            let node = fails()?;
            (node, format!("line {} removes it, unless {} fails before", engine.line(node), engine.function_name(home)))
        }
    };
    Some(Missed {
        at: None,
        seen,
        why,
        help: "remove it in `finally`, where it is added".into(),
        by_failure: way_out.is_none(),
        is_unsure: false,
    })
}

/// `promise.then(() => pending.delete(id))`, beside the addition: what a rejection passes by.
fn reaction_to_success(engine: &Engine<'_>, container: &Container, reaction: FunctionId) -> Option<NodeId> {
    let facts = engine.facts;
    let node = facts.function(reaction).node.get()?;
    let call = facts.node(node).parent;
    let NodeKind::Call { callee, args } = facts.kind(call) else { return None };
    let NodeKind::Member { object: promise, name } = facts.kind(callee) else { return None };
    let beside = facts.function_of(call) == facts.function_of(container.growth.node);
    if !beside || facts.name(name) != "then" || args.len != 1 {
        return None;
    }
    // Each step of the chain before it passes a rejection on.
    let mut step = engine.origin(promise);
    while let NodeKind::Call { callee, args } = facts.kind(step) {
        match facts.kind(callee) {
            NodeKind::Member { object, name } if matches!(facts.name(name), "then" | "catch" | "finally") => {
                if facts.name(name) == "catch" || args.len > 1 {
                    return None;
                }
                step = engine.origin(object);
            }
            _ => break,
        }
    }
    Some(call)
}

/// Whether a test asks for the collection.
fn asks(engine: &Engine<'_>, container: &Container, test: NodeId) -> bool {
    let facts = engine.facts;
    let mut found = false;
    if test.is_some() {
        facts.each_below(test, &mut |part| {
            found |= engine.place_of(part).is_some_and(|place| engine.place_within(place, container.place))
        });
    }
    found
}

/// A function that returns what undoes the rest of its work, and leaves this.
fn left_by_undo(engine: &Engine<'_>, container: &Container) -> Option<Missed> {
    let facts = engine.facts;
    let adds = facts.function_of(container.growth.node);
    if adds == FunctionId(0) {
        return None;
    }
    let one_by_one = |used: &UseAt| matches!(used.what, Use::Shrink(Shrink::Key(_) | Shrink::Some | Shrink::Part));
    if container.uses.iter().any(one_by_one) {
        return None;
    }
    let undo = facts.function(adds).returns.iter().filter_map(|value| engine.function_of(*value)).find(|undo| {
        facts.function(*undo).parent == adds && undoes(engine, *undo) && !touches(engine, container, *undo)
    })?;
    let end = facts.function(undo).node.get()?;
    Some(Missed {
        at: None,
        seen: end,
        why: format!("what line {} returns undoes the rest, and leaves it", engine.line(end)),
        help: format!("remove it from `{}` there as well", engine.place_text(container.place)),
        by_failure: false,
        // What connects or starts an instance runs once for it, mostly.
        is_unsure: growth::gives_notice_once(engine, container)
            || engine
                .names_around(container.growth.site, &container.growth.repetition)
                .any(|name| engine.begins_with(name, "starting") || engine.begins_with(name, "connecting")),
    })
}

/// Whether a function ends something that the function around it began.
fn undoes(engine: &Engine<'_>, undo: FunctionId) -> bool {
    let facts = engine.facts;
    facts.operations_within(undo).any(|node| match facts.kind(node) {
        NodeKind::Call { callee, .. } => {
            facts.function_of(node) == undo && engine.names_an_end(facts.called_name(callee))
        }
        _ => false,
    })
}

/// Whether a function or one it calls has to do with the collection, or calls what is out of sight
/// on the same owner.
fn touches(engine: &Engine<'_>, container: &Container, function: FunctionId) -> bool {
    let facts = engine.facts;
    let owner = engine.place_root(container.place);
    // What was put in may be emptied itself, and its key be one of few.
    let put_in: Vec<BindingId> =
        container.growth.grow.values.iter().filter_map(|value| variable(engine, *value)).collect();
    let concerns = |object: NodeId| {
        variable(engine, object).is_some_and(|object| put_in.contains(&object))
            || engine.place_of(object).is_some_and(|place| engine.place_root(place) == owner)
    };
    facts.operations_within(function).any(|node| match facts.kind(node) {
        NodeKind::Call { callee, .. } => {
            engine.function_of(callee).is_some()
                || matches!(facts.kind(callee), NodeKind::Member { object, .. } if concerns(object))
        }
        _ => false,
    }) || container.uses.iter().any(|used| facts.function_within(facts.function_of(used.node), function))
}

/// An entry that is marked as finished, and stays: `entry.loading = false`.
fn finished_and_kept(engine: &Engine<'_>, container: &Container) -> Option<Missed> {
    let facts = engine.facts;
    let removes = |used: &UseAt| matches!(used.what, Use::Shrink(Shrink::Key(_) | Shrink::Some | Shrink::Part));
    if !matches!(container.growth.grow.how, GrowKind::Set | GrowKind::Key) || container.uses.iter().any(removes) {
        return None;
    }
    let NodeKind::Object(parts) = facts.kind(engine.origin(*container.growth.grow.values.last()?)) else { return None };
    let element = engine.place(PlaceKey::Element(container.place));
    let mut found = None;
    for part in facts.list(parts) {
        let NodeKind::Property { key: flag, value } = facts.kind(*part) else { continue };
        let NodeKind::Bool(begins) = facts.kind(value) else { continue };
        let mut finished = None;
        let mut back = false;
        for store in engine.stores(engine.member_place(element, flag)) {
            let NodeKind::Assign { op: AssignOp::Set, value, .. } = facts.kind(*store) else { continue };
            match facts.kind(value) {
                NodeKind::Bool(now) if now != begins => finished = finished.or(Some(*store)),
                _ => back = true,
            }
        }
        if let Some(store) = finished
            && !back
            && facts.function_of(store) != facts.function_of(container.growth.node)
        {
            found = Some((store, facts.name(flag)));
            break;
        }
    }
    let (store, flag) = found?;
    Some(Missed {
        at: None,
        seen: store,
        why: format!("line {} sets its `{flag}` for good, and nothing removes it then", engine.line(store)),
        help: "remove the entry where it is finished with".into(),
        by_failure: false,
        // A flag may say something of an entry that is there to stay.
        is_unsure: true,
    })
}
