//! `unbounded-cache`: a collection that lives long only grows in code that repeats.

use super::{Draft, Rule, Sink, evidence};
use crate::engine::growth::{Bound, Collection, Container};
use crate::engine::key::Domain;
use crate::engine::usage::{Escape, GrowKind, Shrink, Use};
use crate::engine::{Engine, Lifetime, PlaceKey, Repetition, Strength, shorten};
use crate::facts::{AssignOp, BindingId, FunctionId, ModuleKind, NodeId, NodeKind};
use crate::finding::{Confidence, GrowthKind, Level, Related, Role};

pub(super) const RULE: Rule = Rule {
    name: "unbounded-cache",
    category: "growth",
    level: Level::Error,
    summary: "a collection that lives long only grows",
    page: include_str!("../../rules/unbounded-cache.md"),
    check,
};

fn check(engine: &Engine<'_>, sink: &mut Sink) {
    let containers = engine.containers();
    for container in &containers {
        judge(engine, container, sink);
    }
    dropped_keys(engine, sink);
    kept_by_apis(engine, sink);
    busted_imports(engine, sink);
}

/// The verdict on one collection: how sure, or why not at all.
fn judge(engine: &Engine<'_>, container: &Container, sink: &mut Sink) {
    let growth = &container.growth;
    let span = engine.hold_span(growth.site);
    let name = engine.place_text(container.place);
    let answers = vec![
        (Role::Holder, format!("`{name}`: {}", engine.lifetime_text(&container.lifetime))),
        (Role::Hold, what_is_added(engine, container)),
        (Role::Repetition, growth.repetition.reason.to_string()),
    ];
    let mut silent = |reason: &str| sink.silent(RULE.name, span, &answers, reason);
    if growth.repetition.strength <= Strength::Bounded {
        return silent(&format!("it is not added to again and again: {}", growth.repetition.reason));
    }
    let bound = engine.bound(container);
    let (near, escape) = match bound {
        Bound::Released(node) => return silent(&format!("entries are removed at line {}", engine.line(node))),
        Bound::SizeTested(node) => {
            return silent(&format!("it grows only while small: the size is tested at line {}", engine.line(node)));
        }
        Bound::FewKeys => return silent("its keys are few, whatever the program does"),
        Bound::OutOfSight(escape, node) => (Vec::new(), Some((escape, node))),
        Bound::Nothing(near) => (near, None),
    };
    let confidence = match confidence(engine, container, escape.map(|(escape, _)| escape)) {
        Ok(confidence) => confidence,
        Err(reason) => return silent(reason),
    };
    let confidence = if near.is_empty() { confidence } else { confidence.min(Confidence::Medium) };
    sink.report(draft(engine, container, confidence, &near, escape));
}

