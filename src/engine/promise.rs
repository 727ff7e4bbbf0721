//! Promises: whether one that is kept settles soon, late, or never.

use super::{Engine, PlaceId, PlaceKey, Shape, remembered};
use crate::facts::{AssignOp, BindingId, FunctionId, FunctionKind, List, NodeId, NodeKind, RegionKind};
use crate::models::Times;

/// When a promise settles, the latest first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Settles {
    /// No code settles it.
    Never,
    /// When the program, its page or its owner ends: "'SIGTERM' comes".
    AtTheEnd(String),
    /// When code calls what settles it, at a time that cannot be told: "`notify` is called".
    WhenCalled(String),
    /// Soon, or it cannot be told.
    Soon,
}

/// Functions and variables that hold the way to settle a promise are followed this far.
const MAX_STEPS: u32 = 8;

impl Engine<'_> {
    /// When the promise that a place holds settles. Soon, also where the place is given another
    /// promise later on: the old one was settled, or went.
    #[must_use]
    pub fn settles(&self, place: PlaceId) -> Settles {
        self.place_settles(place, 0).unwrap_or(Settles::Soon)
    }

    /// The `new Promise(…)` that a function is the executor of.
    #[must_use]
    pub fn executed_promise(&self, function: FunctionId) -> Option<NodeId> {
        let promise = self.facts.node(self.facts.function(function).node.get()?).parent;
        match self.facts.kind(promise) {
            NodeKind::New { callee, .. } if self.is_global(callee, "Promise") => Some(promise),
            _ => None,
        }
    }

    /// Where a new promise runs a race: itself, or the variable that it is stored in.
    #[must_use]
    pub fn raced_as(&self, promise: NodeId) -> Option<NodeId> {
        let facts = self.facts;
        if self.is_raced(promise) {
            return Some(promise);
        }
        let NodeKind::Assign { target, .. } = facts.kind(facts.node(promise).parent) else { return None };
        let NodeKind::Ref { binding, .. } = facts.kind(target) else { return None };
        facts.references(binding.get()?).iter().copied().find(|reference| self.is_raced(*reference))
    }

    fn place_settles(&self, place: PlaceId, depth: u32) -> Option<Settles> {
        let mut latest = None;
        for store in self.stores(place) {
            let (NodeKind::Assign { value, .. } | NodeKind::Property { value, .. }) = self.facts.kind(*store) else {
                return Some(Settles::Soon);
            };
            if matches!(self.facts.kind(value), NodeKind::Null | NodeKind::Undefined) || self.is_dead(*store) {
                continue;
            }
            if !self.is_first_store(*store) {
                return Some(Settles::Soon);
            }
            latest = latest.max(Some(self.value_settles(value, depth + 1)));
        }
        latest
    }

    /// Whether a store gives a variable or field its first value.
    fn is_first_store(&self, store: NodeId) -> bool {
        let function = self.facts.function_of(store);
        let op = match self.facts.kind(store) {
            NodeKind::Assign { op, .. } => op,
            _ => AssignOp::Init,
        };
        matches!(op, AssignOp::Init | AssignOp::Logical)
            || matches!(self.facts.function(function).kind, FunctionKind::Constructor | FunctionKind::Fields)
            || function == FunctionId(0)
            || self.is_constructor(function)
            || self.is_guarded_once(store)
    }

    fn value_settles(&self, value: NodeId, depth: u32) -> Settles {
        let facts = self.facts;
        if depth > MAX_STEPS {
            return Settles::Soon;
        }
        match facts.kind(value) {
            NodeKind::New { callee, args } if self.is_global(callee, "Promise") => {
                facts.arg(args, 0).map_or(Settles::Soon, |executor| self.executor_settles(executor))
            }
            NodeKind::Logical { right, .. } => self.value_settles(right, depth + 1),
            NodeKind::Ref { .. } | NodeKind::Member { .. } => {
                let place = self.place_of(value).and_then(|place| self.place_settles(place, depth + 1));
                place.unwrap_or(Settles::Soon)
            }
            NodeKind::Call { callee, args } => {
                if let Some(settles) = self.apis(value).iter().find_map(|api| api.settles_on.as_ref()) {
                    let (Some(emitter), Some(event)) =
                        (facts.arg(args, settles.emitter), facts.arg(args, settles.event))
                    else {
                        return Settles::Soon;
                    };
                    return self.event_settles(emitter, event).unwrap_or(Settles::Soon);
                }
                // What follows on a promise is settled after it.
                match facts.kind(callee) {
                    NodeKind::Member { object, name } if self.models.has_word("reactions", facts.name(name)) => {
                        self.value_settles(object, depth + 1)
                    }
                    _ => Settles::Soon,
                }
            }
            _ => Settles::Soon,
        }
    }

    /// Whether an event comes when the program, its page or its service ends.
    fn event_settles(&self, emitter: NodeId, event: NodeId) -> Option<Settles> {
        let event = self.constant_text(event)?;
        let known = |word: &str| self.models.has_word("last-events", word);
        let of_kind = || {
            let kind = self.kind_of(emitter)?;
            Some(self.models.lineage(kind).iter().any(|kind| known(&format!("{}#{event}", kind.name))))
        };
        (known(event) || of_kind() == Some(true)).then(|| Settles::AtTheEnd(format!("'{event}' comes")))
    }

    /// When the function given to `new Promise` settles it: by the first of all ways.
    fn executor_settles(&self, executor: NodeId) -> Settles {
        let facts = self.facts;
        let Some(function) = self.function_of(executor) else { return Settles::Soon };
        let record = facts.function(function);
        let mut soonest = Settles::Never;
        for param in record.params.iter().take(2) {
            let Some(binding) = param.binding.get() else { return Settles::Soon };
            soonest = soonest.max(self.binding_called(binding, 0));
        }
        soonest
    }

    /// When a function that a variable holds is called.
    fn binding_called(&self, binding: BindingId, depth: u32) -> Settles {
        let facts = self.facts;
        let reads = facts.references(binding).iter().filter(|reference| !facts.is_written(**reference));
        let exported = facts.is_given_out(binding);
        let by_users = if exported { self.called_as(facts.name(facts.binding(binding).name)) } else { Settles::Never };
        reads.map(|read| self.value_called(*read, depth + 1)).fold(by_users, Ord::max)
    }

    /// When a function that a place holds is called.
    fn place_called(&self, place: PlaceId, depth: u32) -> Settles {
        let facts = self.facts;
        match self.place_key(place) {
            PlaceKey::Binding(binding) => self.binding_called(binding, depth),
            PlaceKey::Member(owner, name) => {
                let by_users = match self.place_key(owner) {
                    PlaceKey::Instance(shape) | PlaceKey::Statics(shape) if !self.shape_escapes(shape) => {
                        Settles::Never
                    }
                    _ => self.called_as(facts.name(name)),
                };
                let reads = self.mentions(place).into_iter().filter(|mention| !facts.is_written(*mention));
                reads.map(|read| self.value_called(read, depth + 1)).fold(by_users, Ord::max)
            }
            _ => Settles::Soon,
        }
    }

    /// When users call what has a name: one that says "end" is for the end.
    fn called_as(&self, name: &str) -> Settles {
        let when = format!("`{name}` is called");
        if self.names_an_end(name) { Settles::AtTheEnd(when) } else { Settles::WhenCalled(when) }
    }

    /// When the function that a node stands for is called.
    fn value_called(&self, node: NodeId, depth: u32) -> Settles {
        let facts = self.facts;
        let parent = facts.node(node).parent;
        if depth > MAX_STEPS {
            return Settles::Soon;
        }
        match facts.kind(parent) {
            // A test, as in `if (wake) wake()`, calls nothing.
            _ if !parent.is_some() => Settles::Never,
            NodeKind::Unary { .. } | NodeKind::Binary { .. } => Settles::Never,
            NodeKind::Call { callee, .. } if callee == node => self.site_called(parent, depth),
            NodeKind::Call { args, .. } | NodeKind::New { args, .. } => self.handed_called(parent, node, args, depth),
            // Not the place of a variable: one that is given a value once is an alias of that value.
            NodeKind::Assign { target, value, .. } if value == node => match facts.kind(target) {
                NodeKind::Ref { binding, .. } => {
                    binding.get().map_or(Settles::Soon, |binding| self.binding_called(binding, depth))
                }
                _ => self.place_of(target).map_or(Settles::Soon, |place| self.place_called(place, depth)),
            },
            NodeKind::Property { key, .. } => match self.called_as(facts.name(key)) {
                end @ Settles::AtTheEnd(_) => end,
                _ => Settles::Soon,
            },
            NodeKind::Logical { left, .. } if left == node => Settles::Never,
            NodeKind::Logical { .. } | NodeKind::Conditional { .. } => self.value_called(parent, depth + 1),
            _ => Settles::Soon,
        }
    }

    /// When a function that is handed to a call is called.
    fn handed_called(&self, call: NodeId, node: NodeId, args: List, depth: u32) -> Settles {
        let facts = self.facts;
        let Some(runs) = self.runs_of(call, node) else { return Settles::Soon };
        if runs.times == Times::Now {
            return self.site_called(call, depth);
        }
        let (NodeKind::Call { callee, .. } | NodeKind::New { callee, .. }) = facts.kind(call) else {
            return Settles::Soon;
        };
        let emitter = match facts.kind(callee) {
            NodeKind::Member { object, .. } => object,
            _ => callee,
        };
        facts.arg(args, 0).and_then(|event| self.event_settles(emitter, event)).unwrap_or(Settles::Soon)
    }

    /// When a call is made.
    fn site_called(&self, call: NodeId, depth: u32) -> Settles {
        let function = self.facts.function_of(call);
        if function == FunctionId(0) || depth > MAX_STEPS {
            return Settles::Soon;
        }
        let is_executor = self.callback_of(function).is_some_and(|(_, runs)| runs.times == Times::Now);
        let asked = self
            .facts
            .regions_around(call)
            .any(|region| matches!(self.facts.region(region).kind, RegionKind::Then | RegionKind::Else));
        // `if (signal.aborted) reject()`: over before it begins.
        if is_executor && asked { Settles::Never } else { self.function_called(function, depth + 1) }
    }

    /// When a function of this file is called.
    fn function_called(&self, function: FunctionId, depth: u32) -> Settles {
        // Remembered: a function of many callers is met again on every way.
        remembered(&self.when_called, function, Settles::Never, || self.find_called(function, depth))
    }

    fn find_called(&self, function: FunctionId, depth: u32) -> Settles {
        let facts = self.facts;
        let record = facts.function(function);
        let name = facts.name(record.name);
        if matches!(record.kind, FunctionKind::Constructor | FunctionKind::Fields | FunctionKind::StaticFields) {
            return Settles::Soon;
        }
        let is_named = !matches!(record.kind, FunctionKind::Expression | FunctionKind::Arrow);
        if is_named && self.names_an_end(name) {
            return self.called_as(name);
        }
        if let Some(class) = record.class.get() {
            let by_users = if self.shape_escapes(Shape::Class(class)) { self.called_as(name) } else { Settles::Never };
            return self
                .call_sites(function)
                .into_iter()
                .map(|site| self.site_called(site, depth))
                .fold(by_users, Ord::max);
        }
        if record.kind == FunctionKind::Declaration {
            let bindings = super::place::function_bindings(facts, function).collect::<Vec<_>>();
            return bindings
                .into_iter()
                .map(|binding| self.binding_called(binding, depth))
                .fold(Settles::Never, Ord::max);
        }
        record.node.get().map_or(Settles::Soon, |node| self.value_called(node, depth))
    }

    /// The function that waits, in each of its runs, for this call of itself; `None` where it does
    /// not, or where something decides whether it does.
    #[must_use]
    pub fn waits_for_round(&self, call: NodeId) -> Option<FunctionId> {
        let facts = self.facts;
        let NodeKind::Call { callee, .. } = facts.kind(call) else { return None };
        // Another name, as in `const listen = server.listen.bind(server)`, may be for what was there
        // before this function took its place.
        let by_name = match facts.kind(callee) {
            NodeKind::Ref { binding, .. } => {
                matches!(facts.kind(facts.constant(binding.get()?)?), NodeKind::Function(_))
            }
            NodeKind::Member { object, .. } => !matches!(facts.kind(object), NodeKind::Super),
            _ => false,
        };
        let here = facts.function_of(call);
        // Told before the function is asked for, which costs more.
        if !by_name || here == FunctionId(0) || !self.is_waited_for(call) || !self.is_unconditional(call) {
            return None;
        }
        let round = self.function_of(callee).filter(|round| facts.function_within(here, *round))?;
        if here == round {
            // Without something to wait for, it would run out of stack.
            return (facts.function(round).is_async && self.awaits_before(call)).then_some(round);
        }
        // `return pause().then(() => beat())`
        let function = facts.function(here).node.get()?;
        let then = facts.node(function).parent;
        let NodeKind::Call { callee, args } = facts.kind(then) else { return None };
        let NodeKind::Member { name, .. } = facts.kind(callee) else { return None };
        let runs_on = facts.arg(args, 0) == Some(function) && matches!(facts.name(name), "then" | "finally");
        let waited = runs_on && facts.function_of(then) == round && self.is_waited_for(then);
        (waited && self.is_unconditional(then)).then_some(round)
    }

    /// Whether its function waits for a value, or returns it to those who wait.
    fn is_waited_for(&self, node: NodeId) -> bool {
        let facts = self.facts;
        let parent = facts.node(node).parent;
        matches!(facts.kind(parent), NodeKind::Return(_) | NodeKind::Await(_))
            || facts.function(facts.function_of(node)).returns.contains(&node)
    }

    /// Whether nothing in its function decides whether a node runs.
    fn is_unconditional(&self, node: NodeId) -> bool {
        let facts = self.facts;
        let mut up = facts.node(node).parent;
        while up.is_some() {
            if matches!(facts.kind(up), NodeKind::Logical { .. } | NodeKind::Conditional { .. }) {
                return false;
            }
            up = facts.node(up).parent;
        }
        facts
            .regions_around(node)
            .all(|region| matches!(facts.region(region).kind, RegionKind::Body | RegionKind::Try | RegionKind::Finally))
    }

    /// Whether a function waits for something before it comes to a node.
    fn awaits_before(&self, node: NodeId) -> bool {
        let facts = self.facts;
        let function = facts.function_of(node);
        let before = facts.waits.iter().take_while(|other| **other < node);
        before
            .copied()
            .any(|other| matches!(facts.kind(other), NodeKind::Await(_)) && facts.function_of(other) == function)
    }
}
