//! Keeping: what code puts into something that lives as long as the process.

use super::call::in_order;
use super::usage::{Shrink, Use};
use super::{Engine, Lifetime, PlaceId, PlaceKey, Shape};
use crate::facts::{AssignOp, BindingId, FunctionId, NodeId, NodeKind};

/// An operation that puts values where they stay.
#[derive(Clone, Debug)]
pub struct Keeping {
    /// The operation.
    pub node: NodeId,
    /// What holds them: a collection, or the name of the timer function.
    pub holder: PlaceId,
    /// What is put in: a key, a value, elements.
    pub values: Vec<NodeId>,
    /// The key it is put under.
    pub key: Option<NodeId>,
    /// Whether a timer holds it.
    pub is_timer: bool,
}

/// A timeout shorter than this is over before it matters.
const LONG_TIMEOUT: f64 = 60_000.0;
/// Parts of one value that are looked at.
const MAX_PARTS: usize = 100;

impl Engine<'_> {
    /// Every operation that puts something into a collection that lives as long as the process, or
    /// into a long timer that nothing can clear.
    #[must_use]
    pub fn keepings(&self) -> &[Keeping] {
        self.keepings.get_or_init(|| {
            let facts = self.facts;
            let in_function = |node: &NodeId| facts.function_of(*node) != FunctionId(0);
            let calls = self.calls_of(&["push", "unshift", "add", "set", "setTimeout"]);
            let operations = in_order(calls, &facts.stores).into_iter();
            operations.filter(in_function).filter_map(|node| self.keeping(node)).collect()
        })
    }

    fn keeping(&self, node: NodeId) -> Option<Keeping> {
        let facts = self.facts;
        let (object, values, key) = match facts.kind(node) {
            NodeKind::Call { callee, args } => match facts.kind(callee) {
                NodeKind::Ref { .. } => return self.timer(node, callee),
                NodeKind::Member { object, name } => {
                    let key = match (facts.name(name), args.len) {
                        ("push" | "unshift", 1..) => None,
                        ("add", 1) | ("set", 2) => facts.arg(args, 0),
                        _ => return None,
                    };
                    (object, facts.list(args).to_vec(), key)
                }
                _ => return None,
            },
            NodeKind::Assign { op: AssignOp::Set | AssignOp::Logical, target, value } => match facts.kind(target) {
                NodeKind::Index { object, key } => (object, vec![value], Some(key)),
                _ => return None,
            },
            _ => return None,
        };
        if self.is_local(object) {
            return None;
        }
        let holder = self.place_of(object)?;
        let kind = self.kind_of_place(holder)?;
        if !kind.collection && kind.name != "Object" || kind.bounded || self.is_weakly_held(holder) {
            return None;
        }
        let for_ever = matches!(self.lifetime(holder), Lifetime::Process(_));
        for_ever.then_some(Keeping { node, holder, values, key, is_timer: false })
    }

    /// A timer that runs long, and that nothing keeps the handle of.
    fn timer(&self, node: NodeId, callee: NodeId) -> Option<Keeping> {
        let facts = self.facts;
        let (NodeKind::Ref { name, binding }, NodeKind::Call { args, .. }) = (facts.kind(callee), facts.kind(node))
        else {
            return None;
        };
        if binding.is_some() || facts.node(node).parent.is_some() {
            return None;
        }
        let long = facts.arg(args, 1).and_then(|delay| self.number(delay)).is_some_and(|delay| delay >= LONG_TIMEOUT);
        if facts.name(name) != "setTimeout" || !long {
            return None;
        }
        let holder = self.place(PlaceKey::Global(name));
        let values = facts.arg(args, 0).into_iter().collect();
        Some(Keeping { node, holder, values, key: None, is_timer: true })
    }

    /// What a value carries with it: itself, and the parts of the literals in it.
    #[must_use]
    pub fn carried(&self, value: NodeId) -> Vec<NodeId> {
        let facts = self.facts;
        let mut found = Vec::new();
        let mut open = vec![value];
        while let Some(node) = open.pop() {
            if found.len() + open.len() > MAX_PARTS {
                break;
            }
            match facts.kind(node) {
                NodeKind::Object(list) | NodeKind::Array(list) => open.extend(facts.list(list).iter().rev()),
                NodeKind::Property { value, .. }
                | NodeKind::ComputedProperty { value, .. }
                | NodeKind::Accessor { value, .. } => open.push(value),
                NodeKind::Conditional { yes, no, .. } => open.extend([no, yes]),
                NodeKind::Logical { left, right, .. } => open.extend([right, left]),
                NodeKind::Ref { .. } => {
                    let origin = self.origin(node);
                    let literal = matches!(
                        facts.kind(origin),
                        NodeKind::Object(_) | NodeKind::Array(_) | NodeKind::Function(_) | NodeKind::New { .. }
                    );
                    if origin != node && literal && facts.function_of(origin) != FunctionId(0) {
                        open.push(origin);
                    }
                    found.push(node);
                }
                _ => found.push(node),
            }
        }
        found
    }

    /// The line on which some other code takes out again what a keeping put in.
    #[must_use]
    pub fn let_go(&self, keeping: &Keeping) -> Option<u32> {
        if keeping.is_timer {
            return None;
        }
        let function = self.facts.function_of(keeping.node);
        let key = keeping.key.map(|key| self.text(key, 80));
        self.uses(keeping.holder).iter().find_map(|used| {
            let Use::Shrink(shrink) = used.what else { return None };
            let site = used.site();
            let elsewhere = self.facts.function_of(site);
            // What the same code cuts down keeps the last few, and each of them what it keeps.
            let serves = if elsewhere == function {
                matches!(shrink, Shrink::Key(removed) if Some(self.text(removed, 80)) == key)
            } else {
                elsewhere != FunctionId(0) && !self.is_dead(site)
            };
            serves.then(|| self.line(site))
        })
    }

    /// Whether code cuts down what holds a keeping, or asks for its size: its author expects many,
    /// whatever the name of the function that adds to it.
    #[must_use]
    pub fn expects_many(&self, keeping: &Keeping) -> bool {
        !keeping.is_timer
            && self.uses(keeping.holder).iter().any(|used| matches!(used.what, Use::Shrink(_) | Use::SizeTest))
    }

    /// The variables and shapes whose values are themselves kept for good.
    #[must_use]
    pub fn kept_whole(&self) -> (Vec<BindingId>, Vec<Shape>) {
        let facts = self.facts;
        let (mut bindings, mut shapes) = (Vec::new(), Vec::new());
        for part in self.keepings().iter().flat_map(|keeping| &keeping.values).flat_map(|value| self.carried(*value)) {
            match facts.kind(part) {
                NodeKind::Ref { binding, .. } => bindings.extend(binding.get()),
                NodeKind::New { .. } => shapes.extend(self.made_shape(part)),
                NodeKind::This => {
                    if let Some(PlaceKey::Instance(shape)) = self.place_of(part).map(|place| self.place_key(place)) {
                        shapes.push(shape);
                    }
                }
                _ => {}
            }
        }
        (bindings, shapes)
    }
}