/// How sure it is that a collection without a bound grows in the program's normal use.
fn confidence(engine: &Engine<'_>, container: &Container, escape: Option<Escape>) -> Result<Confidence, &'static str> {
    let facts = engine.facts;
    let growth = &container.growth;
    let strong = growth.repetition.strength == Strength::Strong;
    if engine.is_collected(container) {
        return Err("it is collected until the stream ends");
    }
    if engine.is_for_development(growth.site)
        || gives_notice_once(engine, container)
        || is_table_of_options(engine, container)
    {
        return Ok(Confidence::Low);
    }
    let counts =
        growth.grow.how == GrowKind::Set && growth.grow.values.last().is_some_and(|value| is_count(engine, *value));
    if (growth.grow.how == GrowKind::Count || counts) && !strong {
        return Ok(Confidence::Low);
    }
    let grade = match &container.lifetime {
        Lifetime::Process(_) if strong => {
            // Few keys may come again and again; an element more is an element more.
            let keyed = matches!(growth.grow.how, GrowKind::Set | GrowKind::Add | GrowKind::Key | GrowKind::Count)
                || growth.looks_up && growth.grow.how == GrowKind::Append;
            let key = growth.grow.key.or(growth.grow.values.first().copied());
            if !keyed || key.is_some_and(|key| engine.varies(key)) {
                Confidence::High
            } else {
                by_custom(engine, container).max(Confidence::Medium)
            }
        }
        Lifetime::Process(_) => by_custom(engine, container),
        Lifetime::Closure(maker) => match engine.repetition(*maker).strength {
            // Made per request or event, it goes with the request or event.
            Strength::Strong => return Err("it is made anew each time, and goes with what made it"),
            _ if !engine.outlives_maker(facts.function_of(growth.node), *maker) => {
                return Err("it grows only while the call that makes it lasts");
            }
            _ if growth.looks_up && growth.domain == Domain::Open && !strong => by_custom(engine, container),
            _ if strong && growth.repetition.unit == "tick" => Confidence::Medium,
            _ => Confidence::Low,
        },
        Lifetime::Instance(_) => {
            if growth.looks_up || strong {
                Confidence::Low
            } else {
                return Err("it lives no longer than its instance");
            }
        }
        Lifetime::Call | Lifetime::Unknown => return Err("how long it lives cannot be told"),
    };
    Ok(match escape {
        Some(Escape::Exported | Escape::Passed | Escape::Stored) => Confidence::Low,
        Some(Escape::Returned) => grade.min(Confidence::Medium),
        None => grade,
    })
}

/// Only an outside caller repeats the growth. It is a leak where the code reads as run-time work:
/// an entry is looked up before it is made, or made of what the call brings.
fn by_custom(engine: &Engine<'_>, container: &Container) -> Confidence {
    let facts = engine.facts;
    let growth = &container.growth;
    let mut parts: Vec<NodeId> = growth.grow.values.clone();
    parts.extend(growth.grow.key);
    let per_call = parts.iter().any(|part| engine.is_per_call(*part));
    if !per_call {
        return Confidence::Low;
    }
    // What the caller hands in whole is registered; what is made here of it is kept.
    let made_here = growth.grow.values.last().is_some_and(|value| is_made_here(engine, *value));
    if growth.looks_up && made_here {
        return Confidence::Medium;
    }
    let entry = growth.repetition.entry.unwrap_or_else(|| facts.function_of(growth.site));
    let names = |key: NodeId| match facts.kind(key) {
        NodeKind::Ref { name, .. } | NodeKind::Member { name, .. } => {
            engine.models.has_word("few-keys", facts.name(name))
        }
        _ => false,
    };
    if growth.grow.key.is_some_and(names) {
        return Confidence::Low;
    }
    let around = [entry, facts.function_of(growth.site), facts.function_of(growth.node)];
    if around.iter().any(|function| engine.is_set_up(*function)) {
        return Confidence::Low;
    }
    // A record made of what the caller hands in, where it is not there yet.
    let record = growth.grow.values.last().is_some_and(|value| engine.is_new_value(engine.origin(*value)));
    if made_here || (growth.looks_up && (record || growth.grow.how == GrowKind::Add)) {
        Confidence::Medium
    } else {
        Confidence::Low
    }
}

/// `(counts.get(k) ?? 0) + 1`
fn is_count(engine: &Engine<'_>, value: NodeId) -> bool {
    match engine.facts.kind(value) {
        NodeKind::Binary { left, right, .. } => {
            [left, right].iter().any(|side| matches!(engine.facts.kind(*side), NodeKind::Num(_)))
        }
        _ => false,
    }
}

/// Whether a collection remembers which warnings were given: one entry for each message that the
/// code has.
fn gives_notice_once(engine: &Engine<'_>, container: &Container) -> bool {
    let function = engine.facts.function(engine.facts.function_of(container.growth.node));
    let names = [engine.place_text(container.place).to_lowercase(), engine.facts.name(function.name).to_lowercase()];
    engine.models.words("once-only").iter().any(|word| names.iter().any(|name| name.contains(word.as_str())))
}

/// Whether a dictionary starts with entries of its own: options and tables that are added to.
fn is_table_of_options(engine: &Engine<'_>, container: &Container) -> bool {
    container.collection == Collection::Object
        && !container.growth.looks_up
        && engine
            .stored_values(container.place)
            .any(|value| matches!(engine.facts.kind(value), NodeKind::Object(parts) if parts.len > 0))
}

/// Whether a value is made by the growing code out of the call's data, rather than handed in.
fn is_made_here(engine: &Engine<'_>, value: NodeId) -> bool {
    let facts = engine.facts;
    let origin = engine.origin(value);
    match facts.kind(origin) {
        NodeKind::This => true,
        // `let value = cache.get(key); if (!value) { value = make(key); … }`
        NodeKind::Ref { binding, .. } => binding.get().is_some_and(|binding| {
            facts.writes(binding).any(|write| match facts.kind(write) {
                NodeKind::Assign { value, .. } => {
                    value != origin && !matches!(facts.kind(value), NodeKind::Ref { .. }) && is_made_here(engine, value)
                }
                _ => false,
            })
        }),
        NodeKind::New { args, .. } => args.len > 0 || facts.function_of(origin) != FunctionId(0),
        NodeKind::Call { callee, args } => {
            let receiver = match facts.kind(callee) {
                NodeKind::Member { object, .. } => engine.is_per_call(object),
                _ => false,
            };
            receiver || facts.list(args).iter().any(|arg| engine.is_per_call(*arg))
        }
        NodeKind::Await(_) => true,
        NodeKind::Binary { .. } | NodeKind::Template(_) => !engine.is_primitive(origin),
        _ => false,
    }
}

fn what_is_added(engine: &Engine<'_>, container: &Container) -> String {
    let growth = &container.growth;
    match (container.collection, growth.grow.how) {
        (Collection::Text, _) => "text is added here".to_string(),
        (Collection::List, _) => "a new node in front of the old ones".to_string(),
        (_, GrowKind::Append | GrowKind::Rebuild) => "one more element is added here".to_string(),
        _ => match key_text(engine, container) {
            Some(key) => format!("an entry for each distinct `{key}` is added here"),
            None => "an entry is added here".to_string(),
        },
    }
}

fn key_text(engine: &Engine<'_>, container: &Container) -> Option<String> {
    let grow = &container.growth.grow;
    let key = match grow.how {
        GrowKind::Append => container.growth.looks_up.then(|| grow.values.first().copied()).flatten()?,
        GrowKind::Add => *grow.values.first()?,
        _ => grow.key?,
    };
    Some(engine.text(key, 32))
}

fn draft(
    engine: &Engine<'_>,
    container: &Container,
    confidence: Confidence,
    near: &[(NodeId, String)],
    escape: Option<(Escape, NodeId)>,
) -> Draft {
    let growth = &container.growth;
    let name = engine.place_text(container.place);
    let span = engine.hold_span(growth.site);
    let holder = engine.place_span(container.place);
    let keyed = !matches!(growth.grow.how, GrowKind::Append | GrowKind::Rebuild | GrowKind::Text | GrowKind::Link);
    let unit = match key_text(engine, container) {
        Some(key) if keyed => format!("per distinct {key}"),
        _ => format!("per {}", growth.repetition.unit),
    };
    let never = match near.first() {
        Some((_, reason)) => reason.clone(),
        None => "nothing removes one".to_string(),
    };
    let each = each(&growth.repetition);
    let message = match (container.collection, growth.grow.how, key_text(engine, container)) {
        (Collection::Text, ..) => format!("`{name}` gets longer {each}, and nothing shortens it"),
        (Collection::List, ..) => format!("`{name}` keeps every node it ever had: one more {each}"),
        (_, GrowKind::Append | GrowKind::Rebuild, _) => format!("`{name}` gets one more element {each}; {never}"),
        (_, _, Some(key)) => format!("`{name}` keeps an entry for every distinct `{key}`; {never}"),
        _ => format!("`{name}` gets one more entry {each}; {never}"),
    };
    let mut story = vec![
        evidence(Role::Holder, holder, format!("`{name}`: {}", engine.lifetime_text(&container.lifetime))),
        evidence(Role::Hold, span, what_is_added(engine, container)),
        evidence(Role::Repetition, growth.repetition.span, growth.repetition.reason.clone()),
    ];
    for (node, reason) in near.iter().take(2) {
        story.push(evidence(Role::Release, engine.hold_span(*node), reason.clone()));
    }
    if near.is_empty() {
        let looked = looked_for(container.collection, &name);
        let text = match escape {
            Some((how, _)) => format!("{looked}; {}", escape_text(how)),
            None => looked,
        };
        story.push(evidence(Role::Release, holder, text));
    }
    Draft {
        rule: RULE.name,
        confidence,
        message,
        help: help(engine, container, &name),
        span,
        kind: GrowthKind::Accumulates,
        unit,
        evidence: story,
        retaining_path: retaining_path(engine, container),
        related: container
            .others
            .iter()
            .map(|node| Related { message: "also added to here".into(), span: engine.hold_span(*node) })
            .collect(),
    }
}

/// "each request", "each call of the exported function load".
fn each(repetition: &Repetition) -> String {
    match repetition.strength {
        Strength::Strong => format!("each {}", repetition.unit),
        _ => repetition.reason.to_string(),
    }
}

fn escape_text(escape: Escape) -> &'static str {
    match escape {
        Escape::Exported => "it is exported, so other modules may",
        Escape::Returned => "it is returned, so a caller may",
        Escape::Passed => "it is handed to code out of sight, which may",
        Escape::Stored => "it is stored elsewhere too, where code out of sight may",
    }
}

