//! What a file gives to other files, and what it does with what they give: its part of the project
//! index.

use super::key::Domain;
use super::outside::export_name;
use super::usage::{Shrink, Use};
use super::{Engine, PlaceId, PlaceKey, Repetition, Strength};
use crate::facts::{BindingId, BindingKind, FunctionId, NodeId, NodeKind, UnaryOp};
use crate::index::{Argument, ImportUse, Links, Repeated, UseKind, Value, member_of};
use rustc_hash::FxHashSet;

/// Names of an import are followed so far.
const MAX_STEPS: u32 = 8;

impl Engine<'_> {
    /// What the index wants to know of a file at first sight; of what its judgement asked about its
    /// exports, what the holds at some places hang on.
    #[must_use]
    pub fn links(&self, holds: &[u32]) -> Links {
        let facts = self.facts;
        let imported = facts.imports.iter().filter(|import| !import.type_only);
        let mut imports: Vec<(String, String)> = imported
            .map(|import| (facts.name(import.module).to_string(), facts.name(import.name).to_string()))
            .chain(self.required().map(|(_, specifier)| (specifier.to_string(), "*".to_string())))
            .chain(self.run_files().into_iter().map(|run| (run.specifier, "*".to_string())))
            .collect();
        imports.sort_unstable();
        imports.dedup();
        let text = |name| facts.name(name).to_string();
        let reexports = facts
            .reexports
            .iter()
            .map(|reexport| (text(reexport.module), text(reexport.name), text(reexport.exported)))
            .collect();
        let has_default = facts.exports.iter().any(|export| facts.name(export.name) == "default")
            || facts.reexports.iter().any(|reexport| facts.name(reexport.exported) == "default")
            || facts.names.find("default").is_some_and(|default| {
                self.members(default).iter().any(|member| {
                    facts.is_written(*member)
                        && matches!(facts.kind(*member), NodeKind::Member { object, .. } if self.is_global(object, "exports"))
                })
            });
        let own = facts.exports.iter().map(|export| facts.name(export.name));
        let first = |name: &str| name.split('.').next().unwrap_or_default().to_string();
        let exports = own.chain(self.given_out().iter().map(|(name, _)| *name)).map(first).collect();
        let values = self.exported_values();
        let questions = self.questions_of(holds);
        Links { imports, values, reexports, exports, has_default, is_short_lived: false, questions }
    }

    /// Calls of `require` and `import()` with a constant specifier.
    fn required(&self) -> impl Iterator<Item = (NodeId, &str)> {
        let facts = self.facts;
        let wanted = facts.names.find("require");
        facts.calls.iter().chain(&facts.loads).copied().filter_map(move |node| {
            let argument = match facts.kind(node) {
                NodeKind::Call { callee, args } => match facts.kind(callee) {
                    NodeKind::Ref { name, binding } if Some(name) == wanted && !binding.is_some() => {
                        facts.arg(args, 0)?
                    }
                    _ => return None,
                },
                NodeKind::Import(module) => module,
                _ => return None,
            };
            match facts.kind(argument) {
                NodeKind::Str(specifier) => Some((node, facts.name(specifier))),
                _ => None,
            }
        })
    }

    /// The objects made at load that are exported, with their kinds.
    fn exported_values(&self) -> Vec<Value> {
        let facts = self.facts;
        let mut values = Vec::new();
        for (export, node) in self.given_out().iter().copied() {
            let place = match facts.kind(node) {
                NodeKind::Ref { binding, .. } => binding.get().and_then(|_| self.place_of(node)),
                _ => None,
            };
            let made = self.origin(node);
            let lasting = matches!(facts.kind(made), NodeKind::New { .. } | NodeKind::Array(_) | NodeKind::Object(_))
                && facts.function_of(made) == FunctionId(0);
            let Some(kind) = self.kind_of(made).filter(|_| lasting) else { continue };
            let place =
                place.or_else(|| self.object_place(made, 0)).or_else(|| match facts.kind(facts.node(made).parent) {
                    NodeKind::Assign { target, .. } => self.place_of(target),
                    _ => None,
                });
            let released = place.filter(|_| kind.collection).and_then(|place| self.released_at(place));
            values.push(Value { export: export.to_string(), kind: kind.name.clone(), released });
        }
        values
    }

    /// The line where this file takes entries out of a collection, or tests its size.
    fn released_at(&self, place: PlaceId) -> Option<u32> {
        self.uses(place).into_iter().find_map(|used| match used.what {
            Use::SizeTest => Some(self.line(used.node)),
            // Its declaration is no reset.
            Use::Shrink(Shrink::All) if self.facts.function_of(used.node) == FunctionId(0) => None,
            Use::Shrink(_) => Some(self.line(used.node)),
            _ => None,
        })
    }

    /// Everything this file does with what it imports from other files of the run, and was asked about.
    #[must_use]
    pub fn survey(&self) -> Vec<ImportUse> {
        let facts = self.facts;
        let from = &self.source.path;
        let mut survey = Survey { engine: self, target: String::new(), seen: FxHashSet::default(), found: Vec::new() };
        for (binding, record) in facts.bindings.iter().enumerate() {
            let BindingKind::Import(at) = record.kind else { continue };
            let import = &facts.imports[at as usize];
            if import.type_only {
                continue;
            }
            let Some(target) = self.index.resolve(from, facts.name(import.module)) else { continue };
            survey.target = target;
            for reference in facts.references(BindingId::at(binding)) {
                survey.follow(*reference, export_name(facts.name(import.name)), 0);
            }
        }
        for (call, specifier) in self.required() {
            if let Some(target) = self.index.resolve(from, specifier) {
                survey.target = target;
                survey.follow(call, "", 0);
            }
        }
        for run in self.run_files() {
            if let Some(target) = self.index.resolve(from, &run.specifier)
                && self.repetition_of(run.call).strength > Strength::Never
            {
                survey.target = target;
                let how = Repeated {
                    strength: Strength::Strong,
                    unit: run.per.to_string(),
                    reason: format!("each {} of the pool", run.per),
                };
                survey.note(run.call, "", UseKind::Run(how));
            }
        }
        survey.found
    }
}

