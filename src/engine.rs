//! The judgement that all rules share: what a name means, how long a thing lives, how often code
//! runs, what lets go.
//!
//! An [`Engine`] looks at one file. It computes nothing until a rule asks, and remembers answers.

pub(crate) mod call;
mod ending;
mod entry;

pub mod acquisition;
pub mod duration;
pub mod given;
pub mod growth;
pub mod handle;
pub mod keep;
pub mod key;
pub mod large;
pub mod lifetime;
pub mod listener;
pub mod once;
pub mod outside;
pub mod owner;
pub mod place;
pub mod pool;
pub mod promise;
pub mod reload;
pub mod repetition;
pub mod shared;
pub mod survey;
pub mod usage;
pub mod value;
pub mod words;

pub use lifetime::Lifetime;
pub use place::{PlaceId, PlaceKey, Shape};
pub use repetition::{Repetition, Strength};

use crate::facts::{BindingId, Facts, FunctionId, FunctionKind, NodeId, NodeKind, RunBy};
use crate::index::{ALONE, Index};
use crate::models::Models;
use crate::source::{Source, Span};
use rustc_hash::FxHashMap;
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::hash_map::Entry;

/// Aliases are followed this far. Longer chains are not met in code that people wrote.
const MAX_ALIASES: u32 = 12;

/// Answers to one kind of question, by what is asked about.
type Memo<K, V> = RefCell<FxHashMap<K, V>>;

/// The answer to a question, worked out once. Code can be made of itself (`x = x.map(f)`), so a
/// question that is asked again while it is being answered gets `open`. Chains of calls nest as
/// deep as files are long, so each answer sees to it that there is stack left.
fn remembered<K: Copy + Eq + std::hash::Hash, V: Clone>(
    memo: &Memo<K, V>,
    key: K,
    open: V,
    work_out: impl FnOnce() -> V,
) -> V {
    match memo.borrow_mut().entry(key) {
        Entry::Occupied(known) => return known.get().clone(),
        Entry::Vacant(unknown) => unknown.insert(open),
    };
    let answer = stacker::maybe_grow(128 * 1024, 4 * 1024 * 1024, work_out);
    memo.borrow_mut().insert(key, answer.clone());
    answer
}

/// Answers to one kind of question about nodes, where most nodes in question are asked about: found
/// without hashing.
struct ByNode<V> {
    /// For each node, one more than where its answer is; 0 where it was not asked for.
    at: Vec<u32>,
    answers: Vec<V>,
}

thread_local! {
    /// The memory of `at` that files before have left.
    static SPARE: RefCell<Vec<Vec<u32>>> = const { RefCell::new(Vec::new()) };
}

/// Nodes of a file whose memory is kept: few are larger.
const KEPT: usize = 1 << 20;

impl<V> ByNode<V> {
    fn new(nodes: usize) -> RefCell<Self> {
        let mut at = SPARE.with_borrow_mut(Vec::pop).unwrap_or_default();
        at.clear();
        at.resize(nodes, 0);
        RefCell::new(Self { at, answers: Vec::new() })
    }

    fn recycle(self) {
        if self.at.capacity() <= KEPT {
            SPARE.with_borrow_mut(|spare| spare.push(self.at));
        }
    }
}

/// As [`remembered`].
fn remembered_by_node<V: Clone>(memo: &RefCell<ByNode<V>>, node: NodeId, open: V, work_out: impl FnOnce() -> V) -> V {
    let slot = {
        let ByNode { at, answers } = &mut *memo.borrow_mut();
        if at[node.index()] > 0 {
            return answers[at[node.index()] as usize - 1].clone();
        }
        answers.push(open);
        at[node.index()] = u32::try_from(answers.len()).unwrap_or(u32::MAX);
        answers.len() - 1
    };
    let answer = stacker::maybe_grow(128 * 1024, 4 * 1024 * 1024, work_out);
    memo.borrow_mut().answers[slot] = answer.clone();
    answer
}

