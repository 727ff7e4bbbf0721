//! What `uncleared-timer` asks of a timeout that runs once: does it guard work that ends before it?

use super::{Draft, Sink, each, evidence, uncleared_timer};
use crate::engine::acquisition::Acquisition;
use crate::engine::handle::Fate;
use crate::engine::words::words_of;
use crate::engine::{Engine, PlaceId, Repetition};
use crate::facts::{BindingId, BindingKind, FunctionId, NodeId, NodeKind, RegionKind};
use crate::finding::{Confidence, GrowthKind, Role};

/// A timeout of at most so many milliseconds frees what it holds soon enough.
const SHORT: f64 = 10_000.0;

/// Whether a timer fires within seconds: its delay is a small number in the code, at least where nobody
/// sets another.
pub(super) fn fires_soon(engine: &Engine<'_>, delay: NodeId) -> bool {
    fires_soon_at(engine, delay, 0)
}

fn fires_soon_at(engine: &Engine<'_>, delay: NodeId, depth: u32) -> bool {
    if depth > 8 {
        return false;
    }
    match engine.facts.kind(engine.origin(delay)) {
        NodeKind::Num(at) => engine.facts.numbers[at as usize] <= SHORT,
        NodeKind::Logical { right, .. } => fires_soon_at(engine, right, depth + 1),
        NodeKind::Conditional { yes, no, .. } => {
            fires_soon_at(engine, yes, depth + 1) || fires_soon_at(engine, no, depth + 1)
        }
        _ => false,
    }
}

/// A timeout that gives work up when it takes too long, and runs on when the work is done.
pub(super) fn guard(engine: &Engine<'_>, acquisition: &Acquisition<'_>, sink: &mut Sink) {
    let facts = engine.facts;
    let node = acquisition.node;
    let NodeKind::Call { callee, args } = facts.kind(node) else { return };
    if facts.called_name(callee) != "setTimeout" {
        return;
    }
    let (Some(given), Some(delay)) = (facts.arg(args, 0), facts.arg(args, 1)) else { return };
    // One that asks again and again, by its own name, is no guard.
    let NodeKind::Function(callback) = facts.kind(given) else { return };
    let span = engine.hold_span(node);
    let answers = [(Role::Hold, "starts a timer, which keeps its callback until it fires".to_string())];
    let fate = engine.fate(node, acquisition.acquires);
    let late = cleared_late(engine, node, &fate);
    let gives_up = gives_up(engine, callback);
    if late.is_none() && gives_up.is_none() {
        return;
    }
    let mut silent = |reason: &str| sink.silent(uncleared_timer::RULE.name, span, &answers, reason);
    if fires_soon(engine, delay) {
        return silent("it fires soon");
    }
    if fate.stored.iter().any(|(place, _)| engine.is_guarded_by(node, *place)) {
        return silent("it is only started where none runs");
    }
    if late.is_none() {
        if let Some(end) = fate.ended.first() {
            return silent(&format!("it is cleared at line {}", engine.line(*end)));
        }
        if fate.handed_over.is_some() {
            return silent("its handle is handed over: the new owner clears it");
        }
        if let Some(end) = engine.ended_by_name(acquisition) {
            return silent(&format!("a timer of the same name is cleared at line {}", engine.line(end)));
        }
        if !engine.is_of_call(given) {
            return silent("its callback keeps nothing of the call");
        }
    }
    let grade = match engine.grade(node, true) {
        Ok(grade) => grade,
        Err(reason) => return silent(&reason),
    };
    let each = each(&grade.repetition);
    let (message, release, help) = match (late, gives_up) {
        (Some(end), _) => (
            format!("this timer runs on when what is awaited before its clearing throws, {each}"),
            evidence(Role::Release, engine.hold_span(end), "this is not reached when what is awaited before it throws"),
            "clear it in `finally`",
        ),
        (None, why) => (
            format!("this timer runs on when the work is done before it, {each}"),
            evidence(
                Role::Release,
                why.map_or(span, |why| engine.hold_span(why)),
                "the callback does nothing when the work is done; looked for `clearTimeout` of this handle: none",
            ),
            "keep its handle, and clear it where the work ends: `clearTimeout(timer)`",
        ),
    };
    // What is cleared unless work fails stays where a loop tries again and again.
    let is_rare = late.is_some() && grade.repetition.unit != "iteration";
    let asks_late = gives_up.is_some_and(|asked| is_part_of_work(engine, asked, callback));
    let confidence = if engine.is_in_package() && (is_rare || asks_late) {
        Confidence::Low
    } else {
        of_one_shot(engine, &grade.repetition, grade.confidence, Some(delay))
    };
    sink.report(Draft {
        rule: uncleared_timer::RULE.name,
        confidence,
        message,
        help: help.into(),
        span,
        kind: GrowthKind::Pins,
        unit: format!("per {}, until the timer fires", grade.repetition.unit),
        evidence: vec![
            evidence(Role::Holder, span, "the timers of the process or page keep the callback until it has run"),
            evidence(Role::Hold, facts.span(given), "the callback keeps the work and what it came to"),
            evidence(Role::Repetition, grade.repetition.span, grade.repetition.reason.to_string()),
            release,
        ],
        retaining_path: vec!["timer".into(), "callback".into(), "what it captures".into()],
        related: Vec::new(),
    });
}

