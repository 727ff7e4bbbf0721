//! What several rules ask of a call that takes something: does it repeat, and is it given back?

use super::{Draft, Sink, each, evidence};
use crate::engine::acquisition::{Acquisition, Grade, capped};
use crate::engine::handle::Fate;
use crate::engine::words::words_of;
use crate::engine::{Engine, PlaceId, Repetition, Strength};
use crate::facts::{AssignOp, BindingId, BindingKind, FunctionId, FunctionKind, Name, NodeId, NodeKind};
use crate::finding::{Confidence, GrowthKind, Role};

/// Judges every acquisition that the models assign to a rule.
pub(super) fn check(engine: &Engine<'_>, rule: &'static str, sink: &mut Sink) {
    for acquisition in engine.acquisitions() {
        if acquisition.acquires.rule == rule && !acquisition.acquires.when_chained {
            judge(engine, acquisition, rule, sink);
        }
    }
}

fn judge(engine: &Engine<'_>, acquisition: &Acquisition<'_>, rule: &'static str, sink: &mut Sink) {
    let Acquisition { node, acquires } = *acquisition;
    let repetition = engine.repetition_of(node);
    let runs_again = repetition.strength > Strength::Bounded || acquires.even_once;
    if !runs_again && let Some(grade) = reloaded(engine, acquisition) {
        return sink.report(draft(engine, acquisition, rule, &grade, Confidence::Low, &Missing::Nothing));
    }
    // Most of them run once, and nobody asks why they are silent.
    if !runs_again && !sink.tells {
        return;
    }
    let span = engine.hold_span(node);
    let taken = (Role::Hold, format!("takes one more {}: {} stays", acquires.what, acquires.keeps));
    if !runs_again {
        return sink.silent(rule, span, &[taken], "it does not run again and again");
    }
    if acquires.when_per.as_ref().is_some_and(|unit| *unit != *repetition.unit) {
        return sink.silent(rule, span, &[taken], "it does not run with what would have to end it");
    }
    if let Some(reason) = engine.is_harmless(acquisition) {
        return sink.silent(rule, span, &[taken], &reason);
    }
    if is_made_where_none_is(engine, node) {
        return sink.silent(rule, span, &[taken], "it is only made where there is none yet");
    }
    if engine.is_below_a_number(node) {
        return sink.silent(rule, span, &[taken], "there are no more of them than a number");
    }
    if rule == "per-call-setup" && is_once_for_each(engine, node) {
        return sink.silent(rule, span, &[taken], "it is only done for what was not seen before");
    }
    // What a reconnect makes takes the place of what has ended.
    let ended =
        |event: &str| engine.models.has_word("ending-events", event.trim_end_matches(" handler").trim_matches('\''));
    if rule == "undisposed-resource"
        && (repetition.event.as_deref().is_some_and(ended) || repetition.labels.iter().any(|label| ended(label)))
    {
        return sink.silent(rule, span, &[taken], "it takes the place of one that has ended");
    }
    let brings = engine.brings_data(node)
        || engine.grows_by_itself(node)
        || acquires.on.is_some()
        || rule == "per-call-setup" && !engine.facts.function(engine.facts.function_of(node)).params.is_empty();
    let grade = match engine.grade_of(node, brings, acquires.by_value) {
        Ok(grade) => grade,
        Err(_) if acquires.even_once => Grade { repetition, confidence: Confidence::Medium },
        Err(reason) => return sink.silent(rule, span, &[taken], &reason),
    };
    let answers = [taken, (Role::Repetition, grade.repetition.reason.to_string())];
    let mut silent = |reason: &str| sink.silent(rule, span, &answers, reason);
    let fate = engine.fate(node, acquires);
    if !acquires.used_by.is_empty() && !is_used(engine, &fate, &acquires.used_by) {
        return silent("it is not used in the way that makes it stay");
    }
    if let Some(method) = &acquires.lasting_by
        && !is_given_something_lasting(engine, node, &fate, method)
    {
        return silent("it goes with what it watches");
    }
    let of_owner = matches!(&*grade.repetition.unit, "mount" | "instance" | "call");
    if !of_owner && fate.stored.iter().any(|(place, _)| engine.is_guarded_by(node, *place)) {
        return silent("it is only taken where there is none");
    }
    let missing = if acquires.ended_by.is_empty() {
        Missing::Nothing
    } else if fate.ended.is_empty() {
        if let Some(at) = fate.handed_over {
            return silent(&format!("it is handed over at line {}: its new owner ends it", engine.line(at)));
        }
        if let Some(end) = engine.ended_by_name(acquisition) {
            return silent(&format!("something of the same name is ended at line {}", engine.line(end)));
        }
        match fate.near.first() {
            Some((near, reason)) => Missing::Near(*near, reason.clone()),
            None => Missing::Nothing,
        }
    } else if acquires.on_every_path && !engine.ends_on_every_path(node, &fate.ended) {
        Missing::OnError(fate.ended[0])
    } else if let Some(end) = fate.ended.iter().find(|_| fate.ended.iter().all(|end| is_on_failure(engine, *end))) {
        if let Some(at) = fate.handed_over {
            return silent(&format!("it is handed over at line {}: its new owner ends it", engine.line(at)));
        }
        Missing::Near(*end, "it is ended only when it fails".to_string())
    } else if let Some((place, end)) = overwritten(engine, acquisition, &fate, &grade.repetition) {
        Missing::Overwritten(place, end)
    } else {
        return silent(&format!("it is ended at line {}", engine.line(fate.ended[0])));
    };
    let confidence = confidence(engine, acquisition, rule, &grade, &missing);
    sink.report(draft(engine, acquisition, rule, &grade, capped(confidence, acquires.at_most), &missing));
}

