//! `global-property`: data that grows on the global object.

use super::growth::{self, Claim, Found};
use super::{Rule, Sink};
use crate::engine::{Engine, PlaceKey, Strength};
use crate::facts::NodeKind;
use crate::finding::{Confidence, Level};

pub(super) const RULE: Rule = Rule {
    name: "global-property",
    category: "global",
    level: Level::Error,
    summary: "data that grows on the global object: properties by computed names, collections that hang on it",
    page: include_str!("../../rules/global-property.md"),
    check,
};

fn check(engine: &Engine<'_>, sink: &mut Sink) {
    growth::check(engine, RULE.name, sink);
}

/// A collection that hangs on the global object, or is it.
pub(super) fn claim(engine: &Engine<'_>, found: &Found<'_>) -> Option<Claim> {
    let container = found.container;
    let root = engine.place_root(container.place);
    if !matches!(root, PlaceKey::Global(_) | PlaceKey::GlobalObject) {
        return None;
    }
    let mut claim = Claim::of(RULE.name);
    // A library puts its tables there, and fills them as it is set up.
    let repetition = &container.growth.repetition;
    let is_of_many = || container.growth.grow.key.is_none_or(|key| growth::has_many(engine, engine.origin(key)));
    if engine.is_repeated_out_of_sight(repetition)
        || repetition.strength <= Strength::Weak && !is_of_many()
        || growth::has_few_owners(engine, container)
    {
        claim.at_most = Confidence::Low;
    }
    if matches!(engine.place_key(container.place), PlaceKey::GlobalObject) {
        let key = growth::key_text(engine, container)?;
        claim.message = Some(format!("gets one more property for every distinct `{key}`; nothing deletes one"));
        claim.help = Some("keep it in a Map of the module, and delete an entry when it is done with".into());
        let varies = container.growth.grow.key.is_some_and(|key| {
            let mut found = false;
            engine.facts.each_below(engine.origin(key), &mut |part| {
                found |= engine.varies(part)
                    || matches!(engine.facts.kind(part), NodeKind::Ref { name, .. } if engine.models.has_word("open-values", engine.facts.name(name)));
            });
            found
        });
        claim.at_least = if varies { Confidence::Medium } else { Confidence::Low };
    }
    Some(claim)
}
