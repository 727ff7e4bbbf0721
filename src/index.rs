//! The project index: what the files of one run know of each other.
//!
//! A file is judged alone first, and the questions that only other files can answer are noted: who
//! calls what it exports, what they do with an exported collection. Files that import it are then
//! asked what they do with it ([`ImportUse`]), and the file is judged again with the answers. What
//! nobody in view imports is public: anybody may call it. The other way round, the file that an import
//! names is asked what its function does with what it is given ([`Given`]).

use crate::engine::Strength;
use crate::engine::key::Domain;
use crate::engine::usage::GrowKind;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// What is read off each file at first sight.
#[derive(Clone, Debug, Default)]
pub struct Links {
    /// Its imports: specifier as written and name there, `*` where any may be used. Sorted.
    pub imports: Vec<(String, String)>,
    /// The kinds, as the models name them, of what it exports, by export.
    pub values: Vec<Value>,
    /// Re-exports: specifier, the name there, the name here; `*` for all.
    pub reexports: Vec<(String, String, String)>,
    /// The first names of what it exports itself; empty for all of `module.exports`.
    pub exports: BTreeSet<String>,
    /// Whether it exports a name `default`; where not, a default import is the whole module.
    pub has_default: bool,
    /// Whether its uses of other files do not count: a test, a script, a configuration.
    pub is_short_lived: bool,
    /// What its judgement asked.
    pub questions: Questions,
}

/// What only other files can tell the judgement of one.
#[derive(Clone, Debug, Default)]
pub struct Questions {
    /// Its exports whose users it asks for.
    pub exports: Vec<String>,
    /// Imported values whose kind it asks for: specifier and export.
    pub kinds: Vec<(String, String)>,
    /// Imported collections that it adds to: specifier and export.
    pub collections: Vec<(String, String)>,
    /// What it gives to functions of other files: specifier, and which argument of what.
    pub given: Vec<(String, Given)>,
}

impl Questions {
    /// Whether nothing was asked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.exports.is_empty() && self.kinds.is_empty() && self.collections.is_empty() && self.given.is_empty()
    }
}

impl Links {
    /// Takes in what another part of the same file says.
    pub fn add(&mut self, other: Self) {
        self.imports.extend(other.imports);
        self.values.extend(other.values);
        self.reexports.extend(other.reexports);
        self.exports.extend(other.exports);
        self.has_default |= other.has_default;
        self.is_short_lived |= other.is_short_lived;
        self.questions.exports.extend(other.questions.exports);
        self.questions.kinds.extend(other.questions.kinds);
        self.questions.collections.extend(other.questions.collections);
        self.questions.given.extend(other.questions.given);
    }

    /// What the file itself calls an export: a default import of a CommonJS module is all that it exports.
    fn own_name<'a>(&self, export: &'a str) -> &'a str {
        let of_default = if self.has_default { None } else { members_after(export, "default") };
        of_default.unwrap_or(export)
    }
}

/// An exported value that is made once, when the file loads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// The export, as others name it.
    pub export: String,
    /// Its kind, as the models name it: `Map`, `EventEmitter`.
    pub kind: String,
    /// The line in its own file that takes entries out of it, or tests its size.
    pub released: Option<u32>,
}

/// How often something is done, in the words of the file that does it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeated {
    /// How strong the evidence is.
    pub strength: Strength,
    /// What it is done per.
    pub unit: String,
    /// Why, as one phrase.
    pub reason: String,
}

/// What a file does with something it imports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportUse {
    /// The file it comes from.
    pub target: String,
    /// Which export, with the members that are followed: `load`, `cache.delete`; empty for the
    /// whole module.
    pub export: String,
    /// 1-based line.
    pub line: u32,
    /// What is done.
    pub what: UseKind,
}

/// An argument of a call, as far as another file has to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    /// How many values it can take.
    pub domain: Domain,
    /// Whether it is surely another one each time.
    pub varies: bool,
    /// Why it outlives the calls, where these come again and again and nothing else there can undo
    /// what they do to it.
    pub lasts: Option<String>,
}

