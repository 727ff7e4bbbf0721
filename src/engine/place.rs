//! Places: the identity of what a piece of code stores to or reads from, whatever it is called.
//!
//! `this.cache` in two methods, `self.cache` after `const self = this`, and `store.cache` where
//! `store` is an object literal with that method are one place. A place is a root and a path;
//! places are hash-consed, so that equal places have equal ids.

use super::{Engine, MAX_ALIASES, remembered};
use crate::facts::{
    AssignOp, BindingId, BindingKind, ClassId, Facts, FunctionId, FunctionKind, LogicalOp, ModuleKind, Name, NodeId,
    NodeKind, id,
};
use crate::models::Kind;
use rustc_hash::FxHashMap;

id!(
    /// A place.
    PlaceId
);

/// Nodes or variables by place or name, in order: one vector rather than one for each.
pub(super) struct Grouped<T = NodeId> {
    /// Where each group starts; one more than there are groups.
    starts: Vec<u32>,
    all: Vec<T>,
}

impl<T: Copy> Grouped<T> {
    /// Groups pairs of group and what is in it, in linear time; what is in one group keeps its order.
    pub(super) fn new(pairs: &[(usize, T)]) -> Self {
        let groups = pairs.iter().map(|(group, _)| group + 1).max().unwrap_or(0);
        let mut starts = vec![0_u32; groups + 1];
        for (group, _) in pairs {
            starts[group + 1] += 1;
        }
        for at in 0..groups {
            starts[at + 1] += starts[at];
        }
        let mut next = starts.clone();
        let mut all: Vec<T> = pairs.iter().map(|(_, one)| *one).collect();
        for (group, one) in pairs {
            let at = &mut next[*group];
            all[*at as usize] = *one;
            *at += 1;
        }
        Self { starts, all }
    }

    /// What is in a group.
    pub(super) fn of(&self, group: usize) -> &[T] {
        match (self.starts.get(group), self.starts.get(group + 1)) {
            (Some(start), Some(end)) => &self.all[*start as usize..*end as usize],
            _ => &[],
        }
    }
}

/// What `new` makes instances of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    /// A class.
    Class(ClassId),
    /// A constructor function.
    Constructor(FunctionId),
}

/// A place: where it starts, or what part it is of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PlaceKey {
    /// A variable.
    Binding(BindingId),
    /// A global name.
    Global(Name),
    /// The global object itself.
    GlobalObject,
    /// What the module exports.
    Exports,
    /// Any instance of a class.
    Instance(Shape),
    /// The class itself.
    Statics(Shape),
    /// An object literal that has no name.
    Literal(NodeId),
    /// A property.
    Member(PlaceId, Name),
    /// Some element or entry: `x[k]`, `x.get(k)`.
    Element(PlaceId),
}

/// All places met so far.
#[derive(Default)]
pub(super) struct Places {
    keys: Vec<PlaceKey>,
    /// Places by what makes up their key.
    ids: FxHashMap<(u32, u32), PlaceId>,
    /// Places that variables are, which are asked for most.
    variables: Vec<PlaceId>,
    /// Place of each node that is no variable: not asked yet, being asked or none, or an id.
    memo: Vec<u32>,
    /// Place that each variable names: the same.
    named: Vec<u32>,
}

/// Nodes of a file whose memory is kept for the next file.
const KEPT: usize = 4_000_000;
/// Places of a table that is kept: clearing a large one costs more than a new one.
const KEPT_IDS: usize = 16_384;

thread_local! {
    static SPARE: std::cell::RefCell<Places> = std::cell::RefCell::default();
}

const UNASKED: u32 = u32::MAX;
const NO_PLACE: u32 = u32::MAX - 1;

impl Places {
    pub(super) fn new(nodes: usize, variables: usize) -> Self {
        let mut places = SPARE.take();
        places.keys.clear();
        if places.ids.capacity() <= KEPT_IDS {
            places.ids.clear();
        } else {
            places.ids = FxHashMap::default();
        }
        places.variables.clear();
        places.variables.resize(variables, PlaceId::NONE);
        places.memo.clear();
        places.memo.resize(nodes, UNASKED);
        places.ids.reserve(nodes / 32);
        places.named.clear();
        places.named.resize(variables, UNASKED);
        places
    }

