//! Growth: collections that outlive the code adding to them, and what bounds them.
//!
//! Candidates first: a pass over the nodes finds additions to places that live long. Only for
//! those are releases, sizes and keys looked at.

use super::call::in_order;
use super::key::Domain;
use super::outside::Elsewhere;
use super::usage::{Escape, Grow, GrowKind, Shrink, Use, UseAt};
use super::words::words_of;
use super::{Engine, Lifetime, PlaceId, PlaceKey, Repetition, Strength, remembered};
use crate::facts::{
    AssignOp, BinaryOp, BindingId, BindingKind, Facts, FunctionId, FunctionKind, NodeId, NodeKind, RegionKind,
};
use crate::models::Times;
use rustc_hash::{FxHashMap, FxHashSet};

/// What sort of collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Collection {
    /// `Map`.
    Map,
    /// `Set`.
    Set,
    /// An array.
    Array,
    /// A plain object used as a dictionary.
    Object,
    /// A string that is added to.
    Text,
    /// A chain of nodes.
    List,
}

/// A collection that lives long, and everything done with it.
#[derive(Debug)]
pub struct Container {
    /// Where it is.
    pub place: PlaceId,
    /// What it is.
    pub collection: Collection,
    /// How long it lives.
    pub lifetime: Lifetime,
    /// Everything done with it.
    pub uses: Vec<UseAt>,
    /// The addition with the strongest repetition.
    pub growth: Growth,
    /// Other places that add to it.
    pub others: Vec<NodeId>,
}

impl Container {
    /// Whether it is a chain of functions, each bound around the one before.
    #[must_use]
    pub fn wraps(&self, facts: &Facts) -> bool {
        let value = self.growth.grow.values.last();
        self.collection == Collection::List
            && value.is_some_and(|value| matches!(facts.kind(*value), NodeKind::Call { .. }))
    }
}

/// One addition.
#[derive(Clone, Debug)]
pub struct Growth {
    /// The operation.
    pub node: NodeId,
    /// Where it happens as the owner of the collection sees it: the call of a helper.
    pub site: NodeId,
    /// What is added.
    pub grow: Grow,
    /// How often.
    pub repetition: Repetition,
    /// How many keys there can be.
    pub domain: Domain,
    /// Whether the entry is looked up before it is added.
    pub looks_up: bool,
}

/// Places that something is added to, in order, with where.
#[derive(Default)]
struct Candidates {
    places: Vec<(PlaceId, Vec<NodeId>)>,
    at: FxHashMap<PlaceId, usize>,
    /// Parameters whose callers have been looked at.
    params: FxHashSet<BindingId>,
}

/// What keeps a collection from growing without end, or almost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bound {
    /// Entries go: where.
    Released(NodeId),
    /// Entries go in another file: where.
    ReleasedElsewhere(String),
    /// It is only added to while it is small: the test.
    SizeTested(NodeId),
    /// Its keys are few.
    FewKeys,
    /// Code out of sight may empty it.
    OutOfSight(Escape, NodeId),
    /// Nothing; releases that were found and do not serve, with the reason.
    Nothing(Vec<(NodeId, String)>),
}

