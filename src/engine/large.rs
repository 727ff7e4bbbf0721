//! Data that is likely large: a file, a body, an answer, and what is parsed of it.
//!
//! Narrower than [`Engine::is_heavy`], which asks whether a value may be large: here the file has
//! to show that it is a whole document.

use super::{Engine, PlaceKey, Shape, remembered};
use crate::facts::{AssignOp, BindingId, FunctionId, LoopKind, NodeId, NodeKind, RegionKind};

/// What a large value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A string.
    Text,
    /// A `Buffer`, whose `slice` is a view.
    Buffer,
    /// Another typed array, whose `slice` is a copy.
    Typed,
    /// An `ArrayBuffer`.
    Memory,
    /// Objects and arrays: parsed data, tables.
    Data,
}

/// A large value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Large {
    /// What it is.
    pub form: Form,
    /// Whether the file shows it being read, rather than decoded or parsed from something unknown.
    pub sure: bool,
}

/// Origins are followed this far.
const MAX_DEPTH: u32 = 8;
/// Bytes from which an allocation is large.
const LARGE: f64 = 4096.0;

const fn read(form: Form) -> Option<Large> {
    Some(Large { form, sure: true })
}

impl Engine<'_> {
    /// What large data a value is, if it is any.
    #[must_use]
    pub fn large(&self, node: NodeId) -> Option<Large> {
        self.large_at(node, 0)
    }

    fn large_at(&self, node: NodeId, depth: u32) -> Option<Large> {
        if depth > MAX_DEPTH || !node.is_some() {
            return None;
        }
        remembered(&self.larges, node, None, || self.find_large(node, depth))
    }

    fn find_large(&self, node: NodeId, depth: u32) -> Option<Large> {
        let facts = self.facts;
        let origin = self.origin(node);
        match facts.kind(origin) {
            NodeKind::Await(inner) => self.large_promised(inner, depth + 1),
            NodeKind::Call { .. } => self.large_call(origin, depth + 1),
            NodeKind::New { args, .. } => self.large_array(origin, args, depth + 1),
            NodeKind::Ref { binding, .. } => self.large_binding(binding.get()?, depth + 1),
            NodeKind::Param(position) => self.large_param(facts.function_of(origin), position, depth + 1),
            NodeKind::Logical { left, right, .. } => {
                self.large_at(left, depth + 1).or_else(|| self.large_at(right, depth + 1))
            }
            NodeKind::Conditional { yes, no, .. } => {
                self.large_at(yes, depth + 1).or_else(|| self.large_at(no, depth + 1))
            }
            NodeKind::Member { object, name } => {
                // A number or a word of a large thing is small.
                if self.models.has_word("small-parts", facts.name(name)) {
                    return None;
                }
                if let Some(whole) = self.large_at(object, depth + 1) {
                    return (whole.form == Form::Data).then_some(Large { sure: false, ..whole });
                }
                let place = self.place_of(origin)?;
                match self.place_root(place) {
                    PlaceKey::Instance(_) => {
                        self.stored_values(place).find_map(|value| self.large_at(value, depth + 1))
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// What a promise brings: the body of an answer has a name only where it is waited for.
    fn large_promised(&self, node: NodeId, depth: u32) -> Option<Large> {
        let facts = self.facts;
        if let NodeKind::Call { callee, args } = facts.kind(node)
            && let NodeKind::Member { name, .. } = facts.kind(callee)
            && args.len == 0
        {
            match facts.name(name) {
                "text" => return read(Form::Text),
                "json" => return read(Form::Data),
                "arrayBuffer" => return read(Form::Memory),
                _ => {}
            }
        }
        self.large_at(node, depth)
    }

    fn large_call(&self, call: NodeId, depth: u32) -> Option<Large> {
        let facts = self.facts;
        let NodeKind::Call { callee, args } = facts.kind(call) else { return None };
        let first = facts.arg(args, 0);
        if self.reads_file(callee) {
            let decoded = facts.arg(args, 1).is_some_and(|arg| !self.is_function(arg));
            return read(if decoded { Form::Text } else { Form::Buffer });
        }
        let path = self.path_of(callee);
        match path.as_deref() {
            Some("JSON.parse") => return self.large_parsed(first?, depth),
            Some("Buffer.concat") => return read(Form::Buffer),
            Some("Buffer.from") if args.len <= 2 => {
                return self.large_at(first?, depth).map(|whole| Large { form: Form::Buffer, ..whole });
            }
            Some("Buffer.alloc" | "Buffer.allocUnsafe") => {
                return (self.number(first?)? >= LARGE).then_some(Large { form: Form::Buffer, sure: true });
            }
            _ => {}
        }
        if let NodeKind::Member { object, name } = facts.kind(callee) {
            let whole = || self.large_at(object, depth);
            let of = |form: Form| whole().filter(|whole| whole.form == form);
            return match facts.name(name) {
                "toString" if args.len <= 1 => match of(Form::Buffer) {
                    Some(bytes) => Some(Large { form: Form::Text, ..bytes }),
                    None => {
                        let encoding = self.constant_text(first?)?;
                        self.models
                            .has_word("text-encodings", encoding)
                            .then_some(Large { form: Form::Text, sure: false })
                    }
                },
                "split" => of(Form::Text).map(|text| Large { form: Form::Data, ..text }),
                "map" | "filter" | "flatMap" | "concat" | "sort" | "reverse" | "flat" => {
                    if self.is_table(object, first) {
                        return Some(Large { form: Form::Data, sure: true });
                    }
                    of(Form::Data)
                }
                "trim" | "replace" | "replaceAll" | "normalize" => of(Form::Text),
                _ => None,
            };
        }
        // A helper of this file that reads it.
        let function = facts.function(self.function_of(callee)?);
        let [only] = function.returns.as_slice() else { return None };
        self.large_at(*only, depth)
    }

    /// `text.split('\n').map((line) => line.split(','))`: a table, whoever made the text.
    fn is_table(&self, lines: NodeId, each: Option<NodeId>) -> bool {
        let facts = self.facts;
        let splits = |node: NodeId| match facts.kind(self.origin(node)) {
            NodeKind::Call { callee, args } => {
                let by = facts.arg(args, 0)?;
                matches!(facts.kind(callee), NodeKind::Member { name, .. } if facts.name(name) == "split").then_some(by)
            }
            _ => None,
        };
        let by_line = splits(lines).is_some_and(|by| match self.constant_text(by) {
            Some(text) => text.contains('\n'),
            None => self.text(by, 24).contains("\\n"),
        });
        by_line
            && each.and_then(|each| self.function_of(each)).is_some_and(
                |function| matches!(facts.function(function).returns.as_slice(), [only] if splits(*only).is_some()),
            )
    }

    /// What `JSON.parse` makes: as large as its text, which is rarely known.
    fn large_parsed(&self, text: NodeId, depth: u32) -> Option<Large> {
        let facts = self.facts;
        let origin = self.origin(text);
        match facts.kind(origin) {
            NodeKind::Str(_) | NodeKind::Template(_) => return None,
            NodeKind::Call { callee, .. } => {
                let path = self.path_of(callee);
                if path.as_deref() == Some("JSON.stringify") {
                    return None;
                }
                // A setting that is stored under a key.
                let method =
                    matches!(facts.kind(callee), NodeKind::Member { name, .. } if facts.name(name) == "getItem");
                if method {
                    return None;
                }
            }
            _ => {}
        }
        let sure = self.large_at(text, depth).is_some_and(|text| text.sure);
        Some(Large { form: Form::Data, sure })
    }

    /// A typed array over large memory, or over something handed in.
    fn large_array(&self, new: NodeId, args: crate::facts::List, depth: u32) -> Option<Large> {
        if args.len != 1 || self.kind_of(new).is_none_or(|kind| kind.name != "TypedArray") {
            return None;
        }
        let first = self.facts.arg(args, 0)?;
        if let Some(whole) = self.large_at(first, depth) {
            return Some(Large { form: Form::Typed, ..whole });
        }
        if let Some(size) = self.number(first) {
            return (size >= LARGE).then_some(Large { form: Form::Typed, sure: true });
        }
        let NodeKind::Ref { binding, .. } = self.facts.kind(first) else { return None };
        let handed_in = self.facts.binding(binding.get()?).kind == crate::facts::BindingKind::Param;
        handed_in.then_some(Large { form: Form::Typed, sure: false })
    }

    fn large_binding(&self, binding: BindingId, depth: u32) -> Option<Large> {
        let facts = self.facts;
        if let Some(position) = facts.param_position(binding).and_then(|at| u32::try_from(at).ok()) {
            return self.large_param(facts.binding_function(binding), position, depth);
        }
        if self.is_gathered(binding) {
            return read(Form::Text);
        }
        facts.writes(binding).find_map(|write| match facts.kind(write) {
            NodeKind::Assign { op: AssignOp::Init | AssignOp::Set, value, .. } => self.large_at(value, depth),
            _ => None,
        })
    }

    /// `body += chunk` for each chunk of a stream.
    fn is_gathered(&self, binding: BindingId) -> bool {
        let facts = self.facts;
        let is_stream = |write: NodeId| {
            facts.regions_around(write).any(|region| facts.region(region).kind == RegionKind::Loop(LoopKind::Await))
                || self.event_of(facts.function_of(write)) == Some("data")
        };
        facts
            .writes(binding)
            .any(|write| matches!(facts.kind(write), NodeKind::Assign { op: AssignOp::Add, .. }) && is_stream(write))
    }

    /// The event that a callback is for.
    fn event_of(&self, function: FunctionId) -> Option<&str> {
        let (call, _) = self.callback_of(function)?;
        let NodeKind::Call { args, .. } = self.facts.kind(call) else { return None };
        self.constant_text(self.facts.arg(args, 0)?)
    }

    fn large_param(&self, function: FunctionId, position: u32, depth: u32) -> Option<Large> {
        let facts = self.facts;
        if let Some(node) = facts.function(function).node.get()
            && let NodeKind::Call { callee, args } = facts.kind(facts.node(node).parent)
        {
            if let NodeKind::Member { object, name } = facts.kind(callee)
                && facts.name(name) == "then"
                && position == 0
                && facts.arg(args, 0) == Some(node)
            {
                return self.large_promised(object, depth);
            }
            if position == 1 && self.reads_file(callee) {
                return read(if args.len > 2 { Form::Text } else { Form::Buffer });
            }
            if position == 0 && self.event_of(function) == Some("data") {
                return read(Form::Buffer);
            }
        }
        let index = usize::try_from(position).ok()?;
        let binding = facts.function(function).params.get(index)?.binding.get()?;
        let handed = self.arguments_of(binding).into_iter().map(|(_, argument)| argument);
        handed.chain(self.made_with(function, index)).find_map(|argument| self.large_at(argument, depth))
    }

    /// What each `new` in this file hands to a constructor at a position.
    fn made_with(&self, function: FunctionId, position: usize) -> Vec<NodeId> {
        let facts = self.facts;
        let record = facts.function(function);
        let shape = match record.class.get() {
            Some(class) if facts.classes[class.index()].constructor == function => Shape::Class(class),
            None if self.is_constructor(function) => Shape::Constructor(function),
            _ => return Vec::new(),
        };
        facts
            .news
            .iter()
            .filter_map(|node| match facts.kind(*node) {
                NodeKind::New { args, .. } if self.made_shape(*node) == Some(shape) => facts.arg(args, position),
                _ => None,
            })
            .collect()
    }

    /// Whether a call reads a whole file.
    fn reads_file(&self, callee: NodeId) -> bool {
        if self.path_of(callee).is_some_and(|path| self.models.has_word("whole-files", &path)) {
            return true;
        }
        match self.facts.kind(callee) {
            NodeKind::Member { name, .. } => {
                self.models.has_word("whole-files", &format!("?#{}", self.facts.name(name)))
            }
            _ => false,
        }
    }

    /// What large data a local variable or parameter holds, unless something small is put in its
    /// place afterwards.
    #[must_use]
    pub fn large_variable(&self, binding: BindingId) -> Option<Large> {
        let facts = self.facts;
        if self.facts.binding_function(binding) == FunctionId(0) {
            return None;
        }
        let replaced = facts.writes(binding).skip(1).any(|write| match facts.kind(write) {
            NodeKind::Assign { op: AssignOp::Set, value, .. } => self.large(value).is_none() && !self.is_dead(write),
            _ => false,
        });
        if replaced {
            return None;
        }
        // A variable that stands for another part is judged by what it is given.
        match facts.constant(binding) {
            Some(value) => self.large(value),
            None => self.large_binding(binding, 0),
        }
    }

    /// A field of the instances of a class that is large, as it is stored; and whether surely.
    #[must_use]
    pub fn large_field(&self, shape: Shape) -> Option<(NodeId, bool)> {
        self.facts.stores.iter().find_map(|node| {
            let NodeKind::Assign { op: AssignOp::Set | AssignOp::Init, target, value } = self.facts.kind(*node) else {
                return None;
            };
            let NodeKind::Member { .. } = self.facts.kind(target) else { return None };
            let PlaceKey::Member(owner, _) = self.place_key(self.place_of(target)?) else { return None };
            (self.place_key(owner) == PlaceKey::Instance(shape)).then_some(())?;
            self.large(value).map(|large| (target, large.sure))
        })
    }

    /// The number that a value always is.
    #[must_use]
    pub fn number(&self, node: NodeId) -> Option<f64> {
        match self.facts.kind(self.origin(node)) {
            NodeKind::Num(at) => self.facts.numbers.get(at as usize).copied(),
            _ => None,
        }
    }
}