/// Something that is given to a function of another file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Given {
    /// The export that the function is.
    pub export: String,
    /// Which of its arguments.
    pub position: usize,
    /// For a handle what ends it and what gives it again, in the words of the models; none for a collection.
    pub handle: Option<(Vec<String>, Vec<String>)>,
}

/// What a function of a file does with something it is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Treatment {
    /// This, and nothing else.
    Does(Vec<Effect>),
    /// The function is another file's: specifier and export.
    IsOf(String, String),
}

/// One thing that a function does with what it is given, and where: "store.js:3".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    /// What.
    pub deed: Deed,
    /// Where.
    pub at: String,
}

/// What a function does with what it is given. Arguments are positions in the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Adds to it: how, the argument that the key is made of, what is kept.
    Grows(GrowKind, Option<usize>, Kept),
    /// Removes the entry of a key.
    Removes(usize),
    /// Removes entries.
    Shrinks,
    /// Asks for an entry.
    LooksUp(Option<usize>),
    /// Ends it.
    Ends,
    /// Hands it on, where it cannot be followed.
    Escapes,
}

/// What a function puts into what it is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// An argument.
    Argument(usize),
    /// What it makes in the call.
    Made,
    /// A number, a flag.
    Plain,
}

/// What a look at a file gave.
#[derive(Debug, Default)]
pub struct Surveyed {
    /// What it does with what it imports.
    pub uses: Vec<ImportUse>,
    /// What its functions do with what others give them.
    pub given: Vec<(Given, Treatment)>,
    /// What that hangs on.
    pub questions: Questions,
}

/// What is done with an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UseKind {
    /// Called, or run by an API it is handed to, with its arguments.
    Called(Repeated, Vec<Argument>),
    /// Made an instance of.
    Made(Repeated),
    /// An entry deleted, its length set.
    Cut,
    /// Read, compared, tested.
    Read,
    /// Given out again under a name of this file.
    GivenOut(String),
    /// Handed over as a file, of which another thread or process runs all functions.
    Run(Repeated),
    /// Gone where it is not followed.
    Escaped,
}

/// What all other files do with an export.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Users {
    /// Whether code out of sight may use it too.
    pub unseen: bool,
    /// The most that any of them runs it.
    pub calls: Option<Repeated>,
    /// How often instances of it are made, one for each place.
    pub made: Vec<Repeated>,
    /// Each argument over all calls; empty where nothing calls it.
    pub args: Vec<Argument>,
    /// Methods called on it, with where: `delete`, "src/a.js:12".
    pub methods: Vec<(String, String)>,
    /// Where entries are deleted by key or the length is set.
    pub cut: Option<String>,
}

impl Users {
    /// Whether they say more than that anybody may use it.
    #[must_use]
    pub fn tell(&self) -> bool {
        !self.unseen
            || self.calls.as_ref().is_some_and(|calls| calls.strength == Strength::Strong)
            || self.cut.is_some()
            || !self.methods.is_empty()
    }

    /// The users of two names of one thing.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.unseen |= other.unseen;
        self.made.extend(other.made);
        self.methods.extend(other.methods);
        self.cut = self.cut.or(other.cut);
        if let Some(calls) = other.calls {
            self.called(calls, &other.args);
        }
        self
    }

    fn called(&mut self, how: Repeated, args: &[Argument]) {
        match &mut self.calls {
            Some(known) if known.strength >= how.strength => {
                // At load in several places is a number of times that the code sets.
                if how.strength == Strength::Once && known.strength == Strength::Once {
                    known.strength = Strength::Bounded;
                }
            }
            _ => self.calls = Some(how),
        }
        let most = self.args.len().max(args.len());
        // One constant here and another there are two values.
        self.args.resize(most, Argument { domain: Domain::Finite, varies: false, lasts: None });
        for (known, given) in self.args.iter_mut().zip(args) {
            known.domain = known.domain.max(given.domain);
            known.varies |= given.varies;
            known.lasts = known.lasts.take().or_else(|| given.lasts.clone());
        }
    }
}

