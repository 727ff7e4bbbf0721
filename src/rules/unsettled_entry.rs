//! `unsettled-entry`: an entry that waits for a reply is removed only when the reply comes.

use super::growth::{self, Claim, Found};
use super::{Rule, Sink};
use crate::engine::growth::{Bound, Container};
use crate::engine::usage::{GrowKind, Use, UseAt};
use crate::engine::{Engine, PlaceKey, Shape};
use crate::facts::{BindingId, BindingKind, FunctionId, NodeId, NodeKind, RegionKind};
use crate::finding::{Confidence, Level};

pub(super) const RULE: Rule = Rule {
    name: "unsettled-entry",
    category: "growth",
    level: Level::Error,
    summary: "an entry that waits for a reply, and is removed only when the reply comes",
    page: include_str!("../../rules/unsettled-entry.md"),
    check,
};

fn check(engine: &Engine<'_>, sink: &mut Sink) {
    growth::check(engine, RULE.name, sink);
}

/// A collection of functions that settle something, where another ending leaves the entry.
pub(super) fn claim(engine: &Engine<'_>, found: &Found<'_>) -> Option<Claim> {
    let container = found.container;
    let grow = &container.growth.grow;
    if !matches!(grow.how, GrowKind::Set | GrowKind::Key) {
        return None;
    }
    let value = *grow.values.last()?;
    let settlers = settlers(engine, value);
    // A handler under the name of an event waits for nothing: one that waits has an id of its own.
    let waits = settlers.iter().any(|binding| is_of_promise(engine, *binding))
        || !settlers.is_empty() && grow.key.is_some_and(|key| engine.is_fresh(key));
    if !waits {
        return None;
    }
    let rival = if is_removed_at_last(engine, container) {
        None
    } else {
        rival(engine, container, value, &settlers)
            .or_else(|| told_all(engine, container))
            .or_else(|| lost_race(engine, container))
            .or_else(|| left_on_close(engine, container))
    };
    let released = matches!(found.bound, Bound::Released(_));
    if rival.is_none() && (released || !matches!(found.bound, Bound::Nothing(_))) {
        return None;
    }
    let name = engine.place_text(container.place);
    let key = growth::key_text(engine, container).unwrap_or_else(|| "id".into());
    let mut claim = Claim::of(RULE.name);
    claim.at_least = Confidence::Medium;
    claim.despite_release = rival.is_some();
    // Of a package, questions are those that are numbered: what waits by name has few names.
    let is_numbered = container.growth.grow.key.is_some_and(|key| engine.is_fresh(key));
    let is_asked = container.uses.iter().any(|used| matches!(used.what, Use::Lookup(_)));
    if (rival.is_some() || !is_asked) && engine.is_in_package() && !is_numbered {
        claim.at_most = Confidence::Low;
    }
    // Who counts up ids and takes entries out by them asks many questions.
    claim.is_proven = released && rival.is_some();
    match rival {
        Some(end) => {
            claim.message = Some(format!(
                "keeps the entry of `{key}` when no reply comes: line {} ends the wait and leaves it",
                engine.line(end)
            ));
            claim.help = Some(format!("remove the entry of `{key}` from `{name}` there as well"));
            claim.seen = Some((end, format!("ends the wait, and leaves the entry in `{name}`")));
        }
        None => {
            claim.message = Some(format!("keeps an entry for every `{key}` that was ever asked; nothing removes one"));
            claim.help =
                Some(format!("remove the entry of `{key}` from `{name}` when the reply comes, and when it does not"));
        }
    }
    Some(claim)
}