struct Survey<'a, 'b> {
    engine: &'a Engine<'b>,
    /// The file that what is followed comes from.
    target: String,
    seen: FxHashSet<NodeId>,
    found: Vec<ImportUse>,
}

impl Survey<'_, '_> {
    fn note(&mut self, node: NodeId, export: &str, what: UseKind) {
        let line = self.engine.line(node);
        self.found.push(ImportUse { target: self.target.clone(), export: export.to_string(), line, what });
    }

    /// What becomes of an imported value at a node.
    fn follow(&mut self, node: NodeId, export: &str, depth: u32) {
        if !self.engine.index.is_asked(&self.target, export) || !self.seen.insert(node) {
            return;
        }
        if depth > MAX_STEPS {
            self.note(node, export, UseKind::Escaped);
            return;
        }
        let engine = self.engine;
        let facts = engine.facts;
        if facts.is_exported(node) {
            for out in facts.exports.iter().filter(|out| out.node == node) {
                self.note(node, export, UseKind::GivenOut(facts.name(out.name).to_string()));
            }
        }
        for parent in facts.parents(node) {
            self.follow_to(node, parent, export, depth);
        }
    }

    /// What becomes of an imported value in one of the nodes that it is a part of.
    fn follow_to(&mut self, node: NodeId, parent: NodeId, export: &str, depth: u32) {
        let engine = self.engine;
        let facts = engine.facts;
        if !parent.is_some() {
            let returned = facts.function(facts.function_of(node)).returns.contains(&node);
            let what = if returned { self.returned(node) } else { UseKind::Read };
            self.note(node, export, what);
            return;
        }
        match facts.kind(parent) {
            NodeKind::Member { object, name } if object == node => self.member(parent, export, facts.name(name), depth),
            NodeKind::Index { object, .. } if object == node => {
                let what = match facts.kind(facts.node(parent).parent) {
                    NodeKind::Delete(_) => UseKind::Cut,
                    NodeKind::Call { callee, .. } if callee == parent => UseKind::Escaped,
                    _ => UseKind::Read,
                };
                self.note(parent, export, what);
            }
            NodeKind::Call { callee, args } if callee == node => {
                let how = repeated(&engine.repetition_of(parent));
                let spread = facts.list(args).iter().any(|arg| matches!(facts.kind(*arg), NodeKind::Spread(_)));
                let given = |arg: &NodeId| Argument {
                    domain: engine.domain(*arg),
                    varies: engine.varies(*arg),
                    lasts: if how.strength == Strength::Strong { engine.lasts_beyond(*arg, parent) } else { None },
                };
                let args = if spread { unknown() } else { facts.list(args).iter().map(given).collect() };
                self.note(parent, export, UseKind::Called(how, args));
            }
            NodeKind::New { callee, .. } if callee == node => {
                self.note(parent, export, UseKind::Made(repeated(&engine.repetition_of(parent))));
            }
            NodeKind::Call { .. } | NodeKind::New { .. } => self.argument(node, parent, export, depth),
            NodeKind::Await(_) | NodeKind::Sequence(_) => self.follow(parent, export, depth + 1),
            NodeKind::Assign { target, value, .. } if value == node => self.stored(node, parent, target, export, depth),
            NodeKind::Property { key, .. } => {
                let object = engine.object_place(facts.node(parent).parent, 0);
                self.put_into(node, object, facts.name(key), export);
            }
            NodeKind::Return(_) => {
                let what = self.returned(node);
                self.note(node, export, what);
            }
            NodeKind::Unary { op: UnaryOp::Not | UnaryOp::Typeof | UnaryOp::Void, .. }
            | NodeKind::Binary { .. }
            | NodeKind::Element { .. }
            | NodeKind::Spread(_) => self.note(node, export, UseKind::Read),
            NodeKind::Delete(_) => self.note(node, export, UseKind::Cut),
            NodeKind::Conditional { test, .. } if test == node => self.note(node, export, UseKind::Read),
            _ => self.note(node, export, UseKind::Escaped),
        }
    }