/// All files of a run.
#[derive(Debug, Default)]
pub struct Index {
    files: FxHashMap<String, File>,
    aliases: Vec<Alias>,
    /// The working directory, with `/`: `../lib/a.js` is `a.js` where it is called `lib`.
    home: String,
    /// What was asked about: file and the first name of the export. Nothing is known of the rest.
    asked: FxHashSet<(String, String)>,
    /// What each file does with its imports, by the file that they come from.
    uses: FxHashMap<String, FxHashMap<String, Vec<ImportUse>>>,
    /// What each file was asked of what is given to its functions, and what it answered.
    given: FxHashMap<String, BTreeMap<Given, Option<Treatment>>>,
}

#[derive(Debug, Default)]
struct File {
    links: Links,
    importers: Vec<Importer>,
    is_entry: bool,
}

#[derive(Debug)]
struct Importer {
    path: String,
    /// What it imports; none where it only gives out again.
    names: Vec<String>,
}

/// `paths` of a tsconfig.json: what a specifier with a prefix stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alias {
    /// The directory whose files it holds for, without `/` at its end; empty for all.
    pub directory: String,
    /// What the specifier starts with; with `exact`, all of it.
    pub prefix: String,
    /// Whether nothing follows the prefix.
    pub exact: bool,
    /// What stands for the prefix: a path as files are shown.
    pub target: String,
}

impl File {
    /// Whether a file imports an export of this one by name, or everything.
    fn is_used_by(&self, importer: &Importer, export: &str) -> bool {
        let first = first_name(export);
        importer.names.iter().any(|name| {
            name == "*" || name == first || first.is_empty() || (name == "default" && !self.links.has_default)
        })
    }
}

/// The index of a file that is alone.
pub static ALONE: LazyLock<Index> = LazyLock::new(Index::default);

/// Tasks of a worker have no more arguments.
const MAX_TASK_ARGUMENTS: usize = 8;

/// Re-exports are followed so far.
const MAX_HOPS: u32 = 6;

impl Index {
    /// The index of files, by the path each is shown as; `entries` are those that code out of sight
    /// imports: `main` of a package.json and its like; `home` is the working directory, with `/`.
    #[must_use]
    pub fn new(files: Vec<(String, Links)>, entries: &BTreeSet<String>, aliases: Vec<Alias>, home: String) -> Self {
        let mut index = Self { aliases, home, ..Self::default() };
        let mut order: Vec<String> = files.iter().map(|(path, _)| path.clone()).collect();
        order.sort_unstable();
        for (path, links) in files {
            let is_entry = entries.contains(&path);
            index.files.insert(path, File { links, importers: Vec::new(), is_entry });
        }
        for importer in &order {
            let Some(file) = index.files.get(importer) else { continue };
            if file.links.is_short_lived {
                continue;
            }
            let mut targets: BTreeMap<String, Vec<String>> = BTreeMap::new();
            let imports = file.links.imports.iter().map(|(specifier, name)| (specifier, Some(name)));
            let given = file.links.reexports.iter().map(|(specifier, ..)| (specifier, None));
            // A file names many things of one other.
            let mut resolved: FxHashMap<&str, Option<String>> = FxHashMap::default();
            for (specifier, name) in imports.chain(given) {
                let target = resolved.entry(specifier).or_insert_with(|| index.resolve(importer, specifier));
                if let Some(target) = target.as_ref().filter(|target| *target != importer) {
                    targets.entry(target.clone()).or_default().extend(name.cloned());
                }
            }
            for (target, names) in targets {
                if let Some(file) = index.files.get_mut(&target) {
                    file.importers.push(Importer { path: importer.clone(), names });
                }
            }
        }
        index
    }

    /// The file of the run that a specifier means in another one.
    #[must_use]
    pub fn resolve(&self, from: &str, specifier: &str) -> Option<String> {
        if self.files.is_empty() {
            return None;
        }
        if specifier.starts_with('.') {
            let directory = from.rsplit_once('/').map_or("", |(directory, _)| directory);
            return self.file_at(&joined(directory, specifier, &self.home));
        }
        self.aliases
            .iter()
            .filter(|alias| {
                let below = from.strip_prefix(alias.directory.as_str());
                alias.directory.is_empty() || below.is_some_and(|below| below.starts_with('/'))
            })
            .find_map(|alias| {
                let rest = specifier.strip_prefix(&alias.prefix)?;
                if alias.exact && !rest.is_empty() {
                    return None;
                }
                self.file_at(&joined(&alias.target, rest, &self.home))
            })
    }