    /// Gives the memory to the next file; see `facts::collect::recycle`.
    pub(super) fn recycle(self) {
        if self.memo.capacity() <= KEPT {
            SPARE.set(self);
        }
    }

    fn intern(&mut self, key: PlaceKey) -> PlaceId {
        let next = PlaceId::next_of(&self.keys);
        let id = match key {
            PlaceKey::Binding(binding) => {
                let known = &mut self.variables[binding.index()];
                if !known.is_some() {
                    *known = next;
                }
                *known
            }
            _ => *self.ids.entry(key.packed()).or_insert(next),
        };
        if id == next {
            self.keys.push(key);
        }
        id
    }
}

impl PlaceKey {
    /// Two numbers that are those of no other key, variables aside.
    const fn packed(self) -> (u32, u32) {
        // No file has so many places that the highest numbers would be theirs.
        match self {
            Self::Member(object, name) => (object.0, name.0),
            Self::Element(object) => (object.0, u32::MAX),
            Self::Global(name) => (u32::MAX, name.0),
            Self::Literal(node) => (u32::MAX - 1, node.0),
            Self::Instance(Shape::Class(class)) => (u32::MAX - 2, class.0),
            Self::Instance(Shape::Constructor(function)) => (u32::MAX - 3, function.0),
            Self::Statics(Shape::Class(class)) => (u32::MAX - 4, class.0),
            Self::Statics(Shape::Constructor(function)) => (u32::MAX - 5, function.0),
            Self::Binding(binding) => (u32::MAX - 6, binding.0),
            Self::GlobalObject => (u32::MAX - 7, 0),
            Self::Exports => (u32::MAX - 7, 1),
        }
    }
}

impl<'a> Engine<'a> {
    /// The place of a key.
    pub fn place(&self, key: PlaceKey) -> PlaceId {
        self.places.borrow_mut().intern(key)
    }

    /// The key of a place.
    #[must_use]
    pub fn place_key(&self, place: PlaceId) -> PlaceKey {
        self.places.borrow().keys[place.index()]
    }

    /// The root of a place.
    #[must_use]
    pub fn place_root(&self, mut place: PlaceId) -> PlaceKey {
        loop {
            match self.place_key(place) {
                PlaceKey::Member(parent, _) | PlaceKey::Element(parent) => place = parent,
                root => return root,
            }
        }
    }

    /// Whether `outer` is `inner` or what it is a part of.
    #[must_use]
    pub fn place_within(&self, mut inner: PlaceId, outer: PlaceId) -> bool {
        loop {
            if inner == outer {
                return true;
            }
            match self.place_key(inner) {
                PlaceKey::Member(parent, _) | PlaceKey::Element(parent) => inner = parent,
                _ => return false,
            }
        }
    }

    /// The place a node reads or names; `None` where it is a new value or cannot be told.
    #[must_use]
    pub fn place_of(&self, node: NodeId) -> Option<PlaceId> {
        self.place_at(node, 0)
    }

    pub(super) fn place_at(&self, node: NodeId, depth: u32) -> Option<PlaceId> {
        if !node.is_some() || depth > MAX_ALIASES {
            return None;
        }
        match self.facts.kind(node) {
            NodeKind::Ref { binding, .. } if binding.is_some() => return self.named_place(binding),
            NodeKind::Call { callee, .. } if !self.may_call_place(callee) => return None,
            _ if !self.may_name_place(node) => return None,
            _ => {}
        }
        match self.places.borrow().memo[node.index()] {
            UNASKED => {}
            NO_PLACE => return None,
            known => return Some(PlaceId(known)),
        }
        self.places.borrow_mut().memo[node.index()] = NO_PLACE;
        let found = stacker::maybe_grow(128 * 1024, 4 * 1024 * 1024, || self.find_place(node, depth));
        // An answer cut short by the depth limit is not remembered.
        let answer = if found.is_some() || depth == 0 { found.map_or(NO_PLACE, |place| place.0) } else { UNASKED };
        self.places.borrow_mut().memo[node.index()] = answer;
        found
    }

