//! `implicit-global`: data or closures kept by a global that was made without a declaration, or
//! written again and again.

use super::{Draft, Rule, Sink, evidence};
use crate::engine::{Engine, PlaceKey, Repetition, Strength};
use crate::facts::{
    AssignOp, BindingKind, FunctionId, FunctionKind, ModuleKind, Name, NodeId, NodeKind, RegionKind, UnaryOp,
};
use crate::finding::{Confidence, GrowthKind, Level, Related, Role};
use rustc_hash::{FxHashMap, FxHashSet};

pub(super) const RULE: Rule = Rule {
    name: "implicit-global",
    category: "global",
    level: Level::Error,
    summary: "data or closures kept by an undeclared or rewritten global",
    page: include_str!("../../rules/implicit-global.md"),
    check,
};

/// One store to a global.
#[derive(Clone, Copy)]
struct Store {
    node: NodeId,
    value: NodeId,
}

fn check(engine: &Engine<'_>, sink: &mut Sink) {
    undeclared(engine, sink);
    global_members(engine, sink);
    rewritten_exports(engine, sink);
}

/// `exports = result` in a function: the variable of the module, which keeps the last result. What the
/// module exports does not change.
fn rewritten_exports(engine: &Engine<'_>, sink: &mut Sink) {
    let facts = engine.facts;
    if facts.module != ModuleKind::CommonJs {
        return;
    }
    for global in &facts.globals {
        if !engine.is_global(*global, "exports") {
            continue;
        }
        let store = facts.node(*global).parent;
        let NodeKind::Assign { op: AssignOp::Set, target, value } = facts.kind(store) else { continue };
        // `exports = module.exports = …` means what it says.
        let chained = matches!(facts.kind(value), NodeKind::Assign { .. } | NodeKind::Object(_))
            || matches!(facts.kind(facts.node(store).parent), NodeKind::Assign { .. })
            || engine.place_of(value).is_some_and(|place| engine.place_key(place) == PlaceKey::Exports);
        let repetition = engine.repetition_of(store);
        if target != *global || chained || repetition.strength < Strength::Weak || weight(engine, value) < Weight::Data
        {
            continue;
        }
        let span = engine.hold_span(store);
        let kept = engine.text(value, 40);
        sink.report(Draft {
            rule: RULE.name,
            confidence: Confidence::Medium,
            message: format!(
                "`exports` is the module's own variable: it keeps the last `{kept}` when the call is over"
            ),
            help: "declare a variable of its own: `const result = …`".into(),
            span,
            kind: GrowthKind::Pins,
            unit: "the last value".into(),
            evidence: vec![
                evidence(
                    Role::Holder,
                    span,
                    "`exports` is declared by the wrapper around the module, and lives as long as the process",
                ),
                evidence(Role::Hold, engine.first_line(facts.span(value)), format!("it keeps `{kept}`")),
                evidence(Role::Repetition, repetition.span, repetition.reason.to_string()),
                evidence(Role::Release, span, "looked for a declaration of `exports` in the function: none"),
            ],
            retaining_path: vec!["module".into(), "exports".into()],
            related: Vec::new(),
        });
    }
}

/// Assignments to names that nothing declares, in sloppy code. Strict code throws instead.
fn undeclared(engine: &Engine<'_>, sink: &mut Sink) {
    let facts = engine.facts;
    let mut stores: Vec<(Name, Vec<Store>)> = Vec::new();
    let mut at: FxHashMap<Name, usize> = FxHashMap::default();
    for global in &facts.globals {
        let NodeKind::Ref { name, .. } = facts.kind(*global) else { continue };
        let parent = facts.node(*global).parent;
        let NodeKind::Assign { target, value, op } = facts.kind(parent) else { continue };
        if target != *global || !matches!(op, AssignOp::Set | AssignOp::Logical) || is_strict(engine, parent) {
            continue;
        }
        let index = *at.entry(name).or_insert_with(|| {
            stores.push((name, Vec::new()));
            stores.len() - 1
        });
        stores[index].1.push(Store { node: parent, value });
    }
    if stores.is_empty() {
        return;
    }
    let mentions = mentions(engine);
    for (name, stores) in stores {
        judge_undeclared(engine, name, &stores, &mentions, sink);
    }
}

