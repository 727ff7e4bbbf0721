//! Key domains: whether the keys a collection is filled by are few, whatever the program does.

use super::Engine;
use crate::facts::{BinaryOp, BindingKind, FunctionId, NodeId, NodeKind, Type, TypeId, UnaryOp};

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

const MAX_DEPTH: u32 = 10;

impl Engine<'_> {
    /// How many values a key can take.
    #[must_use]
    pub fn domain(&self, key: NodeId) -> Domain {
        self.domain_at(key, 0)
    }

    fn domain_at(&self, key: NodeId, depth: u32) -> Domain {
        let facts = self.facts;
        if depth > MAX_DEPTH {
            return Domain::Open;
        }
        let next = |node| self.domain_at(node, depth + 1);
        let all = |nodes: &[NodeId]| nodes.iter().map(|node| next(*node)).max().unwrap_or(Domain::Constant);
        match facts.kind(key) {
            NodeKind::Str(_) | NodeKind::Num(_) | NodeKind::Bool(_) | NodeKind::Null | NodeKind::Undefined | NodeKind::Regex => {
                Domain::Constant
            }
            NodeKind::Template(list) => all(facts.list(list)),
            NodeKind::Unary { op: UnaryOp::Not | UnaryOp::Typeof | UnaryOp::Void, .. } => Domain::Finite,
            NodeKind::Unary { op: UnaryOp::Arithmetic, arg } => next(arg),
            NodeKind::Binary { op, left, right } => match op {
                BinaryOp::Add => next(left).max(next(right)),
                BinaryOp::Modulo => Domain::Finite,
                BinaryOp::Arithmetic => next(left).max(next(right)),
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
            NodeKind::Function(_) | NodeKind::Class(_) | NodeKind::Object(_) | NodeKind::Array(_) | NodeKind::New { .. } => {
                // New each time the code runs; one where it runs once.
                if facts.function_of(key) == FunctionId(0) { Domain::Constant } else { Domain::Open }
            }
            NodeKind::Member { object, name } => self.member_domain(object, facts.name(name), depth),
            NodeKind::Index { object, key } => {
                if self.is_constant_table(object) || next(key) < Domain::Open && facts.function_of(self.origin(object)) == FunctionId(0) {
                    Domain::Finite
                } else {
                    Domain::Open
                }
            }
            NodeKind::Call { callee, args } => self.call_domain(callee, facts.list(args), depth),
            NodeKind::Element { of, .. } => self.element_domain(of, depth),
            NodeKind::Param(position) => self.param_domain(facts.function_of(key), position, depth),
            NodeKind::Ref { name, binding } => match binding.get() {
                None => if facts.name(name).chars().next().is_some_and(char::is_uppercase) { Domain::Constant } else { Domain::Open },
                Some(binding) => {
                    let record = facts.binding(binding);
                    if self.type_is_finite(record.ty, 0) {
                        return Domain::Finite;
                    }
                    match record.kind {
                        BindingKind::Import(_) | BindingKind::Enum | BindingKind::Class | BindingKind::Function | BindingKind::Namespace => {
                            if facts.binding_function(binding) == FunctionId(0) { Domain::Constant } else { Domain::Open }
                        }
                        _ => match facts.constant(binding) {
                            Some(value) => next(value),
                            None => self.written_domain(binding, depth),
                        },
                    }
                }
            },
            _ => Domain::Open,
        }
    }

    /// A variable with several stores: as open as the widest of them; a counter is open.
    fn written_domain(&self, binding: crate::facts::BindingId, depth: u32) -> Domain {
        let facts = self.facts;
        facts
            .writes(binding)
            .map(|write| match facts.kind(write) {
                NodeKind::Assign { op: crate::facts::AssignOp::Init | crate::facts::AssignOp::Set, value, .. } => self.domain_at(value, depth + 3),
                _ => Domain::Open,
            })
            .max()
            .unwrap_or(Domain::Open)
    }

    fn member_domain(&self, object: NodeId, name: &str, depth: u32) -> Domain {
        let facts = self.facts;
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
        if facts.constant_member(object, name).is_some_and(|value| self.domain_at(value, depth + 1) == Domain::Constant) {
            return Domain::Constant;
        }
        Domain::Open
    }

    fn call_domain(&self, callee: NodeId, args: &[NodeId], depth: u32) -> Domain {
        let facts = self.facts;
        if let NodeKind::Member { object, name } = facts.kind(callee) {
            match facts.name(name) {
                "toString" | "toLowerCase" | "toUpperCase" | "trim" | "valueOf" | "normalize" | "slice" | "replace" | "substring" | "bind" => {
                    return self.domain_at(object, depth + 1);
                }
                // One character, or a small number.
                "charAt" | "charCodeAt" | "getDay" | "getHours" | "getMonth" | "getDate" | "getMinutes" | "getSeconds" | "getFullYear" | "getTimezoneOffset" => {
                    return Domain::Finite;
                }
                "join" => return self.domain_at(object, depth + 1),
                _ => {}
            }
        }
        match self.path_of(callee).as_deref() {
            Some("String" | "Number" | "Boolean" | "Symbol.for" | "JSON.stringify" | "parseInt") => {
                args.first().map_or(Domain::Constant, |arg| self.domain_at(*arg, depth + 1))
            }
            Some("path:extname" | "path:default.extname" | "os:platform" | "process.cwd") => Domain::Finite,
            Some("Symbol") if facts.function_of(callee) == FunctionId(0) => Domain::Constant,
            _ => match self.function_of(callee) {
                // A helper that returns one of a few values, or builds the key of its arguments.
                Some(function) if !facts.function(function).returns.is_empty() && depth < 5 => facts
                    .function(function)
                    .returns
                    .iter()
                    .map(|value| self.domain_at(*value, depth + 3))
                    .max()
                    .unwrap_or(Domain::Open),
                _ => Domain::Open,
            },
        }
    }

    /// One element of a constant array, one key of a constant object.
    fn element_domain(&self, of: NodeId, depth: u32) -> Domain {
        let facts = self.facts;
        let origin = self.origin(of);
        match facts.kind(origin) {
            NodeKind::Array(list) => facts.list(list).iter().map(|item| self.domain_at(*item, depth + 1).max(Domain::Finite)).max().unwrap_or(Domain::Finite),
            _ if self.is_constant_table(origin) => Domain::Finite,
            NodeKind::Call { callee, args } => {
                let path = self.path_of(callee);
                let lists = matches!(path.as_deref(), Some("Object.keys" | "Object.values" | "Object.entries" | "Object.getOwnPropertyNames"));
                let of = facts.arg(args, 0);
                if lists && of.is_some_and(|of| self.is_constant_table(of)) { Domain::Finite } else { Domain::Open }
            }
            NodeKind::Member { object, .. } => self.element_domain(object, depth + 1),
            _ => Domain::Open,
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
            _ => false,
        }
    }

    fn uses_grow_in_functions(&self, place: super::PlaceId) -> bool {
        self.stores().keys().any(|stored| {
            matches!(self.place_key(*stored), super::PlaceKey::Element(object) if object == place)
                && self.stores()[stored].iter().any(|store| self.facts.function_of(*store) != FunctionId(0))
        })
    }

    /// A parameter: finite by its type, or because every call in view passes one of a few values
    /// and nobody else can call.
    fn param_domain(&self, function: FunctionId, position: u32, depth: u32) -> Domain {
        let facts = self.facts;
        let record = facts.function(function);
        let Some(param) = record.params.get(position as usize) else { return Domain::Open };
        if self.type_is_finite(param.ty, 0) {
            return Domain::Finite;
        }
        // `["a", "b"].forEach((name) => …)`
        if let Some(node) = record.node.get()
            && position == 0
            && let NodeKind::Call { callee, .. } = facts.kind(facts.node(node).parent)
            && let NodeKind::Member { object, name } = facts.kind(callee)
            && matches!(facts.name(name), "forEach" | "map" | "filter" | "reduce" | "some" | "every")
        {
            return self.element_domain(object, depth + 1);
        }
        let Some(binding) = param.binding.get() else { return Domain::Open };
        let reachable = record.node.get().is_none_or(|node| self.escapes_file(node));
        if reachable || record.class.is_some() || depth > 4 {
            return Domain::Open;
        }
        let arguments = self.arguments_of(binding);
        let references: usize = super::place::function_bindings(facts, function).map(|binding| facts.references(binding).len()).sum();
        // Every mention besides the declaration must be one of the calls.
        if arguments.is_empty() || references > arguments.len() + 1 {
            return Domain::Open;
        }
        arguments.iter().map(|(_, arg)| self.domain_at(*arg, depth + 2).max(Domain::Finite)).max().unwrap_or(Domain::Open)
    }

    /// Whether a type has few values.
    #[must_use]
    pub fn type_is_finite(&self, ty: TypeId, depth: u32) -> bool {
        let facts = self.facts;
        match facts.types.get(ty.index()) {
            Some(Type::Finite) => true,
            Some(Type::Union(list)) => depth < 6 && facts.list(*list).iter().all(|member| self.type_is_finite(TypeId(member.0), depth + 1)),
            Some(Type::Named { name, .. }) => {
                depth < 6 && facts.aliases.get(name).is_some_and(|alias| self.type_is_finite(*alias, depth + 1))
            }
            _ => false,
        }
    }
}
