//! `host-object-reassignment`: a property of a host object is read and then set to something that
//! keeps the old value, so that running the code again nests one wrapper deeper.

use super::{Draft, Rule, Sink, evidence};
use crate::blocks::Markup;
use crate::engine::call::in_order;
use crate::engine::{Engine, Repetition, Strength};
use crate::facts::{
    AssignOp, BinaryOp, BindingId, FunctionId, LogicalOp, ModuleKind, NodeId, NodeKind, RegionKind, UnaryOp,
};
use crate::finding::{Confidence, GrowthKind, Level, Role};

pub(super) const RULE: Rule = Rule {
    name: "host-object-reassignment",
    category: "global",
    level: Level::Error,
    summary: "a host object's function replaced by a wrapper that keeps the old one, again and again",
    page: include_str!("../../rules/host-object-reassignment.md"),
    check,
};

/// A property of a host object: what the models call the object, and the key.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Slot {
    object: String,
    key: Key,
}

/// Which property.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Key {
    Named(String),
    /// A variable that goes over several names.
    Variable(BindingId),
}

/// One reassignment.
struct Write {
    node: NodeId,
    slot: Slot,
    value: NodeId,
}

/// How the old value is kept.
struct Old {
    /// Where it is read.
    read: NodeId,
    /// The variable it is kept in, if it is.
    binding: Option<BindingId>,
}

fn check(engine: &Engine<'_>, sink: &mut Sink) {
    let facts = engine.facts;
    let mut writes = Vec::new();
    for node in in_order(engine.calls_of(&["defineProperty", "set"]), &facts.stores) {
        writes.extend(write(engine, node));
    }
    if writes.is_empty() {
        return;
    }
    let saved = saves(engine);
    for write in &writes {
        judge(engine, write, &writes, &saved, sink);
    }
}

/// The reassignment that a node is: an assignment, `Object.defineProperty`, `Reflect.set`.
fn write(engine: &Engine<'_>, node: NodeId) -> Option<Write> {
    let facts = engine.facts;
    match facts.kind(node) {
        NodeKind::Assign { op: AssignOp::Set, target, value } => {
            Some(Write { node, slot: slot(engine, target)?, value })
        }
        NodeKind::Call { callee, args } => {
            let NodeKind::Member { name, .. } = facts.kind(callee) else { return None };
            if !matches!(facts.name(name), "defineProperty" | "set") {
                return None;
            }
            let at = engine.apis(node).iter().find_map(|api| api.sets_property)?;
            let object = host_path(engine, facts.arg(args, 0)?)?;
            let key = Key::Named(engine.constant_text(facts.arg(args, 1)?)?.to_string());
            let given = facts.arg(args, at)?;
            let value = engine.property(given, "value").or_else(|| engine.property(given, "get")).unwrap_or(given);
            Some(Write { node, slot: Slot { object, key }, value })
        }
        _ => None,
    }
}

/// The host property that a member names.
fn slot(engine: &Engine<'_>, node: NodeId) -> Option<Slot> {
    let facts = engine.facts;
    match facts.kind(node) {
        NodeKind::Member { object, name } => {
            let object = host_path(engine, object)?;
            Some(Slot { object, key: Key::Named(facts.name(name).to_string()) })
        }
        NodeKind::Index { object, key } => {
            let object = host_path(engine, object).or_else(|| handed_host(engine, object))?;
            match facts.kind(key) {
                NodeKind::Ref { binding, .. } => match engine.constant_text(key) {
                    Some(text) => Some(Slot { object, key: Key::Named(text.to_string()) }),
                    None => Some(Slot { object, key: Key::Variable(binding.get()?) }),
                },
                _ => None,
            }
        }
        _ => None,
    }
}

/// What the models call an object, if it is one of the host.
fn host_path(engine: &Engine<'_>, node: NodeId) -> Option<String> {
    let facts = engine.facts;
    if !matches!(facts.kind(node), NodeKind::Ref { .. } | NodeKind::Member { .. } | NodeKind::Call { .. }) {
        return None;
    }
    let path = engine.path_of(node)?;
    engine.models.always(&path).is_some_and(|kind| kind.host).then(|| path.to_string())
}