    fn member(&mut self, member: NodeId, export: &str, name: &str, depth: u32) {
        let facts = self.engine.facts;
        let parent = facts.node(member).parent;
        let called = matches!(facts.kind(parent), NodeKind::Call { callee, .. } if callee == member);
        match name {
            // `f.call(x)` is a call of `f`.
            "call" | "apply" if called => {
                let how = repeated(&self.engine.repetition_of(parent));
                self.note(parent, export, UseKind::Called(how, unknown()));
            }
            "bind" if called => self.note(parent, export, UseKind::Escaped),
            _ if facts.is_written(member) => self.note(member, &member_of(export, name), UseKind::Cut),
            _ => self.follow(member, &member_of(export, name), depth + 1),
        }
    }

    /// Handed to a call: an API may run it, a helper of a compiler may pass it on.
    fn argument(&mut self, node: NodeId, call: NodeId, export: &str, depth: u32) {
        let engine = self.engine;
        let facts = engine.facts;
        let (NodeKind::Call { args, .. } | NodeKind::New { args, .. }) = facts.kind(call) else { return };
        if let Some(how) = engine.repetition_when_handed(call, node) {
            self.note(call, export, UseKind::Called(repeated(&how), unknown()));
            return;
        }
        let others = facts.list(args).iter().filter(|arg| **arg != node);
        // `Object.assign(exports, require("./x"))`, `__exportStar(require("./x"), exports)`
        let gives_out =
            |arg: &NodeId| engine.place_of(*arg).is_some_and(|place| engine.place_key(place) == PlaceKey::Exports);
        if others.clone().any(gives_out) {
            self.note(call, export, UseKind::GivenOut(String::new()));
            return;
        }
        let is_module = matches!(facts.kind(node), NodeKind::Call { .. }) && facts.list(args).len() <= 2;
        if engine.apis(call).iter().any(|api| api.passes_through) || is_module && export.is_empty() {
            // `__importDefault(require("./x"))`
            self.follow(call, export, depth + 1);
            return;
        }
        self.note(call, export, UseKind::Escaped);
    }

    fn stored(&mut self, node: NodeId, store: NodeId, target: NodeId, export: &str, depth: u32) {
        let engine = self.engine;
        let facts = engine.facts;
        match facts.kind(target) {
            NodeKind::Ref { binding, .. }
                if binding.get().is_some_and(|binding| facts.constant(binding) == Some(node)) =>
            {
                for reference in facts.references(binding) {
                    if !facts.is_written(*reference) {
                        self.follow(*reference, export, depth + 1);
                    }
                }
                let out = facts.exports.iter().filter(|out| out.binding == binding);
                for out in out {
                    self.note(node, export, UseKind::GivenOut(facts.name(out.name).to_string()));
                }
            }
            _ => self.put_into(store, engine.place_of(target), "", export),
        }
    }

    /// Stored in a place, or in a part of one: given out where that is exported, else out of sight.
    fn put_into(&mut self, node: NodeId, place: Option<PlaceId>, part: &str, export: &str) {
        let names = place.map(|place| self.engine.place_exports(place)).unwrap_or_default();
        if names.is_empty() {
            self.note(node, export, UseKind::Escaped);
        }
        for name in names {
            self.note(node, export, UseKind::GivenOut(member_of(&name, part)));
        }
    }

    /// `Object.defineProperty(exports, "load", { get: function () { return x_1.load; } })`
    fn returned(&self, node: NodeId) -> UseKind {
        let facts = self.engine.facts;
        let getter = facts.function(facts.function_of(node)).node;
        let given = || {
            let property = facts.node(getter.get()?).parent;
            let NodeKind::Property { key, .. } = facts.kind(property) else { return None };
            let call = facts.node(facts.node(property).parent).parent;
            let NodeKind::Call { args, .. } = facts.kind(call) else { return None };
            let object = self.engine.place_of(facts.arg(args, 0)?)?;
            match facts.kind(facts.arg(args, 1)?) {
                NodeKind::Str(name)
                    if facts.name(key) == "get" && self.engine.place_key(object) == PlaceKey::Exports =>
                {
                    Some(facts.name(name).to_string())
                }
                _ => None,
            }
        };
        given().map_or(UseKind::Escaped, UseKind::GivenOut)
    }
}

/// Arguments that an API or a spread gives.
fn unknown() -> Vec<Argument> {
    vec![Argument { domain: Domain::Open, varies: false, lasts: None }; 8]
}

fn repeated(repetition: &Repetition) -> Repeated {
    Repeated { strength: repetition.strength, unit: repetition.unit.to_string(), reason: repetition.reason.to_string() }
}
