//! Calls: which API or function of the file one means, and where a function is called from.

use super::Engine;
use super::place::Grouped;
use crate::facts::{List, Name, NodeId, NodeKind};
use crate::models::{Api, Arg};

/// The calls and `new` of a file, by the last name of what is called: rules look for few names, and most
/// calls are of others.
pub(super) struct Called {
    by_name: Grouped,
    /// The names that are called, each once.
    names: Vec<Name>,
    /// Those of a variable that stands for something of the platform or of another module, whatever it is
    /// called here, in order.
    outside: Vec<NodeId>,
}

impl<'a> Engine<'a> {
    fn called(&self) -> &Called {
        self.called.get_or_init(|| {
            let facts = self.facts;
            let (mut named, mut outside) = (Vec::new(), Vec::new());
            for call in facts.calls.iter().chain(&facts.news).copied() {
                let (NodeKind::Call { callee, .. } | NodeKind::New { callee, .. }) = facts.kind(call) else { continue };
                let (NodeKind::Ref { name, .. } | NodeKind::Member { name, .. }) = facts.kind(callee) else { continue };
                if name.is_some() {
                    named.push((name.index(), call));
                }
                if matches!(facts.kind(callee), NodeKind::Ref { .. }) && self.path_of(callee).is_some() {
                    outside.push(call);
                }
            }
            outside.sort();
            let by_name = Grouped::new(&named);
            let names = (0..facts.names.count()).filter(|name| !by_name.of(*name).is_empty()).map(Name::at).collect();
            Called { by_name, names, outside }
        })
    }

    /// Calls and `new` of what has one of these last names, in order.
    #[must_use]
    pub fn calls_of(&self, names: &[&str]) -> Vec<NodeId> {
        let called = names.iter().filter_map(|name| self.facts.names.find(name));
        let mut calls: Vec<NodeId> = called.flat_map(|name| self.called().by_name.of(name.index())).copied().collect();
        calls.sort();
        calls
    }

    /// Calls and `new` of what has a last name of which something holds, in order: asked once for each name.
    pub(crate) fn calls_where(&self, holds: impl Fn(&str) -> bool) -> Vec<NodeId> {
        let called = self.called();
        let names = called.names.iter().filter(|name| holds(self.facts.name(**name)));
        let mut calls: Vec<NodeId> = names.flat_map(|name| called.by_name.of(name.index())).copied().collect();
        calls.sort();
        calls
    }

    /// As [`Self::calls_where`], and those of a variable that may be another name for such a thing.
    pub(crate) fn calls_known_where(&self, holds: impl Fn(&str) -> bool) -> Vec<NodeId> {
        let mut calls = in_order(self.calls_where(holds), &self.called().outside);
        calls.dedup();
        calls
    }

    /// The `Member` nodes of a name, in order.
    pub(super) fn members(&self, name: Name) -> &[NodeId] {
        // Computed fields have no name: they come last.
        let group = |name: Name| name.index().min(self.facts.names.count());
        let all = self.members.get_or_init(|| {
            let named = |member: &NodeId| match self.facts.kind(*member) {
                NodeKind::Member { name, .. } => Some((group(name), *member)),
                _ => None,
            };
            Grouped::new(&self.facts.members.iter().filter_map(named).collect::<Vec<_>>())
        });
        all.of(group(name))
    }