    /// The file a path without its ending means, as Node and TypeScript look for it.
    fn file_at(&self, path: &str) -> Option<String> {
        const ENDINGS: &[&str] = &["", ".ts", ".tsx", ".js", ".mjs", ".cjs", ".jsx", ".mts", ".cts"];
        let ended = |base: &str| {
            let mut path = base.to_string();
            let is_known = ENDINGS.iter().any(|ending| {
                path.truncate(base.len());
                path.push_str(ending);
                self.files.contains_key(&path)
            });
            is_known.then_some(path)
        };
        // TypeScript names what it will be compiled to.
        let source = || {
            let (base, ending) = path.rsplit_once('.')?;
            ["js", "mjs", "cjs", "jsx"].contains(&ending).then(|| ended(base)).flatten()
        };
        let inside = || {
            let base = if path.is_empty() { "index".to_string() } else { format!("{path}/index") };
            ended(&base)
        };
        ended(path).or_else(source).or_else(inside)
    }

    /// Whether the run has this file, so that who imports it is known.
    #[must_use]
    pub fn knows(&self, file: &str) -> bool {
        self.files.contains_key(file)
    }

    /// Asks about an export: calls `visit` with each file that can answer, and with what it is asked
    /// about: a file and a name that it imports from there, which may give out again what is asked about.
    pub fn ask(&mut self, file: &str, export: &str, visit: &mut dyn FnMut(&str, &str, &str)) {
        let mut seen = BTreeSet::new();
        let mut open = vec![(file.to_string(), export.to_string(), 0)];
        while let Some((file, export, hops)) = open.pop() {
            let Some(record) = self.files.get(&file) else { continue };
            if hops > MAX_HOPS || !seen.insert((file.clone(), export.clone())) {
                continue;
            }
            for importer in &record.importers {
                if record.is_used_by(importer, &export) {
                    visit(&importer.path, &file, first_name(&export));
                }
                let given = self.given_out(&importer.path, &file, &export);
                open.extend(given.into_iter().map(|name| (importer.path.clone(), name, hops + 1)));
            }
            self.asked.insert((file, first_name(&export).to_string()));
        }
    }

    /// Whether an export of a file was asked about, as far as an importer can tell by its first name.
    #[must_use]
    pub fn is_asked(&self, file: &str, export: &str) -> bool {
        let first = first_name(export);
        let asked = |name: &str| self.asked.contains(&(file.to_string(), name.to_string()));
        // All of a CommonJS module is what a default import gives.
        first.is_empty() || first == "default" || asked(first) || asked("")
    }

    /// The names under which a file re-exports what another one exports.
    fn reexported(&self, importer: &str, file: &str, export: &str) -> Vec<String> {
        let Some(links) = self.files.get(importer).map(|record| &record.links) else { return Vec::new() };
        let given = |(specifier, name, here): &(String, String, String)| {
            let here = given_name(name, here, export)?;
            (self.resolve(importer, specifier).as_deref() == Some(file)).then_some(here)
        };
        links.reexports.iter().filter_map(given).collect()
    }

    /// The names under which a file gives out again what another one exports, as far as was seen of it.
    fn given_out(&self, importer: &str, file: &str, export: &str) -> Vec<String> {
        let by_use = self.uses_by(importer, file).iter().filter_map(|used| match &used.what {
            UseKind::GivenOut(here) => Some(member_of(here, members_after(export, &used.export)?)),
            _ => None,
        });
        self.reexported(importer, file, export).into_iter().chain(by_use).collect()
    }

    /// Takes in what a file does with its imports and with what it is given, in place of what was known.
    pub fn learn(&mut self, importer: &str, uses: Vec<ImportUse>, given: Vec<(Given, Treatment)>) {
        let answers = self.given.entry(importer.to_string()).or_default();
        answers.extend(given.into_iter().map(|(given, treatment)| (given, Some(treatment))));
        let mut by_target: FxHashMap<String, Vec<ImportUse>> = FxHashMap::default();
        for used in uses {
            by_target.entry(used.target.clone()).or_default().push(used);
        }
        self.uses.insert(importer.to_string(), by_target);
    }