/// The functions of the waiting side that a stored value is or has: `resolve`, `reject`, a callback.
fn settlers(engine: &Engine<'_>, value: NodeId) -> Vec<BindingId> {
    let facts = engine.facts;
    let mut found = Vec::new();
    let mut add = |node: NodeId| {
        if let NodeKind::Ref { binding, .. } = facts.kind(node)
            && let Some(binding) = binding.get()
            && is_settler(engine, binding)
        {
            found.push(binding);
        }
    };
    match facts.kind(engine.origin(value)) {
        NodeKind::Object(parts) | NodeKind::Array(parts) => {
            for part in facts.list(parts) {
                match facts.kind(*part) {
                    NodeKind::Property { value, .. } => add(value),
                    _ => add(*part),
                }
            }
        }
        NodeKind::Function(function) => {
            for binding in &facts.captured_by(function) {
                if is_settler(engine, *binding) {
                    found.push(*binding);
                }
            }
        }
        _ => add(value),
    }
    found
}

/// Whether a variable is a parameter that code calls when an answer is there.
fn is_settler(engine: &Engine<'_>, binding: BindingId) -> bool {
    let facts = engine.facts;
    let record = facts.binding(binding);
    if record.kind != BindingKind::Param {
        return false;
    }
    is_of_promise(engine, binding) || engine.models.has_word("callback-names", facts.name(record.name))
}

/// Whether a parameter is one of an executor: `new Promise((resolve, reject) => …)`.
fn is_of_promise(engine: &Engine<'_>, binding: BindingId) -> bool {
    engine.executed_promise(engine.facts.binding_function(binding)).is_some()
}

/// Whether an entry is removed whatever becomes of the wait: in `finally`, or `.finally(() => …)`.
fn is_removed_at_last(engine: &Engine<'_>, container: &Container) -> bool {
    let facts = engine.facts;
    let sees_all = |node: NodeId| {
        facts.regions_around(node).any(|region| facts.region(region).kind == RegionKind::Finally)
            || engine.callback_of(facts.function_of(node)).is_some_and(|(call, _)| {
                matches!(facts.kind(call), NodeKind::Call { callee, .. } if matches!(facts.kind(callee), NodeKind::Member { name, .. } if facts.name(name) == "finally"))
            })
    };
    container.uses.iter().any(|used| matches!(used.what, Use::Shrink(_)) && sees_all(used.site()))
}

/// Code of the asking function that ends the wait in another way and leaves the entry.
fn rival(engine: &Engine<'_>, container: &Container, value: NodeId, settlers: &[BindingId]) -> Option<NodeId> {
    let facts = engine.facts;
    // `resolve` is stored, `reject` is called by the timer.
    let homes: Vec<FunctionId> = settlers.iter().map(|binding| facts.binding_function(*binding)).collect();
    let stored_function = engine.function_of(value);
    let params = facts.bindings.iter().enumerate().filter(|(_, record)| record.kind == BindingKind::Param);
    let all = params.filter_map(|(at, _)| {
        let binding = BindingId::at(at);
        (homes.contains(&facts.binding_function(binding)) && is_settler(engine, binding)).then_some(binding)
    });
    let added = facts.function_of(container.growth.node);
    all.flat_map(|binding| facts.references(binding).iter().copied()).find(|reference| {
        let reference = *reference;
        let call = facts.node(reference).parent;
        let called = matches!(facts.kind(call), NodeKind::Call { callee, .. } if callee == reference);
        let handed = engine.runs_of(call, reference).is_some();
        let function = facts.function_of(reference);
        if !handed && (!called || function == added) {
            return false;
        }
        // The stored function is the reply itself.
        if stored_function.is_some_and(|stored| facts.function_within(function, stored)) {
            return false;
        }
        !removes(engine, container, function, 0)
    })
}

