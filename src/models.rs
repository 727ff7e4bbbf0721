//! What leaklint knows of APIs, as data: `rules/models/*.toml`, embedded and typed.
//!
//! A model names calls by what they are, not by how a file spells them; see `rules/README.md` for
//! the words. Files that speak of an API by an alias, a destructured import or a field are
//! matched too, because the engine resolves the name first.

use rustc_hash::FxHashMap;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// One file of models.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    kind: Vec<Kind>,
    #[serde(default)]
    api: Vec<Api>,
    #[serde(default)]
    words: BTreeMap<String, Vec<String>>,
}

/// A kind of object: how it is recognised and how long it lives.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Kind {
    /// Its name, as models and annotations speak of it.
    pub name: String,
    /// Kinds whose methods it has too.
    #[serde(default)]
    pub is: Vec<String>,
    /// What `new`, `class … extends` or a call makes one: `module:export` or a global path.
    #[serde(default)]
    pub made_by: Vec<String>,
    /// Globals and imports that are one: they live as long as the process or page.
    #[serde(default)]
    pub always: Vec<String>,
    /// Type names in annotations that mean it.
    #[serde(default)]
    pub types: Vec<String>,
    /// Lives no longer than one request, message or call.
    #[serde(default)]
    pub short_lived: bool,
    /// Adding the same listener twice keeps one (`EventTarget`), or two (`EventEmitter`).
    #[serde(default)]
    pub deduplicates: bool,
    /// A collection that grows by `set`, `add`, `push` or keys.
    #[serde(default)]
    pub collection: bool,
    /// A collection that keeps its entries weakly, or bounds them itself.
    #[serde(default)]
    pub bounded: bool,
    /// An object of the host: reassigning its properties outlives the code that does it.
    #[serde(default)]
    pub host: bool,
}

/// How often a callback runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Times {
    /// During the call, as often as the data says.
    Now,
    /// Once, later.
    Later,
    /// Again and again.
    Many,
}

/// Which argument.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Arg {
    /// The one at this position, from 0.
    At(usize),
    /// "last", or the name of a property of an object argument.
    Named(String),
}

/// A callback an API runs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Runs {
    /// The callback.
    pub arg: Arg,
    /// Unit of its repetition: "request", "event", "tick", …; "event" is said with its name.
    #[serde(default)]
    pub per: String,
    /// How often.
    pub times: Times,
    /// Kinds of what it is called with.
    #[serde(default)]
    pub params: Vec<String>,
}

/// A listener an API keeps.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listens {
    /// Position of the event name, or the name itself.
    pub event: Event,
    /// The listener.
    pub handler: Arg,
    /// Removed when the event comes.
    #[serde(default)]
    pub once: bool,
}

/// Which event.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Event {
    /// The argument that names it.
    At(usize),
    /// Always this one.
    Named(String),
}

/// Code in a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Evaluates {
    /// A sloppy script.
    Script,
    /// The body of a sloppy function.
    Function,
}

/// What one call does.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Api {
    /// The calls: `module:export.path`, `global.path`, `Kind#method`, or `?#method` for a method
    /// of an unknown receiver.
    pub call: Vec<String>,
    /// Only where the first argument is a string that starts so.
    #[serde(default)]
    pub when_first_starts: Option<String>,
    /// Only where the first argument is a constant string of this list.
    #[serde(default)]
    pub when_first_is: Vec<String>,
    /// The callback it runs.
    #[serde(default)]
    pub runs: Option<Runs>,
    /// The listener it keeps.
    #[serde(default)]
    pub listens: Option<Listens>,
    /// It removes listeners: all, of an event, or one.
    #[serde(default)]
    pub removes_listeners: bool,
    /// Kind of what it returns.
    #[serde(default)]
    pub returns: Option<String>,
    /// Its first argument is code.
    #[serde(default)]
    pub evaluates: Option<Evaluates>,
    /// What it returns is usually large.
    #[serde(default)]
    pub heavy: bool,
    /// Neither keeps nor changes its arguments.
    #[serde(default)]
    pub pure: bool,
    /// Returns its first argument.
    #[serde(default)]
    pub passes_through: bool,
    /// Makes a collection that is bounded only by one of these options; none of them: unbounded.
    #[serde(default)]
    pub bounded_by: Vec<String>,
    /// What it keeps is per distinct value of its arguments.
    #[serde(default)]
    pub keyed: bool,
    /// Where that collection, or this call, keeps something for ever: what, for the message.
    #[serde(default)]
    pub keeps: Option<String>,
    /// Sets a property of its first argument: position of the value.
    #[serde(default)]
    pub sets_property: Option<usize>,
}