impl Engine<'_> {
    /// Collections that live longer than the code adding to them, in order of place.
    #[must_use]
    pub fn containers(&self) -> Vec<Container> {
        let mut candidates = Candidates::default();
        let calls = ["push", "unshift", "add", "splice", "set", "assign", "defineProperty", "apply", "call"];
        let operations = in_order(self.calls_of(&calls), &self.facts.stores);
        for node in in_order(operations, &self.facts.changes) {
            if let Some(grown) = self.grown(node) {
                self.add_candidate(grown, node, 0, &mut candidates);
            }
        }
        for (grown, call) in self.grown_elsewhere() {
            self.add_candidate(grown, call, 0, &mut candidates);
        }
        let mut containers: Vec<Container> = candidates
            .places
            .into_iter()
            // What is only filled at load, or no collection, is no matter, and its uses need not be gathered.
            .filter(|(place, sites)| {
                sites.iter().any(|site| self.repetition_of(*site).strength > Strength::Bounded)
                    && self.may_collect(*place, sites)
            })
            .filter_map(|(place, _)| self.container(place))
            .collect();
        containers.extend(self.linked_queues());
        containers
    }

    /// What empties a collection as a whole, `x.clear()`, `x = []`, with its place, in order.
    #[must_use]
    pub fn emptied(&self) -> &[(NodeId, PlaceId)] {
        self.emptied.get_or_init(|| {
            let emptied = |node: &NodeId| Some((*node, self.emptied_by(*node)?));
            in_order(self.calls_of(&["clear"]), &self.facts.stores).iter().filter_map(emptied).collect()
        })
    }

    fn emptied_by(&self, node: NodeId) -> Option<PlaceId> {
        let facts = self.facts;
        match facts.kind(node) {
            NodeKind::Call { callee, args } if args.len == 0 => match facts.kind(callee) {
                NodeKind::Member { object, name } if facts.name(name) == "clear" => self.place_of(object),
                _ => None,
            },
            NodeKind::Assign { op: AssignOp::Set, target, value } => match facts.kind(value) {
                NodeKind::Array(list) | NodeKind::Object(list) if list.len == 0 => self.place_of(target),
                NodeKind::New { args, .. } if args.len == 0 => self.place_of(target),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether a place is a property whose text is a list of few words: `element.className`.
    fn is_of_tokens(&self, place: PlaceId) -> bool {
        matches!(self.place_key(place), PlaceKey::Member(_, name) if self.models.has_word("token-lists", self.facts.name(name)))
    }

    /// Lists that grow at their end: `tail.next = node; tail = node`, held by their head.
    fn linked_queues(&self) -> Vec<Container> {
        let facts = self.facts;
        let mut queues = Vec::new();
        for node in facts.stores.iter().copied() {
            let NodeKind::Assign { op: AssignOp::Set, target, value } = facts.kind(node) else { continue };
            let (NodeKind::Member { object, .. }, NodeKind::Ref { binding, .. }) =
                (facts.kind(target), facts.kind(value))
            else {
                continue;
            };
            let (Some(added), Some(tail)) = (binding.get(), self.place_of(object)) else { continue };
            let function = facts.function_of(target);
            if facts.binding_function(added) != function || !self.outlives_calls(tail, function) {
                continue;
            }
            // Where else the new node goes, in the same code: the tail itself, and the head.
            let places: Vec<PlaceId> = facts
                .references(added)
                .iter()
                .filter_map(|reference| match facts.kind(facts.node(*reference).parent) {
                    NodeKind::Assign { op: AssignOp::Set, target, value } if value == *reference => {
                        match facts.kind(target) {
                            NodeKind::Ref { .. } => self.place_of(target),
                            NodeKind::Member { object, .. } if matches!(facts.kind(object), NodeKind::This) => {
                                self.place_of(target)
                            }
                            _ => None,
                        }
                    }
                    _ => None,
                })
                .collect();
            let head = places.iter().copied().find(|place| *place != tail && self.outlives_calls(*place, function));
            let (true, Some(head)) = (places.contains(&tail), head) else { continue };
            let lifetime = self.lifetime(head);
            if matches!(lifetime, Lifetime::Call | Lifetime::Unknown) {
                continue;
            }
            let own = |used: &UseAt| matches!(facts.kind(used.node), NodeKind::Assign { value, .. } if matches!(facts.kind(value), NodeKind::Ref { binding, .. } if binding == added));
            let uses: Vec<UseAt> = self.uses(head).into_iter().filter(|used| !own(used)).collect();
            let grow = Grow { how: GrowKind::Link, key: None, values: vec![value] };
            let growth = Growth {
                node,
                site: node,
                grow,
                repetition: self.repetition_of(node),
                domain: Domain::Open,
                looks_up: false,
            };
            queues.push(Container {
                place: head,
                collection: Collection::List,
                lifetime,
                uses,
                growth,
                others: Vec::new(),
            });
        }
        queues
    }

    /// The node of what an operation may add to.
    fn grown(&self, node: NodeId) -> Option<NodeId> {
        let facts = self.facts;
        match facts.kind(node) {
            NodeKind::Call { callee, args } => match facts.kind(callee) {
                NodeKind::Member { object, name } => match facts.name(name) {
                    "push" | "unshift" | "add" if args.len > 0 => Some(object),
                    "splice" if args.len > 2 => Some(object),
                    "set" | "assign" | "defineProperty"
                        if self.is_global(object, "Object") || self.is_global(object, "Reflect") =>
                    {
                        facts.arg(args, 0)
                    }
                    "set" if args.len >= 2 => Some(object),
                    "apply" | "call" => match facts.kind(object) {
                        NodeKind::Member { object, name } if matches!(facts.name(name), "push" | "unshift") => {
                            if matches!(facts.kind(object), NodeKind::Member { name, .. } if facts.name(name) == "prototype")
                                || matches!(facts.kind(object), NodeKind::Array(_))
                            {
                                facts.arg(args, 0)
                            } else {
                                Some(object)
                            }
                        }
                        _ => None,
                    },
                    _ => None,
                },
                _ => None,
            },
            NodeKind::Assign { op, target, value } => match facts.kind(target) {
                NodeKind::Index { object, .. } => Some(object),
                NodeKind::Ref { .. } | NodeKind::Member { .. } => match op {
                    AssignOp::Add => Some(target),
                    AssignOp::Set => self.may_hold_its_target(value).then_some(target),
                    _ => None,
                },
                _ => None,
            },
            NodeKind::Update { target, up: true } => match facts.kind(target) {
                NodeKind::Index { object, .. } => Some(object),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether a value has the form of one that is made of what it replaces: `[...x, y]`, `{ next: x }`,
    /// `x.concat(y)`, `x + y`. Told without asking what stands there.
    fn may_hold_its_target(&self, value: NodeId) -> bool {
        let facts = self.facts;
        let is_spread = |part: &NodeId| matches!(facts.kind(*part), NodeKind::Spread(_));
        match facts.kind(value) {
            NodeKind::Array(list) => list.len > 1 && facts.list(list).iter().any(is_spread),
            NodeKind::New { args, .. } => facts.arg(args, 0).is_some_and(|arg| self.may_hold_its_target(arg)),
            NodeKind::Object(list) => facts.list(list).iter().any(|part| match facts.kind(*part) {
                NodeKind::Property { value, .. } => self.may_name_place(value),
                _ => is_spread(part),
            }),
            NodeKind::Call { callee, .. } => matches!(facts.called_name(callee), "bind" | "concat"),
            NodeKind::Binary { op, .. } => op == BinaryOp::Add,
            _ => false,
        }
    }

    fn add_candidate(&self, grown: NodeId, site: NodeId, depth: u32, candidates: &mut Candidates) {
        if self.is_local(grown) {
            return;
        }
        let Some(place) = self.place_of(grown) else { return };
        // A helper that adds to what it is given: the callers' collections grow.
        if let PlaceKey::Binding(binding) = self.place_key(place)
            && self.facts.binding(binding).kind == BindingKind::Param
        {
            if depth < 3 && candidates.params.insert(binding) {
                for (call, argument) in self.arguments_of(binding) {
                    self.add_candidate(argument, call, depth + 1, candidates);
                }
            }
            return;
        }
        // A local that only inline callbacks add to is over when the call is: told by form alone.
        if let PlaceKey::Binding(binding) = self.place_root(place) {
            let home = self.facts.binding_function(binding);
            if home != FunctionId(0) && !self.outlives_maker(self.facts.function_of(site), home) {
                return;
            }
        }
        match candidates.at.get(&place) {
            Some(at) => candidates.places[*at].1.push(site),
            None if self.may_be_container(place) => {
                candidates.at.insert(place, candidates.places.len());
                candidates.places.push((place, vec![site]));
            }
            None => {}
        }
    }

    /// Whether a place lives long, as far as is told cheaply.
    pub(super) fn may_be_container(&self, place: PlaceId) -> bool {
        // Instances themselves are no collections; a stream's own `push` is no growth.
        !matches!(self.place_key(place), PlaceKey::Instance(_) | PlaceKey::Exports | PlaceKey::Literal(_))
            && !matches!(self.lifetime(place), Lifetime::Call | Lifetime::Unknown)
    }

    /// Whether a node names a variable that dies with the call: the common case, answered cheaply.
    pub(super) fn is_local(&self, node: NodeId) -> bool {
        let facts = self.facts;
        let NodeKind::Ref { binding, .. } = facts.kind(node) else { return false };
        let Some(binding) = binding.get() else { return false };
        let record = facts.binding(binding);
        if record.captured || record.kind == BindingKind::Param || facts.binding_function(binding) == FunctionId(0) {
            return false;
        }
        // An alias names another place.
        facts.constant(binding).is_some_and(|value| {
            matches!(
                facts.kind(value),
                NodeKind::Array(_) | NodeKind::Object(_) | NodeKind::New { .. } | NodeKind::Str(_)
            )
        })
    }

    fn container(&self, place: PlaceId) -> Option<Container> {
        let lifetime = self.lifetime(place);
        if self.is_weakly_held(place) {
            return None;
        }
        let uses = self.uses(place);
        let mut growths: Vec<Growth> = Vec::new();
        let mut collection = None;
        for used in &uses {
            let Use::Grow(grow) = &used.what else { continue };
            let Some(found) = self.collection(place, grow) else { continue };
            collection = collection.or(Some(found));
            growths.push(self.growth(place, used, grow, &uses));
        }
        let best = growths
            .iter()
            .enumerate()
            .max_by_key(|(at, growth)| {
                (
                    growth.domain == Domain::Open,
                    // What a failure puts back was added before.
                    !self.is_put_back(growth.node, place),
                    growth.repetition.strength,
                    growth.looks_up,
                    std::cmp::Reverse(*at),
                )
            })
            .map(|(at, _)| at)?;
        let growth = growths.swap_remove(best);
        let mut others: Vec<NodeId> = growths
            .iter()
            .filter(|other| {
                other.domain == Domain::Open && other.repetition.strength >= Strength::Weak && other.site != growth.site
            })
            .map(|other| other.site)
            .collect();
        others.sort_unstable();
        others.dedup();
        Some(Container { place, collection: collection?, lifetime, uses, growth, others })
    }

    /// Whether a place is part of what a WeakMap keeps: it goes with its key.
    #[must_use]
    pub fn is_weakly_held(&self, mut place: PlaceId) -> bool {
        while let PlaceKey::Member(parent, _) | PlaceKey::Element(parent) = self.place_key(place) {
            place = parent;
            if self.kind_of_place(place).is_some_and(|kind| kind.bounded) {
                return true;
            }
        }
        false
    }

    /// Whether some addition at these sites may show a place to be a collection; see [`Self::collection`].
    fn may_collect(&self, place: PlaceId, sites: &[NodeId]) -> bool {
        // A chain is of no kind; a helper may make one.
        let may_link = |site: &NodeId| match self.facts.kind(*site) {
            NodeKind::Assign { op, .. } => op == AssignOp::Set,
            _ => self.grown(*site).is_none(),
        };
        matches!(self.place_key(place), PlaceKey::GlobalObject | PlaceKey::Element(_))
            || self.kind_of_place(place).is_some()
            || self.is_text(place)
            || sites.iter().any(may_link)
    }

    /// What sort of collection an addition shows a place to be; `None` where it may be something
    /// else entirely: a stream, a DOM style, a custom class.
    fn collection(&self, place: PlaceId, grow: &Grow) -> Option<Collection> {
        if self.place_key(place) == PlaceKey::GlobalObject {
            return (grow.how == GrowKind::Key && grow.key.is_some()).then_some(Collection::Object);
        }
        let kind = self.kind_of_place(place);
        // A kind of another name that is a `Map` as well grows as one does, unless it bounds itself.
        let built_in = |name: &str| matches!(name, "Array" | "Map" | "Object" | "Set" | "WeakMap");
        let name = kind.and_then(|kind| {
            let line = self.models.lineage(kind);
            let named = line.into_iter().find(|kind| kind.bounded || built_in(&kind.name));
            named.map(|kind| kind.name.as_str())
        });
        match grow.how {
            // An entry of a collection that is pushed to is an array, wherever it was made.
            GrowKind::Append
                if kind.is_none()
                    && matches!(self.place_key(place), PlaceKey::Element(outer) if self.kind_of_place(outer).is_some_and(|kind| kind.collection)) =>
            {
                Some(Collection::Array)
            }
            GrowKind::Rebuild if matches!(name, Some("Set" | "Map")) => Some(Collection::Set),
            GrowKind::Append | GrowKind::Rebuild => {
                (name == Some("Array")).then_some(Collection::Array).or_else(|| {
                    // `x = x.concat(y)` of a string is text.
                    (grow.how == GrowKind::Rebuild && self.is_text(place)).then_some(Collection::Text)
                })
            }
            GrowKind::Set => (name == Some("Map")).then_some(Collection::Map),
            GrowKind::Add => (name == Some("Set")).then_some(Collection::Set),
            GrowKind::Key | GrowKind::Count => match name {
                Some("Object") => Some(Collection::Object),
                Some("Array") => {
                    grow.key.is_some_and(|key| self.is_next_index(place, key)).then_some(Collection::Array)
                }
                // `const map = new Map(); map[k] = v`: a property of the map object.
                Some("Map" | "WeakMap") => Some(Collection::Object),
                _ => None,
            },
            // The names of an element's classes are few, however often they change.
            GrowKind::Text => (self.is_text(place) && !self.is_of_tokens(place)).then_some(Collection::Text),
            // A constructor binds the methods of each instance once.
            GrowKind::Link => {
                let made = |value: &NodeId| self.is_constructor(self.facts.function_of(*value));
                (!grow.values.last().is_some_and(made)).then_some(Collection::List)
            }
        }
    }

    /// Whether an index is the next free one: `list[list.length]`, `list[i++]`.
    fn is_next_index(&self, place: PlaceId, key: NodeId) -> bool {
        match self.facts.kind(key) {
            NodeKind::Member { object, name } => {
                self.facts.name(name) == "length" && self.place_of(object) == Some(place)
            }
            NodeKind::Update { target, up: true } => {
                // An index that is set back reuses what is there.
                self.place_of(target).is_some_and(|counter| {
                    let set_back = self.stores(counter).iter().any(|store| {
                        matches!(self.facts.kind(*store), NodeKind::Assign { op: AssignOp::Set, .. })
                            && self.facts.function_of(*store) != FunctionId(0)
                    });
                    !set_back && self.outlives_calls(counter, self.facts.function_of(key))
                })
            }
            _ => false,
        }
    }

    fn is_text(&self, place: PlaceId) -> bool {
        let mut any = false;
        for value in self.stored_values(place) {
            match self.facts.kind(value) {
                NodeKind::Str(_) | NodeKind::Template(_) => any = true,
                NodeKind::Num(_) => return false,
                _ => {}
            }
        }
        any
    }

    pub(super) fn growth(&self, place: PlaceId, used: &UseAt, grow: &Grow, uses: &[UseAt]) -> Growth {
        let site = used.site();
        let function = self.facts.function_of(used.node);
        // `add` is keyed by what is added; a guarded `push` is too.
        let guarded = grow.how == GrowKind::Append && self.is_guarded_by_lookup(used.node, uses);
        let key = match grow.how {
            GrowKind::Append if guarded => grow.values.first().copied(),
            _ => grow.key,
        };
        let mut domain = key.map_or(Domain::Open, |key| self.domain(self.seen_from(key, used)));
        if domain == Domain::Open
            && (self.keys_are_typed_finite(place)
                || key.is_some_and(|key| self.is_known_member(key, used.node) || self.enumerates(key, place)))
        {
            domain = Domain::Finite;
        }
        let looks_up = uses.iter().any(|other| {
            matches!(other.what, Use::Lookup(_))
                && self.facts.function_within(self.facts.function_of(other.node), function)
                || matches!(other.what, Use::Lookup(_))
                    && self.facts.function_within(function, self.facts.function_of(other.node))
                    && self.facts.function_of(other.node) != FunctionId(0)
        }) && !matches!(grow.how, GrowKind::Text | GrowKind::Link)
            || self.is_memo_store(used.node);
        Growth { node: used.node, site, grow: grow.clone(), repetition: self.repetition_of(site), domain, looks_up }
    }

    /// Whether a key is one that the collection has already: `for (const k in x) x[k] = …`,
    /// `Object.keys(x).forEach((k) => { x[k] = …; })`.
    fn enumerates(&self, key: NodeId, place: PlaceId) -> bool {
        let facts = self.facts;
        let lists = |node: NodeId| {
            let own = |node: NodeId| self.place_of(node) == Some(place);
            match facts.kind(self.origin(node)) {
                NodeKind::Call { callee, args } => {
                    facts.arg(args, 0).is_some_and(own)
                        || matches!(facts.kind(callee), NodeKind::Member { object, .. } if own(object))
                }
                _ => own(node),
            }
        };
        let origin = match facts.kind(self.origin(key)) {
            NodeKind::Ref { binding, .. } => binding.get().and_then(|binding| facts.constant(binding)).unwrap_or(key),
            _ => self.origin(key),
        };
        match facts.kind(origin) {
            NodeKind::Element { of, .. } => lists(of),
            NodeKind::Member { object, .. } => matches!(facts.kind(object), NodeKind::Element { of, .. } if lists(of)),
            NodeKind::Param(_) => {
                let Some(node) = facts.function(facts.function_of(origin)).node.get() else { return false };
                let NodeKind::Call { callee, .. } = facts.kind(facts.node(node).parent) else { return false };
                matches!(facts.kind(callee), NodeKind::Member { object, name } if matches!(facts.name(name), "forEach" | "map") && lists(object))
            }
            _ => false,
        }
    }

    /// A helper's parameter as its caller passes it.
    pub(super) fn seen_from(&self, key: NodeId, used: &UseAt) -> NodeId {
        let Some(via) = used.via else { return key };
        let NodeKind::Ref { binding, .. } = self.facts.kind(key) else { return key };
        let Some(binding) = binding.get() else { return key };
        self.arguments_of(binding).into_iter().find(|(call, _)| *call == via).map_or(key, |(_, argument)| argument)
    }

    /// `cache[k] || (cache[k] = v)`, `cache[k] ??= v`.
    fn is_memo_store(&self, node: NodeId) -> bool {
        let facts = self.facts;
        let NodeKind::Assign { op, target, .. } = facts.kind(node) else { return false };
        if op == AssignOp::Logical {
            return true;
        }
        let place = self.place_of(target);
        matches!(facts.kind(facts.node(node).parent), NodeKind::Logical { left, .. } if self.place_of(left) == place && place.is_some())
    }

    /// Whether an entry is only added when it is not there yet.
    fn is_guarded_by_lookup(&self, node: NodeId, uses: &[UseAt]) -> bool {
        let facts = self.facts;
        facts.is_tested(node, &mut |part| {
            uses.iter().any(|used| matches!(used.what, Use::Lookup(_)) && used.node == part)
        })
    }

    /// Whether the declared key type of a collection has few values: `Map<Kind, T>`.
    fn keys_are_typed_finite(&self, place: PlaceId) -> bool {
        let facts = self.facts;
        let by_annotation = |ty: crate::facts::TypeId| match facts.types.get(ty.index()) {
            Some(crate::facts::Type::Named { name, arg }) => {
                matches!(facts.name(*name), "Map" | "Set" | "Record" | "Partial")
                    && arg.is_some()
                    && self.type_is_finite(*arg, 0)
            }
            _ => false,
        };
        let declared = match self.place_key(place) {
            PlaceKey::Binding(binding) => by_annotation(facts.binding(binding).ty),
            PlaceKey::Member(parent, name) => match self.place_key(parent) {
                PlaceKey::Instance(super::Shape::Class(class)) | PlaceKey::Statics(super::Shape::Class(class)) => facts
                    .classes[class.index()]
                .members
                .iter()
                .any(|member| member.name == name && by_annotation(member.ty)),
                _ => false,
            },
            _ => false,
        };
        declared
            || self
                .stored_values(place)
                .any(|value| facts.type_args.get(&self.origin(value)).is_some_and(|ty| self.type_is_finite(*ty, 0)))
    }

    /// What bounds a collection.
    #[must_use]
    pub fn bound(&self, container: &Container) -> Bound {
        let growth = &container.growth;
        if growth.domain < Domain::Open {
            return Bound::FewKeys;
        }
        if let Some(test) = self.size_guard(&container.uses, [growth.node, growth.site]) {
            return Bound::SizeTested(test);
        }
        if let Some(cut) = self.cut_link(container) {
            return Bound::Released(cut);
        }
        if let Some(test) = self.filled_up_to(container) {
            return Bound::SizeTested(test);
        }
        let mut near = Vec::new();
        let outer = self.outer_uses(container.place);
        for used in container.uses.iter().chain(&outer) {
            let Use::Shrink(shrink) = used.what else { continue };
            match self.misses(container, used, shrink) {
                None => return Bound::Released(used.site()),
                Some(reason) if reason.is_empty() => {}
                Some(reason) => near.push((used.site(), reason)),
            }
        }
        for used in container.uses.iter().chain(&outer) {
            if used.what == Use::Tombstone {
                near.push((used.site(), "overwrites the entry and keeps its key".into()));
            }
        }
        // Text and bound functions go out of sight by value: nobody can cut them.
        if container.collection != Collection::Text && !container.wraps(self.facts) {
            let elsewhere = self.elsewhere(container.place);
            self.ask_what_becomes_of(container.place, &container.uses);
            for used in container.uses.iter().chain(&outer) {
                match used.what {
                    Use::Escape(Escape::Exported) if elsewhere == Elsewhere::Kept => {}
                    Use::Escape(escape) => return Bound::OutOfSight(escape, used.site()),
                    _ => {}
                }
            }
            match elsewhere {
                Elsewhere::Released(place) => return Bound::ReleasedElsewhere(place),
                Elsewhere::Unseen => return Bound::OutOfSight(Escape::Exported, growth.site),
                Elsewhere::Private | Elsewhere::Kept => {}
            }
        }
        near.sort_by_key(|(node, _)| *node);
        near.dedup();
        Bound::Nothing(near)
    }

    /// `while (table.length <= n) table.push(…)`: filled up to what is asked for. `if (n < 16384)
    /// cache[n] = …`: the key itself is bounded.
    fn filled_up_to(&self, container: &Container) -> Option<NodeId> {
        let facts = self.facts;
        let growth = &container.growth;
        let key = growth.grow.key.and_then(|key| self.place_of(key));
        facts.regions_around(growth.node).find_map(|id| {
            let region = facts.region(id);
            let NodeKind::Binary { op: BinaryOp::Less | BinaryOp::Greater, left, right } = facts.kind(region.test) else { return None };
            let is_own = |node: NodeId| {
                matches!(facts.kind(node), NodeKind::Member { object, name } if matches!(facts.name(name), "length" | "size") && self.place_of(object) == Some(container.place))
            };
            // `for (let i = table.length; i <= n; i++)`
            let starts_there = |node: NodeId| match facts.kind(node) {
                NodeKind::Ref { binding, .. } => binding.get().is_some_and(|binding| {
                    facts.writes(binding).any(|write| matches!(facts.kind(write), NodeKind::Assign { op: AssignOp::Init, value, .. } if is_own(value)))
                }),
                _ => false,
            };
            let own_size = [left, right].into_iter().any(|side| is_own(side) || starts_there(side));
            let number = |node: NodeId| matches!(facts.kind(self.origin(node)), NodeKind::Num(_));
            let keyed = key.is_some() && (self.place_of(left) == key && number(right) || self.place_of(right) == key && number(left));
            let looped = own_size && matches!(region.kind, RegionKind::Loop(_));
            (looped || keyed && region.kind == RegionKind::Then).then_some(region.test)
        })
    }

    /// `head.next = null`: the chain ends there.
    fn cut_link(&self, container: &Container) -> Option<NodeId> {
        let facts = self.facts;
        if container.collection != Collection::List {
            return None;
        }
        let cuts = self.cuts.get_or_init(|| {
            let cut = |node: &NodeId| {
                let NodeKind::Assign { target, value, .. } = facts.kind(*node) else { return None };
                let NodeKind::Member { object, .. } = facts.kind(target) else { return None };
                matches!(facts.kind(value), NodeKind::Null | NodeKind::Undefined).then_some((*node, object))
            };
            facts.operations.iter().filter_map(cut).collect()
        });
        let cuts_it = |(node, object): &&(NodeId, NodeId)| {
            self.place_of(*object).is_some_and(|place| self.place_within(place, container.place))
                && !self.is_dead(*node)
        };
        cuts.iter().find(cuts_it).map(|(node, _)| *node)
    }

    /// Uses of what the container is a part of: `delete handlers[name]` empties `handlers[name]`.
    fn outer_uses(&self, mut place: PlaceId) -> Vec<UseAt> {
        let mut uses = Vec::new();
        loop {
            match self.place_key(place) {
                PlaceKey::Member(parent, _) | PlaceKey::Element(parent) => place = parent,
                _ => return uses,
            }
            if !matches!(self.place_key(place), PlaceKey::Instance(_) | PlaceKey::Exports | PlaceKey::GlobalObject) {
                uses.extend(
                    self.uses(place).into_iter().filter(|used| matches!(used.what, Use::Shrink(_) | Use::Escape(_))),
                );
            }
        }
    }

    /// The test that lets an addition happen only while the collection is small.
    pub(super) fn size_guard(&self, uses: &[UseAt], sites: [NodeId; 2]) -> Option<NodeId> {
        let facts = self.facts;
        let tests: Vec<NodeId> = uses.iter().filter(|used| used.what == Use::SizeTest).map(|used| used.node).collect();
        if tests.is_empty() {
            return None;
        }
        sites.iter().flat_map(|site| facts.regions_around(*site)).find_map(|id| {
            let region = facts.region(id);
            if !matches!(region.kind, RegionKind::Then | RegionKind::Else) {
                return None;
            }
            let mut found = None;
            facts.each_below(region.test, &mut |part| {
                if tests.contains(&part) && !self.only_asks_for_emptiness(part) {
                    found = Some(part);
                }
            });
            // The region must be the one where it is small.
            found.filter(|test| self.small_side(*test, region.kind))
        })
    }

    /// `if (list.length)` and `list.length === 0` bound nothing.
    pub(crate) fn only_asks_for_emptiness(&self, size: NodeId) -> bool {
        let facts = self.facts;
        let parent = facts.node(size).parent;
        match facts.kind(parent) {
            NodeKind::Binary { left, right, .. } => [left, right]
                .iter()
                .any(|side| matches!(facts.kind(*side), NodeKind::Num(at) if facts.numbers[at as usize] <= 0.0)),
            _ => true,
        }
    }

    /// Whether a region is where `size < limit` holds.
    fn small_side(&self, size: NodeId, kind: RegionKind) -> bool {
        use crate::facts::BinaryOp;
        let facts = self.facts;
        let NodeKind::Binary { op, left, .. } = facts.kind(facts.node(size).parent) else { return false };
        let size_left = left == size;
        let small_when_true = match op {
            BinaryOp::Less => size_left,
            BinaryOp::Greater => !size_left,
            BinaryOp::NotEqual => true,
            BinaryOp::Equal => return true,
            _ => return false,
        };
        small_when_true == (kind == RegionKind::Then)
    }

    /// Why a shrink does not serve as release of the growth; empty where it is not one at all.
    fn misses(&self, container: &Container, used: &UseAt, shrink: Shrink) -> Option<String> {
        let facts = self.facts;
        let growth = &container.growth;
        let site = used.site();
        let function = facts.function_of(site);
        if let Shrink::Key(key) = shrink {
            let key = self.seen_from(key, used);
            if let Some(line) = self.added_again(&container.uses, used, key) {
                return Some(format!("the entry is removed only to be added again at line {line}"));
            }
            if let Some(reason) = self.is_another_key(container, used, key) {
                return Some(reason);
            }
            let domain = self.domain(key);
            if domain == Domain::Constant && facts.function_of(key) == facts.function_of(self.origin(key))
                || self.is_new_value(key)
            {
                return Some("removes a key that is never the one added".into());
            }
        }
        // A variable set up in two steps at load time is no release, nor is what a constructor or a
        // maker sets up before anything is added.
        if function == FunctionId(0) || self.sets_up(container.place, used, shrink) {
            return Some(String::new());
        }
        if let Some(reason) = self.comes_too_late(container, function) {
            return Some(reason);
        }
        let repetition = self.repetition_of(site);
        match repetition.strength {
            // The owner's own teardown: its caller is the user.
            Strength::Never if self.is_teardown(function) && matches!(shrink, Shrink::Key(_)) => None,
            // `onBegin`: who is given the instance calls it.
            Strength::Never if self.is_hook(function) => None,
            Strength::Never => {
                Some(format!("it is emptied only in {}, which nothing here calls", self.function_name(function)))
            }
            Strength::Once if growth.repetition.strength >= Strength::Weak => {
                Some(format!("it is emptied only once, in {}", self.function_name(function)))
            }
            Strength::Weak
                if shrink == Shrink::All
                    && matches!(container.lifetime, Lifetime::Process(_))
                    && !self.is_hook(function) =>
            {
                let same = facts.function_within(facts.function_of(growth.site), function)
                    || facts.function_within(function, facts.function_of(growth.site));
                let called = repetition.entry == Some(function)
                    && self.call_sites(function).is_empty()
                    && self.run_elsewhere(function).is_none_or(|users| users.calls.is_none());
                if same || !called || self.reads_too(container, function) {
                    None
                } else {
                    Some(format!("it is emptied only in {}, which nothing here calls", self.function_name(function)))
                }
            }
            _ => None,
        }
    }

    /// Why a key that is removed is never the one that was added: another type of the same thing, or
    /// another property than the one the code has just asked for.
    fn is_another_key(&self, container: &Container, used: &UseAt, key: NodeId) -> Option<String> {
        let facts = self.facts;
        let added = container.growth.grow.key?;
        let converted = |node: NodeId| match facts.kind(self.origin(node)) {
            NodeKind::Call { callee, args } => {
                let path = self.path_of(callee)?;
                matches!(&*path, "Number" | "parseInt" | "parseFloat" | "String" | "BigInt")
                    .then(|| (path, facts.arg(args, 0)))
            }
            _ => None,
        };
        // An object turns all keys into text; a Map does not.
        if matches!(container.collection, Collection::Map | Collection::Set)
            && let Some((by, Some(inner))) = converted(key)
            && converted(added).is_none()
            && self.text(inner, 80) == self.text(added, 80)
        {
            return Some(format!("removes the key as `{by}(…)`, and it was added without"));
        }
        let (NodeKind::Member { object: removed_of, name: removed }, NodeKind::Member { name: added, .. }) =
            (facts.kind(key), facts.kind(added))
        else {
            return None;
        };
        if removed == added {
            return None;
        }
        let function = facts.function_of(used.node);
        let asked = container.uses.iter().any(|other| match other.what {
            Use::Lookup(asked) => {
                facts.function_of(other.node) == function
                    && matches!(facts.kind(asked), NodeKind::Member { object, name } if name == added && self.place_of(object) == self.place_of(removed_of))
            }
            _ => false,
        });
        asked.then(|| format!("removes `{}`, and asked for another key", self.text(key, 32)))
    }

    /// Whether a method is one by which an owner lets go of its own: by its name, or `using`.
    pub(crate) fn is_teardown(&self, function: FunctionId) -> bool {
        let record = self.facts.function(function);
        let name = self.facts.name(record.name);
        let is_option = || self.object_around(function).is_some_and(|object| self.component_options(object).is_some());
        (name.is_empty() || self.models.has_word("teardown", name))
            && (self.shape_of_member(function).is_some() || !name.is_empty() && is_option())
    }

    /// Whether a method is named like one that others call when something happens: `onBegin` of a reporter.
    fn is_hook(&self, function: FunctionId) -> bool {
        let record = self.facts.function(function);
        let name = self.facts.name(record.name);
        let told = name.strip_prefix("on").is_some_and(|rest| rest.starts_with(char::is_uppercase));
        told && !record.is_static
            && record.class.get().is_some_and(|class| self.escapes_file(self.facts.classes[class.index()].node))
    }

    /// Whether a store of a new value is where a container begins: in the constructor of its owner,
    /// in the function whose variable it is, or in code that runs once.
    pub(crate) fn sets_up(&self, place: PlaceId, used: &UseAt, shrink: Shrink) -> bool {
        let facts = self.facts;
        let NodeKind::Assign { value, .. } = facts.kind(used.node) else { return false };
        if shrink != Shrink::All || !self.is_new_value(facts.value_of(value)) {
            return false;
        }
        let function = facts.function_of(used.node);
        let kind = facts.function(function).kind;
        match self.place_root(place) {
            PlaceKey::Instance(_)
                if matches!(kind, FunctionKind::Constructor | FunctionKind::Fields)
                    || self.is_constructor(function) =>
            {
                true
            }
            PlaceKey::Binding(binding) if facts.binding_function(binding) == function => true,
            // `Registry._all = []` after the class, in the function that makes the class.
            PlaceKey::Statics(shape) if self.function_around(shape) == function => true,
            _ => self.repetition(function).strength == Strength::Once,
        }
    }

    /// Why a release in a function comes only when it is no release any more: on failure, or when
    /// the process ends.
    fn comes_too_late(&self, container: &Container, function: FunctionId) -> Option<String> {
        let facts = self.facts;
        let adds = facts.function_of(container.growth.node);
        let mut next = function;
        while next != FunctionId(0) && next != adds {
            if let Some(node) = facts.function(next).node.get()
                && let NodeKind::Call { callee, args } = facts.kind(facts.node(node).parent)
                && let NodeKind::Member { object, name } = facts.kind(callee)
            {
                let event = facts.arg(args, 0).and_then(|event| self.constant_text(event));
                let ends_process = || {
                    let kind = self.kind_of(object).map_or("", |kind| kind.name.as_str());
                    event.is_some_and(|event| {
                        kind == "process" && self.models.has_word("process-ending-events", event)
                            || kind.ends_with("Server") && event == "close"
                    })
                };
                if facts.name(name) == "catch" && facts.arg(args, 0) == Some(node) {
                    return Some("the entry is removed only when it fails".into());
                }
                if ends_process() {
                    return Some("it is emptied only when the process ends".into());
                }
            }
            next = facts.function(next).parent;
        }
        None
    }

    /// The line on which the same function puts the same key back, as an LRU does on a hit.
    pub(super) fn added_again(&self, uses: &[UseAt], removal: &UseAt, key: NodeId) -> Option<u32> {
        let facts = self.facts;
        let place = self.place_of(key)?;
        let region = facts.node(removal.node).region;
        uses.iter().find_map(|used| {
            let Use::Grow(grow) = &used.what else { return None };
            let same = grow.key.and_then(|key| self.place_of(key)) == Some(place);
            let other = facts.node(used.node).region;
            // After it, where its own branch does not leave before.
            let follows = used.node > removal.node
                && facts.function_of(used.node) == facts.function_of(removal.node)
                && (facts.region_within(other, region)
                    || (!facts.region(region).exits && facts.region_within(region, other)));
            (same && follows).then(|| self.line(used.node))
        })
    }

    /// Whether a function also reads what it empties: it hands the contents on.
    fn reads_too(&self, container: &Container, function: FunctionId) -> bool {
        container.uses.iter().any(|used| {
            matches!(used.what, Use::Read | Use::Escape(_) | Use::Lookup(_))
                && self.facts.function_of(used.node) == function
        })
    }

    /// Whether an addition puts back, on failure, what the same function took out of the place.
    pub(crate) fn is_put_back(&self, node: NodeId, place: PlaceId) -> bool {
        let facts = self.facts;
        let failed = facts.regions_around(node).any(|region| facts.region(region).kind == RegionKind::Catch);
        if !failed {
            return false;
        }
        let function = facts.function_of(node);
        let mut taken = false;
        facts.each_below(node, &mut |part| {
            let NodeKind::Ref { binding, .. } = facts.kind(part) else { return };
            let Some(binding) = binding.get().filter(|binding| facts.binding_function(*binding) == function) else {
                return;
            };
            taken |= facts.constant(binding).is_some_and(|value| {
                let source = match facts.kind(value) {
                    NodeKind::Call { callee, .. } => match facts.kind(callee) {
                        NodeKind::Member { object, .. } => object,
                        _ => value,
                    },
                    _ => value,
                };
                self.place_of(source) == Some(place)
            });
        });
        taken
    }

    /// Whether an expression makes a new object, which is the key of nothing yet.
    #[must_use]
    pub fn is_new_value(&self, node: NodeId) -> bool {
        matches!(
            self.facts.kind(node),
            NodeKind::Object(_)
                | NodeKind::Array(_)
                | NodeKind::Function(_)
                | NodeKind::Class(_)
                | NodeKind::New { .. }
        )
    }

    /// Whether a value depends on the call: parameters, `this`, things made in it.
    #[must_use]
    pub fn is_per_call(&self, node: NodeId) -> bool {
        let facts = self.facts;
        let mut found = false;
        facts.each_below(node, &mut |part| {
            found |= match facts.kind(part) {
                NodeKind::Ref { binding, .. } => {
                    binding.get().is_some_and(|binding| facts.binding_function(binding) != FunctionId(0))
                }
                NodeKind::This
                | NodeKind::New { .. }
                | NodeKind::Object(_)
                | NodeKind::Array(_)
                | NodeKind::Function(_)
                | NodeKind::Call { .. }
                | NodeKind::Await(_) => true,
                _ => false,
            };
        });
        found
    }

    /// Whether a function made in a call of `maker` runs after that call has ended: it is returned,
    /// stored outside, or waits for an event. One that is only called, or handed to `forEach`, is
    /// over when the call is.
    #[must_use]
    pub fn outlives_maker(&self, function: FunctionId, maker: FunctionId) -> bool {
        self.outlives_maker_at(function, maker, 0)
    }

    fn outlives_maker_at(&self, function: FunctionId, maker: FunctionId, depth: u32) -> bool {
        let facts = self.facts;
        let mut next = function;
        while next != maker {
            let record = facts.function(next);
            if record.class.is_some() || record.node.get().is_some_and(|node| self.is_kept(node, depth)) {
                return true;
            }
            match record.parent.get() {
                Some(parent) => next = parent,
                None => return false,
            }
        }
        false
    }

    /// Whether a function value goes where it stays after the call it is made in.
    fn is_kept(&self, node: NodeId, depth: u32) -> bool {
        let facts = self.facts;
        if depth > 6 {
            return false;
        }
        let parent = facts.node(node).parent;
        if !parent.is_some() {
            return facts.function(facts.function_of(node)).returns.contains(&node);
        }
        match facts.kind(parent) {
            NodeKind::Return(_) => true,
            NodeKind::Assign { target, value, .. } if value == node => match facts.kind(target) {
                NodeKind::Ref { binding, .. } => match binding.get() {
                    None => true,
                    Some(binding) => {
                        let home = facts.binding_function(binding);
                        home != facts.function_of(node)
                            || remembered(&self.kept, (binding, depth), false, || {
                                facts.references(binding).iter().any(|reference| {
                                    // Called by a function that stays, or kept itself.
                                    let user = facts.function_of(*reference);
                                    !facts.is_written(*reference)
                                        && (self.is_kept(*reference, depth + 1)
                                            || (user != home
                                                && depth < 3
                                                && self.outlives_maker_at(user, home, depth + 2)))
                                })
                            })
                    }
                },
                _ => true,
            },
            NodeKind::Property { .. }
            | NodeKind::ComputedProperty { .. }
            | NodeKind::Accessor { .. }
            | NodeKind::Object(_)
            | NodeKind::Array(_) => self.is_kept(parent, depth + 1),
            NodeKind::Conditional { .. } | NodeKind::Logical { .. } | NodeKind::Sequence(_) | NodeKind::Await(_) => {
                self.is_kept(parent, depth + 1)
            }
            NodeKind::Call { callee, .. } | NodeKind::New { callee, .. } if callee != node => {
                match self.runs_of(parent, node) {
                    Some(runs) => runs.times != Times::Now,
                    // A method table handed to `Object.assign`, a bound function.
                    None => matches!(facts.kind(node), NodeKind::Object(_)) && self.is_kept(parent, depth + 1),
                }
            }
            NodeKind::Member { object, name } if object == node && facts.name(name) == "bind" => {
                self.is_kept(facts.node(parent).parent, depth + 1)
            }
            _ => false,
        }
    }

    /// Whether a stream is collected until it ends: the container is read where the stream is over.
    #[must_use]
    pub fn is_collected(&self, container: &Container) -> bool {
        let facts = self.facts;
        let event = container.growth.repetition.event.as_deref();
        if !event.is_some_and(|event| matches!(event, "data" | "chunk" | "line" | "readable" | "message")) {
            return false;
        }
        // A stream for each request into one array of the module is no stream that is over.
        let reader =
            self.callback_of(facts.function_of(container.growth.node)).map(|(call, _)| facts.function_of(call));
        if let PlaceKey::Binding(binding) = self.place_root(container.place)
            && facts.binding_function(binding) == FunctionId(0)
            && reader != Some(FunctionId(0))
        {
            return false;
        }
        self.is_of_its_reader(container)
            || container.uses.iter().any(|used| {
                let mut function = facts.function_of(used.node);
                while function != FunctionId(0) {
                    let ends = self.callback_of(function).is_some_and(|(call, _)| {
                        let NodeKind::Call { args, .. } = facts.kind(call) else { return false };
                        facts
                            .arg(args, 0)
                            .and_then(|event| self.constant_text(event))
                            .is_some_and(|event| self.models.has_word("end-events", event))
                    });
                    if ends {
                        return true;
                    }
                    function = facts.function(function).parent;
                }
                false
            })
    }

    /// Whether the call that a container belongs to makes the stream that fills it: both end together.
    fn is_of_its_reader(&self, container: &Container) -> bool {
        let facts = self.facts;
        let PlaceKey::Binding(binding) = self.place_root(container.place) else { return false };
        let home = facts.binding_function(binding);
        let Some((call, _)) = self.callback_of(facts.function_of(container.growth.node)) else { return false };
        let NodeKind::Call { callee, .. } = facts.kind(call) else { return false };
        let NodeKind::Member { object, .. } = facts.kind(callee) else { return false };
        let stream = self.place_of(object).map(|place| self.place_root(place));
        home != FunctionId(0)
            && matches!(stream, Some(PlaceKey::Binding(stream)) if facts.function_within(facts.binding_function(stream), home)
                && matches!(facts.constant(stream).map(|made| facts.kind(made)), Some(NodeKind::Call { .. } | NodeKind::New { .. })))
    }

    /// Whether a value is surely another one each time the event comes that repeats the growth: made
    /// of the event's own data, counted, or new.
    #[must_use]
    pub fn varies(&self, node: NodeId) -> bool {
        self.varies_at(node, 0)
    }

    fn varies_at(&self, node: NodeId, depth: u32) -> bool {
        let facts = self.facts;
        if depth > 4 {
            return false;
        }
        let mut found = false;
        facts.each_below(node, &mut |part| {
            if found {
                return;
            }
            found = match facts.kind(part) {
                NodeKind::Update { .. } => true,
                NodeKind::New { .. } | NodeKind::Object(_) | NodeKind::This => depth == 0,
                NodeKind::Call { callee, .. } => {
                    matches!(
                        self.path_of(callee).as_deref(),
                        Some(
                            "Date.now"
                                | "Math.random"
                                | "crypto:randomUUID"
                                | "crypto.randomUUID"
                                | "crypto:randomBytes"
                        )
                    )
                }
                NodeKind::Ref { binding, .. } => {
                    binding.get().is_some_and(|binding| self.binding_varies(binding, depth))
                }
                _ => false,
            };
        });
        found
    }

    /// Whether a framework runs a function for each thing that comes from outside, and nothing else does: a
    /// decorated handler, a hook among options.
    fn is_run_by_event(&self, function: FunctionId) -> bool {
        let repetition = self.repetition(function);
        repetition.strength == Strength::Strong
            && self.models.has_word("fed-units", &repetition.unit)
            && self.call_sites(function).is_empty()
    }

    /// Whether code of another file gives a parameter another value each time.
    fn varies_elsewhere(&self, function: FunctionId, position: Option<usize>) -> bool {
        position.and_then(|at| self.run_elsewhere(function)?.args.into_iter().nth(at)).is_some_and(|given| given.varies)
    }

    fn binding_varies(&self, binding: BindingId, depth: u32) -> bool {
        let facts = self.facts;
        let function = facts.binding_function(binding);
        // The data of an event.
        let fed = || {
            self.callback_of(function).is_some_and(|(_, runs)| runs.times == Times::Many)
                || self.is_run_by_event(function)
        };
        if facts.binding(binding).kind == BindingKind::Param {
            // `rows.forEach((row) => …)`: an element varies as the list does.
            if let Some((call, runs)) = self.callback_of(function)
                && runs.times == Times::Now
                && let NodeKind::Call { callee, .. } = facts.kind(call)
            {
                return self.varies_at(callee, depth + 1);
            }
            // Or of a caller that has it from one.
            return fed()
                || self.arguments_of(binding).iter().any(|(_, argument)| self.varies_at(*argument, depth + 1))
                || self.varies_elsewhere(function, facts.param_position(binding));
        }
        if function == FunctionId(0) {
            return false;
        }
        facts.constant(binding).is_some_and(|value| match facts.kind(value) {
            NodeKind::Param(_) => fed(),
            _ => self.varies_at(value, depth + 1),
        })
    }

    /// Whether code runs only until something is ready: `if (!app.isReady()) waiting.push(file)`.
    #[must_use]
    pub fn is_before_ready(&self, node: NodeId) -> bool {
        self.facts.is_tested(node, &mut |part| {
            matches!(self.facts.kind(part), NodeKind::Ref { name, .. } | NodeKind::Member { name, .. }
                if words_of(self.facts.name(name)).any(|word| self.models.has_word("readiness", &word)))
        })
    }

    /// Whether a function is a handler until another one takes its place: `onmessage = (e) => waiting.push(e)`, and
    /// later `onmessage = handle`.
    #[must_use]
    pub fn is_handler_for_now(&self, function: FunctionId) -> bool {
        let facts = self.facts;
        let Some(node) = facts.function(function).node.get() else { return false };
        let store = facts.node(node).parent;
        let NodeKind::Assign { op: AssignOp::Set, target, value } = facts.kind(store) else { return false };
        let NodeKind::Member { name, .. } = facts.kind(target) else { return false };
        if value != node || !self.models.has_word("handler-properties", facts.name(name)) {
            return false;
        }
        let Some(place) = self.place_of(target) else { return false };
        self.stores(place).iter().any(|other| {
            matches!(facts.kind(*other), NodeKind::Assign { op: AssignOp::Set, value, .. }
                if *other != store && self.function_of(value).is_some_and(|handler| handler != function))
        })
    }

    /// Whether code that repeats makes instances of a class beside the one that is made at load.
    #[must_use]
    pub fn is_made_again(&self, shape: super::Shape) -> bool {
        self.made_at(shape).into_iter().any(|new| {
            self.facts.function_of(new) != FunctionId(0)
                && !self.is_guarded_once(new)
                && self.repetition_of(new).strength > Strength::Bounded
        })
    }

    /// Whether code is under a condition that only developers see fulfilled, or in a function that is named
    /// so: `connectToDevTools`.
    #[must_use]
    pub fn is_for_development(&self, node: NodeId) -> bool {
        let name = self.facts.name(self.facts.function(self.facts.function_of(node)).name);
        self.facts.is_tested(node, &mut |part| self.models.has_word("development", self.facts.called_name(part)))
            || words_of(name).any(|word| self.models.has_word("development-names", &word))
    }

    /// Whether a class is an aid of developers by its name: `EventProfiling`. A `DevServer` is a server.
    #[must_use]
    pub fn is_of_developers(&self, node: NodeId) -> bool {
        self.shape_of_member(self.facts.function_of(node)).is_some_and(|shape| {
            words_of(&self.shape_name(shape))
                .any(|word| word != "dev" && self.models.has_word("development-names", &word))
        })
    }
}