    /// The models of a call, the most specific first: by full name, by the kind of its receiver,
    /// by the method's name alone.
    #[must_use]
    pub fn apis(&self, call: NodeId) -> Vec<&'a Api> {
        let facts = self.facts;
        let (NodeKind::Call { callee, args } | NodeKind::New { callee, args }) = facts.kind(call) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        if let Some(path) = self.path_of(callee) {
            found.extend(self.models.calls(&path));
        }
        if let NodeKind::Member { object, name } = facts.kind(callee)
            && let Some(methods) = self.models.methods(facts.name(name))
        {
            if let Some(kind) = self.kind_of(object) {
                found.extend(self.models.lineage(kind).iter().flat_map(|ancestor| methods.of(&ancestor.name)));
            }
            found.extend(methods.of("?"));
        }
        found.retain(|api| self.applies(api, args));
        found
    }

    fn applies(&self, api: &Api, args: List) -> bool {
        if !api.when_args_have.is_empty() && !self.args_have(args, &api.when_args_have) {
            return false;
        }
        if !api.unless_args_have.is_empty() && self.args_have(args, &api.unless_args_have) {
            return false;
        }
        if api.when_first_starts.is_none() && api.when_first_is.is_empty() {
            return true;
        }
        let Some(first) = self.facts.arg(args, 0) else { return false };
        let text = match self.facts.kind(self.origin(first)) {
            NodeKind::Str(text) => self.facts.name(text),
            NodeKind::Template(parts) => match self.facts.list(parts).first().map(|part| self.facts.kind(*part)) {
                Some(NodeKind::Str(text)) => self.facts.name(text),
                _ => return false,
            },
            _ => return false,
        };
        api.when_first_starts.as_ref().is_none_or(|start| text.starts_with(start.as_str()))
            && (api.when_first_is.is_empty() || api.when_first_is.iter().any(|word| word == text))
    }

    /// Whether an argument has one of these strings or properties, or something made by one of these
    /// names.
    fn args_have(&self, args: List, words: &[String]) -> bool {
        let facts = self.facts;
        let mut found = false;
        for arg in facts.list(args) {
            facts.each_below(self.origin(*arg), &mut |part| {
                let name = match facts.kind(part) {
                    NodeKind::Str(text) => text,
                    NodeKind::Property { key, .. } => key,
                    NodeKind::New { callee, .. } | NodeKind::Call { callee, .. } => match facts.kind(callee) {
                        NodeKind::Ref { name, .. } | NodeKind::Member { name, .. } => name,
                        _ => return,
                    },
                    _ => return,
                };
                found |= words.iter().any(|word| word == facts.name(name));
            });
        }
        found
    }

    /// The argument a model speaks of.
    #[must_use]
    pub fn chosen(&self, args: List, arg: &Arg) -> Option<NodeId> {
        match arg {
            Arg::At(at) => self.facts.arg(args, *at),
            Arg::Named(name) if name == "last" => {
                let last = *self.facts.list(args).last()?;
                (!matches!(self.facts.kind(last), NodeKind::Spread(_))).then_some(last)
            }
            Arg::Named(name) => {
                let list = self.facts.list(args);
                list.iter().find_map(|arg| self.property(*arg, name))
            }
        }
    }

    /// The value an object literal has under a name.
    #[must_use]
    pub fn property(&self, object: NodeId, name: &str) -> Option<NodeId> {
        let NodeKind::Object(parts) = self.facts.kind(self.origin(object)) else { return None };
        self.facts.list(parts).iter().find_map(|part| match self.facts.kind(*part) {
            NodeKind::Property { key, value } if self.facts.name(key) == name => Some(value),
            _ => None,
        })
    }

    /// The event a listener call names, if it is a constant.
    #[must_use]
    pub fn constant_text(&self, node: NodeId) -> Option<&str> {
        match self.facts.kind(self.origin(node)) {
            NodeKind::Str(text) => Some(self.facts.name(text)),
            _ => None,
        }
    }
}

/// The nodes of two lists, each in order, in order.
pub(crate) fn in_order(one: Vec<NodeId>, other: &[NodeId]) -> Vec<NodeId> {
    let mut merged = Vec::with_capacity(one.len() + other.len());
    let mut others = other.iter().copied().peekable();
    for node in one {
        while let Some(before) = others.next_if(|other| *other < node) {
            merged.push(before);
        }
        merged.push(node);
    }
    merged.extend(others);
    merged
}