    /// Whether a node is of a kind that can name a place.
    pub(super) fn may_name_place(&self, node: NodeId) -> bool {
        matches!(
            self.facts.kind(node),
            NodeKind::Ref { .. }
                | NodeKind::This
                | NodeKind::Member { .. }
                | NodeKind::Index { .. }
                | NodeKind::Assign { .. }
                | NodeKind::Logical { .. }
                | NodeKind::Conditional { .. }
                | NodeKind::Sequence(_)
                | NodeKind::Call { .. }
                | NodeKind::Element { .. }
        )
    }

    /// The place that a variable names, whichever of its references asks.
    fn named_place(&self, binding: BindingId) -> Option<PlaceId> {
        match self.places.borrow().named[binding.index()] {
            UNASKED => {}
            NO_PLACE => return None,
            known => return Some(PlaceId(known)),
        }
        self.places.borrow_mut().named[binding.index()] = NO_PLACE;
        let found = stacker::maybe_grow(128 * 1024, 4 * 1024 * 1024, || self.binding_place(binding));
        self.places.borrow_mut().named[binding.index()] = found.0;
        Some(found)
    }

    fn find_place(&self, node: NodeId, depth: u32) -> Option<PlaceId> {
        let facts = self.facts;
        match facts.kind(node) {
            NodeKind::Ref { name, binding } => match binding.get() {
                None => self.global_place(name),
                Some(binding) => self.named_place(binding),
            },
            NodeKind::This => self.this_place(facts.function_of(node), depth),
            NodeKind::Member { object, name } => {
                if self.is_global(object, "module") && facts.name(name) == "exports" {
                    return Some(self.place(PlaceKey::Exports));
                }
                let object = self.place_at(object, depth + 1)?;
                Some(self.member_place(object, name))
            }
            NodeKind::Index { object, .. } => {
                let object = self.place_at(object, depth + 1)?;
                Some(self.place(PlaceKey::Element(object)))
            }
            NodeKind::Assign { op: AssignOp::Set | AssignOp::Init | AssignOp::Logical, target, .. } => {
                self.place_at(target, depth + 1)
            }
            NodeKind::Logical { op: LogicalOp::Or | LogicalOp::Nullish, left, right } => {
                self.place_at(left, depth + 1).or_else(|| self.place_at(right, depth + 1))
            }
            NodeKind::Conditional { yes, no, .. } => {
                self.place_at(yes, depth + 1).or_else(|| self.place_at(no, depth + 1))
            }
            NodeKind::Sequence(list) => self.place_at(*facts.list(list).last()?, depth + 1),
            NodeKind::Call { callee, args } => self.call_place(callee, args, depth),
            NodeKind::Element { of, keys: false } => {
                let of = self.place_at(of, depth + 1)?;
                Some(self.place(PlaceKey::Element(of)))
            }
            _ => None,
        }
    }

    /// A part of a place, where the part has another name.
    pub(crate) fn member_place(&self, object: PlaceId, name: Name) -> PlaceId {
        let text = || self.facts.name(name);
        self.place(match self.place_key(object) {
            PlaceKey::GlobalObject if matches!(text(), "globalThis" | "window" | "global" | "self") => return object,
            PlaceKey::GlobalObject => PlaceKey::Global(name),
            PlaceKey::Statics(shape) if text() == "prototype" => PlaceKey::Instance(shape),
            PlaceKey::Instance(shape) if text() == "constructor" => PlaceKey::Statics(shape),
            _ => PlaceKey::Member(object, name),
        })
    }

    fn global_place(&self, name: Name) -> Option<PlaceId> {
        Some(match self.facts.name(name) {
            "globalThis" | "window" | "global" | "self" => self.place(PlaceKey::GlobalObject),
            "exports" => self.place(PlaceKey::Exports),
            // The arguments of one call.
            "arguments" => return None,
            _ => self.place(PlaceKey::Global(name)),
        })
    }

