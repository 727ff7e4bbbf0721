//! Acquisitions: calls that take something which stays until it is given back.

use super::{Engine, Lifetime, PlaceKey, Repetition, Strength};
use crate::facts::{BinaryOp, BindingKind, FunctionId, FunctionKind, NodeId, NodeKind, RegionKind};
use crate::finding::Confidence;
use crate::models::{Acquires, Arg, AtMost};

/// Callers are followed so far for what they hand in.
const MAX_CALLERS: u32 = 4;

/// One call that takes something.
#[derive(Clone, Copy, Debug)]
pub struct Acquisition<'a> {
    /// The call.
    pub node: NodeId,
    /// What it takes.
    pub acquires: &'a Acquires,
}

/// How sure it is that code repeats within the life of what it takes a hold on.
#[derive(Clone, Debug)]
pub struct Grade {
    /// How often, and why.
    pub repetition: Repetition,
    /// The confidence that the repetition alone deserves.
    pub confidence: Confidence,
}

impl<'a> Engine<'a> {
    /// Every call that a model says takes something, in order of place.
    #[must_use]
    pub fn acquisitions(&self) -> &[Acquisition<'a>] {
        self.acquisitions.get_or_init(|| {
            let mut found = Vec::new();
            for node in self.calls_known_where(|name| self.models.acquires(name)) {
                let (NodeKind::Call { callee, .. } | NodeKind::New { callee, .. }) = self.facts.kind(node) else {
                    continue;
                };
                if !self.may_acquire(callee) {
                    continue;
                }
                if let Some(acquires) = self.apis(node).into_iter().find_map(|api| api.acquires.as_ref()) {
                    found.push(Acquisition { node, acquires });
                }
            }
            found
        })
    }

    /// Whether a callee may be one that takes something: told before its path is asked for.
    fn may_acquire(&self, callee: NodeId) -> bool {
        let facts = self.facts;
        match facts.kind(callee) {
            NodeKind::Member { name, .. } => self.models.acquires(facts.name(name)),
            // An import may have been given any name.
            NodeKind::Ref { name, binding } => match binding.get() {
                Some(binding) => match facts.binding(binding).kind {
                    BindingKind::Import(_) => true,
                    BindingKind::Param => false,
                    _ => self.models.acquires(facts.name(name)) || self.path_of(callee).is_some(),
                },
                None => self.models.acquires(facts.name(name)),
            },
            _ => false,
        }
    }

    /// Why an acquisition is none here; `None` if it is one.
    #[must_use]
    pub fn is_harmless(&self, acquisition: &Acquisition<'_>) -> Option<String> {
        let facts = self.facts;
        let Acquisition { node, acquires } = *acquisition;
        let (NodeKind::Call { callee, args } | NodeKind::New { callee, args }) = facts.kind(node) else { return None };
        if facts.list(args).iter().any(|arg| self.property(*arg, "signal").is_some()) {
            return Some("a signal ends it".into());
        }
        if let Some(option) = &acquires.with_option {
            let set = facts.list(args).iter().find_map(|arg| self.property(*arg, option));
            match set.map(|value| facts.kind(self.origin(value))) {
                None | Some(NodeKind::Bool(false)) => return Some(format!("it has no `{option}`")),
                _ => {}
            }
        }
        if let Some(option) = &acquires.without_option
            && facts.list(args).iter().any(|arg| self.property(*arg, option).is_some())
        {
            return Some(format!("`{option}` ends it"));
        }
        if let Some(option) = &acquires.with_shared {
            let given = facts.list(args).iter().find_map(|arg| self.property(*arg, option));
            if !given.is_some_and(|given| self.is_lasting(given) || self.outlives_code(given, node).is_ok()) {
                return Some(format!("its `{option}` is none that outlives it"));
            }
        }
        if !acquires.appends.is_empty() {
            let asked = facts.is_tested(node, &mut |part| {
                matches!(facts.kind(part), NodeKind::Member { name, .. } if self.models.has_word("element-queries", facts.name(name)))
            });
            if asked {
                return Some("it is only added where it is not there yet".into());
            }
            let made = facts.arg(args, 0).map(|arg| self.resolved(arg));
            let of_name = made.is_some_and(|made| match facts.kind(made) {
                NodeKind::Call { callee, args } => {
                    matches!(facts.kind(callee), NodeKind::Member { name, .. } if facts.name(name) == "createElement")
                        && facts
                            .arg(args, 0)
                            .and_then(|name| self.constant_text(name))
                            .is_some_and(|name| acquires.appends.iter().any(|known| known == name))
                }
                _ => false,
            });
            if !of_name {
                return Some("it is not one of the elements that stay for ever".into());
            }
        }
        if !acquires.ended_by_operator.is_empty()
            && let NodeKind::Member { object, .. } = facts.kind(callee)
            && self.is_made_through(object, &acquires.ended_by_operator, 0)
        {
            return Some("an operator ends it".into());
        }
        if let Some(arg) = &acquires.made_of {
            let made = self.chosen(args, arg).is_some_and(|arg| self.is_made_anew(arg, facts.function_of(node)));
            if !made {
                return Some("it is given the same thing each time, and knows it".into());
            }
        }
        if !acquires.superseded_by.is_empty()
            && facts.arg(args, 0).is_some_and(|arg| self.is_stored_as(arg, &acquires.superseded_by))
        {
            return Some("only old programs come to it: newer ones take what it stands for as it is".into());
        }
        if !acquires.ended_by_source.is_empty()
            && let Some(keeper) = self.keeper(acquisition)
            && let Some(end) = self.call_on(keeper, &acquires.ended_by_source)
        {
            return Some(format!("what it is taken on is ended at line {}", self.line(end)));
        }
        if acquires.when_raced && !self.is_raced(node) {
            return Some("the code that asks for it waits for it".into());
        }
        match self.keeper(acquisition) {
            Some(keeper) => self.outlives_code(keeper, node).err(),
            None => None,
        }
    }

