//! `accumulating-listener`: a listener is added again and again to an emitter that outlives the
//! code adding it.

use super::{Draft, Rule, Sink, acquired, each, evidence};
use crate::engine::acquisition::Grade;
use crate::engine::listener::{Listener, Removal};
use crate::engine::words::words_of;
use crate::engine::{Engine, Lifetime, PlaceId, PlaceKey, Strength, shorten};
use crate::facts::{BindingKind, FunctionId, NodeId, NodeKind};
use crate::finding::{Confidence, GrowthKind, Level, Related, Role};

pub(super) const RULE: Rule = Rule {
    name: "accumulating-listener",
    category: "listener",
    level: Level::Error,
    summary: "a listener added again and again to an emitter that outlives the code adding it",
    page: include_str!("../../rules/accumulating-listener.md"),
    check,
};

/// A listener that stays, and what is to be said of it.
struct Stays<'b> {
    listener: &'b Listener,
    grade: Grade,
    holder: String,
    near: Option<(NodeId, String)>,
}

fn check(engine: &Engine<'_>, sink: &mut Sink) {
    let mut staying: Vec<Stays<'_>> = Vec::new();
    for listener in engine.listeners() {
        if let Some(stays) = judge(engine, listener, sink) {
            staying.push(stays);
        }
    }
    // Listeners that one function adds to one emitter are one cause: the first speaks.
    let mut spoken: Vec<(String, FunctionId)> = Vec::new();
    for at in 0..staying.len() {
        let cause = |stays: &Stays<'_>| {
            (engine.text(stays.listener.receiver, 64), engine.facts.function_of(stays.listener.node))
        };
        let this = cause(&staying[at]);
        if spoken.contains(&this) {
            continue;
        }
        let others: Vec<&Listener> =
            staying[at + 1..].iter().filter(|other| cause(other) == this).map(|other| other.listener).collect();
        spoken.push(this);
        sink.report(draft(engine, &staying[at], &others));
    }
    reloaded(engine, sink);
    acquired::check(engine, RULE.name, sink);
}

/// Listeners that a file adds at load, and again whenever a development server reloads it.
fn reloaded(engine: &Engine<'_>, sink: &mut Sink) {
    let Some(repetition) = engine.reloads() else { return };
    for listener in &engine.listeners_at_load() {
        let place = engine.listener_place(listener);
        let near = match engine.removal(listener, place) {
            Removal::Removed(_) => continue,
            Removal::Misses(end, reason) | Removal::Mismatched(end, reason) => Some((end, reason)),
            Removal::None => None,
        };
        if engine.asks_for_listeners(listener.node) || engine.is_handler_handed_over(listener).is_some() {
            continue;
        }
        let grade = Grade { repetition: repetition.clone(), confidence: Confidence::Low };
        let holder = "it stays when the module that listens is replaced".to_string();
        sink.report(draft(engine, &Stays { listener, grade, holder, near }, &[]));
    }
}

