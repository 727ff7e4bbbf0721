//! Given: what functions of other files do with what this one gives them, and what its own functions do
//! with what others give them.

use super::usage::{Escape, Grow, GrowKind, Shrink, Use, UseAt};
use super::{Engine, PlaceId, PlaceKey, Strength};
use crate::facts::{AssignOp, BindingKind, FunctionId, NodeId, NodeKind};
use crate::index::{Deed, Effect, Given, Kept, Treatment, member_of};
use crate::models::Acquires;

/// Names of an import are followed so far.
const MAX_NAMES: u32 = 8;

/// Helpers are followed so far.
const MAX_HELPERS: u32 = 3;

impl<'a> Engine<'a> {
    /// The specifier and the export that a value is of.
    pub(super) fn imported(&self, node: NodeId) -> Option<(&'a str, String)> {
        self.imported_at(node, 0)
    }

    fn imported_at(&self, node: NodeId, depth: u32) -> Option<(&'a str, String)> {
        let facts = self.facts;
        if depth > MAX_NAMES || !node.is_some() {
            return None;
        }
        match facts.kind(node) {
            NodeKind::Ref { binding, .. } => match facts.binding(binding.get()?).kind {
                BindingKind::Import(at) => {
                    let import = &facts.imports[at as usize];
                    let export = super::outside::export_name(facts.name(import.name));
                    Some((facts.name(import.module), export.to_string()))
                }
                BindingKind::Param => None,
                _ => self.imported_at(facts.constant(binding)?, depth + 1),
            },
            NodeKind::Member { object, name } => {
                let (specifier, export) = self.imported_at(object, depth + 1)?;
                Some((specifier, member_of(&export, facts.name(name))))
            }
            NodeKind::Call { callee, args } => {
                let first = facts.arg(args, 0)?;
                match (facts.kind(callee), facts.kind(first)) {
                    (NodeKind::Ref { .. }, NodeKind::Str(specifier)) if self.is_global(callee, "require") => {
                        Some((facts.name(specifier), String::new()))
                    }
                    // `__importStar(require("./x"))`
                    (NodeKind::Ref { .. } | NodeKind::Member { .. }, NodeKind::Call { callee, .. })
                        if args.len <= 2 && self.is_global(callee, "require") =>
                    {
                        self.imported_at(first, depth + 1)
                    }
                    _ => None,
                }
            }
            NodeKind::Await(inner) => match facts.kind(inner) {
                NodeKind::Import(module) => match facts.kind(module) {
                    NodeKind::Str(specifier) => Some((facts.name(specifier), String::new())),
                    _ => None,
                },
                _ => None,
            },
            NodeKind::Sequence(list) => self.imported_at(*facts.list(list).last()?, depth + 1),
            NodeKind::Assign { op: AssignOp::Set | AssignOp::Init, value, .. } => self.imported_at(value, depth + 1),
            _ => None,
        }
    }

    /// What a call gives to a function of another file by one of its arguments, and to which.
    fn given_by(&self, call: NodeId, arg: NodeId, handle: Option<&Acquires>) -> Option<(&'a str, Given)> {
        let facts = self.facts;
        let NodeKind::Call { callee, args } = facts.kind(call) else { return None };
        let list = facts.list(args);
        let position = list.iter().position(|other| *other == arg)?;
        if list[..position].iter().any(|before| matches!(facts.kind(*before), NodeKind::Spread(_))) {
            return None;
        }
        let (specifier, export) = self.imported(callee)?;
        let handle = handle.map(|acquires| (acquires.ended_by.clone(), acquires.chains.clone()));
        Some((specifier, Given { export, position, handle }))
    }