/// A handler that tells all who wait that no reply will come, and keeps them.
fn told_all(engine: &Engine<'_>, container: &Container) -> Option<NodeId> {
    let facts = engine.facts;
    let answers = |function: FunctionId| {
        facts.operations_within(function).any(|node| match facts.kind(node) {
            NodeKind::Call { callee, .. } => engine.models.has_word("callback-names", facts.called_name(callee)),
            _ => false,
        })
    };
    // Who is never answered by name waits for no reply: all are told of what happens.
    let looked_up = |used: &UseAt| matches!(used.what, Use::Lookup(_)) && answers(facts.function_of(used.node));
    if !container.uses.iter().any(looked_up) {
        return None;
    }
    engine.mentions(container.place).iter().copied().find(|mention| {
        let parent = facts.node(*mention).parent;
        let gone_through = match facts.kind(parent) {
            NodeKind::Member { name, .. } => matches!(facts.name(name), "values" | "forEach" | "entries"),
            NodeKind::Element { .. } => true,
            _ => false,
        };
        let function = facts.function_of(*mention);
        gone_through
            && answers(function)
            && engine.repetition(function).strength > crate::engine::Strength::Once
            && !removes(engine, container, function, 0)
    })
}

/// The promise of the entry runs a race, and the code after the race leaves the entry.
fn lost_race(engine: &Engine<'_>, container: &Container) -> Option<NodeId> {
    let promise = engine.executed_promise(engine.facts.function_of(container.growth.node))?;
    let raced = engine.raced_as(promise)?;
    (!removes(engine, container, engine.facts.function_of(promise), 0)).then_some(raced)
}

/// What runs when the connection of an owner is lost, where nothing that ends the connection takes
/// out who still waits for a reply.
fn left_on_close(engine: &Engine<'_>, container: &Container) -> Option<NodeId> {
    let facts = engine.facts;
    let PlaceKey::Instance(shape) = engine.place_root(container.place) else { return None };
    let added = container.growth.node;
    // A timer takes it out, whatever else happens.
    let timed = container.uses.iter().any(|used| {
        let function = facts.function_of(used.node);
        matches!(used.what, Use::Shrink(_))
            && function != facts.function_of(added)
            && facts.function_within(function, facts.function_of(added))
            && !facts.region(facts.node(added).region).exits
    });
    if timed || engine.lasting(shape).is_none() {
        return None;
    }
    // One that connects again outlives the connection; one that does not goes with it.
    let mut connects = false;
    let mut lost = None;
    for (at, record) in facts.functions.iter().enumerate().skip(1) {
        let function = FunctionId::at(at);
        let text = facts.name(record.name).trim_start_matches('_').to_lowercase();
        let told = text.strip_prefix("on").or_else(|| text.strip_prefix("handle"));
        let bare = told.unwrap_or(&text).trim_start_matches('_');
        let ends =
            ["close", "disconnect", "destroy", "terminate", "shutdown", "end"].iter().any(|end| bare.starts_with(end));
        let own = match shape {
            Shape::Class(class) => record.class == class,
            Shape::Constructor(_) => {
                engine.place_of_this(function).is_some_and(|place| engine.place_key(place) == PlaceKey::Instance(shape))
            }
        };
        connects |= own && matches!(text.as_str(), "connect" | "reconnect" | "open");
        if !ends || !own {
            continue;
        }
        if removes(engine, container, function, 0) {
            return None;
        }
        if told.is_some() {
            lost = lost.or(record.node.get());
        }
    }
    lost.filter(|_| connects)
}

/// Whether a function, or one it calls, takes entries out.
fn removes(engine: &Engine<'_>, container: &Container, function: FunctionId, depth: u32) -> bool {
    let facts = engine.facts;
    let direct = container.uses.iter().any(|used| {
        matches!(used.what, Use::Shrink(_))
            && [used.node, used.site()].iter().any(|node| {
                let at = facts.function_of(*node);
                at == function || facts.function_within(at, function) && !engine.is_dead(*node)
            })
    });
    direct
        || depth < 2
            && facts.operations_within(function).any(|node| match facts.kind(node) {
                NodeKind::Call { callee, .. } => {
                    facts.function_of(node) == function
                        && engine.function_of(callee).is_some_and(|inner| removes(engine, container, inner, depth + 1))
                }
                _ => false,
            })
}
