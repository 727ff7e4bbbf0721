//! `pending-promise`: reactions that pile up on a promise that stays pending.

use super::{Draft, Rule, Sink, each, evidence};
use crate::engine::call::in_order;
use crate::engine::promise::Settles;
use crate::engine::{Engine, Lifetime, PlaceId, PlaceKey, Repetition, Strength};
use crate::facts::{FunctionId, FunctionKind, LoopKind, NodeId, NodeKind, RegionId, RegionKind};
use crate::finding::{Confidence, GrowthKind, Level, Role};

pub(super) const RULE: Rule = Rule {
    name: "pending-promise",
    category: "closure",
    level: Level::Error,
    summary: "reactions piling up on a promise that stays pending, each with what it closes over",
    page: include_str!("../../rules/pending-promise.md"),
    check,
};

fn check(engine: &Engine<'_>, sink: &mut Sink) {
    if has_pending(engine) {
        for reaction in reactions(engine) {
            judge(engine, &reaction, sink);
        }
    }
    waits_for_itself(engine, sink);
}

/// Whether a file makes a promise that may stay pending: most do not.
fn has_pending(engine: &Engine<'_>) -> bool {
    let facts = engine.facts;
    let is_call = |node: &NodeId| matches!(facts.kind(*node), NodeKind::Call { .. });
    engine
        .calls_of(&["Promise"])
        .iter()
        .any(|node| matches!(facts.kind(*node), NodeKind::New { callee, .. } if engine.is_global(callee, "Promise")))
        || engine.calls_where(|name| engine.models.settles(name)).iter().any(is_call)
}

/// How something waits for a promise.
#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    /// It is in the list of `Promise.race` and its kin.
    Combined,
    /// `then` and its kin are given a function.
    Then,
    /// `await`.
    Await,
}

/// Something that waits for a promise.
struct Reaction {
    /// The call or `await`.
    node: NodeId,
    promise: NodeId,
    how: How,
}

fn reactions(engine: &Engine<'_>) -> Vec<Reaction> {
    let facts = engine.facts;
    let mut found = Vec::new();
    let combinators = engine.models.words("combinators");
    let calls = engine.calls_where(|name| {
        engine.models.has_word("reactions", name)
            || combinators.iter().any(|path| path.rsplit(['.', ':']).next() == Some(name))
    });
    for id in in_order(calls, &facts.waits) {
        match facts.kind(id) {
            NodeKind::Await(promise) => found.push(Reaction { node: id, promise, how: How::Await }),
            NodeKind::Call { callee, args } => {
                let NodeKind::Member { object, name } = facts.kind(callee) else { continue };
                if engine.models.has_word("reactions", facts.name(name)) {
                    found.push(Reaction { node: id, promise: object, how: How::Then });
                } else if let Some(NodeKind::Array(list)) = facts.arg(args, 0).map(|arg| facts.kind(arg))
                    && engine.path_of(callee).is_some_and(|path| engine.models.has_word("combinators", &path))
                {
                    let each = facts.list(list).iter();
                    found.extend(each.map(|promise| Reaction { node: id, promise: *promise, how: How::Combined }));
                }
            }
            _ => {}
        }
    }
    found.retain(|reaction| matches!(facts.kind(reaction.promise), NodeKind::Ref { .. } | NodeKind::Member { .. }));
    found
}

