//! Durations: how long a timer waits, as far as the code says.

use super::{Engine, PlaceKey};
use crate::facts::{AssignOp, BinaryOp, BindingId, BindingKind, LogicalOp, NodeId, NodeKind};

/// Values are followed so far.
const MAX_STEPS: u32 = 8;

impl Engine<'_> {
    /// The milliseconds that a delay comes to at most where nobody sets another, if the code says: constants and
    /// what is reckoned from them, defaults, what all callers in view give. A moment counts from now.
    #[must_use]
    pub fn milliseconds(&self, delay: NodeId) -> Option<f64> {
        self.milliseconds_at(delay, 0)
    }

    fn milliseconds_at(&self, delay: NodeId, depth: u32) -> Option<f64> {
        if depth > MAX_STEPS {
            return None;
        }
        let facts = self.facts;
        let next = |node| self.milliseconds_at(node, depth + 1);
        let origin = self.origin(delay);
        match facts.kind(origin) {
            NodeKind::Num(at) => Some(facts.numbers[at as usize]),
            NodeKind::Binary { op, left, right } => match op {
                BinaryOp::Add => Some(next(left)? + next(right)?),
                BinaryOp::Subtract => Some(next(left)? - next(right)?),
                BinaryOp::Multiply => Some(next(left)? * next(right)?),
                _ => None,
            },
            NodeKind::Logical { op: LogicalOp::Or | LogicalOp::Nullish, right, .. } => next(right),
            NodeKind::Conditional { yes, no, .. } => Some(next(yes)?.max(next(no)?)),
            NodeKind::Call { callee, args } => match self.path_of(callee).as_deref()? {
                path if self.models.has_word("clocks", path) => Some(0.0),
                "Math.min" => facts.list(args).iter().filter_map(|arg| next(*arg)).reduce(f64::min),
                "Math.max" => self.longest(facts.list(args), depth),
                _ => None,
            },
            NodeKind::Ref { .. } | NodeKind::Member { .. } => {
                let place = self.place_of(origin)?;
                match self.place_key(place) {
                    PlaceKey::Binding(binding) if facts.binding(binding).kind == BindingKind::Param => {
                        self.given_milliseconds(binding, place, depth)
                    }
                    _ => self.longest(&self.stored_values(place).collect::<Vec<_>>(), depth),
                }
            }
            _ => None,
        }
    }

    /// The longest of several delays, where all are known.
    fn longest(&self, delays: &[NodeId], depth: u32) -> Option<f64> {
        let known: Option<Vec<f64>> = delays.iter().map(|delay| self.milliseconds_at(*delay, depth + 1)).collect();
        known?.into_iter().reduce(f64::max)
    }

    /// What callers give for a parameter where all of them are in view, or else its default.
    fn given_milliseconds(&self, param: BindingId, place: super::PlaceId, depth: u32) -> Option<f64> {
        let facts = self.facts;
        let default = facts.writes(param).find_map(|write| match facts.kind(write) {
            NodeKind::Assign { op: AssignOp::Init, value, .. } => match facts.kind(value) {
                NodeKind::Logical { right, .. } => self.milliseconds_at(right, depth + 1),
                _ => None,
            },
            _ => None,
        });
        match self.given_by_callers(place) {
            Some(given) => {
                let given: Vec<NodeId> = given.into_iter().map(|(_, argument)| argument).collect();
                self.longest(&given, depth).map(|longest| longest.max(default.unwrap_or_default()))
            }
            None => default,
        }
    }
}