/// How sure it is that what a call takes adds up, where the file has no end of it.
fn confidence(
    engine: &Engine<'_>,
    acquisition: &Acquisition<'_>,
    rule: &'static str,
    grade: &Grade,
    missing: &Missing,
) -> Confidence {
    let Acquisition { node, acquires } = *acquisition;
    let facts = engine.facts;
    let is_nothing = matches!(missing, Missing::Nothing);
    let unseen = engine.is_repeated_out_of_sight(&grade.repetition);
    let replaces = || !acquires.appends.is_empty() && engine.takes_the_place_of_others(acquisition);
    // Nobody adds a layer to a program again that `start` has set up.
    let starts_once = || {
        let mut names = engine.names_around(node, &grade.repetition);
        rule == "per-call-setup" && unseen && names.any(|name| engine.models.has_word("starting", name))
    };
    // An element is added once, where nothing tells that the page goes on and on; and so is a layer.
    let is_added_once = acquires.on.is_some() && unseen
        || engine.is_in_package() && !acquires.appends.is_empty() && !engine.is_endless(&grade.repetition);
    // A timer that a tick starts has mostly waited for something, and stops there.
    let stops = rule == "uncleared-timer" && grade.repetition.unit == "tick" && engine.is_in_package();
    // Users of a library start its services and call the methods of its instances as they see fit, and often once.
    // What is taken for a value, they ask for again and again.
    let of_instance = engine.keeper(acquisition).is_some_and(|keeper| facts.kind(keeper) == NodeKind::This);
    let of_service = acquires.on.is_none() && !acquires.by_value && !acquires.ended_by.is_empty();
    let is_started_once = unseen && (of_instance || of_service)
        || !acquires.by_value && rule != "per-call-setup" && engine.may_be_for_good(node, &grade.repetition);
    // Who overwrites a handle starts twice: an instance is started once, as far as can be seen.
    // A connection that ended connects again, and an interval goes on.
    let goes_on = rule == "uncleared-timer" && connects_again(engine, engine.facts.function_of(node));
    let is_never_overwritten = matches!(missing, Missing::Overwritten(..)) && unseen && !goes_on;
    // An object is ready once, as far as the name of its event tells.
    let is_at_start = rule == "uncleared-timer"
        && engine.is_in_package()
        && grade.repetition.event.as_deref().is_some_and(|event| {
            words_of(event).next_back().is_some_and(|last| engine.models.has_word("own-start-events", &last))
        });
    // `setInterval(() => { if (online()) location.reload(); }, …)`
    let leaves = rule == "uncleared-timer"
        && engine.is_in_package()
        && engine.callback_given(node).is_some_and(|callback| engine.may_end_the_program(callback));
    // A connection that nobody ends is ended at its other side.
    let is_ended_there = matches!(missing, Missing::Near(..)) && acquires.ended_there && unseen;
    // What is tried again is taken again only where it failed after this.
    let is_tried_again = grade.repetition.unit == "attempt" && engine.is_in_package();
    if starts_once()
        || is_added_once
        || is_tried_again
        || is_ended_there
        || replaces()
        || is_nothing && (stops || is_started_once)
        || !matches!(missing, Missing::Near(..)) && is_at_start
        || leaves
        || is_never_overwritten
    {
        return Confidence::Low;
    }
    if is_nothing && acquires.may_end_itself && engine.is_in_package() {
        return Confidence::Low;
    }
    // A connection ends at the other side: what a package takes and does not end is sure
    // where the taking itself has no end, and then not quite.
    if is_nothing && rule == "undisposed-resource" && !acquires.by_value && engine.is_in_package() {
        let goes_on = grade.repetition.strength == Strength::Strong && grade.repetition.unit != "mount";
        return if goes_on { grade.confidence.min(Confidence::Medium) } else { Confidence::Low };
    }
    match grade.confidence {
        // A name that stands for the data outlives all that could end it.
        sure if is_nothing && engine.is_given_little(acquisition) => sure.min(Confidence::Medium),
        Confidence::Medium if is_nothing && acquires.by_value => Confidence::High,
        sure if is_nothing => sure,
        sure => sure.min(Confidence::Medium),
    }
}