fn is_strict(engine: &Engine<'_>, node: NodeId) -> bool {
    engine.facts.function(engine.facts.function_of(node)).strict
}

fn judge_undeclared(engine: &Engine<'_>, name: Name, stores: &[Store], mentions: &Mentions, sink: &mut Sink) {
    let facts = engine.facts;
    let text = facts.name(name);
    // `require` and its kin say that this is Node: there, `name` and `status` are nothing known.
    let known = match facts.module {
        ModuleKind::CommonJs => engine.models.is_node_global(text),
        _ => engine.models.is_known_global(text),
    };
    if known || mentions.announced.contains(text) {
        return;
    }
    // The store that keeps the most speaks for all.
    let Some(main) = stores.iter().max_by_key(|store| (weight(engine, store.value), std::cmp::Reverse(store.node)))
    else {
        return;
    };
    let weight = weight(engine, main.value);
    let span = engine.hold_span(main.node);
    let repetition = engine.repetition_of(main.node);
    let answers = [(Role::Holder, format!("`{text}` is declared nowhere in this file"))];
    if stores.iter().any(|store| {
        matches!(facts.kind(store.value), NodeKind::Null | NodeKind::Undefined) && !engine.is_dead(store.node)
    }) && weight < Weight::Closure
        && stores.len() > 1
    {
        return sink.silent(RULE.name, span, &answers, "it is reset after use");
    }
    let is_module = |store: &Store| engine.path_of(store.value).is_some_and(|path| path.ends_with(":*"));
    if stores.iter().all(is_module) {
        return sink.silent(RULE.name, span, &answers, "a module stays loaded, whatever it is called");
    }
    if is_existence_checked(engine, name, stores, mentions) {
        return sink.silent(RULE.name, span, &answers, "the file asks whether the name exists: a global on purpose");
    }
    let inside = facts.function_of(main.node) != FunctionId(0);
    let counter = weight == Weight::Number && stores.iter().any(|store| in_loop_head(engine, store.node, mentions));
    // A page has its functions as globals; a word or a number is nothing to keep.
    let of_page = crate::blocks::markup(&engine.source.path) == Some(crate::blocks::Markup::Html);
    // What is made of the old value keeps it; a number or a choice between values does not.
    let is_chain = matches!(
        facts.kind(engine.origin(main.value)),
        NodeKind::Object(_) | NodeKind::Array(_) | NodeKind::New { .. } | NodeKind::Function(_)
    ) && reads(engine, main.value, name);
    let is_large = is_chain || engine.is_heavy(main.value);
    let is_small = inside && weight < Weight::Closure && !is_large && is_made_of_nothing_given(engine, main.value);
    // One value is kept, and the next one takes its place: in a program that is in view, that matters where data of
    // its work is kept, or what is surely large.
    let matters = is_chain
        || engine.is_endless(&repetition) && weight >= Weight::Data
        || weight == Weight::Closure && is_large
        || engine.large(main.value).is_some_and(|large| large.sure);
    let is_one = engine.is_in_package() && !matters;
    // Another script of the page may declare it.
    let is_shared = engine.is_in_package() && facts.module == ModuleKind::Script;
    let confidence = if counter || of_page || is_small || is_one || is_shared || facts.typescript || engine.is_embedded
    {
        Confidence::Low
    } else if inside && repetition.strength >= Strength::Weak && (is_chain || weight == Weight::Closure && is_large) {
        Confidence::High
    } else {
        Confidence::Medium
    };
    let holds = what_it_holds(engine, main.value);
    sink.report(Draft {
        rule: RULE.name,
        confidence,
        message: format!("`{text}` is never declared: assigning to it makes a global that keeps {holds} for ever"),
        help: format!("declare it where it is first assigned: `{} {text} = …`", if stores.len() > 1 { "let" } else { "const" }),
        span,
        kind: GrowthKind::Pins,
        unit: "the last value".into(),
        evidence: vec![
            evidence(Role::Holder, span, format!("`{text}` becomes a property of the global object, which lives as long as the process")),
            evidence(Role::Hold, engine.first_line(facts.span(main.value)), format!("it keeps {holds}")),
            evidence(Role::Repetition, repetition.span, repetition.reason.clone()),
            evidence(Role::Release, span, format!("looked for a declaration of `{text}` in this file: none; this code is not strict, so nothing throws")),
        ],
        retaining_path: retaining_path(engine, text, main.value),
        related: stores
            .iter()
            .filter(|store| store.node != main.node)
            .take(8)
            .map(|store| Related { message: "also assigned here".into(), span: engine.hold_span(store.node) })
            .collect(),
    });
}