    /// What a file does with what another one exports, in the order it was found.
    fn uses_by(&self, importer: &str, file: &str) -> &[ImportUse] {
        self.uses.get(importer).and_then(|uses| uses.get(file)).map_or(&[], Vec::as_slice)
    }

    /// What other files do with an export; `None` where the file is judged alone.
    #[must_use]
    pub fn users(&self, file: &str, export: &str) -> Option<Users> {
        self.files.get(file)?;
        let mut users = Users::default();
        self.gather(file, export, 0, &mut users);
        Some(users)
    }

    fn gather(&self, file: &str, export: &str, hops: u32, users: &mut Users) {
        let Some(record) = self.files.get(file) else { return };
        let was_asked = self.asked.contains(&(file.to_string(), first_name(export).to_string()));
        if record.importers.is_empty() || record.is_entry || hops > MAX_HOPS || !was_asked {
            users.unseen = true;
        }
        for importer in &record.importers {
            // Nobody asked it yet.
            users.unseen |= record.is_used_by(importer, export) && !self.uses.contains_key(&importer.path);
            for here in self.reexported(&importer.path, file, export) {
                self.gather(&importer.path, &here, hops + 1, users);
            }
        }
        let uses = record
            .importers
            .iter()
            .flat_map(|by| self.uses_by(&by.path, file).iter().map(move |used| (&by.path, used)));
        for (importer, used) in uses {
            let name = record.links.own_name(&used.export);
            match members_after(name, export) {
                Some("") => self.add_use(importer, used, hops, "", users),
                Some(rest) => self.add_member_use(importer, used, rest, users),
                None => {
                    // Something that the export is a part of.
                    if let Some(rest) = members_after(export, name) {
                        match &used.what {
                            UseKind::Escaped => users.unseen = true,
                            UseKind::GivenOut(_) | UseKind::Run(_) => self.add_use(importer, used, hops, rest, users),
                            _ => {}
                        }
                    }
                }
            }
        }
    }

    fn add_use(&self, importer: &str, used: &ImportUse, hops: u32, rest: &str, users: &mut Users) {
        let place = || format!("{importer}:{}", used.line);
        // "a.js:3: each request …", or by way of another file "a.js:3 → b.js:7: each request …".
        let from_here = |how: &Repeated| {
            let further = how.reason.split(':').next().is_some_and(|file| self.knows(file));
            let mark = if further { " →" } else { ":" };
            Repeated { reason: format!("{}{mark} {}", place(), how.reason), ..how.clone() }
        };
        match &used.what {
            UseKind::Called(how, args) => users.called(from_here(how), args),
            // What comes with a task is another each time.
            UseKind::Run(how) => {
                let given = Argument { domain: Domain::Open, varies: true, lasts: None };
                users.called(from_here(how), &vec![given; MAX_TASK_ARGUMENTS]);
            }
            UseKind::Made(how) => users.made.push(from_here(how)),
            UseKind::Cut => users.cut = users.cut.take().or_else(|| Some(place())),
            UseKind::Read => {}
            UseKind::GivenOut(name) => {
                self.gather(importer, &member_of(name, rest), hops + 1, users);
            }
            UseKind::Escaped => users.unseen = true,
        }
    }

    /// Something done with a member of the export.
    fn add_member_use(&self, importer: &str, used: &ImportUse, rest: &str, users: &mut Users) {
        let place = || format!("{importer}:{}", used.line);
        match &used.what {
            UseKind::Called(..) => users.methods.push((rest.to_string(), place())),
            UseKind::Cut => users.cut = users.cut.take().or_else(|| Some(place())),
            _ => {}
        }
    }