/// `context = context || new AudioContext()`
fn is_made_where_none_is(engine: &Engine<'_>, node: NodeId) -> bool {
    let facts = engine.facts;
    let either = facts.node(node).parent;
    let NodeKind::Logical { left, right, .. } = facts.kind(either) else { return false };
    let NodeKind::Assign { target, value, .. } = facts.kind(facts.node(either).parent) else { return false };
    right == node
        && value == either
        && engine.place_of(left).is_some_and(|place| engine.place_of(target) == Some(place))
}

/// How often a file takes something at load that a development server runs again after each edit; `None` where
/// it does not, or where the module's end is the end of what it takes.
fn reloaded(engine: &Engine<'_>, acquisition: &Acquisition<'_>) -> Option<Grade> {
    let Acquisition { node, acquires } = *acquisition;
    let is_plain = !acquires.ended_by.is_empty()
        && acquires.on.is_none()
        && acquires.made_of.is_none()
        && acquires.when_per.is_none()
        && acquires.lasting_by.is_none()
        && acquires.used_by.is_empty()
        && acquires.appends.is_empty()
        && !(acquires.when_chained || acquires.when_raced);
    let repetition = engine.reloads().filter(|_| is_plain && engine.runs_at_load(node))?;
    if engine.is_harmless(acquisition).is_some() || engine.ended_by_name(acquisition).is_some() {
        return None;
    }
    let fate = engine.fate(node, acquires);
    (fate.ended.is_empty() && fate.handed_over.is_none())
        .then(|| Grade { repetition: repetition.clone(), confidence: Confidence::Low })
}

/// Why what is there does not give it back.
enum Missing {
    Nothing,
    Near(NodeId, String),
    OnError(NodeId),
    Overwritten(PlaceId, NodeId),
}

/// Whether code asks a collection for something, and adds it: `if (!known.has(app)) { known.add(app); … }`.
fn is_once_for_each(engine: &Engine<'_>, node: NodeId) -> bool {
    let facts = engine.facts;
    let function = facts.function_of(node);
    let adds = |known: PlaceId| {
        facts.operations_within(function).any(|other| match facts.kind(other) {
            NodeKind::Call { callee, .. } => match facts.kind(callee) {
                NodeKind::Member { object, name } => {
                    matches!(facts.name(name), "add" | "set")
                        && facts.function_of(other) == function
                        && engine.place_of(object) == Some(known)
                }
                _ => false,
            },
            _ => false,
        })
    };
    facts.is_tested(node, &mut |part| match facts.kind(part) {
        NodeKind::Member { object, name } => facts.name(name) == "has" && engine.place_of(object).is_some_and(adds),
        _ => false,
    })
}

/// Whether code runs only when something has failed: a handler of 'error'.
fn is_on_failure(engine: &Engine<'_>, node: NodeId) -> bool {
    let facts = engine.facts;
    let function = facts.function_of(node);
    let Some(handler) = facts.function(function).node.get() else { return false };
    let parent = facts.node(handler).parent;
    match facts.kind(parent) {
        NodeKind::Assign { target, value, .. } if value == handler => {
            // `image.onload = image.onerror = …`
            !matches!(facts.kind(facts.node(parent).parent), NodeKind::Assign { .. })
                && matches!(facts.kind(target), NodeKind::Member { name, .. } if facts.name(name) == "onerror")
        }
        NodeKind::Call { args, .. } => {
            engine.listener(parent).is_some_and(|listener| listener.event.as_deref() == Some("error"))
                && facts.list(args).contains(&handler)
        }
        _ => false,
    }
}

