//! `shared-closure-context`: a closure that lives long keeps, by the context it shares with a
//! sibling, a value that only the sibling uses.
//!
//! V8 gives all closures made in one scope one context, with every variable that any of them
//! captures (decided statically; measured table in the leak catalogue, 2.0).

use super::{Draft, Rule, Sink, evidence};
use crate::engine::call::in_order;
use crate::engine::usage::Use;
use crate::engine::{Engine, Lifetime, PlaceId, PlaceKey, Repetition, Strength};
use crate::facts::{AssignOp, BindingId, BindingKind, FunctionId, FunctionKind, NodeId, NodeKind, RegionKind, ScopeId};
use crate::finding::{Confidence, GrowthKind, Level, Role};
use std::cell::LazyCell;

pub(super) const RULE: Rule = Rule {
    name: "shared-closure-context",
    category: "closure",
    level: Level::Error,
    summary: "a long-lived closure shares its context with a sibling that captures something large",
    page: include_str!("../../rules/shared-closure-context.md"),
    check,
};

/// A closure that outlives the call it is made in.
struct Kept {
    closure: FunctionId,
    /// The scope that it is made in.
    scope: ScopeId,
    /// The operation that keeps it.
    node: NodeId,
    /// What holds it.
    holder: PlaceId,
    /// One more each time, rather than one slot overwritten.
    accumulates: bool,
}

fn check(engine: &Engine<'_>, sink: &mut Sink) {
    let facts = engine.facts;
    let mut kept: Option<Vec<Kept>> = None;
    for at in 0..facts.bindings.len() {
        let binding = BindingId::at(at);
        let record = facts.binding(binding);
        let function = facts.binding_function(binding);
        if !record.captured
            || function == FunctionId(0)
            || matches!(record.kind, BindingKind::Function | BindingKind::Class | BindingKind::Import(_))
        {
            continue;
        }
        let Some(value) = first_value(engine, binding) else { continue };
        let previous = previous_place(engine, value, function);
        if previous.is_none() && !engine.is_heavy(value) {
            continue;
        }
        let kept = kept.get_or_insert_with(|| kept_closures(engine));
        judge(engine, binding, value, previous, kept, sink);
    }
}

/// What a variable is first given, for a parameter what comes in.
fn first_value(engine: &Engine<'_>, binding: BindingId) -> Option<NodeId> {
    let facts = engine.facts;
    facts.writes(binding).find_map(|write| match facts.kind(write) {
        NodeKind::Assign { op: AssignOp::Init | AssignOp::Set, value, .. }
            if !matches!(facts.kind(value), NodeKind::Null | NodeKind::Undefined) =>
        {
            Some(value)
        }
        _ => None,
    })
}

/// The long-lived place that a variable is a copy of: what the place held before.
fn previous_place(engine: &Engine<'_>, value: NodeId, function: FunctionId) -> Option<PlaceId> {
    // `(previous = state) => …`: what comes in, or the default.
    if let NodeKind::Logical { left, right, .. } = engine.facts.kind(value) {
        return previous_place(engine, right, function).or_else(|| previous_place(engine, left, function));
    }
    if !matches!(engine.facts.kind(value), NodeKind::Ref { .. } | NodeKind::Member { .. }) {
        return None;
    }
    let place = engine.place_of(value)?;
    // Properties of the host and of other modules have a rule of their own.
    match engine.place_root(place) {
        PlaceKey::Global(name) if engine.models.is_known_global(engine.facts.name(name)) => return None,
        PlaceKey::Binding(binding) if matches!(engine.facts.binding(binding).kind, BindingKind::Import(_)) => {
            return None;
        }
        _ => {}
    }
    let slot = match engine.place_key(place) {
        // Each entry of a collection has its own past.
        PlaceKey::Member(parent, _) if matches!(engine.place_key(parent), PlaceKey::Element(_)) => false,
        PlaceKey::Binding(binding) => {
            let record = engine.facts.binding(binding);
            !matches!(
                record.kind,
                BindingKind::Import(_)
                    | BindingKind::Param
                    | BindingKind::Const
                    | BindingKind::Function
                    | BindingKind::Class
            )
        }
        PlaceKey::Global(_) | PlaceKey::Member(..) => true,
        _ => false,
    };
    (slot && engine.outlives_calls(place, function) && !is_set_before(engine, place, value)).then_some(place)
}

