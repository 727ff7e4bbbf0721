//! `pinned-parent`: a slice, view or substring that keeps its large parent.
//!
//! V8 keeps the parent of a substring of 13 characters or more, and the memory behind every view
//! (measured: `fixtures/proofs/pinned-parent`).

use super::{Draft, Rule, Sink, evidence};
use crate::engine::keep::Keeping;
use crate::engine::large::Form;
use crate::engine::{Engine, Lifetime, PlaceKey, Shape, Strength};
use crate::facts::{AssignOp, BinaryOp, BindingId, FunctionId, List, NodeId, NodeKind, RegionKind};
use crate::finding::{Confidence, GrowthKind, Level, Role};

pub(super) const RULE: Rule = Rule {
    name: "pinned-parent",
    category: "closure",
    level: Level::Error,
    summary: "a slice, view or substring that keeps its large parent",
    page: include_str!("../../rules/pinned-parent.md"),
    check,
};

/// A part that shares memory with what it was cut from.
#[derive(Clone, Copy)]
struct Cut {
    /// What it was cut from.
    parent: NodeId,
    /// Where it was cut.
    at: NodeId,
    form: Form,
    /// Whether the file shows that the parent is large.
    sure: bool,
    /// Whether it is surely less than nearly all of it.
    narrow: bool,
}

/// V8 copies substrings shorter than this.
const SHORTEST: f64 = 13.0;
/// Values are followed this far.
const MAX_DEPTH: u32 = 8;

fn check(engine: &Engine<'_>, sink: &mut Sink) {
    let keepings = engine.keepings();
    if keepings.is_empty() {
        return;
    }
    let (kept, shapes) = engine.kept_whole();
    for keeping in keepings.iter().filter(|keeping| !keeping.is_timer) {
        let parts = keeping.values.iter().flat_map(|value| engine.carried(*value));
        let cuts: Vec<Cut> = parts.filter_map(|part| cut(engine, part, 0)).filter(|cut| cut.narrow).collect();
        // Several parts may be all there is of it.
        if let [cut] = cuts.as_slice() {
            judge(engine, keeping, cut, (&kept, &shapes), sink);
        }
    }
}

/// What a value was cut from, if it still shares its memory.
fn cut(engine: &Engine<'_>, node: NodeId, depth: u32) -> Option<Cut> {
    let facts = engine.facts;
    if depth > MAX_DEPTH {
        return None;
    }
    let follow = |node: NodeId| cut(engine, node, depth + 1);
    let text = |node: NodeId| follow(node).filter(|cut| cut.form == Form::Text);
    match facts.kind(node) {
        NodeKind::Ref { binding, .. } => {
            let binding = binding.get()?;
            if facts.binding_function(binding) == FunctionId(0) {
                return None;
            }
            let mut found = None;
            for write in facts.writes(binding).filter(|write| !engine.is_dead(*write)) {
                let NodeKind::Assign { op: AssignOp::Init | AssignOp::Set, value, .. } = facts.kind(write) else {
                    return None;
                };
                // A copy that takes its place on any way counts.
                found = Some(follow(value)?);
            }
            found
        }
        NodeKind::Template(parts) => facts.list(parts).iter().find_map(|part| text(*part)),
        NodeKind::Binary { op: BinaryOp::Add, left, right } => text(left).or_else(|| text(right)),
        NodeKind::Logical { left, right, .. } => follow(left).or_else(|| follow(right)),
        NodeKind::Conditional { yes, no, .. } => follow(yes).or_else(|| follow(no)),
        NodeKind::Member { object, name } => {
            let is_index = facts.name(name).bytes().all(|byte| byte.is_ascii_digit());
            let of_groups = matches!(facts.kind(object), NodeKind::Member { name, .. } if facts.name(name) == "groups");
            match facts.kind(object) {
                NodeKind::Member { object, .. } if of_groups => match_of(engine, object),
                _ if is_index => match_of(engine, object).or_else(|| line_of(engine, object)),
                _ => None,
            }
        }
        NodeKind::Index { object, key } => {
            engine.number(key)?;
            match_of(engine, object).or_else(|| line_of(engine, object))
        }
        NodeKind::Call { callee, args } => called(engine, node, callee, args, depth),
        // `new Uint8Array(bytes, 0, 256)`
        NodeKind::New { args, .. } => {
            engine.kind_of(node).filter(|kind| kind.name == "TypedArray")?;
            view(engine, node, args)
        }
        _ => None,
    }
}