    /// Asks what becomes of something that a file gives to a function of another one. The files that
    /// were not asked before, which can answer.
    pub fn ask_given(&mut self, from: &str, specifier: &str, given: &Given) -> Vec<String> {
        let makers = self.declared(from, specifier, &given.export);
        let is_new = |(file, export): (String, String)| {
            let asked = self.given.entry(file.clone()).or_default();
            let question = Given { export, ..given.clone() };
            (!asked.contains_key(&question)).then(|| asked.insert(question, None)).map(|_| file)
        };
        makers.into_iter().filter_map(is_new).collect()
    }

    /// What a file was asked of what is given to its functions.
    pub fn asked_given(&self, file: &str) -> impl Iterator<Item = &Given> {
        self.given.get(file).into_iter().flat_map(BTreeMap::keys)
    }

    /// What a function of another file does with what it is given; `None` where that is out of sight.
    #[must_use]
    pub fn treatment(&self, from: &str, specifier: &str, given: &Given) -> Option<&[Effect]> {
        self.treatment_at(from, specifier, given, 0)
    }

    fn treatment_at(&self, from: &str, specifier: &str, given: &Given, hops: u32) -> Option<&[Effect]> {
        if self.given.is_empty() || hops > MAX_HOPS {
            return None;
        }
        self.declared(from, specifier, &given.export).into_iter().find_map(|(file, export)| {
            let asked = Given { export, ..given.clone() };
            match self.given.get(&file)?.get(&asked)?.as_ref()? {
                Treatment::Does(effects) => Some(effects.as_slice()),
                Treatment::IsOf(specifier, export) => {
                    let given = Given { export: export.clone(), ..asked };
                    self.treatment_at(&file, specifier, &given, hops + 1)
                }
            }
        })
    }

    /// The files that may declare what a file imports, and what each calls it.
    fn declared(&self, from: &str, specifier: &str, export: &str) -> Vec<(String, String)> {
        let mut found = Vec::new();
        let mut seen = BTreeSet::new();
        let mut open: Vec<_> =
            self.resolve(from, specifier).map(|file| (file, export.to_string(), 0)).into_iter().collect();
        while let Some((file, export, hops)) = open.pop() {
            let Some(links) = self.files.get(&file).map(|record| &record.links) else { continue };
            let export = links.own_name(&export).to_string();
            if hops > MAX_HOPS || !seen.insert((file.clone(), export.clone())) {
                continue;
            }
            open.extend(links.reexports.iter().filter_map(|(specifier, name, here)| {
                let name = original_name(name, here, &export)?;
                Some((self.resolve(&file, specifier)?, name, hops + 1))
            }));
            if links.exports.contains(first_name(&export)) || links.exports.contains("") {
                found.push((file, export));
            }
        }
        found
    }

    /// The kind of what a file imports, and where it is released in its own file.
    #[must_use]
    pub fn value(&self, from: &str, specifier: &str, export: &str) -> Option<(String, &Value)> {
        let mut file = self.resolve(from, specifier)?;
        let mut export = export.to_string();
        for _ in 0..MAX_HOPS {
            let links = &self.files.get(&file)?.links;
            export = links.own_name(&export).to_string();
            if let Some(value) = links.values.iter().find(|value| value.export == export) {
                return Some((file, value));
            }
            let (next, name) = links.reexports.iter().find_map(|(specifier, name, here)| {
                let name = original_name(name, here, &export)?;
                Some((self.resolve(&file, specifier)?, name))
            })?;
            (file, export) = (next, name);
        }
        None
    }
}

fn first_name(export: &str) -> &str {
    export.split('.').next().unwrap_or(export)
}

/// What a re-export calls an export: `given_name("load", "get", "load.x")` is `get.x`.
fn given_name(name: &str, here: &str, export: &str) -> Option<String> {
    match (name, here) {
        ("*", "*") => (export != "default").then(|| export.to_string()),
        ("*", here) => Some(member_of(here, export)),
        _ => members_after(export, name).map(|rest| member_of(here, rest)),
    }
}

/// What the file that a re-export names calls it: the way back of [`given_name`].
fn original_name(name: &str, here: &str, export: &str) -> Option<String> {
    match (name, here) {
        ("*", "*") => (export != "default").then(|| export.to_string()),
        ("*", here) => members_after(export, here).map(str::to_string),
        _ => members_after(export, here).map(|rest| member_of(name, rest)),
    }
}