/// How sure a timer that fires once makes a hold: one that its own round starts takes the place of the last one,
/// and one that fires soon counts where work comes without end.
pub(super) fn of_one_shot(
    engine: &Engine<'_>,
    repetition: &Repetition,
    confidence: Confidence,
    delay: Option<NodeId>,
) -> Confidence {
    let in_turn = matches!(&*repetition.unit, "round" | "attempt");
    let is_brief = || delay.and_then(|delay| engine.milliseconds(delay)).is_some_and(|time| time <= SHORT);
    if engine.is_in_package() && (in_turn || is_brief() && !engine.is_endless(repetition)) {
        Confidence::Low
    } else {
        confidence.min(Confidence::Medium)
    }
}

/// Whether the timer is a part of the work rather than its guard: its callback finds out by itself, it ends what it
/// asks for, or it asks something that the function makes and gives to its caller, as `AbortSignal.timeout` does.
fn is_part_of_work(engine: &Engine<'_>, given_up: NodeId, callback: FunctionId) -> bool {
    let facts = engine.facts;
    let maker = facts.function(callback).parent;
    let mut ended = Vec::new();
    stores_in(engine, callback, 2, &mut ended);
    let returned = |binding: BindingId| {
        facts.function(maker).returns.iter().any(
            |value| matches!(facts.kind(*value), NodeKind::Ref { binding: other, .. } if other.get() == Some(binding)),
        )
    };
    facts
        .regions_around(given_up)
        .filter(|region| matches!(facts.region(*region).kind, RegionKind::Then | RegionKind::Else))
        .any(|region| {
            let mut found = false;
            facts.each_below(facts.region(region).test, &mut |part| {
                if let NodeKind::Ref { binding, .. } = facts.kind(part)
                    && let Some(binding) = binding.get()
                {
                    let home = facts.binding_function(binding);
                    let is_own = facts.binding(binding).kind != BindingKind::Param;
                    found |= is_own && (home == callback || home == maker && returned(binding));
                }
                found |= engine.place_of(part).is_some_and(|place| ended.contains(&place));
            });
            found
        })
}

/// The clearing of a local handle that an error before it skips.
fn cleared_late(engine: &Engine<'_>, node: NodeId, fate: &Fate) -> Option<NodeId> {
    let facts = engine.facts;
    let end = *fate.ended.first()?;
    let around: Vec<_> = facts.regions_around(node).collect();
    let waits = (node.index() + 1..end.index()).map(NodeId::at).any(|between| {
        // What is awaited in a `try` of its own is caught there.
        let is_caught = facts
            .regions_around(between)
            .any(|region| facts.region(region).kind == RegionKind::Try && !around.contains(&region));
        matches!(facts.kind(between), NodeKind::Await(waited) if !never_rejects(engine, waited))
            && facts.function_of(between) == facts.function_of(node)
            && !is_caught
    });
    (fate.local
        && fate.near.is_empty()
        && fate.handed_over.is_none()
        && waits
        && !engine.ends_on_every_path(node, &fate.ended))
    .then_some(end)
}

/// Whether a promise is one that the file makes without a way to reject it.
fn never_rejects(engine: &Engine<'_>, waited: NodeId) -> bool {
    let facts = engine.facts;
    let made = match facts.kind(engine.origin(waited)) {
        NodeKind::Call { callee, .. } => match engine.function_of(callee) {
            Some(function) => match facts.function(function).returns.as_slice() {
                [only] => engine.origin(*only),
                _ => return false,
            },
            None => return false,
        },
        _ => engine.origin(waited),
    };
    match facts.kind(made) {
        NodeKind::New { callee, args } if engine.is_global(callee, "Promise") => facts
            .arg(args, 0)
            .and_then(|executor| engine.function_of(executor))
            .is_some_and(|executor| facts.function(executor).params.len() < 2),
        _ => false,
    }
}