/// What a call returns of a text or of memory.
fn called(engine: &Engine<'_>, call: NodeId, callee: NodeId, args: List, depth: u32) -> Option<Cut> {
    let facts = engine.facts;
    match engine.path_of(callee).as_deref() {
        Some("String") => return cut(engine, facts.arg(args, 0)?, depth + 1),
        Some("Buffer.from") => return view(engine, call, args),
        _ => {}
    }
    let NodeKind::Member { object, name } = facts.kind(callee) else { return None };
    let name = facts.name(name);
    match name {
        "slice" | "substring" | "substr" | "subarray" => {
            let before = cut(engine, object, depth + 1);
            let (form, sure) = match before {
                Some(cut) => (cut.form, cut.sure),
                None => engine.large(object).map(|whole| (whole.form, whole.sure))?,
            };
            let shares = match form {
                Form::Text => name != "subarray",
                Form::Buffer => matches!(name, "slice" | "subarray"),
                Form::Typed => name == "subarray",
                Form::Memory | Form::Data => false,
            };
            if !shares || form == Form::Text && is_short(engine, name, args) {
                return None;
            }
            let narrow = is_narrow(engine, name, args);
            Some(match before {
                Some(cut) => Cut { narrow: cut.narrow || narrow, ..cut },
                None => Cut { parent: object, at: call, form, sure, narrow },
            })
        }
        "trim" | "trimStart" | "trimEnd" | "replace" | "padEnd" | "padStart" | "normalize" => {
            cut(engine, object, depth + 1).filter(|cut| cut.form == Form::Text)
        }
        "exec" | "match" => match_of(engine, call),
        "shift" | "pop" | "at" => line_of(engine, object),
        _ => None,
    }
}

/// `/…/.exec(text)`, `text.match(/…/)`: the groups, and the whole in `input`.
fn match_of(engine: &Engine<'_>, node: NodeId) -> Option<Cut> {
    let facts = engine.facts;
    let origin = engine.origin(node);
    let NodeKind::Call { callee, args } = facts.kind(origin) else { return None };
    let NodeKind::Member { object, name } = facts.kind(callee) else { return None };
    let first = facts.arg(args, 0)?;
    let (pattern, parent) = match facts.name(name) {
        "exec" => (object, first),
        "match" => (first, object),
        _ => return None,
    };
    let pattern = engine.origin(pattern);
    if facts.kind(pattern) != NodeKind::Regex {
        return None;
    }
    whole_text(engine, parent, origin)
}

/// `text.split('\n')`: its elements.
fn line_of(engine: &Engine<'_>, node: NodeId) -> Option<Cut> {
    let facts = engine.facts;
    let origin = engine.origin(node);
    let NodeKind::Call { callee, .. } = facts.kind(origin) else { return None };
    match facts.kind(callee) {
        NodeKind::Member { object, name } if facts.name(name) == "split" => whole_text(engine, object, origin),
        _ => None,
    }
}

fn whole_text(engine: &Engine<'_>, parent: NodeId, at: NodeId) -> Option<Cut> {
    let whole = engine.large(parent).filter(|whole| whole.form == Form::Text)?;
    Some(Cut { parent, at, form: Form::Text, sure: whole.sure, narrow: true })
}

/// A typed array over a part of large memory: with an offset and a length.
fn view(engine: &Engine<'_>, at: NodeId, args: List) -> Option<Cut> {
    let facts = engine.facts;
    let (memory, narrow) = (facts.arg(args, 0)?, facts.arg(args, 2).is_some());
    let parent = match facts.kind(memory) {
        NodeKind::Member { object, name } if facts.name(name) == "buffer" => object,
        _ => memory,
    };
    let whole = engine.large(parent)?;
    let shares = whole.form == Form::Memory || parent != memory && matches!(whole.form, Form::Buffer | Form::Typed);
    (shares && narrow).then_some(Cut { parent, at, form: Form::Typed, sure: whole.sure, narrow })
}

/// Whether a substring is surely so short that V8 copies it.
fn is_short(engine: &Engine<'_>, name: &str, args: List) -> bool {
    let number = |at: usize| engine.facts.arg(args, at).and_then(|arg| engine.number(arg));
    match (number(0), number(1)) {
        (_, Some(length)) if name == "substr" => length < SHORTEST,
        (Some(start), Some(end)) => end - start < SHORTEST,
        _ => false,
    }
}