    /// Whether code comes to a value only where it cannot be stored to a property of one of these names: it asks for
    /// the property, or has tried.
    fn is_stored_as(&self, given: NodeId, names: &[String]) -> bool {
        let facts = self.facts;
        let (function, text) = (facts.function_of(given), self.text(given, 80));
        let named = |part: NodeId| matches!(facts.kind(part), NodeKind::Member { name, .. } if names.iter().any(|known| known == facts.name(name)));
        let is_caught = facts.regions_around(given).any(|region| facts.region(region).kind == RegionKind::Catch);
        (is_caught || facts.is_tested(given, &mut |part| named(part)))
            && facts.nodes_within(function).any(|node| match facts.kind(node) {
                NodeKind::Assign { target, value, .. } => named(target) && self.text(value, 80) == text,
                _ => false,
            })
    }

    /// A live call of one of these methods on the place of an object.
    fn call_on(&self, object: NodeId, methods: &[String]) -> Option<NodeId> {
        let facts = self.facts;
        let place = self.place_of(object)?;
        facts.operations.iter().copied().find(|call| match facts.kind(*call) {
            NodeKind::Call { callee, .. } => match facts.kind(callee) {
                NodeKind::Member { object, name } => {
                    methods.iter().any(|known| known == facts.name(name))
                        && self.place_of(object) == Some(place)
                        && !self.is_out_of_use(*call)
                }
                _ => false,
            },
            _ => false,
        })
    }

    /// Whether a call is given something of which little stays, as its name tells: `input.files[0]`, `file`.
    #[must_use]
    pub fn is_given_little(&self, acquisition: &Acquisition<'_>) -> bool {
        let facts = self.facts;
        let NodeKind::Call { args, .. } = facts.kind(acquisition.node) else { return false };
        let mut given = facts.arg(args, 0);
        while let Some(node) = given {
            given = match facts.kind(node) {
                NodeKind::Ref { name, .. } | NodeKind::Member { name, .. } => {
                    let last = super::words::words_of(facts.name(name)).next_back();
                    let few = &acquisition.acquires.keeps_little_of;
                    return last.is_some_and(|last| few.iter().any(|word| *word == last.trim_end_matches('s')));
                }
                NodeKind::Index { object, .. } => Some(object),
                _ => None,
            };
        }
        false
    }

    /// Whether an element that is added takes others out once it is there: `link.onload = () => old.remove()`.
    #[must_use]
    pub fn takes_the_place_of_others(&self, acquisition: &Acquisition<'_>) -> bool {
        let facts = self.facts;
        let (NodeKind::Call { args, .. } | NodeKind::New { args, .. }) = facts.kind(acquisition.node) else {
            return false;
        };
        let Some(added) = facts.arg(args, 0).and_then(|element| self.place_of(element)) else { return false };
        let removes = |node: NodeId| match facts.kind(node) {
            NodeKind::Call { callee, .. } => {
                matches!(facts.kind(callee), NodeKind::Member { name, .. } if self.models.has_word("element-removers", facts.name(name)))
            }
            _ => false,
        };
        facts.nodes_within(facts.function_of(acquisition.node)).any(|node| match facts.kind(node) {
            NodeKind::Assign { target, value, .. } => match (facts.kind(target), facts.kind(value)) {
                (NodeKind::Member { object, .. }, NodeKind::Function(handler)) => {
                    self.place_of(object) == Some(added) && facts.operations_within(handler).any(removes)
                }
                _ => false,
            },
            _ => false,
        })
    }