/// All models, indexed for matching.
#[derive(Debug)]
pub struct Models {
    kinds: Vec<Kind>,
    kind_names: FxHashMap<String, usize>,
    makers: FxHashMap<String, usize>,
    always: FxHashMap<String, usize>,
    types: FxHashMap<String, usize>,
    apis: Vec<Api>,
    /// Indexes of APIs by full call text.
    calls: FxHashMap<String, Vec<usize>>,
    /// Last names of all calls: what is worth matching at all.
    methods: rustc_hash::FxHashSet<String>,
    /// Names of methods that add or remove listeners.
    listening: rustc_hash::FxHashSet<String>,
    removing: rustc_hash::FxHashSet<String>,
    /// Last names of all calls that run a string as code.
    evaluators: rustc_hash::FxHashSet<String>,
    /// Last names of all calls that keep something.
    keepers: rustc_hash::FxHashSet<String>,
    words: FxHashMap<String, Vec<String>>,
    globals: rustc_hash::FxHashSet<String>,
    node_globals: rustc_hash::FxHashSet<String>,
}

/// The embedded files, by name.
pub const EMBEDDED: &[(&str, &str)] = &[
    ("javascript.toml", include_str!("../rules/models/javascript.toml")),
    ("node.toml", include_str!("../rules/models/node.toml")),
    ("web.toml", include_str!("../rules/models/web.toml")),
    ("packages.toml", include_str!("../rules/models/packages.toml")),
    ("globals.toml", include_str!("../rules/models/globals.toml")),
    ("words.toml", include_str!("../rules/models/words.toml")),
];