/// The path of a member of an export; either may be empty.
pub(crate) fn member_of(export: &str, name: &str) -> String {
    let dot = if export.is_empty() || name.is_empty() { "" } else { "." };
    format!("{export}{dot}{name}")
}

/// The members that follow `base` in a path: `members_after("cache.delete", "cache")` is `delete`.
fn members_after<'a>(path: &'a str, base: &str) -> Option<&'a str> {
    if base.is_empty() {
        return Some(path);
    }
    let rest = path.strip_prefix(base)?;
    if rest.is_empty() { Some("") } else { rest.strip_prefix('.') }
}

/// A path from a directory, without `.`, and without `..` but at its start, where it does not lead back
/// home.
fn joined(directory: &str, path: &str, home: &str) -> String {
    let mut parts: Vec<&str> = directory.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => match parts.last() {
                Some(last) if *last != ".." => {
                    parts.pop();
                }
                // Files outside the working directory are shown with `..` in front.
                _ => parts.push(".."),
            },
            part => parts.push(part),
        }
    }
    let out = parts.iter().take_while(|part| **part == "..").count();
    let names: Vec<&str> = home.rsplit('/').take(out).collect();
    let back = names.iter().rev().zip(&parts[out..]).take_while(|(name, part)| name == part).count();
    parts.drain(out - back..out + back);
    let root = if directory.starts_with('/') { "/" } else { "" };
    format!("{root}{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(files: &[&str]) -> Index {
        Index::new(
            files.iter().map(|path| ((*path).to_string(), Links::default())).collect(),
            &BTreeSet::new(),
            Vec::new(),
            "/home/me/work".to_string(),
        )
    }

    #[test]
    fn specifiers_are_resolved_as_node_and_typescript_do() {
        let index = index(&["src/a.ts", "src/lib/index.js", "b.js", "../up/c.js", "src/d.vue", "/elsewhere/e.js"]);
        let from = |specifier| index.resolve("src/main.ts", specifier);
        assert_eq!(from("./a").as_deref(), Some("src/a.ts"));
        assert_eq!(from("./a.js").as_deref(), Some("src/a.ts"));
        assert_eq!(from("./lib").as_deref(), Some("src/lib/index.js"));
        assert_eq!(from("./lib/").as_deref(), Some("src/lib/index.js"));
        assert_eq!(from("../b").as_deref(), Some("b.js"));
        assert_eq!(from("../../up/c.js").as_deref(), Some("../up/c.js"));
        assert_eq!(from("./d.vue").as_deref(), Some("src/d.vue"));
        assert_eq!(index.resolve("/elsewhere/main.js", "./e").as_deref(), Some("/elsewhere/e.js"));
        assert_eq!(index.resolve("../up/c.js", "../work/b").as_deref(), Some("b.js"));
        assert_eq!(index.resolve("../../far/d.js", "../me/work/b").as_deref(), Some("b.js"));
        assert_eq!(index.resolve("../../far/d.js", "../me/up/c").as_deref(), Some("../up/c.js"));
        assert_eq!(from("./none"), None);
        assert_eq!(from("b"), None);
    }

    #[test]
    fn aliases_of_a_tsconfig_are_prefixes() {
        let mut index = index(&["app/src/a.ts"]);
        index.aliases =
            vec![Alias { directory: "app".into(), prefix: "@/".into(), exact: false, target: "app/src".into() }];
        assert_eq!(index.resolve("app/main.ts", "@/a").as_deref(), Some("app/src/a.ts"));
        assert_eq!(index.resolve("other/main.ts", "@/a"), None);
    }

    #[test]
    fn names_of_re_exports_lead_both_ways() {
        assert_eq!(given_name("load", "get", "load").as_deref(), Some("get"));
        assert_eq!(original_name("load", "get", "get").as_deref(), Some("load"));
        assert_eq!(given_name("*", "store", "load").as_deref(), Some("store.load"));
        assert_eq!(original_name("*", "store", "store.load").as_deref(), Some("load"));
        assert_eq!(given_name("*", "*", "default"), None);
        assert_eq!(given_name("load", "get", "loader"), None);
    }
}
