//! `uncleared-timer`: an interval or self-renewing timer that nothing clears.

use super::{Draft, Rule, Sink, acquired, each, evidence, timeouts};
use crate::engine::acquisition::Acquisition;
use crate::engine::{Engine, Repetition, Strength};
use crate::facts::{FunctionId, FunctionKind, NodeId, NodeKind, RegionKind};
use crate::finding::{Confidence, GrowthKind, Level, Role};
use crate::models::{Runs, Times};

pub(super) const RULE: Rule = Rule {
    name: "uncleared-timer",
    category: "timer",
    level: Level::Error,
    summary: "an interval or self-renewing timer that nothing clears, one more each time",
    page: include_str!("../../rules/uncleared-timer.md"),
    check,
};

fn check(engine: &Engine<'_>, sink: &mut Sink) {
    acquired::check(engine, RULE.name, sink);
    for acquisition in engine.acquisitions() {
        if acquisition.acquires.rule == RULE.name && acquisition.acquires.when_chained {
            chain(engine, acquisition, sink);
            if !loser_of_a_race(engine, acquisition, sink) {
                timeouts::guard(engine, acquisition, sink);
                timeouts::restart(engine, acquisition, sink);
            }
        }
    }
}

/// A timer whose callback starts the next one, without a way out, started again and again.
fn chain(engine: &Engine<'_>, acquisition: &Acquisition<'_>, sink: &mut Sink) {
    let node = acquisition.node;
    let Some(round) = renewed_by(engine, node) else { return };
    let span = engine.hold_span(node);
    let answers = [(Role::Hold, format!("starts {} again, by itself", engine.function_name(round)))];
    let mut silent = |reason: &str| sink.silent(RULE.name, span, &answers, reason);
    if !is_unconditional(engine, node, round) {
        return silent("a condition ends the chain");
    }
    let start = starts(engine, round);
    if start.strength <= Strength::Bounded {
        return silent(&format!("there is one chain: {}", start.reason));
    }
    let fate = engine.fate(node, acquisition.acquires);
    if let Some(end) = fate.ended.first() {
        return silent(&format!("it is cleared at line {}", engine.line(*end)));
    }
    if fate.handed_over.is_some() {
        return silent("its handle is handed over: the new owner clears it");
    }
    if let Some(end) = engine.ended_by_name(acquisition) {
        return silent(&format!("a timer of the same name is cleared at line {}", engine.line(end)));
    }
    let alone = engine.facts.function(round).parent == FunctionId(0) && !engine.facts.function(round).class.is_some();
    let confidence = match start.strength {
        Strength::Strong | Strength::Seldom => engine.sureness(&start),
        _ if alone || engine.is_set_up(round) || start.entry.is_some_and(|entry| engine.is_set_up(entry)) => {
            Confidence::Low
        }
        _ if engine.may_be_for_good(node, &start) => Confidence::Low,
        _ => Confidence::Medium,
    };
    // `if (done) location.reload()`: the chain ends with the page.
    let is_uncertain = engine.may_end_the_program(round) || !fate.near.is_empty();
    let confidence = if is_uncertain { Confidence::Low } else { confidence };
    let each = each(&start);
    sink.report(Draft {
        rule: RULE.name,
        confidence,
        message: format!(
            "one more chain of timers {each}: {} starts itself again, and nothing ends it",
            engine.function_name(round)
        ),
        help: acquisition.acquires.fix.clone(),
        span,
        kind: GrowthKind::Accumulates,
        unit: format!("per {}", start.unit),
        evidence: vec![
            evidence(Role::Holder, span, "the timers of the process or page keep the callback until it has run"),
            evidence(Role::Hold, span, format!("each run of {} starts the next one", engine.function_name(round))),
            evidence(Role::Repetition, start.span, format!("one chain {each}")),
            evidence(Role::Release, span, "looked for a condition that ends it, and for a clear of the handle: none"),
        ],
        retaining_path: vec!["timer".into(), "callback".into(), "what it captures".into()],
        related: Vec::new(),
    });
}

/// The function that a timer runs again and that starts the timer.
fn renewed_by(engine: &Engine<'_>, node: NodeId) -> Option<FunctionId> {
    let facts = engine.facts;
    let NodeKind::Call { args, .. } = facts.kind(node) else { return None };
    let callback = facts.arg(args, 0)?;
    let target = match facts.kind(callback) {
        // `this.tick.bind(this)`
        NodeKind::Call { callee, .. } => match facts.kind(callee) {
            NodeKind::Member { object, .. } => engine.function_of(object)?,
            _ => return None,
        },
        _ => engine.function_of(callback)?,
    };
    let here = facts.function_of(node);
    if facts.function_within(here, target) {
        return Some(target);
    }
    // `() => this.refresh()`: what the callback calls at once, whatever it asks before.
    if !matches!(facts.kind(callback), NodeKind::Function(_)) {
        return None;
    }
    let mut around = here;
    while around != FunctionId(0) {
        let called = engine
            .call_sites(around)
            .into_iter()
            .any(|site| facts.function_of(site) == target && !is_asked(engine, site));
        if called {
            return Some(around);
        }
        around = facts.function(around).parent;
    }
    None
}