impl Models {
    /// The models that come with leaklint.
    #[must_use]
    pub fn embedded() -> &'static Models {
        static MODELS: OnceLock<Models> = OnceLock::new();
        MODELS.get_or_init(|| {
            let mut models = Models::empty();
            for (name, text) in EMBEDDED {
                // A broken embedded file is caught by the test suite, never met by a user.
                if let Err(error) = models.add(name, text) {
                    debug_assert!(false, "{error}");
                }
            }
            models
        })
    }

    fn empty() -> Self {
        Self {
            kinds: Vec::new(),
            kind_names: FxHashMap::default(),
            makers: FxHashMap::default(),
            always: FxHashMap::default(),
            types: FxHashMap::default(),
            apis: Vec::new(),
            calls: FxHashMap::default(),
            methods: rustc_hash::FxHashSet::default(),
            listening: rustc_hash::FxHashSet::default(),
            removing: rustc_hash::FxHashSet::default(),
            evaluators: rustc_hash::FxHashSet::default(),
            keepers: rustc_hash::FxHashSet::default(),
            words: FxHashMap::default(),
            globals: rustc_hash::FxHashSet::default(),
            node_globals: rustc_hash::FxHashSet::default(),
        }
    }

    /// Adds the models of one file.
    ///
    /// # Errors
    /// Text that is not of the form, with the file's name and the place in it.
    pub fn add(&mut self, name: &str, text: &str) -> Result<(), String> {
        let file: File = toml::from_str(text).map_err(|error| format!("{name}: {error}"))?;
        for kind in file.kind {
            let at = self.kinds.len();
            self.kind_names.insert(kind.name.clone(), at);
            for maker in &kind.made_by {
                self.makers.insert(maker.clone(), at);
            }
            for path in &kind.always {
                self.always.insert(path.clone(), at);
            }
            for ty in &kind.types {
                self.types.insert(ty.clone(), at);
            }
            self.kinds.push(kind);
        }
        for api in file.api {
            let at = self.apis.len();
            for call in &api.call {
                if let Some((_, method)) = call.split_once('#') {
                    self.methods.insert(method.to_string());
                    if api.listens.is_some() {
                        self.listening.insert(method.to_string());
                    }
                    if api.removes_listeners {
                        self.removing.insert(method.to_string());
                    }
                }
                if api.evaluates.is_some()
                    && let Some(name) = call.rsplit(['#', '.', ':']).next()
                {
                    self.evaluators.insert(name.to_string());
                }
                if api.keeps.is_some()
                    && let Some(name) = call.rsplit(['#', '.', ':']).next()
                {
                    self.keepers.insert(name.to_string());
                }
                self.calls.entry(call.clone()).or_default().push(at);
            }
            self.apis.push(api);
        }
        for (list, words) in file.words {
            if matches!(list.as_str(), "globals-language" | "globals-node" | "globals-loaders" | "globals-frameworks") {
                self.node_globals.extend(words.iter().cloned());
            }
            if list.starts_with("globals-") {
                self.globals.extend(words);
                continue;
            }
            self.words.entry(list).or_default().extend(words);
        }
        Ok(())
    }

    /// The kind of that name.
    #[must_use]
    pub fn kind(&self, name: &str) -> Option<&Kind> {
        self.kind_names.get(name).map(|at| &self.kinds[*at])
    }

    /// The kind made by `new path()`, `class extends path` or `path()`.
    #[must_use]
    pub fn made_by(&self, path: &str) -> Option<&Kind> {
        self.makers.get(path).map(|at| &self.kinds[*at])
    }

    /// The kind of the object a global or imported path always is.
    #[must_use]
    pub fn always(&self, path: &str) -> Option<&Kind> {
        self.always.get(path).map(|at| &self.kinds[*at])
    }

    /// The kind an annotation means.
    #[must_use]
    pub fn of_type(&self, name: &str) -> Option<&Kind> {
        self.types.get(name).map(|at| &self.kinds[*at])
    }

    /// The models of a call by its full text.
    pub fn calls(&self, text: &str) -> impl Iterator<Item = &Api> {
        self.calls.get(text).into_iter().flatten().map(|at| &self.apis[*at])
    }

    /// Whether some modelled call of that last name keeps something for ever.
    #[must_use]
    pub fn keeps(&self, name: &str) -> bool {
        self.keepers.contains(name)
    }

    /// Whether some modelled call of that last name runs a string as code.
    #[must_use]
    pub fn evaluates(&self, name: &str) -> bool {
        self.evaluators.contains(name)
    }

    /// Whether a method of that name adds listeners to something.
    #[must_use]
    pub fn listens(&self, method: &str) -> bool {
        self.listening.contains(method)
    }

    /// Whether a method of that name removes listeners from something.
    #[must_use]
    pub fn removes_listeners(&self, method: &str) -> bool {
        self.removing.contains(method)
    }

    /// Whether a name exists without a declaration in some environment.
    #[must_use]
    pub fn is_known_global(&self, name: &str) -> bool {
        self.globals.contains(name)
    }

    /// Whether a name exists without a declaration in Node.
    #[must_use]
    pub fn is_node_global(&self, name: &str) -> bool {
        self.node_globals.contains(name)
    }

    /// Whether any kind has a modelled method of that name.
    #[must_use]
    pub fn has_method(&self, name: &str) -> bool {
        self.methods.contains(name)
    }

    /// The kind and everything it is, nearest first.
    #[must_use]
    pub fn lineage<'a>(&'a self, kind: &'a Kind) -> Vec<&'a Kind> {
        let mut line = vec![kind];
        let mut at = 0;
        while at < line.len() {
            for parent in line[at].is.iter().filter_map(|name| self.kind(name)) {
                if !line.iter().any(|known| known.name == parent.name) {
                    line.push(parent);
                }
            }
            at += 1;
        }
        line
    }

    /// Whether a word list has the word.
    #[must_use]
    pub fn has_word(&self, list: &str, word: &str) -> bool {
        self.words.get(list).is_some_and(|words| words.iter().any(|known| known == word))
    }

    /// A word list.
    #[must_use]
    pub fn words(&self, list: &str) -> &[String] {
        self.words.get(list).map_or(&[], Vec::as_slice)
    }

    /// Every kind and call text, for tests.
    #[must_use]
    pub fn all(&self) -> (&[Kind], &[Api]) {
        (&self.kinds, &self.apis)
    }
}
