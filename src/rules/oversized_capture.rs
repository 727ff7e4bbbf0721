//! `oversized-capture`: a long-lived closure over a large object for one small part of it.
//!
//! A closure keeps variables, not what it reads of them; and a direct `eval` puts all variables of
//! the functions around it into the context (measured: `fixtures/proofs/oversized-capture`).

use super::{Draft, Rule, Sink, evidence};
use crate::engine::keep::Keeping;
use crate::engine::{Engine, PlaceKey, Shape, Strength};
use crate::facts::{AssignOp, BindingId, BindingKind, FunctionId, NodeId, NodeKind};
use crate::finding::{Confidence, GrowthKind, Level, Role};
use crate::source::Span;

pub(super) const RULE: Rule = Rule {
    name: "oversized-capture",
    category: "closure",
    level: Level::Error,
    summary: "a long-lived closure over a large object for one small part of it",
    page: include_str!("../../rules/oversized-capture.md"),
    check,
};

/// What a closure keeps besides what it needs.
struct Capture {
    /// The variable, or `this`.
    name: String,
    /// Where it is declared.
    span: Span,
    /// The function each call of which makes a new one; none for `this`.
    home: Option<FunctionId>,
    /// Whether the file shows that it is large.
    sure: bool,
    /// The small part that is read; none where `eval` keeps it.
    part: Option<NodeId>,
}

fn check(engine: &Engine<'_>, sink: &mut Sink) {
    let keepings = engine.keepings();
    if keepings.is_empty() {
        return;
    }
    let (kept, shapes) = engine.kept_whole();
    for keeping in keepings {
        for value in keeping.values.iter().flat_map(|value| engine.carried(*value)) {
            for (closure, at) in closures(engine, value, keeping.node) {
                if let Some(capture) = capture(engine, closure, &kept, &shapes) {
                    judge(engine, keeping, closure, at, &capture, sink);
                }
            }
        }
    }
}

/// The closures of a value, with what keeps each: a function, or what a new instance stores in its
/// own fields.
fn closures(engine: &Engine<'_>, value: NodeId, at: NodeId) -> Vec<(FunctionId, NodeId)> {
    let facts = engine.facts;
    match facts.kind(value) {
        NodeKind::Function(function) => vec![(function, at)],
        NodeKind::New { .. } => {
            let Some(Shape::Class(class)) = engine.made_shape(value) else { return Vec::new() };
            let Some(constructor) = facts.classes[class.index()].constructor.get() else { return Vec::new() };
            let stored = |node: &NodeId| match facts.kind(*node) {
                NodeKind::Assign { op: AssignOp::Set, target, value } if facts.function_of(*node) == constructor => {
                    match (facts.kind(target), facts.kind(value)) {
                        (NodeKind::Member { object, .. }, NodeKind::Function(function))
                            if facts.kind(object) == NodeKind::This =>
                        {
                            Some((function, *node))
                        }
                        _ => None,
                    }
                }
                _ => None,
            };
            facts.operations.iter().filter_map(stored).collect()
        }
        _ => Vec::new(),
    }
}

/// The first large thing that a closure keeps and does not use as a whole.
fn capture(engine: &Engine<'_>, closure: FunctionId, kept: &[BindingId], shapes: &[Shape]) -> Option<Capture> {
    let facts = engine.facts;
    let own = |binding: &BindingId| !kept.contains(binding) && facts.binding(*binding).kind != BindingKind::Class;
    let parts = facts.captured_by(closure).into_iter().filter(own);
    parts
        .filter_map(|binding| captured_part(engine, closure, binding))
        .next()
        .or_else(|| captured_this(engine, closure, shapes))
        .or_else(|| kept_by_eval(engine, closure, kept))
}

/// A large variable that all closures over it read small parts of.
fn captured_part(engine: &Engine<'_>, closure: FunctionId, binding: BindingId) -> Option<Capture> {
    let facts = engine.facts;
    let home = facts.binding_function(binding);
    let large = engine.large_variable(binding)?;
    let mut part = None;
    for reference in facts.references(binding).iter().copied() {
        let user = facts.function_of(reference);
        if user == home {
            continue;
        }
        // Where another closure uses the whole, together they use it.
        let read = small_part(engine, reference)?;
        if facts.function_within(user, closure) {
            part = part.or(Some(read));
        }
    }
    let record = facts.binding(binding);
    Some(Capture {
        name: facts.name(record.name).to_string(),
        span: record.span,
        home: Some(home),
        sure: large.sure,
        part: Some(part?),
    })
}

/// The instance that an arrow function names for a small field of it, where another field is large.
fn captured_this(engine: &Engine<'_>, closure: FunctionId, shapes: &[Shape]) -> Option<Capture> {
    let facts = engine.facts;
    if !engine.uses_this(closure) {
        return None;
    }
    let place = engine.place_of_this(closure)?;
    let PlaceKey::Instance(shape) = engine.place_key(place) else { return None };
    // What is one for the process, or kept itself, costs nothing more.
    if shapes.contains(&shape) || engine.singleton(shape).is_some() {
        return None;
    }
    let mut part = None;
    // Last first: the first one is told.
    for this in facts.nodes_within(closure).filter(|node| facts.kind(*node) == NodeKind::This) {
        part = Some(small_part(engine, this)?);
    }
    let part = part?;
    let (field, sure) = engine.large_field(shape)?;
    let NodeKind::Member { name, .. } = facts.kind(field) else { return None };
    let name = format!("this` with its `{}", facts.name(name));
    Some(Capture { name, span: facts.span(field), home: None, sure, part: Some(part) })
}