/// Whether something in its own function decides whether a node runs.
fn is_asked(engine: &Engine<'_>, node: NodeId) -> bool {
    let facts = engine.facts;
    facts.regions_around(node).any(|region| {
        matches!(facts.region(region).kind, RegionKind::Then | RegionKind::Else | RegionKind::Case | RegionKind::Catch)
    })
}

/// Whether each run of `round` reaches a node: nothing between them asks anything.
fn is_unconditional(engine: &Engine<'_>, node: NodeId, round: FunctionId) -> bool {
    let facts = engine.facts;
    let mut at = node;
    loop {
        if is_asked(engine, at) {
            return false;
        }
        let mut up = at;
        while facts.node(up).parent.is_some() {
            up = facts.node(up).parent;
            if matches!(facts.kind(up), NodeKind::Logical { .. } | NodeKind::Conditional { .. }) {
                return false;
            }
        }
        let function = facts.function_of(at);
        if function == round {
            return true;
        }
        // What waits for an event is another matter: a reconnect.
        let is_late = |(call, runs): (NodeId, &Runs)| {
            // What is tried again where it failed ends where it did not.
            let fails =
                matches!(facts.kind(call), NodeKind::Call { callee, .. } if facts.called_name(callee) == "catch");
            runs.times == Times::Many || fails
        };
        if engine.callback_of(function).is_some_and(is_late) || engine.is_handler(function) {
            return false;
        }
        let Some(outer) = facts.function(function).node.get() else { return false };
        // What code out of sight is given, it may never call.
        if engine.callback_of(function).is_none()
            && matches!(facts.kind(facts.node(outer).parent), NodeKind::Call { args, .. } if facts.list(args).contains(&outer))
        {
            return false;
        }
        at = outer;
    }
}

/// How often a chain is started: all ways into the function but its own.
fn starts(engine: &Engine<'_>, round: FunctionId) -> Repetition {
    let facts = engine.facts;
    let record = facts.function(round);
    let outside: Vec<NodeId> = engine
        .call_sites(round)
        .into_iter()
        .filter(|site| !facts.function_within(facts.function_of(*site), round))
        .collect();
    // Called by the constructor alone: one for each instance.
    let mut best = Repetition::at_load();
    for site in &outside {
        let found = engine.repetition_of(*site);
        if found.strength > best.strength {
            best = found;
        }
    }
    let nested = record.parent != FunctionId(0) && !record.class.is_some();
    if nested && best.strength <= Strength::Bounded {
        best = engine.repetition(record.parent);
    }
    if record.kind == FunctionKind::Method && outside.is_empty() {
        let all = engine.repetition(round);
        // The chain itself is no start.
        best = if matches!(&*all.unit, "round" | "attempt") { engine.called_by_users(round) } else { all };
    }
    best
}

/// `Promise.race([work, timeout])`: the timer of the loser holds the race until it fires. Whether it is
/// one of a race.
fn loser_of_a_race(engine: &Engine<'_>, acquisition: &Acquisition<'_>, sink: &mut Sink) -> bool {
    let facts = engine.facts;
    let node = acquisition.node;
    let NodeKind::Call { args, .. } = facts.kind(node) else { return false };
    let Some(promise) = engine.executed_promise(facts.function_of(node)) else { return false };
    if engine.raced_as(promise).is_none() {
        return false;
    }
    let span = engine.hold_span(node);
    let answers = [(Role::Hold, "a timer of a race, which the other may win".to_string())];
    let mut silent = |reason: &str| {
        sink.silent(RULE.name, span, &answers, reason);
        true
    };
    if facts.arg(args, 1).is_some_and(|delay| timeouts::fires_soon(engine, delay)) {
        return silent("it fires soon");
    }
    let repetition = engine.repetition_of(promise);
    if repetition.strength <= Strength::Bounded {
        return silent(&format!("it does not run again and again: {}", repetition.reason));
    }
    let fate = engine.fate(node, acquisition.acquires);
    if let Some(end) = fate.ended.first() {
        return silent(&format!("it is cleared at line {}", engine.line(*end)));
    }
    if fate.handed_over.is_some() {
        return silent("its handle is handed over: the new owner clears it");
    }
    let each = each(&repetition);
    sink.report(Draft {
        rule: RULE.name,
        confidence: timeouts::of_one_shot(engine, &repetition, engine.sureness(&repetition), facts.arg(args, 1)),
        message: format!("the timer of this race runs on when the other wins, {each}"),
        help: "keep its handle and clear it when the race is over: `finally(() => clearTimeout(timer))`".into(),
        span,
        kind: GrowthKind::Pins,
        unit: format!("per {}, until the timer fires", repetition.unit),
        evidence: vec![
            evidence(Role::Holder, span, "the timers of the process keep the callback until it has run"),
            evidence(Role::Hold, span, "the callback keeps the race and what it came to"),
            evidence(Role::Repetition, repetition.span, repetition.reason.to_string()),
            evidence(Role::Release, span, "looked for `clearTimeout` of this handle: none"),
        ],
        retaining_path: vec!["timer".into(), "callback".into(), "promise".into(), "result".into()],
        related: Vec::new(),
    });
    true
}