    /// The object that keeps what is taken, where a model names one.
    #[must_use]
    pub fn keeper(&self, acquisition: &Acquisition<'_>) -> Option<NodeId> {
        let (NodeKind::Call { callee, args } | NodeKind::New { callee, args }) = self.facts.kind(acquisition.node)
        else {
            return None;
        };
        match acquisition.acquires.on.as_ref()? {
            Arg::Named(name) if name == "receiver" => match self.facts.kind(callee) {
                NodeKind::Member { object, .. } => Some(object),
                _ => None,
            },
            arg => self.chosen(args, arg),
        }
    }

    /// Whether a promise is one of several of which the first decides: `Promise.race([a, b])`.
    #[must_use]
    pub fn is_raced(&self, node: NodeId) -> bool {
        let facts = self.facts;
        let array = facts.node(node).parent;
        matches!(facts.kind(array), NodeKind::Array(_))
            && match facts.kind(facts.node(array).parent) {
                NodeKind::Call { callee, .. } => {
                    matches!(self.path_of(callee).as_deref(), Some("Promise.race" | "Promise.any"))
                }
                _ => false,
            }
    }

    /// Whether a value is something that lives as long as the process or page by its nature.
    #[must_use]
    pub fn is_lasting(&self, node: NodeId) -> bool {
        let path = self.path_of(self.origin(node));
        path.is_some_and(|path| {
            self.models.always(&path).is_some() || path.starts_with("document.") || path.starts_with("window.")
        })
    }

    /// Whether a chain of calls has one of these functions among its arguments:
    /// `source.pipe(map(f), takeUntil(end))`.
    fn is_made_through(&self, node: NodeId, names: &[String], depth: u32) -> bool {
        let facts = self.facts;
        let mut made = self.origin(node);
        if matches!(facts.kind(made), NodeKind::Member { .. }) {
            let stored = self.place_of(made).map(|place| self.stored_values(place).collect::<Vec<_>>());
            match stored.as_deref() {
                Some([only]) => made = self.origin(*only),
                _ => return false,
            }
        }
        let NodeKind::Call { callee, args } = facts.kind(made) else { return false };
        let named = |arg: &NodeId| match facts.kind(*arg) {
            NodeKind::Call { callee, .. } => names.iter().any(|known| known == facts.called_name(callee)),
            _ => false,
        };
        if facts.list(args).iter().any(named) {
            return true;
        }
        match facts.kind(callee) {
            NodeKind::Member { object, .. } if depth < 8 => self.is_made_through(object, names, depth + 1),
            _ => false,
        }
    }

    /// Whether a value is another one each time the code runs: a literal, a template or concatenation
    /// with data, a call's data.
    fn is_made_anew(&self, value: NodeId, function: FunctionId) -> bool {
        let facts = self.facts;
        let origin = self.origin(value);
        match facts.kind(origin) {
            NodeKind::Str(_) | NodeKind::Num(_) | NodeKind::Bool(_) => false,
            NodeKind::Ref { binding, .. } => binding.get().is_some_and(|binding| {
                let home = facts.binding_function(binding);
                home != FunctionId(0) && facts.function_within(function, home)
            }),
            NodeKind::Param(_) | NodeKind::Regex => facts.function_of(origin) != FunctionId(0),
            _ => facts.function_of(origin) != FunctionId(0) && self.is_per_call(origin),
        }
    }

    /// Whether an object is made of others and lasts as long as they do: `AbortSignal.any([a, b])`.
    #[must_use]
    pub fn is_combined(&self, object: NodeId) -> bool {
        self.apis(self.origin(object)).iter().any(|api| api.combines)
    }

    /// Whether an object outlives the code at a node that makes it keep something: why it does, or
    /// why not.
    ///
    /// # Errors
    /// The reason why it does not, or cannot be told.
    pub fn outlives_code(&self, object: NodeId, node: NodeId) -> Result<String, String> {
        self.outlives_at(object, node, 0)
    }

