//! Outside: what other files do with what this one exports, and what it imports from them.
//!
//! Where the project index has no answer, the question is noted, and the file may be judged again.

use super::key::Domain;
use super::place::function_bindings;
use super::{Engine, PlaceId, PlaceKey, Shape, Strength};
use crate::facts::{AssignOp, BindingId, BindingKind, FunctionId, NodeId, NodeKind};
use crate::index::{Given, Questions, Users, Value, member_of};
use crate::models::Kind;
use crate::source::Span;

/// What other files do with a collection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Elsewhere {
    /// It is not exported.
    Private,
    /// Code out of sight may do anything.
    Unseen,
    /// One of them takes entries out: where.
    Released(String),
    /// All of them are in view, and none takes entries out.
    Kept,
}

/// Questions noted while a file is judged.
#[derive(Debug, Default)]
pub struct Asked {
    functions: Vec<FunctionId>,
    shapes: Vec<Shape>,
    exports: Vec<String>,
    /// Specifier and export of imported values whose kind was asked for.
    kinds: Vec<(String, String)>,
    /// Specifier and export of imported collections.
    collections: Vec<(String, String)>,
    /// Functions whose callers may give something that outlives the call.
    receivers: Vec<FunctionId>,
    /// What is given to functions of other files.
    pub(super) given: Vec<(String, Given)>,
}

/// The names a value is given out under, while they are looked for.
#[derive(Default)]
struct Out {
    names: Vec<String>,
    /// Variables looked at: they can hold each other.
    seen: Vec<BindingId>,
    depth: u32,
}

/// Values are followed through so many names.
const MAX_NAMES: u32 = 4;

impl<'a> Engine<'a> {
    /// The exports that the judgement asked about.
    #[must_use]
    pub fn asked_exports(&self) -> Vec<String> {
        let asked = std::mem::take(&mut *self.asked.borrow_mut());
        self.asked.borrow_mut().given = asked.given;
        let functions = sorted(asked.functions).into_iter().flat_map(|function| self.exports_of(function));
        let shapes = asked.shapes.into_iter().flat_map(|shape| self.shape_exports(shape));
        sorted(functions.chain(shapes).chain(asked.exports).collect())
    }

    /// What the judgement asked of other files; of its exports, those that the holds at some places
    /// hang on.
    pub(super) fn questions_of(&self, holds: &[u32]) -> Questions {
        let asked = |list: &mut Vec<(String, String)>| sorted(std::mem::take(list));
        let (kinds, collections, given, receivers) = {
            let mut all = self.asked.borrow_mut();
            let receivers = std::mem::take(&mut all.receivers);
            (asked(&mut all.kinds), asked(&mut all.collections), sorted(std::mem::take(&mut all.given)), receivers)
        };
        let mut exports = self.exports_held_by(holds);
        exports.extend(receivers.into_iter().flat_map(|function| self.exports_of(function)));
        Questions { exports: sorted(exports), kinds, collections, given }
    }

    /// Asks whether callers in other files give a parameter something that outlives the call.
    pub fn ask_for_givers(&self, param: PlaceId) {
        if let PlaceKey::Binding(binding) = self.place_key(param) {
            self.asked.borrow_mut().receivers.push(self.facts.binding_function(binding));
        }
    }

    /// Whether a place is a parameter of a function that only other files can tell of.
    #[must_use]
    pub fn is_exported_param(&self, place: Option<PlaceId>) -> bool {
        let Some(PlaceKey::Binding(binding)) = place.map(|place| self.place_key(place)) else { return false };
        self.is_alone()
            && !self.is_embedded
            && self.facts.binding(binding).kind == BindingKind::Param
            && !self.exports_of(self.facts.binding_function(binding)).is_empty()
    }

    /// Why something that code of other files gives for a parameter outlives its calls.
    pub(super) fn lasts_elsewhere(&self, place: PlaceId) -> Option<String> {
        let PlaceKey::Binding(binding) = self.place_key(place) else { return None };
        if self.is_alone() || self.facts.binding(binding).kind != BindingKind::Param {
            return None;
        }
        let position = self.facts.param_position(binding)?;
        let users = self.users(&self.exports_of(self.facts.binding_function(binding)))?;
        users.args.into_iter().nth(position)?.lasts
    }