/// Whether a value has the global of that name in it: `trail = { page, from: trail }`.
fn reads(engine: &Engine<'_>, value: NodeId, name: Name) -> bool {
    let facts = engine.facts;
    let mut found = false;
    facts.each_below(engine.origin(value), &mut |part| {
        found |=
            matches!(facts.kind(part), NodeKind::Ref { name: read, binding } if read == name && !binding.is_some());
    });
    found
}

/// Whether the code makes a value itself, which is small as a rule. What it was given, an element of that, and
/// what has it for a part may be anything.
fn is_made_of_nothing_given(engine: &Engine<'_>, value: NodeId) -> bool {
    let facts = engine.facts;
    let value = engine.origin(value);
    // `saved.score || 0` is a number.
    if let NodeKind::Logical { right, .. } = facts.kind(value)
        && matches!(facts.kind(right), NodeKind::Num(_) | NodeKind::Str(_) | NodeKind::Bool(_))
    {
        return true;
    }
    let is_made = matches!(
        facts.kind(value),
        NodeKind::Object(_)
            | NodeKind::Array(_)
            | NodeKind::Call { .. }
            | NodeKind::Await(_)
            | NodeKind::Binary { .. }
            | NodeKind::Template(_)
            | NodeKind::Str(_)
            | NodeKind::Num(_)
            | NodeKind::Bool(_)
    );
    let mut holds_given = false;
    facts.each_below(value, &mut |part| {
        let parent = facts.node(part).parent;
        holds_given |= matches!(facts.kind(part), NodeKind::Ref { binding, .. }
            if binding.get().is_some_and(|binding| facts.binding(binding).kind == BindingKind::Param))
            && parent.is_some()
            && matches!(facts.kind(parent), NodeKind::Property { .. } | NodeKind::Array(_));
    });
    is_made && !holds_given
}

/// How much a value keeps.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Weight {
    Nothing,
    Number,
    Text,
    Data,
    Closure,
}

fn weight(engine: &Engine<'_>, value: NodeId) -> Weight {
    let origin = engine.origin(value);
    match engine.facts.kind(origin) {
        NodeKind::Null | NodeKind::Undefined => Weight::Nothing,
        NodeKind::Str(_) | NodeKind::Template(_) => Weight::Text,
        NodeKind::Function(_) | NodeKind::Class(_) => Weight::Closure,
        _ if engine.is_primitive(value) => Weight::Number,
        _ => Weight::Data,
    }
}

fn what_it_holds(engine: &Engine<'_>, value: NodeId) -> String {
    let facts = engine.facts;
    let origin = engine.origin(value);
    match facts.kind(origin) {
        NodeKind::Function(function) => match facts.first_captured(function) {
            Some(captured) => format!("a function and, with it, `{}`", facts.name(facts.binding(captured).name)),
            None => "a function".to_string(),
        },
        NodeKind::Class(_) => "a class".to_string(),
        _ => format!("`{}`", engine.text(value, 40)),
    }
}

fn retaining_path(engine: &Engine<'_>, name: &str, value: NodeId) -> Vec<String> {
    let facts = engine.facts;
    let mut path = vec!["global object".to_string(), name.to_string()];
    match facts.kind(engine.origin(value)) {
        NodeKind::Function(function) => {
            path.push("context".into());
            path.extend(
                facts.first_captured(function).map(|captured| facts.name(facts.binding(captured).name).to_string()),
            );
        }
        _ => path.push(engine.text(value, 32)),
    }
    path
}