fn judge<'b>(engine: &Engine<'_>, listener: &'b Listener, sink: &mut Sink) -> Option<Stays<'b>> {
    let facts = engine.facts;
    let node = listener.node;
    let span = engine.hold_span(node);
    let receiver = engine.text(listener.receiver, 32);
    let event = listener.event.as_deref().unwrap_or("its");
    let answers = [(Role::Hold, format!("a listener for '{event}' on `{receiver}`"))];
    let mut silent = |reason: &str| {
        sink.silent(RULE.name, span, &answers, reason);
        None
    };
    if listener.implicit && listener.once {
        return silent("the API removes it when the event comes");
    }
    let is_global = matches!(facts.kind(listener.receiver), NodeKind::Ref { .. }) && {
        matches!(facts.kind(node), NodeKind::Call { callee, .. } if callee == listener.receiver)
    };
    let holder = if is_global {
        Ok("the window lives as long as the page".to_string())
    } else {
        engine.outlives_code(listener.receiver, node)
    };
    let place = engine.listener_place(listener);
    let mut at_most = Confidence::High;
    let mut is_shared = false;
    let mut unknown = None;
    let holder = match holder {
        Ok(why) => why,
        Err(_) if loses(engine, listener, place) && may_be_reused(engine, listener) => {
            at_most = Confidence::Low;
            "the caller hands it in, and may wait for it again".to_string()
        }
        Err(_) if engine.may_be_callers(listener) => {
            is_shared = true;
            "the caller may hand it in, who uses it elsewhere and for longer".to_string()
        }
        // What callers in other files give decides, where all else speaks for a leak.
        Err(reason) if engine.is_exported_param(place) => {
            unknown = Some(reason.clone());
            reason
        }
        Err(reason) => return silent(&reason),
    };
    if listener.has_signal {
        return silent("a signal removes it");
    }
    if engine.deduplicates(listener) && !listener.is_new_each_time {
        return silent("an EventTarget keeps the same function once");
    }
    if engine.asks_for_listeners(node) {
        return silent("it is only added where it is not there yet");
    }
    if engine.adds_in_teardown(listener) {
        return silent("a teardown adds it where it was meant to remove it: another rule says so");
    }
    if engine.is_added_once_per_event(listener) {
        return silent("it is only added for an event that was not seen before");
    }
    if engine.passes_on(listener) {
        return silent("it passes on what it is given: another name for the same call");
    }
    if engine.is_ended_here(listener) {
        return silent("the same code ends the emitter");
    }
    if engine.tells_receivers_apart(listener) || engine.notes_receiver(listener) {
        return silent("it is only added to an emitter that was not seen before");
    }
    if !is_shared && engine.is_made_unless_given(listener) {
        return silent("the same call makes the emitter, or is given it");
    }
    if engine.is_while_loading(node) {
        return silent("it is only added while the document loads");
    }
    if place.is_some_and(|place| engine.is_never_set(place)) {
        return silent("nothing but `null` is stored there");
    }
    if let Some(place) = place
        && !matches!(engine.place_root(place), PlaceKey::Binding(binding) if facts.binding(binding).kind == BindingKind::Param)
        && !is_shared
        && let Some(reason) = engine.is_fresh_receiver(place, listener)
        && engine.kind_of(listener.receiver).is_none_or(|kind| !kind.is_one_for_all())
        && engine.kind_of(listener.receiver).is_none_or(|kind| kind.lasting.is_none())
        && !engine.is_combined(listener.receiver)
    {
        return silent(&reason);
    }
    let near = match engine.removal(listener, place) {
        Removal::Removed(end) => return silent(&format!("it is removed at line {}", engine.line(end))),
        Removal::Mismatched(..) => return silent("its removal cannot match: another rule says so"),
        Removal::Misses(end, reason) => Some((end, reason)),
        Removal::None => None,
    };
    if let Some(at) = engine.is_removed_by_name(listener) {
        return silent(&format!("something of the name that callers give is removed at line {}", engine.line(at)));
    }
    let kind = engine.kind_of(listener.receiver);
    let lasting = kind.is_some_and(|kind| kind.lasting.is_some());
    let is_of_list = |list: &str| kind.is_some_and(|kind| engine.models.has_word(list, &kind.name));
    if is_of_list("connections") && engine.takes_connection(listener) {
        return silent("the connection is for this one piece of work");
    }
    // Who got a function that was made outside once does not remove it as often as it is added.
    let added_more_often = lasting && facts.function_of(engine.origin(listener.handler)) != facts.function_of(node);
    if let Some(at) = engine.is_handler_handed_over(listener).filter(|_| !added_more_often) {
        return silent(&format!("the function is handed on at line {}, to what may remove it", engine.line(at)));
    }
    let parent = facts.node(node).parent;
    let is_used = parent.is_some() && !matches!(facts.kind(parent), NodeKind::Member { .. })
        || facts.function(facts.function_of(node)).returns.contains(&node);
    // A function of one expression returns what nobody takes, but for an effect: that is its cleanup.
    let is_named = parent.is_some() && matches!(facts.kind(parent), NodeKind::Assign { .. });
    let is_taken = engine.callback_of(facts.function_of(node)).is_none_or(|(_, runs)| runs.cleanup);
    if kind.is_none() && is_used && (is_named || is_taken) {
        return silent("what it returns is used, and may remove it");
    }
    if let Some(reason) = unknown {
        place.into_iter().for_each(|place| engine.ask_for_givers(place));
        return silent(&reason);
    }
    let is_own = engine.is_lasting(listener.receiver)
        && engine.captures_param(listener.handler)
        && engine.repetition_of(node).unit != "mount";
    let mut grade = match engine.grade_of(node, engine.is_of_call(listener.handler), is_own) {
        Ok(grade) => grade,
        Err(reason) => return silent(&reason),
    };
    if let Some(place) = place
        && matches!(engine.place_key(place), PlaceKey::Instance(_))
        && matches!(engine.lifetime(place), Lifetime::Instance(_))
        && grade.repetition.strength < Strength::Strong
    {
        return silent("it goes with its instance, which nothing in view has listen again and again");
    }
    if listener.once && !lasting {
        let has = |list: &str| listener.event.as_deref().is_some_and(|event| engine.models.has_word(list, event));
        if has("ending-events") && loses(engine, listener, place) {
            grade.confidence = grade.confidence.min(Confidence::Medium);
        } else if !has("process-ending-events") {
            return silent("it goes with the first event");
        }
    }
    let guessed = kind.is_some_and(|kind| !kind.named.is_empty());
    if kind.is_none() || guessed || near.is_some() {
        grade.confidence = grade.confidence.min(Confidence::Medium);
    }
    if is_less_sure(engine, listener, &grade, near.is_some(), is_shared) {
        grade.confidence = Confidence::Low;
    }
    grade.confidence = grade.confidence.min(at_most);
    Some(Stays { listener, grade, holder, near })
}

