//! Pools: threads and processes that run functions of this file, or of a file that it names.

use super::Engine;
use crate::facts::{BinaryOp, List, NodeId, NodeKind};
use crate::models::Runs;

/// A call that has the functions of another file run.
pub(super) struct RunFile<'a> {
    /// The call.
    pub(super) call: NodeId,
    /// The file, as an import would name it.
    pub(super) specifier: String,
    /// Unit of the repetition.
    pub(super) per: &'a str,
}

/// Parts of a path are followed so far.
const MAX_PARTS: u32 = 6;

impl<'a> Engine<'a> {
    /// Calls that have the functions of another file run again and again: `new Piscina({ filename })`.
    pub(super) fn run_files(&self) -> Vec<RunFile<'a>> {
        let facts = self.facts;
        if !self.models.pools().iter().any(|module| facts.names.find(module).is_some()) {
            return Vec::new();
        }
        let run = |call: &NodeId| {
            let (NodeKind::Call { args, .. } | NodeKind::New { args, .. }) = facts.kind(*call) else { return None };
            let run = self.apis(*call).into_iter().find_map(|api| api.runs_file.as_ref())?;
            let specifier = self.file_named(self.chosen(args, &run.arg)?, 0)?;
            Some(RunFile { call: *call, specifier, per: &run.per })
        };
        facts.operations.iter().filter_map(run).collect()
    }

    /// The file beside this one that a value is the path or URL of, as an import would name it.
    fn file_named(&self, node: NodeId, depth: u32) -> Option<String> {
        let facts = self.facts;
        if depth > MAX_PARTS {
            return None;
        }
        let origin = self.origin(node);
        let text = |node: NodeId| match facts.kind(self.origin(node)) {
            NodeKind::Str(text) => Some(facts.name(text)),
            _ => None,
        };
        // What follows the directory of this file.
        let from_here = |list: List| {
            let (first, rest) = facts.list(list).split_first()?;
            let parts: Vec<&str> = rest.iter().map(|part| text(*part)).collect::<Option<_>>()?;
            self.is_own_directory(*first).then(|| format!("./{}", parts.join("/")))
        };
        match facts.kind(origin) {
            NodeKind::Str(text) => Some(facts.name(text)).filter(|text| text.starts_with('.')).map(str::to_string),
            NodeKind::New { callee, args } if self.is_global(callee, "URL") && args.len == 2 => {
                let path = text(facts.arg(args, 0)?)?;
                (!path.contains(':')).then(|| format!("./{path}"))
            }
            NodeKind::Member { object, name } if matches!(facts.name(name), "href" | "pathname") => {
                self.file_named(object, depth + 1)
            }
            NodeKind::Call { callee, args } => {
                if let NodeKind::Member { object, name } = facts.kind(callee)
                    && facts.name(name) == "toString"
                {
                    return self.file_named(object, depth + 1);
                }
                let path = self.path_of(callee)?;
                if self.models.has_word("joins-paths", &path) {
                    return from_here(args);
                }
                let gives = self.models.has_word("gives-path", &path);
                gives.then(|| self.file_named(facts.arg(args, 0)?, depth + 1)).flatten()
            }
            // `${__dirname}/worker.js`
            NodeKind::Template(parts) => {
                let around = |part: &NodeId| text(*part).is_none() && !self.is_own_directory(*part);
                let list = facts.list(parts);
                let here = list.iter().any(|part| self.is_own_directory(*part)) && !list.iter().any(around);
                here.then(|| format!("./{}", list.iter().filter_map(|part| text(*part)).collect::<String>()))
            }
            NodeKind::Binary { op: BinaryOp::Add, left, right } if self.is_own_directory(left) => {
                Some(format!("./{}", text(right)?))
            }
            _ => None,
        }
    }

    /// `__dirname`, `import.meta.dirname`, `path.dirname(fileURLToPath(import.meta.url))`
    fn is_own_directory(&self, node: NodeId) -> bool {
        let facts = self.facts;
        let origin = self.origin(node);
        self.is_global(origin, "__dirname")
            || match facts.kind(origin) {
                NodeKind::Member { .. } => self.path_of(origin).as_deref() == Some("import.meta.dirname"),
                NodeKind::Call { callee, args } => {
                    let of_file = |arg: NodeId| {
                        self.is_global(arg, "__filename") || self.path_of(arg).as_deref() == Some("import.meta.url")
                    };
                    let inner = facts.arg(args, 0).map(|arg| self.origin(arg));
                    let url = inner.and_then(|inner| match facts.kind(inner) {
                        NodeKind::Call { args, .. } => facts.arg(args, 0),
                        _ => None,
                    });
                    self.path_of(callee).as_deref() == Some("path:dirname") && inner.into_iter().chain(url).any(of_file)
                }
                _ => false,
            }
    }

    /// The call that has each function of an object run, and how: `workerpool.worker({ render })`.
    pub(super) fn runs_methods_of(&self, object: NodeId) -> Option<(NodeId, &'a Runs)> {
        let facts = self.facts;
        let runs = |node: NodeId| {
            let call = facts.node(node).parent;
            let runs = facts.nodes.get(call.index()).and_then(|_| self.runs_of(call, node))?;
            runs.methods.then_some((call, runs))
        };
        let named = match facts.nodes.get(facts.node(object).parent.index()).map(|node| node.kind) {
            Some(NodeKind::Assign { target, value, .. }) if value == object => match facts.kind(target) {
                NodeKind::Ref { binding, .. } => binding.get().filter(|binding| facts.constant(*binding).is_some()),
                _ => None,
            },
            _ => None,
        };
        let references = named.map_or(&[][..], |binding| facts.references(binding));
        std::iter::once(object).chain(references.iter().copied()).find_map(runs)
    }
}