/// What the file says elsewhere of its undeclared names, gathered once.
#[derive(Default)]
struct Mentions {
    /// `i++`: a counter.
    updated: FxHashSet<Name>,
    /// `typeof name`, with where: code that knows the name is a global.
    checked: FxHashMap<Name, Vec<NodeId>>,
    /// `/* global name */`, as other linters know it.
    announced: FxHashSet<String>,
}

fn mentions(engine: &Engine<'_>) -> Mentions {
    let facts = engine.facts;
    let mut mentions = Mentions::default();
    for global in &facts.globals {
        let NodeKind::Ref { name, .. } = facts.kind(*global) else { continue };
        match facts.kind(facts.node(*global).parent) {
            NodeKind::Update { .. } => {
                mentions.updated.insert(name);
            }
            NodeKind::Unary { op: UnaryOp::Typeof, .. } => mentions.checked.entry(name).or_default().push(*global),
            _ => {}
        }
    }
    let text = &engine.source.text;
    for (start, _) in text.match_indices("/*") {
        let comment = text[start + 2..].trim_start();
        let Some(names) = ["globals", "global", "exported"].iter().find_map(|word| comment.strip_prefix(word)) else {
            continue;
        };
        let names = names.split("*/").next().unwrap_or_default();
        let words = names.split(|char: char| !(char.is_alphanumeric() || char == '_' || char == '$'));
        mentions.announced.extend(words.map(str::to_string));
    }
    mentions
}

/// `for (i = 0; …)`, `for (k in …)`.
fn in_loop_head(engine: &Engine<'_>, store: NodeId, mentions: &Mentions) -> bool {
    let facts = engine.facts;
    let NodeKind::Assign { value, target, .. } = facts.kind(store) else { return false };
    let NodeKind::Ref { name, .. } = facts.kind(target) else { return false };
    matches!(facts.kind(value), NodeKind::Element { .. }) || mentions.updated.contains(&name)
}

/// Whether the file asks whether a name exists, elsewhere than in what it stores to it:
/// `x = typeof x === "undefined" ? … : x` makes it all the same.
fn is_existence_checked(engine: &Engine<'_>, name: Name, stores: &[Store], mentions: &Mentions) -> bool {
    let facts = engine.facts;
    mentions
        .checked
        .get(&name)
        .into_iter()
        .flatten()
        .any(|check| !stores.iter().any(|store| facts.span(store.value).contains(facts.span(*check))))
}

/// `global.x = …`, `globalThis.x = …`, `window.x = …`, and `this.x = …` where `this` is the global.
fn global_members(engine: &Engine<'_>, sink: &mut Sink) {
    let facts = engine.facts;
    let mut seen = rustc_hash::FxHashSet::default();
    for node in facts.stores.iter().copied() {
        let NodeKind::Assign { op: AssignOp::Set, target, value } = facts.kind(node) else { continue };
        let NodeKind::Member { object, name } = facts.kind(target) else { continue };
        let how = match facts.kind(object) {
            NodeKind::Ref { name: root, binding } if !binding.is_some() => match facts.name(root) {
                "global" | "globalThis" => How::Named,
                "window" | "self" => How::Window,
                _ => continue,
            },
            NodeKind::This if is_global_this(engine, node) => How::This,
            _ => continue,
        };
        if engine.models.is_known_global(facts.name(name)) {
            continue;
        }
        // `this.a = …; this.b = …` in one function is one mistake.
        let function = facts.function_of(node);
        if how == How::This && !seen.insert(function) {
            continue;
        }
        judge_member(engine, Store { node, value }, name, how, sink);
    }
}

/// How the global object is named.
#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    Named,
    Window,
    This,
}

/// Whether `this` is the global object: in a sloppy function that is only ever called plainly.
fn is_global_this(engine: &Engine<'_>, node: NodeId) -> bool {
    let facts = engine.facts;
    let function = facts.this_function(facts.function_of(node));
    let record = facts.function(function);
    if record.strict || engine.place_of_this(function).is_some() {
        return false;
    }
    if record.kind == FunctionKind::Expression {
        // `items.forEach(function () { this.x = … })` without a second argument.
        let call = record.node.get().map_or(NodeId::NONE, |node| facts.node(node).parent);
        let NodeKind::Call { callee, args } = facts.kind(call) else { return false };
        let NodeKind::Member { name, .. } = facts.kind(callee) else { return false };
        let inline = matches!(
            facts.name(name),
            "forEach" | "map" | "filter" | "some" | "every" | "find" | "findIndex" | "flatMap" | "reduce"
        );
        return inline && (args.len == 1 || facts.name(name) == "reduce");
    }
    if record.kind != FunctionKind::Declaration {
        return false;
    }
    let calls = engine.call_sites(function);
    !calls.is_empty() && engine.mention_count(function) == calls.len() + 1
}