/// The host object that callers in view give to a parameter: `wrap(console, "log", …)`.
fn handed_host(engine: &Engine<'_>, node: NodeId) -> Option<String> {
    let NodeKind::Ref { binding, .. } = engine.facts.kind(node) else { return None };
    let binding = binding.get()?;
    if engine.facts.binding(binding).kind != crate::facts::BindingKind::Param {
        return None;
    }
    engine.arguments_of(binding).iter().find_map(|(_, argument)| host_path(engine, *argument))
}

fn judge(engine: &Engine<'_>, write: &Write, all: &[Write], saved: &[Saved], sink: &mut Sink) {
    let facts = engine.facts;
    let span = engine.hold_span(write.node);
    let name = slot_text(engine, &write.slot);
    let answers = [(Role::Holder, format!("`{name}` is a property of a host object"))];
    let mut silent = |reason: &str| sink.silent(RULE.name, span, &answers, reason);
    let is_text = |name: &str| engine.models.has_word("text-properties", name);
    if !may_hold(engine, write.value, 0) || matches!(&write.slot.key, Key::Named(name) if is_text(name)) {
        return silent("it is set to a primitive, or to what was there");
    }
    let Some(old) = old_value(engine, write, saved) else {
        return silent("the old value is not read before, or not kept");
    };
    if let NodeKind::Logical { op: LogicalOp::Or | LogicalOp::Nullish, left, .. } = facts.kind(write.value)
        && slot(engine, left).as_ref() == Some(&write.slot)
    {
        return silent("the old value stays where it is there");
    }
    if is_guarded(engine, write, &old) {
        return silent("a flag, marker or identity test keeps it from wrapping twice");
    }
    // `process.context = process.context.outer`: the chain is taken back by one.
    let pops = all.iter().any(|other| {
        let NodeKind::Member { object, .. } = facts.kind(other.value) else { return false };
        other.slot == write.slot && !engine.is_dead(other.node) && slot(engine, object).as_ref() == Some(&write.slot)
    });
    if pops {
        return silent("the old value is put back");
    }
    if let Some(binding) = old.binding {
        if facts.nulled(binding).next().is_some() {
            return silent("the old value is let go after use");
        }
        let restores = all.iter().any(|other| {
            other.node != write.node
                && !engine.is_dead(other.node)
                && other.slot == write.slot
                && engine.place_of(other.value).is_some()
                && is_old(engine, other.value, binding)
        });
        if restores {
            return silent("the old value is put back");
        }
    }
    let chain = chain(engine, write, &old);
    let Some(keeps) = chain else {
        return silent("the new value does not keep the old one");
    };
    let repetition = engine.repetition_of(write.node);
    let at_load = repetition.strength <= Strength::Bounded && runs_at_load(engine, write.node);
    if at_load && crate::blocks::markup(&engine.source.path) == Some(Markup::Html) {
        return silent("a page runs its scripts once in the life of its globals");
    }
    let confidence = match repetition.strength {
        _ if engine.is_for_development(write.node) => Confidence::Low,
        Strength::Strong => engine.sureness(&repetition),
        // How often users of a library call it is out of sight; most do so once.
        Strength::Weak if engine.is_repeated_out_of_sight(&repetition) => Confidence::Low,
        Strength::Weak => Confidence::Medium,
        // A program is evaluated once, and so is a file that only its own package loads.
        Strength::Once | Strength::Bounded
            if at_load
                && (engine.source.text.starts_with("#!")
                    || engine.is_project && !(engine.is_library && engine.is_entry)) =>
        {
            Confidence::Low
        }
        Strength::Once | Strength::Bounded if at_load => Confidence::Medium,
        _ => Confidence::Low,
    };
    sink.report(draft(engine, write, &old, &repetition, confidence, &keeps));
}

/// Whether a write happens while the file loads, so that evaluating the file again repeats it.
fn runs_at_load(engine: &Engine<'_>, node: NodeId) -> bool {
    let strength = engine.repetition(engine.facts.function_of(node)).strength;
    matches!(strength, Strength::Once | Strength::Bounded) && !engine.is_guarded_once(node)
}

