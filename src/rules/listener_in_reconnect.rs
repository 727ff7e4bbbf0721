//! `listener-in-reconnect`: code that connects again adds its listeners to the same emitter again.

use super::{Draft, Rule, Sink, evidence};
use crate::engine::listener::{Listener, Removal};
use crate::engine::{Engine, Lifetime, Repetition, Strength, shorten};
use crate::facts::{BindingKind, FunctionId, NodeId, NodeKind};
use crate::finding::{Confidence, GrowthKind, Level, Related, Role};

pub(super) const RULE: Rule = Rule {
    name: "listener-in-reconnect",
    category: "listener",
    level: Level::Error,
    summary: "a listener added to the same emitter each time code reconnects or retries",
    page: include_str!("../../rules/listener-in-reconnect.md"),
    check,
};

fn check(engine: &Engine<'_>, sink: &mut Sink) {
    let listeners = engine.repeated_listeners();
    let mut reported = Vec::new();
    for listener in &listeners {
        let before = sink.drafts.len();
        judge(engine, listener, &listeners, &reported, sink);
        if sink.drafts.len() > before {
            reported.push(listener.node);
        }
    }
}

fn judge(engine: &Engine<'_>, listener: &Listener, all: &[Listener], reported: &[NodeId], sink: &mut Sink) {
    let facts = engine.facts;
    let repetition = engine.repetition_of(listener.node);
    if repetition.strength != Strength::Strong || !is_reconnect(engine, listener, &repetition) {
        return;
    }
    let span = engine.hold_span(listener.node);
    let receiver = engine.text(listener.receiver, 32);
    let event = listener.event.as_deref().unwrap_or("its");
    let answers = [
        (Role::Hold, format!("a listener for '{event}' on `{receiver}`")),
        (Role::Repetition, repetition.reason.to_string()),
    ];
    let mut silent = |reason: &str| sink.silent(RULE.name, span, &answers, reason);
    let Some(place) = engine.place_of(listener.receiver) else {
        return silent("the emitter cannot be told");
    };
    if let Some(reason) = engine.is_fresh_receiver(place, listener) {
        return silent(&reason);
    }
    if listener.has_signal {
        return silent("an AbortSignal removes it");
    }
    if engine.deduplicates(listener) && !listener.is_new_each_time {
        return silent("an EventTarget keeps the same function once");
    }
    if is_given_by_none(engine, listener) {
        return silent("no call in view gives a listener");
    }
    if engine.asks_for_listeners(listener.node) {
        return silent("it is only added where it is not there yet");
    }
    let siblings: Vec<&Listener> = all
        .iter()
        .filter(|other| {
            other.node != listener.node
                && engine.place_of(other.receiver) == Some(place)
                && facts.function_of(other.node) == facts.function_of(listener.node)
        })
        .collect();
    if listener.once && !listener.implicit {
        let starts = listener.event.as_deref().is_some_and(|event| repetition.reason.contains(&format!("'{event}'")));
        let mut partners = siblings.iter().filter(|other| other.once && other.event != listener.event).peekable();
        if partners.peek().is_some()
            && partners.any(|other| matches!(engine.removal(other, Some(place)), Removal::Removed(_)))
        {
            return silent("the winner of the pair removes the other");
        }
        if starts {
            return silent("it goes with the event that starts the next round");
        }
    }
    // Several listeners of one round are one cause: the first speaks.
    let spoken = siblings.iter().any(|other| other.node < listener.node && reported.contains(&other.node));
    if spoken {
        return silent("reported with the first listener of the round");
    }
    let near = match engine.removal(listener, Some(place)) {
        Removal::Removed(node) => return silent(&format!("it is removed at line {}", engine.line(node))),
        Removal::Misses(node, reason) | Removal::Mismatched(node, reason) => Some((node, reason)),
        Removal::None => None,
    };
    let lifetime = engine.lifetime(place);
    let known = engine.kind_of(listener.receiver).is_some();
    let confidence = match (&lifetime, known) {
        (Lifetime::Process(_), true) => Confidence::High,
        (Lifetime::Instance(_), true) => Confidence::High,
        (Lifetime::Process(_) | Lifetime::Instance(_) | Lifetime::Closure(_), _) => Confidence::Medium,
        _ => Confidence::Low,
    };
    // A round that no end of a connection starts may leave before it adds again.
    let by_end = listener.implicit
        || repetition.event.is_some()
        || repetition.unit == "iteration"
        || repetition.labels.iter().any(|label| label.ends_with(" handler"));
    let confidence = if by_end { confidence } else { confidence.min(Confidence::Medium) };
    // A package may end the emitter elsewhere, and come to the code once.
    let confidence = if engine.is_in_package() { confidence.min(Confidence::Medium) } else { confidence };
    let confidence = if near.is_some() { confidence.min(Confidence::Medium) } else { confidence };
    let receiver_text = engine.place_text(place);
    let how = if listener.implicit {
        format!("the callback is a listener for '{event}' as well, added by each call")
    } else if listener.once {
        format!("stays until '{event}' comes; a round that ends otherwise leaves it")
    } else {
        format!("adds a listener for '{}'", shorten(event, 24))
    };
    let help = if listener.implicit {
        format!(
            "register it once, outside: `{receiver_text}.on(\"{event}\", …)`, and call `{}` without the callback",
            engine.callee_text(listener.node)
        )
    } else {
        match facts.kind(engine.origin(listener.handler)) {
            NodeKind::Function(_) if listener.is_new_each_time => {
                format!(
                    "add it once, where `{receiver_text}` is made, or name the function and call `{receiver_text}.off({}, handler)` before adding it",
                    quoted(listener)
                )
            }
            _ => format!(
                "call `{receiver_text}.off({}, {})` before adding it",
                quoted(listener),
                engine.text(listener.handler, 24)
            ),
        }
    };
    let mut story = vec![
        evidence(
            Role::Holder,
            engine.place_span(place),
            format!("`{receiver_text}` is the same emitter in every round"),
        ),
        evidence(Role::Hold, span, how),
        evidence(Role::Repetition, repetition.span, repetition.reason.clone()),
    ];
    story.push(match near {
        Some((node, reason)) => evidence(Role::Release, engine.hold_span(node), reason),
        None => evidence(
            Role::Release,
            span,
            format!("looked for `{receiver_text}.off`, `removeListener`, `removeAllListeners` and a guard: none"),
        ),
    });
    sink.report(Draft {
        rule: RULE.name,
        confidence,
        message: format!("`{receiver_text}` gets one more '{}' listener each reconnect", shorten(event, 24)),
        help,
        span,
        kind: GrowthKind::Accumulates,
        unit: "per reconnect".into(),
        evidence: story,
        retaining_path: vec![receiver_text, "_events".into(), event.to_string(), "[n]".into(), "listener".into()],
        related: siblings
            .iter()
            .filter(|other| other.node > listener.node)
            .map(|other| Related {
                message: format!("and one more '{}' listener", other.event.as_deref().unwrap_or("event")),
                span: engine.hold_span(other.node),
            })
            .collect(),
    });
}