fn is_used(engine: &Engine<'_>, fate: &Fate, names: &[String]) -> bool {
    fate.used.iter().any(|member| match engine.facts.kind(*member) {
        NodeKind::Member { name, .. } => names.iter().any(|known| known == engine.facts.name(name)),
        _ => false,
    })
}

/// `observer.observe(document.body)`: the page keeps what watches it.
fn is_given_something_lasting(engine: &Engine<'_>, node: NodeId, fate: &Fate, method: &str) -> bool {
    let facts = engine.facts;
    let direct = facts.node(node).parent;
    fate.used.iter().copied().chain([direct]).any(|member| {
        let NodeKind::Member { name, .. } = facts.kind(member) else { return false };
        let call = facts.node(member).parent;
        match facts.kind(call) {
            NodeKind::Call { callee, args } if callee == member && facts.name(name) == method => {
                facts.arg(args, 0).is_some_and(|given| engine.is_lasting(given))
            }
            _ => false,
        }
    })
}

/// The field whose old handle is lost: code that runs again while the old one is alive stores a
/// new one, and nothing ends the old one first.
fn overwritten(
    engine: &Engine<'_>,
    acquisition: &Acquisition<'_>,
    fate: &Fate,
    repetition: &Repetition,
) -> Option<(PlaceId, NodeId)> {
    let facts = engine.facts;
    let Acquisition { node, acquires } = *acquisition;
    let function = facts.function_of(node);
    let (place, _) = *fate.stored.first()?;
    let strong = repetition.strength == Strength::Strong && &*repetition.unit != "mount";
    let asked = repetition.strength == Strength::Weak
        && !matches!(facts.function(function).kind, FunctionKind::Constructor | FunctionKind::Fields)
        && engine.is_given_param(node);
    let again = repetition.strength == Strength::Weak && connects_again(engine, function);
    if fate.local || !strong && !asked && !again || acquires.by_value {
        return None;
    }
    // An end in the same round, whoever calls it, is taken for the old one's.
    let own = |end: &NodeId| {
        let home = facts.function_of(*end);
        home == function
            || engine.call_sites(home).iter().any(|site| facts.function_of(*site) == function)
            || calls_own_method(engine, function, facts.function(home).name)
            || engine.repetition(home).strength == Strength::Strong
    };
    // What is read to its end closes itself.
    let is_read = |end: &NodeId| {
        let used = match facts.kind(*end) {
            NodeKind::Call { callee, .. } => callee,
            _ => *end,
        };
        engine.models.has_word("consuming", facts.called_name(used))
    };
    if fate.ended.iter().any(|end| own(end) || is_read(end))
        || engine.is_guarded_by(node, place)
        || engine.is_owner_made_before(place, node)
    {
        return None;
    }
    Some((place, fate.ended[0]))
}

/// `this.stop()` in the code of a function, whatever `this` is.
fn calls_own_method(engine: &Engine<'_>, function: FunctionId, method: Name) -> bool {
    let facts = engine.facts;
    facts.operations_within(function).any(|node| match facts.kind(node) {
        NodeKind::Call { callee, .. } => match facts.kind(callee) {
            NodeKind::Member { object, name } => {
                name == method
                    && facts.kind(object) == NodeKind::This
                    && facts.function_of(node) == function
                    && !facts.name(name).is_empty()
            }
            _ => false,
        },
        _ => false,
    })
}

/// Whether a function is, or stands in, the `connect` of something that connects again by itself.
fn connects_again(engine: &Engine<'_>, mut function: FunctionId) -> bool {
    let facts = engine.facts;
    while facts.name(facts.function(function).name).is_empty() && function != FunctionId(0) {
        function = facts.function(function).parent;
    }
    let is_named = |name: &str| name.trim_start_matches('_').starts_with("connect") || name.contains("reconnect");
    is_named(facts.name(facts.function(function).name))
        && facts.members.iter().any(|member| {
            matches!(facts.kind(*member), NodeKind::Member { name, .. } if facts.name(name).to_lowercase().contains("reconnect"))
        })
}