/// Whether the code that reads a place has given it a new value just before: `task = require(file); …
/// const inner = task; task = () => inner()`.
fn is_set_before(engine: &Engine<'_>, place: PlaceId, read: NodeId) -> bool {
    let facts = engine.facts;
    engine.stores(place).iter().any(|store| {
        let NodeKind::Assign { op: AssignOp::Set, value, .. } = facts.kind(*store) else { return false };
        let mut reads_it = false;
        facts.each_below(value, &mut |part| reads_it |= engine.place_of(part) == Some(place));
        let is_passed = |id| {
            facts.region_within(facts.node(read).region, id)
                || matches!(facts.region(id).kind, RegionKind::Body | RegionKind::Try | RegionKind::Finally)
        };
        *store < read
            && facts.function_of(*store) == facts.function_of(read)
            && !reads_it
            && facts.regions_around(*store).all(is_passed)
    })
}

fn judge(
    engine: &Engine<'_>,
    binding: BindingId,
    value: NodeId,
    previous: Option<PlaceId>,
    kept: &[Kept],
    sink: &mut Sink,
) {
    let facts = engine.facts;
    let record = facts.binding(binding);
    let function = facts.binding_function(binding);
    let sibling = sibling(engine, binding);
    let light = previous.is_some() && !engine.is_heavy(value);
    let set_to_null = LazyCell::new(|| facts.nulled(binding).any(|write| facts.function_of(write) == function));
    let put_back = LazyCell::new(|| previous.is_some_and(|previous| is_put_back(engine, previous, binding)));
    let lives_on = LazyCell::new(|| sibling.is_some_and(|sibling| engine.outlives_maker(sibling, function)));
    for closure in kept {
        if !facts.scope_within(closure.scope, record.scope) {
            continue;
        }
        let chains =
            !closure.accumulates && previous.is_some_and(|previous| holds_before(engine, previous, closure.holder));
        if !chains && light {
            continue;
        }
        let uses_it = facts.captures(closure.closure, binding);
        // A heavy value that the closure itself uses is an ordinary capture.
        if !chains && uses_it {
            continue;
        }
        let Some(sibling) = sibling else { continue };
        // Asked for many pairs of closures and variables, and told of few.
        let mut silent = |reason: &str| {
            if sink.tells {
                let holder = engine.place_text(closure.holder);
                let keeps = format!("`{holder}` keeps a closure made in {}", engine.function_name(function));
                let shares = format!(
                    "the closure shares its context with {}, which captures `{}`",
                    engine.function_name(sibling),
                    facts.name(record.name)
                );
                let span = engine.hold_span(closure.node);
                sink.silent(RULE.name, span, &[(Role::Holder, keeps), (Role::Hold, shares)], reason);
            }
        };
        if *set_to_null {
            silent("the variable is set to null after use");
            continue;
        }
        if *put_back {
            silent("what was there before is put back");
            continue;
        }
        if engine.is_guarded_once(closure.node) {
            silent("a flag keeps it from running again");
            continue;
        }
        if let PlaceKey::Global(name) = engine.place_root(closure.holder)
            && !matches!(facts.name(name), "setInterval" | "setTimeout")
            && engine.models.is_known_global(facts.name(name))
        {
            silent("a property of the host");
            continue;
        }
        let weak = engine.kind_of_place(closure.holder).is_some_and(|kind| kind.bounded);
        if weak || engine.is_weakly_held(closure.holder) {
            silent("a WeakMap keeps it: it goes with its key");
            continue;
        }
        // Where the sibling lives as long itself, the context costs nothing more.
        if !chains && *lives_on {
            silent("the function that uses it lives on as well");
            continue;
        }
        // What repeats is the call that makes the context.
        let repetition = engine.repetition(function);
        if repetition.strength <= Strength::Bounded {
            silent("the context is made once");
            continue;
        }
        let lifetime = engine.lifetime(closure.holder);
        let for_ever = matches!(lifetime, Lifetime::Process(_));
        if !for_ever && !chains && !is_handed_in(engine, closure.holder) {
            silent("what keeps the closure cannot be shown to outlive the code");
            continue;
        }
        if !chains && !closure.accumulates && !for_ever {
            silent("one closure in one slot that goes with its owner");
            continue;
        }
        if closure.accumulates && is_released(engine, closure) {
            silent("the closure is removed again");
            continue;
        }
        let span = engine.hold_span(closure.node);
        if sink.drafts.iter().any(|draft| draft.rule == RULE.name && draft.span == span) {
            continue;
        }
        let set_up = engine.is_set_up(function);
        let confidence = match (chains, closure.accumulates, repetition.strength) {
            // A wrapper that calls the one before is made so on purpose: how often is the question.
            (_, _, Strength::Seldom) => Confidence::Low,
            // What shares a context is small more often than not: only without end does it add up for sure.
            (false, ..) if engine.is_in_package() && !engine.is_endless(&repetition) => Confidence::Low,
            (true, _, Strength::Weak) if uses_it || set_up => Confidence::Low,
            (true, ..) if !for_ever && !is_static_chain(previous, closure.holder) => Confidence::Low,
            // An object may send an event once, and be wrapped once.
            (true, _, Strength::Strong) if uses_it && engine.is_in_package() && !engine.is_endless(&repetition) => {
                Confidence::Low
            }
            (true, _, Strength::Strong) if uses_it => Confidence::Medium,
            (true, _, Strength::Strong) => Confidence::High,
            (true, ..) => Confidence::Medium,
            (false, true, Strength::Strong) if for_ever => Confidence::High,
            _ => Confidence::Medium,
        };
        sink.report(draft(engine, closure, binding, sibling, &repetition, chains, confidence));
        return;
    }
}

