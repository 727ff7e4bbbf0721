//! Listeners: registrations on emitters, whose emitter it is, and whether a removal matches.

use super::{Engine, PlaceId, PlaceKey, Strength};
use crate::facts::{AssignOp, BindingKind, FunctionId, FunctionKind, NodeId, NodeKind, RegionKind};
use crate::models::Event;

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
    /// The handler is a new function each time the code runs.
    pub is_new_each_time: bool,
}

/// What was found of a removal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Removal {
    /// It matches.
    Removed(NodeId),
    /// It is there and cannot match: why.
    Misses(NodeId, String),
    /// There is none.
    None,
}

impl Engine<'_> {
    /// Every registration of a listener in code that something in view runs again and again.
    #[must_use]
    pub fn repeated_listeners(&self) -> Vec<Listener> {
        let facts = self.facts;
        let mut found = Vec::new();
        for node in facts.operations.iter().copied() {
            let NodeKind::Call { callee, .. } = facts.kind(node) else { continue };
            let NodeKind::Member { name, .. } = facts.kind(callee) else { continue };
            // Told before the receiver's kind is asked for, which costs more.
            if self.models.listens(facts.name(name)) && self.repetition_of(node).strength == Strength::Strong {
                found.extend(self.listener(node));
            }
        }
        found
    }

    /// The registration that a call is.
    #[must_use]
    pub fn listener(&self, node: NodeId) -> Option<Listener> {
        let facts = self.facts;
        let NodeKind::Call { callee, args } = facts.kind(node) else { return None };
        let NodeKind::Member { object, .. } = facts.kind(callee) else { return None };
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
                (self.constant_text(event).map(str::to_string), false)
            }
            Event::Named(name) => (Some(name.clone()), true),
        };
        let is_function =
            self.is_function(handler) || matches!(facts.kind(self.origin(handler)), NodeKind::Call { .. });
        // `socket.connect(port)` has no callback.
        if implicit && !is_function {
            return None;
        }
        let options = facts.arg(args, 2);
        let once_option = options
            .and_then(|options| self.property(options, "once"))
            .is_some_and(|once| facts.kind(once) == NodeKind::Bool(true));
        Some(Listener {
            node,
            receiver: object,
            event,
            handler,
            once: listens.once || once_option,
            implicit,
            has_signal: options.is_some_and(|options| self.property(options, "signal").is_some()),
            is_new_each_time: self.is_made_in(handler, facts.function_of(node)),
        })
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
                (function != FunctionId(0) || looped()) && facts.function_within(facts.function_of(origin), function)
            }
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
            && (facts.function(function).kind == FunctionKind::Constructor || self.is_constructor(function))
        {
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

    /// Whether a function runs in rounds of its own inside a call of another.
    fn runs_inside_rounds(&self, function: FunctionId, home: FunctionId) -> bool {
        let mut next = function;
        while next != home {
            let repetition = self.repetition(next);
            if repetition.strength == Strength::Strong && repetition.unit == "round" && next != home {
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
    fn stored_each_round(&self, place: PlaceId) -> bool {
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
        facts.regions_around(node).any(|region| {
            let mut found = false;
            facts.each_below(facts.region(region).test, &mut |part| {
                if let NodeKind::Member { name, .. } = facts.kind(part) {
                    found |= matches!(
                        facts.name(name),
                        "listenerCount"
                            | "listeners"
                            | "rawListeners"
                            | "_events"
                            | "_eventsCount"
                            | "hasListeners"
                            | "eventNames"
                    );
                }
            });
            found
        })
    }

    /// The removal that matches a registration.
    #[must_use]
    pub fn removal(&self, listener: &Listener, place: PlaceId) -> Removal {
        let facts = self.facts;
        let mut near = Removal::None;
        for node in facts.operations.iter().copied() {
            let NodeKind::Call { callee, args } = facts.kind(node) else { continue };
            let NodeKind::Member { object, name } = facts.kind(callee) else { continue };
            if !self.models.removes_listeners(facts.name(name)) || self.place_of(object) != Some(place) {
                continue;
            }
            if let Some(reason) = self.removal_misses(listener, node, args, facts.name(name)) {
                near = Removal::Misses(node, reason);
                continue;
            }
            return Removal::Removed(node);
        }
        near
    }

    /// Why a removal cannot match a registration.
    fn removal_misses(
        &self,
        listener: &Listener,
        removal: NodeId,
        args: crate::facts::List,
        method: &str,
    ) -> Option<String> {
        let facts = self.facts;
        let function = facts.function_of(removal);
        if self.repetition(function).strength == Strength::Never {
            return Some(format!("it is removed only in {}, which nothing here calls", self.function_name(function)));
        }
        if let (Some(event), Some(ours)) =
            (facts.arg(args, 0).and_then(|event| self.constant_text(event)), &listener.event)
            && event != ours
        {
            return Some(format!("this removes '{event}', not '{ours}'"));
        }
        if method == "removeAllListeners" {
            return None;
        }
        let handler = facts.arg(args, 1)?;
        let same = match (self.place_of(handler), self.place_of(listener.handler)) {
            (Some(theirs), Some(ours)) => theirs == ours,
            _ => self.origin(handler) == self.origin(listener.handler),
        };
        if same {
            return None;
        }
        match facts.kind(self.origin(handler)) {
            NodeKind::Function(_) => Some("this removes a function that was never added".into()),
            NodeKind::Call { .. } => Some("this removes a function made here, not the one added".into()),
            // Another name for it, as far as we can see.
            _ => None,
        }
    }

    /// The removal of whatever a call registers, by any matching call.
    #[must_use]
    pub fn listener_removal(&self, node: NodeId) -> Option<NodeId> {
        let listener = self.listener(node)?;
        let place = self.place_of(listener.receiver)?;
        match self.removal(&listener, place) {
            Removal::Removed(node) => Some(node),
            _ => None,
        }
    }
}