/// Whether a value can keep another alive.
fn may_hold(engine: &Engine<'_>, value: NodeId, depth: u32) -> bool {
    let facts = engine.facts;
    // `let module; module = module || find()`: a value may be made of itself.
    if depth > 8 {
        return false;
    }
    match facts.kind(engine.origin(value)) {
        NodeKind::Function(_)
        | NodeKind::Class(_)
        | NodeKind::Object(_)
        | NodeKind::Array(_)
        | NodeKind::New { .. }
        | NodeKind::Call { .. } => !engine.is_primitive(value),
        NodeKind::Logical { left, right, .. } => {
            may_hold(engine, left, depth + 1) || may_hold(engine, right, depth + 1)
        }
        NodeKind::Conditional { yes, no, .. } => may_hold(engine, yes, depth + 1) || may_hold(engine, no, depth + 1),
        _ => false,
    }
}

/// The read of the same property, as a value, before it is set: in the same code, or in the value.
fn old_value(engine: &Engine<'_>, write: &Write, saved: &[Saved]) -> Option<Old> {
    let facts = engine.facts;
    let function = facts.function_of(write.node);
    let mut inside = None;
    facts.each_below(write.value, &mut |part| {
        if slot(engine, part).as_ref() == Some(&write.slot) && !is_called(engine, part) {
            inside = Some(part);
        }
    });
    if let Some(read) = inside {
        return Some(Old { read, binding: called_with(engine, read) });
    }
    // Read once outside, rewritten per call: each wrapper wraps the original.
    let before = |saved: &&Saved| {
        saved.slot == write.slot && saved.store < write.node && facts.function_of(saved.store) == function
    };
    // One kept by a global without a declaration comes last.
    let first = saved.iter().filter(before).min_by_key(|saved| saved.binding.unwrap_or(BindingId::NONE))?;
    Some(Old { read: first.read, binding: first.binding })
}

/// A host property read into a variable, or into a global without a declaration: `old = console.error`.
struct Saved {
    store: NodeId,
    binding: Option<BindingId>,
    read: NodeId,
    slot: Slot,
}

/// Every host property that is read into a variable.
fn saves(engine: &Engine<'_>) -> Vec<Saved> {
    let facts = engine.facts;
    let saved = |store: &NodeId| {
        let NodeKind::Assign { target, value, .. } = facts.kind(*store) else { return None };
        let NodeKind::Ref { binding, .. } = facts.kind(target) else { return None };
        let (read, slot) = read_in(engine, value)?;
        Some(Saved { store: *store, binding: binding.get(), read, slot })
    };
    facts.stores.iter().filter_map(saved).collect()
}

/// The parameter that a value goes to in a function called at once:
/// `fs.close = (function (close) { return … })(fs.close)`.
fn called_with(engine: &Engine<'_>, read: NodeId) -> Option<BindingId> {
    let facts = engine.facts;
    let NodeKind::Call { callee, args } = facts.kind(facts.node(read).parent) else { return None };
    let NodeKind::Function(function) = facts.kind(callee) else { return None };
    let at = facts.list(args).iter().position(|arg| *arg == read)?;
    facts.function(function).params.get(at)?.binding.get()
}

/// The read of a host property that a stored value is: itself, bound, or with a default.
fn read_in(engine: &Engine<'_>, value: NodeId) -> Option<(NodeId, Slot)> {
    let facts = engine.facts;
    match facts.kind(value) {
        NodeKind::Member { .. } | NodeKind::Index { .. } => Some((value, slot(engine, value)?)),
        NodeKind::Logical { left, .. } => read_in(engine, left),
        NodeKind::Call { callee, .. } => match facts.kind(callee) {
            NodeKind::Member { object, name } if facts.name(name) == "bind" => read_in(engine, object),
            _ => None,
        },
        NodeKind::Assign { value, .. } => read_in(engine, value),
        _ => None,
    }
}

fn is_called(engine: &Engine<'_>, node: NodeId) -> bool {
    let parent = engine.facts.node(node).parent;
    matches!(engine.facts.kind(parent), NodeKind::Call { callee, .. } if callee == node)
}

