//! Entries: functions of a file that a platform runs, known by the name that they are exported
//! under and the file that they are in: a request handler of a serverless function, a loader.

use super::{Engine, Repetition, Strength};
use crate::facts::{FunctionId, NodeId, NodeKind};
use crate::models::Entry;

impl<'a> Engine<'a> {
    /// How a platform runs a function that the file exports.
    #[must_use]
    pub fn entry_of(&self, function: FunctionId) -> Option<&'a Entry> {
        let entries = self.entries.get_or_init(|| self.find_entries());
        let at = entries.binary_search_by_key(&function, |(function, _)| *function).ok()?;
        Some(entries[at].1)
    }

    /// How often an entry runs.
    pub(super) fn entry_repetition(&self, function: FunctionId, entry: &Entry) -> Repetition {
        Repetition {
            strength: Strength::Strong,
            unit: entry.per.clone().into(),
            reason: format!("each {} of {}, {}", entry.per, self.function_name(function), entry.what).into(),
            span: self.function_span(function),
            ..Repetition::default()
        }
    }

    fn find_entries(&self) -> Vec<(FunctionId, &'a Entry)> {
        let mut found = Vec::new();
        if !self.is_embedded {
            for (name, value) in self.given_out() {
                // `module.exports = …`
                self.note_entry(if name.is_empty() { "default" } else { name }, *value, &mut found);
            }
            found.sort_by_key(|(function, _)| *function);
            found.dedup_by_key(|(function, _)| *function);
        }
        found
    }

    /// Notes the functions of an export that a platform runs. The methods of a default export are
    /// named with it: `default.fetch`. CommonJS's are exports of their own as well.
    fn note_entry(&self, name: &str, value: NodeId, found: &mut Vec<(FunctionId, &'a Entry)>) {
        let facts = self.facts;
        if name == "default"
            && let NodeKind::Object(parts) = facts.kind(self.origin(value))
        {
            for part in facts.list(parts) {
                if let NodeKind::Property { key, value } = facts.kind(*part) {
                    self.note_entry(&format!("default.{}", facts.name(key)), value, found);
                    if facts.module == crate::facts::ModuleKind::CommonJs {
                        self.note_entry(facts.name(key), value, found);
                    }
                }
            }
            return;
        }
        let Some(function) = self.function_of(value) else { return };
        let entries = self.models.entries().iter();
        found.extend(
            entries.filter(|entry| self.is_entry(entry, name, function)).map(|entry| (function, entry)).take(1),
        );
    }

    fn is_entry(&self, entry: &Entry, name: &str, function: FunctionId) -> bool {
        let facts = self.facts;
        let record = facts.function(function);
        let path = self.source.path.as_str();
        let (directories, file) = path.rsplit_once('/').unwrap_or(("", path));
        let stem = file.split('.').next().unwrap_or(file);
        let lies_in = |directory: &String| format!("/{directories}/").contains(&format!("/{directory}/"));
        let is_named = |(at, names): (usize, &Vec<String>)| {
            let binding = record.params.get(at).and_then(|param| param.binding.get());
            binding.is_some_and(|binding| {
                let name = facts.name(facts.binding(binding).name).trim_start_matches('_');
                names.iter().any(|known| known == name)
            })
        };
        entry.exports.iter().any(|known| known == name)
            && (!entry.when_async || record.is_async)
            && (entry.in_directories.is_empty() || entry.in_directories.iter().any(lies_in))
            && (entry.in_files.is_empty() || entry.in_files.iter().any(|known| known == stem))
            && entry.when_params.iter().enumerate().all(is_named)
    }
}
