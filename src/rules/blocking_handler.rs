//! `blocking-handler`: long synchronous work in a request handler.

use super::{Draft, Rule, Sink, evidence};
use crate::engine::{Engine, PlaceId, Repetition, Strength};
use crate::facts::{AssignOp, BinaryOp, FunctionId, LoopKind, NodeId, NodeKind, RegionId, RegionKind};
use crate::finding::{Confidence, GrowthKind, Level, Role};

pub(super) const RULE: Rule = Rule {
    name: "blocking-handler",
    category: "setup",
    level: Level::Off,
    summary: "long synchronous work in a request handler, so that all other requests wait",
    page: include_str!("../../rules/blocking-handler.md"),
    check,
};

/// Callers are followed so far to the handler that serves a request.
const MAX_STEPS: u32 = 4;

fn check(engine: &Engine<'_>, sink: &mut Sink) {
    let facts = engine.facts;
    for node in engine.calls_known_where(|name| engine.models.blocks(name)) {
        let NodeKind::Call { callee, .. } = facts.kind(node) else { continue };
        let (NodeKind::Ref { name, .. } | NodeKind::Member { name, .. }) = facts.kind(callee) else { continue };
        let name = facts.name(name);
        // Under another name, an imported function is still of one file's making: ask it too.
        if !engine.models.blocks(name) && !matches!(facts.kind(callee), NodeKind::Ref { .. }) {
            continue;
        }
        if let Some(what) = engine.apis(node).iter().find_map(|api| api.blocks.clone()) {
            let call = engine.callee_text(node);
            judge(engine, node, &format!("`{call}` {what}"), sink);
        }
    }
    for (at, region) in facts.regions.iter().enumerate() {
        let id = RegionId::at(at);
        if region.kind == RegionKind::Loop(LoopKind::Condition) && is_busy_wait(engine, id, region.test) {
            judge(engine, region.test, "this loop only waits for the clock", sink);
        }
    }
}

/// Whether a loop does nothing but ask what time it is.
fn is_busy_wait(engine: &Engine<'_>, region: RegionId, test: NodeId) -> bool {
    let facts = engine.facts;
    let mut compares = false;
    let mut asks = false;
    facts.each_below(test, &mut |part| match facts.kind(part) {
        NodeKind::Binary { op: BinaryOp::Less | BinaryOp::Greater, .. } => compares = true,
        NodeKind::Call { callee, .. } => {
            asks |= engine.path_of(callee).is_some_and(|path| engine.models.has_word("clocks", &path));
        }
        _ => {}
    });
    compares
        && asks
        && !facts.nodes.iter().any(|node| {
            facts.region_within(node.region, region)
                && !matches!(node.kind, NodeKind::Num(_) | NodeKind::Str(_) | NodeKind::Undefined)
        })
}

fn judge(engine: &Engine<'_>, node: NodeId, what: &str, sink: &mut Sink) {
    let facts = engine.facts;
    let span = engine.hold_span(node);
    let answers = [(Role::Hold, what.to_string())];
    let function = facts.function_of(node);
    let Some(handler) = handler(engine, function, 0) else {
        return sink.silent(RULE.name, span, &answers, "nothing in view runs it for a request");
    };
    if engine.is_guarded_once(node) || is_kept(engine, node) {
        return sink.silent(RULE.name, span, &answers, "what it gives is kept: it does not run for each request");
    }
    let unit = handler.unit.to_string();
    sink.report(Draft {
        rule: RULE.name,
        confidence: Confidence::High,
        message: format!("{what}, each {unit}: until it is done, the process answers nobody"),
        help: "use the asynchronous form, do it once when the program starts, or give it to a worker thread".into(),
        span,
        kind: GrowthKind::Pins,
        unit: format!("per {unit}, while it lasts"),
        evidence: vec![
            evidence(Role::Holder, span, "JavaScript runs on one thread, which this call keeps"),
            evidence(Role::Hold, span, format!("{what}; all that is half done stays in memory meanwhile")),
            evidence(Role::Repetition, handler.span, handler.reason.to_string()),
            evidence(Role::Release, span, "looked for an `await` of it, and for a result that is kept: none"),
        ],
        retaining_path: vec!["event loop".into(), format!("each {unit}")],
        related: Vec::new(),
    });
}

/// The request or connection that code runs for: by itself, by what is around it, or by a caller.
fn handler(engine: &Engine<'_>, function: FunctionId, depth: u32) -> Option<Repetition> {
    if function == FunctionId(0) || depth > MAX_STEPS {
        return None;
    }
    let facts = engine.facts;
    let repetition = engine.repetition(function);
    if repetition.strength < Strength::Strong {
        return None;
    }
    // On the way out nobody is served any more.
    if repetition.event.as_deref().is_some_and(|event| engine.models.has_word("process-ending-events", event)) {
        return None;
    }
    // 'connect' is an event of clients.
    if engine.models.has_word("served-units", &repetition.unit) && repetition.event.as_deref() != Some("connect") {
        return Some(repetition);
    }
    handler(engine, facts.function(function).parent, depth + 1).or_else(|| {
        engine.call_sites(function).into_iter().find_map(|site| handler(engine, facts.function_of(site), depth + 1))
    })
}

/// Whether code runs under a question about something that outlives the call, and the same function
/// stores to that: the result is kept for the next time.
fn is_kept(engine: &Engine<'_>, node: NodeId) -> bool {
    let facts = engine.facts;
    let function = facts.function_of(node);
    let mut asked: Vec<PlaceId> = Vec::new();
    let mut note = |part: NodeId| {
        facts.each_below(part, &mut |part| {
            for part in [part, engine.origin(part)] {
                let subject = match facts.kind(part) {
                    NodeKind::Index { object, .. } => object,
                    NodeKind::Call { callee, .. } => match facts.kind(callee) {
                        NodeKind::Member { object, .. } => object,
                        _ => continue,
                    },
                    NodeKind::Ref { .. } | NodeKind::Member { .. } => part,
                    _ => continue,
                };
                asked.extend(engine.place_of(subject).filter(|place| engine.outlives_calls(*place, function)));
            }
        });
    };
    for region in facts.regions_around(node) {
        let region = facts.region(region);
        if matches!(region.kind, RegionKind::Then | RegionKind::Else) {
            note(region.test);
        }
    }
    // `cache[name] ?? (cache[name] = readFileSync(name))`
    let mut up = facts.node(node).parent;
    while up.is_some() {
        match facts.kind(up) {
            NodeKind::Logical { left, .. } => note(left),
            NodeKind::Conditional { test, .. } => note(test),
            NodeKind::Assign { target, op: AssignOp::Logical, .. } => note(target),
            _ => {}
        }
        up = facts.node(up).parent;
    }
    // A declaration names what is asked for.
    let is_set = |node: NodeId| {
        facts.is_written(node)
            && !matches!(facts.kind(facts.node(node).parent), NodeKind::Assign { op: AssignOp::Init, .. })
    };
    asked.into_iter().any(|place| {
        engine.mentions(place).iter().any(|mention| {
            let parent = facts.node(*mention).parent;
            facts.function_of(*mention) == function
                && (is_set(*mention)
                    || match facts.kind(parent) {
                        NodeKind::Index { object, .. } => object == *mention && is_set(parent),
                        NodeKind::Member { object, name } => {
                            object == *mention && matches!(facts.name(name), "set" | "add" | "push" | "put")
                        }
                        _ => false,
                    })
        })
    })
}