/// How the new value keeps the old one, as a phrase; `None` where it does not.
fn chain(engine: &Engine<'_>, write: &Write, old: &Old) -> Option<String> {
    let facts = engine.facts;
    let function = facts.function_of(write.node);
    match old.binding {
        None => {
            if is_undeclared(engine, old) {
                return top_of_script(engine, function).then(|| {
                    "the script's globals keep the old one, and the new one keeps the script's globals".to_string()
                });
            }
            // `wrap(console.log)`, `console.log.bind(console)`: handed to what makes the new value.
            match facts.kind(engine.origin(write.value)) {
                NodeKind::Function(_) => None,
                _ if is_copied(engine, old.read) => None,
                _ => Some("the new value is made of the old one".to_string()),
            }
        }
        Some(binding) => {
            let name = facts.name(facts.binding(binding).name);
            let home = facts.binding_function(binding);
            let captured = facts.references(binding).iter().any(|reference| {
                let user = facts.function_of(*reference);
                user != home && value_contains(engine, write.value, user)
            });
            let passed = {
                let mut found = false;
                facts.each_below(write.value, &mut |part| {
                    // The variable itself is put back, or for the first time: it wraps nothing.
                    found |= part != write.value
                        && matches!(facts.kind(part), NodeKind::Ref { binding: used, .. } if used == binding)
                        && !is_called(engine, part)
                        && !is_copied(engine, part);
                });
                found
            };
            if captured {
                Some(format!("the new function captures `{name}`"))
            } else if passed {
                Some(format!("the new value is made of `{name}`"))
            } else if top_of_script(engine, function) && home == FunctionId(0) {
                Some(format!("`{name}` is a variable of the script, and the new function keeps the script's context"))
            } else {
                None
            }
        }
    }
}

/// Whether a value is only copied: spread, or handed to a function that returns a copy or a part.
fn is_copied(engine: &Engine<'_>, node: NodeId) -> bool {
    let facts = engine.facts;
    let parent = facts.node(node).parent;
    let name = |callee: NodeId| match facts.kind(callee) {
        NodeKind::Member { name, .. } | NodeKind::Ref { name, .. } => {
            engine.models.has_word("copying", facts.name(name))
        }
        _ => false,
    };
    match facts.kind(parent) {
        NodeKind::Spread(_) => true,
        NodeKind::Call { callee, .. } => name(callee) || is_copied(engine, parent),
        NodeKind::Member { object, name } if object == node => {
            engine.models.has_word("copying", facts.name(name)) || facts.name(name) != "bind"
        }
        NodeKind::Conditional { .. } | NodeKind::Logical { .. } => is_copied(engine, parent),
        _ => false,
    }
}

fn is_undeclared(engine: &Engine<'_>, old: &Old) -> bool {
    let facts = engine.facts;
    let store = facts.node(old.read).parent;
    matches!(facts.kind(store), NodeKind::Assign { target, value, .. } if value == old.read && matches!(facts.kind(target), NodeKind::Ref { binding, .. } if !binding.is_some()))
}

/// The top level of a script keeps its variables in the context of every function made there
/// (measured: 145 kB for each run in a new context; run again in one context, nothing: the next
/// run overwrites the variable).
fn top_of_script(engine: &Engine<'_>, function: FunctionId) -> bool {
    function == FunctionId(0) && engine.facts.module == ModuleKind::Script && !engine.shares_globals
}

/// Whether a function is made in the expression of a value, however deep.
fn value_contains(engine: &Engine<'_>, value: NodeId, function: FunctionId) -> bool {
    let facts = engine.facts;
    let origin = engine.origin(value);
    [value, origin].iter().any(|value| {
        let span = facts.span(*value);
        span.contains(facts.function(function).span)
    })
}

fn is_old(engine: &Engine<'_>, value: NodeId, binding: BindingId) -> bool {
    matches!(engine.facts.kind(value), NodeKind::Ref { binding: found, .. } if found == binding)
}

/// Whether a test around the write tells a wrapped value from an original one.
fn is_guarded(engine: &Engine<'_>, write: &Write, old: &Old) -> bool {
    let facts = engine.facts;
    if engine.is_guarded_once(write.node) {
        return true;
    }
    facts.regions_around(write.node).any(|id| {
        let region = facts.region(id);
        if !matches!(region.kind, RegionKind::Then | RegionKind::Else) {
            return false;
        }
        let mut guards = false;
        facts.each_below(region.test, &mut |part| {
            guards |= is_marker(engine, part, write, old) || engine.is_filled_entry(part)
        });
        guards
    })
}