/// Whether a cut leaves more behind than the head or the ends: it has an end that is not counted
/// from the end, or it is the tail.
fn is_narrow(engine: &Engine<'_>, name: &str, args: List) -> bool {
    let facts = engine.facts;
    let negative = |node: NodeId| matches!(facts.kind(engine.origin(node)), NodeKind::Unary { .. });
    let counts_from_end = |node: NodeId| {
        let mut found = negative(node);
        facts.each_below(node, &mut |part| {
            found |= matches!(facts.kind(part), NodeKind::Member { name, .. } if matches!(facts.name(name), "length" | "byteLength"));
        });
        found
    };
    match (facts.arg(args, 0), facts.arg(args, 1)) {
        (Some(_), Some(end)) => !counts_from_end(end),
        (Some(start), None) => name != "substring" && negative(start),
        _ => false,
    }
}

fn judge(engine: &Engine<'_>, keeping: &Keeping, cut: &Cut, kept: (&[BindingId], &[Shape]), sink: &mut Sink) {
    let facts = engine.facts;
    let span = engine.hold_span(keeping.node);
    let holder = engine.place_text(keeping.holder);
    let parent = engine.text(cut.parent, 40);
    let what = format!("`{}` shares the memory of `{parent}`", engine.text(cut.at, 40));
    let answers = [(Role::Holder, format!("`{holder}` keeps a part of `{parent}`")), (Role::Hold, what.clone())];
    let mut silent = |reason: &str| sink.silent(RULE.name, span, &answers, reason);
    if is_kept_anyway(engine, cut.parent, kept) {
        return silent("the whole is kept anyway");
    }
    if is_one_of_many(engine, keeping.node, cut.parent) {
        return silent("a loop may keep all parts of it");
    }
    if let Some(line) = engine.let_go(keeping) {
        return silent(&format!("it goes again at line {line}"));
    }
    let made = engine.repetition(facts.function_of(cut.at));
    if made.strength <= Strength::Bounded {
        return silent(&format!("there is one: {}", made.reason));
    }
    let grade = match engine.grade_of(keeping.node, true, engine.expects_many(keeping)) {
        Ok(grade) => grade,
        Err(reason) => return silent(&reason),
    };
    let confidence = if cut.sure { grade.confidence } else { grade.confidence.min(Confidence::Medium) };
    let help = match cut.form {
        Form::Text => "keep a copy: `Buffer.from(part).toString()`, or decode the part from the bytes",
        Form::Buffer => "keep a copy: `Buffer.from(part)`, or `Uint8Array.prototype.slice.call(part)`",
        _ => "keep a copy: `part.slice()`",
    };
    let repetition = grade.repetition;
    sink.report(Draft {
        rule: RULE.name,
        confidence,
        message: format!("the part kept in `{holder}` keeps all of `{parent}` alive: it is cut from it, not copied"),
        help: help.into(),
        span,
        kind: GrowthKind::Pins,
        unit: format!("per {}", repetition.unit),
        evidence: vec![
            evidence(
                Role::Holder,
                engine.place_span(keeping.holder),
                format!("`{holder}`: {}", engine.lifetime_text(&engine.lifetime(keeping.holder))),
            ),
            evidence(Role::Hold, engine.hold_span(cut.at), what),
            evidence(Role::Repetition, repetition.span, repetition.reason.to_string()),
            evidence(Role::Release, span, "looked for a copy before it is kept: none"),
        ],
        retaining_path: vec![holder, "part".into(), parent],
        related: Vec::new(),
    });
}

/// Whether what a part is cut from lives as long itself.
fn is_kept_anyway(engine: &Engine<'_>, parent: NodeId, (kept, shapes): (&[BindingId], &[Shape])) -> bool {
    if let NodeKind::Ref { binding, .. } = engine.facts.kind(parent)
        && kept.contains(&binding)
    {
        return true;
    }
    let Some(place) = engine.place_of(parent) else { return false };
    match engine.place_root(place) {
        PlaceKey::Instance(shape) => shapes.contains(&shape) || engine.singleton(shape).is_some(),
        _ => matches!(engine.lifetime(place), Lifetime::Process(_)),
    }
}

/// Whether a part is kept in a loop that the whole is made outside of.
fn is_one_of_many(engine: &Engine<'_>, node: NodeId, parent: NodeId) -> bool {
    let facts = engine.facts;
    let NodeKind::Ref { binding, .. } = facts.kind(parent) else { return false };
    let Some(binding) = binding.get() else { return false };
    let made = facts.writes(binding).next().map(|write| facts.node(write).region);
    let looped = facts.regions_around(node).any(|region| {
        matches!(facts.region(region).kind, RegionKind::Loop(_))
            && made.is_none_or(|made| !facts.region_within(made, region))
    });
    let function = facts.function_of(node);
    let inline = engine.callback_of(function).is_some_and(|(_, runs)| runs.times == crate::models::Times::Now);
    looped || inline && facts.binding_function(binding) != function
}
