//! Names: every identifier, property name and constant string of a file, each kept once.

use super::Name;
use rustc_hash::{FxBuildHasher, FxHashMap, FxHasher};
use std::hash::Hasher;

/// The distinct names of a file: one text for all of them.
#[derive(Debug, Default)]
pub struct Names {
    text: String,
    /// Where each name ends in the text.
    ends: Vec<u32>,
    /// Names by their bytes where these fit a word, by a hash of them, or by where they lie.
    known: FxHashMap<u64, Name>,
}

/// Bytes of a name that fit a word, with room for what tells words from hashes and addresses.
const SHORT: usize = 7;
const HASH: u64 = 1 << 63;
const ADDRESS: u64 = 1 << 62;

/// A file has an entry for each so many bytes (measured).
const A_NAME: usize = 80;

/// Names of a table that is kept for the next file: clearing a large one costs more than a new one.
const KEPT: usize = 8_192;

impl Names {
    /// The text of a name; empty for none.
    #[must_use]
    pub fn get(&self, name: Name) -> &str {
        let Some(end) = self.ends.get(name.index()) else { return "" };
        let start = name.index().checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start as usize..*end as usize]
    }

    /// Number of names.
    pub(crate) fn count(&self) -> usize {
        self.ends.len()
    }

    /// The name of a text that the file has.
    pub(crate) fn find(&self, text: &str) -> Option<Name> {
        if let Some(word) = word(text) {
            return self.known.get(&word).copied();
        }
        let mut hash = hash(text);
        loop {
            let known = *self.known.get(&hash)?;
            if self.get(known) == text {
                return Some(known);
            }
            hash = hash.wrapping_add(1) | HASH;
        }
    }

    /// The name of a text.
    pub(super) fn intern(&mut self, text: &str) -> Name {
        if let Some(word) = word(text) {
            let Self { text: all, ends, known } = self;
            return *known.entry(word).or_insert_with(|| append(all, ends, text));
        }
        let mut hash = hash(text);
        while let Some(known) = self.known.get(&hash) {
            if self.get(*known) == text {
                return *known;
            }
            hash = hash.wrapping_add(1) | HASH;
        }
        let name = append(&mut self.text, &mut self.ends, text);
        self.known.insert(hash, name);
        name
    }

    /// The name of a text that stays where it is until all names are collected: a long one is told
    /// by its address when it is met again.
    pub(super) fn intern_lasting(&mut self, text: &str) -> Name {
        if text.len() <= SHORT {
            return self.intern(text);
        }
        let address = text.as_ptr() as u64 | ADDRESS;
        if let Some(known) = self.known.get(&address) {
            return *known;
        }
        let name = self.intern(text);
        self.known.insert(address, name);
        name
    }

    /// Makes room for the names of a text of so many bytes.
    pub(super) fn reserve(&mut self, bytes: usize) {
        self.known.reserve(bytes / A_NAME);
    }

    /// Forgets all names, and keeps the memory.
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
        if self.known.capacity() <= KEPT {
            self.known.clear();
        } else {
            self.known = FxHashMap::default();
        }
    }
}

impl Clone for Names {
    /// A copy without room to grow: the table of names has that of the largest file before, and lasting
    /// texts are none any more.
    fn clone(&self) -> Self {
        let by_text = self.known.iter().filter(|(key, _)| **key & (HASH | ADDRESS) != ADDRESS);
        let mut known = FxHashMap::with_capacity_and_hasher(self.ends.len(), FxBuildHasher);
        known.extend(by_text.map(|(key, name)| (*key, *name)));
        Self { text: self.text.clone(), ends: self.ends.clone(), known }
    }
}

/// Adds a name to those there are.
fn append(all: &mut String, ends: &mut Vec<u32>, text: &str) -> Name {
    let name = Name::next_of(ends);
    all.push_str(text);
    ends.push(u32::try_from(all.len()).unwrap_or(u32::MAX));
    name
}

/// Where a long text is looked for.
fn hash(text: &str) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(text.as_bytes());
    hasher.finish() | HASH
}

/// A short text as a word of its own.
fn word(text: &str) -> Option<u64> {
    // The 1 in front tells how many bytes there are.
    (text.len() <= SHORT).then(|| text.bytes().fold(1, |word, byte| word << 8 | u64::from(byte)))
}
