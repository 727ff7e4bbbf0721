//! Listeners: registrations on emitters, whose emitter it is, and whether a removal matches.

use super::{Engine, PlaceId, PlaceKey, Strength, remembered};
use crate::facts::{AssignOp, BindingKind, FunctionId, FunctionKind, NodeId, NodeKind, RegionKind, RunBy};
use crate::models::{Api, Event};

/// One registration.
#[derive(Clone, Debug)]
pub struct Listener {
    /// The call.
    pub node: NodeId,
    /// The emitter.
    pub receiver: NodeId,
    /// The event, if it is a constant.
    pub event: Option<String>,
    /// The listener.
    pub handler: NodeId,
    /// Goes with the first event.
    pub once: bool,
    /// A trailing callback that the API makes a listener.
    pub implicit: bool,
    /// An options argument carries a signal.
    pub has_signal: bool,
    /// It is told before the event reaches its target: for another listener than without.
    pub capture: bool,
    /// The handler is a new function each time the code runs.
    pub is_new_each_time: bool,
}

/// What was found of a removal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Removal {
    /// It matches.
    Removed(NodeId),
    /// It is there and does not serve: why.
    Misses(NodeId, String),
    /// It is meant for this listener and cannot match it: why.
    Mismatched(NodeId, String),
    /// There is none.
    None,
}

const DROPPED_CAPTURE: &str = "it is added with a capture flag that the removal leaves out";