    pub(super) fn outlives_at(&self, object: NodeId, node: NodeId, depth: u32) -> Result<String, String> {
        let facts = self.facts;
        let function = facts.function_of(node);
        let origin = self.origin(object);
        if self.kind_of(object).is_some_and(|kind| self.models.lineage(kind).iter().any(|kind| kind.short_lived)) {
            return Err(format!("`{}` lives no longer than a request or call", self.text(object, 24)));
        }
        if self.path_of(origin).is_some_and(|path| self.models.has_word("read-once", &path)) {
            return Err("it is read once, by the program that it was given to".into());
        }
        if let Some(kind) = self.kind_of(object)
            && kind.lasts_when_made
            && let Some(why) = &kind.lasting
        {
            return Ok(why.clone());
        }
        // `constructor(proc = process) { this.process = proc; … }`
        if let Some(kind) = self.kind_of(object).filter(|kind| kind.is_one_for_all()) {
            return Ok(format!("there is one {} for the whole program", kind.name));
        }
        // A signal made of others lasts as long as the longest of them.
        if let NodeKind::Call { args, .. } = facts.kind(origin)
            && self.is_combined(object)
            && let Some(NodeKind::Array(parts)) = facts.arg(args, 0).map(|arg| facts.kind(self.origin(arg)))
        {
            return facts
                .list(parts)
                .iter()
                .map(|part| self.outlives_at(*part, node, depth + 1))
                .find(Result::is_ok)
                .unwrap_or_else(|| Err("none of its sources outlives the code".into()));
        }
        if matches!(
            facts.kind(origin),
            NodeKind::New { .. }
                | NodeKind::Call { .. }
                | NodeKind::Await(_)
                | NodeKind::Object(_)
                | NodeKind::Array(_)
        ) && !matches!(facts.kind(origin), NodeKind::Call { .. } if self.path_of(origin).is_some())
            && facts.function_of(origin) != FunctionId(0)
            && self.repetition(facts.function_of(origin)).strength > Strength::Bounded
            && !self.is_shared(origin)
        {
            return Err("it is made anew each time, and goes with what made it".into());
        }
        if self.is_shared(origin) {
            return Ok("is shared by everything that asks for it".into());
        }
        let lasting = self
            .kind_of(object)
            .and_then(|kind| self.models.lineage(kind).iter().find_map(|kind| kind.lasting.clone()));
        let Some(place) = self.place_of(object).or_else(|| self.place_of(origin)) else {
            return lasting.ok_or_else(|| "it cannot be told how long it lives".to_string());
        };
        if let Some(why) = lasting
            && !self.is_made_around(place, function)
        {
            // What an API hands to a callback is of that call.
            if let PlaceKey::Binding(binding) = self.place_root(place)
                && facts.binding(binding).kind == BindingKind::Param
                && let Some(node) = facts.function(facts.binding_function(binding)).node.get()
                && matches!(facts.kind(facts.node(node).parent), NodeKind::Call { callee, .. } | NodeKind::New { callee, .. } if callee != node)
                && self.kind_of(object).is_some_and(|kind| !kind.named.is_empty())
            {
                return Err("it is handed to a callback, and of that call".into());
            }
            return match self.given_by_callers(place) {
                Some(given)
                    if depth < MAX_CALLERS
                        && given
                            .iter()
                            .all(|(call, argument)| self.outlives_at(*argument, *call, depth + 1).is_err()) =>
                {
                    Err("every caller in view gives it a new one".into())
                }
                _ => Ok(why),
            };
        }
        if matches!(self.place_key(place), PlaceKey::Element(_)) {
            return Err("it is an element of a collection, and may be another each time".into());
        }
        if self.is_filled_before(place, node) && matches!(self.place_root(place), PlaceKey::Instance(_)) {
            return Err("it is made anew each time, by the code before".into());
        }
        if depth > 0 && self.stored_each_round(place) {
            return Err("it is made anew now and then".into());
        }
        // A helper's parameter lives as long as what its callers give.
        if depth < MAX_CALLERS
            && let Some(given) = self.given_by_callers(place)
        {
            return given
                .iter()
                .find_map(|(call, argument)| self.outlives_at(*argument, *call, depth + 1).ok())
                .ok_or_else(|| "no caller in view gives it anything that outlives the code".into());
        }
        match self.lifetime(place) {
            Lifetime::Process(why) => Ok(why),
            Lifetime::Closure(maker) if maker != function && self.is_repeated_inside(function, maker) => {
                Ok(format!("lives as long as {}", self.function_name(maker)))
            }
            // What a helper is given by a method is used as the method's user sees fit.
            Lifetime::Instance(_) if depth > 0 => Err("it is handed in by its owner, who lives as long".into()),
            Lifetime::Instance(shape) if self.is_made_with(shape, function) || self.is_part_of_making(function) => {
                Err("its owner is made anew each time, and goes with what made it".into())
            }
            Lifetime::Instance(_) if self.is_repeated_inside_instance(function) => {
                Ok("lives as long as its instance".into())
            }
            Lifetime::Instance(_)
                if matches!(facts.kind(origin), NodeKind::This) && self.is_called_from_outside(function) =>
            {
                Ok("lives as long as its instance".into())
            }
            _ => self
                .lasts_elsewhere(place)
                .ok_or_else(|| "it may live no longer than the code that uses it".to_string()),
        }
    }

