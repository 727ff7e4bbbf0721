//! What leaklint knows of APIs, as data: `rules/models/*.toml`, embedded and typed.
//!
//! A model names calls by what they are, not by how a file spells them; see `rules/README.md` for
//! the words. Files that speak of an API by an alias, a destructured import or a field are
//! matched too, because the engine resolves the name first.

use crate::config::Environment;
use crate::suggest::nearest;
use rustc_hash::FxHashMap;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

/// The tables of one file of models, or of a project's own.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Tables {
    /// Kinds of objects.
    #[serde(default)]
    pub kind: Vec<Kind>,
    /// What calls do.
    #[serde(default)]
    pub api: Vec<Api>,
    /// Functions that a platform runs.
    #[serde(default)]
    pub entry: Vec<Entry>,
    /// Lists of words.
    #[serde(default)]
    pub words: BTreeMap<String, Vec<String>>,
}

impl Tables {
    /// Whether nothing is in them.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.kind.is_empty() && self.api.is_empty() && self.entry.is_empty() && self.words.is_empty()
    }
}

/// A kind of object: how it is recognised and how long it lives.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
    /// Names of decorators of classes whose instances are of this kind.
    #[serde(default)]
    pub decorated_by: Vec<String>,
    /// Outlives the code that gets it, though it comes as a parameter: why.
    #[serde(default)]
    pub lasting: Option<String>,
    /// Last words of the names of owners that are made for one piece of work, with what hangs on them.
    #[serde(default)]
    pub unless_of: Vec<String>,
    /// It lasts even where the code itself makes it.
    #[serde(default)]
    pub lasts_when_made: bool,
    /// Names of parameters and properties that mean it where nothing else says what they are.
    #[serde(default)]
    pub named: Vec<String>,
    /// Kinds of its properties.
    #[serde(default)]
    pub parts: BTreeMap<String, String>,
    /// Methods that the framework calls each time an instance comes to be.
    #[serde(default)]
    pub mounts: Vec<String>,
    /// The framework makes one for the whole program: who, in words.
    #[serde(default)]
    pub single: Option<String>,
    /// Words in the decorator's arguments that say that this one is made again and again.
    #[serde(default)]
    pub unless_scoped: Vec<String>,
    /// What the framework calls its methods per.
    #[serde(default)]
    pub serves: Option<String>,
}

impl Kind {
    /// Whether there is one for the whole program, and it sends events: `process`, the page.
    #[must_use]
    pub fn is_one_for_all(&self) -> bool {
        !self.is.is_empty() && !self.always.is_empty() && self.made_by.is_empty() && self.types.is_empty()
    }
}

/// How often a callback runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged, expecting = "expected a position from 0, \"last\", or the name of a property")]
pub enum Arg {
    /// The one at this position, from 0.
    At(usize),
    /// "last", or the name of a property of an object argument.
    Named(String),
}

/// A callback an API runs.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
    /// The function that the callback returns is run at the end: a promise of one is not.
    #[serde(default)]
    pub cleanup: bool,
    /// The call returns what the callback returns.
    #[serde(default, rename = "gives-back")]
    pub gives_back: bool,
    /// An object of functions may stand for the callback: each of them is run so.
    #[serde(default)]
    pub methods: bool,
}

/// A file whose functions a call has run again and again, in a thread or process of its own.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RunsFile {
    /// The argument that names the file.
    pub arg: Arg,
    /// Unit of their repetition: "task".
    pub per: String,
}

