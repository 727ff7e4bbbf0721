//! What several rules ask of a collection that lives long: does it grow without end?
//!
//! One judgement, and one rule that speaks of it: the most specific whose question it answers.

use super::{
    Draft, Sink, detached_dom, each, evidence, global_property, incomplete_cleanup, lasting_owner, strong_object_key,
    unbounded_cache, unbounded_queue, unsettled_entry,
};
use crate::engine::growth::{Bound, Collection, Container};
use crate::engine::key::Domain;
use crate::engine::usage::{Escape, GrowKind, Use, UseAt};
use crate::engine::words::words_of;
use crate::engine::{Engine, Lifetime, PlaceKey, Shape, Strength};
use crate::facts::{BinaryOp, BindingKind, FunctionId, FunctionKind, NodeId, NodeKind};
use crate::finding::{Confidence, GrowthKind, Related, Role};

/// A collection under judgement.
pub(super) struct Found<'b> {
    pub(super) container: &'b Container,
    pub(super) bound: &'b Bound,
}

/// What a rule more specific than `unbounded-cache` says of a collection.
pub(super) struct Claim {
    pub(super) rule: &'static str,
    /// What follows the name of the collection in the message; none: the common one.
    pub(super) message: Option<String>,
    pub(super) help: Option<String>,
    /// What it saw instead of a release, and where.
    pub(super) seen: Option<(NodeId, String)>,
    /// The confidence that what it saw gives at least.
    pub(super) at_least: Confidence,
    /// The most that it allows.
    pub(super) at_most: Confidence,
    /// It holds although entries are removed somewhere.
    pub(super) despite_release: bool,
    /// The code itself shows that the collection outlives its entries: it holds of an instance as
    /// well, and of what other modules can reach.
    pub(super) is_proven: bool,
    /// The addition that it speaks of, where it is not the common one.
    pub(super) at: Option<NodeId>,
}

impl Claim {
    /// A claim that only names the rule.
    pub(super) fn of(rule: &'static str) -> Self {
        Self {
            rule,
            message: None,
            help: None,
            seen: None,
            at_least: Confidence::Low,
            at_most: Confidence::High,
            despite_release: false,
            is_proven: false,
            at: None,
        }
    }
}

/// How sure it is at most that memory grows where an entry is left only when something fails: how often that
/// is, the code of a package does not tell.
pub(super) fn of_failures(engine: &Engine<'_>) -> Confidence {
    if engine.is_in_package() { Confidence::Low } else { Confidence::High }
}

/// The questions, the most specific first.
const CLAIMS: &[fn(&Engine<'_>, &Found<'_>) -> Option<Claim>] = &[
    global_property::claim,
    strong_object_key::claim,
    unsettled_entry::claim,
    incomplete_cleanup::claim,
    unbounded_queue::claim,
    lasting_owner::claim,
    detached_dom::claim,
];

/// Reports what a rule says of the file's collections. All are judged at once, for the rule that
/// asks first.
pub(super) fn check(engine: &Engine<'_>, rule: &'static str, sink: &mut Sink) {
    if sink.growths.is_none() {
        let mut drafts = Vec::new();
        for container in &engine.containers() {
            drafts.extend(judge(engine, container, sink));
        }
        sink.growths = Some(drafts);
    }
    let mut drafts = sink.growths.take().unwrap_or_default();
    for draft in drafts.extract_if(.., |draft| draft.rule == rule) {
        sink.report(draft);
    }
    sink.growths = Some(drafts);
}