/// The call by which a callback gives up work that may be done before: it rejects a promise that
/// something else resolves, or it asks first whether the work is still going on.
fn gives_up(engine: &Engine<'_>, callback: FunctionId) -> Option<NodeId> {
    let facts = engine.facts;
    facts.nodes_within(callback).find(|node| {
        let NodeKind::Call { callee, .. } = facts.kind(*node) else { return false };
        if facts.function_of(*node) != callback || !engine.models.has_word("giving-up", facts.called_name(callee)) {
            return false;
        }
        let tests: Vec<NodeId> = facts
            .regions_around(*node)
            .map(|region| facts.region(region))
            .filter(|region| matches!(region.kind, RegionKind::Then | RegionKind::Else))
            .map(|region| region.test)
            .collect();
        // `if (note.close) note.close()`
        let can = |test: &NodeId| engine.text(*test, 80) == engine.text(callee, 80);
        let is_asked = !tests.is_empty() && !tests.iter().any(can);
        is_asked || rejects_what_others_resolve(engine, callee, callback)
    })
}

/// `new Promise((resolve, reject) => { setTimeout(() => reject(…), ms); work.then(resolve); })`
fn rejects_what_others_resolve(engine: &Engine<'_>, callee: NodeId, callback: FunctionId) -> bool {
    let facts = engine.facts;
    let NodeKind::Ref { binding, .. } = facts.kind(callee) else { return false };
    let Some(reject) = binding.get() else { return false };
    let executor = facts.binding_function(reject);
    let params = &facts.function(executor).params;
    engine.executed_promise(executor).is_some()
        && params.get(1).is_some_and(|param| param.binding == reject)
        && params.first().and_then(|param| param.binding.get()).is_some_and(|resolve| {
            let mut others = facts
                .references(resolve)
                .iter()
                .filter(|reference| !facts.is_written(**reference))
                .filter(|reference| !facts.function_within(facts.function_of(**reference), callback))
                .peekable();
            // `fails ? setTimeout(() => reject(reason), ms) : setTimeout(resolve, ms)`
            let is_other = |reference: &NodeId| engine.is_other_branch(*reference, facts.function(callback).node);
            others.peek().is_none() || others.any(|reference| !is_other(reference))
        })
}

/// A timer that starts something again, which what stops it does not know of.
pub(super) fn restart(engine: &Engine<'_>, acquisition: &Acquisition<'_>, sink: &mut Sink) {
    let facts = engine.facts;
    let node = acquisition.node;
    let NodeKind::Call { args, .. } = facts.kind(node) else { return };
    let Some(given) = facts.arg(args, 0) else { return };
    let Some((callback, started)) = starts_again(engine, given) else { return };
    let stops = stops_of(engine, started);
    let Some(stop) = stops.first() else { return };
    let span = engine.hold_span(node);
    let (starter, stopper) = (engine.function_name(started), engine.function_name(*stop));
    let answers = [(Role::Hold, format!("starts a timer, which runs {starter} when it fires"))];
    let mut silent = |reason: &str| sink.silent(uncleared_timer::RULE.name, span, &answers, reason);
    let fate = engine.fate(node, acquisition.acquires);
    if let Some(end) = fate.ended.first() {
        return silent(&format!("it is cleared at line {}", engine.line(*end)));
    }
    if fate.handed_over.is_some() || engine.ended_by_name(acquisition).is_some() {
        return silent("its handle is stored where other code clears it");
    }
    let mut told = Vec::new();
    for stop in &stops {
        stores_in(engine, *stop, 0, &mut told);
    }
    let asks = [Some(facts.function_of(node)), Some(callback), Some(started)]
        .into_iter()
        .flatten()
        .any(|function| asks_for(engine, function, &told));
    if asks {
        return silent(&format!("it asks for what {stopper} sets"));
    }
    // `this.disconnect(); setTimeout(() => this.connect(), pause)`
    let here = facts.function_of(node);
    let pauses = stops.iter().any(|stop| {
        engine.call_sites(*stop).iter().any(|site| *site < node && facts.node(*site).region == facts.node(node).region)
    });
    if pauses {
        return silent("it is stopped here, to start again");
    }
    let mut known = Vec::new();
    stores_in(engine, here, 2, &mut known);
    if stops.iter().any(|stop| asks_for(engine, *stop, &known)) {
        return silent(&format!("{stopper} asks for what is set here"));
    }
    let grade = match engine.grade(node, true) {
        Ok(grade) => grade,
        Err(reason) => return silent(&reason),
    };
    let each = each(&grade.repetition);
    // The one instance of a program is stopped when the program ends. What a stop does not let go of for the next
    // start, may as well be started again.
    let is_only = engine.shape_of_member(started).is_some_and(|shape| engine.singleton(shape).is_some());
    let mut taken = Vec::new();
    stores_in(engine, started, 0, &mut taken);
    let lets_go = stops.iter().any(|stop| lets_go_of(engine, *stop, &taken));
    let confidence = if (is_only || !lets_go) && engine.is_in_package() {
        Confidence::Low
    } else {
        of_one_shot(engine, &grade.repetition, grade.confidence, None)
    };
    sink.report(Draft {
        rule: uncleared_timer::RULE.name,
        confidence,
        message: format!("this timer runs {starter} also after {stopper}, which cannot clear it, {each}"),
        help: format!("keep its handle and clear it in {stopper}: `clearTimeout(timer)`"),
        span,
        kind: GrowthKind::Pins,
        unit: format!("per {}", grade.repetition.unit),
        evidence: vec![
            evidence(Role::Holder, span, "the timers of the process or page keep the callback until it has run"),
            evidence(
                Role::Hold,
                facts.span(given),
                format!("the callback runs {starter}, which takes everything again"),
            ),
            evidence(Role::Repetition, grade.repetition.span, grade.repetition.reason.to_string()),
            evidence(
                Role::Release,
                engine.function_span(*stop),
                format!("looked in {stopper} for `clearTimeout`, or a flag that is asked before: none"),
            ),
        ],
        retaining_path: vec!["timer".into(), "callback".into(), starter],
        related: Vec::new(),
    });
}

