//! Handles: what becomes of the value that stands for something taken, and whether it is given back.
//!
//! A timer, a watcher, a subscription, a connection stays until its handle is used to end it. The
//! handle is followed through variables, fields, helpers and closures; where it goes out of sight
//! (returned to an unknown caller, handed to a registry of disposers), its new owner ends it.

use super::{Engine, PlaceId, PlaceKey};
use crate::facts::{BindingId, BindingKind, FunctionId, List, NodeId, NodeKind, RegionKind};
use crate::index::Deed;
use crate::models::Acquires;
use rustc_hash::FxHashSet;

/// What becomes of a handle.
#[derive(Debug, Default)]
pub struct Fate {
    /// What gives it back.
    pub ended: Vec<NodeId>,
    /// What would, but cannot: with the reason.
    pub near: Vec<(NodeId, String)>,
    /// Where it goes out of sight: somebody else's to end.
    pub handed_over: Option<NodeId>,
    /// Where it is stored so that other functions reach it.
    pub stored: Vec<(PlaceId, NodeId)>,
    /// It is stored in a variable of the code that takes it.
    pub local: bool,
    /// Its methods and properties that are used: `observer.observe`.
    pub used: Vec<NodeId>,
}

/// A walk along a handle.
struct Walk<'b> {
    acquires: &'b Acquires,
    seen: FxHashSet<NodeId>,
    variables: FxHashSet<BindingId>,
    fate: Fate,
}

/// Calls and variables are followed so far.
const MAX_STEPS: usize = 200;

