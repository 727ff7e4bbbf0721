//! Lifetimes: how long the holder of a place lives.

use super::{Engine, PlaceId, PlaceKey, Shape, Strength, remembered};
use crate::facts::{BindingId, BindingKind, FunctionId, FunctionKind, NodeId, NodeKind};
use crate::source::Span;

/// How long a holder lives, longest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lifetime {
    /// As long as the process or page; why, as one phrase.
    Process(String),
    /// As long as the closures that share the context of one call of a function.
    Closure(FunctionId),
    /// As long as an instance of a class.
    Instance(Shape),
    /// As long as one call.
    Call,
    /// Cannot be told.
    Unknown,
}

impl Engine<'_> {
    /// How long the holder of a place lives.
    #[must_use]
    pub fn lifetime(&self, place: PlaceId) -> Lifetime {
        match self.place_root(place) {
            PlaceKey::Binding(binding) => self.binding_lifetime(binding),
            PlaceKey::Global(_) | PlaceKey::GlobalObject => {
                Lifetime::Process("a global lives as long as the process".into())
            }
            PlaceKey::Exports => Lifetime::Process("the exports of a module live as long as the process".into()),
            PlaceKey::Statics(shape) => match self.function_around(shape) {
                FunctionId(0) => {
                    Lifetime::Process(format!("a static of {} lives as long as the process", self.shape_name(shape)))
                }
                function => self.call_lifetime(function),
            },
            PlaceKey::Instance(shape) => self.instance_lifetime(shape, place),
            // What a method adds to its `this` may be added to whatever the object is mixed into.
            PlaceKey::Literal(object) if !self.has_own(object, place) => Lifetime::Unknown,
            PlaceKey::Literal(object) => {
                let function = self.facts.function_of(object);
                if function == FunctionId(0) {
                    Lifetime::Process("it is made once, when the file loads".into())
                } else {
                    self.call_lifetime(function)
                }
            }
            PlaceKey::Member(..) | PlaceKey::Element(_) => Lifetime::Unknown,
        }
    }

    /// Whether an object literal itself has the property that a place starts with.
    fn has_own(&self, object: NodeId, mut place: PlaceId) -> bool {
        loop {
            match self.place_key(place) {
                PlaceKey::Member(parent, name) if matches!(self.place_key(parent), PlaceKey::Literal(_)) => {
                    return self.property(object, self.facts.name(name)).is_some();
                }
                PlaceKey::Member(parent, _) | PlaceKey::Element(parent) => place = parent,
                _ => return true,
            }
        }
    }

    pub(super) fn function_around(&self, shape: Shape) -> FunctionId {
        match shape {
            Shape::Class(class) => self.facts.function_of(self.facts.classes[class.index()].node),
            Shape::Constructor(function) => self.facts.function(function).parent,
        }
    }

    fn binding_lifetime(&self, binding: BindingId) -> Lifetime {
        let facts = self.facts;
        let function = facts.binding_function(binding);
        let record = facts.binding(binding);
        if matches!(record.kind, BindingKind::Import(_)) {
            return Lifetime::Process("an imported object lives as long as its module".into());
        }
        if function == FunctionId(0) {
            return Lifetime::Process("a module-level variable lives as long as the process".into());
        }
        if record.kind == BindingKind::Param {
            return Lifetime::Unknown;
        }
        if !record.captured {
            return Lifetime::Call;
        }
        self.call_lifetime(function)
    }

    /// How long the context of a call lives: for ever, if the function runs once and closures made
    /// in it stay.
    fn call_lifetime(&self, function: FunctionId) -> Lifetime {
        let runs = self.repetition(function).strength;
        if runs == Strength::Once {
            return Lifetime::Process(format!("{} runs once, and its closures stay", self.function_name(function)));
        }
        // A factory whose product is kept at the top level.
        if let Some(line) = self.kept_product(function) {
            return Lifetime::Process(format!("the result of {} is kept at line {line}", self.function_name(function)));
        }
        Lifetime::Closure(function)
    }

    /// The line on which the result of a function is stored for good, at load time.
    fn kept_product(&self, function: FunctionId) -> Option<u32> {
        let facts = self.facts;
        super::place::function_bindings(facts, function).collect::<Vec<_>>().into_iter().find_map(|binding| {
            facts.references(binding).iter().find_map(|reference| {
                let call = facts.node(*reference).parent;
                let called = matches!(facts.kind(call), NodeKind::Call { callee, .. } | NodeKind::New { callee, .. } if callee == *reference);
                if !called || facts.function_of(call) != FunctionId(0) {
                    return None;
                }
                let kept = match facts.kind(facts.node(call).parent) {
                    NodeKind::Assign { value, .. } => value == call,
                    NodeKind::Property { .. } => true,
                    NodeKind::Call { .. } => true,
                    _ => facts.is_exported(call),
                };
                kept.then(|| self.line(call))
            })
        })
    }

    /// How long instances of a class live: as long as the process if one is made at load time and
    /// kept.
    fn instance_lifetime(&self, shape: Shape, place: PlaceId) -> Lifetime {
        // A container on the prototype is shared by all instances.
        if let Some(line) = self.on_prototype(place) {
            return Lifetime::Process(format!("it is on the prototype (line {line}): all instances share it"));
        }
        if let Some((line, how)) = self.singleton(shape) {
            return Lifetime::Process(format!("one {} is made {how} at line {line} and kept", self.shape_name(shape)));
        }
        if let Some(single) = self.shape_kind(shape, 0).and_then(|kind| kind.single.as_deref())
            && !self.is_scoped(shape)
        {
            return Lifetime::Process(format!("{single} makes one {} for the whole program", self.shape_name(shape)));
        }
        if self.shape_escapes(shape)
            && let Some(place) = self.singleton_elsewhere(shape)
        {
            return Lifetime::Process(format!("one {} is made: {place}", self.shape_name(shape)));
        }
        Lifetime::Instance(shape)
    }

    /// Whether a decorator says that instances of a class are made again and again:
    /// `@Injectable({ scope: Scope.REQUEST })`.
    #[must_use]
    pub fn is_scoped(&self, shape: Shape) -> bool {
        let facts = self.facts;
        let Shape::Class(class) = shape else { return false };
        let words = self.shape_kind(shape, 0).map_or(&[][..], |kind| &kind.unless_scoped);
        let mut found = false;
        for decorator in &facts.classes[class.index()].decorators {
            facts.each_below(*decorator, &mut |part| {
                found |= match facts.kind(part) {
                    NodeKind::Member { name, .. } | NodeKind::Str(name) => {
                        words.iter().any(|word| word == facts.name(name))
                    }
                    _ => false,
                };
            });
        }
        found
    }

    fn on_prototype(&self, place: PlaceId) -> Option<u32> {
        let facts = self.facts;
        let store = self.stores(place).iter().find(|store| {
            let (NodeKind::Assign { value, .. } | NodeKind::Property { value, .. }) = facts.kind(**store) else {
                return false;
            };
            let made = matches!(facts.kind(value), NodeKind::Object(_) | NodeKind::Array(_) | NodeKind::New { .. });
            let function = facts.function_of(**store);
            made && function == FunctionId(0)
                && !matches!(facts.function(function).kind, FunctionKind::Fields | FunctionKind::Constructor)
        })?;
        // A store through an instance that is itself at the top level is not one on the prototype.
        let through_prototype = match facts.kind(*store) {
            NodeKind::Assign { target, .. } => match facts.kind(target) {
                NodeKind::Member { object, .. } => {
                    matches!(facts.kind(self.origin(object)), NodeKind::Member { name, .. } if facts.name(name) == "prototype")
                }
                _ => false,
            },
            _ => true,
        };
        let others = self.stores(place).len();
        (through_prototype && others == 1).then(|| self.line(*store))
    }

    /// The line on which the one instance of a class is made and kept.
    #[must_use]
    pub fn singleton(&self, shape: Shape) -> Option<(u32, &'static str)> {
        remembered(&self.singletons, shape, None, || self.find_singleton(shape))
    }

    fn find_singleton(&self, shape: Shape) -> Option<(u32, &'static str)> {
        let facts = self.facts;
        let bindings = super::place::shape_bindings(facts, shape);
        let direct = match shape {
            Shape::Class(class) => Some(facts.classes[class.index()].node),
            Shape::Constructor(function) => facts.function(function).node.get(),
        };
        let references = bindings.iter().flat_map(|binding| facts.references(*binding).iter().copied()).chain(direct);
        let of_reference = references.map(|reference| (facts.node(reference).parent, reference));
        // `static get() { return (this.one ??= new this()); }`
        let made_of_this = self.made_of_this.get_or_init(|| {
            let made = facts.news.iter().filter_map(|call| match facts.kind(*call) {
                NodeKind::New { callee, .. } => Some((*call, callee)),
                _ => None,
            });
            made.filter(|(_, callee)| facts.kind(*callee) == NodeKind::This).collect()
        });
        let is_of_shape = |callee| self.place_of(callee) == Some(self.place(PlaceKey::Statics(shape)));
        let of_this = made_of_this.iter().copied().filter(|(_, callee)| is_of_shape(*callee));
        for (new, class) in of_reference.chain(of_this) {
            if !matches!(facts.kind(new), NodeKind::New { callee, .. } if callee == class) {
                continue;
            }
            let function = facts.function_of(new);
            let kept = match facts.kind(facts.node(new).parent) {
                NodeKind::Assign { target, value, .. } => {
                    value == new
                        && self.place_of(target).is_some_and(|place| match self.place_root(place) {
                            PlaceKey::Binding(binding) => facts.binding_function(binding) == FunctionId(0),
                            PlaceKey::Exports | PlaceKey::Global(_) => true,
                            PlaceKey::Statics(_) => true,
                            PlaceKey::Instance(found) => found == shape && matches!(facts.kind(target), NodeKind::Ref { binding, .. } if binding.get().is_some_and(|binding| facts.binding_function(binding) == FunctionId(0))),
                            _ => self.is_exports(target),
                        })
                }
                NodeKind::Property { .. } => function == FunctionId(0),
                NodeKind::Logical { .. } => function == FunctionId(0),
                _ => facts.is_exported(new),
            };
            if kept && function == FunctionId(0) {
                return Some((self.line(new), "at load"));
            }
            if kept && self.is_guarded_once(new) {
                return Some((self.line(new), "once"));
            }
        }
        None
    }

    fn is_exports(&self, target: NodeId) -> bool {
        matches!(self.facts.kind(target), NodeKind::Member { object, name } if self.facts.name(name) == "exports" && self.is_global(object, "module"))
    }

    /// Whether what a place holds survives the end of a call of `function`.
    #[must_use]
    pub fn outlives_calls(&self, place: PlaceId, function: FunctionId) -> bool {
        match self.place_root(place) {
            PlaceKey::Binding(binding) => {
                let home = self.facts.binding_function(binding);
                self.facts.binding(binding).kind != BindingKind::Param
                    && (home == FunctionId(0) || (home != function && self.facts.function_within(function, home)))
            }
            PlaceKey::Literal(object) => self.facts.function_of(object) != function,
            _ => true,
        }
    }

    /// The holder in words: "a module-level variable lives as long as the process".
    #[must_use]
    pub fn lifetime_text(&self, lifetime: &Lifetime) -> String {
        match lifetime {
            Lifetime::Process(why) => why.clone(),
            Lifetime::Closure(function) => {
                format!("lives as long as the functions made by one call of {}", self.function_name(*function))
            }
            Lifetime::Instance(shape) => match self.lasting(*shape) {
                Some(lasting) => format!("lives as long as its {}, which {}", self.shape_name(*shape), lasting.reason),
                None => format!("lives as long as its {}", self.shape_name(*shape)),
            },
            Lifetime::Call => "lives as long as one call".into(),
            Lifetime::Unknown => "its lifetime cannot be told".into(),
        }
    }

    /// Where a place is declared or first stored: what to point at for the holder.
    #[must_use]
    pub fn place_span(&self, place: PlaceId) -> Span {
        let facts = self.facts;
        if let Some(store) = self.stores(place).first() {
            return match facts.kind(*store) {
                NodeKind::Assign { target, .. } => facts.span(target),
                _ => self.first_line(facts.span(*store)),
            };
        }
        match self.place_key(place) {
            PlaceKey::Binding(binding) => facts.binding(binding).span,
            PlaceKey::Member(parent, name) => {
                if let PlaceKey::Instance(Shape::Class(class)) | PlaceKey::Statics(Shape::Class(class)) =
                    self.place_key(parent)
                    && let Some(member) = facts.classes[class.index()].members.iter().find(|member| member.name == name)
                {
                    return member.span;
                }
                self.place_span(parent)
            }
            PlaceKey::Element(parent) => self.place_span(parent),
            PlaceKey::Literal(object) => self.first_line(facts.span(object)),
            PlaceKey::Instance(Shape::Class(class)) | PlaceKey::Statics(Shape::Class(class)) => {
                facts.classes[class.index()].span
            }
            PlaceKey::Instance(Shape::Constructor(function)) | PlaceKey::Statics(Shape::Constructor(function)) => {
                self.function_span(function)
            }
            PlaceKey::Global(_) | PlaceKey::GlobalObject | PlaceKey::Exports => Span::default(),
        }
    }
}
