//! Repetition: how often a function runs within the life of the file, and why.
//!
//! The answer is the strongest of all ways the function is reached: called, handed to an API that
//! runs it, returned, exported. It flows through calls: a helper called from a request handler
//! runs per request.

use super::place::{class_bindings, function_bindings};
use super::words::words_of;
use super::{Engine, PlaceKey, Shape, remembered};
use crate::facts::{
    AssignOp, BindingId, BindingKind, FunctionId, FunctionKind, LoopKind, NodeId, NodeKind, RegionId, RegionKind, RunBy,
};
use crate::models::Times;
use crate::source::Span;
use rustc_hash::FxHashSet;
use std::fmt;
use std::ops::Deref;
use std::rc::Rc;

/// How strong the evidence is that code runs again and again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// Nothing in view runs it.
    #[default]
    Never,
    /// Once: at load.
    Once,
    /// A number of times that the code or start-up data sets.
    Bounded,
    /// Whoever sets up a program: a service is made and started once in most of them.
    Seldom,
    /// Whoever imports the file may call it again and again.
    Weak,
    /// Something in view runs it again and again.
    Strong,
}

/// How often code runs, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Repetition {
    /// How strong the evidence is.
    pub strength: Strength,
    /// What it runs per: "request", "tick", "call", …
    pub unit: Text,
    /// The reason, as one phrase: "each 'request' of the server at line 12".
    pub reason: Text,
    /// Where the reason is seen.
    pub span: Span,
    /// The name that the world calls it by, where the evidence is weak.
    pub entry: Option<FunctionId>,
    /// The event that starts it, where one does.
    pub event: Option<Text>,
    /// What each step of a round waits for: `'close' handler`, `setTimeout`.
    pub labels: Vec<Text>,
    /// The call by which a round comes back to the function it started in.
    pub back: Option<NodeId>,
}

/// Words of an answer. Answers are handed on for every function of a file and read for few.
#[derive(Clone, Debug)]
pub enum Text {
    /// Part of the program.
    Fixed(&'static str),
    /// Made for this answer.
    Made(Rc<str>),
}

impl Default for Text {
    fn default() -> Self {
        Self::Fixed("")
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::Fixed(text) => text,
            Self::Made(text) => text,
        }
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Text {}

impl fmt::Display for Text {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self)
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        **self == **other
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.to_string()
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self::Made(text.into())
    }
}

impl Repetition {
    /// Once, when the file loads.
    #[must_use]
    pub fn at_load() -> Self {
        Self {
            strength: Strength::Once,
            unit: Text::Fixed("load"),
            reason: Text::Fixed("once, when the file loads"),
            ..Self::default()
        }
    }

    fn never() -> Self {
        Self { reason: Text::Fixed("nothing in view runs it"), ..Self::default() }
    }
}

/// What is remembered of a function: how often it runs, whoever asks.
#[derive(Clone, Debug)]
pub(super) struct Known {
    repetition: Repetition,
    /// How many questions were open for it at most, and how far it led.
    asked: u32,
    steps: usize,
    /// Those asked on the way, where they lead back to the function: on the way from one of these, the
    /// answer is another one.
    round: Rc<[FunctionId]>,
}

/// Functions being asked about, outermost first, and whether the step to the next happens later
/// (through an event or a timer) rather than by a call, what it waits for, and whether it is taken where something
/// has failed.
struct Path {
    steps: Vec<(FunctionId, bool, String, bool)>,
    /// The nodes looked at for each step.
    seen: Vec<FxHashSet<NodeId>>,
    /// The outermost step that an answer was cut short at: answers inside it are not final.
    cut: usize,
    /// Questions whose answers are not final so far, and at most: big files have long call chains.
    asked: u32,
    most: u32,
    /// The most steps so far.
    longest: usize,
    /// Functions asked about so far.
    met: Vec<FunctionId>,
}

impl Path {
    fn new() -> Self {
        Self { steps: Vec::new(), seen: Vec::new(), cut: usize::MAX, asked: 0, most: 0, longest: 0, met: Vec::new() }
    }

    /// Takes what is known of a function, where asking anew would give the same. What is remembered hangs on
    /// the code alone, never on what was asked before it.
    fn take(&mut self, known: &Known) -> bool {
        if self.steps.is_empty() {
            return true;
        }
        let holds = self.steps.len() + known.steps <= MAX_STEPS + 1
            && self.asked + known.asked <= MAX_ASKED
            && !self.steps.iter().any(|step| known.round.contains(&step.0));
        if holds {
            self.most = self.most.max(self.asked + known.asked);
            self.asked += 1;
            self.longest = self.longest.max(self.steps.len() + known.steps);
            self.met.extend_from_slice(&known.round);
        }
        holds
    }
}

/// Callers are followed so far; a longer chain answers "weak" soon enough.
const MAX_STEPS: usize = 24;
const MAX_ASKED: u32 = 200;