fn looked_for(collection: Collection, name: &str) -> String {
    match collection {
        Collection::Map | Collection::Set => format!("looked for `{name}.delete`, `clear` and a bound on `size`: none"),
        Collection::Array => {
            format!("looked for `{name}.shift`, `pop`, `splice`, a reset and a bound on `length`: none")
        }
        Collection::Object => format!("looked for `delete {name}[…]`, a reset and a bound on its keys: none"),
        Collection::Text => format!("looked for a reset or a cut of `{name}`: none"),
        Collection::List => format!("looked for `{name} = {name}.next` or a reset: none"),
    }
}

/// The single edit that ends it, in the user's own names.
fn help(engine: &Engine<'_>, container: &Container, name: &str) -> String {
    let key_is_object = container.growth.grow.key.is_some_and(|key| {
        engine.kind_of(key).is_some_and(|kind| !kind.collection) || engine.is_new_value(engine.origin(key))
    });
    match container.collection {
        Collection::Map if key_is_object => {
            format!(
                "make `{name}` a `WeakMap`, so that an entry goes when its key does, or call `{name}.delete(…)` when the key is done with"
            )
        }
        Collection::Set if key_is_object => {
            format!("make `{name}` a `WeakSet`, or call `{name}.delete(…)` when the value is done with")
        }
        Collection::Map => format!(
            "bound it: `if ({name}.size >= MAX) {name}.delete({name}.keys().next().value)` before adding, or use an `LRUCache` with `max`"
        ),
        Collection::Set => format!("call `{name}.delete(…)` when a value is done with, or bound `{name}.size`"),
        Collection::Object => {
            format!(
                "make `{name}` a Map with a bound on its size, or an `LRUCache` with `max`; or `delete {name}[…]` when an entry is done with"
            )
        }
        Collection::Array => {
            format!(
                "remove elements when they are done with, or keep the last ones: `if ({name}.length > MAX) {name}.shift()`"
            )
        }
        Collection::Text => format!(
            "write it out and start anew (`{name} = \"\"`), or keep the end only: `{name} = {name}.slice(-MAX)`"
        ),
        Collection::List => format!(
            "cut the chain: keep a count and drop the last node past a bound, or do not keep `{name}` in the new one"
        ),
    }
}

