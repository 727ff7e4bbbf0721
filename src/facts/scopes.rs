//! Who is meant by a name: declarations, references and their resolution.
//!
//! Declarations and references are noted as the traversal meets them and joined at its end, when
//! all hoisting is done. References come in the order of the code, so joining walks through the
//! scopes once more: entering one shows its variables, leaving it shows again what they hid, and
//! each name at each point is looked up by its number.

use super::{
    AssignOp, Binding, BindingId, BindingKind, Facts, FunctionId, List, Name, NodeId, NodeKind, Scope, ScopeId,
    ScopeKind, TypeId,
};
use crate::source::Span;

/// A reference, and its binding when it is found.
struct Reference {
    node: NodeId,
    name: Name,
    scope: ScopeId,
    binding: BindingId,
}

/// A variable among others.
struct Link {
    /// The next variable of its scope.
    next: BindingId,
    /// The variable of the same name that it hides.
    hidden: BindingId,
}

/// Declarations and references of the file so far.
#[derive(Default)]
pub(super) struct Scopes {
    pub(super) scopes: Vec<Scope>,
    pub(super) bindings: Vec<Binding>,
    references: Vec<Reference>,
    /// The first variable of each scope.
    first: Vec<BindingId>,
    /// For each variable.
    links: Vec<Link>,
    /// The variable that each name means where the walk is.
    visible: Vec<BindingId>,
}

impl Scopes {
    /// Scopes that go on with the memory of others.
    pub(super) fn in_memory_of(mut old: Self, facts: &mut Facts) -> Self {
        old.references.clear();
        old.first.clear();
        old.links.clear();
        old.visible.clear();
        Self { scopes: std::mem::take(&mut facts.scopes), bindings: std::mem::take(&mut facts.bindings), ..old }
    }

    pub(super) fn open(&mut self, kind: ScopeKind, parent: ScopeId, function: FunctionId) -> ScopeId {
        let id = ScopeId::next_of(&self.scopes);
        self.scopes.push(Scope { kind, parent, function, last: id });
        self.first.push(BindingId::NONE);
        id
    }

    pub(super) fn close(&mut self, scope: ScopeId) {
        self.scopes[scope.index()].last = ScopeId(u32::try_from(self.scopes.len() - 1).unwrap_or(u32::MAX));
        self.leave(scope);
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

    /// Declares a name in a scope that is open; a second declaration of it there is the same
    /// variable.
    pub(super) fn declare(&mut self, scope: ScopeId, name: Name, kind: BindingKind, span: Span) -> BindingId {
        if self.visible.len() <= name.index() {
            self.visible.resize(name.index() + 1, BindingId::NONE);
        }
        // Blocks inside the scope may have variables of that name: innermost first.
        let (mut inner, mut outer) = (BindingId::NONE, self.visible[name.index()]);
        while let Some(here) = outer.get() {
            let binding = &mut self.bindings[here.index()];
            if binding.scope < scope {
                break;
            }
            if binding.scope == scope {
                // A type-level or ambient declaration gives way to the value of the same name.
                if matches!(binding.kind, BindingKind::Ambient) && kind != BindingKind::Ambient {
                    binding.kind = kind;
                    binding.span = span;
                }
                return here;
            }
            (inner, outer) = (here, self.links[here.index()].hidden);
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
        self.links.push(Link { next: std::mem::replace(&mut self.first[scope.index()], id), hidden: outer });
        match inner.get() {
            Some(inner) => self.links[inner.index()].hidden = id,
            None => self.visible[name.index()] = id,
        }
        id
    }

    pub(super) fn reference(&mut self, node: NodeId, name: Name, scope: ScopeId) {
        self.references.push(Reference { node, name, scope, binding: BindingId::NONE });
    }

    /// Shows the variables of a scope.
    fn enter(&mut self, scope: ScopeId) {
        let mut next = self.first[scope.index()];
        while let Some(here) = next.get() {
            let name = self.bindings[here.index()].name;
            let link = &mut self.links[here.index()];
            link.hidden = std::mem::replace(&mut self.visible[name.index()], here);
            next = link.next;
        }
    }

    /// Shows again what the variables of a scope hid.
    fn leave(&mut self, scope: ScopeId) {
        let mut next = self.first[scope.index()];
        while let Some(here) = next.get() {
            let name = self.bindings[here.index()].name;
            let link = &self.links[here.index()];
            self.visible[name.index()] = link.hidden;
            next = link.next;
        }
    }

    /// Leaves and enters scopes on the way from one to another.
    fn walk(&mut self, from: ScopeId, to: ScopeId) {
        let mut at = from;
        while !(at <= to && to <= self.scopes[at.index()].last) {
            self.leave(at);
            at = self.scopes[at.index()].parent;
        }
        self.enter_below(at, to);
    }

    fn enter_below(&mut self, outer: ScopeId, inner: ScopeId) {
        if inner != outer {
            self.enter_below(outer, self.scopes[inner.index()].parent);
            self.enter(inner);
        }
    }

    /// Joins references and declarations, and moves scopes and bindings into the facts.
    pub(super) fn resolve(&mut self, facts: &mut Facts) {
        self.visible.resize(facts.names.count(), BindingId::NONE);
        let mut at = ScopeId(0);
        self.enter(at);
        for reference in 0..self.references.len() {
            let Reference { node, name, scope, .. } = self.references[reference];
            if scope != at {
                self.walk(at, scope);
                at = scope;
            }
            let found = self.visible[name.index()];
            let Some(id) = found.get() else {
                facts.globals.push(node);
                continue;
            };
            self.references[reference].binding = id;
            facts.nodes[node.index()].kind = NodeKind::Ref { name, binding: id };
            let binding = &mut self.bindings[id.index()];
            binding.references.len += 1;
            binding.captured |= self.scopes[binding.scope.index()].function != self.scopes[scope.index()].function;
        }
        let mut start = 0;
        for binding in &mut self.bindings {
            binding.references.start = start;
            start += std::mem::take(&mut binding.references.len);
        }
        facts.references.resize(start as usize, NodeId::NONE);
        for reference in self.references.iter().filter(|reference| reference.binding.is_some()) {
            let run = &mut self.bindings[reference.binding.index()].references;
            facts.references[(run.start + run.len) as usize] = reference.node;
            run.len += 1;
        }
        facts.scopes = std::mem::take(&mut self.scopes);
        facts.bindings = std::mem::take(&mut self.bindings);
        find_constants(facts);
    }
}

/// Works out [`Facts::constant`] for every variable.
fn find_constants(facts: &mut Facts) {
    /// Stands for a value that is not the only one.
    const MANY: NodeId = NodeId(u32::MAX - 1);
    for operation in &facts.operations {
        let (target, value) = match facts.nodes[operation.index()].kind {
            NodeKind::Assign { op: AssignOp::Init | AssignOp::Set, target, value } => (target, value),
            NodeKind::Assign { target, .. } | NodeKind::Update { target, .. } | NodeKind::Delete(target) => {
                (target, MANY)
            }
            _ => continue,
        };
        let NodeKind::Ref { binding, .. } = facts.kind(target) else { continue };
        let Some(binding) = binding.get() else { continue };
        let constant = &mut facts.bindings[binding.index()].constant;
        *constant = if constant.is_some() { MANY } else { value };
    }
    for binding in &mut facts.bindings {
        if binding.constant == MANY {
            binding.constant = NodeId::NONE;
        }
    }
}

#[cfg(test)]
mod tests;