    /// Whether a place starts at a variable that the code around a function fills with something new.
    fn is_made_around(&self, place: super::PlaceId, function: FunctionId) -> bool {
        let facts = self.facts;
        let PlaceKey::Binding(binding) = self.place_root(place) else {
            // A field of an instance is the instance's own unless a caller gave it.
            return matches!(self.place_root(place), PlaceKey::Instance(_))
                && self.stored_values(self.first_part(place)).any(
                    |value| matches!(facts.kind(value), NodeKind::New { args, .. } if !self.hands_on_param(args)),
                );
        };
        facts.binding(binding).kind != BindingKind::Param
            && facts.function_within(function, facts.binding_function(binding))
            && facts.binding_function(binding) != FunctionId(0)
            && !facts.writes(binding).any(|write| match facts.kind(write) {
                NodeKind::Assign { value, .. } => {
                    matches!(facts.kind(value), NodeKind::Param(_) | NodeKind::Member { .. })
                }
                _ => false,
            })
    }

    /// Whether a call is given a parameter of the function around it: `new Options(options)` has what
    /// the caller put in.
    fn hands_on_param(&self, args: crate::facts::List) -> bool {
        let facts = self.facts;
        facts.list(args).iter().any(|arg| match facts.kind(*arg) {
            NodeKind::Ref { binding, .. } => {
                binding.get().is_some_and(|binding| facts.binding(binding).kind == BindingKind::Param)
            }
            _ => false,
        })
    }

    /// What callers give for a parameter, where all of them are in view.
    pub(super) fn given_by_callers(&self, place: super::PlaceId) -> Option<Vec<(NodeId, NodeId)>> {
        let PlaceKey::Binding(binding) = self.place_key(place) else { return None };
        if self.facts.binding(binding).kind != BindingKind::Param {
            return None;
        }
        let given = self.arguments_of(binding);
        let function = self.facts.binding_function(binding);
        let hidden = super::place::function_bindings(self.facts, function).any(|name| self.binding_escapes(name, 0))
            || self.facts.function(function).class.is_some();
        (!given.is_empty() && !hidden).then_some(given)
    }

    /// `this.a` of `this.a.b.c`.
    fn first_part(&self, mut place: super::PlaceId) -> super::PlaceId {
        while let PlaceKey::Member(parent, _) | PlaceKey::Element(parent) = self.place_key(place) {
            if !matches!(self.place_key(parent), PlaceKey::Member(..) | PlaceKey::Element(_)) {
                return place;
            }
            place = parent;
        }
        place
    }

    /// Whether a call gives everybody the same object: `getInstance()`, `matchMedia(query)`.
    pub(super) fn is_shared(&self, origin: NodeId) -> bool {
        matches!(self.facts.kind(origin), NodeKind::Call { .. } | NodeKind::New { .. })
            && self.apis(origin).iter().any(|api| api.shared)
    }

    /// Whether a function repeats for a reason that lies inside `maker`: an event, a timer, a route.
    fn is_repeated_inside(&self, function: FunctionId, maker: FunctionId) -> bool {
        let inner = self.repetition(function);
        let outer = self.repetition(maker);
        inner.strength == Strength::Strong && outer.reason != inner.reason && outer.strength != Strength::Strong
    }

    fn is_repeated_inside_instance(&self, function: FunctionId) -> bool {
        let record = self.facts.function(function);
        self.repetition(function).strength == Strength::Strong
            && record.kind != FunctionKind::Constructor
            && &*self.repetition(function).unit != "mount"
    }