/// The callback of a timer, and the function that it starts something again by.
fn starts_again(engine: &Engine<'_>, given: NodeId) -> Option<(FunctionId, FunctionId)> {
    let facts = engine.facts;
    let starts = |function: &FunctionId| {
        let name = facts.name(facts.function(*function).name).trim_start_matches('_').to_lowercase();
        ["restart", "reconnect", "connect"].iter().any(|word| name.starts_with(word))
    };
    let NodeKind::Function(callback) = facts.kind(given) else {
        let function = engine.function_of(given).filter(starts)?;
        return Some((function, function));
    };
    facts.nodes_within(callback).find_map(|node| {
        let NodeKind::Call { callee, .. } = facts.kind(node) else { return None };
        if facts.function_of(node) != callback {
            return None;
        }
        Some((callback, engine.function_of(callee).filter(starts)?))
    })
}

/// The functions of the same class, or of a closure around, by which their owner's user ends it.
fn stops_of(engine: &Engine<'_>, started: FunctionId) -> Vec<FunctionId> {
    let facts = engine.facts;
    let record = facts.function(started);
    let owner = engine.function_owner(started, 0);
    (0..facts.functions.len())
        .map(FunctionId::at)
        .filter(|function| {
            let other = facts.function(*function);
            let beside = match (record.class.get(), owner) {
                (Some(class), _) => other.class.get() == Some(class),
                (None, Some(owner)) => engine.function_owner(*function, 0) == Some(owner),
                (None, None) => other.parent != FunctionId(0) && facts.function_within(record.parent, other.parent),
            };
            let name = facts.name(other.name);
            // `removeStore` ends something else.
            beside && *function != started && engine.names_an_end(name) && words_of(name).count() == 1
        })
        .collect()
}

/// Whether a function empties one of these places.
fn lets_go_of(engine: &Engine<'_>, function: FunctionId, places: &[PlaceId]) -> bool {
    let facts = engine.facts;
    facts.nodes_within(function).any(|node| match facts.kind(node) {
        NodeKind::Assign { target, value, .. } => {
            matches!(facts.kind(value), NodeKind::Null | NodeKind::Undefined)
                && engine.place_of(target).is_some_and(|place| places.contains(&place))
        }
        _ => false,
    })
}

/// The places that a function, or one that it calls, stores to.
fn stores_in(engine: &Engine<'_>, function: FunctionId, depth: u32, found: &mut Vec<PlaceId>) {
    let facts = engine.facts;
    for node in facts.nodes_within(function) {
        match facts.kind(node) {
            NodeKind::Assign { target, .. } => found.extend(engine.place_of(target)),
            NodeKind::Call { callee, .. } if depth < 2 => {
                if let Some(called) = engine.function_of(callee) {
                    stores_in(engine, called, depth + 1, found);
                }
            }
            _ => {}
        }
    }
}

/// Whether a function tests one of these places.
fn asks_for(engine: &Engine<'_>, function: FunctionId, places: &[PlaceId]) -> bool {
    let facts = engine.facts;
    let is_told = |node: NodeId| engine.place_of(node).is_some_and(|place| places.contains(&place));
    let tests = |test: NodeId| {
        let mut found = false;
        facts.each_below(test, &mut |part| found |= is_told(part));
        found
    };
    facts.nodes_within(function).any(|node| match facts.kind(node) {
        NodeKind::Logical { left, .. } => tests(left),
        NodeKind::Conditional { test, .. } => tests(test),
        _ => facts.regions_around(node).any(|region| {
            let region = facts.region(region);
            region.function == facts.function_of(node) && tests(region.test)
        }),
    })
}