fn retaining_path(engine: &Engine<'_>, container: &Container) -> Vec<String> {
    let name = engine.place_text(container.place);
    let root = match engine.place_root(container.place) {
        PlaceKey::Binding(binding) => match engine.facts.binding_function(binding) {
            FunctionId(0) => "module".to_string(),
            function => format!("context of {}", engine.function_name(function)),
        },
        PlaceKey::Global(_) | PlaceKey::GlobalObject => "global object".to_string(),
        PlaceKey::Exports => "module".to_string(),
        PlaceKey::Statics(shape) => format!("class {}", engine.shape_name(shape)),
        PlaceKey::Instance(shape) => format!("{} instance", engine.shape_name(shape)),
        _ => "module".to_string(),
    };
    let entry = match container.collection {
        Collection::Text => "text".to_string(),
        Collection::List => "next".to_string(),
        Collection::Array => "[n]".to_string(),
        _ => key_text(engine, container).map_or("entry".to_string(), |key| format!("[{key}]")),
    };
    let mut path = vec![root, name, entry.clone()];
    if container.collection == Collection::List {
        path.extend([entry, "…".to_string()]);
    } else if let Some(value) = container.growth.grow.values.last() {
        path.push(engine.text(*value, 32));
    }
    path
}

/// A Map or Set keyed by an object whose variable is set to null: the entry keeps the object.
fn dropped_keys(engine: &Engine<'_>, sink: &mut Sink) {
    let facts = engine.facts;
    for node in facts.operations.iter().copied() {
        let NodeKind::Call { callee, args } = facts.kind(node) else { continue };
        let NodeKind::Member { object, name } = facts.kind(callee) else { continue };
        if !matches!(facts.name(name), "set" | "add") {
            continue;
        }
        let Some(key) = facts.arg(args, 0) else { continue };
        let NodeKind::Ref { binding, .. } = facts.kind(key) else { continue };
        let Some(binding) = binding.get() else { continue };
        let Some(nulled) = nulled_after(engine, binding, node) else { continue };
        let Some(kind) = engine.kind_of(object) else { continue };
        if !kind.collection || !holds_object(engine, binding) {
            continue;
        }
        let Some(place) = engine.place_of(object) else { continue };
        let lifetime = engine.lifetime(place);
        if !matches!(lifetime, Lifetime::Process(_) | Lifetime::Closure(_)) {
            continue;
        }
        let removes = |what: &Use| match what {
            Use::Shrink(Shrink::Key(other)) => engine.place_of(*other) == engine.place_of(key),
            Use::Shrink(_) => true,
            _ => false,
        };
        let uses = engine.uses(place);
        let map = engine.place_text(place);
        let variable = facts.name(facts.binding(binding).name).to_string();
        let span = engine.hold_span(node);
        let answers = [(Role::Hold, format!("`{variable}` is the key of an entry of `{map}`"))];
        if uses.iter().any(|used| removes(&used.what) && is_reached(engine, used.site(), node)) {
            sink.silent(RULE.name, span, &answers, "the entry is removed too");
            continue;
        }
        let weak = if kind.name == "Set" { "WeakSet" } else { "WeakMap" };
        sink.report(Draft {
            rule: RULE.name,
            confidence: Confidence::Medium,
            message: format!("`{map}` still keeps the object of `{variable}` after `{variable} = null`"),
            help: format!("call `{map}.delete({variable})` before `{variable} = null`, or make `{map}` a `{weak}`"),
            span,
            kind: GrowthKind::Pins,
            unit: "per key".into(),
            evidence: vec![
                evidence(
                    Role::Holder,
                    engine.place_span(place),
                    format!("`{map}`: {}", engine.lifetime_text(&lifetime)),
                ),
                evidence(
                    Role::Hold,
                    span,
                    format!("the entry keeps its key, the object of `{variable}`, and its value"),
                ),
                evidence(Role::Repetition, facts.binding(binding).span, "each object that this variable holds in turn"),
                evidence(Role::Release, facts.span(nulled), "this drops the variable, not the entry"),
            ],
            retaining_path: vec!["module".into(), map, format!("key {variable}")],
            related: Vec::new(),
        });
    }
}

