//! Who is meant by a name: declarations, references and their resolution.
//!
//! Declarations and references are noted as the traversal meets them and joined at its end, when
//! all hoisting is done. Each name keeps the list of its declarations; a scope is an interval of
//! scope numbers, so the innermost declaration around a reference is found without walking up.

use super::{
    Binding, BindingId, BindingKind, Facts, FunctionId, List, Name, NodeId, NodeKind, Scope, ScopeId, ScopeKind, TypeId,
};
use crate::source::Span;
use rustc_hash::FxHashMap;

/// A reference waiting for its binding.
struct Reference {
    node: NodeId,
    name: Name,
    scope: ScopeId,
}

/// Variables by their name, in order: one vector rather than one for each name.
struct ByName {
    /// Where the variables of each name start; one more than there are names.
    starts: Vec<u32>,
    bindings: Vec<BindingId>,
}

impl ByName {
    fn new(bindings: &[Binding], names: usize) -> Self {
        let mut starts = vec![0_u32; names + 1];
        for binding in bindings {
            starts[binding.name.index() + 1] += 1;
        }
        for at in 0..names {
            starts[at + 1] += starts[at];
        }
        let mut next = starts.clone();
        let mut sorted = vec![BindingId::NONE; bindings.len()];
        for (at, binding) in bindings.iter().enumerate() {
            let to = &mut next[binding.name.index()];
            sorted[*to as usize] = BindingId(u32::try_from(at).unwrap_or(u32::MAX));
            *to += 1;
        }
        Self { starts, bindings: sorted }
    }

    fn of(&self, name: Name) -> &[BindingId] {
        &self.bindings[self.starts[name.index()] as usize..self.starts[name.index() + 1] as usize]
    }
}

/// Declarations and references of the file so far.
#[derive(Default)]
pub(super) struct Scopes {
    pub(super) scopes: Vec<Scope>,
    pub(super) bindings: Vec<Binding>,
    declared: FxHashMap<(ScopeId, Name), BindingId>,
    references: Vec<Reference>,
}

impl Scopes {
    pub(super) fn open(&mut self, kind: ScopeKind, parent: ScopeId, function: FunctionId) -> ScopeId {
        let id = ScopeId::next_of(&self.scopes);
        self.scopes.push(Scope { kind, parent, function, last: id });
        id
    }

    pub(super) fn close(&mut self, scope: ScopeId) {
        self.scopes[scope.index()].last = ScopeId(u32::try_from(self.scopes.len() - 1).unwrap_or(u32::MAX));
    }

    /// The nearest scope that `var` declares into.
    pub(super) fn var_scope(&self, mut scope: ScopeId) -> ScopeId {
        loop {
            let here = &self.scopes[scope.index()];
            match here.kind {
                ScopeKind::Block | ScopeKind::Catch | ScopeKind::Name if here.parent.is_some() => scope = here.parent,
                _ => return scope,
            }
        }
    }

    /// Declares a name; a second declaration of it in one scope is the same variable.
    pub(super) fn declare(&mut self, scope: ScopeId, name: Name, kind: BindingKind, span: Span) -> BindingId {
        if let Some(known) = self.declared.get(&(scope, name)) {
            let binding = &mut self.bindings[known.index()];
            // A type-level or ambient declaration gives way to the value of the same name.
            if matches!(binding.kind, BindingKind::Ambient) && kind != BindingKind::Ambient {
                binding.kind = kind;
                binding.span = span;
            }
            return *known;
        }
        let id = BindingId::next_of(&self.bindings);
        self.bindings.push(Binding {
            name,
            kind,
            scope,
            span,
            ty: TypeId::NONE,
            captured: false,
            references: List { start: 0, len: 0 },
            constant: NodeId::NONE,
        });
        self.declared.insert((scope, name), id);
        id
    }

    pub(super) fn reference(&mut self, node: NodeId, name: Name, scope: ScopeId) {
        self.references.push(Reference { node, name, scope });
    }

    /// The declaration of `name` visible in `scope`.
    fn lookup(&self, by_name: &ByName, name: Name, scope: ScopeId) -> BindingId {
        let candidates = by_name.of(name);
        if let [only] = candidates {
            return if self.encloses(*only, scope) { *only } else { BindingId::NONE };
        }
        if candidates.len() > 16 {
            let mut next = scope;
            while let Some(here) = next.get() {
                if let Some(found) = self.declared.get(&(here, name)) {
                    return *found;
                }
                next = self.scopes[here.index()].parent;
            }
            return BindingId::NONE;
        }
        // Scopes that enclose one place are nested: the one opened last is the innermost.
        candidates
            .iter()
            .copied()
            .filter(|candidate| self.encloses(*candidate, scope))
            .max_by_key(|candidate| self.bindings[candidate.index()].scope)
            .unwrap_or(BindingId::NONE)
    }

    fn encloses(&self, binding: BindingId, scope: ScopeId) -> bool {
        let outer = self.bindings[binding.index()].scope;
        outer <= scope && scope <= self.scopes[outer.index()].last
    }

    /// Joins references and declarations, and moves both into the facts.
    pub(super) fn resolve(mut self, facts: &mut Facts) {
        let by_name = ByName::new(&self.bindings, facts.names.len());
        let found: Vec<BindingId> =
            self.references.iter().map(|reference| self.lookup(&by_name, reference.name, reference.scope)).collect();
        for binding in found.iter().filter(|binding| binding.is_some()) {
            self.bindings[binding.index()].references.len += 1;
        }
        let mut start = 0;
        for binding in &mut self.bindings {
            binding.references.start = start;
            start += std::mem::take(&mut binding.references.len);
        }
        facts.references = vec![NodeId::NONE; start as usize];
        facts.captures = vec![Vec::new(); facts.functions.len()];
        for (reference, id) in self.references.iter().zip(&found) {
            let NodeKind::Ref { binding, .. } = &mut facts.nodes[reference.node.index()].kind else { continue };
            *binding = *id;
            let Some(id) = id.get() else {
                facts.globals.push(reference.node);
                continue;
            };
            let binding = &mut self.bindings[id.index()];
            let run = &mut binding.references;
            facts.references[(run.start + run.len) as usize] = reference.node;
            run.len += 1;
            let home = self.scopes[binding.scope.index()].function;
            let user = facts.regions[facts.nodes[reference.node.index()].region.index()].function;
            if home != user {
                binding.captured = true;
                if home != FunctionId(0) {
                    capture(facts, id, user, home);
                }
            }
        }
        facts.scopes = self.scopes;
        facts.bindings = self.bindings;
        for at in 0..facts.bindings.len() {
            let binding = BindingId(u32::try_from(at).unwrap_or(u32::MAX));
            facts.bindings[at].constant = facts.find_constant(binding).unwrap_or(NodeId::NONE);
        }
    }
}

/// Notes that every function from `user` out to the home of the binding captures it. V8 decides
/// this statically: a function that never runs captures too (measured, catalogue 2.0).
fn capture(facts: &mut Facts, binding: BindingId, user: FunctionId, home: FunctionId) {
    let mut function = user;
    while function != home && function.is_some() {
        let captured = &mut facts.captures[function.index()];
        if captured.last() == Some(&binding) || captured.contains(&binding) {
            return;
        }
        captured.push(binding);
        function = facts.functions[function.index()].parent;
    }
}

#[cfg(test)]
mod tests;