/// The verdict on one collection: how sure, or why not at all.
fn judge(engine: &Engine<'_>, container: &Container, sink: &mut Sink) -> Option<Draft> {
    let growth = &container.growth;
    let span = engine.hold_span(growth.site);
    let name = engine.place_text(container.place);
    let answers = || {
        vec![
            (Role::Holder, format!("`{name}`: {}", engine.lifetime_text(&container.lifetime))),
            (Role::Hold, what_is_added(engine, container)),
            (Role::Repetition, growth.repetition.reason.to_string()),
        ]
    };
    let silent = |sink: &mut Sink, reason: &str| {
        if sink.tells {
            sink.silent(unbounded_cache::RULE.name, span, &answers(), reason);
        }
        None
    };
    if growth.repetition.strength <= Strength::Bounded {
        return silent(sink, &format!("it is not added to again and again: {}", growth.repetition.reason));
    }
    let bound = engine.bound(container);
    let escape = match bound {
        Bound::SizeTested(node) => {
            return silent(
                sink,
                &format!("it grows only while small: the size is tested at line {}", engine.line(node)),
            );
        }
        Bound::FewKeys => return silent(sink, "its keys are few, whatever the program does"),
        Bound::ReleasedElsewhere(ref place) => {
            return silent(sink, &format!("entries are removed in another file ({place})"));
        }
        Bound::OutOfSight(escape, node) => Some((escape, node)),
        Bound::Released(_) | Bound::Nothing(_) => None,
    };
    // Before the questions of the rules, which cost more.
    let confidence = match confidence(engine, container, escape.map(|(escape, _)| escape)) {
        Ok(confidence) => Ok(confidence),
        Err(WITH_INSTANCE) => Err(WITH_INSTANCE),
        Err(reason) => return silent(sink, reason),
    };
    let claim = CLAIMS.iter().find_map(|claims| claims(engine, &Found { container, bound: &bound }));
    let proven = claim.as_ref().is_some_and(|claim| claim.is_proven);
    let confidence = match confidence {
        Ok(confidence) => confidence,
        Err(_) if proven => Confidence::Low,
        Err(reason) => return silent(sink, reason),
    };
    let despite = claim.as_ref().is_some_and(|claim| claim.despite_release);
    let near = match bound {
        Bound::Released(node) if !despite => {
            return silent(sink, &format!("entries are removed at line {}", engine.line(node)));
        }
        Bound::Nothing(near) => near,
        _ => Vec::new(),
    };
    let mut near = near;
    let claim = claim.unwrap_or_else(|| Claim::of(unbounded_cache::RULE.name));
    near.splice(0..0, claim.seen.clone());
    let confidence = if near.is_empty() { confidence } else { confidence.min(Confidence::Medium) };
    // Of a package, keys that stay without their values are nothing where they are few.
    let tombs = container.uses.iter().filter(|used| used.what == Use::Tombstone).map(UseAt::site);
    let only_tombs = !near.is_empty() && {
        let tombs: Vec<NodeId> = tombs.collect();
        near.iter().all(|(node, _)| tombs.contains(node))
    };
    let emptied = only_tombs && engine.is_in_package() && !has_key_of_its_own(engine, container);
    let confidence = if emptied { confidence.min(Confidence::Low) } else { confidence };
    let unsure = claim.rule == strong_object_key::RULE.name && gives_notice_once(engine, container)
        || claim.rule == unbounded_cache::RULE.name && has_keys_of_others(engine, container);
    let confidence = if (escape.is_none() || proven) && !unsure { confidence.max(claim.at_least) } else { confidence };
    let confidence = confidence.min(claim.at_most);
    Some(draft(engine, container, confidence, &near, escape, claim))
}

/// Nothing in view keeps the instance.
const WITH_INSTANCE: &str = "it lives no longer than its instance";

