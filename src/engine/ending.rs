//! Ends: whether what code belongs to is meant to end.
//!
//! Where nothing in view repeats a hold, the owner tells whether it repeats: a class with a `destroy`, a
//! component with a cleanup, a function that returns a way to stop are made for programs that have several,
//! one after the other. What has no end of its own is most often made once, and stays.

use super::{Engine, Repetition, Shape};
use crate::facts::{FunctionId, NodeId, NodeKind};
use rustc_hash::FxHashSet;

/// The functions of a file by which something ends, by what ends with them.
#[derive(Debug, Default)]
pub(super) struct Ends {
    functions: Vec<FunctionId>,
    /// Those that are members of a class, or stand in an object beside others, by these.
    of_shapes: FxHashSet<Shape>,
    of_objects: FxHashSet<NodeId>,
}

impl Engine<'_> {
    /// Whether code of a package may run once and for the rest of the program: nothing in view repeats it,
    /// and what it belongs to is not meant to end.
    #[must_use]
    pub fn may_be_for_good(&self, node: NodeId, repetition: &Repetition) -> bool {
        self.is_repeated_out_of_sight(repetition) && !self.is_meant_to_end(node)
    }

    /// Whether the class, the component, or the functions around a node have an end that does something.
    #[must_use]
    pub fn is_meant_to_end(&self, node: NodeId) -> bool {
        let facts = self.facts;
        let ends = self.ends.get_or_init(|| self.find_ends());
        if ends.functions.is_empty() {
            return false;
        }
        let is_component = crate::blocks::markup(&self.source.path).is_some();
        is_component
            || std::iter::successors(Some(facts.function_of(node)), |function| facts.function(*function).parent.get())
                .filter(|function| *function != FunctionId(0))
                .any(|around| {
                    self.shape_of_member(around).is_some_and(|shape| ends.of_shapes.contains(&shape))
                        || self.object_around(around).is_some_and(|object| ends.of_objects.contains(&object))
                        || ends.functions.iter().any(|end| *end != around && facts.function_within(*end, around))
                })
    }

    /// Whether the file removes listeners at all.
    #[must_use]
    pub fn removes_listeners(&self) -> bool {
        !self.removals().is_empty()
    }

    /// Whether an end of the class, the component or the functions around a node removes listeners: others
    /// than the one that is asked for, which has been looked for.
    #[must_use]
    pub fn removes_at_its_end(&self, node: NodeId) -> bool {
        let facts = self.facts;
        let ends = self.ends.get_or_init(|| self.find_ends());
        let belongs = |end: FunctionId| {
            std::iter::successors(Some(facts.function_of(node)), |function| facts.function(*function).parent.get())
                .filter(|function| *function != FunctionId(0))
                .any(|around| {
                    let shape = self.shape_of_member(around);
                    let object = self.object_around(around);
                    shape.is_some() && self.shape_of_member(end) == shape
                        || object.is_some() && self.object_around(end) == object
                        || end != around && facts.function_within(end, around)
                })
        };
        self.removals().iter().any(|removal| {
            let removing = facts.function_of(*removal);
            ends.functions.iter().any(|end| facts.function_within(removing, *end) && belongs(*end))
        })
    }

    fn find_ends(&self) -> Ends {
        let facts = self.facts;
        let mut ends = Ends::default();
        for function in (1..facts.functions.len()).map(FunctionId::at) {
            if !self.is_end(function) || !facts.nodes_within(function).any(|node| self.does_something(node)) {
                continue;
            }
            ends.functions.push(function);
            if let Some(shape) = self.shape_of_member(function) {
                ends.of_shapes.insert(shape);
            }
            if let Some(object) = self.object_around(function) {
                ends.of_objects.insert(object);
            }
        }
        ends
    }

    /// Whether a function is one by which something ends: by its name, or by what runs it.
    fn is_end(&self, function: FunctionId) -> bool {
        let facts = self.facts;
        let record = facts.function(function);
        let name = facts.name(record.name).trim_start_matches(['_', '#', '$']);
        // `remove(item)` ends something else.
        self.models.has_word("own-ends", name)
            || self.models.has_word("own-ends-without-arguments", name) && record.params.is_empty()
            || self.callback_of(function).is_some_and(|(_, runs)| runs.per == "unmount")
            || self.is_cleanup(function)
    }

    /// Whether an effect returns a function, as its cleanup.
    pub(crate) fn is_cleanup(&self, function: FunctionId) -> bool {
        let facts = self.facts;
        facts.function(function).parent.get().is_some_and(|maker| {
            self.callback_of(maker).is_some_and(|(_, runs)| runs.cleanup)
                && facts.function(maker).returns.iter().any(|value| self.function_of(*value) == Some(function))
        })
    }

    fn does_something(&self, node: NodeId) -> bool {
        let facts = self.facts;
        match facts.kind(node) {
            NodeKind::Call { callee, .. } => {
                !matches!(facts.kind(callee), NodeKind::Super)
                    && !matches!(facts.kind(callee), NodeKind::Member { object, .. } if facts.kind(object) == NodeKind::Super)
            }
            NodeKind::Assign { .. } | NodeKind::Delete(_) => true,
            _ => false,
        }
    }

    /// The object literal that a function is a member of.
    pub(super) fn object_around(&self, function: FunctionId) -> Option<NodeId> {
        let facts = self.facts;
        let property = facts.node(facts.function(function).node.get()?).parent.get()?;
        matches!(facts.kind(property), NodeKind::Property { .. }).then(|| facts.node(property).parent)
    }
}
