//! Owners: whether an instance lives longer than what passes through it.
//!
//! An instance is not kept by anything in view, but its class says how it is used. One that takes
//! entries out of its own collections, ends its own connections or tells others of events serves many
//! rounds of work; a parser or a builder does none of that, and goes with its round.

use super::call::in_order;
use super::{Engine, PlaceId, PlaceKey, Shape};
use crate::facts::{AssignOp, FunctionId, FunctionKind, NodeId, NodeKind};
use rustc_hash::FxHashMap;

/// What shows that instances of a class serve many rounds of work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lasting {
    /// Where it is seen.
    pub node: NodeId,
    /// What is seen, as one phrase.
    pub reason: String,
}

impl Engine<'_> {
    /// What shows that instances of a class serve many rounds of work; none where nothing does.
    #[must_use]
    pub fn lasting(&self, shape: Shape) -> Option<Lasting> {
        self.lasting.get_or_init(|| self.find_lasting()).get(&shape).cloned()
    }

    fn find_lasting(&self) -> FxHashMap<Shape, Lasting> {
        let mut found: FxHashMap<Shape, (u32, Lasting)> = FxHashMap::default();
        let operations = in_order(self.calls_of(&["delete", "splice"]), &self.facts.stores);
        for node in in_order(operations, &self.facts.changes) {
            let Some((shape, rank, reason)) = self.shows_lasting(node) else { continue };
            let lasting = Lasting { node, reason };
            let known = found.entry(shape).or_insert_with(|| (rank, lasting.clone()));
            if known.0 > rank {
                *known = (rank, lasting);
            }
        }
        found.into_iter().map(|(shape, (_, lasting))| (shape, lasting)).collect()
    }

    /// The class that an operation shows to be lasting, how well it does, and why.
    fn shows_lasting(&self, node: NodeId) -> Option<(Shape, u32, String)> {
        let facts = self.facts;
        let function = facts.function_of(node);
        let line = || self.line(node);
        match facts.kind(node) {
            NodeKind::Delete(target) => {
                let NodeKind::Index { object, .. } = facts.kind(target) else { return None };
                let (shape, name) = self.field_of(self.place_of(object)?)?;
                (!self.makes(function, shape))
                    .then(|| (shape, 0, format!("takes entries out of `{name}` one by one at line {}", line())))
            }
            NodeKind::Call { callee, args } => {
                let NodeKind::Member { object, name } = facts.kind(callee) else { return None };
                let one = match facts.name(name) {
                    "delete" => args.len == 1,
                    "splice" => args.len == 2,
                    _ => false,
                };
                if !one {
                    return None;
                }
                let (shape, name) = self.field_of(self.place_of(object)?)?;
                (!self.makes(function, shape))
                    .then(|| (shape, 0, format!("takes entries out of `{name}` one by one at line {}", line())))
            }
            NodeKind::Assign { op: AssignOp::Set | AssignOp::Init, target, value } => {
                let place = self.place_of(target)?;
                let (shape, name) = self.field_of(place)?;
                if self.place_key(place) != self.place_key(self.place_of(target)?) {
                    return None;
                }
                if matches!(facts.kind(value), NodeKind::Call { .. } | NodeKind::New { .. })
                    && let Some(what) = self.apis(value).iter().find_map(|api| api.acquires.as_ref())
                {
                    return Some((shape, 1, format!("keeps a {} in `{name}`", what.what)));
                }
                None
            }
            _ => None,
        }
    }

    /// The class whose instances have a place as a field, or as a part of one, and the field's name.
    fn field_of(&self, mut place: PlaceId) -> Option<(Shape, String)> {
        loop {
            match self.place_key(place) {
                PlaceKey::Member(parent, name) => {
                    if let PlaceKey::Instance(shape) = self.place_key(parent) {
                        return Some((shape, self.facts.name(name).to_string()));
                    }
                    place = parent;
                }
                PlaceKey::Element(parent) => place = parent,
                _ => return None,
            }
        }
    }

    /// Whether a function is what makes instances of a class.
    fn makes(&self, function: FunctionId, shape: Shape) -> bool {
        match shape {
            Shape::Class(class) => {
                let record = self.facts.function(function);
                record.class == class && matches!(record.kind, FunctionKind::Constructor | FunctionKind::Fields)
            }
            Shape::Constructor(maker) => maker == function,
        }
    }
}