fn judge(engine: &Engine<'_>, reaction: &Reaction, sink: &mut Sink) {
    let Reaction { node, promise, how } = *reaction;
    let Some(place) = engine.place_of(promise) else { return };
    let settles = engine.settles(place);
    if settles == Settles::Soon {
        return;
    }
    let span = engine.hold_span(node);
    let name = engine.place_text(place);
    let answers = [(Role::Hold, format!("`{name}` keeps a reaction until it settles"))];
    // What is called at some time may be called at once, unless code goes on racing it.
    if matches!(settles, Settles::WhenCalled(_)) && (how != How::Combined || engine.waiting_loop(node).is_none()) {
        return sink.silent(RULE.name, span, &answers, "it may settle soon: that depends on who calls it");
    }
    let (repetition, confidence) = match grade(engine, reaction, place, &settles) {
        Ok(grade) => grade,
        Err(reason) => return sink.silent(RULE.name, span, &answers, &reason),
    };
    let kept = match how {
        How::Combined => "a reaction, and with it the result",
        How::Then => "a reaction, and what it closes over",
        How::Await => "the waiting function, and its variables",
    };
    let when = match &settles {
        Settles::Never => "nothing settles it".to_string(),
        Settles::AtTheEnd(when) | Settles::WhenCalled(when) => format!("it is pending until {when}"),
        Settles::Soon => return,
    };
    let each = each(&repetition);
    let help = match how {
        How::Combined => {
            "test a flag in the loop, or give the work an `AbortSignal`, instead of racing a promise that stays"
        }
        How::Then => {
            "put what is to be told into a `Set`, take it out when it is done, and add one reaction that goes over the set"
        }
        How::Await => "wait for something that ends with this call, or return and leave the rest to one listener",
    };
    let lifetime = engine.lifetime(place);
    sink.report(Draft {
        rule: RULE.name,
        confidence,
        message: format!("`{name}` keeps {kept}, {each}: {when}"),
        help: help.into(),
        span,
        kind: GrowthKind::Accumulates,
        unit: format!("per {}", repetition.unit),
        evidence: vec![
            evidence(Role::Holder, engine.place_span(place), engine.lifetime_text(&lifetime)),
            evidence(Role::Hold, span, format!("it keeps {kept}")),
            evidence(Role::Repetition, repetition.span, repetition.reason.to_string()),
            evidence(Role::Release, engine.place_span(place), format!("a promise lets go when it settles; {when}")),
        ],
        retaining_path: vec![name, "reactions".into(), "what they close over".into()],
        related: Vec::new(),
    });
}

/// How often something waits for one and the same promise, and how sure that is.
fn grade(
    engine: &Engine<'_>,
    reaction: &Reaction,
    place: PlaceId,
    settles: &Settles,
) -> Result<(Repetition, Confidence), String> {
    let Reaction { node, how, .. } = *reaction;
    let facts = engine.facts;
    let function = facts.function_of(node);
    let repetition = engine.repetition_of(node);
    if repetition.strength <= Strength::Bounded {
        return Err(format!("it does not run again and again: {}", repetition.reason));
    }
    let process = matches!(engine.lifetime(place), Lifetime::Process(_));
    let sure = *settles == Settles::Never || is_process_event(settles);
    if how == How::Combined && engine.waiting_loop(node).is_some_and(|looped| made_outside(engine, place, looped)) {
        // A promise of the call itself goes when the loop is left.
        return Ok((repetition, if sure && process { Confidence::High } else { Confidence::Medium }));
    }
    let own = matches!(facts.function(function).kind, FunctionKind::Constructor | FunctionKind::Fields);
    if !engine.outlives_calls(place, function) || !process && own {
        return Err("the promise is made anew each time".into());
    }
    if !process {
        // How often one owner's promise is waited for cannot be told from how often there are owners,
        // but where users call the method.
        let by_users = engine.called_by_users(function);
        let once = starts(engine, function)
            || engine
                .call_sites(function)
                .into_iter()
                .any(|site| facts.function(facts.function_of(site)).kind == FunctionKind::Constructor);
        return if how == How::Combined && by_users.strength == Strength::Weak && !once {
            Ok((by_users, Confidence::Medium))
        } else {
            Err("it may be once for each owner, which may go soon".into())
        };
    }
    // Whoever calls a function that does nothing but wait is likely to be the one main function.
    let brings = how != How::Await && engine.brings_data(node);
    let grade = engine.grade(node, brings)?;
    let once = repetition.strength == Strength::Weak
        && (starts(engine, function) || repetition.entry.is_some_and(|entry| starts(engine, entry)));
    let most = if once {
        Confidence::Low
    } else if sure {
        Confidence::High
    } else {
        Confidence::Medium
    };
    Ok((grade.repetition, grade.confidence.min(most)))
}

/// Whether a function's name says that it starts something that goes on: `run`, `connect`.
fn starts(engine: &Engine<'_>, function: FunctionId) -> bool {
    engine.models.has_word("connecting", engine.facts.name(engine.facts.function(function).name))
}

