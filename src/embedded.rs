//! JavaScript in constant strings: `new vm.Script("…")`, `new Function("…")`. It is parsed and
//! linted like a file of its own, and its findings are put at their place in the string.

use crate::blocks::Unit;
use crate::engine::{Engine, Repetition, Strength};
use crate::facts::collect::collect;
use crate::facts::{AssignOp, BinaryOp, Facts, ModuleKind, NodeId, NodeKind};
use crate::lint::{Options, run_rules};
use crate::models::Evaluates;
use crate::rules::Sink;
use crate::source::{Source, Span};
use crate::syntax;

/// Code with, for each of its bytes, the place in the file it comes from.
#[derive(Default)]
struct Code {
    text: String,
    /// Runs of bytes that lie in the file as they lie here: offset here, offset in the file.
    runs: Vec<(u32, u32)>,
}

impl Code {
    fn push(&mut self, char: char, from: usize) {
        let here = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        let there = u32::try_from(from).unwrap_or(u32::MAX);
        let continues = self.runs.last().is_some_and(|(start, origin)| there.wrapping_sub(*origin) == here - start);
        if !continues {
            self.runs.push((here, there));
        }
        self.text.push(char);
    }

    /// The offset in the file of an offset in the code.
    fn origin(&self, at: u32) -> u32 {
        let run = self.runs.partition_point(|(start, _)| *start <= at);
        match run.checked_sub(1).and_then(|run| self.runs.get(run)) {
            Some((start, origin)) => origin + (at - start),
            None => at,
        }
    }

    fn origin_span(&self, span: Span) -> Span {
        let start = self.origin(span.start);
        // The end belongs to the run of the last byte.
        let end = if span.end > span.start { self.origin(span.end - 1) + 1 } else { start };
        Span::new(start, end.max(start))
    }
}

/// Lints every constant string that the file hands to something that runs it as code.
pub(crate) fn lint_strings(engine: &Engine<'_>, options: &Options, sink: &mut Sink) {
    let facts = engine.facts;
    // Most files run no strings: their names say so.
    if !engine.models.evaluators().chain(["eval"]).any(|name| facts.names.find(name).is_some()) {
        return;
    }
    for node in facts.operations.iter().copied() {
        let Some((code, how)) = evaluated(engine, node) else { continue };
        let mut text = Code::default();
        if !constant_code(engine, code, &mut text, 0) {
            continue;
        }
        lint_code(engine, node, &text, how, options, sink);
    }
}

/// The argument of a call that is run as code.
fn evaluated(engine: &Engine<'_>, node: NodeId) -> Option<(NodeId, Evaluates)> {
    let facts = engine.facts;
    let (NodeKind::Call { callee, args } | NodeKind::New { callee, args }) = facts.kind(node) else { return None };
    // `(0, eval)("…")`, `globalThis.eval("…")`: a script. A direct eval sees the scope around it,
    // and is left alone.
    if let NodeKind::Sequence(list) = facts.kind(callee)
        && facts.list(list).last().is_some_and(|last| engine.is_global(*last, "eval"))
    {
        return Some((facts.arg(args, 0)?, Evaluates::Script));
    }
    if !matches!(facts.kind(callee), NodeKind::Ref { .. } | NodeKind::Member { .. }) {
        return None;
    }
    let last = match facts.kind(callee) {
        NodeKind::Member { name, .. } | NodeKind::Ref { name, .. } => facts.name(name),
        _ => "",
    };
    if last == "eval"
        && matches!(facts.kind(callee), NodeKind::Member { .. })
        && engine.path_of(callee).as_deref() == Some("eval")
    {
        return Some((facts.arg(args, 0)?, Evaluates::Script));
    }
    // Few names run code; an import under another name is found by its binding.
    let renamed = matches!(facts.kind(callee), NodeKind::Ref { binding, .. } if binding.is_some());
    if !renamed && !engine.models.evaluates(last) {
        return None;
    }
    let path = engine.path_of(callee)?;
    let how = engine.models.calls(&path).find_map(|api| api.evaluates)?;
    let code = match how {
        Evaluates::Script => facts.arg(args, 0)?,
        Evaluates::Function => *facts.list(args).last()?,
    };
    Some((code, how))
}

/// Writes the constant text of a node into `code`; false where it is not constant.
fn constant_code(engine: &Engine<'_>, node: NodeId, code: &mut Code, depth: u32) -> bool {
    let facts = engine.facts;
    if depth > 200 {
        return false;
    }
    match facts.kind(node) {
        NodeKind::Str(_) => decode(engine.source, facts.span(node), code),
        NodeKind::Binary { op: BinaryOp::Add, left, right } => {
            constant_code(engine, left, code, depth + 1) && constant_code(engine, right, code, depth + 1)
        }
        NodeKind::Ref { binding, .. } => match binding.get().and_then(|binding| facts.constant(binding)) {
            Some(value) => constant_code(engine, value, code, depth + 1),
            None => false,
        },
        NodeKind::Assign { op: AssignOp::Set, value, .. } => constant_code(engine, value, code, depth + 1),
        // `["a", "b"].join("\n")`
        NodeKind::Call { callee, args } => {
            let NodeKind::Member { object, name } = facts.kind(callee) else { return false };
            let NodeKind::Array(items) = facts.kind(object) else { return false };
            if facts.name(name) != "join" {
                return false;
            }
            let Some(separator) = facts.arg(args, 0) else { return false };
            facts.list(items).iter().enumerate().all(|(at, item)| {
                (at == 0 || constant_code(engine, separator, code, depth + 1))
                    && constant_code(engine, *item, code, depth + 1)
            })
        }
        _ => false,
    }
}