/// Whether a removal is part of the code that adds, or of code that something in view calls or that
/// other modules are given.
fn is_reached(engine: &Engine<'_>, removal: NodeId, added: NodeId) -> bool {
    let function = engine.facts.function_of(removal);
    let repetition = engine.repetition(function);
    let same = function == engine.facts.function_of(added);
    // A script's functions are globals that anybody may call; that nobody does is the likelier.
    let only_global = engine.facts.module == ModuleKind::Script
        && repetition.entry == Some(function)
        && engine.call_sites(function).is_empty();
    same || (repetition.strength > Strength::Never && !only_global)
}

/// The store of null to a variable after a node.
fn nulled_after(engine: &Engine<'_>, binding: BindingId, node: NodeId) -> Option<NodeId> {
    let facts = engine.facts;
    facts.writes(binding).find(|write| match facts.kind(*write) {
        NodeKind::Assign { op: AssignOp::Set, value, .. } => {
            *write > node
                && facts.function_of(*write) == facts.function_of(node)
                && matches!(facts.kind(value), NodeKind::Null | NodeKind::Undefined)
        }
        _ => false,
    })
}

fn holds_object(engine: &Engine<'_>, binding: BindingId) -> bool {
    engine.facts.writes(binding).any(|write| match engine.facts.kind(write) {
        NodeKind::Assign { value, .. } => engine.is_new_value(value) || engine.kind_of(value).is_some(),
        _ => false,
    })
}