    /// What a function of another file does with an argument; `None` where that is out of sight.
    fn effects(&self, call: NodeId, arg: NodeId, handle: Option<&Acquires>) -> Option<&'a [Effect]> {
        if self.is_alone() {
            return None;
        }
        let (specifier, given) = self.given_by(call, arg, handle)?;
        self.index.treatment(&self.source.path, specifier, &given)
    }

    /// Asks what a function of another file does with an argument.
    fn ask_given(&self, call: NodeId, arg: NodeId, handle: Option<&Acquires>) {
        if self.is_embedded || !self.apis(call).is_empty() {
            return;
        }
        if let Some((specifier, given)) = self.given_by(call, arg, handle) {
            self.asked.borrow_mut().given.push((specifier.to_string(), given));
        }
    }

    /// What was asked of functions of other files.
    #[must_use]
    pub fn asked_given(&self) -> Vec<(String, Given)> {
        let mut asked = std::mem::take(&mut self.asked.borrow_mut().given);
        asked.sort_unstable();
        asked.dedup();
        asked
    }

    /// What a function of another file that a mention of a collection is handed to does with it, as uses
    /// where it is called.
    pub(super) fn done_elsewhere(&self, mention: NodeId) -> Option<Vec<(NodeId, Use)>> {
        let facts = self.facts;
        let call = facts.node(mention).parent;
        let NodeKind::Call { args, .. } = facts.nodes.get(call.index())?.kind else { return None };
        let effects = self.effects(call, mention, None)?;
        let argument = |at: Option<usize>| at.and_then(|at| facts.arg(args, at));
        let use_of = |effect: &Effect| match effect.deed {
            Deed::Grows(how, key, kept) => {
                let values = match kept {
                    Kept::Argument(at) => argument(Some(at)).into_iter().collect(),
                    Kept::Made => vec![call],
                    Kept::Plain => Vec::new(),
                };
                Use::Grow(Grow { how, key: argument(key), values })
            }
            Deed::Removes(key) => Use::Shrink(argument(Some(key)).map_or(Shrink::Some, Shrink::Key)),
            Deed::Shrinks => Use::Shrink(Shrink::Some),
            Deed::LooksUp(key) => Use::Lookup(argument(key).unwrap_or(call)),
            Deed::Escapes => Use::Escape(Escape::Passed),
            Deed::Ends => Use::Read,
        };
        Some(effects.iter().map(|effect| (call, use_of(effect))).collect())
    }

    /// Where the function of another file that a call is of adds to what it is given: "store.js:3".
    #[must_use]
    pub fn grown_at(&self, call: NodeId) -> Option<&'a str> {
        let NodeKind::Call { args, .. } = self.facts.kind(call) else { return None };
        self.facts.list(args).iter().find_map(|arg| self.growing(call, *arg))
    }

    fn growing(&self, call: NodeId, arg: NodeId) -> Option<&'a str> {
        let grows = |effect: &&Effect| matches!(effect.deed, Deed::Grows(..));
        self.effects(call, arg, None)?.iter().find(grows).map(|effect| effect.at.as_str())
    }

    /// Arguments that functions of other files add to, with the calls. Where that is not known yet, it is
    /// asked of collections that live long.
    pub(super) fn grown_elsewhere(&self) -> Vec<(NodeId, NodeId)> {
        let facts = self.facts;
        let mut found = Vec::new();
        // Most files import something, but not those that a bundler made.
        if facts.imports.is_empty() && facts.loads.is_empty() && facts.names.find("require").is_none() {
            return found;
        }
        for call in facts.calls.iter().copied() {
            let NodeKind::Call { callee, args } = facts.kind(call) else { continue };
            let named = |arg: &NodeId| matches!(facts.kind(*arg), NodeKind::Ref { .. } | NodeKind::Member { .. });
            if !facts.list(args).iter().any(named) || self.imported(callee).is_none() {
                continue;
            }
            for arg in facts.list(args).iter().copied().filter(named) {
                if self.growing(call, arg).is_some() {
                    found.push((arg, call));
                } else if self.is_alone() && self.is_long_lived_collection(arg, call, 0) {
                    self.ask_given(call, arg, None);
                }
            }
        }
        found
    }

    /// Whether a call may make a collection grow that lives long: one of this file, or of a caller in it.
    fn is_long_lived_collection(&self, arg: NodeId, call: NodeId, depth: u32) -> bool {
        let Some(place) = self.place_of(arg).filter(|_| !self.is_local(arg)) else { return false };
        if let PlaceKey::Binding(binding) = self.place_key(place)
            && self.facts.binding(binding).kind == BindingKind::Param
        {
            return depth < MAX_HELPERS
                && self
                    .arguments_of(binding)
                    .iter()
                    .any(|(call, argument)| self.is_long_lived_collection(*argument, *call, depth + 1));
        }
        let has_entries = |value| matches!(self.facts.kind(value), NodeKind::Object(parts) if parts.len > 0);
        self.may_be_container(place)
            && self.kind_of_place(place).is_some_and(|kind| kind.collection)
            && self.repetition_of(call).strength > Strength::Bounded
            && !self.stored_values(place).any(has_entries)
    }

    /// Asks what becomes of a collection where it is handed out of sight.
    pub(super) fn ask_what_becomes_of(&self, place: PlaceId, uses: &[UseAt]) {
        let facts = self.facts;
        for used in uses.iter().filter(|used| used.what == Use::Escape(Escape::Passed)) {
            let NodeKind::Call { args, .. } = facts.kind(used.node) else { continue };
            for arg in facts.list(args).iter().copied() {
                let Some(given) = self.place_of(arg) else { continue };
                let handed = matches!(self.place_key(given), PlaceKey::Binding(binding) if facts.binding(binding).kind == BindingKind::Param);
                if given == place || handed {
                    self.ask_given(used.node, arg, None);
                }
            }
        }
    }

    /// What a function of another file does with a handle: [`Deed::Ends`], [`Deed::Escapes`] or nothing that
    /// matters. `None` where that is out of sight.
    pub(super) fn handle_elsewhere(&self, call: NodeId, arg: NodeId, acquires: &Acquires) -> Option<Deed> {
        if acquires.lent {
            return None;
        }
        let Some(effects) = self.effects(call, arg, Some(acquires)) else {
            self.ask_given(call, arg, Some(acquires));
            return None;
        };
        Some(effects.first().map_or(Deed::LooksUp(None), |effect| effect.deed))
    }

    /// What the functions of this file do with what others give them, as far as they asked.
    #[must_use]
    pub fn treatments(&self) -> Vec<(Given, Treatment)> {
        let asked: Vec<&Given> = self.index.asked_given(&self.source.path).collect();
        let Some(least) = asked.iter().map(|given| given.position).min() else { return Vec::new() };
        let functions = (0..self.facts.functions.len()).map(FunctionId::at);
        let known: Vec<(FunctionId, Vec<String>)> = functions
            .filter(|function| self.facts.function(*function).params.len() > least)
            .map(|function| (function, self.exports_of(function)))
            .collect();
        let answer = |given: &Given| {
            let mut named = known.iter().filter(|(_, exports)| exports.contains(&given.export));
            let treatment = match (named.next(), named.next()) {
                (Some((function, _)), None) => Treatment::Does(self.does(*function, given)?),
                (None, _) => {
                    let (specifier, export) = self.given_on(&given.export)?;
                    let further = Given { export: export.clone(), ..given.clone() };
                    self.asked.borrow_mut().given.push((specifier.to_string(), further));
                    Treatment::IsOf(specifier.to_string(), export)
                }
                _ => return None,
            };
            Some((given.clone(), treatment))
        };
        asked.into_iter().filter_map(answer).collect()
    }

    /// The import that an export gives out again, without a word of `export … from`.
    fn given_on(&self, export: &str) -> Option<(&'a str, String)> {
        let facts = self.facts;
        let part = |name: &str| {
            let rest = if name.is_empty() { Some(export) } else { export.strip_prefix(name) };
            rest.filter(|rest| name.is_empty() || rest.is_empty() || rest.starts_with('.'))
        };
        let join = |(specifier, of): (&'a str, String), rest: &str| {
            (specifier, member_of(&of, rest.strip_prefix('.').unwrap_or(rest)))
        };
        let named = facts.exports.iter().find_map(|out| {
            let rest = part(facts.name(out.name))?;
            let binding = out.binding.get()?;
            let BindingKind::Import(at) = facts.binding(binding).kind else { return None };
            let import = &facts.imports[at as usize];
            let of = super::outside::export_name(facts.name(import.name)).to_string();
            Some(join((facts.name(import.module), of), rest))
        });
        // The longest name says most: `exports.store = require("./store")` before all that is exported.
        let mut given: Vec<(&str, NodeId)> = self.given_out().to_vec();
        given.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        named.or_else(|| given.into_iter().find_map(|(name, value)| Some(join(self.imported(value)?, part(name)?))))
    }

    /// What a function does with what it is given; `None` where it cannot be told.
    fn does(&self, function: FunctionId, given: &Given) -> Option<Vec<Effect>> {
        let record = self.facts.function(function);
        let param = record.params.get(given.position).filter(|param| !param.rest && !record.has_eval)?;
        let binding = param.binding.get()?;
        let at = |node: NodeId| format!("{}:{}", self.source.path, self.line(node));
        if let Some((ended_by, chains)) = &given.handle {
            let acquires = Acquires { ended_by: ended_by.clone(), chains: chains.clone(), ..Acquires::default() };
            let fate = self.fate_of_given(binding, &acquires);
            let escapes = fate.handed_over.or(fate.stored.first().map(|(_, at)| *at));
            let deed = match (fate.ended.first(), escapes) {
                (Some(end), _) => Some((Deed::Ends, *end)),
                (None, Some(escape)) => Some((Deed::Escapes, escape)),
                (None, None) => None,
            };
            return Some(deed.into_iter().map(|(deed, node)| Effect { deed, at: at(node) }).collect());
        }
        let place = self.place(PlaceKey::Binding(binding));
        let uses = self.uses(place);
        self.ask_what_becomes_of(place, &uses);
        let effect = |used: &UseAt| {
            let deed = self.deed(function, place, used, &uses)?;
            let at = self.grown_at(used.node).map_or_else(|| at(used.node), str::to_string);
            Some(Effect { deed, at })
        };
        Some(uses.iter().filter_map(effect).collect())
    }

    fn deed(&self, function: FunctionId, place: PlaceId, used: &UseAt, uses: &[UseAt]) -> Option<Deed> {
        use super::key::Domain;
        let from = |node: NodeId| self.made_of_param(function, self.seen_from(node, used));
        Some(match &used.what {
            Use::Grow(grow) => {
                // The parameter itself is this call's.
                if matches!(grow.how, GrowKind::Rebuild | GrowKind::Text | GrowKind::Link) {
                    return None;
                }
                let growth = self.growth(place, used, grow, uses);
                if growth.domain < Domain::Open || self.size_guard(uses, [growth.node, growth.site]).is_some() {
                    return None;
                }
                let kept = match grow.values.last().map(|value| self.seen_from(*value, used)) {
                    Some(value) if self.is_primitive(value) => Kept::Plain,
                    Some(value) => match self.facts.kind(self.origin(value)) {
                        NodeKind::Ref { .. } => from(value).map_or(Kept::Made, Kept::Argument),
                        _ => Kept::Made,
                    },
                    None => Kept::Plain,
                };
                Deed::Grows(grow.how, grow.key.and_then(from), kept)
            }
            Use::Shrink(Shrink::Key(key)) => {
                if self.added_again(uses, used, *key).is_some() {
                    return None;
                }
                from(*key).map_or(Deed::Shrinks, Deed::Removes)
            }
            Use::Shrink(_) => Deed::Shrinks,
            Use::Lookup(key) => Deed::LooksUp(from(*key)),
            Use::Escape(_) => Deed::Escapes,
            Use::SizeTest | Use::Tombstone | Use::Read => return None,
        })
    }

    /// The parameter of a function that a value is made of. The names of what is in one are something else.
    fn made_of_param(&self, function: FunctionId, value: NodeId) -> Option<usize> {
        let facts = self.facts;
        let constant = match facts.kind(value) {
            NodeKind::Ref { binding, .. } => binding.get().and_then(|binding| facts.constant(binding)),
            _ => None,
        };
        if matches!(facts.kind(constant.unwrap_or(value)), NodeKind::Element { .. }) {
            return None;
        }
        let mut found = None;
        facts.each_below(self.origin(value), &mut |part| {
            if let NodeKind::Ref { binding, .. } = facts.kind(part)
                && let Some(binding) = binding.get()
                && facts.binding(binding).kind == BindingKind::Param
                && facts.binding_function(binding) == function
            {
                found = found.or(facts.param_position(binding));
            }
        });
        found
    }

    /// Why what a repeated call gives outlives it, where nothing else of this file can undo what becomes of it:
    /// it is given to no other function of another file, and no listener is removed from it.
    pub(super) fn lasts_beyond(&self, arg: NodeId, call: NodeId) -> Option<String> {
        let facts = self.facts;
        if !matches!(facts.kind(arg), NodeKind::Ref { .. } | NodeKind::Member { .. } | NodeKind::This) {
            return None;
        }
        let why = self.outlives_at(arg, call, 1).ok()?;
        let place = self.place_of(arg)?;
        let NodeKind::Call { callee, args } = facts.kind(call) else { return None };
        let this = self.imported(callee);
        let shared = self.mentions(place).into_iter().any(|mention| {
            let parent = facts.node(mention).parent;
            match facts.nodes.get(parent.index()).map(|node| node.kind) {
                Some(NodeKind::Call { callee, .. }) => {
                    callee != mention && self.function_of(callee).is_none() && self.imported(callee) != this
                }
                Some(NodeKind::New { .. }) => true,
                _ => false,
            }
        });
        let given: Vec<PlaceId> = facts.list(args).iter().filter_map(|arg| self.place_of(*arg)).collect();
        let undone = self.removals().iter().any(|removal| {
            let NodeKind::Call { callee, args } = facts.kind(*removal) else { return false };
            let on = match facts.kind(callee) {
                NodeKind::Member { object, .. } => self.place_of(object),
                _ => None,
            };
            on == Some(place)
                || facts.list(args).iter().any(|arg| self.place_of(*arg).is_some_and(|place| given.contains(&place)))
        });
        (!shared && !undone)
            .then(|| format!("{}:{} gives `{}`: {why}", self.source.path, self.line(call), self.text(arg, 32)))
    }
}
