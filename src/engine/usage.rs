//! Uses: everything the file does with a place, told apart by what it does to its size.

use super::place::Grouped;
use super::{Engine, PlaceId, PlaceKey};
use crate::facts::{AssignOp, BinaryOp, BindingId, FunctionId, List, Name, NodeId, NodeKind, RegionKind};

/// What a use does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Use {
    /// Adds to it.
    Grow(Grow),
    /// Takes from it, or starts it anew.
    Shrink(Shrink),
    /// Compares its size.
    SizeTest,
    /// Asks for an entry.
    Lookup(NodeId),
    /// Overwrites an entry with nothing: the key stays.
    Tombstone,
    /// Goes out of sight: how.
    Escape(Escape),
    /// Anything that changes nothing.
    Read,
}

/// How a collection grows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grow {
    /// How.
    pub how: GrowKind,
    /// The key; none where each addition is a new entry.
    pub key: Option<NodeId>,
    /// What is kept.
    pub values: Vec<NodeId>,
}

/// The forms of growth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrowKind {
    /// `push`, `unshift`, `splice` with new elements.
    Append,
    /// `map.set(k, v)`.
    Set,
    /// `set.add(v)`.
    Add,
    /// `x[k] = v`, `Object.assign`, `Reflect.set`.
    Key,
    /// `x[k]++`, `x[k] += n`: one number a key.
    Count,
    /// `x = [...x, y]`, `x = x.concat(y)`.
    Rebuild,
    /// `s += text`.
    Text,
    /// `head = { next: head }`.
    Link,
}

/// How a collection shrinks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shrink {
    /// `delete(k)`, `delete x[k]`; the key.
    Key(NodeId),
    /// `pop`, `shift`, `splice`.
    Some,
    /// `clear()`, `length = 0`, a new value.
    All,
    /// Replaced by a part of itself: `x = x.filter(…)`.
    Part,
}

/// Where a collection goes out of sight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Escape {
    /// Given to other modules.
    Exported,
    /// Returned to a caller.
    Returned,
    /// Handed to a function that cannot be seen.
    Passed,
    /// Stored somewhere else.
    Stored,
}

/// One use of a place.
#[derive(Clone, Debug)]
pub struct UseAt {
    /// The operation: the call, the assignment.
    pub node: NodeId,
    /// The call of this file's helper that the use happens in, if it does.
    pub via: Option<NodeId>,
    /// What it does.
    pub what: Use,
}

impl UseAt {
    /// Where the use happens as the user of the place sees it.
    #[must_use]
    pub fn site(&self) -> NodeId {
        self.via.unwrap_or(self.node)
    }
}

/// What names each place.
pub(super) struct Mentions {
    /// Variables, for all of their references.
    variables: Grouped<BindingId>,
    /// Other nodes.
    nodes: Grouped,
}