fn draft(
    engine: &Engine<'_>,
    acquisition: &Acquisition<'_>,
    rule: &'static str,
    grade: &Grade,
    confidence: Confidence,
    missing: &Missing,
) -> Draft {
    let Acquisition { node, acquires } = *acquisition;
    let span = engine.hold_span(node);
    let repetition = &grade.repetition;
    let what = &match event_text(engine, node).filter(|_| rule == "accumulating-listener") {
        Some(event) => format!("'{event}' {}", acquires.what),
        None => acquires.what.clone(),
    };
    let each = each(repetition);
    let ends = ends_text(&acquires.ended_by);
    let (message, release) = match missing {
        Missing::Nothing if acquires.even_once => (
            format!("this {what} never ends: it keeps {}", acquires.keeps),
            (span, "nothing ends it, whoever stops using it".to_string()),
        ),
        Missing::Nothing if acquires.ended_by.is_empty() => (
            format!("one more {what} {each}, for ever: nothing takes it back"),
            (span, "no call takes it back".to_string()),
        ),
        Missing::Nothing => (
            format!("one more {what} {each}; nothing ends it"),
            (span, format!("looked for {ends} on it, and for code that it is handed to: none")),
        ),
        Missing::Near(near, reason) => {
            (format!("one more {what} {each}; {reason}"), (engine.hold_span(*near), reason.clone()))
        }
        Missing::OnError(end) => (
            format!("the {what} stays taken when an error comes first, {each}"),
            (engine.hold_span(*end), "this is not reached when what is awaited before it throws".to_string()),
        ),
        Missing::Overwritten(place, end) => {
            let name = engine.place_text(*place);
            (
                format!("one more {what} {each}: `{name}` is overwritten while the old one runs"),
                (engine.hold_span(*end), format!("ends only the last one that `{name}` holds")),
            )
        }
    };
    let mut story = vec![
        evidence(Role::Holder, span, holder_text(engine, acquisition)),
        evidence(Role::Hold, span, format!("takes one more {what}: {} stays", acquires.keeps)),
        evidence(Role::Repetition, repetition.span, repetition.reason.to_string()),
    ];
    story.push(evidence(Role::Release, release.0, release.1));
    Draft {
        rule,
        confidence,
        message,
        help: acquires.fix.clone(),
        span,
        kind: GrowthKind::Accumulates,
        unit: format!("per {}", repetition.unit),
        evidence: story,
        retaining_path: vec![what.clone(), "callback".into(), "what it captures".into()],
        related: Vec::new(),
    }
}

/// The last name that a store gives to a value, and the variable if it is one.
fn last_name(engine: &Engine<'_>, mut at: NodeId) -> Option<(Name, Option<BindingId>)> {
    let facts = engine.facts;
    loop {
        match facts.nodes.get(at.index())?.kind {
            NodeKind::Assign { target, .. } => {
                return match facts.kind(target) {
                    NodeKind::Ref { name, binding } => Some((name, binding.get())),
                    NodeKind::Member { name, .. } => Some((name, None)),
                    _ => None,
                };
            }
            NodeKind::Property { key, .. } => return Some((key, None)),
            NodeKind::Await(_) | NodeKind::Logical { .. } | NodeKind::Conditional { .. } => at = facts.node(at).parent,
            _ => return None,
        }
    }
}

/// The last constant that a call is given: the event.
fn event_text<'e>(engine: &'e Engine<'_>, node: NodeId) -> Option<&'e str> {
    let (NodeKind::Call { args, .. } | NodeKind::New { args, .. }) = engine.facts.kind(node) else { return None };
    engine.facts.list(args).iter().rev().find_map(|arg| engine.constant_text(*arg))
}

fn holder_text(engine: &Engine<'_>, acquisition: &Acquisition<'_>) -> String {
    if let Some(keeper) = engine.keeper(acquisition)
        && let Ok(why) = engine.outlives_code(keeper, acquisition.node)
    {
        return format!("`{}`: {why}", engine.text(keeper, 32));
    }
    format!("the process or page keeps the {} until it is ended", acquisition.acquires.what)
}

/// `clearInterval`, `close()`: what would end it, as code.
fn ends_text(ended_by: &[String]) -> String {
    let mut words: Vec<String> = Vec::new();
    for end in ended_by.iter().take(3) {
        words.push(match end.strip_prefix("_.") {
            Some(method) => format!("`{method}()`"),
            None if end == "_()" => "a call of it".to_string(),
            None => format!("`{}`", end.trim_end_matches("(_)").rsplit(':').next().unwrap_or(end)),
        });
    }
    words.join(", ")
}