fn judge_member(engine: &Engine<'_>, store: Store, name: Name, how: How, sink: &mut Sink) {
    let facts = engine.facts;
    let text = facts.name(name);
    let span = engine.hold_span(store.node);
    let written = engine.text(facts_target(engine, store.node), 40);
    let answers = [(Role::Holder, format!("`{text}` is a property of the global object"))];
    let mut silent = |reason: &str| sink.silent(RULE.name, span, &answers, reason);
    let weight = weight(engine, store.value);
    let place = engine.place(PlaceKey::Global(name));
    let repetition = engine.repetition_of(store.node);
    let at_load = repetition.strength <= Strength::Bounded;
    let empty = match facts.kind(engine.origin(store.value)) {
        // A fresh, empty container in place of the old one is a reset.
        NodeKind::New { args, .. } if !at_load => args.len == 0,
        NodeKind::Object(parts) | NodeKind::Array(parts) if !at_load => parts.len == 0,
        NodeKind::Conditional { yes, no, .. } if !at_load => {
            [yes, no].iter().any(|side| matches!(facts.kind(*side), NodeKind::Str(_)))
        }
        NodeKind::Bool(_) => true,
        NodeKind::Num(at) => facts.numbers[at as usize] == 0.0,
        NodeKind::Str(text) => facts.name(text).is_empty(),
        _ => false,
    };
    if empty {
        return silent("it keeps nothing");
    }
    let constant = !at_load && matches!(facts.kind(engine.origin(store.value)), NodeKind::Str(_));
    if constant || weight == Weight::Nothing || (weight == Weight::Number && !(at_load && how == How::Named)) {
        return silent("it keeps nothing");
    }
    if is_guarded(engine, store, name) {
        return silent("it is only set where it is not set yet");
    }
    if is_written_down(engine, store.value) {
        return silent("it keeps what the code has anyway");
    }
    if engine
        .stored_values(place)
        .any(|value| matches!(facts.kind(value), NodeKind::Null | NodeKind::Undefined) && !engine.is_dead(value))
        || is_deleted(engine, name)
    {
        return silent("it is reset after use");
    }
    let is_large = engine.is_heavy(store.value);
    // `window.app = app`
    let by_its_name =
        how != How::This && matches!(facts.kind(store.value), NodeKind::Ref { name: own, .. } if own == name);
    let confidence = if engine.is_library || by_its_name || engine.is_project && !is_large {
        // A program puts it there on purpose, and one value stays one value.
        Confidence::Low
    } else if at_load {
        // The documented pattern: data of a script on the global object.
        let script =
            facts.module == ModuleKind::Script && how == How::Named && facts.function_of(store.node) == FunctionId(0);
        if !script || weight == Weight::Closure || is_namespace(engine, store.value) {
            return silent("it is set once, when the file loads");
        }
        Confidence::Medium
    } else {
        match (repetition.strength, how) {
            // Who writes a global of its own name has meant to; what comes with each call was not meant to stay.
            (Strength::Strong, _) if weight >= Weight::Data && engine.is_per_call(store.value) => {
                engine.sureness(&repetition)
            }
            (Strength::Weak, How::Named | How::This) if weight >= Weight::Data && engine.is_per_call(store.value) => {
                weak_grade(engine, store.node, &repetition)
            }
            _ => Confidence::Low,
        }
    };
    let holds = what_it_holds(engine, store.value);
    sink.report(Draft {
        rule: RULE.name,
        confidence,
        message: format!("`{written}` keeps {holds} on the global object until it is overwritten"),
        help: format!("keep it in a variable of the code that uses it, or set `{written} = null` when it is done with"),
        span,
        kind: GrowthKind::Pins,
        unit: "the last value".into(),
        evidence: vec![
            evidence(Role::Holder, span, "the global object lives as long as the process"),
            evidence(Role::Hold, engine.first_line(facts.span(store.value)), format!("it keeps {holds}")),
            evidence(Role::Repetition, repetition.span, repetition.reason.clone()),
            evidence(
                Role::Release,
                span,
                format!("looked for `{written} = null`, `delete {written}` and a guard: none"),
            ),
        ],
        retaining_path: retaining_path(engine, text, store.value),
        related: Vec::new(),
    });
}

