//! `strong-object-key`: a Map or Set keyed by objects that die elsewhere.

use super::growth::{self, Claim, Found};
use super::{Draft, Rule, Sink, evidence};
use crate::engine::growth::{Bound, Collection, Container};
use crate::engine::usage::{GrowKind, Use};
use crate::engine::{Engine, Lifetime, Strength};
use crate::facts::{BindingId, NodeId, NodeKind, Type, TypeId};
use crate::finding::{Confidence, GrowthKind, Level, Role};

pub(super) const RULE: Rule = Rule {
    name: "strong-object-key",
    category: "growth",
    level: Level::Error,
    summary: "a Map or Set keyed by objects that die elsewhere, where a WeakMap or WeakSet serves",
    page: include_str!("../../rules/strong-object-key.md"),
    check,
};

fn check(engine: &Engine<'_>, sink: &mut Sink) {
    growth::check(engine, RULE.name, sink);
    held_targets(engine, sink);
}

/// A collection that is asked by object, never gone through, and never emptied.
pub(super) fn claim(engine: &Engine<'_>, found: &Found<'_>) -> Option<Claim> {
    let container = found.container;
    if !matches!(container.collection, Collection::Map | Collection::Set)
        || !matches!(found.bound, Bound::Nothing(_))
        || !matches!(container.lifetime, Lifetime::Process(_))
    {
        return None;
    }
    let grow = &container.growth.grow;
    let key = match grow.how {
        GrowKind::Set => grow.key?,
        GrowKind::Add => *grow.values.first()?,
        _ => return None,
    };
    let asked = container.uses.iter().any(|used| matches!(used.what, Use::Lookup(_)));
    if !asked || !is_object(engine, key) || is_gone_through(engine, container) {
        return None;
    }
    let name = engine.place_text(container.place);
    let key_text = engine.text(key, 24);
    let (weak, verb) = match container.collection {
        Collection::Map => ("WeakMap", "entry"),
        _ => ("WeakSet", "mark"),
    };
    let mut claim = Claim::of(RULE.name);
    claim.message = Some(format!("keeps every `{key_text}` alive by its {verb}; nothing removes one"));
    claim.help =
        Some(format!("make `{name}` a `{weak}`: it is only asked by object, and lets go when the object goes"));
    // What is asked for before it is made is made for each object that callers have.
    let sure = container.growth.repetition.strength == Strength::Strong
        || engine.kind_of(key).is_some()
        || container.growth.looks_up && container.collection == Collection::Map;
    // Constructors are as few as the classes of a program, and arrays that users of a package hand in are mostly its
    // tables.
    let few = growth::has_few_by_name(engine, container)
        || engine.is_repeated_out_of_sight(&container.growth.repetition) && is_array(engine, key);
    if few {
        claim.at_most = Confidence::Low;
    }
    claim.at_least = if sure { Confidence::Medium } else { Confidence::Low };
    Some(claim)
}

/// Whether a key is an object: `this`, something made, of a known kind, of a type of its own, or
/// asked for properties.
fn is_object(engine: &Engine<'_>, key: NodeId) -> bool {
    let facts = engine.facts;
    let origin = engine.origin(key);
    if matches!(
        facts.kind(origin),
        NodeKind::This | NodeKind::Object(_) | NodeKind::Array(_) | NodeKind::New { .. } | NodeKind::Function(_)
    ) {
        return true;
    }
    if engine.is_primitive(key) {
        return false;
    }
    if engine.kind_of(key).is_some() {
        return true;
    }
    let NodeKind::Ref { binding, .. } = facts.kind(key) else { return false };
    let Some(binding) = binding.get() else { return false };
    if let Some(known) = type_is_object(engine, facts.binding(binding).ty) {
        return known;
    }
    // Here, or in a function that it is handed to.
    has_members(engine, binding)
        || facts
            .references(binding)
            .iter()
            .any(|reference| engine.handed_to(*reference).is_some_and(|(param, _)| has_members(engine, param)))
}

fn is_array(engine: &Engine<'_>, key: NodeId) -> bool {
    let facts = engine.facts;
    match facts.kind(key) {
        NodeKind::Ref { binding, .. } => binding
            .get()
            .is_some_and(|binding| matches!(facts.types.get(facts.binding(binding).ty.index()), Some(Type::Array))),
        _ => false,
    }
}

/// Whether code asks a variable for members that text and numbers do not have.
fn has_members(engine: &Engine<'_>, binding: BindingId) -> bool {
    let facts = engine.facts;
    facts.references(binding).iter().any(|reference| {
        matches!(facts.kind(facts.node(*reference).parent), NodeKind::Member { object, name }
            if object == *reference && !engine.models.has_word("text-members", facts.name(name)))
    })
}