/// Something a call takes that stays until it is given back.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Acquires {
    /// What it is, for messages: "interval", "file watcher".
    pub what: String,
    /// The rule that speaks of it.
    pub rule: String,
    /// What stays with it, for messages.
    pub keeps: String,
    /// What gives it back, with `_` for the handle: `clearInterval(_)`, `_.close`, `_()`. Empty:
    /// nothing does.
    #[serde(default)]
    pub ended_by: Vec<String>,
    /// Methods of the handle that return the handle.
    #[serde(default)]
    pub chains: Vec<String>,
    /// It is given back only if it is on every way out, errors included.
    #[serde(default)]
    pub on_every_path: bool,
    /// What keeps it, "receiver" or an argument: it matters only where that outlives the code.
    #[serde(default)]
    pub on: Option<Arg>,
    /// Only where its callback starts the next one, or a race leaves it behind.
    #[serde(default)]
    pub when_chained: bool,
    /// Only where it is one of the promises of a race, which leaves the slower ones behind.
    #[serde(default)]
    pub when_raced: bool,
    /// Only where this argument is made anew by the code.
    #[serde(default)]
    pub made_of: Option<Arg>,
    /// Only with this option set to something other than `false`.
    #[serde(default)]
    pub with_option: Option<String>,
    /// Only without this option, which ends it.
    #[serde(default)]
    pub without_option: Option<String>,
    /// Only with this option set to something that lives as long as the process.
    #[serde(default)]
    pub with_shared: Option<String>,
    /// Only where one of these methods or properties of the handle is used.
    #[serde(default)]
    pub used_by: Vec<String>,
    /// Only where this method of the handle is given something that outlives it.
    #[serde(default)]
    pub lasting_by: Option<String>,
    /// Only where the first argument is a new element of one of these names.
    #[serde(default)]
    pub appends: Vec<String>,
    /// It is the argument that is followed, not what the call returns.
    #[serde(default)]
    pub handle: Option<Arg>,
    /// Calls that it is given to use it, and do not take it over.
    #[serde(default)]
    pub lent: bool,
    /// The handle is plain text: storing it as a property hands nothing over.
    #[serde(default)]
    pub by_value: bool,
    /// What it is called on ends it, where it was made by one of these functions: `takeUntil`.
    #[serde(default)]
    pub ended_by_operator: Vec<String>,
    /// What older programs need it for: where the same argument is stored to one of these properties as well, it is
    /// only taken where that fails.
    #[serde(default)]
    pub superseded_by: Vec<String>,
    /// Last words of names of an argument of which little stays: the data of a `file` is on a disk.
    #[serde(default)]
    pub keeps_little_of: Vec<String>,
    /// What it is taken on ends it, if one of these methods of it is called.
    #[serde(default)]
    pub ended_by_source: Vec<String>,
    /// Its other side may end it, out of sight: a worker that closes itself.
    #[serde(default)]
    pub may_end_itself: bool,
    /// Its other side ends it sooner or later: a connection.
    #[serde(default)]
    pub ended_there: bool,
    /// It matters though it is taken once: it never ends by itself.
    #[serde(default)]
    pub even_once: bool,
    /// Only where it is taken per this unit: "mount".
    #[serde(default)]
    pub when_per: Option<String>,
    /// The most confidence it deserves.
    #[serde(default)]
    pub at_most: Option<AtMost>,
    /// The single edit that ends it, for messages.
    pub fix: String,
}

/// A bound on confidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum AtMost {
    /// Shown only by `--pedantic`.
    Low,
    /// A warning.
    Medium,
}

/// A listener an API keeps.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Listens {
    /// Position of the event name, or the name itself.
    pub event: Event,
    /// The listener.
    pub handler: Arg,
    /// Removed when the event comes.
    #[serde(default)]
    pub once: bool,
    /// It takes options with `once` and `signal`.
    #[serde(default)]
    pub options: bool,
}

/// Which event.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged, expecting = "expected the position of the event's name, or the name")]
pub enum Event {
    /// The argument that names it.
    At(usize),
    /// Always this one.
    Named(String),
}

/// Code in a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Evaluates {
    /// A sloppy script.
    Script,
    /// The body of a sloppy function.
    Function,
}

