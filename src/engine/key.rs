//! Key domains: whether the keys a collection is filled by are few, whatever the program does.

use super::{Engine, remembered};
use crate::facts::{
    AssignOp, BinaryOp, BindingId, BindingKind, FunctionId, Name, NodeId, NodeKind, Type, TypeId, UnaryOp,
};

/// How many values a key can take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Domain {
    /// One.
    Constant,
    /// Few: literals, an enum, a boolean, the keys of a constant.
    Finite,
    /// As many as the input has.
    Open,
}

impl Engine<'_> {
    /// How many values a key can take.
    #[must_use]
    pub fn domain(&self, key: NodeId) -> Domain {
        remembered(&self.domains, key, Domain::Open, || self.find_domain(key))
    }

    fn find_domain(&self, key: NodeId) -> Domain {
        let facts = self.facts;
        let next = |node| self.domain(node);
        let all = |nodes: &[NodeId]| nodes.iter().map(|node| next(*node)).max().unwrap_or(Domain::Constant);
        match facts.kind(key) {
            NodeKind::Str(_)
            | NodeKind::Num(_)
            | NodeKind::Bool(_)
            | NodeKind::Null
            | NodeKind::Undefined
            | NodeKind::Regex => Domain::Constant,
            NodeKind::Template(list) => all(facts.list(list)),
            NodeKind::Unary { op: UnaryOp::Not | UnaryOp::Typeof | UnaryOp::Void, .. } => Domain::Finite,
            NodeKind::Unary { op: UnaryOp::Arithmetic, arg } => next(arg),
            NodeKind::Binary { op, left, right } => match op {
                BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Multiply | BinaryOp::Arithmetic => {
                    next(left).max(next(right))
                }
                BinaryOp::Modulo => Domain::Finite,
                BinaryOp::Bitwise => {
                    // `hash & 0xff`: a mask of at most sixteen bits.
                    let masks = [left, right].iter().any(|side| matches!(facts.kind(self.origin(*side)), NodeKind::Num(at) if facts.numbers[at as usize] <= 65_535.0 && facts.numbers[at as usize] > 0.0));
                    if masks { Domain::Finite } else { next(left).max(next(right)) }
                }
                _ => Domain::Finite,
            },
            NodeKind::Conditional { yes, no, .. } => next(yes).max(next(no)),
            NodeKind::Logical { left, right, .. } => next(left).max(next(right)),
            NodeKind::Sequence(list) => facts.list(list).last().map_or(Domain::Open, |last| next(*last)),
            NodeKind::Assign { value, .. } => next(value),
            NodeKind::Function(_)
            | NodeKind::Class(_)
            | NodeKind::Object(_)
            | NodeKind::Array(_)
            | NodeKind::New { .. } => {
                // New each time the code runs; one where it runs once.
                if facts.function_of(key) == FunctionId(0) { Domain::Constant } else { Domain::Open }
            }
            NodeKind::Member { object, name } => self.member_domain(object, facts.name(name)),
            NodeKind::Index { object, key } => {
                if self.is_constant_table(object)
                    || next(key) < Domain::Open && facts.function_of(self.origin(object)) == FunctionId(0)
                {
                    Domain::Finite
                } else {
                    Domain::Open
                }
            }
            NodeKind::Call { callee, args } => self.call_domain(callee, facts.list(args)),
            NodeKind::Element { of, .. } => self.element_domain(of, 0),
            NodeKind::Param(position) => self.param_domain(facts.function_of(key), position),
            NodeKind::Ref { name, binding } => match binding.get() {
                None => {
                    if facts.name(name).chars().next().is_some_and(char::is_uppercase) {
                        Domain::Constant
                    } else {
                        Domain::Open
                    }
                }
                Some(binding) => {
                    let record = facts.binding(binding);
                    if self.type_is_finite(record.ty, 0) {
                        return Domain::Finite;
                    }
                    match record.kind {
                        BindingKind::Import(_)
                        | BindingKind::Enum
                        | BindingKind::Class
                        | BindingKind::Function
                        | BindingKind::Namespace => {
                            if facts.binding_function(binding) == FunctionId(0) {
                                Domain::Constant
                            } else {
                                Domain::Open
                            }
                        }
                        _ => match facts.constant(binding) {
                            Some(value) => next(value),
                            None => self.written_domain(binding),
                        },
                    }
                }
            },
            _ => Domain::Open,
        }
    }

    /// A variable with several stores: as open as the widest of them; a counter is open.
    fn written_domain(&self, binding: crate::facts::BindingId) -> Domain {
        let facts = self.facts;
        facts
            .writes(binding)
            .map(|write| match facts.kind(write) {
                NodeKind::Assign { op: crate::facts::AssignOp::Init | crate::facts::AssignOp::Set, value, .. } => {
                    self.domain(value)
                }
                _ => Domain::Open,
            })
            .max()
            .unwrap_or(Domain::Open)
    }

    fn member_domain(&self, object: NodeId, name: &str) -> Domain {
        let facts = self.facts;
        // A length as a key is a small number, but for that of the collection itself, which is the
        // next free index; see `is_next_index`.
        if name == "length" && facts.constant_length(object) {
            return Domain::Finite;
        }
        if self.models.has_word("finite-properties", name) {
            return Domain::Finite;
        }
        if let NodeKind::Ref { binding, .. } = facts.kind(object)
            && let Some(binding) = binding.get()
        {
            if matches!(facts.binding(binding).kind, BindingKind::Enum) {
                return Domain::Constant;
            }
            // `CONSTANTS.name`, `config.key` of an import in capitals.
            if matches!(facts.binding(binding).kind, BindingKind::Import(_)) {
                let text = facts.name(facts.binding(binding).name);
                if text.chars().next().is_some_and(char::is_uppercase) {
                    return Domain::Constant;
                }
            }
        }
        if self.is_constant_table(object) {
            return Domain::Constant;
        }
        if facts.constant_member(object, name).is_some_and(|value| self.domain(value) == Domain::Constant) {
            return Domain::Constant;
        }
        Domain::Open
    }

    fn call_domain(&self, callee: NodeId, args: &[NodeId]) -> Domain {
        let facts = self.facts;
        if let NodeKind::Member { object, name } = facts.kind(callee) {
            match facts.name(name) {
                "toString" | "toLowerCase" | "toUpperCase" | "trim" | "valueOf" | "normalize" | "slice" | "replace"
                | "substring" | "bind" => {
                    return self.domain(object);
                }
                // One character, or a small number.
                "charAt" | "charCodeAt" | "getDay" | "getHours" | "getMonth" | "getDate" | "getMinutes"
                | "getSeconds" | "getFullYear" | "getTimezoneOffset" => {
                    return Domain::Finite;
                }
                "join" => return self.domain(object),
                _ => {}
            }
        }
        match self.path_of(callee).as_deref() {
            Some("String" | "Number" | "Boolean" | "Symbol.for" | "JSON.stringify" | "parseInt") => {
                args.first().map_or(Domain::Constant, |arg| self.domain(*arg))
            }
            Some(path) if path.starts_with("Math.") && path != "Math.random" => {
                args.iter().map(|arg| self.domain(*arg)).max().unwrap_or(Domain::Open)
            }
            Some("path:extname" | "path:default.extname" | "os:platform" | "process.cwd") => Domain::Finite,
            Some(path) if self.models.has_word("file-lookups", path) => Domain::Finite,
            Some("Symbol") if facts.function_of(callee) == FunctionId(0) => Domain::Constant,
            _ => match self.function_of(callee) {
                // A helper that returns one of a few values, or builds the key of its arguments.
                Some(function) if !facts.function(function).returns.is_empty() => facts
                    .function(function)
                    .returns
                    .iter()
                    .map(|value| self.domain(*value))
                    .max()
                    .unwrap_or(Domain::Open),
                _ => Domain::Open,
            },
        }
    }

    /// One element of a constant array, one key of a constant object.
    fn element_domain(&self, of: NodeId, depth: u32) -> Domain {
        let facts = self.facts;
        // `node = node.parent`
        if depth > 8 {
            return Domain::Open;
        }
        let origin = self.origin(of);
        match facts.kind(origin) {
            NodeKind::Array(list) => facts
                .list(list)
                .iter()
                .map(|item| self.domain(*item).max(Domain::Finite))
                .max()
                .unwrap_or(Domain::Finite),
            _ if self.is_constant_table(origin) => Domain::Finite,
            NodeKind::Call { callee, args } => {
                let path = self.path_of(callee);
                let lists = matches!(
                    path.as_deref(),
                    Some("Object.keys" | "Object.values" | "Object.entries" | "Object.getOwnPropertyNames")
                );
                let of = facts.arg(args, 0);
                if lists && of.is_some_and(|of| self.is_constant_table(of)) { Domain::Finite } else { Domain::Open }
            }
            NodeKind::Member { object, .. } => self.element_domain(object, depth + 1),
            _ => Domain::Open,
        }
    }

    /// Whether code runs only for keys that a constant table has: `if (!NAMES.includes(key)) return`.
    #[must_use]
    pub fn is_known_member(&self, key: NodeId, node: NodeId) -> bool {
        let Some(place) = self.place_of(key) else { return false };
        self.facts.regions_around(node).any(|id| {
            let region = self.facts.region(id);
            match region.kind {
                crate::facts::RegionKind::Then => self.says_member(region.test, true, place),
                crate::facts::RegionKind::Else => self.says_member(region.test, false, place),
                _ => false,
            }
        })
    }

    /// Whether a test that comes out as `truth` says that a constant table has the key.
    fn says_member(&self, test: NodeId, truth: bool, key: super::PlaceId) -> bool {
        use crate::facts::LogicalOp;
        let facts = self.facts;
        let is_key = |node: NodeId| self.place_of(node) == Some(key);
        match facts.kind(test) {
            NodeKind::Unary { op: UnaryOp::Not, arg } => self.says_member(arg, !truth, key),
            NodeKind::Logical { op: LogicalOp::And, left, right } if truth => {
                self.says_member(left, true, key) || self.says_member(right, true, key)
            }
            NodeKind::Logical { op: LogicalOp::Or, left, right } if !truth => {
                self.says_member(left, false, key) || self.says_member(right, false, key)
            }
            NodeKind::Binary { op: BinaryOp::In, left, right } => {
                truth && is_key(left) && self.is_constant_table(right)
            }
            NodeKind::Binary { op: op @ (BinaryOp::Equal | BinaryOp::NotEqual), left, right }
                if matches!(facts.kind(right), NodeKind::Undefined | NodeKind::Null) =>
            {
                self.says_member(left, (op == BinaryOp::NotEqual) == truth, key)
            }
            // `NAMES.indexOf(key) !== -1`, `>= 0`
            NodeKind::Binary { op: BinaryOp::NotEqual | BinaryOp::Greater, left, .. } => {
                truth && self.says_member(left, true, key)
            }
            NodeKind::Binary { op: BinaryOp::Equal | BinaryOp::Less, left, .. } => {
                !truth && self.says_member(left, true, key)
            }
            NodeKind::Index { object, key: index } => truth && is_key(index) && self.is_constant_table(object),
            // `const sql = QUERIES[name]; if (!sql) throw …`
            NodeKind::Ref { .. } => {
                let origin = self.origin(test);
                origin != test
                    && matches!(facts.kind(origin), NodeKind::Index { .. })
                    && self.says_member(origin, truth, key)
            }
            NodeKind::Call { callee, args } => {
                let NodeKind::Member { object, name } = facts.kind(callee) else { return false };
                matches!(facts.name(name), "includes" | "has" | "indexOf" | "hasOwnProperty")
                    && truth
                    && facts.arg(args, 0).is_some_and(is_key)
                    && self.is_constant_table(object)
            }
            _ => false,
        }
    }

    /// Whether a value is an object, array, map or set that is written down in the file at load
    /// time and never grows: its keys and values are few.
    fn is_constant_table(&self, node: NodeId) -> bool {
        let facts = self.facts;
        let origin = self.origin(node);
        match facts.kind(origin) {
            NodeKind::Object(list) | NodeKind::Array(list) => {
                if facts.function_of(origin) != FunctionId(0) || list.len == 0 {
                    return false;
                }
                let Some(place) = self.place_of(node) else { return true };
                !self.uses_grow_in_functions(place)
            }
            // `new Set(["a", "b"])`
            NodeKind::New { args, .. } => {
                let literal =
                    facts.arg(args, 0).is_some_and(|arg| matches!(facts.kind(self.origin(arg)), NodeKind::Array(_)));
                let collection = self.kind_of(origin).is_some_and(|kind| kind.collection);
                literal
                    && collection
                    && facts.function_of(origin) == FunctionId(0)
                    && self.place_of(node).is_none_or(|place| !self.uses_grow_in_functions(place))
            }
            _ => false,
        }
    }

    fn uses_grow_in_functions(&self, place: super::PlaceId) -> bool {
        self.uses(place).iter().any(|used| {
            matches!(used.what, super::usage::Use::Grow(_)) && self.facts.function_of(used.site()) != FunctionId(0)
        })
    }

    /// A parameter: finite by its type, or because every call in view passes one of a few values
    /// and nobody else can call.
    fn param_domain(&self, function: FunctionId, position: u32) -> Domain {
        let facts = self.facts;
        let record = facts.function(function);
        let Some(param) = record.params.get(position as usize) else { return Domain::Open };
        if self.type_is_finite(param.ty, 0) {
            return Domain::Finite;
        }
        // `(injected = false)`: a flag.
        let flag = param.binding.get().is_some_and(|binding| {
            facts.writes(binding).any(|write| {
                matches!(facts.kind(write), NodeKind::Assign { value, .. }
                    if matches!(facts.kind(value), NodeKind::Logical { right, .. } if matches!(facts.kind(right), NodeKind::Bool(_))))
            })
        });
        if flag {
            return Domain::Finite;
        }
        // `bus.on("newListener", (event) => …)`: as few as the names of events.
        if position == 0
            && self.has_events_of_names()
            && self.repetition(function).event.is_some_and(|event| self.models.has_word("events-of-names", &event))
        {
            return Domain::Finite;
        }
        // `["a", "b"].forEach((name) => …)`
        if let Some(node) = record.node.get()
            && position == 0
            && let NodeKind::Call { callee, .. } = facts.kind(facts.node(node).parent)
            && let NodeKind::Member { object, name } = facts.kind(callee)
            && matches!(facts.name(name), "forEach" | "map" | "filter" | "reduce" | "some" | "every")
        {
            return self.element_domain(object, 0);
        }
        let Some(binding) = param.binding.get() else { return Domain::Open };
        if record.class.is_some() {
            return Domain::Open;
        }
        let arguments = self.arguments_of(binding);
        let here = arguments.iter().map(|(_, arg)| self.domain(*arg)).max();
        let reachable = record.node.get().is_none_or(|node| self.escapes_file(node));
        if reachable {
            let users = self.run_elsewhere(function).filter(|users| !users.unseen && users.calls.is_some());
            let Some(users) = users else { return Domain::Open };
            // Where it is never given, it is nothing.
            let there = users.args.get(position as usize).map_or(Domain::Finite, |given| given.domain);
            return there.max(here.unwrap_or(Domain::Finite)).max(Domain::Finite);
        }
        let references: usize =
            super::place::function_bindings(facts, function).map(|binding| facts.references(binding).len()).sum();
        // Every mention besides the declaration must be one of the calls.
        if references > arguments.len() + 1 {
            return Domain::Open;
        }
        here.map_or(Domain::Open, |domain| domain.max(Domain::Finite))
    }

    /// Whether some call names an event whose argument is the name of another: few files have one, and how
    /// often a function runs costs more to ask.
    fn has_events_of_names(&self) -> bool {
        *self.events_of_names.get_or_init(|| {
            let (facts, models) = (self.facts, self.models);
            let has = |text: &str| models.has_word("events-of-names", text);
            let names_one = |call: &NodeId| match facts.kind(*call) {
                NodeKind::Call { args, .. } => {
                    facts.arg(args, 0).and_then(|event| self.constant_text(event)).is_some_and(has)
                }
                _ => false,
            };
            models.words("events-of-names").iter().any(|event| facts.names.find(event).is_some())
                && facts.calls.iter().any(names_one)
        })
    }

    /// Whether a key is a new one each time: counted up, made by chance, or the number that an object
    /// was given when it was made.
    #[must_use]
    pub fn is_fresh(&self, key: NodeId) -> bool {
        self.is_fresh_at(key, 0)
    }

    fn is_fresh_at(&self, key: NodeId, depth: u32) -> bool {
        let facts = self.facts;
        let part = |node: &NodeId| depth < 6 && self.is_fresh_at(*node, depth + 1);
        let origin = self.origin(key);
        match facts.kind(origin) {
            NodeKind::Update { target, up: true } => self.counts_on(target),
            NodeKind::Call { callee, args } => {
                // `plugin.getId()` asks for the id that is there.
                let name = facts.called_name(callee);
                let asks = name.starts_with("get") && matches!(facts.kind(callee), NodeKind::Member { .. });
                args.len == 0 && !asks && self.models.has_word("id-makers", name)
            }
            NodeKind::Binary { op: BinaryOp::Add, left, right } => part(&left) || part(&right),
            NodeKind::Conditional { yes, no, .. } => part(&yes) || part(&no),
            NodeKind::Logical { left, right, .. } => part(&left) || part(&right),
            NodeKind::Template(parts) => facts.list(parts).iter().any(part),
            NodeKind::Ref { binding, .. } => {
                binding.get().is_some_and(|binding| depth < 6 && self.is_fresh_variable(binding, origin, depth + 1))
            }
            NodeKind::Member { name, .. } => {
                self.counted_names().binary_search(&name).is_ok()
                    || self.place_of(origin).is_some_and(|place| {
                        self.mentions(place).iter().any(|mention| {
                        let parent = facts.node(*mention).parent;
                        matches!(facts.kind(parent), NodeKind::Update { target, up: true } if self.counts_on(target))
                    })
                    })
            }
            _ => false,
        }
    }

    /// `let id = ++this.last`, `this.counter++; const id = this.counter`, or what all callers hand in.
    fn is_fresh_variable(&self, binding: BindingId, key: NodeId, depth: u32) -> bool {
        let facts = self.facts;
        let written = facts.writes(binding).any(|write| match facts.kind(write) {
            NodeKind::Update { target, up: true } => self.counts_on(target),
            NodeKind::Assign { value, .. } => value != key && self.is_fresh_at(value, depth),
            _ => false,
        });
        let handed = || {
            let arguments = self.arguments_of(binding);
            !arguments.is_empty() && arguments.iter().all(|(_, argument)| self.is_fresh_at(*argument, depth))
        };
        written || facts.binding(binding).kind == BindingKind::Param && handed()
    }

    /// Whether a counter goes on counting when the call is over; the index of a loop does not.
    fn counts_on(&self, counter: NodeId) -> bool {
        let facts = self.facts;
        match facts.kind(counter) {
            NodeKind::Ref { binding, .. } => binding.get().is_some_and(|binding| {
                let home = facts.binding_function(binding);
                // One that is set back is the top of a stack.
                let only_up = || {
                    facts.writes(binding).all(|write| {
                        matches!(
                            facts.kind(write),
                            NodeKind::Update { up: true, .. } | NodeKind::Assign { op: AssignOp::Init, .. }
                        )
                    })
                };
                home != facts.function_of(counter) && only_up() || home == FunctionId(0)
            }),
            NodeKind::Member { .. } => true,
            _ => false,
        }
    }

    /// Properties whose every value in the file is a number of its own: `{ uid: next++ }`,
    /// `this.uid = ++count`. In order.
    fn counted_names(&self) -> &[Name] {
        self.counted_names.get_or_init(|| {
            let facts = self.facts;
            let counted = |value: NodeId| matches!(facts.kind(value), NodeKind::Update { target, up: true } if self.counts_on(target));
            let assigned = facts.stores.iter().filter_map(|node| match facts.kind(*node) {
                NodeKind::Assign { target, value, .. } => match facts.kind(target) {
                    NodeKind::Member { name, .. } => Some((name, counted(value))),
                    _ => None,
                },
                _ => None,
            });
            let written = facts.properties.iter().filter_map(|node| match facts.kind(*node) {
                NodeKind::Property { key, value } => Some((key, counted(value))),
                _ => None,
            });
            let mut names: Vec<(Name, bool)> = assigned.chain(written).collect();
            names.sort_unstable();
            names.dedup();
            let always = |name: Name| names.binary_search(&(name, false)).is_err();
            names.iter().filter(|(name, counts)| *counts && always(*name)).map(|(name, _)| *name).collect()
        })
    }

    /// Whether a type has few values.
    #[must_use]
    pub fn type_is_finite(&self, ty: TypeId, depth: u32) -> bool {
        let facts = self.facts;
        match facts.types.get(ty.index()) {
            Some(Type::Finite) => true,
            Some(Type::Union(list)) => {
                depth < 6 && facts.list(*list).iter().all(|member| self.type_is_finite(TypeId(member.0), depth + 1))
            }
            Some(Type::Named { name, .. }) => {
                depth < 6 && facts.aliases.get(name).is_some_and(|alias| self.type_is_finite(*alias, depth + 1))
            }
            _ => false,
        }
    }
}
