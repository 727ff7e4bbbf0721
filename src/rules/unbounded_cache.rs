//! `unbounded-cache`: a collection that lives long only grows in code that repeats.

use super::{Draft, Rule, Sink, evidence, growth};
use crate::engine::key::Domain;
use crate::engine::usage::{Shrink, Use};
use crate::engine::{Engine, Lifetime, PlaceKey, Repetition, Strength, shorten};
use crate::facts::{AssignOp, BindingId, BindingKind, FunctionId, ModuleKind, NodeId, NodeKind};
use crate::finding::{Confidence, GrowthKind, Level, Role};

pub(super) const RULE: Rule = Rule {
    name: "unbounded-cache",
    category: "growth",
    level: Level::Error,
    summary: "a collection that lives long only grows",
    page: include_str!("../../rules/unbounded-cache.md"),
    check,
};

fn check(engine: &Engine<'_>, sink: &mut Sink) {
    growth::check(engine, RULE.name, sink);
    dropped_keys(engine, sink);
    kept_by_apis(engine, sink);
    busted_imports(engine, sink);
    numbered_keys(engine, sink);
}

/// A Map or Set keyed by an object whose variable is set to null: the entry keeps the object.
fn dropped_keys(engine: &Engine<'_>, sink: &mut Sink) {
    let facts = engine.facts;
    for node in engine.calls_of(&["set", "add"]) {
        let NodeKind::Call { callee, args } = facts.kind(node) else { continue };
        let NodeKind::Member { object, .. } = facts.kind(callee) else { continue };
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
    let facts = engine.facts;
    let mut held = facts.writes(binding).filter(|write| {
        !matches!(facts.kind(*write), NodeKind::Assign { value, .. } if matches!(facts.kind(value), NodeKind::Null | NodeKind::Undefined))
    }).peekable();
    held.peek().is_some()
        && held.all(|write| match facts.kind(write) {
            NodeKind::Assign { value, .. } => engine.is_new_value(value) || engine.kind_of(value).is_some(),
            _ => false,
        })
}

/// Calls that keep something for ever inside: a cache made without its bound, a memoizer.
fn kept_by_apis(engine: &Engine<'_>, sink: &mut Sink) {
    let facts = engine.facts;
    for node in engine.calls_known_where(|name| engine.models.keeps(name)) {
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
            let open = facts.list(args).iter().copied().find(|arg| is_open_label(engine, *arg, 0));
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
            let given_few = || stored_at(engine, node).is_some_and(|place| engine.is_given_few(place));
            if few || given_few() || is_cache_replaced(engine, node) {
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
    // Labels of a package that do not come with requests are mostly those of its configuration.
    let many = match open {
        Some(_) => engine.models.has_word("fed-units", &repetition.unit),
        None => has_many_arguments(engine, node),
    };
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
        confidence: if engine.is_in_package() && !many { Confidence::Low } else { engine.sureness(repetition) },
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

/// Whether what is memoized takes one of many: `memoize((url) => …)`.
fn has_many_arguments(engine: &Engine<'_>, node: NodeId) -> bool {
    let facts = engine.facts;
    let (NodeKind::Call { args, .. } | NodeKind::New { args, .. }) = facts.kind(node) else { return false };
    facts.arg(args, 0).and_then(|first| engine.function_of(first)).is_some_and(|function| {
        let params = facts.function(function).params.iter().filter_map(|param| param.binding.get());
        params.into_iter().any(|param| growth::is_one_of_many(engine, facts.name(facts.binding(param).name)))
    })
}

fn stored_at(engine: &Engine<'_>, node: NodeId) -> Option<crate::engine::PlaceId> {
    let facts = engine.facts;
    match facts.kind(facts.node(node).parent) {
        NodeKind::Assign { target, value, .. } if value == node => engine.place_of(target),
        _ => None,
    }
}

/// Whether a label takes many values: a URL, an id, whatever the request says.
fn is_open_label(engine: &Engine<'_>, arg: NodeId, depth: u32) -> bool {
    let facts = engine.facts;
    if depth > 8 {
        return false;
    }
    match facts.kind(engine.origin(arg)) {
        NodeKind::Object(parts) => facts.list(parts).iter().any(|part| match facts.kind(*part) {
            NodeKind::Property { value, .. } => is_open_label(engine, value, depth + 1),
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
    for node in facts.loads.iter().copied() {
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
            // Users of a library load their configuration now and then.
            confidence: if engine.is_repeated_out_of_sight(&repetition) {
                Confidence::Low
            } else {
                engine.sureness(&repetition)
            },
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

/// `comp.cache[app.uid] = …`: an entry for each of the objects that are numbered, on an object that comes
/// from outside and serves them all.
fn numbered_keys(engine: &Engine<'_>, sink: &mut Sink) {
    let facts = engine.facts;
    for node in facts.stores.iter().copied() {
        let NodeKind::Assign { op: AssignOp::Set | AssignOp::Logical, target, value } = facts.kind(node) else {
            continue;
        };
        let NodeKind::Index { object, key } = facts.kind(target) else { continue };
        if matches!(facts.kind(value), NodeKind::Null | NodeKind::Undefined) {
            continue;
        }
        let Some(holder) = shared_holder(engine, object).filter(|_| engine.is_fresh(key)) else { continue };
        let repetition = engine.repetition_of(node);
        if repetition.strength < Strength::Weak {
            continue;
        }
        let span = engine.hold_span(node);
        let (name, key_text) = (engine.text(object, 32), engine.text(key, 32));
        let removes = facts.changes.iter().any(|other| match facts.kind(*other) {
            NodeKind::Delete(target) => matches!(facts.kind(target), NodeKind::Index { object: from, .. } if same_dictionary(engine, from, object)),
            _ => false,
        });
        let answers = [(Role::Hold, format!("an entry of `{name}` for each `{key_text}`"))];
        if removes {
            sink.silent(RULE.name, span, &answers, "entries are deleted");
            continue;
        }
        sink.report(Draft {
            rule: RULE.name,
            confidence: Confidence::Medium,
            message: format!(
                "`{name}` keeps an entry for every `{key_text}`, a number that is used once; nothing removes one"
            ),
            help: format!("keep one value there, or a `WeakMap` keyed by what `{key_text}` is the number of"),
            span,
            kind: GrowthKind::Accumulates,
            unit: format!("per {key_text}"),
            evidence: vec![
                evidence(
                    Role::Holder,
                    engine.hold_span(holder),
                    format!(
                        "`{}` hangs on an object that comes from outside, and serves all of them",
                        engine.text(holder, 48)
                    ),
                ),
                evidence(Role::Hold, span, format!("an entry for each `{key_text}` is added here")),
                evidence(Role::Repetition, repetition.span, repetition.reason.to_string()),
                evidence(Role::Release, span, format!("looked for `delete {name}[…]`: none")),
            ],
            retaining_path: vec![name, format!("[{key_text}]")],
            related: Vec::new(),
        });
    }
}

/// Where a dictionary is got from an object that is handed in: its property, or its entry in a WeakMap.
fn shared_holder(engine: &Engine<'_>, dictionary: NodeId) -> Option<NodeId> {
    let facts = engine.facts;
    let is_shared = |value: NodeId| match facts.kind(value) {
        // `weak.get(document)`
        NodeKind::Call { callee, args } => match facts.kind(callee) {
            NodeKind::Member { object, name } => {
                facts.name(name) == "get"
                    && args.len == 1
                    && engine.kind_of(object).is_some_and(|kind| kind.name == "WeakMap")
                    && !matches!(facts.kind(facts.list(args)[0]), NodeKind::This)
            }
            _ => false,
        },
        _ => false,
    };
    let NodeKind::Ref { binding, .. } = facts.kind(dictionary) else { return None };
    let binding = binding.get()?;
    let got = facts.writes(binding).find_map(|write| match facts.kind(write) {
        NodeKind::Assign { value, .. } if is_shared(value) => Some(value),
        _ => None,
    });
    got.or_else(|| {
        // `const cache = comp.cache || (comp.cache = {})`
        let value = facts.constant(binding)?;
        let NodeKind::Logical { left, .. } = facts.kind(value) else { return None };
        let NodeKind::Member { object, .. } = facts.kind(left) else { return None };
        let NodeKind::Ref { binding: owner, .. } = facts.kind(object) else { return None };
        let owner = owner.get()?;
        (facts.binding(owner).kind == BindingKind::Param
            && engine.place_of(value).is_some()
            && engine.place_of(left) == engine.place_of(value))
        .then_some(value)
    })
}

/// Whether two expressions are the same dictionary, or properties of one name.
fn same_dictionary(engine: &Engine<'_>, one: NodeId, other: NodeId) -> bool {
    let facts = engine.facts;
    let last = |node: NodeId| match engine.place_of(node).map(|place| engine.place_key(place)) {
        Some(PlaceKey::Member(_, name)) => Some(name),
        _ => match facts.kind(node) {
            NodeKind::Ref { name, .. } => Some(name),
            _ => None,
        },
    };
    last(one).is_some() && last(one) == last(other)
}