/// Calls that keep something for ever inside: a cache made without its bound, a memoizer.
fn kept_by_apis(engine: &Engine<'_>, sink: &mut Sink) {
    let facts = engine.facts;
    for node in facts.operations.iter().copied() {
        let (NodeKind::Call { callee, args } | NodeKind::New { callee, args }) = facts.kind(node) else { continue };
        if !may_keep(engine, callee) {
            continue;
        }
        let apis = engine.apis(node);
        let Some(api) = apis.iter().find(|api| api.keeps.is_some()) else { continue };
        let Some(kept) = &api.keeps else { continue };
        let span = engine.hold_span(node);
        let made_by = engine.repetition_of(node);
        let lasting = facts.function_of(node) == FunctionId(0)
            || stored_at(engine, node).is_some_and(|place| matches!(engine.lifetime(place), Lifetime::Process(_)));
        let answers = [(Role::Hold, format!("{} keeps {kept}", engine.callee_text(node)))];
        if api.keyed {
            let open = facts.list(args).iter().copied().find(|arg| is_open_label(engine, *arg));
            let Some(open) = open else {
                sink.silent(RULE.name, span, &answers, "its arguments take few values");
                continue;
            };
            if made_by.strength < Strength::Weak {
                continue;
            }
            sink.report(api_draft(engine, node, kept, &made_by, Some(open)));
            continue;
        }
        if !lasting {
            sink.silent(RULE.name, span, &answers, "it lives no longer than the call that makes it");
            continue;
        }
        if is_bounded_by_option(engine, facts.list(args), &api.bounded_by) {
            sink.silent(RULE.name, span, &answers, "an option bounds it");
            continue;
        }
        if let Some(function) = facts.arg(args, 0).and_then(|first| engine.function_of(first)) {
            let params = &facts.function(function).params;
            let few = params.first().is_none_or(|param| engine.type_is_finite(param.ty, 0));
            if few || is_cache_replaced(engine, node) {
                sink.silent(RULE.name, span, &answers, "its arguments take few values, or its cache is replaced");
                continue;
            }
        } else if is_cache_replaced(engine, node) {
            continue;
        }
        sink.report(api_draft(engine, node, kept, &made_by, None));
    }
}

/// Whether the models say that something of this name keeps what it is given.
fn may_keep(engine: &Engine<'_>, callee: NodeId) -> bool {
    match engine.facts.kind(callee) {
        NodeKind::Member { name, .. } => engine.models.keeps(engine.facts.name(name)),
        NodeKind::Ref { .. } => {
            engine.path_of(callee).is_some_and(|path| engine.models.calls(&path).any(|api| api.keeps.is_some()))
        }
        _ => false,
    }
}

fn api_draft(engine: &Engine<'_>, node: NodeId, kept: &str, repetition: &Repetition, open: Option<NodeId>) -> Draft {
    let facts = engine.facts;
    let span = engine.hold_span(node);
    let name = stored_at(engine, node).map_or(engine.callee_text(node), |place| engine.place_text(place));
    let (unit, why, help) = match open {
        Some(arg) => {
            let text = engine.text(arg, 32);
            (
                format!("per distinct {text}"),
                repetition.reason.to_string(),
                format!("pass a value of few: the route in place of the URL, a class of user in place of `{text}`"),
            )
        }
        None => (
            "per distinct key".to_string(),
            "each distinct key or argument that it is ever used with".to_string(),
            format!(
                "give it a bound (`max`, `maxSize`, `maxAge`), or a bounded cache of its own, where `{name}` is made"
            ),
        ),
    };
    Draft {
        rule: RULE.name,
        confidence: if repetition.strength == Strength::Strong { Confidence::High } else { Confidence::Medium },
        message: format!("`{name}` keeps {kept}"),
        help,
        span,
        kind: GrowthKind::Accumulates,
        unit,
        evidence: vec![
            evidence(Role::Holder, span, format!("`{name}` lives as long as the process")),
            evidence(Role::Hold, span, format!("{} keeps {kept}", engine.callee_text(node))),
            evidence(Role::Repetition, open.map_or(span, |arg| facts.span(arg)), why),
            evidence(Role::Release, span, "looked for an option that bounds it: none"),
        ],
        retaining_path: vec!["module".into(), name, "cache".into(), "[key]".into()],
        related: Vec::new(),
    }
}

fn stored_at(engine: &Engine<'_>, node: NodeId) -> Option<crate::engine::PlaceId> {
    let facts = engine.facts;
    match facts.kind(facts.node(node).parent) {
        NodeKind::Assign { target, value, .. } if value == node => engine.place_of(target),
        _ => None,
    }
}