/// What one call does.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
    /// Only where an argument has one of these strings, or something made by one of these names.
    #[serde(default)]
    pub when_args_have: Vec<String>,
    /// Not where an argument has one of these strings or properties, or something made so.
    #[serde(default)]
    pub unless_args_have: Vec<String>,
    /// The callback it runs.
    #[serde(default)]
    pub runs: Option<Runs>,
    /// It has the functions of another file run.
    #[serde(default)]
    pub runs_file: Option<RunsFile>,
    /// It has the file run again after each edit, where its first argument names no other file.
    #[serde(default)]
    pub reloads: bool,
    /// The listener it keeps.
    #[serde(default)]
    pub listens: Option<Listens>,
    /// What it takes that must be given back.
    #[serde(default)]
    pub acquires: Option<Acquires>,
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
    /// Returns something that lasts as long as the longest-lived of the list it is given.
    #[serde(default)]
    pub combines: bool,
    /// Returns the same object, or a part of the same thing, to everybody who asks.
    #[serde(default)]
    pub shared: bool,
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
    /// Returns a promise that settles when an event comes.
    #[serde(default)]
    pub settles_on: Option<SettlesOn>,
    /// Keeps the thread, and what it does meanwhile, for the message.
    #[serde(default)]
    pub blocks: Option<String>,
}

/// A function that a platform runs again and again, known by its export and its file.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Entry {
    /// Names that it is exported under; `default.fetch` is a method of the default export.
    pub exports: Vec<String>,
    /// What it is, for messages: "a Lambda function".
    pub what: String,
    /// Unit of its repetition: "request".
    pub per: String,
    /// Kinds of what it is called with.
    #[serde(default)]
    pub params: Vec<String>,
    /// Only in a file below a directory of these paths.
    #[serde(default)]
    pub in_directories: Vec<String>,
    /// Only in a file of one of these names, up to the first dot.
    #[serde(default)]
    pub in_files: Vec<String>,
    /// Only where its first parameters have these names: for each, those that it may have.
    #[serde(default)]
    pub when_params: Vec<Vec<String>>,
    /// Only where it is `async`.
    #[serde(default)]
    pub when_async: bool,
}

/// The event that settles a promise.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SettlesOn {
    /// Position of what sends the event.
    pub emitter: usize,
    /// Position of the event's name.
    pub event: usize,
}

impl Kind {
    /// Adds what another table says of the same kind.
    fn extend(&mut self, other: Self) {
        let Self {
            name: _,
            is,
            made_by,
            always,
            types,
            short_lived,
            deduplicates,
            collection,
            bounded,
            host,
            decorated_by,
            lasting,
            unless_of,
            lasts_when_made,
            named,
            parts,
            mounts,
            single,
            unless_scoped,
            serves,
        } = other;
        self.single = single.or(self.single.take());
        self.serves = serves.or(self.serves.take());
        for (list, more) in [
            (&mut self.is, is),
            (&mut self.made_by, made_by),
            (&mut self.always, always),
            (&mut self.types, types),
            (&mut self.decorated_by, decorated_by),
            (&mut self.named, named),
            (&mut self.mounts, mounts),
            (&mut self.unless_scoped, unless_scoped),
            (&mut self.unless_of, unless_of),
        ] {
            list.extend(more);
        }
        for (flag, more) in [
            (&mut self.short_lived, short_lived),
            (&mut self.deduplicates, deduplicates),
            (&mut self.collection, collection),
            (&mut self.bounded, bounded),
            (&mut self.host, host),
            (&mut self.lasts_when_made, lasts_when_made),
        ] {
            *flag |= more;
        }
        self.lasting = lasting.or(self.lasting.take());
        self.parts.extend(parts);
    }
}