/// Whether a place held, before, what now holds the closure: the same slot, or an instance of the
/// same class.
fn holds_before(engine: &Engine<'_>, previous: PlaceId, holder: PlaceId) -> bool {
    if previous == holder {
        return true;
    }
    match engine.place_root(holder) {
        PlaceKey::Instance(shape) => engine.stored_values(previous).any(|value| {
            matches!(engine.facts.kind(value), NodeKind::New { .. }) && engine.made_shape(value) == Some(shape)
        }),
        _ => false,
    }
}

/// Whether some code stores a saved value back where it came from.
fn is_put_back(engine: &Engine<'_>, previous: PlaceId, saved: BindingId) -> bool {
    engine.stored_values(previous).any(|value| {
        matches!(engine.facts.kind(value), NodeKind::Ref { binding, .. } if binding == saved) && !engine.is_dead(value)
    })
}

/// Whether a chain goes through one slot outside, rather than through each instance's own.
fn is_static_chain(previous: Option<PlaceId>, holder: PlaceId) -> bool {
    previous.is_some_and(|previous| previous != holder)
}

/// Whether a place is part of what a caller hands in: it outlives the call, whoever the caller is.
fn is_handed_in(engine: &Engine<'_>, holder: PlaceId) -> bool {
    match (engine.place_root(holder), engine.place_key(holder)) {
        (PlaceKey::Binding(binding), PlaceKey::Member(..)) => engine.facts.binding(binding).kind == BindingKind::Param,
        _ => false,
    }
}

/// A function, other than its own, that captures a variable.
fn sibling(engine: &Engine<'_>, binding: BindingId) -> Option<FunctionId> {
    let facts = engine.facts;
    let home = facts.binding_function(binding);
    facts.references(binding).iter().find_map(|reference| {
        let mut function = facts.function_of(*reference);
        if function == home {
            return None;
        }
        // The closure made in the home function itself, around the reference.
        while facts.function(function).parent != home {
            function = facts.function(function).parent.get()?;
        }
        Some(function)
    })
}

/// The scope that a closure was made in: it shares the contexts of that and of all around it. Field
/// functions of a class run in a context of their own (measured: no chain).
fn made_in(engine: &Engine<'_>, closure: FunctionId) -> Option<ScopeId> {
    let facts = engine.facts;
    let record = facts.function(closure);
    let outside = facts.scope(record.scope).parent.get()?;
    (facts.function(record.parent).kind != FunctionKind::Fields).then_some(outside)
}

/// Whether the collection or emitter that keeps a closure lets it go somewhere.
fn is_released(engine: &Engine<'_>, kept: &Kept) -> bool {
    let home = engine.facts.function_of(kept.node);
    // What a caller hands in is emptied by whoever knows the property.
    if let (true, PlaceKey::Member(_, name)) = (is_handed_in(engine, kept.holder), engine.place_key(kept.holder)) {
        let facts = engine.facts;
        let is_it = |node: NodeId| matches!(facts.kind(node), NodeKind::Member { name: other, .. } if other == name);
        let emptied = facts.nodes.iter().any(|node| match node.kind {
            NodeKind::Assign { op: AssignOp::Set, target, .. } => is_it(target),
            NodeKind::Member { object, name: method } => {
                is_it(object)
                    && matches!(facts.name(method), "shift" | "pop" | "splice" | "clear" | "delete" | "length")
            }
            _ => false,
        });
        if emptied {
            return true;
        }
    }
    // A ring that keeps the last few is no release: each of them keeps the large value.
    engine
        .uses(kept.holder)
        .iter()
        .any(|used| matches!(used.what, Use::Shrink(_)) && engine.facts.function_of(used.node) != home)
        || engine.listener_removal(kept.node).is_some()
}