fn weak_grade(engine: &Engine<'_>, node: NodeId, repetition: &Repetition) -> Confidence {
    let function = repetition.entry.unwrap_or_else(|| engine.facts.function_of(node));
    if engine.is_set_up(function) || engine.is_set_up(engine.facts.function_of(node)) {
        Confidence::Low
    } else {
        Confidence::Medium
    }
}

fn facts_target(engine: &Engine<'_>, store: NodeId) -> NodeId {
    match engine.facts.kind(store) {
        NodeKind::Assign { target, .. } => target,
        _ => store,
    }
}

/// `global.x = global.x || …`, `if (!global.x) global.x = …`, and stores of what was read before.
fn is_guarded(engine: &Engine<'_>, store: Store, name: Name) -> bool {
    let facts = engine.facts;
    let place = engine.place(PlaceKey::Global(name));
    // What was there before is put back.
    let saved = |value: NodeId| {
        matches!(facts.kind(value), NodeKind::Ref { binding, .. } if binding.get().is_some_and(|binding| {
            facts.writes(binding).any(|write| matches!(facts.kind(write), NodeKind::Assign { value, .. } if engine.place_of(value) == Some(place)))
        }))
    };
    if engine.stored_values(place).any(saved) {
        return true;
    }
    let mut reads = false;
    facts.each_below(store.value, &mut |part| reads |= engine.place_of(part) == Some(place));
    if reads || engine.is_guarded_once(store.node) {
        return true;
    }
    facts.regions_around(store.node).any(|id| {
        let region = facts.region(id);
        let mut tested = false;
        if matches!(region.kind, RegionKind::Then | RegionKind::Else) {
            facts.each_below(region.test, &mut |part| {
                tested |= engine.place_of(part) == Some(place)
                    || matches!(facts.kind(part), NodeKind::Str(text) if text == name)
            });
        }
        tested
    })
}

fn is_deleted(engine: &Engine<'_>, name: Name) -> bool {
    let place = engine.place(PlaceKey::Global(name));
    engine.facts.changes.iter().any(|node| matches!(engine.facts.kind(*node), NodeKind::Delete(target) if engine.place_of(target) == Some(place) && !engine.is_dead(target)))
}

/// Whether a value is written down as a whole: a table of words and numbers.
fn is_written_down(engine: &Engine<'_>, value: NodeId) -> bool {
    let facts = engine.facts;
    let value = engine.origin(value);
    match facts.kind(value) {
        NodeKind::Object(parts) | NodeKind::Array(parts) => {
            facts.list(parts).iter().all(|part| match facts.kind(*part) {
                NodeKind::Property { value, .. } => is_written_down(engine, value),
                _ => is_written_down(engine, *part),
            })
        }
        kind => matches!(kind, NodeKind::Str(_) | NodeKind::Num(_) | NodeKind::Bool(_) | NodeKind::Null),
    }
}

/// An object of functions is an API put on the global object on purpose.
fn is_namespace(engine: &Engine<'_>, value: NodeId) -> bool {
    let facts = engine.facts;
    match facts.kind(engine.origin(value)) {
        NodeKind::Object(parts) => facts
            .list(parts)
            .iter()
            .any(|part| matches!(facts.kind(*part), NodeKind::Property { value, .. } if engine.is_function(value))),
        // `global.fetch = require("node-fetch")`
        NodeKind::Call { callee, .. } => engine.is_global(callee, "require"),
        NodeKind::Ref { .. } => engine.path_of(value).is_some(),
        NodeKind::Member { .. } => engine.path_of(value).is_some(),
        NodeKind::Await(_) | NodeKind::Import(_) => true,
        _ => false,
    }
}