/// All models, indexed for matching.
#[derive(Clone, Debug, Default)]
pub struct Models {
    kinds: Vec<Kind>,
    kind_names: FxHashMap<String, usize>,
    makers: FxHashMap<String, usize>,
    always: FxHashMap<String, usize>,
    types: FxHashMap<String, usize>,
    decorators: FxHashMap<String, usize>,
    /// Names of properties whose kind some kind knows.
    parts: rustc_hash::FxHashSet<String>,
    /// Kinds by names of parameters and properties.
    named: FxHashMap<String, usize>,
    /// Methods that some framework calls for each instance.
    mounts: rustc_hash::FxHashSet<String>,
    apis: Vec<Api>,
    entries: Vec<Entry>,
    /// Indexes of APIs by full call text, methods aside.
    calls: FxHashMap<String, Vec<usize>>,
    /// Indexes of APIs by the name of a method, and by the kind of its receiver: `?` for any.
    methods: FxHashMap<String, FxHashMap<String, Vec<usize>>>,
    /// Names of methods that add or remove listeners.
    listening: rustc_hash::FxHashSet<String>,
    removing: rustc_hash::FxHashSet<String>,
    /// Last names of all calls that take something.
    acquiring: rustc_hash::FxHashSet<String>,
    /// Last names of all calls that run a string as code.
    evaluators: rustc_hash::FxHashSet<String>,
    /// Last names of all calls that return a promise of an event, and of those that block.
    settling: rustc_hash::FxHashSet<String>,
    blocking: rustc_hash::FxHashSet<String>,
    /// Last names of all calls that keep something.
    keepers: rustc_hash::FxHashSet<String>,
    /// Modules with calls that run the functions of another file.
    pools: Vec<String>,
    /// Last names of all calls by which a file is run again after each edit.
    reloading: rustc_hash::FxHashSet<String>,
    words: FxHashMap<String, Vec<String>>,
    globals: rustc_hash::FxHashSet<String>,
    node_globals: rustc_hash::FxHashSet<String>,
    browser_globals: rustc_hash::FxHashSet<String>,
    /// Whether some path names a module by the end of its specifier: `*/bus:on`.
    has_endings: bool,
}

/// The modelled methods of one name.
#[derive(Clone, Copy, Debug)]
pub struct Methods<'a> {
    by_kind: &'a FxHashMap<String, Vec<usize>>,
    apis: &'a [Api],
}

impl<'a> Methods<'a> {
    /// The models of the method of a kind; of `?`, that of any receiver.
    pub fn of(self, kind: &str) -> impl Iterator<Item = &'a Api> {
        self.by_kind.get(kind).into_iter().flatten().map(move |at| &self.apis[*at])
    }
}

/// The lists of words that are names which exist without a declaration, and whether they do so in Node and in browsers.
const GLOBALS: [(&str, bool, bool); 6] = [
    ("globals-language", true, true),
    ("globals-node", true, false),
    ("globals-browser", false, true),
    ("globals-tests", false, true),
    ("globals-frameworks", true, true),
    ("globals-loaders", true, true),
];

/// A name in a project's models that means nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// What it should be: a kind, a rule, a list of words.
    pub what: &'static str,
    /// The name.
    pub name: String,
    /// Where it is in the tables: `api/0/returns`.
    pub path: String,
    /// The nearest name that means something.
    pub near: Option<String>,
}

/// The embedded files, by name.
pub const EMBEDDED: &[(&str, &str)] = &[
    ("javascript.toml", include_str!("../rules/models/javascript.toml")),
    ("node.toml", include_str!("../rules/models/node.toml")),
    ("web.toml", include_str!("../rules/models/web.toml")),
    ("packages.toml", include_str!("../rules/models/packages.toml")),
    ("platforms.toml", include_str!("../rules/models/platforms.toml")),
    ("frameworks.toml", include_str!("../rules/models/frameworks.toml")),
    ("globals.toml", include_str!("../rules/models/globals.toml")),
    ("words.toml", include_str!("../rules/models/words.toml")),
];