/// How sure it is that a collection without a bound grows in the program's normal use.
fn confidence(engine: &Engine<'_>, container: &Container, escape: Option<Escape>) -> Result<Confidence, &'static str> {
    let facts = engine.facts;
    let growth = &container.growth;
    let strong = growth.repetition.strength == Strength::Strong;
    if engine.is_collected(container) {
        return Err("it is collected until the stream ends");
    }
    let name = engine.place_text(container.place);
    let last = name.rsplit('.').next().unwrap_or(&name);
    if container.collection == Collection::Text
        && matches!(engine.place_root(container.place), PlaceKey::Global(_) | PlaceKey::GlobalObject)
        && engine.models.has_word("text-properties", last)
    {
        return Err("the page has it, and others set it");
    }
    if engine.models.has_word("queues-of-others", last) {
        return Err("a script from elsewhere takes what is in it");
    }
    if engine.is_for_development(growth.site)
        || engine.is_of_developers(growth.site)
        || is_part_of_import(engine, container)
        || gives_notice_once(engine, container)
        || is_table_of_options(engine, container)
        || engine.is_before_ready(growth.site)
        || engine.is_handler_for_now(facts.function_of(growth.site))
        || is_one_of_several(engine, container)
        || is_told_seldom(engine, container)
        || is_set_by_name(engine, container)
    {
        return Ok(Confidence::Low);
    }
    let counts =
        growth.grow.how == GrowKind::Set && growth.grow.values.last().is_some_and(|value| is_count(engine, *value));
    if (growth.grow.how == GrowKind::Count || counts) && !strong {
        return Ok(Confidence::Low);
    }
    let grade = match &container.lifetime {
        Lifetime::Process(_) if strong => {
            let keyed = is_keyed(container);
            let key = growth.grow.key.or(growth.grow.values.first().copied());
            let fed = engine.models.has_word("fed-units", &growth.repetition.unit);
            if !fed && has_few_by_name(engine, container)
                || has_few_whoever_asks(engine, container)
                || has_own_key(engine, container)
                || has_key_of_no_event(engine, container)
                || is_list_of_few(engine, container)
                || goes_through_lasting(engine, container)
            {
                Confidence::Low
            } else if is_round_of_few(engine, container) || has_unknown_keys(engine, container) {
                // Rounds end, most of them; how many there are of what an event or a message brings, is not known.
                Confidence::Low
            } else if !keyed || key.is_some_and(|key| engine.varies(key)) {
                // Not all that requests bring is theirs: the name of a module comes with each of them.
                let is_named = !keyed
                    || !engine.is_in_package()
                    || key.is_some_and(|key| has_many(engine, key) || is_key(engine, key));
                let sure = engine.sureness(&growth.repetition);
                if is_named { sure } else { sure.min(Confidence::Medium) }
            } else if &*growth.repetition.unit == "mount"
                && growth.grow.how == GrowKind::Add
                && key.is_some_and(|key| engine.is_per_call(key))
            {
                // What a component has of its own.
                Confidence::Medium
            } else {
                by_custom(engine, container)
            }
        }
        Lifetime::Process(_) => by_custom(engine, container),
        Lifetime::Closure(maker) => match engine.repetition(*maker).strength {
            // Made per request or event, it goes with the request or event.
            Strength::Strong => return Err("it is made anew each time, and goes with what made it"),
            _ if !engine.outlives_maker(facts.function_of(growth.node), *maker) => {
                return Err("it grows only while the call that makes it lasts");
            }
            // What an object of closures has a list of goes with it.
            _ if growth.looks_up && growth.domain == Domain::Open && !strong && !is_of_elements(container) => {
                by_custom(engine, container)
            }
            _ if strong && growth.repetition.unit == "tick" && !has_unknown_keys(engine, container) => {
                Confidence::Medium
            }
            _ => Confidence::Low,
        },
        Lifetime::Instance(shape) if engine.is_scoped(*shape) => {
            return Err("its owner is made anew each time, and goes with what made it");
        }
        Lifetime::Instance(Shape::Class(class))
            if facts.classes[class.index()].constructor.get().map_or_else(
                || engine.is_made_repeatedly(*class),
                |function| engine.repetition(function).strength == Strength::Strong,
            ) =>
        {
            return Err("its owner is made anew each time, and goes with what made it");
        }
        Lifetime::Instance(_) => {
            if growth.looks_up || strong {
                Confidence::Low
            } else {
                return Err(WITH_INSTANCE);
            }
        }
        Lifetime::Call | Lifetime::Unknown => return Err("how long it lives cannot be told"),
    };
    Ok(match escape {
        Some(Escape::Exported | Escape::Passed | Escape::Stored) => Confidence::Low,
        Some(Escape::Returned) => grade.min(Confidence::Medium),
        None => grade,
    })
}

/// Only an outside caller repeats the growth. It is a leak where the code reads as run-time work:
/// an entry is looked up before it is made, or made of what the call brings.
fn by_custom(engine: &Engine<'_>, container: &Container) -> Confidence {
    let facts = engine.facts;
    let growth = &container.growth;
    let mut parts: Vec<NodeId> = growth.grow.values.clone();
    parts.extend(growth.grow.key);
    let per_call = parts.iter().any(|part| engine.is_per_call(*part));
    if !per_call || growth.repetition.strength == Strength::Seldom {
        return Confidence::Low;
    }
    // An entry for each instance of what a program has few of, and keeps.
    let of_instances = growth.grow.key.is_some_and(|key| matches!(facts.kind(engine.origin(key)), NodeKind::This));
    if of_instances && engine.may_be_for_good(growth.site, &growth.repetition) {
        return Confidence::Low;
    }
    // What the caller hands in whole is registered; what is made here of it is kept.
    let made_here = growth.grow.values.last().is_some_and(|value| is_made_here(engine, *value));
    if has_few_by_name(engine, container) || has_keys_of_others(engine, container) {
        return Confidence::Low;
    }
    if growth.looks_up && made_here {
        return Confidence::Medium;
    }
    let entry = growth.repetition.entry.unwrap_or_else(|| facts.function_of(growth.site));
    let around = [entry, facts.function_of(growth.site), facts.function_of(growth.node)];
    if around.iter().any(|function| engine.is_set_up(*function)) {
        return Confidence::Low;
    }
    // A key that is never used twice is never one of few.
    if !growth.looks_up && growth.grow.key.is_some_and(|key| engine.is_fresh(key)) {
        return Confidence::Medium;
    }
    // A record made of what the caller hands in, where it is not there yet.
    let record = growth.grow.values.last().is_some_and(|value| engine.is_new_value(engine.origin(*value)));
    if made_here || (growth.looks_up && (record || growth.grow.how == GrowKind::Add)) {
        Confidence::Medium
    } else {
        Confidence::Low
    }
}

/// Whether a collection hangs on a part of what is imported, such as the current one of many contexts:
/// another part may be there each time.
fn is_part_of_import(engine: &Engine<'_>, container: &Container) -> bool {
    let PlaceKey::Member(parent, _) = engine.place_key(container.place) else { return false };
    matches!(engine.place_key(parent), PlaceKey::Member(..))
        && matches!(engine.place_root(parent), PlaceKey::Binding(binding)
            if matches!(engine.facts.binding(binding).kind, BindingKind::Import(_)))
}

/// What tells one entry from another.
fn key_of(container: &Container) -> Option<NodeId> {
    let growth = &container.growth;
    growth.grow.key.or_else(|| growth.looks_up.then(|| growth.grow.values.first().copied()).flatten())
}

/// Whether callers of a library bring the keys: how many they have is out of sight.
fn has_keys_of_others(engine: &Engine<'_>, container: &Container) -> bool {
    let told = |key: NodeId| engine.is_fresh(key) || matches!(engine.facts.kind(engine.origin(key)), NodeKind::This);
    engine.is_repeated_out_of_sight(&container.growth.repetition) && key_of(container).is_some_and(|key| !told(key))
}

/// Whether a collection hangs on an instance of which code that repeats makes others as well: what is added may be
/// added to one of those.
fn is_one_of_several(engine: &Engine<'_>, container: &Container) -> bool {
    match engine.place_root(container.place) {
        PlaceKey::Instance(shape) => engine.is_in_package() && engine.is_made_again(shape),
        _ => false,
    }
}

/// Whether an event adds an element of which only the program knows how often it comes: `restartServer`.
fn is_told_seldom(engine: &Engine<'_>, container: &Container) -> bool {
    let repetition = &container.growth.repetition;
    let comes_again = |event: &str| {
        engine.models.has_word("user-events", event)
            || words_of(event).any(|word| engine.models.has_word("recurring-events", &word))
    };
    engine.is_in_package()
        && !is_keyed(container)
        && repetition.unit == "event"
        && repetition.event.as_deref().is_some_and(|event| !comes_again(event))
}

/// Whether a text is one property of an object of which properties are set by computed names as well, such as the
/// settings of a program: it may be one of those.
fn is_set_by_name(engine: &Engine<'_>, container: &Container) -> bool {
    let PlaceKey::Member(owner, _) = engine.place_key(container.place) else { return false };
    let by_name = |used: &UseAt| matches!(&used.what, Use::Grow(grow) if grow.how == GrowKind::Key);
    container.collection == Collection::Text && engine.uses(owner).iter().any(by_name)
}

/// Whether a key is named like something that is few whoever asks: `locale`, `docroot`.
fn has_few_whoever_asks(engine: &Engine<'_>, container: &Container) -> bool {
    let facts = engine.facts;
    let Some(NodeKind::Ref { name, .. } | NodeKind::Member { name, .. }) =
        container.growth.grow.key.map(|key| facts.kind(key))
    else {
        return false;
    };
    engine.is_in_package() && words_of(facts.name(name)).all(|word| engine.models.has_word("few-whoever-asks", &word))
}

/// Whether what a person or the window does adds an entry for a key that does not come with it: the key is of
/// something that was there before, and comes again.
fn has_key_of_no_event(engine: &Engine<'_>, container: &Container) -> bool {
    let repetition = &container.growth.repetition;
    let has = |event: &str, list: &str| engine.models.has_word(list, event);
    repetition.unit == "event"
        && repetition.event.as_deref().is_some_and(|event| has(event, "user-events") || has(event, "window-events"))
        && container.growth.grow.key.is_some_and(|key| !engine.varies(key) && !engine.is_fresh(key))
}

/// Whether a key is made of what an instance has of its own, in a method: each instance has one.
fn has_own_key(engine: &Engine<'_>, container: &Container) -> bool {
    let facts = engine.facts;
    let Some(key) = container.growth.grow.key.map(|key| engine.origin(key)) else { return false };
    let (mut own, mut others) = (false, false);
    facts.each_below(key, &mut |part| match facts.kind(part) {
        NodeKind::This => {
            own |= part != key && matches!(facts.kind(facts.node(part).parent), NodeKind::Member { .. });
        }
        NodeKind::Ref { .. } | NodeKind::Update { .. } | NodeKind::New { .. } => others = true,
        _ => {}
    });
    let adds = facts.this_function(facts.function_of(container.growth.node));
    let is_made = matches!(facts.function(adds).kind, FunctionKind::Constructor | FunctionKind::Fields)
        || engine.is_constructor(adds);
    engine.is_in_package() && own && !others && !is_made && !engine.is_fresh(key)
}

/// Whether the name of a collection says that its entries are few, and its key says nothing else: `devices[id]`.
fn is_list_of_few(engine: &Engine<'_>, container: &Container) -> bool {
    let facts = engine.facts;
    let Some(key) = container.growth.grow.key else { return false };
    let NodeKind::Ref { name, .. } = facts.kind(key) else { return false };
    let name = facts.name(name);
    let collection = engine.place_text(container.place);
    let last = collection.rsplit(['.', '#']).next().unwrap_or_default();
    let few = |word: &str| engine.models.has_word("few-owners", word);
    matches!(name, "id" | "key" | "name")
        && engine.is_in_package()
        && !serves(engine, container)
        && !engine.is_fresh(key)
        && words_of(last).next_back().is_some_and(|word| few(&word) || word.strip_suffix('s').is_some_and(few))
}

/// Whether a key is of another collection that lasts as well, and that the code goes through: it is kept anyway.
fn goes_through_lasting(engine: &Engine<'_>, container: &Container) -> bool {
    let facts = engine.facts;
    let Some(key) = container.growth.grow.key.or(container.growth.grow.values.first().copied()) else { return false };
    let lasts = |of: NodeId| {
        let of = match facts.kind(engine.origin(of)) {
            NodeKind::Call { callee, args } => match engine.path_of(callee).as_deref() {
                Some("Object.keys" | "Object.values" | "Object.entries") => facts.arg(args, 0),
                _ => None,
            },
            _ => None,
        };
        let place = of.and_then(|of| engine.place_of(of)).filter(|place| *place != container.place);
        place.is_some_and(|place| {
            matches!(engine.lifetime(place), Lifetime::Process(_))
                && !engine.uses(place).iter().any(|used| matches!(used.what, Use::Shrink(_)))
        })
    };
    is_keyed(container) && matches!(facts.kind(engine.origin(key)), NodeKind::Element { of, .. } if lasts(of))
}

/// Whether a key is named like something that a program has few of: `eventName`, `locale`.
pub(super) fn has_few_by_name(engine: &Engine<'_>, container: &Container) -> bool {
    let facts = engine.facts;
    let Some(key) = key_of(container) else { return false };
    let (NodeKind::Ref { name, .. } | NodeKind::Member { name, .. }) = facts.kind(key) else { return false };
    let name = facts.name(name);
    let any = |list: &str, but: &str| words_of(name).any(|word| word != but && engine.models.has_word(list, &word));
    // A `localeId` is one of few as a locale is; a `userName` is not.
    any("few-keys", "") && !any("open-values", "id")
}

/// Whether a name is of one of many: `userId`, `uid`, and not `guildId`.
pub(super) fn is_one_of_many(engine: &Engine<'_>, name: &str) -> bool {
    let any = |list: &str| words_of(name).any(|word| engine.models.has_word(list, &word));
    any("open-values") && !any("few-owners")
}

/// Whether a key is named after something that a program has few of: `serviceId`.
pub(super) fn has_few_owners(engine: &Engine<'_>, container: &Container) -> bool {
    let facts = engine.facts;
    key_of(container).is_some_and(|key| match facts.kind(key) {
        NodeKind::Ref { name, .. } | NodeKind::Member { name, .. } => {
            words_of(facts.name(name)).any(|word| engine.models.has_word("few-owners", &word))
        }
        _ => false,
    })
}

/// Few keys may come again and again; an element more is an element more.
fn is_keyed(container: &Container) -> bool {
    let growth = &container.growth;
    matches!(growth.grow.how, GrowKind::Set | GrowKind::Add | GrowKind::Key | GrowKind::Count)
        || growth.looks_up && growth.grow.how == GrowKind::Append
}

/// Whether elements are added, one more each time; those that are not there yet, too.
fn is_of_elements(container: &Container) -> bool {
    matches!(container.growth.grow.how, GrowKind::Append | GrowKind::Rebuild | GrowKind::Link)
}

/// Whether each entry has a key that no other has: a new one, or its own where instances register themselves.
pub(super) fn has_key_of_its_own(engine: &Engine<'_>, container: &Container) -> bool {
    let facts = engine.facts;
    let grow = &container.growth.grow;
    grow.key.is_some_and(|key| {
        let is_own = matches!(facts.kind(key), NodeKind::Member { object, .. } if facts.kind(object) == NodeKind::This)
            && grow.values.last().is_some_and(|value| facts.kind(*value) == NodeKind::This);
        is_own || engine.is_fresh(key)
    })
}

/// Whether nothing in the code of a package says that there are many keys: they are not named like it, and do
/// not come with requests.
fn has_unknown_keys(engine: &Engine<'_>, container: &Container) -> bool {
    let key = container.growth.grow.key.or(container.growth.grow.values.first().copied());
    is_keyed(container)
        && engine.is_in_package()
        && !serves(engine, container)
        && !key.is_some_and(|key| has_many(engine, key))
}

/// Whether a round of a package adds what has no key of many.
fn is_round_of_few(engine: &Engine<'_>, container: &Container) -> bool {
    let growth = &container.growth;
    engine.is_in_package()
        && matches!(&*growth.repetition.unit, "round" | "attempt")
        && !growth.grow.key.is_some_and(|key| has_many(engine, key))
}

/// Whether the growth is part of answering requests, whose data varies as those who ask do.
fn serves(engine: &Engine<'_>, container: &Container) -> bool {
    engine.models.has_word("served-units", &container.growth.repetition.unit)
}

/// `cacheKey`: what is made to tell entries apart.
fn is_key(engine: &Engine<'_>, key: NodeId) -> bool {
    matches!(engine.facts.kind(key), NodeKind::Ref { name, .. } if words_of(engine.facts.name(name)).next_back().is_some_and(|word| word == "key"))
}

/// Whether a key is new each time, or named like something that there are many of: `userId`, `message.uid`.
pub(super) fn has_many(engine: &Engine<'_>, key: NodeId) -> bool {
    engine.is_fresh(key)
        || match engine.facts.kind(key) {
            // `const id = name + ":" + reason`: what it is made of tells.
            NodeKind::Ref { name, .. } => {
                is_one_of_many(engine, engine.facts.name(name))
                    && sum(engine, key).is_none_or(|(left, right)| has_many(engine, left) || has_many(engine, right))
            }
            NodeKind::Binary { op: BinaryOp::Add, left, right } => has_many(engine, left) || has_many(engine, right),
            NodeKind::Member { object, name } => {
                let owner = match engine.facts.kind(object) {
                    NodeKind::Ref { name, .. } | NodeKind::Member { name, .. } => engine.facts.name(name),
                    _ => "",
                };
                is_one_of_many(engine, engine.facts.name(name))
                    && !words_of(owner).next_back().is_some_and(|word| engine.models.has_word("few-owners", &word))
            }
            NodeKind::This
            | NodeKind::New { .. }
            | NodeKind::Object(_)
            | NodeKind::Call { .. }
            | NodeKind::Template(_) => true,
            _ => false,
        }
}

/// The two sides of what a constant is put together of.
fn sum(engine: &Engine<'_>, variable: NodeId) -> Option<(NodeId, NodeId)> {
    match engine.facts.kind(engine.origin(variable)) {
        NodeKind::Binary { op: BinaryOp::Add, left, right } => Some((left, right)),
        _ => None,
    }
}

/// `(counts.get(k) ?? 0) + 1`
fn is_count(engine: &Engine<'_>, value: NodeId) -> bool {
    match engine.facts.kind(value) {
        NodeKind::Binary { left, right, .. } => {
            [left, right].iter().any(|side| matches!(engine.facts.kind(*side), NodeKind::Num(_)))
        }
        _ => false,
    }
}

/// Whether a collection remembers which warnings were given: one entry for each message that the
/// code has.
pub(super) fn gives_notice_once(engine: &Engine<'_>, container: &Container) -> bool {
    let function = engine.facts.function(engine.facts.function_of(container.growth.node));
    let names = [engine.place_text(container.place).to_lowercase(), engine.facts.name(function.name).to_lowercase()];
    engine.models.words("once-only").iter().any(|word| names.iter().any(|name| name.contains(word.as_str())))
}

/// Whether a dictionary starts with entries of its own: options and tables that are added to.
fn is_table_of_options(engine: &Engine<'_>, container: &Container) -> bool {
    container.collection == Collection::Object
        && !container.growth.looks_up
        && engine
            .stored_values(container.place)
            .any(|value| matches!(engine.facts.kind(value), NodeKind::Object(parts) if parts.len > 0))
}

/// Whether a value is made by the growing code out of the call's data, rather than handed in.
fn is_made_here(engine: &Engine<'_>, value: NodeId) -> bool {
    let facts = engine.facts;
    let origin = engine.origin(value);
    match facts.kind(origin) {
        NodeKind::This => true,
        // `let value = cache.get(key); if (!value) { value = make(key); … }`
        NodeKind::Ref { binding, .. } => binding.get().is_some_and(|binding| {
            facts.writes(binding).any(|write| match facts.kind(write) {
                NodeKind::Assign { value, .. } => {
                    value != origin && !matches!(facts.kind(value), NodeKind::Ref { .. }) && is_made_here(engine, value)
                }
                _ => false,
            })
        }),
        NodeKind::New { args, .. } => args.len > 0 || facts.function_of(origin) != FunctionId(0),
        NodeKind::Call { callee, args } => {
            let receiver = match facts.kind(callee) {
                NodeKind::Member { object, .. } => engine.is_per_call(object),
                _ => false,
            };
            receiver || facts.list(args).iter().any(|arg| engine.is_per_call(*arg))
        }
        NodeKind::Await(_) => true,
        NodeKind::Binary { .. } | NodeKind::Template(_) => !engine.is_primitive(origin),
        _ => false,
    }
}

fn what_is_added(engine: &Engine<'_>, container: &Container) -> String {
    let growth = &container.growth;
    match (container.collection, growth.grow.how) {
        (Collection::Text, _) => "text is added here".to_string(),
        (Collection::List, _) if container.wraps(engine.facts) => "a bound function around the one before".to_string(),
        (Collection::List, _) => "a new node in front of the old ones".to_string(),
        (_, GrowKind::Append | GrowKind::Rebuild) => "one more element is added here".to_string(),
        _ => match key_text(engine, container) {
            Some(key) => format!("an entry for each distinct `{key}` is added here"),
            None => "an entry is added here".to_string(),
        },
    }
}

pub(super) fn key_text(engine: &Engine<'_>, container: &Container) -> Option<String> {
    let grow = &container.growth.grow;
    let key = match grow.how {
        GrowKind::Append => container.growth.looks_up.then(|| grow.values.first().copied()).flatten()?,
        GrowKind::Add => *grow.values.first()?,
        _ => grow.key?,
    };
    Some(engine.text(key, 32))
}

fn draft(
    engine: &Engine<'_>,
    container: &Container,
    confidence: Confidence,
    near: &[(NodeId, String)],
    escape: Option<(Escape, NodeId)>,
    claim: Claim,
) -> Draft {
    let growth = &container.growth;
    let name = engine.place_text(container.place);
    let span = engine.hold_span(claim.at.unwrap_or(growth.site));
    let holder = engine.place_span(container.place);
    let keyed = !matches!(growth.grow.how, GrowKind::Append | GrowKind::Rebuild | GrowKind::Text | GrowKind::Link);
    let unit = match key_text(engine, container) {
        Some(key) if keyed => format!("per distinct {key}"),
        _ => format!("per {}", growth.repetition.unit),
    };
    let never = match near.first() {
        Some((_, reason)) => reason.clone(),
        None => "nothing removes one".to_string(),
    };
    let each = each(&growth.repetition);
    let common = match (container.collection, growth.grow.how, key_text(engine, container)) {
        (Collection::Text, ..) => format!("`{name}` gets longer {each}, and nothing shortens it"),
        (Collection::List, ..) if container.wraps(engine.facts) => {
            format!("`{name}` is bound again {each}, around the function it was before: the chain gets longer")
        }
        (Collection::List, ..) => format!("`{name}` keeps every node it ever had: one more {each}"),
        (_, GrowKind::Append | GrowKind::Rebuild, _) => format!("`{name}` gets one more element {each}; {never}"),
        (_, _, Some(key)) => format!("`{name}` keeps an entry for every distinct `{key}`; {never}"),
        _ => format!("`{name}` gets one more entry {each}; {never}"),
    };
    let hold = match engine.grown_at(growth.node) {
        Some(place) => format!("{} ({place})", what_is_added(engine, container)),
        None => what_is_added(engine, container),
    };
    let mut story = vec![
        evidence(Role::Holder, holder, format!("`{name}`: {}", engine.lifetime_text(&container.lifetime))),
        evidence(Role::Hold, span, hold),
        evidence(Role::Repetition, growth.repetition.span, growth.repetition.reason.clone()),
    ];
    for (node, reason) in near.iter().take(2) {
        story.push(evidence(Role::Release, engine.hold_span(*node), reason.clone()));
    }
    if near.is_empty() {
        let looked = looked_for(engine, container, &name);
        let text = match escape {
            Some((how, _)) => format!("{looked}; {}", escape_text(how)),
            None => looked,
        };
        story.push(evidence(Role::Release, holder, text));
    }
    Draft {
        rule: claim.rule,
        confidence,
        message: claim.message.map_or(common, |text| format!("`{name}` {text}")),
        help: claim.help.unwrap_or_else(|| help(engine, container, &name)),
        span,
        kind: GrowthKind::Accumulates,
        unit,
        evidence: story,
        retaining_path: retaining_path(engine, container),
        related: container
            .others
            .iter()
            .map(|node| Related { message: "also added to here".into(), span: engine.hold_span(*node) })
            .collect(),
    }
}

fn escape_text(escape: Escape) -> &'static str {
    match escape {
        Escape::Exported => "it is exported, so other modules may",
        Escape::Returned => "it is returned, so a caller may",
        Escape::Passed => "it is handed to code out of sight, which may",
        Escape::Stored => "it is stored elsewhere too, where code out of sight may",
    }
}

