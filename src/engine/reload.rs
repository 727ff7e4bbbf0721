//! Reloads: files that a development server runs again after each edit, while what they did to others stays.

use super::listener::Listener;
use super::{Engine, PlaceKey, Repetition, Strength};
use crate::facts::{BindingKind, NodeId, NodeKind, RegionKind};

impl Engine<'_> {
    /// How often the top level of a file runs that takes its own edits: `import.meta.hot.accept()`. What it
    /// takes of the edits of others runs no code of its own again.
    #[must_use]
    pub fn reloads(&self) -> Option<&Repetition> {
        self.reloads.get_or_init(|| self.find_reloads()).as_ref()
    }

    fn find_reloads(&self) -> Option<Repetition> {
        let facts = self.facts;
        if !self.models.reloading().any(|name| facts.names.find(name).is_some()) {
            return None;
        }
        let of_others = |args| {
            let first = facts.arg(args, 0).map(|first| facts.kind(self.origin(first)));
            matches!(first, Some(NodeKind::Str(_) | NodeKind::Array(_)))
        };
        let accept = self.calls_where(|name| self.models.reloads(name)).into_iter().find(|call| {
            let NodeKind::Call { args, .. } = facts.kind(*call) else { return false };
            !of_others(args) && self.apis(*call).iter().any(|api| api.reloads)
        })?;
        Some(Repetition {
            strength: Strength::Weak,
            unit: "reload".to_string().into(),
            reason: format!("each time that a development server reloads this file (line {})", self.line(accept))
                .into(),
            span: self.hold_span(accept),
            ..Repetition::default()
        })
    }

    /// Whether code runs each time that the file is loaded, whatever else is so.
    #[must_use]
    pub fn runs_at_load(&self, node: NodeId) -> bool {
        let conditional = |kind| !matches!(kind, RegionKind::Body);
        self.repetition_of(node).strength == Strength::Once
            && !self.facts.regions_around(node).any(|region| conditional(self.facts.region(region).kind))
    }

    /// Registrations at load on emitters that outlive the module: globals, and what other modules make.
    #[must_use]
    pub fn listeners_at_load(&self) -> Vec<Listener> {
        let facts = self.facts;
        let stays = |listener: &Listener| {
            let root = self.listener_place(listener).map(|place| self.place_root(place));
            let is_outside = match root {
                Some(PlaceKey::Global(_) | PlaceKey::GlobalObject) => true,
                Some(PlaceKey::Binding(binding)) => {
                    matches!(facts.binding(binding).kind, BindingKind::Import(_))
                        && self.kind_of(listener.receiver).is_some()
                }
                _ => false,
            };
            let is_one = self.kind_of(listener.receiver).is_some_and(|kind| kind.is_one_for_all());
            (is_outside || is_one) && !listener.once && !listener.has_signal
        };
        let calls = self.calls_where(|name| self.models.listens(name)).into_iter();
        calls.filter(|node| self.runs_at_load(*node)).filter_map(|node| self.listener(node)).filter(stays).collect()
    }
}