impl Engine<'_> {
    /// What becomes of the value of `node`.
    #[must_use]
    pub fn fate(&self, node: NodeId, acquires: &Acquires) -> Fate {
        let mut walk =
            Walk { acquires, seen: FxHashSet::default(), variables: FxHashSet::default(), fate: Fate::default() };
        let chosen = acquires.handle.as_ref().and_then(|arg| match self.facts.kind(node) {
            NodeKind::Call { args, .. } | NodeKind::New { args, .. } => self.chosen(args, arg),
            _ => None,
        });
        match chosen {
            Some(handle) => {
                walk.seen.insert(handle);
                self.named_elsewhere(handle, &mut walk);
            }
            None => self.follow(node, &mut walk),
        }
        walk.fate
    }

    /// What becomes of what a function of this file is given as a parameter.
    pub(super) fn fate_of_given(&self, param: BindingId, acquires: &Acquires) -> Fate {
        let mut walk =
            Walk { acquires, seen: FxHashSet::default(), variables: FxHashSet::default(), fate: Fate::default() };
        self.variable(param, &mut walk);
        walk.fate
    }

    /// Other mentions of what a node names.
    fn named_elsewhere(&self, node: NodeId, walk: &mut Walk<'_>) {
        match self.facts.kind(node) {
            NodeKind::Ref { binding, .. } => {
                if let Some(binding) = binding.get() {
                    self.variable(binding, walk);
                }
            }
            NodeKind::Member { .. } => {
                if let Some(place) = self.place_of(node) {
                    self.place_followed(place, node, walk);
                }
            }
            _ => {}
        }
    }

    fn follow(&self, node: NodeId, walk: &mut Walk<'_>) {
        let facts = self.facts;
        if walk.seen.len() > MAX_STEPS || !walk.seen.insert(node) {
            return;
        }
        // Who hands over one of several parts, `const { port1, port2 } = …`, has the others to end.
        let before = walk.fate.handed_over;
        let mut kept = false;
        for parent in facts.parents(node) {
            walk.fate.handed_over = None;
            self.follow_to(node, parent, walk);
            kept |= walk.fate.handed_over.is_none();
        }
        walk.fate.handed_over = before.or(walk.fate.handed_over.filter(|_| !kept));
    }

    fn follow_to(&self, node: NodeId, parent: NodeId, walk: &mut Walk<'_>) {
        let facts = self.facts;
        if !parent.is_some() || facts.is_exported(node) {
            if facts.is_exported(node) {
                walk.fate.handed_over = Some(node);
            } else if facts.function(facts.function_of(node)).returns.contains(&node) {
                self.returned(node, walk);
            }
            return;
        }
        match facts.kind(parent) {
            NodeKind::Return(_) => self.returned(node, walk),
            NodeKind::Yield(_)
            | NodeKind::Throw(_)
            | NodeKind::Array(_)
            | NodeKind::Tagged { .. }
            | NodeKind::Jsx(_) => {
                walk.fate.handed_over = Some(parent);
            }
            NodeKind::Assign { target, value, .. } if value == node => {
                self.stored_to(target, walk);
                self.follow(parent, walk);
            }
            NodeKind::Call { callee, .. }
                if callee == node && walk.acquires.ended_by.iter().any(|end| end == "_()") =>
            {
                self.ends(parent, walk);
            }
            NodeKind::Call { callee, .. } if callee == node => {}
            NodeKind::Call { callee, args } | NodeKind::New { callee, args } => {
                self.argument(node, parent, callee, args, walk)
            }
            NodeKind::Member { object, name } if object == node => {
                self.method_of(parent, facts.name(name), walk);
            }
            // `store[key] = 1` with the handle as key keeps a copy; `if (handle) …` keeps nothing.
            NodeKind::Logical { .. }
            | NodeKind::Conditional { .. }
            | NodeKind::Sequence(_)
            | NodeKind::Await(_)
            | NodeKind::Spread(_) => self.follow(parent, walk),
            NodeKind::Element { .. } if walk.acquires.ended_by.iter().any(|end| end == "for (_)") => {
                self.ends(parent, walk)
            }
            NodeKind::Element { .. } => self.follow(parent, walk),
            // `stream.getTracks()[0]`
            NodeKind::Index { object, .. } if object == node => self.follow(parent, walk),
            NodeKind::Property { .. } | NodeKind::ComputedProperty { .. } => self.property_of(parent, walk),
            _ => {}
        }
    }

    /// `{ timer: setInterval(…) }`: the object keeps it, whoever has the object.
    fn property_of(&self, property: NodeId, walk: &mut Walk<'_>) {
        let facts = self.facts;
        let object = facts.node(property).parent;
        if walk.acquires.lent
            && matches!(facts.kind(facts.node(object).parent), NodeKind::Call { .. } | NodeKind::New { .. })
        {
            return;
        }
        if let NodeKind::Property { key, .. } = facts.kind(property)
            && let Some(place) = self.object_place(object, 0)
            && !matches!(self.place_key(place), PlaceKey::Literal(_))
        {
            let place = self.member_place(place, key);
            self.place_followed(place, property, walk);
            let goes_out = match self.place_root(place) {
                PlaceKey::Exports => true,
                // `const context = { worker }; return context`
                PlaceKey::Binding(binding) => self.is_given_away(binding),
                _ => false,
            };
            if walk.fate.ended.is_empty() && goes_out {
                walk.fate.handed_over = Some(property);
            }
            return;
        }
        walk.fate.handed_over = Some(property);
    }

    /// Whether a local variable's object is returned, or stored where others have it.
    fn is_given_away(&self, binding: BindingId) -> bool {
        let facts = self.facts;
        facts.binding_function(binding) != FunctionId(0)
            && facts.references(binding).iter().any(|reference| match facts.kind(facts.node(*reference).parent) {
                NodeKind::Return(_) | NodeKind::Property { .. } => true,
                NodeKind::Assign { value, target, .. } => {
                    value == *reference && !matches!(facts.kind(target), NodeKind::Ref { .. })
                }
                _ => false,
            })
    }

    fn stored_to(&self, target: NodeId, walk: &mut Walk<'_>) {
        let facts = self.facts;
        match facts.kind(target) {
            NodeKind::Ref { binding, .. } => match binding.get() {
                Some(binding) => {
                    if facts.binding(binding).kind == BindingKind::Using {
                        walk.fate.ended.push(target);
                    }
                    if facts.binding_function(binding) == facts.function_of(target)
                        && facts.function_of(target) != FunctionId(0)
                    {
                        walk.fate.local = true;
                    } else {
                        walk.fate.stored.push((self.place(PlaceKey::Binding(binding)), target));
                    }
                    self.variable(binding, walk);
                }
                None => walk.fate.handed_over = Some(target),
            },
            NodeKind::Member { .. } => match self.place_of(target) {
                Some(place) => self.place_followed(place, target, walk),
                None if walk.acquires.by_value => {}
                None => walk.fate.handed_over = Some(target),
            },
            _ => walk.fate.handed_over = Some(target),
        }
    }

    fn place_followed(&self, place: PlaceId, at: NodeId, walk: &mut Walk<'_>) {
        // A field of what is handed in or out is the owner's.
        match self.place_root(place) {
            PlaceKey::Binding(binding) if self.facts.binding(binding).kind == BindingKind::Param => {
                if !walk.acquires.by_value {
                    walk.fate.handed_over = Some(at);
                }
            }
            _ => walk.fate.stored.push((place, at)),
        }
        if walk.fate.stored.iter().filter(|(known, _)| *known == place).count() > 1 {
            return;
        }
        for mention in self.mentions(place) {
            if !self.facts.is_written(mention) {
                self.follow(mention, walk);
            }
        }
    }

    fn variable(&self, binding: BindingId, walk: &mut Walk<'_>) {
        if !walk.variables.insert(binding) {
            return;
        }
        if self.facts.exports.iter().any(|export| export.binding == binding) {
            walk.fate.handed_over = Some(self.facts.references(binding)[0]);
        }
        for reference in self.facts.references(binding) {
            if !self.facts.is_written(*reference) {
                self.follow(*reference, walk);
            }
        }
    }

    /// A handle given to a call: something that ends it, a helper of the file, or out of sight.
    fn argument(&self, node: NodeId, call: NodeId, callee: NodeId, args: List, walk: &mut Walk<'_>) {
        let facts = self.facts;
        let name = facts.called_name(callee);
        let path = self.path_of(callee);
        let ends = |end: &String| {
            end.strip_suffix("(_)").is_some_and(|function| {
                path.as_deref() == Some(function) || function.rsplit(['.', ':']).next() == Some(name)
            })
        };
        if walk.acquires.ended_by.iter().any(ends) {
            self.ends(call, walk);
            return;
        }
        // A list of disposers, a helper that ends what it is given, a wrapper that gives it back.
        if let Some(function) = self.function_of(callee) {
            let position = facts.list(args).iter().position(|arg| *arg == node);
            if let Some(param) = position.and_then(|at| facts.function(function).params.get(at))
                && let Some(binding) = param.binding.get()
                && !param.rest
            {
                self.variable(binding, walk);
                return;
            }
        }
        if self.apis(call).iter().any(|api| api.pure && !api.passes_through) || name == "log" {
            return;
        }
        match self.handle_elsewhere(call, node, walk.acquires) {
            Some(Deed::Ends) => return self.ends(call, walk),
            Some(Deed::Escapes) | None => {}
            Some(_) => return,
        }
        if !walk.acquires.lent {
            walk.fate.handed_over = Some(call);
        }
    }

    /// `handle.close()`, `handle.unref().ref()`, `handle.close.bind(handle)`.
    fn method_of(&self, member: NodeId, name: &str, walk: &mut Walk<'_>) {
        let facts = self.facts;
        // `const [track] = stream.getTracks()`
        if name.starts_with(|first: char| first.is_ascii_digit()) {
            return self.follow(member, walk);
        }
        let ends = walk.acquires.ended_by.iter().any(|end| end.strip_prefix("_.") == Some(name));
        let outer = facts.node(member).parent;
        if ends {
            self.ends(member, walk);
            return;
        }
        walk.fate.used.push(member);
        let chains = walk.acquires.chains.iter().any(|chain| chain == name);
        match facts.kind(outer) {
            NodeKind::Call { callee, args } if callee == member => {
                if chains {
                    self.follow(outer, walk);
                }
                // `tracks.forEach((track) => track.stop())`, `pool.connect().then((client) => …)`
                if let Some(each) = facts.arg(args, 0)
                    && (name == "then"
                        || self.runs_of(outer, each).is_some_and(|runs| runs.times == crate::models::Times::Now))
                    && let Some(function) = self.function_of(each)
                    && let Some(binding) = facts.function(function).params.first().and_then(|param| param.binding.get())
                {
                    self.variable(binding, walk);
                }
            }
            _ if chains => self.follow(member, walk),
            _ => {}
        }
    }

    /// Notes what gives the handle back, unless nothing ever runs it.
    fn ends(&self, node: NodeId, walk: &mut Walk<'_>) {
        let function = self.facts.function_of(node);
        if self.is_out_of_use(node) {
            let name = self.function_name(function);
            let reason = if self.is_lost_cleanup(function) {
                format!("{name} is returned by an async function: nobody runs what a promise brings")
            } else {
                format!("it is ended only in {name}, which nothing here calls")
            };
            walk.fate.near.push((node, reason));
        } else {
            walk.fate.ended.push(node);
        }
    }

    /// Whether a function is the cleanup that an async effect returns: the promise is dropped.
    fn is_lost_cleanup(&self, function: FunctionId) -> bool {
        let maker = self.facts.function(function).parent.get();
        maker.is_some_and(|maker| self.facts.function(maker).is_async) && self.is_cleanup(function)
    }

    /// A handle that a function returns: to callers in view, to an API that drops it, or away.
    fn returned(&self, node: NodeId, walk: &mut Walk<'_>) {
        let facts = self.facts;
        let function = facts.function_of(node);
        let record = facts.function(function);
        if function == FunctionId(0) {
            return;
        }
        if let Some((call, runs)) = self.callback_of(function) {
            if runs.cleanup {
                if walk.acquires.ended_by.iter().any(|end| end == "_()") && !record.is_async {
                    walk.fate.ended.push(node);
                }
            } else if (runs.gives_back || runs.times == crate::models::Times::Now)
                && matches!(facts.kind(call), NodeKind::Call { .. })
            {
                self.follow(call, walk);
            }
            return;
        }
        let sites = self.call_sites(function);
        let only_called = !record.class.is_some()
            && super::place::function_bindings(facts, function).all(|binding| {
                !self.binding_escapes(binding, 0)
                    && facts.references(binding).iter().all(|reference| {
                        facts.is_written(*reference)
                            || matches!(facts.kind(facts.node(*reference).parent), NodeKind::Call { callee, .. } if callee == *reference)
                    })
            });
        if !only_called || sites.is_empty() {
            walk.fate.handed_over = Some(node);
            return;
        }
        for site in sites {
            self.follow(site, walk);
        }
    }

    /// Whether a release lies on every way out of the function that takes: in `finally`, or with
    /// nothing between that may throw or wait.
    #[must_use]
    pub fn ends_on_every_path(&self, taken: NodeId, ends: &[NodeId]) -> bool {
        let facts = self.facts;
        let function = facts.function_of(taken);
        let in_finally =
            |node: NodeId| facts.regions_around(node).any(|region| facts.region(region).kind == RegionKind::Finally);
        // In a callback, a handler or another function: paths are not followed there.
        if ends.iter().any(|end| facts.function_of(*end) != function || in_finally(*end)) {
            return true;
        }
        let caught = ends
            .iter()
            .any(|end| facts.regions_around(*end).any(|region| facts.region(region).kind == RegionKind::Catch));
        if caught {
            return true;
        }
        let Some(first) = ends.iter().min() else { return false };
        let between = (taken.index() + 1..first.index()).map(NodeId::at);
        let here =
            |node: &NodeId| facts.function_of(*node) == function && facts.span(*node).start > facts.span(taken).end;
        !between.filter(here).any(|node| match facts.kind(node) {
            NodeKind::Await(_) => true,
            // A way out that asks for something else than the handle.
            NodeKind::Return(_) | NodeKind::Throw(_) => {
                let test = facts.region(facts.node(node).region).test;
                let mut asks = false;
                facts.each_below(test, &mut |part| {
                    asks |=
                        self.place_of(part).is_some_and(|place| Some(place) == self.place_of(taken_name(facts, taken)));
                });
                !asks
            }
            _ => false,
        })
    }
}

/// The name that the value of a node is stored under.
fn taken_name(facts: &crate::facts::Facts, taken: NodeId) -> NodeId {
    let mut at = taken;
    loop {
        at = facts.node(at).parent;
        match facts.kind(at) {
            NodeKind::Assign { target, .. } => return target,
            NodeKind::Await(_) => {}
            _ => return NodeId::NONE,
        }
    }
}