    fn binding_place(&self, binding: BindingId) -> PlaceId {
        let facts = self.facts;
        let own = || self.place(PlaceKey::Binding(binding));
        if matches!(facts.binding(binding).kind, BindingKind::Import(_) | BindingKind::Param) {
            return own();
        }
        let Some(value) = facts.constant(binding) else { return own() };
        if let Some(shape) = self.shape_of_value(value) {
            return self.place(PlaceKey::Statics(shape));
        }
        let found = match facts.kind(value) {
            NodeKind::New { callee, .. } => {
                self.shape_of_value(callee).map(|shape| self.place(PlaceKey::Instance(shape)))
            }
            NodeKind::Ref { .. }
            | NodeKind::Member { .. }
            | NodeKind::Index { .. }
            | NodeKind::This
            | NodeKind::Assign { .. }
            | NodeKind::Element { .. } => self.place_at(value, 1),
            // `const list = this.list || (this.list = [])`, not `const list = given || []`.
            NodeKind::Logical { left, right, .. } => {
                let (left, right) = (self.place_at(left, 1), self.place_at(right, 1));
                left.filter(|_| left == right)
            }
            NodeKind::Call { callee, args } => self.call_place(callee, args, 0),
            _ => None,
        };
        found.unwrap_or_else(own)
    }

    /// Whether a call may be a place, told by its form alone.
    fn may_call_place(&self, callee: NodeId) -> bool {
        match self.facts.kind(callee) {
            NodeKind::Member { name, .. } => matches!(self.facts.name(name), "get" | "at"),
            NodeKind::Ref { .. } | NodeKind::Function(_) => true,
            _ => false,
        }
    }

    /// `map.get(k)` is an element of `map`; helpers that hand back what they are given, and
    /// functions that return one place, are that place.
    fn call_place(&self, callee: NodeId, args: crate::facts::List, depth: u32) -> Option<PlaceId> {
        let facts = self.facts;
        if let NodeKind::Member { object, name } = facts.kind(callee)
            && matches!(facts.name(name), "get" | "at")
            && args.len == 1
        {
            let object = self.place_at(object, depth + 1)?;
            return Some(self.place(PlaceKey::Element(object)));
        }
        if let NodeKind::Ref { name, .. } = facts.kind(callee)
            && args.len > 0
        {
            let text = facts.name(name);
            // The shortest of these has ten letters.
            if text.len() >= 10
                && matches!(
                    text.trim_start_matches('_'),
                    "assertThisInitialized"
                        | "classPrivateFieldLooseBase"
                        | "interopRequireDefault"
                        | "interopRequireWildcard"
                        | "importDefault"
                        | "importStar"
                )
            {
                return self.place_at(facts.arg(args, 0)?, depth + 1);
            }
        }
        // Methods are not followed: finding them asks for places.
        let function = match facts.kind(callee) {
            NodeKind::Ref { .. } | NodeKind::Function(_) => self.function_of(callee)?,
            _ => return None,
        };
        let record = facts.function(function);
        let [only] = record.returns.as_slice() else { return None };
        if record.is_async || record.is_generator {
            return None;
        }
        let place = self.place_at(*only, depth + 1)?;
        // What belongs to one call of it is not one place.
        let PlaceKey::Binding(root) = self.place_root(place) else { return Some(place) };
        (facts.binding_function(root) != function).then_some(place)
    }

    /// The object that `this` is in a function, if it is a method of one.
    #[must_use]
    pub fn place_of_this(&self, function: FunctionId) -> Option<PlaceId> {
        self.this_place(function, 0)
    }

    /// How often a function's names stand in the file, its declaration included.
    #[must_use]
    pub fn mention_count(&self, function: FunctionId) -> usize {
        function_bindings(self.facts, function).map(|binding| self.facts.references(binding).len()).sum()
    }

    /// What `this` is in a function.
    fn this_place(&self, function: FunctionId, depth: u32) -> Option<PlaceId> {
        let facts = self.facts;
        let function = facts.this_function(function);
        let record = facts.function(function);
        if let Some(class) = record.class.get() {
            let shape = Shape::Class(class);
            return Some(self.place(if record.is_static {
                PlaceKey::Statics(shape)
            } else {
                PlaceKey::Instance(shape)
            }));
        }
        match record.kind {
            FunctionKind::Top => match facts.module {
                ModuleKind::CommonJs => Some(self.place(PlaceKey::Exports)),
                ModuleKind::Script => Some(self.place(PlaceKey::GlobalObject)),
                ModuleKind::Module => None,
            },
            _ => self.function_owner(function, depth),
        }
    }