impl Engine<'_> {
    /// How often a function runs.
    #[must_use]
    pub fn repetition(&self, function: FunctionId) -> Repetition {
        self.repetition_at(function, &mut Path::new())
    }

    /// Whether nothing in view, and nobody outside, runs the function a node is in.
    #[must_use]
    pub fn is_dead(&self, node: NodeId) -> bool {
        self.repetition(self.facts.function_of(node)).strength == Strength::Never
    }

    /// Whether a release can be of no use: nothing runs it, nor is it a teardown, which its owner's
    /// user runs.
    #[must_use]
    pub fn is_out_of_use(&self, release: NodeId) -> bool {
        let function = self.facts.function_of(release);
        self.is_dead(release) && !self.is_teardown(function) && !self.is_handed_over_by_name(function)
    }

    /// Whether a function is stored as a handler of events: `socket.onclose = () => …`.
    #[must_use]
    pub fn is_handler(&self, function: FunctionId) -> bool {
        let facts = self.facts;
        let Some(node) = facts.function(function).node.get() else { return false };
        match facts.kind(facts.node(node).parent) {
            NodeKind::Assign { target, value, .. } => {
                value == node
                    && matches!(facts.kind(target), NodeKind::Member { name, .. } if self.models.has_word("handler-properties", facts.name(name)))
            }
            _ => false,
        }
    }

    /// Whether a function is in an object that a call is given: `const options = { onCancel() { … } }; show(options)`.
    fn is_handed_over_by_name(&self, function: FunctionId) -> bool {
        let facts = self.facts;
        let Some(object) = self.object_around(function) else { return false };
        let NodeKind::Assign { target, value, .. } = facts.kind(facts.node(object).parent) else { return false };
        let NodeKind::Ref { binding, .. } = facts.kind(target) else { return false };
        value == object
            && binding.get().is_some_and(|binding| {
                facts.references(binding).iter().any(|reference| {
                    matches!(facts.kind(facts.node(*reference).parent), NodeKind::Call { callee, .. } | NodeKind::New { callee, .. } if callee != *reference)
                })
            })
    }

    /// How often the code at a node runs: its function, and the loops around it.
    #[must_use]
    pub fn repetition_of(&self, node: NodeId) -> Repetition {
        let mut path = Path::new();
        self.site(node, &mut path)
    }

    fn repetition_at(&self, function: FunctionId, path: &mut Path) -> Repetition {
        if function == FunctionId(0) {
            return self.top.clone();
        }
        if let Some(known) = self.repetitions.borrow().get(&function)
            && path.take(known)
        {
            return known.repetition.clone();
        }
        if let Some(at) = path.steps.iter().position(|step| step.0 == function) {
            path.cut = path.cut.min(at);
            return self.cycle(path, at);
        }
        if !self.formless.borrow().contains(&function) {
            if let Some(repetition) = self.repetition_by_form(function) {
                let known = Known { repetition: repetition.clone(), asked: 0, steps: 0, round: Rc::default() };
                self.repetitions.borrow_mut().insert(function, known);
                return repetition;
            }
            self.formless.borrow_mut().insert(function);
        }
        let (own, asked, met) = (path.steps.len(), path.asked, path.met.len());
        path.asked += 1;
        path.most = path.most.max(path.asked);
        if own > MAX_STEPS || path.asked > MAX_ASKED {
            path.cut = 0;
            return self.any_call(function);
        }
        let outer = std::mem::replace(&mut path.cut, usize::MAX);
        let longest = std::mem::replace(&mut path.longest, own + 1);
        let most = std::mem::replace(&mut path.most, path.asked);
        path.steps.push((function, false, String::new(), false));
        path.seen.push(FxHashSet::default());
        path.met.push(function);
        let mut best = Repetition::never();
        self.each_use(function, path, &mut best);
        path.steps.pop();
        path.seen.pop();
        if path.cut >= own {
            let round = if path.cut == own { path.met[met..].into() } else { Rc::default() };
            let known = Known { repetition: best.clone(), asked: path.most - asked, steps: path.longest - own, round };
            self.repetitions.borrow_mut().insert(function, known);
            (path.cut, path.asked) = (usize::MAX, asked + 1);
        }
        path.cut = path.cut.min(outer);
        path.longest = path.longest.max(longest);
        path.most = path.most.max(most);
        best
    }

    /// How often a function runs where it says so itself.
    fn repetition_by_form(&self, function: FunctionId) -> Option<Repetition> {
        if let FunctionKind::Framed(run_by) = self.facts.function(function).kind {
            return Some(self.framed(function, run_by));
        }
        match self.entry_of(function) {
            Some(entry) => Some(self.entry_repetition(function, entry)),
            None => self.runs_once_by_form(function),
        }
    }

    /// How often a framework runs code that is not in a function.
    fn framed(&self, function: FunctionId, run_by: RunBy) -> Repetition {
        match run_by {
            RunBy::Mount => self.per_mount(function, "each mount of the component".into()),
            RunBy::Change => Repetition {
                unit: Text::Fixed("change"),
                ..self.per_mount(function, "each change of what this statement reads".into())
            },
            // Built once, or rendered for each request: the configuration says which.
            RunBy::Request => self.weak(function, "request", "each request of the page".into()),
        }
    }

    /// Functions whose form says that they run once: the wrapper a bundler puts around a module, and
    /// a function that replaces itself.
    fn runs_once_by_form(&self, function: FunctionId) -> Option<Repetition> {
        let facts = self.facts;
        let record = facts.function(function);
        let helpers = self.helpers.get_or_init(|| {
            self.models.words("compiler-helpers").iter().filter_map(|word| facts.names.find(word)).collect()
        });
        // Most files have none.
        let mut around = (!helpers.is_empty()).then_some(function);
        while let Some(here) = around {
            let here = facts.function(here);
            if helpers.contains(&here.name) {
                return Some(Repetition {
                    reason: Text::Fixed("once for each class: a helper of a compiler"),
                    strength: Strength::Bounded,
                    span: self.function_span(function),
                    ..Repetition::at_load()
                });
            }
            around = here.parent.get();
        }
        let wrapper_params = record
            .params
            .iter()
            .filter(|param| {
                param.binding.get().is_some_and(|binding| {
                    self.models.has_word("module-wrapper-params", facts.name(facts.binding(binding).name))
                })
            })
            .count();
        let replaces_itself = || {
            function_bindings(facts, function).any(|binding| {
                facts.writes(binding).any(|write| {
                    facts.function_of(write) == function
                        && matches!(facts.kind(write), NodeKind::Assign { op: AssignOp::Set, value, .. } if matches!(facts.kind(value), NodeKind::Function(_)))
                })
            })
        };
        if wrapper_params >= 2 || replaces_itself() {
            return Some(Repetition {
                reason: Text::Fixed("once: a module wrapper, or a function that replaces itself"),
                span: self.function_span(function),
                ..Repetition::at_load()
            });
        }
        None
    }

    /// A function that is reached from itself: again and again if one step waits for an event or
    /// a timer, else a recursion that ends.
    fn cycle(&self, path: &Path, at: usize) -> Repetition {
        let round = &path.steps[at..];
        if !round.iter().any(|step| step.1) {
            return Repetition::never();
        }
        let fails = round.iter().any(|step| step.3 || step.1 && step.2 == "catch");
        let function = round[0].0;
        let mut story = self.function_name(function);
        for step in round.iter().rev().filter(|step| !step.2.is_empty()) {
            story.push_str(" → ");
            story.push_str(&step.2);
        }
        story.push_str(" → ");
        story.push_str(&self.function_name(function));
        Repetition {
            strength: Strength::Strong,
            // What is tried again where it failed is done once where it did not.
            unit: Text::Fixed(if fails { "attempt" } else { "round" }),
            labels: round.iter().filter(|step| step.1).map(|step| step.2.clone().into()).collect(),
            reason: format!("each {}: {story}", if fails { "attempt" } else { "round" }).into(),
            span: self.function_span(function),
            ..Repetition::default()
        }
    }

    /// How often a call site is reached.
    fn site(&self, node: NodeId, path: &mut Path) -> Repetition {
        let facts = self.facts;
        let before = path.steps.last().map(|step| step.3);
        if let Some(step) = path.steps.last_mut() {
            step.3 |= facts.regions_around(node).any(|region| facts.region(region).kind == RegionKind::Catch);
        }
        let mut around = self.repetition_at(facts.function_of(node), path);
        if let (Some(step), Some(before)) = (path.steps.last_mut(), before) {
            step.3 = before;
        }
        if let Some(back) = around.back {
            // A call runs one of two branches: the one that goes round again, or this one.
            if facts.function_of(back) == facts.function_of(node) && self.is_other_branch(back, node) {
                around = self.any_call(facts.function_of(node));
            }
        } else if matches!(&*around.unit, "round" | "attempt") {
            around.back = Some(node);
        }
        for id in facts.regions_around(node) {
            let region = facts.region(id);
            let RegionKind::Loop(kind) = region.kind else { continue };
            let waits = kind == LoopKind::Await
                || (kind == LoopKind::Condition && !self.counts(region.test) && self.waits_in(id));
            if waits && around.strength < Strength::Strong && around.strength > Strength::Never {
                let line = self.line(node);
                around = Repetition {
                    strength: Strength::Strong,
                    unit: Text::Fixed("iteration"),
                    reason: format!("each iteration of the loop around line {line}").into(),
                    span: self.hold_span(node),
                    ..Repetition::default()
                };
            } else if around.strength == Strength::Once {
                around.strength = Strength::Bounded;
                around.reason = Text::Fixed("a loop over what is there at load");
            }
        }
        if around.unit == "tick"
            && let Some(start) = self.ends_its_interval(node)
        {
            around = self.later(start, path, "setInterval".into());
        }
        if around.strength > Strength::Once
            && let Some(flag) = self.guarding_flag(node)
        {
            match self.place_root(flag) {
                // Once for each instance, of which there are several where they are meant to end.
                PlaceKey::Instance(shape) if self.has_end(shape) && self.singleton(shape).is_none() => {
                    let function = facts.function_of(node);
                    let made = self.weak(function, "instance", format!("each new {}", self.shape_name(shape)));
                    around = if around.strength < made.strength { around } else { made };
                }
                // Once for each call of the function whose variable it is: `let released = false;
                // return () => { if (released) return; released = true; … };`
                PlaceKey::Binding(binding) if self.is_flag_of_call(binding) => {
                    let made = self.repetition_at(facts.binding_function(binding), path);
                    around = if around.strength < made.strength { around } else { made };
                }
                _ => {
                    around.strength = Strength::Once;
                    around.reason = Text::Fixed("once: a flag keeps it from running again");
                }
            }
        }
        around
    }

    /// Whether a flag is a variable of a function, which each of its calls has anew.
    fn is_flag_of_call(&self, flag: BindingId) -> bool {
        self.facts.binding_function(flag) != FunctionId(0) && self.facts.binding(flag).kind != BindingKind::Param
    }

    /// The call that started the interval which a node runs in, where the interval is cleared before the node:
    /// `const timer = setInterval(() => { if (ready()) { clearInterval(timer); start(); } })`.
    fn ends_its_interval(&self, node: NodeId) -> Option<NodeId> {
        let facts = self.facts;
        let function = facts.function_of(node);
        let (start, _) = self.callback_of(function)?;
        let NodeKind::Assign { target, .. } = facts.kind(facts.node(start).parent.get()?) else { return None };
        let handle = self.place_of(target)?;
        self.calls_of(&["clearInterval"]).into_iter().find(|call| {
            let NodeKind::Call { args, .. } = facts.kind(*call) else { return false };
            *call < node
                && facts.function_of(*call) == function
                && facts.region_within(facts.node(node).region, facts.node(*call).region)
                && facts.arg(args, 0).and_then(|arg| self.place_of(arg)) == Some(handle)
        })?;
        Some(start)
    }

    /// The innermost loop around a node that goes on until something happens, and waits in each
    /// round: one over data or a number ends by itself.
    #[must_use]
    pub fn waiting_loop(&self, node: NodeId) -> Option<RegionId> {
        self.facts.regions_around(node).find(|id| {
            let region = self.facts.region(*id);
            match region.kind {
                RegionKind::Loop(LoopKind::Await) => true,
                RegionKind::Loop(LoopKind::Condition) => !self.counts(region.test) && self.waits_in(*id),
                _ => false,
            }
        })
    }

    /// Whether a loop waits for something in each round.
    pub(super) fn waits_in(&self, region: RegionId) -> bool {
        let waiting = self.waiting.get_or_init(|| {
            let mut waiting = FxHashSet::default();
            for node in self.facts.waits.iter().copied() {
                for region in self.facts.regions_around(node) {
                    if !waiting.insert(region) {
                        break;
                    }
                }
            }
            waiting
        });
        waiting.contains(&region)
    }

    /// Whether a loop goes over data or counts: `i < n`, `queue.length`.
    fn counts(&self, test: NodeId) -> bool {
        use crate::facts::BinaryOp;
        let facts = self.facts;
        match facts.kind(test) {
            NodeKind::Binary { op: BinaryOp::Less | BinaryOp::Greater, .. } => true,
            NodeKind::Member { name, .. } => matches!(facts.name(name), "length" | "size"),
            NodeKind::Logical { left, right, .. } => self.counts(left) || self.counts(right),
            NodeKind::Update { .. } => true,
            _ => false,
        }
    }

    /// Whether a flag that the guarded code itself sets keeps it from running twice:
    /// `if (!done) { done = true; … }`, `if (done) return; done = true; …`, `x ??= …`. A flag that
    /// something sets back is none, nor is an entry of a collection: that guards once per key.
    #[must_use]
    pub fn is_guarded_once(&self, node: NodeId) -> bool {
        self.guarding_flag(node).is_some()
    }

    /// The flag; the same for all code of a region.
    fn guarding_flag(&self, node: NodeId) -> Option<super::PlaceId> {
        remembered(&self.guards, self.facts.node(node).region, None, || self.find_guarding_flag(node))
    }

    fn find_guarding_flag(&self, node: NodeId) -> Option<super::PlaceId> {
        let facts = self.facts;
        facts.regions_around(node).find_map(|id| {
            let region = facts.region(id);
            let truth = match region.kind {
                RegionKind::Then => true,
                RegionKind::Else => false,
                _ => return None,
            };
            if let Some(place) = self.last_seen(id, truth) {
                return Some(place);
            }
            let mut flags = Vec::new();
            self.flags(region.test, truth, &mut flags);
            flags.into_iter().find_map(|(flag, open)| {
                let place = self.place_of(flag)?;
                (!matches!(self.place_key(place), PlaceKey::Element(_))
                    && self.outlives_calls(place, facts.function_of(node))
                    && self.closes(place, id, open))
                .then_some(place)
            })
        })
    }

    /// The place by which code runs once for each value of a global: `if (this.seen === document) return;
    /// this.seen = document; …`.
    fn last_seen(&self, id: RegionId, truth: bool) -> Option<super::PlaceId> {
        use crate::facts::BinaryOp;
        let facts = self.facts;
        let NodeKind::Binary { op, left, right } = facts.kind(facts.region(id).test) else { return None };
        if !matches!((op, truth), (BinaryOp::Equal, false) | (BinaryOp::NotEqual, true)) {
            return None;
        }
        [(left, right), (right, left)].into_iter().find_map(|(one, other)| {
            let (seen, now) = (self.place_of(one)?, self.place_of(other)?);
            let is_kept = self.stores(seen).iter().any(|store| {
                facts.region_within(facts.node(*store).region, id)
                    && matches!(facts.kind(*store), NodeKind::Assign { value, .. } if self.place_of(value) == Some(now))
            });
            (is_kept && matches!(self.place_key(now), PlaceKey::Global(_))).then_some(seen)
        })
    }

    /// The variables that a test that comes out as `truth` says something of, with the truth that
    /// each then has.
    fn flags(&self, test: NodeId, truth: bool, found: &mut Vec<(NodeId, bool)>) {
        use crate::facts::{BinaryOp, LogicalOp, UnaryOp};
        let facts = self.facts;
        let absent = |node: NodeId| match facts.kind(node) {
            NodeKind::Null | NodeKind::Undefined | NodeKind::Bool(false) => true,
            NodeKind::Str(text) => facts.name(text) == "undefined",
            _ => false,
        };
        match facts.kind(test) {
            NodeKind::Ref { .. } | NodeKind::Member { .. } => found.push((test, truth)),
            NodeKind::Unary { op: UnaryOp::Not, arg } => self.flags(arg, !truth, found),
            NodeKind::Unary { op: UnaryOp::Typeof, arg } => self.flags(arg, truth, found),
            NodeKind::Logical { op: LogicalOp::And, left, right } if truth => {
                self.flags(left, true, found);
                self.flags(right, true, found);
            }
            NodeKind::Logical { op: LogicalOp::Or, left, right } if !truth => {
                self.flags(left, false, found);
                self.flags(right, false, found);
            }
            NodeKind::Binary { op: BinaryOp::Equal, left, right } if absent(right) => self.flags(left, !truth, found),
            NodeKind::Binary { op: BinaryOp::NotEqual, left, right } if absent(right) => self.flags(left, truth, found),
            _ => {}
        }
    }

    /// Whether code in a region sets a flag to the other truth than `open`, and nothing sets it back.
    fn closes(&self, flag: super::PlaceId, region: RegionId, open: bool) -> bool {
        let facts = self.facts;
        let mut closed = false;
        let mut elsewhere = Vec::new();
        for store in self.stores(flag) {
            let NodeKind::Assign { value, op, .. } = facts.kind(*store) else { continue };
            let function = facts.function_of(*store);
            // `x = x || new X()`
            let fills = || {
                matches!(facts.kind(facts.value_of(value)), NodeKind::Logical { left, .. }
                    if facts.region(region).test == left && self.place_of(left) == Some(flag))
            };
            let inside = facts.region_within(facts.node(*store).region, region) || fills();
            let starts = || {
                op == AssignOp::Init
                    || function == FunctionId(0)
                    || facts.function(function).kind == FunctionKind::Constructor
                    || self.is_constructor(function)
                    || self.is_set_up(function)
            };
            match self.truth(value) {
                Some(truth) if truth != open && inside => closed = true,
                Some(truth) if truth != open => elsewhere.push(function),
                _ if op == AssignOp::Logical && inside => closed = true,
                _ if !inside && starts() => {}
                _ => return false,
            }
        }
        // The guarded code may leave it to a function that it calls: `if (!worker) startWorker()`.
        closed
            || elsewhere.into_iter().any(|function| {
                self.call_sites(function).iter().any(|site| facts.region_within(facts.node(*site).region, region))
            })
    }

    /// Whether a condition holds whenever it is asked: a variable of it has the one value that it was declared with.
    #[must_use]
    pub fn is_always_true(&self, test: NodeId) -> bool {
        let mut flags = Vec::new();
        self.flags(test, true, &mut flags);
        self.truth(test) == Some(true)
            || matches!(flags.as_slice(), [(flag, truth)] if self.truth(self.origin(*flag)) == Some(*truth) && self.origin(*flag) != *flag)
    }

    /// Whether a value is surely true or false in a condition.
    fn truth(&self, value: NodeId) -> Option<bool> {
        self.truth_at(value, 0)
    }

    fn truth_at(&self, value: NodeId, depth: u32) -> Option<bool> {
        // A value may be made of itself.
        if depth > 8 {
            return None;
        }
        let facts = self.facts;
        match facts.kind(self.origin(facts.value_of(value))) {
            NodeKind::Bool(truth) => Some(truth),
            NodeKind::Null | NodeKind::Undefined => Some(false),
            NodeKind::Num(at) => Some(facts.numbers[at as usize] != 0.0),
            NodeKind::Str(text) => Some(!facts.name(text).is_empty()),
            NodeKind::Logical { op: crate::facts::LogicalOp::Or | crate::facts::LogicalOp::Nullish, right, .. } => {
                self.truth_at(right, depth + 1).filter(|truth| *truth)
            }
            NodeKind::Function(_)
            | NodeKind::Class(_)
            | NodeKind::Object(_)
            | NodeKind::Array(_)
            | NodeKind::New { .. }
            | NodeKind::Call { .. }
            | NodeKind::Await(_)
            | NodeKind::Template(_) => Some(true),
            _ => None,
        }
    }

    /// Looks at every way a function is reached and keeps the strongest.
    fn each_use(&self, function: FunctionId, path: &mut Path, best: &mut Repetition) {
        let facts = self.facts;
        let record = facts.function(function);
        if let Some(class) = record.class.get() {
            self.member_uses(function, Shape::Class(class), path, best);
        }
        if let Some(node) = record.node.get() {
            self.value_uses(function, node, path, best, 0);
        }
        if self.is_constructor(function) {
            for binding in function_bindings(facts, function) {
                for reference in facts.references(binding) {
                    let parent = facts.node(*reference).parent;
                    if matches!(facts.kind(parent), NodeKind::New { callee, .. } if callee == *reference) {
                        keep(best, self.site(parent, path));
                    }
                }
            }
        }
    }

    /// A member of a class: constructors run per `new`, methods by their name.
    fn member_uses(&self, function: FunctionId, shape: Shape, path: &mut Path, best: &mut Repetition) {
        let facts = self.facts;
        let record = facts.function(function);
        let Shape::Class(class) = shape else { return };
        let class_record = &facts.classes[class.index()];
        match record.kind {
            FunctionKind::StaticFields => keep(best, self.site(class_record.node, path)),
            FunctionKind::Constructor | FunctionKind::Fields => {
                let mut sites = 0;
                for binding in class_bindings(facts, class) {
                    for reference in facts.references(binding) {
                        let parent = facts.node(*reference).parent;
                        if matches!(facts.kind(parent), NodeKind::New { callee, .. } if callee == *reference) {
                            sites += 1;
                            keep(best, self.site(parent, path));
                        }
                    }
                }
                if sites == 0 || self.class_escapes(class) {
                    let reason = format!("each new {}", self.shape_name(shape));
                    keep(best, self.made_outside(function, shape, reason));
                }
            }
            _ if self.mounts(function, shape) => {
                let name = self.shape_name(shape);
                keep(best, self.per_mount(function, format!("each mount of {name}")));
            }
            FunctionKind::Method if !record.is_static && self.served(function, shape).is_some() => {
                let unit = self.served(function, shape).unwrap_or_default().to_string();
                let reason = format!("each {unit} that {} handles", self.function_name(function));
                keep(best, Repetition { unit: unit.into(), ..self.per_mount(function, reason) });
            }
            _ => {
                self.method_uses(function, Some(shape), path, best, 0);
                if best.strength == Strength::Never && self.may_be_called(function) {
                    self.keep_weak(best, function, "call", || format!("each call of {}", self.function_name(function)));
                }
                // `_draw()`, `private draw()`: by custom, nobody but the class calls it.
                let is_own = record.is_private || facts.name(record.name).starts_with(['_', '#']);
                if self.escapes_file(class_record.node) && !(is_own && best.strength > Strength::Never) {
                    let reason = || format!("each call of {}", self.function_name(function));
                    // Where only instances are given out, their users may be in view.
                    if self.class_escapes(class) {
                        keep(best, self.weak(function, "call", reason()));
                    } else {
                        self.keep_outside(best, function, reason);
                    }
                }
            }
        }
    }

    /// How often users of an instance may call a method, whatever the method itself starts.
    #[must_use]
    pub fn called_by_users(&self, function: FunctionId) -> Repetition {
        let class = self.facts.function(function).class;
        match class.get() {
            Some(class) if self.shape_escapes(Shape::Class(class)) => {
                self.weak(function, "call", format!("each call of {}", self.function_name(function)))
            }
            _ => Repetition::at_load(),
        }
    }

    /// Whether instances of a class without a constructor are made by code that repeats, and by no
    /// other.
    #[must_use]
    pub fn is_made_repeatedly(&self, class: crate::facts::ClassId) -> bool {
        let facts = self.facts;
        let Some(binding) = facts.classes[class.index()].binding.get() else { return false };
        let mut made = facts
            .references(binding)
            .iter()
            .map(|reference| facts.node(*reference).parent)
            .filter(|parent| matches!(facts.kind(*parent), NodeKind::New { .. }))
            .peekable();
        let elsewhere = if self.class_escapes(class) {
            let Some(users) = self.made_elsewhere(Shape::Class(class)).filter(|users| !users.unseen) else {
                return false;
            };
            users.made
        } else {
            Vec::new()
        };
        (made.peek().is_some() || !elsewhere.is_empty())
            && elsewhere.iter().all(|made| made.strength == Strength::Strong)
            && made.all(|site| self.repetition_of(site).strength == Strength::Strong)
    }

    /// Whether a method of that name is called on something that cannot be told.
    fn may_be_called(&self, function: FunctionId) -> bool {
        let facts = self.facts;
        self.members(facts.function(function).name).iter().any(|member| {
            let NodeKind::Member { object, .. } = facts.kind(*member) else { return false };
            let called =
                matches!(facts.kind(facts.node(*member).parent), NodeKind::Call { callee, .. } if callee == *member);
            called
                && !matches!(facts.kind(object), NodeKind::This)
                && self.kind_of(object).is_none()
                && self.place_of(object).is_none_or(|place| self.instance_shape(place).is_none())
        })
    }

    /// Whether code outside the file can make instances: the class itself is given away, rather
    /// than what `new` makes of it.
    fn class_escapes(&self, class: crate::facts::ClassId) -> bool {
        let facts = self.facts;
        let record = &facts.classes[class.index()];
        let Some(binding) = record.binding.get() else { return self.escapes_file(record.node) };
        let is_made = |reference: &NodeId| matches!(facts.kind(facts.node(*reference).parent), NodeKind::New { callee, .. } if callee == *reference);
        self.binding_escapes(binding, 0)
            && (facts.is_given_out(binding)
                || facts.is_exported(record.node)
                || facts.references(binding).iter().any(|reference| {
                    !facts.is_written(*reference) && !is_made(reference) && self.escapes_file(*reference)
                })
                || facts.module == crate::facts::ModuleKind::Script
                || self.escapes_file(record.node) && !facts.references(binding).iter().any(is_made))
    }

    /// Whether a framework runs a method each time an instance comes to be.
    fn mounts(&self, function: FunctionId, shape: Shape) -> bool {
        let name = self.facts.name(self.facts.function(function).name);
        self.models.is_mount(name)
            && self.kind_of_place(self.place(PlaceKey::Instance(shape))).is_some_and(|kind| {
                self.models.lineage(kind).iter().any(|kind| kind.mounts.iter().any(|method| method == name))
            })
    }

    /// What a framework calls a method of a class per, the hooks of its start and its end aside.
    fn served(&self, function: FunctionId, shape: Shape) -> Option<&str> {
        let name = self.facts.name(self.facts.function(function).name);
        let is_hook = self.models.has_word("hooks-of-instances", name);
        self.shape_kind(shape, 0)?.serves.as_deref().filter(|_| !is_hook)
    }

    fn per_mount(&self, function: FunctionId, reason: String) -> Repetition {
        Repetition {
            strength: if self.is_of_root(function) { Strength::Seldom } else { Strength::Strong },
            unit: Text::Fixed("mount"),
            reason: reason.into(),
            span: self.function_span(function),
            ..Repetition::default()
        }
    }

    /// Calls and reads of a method by its name, on receivers that are or may be of the shape.
    fn method_uses(
        &self,
        function: FunctionId,
        shape: Option<Shape>,
        path: &mut Path,
        best: &mut Repetition,
        depth: u32,
    ) {
        let facts = self.facts;
        let name = facts.function(function).name;
        for member in self.members(name) {
            let NodeKind::Member { object, .. } = facts.kind(*member) else { continue };
            if best.strength == Strength::Strong {
                return;
            }
            if facts.is_written(*member) {
                continue;
            }
            let receiver = self.place_of(object);
            let matches = match (receiver.map(|place| self.place_key(place)), shape) {
                // A static method and one of instances may have one name.
                (Some(PlaceKey::Instance(found)), Some(shape)) => found == shape && !facts.function(function).is_static,
                (Some(PlaceKey::Statics(found)), Some(shape)) => {
                    found == shape && (facts.function(function).is_static || !matches!(shape, Shape::Class(_)))
                }
                (Some(_), Some(shape)) => receiver.and_then(|place| self.instance_shape(place)) == Some(shape),
                // `new Session(socket).start()`
                (None, Some(shape)) => self.made_shape(object) == Some(shape),
                _ => false,
            };
            match facts.function(function).kind {
                _ if !matches => {}
                // To read it is to run it; what is read is what it returns.
                FunctionKind::Accessor => keep(best, self.site(*member, path)),
                _ => self.value_uses(function, *member, path, best, depth + 1),
            }
        }
    }

    /// What becomes of a function value at a node.
    fn value_uses(&self, function: FunctionId, node: NodeId, path: &mut Path, best: &mut Repetition, depth: u32) {
        let facts = self.facts;
        let fresh = path.seen.last_mut().is_none_or(|seen| seen.insert(node));
        if depth > 8 || best.strength == Strength::Strong || !fresh {
            return;
        }
        let parent = facts.node(node).parent;
        match facts.kind(parent) {
            NodeKind::Call { callee, .. } if callee == node => keep(best, self.site(parent, path)),
            NodeKind::New { callee, .. } if callee == node => keep(best, self.site(parent, path)),
            NodeKind::Call { args, .. } | NodeKind::New { args, .. } if facts.list(args).contains(&node) => {
                self.handed_over_use(function, node, parent, path, best, depth);
            }
            // `f.bind(x)` is the function again; `f.call(x)` a call.
            NodeKind::Member { object, name } if object == node => {
                let call = facts.node(parent).parent;
                if matches!(facts.kind(call), NodeKind::Call { callee, .. } if callee == parent) {
                    match facts.name(name) {
                        "bind" => self.value_uses(function, call, path, best, depth + 1),
                        "call" | "apply" => keep(best, self.site(call, path)),
                        _ => {}
                    }
                }
            }
            NodeKind::Assign { target, value, .. } if value == node => {
                match facts.kind(target) {
                    NodeKind::Ref { binding, .. } => match binding.get() {
                        Some(binding) => self.binding_uses(function, binding, path, best, depth),
                        None => self.keep_weak(best, function, "call", || {
                            format!("each call of the global {}", self.function_name(function))
                        }),
                    },
                    NodeKind::Member { object, name } => {
                        self.property_use(function, parent, object, facts.name(name), path, best, depth)
                    }
                    NodeKind::Index { .. } => self
                        .keep_weak(best, function, "call", || format!("each call of {}", self.function_name(function))),
                    _ => {}
                }
                // `var f = exports.f = function () {}`
                self.value_uses(function, parent, path, best, depth + 1);
            }
            NodeKind::Property { .. } | NodeKind::ComputedProperty { .. } | NodeKind::Accessor { .. } => {
                self.object_use(function, facts.node(parent).parent, path, best, depth);
            }
            NodeKind::Conditional { .. }
            | NodeKind::Logical { .. }
            | NodeKind::Sequence(_)
            | NodeKind::Await(_)
            | NodeKind::Spread(_) => {
                self.value_uses(function, parent, path, best, depth + 1);
            }
            NodeKind::Return(_) => self.returned_use(function, facts.function_of(node), path, best, depth),
            NodeKind::Array(_) => self.object_use(function, parent, path, best, depth),
            NodeKind::Jsx(_) => self.keep_weak(best, function, "event", || {
                format!("each event of the element at line {}", self.line(parent))
            }),
            _ => {}
        }
        // A concise arrow returns its body.
        if !parent.is_some() {
            let around = facts.function_of(node);
            if facts.function(around).returns.contains(&node) {
                self.returned_use(function, around, path, best, depth);
            }
        }
        if facts.is_exported(node) {
            self.keep_outside(best, function, || format!("each call of the exported {}", self.described(function)));
        }
    }

    fn binding_uses(
        &self,
        function: FunctionId,
        binding: BindingId,
        path: &mut Path,
        best: &mut Repetition,
        depth: u32,
    ) {
        let facts = self.facts;
        for reference in facts.references(binding) {
            if !facts.is_written(*reference) {
                self.value_uses(function, *reference, path, best, depth + 1);
            }
        }
        if facts.is_given_out(binding) {
            let what = self.described(function);
            let is_exposed = facts.exposed.binary_search(&binding).is_ok();
            if is_exposed {
                keep(best, self.weak(function, "call", format!("each call of {what}, which the template has")));
            } else {
                self.keep_outside(best, function, || format!("each call of the exported {what}"));
            }
        }
        if facts.module == crate::facts::ModuleKind::Script && facts.binding(binding).scope == crate::facts::ScopeId(0)
        {
            self.keep_weak(best, function, "call", || format!("each call of the global {}", self.described(function)));
        }
    }

    /// A function stored as a property: a method, an export, a handler.
    #[allow(clippy::too_many_arguments, reason = "the parts of one store")]
    fn property_use(
        &self,
        function: FunctionId,
        store: NodeId,
        object: NodeId,
        name: &str,
        path: &mut Path,
        best: &mut Repetition,
        depth: u32,
    ) {
        let place = self.place_of(object);
        let key = place.map(|place| self.place_key(place));
        if self.models.has_word("handler-properties", name)
            && !matches!(key, Some(PlaceKey::Instance(_) | PlaceKey::Exports | PlaceKey::Statics(_)))
        {
            let set = self.later(store, path, format!("'{}' handler", &name[2..]));
            let is_variable = matches!(key, Some(PlaceKey::Binding(_)));
            // `script.onload = …`: what is loaded is loaded once.
            if self.models.has_word("once-events", &name[2..])
                || (is_variable && self.ends_with(object, &name[2..], store))
            {
                keep(best, set);
            } else if set.strength > Strength::Never {
                keep(best, self.strong(&name[2..], "event", store));
            }
            return;
        }
        match key {
            Some(PlaceKey::Instance(shape) | PlaceKey::Statics(shape)) => {
                self.method_uses(function, Some(shape), path, best, depth);
                if best.strength == Strength::Never && self.may_be_called(function) || self.shape_escapes(shape) {
                    self.keep_weak(best, function, "call", || {
                        format!("each call of {}.{name}", self.shape_name(shape))
                    });
                }
            }
            Some(PlaceKey::Exports) => {
                if let Some(place) = place {
                    self.place_calls(function, place, path, best, depth);
                }
                self.keep_outside(best, function, || format!("each call of the exported {name}"));
            }
            _ => {
                if let Some(place) = place {
                    self.place_calls(function, place, path, best, depth);
                }
                // An object of this file that is only used here is called here.
                let is_private = |place| match self.place_key(place) {
                    PlaceKey::Binding(binding) => self.is_private(binding),
                    _ => false,
                };
                if place.is_some_and(is_private) {
                    return;
                }
                // `module.exports = function () {}` and stores on what others can reach.
                self.keep_outside(best, function, || {
                    if name == "exports" && self.is_global(object, "module") {
                        format!("each call of the exported {}", self.described(function))
                    } else {
                        format!("each call of {name}")
                    }
                });
            }
        }
    }

    /// Whether what is in an object literal is taken out under names that are not constant.
    fn is_taken_by_key(&self, object: NodeId) -> bool {
        let facts = self.facts;
        let NodeKind::Assign { target, value, .. } = facts.kind(facts.node(object).parent) else { return false };
        let NodeKind::Ref { binding, .. } = facts.kind(target) else { return false };
        value == object
            && binding.get().is_some_and(|binding| {
                facts.references(binding).iter().any(|reference| {
                    facts.parents(*reference).any(|parent| {
                        matches!(facts.kind(parent), NodeKind::Index { object, .. } if object == *reference)
                            && !facts.is_written(parent)
                    })
                })
            })
    }

    /// Whether a variable holds an object literal that nothing but the file's own members of it reach.
    fn is_private(&self, binding: BindingId) -> bool {
        let facts = self.facts;
        matches!(facts.constant(binding).map(|value| facts.kind(value)), Some(NodeKind::Object(_)))
            && !facts.is_given_out(binding)
            && facts.module != crate::facts::ModuleKind::Script
            && facts.references(binding).iter().all(|reference| {
                let named =
                    |parent| matches!(facts.kind(parent), NodeKind::Member { object, .. } if object == *reference);
                facts.is_written(*reference) || facts.parents(*reference).all(named)
            })
    }

    /// Calls of the same-named property of a place: `api.load()` for `api.load = function`.
    fn place_calls(
        &self,
        function: FunctionId,
        object: super::PlaceId,
        path: &mut Path,
        best: &mut Repetition,
        depth: u32,
    ) {
        let facts = self.facts;
        let name = facts.function(function).name;
        for member in self.members(name) {
            let NodeKind::Member { object: receiver, .. } = facts.kind(*member) else { continue };
            if !facts.is_written(*member) && self.place_of(receiver) == Some(object) {
                self.value_uses(function, *member, path, best, depth + 1);
            }
        }
    }

    /// A function in an object or array literal.
    fn object_use(&self, function: FunctionId, object: NodeId, path: &mut Path, best: &mut Repetition, depth: u32) {
        let facts = self.facts;
        if let Some(place) = self.object_place(object, 0) {
            self.place_calls(function, place, path, best, depth);
            if let PlaceKey::Instance(shape) = self.place_key(place) {
                self.method_uses(function, Some(shape), path, best, depth);
            }
        }
        let name = facts.name(facts.function(function).name);
        if self.models.is_mount(name)
            && self.component_options(object).is_some_and(|kind| kind.mounts.iter().any(|method| method == name))
        {
            keep(best, self.per_mount(function, "each mount of the component".into()));
            return;
        }
        // An options object with a callback that the models know.
        let call = facts.node(object).parent;
        if let Some(runs) = self.runs_of(call, facts.function(function).node) {
            keep(best, self.run_by(call, &runs.per, runs.times, path));
            return;
        }
        if let Some((call, runs)) = self.runs_methods_of(object) {
            keep(best, self.run_by(call, &runs.per, runs.times, path));
            return;
        }
        // `for (const name in methods) Api.prototype[name] = methods[name]`
        if self.is_taken_by_key(object) {
            self.keep_any_call(best, function);
            return;
        }
        if self.escapes_file(object) {
            self.keep_outside(best, function, || format!("each call of {}", self.described(function)));
            return;
        }
        if matches!(
            facts.kind(facts.node(object).parent),
            NodeKind::Call { .. }
                | NodeKind::New { .. }
                | NodeKind::Return(_)
                | NodeKind::Property { .. }
                | NodeKind::Array(_)
        ) || depth > 4
        {
            self.keep_any_call(best, function);
        }
    }

    /// A function that another one returns: it runs wherever the result is used.
    fn returned_use(
        &self,
        function: FunctionId,
        maker: FunctionId,
        path: &mut Path,
        best: &mut Repetition,
        depth: u32,
    ) {
        let facts = self.facts;
        let maker_node = facts.function(maker).node;
        // An effect's cleanup runs at its end; a promise of one is dropped.
        if let Some((call, runs)) = self.callback_of(maker)
            && (runs.cleanup || !runs.per.is_empty())
        {
            if runs.cleanup && !facts.function(maker).is_async {
                keep(best, self.later(call, path, "cleanup".into()));
            }
            return;
        }
        // `const load = (() => { …; return () => {…} })()`
        if self.is_called_at_once(maker)
            && let Some(node) = maker_node.get()
        {
            let mut call = facts.node(node).parent;
            if matches!(facts.kind(call), NodeKind::Member { .. }) {
                call = facts.node(call).parent;
            }
            self.value_uses(function, call, path, best, depth + 1);
            return;
        }
        for binding in function_bindings(facts, maker).collect::<Vec<_>>() {
            for reference in facts.references(binding) {
                let call = facts.node(*reference).parent;
                if matches!(facts.kind(call), NodeKind::Call { callee, .. } if callee == *reference) {
                    self.value_uses(function, call, path, best, depth + 1);
                }
            }
        }
        self.keep_weak(best, function, "call", || {
            format!("each call of the function that {} returns", self.described(maker))
        });
    }

    /// A function handed to a call.
    fn handed_over_use(
        &self,
        function: FunctionId,
        node: NodeId,
        call: NodeId,
        path: &mut Path,
        best: &mut Repetition,
        depth: u32,
    ) {
        let facts = self.facts;
        let (NodeKind::Call { callee, args } | NodeKind::New { callee, args }) = facts.kind(call) else { return };
        if let Some(runs) = self.runs_of(call, node) {
            keep(best, self.run_by(call, &runs.per, runs.times, path));
            return;
        }
        // A function of this file: what it does with the parameter.
        if let Some(target) = self.function_of(callee) {
            let position = facts.list(args).iter().position(|arg| *arg == node);
            let param = position.and_then(|at| facts.function(target).params.get(at)).map(|param| param.binding);
            if let Some(binding) = param.and_then(BindingId::get) {
                // Called while the call lasts: as often as this call, whoever else calls the helper.
                if self.is_only_called(binding, target) {
                    keep(best, self.site(call, path));
                    return;
                }
                // Called when the helper has its answer: as often as this call too.
                if let Some(label) = self.called_later(binding, target) {
                    keep(best, self.later(call, path, label));
                    return;
                }
                if let Some(step) = path.steps.last_mut() {
                    step.2 = String::new();
                }
                let before = best.strength;
                self.binding_uses(function, binding, path, best, depth + 1);
                if best.strength > before {
                    return;
                }
            }
        }
        // What removes a listener does not run it.
        if let NodeKind::Member { name, .. } = facts.kind(callee)
            && self.models.removes_listeners(facts.name(name))
        {
            return;
        }
        self.weak_callback(function, call, path, best);
    }

    /// Whether a function does nothing with a parameter but call it, in its own code.
    fn is_only_called(&self, param: BindingId, function: FunctionId) -> bool {
        self.is_only_called_at(param, function, 0)
    }

    fn is_only_called_at(&self, param: BindingId, function: FunctionId, depth: u32) -> bool {
        let facts = self.facts;
        let mut uses = facts.references(param).iter().filter(|reference| !facts.is_written(**reference)).peekable();
        uses.peek().is_some()
            && uses.all(|reference| {
                let parent = facts.node(*reference).parent;
                let called = match facts.kind(parent) {
                    NodeKind::Call { callee, .. } if callee == *reference => true,
                    NodeKind::Member { object, name } => {
                        object == *reference && matches!(facts.name(name), "call" | "apply" | "length" | "name")
                    }
                    NodeKind::Unary { .. } | NodeKind::Logical { .. } | NodeKind::Binary { .. } => true,
                    NodeKind::Conditional { test, .. } => test == *reference,
                    // `given.forEach(callback)`, `baseEach(given, callback)`
                    NodeKind::Call { callee, args } => {
                        let now = self.runs_of(parent, *reference).is_some_and(|runs| runs.times == Times::Now);
                        let handed = || {
                            let position = facts.list(args).iter().position(|arg| arg == reference)?;
                            let target = self.function_of(callee)?;
                            let inner = facts.function(target).params.get(position)?.binding.get()?;
                            (depth < 3).then(|| self.is_only_called_at(inner, target, depth + 1))
                        };
                        now || handed() == Some(true)
                    }
                    _ => false,
                };
                called && facts.function_of(*reference) == function
            })
    }

    /// What a function waits for before it calls a parameter, once, and does nothing else with it:
    /// `function read(path, callback) { fs.readFile(path, (error, text) => callback(text)); }`.
    fn called_later(&self, param: BindingId, function: FunctionId) -> Option<String> {
        let facts = self.facts;
        let mut label = None;
        for reference in facts.references(param).iter().filter(|reference| !facts.is_written(**reference)) {
            let parent = facts.node(*reference).parent;
            match facts.kind(parent) {
                NodeKind::Call { callee, .. } if callee == *reference => {}
                NodeKind::Unary { .. } | NodeKind::Logical { .. } | NodeKind::Binary { .. } => continue,
                _ => return None,
            }
            let mut around = facts.function_of(*reference);
            while around != function {
                let (call, runs) = self.callback_of(around)?;
                if runs.times == Times::Many
                    || facts.regions_around(call).any(|region| matches!(facts.region(region).kind, RegionKind::Loop(_)))
                {
                    return None;
                }
                label.get_or_insert_with(|| self.api_label(call));
                around = facts.function(around).parent.get()?;
            }
        }
        label
    }

    fn weak_callback(&self, function: FunctionId, call: NodeId, path: &mut Path, best: &mut Repetition) {
        let around = self.repetition_at(self.facts.function_of(call), path);
        if best.strength >= Strength::Weak {
            return;
        }
        let mut weak = self.weak(
            function,
            "call",
            format!("each time {} runs its callback (line {})", self.callee_text(call), self.line(call)),
        );
        // A callback given at load time to something unknown: set-up as likely as not.
        if matches!(around.strength, Strength::Once | Strength::Bounded) {
            weak.strength = Strength::Bounded;
        }
        keep(best, weak);
    }

    /// How often an API runs its callback.
    fn run_by(&self, call: NodeId, per: &str, times: Times, path: &mut Path) -> Repetition {
        let label = self.api_label(call);
        match times {
            Times::Now => self.site(call, path),
            Times::Later => self.later(call, path, label),
            Times::Many if self.comes_once(call) => self.later(call, path, label),
            Times::Many
                if per == "mount" && self.is_of_root(self.facts.function_of(call)) || self.comes_seldom(call) =>
            {
                Repetition { strength: Strength::Seldom, ..self.strong_call(call, per) }
            }
            Times::Many => {
                let around = self.later(call, path, label);
                if around.strength == Strength::Never { around } else { self.strong_call(call, per) }
            }
        }
    }

    /// Whether a call waits for an event that comes once, whoever sends it or by the kind of what does: the
    /// end of loading, the start of a program.
    fn comes_once(&self, call: NodeId) -> bool {
        let facts = self.facts;
        let NodeKind::Call { callee, args } = facts.kind(call) else { return false };
        if facts.list(args).iter().any(|arg| self.says_once(*arg)) {
            return true;
        }
        let Some(first) = facts.arg(args, 0) else { return false };
        let Some(event) = self.constant_text(first) else {
            // `Events.DID_FINISH_LAUNCHING`: the name tells.
            return matches!(facts.kind(first), NodeKind::Member { name, .. } if self.names_a_beginning(facts.name(name)));
        };
        let NodeKind::Member { object, .. } = facts.kind(callee) else {
            return self.models.has_word("once-events", event);
        };
        self.is_once_event(object, event) || self.ends_with(object, event, call)
    }

    /// Whether a call waits for an event that seldom comes while a program runs, by the kind of what sends it.
    fn comes_seldom(&self, call: NodeId) -> bool {
        let facts = self.facts;
        let NodeKind::Call { callee, args } = facts.kind(call) else { return false };
        let NodeKind::Member { object, .. } = facts.kind(callee) else { return false };
        let event = facts.arg(args, 0).and_then(|first| self.constant_text(first));
        event
            .zip(self.kind_of(object))
            .is_some_and(|(event, kind)| self.models.has_word("seldom-events", &format!("{}#{event}", kind.name)))
            || event == Some("ready") && self.is_one_of_the_program(object, call)
    }

    /// Whether code that runs at load listens to something that the program has one of.
    fn is_one_of_the_program(&self, emitter: NodeId, call: NodeId) -> bool {
        let place = self.place_of(emitter).map(|place| self.place_key(place));
        let is_one = match place {
            Some(PlaceKey::Global(_)) => true,
            Some(PlaceKey::Binding(binding)) => self.facts.binding_function(binding) == FunctionId(0),
            _ => false,
        };
        is_one && self.facts.function_of(call) == FunctionId(0)
    }

    /// `{ once: true }`
    fn says_once(&self, options: NodeId) -> bool {
        let facts = self.facts;
        let NodeKind::Object(parts) = facts.kind(options) else { return false };
        facts.list(parts).iter().any(|part| {
            matches!(facts.kind(*part), NodeKind::Property { key, value }
                if facts.name(key) == "once" && facts.kind(value) == NodeKind::Bool(true))
        })
    }

    /// Whether an event is named like the start of something.
    fn names_a_beginning(&self, event: &str) -> bool {
        words_of(event).next_back().is_some_and(|word| self.models.has_word("start-events", &word))
    }

    /// Whether an emitter sends an event once, as far as its kind or the name of the event tells.
    #[must_use]
    pub fn is_once_event(&self, emitter: NodeId, event: &str) -> bool {
        let has = |name: &str| self.models.has_word("once-events", name);
        has(event)
            || self.names_a_beginning(event)
            || self.kind_of(emitter).is_some_and(|kind| has(&format!("{}#{event}", kind.name)))
            || matches!(self.facts.kind(self.origin(emitter)), NodeKind::This)
                && self.models.has_word("own-start-events", event)
    }

    /// Whether a function belongs to the component that all others are in: a program mounts it once.
    fn is_of_root(&self, function: FunctionId) -> bool {
        let facts = self.facts;
        let is_root = |name: &str| {
            let mut words = words_of(name).peekable();
            words.peek().is_some()
                && words.all(|word| self.models.has_word("root-components", &word))
                && words_of(name).any(|word| word != "component")
        };
        let file = self.source.path.rsplit('/').next().unwrap_or_default();
        let (stem, _) = file.split_once('.').unwrap_or((file, ""));
        std::iter::successors(Some(function), |function| facts.function(*function).parent.get()).any(|function| {
            let record = facts.function(function);
            is_root(facts.name(record.name))
                || record.class.get().is_some_and(|class| is_root(&self.shape_name(Shape::Class(class))))
        }) || crate::blocks::markup(&self.source.path).is_some() && is_root(stem)
    }

    /// How often a site is reached that starts something later.
    fn later(&self, site: NodeId, path: &mut Path, label: String) -> Repetition {
        let before = path.steps.last().map(|step| (step.1, step.2.clone()));
        if let Some(step) = path.steps.last_mut() {
            (step.1, step.2) = (true, label);
        }
        let found = self.site(site, path);
        if let (Some(step), Some(before)) = (path.steps.last_mut(), before) {
            (step.1, step.2) = before;
        }
        found
    }

    fn strong_call(&self, call: NodeId, per: &str) -> Repetition {
        let facts = self.facts;
        let (NodeKind::Call { callee, args } | NodeKind::New { callee, args }) = facts.kind(call) else {
            return Repetition::never();
        };
        let line = self.line(call);
        let event = facts.arg(args, 0).and_then(|first| self.constant_text(first));
        let reason = match (per, facts.kind(callee), event) {
            ("tick", ..) => format!("each tick of the {} at line {line}", self.callee_text(call)),
            ("frame", ..) => format!("each frame (line {line})"),
            (_, NodeKind::Member { object, .. }, Some(event)) if !event.contains('/') => {
                format!("each '{}' of {} (line {line})", super::shorten(event, 24), self.text(object, 24))
            }
            (_, NodeKind::Member { .. }, Some(route)) => {
                format!("each {per} to {} (line {line})", super::shorten(route, 32))
            }
            _ => format!("each {per} that {} at line {line} handles", self.callee_text(call)),
        };
        Repetition {
            strength: Strength::Strong,
            unit: per.to_string().into(),
            reason: reason.into(),
            span: self.hold_span(call),
            event: event.map(|event| event.to_string().into()),
            ..Repetition::default()
        }
    }

    fn strong(&self, event: &str, unit: &str, site: NodeId) -> Repetition {
        Repetition {
            strength: Strength::Strong,
            unit: unit.to_string().into(),
            reason: format!("each '{event}' event (line {})", self.line(site)).into(),
            span: self.hold_span(site),
            event: Some(event.to_string().into()),
            ..Repetition::default()
        }
    }

    /// Keeps how often code of other files runs a function that they can reach: anybody may call it, where
    /// not all of them are in view.
    fn keep_outside(&self, best: &mut Repetition, function: FunctionId, reason: impl FnOnce() -> String) {
        let calls = match self.run_elsewhere(function) {
            None => None,
            Some(users) => match users.calls {
                Some(calls) if calls.strength == Strength::Strong => Some(calls),
                _ if users.unseen => None,
                Some(calls) if calls.strength == Strength::Weak => None,
                Some(calls) => Some(calls),
                None => return,
            },
        };
        match calls {
            // Words cost more than the rest.
            None if best.strength >= Strength::Weak => {}
            None => keep(best, self.weak(function, "call", reason())),
            Some(calls) => keep(
                best,
                Repetition {
                    strength: calls.strength,
                    unit: calls.unit.into(),
                    reason: calls.reason.into(),
                    span: self.function_span(function),
                    ..Repetition::default()
                },
            ),
        }
    }

    /// How often code of other files makes an instance of a class that they can reach.
    fn made_outside(&self, function: FunctionId, shape: Shape, reason: String) -> Repetition {
        let made = self.made_elsewhere(shape).filter(|users| !users.unseen && !users.made.is_empty());
        let Some(most) = made.and_then(|users| {
            let several = users.made.len() > 1;
            let mut most = users.made.into_iter().max_by_key(|made| made.strength)?;
            if several {
                most.strength = most.strength.max(Strength::Bounded);
            }
            Some(most)
        }) else {
            let mut made = self.weak(function, "instance", reason);
            // Who has a way to the one instance makes no other.
            if self.singleton(shape).is_some() {
                made.strength = Strength::Seldom;
            }
            return made;
        };
        Repetition {
            strength: most.strength,
            unit: most.unit.into(),
            reason: most.reason.into(),
            span: self.function_span(function),
            entry: matches!(most.strength, Strength::Weak | Strength::Seldom).then_some(function),
            ..Repetition::default()
        }
    }

    /// How often an API runs a value that a call hands to it.
    #[must_use]
    pub fn repetition_when_handed(&self, call: NodeId, callback: NodeId) -> Option<Repetition> {
        let runs = self.runs_of(call, callback)?;
        Some(self.run_by(call, &runs.per, runs.times, &mut Path::new()))
    }

    /// Keeps that whoever is out of sight may run a function, unless more is known already.
    fn keep_weak(
        &self,
        best: &mut Repetition,
        function: FunctionId,
        unit: &'static str,
        reason: impl FnOnce() -> String,
    ) {
        if best.strength < Strength::Weak {
            *best = self.weak(function, unit, reason());
        }
    }

    /// Keeps that whoever is out of sight may call a function, unless more is known already.
    fn keep_any_call(&self, best: &mut Repetition, function: FunctionId) {
        if best.strength < Strength::Weak {
            *best = self.any_call(function);
        }
    }

    /// Whoever is out of sight may call a function: the answer where there is no better one.
    fn any_call(&self, function: FunctionId) -> Repetition {
        remembered(&self.any_calls, function, Repetition::never(), || {
            self.weak(function, "call", format!("each call of {}", self.described(function)))
        })
    }

    fn weak(&self, function: FunctionId, unit: &'static str, reason: String) -> Repetition {
        Repetition {
            strength: if self.starts_a_service(function) || self.makes_a_root(function) {
                Strength::Seldom
            } else {
                Strength::Weak
            },
            unit: Text::Fixed(unit),
            reason: reason.into(),
            span: self.function_span(function),
            entry: Some(function),
            ..Repetition::default()
        }
    }

    /// Whether a function's name says that it makes or starts what a program has one of:
    /// `new HttpServer()`, `app.listen()`, `startServer()`. What has an end of its own may be made again.
    fn starts_a_service(&self, function: FunctionId) -> bool {
        let facts = self.facts;
        let record = facts.function(function);
        let name = facts.name(record.name);
        let is_service =
            |name: &str| words_of(name).next_back().is_some_and(|word| self.models.has_word("services", &word));
        let starts = |name: &str| self.begins_with(name, "starting");
        match self.shape_of_member(function) {
            Some(shape) => {
                is_service(&self.shape_name(shape))
                    && (matches!(record.kind, FunctionKind::Constructor | FunctionKind::Fields)
                        || self.is_constructor(function)
                        || starts(name))
                    && !self.has_end(shape)
            }
            None => starts(name) && is_service(name),
        }
    }

    /// Whether a function is the constructor of the component that all others are in.
    fn makes_a_root(&self, function: FunctionId) -> bool {
        matches!(self.facts.function(function).kind, FunctionKind::Constructor | FunctionKind::Fields)
            && self.is_of_root(function)
    }

    /// The class that a function is a member of, or the constructor that it is or is on the prototype of.
    #[must_use]
    pub fn shape_of_member(&self, function: FunctionId) -> Option<Shape> {
        let record = self.facts.function(function);
        if let Some(class) = record.class.get() {
            return Some(Shape::Class(class));
        }
        if self.is_constructor(function) {
            return Some(Shape::Constructor(function));
        }
        match self.place_key(self.function_owner(function, 0)?) {
            PlaceKey::Instance(shape) | PlaceKey::Statics(shape) => Some(shape),
            _ => None,
        }
    }

    /// What a call is called in a story: `setTimeout`, `'close' handler`.
    fn api_label(&self, call: NodeId) -> String {
        let facts = self.facts;
        let (NodeKind::Call { callee, args } | NodeKind::New { callee, args }) = facts.kind(call) else {
            return String::new();
        };
        match (facts.kind(callee), facts.arg(args, 0).and_then(|first| self.constant_text(first))) {
            (NodeKind::Member { .. }, Some(event)) => format!("'{}' handler", super::shorten(event, 24)),
            _ => self.callee_text(call),
        }
    }

    /// The name of what is called.
    #[must_use]
    pub fn callee_text(&self, call: NodeId) -> String {
        match self.facts.kind(call) {
            NodeKind::Call { callee, .. } | NodeKind::New { callee, .. } => match self.facts.kind(callee) {
                NodeKind::Member { name, object } => match self.facts.kind(object) {
                    NodeKind::Ref { name: receiver, .. } => {
                        format!("{}.{}", self.facts.name(receiver), self.facts.name(name))
                    }
                    NodeKind::This => format!("this.{}", self.facts.name(name)),
                    _ => self.facts.name(name).to_string(),
                },
                NodeKind::Ref { name, .. } => self.facts.name(name).to_string(),
                _ => "the call".to_string(),
            },
            _ => "the call".to_string(),
        }
    }

    fn described(&self, function: FunctionId) -> String {
        let name = self.function_name(function);
        if name.starts_with("the ") || name.contains('.') || name.starts_with("new ") {
            name
        } else {
            format!("function {name}")
        }
    }

    /// Whether code outside the file can reach a value: exported, returned by what is exported,
    /// hung on a global.
    #[must_use]
    pub fn escapes_file(&self, node: NodeId) -> bool {
        self.escapes_at(node, 0)
    }

    fn escapes_at(&self, node: NodeId, depth: u32) -> bool {
        let facts = self.facts;
        if depth > 6 || !node.is_some() {
            return false;
        }
        if facts.is_exported(node) {
            return true;
        }
        let parent = facts.node(node).parent;
        match facts.kind(parent) {
            NodeKind::Assign { target, value, .. } if value == node => match facts.kind(target) {
                NodeKind::Ref { binding, .. } => match binding.get() {
                    Some(binding) => self.binding_escapes(binding, depth),
                    None => true,
                },
                NodeKind::Member { object, .. } | NodeKind::Index { object, .. } => {
                    let key = self.place_of(object).map(|place| self.place_root(place));
                    match key {
                        Some(PlaceKey::Exports | PlaceKey::Global(_) | PlaceKey::GlobalObject) => true,
                        Some(PlaceKey::Binding(binding)) => self.binding_escapes(binding, depth),
                        Some(PlaceKey::Statics(shape) | PlaceKey::Instance(shape)) => {
                            self.shape_escapes_at(shape, depth + 1)
                        }
                        _ => self.is_global(object, "module"),
                    }
                }
                _ => false,
            },
            NodeKind::Property { .. }
            | NodeKind::Object(_)
            | NodeKind::Conditional { .. }
            | NodeKind::Logical { .. }
            | NodeKind::Array(_)
            | NodeKind::New { .. } => self.escapes_at(parent, depth + 1),
            NodeKind::Call { args, .. } => facts.list(args).contains(&node) && self.escapes_at(parent, depth + 1),
            NodeKind::Return(_) => true,
            _ => false,
        }
    }

    /// Whether code outside the file can reach a variable's value.
    #[must_use]
    pub fn binding_escapes(&self, binding: BindingId, depth: u32) -> bool {
        let facts = self.facts;
        if facts.is_given_out(binding) {
            return true;
        }
        if facts.module == crate::facts::ModuleKind::Script && facts.binding(binding).scope == crate::facts::ScopeId(0)
        {
            return true;
        }
        if let Some(known) = self.escaping.borrow().get(&binding) {
            return *known;
        }
        if depth > 6 {
            return false;
        }
        // A variable that is asked about while being asked about escapes by another way, or not.
        self.escaping.borrow_mut().insert(binding, false);
        let found = facts
            .references(binding)
            .iter()
            .any(|reference| !facts.is_written(*reference) && self.escapes_at(*reference, depth + 1));
        self.escaping.borrow_mut().insert(binding, found);
        found
    }

    /// Whether code outside the file can make or reach instances of a class.
    #[must_use]
    pub fn shape_escapes(&self, shape: Shape) -> bool {
        self.shape_escapes_at(shape, 0)
    }

    fn shape_escapes_at(&self, shape: Shape, depth: u32) -> bool {
        match shape {
            Shape::Class(class) => {
                let record = &self.facts.classes[class.index()];
                self.escapes_at(record.node, depth + 1)
                    || record.binding.get().is_some_and(|binding| self.binding_escapes(binding, depth + 1))
            }
            Shape::Constructor(function) => {
                function_bindings(self.facts, function)
                    .collect::<Vec<_>>()
                    .into_iter()
                    .any(|binding| self.binding_escapes(binding, depth + 1))
                    || self.facts.function(function).node.get().is_some_and(|node| self.escapes_at(node, depth + 1))
            }
        }
    }
}

fn keep(best: &mut Repetition, other: Repetition) {
    if other.strength > best.strength {
        *best = other;
    }
}
