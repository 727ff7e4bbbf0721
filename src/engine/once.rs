//! Why a listener is added once, though its code runs again: the emitter is a new one, or has been noted, or the
//! event comes once in its life.

use super::listener::Listener;
use super::{Engine, PlaceId, PlaceKey};
use crate::facts::{AssignOp, FunctionId, FunctionKind, NodeId, NodeKind};

/// Functions that are looked at on the way to a constructor.
const MAX_METHODS: usize = 8;

impl Engine<'_> {
    /// Whether a function is a constructor, or a method that only constructors of its class come to: each
    /// instance comes to it once.
    pub(crate) fn is_part_of_constructor(&self, function: FunctionId) -> bool {
        let facts = self.facts;
        let (mut open, mut seen) = (vec![function], Vec::new());
        while let Some(function) = open.pop() {
            if self.is_once_in_constructor(function) {
                continue;
            }
            if facts.function(function).kind != FunctionKind::Method || seen.len() == MAX_METHODS {
                return false;
            }
            seen.push(function);
            let sites = self.call_sites(function);
            let is_own = |site: &NodeId| match facts.kind(*site) {
                NodeKind::Call { callee, .. } => {
                    matches!(facts.kind(callee), NodeKind::Member { object, .. } if facts.kind(object) == NodeKind::This)
                }
                _ => false,
            };
            if sites.is_empty() || !sites.iter().all(is_own) {
                return false;
            }
            open.extend(sites.iter().map(|site| facts.function_of(*site)).filter(|caller| !seen.contains(caller)));
        }
        true
    }

    /// Whether the code that adds a listener has just made its emitter: `this.box = new Box(); this.box.on(…)`.
    pub(crate) fn is_made_just_before(&self, place: PlaceId, listener: &Listener) -> bool {
        let facts = self.facts;
        self.stores(place).iter().any(|store| {
            let NodeKind::Assign { op: AssignOp::Set | AssignOp::Init, value, .. } = facts.kind(*store) else {
                return false;
            };
            *store < listener.node
                && facts.function_of(*store) == facts.function_of(listener.node)
                && facts.region_within(facts.node(listener.node).region, facts.node(*store).region)
                && matches!(
                    facts.kind(facts.value_of(value)),
                    NodeKind::New { .. } | NodeKind::Call { .. } | NodeKind::Await(_)
                )
        })
    }

    /// Whether the code that adds a listener notes its emitter in a collection that is asked for what it has:
    /// `if (seen.has(root)) return; …; seen.add(root)`.
    #[must_use]
    pub fn notes_receiver(&self, listener: &Listener) -> bool {
        let facts = self.facts;
        let Some(place) = self.listener_place(listener) else { return false };
        let named = self.place_of(listener.receiver);
        // The collection that a call of one of these methods is on, given the emitter or anything.
        let called = |call: NodeId, methods: &[&str], is_given: bool| {
            let NodeKind::Call { callee, args } = facts.kind(call) else { return None };
            let NodeKind::Member { object, name } = facts.kind(callee) else { return None };
            let first = facts.arg(args, 0)?;
            let is_receiver = || self.place_of(first).is_some_and(|first| first == place || named == Some(first));
            (methods.contains(&facts.name(name)) && (!is_given || is_receiver()))
                .then(|| self.place_of(object))
                .flatten()
        };
        let function = facts.function_of(listener.node);
        let noted = facts.calls.iter().filter(|call| facts.function_of(**call) == function);
        noted
            .filter_map(|call| called(*call, &["add", "set"], true))
            .any(|collection| facts.calls.iter().any(|call| called(*call, &["has"], false) == Some(collection)))
    }

    /// Whether nothing but `null` is ever stored in a field: it holds no emitter.
    #[must_use]
    pub fn is_never_set(&self, place: PlaceId) -> bool {
        let PlaceKey::Member(owner, _) = self.place_key(place) else { return false };
        let mut values = self.stored_values(place).peekable();
        matches!(self.place_key(owner), PlaceKey::Instance(_))
            && values.peek().is_some()
            && values.all(|value| matches!(self.facts.kind(value), NodeKind::Null | NodeKind::Undefined))
    }

    /// Whether code runs only while the document loads: `if (document.readyState !== "complete") …`.
    #[must_use]
    pub fn is_while_loading(&self, node: NodeId) -> bool {
        self.facts.is_tested(node, &mut |part| {
            matches!(self.facts.kind(part), NodeKind::Member { .. })
                && self.path_of(part).is_some_and(|path| &*path == "document.readyState")
        })
    }

    /// Whether an event is the end of something that the same code makes: it comes once for each.
    pub(super) fn ends_with(&self, emitter: NodeId, event: &str, node: NodeId) -> bool {
        let facts = self.facts;
        let is_made = |value: NodeId| match facts.kind(facts.value_of(value)) {
            NodeKind::New { .. } => true,
            NodeKind::Call { callee, .. } => self.begins_with(facts.called_name(callee), "making"),
            _ => false,
        };
        let function = facts.function_of(node);
        let origin = self.origin(emitter);
        // What is made when the file loads is used again and again.
        function != FunctionId(0)
            && (self.models.has_word("ending-events", event) || self.models.has_word("opened-events", event))
            && (facts.function_of(origin) == function && is_made(origin)
                || self.place_of(emitter).is_some_and(|place| {
                    self.stores(place).iter().any(|store| {
                        facts.function_of(*store) == function
                            && matches!(facts.kind(*store), NodeKind::Assign { value, .. } if is_made(value))
                    })
                }))
    }

    /// Whether the emitter is one that the same call makes where it is given none: `const socket = given || new Socket()`.
    #[must_use]
    pub fn is_made_unless_given(&self, listener: &Listener) -> bool {
        let facts = self.facts;
        let mut around = facts.function_of(listener.node);
        let mut leaves = Vec::new();
        self.leaves(self.origin(listener.receiver), &mut leaves);
        let made = |leaf: &NodeId| matches!(facts.kind(*leaf), NodeKind::New { .. }).then(|| facts.function_of(*leaf));
        let made: Vec<FunctionId> = leaves.iter().filter_map(made).collect();
        while leaves.len() > 1 && around != FunctionId(0) {
            if made.contains(&around) {
                return true;
            }
            around = facts.function(around).parent;
        }
        false
    }

    /// Whether a part of a condition asks a collection for an entry that the same code fills in.
    #[must_use]
    pub fn is_filled_entry(&self, part: NodeId) -> bool {
        let facts = self.facts;
        let entry = |node: NodeId| match facts.kind(node) {
            NodeKind::Index { object, key } => self.place_of(object).zip(self.place_of(key)),
            _ => None,
        };
        entry(part).is_some_and(|asked| {
            facts.stores.iter().any(|store| {
                facts.function_of(*store) == facts.function_of(part)
                    && matches!(facts.kind(*store), NodeKind::Assign { target, .. } if entry(target) == Some(asked))
            })
        })
    }

    /// Whether the code around a listener says that the connection is for this one piece of work: it is upgraded, or
    /// a stream of events that does not end.
    #[must_use]
    pub fn takes_connection(&self, listener: &Listener) -> bool {
        let facts = self.facts;
        let words = self.models.words("connection-takers");
        let mut around = facts.function_of(listener.node);
        while around != FunctionId(0) {
            let takes = facts.nodes_within(around).any(|node| {
                matches!(facts.kind(node), NodeKind::Str(text) if words.iter().any(|word| word == facts.name(text)))
            });
            if takes {
                return true;
            }
            around = facts.function(around).parent;
        }
        false
    }
}