/// Decodes a string literal or template as written, noting where each character stands.
fn decode(source: &Source, span: Span, code: &mut Code) -> bool {
    let raw = source.slice(span);
    let quote = raw.chars().next();
    if raw.len() < 2 || !matches!(quote, Some('"' | '\'' | '`')) {
        return false;
    }
    let start = span.start as usize;
    let mut chars = raw[1..raw.len() - 1].char_indices().peekable();
    while let Some((at, char)) = chars.next() {
        let from = start + 1 + at;
        if char != '\\' {
            code.push(char, from);
            continue;
        }
        let Some((_, escaped)) = chars.next() else { break };
        match escaped {
            'n' => code.push('\n', from),
            't' => code.push('\t', from),
            'r' => code.push('\r', from),
            'b' => code.push('\u{8}', from),
            'f' => code.push('\u{c}', from),
            'v' => code.push('\u{b}', from),
            '0' => code.push('\0', from),
            // A line that goes on.
            '\n' => {}
            '\r' => {
                chars.next_if(|(_, next)| *next == '\n');
            }
            'x' => {
                let digits: String = chars.by_ref().take(2).map(|(_, digit)| digit).collect();
                push_code(code, &digits, from);
            }
            'u' => {
                let mut digits = String::new();
                if chars.next_if(|(_, next)| *next == '{').is_some() {
                    digits.extend(chars.by_ref().map(|(_, digit)| digit).take_while(|digit| *digit != '}'));
                } else {
                    digits.extend(chars.by_ref().take(4).map(|(_, digit)| digit));
                }
                push_code(code, &digits, from);
            }
            other => code.push(other, from),
        }
    }
    true
}

fn push_code(code: &mut Code, digits: &str, from: usize) {
    let char = u32::from_str_radix(digits, 16).ok().and_then(char::from_u32);
    code.push(char.unwrap_or('\u{fffd}'), from);
}

fn lint_code(engine: &Engine<'_>, node: NodeId, code: &Code, how: Evaluates, options: &Options, sink: &mut Sink) {
    // The body of `new Function` is a function's: a return in it is fine for this parser, too.
    let block = &Unit::file("code.cjs", &code.text).blocks[0];
    let Ok(parsed) = syntax::parse(&code.text, block, false) else { return };
    let source = Source::new(engine.source.path.clone(), code.text.clone());
    let parsed = vec![parsed];
    let mut facts: Facts = collect(&parsed, "code.cjs", code.text.len(), None);
    syntax::free(parsed, facts.nesting);
    facts.module = match how {
        Evaluates::Script => ModuleKind::Script,
        Evaluates::Function => ModuleKind::CommonJs,
    };
    let top = runs(engine, node);
    // Run once in view, it is the file around that is evaluated again, in whatever realm.
    let one_realm = top.strength > Strength::Bounded && shares_globals(engine, node);
    let inner = Engine::embedded(&facts, engine.models, &source, top, one_realm);
    let mut own = Sink { tells: sink.tells, ..Sink::default() };
    run_rules(&inner, options, &mut own);
    for mut draft in own.drafts {
        draft.span = code.origin_span(draft.span);
        for piece in &mut draft.evidence {
            piece.span = code.origin_span(piece.span);
        }
        for place in &mut draft.related {
            place.span = code.origin_span(place.span);
        }
        sink.drafts.push(draft);
    }
    for mut story in own.stories {
        story.span = code.origin_span(story.span);
        sink.stories.push(story);
    }
}

/// Whether every run in view is in this realm: `vm.runInThisContext`, `script.runInThisContext()`.
fn shares_globals(engine: &Engine<'_>, node: NodeId) -> bool {
    let facts = engine.facts;
    if engine.callee_text(node).ends_with("runInThisContext") {
        return true;
    }
    let mut any = false;
    let all = script_runs(engine, node).into_iter().all(|member| {
        let NodeKind::Member { name, .. } = facts.kind(member) else { return true };
        any |= facts.name(name).starts_with("runIn");
        !matches!(facts.name(name), "runInNewContext" | "runInContext")
    });
    any && all
}

/// The members of the script that a call makes: `script.runInNewContext`.
fn script_runs(engine: &Engine<'_>, node: NodeId) -> Vec<NodeId> {
    let facts = engine.facts;
    let parent = facts.node(node).parent;
    if let NodeKind::Member { .. } = facts.kind(parent) {
        return vec![parent];
    }
    let NodeKind::Assign { target, value, .. } = facts.kind(parent) else { return Vec::new() };
    let NodeKind::Ref { binding, .. } = facts.kind(target) else { return Vec::new() };
    if value != node {
        return Vec::new();
    }
    let references = binding.get().map_or(&[][..], |binding| facts.references(binding));
    references.iter().map(|reference| facts.node(*reference).parent).filter(|parent| parent.is_some()).collect()
}

/// How often the code runs: as often as its call, or as the script that the call makes is run.
fn runs(engine: &Engine<'_>, node: NodeId) -> Repetition {
    let mut best = engine.repetition_of(node);
    for run in script_runs(engine, node) {
        let repetition = engine.repetition_of(run);
        if repetition.strength > best.strength {
            best = repetition;
        }
    }
    if best.strength <= Strength::Bounded {
        return Repetition::at_load();
    }
    // The reason stands in the file around, not in the code: only its words are kept.
    best.span = Span::new(0, 0);
    best.entry = None;
    best
}
