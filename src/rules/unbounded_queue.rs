//! `unbounded-queue`: filled by every event, emptied at a pace of its own.
//!
//! There is code that takes entries out, so `unbounded-cache` is silent. This asks whether anything
//! makes it keep up.

use super::growth::{self, Claim, Found};
use super::{Draft, Rule, Sink, evidence};
use crate::engine::growth::{Bound, Collection, Container};
use crate::engine::usage::{GrowKind, Shrink, Use, UseAt};
use crate::engine::{Engine, Lifetime, PlaceId, Strength};
use crate::facts::{AssignOp, FunctionId, LoopKind, NodeId, NodeKind, RegionKind, UnaryOp};
use crate::finding::{Confidence, GrowthKind, Level, Role};

pub(super) const RULE: Rule = Rule {
    name: "unbounded-queue",
    category: "growth",
    level: Level::Error,
    summary: "a queue filled by every event, and emptied elsewhere with no bound between them",
    page: include_str!("../../rules/unbounded-queue.md"),
    check,
};

fn check(engine: &Engine<'_>, sink: &mut Sink) {
    growth::check(engine, RULE.name, sink);
    replays(engine, sink);
}

/// A queue whose every way out is slower than its way in, or waits for something.
pub(super) fn claim(engine: &Engine<'_>, found: &Found<'_>) -> Option<Claim> {
    let container = found.container;
    let growth = &container.growth;
    if container.collection != Collection::Array
        || growth.grow.how != GrowKind::Append
        || growth.repetition.strength != Strength::Strong
        || !matches!(found.bound, Bound::Released(_))
        || !matches!(container.lifetime, Lifetime::Process(_))
    {
        return None;
    }
    // A test of its length anywhere is somebody's bound.
    let alive = |used: &&UseAt| !engine.is_dead(used.site());
    let bounded = container.uses.iter().filter(alive).any(|used| match used.what {
        Use::SizeTest => !engine.only_asks_for_emptiness(used.node),
        Use::Shrink(Shrink::Part | Shrink::Key(_)) => true,
        _ => false,
    });
    if bounded {
        return None;
    }
    let (seen, why) = put_back(engine, container).or_else(|| all_lag(engine, container))?;
    let name = engine.place_text(container.place);
    Some(Claim {
        message: Some(format!("gets one more element each {}, and {why}", growth.repetition.unit)),
        help: Some(format!("decide who gives way: `if ({name}.length > MAX) {name}.shift()`, or refuse what comes in")),
        seen: Some((seen, why)),
        at_least: Confidence::Medium,
        despite_release: true,
        ..Claim::of(RULE.name)
    })
}

/// A batch that failed and is put in again, for as long as the other side is down.
fn put_back(engine: &Engine<'_>, container: &Container) -> Option<(NodeId, String)> {
    let back = container.uses.iter().find(|used| {
        matches!(&used.what, Use::Grow(grow) if matches!(grow.how, GrowKind::Append | GrowKind::Rebuild))
            && engine.is_put_back(used.node, container.place)
    })?;
    Some((back.node, format!("line {} puts back what failed, without a limit", engine.line(back.node))))
}

/// Why all that takes out may not keep up; none if something does.
fn all_lag(engine: &Engine<'_>, container: &Container) -> Option<(NodeId, String)> {
    let mut found = None;
    for used in &container.uses {
        let Use::Shrink(shrink) = used.what else { continue };
        let function = engine.facts.function_of(used.site());
        // Where it begins is no way out.
        if engine.repetition(function).strength <= Strength::Bounded || engine.sets_up(container.place, used, shrink) {
            continue;
        }
        let why = one_per_tick(engine, container, used)
            .or_else(|| waits_for_connection(engine, container, function, shrink))
            .or_else(|| is_paused(engine, used))?;
        found = found.or(Some((used.site(), why)));
    }
    found
}

/// `setInterval(() => queue.shift(), …)`
fn one_per_tick(engine: &Engine<'_>, container: &Container, used: &UseAt) -> Option<String> {
    let facts = engine.facts;
    let NodeKind::Call { callee, args } = facts.kind(used.node) else { return None };
    let NodeKind::Member { name, .. } = facts.kind(callee) else { return None };
    let function = facts.function_of(used.node);
    let looped = |node: NodeId| {
        facts.regions_around(node).any(|region| matches!(facts.region(region).kind, RegionKind::Loop(_)))
    };
    // One that calls itself, or is called for each of something, takes more than one.
    let repeats = |call: &NodeId| looped(*call) || facts.function_within(facts.function_of(*call), function);
    if !matches!(facts.name(name), "shift" | "pop")
        || args.len > 0
        || looped(used.node)
        || engine.call_sites(function).iter().any(repeats)
        || engine.repetition_of(used.site()).unit != "tick"
        || container.growth.repetition.unit == "tick"
    {
        return None;
    }
    Some(format!("line {} takes one out for each tick, however many come in", engine.line(used.node)))
}

/// Emptied when a connection comes, and filled while there is none.
fn waits_for_connection(
    engine: &Engine<'_>,
    container: &Container,
    function: FunctionId,
    shrink: Shrink,
) -> Option<String> {
    let facts = engine.facts;
    let event = opening_event(engine, function)?;
    if shrink != Shrink::All {
        return None;
    }
    // The code that adds asks for a flag that is set and set back.
    let adds = facts.function_of(container.growth.node);
    let asked = facts.regions.iter().filter(|region| region.function == adds).any(|region| {
        let test = match facts.kind(region.test) {
            NodeKind::Unary { op: UnaryOp::Not, arg } => arg,
            _ => region.test,
        };
        engine.place_of(test).is_some_and(|flag| {
            let is_set = |to: bool| engine.stored_values(flag).any(|value| facts.kind(value) == NodeKind::Bool(to));
            is_set(true) && is_set(false)
        })
    });
    asked.then(|| format!("is emptied only on '{event}': while there is no connection, all of it waits"))
}