impl Engine<'_> {
    /// Every registration of a listener in code that something in view runs again and again.
    #[must_use]
    pub fn repeated_listeners(&self) -> Vec<Listener> {
        let strong = |listener: &&Listener| self.repetition_of(listener.node).strength == Strength::Strong;
        self.listeners().iter().filter(strong).cloned().collect()
    }

    /// Every registration of a listener in code that may run more than once, in order of place.
    #[must_use]
    pub fn listeners(&self) -> &[Listener] {
        self.listeners.get_or_init(|| {
            let facts = self.facts;
            let mut found = Vec::new();
            for node in self.calls_where(|name| self.models.listens(name)) {
                let NodeKind::Call { callee, args } = facts.kind(node) else { continue };
                let name = facts.called_name(callee);
                let may_listen = match facts.list(args) {
                    [] => false,
                    [only] => !facts.kind(*only).is_literal(),
                    _ => true,
                };
                if !may_listen {
                    continue;
                }
                // What the name does not tell, the receiver's kind does. Both are told before how often the code
                // runs, which costs more.
                let listens = |api: &Api| api.listens.is_some();
                let whoever = || self.models.methods(name).is_some_and(|methods| methods.of("?").any(listens));
                if (whoever() || self.apis(node).into_iter().any(listens))
                    && self.repetition_of(node).strength > Strength::Bounded
                {
                    found.extend(self.listener(node));
                }
            }
            found
        })
    }

    /// The object that a call of a method is a call on: its receiver, or the global object for
    /// `addEventListener(…)` alone.
    fn called_on(&self, callee: NodeId) -> Option<(NodeId, PlaceId)> {
        match self.facts.kind(callee) {
            NodeKind::Member { object, .. } => {
                let origin = self.origin(object);
                Some((object, self.place_of(origin).or_else(|| self.place_of(object))?))
            }
            NodeKind::Ref { binding, .. } if !binding.is_some() => Some((callee, self.place(PlaceKey::GlobalObject))),
            _ => None,
        }
    }

    /// The emitter of a listener, as a place.
    #[must_use]
    pub fn listener_place(&self, listener: &Listener) -> Option<PlaceId> {
        let NodeKind::Call { callee, .. } = self.facts.kind(listener.node) else { return None };
        self.called_on(callee).map(|(_, place)| place)
    }

    /// The registration that a call is.
    #[must_use]
    pub fn listener(&self, node: NodeId) -> Option<Listener> {
        let facts = self.facts;
        let NodeKind::Call { callee, args } = facts.kind(node) else { return None };
        let object = match facts.kind(callee) {
            NodeKind::Member { object, .. } => object,
            NodeKind::Ref { binding, .. } if !binding.is_some() => callee,
            _ => return None,
        };
        let apis = self.apis(node);
        let listens = apis.iter().find_map(|api| api.listens.as_ref())?;
        let handler = self.chosen(args, &listens.handler)?;
        let (event, implicit) = match &listens.event {
            Event::At(at) => {
                let event = facts.arg(args, *at)?;
                // `player.on(target, "change", f)` is of another form.
                if event == handler || self.constant_text(handler).is_some() {
                    return None;
                }
                let text = self.constant_text(event).map(str::to_string);
                // `DomEvent.on(this.layer, this.handlers)`: a helper, and no emitter that is known.
                if text.is_none()
                    && self.kind_of(object).is_none()
                    && matches!(facts.kind(event), NodeKind::Member { object, .. } if facts.kind(object) == NodeKind::This)
                {
                    return None;
                }
                (text, false)
            }
            Event::Named(name) => (Some(name.clone()), true),
        };
        // No listener is added by `null`: a probe for what the platform can do.
        if matches!(facts.kind(handler), NodeKind::Null | NodeKind::Undefined) {
            return None;
        }
        // `socket.connect(port)` has no callback.
        if implicit && !(self.is_function(handler) || self.makes_function(self.origin(handler))) {
            return None;
        }
        let options = facts.arg(args, 2);
        let option = |name: &str| options.and_then(|options| self.property(options, name));
        let is_true = |value: NodeId| facts.kind(value) == NodeKind::Bool(true);
        // An EventEmitter takes no options, whatever it is given.
        let takes_options = listens.options || self.kind_of(object).is_none();
        Some(Listener {
            node,
            receiver: object,
            event,
            handler,
            once: listens.once || takes_options && option("once").is_some_and(is_true),
            implicit,
            has_signal: takes_options && option("signal").is_some_and(|signal| self.may_abort(signal)),
            capture: self.is_capture(options),
            is_new_each_time: self.is_made_in(handler, facts.function_of(node)),
        })
    }

    /// Whether something may abort a signal: nobody does where its controller is made here and neither
    /// aborted nor given away.
    fn may_abort(&self, signal: NodeId) -> bool {
        let facts = self.facts;
        let NodeKind::Member { object, name } = facts.kind(self.origin(signal)) else { return true };
        let Some(controller) = self.place_of(object).filter(|_| facts.name(name) == "signal") else { return true };
        let made_here = self.stored_values(controller).any(|value| {
            matches!(facts.kind(self.origin(value)), NodeKind::New { callee, .. } if self.is_global(callee, "AbortController"))
        });
        !made_here
            || self.mentions(controller).iter().any(|mention| {
                let parent = facts.node(*mention).parent;
                match facts.kind(parent) {
                    NodeKind::Member { name, .. } => facts.name(name) == "abort",
                    NodeKind::Assign { target, .. } => target != *mention,
                    _ => parent.is_some(),
                }
            })
    }

    /// Whether the third argument asks for the capture phase.
    fn is_capture(&self, options: Option<NodeId>) -> bool {
        options.is_some_and(|options| {
            let is_true = |value: NodeId| self.facts.kind(value) == NodeKind::Bool(true);
            is_true(self.origin(options)) || self.property(options, "capture").is_some_and(is_true)
        })
    }

    /// Whether a removal says nothing of a capture flag that decides at run time how the listener is
    /// added: `add(event, f, useCapture)`, `remove(event, f)`.
    fn drops_capture(&self, listener: &Listener, removal: crate::facts::List) -> bool {
        let facts = self.facts;
        let NodeKind::Call { args, .. } = facts.kind(listener.node) else { return false };
        let is_flag = facts.arg(args, 2).is_some_and(|flag| match facts.kind(flag) {
            NodeKind::Ref { name, .. } | NodeKind::Member { name, .. } => {
                facts.name(name).to_lowercase().contains("capture")
                    && !matches!(facts.kind(self.origin(flag)), NodeKind::Bool(false))
            }
            _ => false,
        });
        is_flag
            && self.deduplicates(listener)
            && facts.arg(removal, 2).is_none_or(|flag| facts.kind(flag) == NodeKind::Bool(false))
    }

    /// Whether a function value is made anew in each call of a function: a literal, a `bind`, a
    /// local.
    fn is_made_in(&self, handler: NodeId, function: FunctionId) -> bool {
        let facts = self.facts;
        let origin = self.origin(handler);
        match facts.kind(origin) {
            NodeKind::Function(_) | NodeKind::Call { .. } => {
                let looped = || {
                    facts.regions_around(origin).any(|region| matches!(facts.region(region).kind, RegionKind::Loop(_)))
                };
                let home = facts.function_of(origin);
                let inside = (function != FunctionId(0) || looped()) && facts.function_within(home, function);
                // Made by each call of a function around: `const update = …; onMounted(() => …)`.
                inside
                    || home != FunctionId(0)
                        && facts.function_within(function, home)
                        && self.repetition(home).strength > Strength::Bounded
            }
            // An object with `handleEvent`, one for each instance.
            NodeKind::This => {
                matches!(self.place_of(origin).map(|place| self.place_key(place)), Some(PlaceKey::Instance(_)))
            }
            // What a caller hands in is usually made for the call.
            NodeKind::Ref { binding, .. }
                if binding.get().is_some_and(|binding| {
                    facts.binding(binding).kind == BindingKind::Param && facts.binding_function(binding) == function
                }) =>
            {
                true
            }
            // A method of a component, bound to each instance.
            NodeKind::Member { .. }
                if matches!(
                    self.place_of(origin).map(|place| self.place_root(place)),
                    Some(PlaceKey::Literal(object)) if self.component_options(object).is_some()
                ) =>
            {
                true
            }
            // A field that each instance makes for itself: `onKey = () => …`.
            NodeKind::Member { .. } => self.place_of(origin).is_some_and(|place| {
                matches!(self.place_root(place), PlaceKey::Instance(_))
                    && self.stored_values(place).any(|value| {
                        facts.function_of(value) != FunctionId(0)
                            && match facts.kind(value) {
                                NodeKind::Function(function) => facts.function(function).kind != FunctionKind::Method,
                                NodeKind::Call { .. } => true,
                                _ => false,
                            }
                    })
            }),
            // A variable outside that the code gives a new function each time.
            NodeKind::Ref { binding, .. } => binding.get().is_some_and(|binding| {
                facts.writes(binding).any(|write| match facts.kind(write) {
                    NodeKind::Assign { value, .. } => {
                        facts.function_of(write) == function
                            && matches!(facts.kind(value), NodeKind::Function(_) | NodeKind::Call { .. })
                    }
                    _ => false,
                })
            }),
            _ => false,
        }
    }

    /// Whether the receiver of a registration drops what is the same function twice.
    #[must_use]
    pub fn deduplicates(&self, listener: &Listener) -> bool {
        match self.kind_of(listener.receiver) {
            Some(kind) => self.models.lineage(kind).iter().any(|kind| kind.deduplicates),
            None => self.callee_text(listener.node).ends_with("addEventListener"),
        }
    }

    /// Whether the program has one of a listener's function: it is made when the file loads, or belongs to the one
    /// instance of its class.
    fn is_one_function(&self, listener: &Listener) -> bool {
        let facts = self.facts;
        let origin = self.origin(listener.handler);
        match facts.kind(origin) {
            NodeKind::Function(_) => facts.function_of(origin) == FunctionId(0),
            NodeKind::This => {
                self.shape_of_member(facts.function_of(origin)).is_some_and(|shape| self.singleton(shape).is_some())
            }
            _ => false,
        }
    }

    /// Why the emitter is a new one in each round, or cannot be followed; `None` if it outlives the
    /// round.
    #[must_use]
    pub fn is_fresh_receiver(&self, place: PlaceId, listener: &Listener) -> Option<String> {
        let facts = self.facts;
        let function = facts.function_of(listener.node);
        let fresh = "the emitter is a new one each time".to_string();
        let origin = self.origin(listener.receiver);
        let made_in = facts.function_of(origin);
        if matches!(facts.kind(origin), NodeKind::New { .. } | NodeKind::Call { .. } | NodeKind::Await(_))
            && made_in != FunctionId(0)
            && (made_in == function || self.repeats_with(made_in, listener))
        {
            return Some(fresh);
        }
        // What an instance does in its constructor, it does once.
        if let PlaceKey::Instance(_) = self.place_root(place)
            && self.is_part_of_constructor(function)
        {
            return Some(fresh);
        }
        if self.is_made_just_before(place, listener) {
            return Some(fresh);
        }
        match self.place_root(place) {
            PlaceKey::Binding(binding) => {
                let home = facts.binding_function(binding);
                let record = facts.binding(binding);
                if home == FunctionId(0) {
                    return self.stored_each_round(place).then_some(fresh);
                }
                if record.kind == BindingKind::Param {
                    // A parameter that every further round hands on is the same emitter.
                    let same = self.arguments_of(binding).iter().any(|(call, argument)| {
                        self.place_of(*argument) == Some(self.place(PlaceKey::Binding(binding)))
                            && facts.function_within(facts.function_of(*call), home)
                    });
                    let outer = home != function && self.runs_inside_rounds(function, home);
                    return if same || outer {
                        None
                    } else {
                        Some("the emitter is handed in by the caller, and may be a new one".into())
                    };
                }
                if home == function || self.repeats_with(home, listener) {
                    return Some(fresh);
                }
                self.stored_each_round(place).then_some(fresh)
            }
            PlaceKey::Instance(_) => {
                if matches!(self.place_key(place), PlaceKey::Instance(_)) {
                    return None;
                }
                self.stored_each_round(place).then_some(fresh)
            }
            PlaceKey::Literal(_) => Some("the emitter cannot be followed".into()),
            PlaceKey::Global(_) | PlaceKey::GlobalObject | PlaceKey::Exports | PlaceKey::Statics(_) => {
                self.stored_each_round(place).then_some(fresh)
            }
            PlaceKey::Member(..) | PlaceKey::Element(_) => Some("the emitter is an element of a collection".into()),
        }
        .or_else(|| {
            matches!(self.place_key(place), PlaceKey::Element(_))
                .then(|| "the emitter is an element of a collection".into())
        })
    }

    /// Whether a function is a constructor, or runs in one without an event of its own.
    pub(crate) fn is_once_in_constructor(&self, mut function: FunctionId) -> bool {
        let facts = self.facts;
        loop {
            if facts.function(function).kind == FunctionKind::Constructor || self.is_constructor(function) {
                return true;
            }
            let many = self.callback_of(function).is_some_and(|(_, runs)| runs.times == crate::models::Times::Many);
            let nested = !facts.function(function).class.is_some() && facts.function(function).node.is_some();
            if many || !nested || self.callback_of(function).is_none() {
                return false;
            }
            function = facts.function(function).parent;
        }
    }

    /// Whether a function runs in rounds of its own inside a call of another.
    fn runs_inside_rounds(&self, function: FunctionId, home: FunctionId) -> bool {
        let mut next = function;
        while next != home {
            let repetition = self.repetition(next);
            if repetition.strength == Strength::Strong
                && matches!(&*repetition.unit, "round" | "attempt")
                && next != home
            {
                return true;
            }
            match self.facts.function(next).parent.get() {
                Some(parent) => next = parent,
                None => return false,
            }
        }
        false
    }

    /// Whether a variable's function is itself what runs again in each round.
    fn repeats_with(&self, home: FunctionId, listener: &Listener) -> bool {
        let inner = self.repetition_of(listener.node);
        let outer = self.repetition(home);
        outer.strength == Strength::Strong && outer.reason == inner.reason
    }

    /// Whether code that runs again stores a new value: constructors and load time aside.
    pub(super) fn stored_each_round(&self, place: PlaceId) -> bool {
        let facts = self.facts;
        let mut at = Some(place);
        while let Some(place) = at {
            let again = self.stores(place).iter().any(|store| {
                let NodeKind::Assign { op, value, .. } = facts.kind(*store) else { return false };
                let function = facts.function_of(*store);
                let kind = facts.function(function).kind;
                !matches!(
                    kind,
                    FunctionKind::Top | FunctionKind::Constructor | FunctionKind::Fields | FunctionKind::StaticFields
                ) && op != AssignOp::Logical
                    && !self.is_constructor(function)
                    && !matches!(facts.kind(value), NodeKind::Null | NodeKind::Undefined | NodeKind::Bool(_))
                    && !self.is_guarded_once(*store)
                    && self.repetition(function).strength > Strength::Once
            });
            if again {
                return true;
            }
            at = match self.place_key(place) {
                PlaceKey::Member(parent, _)
                    if !matches!(self.place_key(parent), PlaceKey::Instance(_) | PlaceKey::Exports) =>
                {
                    Some(parent)
                }
                _ => None,
            };
        }
        false
    }

    /// Whether the registration is under a test of the listeners that are there.
    #[must_use]
    pub fn asks_for_listeners(&self, node: NodeId) -> bool {
        let facts = self.facts;
        facts.is_tested(node, &mut |part| match facts.kind(part) {
            NodeKind::Member { name, .. } => self.models.has_word("listener-queries", facts.name(name)),
            _ => false,
        })
    }

    /// Whether the registration is under a test that tells a receiver seen before from a new one:
    /// `if (!seen.has(socket))`, `if (!socket.marked) { socket.marked = true; … }`, `if (socket.connecting)`.
    #[must_use]
    pub fn tells_receivers_apart(&self, listener: &Listener) -> bool {
        let facts = self.facts;
        let Some(place) = self.listener_place(listener) else { return false };
        let function = facts.function_of(listener.node);
        let tells = |part: NodeId| match facts.kind(part) {
            NodeKind::Call { .. } => self.asks_a_collection_for(part, place),
            NodeKind::Member { object, name } if self.place_of(object) == Some(place) => {
                self.models.has_word("state-properties", facts.name(name))
                    || self
                        .place_of(part)
                        .is_some_and(|flag| self.stores(flag).iter().any(|store| facts.function_of(*store) == function))
            }
            // `socket[kMarked]`
            NodeKind::Index { object, key } if self.place_of(object) == Some(place) => {
                facts.stores.iter().any(|store| {
                    facts.function_of(*store) == function
                        && matches!(facts.kind(*store), NodeKind::Assign { target, .. }
                            if matches!(facts.kind(target), NodeKind::Index { object, key: stored }
                                if self.place_of(object) == Some(place) && self.place_of(stored) == self.place_of(key)))
                })
            }
            _ => false,
        };
        facts.is_tested(listener.node, &mut |part| {
            // `const isNew = socket.connecting`
            let mut found = tells(part);
            if matches!(facts.kind(part), NodeKind::Ref { .. }) {
                facts.each_below(self.origin(part), &mut |part| found |= tells(part));
            }
            found
        })
    }

    /// Whether the registration is under a test whether its event was seen before:
    /// `if (!known[event]) { known[event] = true; … }`.
    #[must_use]
    pub fn is_added_once_per_event(&self, listener: &Listener) -> bool {
        let facts = self.facts;
        let NodeKind::Call { args, .. } = facts.kind(listener.node) else { return false };
        let Some(event) = facts.arg(args, 0).filter(|_| listener.event.is_none()).and_then(|arg| self.place_of(arg))
        else {
            return false;
        };
        facts.is_tested(listener.node, &mut |part| match facts.kind(part) {
            NodeKind::Index { key, .. } => self.place_of(key) == Some(event),
            NodeKind::Call { .. } => self.asks_a_collection_for(part, event),
            _ => false,
        })
    }

    /// Whether a call asks a collection for what a place holds: `seen.has(socket)`.
    fn asks_a_collection_for(&self, call: NodeId, place: PlaceId) -> bool {
        let facts = self.facts;
        let NodeKind::Call { callee, args } = facts.kind(call) else { return false };
        matches!(facts.kind(callee), NodeKind::Member { name, .. } if matches!(facts.name(name), "has" | "get" | "includes"))
            && facts.arg(args, 0).and_then(|arg| self.place_of(arg)) == Some(place)
    }

    /// Whether a helper's listener comes from its callers, and other code removes one of the name that
    /// they give: too weak to be a release, and enough to doubt that there is none.
    #[must_use]
    pub fn is_removed_by_name(&self, listener: &Listener) -> Option<NodeId> {
        let facts = self.facts;
        let last_name = |node: NodeId| match facts.kind(node) {
            NodeKind::Ref { name, .. } | NodeKind::Member { name, .. } => Some(name),
            _ => None,
        };
        let NodeKind::Ref { binding, .. } = facts.kind(listener.handler) else { return None };
        let binding = binding.get().filter(|binding| facts.binding(*binding).kind == BindingKind::Param)?;
        let given: Vec<_> = self.arguments_of(binding).iter().filter_map(|(_, given)| last_name(*given)).collect();
        self.removals().iter().copied().find(|node| {
            let NodeKind::Call { args, .. } = facts.kind(*node) else { return false };
            facts.list(args).iter().any(|arg| last_name(*arg).is_some_and(|name| given.contains(&name)))
                && !self.is_out_of_use(*node)
        })
    }

    /// Whether a function only passes on an event and a listener that it is given.
    #[must_use]
    pub fn passes_on(&self, listener: &Listener) -> bool {
        let facts = self.facts;
        let NodeKind::Call { args, .. } = facts.kind(listener.node) else { return false };
        let is_param = |node: NodeId| match facts.kind(node) {
            NodeKind::Ref { binding, .. } => {
                binding.get().is_some_and(|binding| facts.binding(binding).kind == BindingKind::Param)
            }
            _ => false,
        };
        let passed = facts.list(args).iter().filter(|arg| is_param(**arg)).count();
        // `on(target, type, callback)` that wraps the callback: its callers add the listeners.
        let wraps = listener.event.is_none() && is_param(listener.receiver) && self.captures_param(listener.handler);
        wraps || passed >= 2 && is_param(listener.handler)
    }

    /// Whether the emitter is ended in the same code, or lasts only as long as a signal that the
    /// function gives to its other listeners.
    #[must_use]
    pub fn is_ended_here(&self, listener: &Listener) -> bool {
        let facts = self.facts;
        let Some(place) = self.listener_place(listener) else { return false };
        let function = facts.function_of(listener.node);
        let ends = self.models.words("emitter-ends").iter().filter_map(|word| facts.names.find(word));
        let ended = ends.flat_map(|name| self.members(name)).any(|member| match facts.kind(*member) {
            NodeKind::Member { object, .. } => {
                facts.function_of(*member) == function
                    && matches!(facts.kind(facts.node(*member).parent), NodeKind::Call { callee, .. } if callee == *member)
                    && self.place_of(object) == Some(place)
            }
            _ => false,
        });
        let Some(signal) = facts.names.find("signal") else { return ended };
        ended
            || facts.properties.iter().any(|property| match facts.kind(*property) {
                NodeKind::Property { key, value } => {
                    key == signal
                        && self.place_of(value) == Some(place)
                        && matches!(facts.kind(facts.node(facts.node(*property).parent).parent), NodeKind::Call { callee, .. } if matches!(facts.kind(callee), NodeKind::Member { name, .. } if self.models.listens(facts.name(name))))
                }
                _ => false,
            })
    }

    /// Calls that remove listeners, in order of place.
    pub(super) fn removals(&self) -> &[NodeId] {
        self.removals.get_or_init(|| {
            let facts = self.facts;
            let removes = |node: &NodeId| match facts.kind(*node) {
                NodeKind::Call { callee, args } => {
                    let name = facts.called_name(self.unbound(callee));
                    // `selection.on("click", null)`
                    let by_null = || facts.arg(args, 1).is_some_and(|arg| matches!(facts.kind(arg), NodeKind::Null));
                    self.models.removes_listeners(name) || name == "on" && by_null()
                }
                _ => false,
            };
            let bound = self.bound_names();
            let may_remove = |name: &str| name == "on" || self.models.removes_listeners(name) || bound.contains(name);
            let mut calls = self.calls_where(may_remove);
            calls.retain(removes);
            calls
        })
    }

    /// Names of variables that stand for methods.
    fn bound_names(&self) -> rustc_hash::FxHashSet<&str> {
        let facts = self.facts;
        let binds = facts.names.find("bind").map_or(&[][..], |bind| self.members(bind));
        let variable = |bind: &NodeId| {
            let stored = facts.node(facts.node(*bind).parent.get()?).parent;
            let NodeKind::Assign { target, .. } = facts.kind(stored) else { return None };
            matches!(facts.kind(target), NodeKind::Ref { .. }).then(|| facts.called_name(target))
        };
        binds.iter().filter_map(variable).collect()
    }

    /// The method that a variable stands for: `const remove = body.removeEventListener.bind(body)`.
    fn unbound(&self, callee: NodeId) -> NodeId {
        let facts = self.facts;
        let NodeKind::Ref { binding, .. } = facts.kind(callee) else { return callee };
        let Some(value) = binding.get().and_then(|binding| facts.constant(binding)) else { return callee };
        let NodeKind::Call { callee: bound, .. } = facts.kind(value) else { return callee };
        match facts.kind(bound) {
            NodeKind::Member { object, name }
                if facts.name(name) == "bind" && matches!(facts.kind(object), NodeKind::Member { .. }) =>
            {
                object
            }
            _ => callee,
        }
    }

    /// Whether a place is an element of a collection, or a part of one.
    fn is_in_element(&self, mut place: PlaceId) -> bool {
        loop {
            match self.place_key(place) {
                PlaceKey::Element(_) => return true,
                PlaceKey::Member(parent, _) => place = parent,
                _ => return false,
            }
        }
    }

    /// The removal that matches a registration.
    #[must_use]
    pub fn removal(&self, listener: &Listener, place: Option<PlaceId>) -> Removal {
        let find = || self.find_removal(listener, place);
        remembered(&self.removed, (listener.node, place), Removal::None, find)
    }

    fn find_removal(&self, listener: &Listener, place: Option<PlaceId>) -> Removal {
        let facts = self.facts;
        let mut near = self.added_by_teardown(listener, place);
        for node in self.removals().iter().copied() {
            let NodeKind::Call { callee, args } = facts.kind(node) else { continue };
            let callee = self.unbound(callee);
            let (NodeKind::Member { name, .. } | NodeKind::Ref { name, .. }) = facts.kind(callee) else { continue };
            let target = self.called_on(callee).map(|(_, place)| place);
            if target.is_none()
                && let NodeKind::Member { object, .. } = facts.kind(callee)
                && self.text(object, 80) == self.text(listener.receiver, 80)
                && facts.list(args).iter().any(|arg| self.is_same_value(*arg, listener.handler))
            {
                // In a handler that is no arrow function, `this` is the emitter.
                let by_handler = facts.kind(object) == NodeKind::This
                    && self.function_of(listener.handler) == Some(facts.function_of(node));
                // Only of a call it is told that it returns another object: `this` has many names.
                let is_call = matches!(facts.kind(self.origin(object)), NodeKind::Call { .. });
                if by_handler || !is_call || self.is_shared(self.origin(object)) {
                    return Removal::Removed(node);
                }
                let text = self.text(object, 32);
                near = Removal::Mismatched(node, format!("each call of `{text}` returns a new object"));
                continue;
            }
            if place.is_none() || target != place {
                // The same function and event, at another object that is as long-lived.
                if let (Some(other), Some(place)) = (target, place)
                    && let Some(handler) = facts.arg(args, 1)
                    && self.is_same_value(handler, listener.handler)
                    && self.names_event(args, listener) == Some(true)
                {
                    // Another name for the emitter, as far as can be told: one of them is handed in.
                    // Fields of instances go by many names.
                    let told = |place: PlaceId| match self.place_root(place) {
                        // What is in a collection is known by the name it was put in under.
                        _ if self.is_in_element(place) => false,
                        PlaceKey::Instance(_) => matches!(self.place_key(place), PlaceKey::Instance(_)),
                        PlaceKey::Binding(binding) => {
                            facts.binding(binding).kind != BindingKind::Param && facts.constant(binding).is_some()
                        }
                        PlaceKey::Global(_) | PlaceKey::GlobalObject => true,
                        _ => false,
                    };
                    if !told(place) || !told(other) {
                        if self.drops_capture(listener, args) {
                            near = Removal::Mismatched(node, DROPPED_CAPTURE.into());
                            continue;
                        }
                        return Removal::Removed(node);
                    }
                    near = Removal::Mismatched(
                        node,
                        format!("it is removed from `{}`, where it never was", self.place_text(other)),
                    );
                }
                continue;
            }
            match self.match_removal(listener, node, args, facts.name(name)) {
                // Another branch of what runs on a change does not run when its component goes.
                Removal::Removed(_) if self.is_other_state(listener, node) => {
                    near = Removal::Misses(
                        node,
                        "it is removed when that changes again, and not when the component goes before".into(),
                    );
                }
                found @ Removal::Removed(_) => return found,
                // It removes another listener, which is added somewhere too.
                _ if self.is_spent(listener, args, place) => {}
                found @ Removal::Mismatched(..) => near = found,
                found @ Removal::Misses(..) if near == Removal::None => near = found,
                _ => {}
            }
        }
        near
    }

    /// Whether a removal is the one of another registration.
    fn is_spent(&self, listener: &Listener, args: crate::facts::List, place: Option<PlaceId>) -> bool {
        let Some(handler) = self.facts.arg(args, 1) else { return false };
        // `off("change", this.update.bind(this))` is meant for `on("change", this.update.bind(this))`.
        let is_made_alike = |one: NodeId, other: NodeId| {
            self.makes_function(one) && self.makes_function(other) && self.text(one, 80) == self.text(other, 80)
        };
        self.listeners().iter().any(|other| {
            other.node != listener.node
                && self.listener_place(other) == place
                && self.names_event(args, other) != Some(false)
                && (self.is_same_value(handler, other.handler) || is_made_alike(handler, other.handler))
                && !self.is_same_value(listener.handler, other.handler)
                && !is_made_alike(listener.handler, other.handler)
        })
    }

    /// Whether two nodes are the same value: the same place, or the same origin.
    fn is_same_value(&self, one: NodeId, other: NodeId) -> bool {
        // A function and its own name inside itself.
        let is_plain = |value: NodeId| {
            matches!(self.facts.kind(value), NodeKind::Function(_))
                || matches!(self.facts.kind(value), NodeKind::Ref { .. })
                    && matches!(self.facts.kind(self.resolved(value)), NodeKind::Function(_) | NodeKind::Ref { .. })
        };
        if is_plain(one)
            && is_plain(other)
            && self.function_of(one).is_some_and(|function| self.function_of(other) == Some(function))
        {
            return true;
        }
        match (self.place_of(one), self.place_of(other)) {
            (Some(one), Some(other)) => one == other,
            _ => {
                self.origin(one) == self.origin(other)
                    && !matches!(self.facts.kind(one), NodeKind::Null | NodeKind::Undefined)
            }
        }
    }

    /// Whether a removal names the event of a listener; `None` where one of them is no constant.
    fn names_event(&self, args: crate::facts::List, listener: &Listener) -> Option<bool> {
        let theirs = self.constant_text(self.facts.arg(args, 0)?)?;
        let ours = listener.event.as_deref()?;
        // jQuery's lists and namespaces: `off(".menu")` removes "click.menu" and "keyup.menu".
        let is_one_of = |their: &str, our: &str| {
            let (name, spaces) = their.split_once('.').unwrap_or((their, ""));
            let (our_name, our_spaces) = our.split_once('.').unwrap_or((our, ""));
            (name.is_empty() || name == our_name)
                && spaces.split('.').all(|space| space.is_empty() || our_spaces.split('.').any(|our| our == space))
        };
        Some(
            theirs == ours
                || theirs.split_whitespace().any(|their| ours.split_whitespace().any(|our| is_one_of(their, our))),
        )
    }

    /// Whether a removal at the right object matches a registration.
    fn match_removal(&self, listener: &Listener, removal: NodeId, args: crate::facts::List, method: &str) -> Removal {
        let facts = self.facts;
        let function = facts.function_of(removal);
        let misses = |reason: String| Removal::Misses(removal, reason);
        let mismatched = |reason: &str| Removal::Mismatched(removal, reason.to_string());
        if self.is_out_of_use(removal) {
            return misses(format!("it is removed only in {}, which nothing here calls", self.function_name(function)));
        }
        let first = facts.arg(args, 0);
        // `once(id, resolve)`, later `removeAllListeners(id)`
        let event_of = |node: NodeId| match facts.kind(node) {
            NodeKind::Call { args, .. } => facts.arg(args, 0).and_then(|event| self.place_of(event)),
            _ => None,
        };
        let first_is_event =
            first.and_then(|first| self.place_of(first)).is_some_and(|place| event_of(listener.node) == Some(place));
        let first_is_listener = !first_is_event
            && first.is_some_and(|first| {
                self.is_same_value(first, listener.handler)
                    || self.constant_text(first).is_none() && self.function_of(first).is_some()
            });
        if first_is_listener && args.len == 1 && matches!(listener_event_position(self, listener), Some(0)) {
            return mismatched("the event is missing: this removes listeners of an event called like the function");
        }
        if self.names_event(args, listener) == Some(false) {
            if self.is_misspelt(args, listener) {
                return mismatched("the name of the event is spelt in another way");
            }
            let theirs = facts.arg(args, 0).and_then(|event| self.constant_text(event)).unwrap_or("another event");
            return misses(format!("this removes '{theirs}', not '{}'", listener.event.as_deref().unwrap_or("it")));
        }
        if method == "removeAllListeners" && !first_is_listener {
            return Removal::Removed(removal);
        }
        let Some(handler) = facts.arg(args, 1) else { return Removal::Removed(removal) };
        if matches!(facts.kind(handler), NodeKind::Null | NodeKind::Undefined) {
            if method == "on" {
                return Removal::Removed(removal);
            }
            return mismatched("it is removed by `null`, which is no listener");
        }
        if let Some(reason) = self.is_empty_field(handler, removal) {
            return Removal::Mismatched(removal, reason);
        }
        if self.is_same_value(handler, listener.handler) {
            // What a field holds was made elsewhere, once for each instance.
            let made = self.origin(listener.handler);
            let made_by_call = matches!(facts.kind(made), NodeKind::Function(_) | NodeKind::Call { .. })
                && facts.function_within(facts.function_of(made), facts.function_of(listener.node));
            if listener.is_new_each_time && made_by_call && self.is_other_branch(listener.node, removal) {
                return mismatched(
                    "the function is made anew by each call: the one that removes never saw the one added",
                );
            }
            if self.deduplicates(listener) && self.is_capture(facts.arg(args, 2)) != listener.capture {
                if self.is_one_function(listener) {
                    return Removal::Removed(removal);
                }
                return mismatched("it is added with one capture flag and removed with the other");
            }
            if self.drops_capture(listener, args) {
                return mismatched(DROPPED_CAPTURE);
            }
            // A new function each time it is named: `this.f.bind(this)`, a factory's product.
            return Removal::Removed(removal);
        }
        let (theirs, ours) = (self.resolved(handler), self.resolved(listener.handler));
        if theirs == ours {
            return Removal::Removed(removal);
        }
        if handler == theirs && matches!(facts.kind(theirs), NodeKind::Function(_)) {
            return mismatched("it is removed by a function made there, which was never added");
        }
        if handler == theirs && self.makes_function(theirs) {
            return mismatched("the function removed is made there, and was never added");
        }
        if self.makes_function(ours) {
            let NodeKind::Call { callee, args } = facts.kind(ours) else { return Removal::None };
            let source = match facts.kind(callee) {
                NodeKind::Member { object, .. } if args.len > 0 && self.function_of(object).is_some() => Some(object),
                _ => facts.arg(args, 0),
            };
            if source.is_some_and(|source| self.is_same_value(source, handler)) {
                return mismatched("what is added is a new function made of the one removed");
            }
        }
        match (facts.kind(theirs), facts.kind(ours)) {
            (NodeKind::Function(inner), NodeKind::Function(outer))
                if listener.handler == ours && self.calls_inside(outer, inner) =>
            {
                mismatched("it is added inside another function, and that one is never removed")
            }
            (NodeKind::Function(_), NodeKind::Function(_)) => {
                misses("another function than the one added is removed".to_string())
            }
            // Another name for it, as far as we can see.
            _ => Removal::Removed(removal),
        }
    }

    /// Why a field of an instance holds no function where it is read: nothing stores to it, or it was
    /// emptied just before.
    fn is_empty_field(&self, handler: NodeId, removal: NodeId) -> Option<String> {
        let facts = self.facts;
        let place = self.place_of(handler)?;
        let PlaceKey::Member(owner, _) = self.place_key(place) else { return None };
        let PlaceKey::Instance(shape) = self.place_key(owner) else { return None };
        let text = self.text(handler, 32);
        let inherits = match shape {
            super::Shape::Class(class) => facts.classes[class.index()].parent.is_some(),
            super::Shape::Constructor(_) => false,
        };
        let declared = match shape {
            super::Shape::Class(class) => {
                let name = match facts.kind(handler) {
                    NodeKind::Member { name, .. } => name,
                    _ => return None,
                };
                facts.classes[class.index()].members.iter().any(|member| member.name == name)
            }
            // Methods of a compiled class stand in a list of names and functions.
            super::Shape::Constructor(_) => match facts.kind(handler) {
                NodeKind::Member { name, .. } => facts.functions.iter().any(|function| function.name == name),
                _ => return None,
            },
        };
        // Compiled classes store under other names of `this`.
        let stored_anywhere = facts.members.iter().any(|member| {
            matches!((facts.kind(*member), facts.kind(handler)), (NodeKind::Member { name, .. }, NodeKind::Member { name: ours, .. }) if name == ours)
                && facts.is_written(*member)
        });
        if !stored_anywhere && !declared && !inherits && self.function_of(handler).is_none() {
            return Some(format!("nothing is ever stored in `{text}`"));
        }
        let emptied = self.stores(place).iter().any(|store| {
            matches!(facts.kind(*store), NodeKind::Assign { value, .. } if matches!(facts.kind(value), NodeKind::Null | NodeKind::Undefined))
                && *store < removal
                && facts.node(*store).region == facts.node(removal).region
        });
        emptied.then(|| format!("`{text}` is emptied before it is removed"))
    }

    /// The value that a name always has: through variables, fields and methods.
    pub(super) fn resolved(&self, node: NodeId) -> NodeId {
        let facts = self.facts;
        let origin = self.origin(node);
        if !matches!(facts.kind(origin), NodeKind::Member { .. } | NodeKind::Ref { .. }) {
            return origin;
        }
        let values: Vec<NodeId> =
            self.place_of(origin).map(|place| self.stored_values(place).collect()).unwrap_or_default();
        match values.as_slice() {
            [only] => self.origin(*only),
            [] => self.function_of(origin).and_then(|function| facts.function(function).node.get()).unwrap_or(origin),
            _ => origin,
        }
    }

    /// Whether a call returns another function each time: `f.bind(this)`, `debounce(f)`, a factory of
    /// the file.
    fn makes_function(&self, node: NodeId) -> bool {
        let facts = self.facts;
        let NodeKind::Call { callee, .. } = facts.kind(node) else { return false };
        if self.models.has_word("function-makers", facts.called_name(callee)) {
            return true;
        }
        self.function_of(callee).is_some_and(|function| {
            let returns = &facts.function(function).returns;
            !returns.is_empty() && returns.iter().all(|value| matches!(facts.kind(*value), NodeKind::Function(_)))
        })
    }

    /// Whether a function calls another one in its own code.
    fn calls_inside(&self, outer: FunctionId, inner: FunctionId) -> bool {
        self.call_sites(inner).iter().any(|site| self.facts.function_within(self.facts.function_of(*site), outer))
    }

    /// Whether two operations lie in the two branches of one condition, or the branch of one leaves before
    /// the other: a call runs one of them.
    #[must_use]
    pub fn is_other_branch(&self, one: NodeId, other: NodeId) -> bool {
        let facts = self.facts;
        let leaves_before = |first: NodeId, then: NodeId| {
            first < then
                && facts.function_of(first) == facts.function_of(then)
                && facts.regions_around(first).any(|region| {
                    facts.region(region).exits
                        && facts.region(region).kind != RegionKind::Body
                        && !facts.region_within(facts.node(then).region, region)
                })
        };
        leaves_before(one, other)
            || leaves_before(other, one)
            || facts.regions_around(one).any(|first| {
                let first = facts.region(first);
                matches!(first.kind, RegionKind::Then | RegionKind::Else)
                    && facts.regions_around(other).any(|second| {
                        let second = facts.region(second);
                        matches!(second.kind, RegionKind::Then | RegionKind::Else)
                            && second.kind != first.kind
                            && second.test == first.test
                    })
            })
    }

    /// Whether code that runs on each change of a component adds a listener in one state and removes it
    /// in the other: `$: if (open) add(); else remove()`, `useEffect(() => { … }, [open])`.
    fn is_other_state(&self, listener: &Listener, removal: NodeId) -> bool {
        let facts = self.facts;
        let (added, removed) = (self.inline_calls(listener.node), self.inline_calls(removal));
        let (Some(outer), Some(other)) = (added.last(), removed.last()) else { return false };
        let function = facts.function_of(*outer);
        let on_change = facts.function(function).kind == FunctionKind::Framed(RunBy::Change)
            || self.callback_of(function).is_some_and(|(_, runs)| {
                runs.times == crate::models::Times::Many && (runs.cleanup || runs.per == "change")
            });
        on_change
            && facts.function_of(*other) == function
            && added.iter().any(|one| removed.iter().any(|other| self.is_other_branch(*one, *other)))
    }

    /// A node and the calls around it that run its function at once, as in `names.forEach(…)`, innermost
    /// first.
    fn inline_calls(&self, mut node: NodeId) -> Vec<NodeId> {
        let mut calls = vec![node];
        while let Some((call, runs)) = self.callback_of(self.facts.function_of(node)) {
            if runs.times != crate::models::Times::Now {
                break;
            }
            calls.push(call);
            node = call;
        }
        calls
    }

    /// `off(".dropDown")` for `on("click.dropdown")`.
    fn is_misspelt(&self, args: crate::facts::List, listener: &Listener) -> bool {
        let theirs = self.facts.arg(args, 0).and_then(|event| self.constant_text(event));
        match (theirs, listener.event.as_deref()) {
            (Some(theirs), Some(ours)) => {
                let (theirs, ours) = (theirs.to_lowercase(), ours.to_lowercase());
                theirs == ours || theirs.starts_with('.') && ours.ends_with(&theirs)
            }
            _ => false,
        }
    }

    /// Whether a teardown adds a listener that other code has added before.
    #[must_use]
    pub fn adds_in_teardown(&self, listener: &Listener) -> bool {
        let name = self.facts.name(self.facts.function(self.facts.function_of(listener.node)).name);
        self.models.has_word("teardown", name) && self.listeners().iter().any(|other| {
            other.node != listener.node
                && matches!(self.added_by_teardown(other, self.listener_place(other)), Removal::Mismatched(node, _) if node == listener.node)
        })
    }

    /// A teardown that adds the same listener once more, where it was meant to remove it.
    fn added_by_teardown(&self, listener: &Listener, place: Option<PlaceId>) -> Removal {
        let facts = self.facts;
        let is_teardown = |function: FunctionId| {
            let name = facts.name(facts.function(function).name);
            self.models.has_word("teardown", name)
        };
        if is_teardown(facts.function_of(listener.node)) {
            return Removal::None;
        }
        let again = self.listeners().iter().find(|other| {
            other.node != listener.node
                && other.event == listener.event
                && !matches!(facts.kind(other.handler), NodeKind::Function(_))
                && is_teardown(facts.function_of(other.node))
                && self.listener_place(other) == place
                && self.is_same_value(other.handler, listener.handler)
        });
        match again {
            Some(other) => {
                Removal::Mismatched(other.node, "its teardown adds it once more, and nothing removes it".into())
            }
            None => Removal::None,
        }
    }

    /// Whether a listener function is handed to code that may remove it: stored in a list or object,
    /// returned, given to an unknown call.
    #[must_use]
    pub fn is_handler_handed_over(&self, listener: &Listener) -> Option<NodeId> {
        let facts = self.facts;
        let mut handler = listener.handler;
        // `const asListener = handler`
        while let NodeKind::Ref { binding, .. } = facts.kind(handler)
            && let Some(value) = binding.get().and_then(|binding| facts.constant(binding))
            && let value = facts.value_of(value)
            && matches!(facts.kind(value), NodeKind::Ref { .. })
            && value < handler
        {
            handler = value;
        }
        let NodeKind::Ref { binding, .. } = facts.kind(handler) else { return None };
        let binding = binding.get()?;
        if facts.binding(binding).kind == BindingKind::Param {
            return None;
        }
        facts.references(binding).iter().copied().find(|reference| {
            if facts.is_written(*reference) || *reference == listener.handler {
                return false;
            }
            let parent = facts.node(*reference).parent;
            match facts.kind(parent) {
                NodeKind::Return(_) | NodeKind::Property { .. } | NodeKind::Array(_) => true,
                NodeKind::Assign { target, value, .. } => value == *reference && !matches!(facts.kind(target), NodeKind::Ref { .. }),
                NodeKind::Call { callee, args } => {
                    callee != *reference
                        && facts.list(args).contains(reference)
                        && self.runs_of(parent, *reference).is_none()
                        && self.listener(parent).is_none()
                        && !matches!(facts.kind(self.unbound(callee)), NodeKind::Member { name, .. } if self.models.removes_listeners(facts.name(name)))
                }
                _ => false,
            }
        })
    }

    /// The removal of whatever a call registers, by any matching call.
    #[must_use]
    pub fn listener_removal(&self, node: NodeId) -> Option<NodeId> {
        let listener = self.listener(node)?;
        match self.removal(&listener, self.listener_place(&listener)) {
            Removal::Removed(node) => Some(node),
            _ => None,
        }
    }
}

/// The position of the event in the arguments of a registration.
fn listener_event_position(engine: &Engine<'_>, listener: &Listener) -> Option<usize> {
    engine.apis(listener.node).iter().find_map(|api| match api.listens.as_ref()?.event {
        Event::At(at) => Some(at),
        Event::Named(_) => None,
    })
}