/// Whether what is known of a listener leaves open whether it comes to be added more than once.
fn is_less_sure(engine: &Engine<'_>, listener: &Listener, grade: &Grade, is_near: bool, is_shared: bool) -> bool {
    let node = listener.node;
    let place = engine.listener_place(listener);
    let kind = engine.kind_of(listener.receiver);
    let is_of_list = |list: &str| kind.is_some_and(|kind| engine.models.has_word(list, &kind.name));
    let repetition = &grade.repetition;
    let is_endless = engine.is_endless(repetition);
    let out_of_sight = engine.is_repeated_out_of_sight(repetition);
    let in_constructor = engine.is_part_of_constructor(engine.facts.function_of(node));
    let subscribes = || engine.names_around(node, repetition).any(|name| engine.begins_with(name, "subscribing"));
    // What the parts of an object tell it comes as often as the object goes through its life: once, mostly. And so
    // does what they tell it of one another.
    let tells_itself = matches!(engine.facts.kind(engine.origin(listener.receiver)), NodeKind::This) && !is_endless;
    let is_part = repetition.unit == "event"
        && !is_endless
        && !is_near
        && kind.is_none()
        && place.is_some_and(|place| matches!(engine.lifetime(place), Lifetime::Instance(_)));
    let comes_once = listener.event.as_deref().is_some_and(|event| engine.is_once_event(listener.receiver, event));
    // Most set a process up once, unless they make an instance for it.
    let sets_up = engine.is_in_package() && is_of_list("configured-once") && !in_constructor && !is_endless;
    // A signal that an instance or a start is given is for as long as that lasts; one that is not given to work
    // that comes again and again, mostly for one call.
    let is_for_one_life = out_of_sight
        && is_of_list("for-one-life")
        && (in_constructor
            || subscribes()
            || engine.names_around(node, repetition).any(|name| engine.models.has_word("starting", name))
            || !engine.names_outside(node, repetition).any(|name| engine.begins_with(name, "working")));
    // What is given and outlives its users is told of whatever repeats the code, and what the code makes itself is not.
    let is_told_anyway = is_near
        || kind.is_some_and(|kind| kind.lasting.is_some() && !kind.lasts_when_made)
        || is_of_list("configured-once") && in_constructor;
    // Who has listeners to remove knows that there is an end.
    let may_be_for_good = match is_shared {
        true => engine.is_in_package() && !engine.removes_at_its_end(node),
        false => {
            !is_told_anyway && (engine.may_be_for_good(node, repetition) || out_of_sight && !engine.removes_listeners())
        }
    };
    tells_itself
        || is_part
        || comes_once
        || sets_up
        || is_for_one_life
        || may_be_for_good
        || is_for_one_piece_of_work(engine, listener)
        || place.is_some_and(|place| is_replaceable_global(engine, place))
        || (kind.is_none() && !is_near || out_of_sight && subscribes()) && is_handed_on(engine, listener, grade)
}

/// Whether an emitter is or hangs on a global variable that some other code sets, and may set anew.
fn is_replaceable_global(engine: &Engine<'_>, place: PlaceId) -> bool {
    let PlaceKey::Global(name) = engine.place_root(place) else { return false };
    let name = engine.facts.name(name);
    name.starts_with(char::is_lowercase) && !engine.models.is_known_global(name)
}

/// Whether callers bring the listener itself: who subscribes knows how often.
fn is_handed_on(engine: &Engine<'_>, listener: &Listener, grade: &Grade) -> bool {
    let facts = engine.facts;
    let is_given = |binding| {
        facts.binding(binding).kind == BindingKind::Param
            && facts.binding_function(binding) == facts.function_of(listener.node)
    };
    let brought = match facts.kind(listener.handler) {
        NodeKind::Ref { binding, .. } => binding.get().is_some_and(is_given),
        // `(event, ...data) => callback(...data)`
        NodeKind::Function(function) => {
            let mut captured = facts.captures_of(function).peekable();
            captured.peek().is_some() && captured.all(is_given) && !engine.captures_param(listener.handler)
        }
        _ => false,
    };
    brought && grade.repetition.strength < Strength::Strong
}