    fn exports_held_by(&self, holds: &[u32]) -> Vec<String> {
        if holds.is_empty() {
            return Vec::new();
        }
        let facts = self.facts;
        let is_around = |span: Span, hold: u32| span.start <= hold && hold < span.end;
        let around = |span: Span| holds.iter().any(|hold| is_around(span, *hold));
        let home = |hold: &u32| facts.functions.iter().rposition(|function| is_around(function.span, *hold));
        let homes: Vec<FunctionId> = holds.iter().filter_map(home).map(FunctionId::at).collect();
        let entries: Vec<FunctionId> = homes.iter().filter_map(|home| self.repetition(*home).entry).collect();
        let owner = |home: &FunctionId| match self.place_key(self.place_of_this(*home)?) {
            PlaceKey::Instance(shape) | PlaceKey::Statics(shape) => Some(shape),
            _ => None,
        };
        let owners: Vec<Shape> = homes.iter().filter_map(owner).collect();
        let mut asked = self.asked.borrow_mut();
        asked.functions.retain(|function| entries.contains(function) || around(facts.function(*function).span));
        asked.shapes.retain(|shape| owners.contains(shape));
        drop(asked);
        self.asked_exports()
    }

    pub(super) fn is_alone(&self) -> bool {
        self.is_embedded || !self.index.knows(&self.source.path)
    }

    /// What other files do with all of some exports; `None` where that is not known.
    fn users(&self, exports: &[String]) -> Option<Users> {
        let mut all: Option<Users> = None;
        for export in exports {
            let users = self.index.users(&self.source.path, export)?;
            all = Some(match all {
                None => users,
                Some(known) => known.and(users),
            });
        }
        all
    }

    /// How other files run a function that is exported; `None` where anybody may.
    pub(super) fn run_elsewhere(&self, function: FunctionId) -> Option<Users> {
        if self.is_alone() {
            self.asked.borrow_mut().functions.push(function);
            return None;
        }
        let exports = self.exports_of(function);
        self.asked.borrow_mut().exports.extend(exports.iter().cloned());
        self.users(&exports)
    }

    /// How other files make instances of a class that is exported.
    pub(super) fn made_elsewhere(&self, shape: Shape) -> Option<Users> {
        if self.is_alone() {
            self.asked.borrow_mut().shapes.push(shape);
            return None;
        }
        let exports = self.shape_exports(shape);
        self.asked.borrow_mut().exports.extend(exports.iter().cloned());
        self.users(&exports)
    }

    /// Whether all calls of what a variable holds give it one of few values first: each call is in view, here or in
    /// other files.
    #[must_use]
    pub fn is_given_few(&self, place: PlaceId) -> bool {
        let facts = self.facts;
        let PlaceKey::Binding(binding) = self.place_key(place) else { return false };
        let exports = self.place_exports(place);
        self.asked.borrow_mut().exports.extend(exports.iter().cloned());
        let mut given = Vec::new();
        for reference in facts.references(binding) {
            let parent = facts.node(*reference).parent;
            match facts.kind(parent) {
                NodeKind::Call { callee, args } if callee == *reference => {
                    given.extend(facts.arg(args, 0).map(|arg| self.domain(arg)));
                }
                NodeKind::Assign { target, .. } if target == *reference => {}
                _ => return false,
            }
        }
        if !exports.is_empty() {
            let Some(users) = self.users(&exports).filter(|users| !users.unseen) else { return false };
            given.extend(users.args.first().map(|first| first.domain));
        }
        !given.is_empty() && given.iter().all(|domain| *domain < Domain::Open)
    }

    /// Where the one instance of a class is made, at load, in another file.
    #[must_use]
    pub fn singleton_elsewhere(&self, shape: Shape) -> Option<String> {
        let users = self.made_elsewhere(shape)?;
        match users.made.as_slice() {
            [only] if !users.unseen && only.strength == Strength::Once => Some(only.reason.clone()),
            _ => None,
        }
    }

    /// What other files do with a collection.
    #[must_use]
    pub fn elsewhere(&self, place: PlaceId) -> Elsewhere {
        if let Some((file, value)) = self.imported_value(place) {
            let own = value.released.map(|line| format!("{file}:{line}"));
            return match (own, self.index.users(&file, &value.export)) {
                (Some(place), _) => Elsewhere::Released(place),
                (None, Some(users)) => verdict(&users),
                (None, None) => Elsewhere::Unseen,
            };
        }
        if self.is_alone()
            && let Some(import) = self.import_of(place)
        {
            self.asked.borrow_mut().collections.push(import);
        }
        let exports = self.place_exports(place);
        if exports.is_empty() {
            return Elsewhere::Private;
        }
        self.asked.borrow_mut().exports.extend(exports.iter().cloned());
        match self.users(&exports).map_or(Elsewhere::Unseen, |users| verdict(&users)) {
            // A property of something exported is seldom anybody else's business.
            Elsewhere::Unseen if !self.is_exported_itself(place) => Elsewhere::Private,
            told => told,
        }
    }

    /// Whether a place is an export, rather than a part of one.
    fn is_exported_itself(&self, place: PlaceId) -> bool {
        match self.place_key(place) {
            PlaceKey::Member(parent, _) => self.place_key(parent) == PlaceKey::Exports,
            _ => true,
        }
    }