impl Engine<'_> {
    /// The nodes that name a place, in order.
    pub(crate) fn mentions(&self, place: PlaceId) -> Vec<NodeId> {
        let facts = self.facts;
        let all = self.mentions.get_or_init(|| self.find_mentions());
        let mut found = all.nodes.of(place.index()).to_vec();
        for variable in all.variables.of(place.index()) {
            found.extend(facts.references(*variable));
        }
        for member in self.member_names(place).into_iter().flat_map(|name| self.members(name)).copied() {
            if self.place_of(member) != Some(place) {
                continue;
            }
            found.push(member);
            let parent = facts.node(member).parent;
            if matches!(facts.kind(parent), NodeKind::Assign { target, .. } if target == member)
                && self.place_of(parent) == Some(place)
            {
                found.push(parent);
            }
        }
        found.sort_unstable();
        found
    }

    /// The names that a member which is the place can have.
    fn member_names(&self, place: PlaceId) -> Vec<Name> {
        let words = |words: &[&str]| words.iter().filter_map(|word| self.facts.names.find(word)).collect();
        match self.place_key(place) {
            PlaceKey::Member(_, name) | PlaceKey::Global(name) => vec![name],
            PlaceKey::GlobalObject => words(&["globalThis", "window", "global", "self"]),
            PlaceKey::Exports => words(&["exports"]),
            PlaceKey::Instance(_) => words(&["prototype"]),
            PlaceKey::Statics(_) => words(&["constructor"]),
            PlaceKey::Binding(_) | PlaceKey::Literal(_) | PlaceKey::Element(_) => Vec::new(),
        }
    }

    /// What names each place, members and what is stored to them aside: most of them are never asked
    /// for, and the others are found by their name.
    fn find_mentions(&self) -> Mentions {
        let facts = self.facts;
        let mut variables = Vec::new();
        for at in 0..facts.bindings.len() {
            let binding = BindingId::at(at);
            // The references of a variable name one place.
            let Some(reference) = facts.references(binding).first().copied() else { continue };
            if self.is_local(reference) {
                continue;
            }
            let place = self.place_of(reference);
            variables.extend(place.map(|place| (place.index(), binding)));
            // `const buffer = cond ? out : err`: either of them.
            let others = self.alternatives(binding).filter(|other| Some(*other) != place);
            variables.extend(others.map(|other| (other.index(), binding)));
        }
        let mut nodes = Vec::new();
        for node in facts.operations.iter().chain(&facts.choices).chain(&facts.globals).copied() {
            let named = match facts.kind(node) {
                NodeKind::Assign { op: AssignOp::Set | AssignOp::Init | AssignOp::Logical, target, .. }
                    if !matches!(facts.kind(target), NodeKind::Member { .. }) =>
                {
                    target
                }
                NodeKind::Assign { .. } => continue,
                _ => node,
            };
            if let Some(place) = self.place_of(named) {
                nodes.push((place.index(), node));
            }
        }
        Mentions { variables: Grouped::new(&variables), nodes: Grouped::new(&nodes) }
    }

    /// The places that a constant chosen by a condition may be.
    fn alternatives(&self, binding: BindingId) -> impl Iterator<Item = PlaceId> {
        let sides = match self.facts.constant(binding).map(|value| self.facts.kind(value)) {
            Some(NodeKind::Conditional { yes, no, .. }) => [yes, no],
            Some(NodeKind::Logical { left, right, .. }) => [left, right],
            _ => [NodeId::NONE; 2],
        };
        sides.into_iter().filter_map(|side| self.place_of(side))
    }

    /// Everything the file does with a place, helpers it is handed to included.
    #[must_use]
    pub fn uses(&self, place: PlaceId) -> Vec<UseAt> {
        let mut found = Vec::new();
        self.gather(place, None, 0, &mut found);
        found
    }

    fn gather(&self, place: PlaceId, via: Option<NodeId>, depth: u32, found: &mut Vec<UseAt>) {
        for mention in self.mentions(place) {
            if let Some((param, call)) = self.handed_to(mention)
                && depth < 3
            {
                let place = self.place(PlaceKey::Binding(param));
                self.gather(place, via.or(Some(call)), depth + 1, found);
                continue;
            }
            if let Some(done) = self.done_elsewhere(mention) {
                found.extend(done.into_iter().map(|(node, what)| UseAt { node, via, what }));
                continue;
            }
            // `list.some((item, at, all) => …)`: the list by another name.
            if depth < 3
                && let Some(list) = self.given_to_callback(mention)
            {
                let place = self.place(PlaceKey::Binding(list));
                self.gather(place, via, depth + 1, found);
            }
            for parent in self.facts.parents(mention) {
                let (node, what) = self.use_of(mention, parent, place);
                found.push(UseAt { node, via, what });
            }
        }
    }

    /// The third parameter of a function that an array is gone through with: the array itself.
    fn given_to_callback(&self, array: NodeId) -> Option<BindingId> {
        let facts = self.facts;
        let member = facts.node(array).parent.get()?;
        let NodeKind::Member { object, name } = facts.kind(member) else { return None };
        let iterates = matches!(
            facts.name(name),
            "forEach"
                | "some"
                | "every"
                | "map"
                | "filter"
                | "find"
                | "findIndex"
                | "flatMap"
                | "findLast"
                | "findLastIndex"
        );
        let call = facts.node(member).parent.get().filter(|_| object == array && iterates)?;
        let NodeKind::Call { callee, args } = facts.kind(call) else { return None };
        let function = facts.arg(args, 0).filter(|_| callee == member).and_then(|first| self.function_of(first))?;
        facts.function(function).params.get(2)?.binding.get()
    }

    /// The parameter of a function of this file that a mention is handed to, and the call.
    pub(crate) fn handed_to(&self, mention: NodeId) -> Option<(BindingId, NodeId)> {
        let facts = self.facts;
        let call = facts.node(mention).parent;
        let NodeKind::Call { callee, args } = facts.kind(call) else { return None };
        let position = facts.list(args).iter().position(|arg| *arg == mention)?;
        let function = self.function_of(callee)?;
        let param = facts.function(function).params.get(position)?;
        if param.rest {
            return None;
        }
        param.binding.get().map(|binding| (binding, call))
    }

    /// The call sites of a function in this file, with the argument each hands to a parameter.
    #[must_use]
    pub fn arguments_of(&self, param: BindingId) -> Vec<(NodeId, NodeId)> {
        let facts = self.facts;
        let function = facts.binding_function(param);
        let Some(position) = facts.param_position(param) else {
            return Vec::new();
        };
        self.call_sites(function)
            .into_iter()
            .filter_map(|call| {
                let NodeKind::Call { args, .. } = facts.kind(call) else { return None };
                Some((call, facts.arg(args, position)?))
            })
            .collect()
    }

    /// Calls of a function by its name, or of a method by its name on a receiver that has it.
    #[must_use]
    pub fn call_sites(&self, function: FunctionId) -> Vec<NodeId> {
        let facts = self.facts;
        let mut sites = Vec::new();
        let called = |reference: NodeId| {
            let call = facts.node(reference).parent;
            matches!(facts.kind(call), NodeKind::Call { callee, .. } if callee == reference).then_some(call)
        };
        for binding in super::place::function_bindings(facts, function).chain(self.products(function)) {
            sites.extend(facts.references(binding).iter().filter_map(|reference| called(*reference)));
        }
        let name = facts.function(function).name;
        for member in self.members(name) {
            if let Some(call) = called(*member)
                && self.function_of(*member) == Some(function)
            {
                sites.push(call);
            }
        }
        sites
    }

    /// The variables that hold what a maker returned, for a function that a maker returns:
    /// `const compile = createCompiler(parse)`.
    fn products(&self, function: FunctionId) -> Vec<BindingId> {
        let facts = self.facts;
        let record = facts.function(function);
        let Some(maker) = record.parent.get().filter(|maker| *maker != FunctionId(0)) else { return Vec::new() };
        if !facts.function(maker).returns.iter().any(|value| self.origin(*value) == record.node) {
            return Vec::new();
        }
        super::place::function_bindings(facts, maker)
            .flat_map(|binding| facts.references(binding))
            .filter_map(|reference| {
                let call = facts.node(*reference).parent;
                if !matches!(facts.kind(call), NodeKind::Call { callee, .. } if callee == *reference) {
                    return None;
                }
                match facts.kind(facts.node(call).parent) {
                    NodeKind::Assign { target, value, .. } if value == call => match facts.kind(target) {
                        NodeKind::Ref { binding, .. } => binding.get(),
                        _ => None,
                    },
                    _ => None,
                }
            })
            .collect()
    }

    /// The operation a mention of a place is part of, and what it does.
    fn use_of(&self, mention: NodeId, parent: NodeId, place: PlaceId) -> (NodeId, Use) {
        let facts = self.facts;
        let read = (mention, Use::Read);
        if !parent.is_some() {
            // The value of a concise arrow is returned.
            let function = facts.function_of(mention);
            let returned = facts.function(function).returns.contains(&mention);
            return if returned { (mention, Use::Escape(Escape::Returned)) } else { read };
        }
        match facts.kind(parent) {
            NodeKind::Member { object, name } if object == mention => match self.put_back(parent, place) {
                Some(store) => (store, Use::Shrink(Shrink::Part)),
                None => self.member_use(mention, parent, facts.name(name)),
            },
            NodeKind::Index { object, key } if object == mention => self.index_use(parent, key),
            NodeKind::Assign { op, target, value } if target == mention => (parent, self.store_use(place, op, value)),
            NodeKind::Assign { value, target, .. } if value == mention => self.alias_use(parent, target, place),
            NodeKind::Call { callee, args } if callee != mention => {
                (parent, self.argument_use(mention, callee, args, parent))
            }
            NodeKind::New { callee, args } if callee != mention => {
                (parent, self.argument_use(mention, callee, args, parent))
            }
            NodeKind::Return(_) => (parent, Use::Escape(Escape::Returned)),
            NodeKind::Property { .. } | NodeKind::ComputedProperty { .. } => {
                let object = facts.node(parent).parent;
                // `head = { value, next: head }` keeps it where it is.
                if let NodeKind::Assign { target, .. } = facts.kind(facts.node(object).parent)
                    && self.place_of(target) == Some(place)
                {
                    return read;
                }
                let escape = if self.escapes_file(object) { Escape::Exported } else { Escape::Stored };
                (parent, Use::Escape(escape))
            }
            NodeKind::Array(_) => {
                // `[cache, other].forEach(…)`, `const [a] = [cache]`: out of sight either way.
                (parent, Use::Escape(Escape::Stored))
            }
            NodeKind::Binary { op: BinaryOp::In, left, right } if right == mention => (parent, Use::Lookup(left)),
            _ if facts.is_exported(mention) => (mention, Use::Escape(Escape::Exported)),
            _ => read,
        }
    }

    /// Where a part of an entry takes the place of the entry: `lists.set(key, lists.get(key).filter(…))`.
    fn put_back(&self, member: NodeId, place: PlaceId) -> Option<NodeId> {
        let facts = self.facts;
        let PlaceKey::Element(collection) = self.place_key(place) else { return None };
        let NodeKind::Member { name, .. } = facts.kind(member) else { return None };
        if !matches!(facts.name(name), "filter" | "slice") {
            return None;
        }
        let part = facts.node(member).parent.get()?;
        let outer = facts.node(part).parent.get()?;
        let named = match facts.kind(outer) {
            NodeKind::Assign { target, value, .. } if value == part => match facts.kind(target) {
                NodeKind::Ref { binding, .. } => binding.get(),
                _ => None,
            },
            _ => None,
        };
        let others = named.into_iter().flat_map(|binding| facts.references(binding).iter().copied());
        std::iter::once(part).chain(others).find_map(|part| {
            let store = facts.node(part).parent.get()?;
            let NodeKind::Call { callee, args } = facts.kind(store) else { return None };
            let NodeKind::Member { object, name } = facts.kind(callee) else { return None };
            (facts.name(name) == "set" && facts.arg(args, 1) == Some(part) && self.place_of(object) == Some(collection))
                .then_some(store)
        })
    }

    fn member_use(&self, mention: NodeId, member: NodeId, name: &str) -> (NodeId, Use) {
        let facts = self.facts;
        let outer = facts.node(member).parent;
        match facts.kind(outer) {
            NodeKind::Call { callee, args } if callee == member => (outer, self.method_use(name, args)),
            // `list.push.apply(list, more)`
            NodeKind::Member { object, name: how }
                if object == member && matches!(facts.name(how), "apply" | "call") =>
            {
                let call = facts.node(outer).parent;
                match facts.kind(call) {
                    NodeKind::Call { args, .. } => (call, self.method_use(name, args)),
                    _ => (mention, Use::Read),
                }
            }
            NodeKind::Assign { target, op, .. } if target == member && name == "length" => {
                let shrinks = op != AssignOp::Add;
                (outer, if shrinks { Use::Shrink(Shrink::All) } else { Use::Read })
            }
            NodeKind::Update { target, up: false } if target == member && name == "length" => {
                (outer, Use::Shrink(Shrink::Some))
            }
            _ if matches!(name, "length" | "size") => {
                if self.is_compared(member) {
                    (member, Use::SizeTest)
                } else {
                    (member, Use::Read)
                }
            }
            _ => (mention, Use::Read),
        }
    }

    fn method_use(&self, name: &str, args: List) -> Use {
        let facts = self.facts;
        let all = || facts.list(args).to_vec();
        match name {
            "push" | "unshift" => Use::Grow(Grow { how: GrowKind::Append, key: None, values: all() }),
            "splice" if args.len > 2 => {
                let replaces = matches!(facts.arg(args, 1).map(|count| facts.kind(count)), Some(NodeKind::Num(at)) if facts.numbers[at as usize] >= f64::from(args.len - 2));
                if replaces {
                    Use::Read
                } else {
                    Use::Grow(Grow { how: GrowKind::Append, key: None, values: all().split_off(2) })
                }
            }
            "splice" => Use::Shrink(Shrink::Some),
            "set" if args.len >= 2 => {
                let value = facts.arg(args, 1).into_iter().collect();
                Use::Grow(Grow { how: GrowKind::Set, key: facts.arg(args, 0), values: value })
            }
            "add" if args.len >= 1 => Use::Grow(Grow { how: GrowKind::Add, key: facts.arg(args, 0), values: all() }),
            "delete" | "remove" | "del" | "unset" => match facts.arg(args, 0) {
                Some(key) => Use::Shrink(Shrink::Key(key)),
                None => Use::Shrink(Shrink::All),
            },
            "pop" | "shift" => Use::Shrink(Shrink::Some),
            "clear" | "reset" | "destroy" | "dispose" | "prune" | "evict" | "flush" | "purge" | "removeAll"
            | "empty" | "drain" => Use::Shrink(Shrink::All),
            "get" | "has" | "includes" | "indexOf" | "find" | "some" | "hasOwnProperty" | "findIndex" => {
                match facts.arg(args, 0) {
                    Some(key) => Use::Lookup(key),
                    None => Use::Read,
                }
            }
            _ => Use::Read,
        }
    }

    fn index_use(&self, index: NodeId, key: NodeId) -> (NodeId, Use) {
        let facts = self.facts;
        let outer = facts.node(index).parent;
        match facts.kind(outer) {
            NodeKind::Assign { op, target, value } if target == index => {
                let what = match (op, facts.kind(value)) {
                    (AssignOp::Set | AssignOp::Init, NodeKind::Null | NodeKind::Undefined) => Use::Tombstone,
                    (AssignOp::Arithmetic | AssignOp::Add, _) => {
                        Use::Grow(Grow { how: GrowKind::Count, key: Some(key), values: vec![value] })
                    }
                    _ => Use::Grow(Grow { how: GrowKind::Key, key: Some(key), values: vec![value] }),
                };
                (outer, what)
            }
            NodeKind::Update { target, up } if target == index => {
                let what = if up {
                    Use::Grow(Grow { how: GrowKind::Count, key: Some(key), values: Vec::new() })
                } else {
                    Use::Read
                };
                (outer, what)
            }
            NodeKind::Delete(target) if target == index => (outer, Use::Shrink(Shrink::Key(key))),
            _ => (index, Use::Lookup(key)),
        }
    }

    /// A store to the place itself.
    fn store_use(&self, place: PlaceId, op: AssignOp, value: NodeId) -> Use {
        let facts = self.facts;
        match op {
            AssignOp::Init | AssignOp::Logical | AssignOp::Arithmetic => return Use::Read,
            AssignOp::Add => return Use::Grow(Grow { how: GrowKind::Text, key: None, values: vec![value] }),
            AssignOp::Set => {}
        }
        let is_place = |node: NodeId| self.place_of(node) == Some(place);
        let grows = |how, values| Use::Grow(Grow { how, key: None, values });
        match facts.kind(value) {
            NodeKind::Array(list) => {
                let items = facts.list(list);
                let own = |item: &NodeId| matches!(facts.kind(*item), NodeKind::Spread(inner) if is_place(inner));
                if items.len() > 1 && items.iter().any(own) {
                    return grows(GrowKind::Rebuild, items.iter().copied().filter(|item| !own(item)).collect());
                }
            }
            // `seen = new Set([...seen, id])`
            NodeKind::New { args, .. } => {
                if let Some(NodeKind::Array(list)) = facts.arg(args, 0).map(|arg| facts.kind(arg)) {
                    let own = |item: &NodeId| matches!(facts.kind(*item), NodeKind::Spread(inner) if is_place(inner));
                    let items = facts.list(list);
                    if items.len() > 1 && items.iter().any(own) {
                        return grows(GrowKind::Rebuild, items.iter().copied().filter(|item| !own(item)).collect());
                    }
                }
            }
            // `this.onData = this.onData.bind(this)`: a function around the one before.
            NodeKind::Call { callee, .. } if matches!(facts.kind(callee), NodeKind::Member { object, name } if facts.name(name) == "bind" && is_place(object)) =>
            {
                return grows(GrowKind::Link, vec![value]);
            }
            NodeKind::Object(list) => {
                let parts = facts.list(list);
                if parts.iter().any(|part| matches!(facts.kind(*part), NodeKind::Spread(inner) if is_place(inner))) {
                    let computed = parts.iter().find_map(|part| match facts.kind(*part) {
                        NodeKind::ComputedProperty { key, value } => Some((key, value)),
                        _ => None,
                    });
                    return match computed {
                        Some((key, value)) => {
                            Use::Grow(Grow { how: GrowKind::Key, key: Some(key), values: vec![value] })
                        }
                        None => Use::Read,
                    };
                }
                let linked = parts
                    .iter()
                    .any(|part| matches!(facts.kind(*part), NodeKind::Property { value, .. } if is_place(value)));
                if linked {
                    return grows(GrowKind::Link, vec![value]);
                }
            }
            NodeKind::Call { callee, args } => {
                if let NodeKind::Member { object, name } = facts.kind(callee) {
                    if is_place(object) {
                        return match facts.name(name) {
                            "concat" if args.len > 0 => grows(GrowKind::Rebuild, facts.list(args).to_vec()),
                            "filter" | "slice" | "substr" | "substring" | "splice" => Use::Shrink(Shrink::Part),
                            "get" | "next" => Use::Shrink(Shrink::Some),
                            _ => Use::Read,
                        };
                    }
                    if facts.name(name) == "concat" && facts.list(args).iter().any(|arg| is_place(*arg)) {
                        return grows(GrowKind::Rebuild, vec![object]);
                    }
                }
            }
            NodeKind::Binary { op: BinaryOp::Add, left, .. } => {
                let mut start = left;
                while let NodeKind::Binary { op: BinaryOp::Add, left, .. } = facts.kind(start) {
                    start = left;
                }
                if is_place(start) {
                    return grows(GrowKind::Text, vec![value]);
                }
            }
            NodeKind::Logical { left, .. } if is_place(left) => return Use::Read,
            _ if is_place(value) => return Use::Read,
            // `head = head.next`
            NodeKind::Member { object, .. } if is_place(object) => return Use::Shrink(Shrink::Some),
            _ => {}
        }
        Use::Shrink(Shrink::All)
    }

    fn alias_use(&self, assign: NodeId, target: NodeId, place: PlaceId) -> (NodeId, Use) {
        let facts = self.facts;
        match facts.kind(target) {
            NodeKind::Ref { binding, .. } if binding.is_some() => (assign, Use::Read),
            NodeKind::Ref { .. } => (assign, Use::Escape(Escape::Exported)),
            _ => match self.place_of(target) {
                Some(other) if other == place => (assign, Use::Read),
                Some(other) if self.place_root(other) == PlaceKey::Exports => (assign, Use::Escape(Escape::Exported)),
                _ => (assign, Use::Escape(Escape::Stored)),
            },
        }
    }

    fn argument_use(&self, mention: NodeId, callee: NodeId, args: List, call: NodeId) -> Use {
        let facts = self.facts;
        let first = facts.arg(args, 0) == Some(mention);
        let path = self.path_of(callee);
        if first && path.as_deref() == Some("Object.assign") {
            let open = facts.list(args)[1..].iter().any(|arg| {
                !matches!(facts.kind(self.origin(*arg)), NodeKind::Object(parts)
                if facts.list(parts).iter().all(|part| matches!(facts.kind(*part), NodeKind::Property { .. })))
            });
            return if open {
                Use::Grow(Grow { how: GrowKind::Key, key: None, values: facts.list(args)[1..].to_vec() })
            } else {
                Use::Read
            };
        }
        let apis = self.apis(call);
        if first && let Some(at) = apis.iter().find_map(|api| api.sets_property) {
            let values = facts.arg(args, at).into_iter().collect();
            return Use::Grow(Grow { how: GrowKind::Key, key: facts.arg(args, 1), values });
        }
        if path.as_deref() == Some("Reflect.deleteProperty") {
            return facts.arg(args, 1).map_or(Use::Read, |key| Use::Shrink(Shrink::Key(key)));
        }
        if path.as_deref() == Some("Object.keys") && self.is_counted(call) {
            return Use::SizeTest;
        }
        // `Array.prototype.push.apply(list, more)`, `hasOwnProperty.call(cache, key)`
        if first
            && let NodeKind::Member { object, name } = facts.kind(callee)
            && matches!(facts.name(name), "call" | "apply")
        {
            return match facts.kind(object) {
                NodeKind::Member { name, .. } => match facts.name(name) {
                    "push" | "unshift" => {
                        Use::Grow(Grow { how: GrowKind::Append, key: None, values: facts.list(args)[1..].to_vec() })
                    }
                    "splice" | "shift" | "pop" => Use::Shrink(Shrink::Some),
                    "hasOwnProperty" => facts.arg(args, 1).map_or(Use::Read, Use::Lookup),
                    _ => Use::Read,
                },
                NodeKind::Ref { name, .. } if facts.name(name).to_ascii_lowercase().contains("hasown") => {
                    facts.arg(args, 1).map_or(Use::Read, Use::Lookup)
                }
                _ => Use::Escape(Escape::Passed),
            };
        }
        if apis.iter().any(|api| api.pure) {
            return Use::Read;
        }
        Use::Escape(Escape::Passed)
    }

    /// Whether a value is compared with something.
    fn is_compared(&self, mut node: NodeId) -> bool {
        let facts = self.facts;
        for _ in 0..6 {
            let parent = facts.node(node).parent;
            if !parent.is_some() {
                break;
            }
            match facts.kind(parent) {
                NodeKind::Binary {
                    op: BinaryOp::Less | BinaryOp::Greater | BinaryOp::Equal | BinaryOp::NotEqual,
                    ..
                } => return true,
                NodeKind::Binary {
                    op:
                        BinaryOp::Arithmetic | BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Multiply | BinaryOp::Modulo,
                    ..
                }
                | NodeKind::Unary { .. }
                | NodeKind::Logical { .. }
                | NodeKind::Conditional { .. } => node = parent,
                // `const size = cache.size; if (size > max) …`
                NodeKind::Assign { target, value, op: AssignOp::Init } if value == node => {
                    let NodeKind::Ref { binding, .. } = facts.kind(target) else { return false };
                    return binding.get().is_some_and(|binding| {
                        facts.references(binding).iter().any(|reference| {
                            matches!(
                                facts.kind(facts.node(*reference).parent),
                                NodeKind::Binary { op: BinaryOp::Less | BinaryOp::Greater | BinaryOp::Equal, .. }
                            )
                        })
                    });
                }
                _ => break,
            }
        }
        // `if (queue.length)`, `while (queue.length)`
        let tests = self.tests.get_or_init(|| {
            let decides = |kind| matches!(kind, RegionKind::Loop(_) | RegionKind::Then | RegionKind::Else);
            facts.regions.iter().filter(|region| decides(region.kind)).map(|region| region.test).collect()
        });
        tests.contains(&node)
    }

    fn is_counted(&self, keys: NodeId) -> bool {
        let parent = self.facts.node(keys).parent;
        matches!(self.facts.kind(parent), NodeKind::Member { name, .. } if self.facts.name(name) == "length")
            && self.is_compared(parent)
    }
}
