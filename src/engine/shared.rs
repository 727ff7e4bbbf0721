//! Emitters that a class shares with its caller: it makes one only where it is given none.

use super::listener::Listener;
use super::{Engine, PlaceId, PlaceKey, Shape};
use crate::facts::{BindingKind, FunctionId, Name, NodeId, NodeKind, RegionId, RegionKind};

impl Engine<'_> {
    /// Whether the emitter of a listener is a field that holds what the caller gave, or else something
    /// made: `this.client = options.client || createClient()`. What was given is used elsewhere too, and
    /// stays when the instance, which has an end, is closed.
    #[must_use]
    pub fn may_be_callers(&self, listener: &Listener) -> bool {
        let place = self.awaited_place(listener.receiver).or_else(|| self.listener_place(listener));
        let Some(place) = place else { return false };
        let PlaceKey::Member(owner, _) = self.place_key(place) else { return false };
        let PlaceKey::Instance(shape) = self.place_key(owner) else { return false };
        let mut leaves = Vec::new();
        for value in self.stored_values(place) {
            self.leaves(value, &mut leaves);
        }
        leaves.iter().any(|leaf| self.is_given(*leaf))
            && leaves.iter().any(|leaf| matches!(self.facts.kind(*leaf), NodeKind::New { .. } | NodeKind::Call { .. }))
            && !self.is_made_before(place, listener)
            && self.has_end(shape)
            && !self.is_ended_plainly(place)
    }

    /// The field that `client` stands for in `this.ready.then((client) => …)`, where `this.ready` is what a
    /// method of the file returns.
    fn awaited_place(&self, receiver: NodeId) -> Option<PlaceId> {
        let facts = self.facts;
        let NodeKind::Ref { binding, .. } = facts.kind(receiver) else { return None };
        let callback = facts.binding_function(binding.get()?);
        let node = facts.function(callback).node.get()?;
        let NodeKind::Call { callee, .. } = facts.kind(facts.node(node).parent) else { return None };
        let NodeKind::Member { object, name } = facts.kind(callee) else { return None };
        if facts.name(name) != "then" || facts.param_position(binding) != Some(0) {
            return None;
        }
        let promise = self.resolved(object);
        let NodeKind::Call { callee, .. } = facts.kind(promise) else { return None };
        let returns = &facts.function(self.function_of(callee)?).returns;
        returns.iter().find_map(|value| match facts.kind(*value) {
            NodeKind::Member { .. } => self.place_of(*value),
            _ => None,
        })
    }

    /// The values that one of several is: `a || b`, `test ? a : b`.
    pub(super) fn leaves(&self, value: NodeId, found: &mut Vec<NodeId>) {
        let mut open = vec![value];
        while let Some(value) = open.pop() {
            match self.facts.kind(value) {
                NodeKind::Logical { left: one, right: other, .. }
                | NodeKind::Conditional { yes: one, no: other, .. } => {
                    open.extend([one, other]);
                }
                _ => found.push(value),
            }
        }
    }

    /// Whether a value is a parameter, or a part of one.
    fn is_given(&self, mut value: NodeId) -> bool {
        let facts = self.facts;
        while let NodeKind::Member { object, .. } = facts.kind(value) {
            value = object;
        }
        match facts.kind(value) {
            NodeKind::Ref { binding, .. } => {
                binding.get().is_some_and(|binding| facts.binding(binding).kind == BindingKind::Param)
            }
            _ => false,
        }
    }

    /// Whether a class has a method by which its user ends an instance.
    pub(super) fn has_end(&self, shape: Shape) -> bool {
        let of_all = || {
            let names = self.models.words("teardown").iter().filter_map(|word| self.facts.names.find(word));
            let names: Vec<Name> = names.collect();
            let functions = (0..self.facts.functions.len()).map(FunctionId::at);
            functions
                .filter(|function| names.contains(&self.facts.function(*function).name))
                .filter_map(|function| self.shape_of_member(function))
                .collect()
        };
        self.with_ends.get_or_init(of_all).contains(&shape)
    }

    /// Whether the code that adds a listener has just made the emitter, whatever is given later.
    fn is_made_before(&self, place: PlaceId, listener: &Listener) -> bool {
        let facts = self.facts;
        self.stores(place).iter().any(|store| {
            matches!(facts.kind(*store), NodeKind::Assign { value, .. }
                if matches!(facts.kind(value), NodeKind::New { .. } | NodeKind::Call { .. }))
                && facts.function_of(*store) == facts.function_of(listener.node)
                && facts.node(*store).region == facts.node(listener.node).region
        })
    }

    /// Whether code ends what a place holds whoever made it: without asking, or asking only whether it did
    /// so before.
    fn is_ended_plainly(&self, place: PlaceId) -> bool {
        let facts = self.facts;
        facts.operations.iter().any(|node| {
            let NodeKind::Call { callee, .. } = facts.kind(*node) else { return false };
            let NodeKind::Member { object, name } = facts.kind(callee) else { return false };
            let name = facts.name(name);
            (self.models.has_word("emitter-ends", name) || matches!(name, "quit" | "end" | "removeAllListeners"))
                && self.place_of(object) == Some(place)
                && !facts.regions_around(*node).any(|region| self.asks_for_owner(region))
        })
    }

    /// Whether a condition asks for something that its function does not set: who made it.
    fn asks_for_owner(&self, region: RegionId) -> bool {
        let facts = self.facts;
        let region = facts.region(region);
        let mut is_state = false;
        facts.each_below(region.test, &mut |part| {
            is_state |= self.place_of(part).is_some_and(|place| {
                self.stores(place).iter().any(|store| facts.function_of(*store) == region.function)
            });
        });
        matches!(region.kind, RegionKind::Then | RegionKind::Else | RegionKind::Case) && !is_state
    }
}