    /// The exported value of another file that a place holds.
    fn imported_value(&self, place: PlaceId) -> Option<(String, &'a Value)> {
        let (specifier, export) = self.import_of(place)?;
        self.index.value(&self.source.path, &specifier, &export)
    }

    /// The specifier and the export that a place stands for.
    fn import_of(&self, place: PlaceId) -> Option<(String, String)> {
        let facts = self.facts;
        match self.place_key(place) {
            PlaceKey::Binding(binding) => match facts.binding(binding).kind {
                BindingKind::Import(at) => {
                    let import = &facts.imports[at as usize];
                    Some((facts.name(import.module).to_string(), export_name(facts.name(import.name)).to_string()))
                }
                _ => {
                    let value = facts.constant(binding)?;
                    if !matches!(facts.kind(value), NodeKind::Call { .. } | NodeKind::Member { .. }) {
                        return None;
                    }
                    import_path(&self.path_of(value)?)
                }
            },
            PlaceKey::Member(parent, name) => {
                let (specifier, export) = self.import_of(parent)?;
                Some((specifier, member_of(&export, facts.name(name))))
            }
            _ => None,
        }
    }

    /// The kind of an imported place, by the file that makes it.
    pub(super) fn imported_kind(&self, place: PlaceId) -> Option<&'a Kind> {
        if !matches!(self.place_root(place), PlaceKey::Binding(_)) {
            return None;
        }
        let (specifier, export) = self.import_of(place)?;
        if self.is_alone() {
            self.asked.borrow_mut().kinds.push((specifier, export));
            return None;
        }
        let (_, value) = self.index.value(&self.source.path, &specifier, &export)?;
        self.models.kind(&value.kind)
    }

    /// What the file exports: names, empty for all of `module.exports`, and values.
    pub(super) fn given_out(&self) -> &[(&'a str, NodeId)] {
        self.given_out.get_or_init(|| self.find_given_out())
    }

    fn find_given_out(&self) -> Vec<(&'a str, NodeId)> {
        let facts = self.facts;
        let mut found: Vec<(&str, NodeId)> = facts
            .exports
            .iter()
            .filter_map(|export| {
                let value = export.node.get().or_else(|| facts.constant(export.binding.get()?))?;
                Some((facts.name(export.name), value))
            })
            .collect();
        if facts.names.find("exports").is_none() {
            return found;
        }
        for node in facts.stores.iter().copied() {
            let NodeKind::Assign { op: AssignOp::Set, target, value } = facts.kind(node) else { continue };
            let NodeKind::Member { object, name } = facts.kind(target) else { continue };
            let name = facts.name(name);
            if name == "exports" && self.is_global(object, "module") {
                found.push(("", value));
                if let NodeKind::Object(parts) = facts.kind(value) {
                    found.extend(facts.list(parts).iter().filter_map(|part| match facts.kind(*part) {
                        NodeKind::Property { key, value } => Some((facts.name(key), value)),
                        _ => None,
                    }));
                }
            } else if self.is_global(object, "exports")
                || matches!(facts.kind(object), NodeKind::Member { object, name } if facts.name(name) == "exports" && self.is_global(object, "module"))
            {
                found.push((name, value));
            }
        }
        found
    }

    /// The names under which other files know a function.
    #[must_use]
    pub fn exports_of(&self, function: FunctionId) -> Vec<String> {
        let facts = self.facts;
        let record = facts.function(function);
        let mut out = Out::default();
        if let Some(class) = record.class.get().filter(|_| record.is_static) {
            let name = facts.name(record.name);
            let classes = self.shape_exports(Shape::Class(class));
            out.names = classes.iter().map(|class| member_of(class, name)).collect();
        } else if let Some(class) = record.class.get() {
            // A method of an instance that is exported.
            for new in self.made_at(Shape::Class(class)) {
                self.names_out(new, &mut out);
            }
            let name = facts.name(record.name);
            out.names = out.names.iter().map(|instance| member_of(instance, name)).collect();
        } else {
            if let Some(node) = record.node.get() {
                self.names_out(node, &mut out);
            }
            for binding in function_bindings(facts, function) {
                self.binding_names_out(binding, &mut out);
            }
        }
        sorted(out.names)
    }

    /// The names under which other files know a class.
    fn shape_exports(&self, shape: Shape) -> Vec<String> {
        let class = match shape {
            Shape::Class(class) => class,
            Shape::Constructor(function) => return self.exports_of(function),
        };
        let record = &self.facts.classes[class.index()];
        let mut out = Out::default();
        self.names_out(record.node, &mut out);
        if let Some(binding) = record.binding.get() {
            self.binding_names_out(binding, &mut out);
        }
        sorted(out.names)
    }

    /// Where this file makes instances of a class.
    pub(super) fn made_at(&self, shape: Shape) -> Vec<NodeId> {
        let facts = self.facts;
        let Shape::Class(class) = shape else { return Vec::new() };
        let record = &facts.classes[class.index()];
        let named = record.binding.get().into_iter().flat_map(|binding| facts.references(binding).iter().copied());
        named
            .chain([record.node])
            .map(|callee| (callee, facts.node(callee).parent))
            .filter(|(callee, new)| matches!(facts.kind(*new), NodeKind::New { callee: made, .. } if made == *callee))
            .map(|(_, new)| new)
            .collect()
    }

    /// The names under which other files know a place: `cache`, `default.entries`.
    #[must_use]
    pub fn place_exports(&self, place: PlaceId) -> Vec<String> {
        let mut out = Out::default();
        self.place_names_out(place, &mut out);
        sorted(out.names)
    }

    fn place_names_out(&self, place: PlaceId, out: &mut Out) {
        match self.place_key(place) {
            PlaceKey::Exports => out.names.push(String::new()),
            PlaceKey::Binding(binding) => self.binding_names_out(binding, out),
            PlaceKey::Member(parent, name) => {
                let others = std::mem::take(&mut out.names);
                self.place_names_out(parent, out);
                let parents = std::mem::replace(&mut out.names, others);
                let name = self.facts.name(name);
                out.names.extend(parents.iter().map(|parent| member_of(parent, name)));
            }
            _ => {}
        }
    }

    fn binding_names_out(&self, binding: BindingId, out: &mut Out) {
        let facts = self.facts;
        if out.depth > MAX_NAMES || out.seen.contains(&binding) {
            return;
        }
        out.seen.push(binding);
        let named = facts.exports.iter().filter(|export| export.binding == binding);
        out.names.extend(named.map(|export| facts.name(export.name).to_string()));
        for reference in facts.references(binding) {
            if !facts.is_written(*reference) {
                self.names_out(*reference, out);
            }
        }
    }

    /// The names under which a value is given out where it stands.
    fn names_out(&self, node: NodeId, out: &mut Out) {
        let facts = self.facts;
        if out.depth > MAX_NAMES || !node.is_some() {
            return;
        }
        out.depth += 1;
        if facts.is_exported(node) {
            let named = facts.exports.iter().filter(|export| export.node == node);
            out.names.extend(named.map(|export| facts.name(export.name).to_string()));
        }
        let parent = facts.node(node).parent;
        match facts.kind(parent) {
            NodeKind::Assign { target, value, .. } if value == node => {
                match facts.kind(target) {
                    NodeKind::Ref { binding, .. } => {
                        if let Some(binding) = binding.get() {
                            self.binding_names_out(binding, out);
                        }
                    }
                    NodeKind::Member { object, name } => {
                        if facts.name(name) == "exports" && self.is_global(object, "module") {
                            out.names.push(String::new());
                        } else if let Some(place) = self.place_of(target) {
                            self.place_names_out(place, out);
                        }
                    }
                    _ => {}
                }
                // `const load = exports.load = function () {}`
                self.names_out(parent, out);
            }
            NodeKind::Property { key, value } if value == node => {
                let others = std::mem::take(&mut out.names);
                self.names_out(facts.node(parent).parent, out);
                let objects = std::mem::replace(&mut out.names, others);
                out.names.extend(objects.iter().map(|object| member_of(object, facts.name(key))));
            }
            NodeKind::Call { args, .. }
                if facts.arg(args, 0) == Some(node) && self.apis(parent).iter().any(|api| api.passes_through) =>
            {
                self.names_out(parent, out);
            }
            _ => {}
        }
        out.depth -= 1;
    }
}

/// In order, each once.
fn sorted<T: Ord>(mut items: Vec<T>) -> Vec<T> {
    items.sort_unstable();
    items.dedup();
    items
}

fn verdict(users: &Users) -> Elsewhere {
    const TAKES: &[&str] = &["delete", "clear", "shift", "pop", "splice"];
    let taken = users.methods.iter().find(|(method, _)| TAKES.contains(&method.as_str()));
    match (taken.map(|(_, place)| place).or(users.cut.as_ref()), users.unseen) {
        (Some(place), _) => Elsewhere::Released(place.clone()),
        (None, true) => Elsewhere::Unseen,
        (None, false) => Elsewhere::Kept,
    }
}

/// Specifier and export of what the models would call `./store:cache`.
fn import_path(path: &str) -> Option<(String, String)> {
    let (specifier, export) = path.split_once(':')?;
    Some((specifier.to_string(), export_name(export).to_string()))
}

/// The export that an import names: nothing for all of them.
pub(super) fn export_name(imported: &str) -> &str {
    if imported == "*" { "" } else { imported }
}