fn looked_for(engine: &Engine<'_>, container: &Container, name: &str) -> String {
    let mut users: Vec<FunctionId> = container
        .uses
        .iter()
        .map(|used| engine.facts.function_of(used.node))
        .filter(|user| *user != FunctionId(0))
        .collect();
    users.sort_unstable();
    users.dedup();
    let users = match users.len() {
        0 | 1 => "the code that uses it".to_string(),
        count => format!("the {count} functions that use it"),
    };
    let sought = match container.collection {
        Collection::Map | Collection::Set => format!("`{name}.delete`, `clear` and a bound on `size`"),
        Collection::Array => format!("`{name}.shift`, `pop`, `splice`, a reset and a bound on `length`"),
        Collection::Object => format!("`delete {name}[…]`, a reset and a bound on its keys"),
        Collection::Text => format!("a reset or a cut of `{name}`"),
        Collection::List => format!("`{name} = {name}.next` or a reset"),
    };
    format!("looked in {users} for {sought}: none")
}

/// The single edit that ends it, in the user's own names.
fn help(engine: &Engine<'_>, container: &Container, name: &str) -> String {
    let key_is_object = container.growth.grow.key.is_some_and(|key| {
        engine.kind_of(key).is_some_and(|kind| !kind.collection) || engine.is_new_value(engine.origin(key))
    });
    match container.collection {
        Collection::Map if key_is_object => {
            format!(
                "make `{name}` a `WeakMap`, so that an entry goes when its key does, or call `{name}.delete(…)` when the key is done with"
            )
        }
        Collection::Set if key_is_object => {
            format!("make `{name}` a `WeakSet`, or call `{name}.delete(…)` when the value is done with")
        }
        Collection::Map => format!(
            "bound it: `if ({name}.size >= MAX) {name}.delete({name}.keys().next().value)` before adding, or use an `LRUCache` with `max`"
        ),
        Collection::Set => format!("call `{name}.delete(…)` when a value is done with, or bound `{name}.size`"),
        Collection::Object => {
            format!(
                "make `{name}` a Map with a bound on its size, or an `LRUCache` with `max`; or `delete {name}[…]` when an entry is done with"
            )
        }
        Collection::Array => {
            format!(
                "remove elements when they are done with, or keep the last ones: `if ({name}.length > MAX) {name}.shift()`"
            )
        }
        Collection::Text => format!(
            "write it out and start anew (`{name} = \"\"`), or keep the end only: `{name} = {name}.slice(-MAX)`"
        ),
        Collection::List if container.wraps(engine.facts) => {
            format!("bind it once, in the constructor, or make `{name}` an arrow function")
        }
        Collection::List => format!(
            "cut the chain: keep a count and drop the last node past a bound, or do not keep `{name}` in the new one"
        ),
    }
}

fn retaining_path(engine: &Engine<'_>, container: &Container) -> Vec<String> {
    let name = engine.place_text(container.place);
    let root = match engine.place_root(container.place) {
        PlaceKey::Binding(binding) => match engine.facts.binding_function(binding) {
            FunctionId(0) => "module".to_string(),
            function => format!("context of {}", engine.function_name(function)),
        },
        PlaceKey::Global(_) | PlaceKey::GlobalObject => "global object".to_string(),
        PlaceKey::Exports => "module".to_string(),
        PlaceKey::Statics(shape) => format!("class {}", engine.shape_name(shape)),
        PlaceKey::Instance(shape) => format!("{} instance", engine.shape_name(shape)),
        _ => "module".to_string(),
    };
    let entry = match container.collection {
        Collection::Text => "text".to_string(),
        Collection::List => "next".to_string(),
        Collection::Array => "[n]".to_string(),
        _ => key_text(engine, container).map_or("entry".to_string(), |key| format!("[{key}]")),
    };
    let mut path = vec![root, name, entry.clone()];
    if container.collection == Collection::List {
        path.extend([entry, "…".to_string()]);
    } else if let Some(value) = container.growth.grow.values.last() {
        path.push(engine.text(*value, 32));
    }
    path
}