/// Whether a listener is a parameter that no call in view gives: those that come again have none.
fn is_given_by_none(engine: &Engine<'_>, listener: &Listener) -> bool {
    let facts = engine.facts;
    let NodeKind::Ref { binding, .. } = facts.kind(listener.handler) else { return false };
    let Some(binding) = binding.get().filter(|binding| facts.binding(*binding).kind == BindingKind::Param) else {
        return false;
    };
    facts.param_position(binding).is_some()
        && !engine.call_sites(facts.binding_function(binding)).is_empty()
        && engine.arguments_of(binding).is_empty()
}

fn quoted(listener: &Listener) -> String {
    listener.event.as_ref().map_or("event".to_string(), |event| format!("\"{event}\""))
}

/// Whether a function connects: by its name, or by what it calls or makes.
fn connects(engine: &Engine<'_>, function: FunctionId, depth: u32) -> bool {
    let facts = engine.facts;
    let says = |name: &str| {
        let name = name.to_lowercase();
        engine.models.words("connecting").iter().any(|word| name.contains(word.as_str()))
    };
    let mut around = function;
    while around != FunctionId(0) {
        if says(facts.name(facts.function(around).name)) {
            return true;
        }
        // A helper of the code that connects.
        let callers =
            || engine.call_sites(around).into_iter().any(|site| connects(engine, facts.function_of(site), depth + 1));
        if depth < 2 && callers() {
            return true;
        }
        around = facts.function(around).parent;
    }
    let calls_one = |node: NodeId| match facts.kind(node) {
        NodeKind::Call { callee, .. } | NodeKind::New { callee, .. } => {
            facts.function_of(node) == function && says(facts.called_name(callee))
        }
        _ => false,
    };
    match facts.function(function).node.get() {
        Some(_) => facts.operations_within(function).any(calls_one),
        // The top level and the fields of a class are made by no node.
        None => facts.operations.iter().copied().any(calls_one),
    }
}

/// Whether code runs again because a connection ended or an attempt failed.
fn is_reconnect(engine: &Engine<'_>, listener: &Listener, repetition: &Repetition) -> bool {
    match &*repetition.unit {
        "iteration" => true,
        // A round that waits only for 'open' or 'drain' is a call put off, not a connection lost.
        "round" | "attempt" => {
            let ends = |label: &str| {
                label
                    .strip_suffix(" handler")
                    .is_none_or(|event| engine.models.has_word("ending-events", event.trim_matches('\'')))
            };
            repetition.labels.iter().any(|label| ends(label) && **label != *"then")
        }
        // The end of a connection runs it: it connects again, or it is only a farewell.
        _ => {
            let ended = repetition.event.as_deref().is_some_and(|event| engine.models.has_word("ending-events", event));
            ended && (listener.implicit || connects(engine, engine.facts.function_of(listener.node), 0))
        }
    }
}