/// Whether what settles a promise is an event in view, rather than a call by its name.
fn is_process_event(settles: &Settles) -> bool {
    matches!(settles, Settles::AtTheEnd(when) if when.starts_with('\''))
}

/// Whether what a place holds was not made in a loop.
fn made_outside(engine: &Engine<'_>, place: PlaceId, looped: RegionId) -> bool {
    let facts = engine.facts;
    match engine.place_root(place) {
        PlaceKey::Binding(binding) => {
            facts.writes(binding).all(|write| !facts.region_within(facts.node(write).region, looped))
        }
        _ => true,
    }
}

/// Functions that wait for a call of themselves, round after round.
fn waits_for_itself(engine: &Engine<'_>, sink: &mut Sink) {
    for node in engine.facts.calls.iter().copied() {
        if let Some(round) = engine.waits_for_round(node) {
            report_round(engine, round, node, sink);
        }
    }
}

fn report_round(engine: &Engine<'_>, round: FunctionId, wait: NodeId, sink: &mut Sink) {
    let facts = engine.facts;
    let span = engine.hold_span(wait);
    let name = engine.function_name(round);
    let answers = [(Role::Hold, format!("each run of {name} waits for the next one"))];
    if engine.repetition(round).strength == Strength::Never {
        return sink.silent(RULE.name, span, &answers, "nothing in view runs it");
    }
    if is_behind_endless_loop(engine, wait) {
        return sink.silent(RULE.name, span, &answers, "the loop before it does not end");
    }
    // An error that is caught is a way out.
    let caught = facts.regions_around(wait).any(|region| facts.region(region).kind == RegionKind::Try);
    // `if (valid) return answer`: it ends sooner or later.
    let leaves = facts.nodes_within(round).any(|node| {
        matches!(facts.kind(node), NodeKind::Return(_))
            && facts.function_of(node) == round
            && facts.regions_around(node).any(|region| {
                matches!(facts.region(region).kind, RegionKind::Then | RegionKind::Else | RegionKind::Case)
            })
    });
    sink.report(Draft {
        rule: RULE.name,
        confidence: match (leaves, caught) {
            (true, _) => Confidence::Low,
            (false, true) => Confidence::Medium,
            (false, false) => Confidence::High,
        },
        message: format!("each round of `{name}` waits for the next one, so no round ends and all stay in memory"),
        help: "write the rounds as a loop in one function, or start the next one without `await` and `return`".into(),
        span,
        kind: GrowthKind::Chains,
        unit: "per round".into(),
        evidence: vec![
            evidence(
                Role::Holder,
                engine.function_span(round),
                "the promise of the first round is pending until the last one ends",
            ),
            evidence(Role::Hold, span, format!("each run of {name} waits for the next one")),
            evidence(Role::Repetition, span, format!("each round: {name} → {name}")),
            evidence(Role::Release, span, "looked for a condition that ends it: none"),
        ],
        retaining_path: vec!["first round".into(), "next round".into(), "…".into()],
        related: Vec::new(),
    });
}

/// Whether a loop before a node never ends: `while (!done)`, where nothing sets `done`, and nothing leaves it.
fn is_behind_endless_loop(engine: &Engine<'_>, node: NodeId) -> bool {
    let facts = engine.facts;
    let function = facts.function_of(node);
    let leaves = |node: NodeId| match facts.kind(node) {
        NodeKind::Return(_) | NodeKind::Throw(_) => facts.function_of(node) == function,
        NodeKind::Jump => engine.text(node, 8).starts_with("break"),
        _ => false,
    };
    let is_endless = |region: &RegionId| {
        let record = facts.region(*region);
        record.function == function
            && matches!(record.kind, RegionKind::Loop(LoopKind::Condition))
            && record.test.is_some()
            && record.test < node
            && facts.region_within(facts.node(node).region, record.parent)
            && !facts.region_within(facts.node(node).region, *region)
            && engine.is_always_true(record.test)
            && !facts
                .nodes_within(function)
                .any(|node| leaves(node) && facts.region_within(facts.node(node).region, *region))
    };
    (0..facts.regions.len()).map(RegionId::at).any(|region| is_endless(&region))
}