    /// Whether a method is called on new instances only: `const request = new Request(); request.#start()`.
    fn is_part_of_making(&self, function: FunctionId) -> bool {
        let facts = self.facts;
        let name = facts.function(function).name;
        if !facts.function(function).class.is_some() || self.repetition(function).strength != Strength::Strong {
            return false;
        }
        let mut called = self
            .members(name)
            .iter()
            .filter_map(|member| {
                let call = facts.node(*member).parent;
                match (facts.kind(*member), facts.kind(call)) {
                    (NodeKind::Member { object, .. }, NodeKind::Call { callee, .. }) if callee == *member => {
                        Some(object)
                    }
                    _ => None,
                }
            })
            .peekable();
        called.peek().is_some() && called.all(|object| matches!(facts.kind(self.origin(object)), NodeKind::New { .. }))
    }

    /// Whether what repeats a method makes the instance as well: `new Session(socket).start()`.
    fn is_made_with(&self, shape: super::Shape, function: FunctionId) -> bool {
        let facts = self.facts;
        let reason = self.repetition(function).reason;
        super::place::shape_bindings(facts, shape).into_iter().flat_map(|binding| facts.references(binding)).any(
            |reference| {
                let new = facts.node(*reference).parent;
                matches!(facts.kind(new), NodeKind::New { callee, .. } if callee == *reference) && {
                    let made = self.repetition_of(new);
                    made.strength == Strength::Strong && made.reason == reason
                }
            },
        )
    }

    /// Whether a method is one that users of the instance call, and not only its constructor.
    fn is_called_from_outside(&self, function: FunctionId) -> bool {
        let facts = self.facts;
        let record = facts.function(function);
        record.kind == FunctionKind::Method
            && self.repetition(function).strength == Strength::Weak
            && !self.is_set_up(function)
            && !self.call_sites(function).iter().any(|site| {
                let caller = facts.function(facts.function_of(*site));
                caller.kind == FunctionKind::Constructor
            })
    }

    /// How sure the repetition of a hold is. `brings` is whether data of the call enters the hold.
    ///
    /// # Errors
    /// Why it does not repeat.
    pub fn grade(&self, node: NodeId, brings: bool) -> Result<Grade, String> {
        self.grade_of(node, brings, false)
    }

    /// As [`Self::grade`]; `is_own` is whether what is held belongs to one thing of many, such as the
    /// element that a function was given, so that a name like `initMenu` says nothing.
    ///
    /// # Errors
    /// Why it does not repeat.
    pub fn grade_of(&self, node: NodeId, brings: bool, is_own: bool) -> Result<Grade, String> {
        let repetition = self.repetition_of(node);
        let confidence = match repetition.strength {
            Strength::Never | Strength::Once | Strength::Bounded => {
                return Err(format!("it does not run again and again: {}", repetition.reason));
            }
            // What is mounted for as long as the program runs needs no cleanup, and has none.
            Strength::Strong if repetition.unit == "mount" && !is_own && !self.is_meant_to_end(node) => {
                if self.is_in_package() { Confidence::Low } else { Confidence::Medium }
            }
            Strength::Strong | Strength::Seldom => self.sureness(&repetition),
            Strength::Weak => {
                let function = self.facts.function_of(node);
                let entry = repetition.entry.unwrap_or(function);
                let sets_up = [entry, function].iter().any(|function| self.is_set_up(*function));
                if sets_up && !is_own || !brings { Confidence::Low } else { Confidence::Medium }
            }
        };
        let confidence = if self.is_for_development(node) || self.ends_the_process(self.facts.function_of(node)) {
            Confidence::Low
        } else {
            confidence
        };
        Ok(Grade { repetition, confidence })
    }

    /// How sure a repetition makes a hold that nothing lets go: high where what repeats it comes again and
    /// again in the normal use of a program, as requests and ticks do. How often an event of some object
    /// comes, only those who know the object can tell.
    #[must_use]
    pub fn sureness(&self, repetition: &Repetition) -> Confidence {
        match repetition.strength {
            Strength::Strong if self.is_endless(repetition) => Confidence::High,
            Strength::Seldom => Confidence::Low,
            _ => Confidence::Medium,
        }
    }

    /// Whether what repeats something surely comes again and again: requests, ticks, what a person does.
    #[must_use]
    pub fn is_endless(&self, repetition: &Repetition) -> bool {
        self.models.has_word("endless-units", &repetition.unit)
            || repetition.unit == "event"
                && repetition.event.as_deref().is_some_and(|event| self.models.has_word("user-events", event))
    }