/// The event of a connection that a function runs on, itself or by its only callers.
fn opening_event(engine: &Engine<'_>, function: FunctionId) -> Option<String> {
    let facts = engine.facts;
    // `link.on('connect', f)`, `connect(port, f)`
    let event = |function: FunctionId| {
        let node = facts.function(function).node.get()?;
        let NodeKind::Call { callee, args } = facts.kind(facts.node(node).parent) else { return None };
        let first = facts.arg(args, 0)?;
        let (NodeKind::Member { name, .. } | NodeKind::Ref { name, .. }) = facts.kind(callee) else { return None };
        let event = engine.constant_text(first).unwrap_or(facts.name(name));
        let opens = |event: &&str| engine.models.has_word("opening-events", event);
        Some(event).filter(opens).or_else(|| Some(facts.name(name)).filter(opens)).map(str::to_string)
    };
    let mut found = event(function);
    for call in engine.call_sites(function) {
        found = Some(event(facts.function_of(call))?);
    }
    found
}

/// `while (!paused && queue.length > 0)`
fn is_paused(engine: &Engine<'_>, used: &UseAt) -> Option<String> {
    let facts = engine.facts;
    let function = facts.function_of(used.node);
    let region = facts
        .regions_around(used.node)
        .find(|region| facts.region(*region).kind == RegionKind::Loop(LoopKind::Condition))?;
    let mut flag = None;
    facts.each_below(facts.region(region).test, &mut |part| {
        if let NodeKind::Unary { op: UnaryOp::Not, arg } = facts.kind(part) {
            flag = flag.or_else(|| engine.place_of(arg).map(|place| (place, arg)));
        }
    });
    let (place, arg) = flag?;
    is_switched_elsewhere(engine, place, function)
        .then(|| format!("nothing takes one out while `{}` is set", engine.text(arg, 32)))
}

/// Whether other code that runs again and again sets a flag, and the function itself does not.
fn is_switched_elsewhere(engine: &Engine<'_>, flag: PlaceId, function: FunctionId) -> bool {
    let facts = engine.facts;
    let mut switched = false;
    for value in engine.stored_values(flag) {
        let at = facts.function_of(value);
        if at == function {
            return false;
        }
        let sets = matches!(facts.kind(value), NodeKind::Bool(true) | NodeKind::Unary { op: UnaryOp::Not, .. });
        switched |= sets && engine.repetition(at).strength == Strength::Strong;
    }
    switched
}

/// A subject that replays everything since the program began.
fn replays(engine: &Engine<'_>, sink: &mut Sink) {
    let facts = engine.facts;
    for node in facts.news.iter().copied() {
        let NodeKind::New { callee, args } = facts.kind(node) else { continue };
        let path = engine.path_of(callee);
        if path.is_none_or(|path| !engine.models.has_word("replaying", &path)) {
            continue;
        }
        let endless = match (facts.arg(args, 0), args.len) {
            (None, 0) => true,
            (Some(size), 1) => engine.is_global(size, "Infinity"),
            _ => false,
        };
        let span = engine.hold_span(node);
        let answers = [(Role::Hold, "keeps every value, to replay it".to_string())];
        let NodeKind::Assign { op: AssignOp::Init | AssignOp::Set, target, value } =
            facts.kind(facts.node(node).parent)
        else {
            continue;
        };
        let Some(place) = engine.place_of(target).filter(|_| value == node) else { continue };
        let lifetime = engine.lifetime(place);
        if !endless || !matches!(lifetime, Lifetime::Process(_)) {
            sink.silent(RULE.name, span, &answers, "it has a size, or goes with its owner");
            continue;
        }
        let fed = engine
            .mentions(place)
            .iter()
            .filter(|mention| {
                let member = facts.node(**mention).parent;
                matches!(facts.kind(member), NodeKind::Member { name, .. } if facts.name(name) == "next")
                    && matches!(facts.kind(facts.node(member).parent), NodeKind::Call { callee, .. } if callee == member)
            })
            .map(|mention| engine.repetition_of(*mention))
            .max_by_key(|repetition| repetition.strength)
            .filter(|repetition| repetition.strength >= Strength::Weak);
        let Some(repetition) = fed else {
            sink.silent(RULE.name, span, &answers, "nothing in view feeds it again and again");
            continue;
        };
        let name = engine.place_text(place);
        sink.report(Draft {
            rule: RULE.name,
            confidence: engine.sureness(&repetition),
            message: format!("`{name}` keeps every value that it was ever given, to replay it"),
            help: "give it a size: the number of values that a late subscriber needs, often 1".into(),
            span,
            kind: GrowthKind::Accumulates,
            unit: format!("per {}", repetition.unit),
            evidence: vec![
                evidence(Role::Holder, engine.place_span(place), engine.lifetime_text(&lifetime)),
                evidence(Role::Hold, span, "without a size, every value is kept"),
                evidence(Role::Repetition, repetition.span, repetition.reason.to_string()),
                evidence(Role::Release, span, "looked for a size or an age: none"),
            ],
            retaining_path: vec!["module".into(), name, "buffer".into()],
            related: Vec::new(),
        });
    }
}