impl Models {
    /// The models that come with leaklint.
    #[must_use]
    pub fn embedded() -> &'static Arc<Models> {
        static MODELS: OnceLock<Arc<Models>> = OnceLock::new();
        MODELS.get_or_init(|| {
            let mut models = Models::default();
            for (name, text) in EMBEDDED {
                // A broken embedded file is caught by the test suite, never met by a user.
                if let Err(error) = models.add(name, text) {
                    debug_assert!(false, "{error}");
                }
            }
            Arc::new(models)
        })
    }

    /// Adds the models of a project, which come before those that are known.
    ///
    /// # Errors
    /// A table that names a rule, kind or list of words that does not exist.
    pub fn extend(&mut self, own: &Tables) -> Result<(), Unknown> {
        self.refuse_unknown(own)?;
        self.insert(own.clone(), true);
        Ok(())
    }

    /// The models for code that runs there: other names are not known to exist without a declaration.
    #[must_use]
    pub fn within(mut self, environments: &[Environment]) -> Self {
        match [Environment::Node, Environment::Browser].map(|one| environments.contains(&one)) {
            [true, true] => self.node_globals.clone_from(&self.globals),
            [true, false] => self.globals.clone_from(&self.node_globals),
            [false, true] => {
                self.node_globals.clone_from(&self.browser_globals);
                self.globals.clone_from(&self.browser_globals);
            }
            [false, false] => {}
        }
        self
    }

    /// Adds the models of one file.
    ///
    /// # Errors
    /// Text that is not of the form, with the file's name and the place in it.
    pub fn add(&mut self, name: &str, text: &str) -> Result<(), String> {
        self.insert(toml::from_str(text).map_err(|error| format!("{name}: {error}"))?, false);
        Ok(())
    }

    /// Looks at the names in tables that mean other things of the models.
    fn refuse_unknown(&self, own: &Tables) -> Result<(), Unknown> {
        let rules: Vec<&str> = crate::rules::RULES.iter().map(|rule| rule.name).collect();
        let kinds: Vec<&str> = self.kinds.iter().chain(&own.kind).map(|kind| kind.name.as_str()).collect();
        let known = |what: &'static str, name: &str, all: &[&str], path: &dyn Fn() -> String| match all.contains(&name)
        {
            true => Ok(()),
            false => {
                let near = nearest(name, all.iter().copied()).map(str::to_owned);
                Err(Unknown { what, name: name.to_owned(), path: path(), near })
            }
        };
        let each = |names: &[String], path: &str| {
            let mut all = names.iter().enumerate();
            all.try_for_each(|(at, name)| known("kind", name, &kinds, &|| format!("{path}/{at}")))
        };
        for (at, kind) in own.kind.iter().enumerate() {
            each(&kind.is, &format!("kind/{at}/is"))?;
            for (part, name) in &kind.parts {
                known("kind", name, &kinds, &|| format!("kind/{at}/parts/{part}"))?;
            }
        }
        for (at, api) in own.api.iter().enumerate() {
            for (index, call) in api.call.iter().enumerate() {
                if let Some((kind, _)) = call.split_once('#').filter(|(kind, _)| *kind != "?") {
                    known("kind", kind, &kinds, &|| format!("api/{at}/call/{index}"))?;
                }
            }
            if let Some(runs) = &api.runs {
                each(&runs.params, &format!("api/{at}/runs/params"))?;
            }
            if let Some(kind) = &api.returns {
                known("kind", kind, &kinds, &|| format!("api/{at}/returns"))?;
            }
            if let Some(acquires) = &api.acquires {
                known("rule", &acquires.rule, &rules, &|| format!("api/{at}/acquires/rule"))?;
            }
        }
        for (at, entry) in own.entry.iter().enumerate() {
            each(&entry.params, &format!("entry/{at}/params"))?;
        }
        let globals = GLOBALS.map(|(list, ..)| list);
        let mut lists: Vec<&str> = self.words.keys().map(String::as_str).chain(globals).collect();
        lists.sort_unstable();
        own.words.keys().try_for_each(|list| known("list of words", list, &lists, &|| format!("words/{list}")))
    }

    /// Adds tables; those that come `first` are asked before the others.
    fn insert(&mut self, tables: Tables, first: bool) {
        let endings = |paths: &[String]| paths.iter().any(|path| path.starts_with("*/"));
        self.has_endings |= tables.kind.iter().any(|kind| endings(&kind.made_by) || endings(&kind.always))
            || tables.api.iter().any(|api| endings(&api.call));
        for kind in tables.kind {
            let at = *self.kind_names.entry(kind.name.clone()).or_insert(self.kinds.len());
            for maker in &kind.made_by {
                self.makers.insert(maker.clone(), at);
            }
            for path in &kind.always {
                self.always.insert(path.clone(), at);
            }
            for ty in &kind.types {
                self.types.insert(ty.clone(), at);
            }
            self.parts.extend(kind.parts.keys().cloned());
            for name in &kind.named {
                self.named.insert(name.clone(), at);
            }
            self.mounts.extend(kind.mounts.iter().cloned());
            for decorator in &kind.decorated_by {
                self.decorators.insert(decorator.clone(), at);
            }
            match self.kinds.get_mut(at) {
                Some(known) => known.extend(kind),
                None => self.kinds.push(kind),
            }
        }
        for api in tables.api {
            let at = self.apis.len();
            for call in &api.call {
                if let Some((_, function)) = call.split_once(':')
                    && api.listens.is_some()
                {
                    self.listening.insert(function.rsplit('.').next().unwrap_or(function).to_string());
                }
                let alone = !call.contains(['#', ':', '.']);
                if alone && api.listens.is_some() {
                    self.listening.insert(call.clone());
                }
                if alone && api.removes_listeners {
                    self.removing.insert(call.clone());
                }
                if let Some((_, method)) = call.split_once('#') {
                    if api.listens.is_some() {
                        self.listening.insert(method.to_string());
                    }
                    if api.removes_listeners {
                        self.removing.insert(method.to_string());
                    }
                }
                if api.acquires.is_some() {
                    let name = call.rsplit(['#', '.', ':', '/']).next().unwrap_or(call);
                    // A default export has any name.
                    self.acquiring.insert(name.to_string());
                }
                if api.evaluates.is_some()
                    && let Some(name) = call.rsplit(['#', '.', ':']).next()
                {
                    self.evaluators.insert(name.to_string());
                }
                if let Some(name) = call.rsplit(['#', '.', ':']).next() {
                    if api.settles_on.is_some() {
                        self.settling.insert(name.to_string());
                    }
                    if api.blocks.is_some() {
                        self.blocking.insert(name.to_string());
                    }
                }
                if api.keeps.is_some()
                    && let Some(name) = call.rsplit(['#', '.', ':']).next()
                {
                    self.keepers.insert(name.to_string());
                }
                if api.reloads {
                    self.reloading.insert(call.rsplit(['#', '.', ':']).next().unwrap_or(call).to_string());
                }
                if api.runs_file.is_some()
                    && let Some((module, _)) = call.split_once(':')
                    && !self.pools.iter().any(|known| known == module)
                {
                    self.pools.push(module.to_string());
                }
                let apis = match call.split_once('#') {
                    Some((kind, method)) => {
                        self.methods.entry(method.to_string()).or_default().entry(kind.to_string()).or_default()
                    }
                    None => self.calls.entry(call.clone()).or_default(),
                };
                apis.insert(if first { 0 } else { apis.len() }, at);
            }
            self.apis.push(api);
        }
        self.entries.extend(tables.entry);
        for (list, words) in tables.words {
            let Some((_, node, browser)) = GLOBALS.into_iter().find(|(known, ..)| *known == list) else {
                self.words.entry(list).or_default().extend(words);
                continue;
            };
            if node {
                self.node_globals.extend(words.iter().cloned());
            }
            if browser {
                self.browser_globals.extend(words.iter().cloned());
            }
            self.globals.extend(words);
        }
    }

    /// What a table has for a path: by its text, or by the end of a specifier, as `*/lib/bus:on` has
    /// `../lib/bus.js:on`.
    fn find<'t, T>(&self, table: &'t FxHashMap<String, T>, path: &str) -> Option<&'t T> {
        let found = table.get(path);
        if found.is_some() || !self.has_endings {
            return found;
        }
        let (module, name) = path.split_once(':')?;
        let module = match module.rsplit_once('.') {
            Some((stem, extension)) if !extension.contains('/') => stem,
            _ => module,
        };
        let module = module.strip_suffix("/index").unwrap_or(module);
        module.match_indices('/').find_map(|(at, _)| table.get(&format!("*{}:{name}", &module[at..])))
    }

    /// The kind of that name.
    #[must_use]
    pub fn kind(&self, name: &str) -> Option<&Kind> {
        self.kind_names.get(name).map(|at| &self.kinds[*at])
    }

    /// The kind made by `new path()`, `class extends path` or `path()`.
    #[must_use]
    pub fn made_by(&self, path: &str) -> Option<&Kind> {
        self.find(&self.makers, path).map(|at| &self.kinds[*at])
    }

    /// The kind of the object a global or imported path always is.
    #[must_use]
    pub fn always(&self, path: &str) -> Option<&Kind> {
        self.find(&self.always, path).map(|at| &self.kinds[*at])
    }

    /// The kind an annotation means.
    #[must_use]
    pub fn of_type(&self, name: &str) -> Option<&Kind> {
        self.types.get(name).map(|at| &self.kinds[*at])
    }

    /// Whether some kind knows the kind of a property of that name.
    #[must_use]
    pub fn has_part(&self, name: &str) -> bool {
        self.parts.contains(name)
    }

    /// The kind that parameters and properties of that name are, where nothing else says.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Kind> {
        self.named.get(name).map(|at| &self.kinds[*at])
    }

    /// Whether some framework calls a method of that name for each instance.
    #[must_use]
    pub fn is_mount(&self, method: &str) -> bool {
        self.mounts.contains(method)
    }

    /// The kind of the instances of a class with that decorator.
    #[must_use]
    pub fn decorated_by(&self, name: &str) -> Option<&Kind> {
        self.decorators.get(name).map(|at| &self.kinds[*at])
    }

    /// Functions that platforms run.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The models of a call by its full text, methods aside.
    pub fn calls(&self, text: &str) -> impl Iterator<Item = &Api> {
        self.find(&self.calls, text).into_iter().flatten().map(|at| &self.apis[*at])
    }

    /// Whether some modelled call of that last name keeps something for ever.
    #[must_use]
    pub fn keeps(&self, name: &str) -> bool {
        self.keepers.contains(name)
    }

    /// Modules with calls that run the functions of another file.
    #[must_use]
    pub fn pools(&self) -> &[String] {
        &self.pools
    }

    /// Whether some modelled call of that last name has its file run again after each edit.
    #[must_use]
    pub fn reloads(&self, name: &str) -> bool {
        self.reloading.contains(name)
    }

    /// Those names.
    pub fn reloading(&self) -> impl Iterator<Item = &str> {
        self.reloading.iter().map(String::as_str)
    }

    /// Whether some modelled call of that last name returns a promise of an event.
    #[must_use]
    pub fn settles(&self, name: &str) -> bool {
        self.settling.contains(name)
    }

    /// Whether some modelled call of that last name keeps the thread.
    #[must_use]
    pub fn blocks(&self, name: &str) -> bool {
        self.blocking.contains(name)
    }

    /// Whether some modelled call of that last name takes something that must be given back.
    #[must_use]
    pub fn acquires(&self, name: &str) -> bool {
        self.acquiring.contains(name)
    }

    /// Whether some modelled call of that last name runs a string as code.
    #[must_use]
    pub fn evaluates(&self, name: &str) -> bool {
        self.evaluators.contains(name)
    }

    /// Last names of all modelled calls that run a string as code.
    pub fn evaluators(&self) -> impl Iterator<Item = &str> {
        self.evaluators.iter().map(String::as_str)
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

    /// The modelled methods of a name; `None` where no kind has one.
    #[must_use]
    pub fn methods(&self, name: &str) -> Option<Methods<'_>> {
        self.methods.get(name).map(|by_kind| Methods { by_kind, apis: &self.apis })
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