    /// Whether nothing in view repeats something: users of a library may, and so may a program in ways that
    /// cannot be followed. A file by itself is a part of something, and taken to be used.
    #[must_use]
    pub fn is_repeated_out_of_sight(&self, repetition: &Repetition) -> bool {
        self.is_in_package() && repetition.strength == Strength::Weak
    }

    /// Whether the file is part of a library or a program that is in view: what it leaves open, nothing else says.
    #[must_use]
    pub fn is_in_package(&self) -> bool {
        self.is_library || self.is_project
    }

    /// Whether code runs only while a count that it counts up is below a number: `if (made < MAX) { made++; … }`.
    #[must_use]
    pub fn is_below_a_number(&self, node: NodeId) -> bool {
        let facts = self.facts;
        facts.regions_around(node).any(|region| {
            let counts_up = |counted: NodeId| {
                self.place_of(counted).is_some_and(|place| {
                    facts.nodes_within(facts.region(region).function).any(|other| {
                        matches!(facts.kind(other), NodeKind::Update { target, up: true } if self.place_of(target) == Some(place))
                            && facts.region_within(facts.node(other).region, region)
                    })
                })
            };
            let mut below = false;
            facts.each_below(facts.region(region).test, &mut |part| {
                if let NodeKind::Binary { op: BinaryOp::Less | BinaryOp::Greater, left, right } = facts.kind(part) {
                    below |= counts_up(left) || counts_up(right);
                }
            });
            below && matches!(facts.region(region).kind, RegionKind::Then | RegionKind::Else)
        })
    }

    /// The function of this file that a call is given first.
    #[must_use]
    pub fn callback_given(&self, call: NodeId) -> Option<FunctionId> {
        let NodeKind::Call { args, .. } = self.facts.kind(call) else { return None };
        self.function_of(self.facts.arg(args, 0)?)
    }

    /// Whether some way through a function ends the process or leaves the page.
    #[must_use]
    pub fn may_end_the_program(&self, function: FunctionId) -> bool {
        let facts = self.facts;
        facts.calls.iter().any(|call| match facts.kind(*call) {
            NodeKind::Call { callee, .. } => {
                facts.function_within(facts.function_of(*call), function)
                    && self
                        .path_of(callee)
                        .is_some_and(|path| self.models.has_word("program-ends", path.trim_start_matches("window.")))
            }
            _ => false,
        })
    }

    /// Whether a function ends the process or leaves the page when it is done: it runs once.
    fn ends_the_process(&self, mut function: FunctionId) -> bool {
        let facts = self.facts;
        let ends = |global: &NodeId| {
            let member = facts.node(*global).parent;
            let call = member.get().map_or(member, |member| facts.node(member).parent);
            call.is_some()
                && matches!(facts.kind(call), NodeKind::Call { callee, .. } if callee == member)
                && facts.region(facts.node(*global).region).kind == RegionKind::Body
                && self.path_of(member).is_some_and(|path| self.models.has_word("program-ends", &path))
        };
        let ends = self.program_ends.get_or_init(|| {
            facts.globals.iter().filter(|global| ends(global)).map(|global| facts.function_of(*global)).collect()
        });
        while function != FunctionId(0) {
            if ends.contains(&function) {
                return true;
            }
            function = facts.function(function).parent;
        }
        false
    }

    /// Whether a function's name says that it runs while the program is set up.
    #[must_use]
    pub fn is_set_up(&self, function: FunctionId) -> bool {
        self.begins_with(self.facts.name(self.facts.function(function).name), "setup")
    }

    /// Whether a name says that what has it ends something: `stop`, `closeAll`.
    #[must_use]
    pub fn names_an_end(&self, name: &str) -> bool {
        self.begins_with(name, "teardown")
    }

    /// The names of the function around a node, and of the one by which the world comes to it.
    pub fn names_around(&self, node: NodeId, repetition: &Repetition) -> impl Iterator<Item = &str> {
        let functions = [Some(self.facts.function_of(node)), repetition.entry];
        functions.into_iter().flatten().map(|function| self.facts.name(self.facts.function(function).name))
    }

    /// The names of the functions around a node, and around the one by which the world comes to it.
    pub fn names_outside(&self, node: NodeId, repetition: &Repetition) -> impl Iterator<Item = &str> {
        let functions = [Some(self.facts.function_of(node)), repetition.entry];
        functions.into_iter().flatten().flat_map(|function| {
            std::iter::successors(Some(function), |function| self.facts.function(*function).parent.get())
                .map(|function| self.facts.name(self.facts.function(function).name))
        })
    }