/// A large variable beside a direct `eval`, which may name any.
fn kept_by_eval(engine: &Engine<'_>, closure: FunctionId, kept: &[BindingId]) -> Option<Capture> {
    let facts = engine.facts;
    let evals: Vec<FunctionId> =
        (0..facts.functions.len()).map(FunctionId::at).filter(|function| facts.function(*function).has_eval).collect();
    if evals.is_empty() {
        return None;
    }
    let outside = facts.scope(facts.function(closure).scope).parent.get()?;
    (0..facts.bindings.len()).map(BindingId::at).find_map(|binding| {
        let record = facts.binding(binding);
        let home = facts.binding_function(binding);
        let around = home != FunctionId(0)
            && facts.scope_within(outside, record.scope)
            && evals.iter().any(|eval| facts.function_within(*eval, home));
        let named = facts.references(binding).iter().any(|reference| facts.function_of(*reference) != home);
        if !around || named || kept.contains(&binding) {
            return None;
        }
        let large = engine.large_variable(binding)?;
        Some(Capture {
            name: facts.name(record.name).to_string(),
            span: record.span,
            home: Some(home),
            sure: large.sure,
            part: None,
        })
    })
}

/// The small part that is read of a variable at a reference, if that is what happens there.
fn small_part(engine: &Engine<'_>, reference: NodeId) -> Option<NodeId> {
    let facts = engine.facts;
    let mut part = reference;
    while let NodeKind::Member { object, .. } = facts.kind(facts.node(part).parent)
        && object == part
    {
        part = facts.node(part).parent;
    }
    let NodeKind::Member { name, .. } = facts.kind(part) else { return None };
    let is_small = engine.models.has_word("small-parts", facts.name(name));
    match facts.kind(facts.node(part).parent) {
        // A method of it, an entry of it, a store to it: all of it may be used.
        NodeKind::Call { callee, .. } | NodeKind::New { callee, .. } if callee == part => None,
        NodeKind::Index { object, .. } if object == part => None,
        NodeKind::Assign { target, .. } if target == part => None,
        NodeKind::Update { .. } | NodeKind::Delete(_) | NodeKind::Spread(_) | NodeKind::Element { .. } => None,
        NodeKind::Template(_) | NodeKind::Unary { .. } => Some(part),
        _ => is_small.then_some(part),
    }
}

fn judge(engine: &Engine<'_>, keeping: &Keeping, closure: FunctionId, at: NodeId, capture: &Capture, sink: &mut Sink) {
    let span = engine.hold_span(at);
    let holder = engine.place_text(keeping.holder);
    let name = &capture.name;
    let what = match capture.part {
        Some(part) => format!("the closure reads `{}` and captures `{name}`", engine.text(part, 40)),
        None => format!("a direct `eval` puts `{name}` into the context of the closure"),
    };
    let answers = [(Role::Holder, format!("`{holder}` keeps a closure")), (Role::Hold, what.clone())];
    let mut silent = |reason: &str| sink.silent(RULE.name, span, &answers, reason);
    if let Some(line) = engine.let_go(keeping) {
        return silent(&format!("the closure goes again at line {line}"));
    }
    let maker = capture.home.map(|home| engine.repetition(home));
    if let Some(maker) = maker.filter(|maker| maker.strength <= Strength::Bounded) {
        return silent(&format!("there is one `{name}`: {}", maker.reason));
    }
    let grade = match engine.grade_of(keeping.node, true, engine.expects_many(keeping)) {
        Ok(grade) => grade,
        Err(reason) => return silent(&reason),
    };
    let confidence = if capture.sure { grade.confidence } else { grade.confidence.min(Confidence::Medium) };
    let repetition = grade.repetition;
    let (message, help) = match capture.part {
        Some(part) => {
            let part = engine.text(part, 40);
            (
                format!("the closure kept in `{holder}` needs `{part}`, and keeps all of `{name}` alive"),
                format!("take the part first, `const part = {part}`, and use that in the closure"),
            )
        }
        None => (
            format!("the closure kept in `{holder}` keeps `{name}` alive, because of the direct `eval` beside it"),
            "use `new Function` with parameters, or call `eval` in a function of its own at the top of the file".into(),
        ),
    };
    let lives = if keeping.is_timer {
        "the timer keeps its callback until it runs".to_string()
    } else {
        format!("`{holder}`: {}", engine.lifetime_text(&engine.lifetime(keeping.holder)))
    };
    if sink.drafts.iter().any(|draft| draft.rule == RULE.name && draft.span == span) {
        return;
    }
    sink.report(Draft {
        rule: RULE.name,
        confidence,
        message,
        help,
        span,
        kind: GrowthKind::Pins,
        unit: format!("per {}", repetition.unit),
        evidence: vec![
            evidence(Role::Holder, engine.hold_span(keeping.node), lives),
            evidence(Role::Hold, engine.function_span(closure), what),
            evidence(Role::Repetition, repetition.span, repetition.reason.to_string()),
            evidence(Role::Release, capture.span, format!("looked for another value in `{name}` after use: none")),
        ],
        retaining_path: vec![holder, "closure".into(), format!("context.{name}")],
        related: Vec::new(),
    });
}