/// Whether a part of a test looks at a mark on the function or its host, or compares identities.
fn is_marker(engine: &Engine<'_>, part: NodeId, write: &Write, old: &Old) -> bool {
    let facts = engine.facts;
    let is_value = |node: NodeId| {
        slot(engine, node).as_ref() == Some(&write.slot)
            || old.binding.is_some_and(|binding| is_old(engine, node, binding))
    };
    match facts.kind(part) {
        // `console.log.__patched`, `old[WRAPPED]`
        NodeKind::Member { object, .. } | NodeKind::Index { object, .. } if is_value(object) => true,
        // `fs.__patched`, `console[PATCHED]`
        NodeKind::Member { object, .. } | NodeKind::Index { object, .. } => {
            host_path(engine, object).as_deref() == Some(write.slot.object.as_str())
                && slot(engine, part).as_ref() != Some(&write.slot)
        }
        NodeKind::Binary { op: BinaryOp::Equal | BinaryOp::NotEqual, left, right } => {
            let plain = |node: NodeId| {
                matches!(
                    facts.kind(node),
                    NodeKind::Null
                        | NodeKind::Undefined
                        | NodeKind::Str(_)
                        | NodeKind::Unary { op: UnaryOp::Typeof, .. }
                )
            };
            (is_value(left) && !plain(right)) || (is_value(right) && !plain(left))
        }
        NodeKind::Binary { op: BinaryOp::In, right, .. } => {
            is_value(right) || host_path(engine, right).as_deref() == Some(write.slot.object.as_str())
        }
        NodeKind::Call { args, .. } => facts
            .list(args)
            .iter()
            .any(|arg| is_value(*arg) || host_path(engine, *arg).as_deref() == Some(write.slot.object.as_str())),
        _ => false,
    }
}

fn slot_text(engine: &Engine<'_>, slot: &Slot) -> String {
    let object = slot.object.split(':').next().unwrap_or_default();
    let rest = slot.object.split_once(':').map_or("", |(_, export)| export);
    let object = match rest {
        "" | "*" | "default" => object.to_string(),
        export => format!("{object}.{export}"),
    };
    match &slot.key {
        Key::Named(name) => format!("{object}.{name}"),
        Key::Variable(binding) => format!("{object}[{}]", engine.facts.name(engine.facts.binding(*binding).name)),
    }
}

fn draft(
    engine: &Engine<'_>,
    write: &Write,
    old: &Old,
    repetition: &Repetition,
    confidence: Confidence,
    keeps: &str,
) -> Draft {
    let facts = engine.facts;
    let span = engine.hold_span(write.node);
    let name = slot_text(engine, &write.slot);
    let variable = old.binding.map(|binding| facts.name(facts.binding(binding).name).to_string());
    let again = repetition.strength >= Strength::Weak;
    let (unit, reason, each) = if again {
        (
            format!("per {}", repetition.unit),
            repetition.reason.to_string(),
            if repetition.strength == Strength::Strong {
                format!("each {}", repetition.unit)
            } else {
                "each call".into()
            },
        )
    } else {
        (
            "per evaluation of this code".to_string(),
            "each time this code is evaluated again: by `vm`, a test runner, hot reload, a second copy of the module"
                .to_string(),
            "each evaluation".to_string(),
        )
    };
    let span_again = if again { repetition.span } else { span };
    Draft {
        rule: RULE.name,
        confidence,
        message: format!(
            "{each} wraps `{name}` once more: the new value keeps the old one, which keeps the one before"
        ),
        help: format!(
            "mark the wrapper and test for the mark before wrapping, keep the original once outside, or restore it: `{name} = {}`",
            variable.clone().unwrap_or_else(|| "original".into())
        ),
        span,
        kind: GrowthKind::Chains,
        unit,
        evidence: vec![
            evidence(Role::Holder, span, format!("`{name}` belongs to the host and lives as long as the process")),
            evidence(
                Role::Hold,
                engine.first_line(facts.span(old.read)),
                format!("the old value is read here; {keeps}"),
            ),
            evidence(Role::Repetition, span_again, reason),
            evidence(
                Role::Release,
                span,
                format!("looked for a flag or mark, a restore of `{name}` and a reset of the old value: none"),
            ),
        ],
        retaining_path: {
            let variable = variable.unwrap_or_else(|| "old value".into());
            vec![name, format!("context.{variable}"), format!("context.{variable}"), "…".into()]
        },
        related: Vec::new(),
    }
}