/// Whether an emitter hangs on a parameter that is made for one piece of work: `controller.signal`.
fn is_for_one_piece_of_work(engine: &Engine<'_>, listener: &Listener) -> bool {
    let facts = engine.facts;
    let NodeKind::Member { object, .. } = facts.kind(engine.origin(listener.receiver)) else { return false };
    let name = match facts.kind(object) {
        // `state.abortController.signal`: who has the controller has made it for something of its own.
        NodeKind::Member { name, .. } => name,
        NodeKind::Ref { name, binding }
            if binding.get().is_some_and(|binding| facts.binding(binding).kind == BindingKind::Param) =>
        {
            name
        }
        _ => return false,
    };
    let owner = words_of(facts.name(name)).next_back();
    engine.kind_of(listener.receiver).is_some_and(|kind| owner.is_some_and(|owner| kind.unless_of.contains(&owner)))
}

/// Whether a `once` is one of two that wait for one answer: the one whose event does not come stays.
fn loses(engine: &Engine<'_>, listener: &Listener, place: Option<PlaceId>) -> bool {
    let facts = engine.facts;
    listener.once
        && place.is_some()
        && engine.listeners().iter().any(|other| {
            other.once
                && other.event != listener.event
                && engine.listener_place(other) == place
                && facts.function_of(other.node) == facts.function_of(listener.node)
        })
}

/// Whether an emitter is a parameter, of a kind that callers use for long.
fn may_be_reused(engine: &Engine<'_>, listener: &Listener) -> bool {
    let place = engine.listener_place(listener);
    engine.kind_of(listener.receiver).is_some_and(|kind| engine.models.has_word("reused-emitters", &kind.name))
        && matches!(place.map(|place| engine.place_key(place)), Some(PlaceKey::Binding(binding)) if engine.facts.binding(binding).kind == BindingKind::Param)
}

fn draft(engine: &Engine<'_>, stays: &Stays<'_>, others: &[&Listener]) -> Draft {
    let listener = stays.listener;
    let repetition = &stays.grade.repetition;
    let span = engine.hold_span(listener.node);
    let is_call =
        matches!(engine.facts.kind(listener.node), NodeKind::Call { callee, .. } if callee == listener.receiver);
    let receiver = if is_call { "window".to_string() } else { engine.text(listener.receiver, 32) };
    let event = shorten(listener.event.as_deref().unwrap_or("event"), 24);
    let each = each(repetition);
    let handler = match engine.facts.kind(listener.handler) {
        NodeKind::Ref { .. } | NodeKind::Member { .. } => engine.text(listener.handler, 24),
        _ => "handler".to_string(),
    };
    let remove = if engine.deduplicates(listener) { "removeEventListener" } else { "off" };
    let mut story = vec![
        evidence(Role::Holder, engine.facts.span(listener.receiver), format!("`{receiver}`: {}", stays.holder)),
        evidence(Role::Hold, span, format!("adds a listener for '{event}', and keeps what it captures")),
        evidence(Role::Repetition, repetition.span, repetition.reason.to_string()),
    ];
    story.push(match &stays.near {
        Some((node, reason)) => evidence(Role::Release, engine.hold_span(*node), reason.clone()),
        None => evidence(
            Role::Release,
            span,
            format!("looked for `{remove}` with this function, a signal and a guard: none"),
        ),
    });
    let near = stays.near.as_ref().map_or("nothing removes it", |(_, reason)| reason.as_str());
    Draft {
        rule: RULE.name,
        confidence: stays.grade.confidence,
        message: format!("`{receiver}` gets one more '{event}' listener {each}; {near}"),
        help: format!(
            "name the function and call `{receiver}.{remove}(\"{event}\", {handler})` when its owner is done"
        ),
        span,
        kind: GrowthKind::Accumulates,
        unit: format!("per {}", repetition.unit),
        evidence: story,
        retaining_path: vec![receiver, "listeners".into(), event, "[n]".into(), "what it captures".into()],
        related: others
            .iter()
            .map(|other| Related {
                message: format!("and one more '{}' listener", other.event.as_deref().unwrap_or("event")),
                span: engine.hold_span(other.node),
            })
            .collect(),
    }
}