impl Engine<'_> {
    /// Whether what a call takes differs each time though it is given nothing of the call: it stands
    /// in code whose own callbacks use what the call brings.
    fn grows_by_itself(&self, node: NodeId) -> bool {
        let facts = self.facts;
        let function = facts.function_of(node);
        function != FunctionId(0)
            && match facts.kind(facts.node(node).parent) {
                NodeKind::Assign { target, op: AssignOp::Init, .. } => match facts.kind(target) {
                    NodeKind::Ref { binding, .. } => binding.get().is_some_and(|binding| {
                        facts.references(binding).iter().any(|reference| {
                            match facts.kind(facts.node(*reference).parent) {
                                NodeKind::Member { .. } => {
                                    let outer = facts.node(facts.node(*reference).parent).parent;
                                    match facts.kind(outer) {
                                        NodeKind::Call { .. } => self.brings_data(outer),
                                        NodeKind::Assign { value, .. } => self.is_of_call(value),
                                        _ => false,
                                    }
                                }
                                NodeKind::Call { .. } | NodeKind::New { .. } => true,
                                _ => false,
                            }
                        })
                    }),
                    _ => false,
                },
                NodeKind::Assign { .. } | NodeKind::Member { .. } | NodeKind::Return(_) | NodeKind::Await(_) => true,
                _ => false,
            }
    }

    /// Whether a call is given a parameter of the function around it, or text made of one.
    pub(super) fn is_given_param(&self, node: NodeId) -> bool {
        let facts = self.facts;
        let (NodeKind::Call { args, .. } | NodeKind::New { args, .. }) = facts.kind(node) else { return false };
        facts.list(args).iter().any(|arg| {
            let mut found = false;
            facts.each_below(*arg, &mut |part| {
                if let NodeKind::Ref { binding, .. } = facts.kind(part)
                    && let Some(binding) = binding.get()
                {
                    found |= facts.binding(binding).kind == BindingKind::Param
                        && facts.binding_function(binding) == facts.function_of(node);
                }
            });
            found
        })
    }

    /// A call that ends something of the name that the handle is stored under, or of the same first
    /// argument. Too weak to be a release, and enough to doubt that there is none.
    pub(super) fn ended_by_name(&self, acquisition: &Acquisition<'_>) -> Option<NodeId> {
        let facts = self.facts;
        let (NodeKind::Call { args, .. } | NodeKind::New { args, .. }) = facts.kind(acquisition.node) else {
            return None;
        };
        let first = facts.arg(args, 0).map(|arg| self.text(arg, 80));
        let stored = last_name(self, facts.node(acquisition.node).parent);
        let ended_by = &acquisition.acquires.ended_by;
        let local = stored.and_then(|(_, binding)| binding);
        facts.operations.iter().copied().find(|node| {
            let NodeKind::Call { callee, args } = facts.kind(*node) else { return false };
            let (NodeKind::Ref { name, .. } | NodeKind::Member { name, .. }) = facts.kind(callee) else { return false };
            let name = facts.name(name);
            let by_call = ended_by.iter().any(|end| {
                end.strip_suffix("(_)").is_some_and(|function| function.rsplit(['.', ':']).next() == Some(name))
            });
            // `performance.clearMarks()` clears all of them.
            if by_call && args.len == 0 && acquisition.acquires.by_value {
                return !self.is_out_of_use(*node);
            }
            let subject = if by_call {
                facts.arg(args, 0)
            } else if let NodeKind::Member { object, .. } = facts.kind(callee)
                && ended_by.iter().any(|end| end.strip_prefix("_.") == Some(name))
            {
                Some(object)
            } else {
                None
            };
            let Some(subject) = subject else { return false };
            let same_argument = || {
                by_call
                    && first.is_some()
                    && first == Some(self.text(subject, 80))
                    && !matches!(facts.kind(subject), NodeKind::Function(_))
            };
            // Two variables of one name are two variables.
            let same_name = || match facts.kind(subject) {
                NodeKind::Ref { name, binding } => {
                    stored.is_some_and(|(known, _)| known == name) && !(local.is_some() && binding.is_some())
                }
                NodeKind::Member { name, .. } => stored.is_some_and(|(known, _)| known == name),
                _ => false,
            };
            (same_argument() || same_name()) && !self.is_out_of_use(*node)
        })
    }

    /// Whether code runs only while a place holds nothing: `if (this.timer) return`.
    pub(super) fn is_guarded_by(&self, node: NodeId, place: PlaceId) -> bool {
        self.facts.is_tested(node, &mut |part| self.place_of(part) == Some(place))
    }
}