    /// The object a function is a method of.
    pub(crate) fn function_owner(&self, function: FunctionId, depth: u32) -> Option<PlaceId> {
        let facts = self.facts;
        let node = facts.function(function).node.get()?;
        let parent = facts.node(node).parent;
        match facts.kind(parent) {
            NodeKind::Property { .. } | NodeKind::Accessor { .. } | NodeKind::ComputedProperty { .. } => {
                let object = self.component_options_around(facts.node(parent).parent);
                match self.object_place(object, depth + 1) {
                    // The methods of what a module exports may be mixed into other objects.
                    Some(place) if self.place_key(place) == PlaceKey::Exports => {
                        Some(self.place(PlaceKey::Literal(object)))
                    }
                    place => place,
                }
            }
            NodeKind::Assign { target, .. } => match facts.kind(target) {
                // `const Query = (module.exports = function () { … })`
                NodeKind::Ref { .. } | NodeKind::Member { .. } if self.is_constructor(function) => {
                    Some(self.place(PlaceKey::Instance(Shape::Constructor(function))))
                }
                // Whoever calls what a module exports says what `this` is.
                NodeKind::Member { object, .. } if self.is_global(object, "module") => None,
                NodeKind::Member { object, .. } | NodeKind::Index { object, .. } => self.place_at(object, depth + 1),
                _ => None,
            },
            NodeKind::Member { object, name }
                if object == node && matches!(facts.name(name), "call" | "bind" | "apply") =>
            {
                let NodeKind::Call { args, .. } = facts.kind(facts.node(parent).parent) else { return None };
                self.place_at(facts.arg(args, 0)?, depth + 1)
            }
            _ => None,
        }
    }

    /// The object whose members `this` has in the functions of an object literal: `methods: { … }` of a
    /// component's options are those of the component, as its other options are.
    fn component_options_around(&self, object: NodeId) -> NodeId {
        let part = self.facts.node(object).parent;
        match self.facts.kind(part) {
            NodeKind::Property { .. } if self.component_options(self.facts.node(part).parent).is_some() => {
                self.facts.node(part).parent
            }
            _ => object,
        }
    }