/// Whether a label takes many values: a URL, an id, whatever the request says.
fn is_open_label(engine: &Engine<'_>, arg: NodeId) -> bool {
    let facts = engine.facts;
    match facts.kind(engine.origin(arg)) {
        NodeKind::Object(parts) => facts.list(parts).iter().any(|part| match facts.kind(*part) {
            NodeKind::Property { value, .. } => is_open_label(engine, value),
            _ => false,
        }),
        _ => {
            let mut named = false;
            facts.each_below(arg, &mut |part| {
                if let NodeKind::Member { name, .. } | NodeKind::Ref { name, .. } = facts.kind(part) {
                    named |= engine.models.has_word("open-values", facts.name(name));
                }
            });
            let mut routed = false;
            facts.each_below(arg, &mut |part| {
                routed |= matches!(facts.kind(part), NodeKind::Member { name, .. } if engine.models.has_word("closed-values", facts.name(name)));
            });
            named && !routed && engine.domain(arg) == Domain::Open
        }
    }
}

/// Whether an option that bounds it is there, or options cannot be seen.
fn is_bounded_by_option(engine: &Engine<'_>, args: &[NodeId], options: &[String]) -> bool {
    if options.is_empty() {
        return false;
    }
    args.iter().any(|arg| match engine.facts.kind(engine.origin(*arg)) {
        NodeKind::Object(parts) => engine.facts.list(parts).iter().any(|part| match engine.facts.kind(*part) {
            NodeKind::Property { key, .. } => options.iter().any(|option| option == engine.facts.name(key)),
            _ => true,
        }),
        // `new LRU(500)`, options out of sight; a function is what is memoized.
        NodeKind::Function(_) => false,
        _ => !engine.is_function(*arg),
    })
}

/// `render.cache = new LRUCache({ max })`, and the second argument of memoizers that take a cache.
fn is_cache_replaced(engine: &Engine<'_>, node: NodeId) -> bool {
    let facts = engine.facts;
    let Some(place) = stored_at(engine, node) else { return false };
    let PlaceKey::Binding(binding) = engine.place_key(place) else { return false };
    facts.references(binding).iter().any(|reference| {
        matches!(facts.kind(facts.node(*reference).parent), NodeKind::Member { object, name } if object == *reference && facts.name(name) == "cache")
    })
}

/// `import(path + "?v=" + Date.now())`: each distinct specifier is a module for ever.
fn busted_imports(engine: &Engine<'_>, sink: &mut Sink) {
    let facts = engine.facts;
    for node in facts.operations.iter().copied() {
        let NodeKind::Import(specifier) = facts.kind(node) else { continue };
        let mut changing = None;
        facts.each_below(specifier, &mut |part| {
            let busts = match facts.kind(part) {
                NodeKind::Call { callee, .. } => matches!(
                    engine.path_of(callee).as_deref(),
                    Some(
                        "Date.now"
                            | "Math.random"
                            | "performance.now"
                            | "crypto.randomUUID"
                            | "crypto:randomUUID"
                            | "process.hrtime"
                    )
                ),
                NodeKind::Update { .. } => true,
                NodeKind::New { callee, .. } => engine.is_global(callee, "Date"),
                _ => false,
            };
            if busts {
                changing = Some(part);
            }
        });
        let Some(changing) = changing else { continue };
        let repetition = engine.repetition_of(node);
        let span = engine.hold_span(node);
        if repetition.strength < Strength::Weak {
            sink.silent(RULE.name, span, &[], "it runs once");
            continue;
        }
        sink.report(Draft {
            rule: RULE.name,
            confidence: if repetition.strength == Strength::Strong { Confidence::High } else { Confidence::Medium },
            message: "each distinct `import()` specifier is a new module that is never unloaded".into(),
            help: "read data with `readFile` instead, or load the code in a worker that can be ended".into(),
            span,
            kind: GrowthKind::Accumulates,
            unit: "per reload".into(),
            evidence: vec![
                evidence(Role::Holder, span, "the module map lives as long as the process"),
                evidence(
                    Role::Hold,
                    facts.span(changing),
                    format!(
                        "`{}` makes each specifier a new one",
                        shorten(engine.source.slice(facts.span(changing)), 24)
                    ),
                ),
                evidence(Role::Repetition, repetition.span, repetition.reason.clone()),
                evidence(Role::Release, span, "ES modules cannot be unloaded (3.8 kB each, measured)"),
            ],
            retaining_path: vec!["module map".into(), "[specifier]".into(), "module".into()],
            related: Vec::new(),
        });
    }
}