/// One file under judgement.
pub struct Engine<'a> {
    /// What the file does.
    pub facts: &'a Facts,
    /// What APIs do.
    pub models: &'a Models,
    /// The text, for names and lines in messages.
    pub source: &'a Source,
    /// What other files do.
    pub index: &'a Index,
    asked: RefCell<outside::Asked>,
    given_out: OnceCell<Vec<(&'a str, NodeId)>>,
    /// Whether the code stands in a string that is run as a script.
    pub is_embedded: bool,
    /// Whether every run of the embedded script has the same globals.
    pub shares_globals: bool,
    /// Whether the file is part of a package that others import.
    pub is_library: bool,
    /// Whether its package.json names it for others to import.
    pub is_entry: bool,
    /// Whether the file is part of a project that is in view as a whole.
    pub is_project: bool,
    reloads: OnceCell<Option<Repetition>>,
    program_ends: OnceCell<Vec<FunctionId>>,
    with_ends: OnceCell<rustc_hash::FxHashSet<Shape>>,
    ends: OnceCell<ending::Ends>,
    singletons: Memo<Shape, Option<(u32, &'static str)>>,
    /// How often the top level runs, and why.
    top: Repetition,
    places: RefCell<place::Places>,
    listeners: OnceCell<Vec<listener::Listener>>,
    removals: OnceCell<Vec<NodeId>>,
    removed: Memo<(NodeId, Option<PlaceId>), listener::Removal>,
    emptied: OnceCell<Vec<(NodeId, PlaceId)>>,
    acquisitions: OnceCell<Vec<acquisition::Acquisition<'a>>>,
    entries: OnceCell<Vec<(FunctionId, &'a crate::models::Entry)>>,
    members: OnceCell<place::Grouped>,
    called: OnceCell<call::Called>,
    stores: OnceCell<place::Grouped>,
    mentions: OnceCell<usage::Mentions>,
    repetitions: Memo<FunctionId, repetition::Known>,
    /// Functions whose form does not say how often they run.
    formless: RefCell<rustc_hash::FxHashSet<FunctionId>>,
    guards: Memo<crate::facts::RegionId, Option<PlaceId>>,
    any_calls: Memo<FunctionId, Repetition>,
    origins: Memo<NodeId, NodeId>,
    functions: RefCell<ByNode<Option<FunctionId>>>,
    paths: RefCell<ByNode<Option<std::rc::Rc<str>>>>,
    kinds: Memo<NodeId, Option<&'a crate::models::Kind>>,
    place_kinds: Memo<PlaceId, Option<&'a crate::models::Kind>>,
    primitives: Memo<NodeId, bool>,
    heavies: Memo<NodeId, bool>,
    domains: Memo<NodeId, key::Domain>,
    shapes: Memo<NodeId, Option<Shape>>,
    instances: Memo<PlaceId, Option<Shape>>,
    constructors: Memo<FunctionId, bool>,
    kept: Memo<(BindingId, u32), bool>,
    making_stores: Cell<bool>,
    /// What loops and branches are decided by.
    tests: OnceCell<rustc_hash::FxHashSet<NodeId>>,
    /// Stores of nothing to a member, and the object of each.
    cuts: OnceCell<Vec<(NodeId, NodeId)>>,
    /// Regions that wait for something, and those around them.
    waiting: OnceCell<rustc_hash::FxHashSet<crate::facts::RegionId>>,
    keepings: OnceCell<Vec<keep::Keeping>>,
    when_called: Memo<FunctionId, promise::Settles>,
    larges: Memo<NodeId, Option<large::Large>>,
    escaping: RefCell<FxHashMap<BindingId, bool>>,
    lasting: OnceCell<FxHashMap<Shape, owner::Lasting>>,
    /// `new this()`, with what is called.
    made_of_this: OnceCell<Vec<(NodeId, NodeId)>>,
    counted_names: OnceCell<Vec<crate::facts::Name>>,
    events_of_names: OnceCell<bool>,
    /// Names of the file that are those of compilers' helpers.
    helpers: OnceCell<Vec<crate::facts::Name>>,
}

impl<'a> Engine<'a> {
    /// An engine for one file.
    #[must_use]
    pub fn new(facts: &'a Facts, models: &'a Models, source: &'a Source, index: &'a Index) -> Self {
        Self {
            facts,
            models,
            source,
            index,
            asked: RefCell::default(),
            given_out: OnceCell::new(),
            is_embedded: false,
            shares_globals: false,
            is_library: false,
            is_entry: false,
            reloads: OnceCell::new(),
            program_ends: OnceCell::new(),
            with_ends: OnceCell::new(),
            ends: OnceCell::new(),
            singletons: Memo::default(),
            is_project: false,
            top: Repetition::at_load(),
            places: RefCell::new(place::Places::new(facts.nodes.len(), facts.bindings.len())),
            listeners: OnceCell::new(),
            removals: OnceCell::new(),
            removed: Memo::default(),
            emptied: OnceCell::new(),
            acquisitions: OnceCell::new(),
            entries: OnceCell::new(),
            members: OnceCell::new(),
            called: OnceCell::new(),
            stores: OnceCell::new(),
            mentions: OnceCell::new(),
            repetitions: Memo::default(),
            formless: RefCell::default(),
            guards: Memo::default(),
            any_calls: Memo::default(),
            origins: Memo::default(),
            functions: ByNode::new(facts.nodes.len()),
            paths: ByNode::new(facts.nodes.len()),
            kinds: Memo::default(),
            place_kinds: Memo::default(),
            primitives: Memo::default(),
            heavies: Memo::default(),
            domains: Memo::default(),
            shapes: Memo::default(),
            instances: Memo::default(),
            constructors: Memo::default(),
            kept: Memo::default(),
            making_stores: Cell::new(false),
            tests: OnceCell::new(),
            cuts: OnceCell::new(),
            waiting: OnceCell::new(),
            keepings: OnceCell::new(),
            when_called: Memo::default(),
            larges: Memo::default(),
            escaping: RefCell::new(FxHashMap::default()),
            lasting: OnceCell::new(),
            made_of_this: OnceCell::new(),
            counted_names: OnceCell::new(),
            events_of_names: OnceCell::new(),
            helpers: OnceCell::new(),
        }
    }

    /// An engine for code in a string, which runs as often as `top` says.
    #[must_use]
    pub fn embedded(
        facts: &'a Facts,
        models: &'a Models,
        source: &'a Source,
        top: Repetition,
        shares_globals: bool,
    ) -> Self {
        Self { is_embedded: true, shares_globals, top, ..Self::new(facts, models, source, &ALONE) }
    }

    /// Ends the judgement, and gives its memory to that of the next file.
    pub(crate) fn recycle(self) {
        self.places.into_inner().recycle();
        self.functions.into_inner().recycle();
        self.paths.into_inner().recycle();
    }

    /// The 1-based line of a node, for messages.
    #[must_use]
    pub fn line(&self, node: NodeId) -> u32 {
        self.source.line_of(self.facts.span(node).start)
    }

    /// A node's text on one line, cut to `most` characters.
    #[must_use]
    pub fn text(&self, node: NodeId, most: usize) -> String {
        shorten(self.source.slice(self.facts.span(node)), most)
    }

    /// What to point at for a function: its head, on one line.
    #[must_use]
    pub fn function_span(&self, function: FunctionId) -> Span {
        let head = self.facts.function(function).head;
        if head.start == head.end { Span::new(head.start, head.start) } else { self.first_line(head) }
    }

    /// The part of a span on its first line, without space at its end.
    #[must_use]
    pub fn first_line(&self, span: Span) -> Span {
        let text = self.source.slice(span);
        let line = text.lines().next().unwrap_or_default().trim_end();
        Span::new(span.start, span.start + u32::try_from(line.len()).unwrap_or(0))
    }

    /// What to point at for a hold: the whole of it if it is on one line, else the line with the
    /// name of the method or property.
    #[must_use]
    pub fn hold_span(&self, node: NodeId) -> Span {
        let span = self.facts.span(node);
        let head = match self.facts.kind(node) {
            NodeKind::Call { callee, .. } | NodeKind::New { callee, .. } => callee,
            NodeKind::Assign { target, .. } => target,
            _ => return self.first_line(span),
        };
        let mut start = span.start;
        let end = self.facts.span(head).end;
        if let NodeKind::Member { object, .. } = self.facts.kind(head) {
            // `app\n  .on(…)`: the line is that of `.on`.
            let between = Span::new(self.facts.span(object).end, end);
            if self.source.slice(between).contains('\n') {
                let gap = self.source.slice(between);
                let skipped = gap.len() - gap.trim_start().len();
                start = between.start + u32::try_from(skipped).unwrap_or(0);
            }
        }
        let whole = Span::new(start, span.end);
        let text = self.source.slice(whole);
        if text.contains('\n') { Span::new(start, self.first_line(whole).end) } else { whole }
    }

    /// A function's name as a person would say it: "load", "Cache.get", "the function at line 3".
    #[must_use]
    pub fn function_name(&self, function: FunctionId) -> String {
        let record = self.facts.function(function);
        let name = self.facts.name(record.name);
        match record.kind {
            FunctionKind::Framed(RunBy::Mount) => return "the component".to_string(),
            FunctionKind::Framed(RunBy::Request) => return "the page".to_string(),
            _ => {}
        }
        if record.class.is_some() {
            let class = self.facts.name(self.facts.classes[record.class.index()].name);
            if !class.is_empty() && !name.is_empty() {
                return if name == "constructor" { format!("new {class}") } else { format!("{class}.{name}") };
            }
        }
        if name.is_empty() {
            let line = self.source.line_of(record.span.start);
            format!("the function at line {line}")
        } else {
            name.to_string()
        }
    }
}

/// Text on one line, cut to `most` characters.
#[must_use]
pub fn shorten(text: &str, most: usize) -> String {
    let mut short = String::new();
    for (count, word) in text.split_whitespace().enumerate() {
        if count > 0 {
            short.push(' ');
        }
        short.push_str(word);
        if short.chars().count() > most {
            short = short.chars().take(most.saturating_sub(1)).collect();
            short.push('…');
            break;
        }
    }
    short
}