/// Every closure in the file that is put where it outlives the call.
fn kept_closures(engine: &Engine<'_>) -> Vec<Kept> {
    let facts = engine.facts;
    let mut kept = Vec::new();
    let calls = [
        "push",
        "unshift",
        "add",
        "set",
        "on",
        "addListener",
        "addEventListener",
        "subscribe",
        "setInterval",
        "setTimeout",
    ];
    for node in in_order(engine.calls_of(&calls), &facts.stores) {
        let Some((holder, values, accumulates)) = keeping(engine, node) else { continue };
        let function = facts.function_of(node);
        let outlives = match engine.place_root(holder) {
            // What a caller handed in outlives the call, but a parameter's own slot does not.
            PlaceKey::Binding(binding) if facts.binding(binding).kind == BindingKind::Param => {
                engine.place_key(holder) != PlaceKey::Binding(binding)
            }
            PlaceKey::Binding(_) => engine.outlives_calls(holder, function),
            PlaceKey::Instance(_) | PlaceKey::Literal(_) => {
                accumulates || matches!(engine.place_key(holder), PlaceKey::Member(..))
            }
            _ => true,
        };
        if !outlives || function == FunctionId(0) {
            continue;
        }
        for value in values {
            for closure in closures_in(engine, value) {
                if let Some(scope) = made_in(engine, closure) {
                    kept.push(Kept { closure, scope, node, holder, accumulates });
                }
            }
        }
    }
    kept
}