/// What an annotation says; `None` where there is none that tells.
fn type_is_object(engine: &Engine<'_>, ty: TypeId) -> Option<bool> {
    let facts = engine.facts;
    match facts.types.get(ty.index())? {
        Type::Named { name, .. } => match facts.aliases.get(name) {
            Some(alias) if *alias != ty => type_is_object(engine, *alias),
            _ => {
                let text = facts.name(*name);
                // A type parameter may be anything.
                (text.len() > 2).then_some(!matches!(text, "PropertyKey" | "String" | "Number"))
            }
        },
        Type::Array => Some(true),
        Type::Number | Type::String | Type::Finite => Some(false),
        _ => None,
    }
}

/// Whether something reads all entries, or how many there are: a weak collection cannot say.
fn is_gone_through(engine: &Engine<'_>, container: &Container) -> bool {
    let facts = engine.facts;
    engine.mentions(container.place).iter().any(|mention| {
        let parent = facts.node(*mention).parent;
        match facts.kind(parent) {
            NodeKind::Member { object, name } if object == *mention => {
                matches!(facts.name(name), "size" | "forEach" | "keys" | "values" | "entries" | "clear")
            }
            NodeKind::Element { .. } | NodeKind::Spread(_) => true,
            NodeKind::Call { args, .. } => facts.list(args).contains(mention),
            _ => false,
        }
    })
}

/// `registry.register(object, held)` where what is held reaches the object: it is never collected.
fn held_targets(engine: &Engine<'_>, sink: &mut Sink) {
    let facts = engine.facts;
    for node in engine.calls_of(&["register"]) {
        let NodeKind::Call { callee, args } = facts.kind(node) else { continue };
        let NodeKind::Member { object, .. } = facts.kind(callee) else { continue };
        if engine.kind_of(object).is_none_or(|kind| kind.name != "FinalizationRegistry") {
            continue;
        }
        let (Some(target), Some(held)) = (facts.arg(args, 0), facts.arg(args, 1)) else { continue };
        let span = engine.hold_span(node);
        let answers = [(Role::Hold, "keeps the held value until the object is collected".to_string())];
        let Some(how) = reaches(engine, held, target) else {
            sink.silent(RULE.name, span, &answers, "the held value does not reach the object");
            continue;
        };
        let repetition = engine.repetition_of(node);
        if repetition.strength <= Strength::Bounded {
            sink.silent(RULE.name, span, &answers, &repetition.reason);
            continue;
        }
        let text = engine.text(target, 24);
        let registry = engine.text(object, 24);
        sink.report(Draft {
            rule: RULE.name,
            confidence: engine.sureness(&repetition),
            message: format!("`{text}` is never collected: {how}, which `{registry}` keeps until it is"),
            help: format!("hold only what the cleanup needs: an id or a handle that does not lead back to `{text}`"),
            span,
            kind: GrowthKind::Accumulates,
            unit: format!("per {}", repetition.unit),
            evidence: vec![
                evidence(Role::Holder, facts.span(object), format!("`{registry}` keeps held values strongly")),
                evidence(Role::Hold, span, how.clone()),
                evidence(Role::Repetition, repetition.span, repetition.reason.to_string()),
                evidence(Role::Release, span, format!("the cleanup would run when `{text}` is collected: never")),
            ],
            retaining_path: vec![registry, "held value".into(), text],
            related: Vec::new(),
        });
    }
}

/// How a value keeps another alive, as a phrase.
fn reaches(engine: &Engine<'_>, held: NodeId, target: NodeId) -> Option<String> {
    let facts = engine.facts;
    let same = |node: NodeId| match (facts.kind(node), facts.kind(target)) {
        (NodeKind::This, NodeKind::This) => {
            facts.this_function(facts.function_of(node)) == facts.this_function(facts.function_of(target))
        }
        (NodeKind::Ref { binding: one, .. }, NodeKind::Ref { binding: other, .. }) => one == other && one.is_some(),
        _ => false,
    };
    if same(held) {
        return Some("the held value is the object itself".into());
    }
    match facts.kind(engine.origin(held)) {
        NodeKind::Object(parts) | NodeKind::Array(parts) => facts
            .list(parts)
            .iter()
            .any(|part| match facts.kind(*part) {
                NodeKind::Property { value, .. } | NodeKind::ComputedProperty { value, .. } => same(value),
                _ => same(*part),
            })
            .then(|| "the held value has the object in it".to_string()),
        NodeKind::Call { callee, args } => {
            let binds = matches!(facts.kind(callee), NodeKind::Member { name, .. } if facts.name(name) == "bind");
            (binds && facts.arg(args, 0).is_some_and(same))
                .then(|| "the held function is bound to the object".to_string())
        }
        NodeKind::Function(function) => {
            let captured = match facts.kind(target) {
                NodeKind::Ref { binding, .. } => binding.get().is_some_and(|binding| facts.captures(function, binding)),
                NodeKind::This => {
                    engine.uses_this(function)
                        && facts.this_function(function) == facts.this_function(facts.function_of(target))
                }
                _ => false,
            };
            captured.then(|| "the held function captures the object".to_string())
        }
        _ => None,
    }
}