    /// Whether the first word of a name is in a list: `registerPlugin` begins with `register`.
    #[must_use]
    pub fn begins_with(&self, name: &str, list: &str) -> bool {
        super::words::words_of(name).next().is_some_and(|word| self.models.has_word(list, &word))
    }

    /// Whether the code before a node makes what a place is a part of: `popup = window.open(url); popup.timer = …`.
    #[must_use]
    pub fn is_owner_made_before(&self, place: super::PlaceId, node: NodeId) -> bool {
        match self.place_key(place) {
            PlaceKey::Member(owner, _) => self.is_filled_before(owner, node) || self.is_owner_made_before(owner, node),
            _ => false,
        }
    }

    /// Whether each run of the code that comes to a node stores something new in a place before.
    #[must_use]
    pub fn is_filled_before(&self, place: super::PlaceId, node: NodeId) -> bool {
        let facts = self.facts;
        self.stores(place).iter().any(|store| match facts.kind(*store) {
            NodeKind::Assign { value, .. } => {
                *store < node
                    && facts.function_of(*store) == facts.function_of(node)
                    && facts.region_within(facts.node(node).region, facts.node(*store).region)
                    && matches!(facts.kind(value), NodeKind::New { .. } | NodeKind::Call { .. } | NodeKind::Await(_))
                    && !self.is_shared(self.origin(value))
            }
            _ => false,
        })
    }

    /// Whether a function made in a call captures a parameter of the functions around it, and does more
    /// with it than to call it.
    #[must_use]
    pub fn captures_param(&self, value: NodeId) -> bool {
        let facts = self.facts;
        let is_only_called = |binding| {
            facts.references(binding).iter().all(|reference| {
                let parent = facts.node(*reference).parent;
                parent.is_some() && matches!(facts.kind(parent), NodeKind::Call { callee, .. } if callee == *reference)
            })
        };
        self.function_of(value).is_some_and(|function| {
            facts
                .captures_of(function)
                .any(|binding| facts.binding(binding).kind == BindingKind::Param && !is_only_called(binding))
        })
    }

    /// Whether what a call is given comes from the call of the function around it: its parameters,
    /// its `this`, what it made, or a function that captures any of these.
    #[must_use]
    pub fn brings_data(&self, node: NodeId) -> bool {
        let facts = self.facts;
        let (NodeKind::Call { args, .. } | NodeKind::New { args, .. }) = facts.kind(node) else { return false };
        facts.list(args).iter().any(|arg| self.is_of_call(*arg))
    }

    /// Whether a value comes from the call of the function it stands in.
    #[must_use]
    pub fn is_of_call(&self, value: NodeId) -> bool {
        let facts = self.facts;
        // `this.stop.bind(this)` is of the call, whoever made `stop`.
        if !matches!(facts.kind(value), NodeKind::Member { .. } | NodeKind::Call { .. })
            && let Some(function) = self.function_of(value)
        {
            let made_inside = facts.function(function).parent.get().is_some_and(|parent| parent != FunctionId(0));
            return made_inside && (facts.captures_of(function).next().is_some() || self.uses_this(function));
        }
        let mut found = false;
        facts.each_below(value, &mut |part| {
            found |= match facts.kind(part) {
                NodeKind::Ref { binding, .. } => {
                    binding.get().is_some_and(|binding| facts.binding_function(binding) != FunctionId(0))
                }
                NodeKind::This => true,
                NodeKind::Function(inner) => facts.captures_of(inner).next().is_some() || self.uses_this(inner),
                _ => false,
            };
        });
        found
    }

    /// Whether an arrow function uses the `this` of the function around it.
    pub(crate) fn uses_this(&self, function: FunctionId) -> bool {
        let facts = self.facts;
        if facts.function(function).kind != FunctionKind::Arrow {
            return false;
        }
        facts.nodes_within(function).any(|node| facts.kind(node) == NodeKind::This)
    }
}

/// The confidence that a model allows at most.
#[must_use]
pub fn capped(confidence: Confidence, at_most: Option<AtMost>) -> Confidence {
    match at_most {
        Some(AtMost::Low) => confidence.min(Confidence::Low),
        Some(AtMost::Medium) => confidence.min(Confidence::Medium),
        None => confidence,
    }
}