/// What an operation puts where, and whether that is one more each time: a store, an addition to a
/// collection, a listener on an emitter that lives for ever, a timer.
fn keeping(engine: &Engine<'_>, node: NodeId) -> Option<(PlaceId, Vec<NodeId>, bool)> {
    let facts = engine.facts;
    match facts.kind(node) {
        NodeKind::Assign { op: AssignOp::Set | AssignOp::Logical, target, value } => {
            Some((engine.place_of(target)?, vec![value], false))
        }
        NodeKind::Call { callee, args } => {
            let values = || facts.list(args).to_vec();
            if let Some((table, accumulates)) = timer(engine, node, callee) {
                return Some((table, values(), accumulates));
            }
            let NodeKind::Member { object, name } = facts.kind(callee) else { return None };
            match facts.name(name) {
                "push" | "unshift" | "add" | "set" => Some((engine.place_of(object)?, values(), true)),
                "on" | "addListener" | "addEventListener" | "subscribe" => {
                    let emitter = engine.place_of(object)?;
                    matches!(engine.lifetime(emitter), Lifetime::Process(_)).then(|| (emitter, values(), true))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// A timeout shorter than this is over before it matters.
const LONG_TIMEOUT: f64 = 60_000.0;

/// The table of timers, for a call that puts a closure into it for long; and whether each call adds
/// one, because nothing keeps the handle to clear the one before.
fn timer(engine: &Engine<'_>, call: NodeId, callee: NodeId) -> Option<(PlaceId, bool)> {
    let facts = engine.facts;
    let NodeKind::Ref { name, binding } = facts.kind(callee) else { return None };
    let NodeKind::Call { args, .. } = facts.kind(call) else { return None };
    if binding.is_some() {
        return None;
    }
    let long = match facts.name(name) {
        "setInterval" => true,
        "setTimeout" => facts.arg(args, 1).is_some_and(|delay| match facts.kind(engine.origin(delay)) {
            NodeKind::Num(at) => facts.numbers[at as usize] >= LONG_TIMEOUT,
            _ => false,
        }),
        _ => false,
    };
    let dropped = !facts.node(call).parent.is_some();
    long.then(|| (engine.place(PlaceKey::Global(name)), dropped))
}

/// The closures that a value carries: itself, its properties and elements, methods of a class made
/// here, instances of such a class.
fn closures_in(engine: &Engine<'_>, value: NodeId) -> Vec<FunctionId> {
    let facts = engine.facts;
    let mut closures = Vec::new();
    let mut open = vec![value];
    let mut steps = 0;
    while let Some(node) = open.pop() {
        steps += 1;
        if steps > 200 {
            break;
        }
        match facts.kind(node) {
            NodeKind::Function(function) => closures.push(function),
            NodeKind::Object(list) | NodeKind::Array(list) => open.extend(facts.list(list)),
            NodeKind::Property { value, .. }
            | NodeKind::ComputedProperty { value, .. }
            | NodeKind::Accessor { value, .. } => open.push(value),
            NodeKind::Conditional { yes, no, .. } => open.extend([yes, no]),
            NodeKind::Logical { left, right, .. } => open.extend([left, right]),
            NodeKind::Class(class) => open.extend(
                facts.classes[class.index()]
                    .members
                    .iter()
                    .filter(|member| member.is_method)
                    .map(|member| member.value),
            ),
            NodeKind::New { callee, .. } => match facts.kind(engine.origin(callee)) {
                NodeKind::Class(class) => {
                    let record = &facts.classes[class.index()];
                    if facts.function_of(record.node) != FunctionId(0) {
                        open.extend(record.members.iter().filter(|member| member.is_method).map(|member| member.value));
                        closures.extend(record.constructor.get());
                    }
                }
                NodeKind::Function(function) => closures.push(function),
                _ => {}
            },
            NodeKind::Ref { .. } => {
                let origin = engine.origin(node);
                if origin != node
                    && matches!(facts.kind(origin), NodeKind::Function(_) | NodeKind::Object(_) | NodeKind::Class(_))
                {
                    open.push(origin);
                }
            }
            _ => {}
        }
    }
    closures
}

fn draft(
    engine: &Engine<'_>,
    kept: &Kept,
    binding: BindingId,
    sibling: FunctionId,
    repetition: &Repetition,
    chains: bool,
    confidence: Confidence,
) -> Draft {
    let facts = engine.facts;
    let record = facts.binding(binding);
    let name = facts.name(record.name).to_string();
    let holder = engine.place_text(kept.holder);
    let span = engine.hold_span(kept.node);
    let sibling_name = engine.function_name(sibling);
    let closure_name = engine.function_name(kept.closure);
    let method = facts.name(facts.function(kept.closure).name);
    let method = if method.is_empty() { "closure".to_string() } else { method.to_string() };
    let each = if repetition.strength == Strength::Strong {
        format!("each {}", repetition.unit)
    } else {
        "each call".to_string()
    };
    let message = if chains {
        format!("each new `{holder}` keeps the one before it alive: its `{method}` shares a context with `{name}`")
    } else if kept.accumulates {
        format!("the closure kept in `{holder}` keeps `{name}` alive too: they share a context, and {each} adds one")
    } else {
        format!(
            "the closure kept in `{holder}` keeps `{name}` alive too, though only {sibling_name} uses it: they share a context"
        )
    };
    let help = if chains {
        format!(
            "set `{name} = null` at the end of {}, or pass it to {sibling_name} as a parameter",
            engine.function_name(facts.binding_function(binding))
        )
    } else {
        format!(
            "move the code that uses `{name}` into a function of its own, or set `{name} = null` when it is done with"
        )
    };
    Draft {
        rule: RULE.name,
        confidence,
        message,
        help,
        span,
        kind: match (chains, kept.accumulates) {
            (true, _) => GrowthKind::Chains,
            (_, true) => GrowthKind::Accumulates,
            _ => GrowthKind::Pins,
        },
        unit: if chains || kept.accumulates { format!("per {}", repetition.unit) } else { "the last value".into() },
        evidence: vec![
            evidence(
                Role::Holder,
                engine.place_span(kept.holder),
                format!("`{holder}`: {}", engine.lifetime_text(&engine.lifetime(kept.holder))),
            ),
            evidence(
                Role::Hold,
                engine.function_span(kept.closure),
                format!("{closure_name} is made in the same scope as {sibling_name}: one context for both"),
            ),
            evidence(
                Role::Hold,
                engine.function_span(sibling),
                format!("captures `{name}`, whether it ever runs or not"),
            ),
            evidence(Role::Repetition, repetition.span, repetition.reason.clone()),
            evidence(Role::Release, record.span, format!("looked for `{name} = null` after use: none")),
        ],
        retaining_path: if chains {
            vec![
                holder.clone(),
                method.clone(),
                format!("context.{name}"),
                method,
                format!("context.{name}"),
                "…".into(),
            ]
        } else {
            vec![holder, method, format!("context.{name}")]
        },
        related: Vec::new(),
    }
}