    /// What the models know of a component whose options an object literal is.
    pub(super) fn component_options(&self, object: NodeId) -> Option<&'a Kind> {
        let NodeKind::Object(_) = self.facts.kind(object) else { return None };
        if object == self.facts.component {
            return self.models.kind("component options");
        }
        let NodeKind::Call { callee, .. } = self.facts.kind(self.facts.node(object).parent) else { return None };
        self.models.made_by(&self.path_of(callee)?).filter(|kind| kind.name == "component options")
    }

    /// The place of an object literal: where it is stored, or itself.
    pub(super) fn object_place(&self, object: NodeId, depth: u32) -> Option<PlaceId> {
        if depth > MAX_ALIASES || !object.is_some() {
            return None;
        }
        // Literals nest, and each part asks for all of those around it.
        let known = self.places.borrow().memo[object.index()];
        if known < NO_PLACE {
            return Some(PlaceId(known));
        }
        let found = self.find_object_place(object, depth)?;
        self.places.borrow_mut().memo[object.index()] = found.0;
        Some(found)
    }

    fn find_object_place(&self, object: NodeId, depth: u32) -> Option<PlaceId> {
        let facts = self.facts;
        let parent = facts.node(object).parent;
        match facts.kind(parent) {
            NodeKind::Assign { target, value, .. } if value == object => self.place_at(target, depth + 1),
            NodeKind::Property { key, .. } => {
                let outer = self.object_place(facts.node(parent).parent, depth + 1)?;
                Some(self.member_place(outer, key))
            }
            // `{ key: "m", value: function () {} }` of a compiled class.
            NodeKind::Array(_) => {
                let call = facts.node(parent).parent;
                match facts.kind(call) {
                    NodeKind::Call { args, .. } if args.len >= 2 => {
                        let shape = self.shape_of_value(facts.arg(args, 0)?)?;
                        let is_static = facts.arg(args, 2) == Some(parent);
                        Some(self.place(if is_static { PlaceKey::Statics(shape) } else { PlaceKey::Instance(shape) }))
                    }
                    _ => Some(self.place(PlaceKey::Literal(object))),
                }
            }
            // `Object.assign(Cache.prototype, { … })`
            NodeKind::Call { args, .. } => {
                let target = facts.arg(args, 0).filter(|first| *first != object);
                match target.and_then(|target| self.place_at(target, depth + 1)) {
                    Some(place) if matches!(self.place_key(place), PlaceKey::Instance(_) | PlaceKey::Exports) => {
                        Some(place)
                    }
                    _ => Some(self.place(PlaceKey::Literal(object))),
                }
            }
            _ if facts.is_exported(object) => Some(self.place(PlaceKey::Exports)),
            _ => Some(self.place(PlaceKey::Literal(object))),
        }
    }

    /// The class or constructor function a value is.
    pub(super) fn shape_of_value(&self, node: NodeId) -> Option<Shape> {
        match self.facts.kind(node) {
            NodeKind::Class(class) => Some(Shape::Class(class)),
            NodeKind::Function(function) if self.is_constructor(function) => Some(Shape::Constructor(function)),
            NodeKind::Ref { binding, .. } => {
                match self.facts.constant(binding.get()?).map(|value| self.facts.kind(value)) {
                    None | Some(NodeKind::New { .. } | NodeKind::Member { .. } | NodeKind::Object(_)) => None,
                    Some(_) => remembered(&self.shapes, node, None, || self.find_shape(node)),
                }
            }
            NodeKind::Call { callee, .. } if !matches!(self.facts.kind(callee), NodeKind::Function(_)) => None,
            NodeKind::Assign { .. } | NodeKind::Sequence(_) | NodeKind::Call { .. } => {
                remembered(&self.shapes, node, None, || self.find_shape(node))
            }
            _ => None,
        }
    }

    fn find_shape(&self, node: NodeId) -> Option<Shape> {
        let facts = self.facts;
        match facts.kind(node) {
            NodeKind::Ref { binding, .. } => self.shape_of_value(facts.constant(binding.get()?)?),
            NodeKind::Assign { value, .. } => self.shape_of_value(value),
            NodeKind::Sequence(list) => self.shape_of_value(*facts.list(list).last()?),
            // `var Foo = (function () { function Foo() {} …; return Foo; })()`
            NodeKind::Call { callee, .. } => {
                let NodeKind::Function(function) = facts.kind(callee) else { return None };
                let [only] = facts.function(function).returns.as_slice() else { return None };
                match facts.kind(*only) {
                    NodeKind::Ref { .. } | NodeKind::Class(_) | NodeKind::Sequence(_) => self.shape_of_value(*only),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// Whether a plain function is used as a class: made instances of, or given methods.
    pub(crate) fn is_constructor(&self, function: FunctionId) -> bool {
        remembered(&self.constructors, function, false, || self.find_constructor(function))
    }

    fn find_constructor(&self, function: FunctionId) -> bool {
        let facts = self.facts;
        let record = facts.function(function);
        if !matches!(record.kind, FunctionKind::Declaration | FunctionKind::Expression)
            || record.is_async
            || record.is_generator
        {
            return false;
        }
        // `Phaser.Stage = function () { … }; Phaser.Stage.prototype = { … }`
        let assigned = record.node.get().and_then(|node| match facts.kind(facts.node(node).parent) {
            NodeKind::Assign { target, value, .. } if value == node => Some(target),
            _ => None,
        });
        if let Some(target) = assigned
            && let NodeKind::Member { object, name } = facts.kind(target)
            && !self.is_global(object, "module")
            && facts.name(name).starts_with(char::is_uppercase)
            && self.members(name).iter().any(|member| {
                let parent = facts.node(*member).parent;
                *member != target
                    && matches!(facts.kind(parent), NodeKind::Member { object, name } if object == *member && facts.name(name) == "prototype")
                    && self.text(*member, 80) == self.text(target, 80)
            })
        {
            return true;
        }
        // `Phaser.Stage = function () { this.update = function () { … } }`
        if let Some(target) = assigned
            && let NodeKind::Member { object, name } = facts.kind(target)
            && !self.is_global(object, "module")
            && facts.name(name).starts_with(char::is_uppercase)
            && facts.nodes_within(function).any(|node| match facts.kind(node) {
                NodeKind::Assign { target, value, .. } => {
                    facts.function_of(node) == function
                        && matches!(facts.kind(value), NodeKind::Function(_))
                        && matches!(facts.kind(target), NodeKind::Member { object, .. } if facts.kind(object) == NodeKind::This)
                }
                _ => false,
            })
        {
            return true;
        }
        function_bindings(facts, function).any(|binding| {
            facts.references(binding).iter().any(|reference| {
                let parent = facts.node(*reference).parent;
                match facts.kind(parent) {
                    NodeKind::Member { object, name } => object == *reference && facts.name(name) == "prototype",
                    NodeKind::New { callee, .. } => callee == *reference,
                    // What compilers write for a class, and `util.inherits(Query, EventEmitter)`.
                    NodeKind::Call { callee, .. } => {
                        callee != *reference && self.models.has_word("class-helpers", facts.called_name(callee))
                    }
                    _ => false,
                }
            })
        })
    }

    /// Whether a node is the global of that name.
    #[must_use]
    pub fn is_global(&self, node: NodeId, name: &str) -> bool {
        matches!(self.facts.kind(node), NodeKind::Ref { name: found, binding } if !binding.is_some() && self.facts.name(found) == name)
    }

    /// A place as code would write it: `cache`, `this.handlers`, `Job.all`, `exports.list`.
    #[must_use]
    pub fn place_text(&self, place: PlaceId) -> String {
        let facts = self.facts;
        match self.place_key(place) {
            PlaceKey::Binding(binding) => facts.name(facts.binding(binding).name).to_string(),
            PlaceKey::Global(name) => facts.name(name).to_string(),
            PlaceKey::GlobalObject => "globalThis".to_string(),
            PlaceKey::Exports => "module.exports".to_string(),
            PlaceKey::Instance(_) => "this".to_string(),
            PlaceKey::Statics(shape) => self.shape_name(shape),
            PlaceKey::Literal(_) => "this".to_string(),
            PlaceKey::Member(object, name) => {
                let object = match self.place_key(object) {
                    PlaceKey::Exports => "exports".to_string(),
                    _ => self.place_text(object),
                };
                format!("{object}.{}", facts.name(name))
            }
            PlaceKey::Element(object) => format!("{}[…]", self.place_text(object)),
        }
    }

    /// The name of a class.
    #[must_use]
    pub fn shape_name(&self, shape: Shape) -> String {
        let name = match shape {
            Shape::Class(class) => self.facts.classes[class.index()].name,
            Shape::Constructor(function) => self.facts.function(function).name,
        };
        let text = self.facts.name(name);
        if text.is_empty() { "the class".to_string() } else { text.to_string() }
    }

    /// Whether [`Self::stores`] can be asked: not while it is being made, which asks for places,
    /// which may ask what a function returns.
    pub(super) fn stores_known(&self) -> bool {
        if !self.making_stores.get() {
            self.all_stores();
        }
        self.stores.get().is_some()
    }

    /// Every store to a place: `Assign` nodes, and the `Property` nodes of object literals.
    pub(crate) fn stores(&self, place: PlaceId) -> &[NodeId] {
        self.all_stores().of(place.index())
    }

    fn all_stores(&self) -> &Grouped {
        self.stores.get_or_init(|| {
            self.making_stores.set(true);
            let mut stores = Vec::new();
            for node in self.facts.stores.iter().copied() {
                if let NodeKind::Assign { target, .. } = self.facts.kind(node)
                    && let Some(place) = self.place_of(target)
                {
                    stores.push((place.index(), node));
                }
            }
            // Methods and fields of an object literal are stores to its parts.
            let mut last = (NodeId::NONE, None);
            let mut plain = (NodeId::NONE, false);
            for node in self.facts.properties.iter().copied() {
                let object = self.facts.node(node).parent;
                if !matches!(self.facts.kind(object), NodeKind::Object(_)) {
                    continue;
                }
                if object != last.0 {
                    let place = self.object_place(object, 0);
                    last = (object, place.filter(|place| !self.is_plain(*place, &mut plain)));
                }
                if let (Some(place), NodeKind::Property { key, .. }) = (last.1, self.facts.kind(node)) {
                    stores.push((self.member_place(place, key).index(), node));
                }
            }
            Grouped::new(&stores)
        })
    }

    /// Whether a place is part of an object literal without a name and without methods: nothing can
    /// name its parts. `last` is the answer about the literal that was looked through before: its parts
    /// ask one after the other.
    fn is_plain(&self, place: PlaceId, last: &mut (NodeId, bool)) -> bool {
        let PlaceKey::Literal(object) = self.place_root(place) else { return false };
        if last.0 != object {
            *last = (object, !self.has_methods(object));
        }
        last.1
    }

    /// Whether functions stand in an object literal, or in one inside it.
    fn has_methods(&self, object: NodeId) -> bool {
        let NodeKind::Object(parts) = self.facts.kind(object) else { return false };
        self.facts.list(parts).iter().any(|part| match self.facts.kind(*part) {
            NodeKind::Property { value, .. }
            | NodeKind::Accessor { value, .. }
            | NodeKind::ComputedProperty { value, .. } => {
                matches!(self.facts.kind(value), NodeKind::Function(_)) || self.has_methods(value)
            }
            _ => false,
        })
    }

    /// The values stored to a place, as far as they are in view.
    pub fn stored_values(&self, place: PlaceId) -> impl Iterator<Item = NodeId> + '_ {
        self.stores(place).iter().filter_map(|store| match self.facts.kind(*store) {
            NodeKind::Assign { value, .. } | NodeKind::Property { value, .. } => Some(value),
            _ => None,
        })
    }
}

/// The variables that what `new` makes instances of is known by.
pub(super) fn shape_bindings(facts: &Facts, shape: Shape) -> Vec<BindingId> {
    match shape {
        Shape::Class(class) => class_bindings(facts, class).collect(),
        Shape::Constructor(function) => function_bindings(facts, function).collect(),
    }
}

/// The variables a class is known by: its declaration, or what it is stored to.
pub(super) fn class_bindings(facts: &Facts, class: ClassId) -> impl Iterator<Item = BindingId> + '_ {
    let record = &facts.classes[class.index()];
    let stored = match facts.nodes.get(facts.node(record.node).parent.index()).map(|node| node.kind) {
        Some(NodeKind::Assign { target, value, .. }) if value == record.node => match facts.kind(target) {
            NodeKind::Ref { binding, .. } => binding.get().filter(|binding| record.binding != *binding),
            _ => None,
        },
        _ => None,
    };
    record.binding.get().into_iter().chain(stored)
}

/// The variables a function is known by: its declaration, or what it is stored to.
pub(super) fn function_bindings(facts: &Facts, function: FunctionId) -> impl Iterator<Item = BindingId> + '_ {
    let node = facts.function(function).node;
    let stored = node.get().and_then(|node| {
        let mut parent = facts.node(node).parent;
        // `var Foo = exports.Foo = function () {}`
        loop {
            match facts.nodes.get(parent.index()).map(|node| node.kind)? {
                NodeKind::Assign { target, .. } => match facts.kind(target) {
                    NodeKind::Ref { binding, .. } => return binding.get(),
                    _ => parent = facts.node(parent).parent,
                },
                _ => return None,
            }
        }
    });
    let outside = stored.and_then(|stored| compiled_class(facts, function, stored));
    stored.into_iter().chain(facts.function(function).own_name.get()).chain(outside)
}

/// The variable outside, for a class compiled to a function that is called at once:
/// `var Hub = (function () { function Hub() {} return Hub; })()`.
fn compiled_class(facts: &Facts, function: FunctionId, stored: BindingId) -> Option<BindingId> {
    let maker = facts.function(facts.function(function).parent.get()?);
    let [only] = maker.returns.as_slice() else { return None };
    if !matches!(facts.kind(*only), NodeKind::Ref { binding, .. } if binding == stored) {
        return None;
    }
    let call = facts.node(maker.node.get()?).parent;
    if !matches!(facts.kind(call), NodeKind::Call { callee, .. } if callee == maker.node) {
        return None;
    }
    match facts.kind(facts.node(call).parent) {
        NodeKind::Assign { target, value, .. } if value == call => match facts.kind(target) {
            NodeKind::Ref { binding, .. } => binding.get(),
            _ => None,
        },
        _ => None,
    }
}
