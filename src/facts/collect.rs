//! The one traversal: swc's AST in, [`Facts`] out. The only file besides `syntax` that knows swc.

use super::scopes::Scopes;
use super::{
    AssignOp, BinaryOp, BindingId, BindingKind, Class, ClassId, Export, Facts, Function, FunctionId, FunctionKind,
    Import, List, LogicalOp, LoopKind, Member, ModuleKind, Name, Node, NodeId, NodeKind, Param, Reexport, Region,
    RegionId, RegionKind, RunBy, ScopeId, ScopeKind, Type, TypeId, UnaryOp,
};
use crate::source::Span;
use crate::syntax::{Language, Parsed, module_kind, span};
use swc_atoms::{Atom, Wtf8Atom};
use swc_common::Spanned;
use swc_ecma_ast as ast;

/// Collects the facts of parsed blocks that are one file to the judgement.
///
/// `path` and `package_is_module` decide, with the code, how a file runs; see [`ModuleKind`].
pub(crate) fn collect(blocks: &[Parsed], path: &str, text_len: usize, package_is_module: Option<bool>) -> Facts {
    let end = u32::try_from(text_len).unwrap_or(u32::MAX);
    let whole = Span::new(0, end);
    let Spare { mut facts, scopes, open } = SPARE.take();
    facts.names.reserve(text_len);
    if facts.nodes.capacity() < text_len / A_NODE {
        // Growing the old vector would copy all of it, empty as it is.
        facts.nodes = Vec::with_capacity(text_len / A_NODE);
    }
    facts.typescript = blocks.iter().any(|block| matches!(block.language, Language::TypeScript | Language::Tsx));
    let scopes = Scopes::in_memory_of(scopes, &mut facts);
    let mut collector = Collector {
        undefined: facts.names.intern("undefined"),
        facts,
        scopes,
        open,
        function: FunctionId(0),
        scope: ScopeId(0),
        region: RegionId(0),
        strict: blocks.iter().any(|block| matches!(block.program, ast::Program::Module(_))),
        svelte: path.ends_with(".svelte"),
        hint: Name::NONE,
        last_test: NONE,
        depth: 0,
    };
    collector.top(blocks, whole);
    let Collector { mut facts, mut scopes, open, .. } = collector;
    facts.exported.extend(facts.exports.iter().map(|export| export.node).filter(|node| node.is_some()));
    facts.exported.sort_unstable();
    facts.further.sort_unstable();
    scopes.resolve(&mut facts);
    SPARE.set(Spare { facts: Facts::default(), scopes, open });
    let words = ["require", "module", "exports"].map(|word| facts.names.intern(word));
    let commonjs = facts
        .globals
        .iter()
        .any(|global| matches!(facts.kind(*global), NodeKind::Ref { name, .. } if words.contains(&name)));
    facts.module = blocks.first().map_or(ModuleKind::Script, |block| {
        block.module.unwrap_or_else(|| module_kind(path, &block.program, commonjs, package_is_module))
    });
    if facts.module == ModuleKind::Module {
        for function in &mut facts.functions {
            function.strict = true;
        }
    }
    facts
}

/// A file has a node for each so many bytes, or fewer: growing the vector of a giant copies all of it.
const A_NODE: usize = 8;

/// Nodes of facts whose memory is kept for the next file; a giant's is given back.
const KEPT: usize = 4_000_000;

/// Memory that goes from file to file.
#[derive(Default)]
struct Spare {
    facts: Facts,
    scopes: Scopes,
    open: Vec<NodeId>,
}

thread_local! {
    /// The memory of the file before. Fresh memory for each file is cleared by the kernel page by
    /// page, and growing a vector copies it again and again: a tenth of the time of a run (measured).
    static SPARE: std::cell::RefCell<Spare> = std::cell::RefCell::default();
}

/// Gives the memory of facts that are done with to the next file.
pub(crate) fn recycle(mut facts: Facts) {
    if facts.nodes.capacity() <= KEPT {
        facts.clear();
        SPARE.with_borrow_mut(|spare| spare.facts = facts);
    }
}

struct Collector {
    facts: Facts,
    scopes: Scopes,
    /// Parts of the nodes around, until these are made.
    open: Vec<NodeId>,
    undefined: Name,
    function: FunctionId,
    scope: ScopeId,
    region: RegionId,
    strict: bool,
    /// Whether `$: …` runs on every change and `$name` is the value of the store `name`.
    svelte: bool,
    /// The name a function or class made next is known by.
    hint: Name,
    /// The condition of the `if` collected last.
    last_test: NodeId,
    /// How deep the traversal is.
    depth: usize,
}

const NONE: NodeId = NodeId::NONE;

/// Words of Svelte that look like the value of a store.
const RUNES: &[&str] = &["state", "derived", "effect", "props", "bindable", "inspect", "host"];

/// Stack that must be left before so many levels are entered, and what is added when it is not.
const LEVELS: usize = 8;
const RED_ZONE: usize = 512 * 1024;
const STACK_STEP: usize = 2 * 1024 * 1024;

// ---- building blocks ----

impl Collector {
    fn name(&mut self, text: &str) -> Name {
        self.facts.names.intern(text)
    }

    /// The name of an identifier: the parser keeps one text for all of the same.
    fn atom(&mut self, atom: &Atom) -> Name {
        self.facts.names.intern_lasting(atom)
    }

    /// The name of a constant string.
    fn string(&mut self, text: &Wtf8Atom) -> Name {
        match std::str::from_utf8(text.as_bytes()) {
            Ok(text) => self.facts.names.intern_lasting(text),
            // Half of a surrogate pair.
            Err(_) => self.facts.names.intern(&text.to_string_lossy()),
        }
    }

    /// Makes a node, and itself a part of where it is called: what is noted of a node hangs on its kind,
    /// which each caller knows. As a function of its own it took twice the time (measured).
    #[inline(always)]
    fn push(&mut self, kind: NodeKind, span: Span) -> NodeId {
        let id = NodeId::next_of(&self.facts.nodes);
        self.facts.nodes.push(Node { kind, span, parent: NONE, region: self.region });
        let facts = &mut self.facts;
        let of_kind = match kind {
            NodeKind::Call { .. } => Some(&mut facts.calls),
            NodeKind::New { .. } => Some(&mut facts.news),
            NodeKind::Assign { .. } => Some(&mut facts.stores),
            NodeKind::Import(_) => Some(&mut facts.loads),
            NodeKind::Update { .. } | NodeKind::Delete(_) => Some(&mut facts.changes),
            _ => None,
        };
        if let Some(of_kind) = of_kind {
            of_kind.push(id);
            facts.operations.push(id);
        }
        match kind {
            NodeKind::Property { .. } => self.facts.properties.push(id),
            NodeKind::Member { .. } => self.facts.members.push(id),
            NodeKind::Await(_) | NodeKind::Yield(_) => self.facts.waits.push(id),
            NodeKind::Index { .. } | NodeKind::Logical { .. } | NodeKind::Conditional { .. } => {
                self.facts.choices.push(id);
            }
            _ => {}
        }
        let (parts, list) = kind.parts();
        for part in parts.into_iter().take_while(|part| part.is_some()) {
            self.adopt(part, id);
        }
        for at in list.start..list.start + list.len {
            self.adopt(self.facts.lists[at as usize], id);
        }
        id
    }

    /// Makes `parent` the parent of `part`. A value that destructuring reads several times keeps
    /// the first, and a list of the others.
    #[inline]
    fn adopt(&mut self, part: NodeId, parent: NodeId) {
        let Some(node) = self.facts.nodes.get_mut(part.index()) else { return };
        if node.parent.is_some() {
            self.facts.further.push((part, parent));
        } else {
            node.parent = parent;
        }
    }

    /// The parts opened since there were `before` of them, as a list.
    fn list(&mut self, before: usize) -> List {
        let start = u32::try_from(self.facts.lists.len()).unwrap_or(u32::MAX);
        let len = u32::try_from(self.open.len() - before).unwrap_or(0);
        self.facts.lists.extend(self.open.drain(before..));
        List { start, len }
    }

    /// The values of a list of expressions.
    fn values(&mut self, expressions: &[Box<ast::Expr>]) -> List {
        let before = self.open.len();
        for expression in expressions {
            let value = self.expr(expression);
            self.open.push(value);
        }
        self.list(before)
    }

    fn reference(&mut self, ident: &ast::Ident) -> NodeId {
        let name = self.atom(&ident.sym);
        self.named(name, span(ident.span))
    }

    /// Whether the code stands at the top of a component's script.
    fn in_component(&self) -> bool {
        self.facts.functions[self.function.index()].kind == FunctionKind::Framed(RunBy::Mount)
    }

    fn named(&mut self, name: Name, at: Span) -> NodeId {
        if name == self.undefined {
            return self.push(NodeKind::Undefined, at);
        }
        if self.svelte
            && let Some(store) = self.facts.name(name).strip_prefix('$')
            && !store.is_empty()
            && !store.starts_with('$')
            && !RUNES.contains(&store)
        {
            let store = store.to_string();
            let store = self.name(&store);
            let object = self.named(store, at);
            let name = self.name("$");
            return self.push(NodeKind::Member { object, name }, at);
        }
        let node = self.push(NodeKind::Ref { name, binding: BindingId::NONE }, at);
        self.scopes.reference(node, name, self.scope);
        node
    }

    fn in_region<T>(&mut self, kind: RegionKind, test: NodeId, inside: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.region;
        self.open_region(kind, test);
        let result = inside(self);
        self.region = before;
        result
    }

    fn open_region(&mut self, kind: RegionKind, test: NodeId) {
        let id = RegionId::next_of(&self.facts.regions);
        let function = self.function;
        let parent = if kind == RegionKind::Body { RegionId::NONE } else { self.region };
        self.facts.regions.push(Region { kind, parent, function, test, exits: false });
        self.region = id;
    }

    fn in_scope<T>(&mut self, kind: ScopeKind, inside: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.scope;
        let id = self.scopes.open(kind, before, self.function);
        self.scope = id;
        let result = inside(self);
        self.scopes.close(id);
        self.scope = before;
        result
    }

    fn ty(&mut self, ty: Type) -> TypeId {
        let id = TypeId::next_of(&self.facts.types);
        self.facts.types.push(ty);
        id
    }
}

// ---- the top level and statements ----

impl Collector {
    fn top(&mut self, blocks: &[Parsed], whole: Span) {
        let strict = self.strict
            || matches!(blocks, [Parsed { program: ast::Program::Script(script), .. }] if says_use_strict(&script.body));
        self.strict = strict;
        self.facts.functions.push(Function {
            kind: FunctionKind::Top,
            name: Name::NONE,
            own_name: BindingId::NONE,
            node: NONE,
            parent: FunctionId::NONE,
            scope: ScopeId(0),
            class: ClassId::NONE,
            is_static: false,
            is_private: false,
            is_async: false,
            is_generator: false,
            strict,
            has_eval: false,
            params: Vec::new(),
            body: RegionId(0),
            returns: Vec::new(),
            span: whole,
            head: Span::new(0, 0),
        });
        self.scope = self.scopes.open(ScopeKind::Top, ScopeId::NONE, FunctionId(0));
        self.open_region(RegionKind::Body, NONE);
        for block in blocks {
            match (&block.program, block.run_by) {
                (ast::Program::Script(script), _) => self.statements(&script.body),
                (ast::Program::Module(module), None) => self.module_items(&module.body),
                (ast::Program::Module(module), Some(run_by)) => self.framed_module(module, run_by),
            }
        }
        self.scopes.close(ScopeId(0));
    }

    /// The script of a component: its imports are the module's, the rest is code of each instance.
    fn framed_module(&mut self, module: &ast::Module, run_by: RunBy) {
        let is_import =
            |item: &&ast::ModuleItem| matches!(item, ast::ModuleItem::ModuleDecl(ast::ModuleDecl::Import(_)));
        for item in module.body.iter().filter(is_import) {
            if let ast::ModuleItem::ModuleDecl(declaration) = item {
                self.module_declaration(declaration);
            }
        }
        let given = self.facts.exports.len();
        let head = Span::new(span(module.span).start, span(module.span).start);
        self.framed(run_by, span(module.span), head, |me| {
            let before = me.region;
            for item in module.body.iter().filter(|item| !is_import(item)) {
                match item {
                    ast::ModuleItem::Stmt(statement) => me.statement_and_rest(statement),
                    ast::ModuleItem::ModuleDecl(declaration) => me.module_declaration(declaration),
                }
            }
            me.region = before;
        });
        // What an instance exports are its properties.
        let exports = self.facts.exports.extract_if(given.., |export| export.binding.is_some());
        self.facts.exposed.extend(exports.map(|export| export.binding));
    }

    /// Code that is run as a function is, without being one.
    fn framed(&mut self, run_by: RunBy, at: Span, head: Span, inside: impl FnOnce(&mut Self)) {
        self.hint = Name::NONE;
        let record = self.record(FunctionKind::Framed(run_by), ClassId::NONE, false, false, false, at, head);
        self.as_function(record, true, inside);
        let node = self.push(NodeKind::Function(record), at);
        self.facts.functions[record.index()].node = node;
    }

    /// `$: double = count * 2` declares `double`, and runs again when `count` changes.
    fn reactive(&mut self, labeled: &ast::LabeledStmt) {
        if let ast::Stmt::Expr(statement) = &*labeled.body
            && let ast::Expr::Assign(assign) = without_parens(&statement.expr)
            && let ast::AssignTarget::Simple(ast::SimpleAssignTarget::Ident(ident)) = &assign.left
            && !ident.sym.starts_with('$')
        {
            let name = self.atom(&ident.sym);
            let scope = self.scope;
            self.scopes.declare(scope, name, BindingKind::Let, span(ident.span));
        }
        let at = span(labeled.span);
        let head = Span::new(at.start, span(labeled.label.span).end);
        self.framed(RunBy::Change, at, head, |me| me.statement(&labeled.body));
    }

    fn module_items(&mut self, items: &[ast::ModuleItem]) {
        let before = self.region;
        for item in items {
            match item {
                ast::ModuleItem::Stmt(statement) => self.statement_and_rest(statement),
                ast::ModuleItem::ModuleDecl(declaration) => self.module_declaration(declaration),
            }
        }
        self.region = before;
    }

    fn module_declaration(&mut self, declaration: &ast::ModuleDecl) {
        match declaration {
            ast::ModuleDecl::Import(import) => self.import(import),
            ast::ModuleDecl::ExportDecl(export) => {
                let first = self.scopes.bindings.len();
                self.declaration(&export.decl);
                let scope = self.scope;
                for at in first..self.scopes.bindings.len() {
                    if self.scopes.bindings[at].scope == scope {
                        let name = self.scopes.bindings[at].name;
                        let binding = BindingId::at(at);
                        self.facts.exports.push(Export { name, binding, node: NONE });
                    }
                }
            }
            ast::ModuleDecl::ExportNamed(export) => {
                if let Some(module) = export.src.as_deref().filter(|_| !export.type_only) {
                    self.reexport(module, &export.specifiers);
                }
                for specifier in &export.specifiers {
                    if let ast::ExportSpecifier::Named(named) = specifier
                        && export.src.is_none()
                        && !export.type_only
                    {
                        let local = module_export_name(&named.orig);
                        let exported = named.exported.as_ref().map_or(local.clone(), module_export_name);
                        let local = self.name(&local);
                        let node = self.named(local, span(named.span));
                        let name = self.name(&exported);
                        self.facts.exports.push(Export { name, binding: BindingId::NONE, node });
                    }
                }
            }
            ast::ModuleDecl::ExportDefaultDecl(export) => {
                let default = self.name("default");
                let node = match &export.decl {
                    ast::DefaultDecl::Fn(function) => {
                        self.declare_function(function.ident.as_ref(), &function.function, default)
                    }
                    ast::DefaultDecl::Class(class) => {
                        self.hint = default;
                        self.declare_class(class.ident.as_ref(), &class.class)
                    }
                    ast::DefaultDecl::TsInterfaceDecl(_) => return,
                };
                self.facts.exports.push(Export { name: default, binding: BindingId::NONE, node });
            }
            ast::ModuleDecl::ExportDefaultExpr(export) => {
                let name = self.name("default");
                self.hint = name;
                let node = self.expr(&export.expr);
                self.facts.exports.push(Export { name, binding: BindingId::NONE, node });
            }
            ast::ModuleDecl::TsExportAssignment(export) => {
                let name = self.name("default");
                let node = self.expr(&export.expr);
                self.facts.exports.push(Export { name, binding: BindingId::NONE, node });
            }
            ast::ModuleDecl::TsImportEquals(import) => {
                let ast::TsModuleRef::TsExternalModuleRef(module) = &import.module_ref else { return };
                self.declare_import(&import.id, &module.expr, "*", import.is_type_only);
            }
            ast::ModuleDecl::ExportAll(export) => {
                let all = self.name("*");
                let module = self.string(&export.src.value);
                if !export.type_only {
                    self.facts.reexports.push(Reexport { module, name: all, exported: all });
                }
            }
            ast::ModuleDecl::TsNamespaceExport(_) => {}
        }
    }

    /// `export { a as b, default } from "./x"`, `export * as x from "./x"`.
    fn reexport(&mut self, module: &ast::Str, specifiers: &[ast::ExportSpecifier]) {
        let module = self.string(&module.value);
        for specifier in specifiers {
            let (name, exported) = match specifier {
                ast::ExportSpecifier::Namespace(all) => ("*".to_string(), module_export_name(&all.name)),
                ast::ExportSpecifier::Default(default) => ("default".to_string(), default.exported.sym.to_string()),
                ast::ExportSpecifier::Named(named) if named.is_type_only => continue,
                ast::ExportSpecifier::Named(named) => {
                    let name = module_export_name(&named.orig);
                    let exported = named.exported.as_ref().map_or_else(|| name.clone(), module_export_name);
                    (name, exported)
                }
            };
            let (name, exported) = (self.name(&name), self.name(&exported));
            self.facts.reexports.push(Reexport { module, name, exported });
        }
    }

    fn import(&mut self, import: &ast::ImportDecl) {
        for specifier in &import.specifiers {
            let (local, name, type_only) = match specifier {
                ast::ImportSpecifier::Named(named) => {
                    let name = named.imported.as_ref().map_or(named.local.sym.to_string(), module_export_name);
                    (&named.local, name, named.is_type_only)
                }
                ast::ImportSpecifier::Default(default) => (&default.local, "default".to_string(), false),
                ast::ImportSpecifier::Namespace(namespace) => (&namespace.local, "*".to_string(), false),
            };
            self.declare_import(local, &import.src, &name, type_only || import.type_only);
        }
    }

    fn declare_import(&mut self, local: &ast::Ident, module: &ast::Str, name: &str, type_only: bool) {
        let module = self.string(&module.value);
        let name = self.name(name);
        let at = u32::try_from(self.facts.imports.len()).unwrap_or(u32::MAX);
        self.facts.imports.push(Import { module, name, type_only });
        let local_name = self.atom(&local.sym);
        let scope = self.scope;
        let kind = if type_only { BindingKind::Ambient } else { BindingKind::Import(at) };
        let binding = self.scopes.declare(scope, local_name, kind, span(local.span));
        // A type-only import still names the class that annotations speak of.
        self.scopes.bindings[binding.index()].kind = BindingKind::Import(at);
    }

    fn statements(&mut self, statements: &[ast::Stmt]) {
        let before = self.region;
        let reached = statements.iter().position(exits).map_or(statements.len(), |exit| exit + 1);
        for statement in &statements[..reached] {
            self.statement_and_rest(statement);
        }
        // Nothing runs behind a `return`; what is declared there is declared before it, too.
        for statement in statements[reached..].iter().filter(|statement| matches!(statement, ast::Stmt::Decl(_))) {
            self.statement(statement);
        }
        self.region = before;
    }

    /// A statement of a list. What follows `if (c) return` runs only when `c` is false, so the
    /// rest of the list goes on in an else region of it.
    fn statement_and_rest(&mut self, statement: &ast::Stmt) {
        self.statement(statement);
        if let ast::Stmt::If(branch) = statement {
            let yes_exits = exits(&branch.cons);
            let no_exits = branch.alt.as_deref().is_some_and(exits);
            let test = self.last_test;
            if yes_exits && !no_exits {
                self.open_region(RegionKind::Else, test);
            } else if no_exits && !yes_exits {
                self.open_region(RegionKind::Then, test);
            }
        }
    }

    fn statement(&mut self, statement: &ast::Stmt) {
        self.depth += 1;
        self.facts.nesting = self.facts.nesting.max(self.depth);
        if self.depth.is_multiple_of(LEVELS) {
            stacker::maybe_grow(RED_ZONE, STACK_STEP, || self.statement_here(statement));
        } else {
            self.statement_here(statement);
        }
        self.depth -= 1;
    }

    fn statement_here(&mut self, statement: &ast::Stmt) {
        match statement {
            ast::Stmt::Expr(expression) => {
                self.expr(&expression.expr);
            }
            ast::Stmt::Decl(declaration) => self.declaration(declaration),
            ast::Stmt::Block(block) => self.block(&block.stmts),
            ast::Stmt::Return(statement) => {
                let value = statement.arg.as_ref().map_or(NONE, |value| self.expr(value));
                self.push(NodeKind::Return(value), span(statement.span));
                self.facts.regions[self.region.index()].exits = true;
                if value.is_some() {
                    self.facts.functions[self.function.index()].returns.push(value);
                }
            }
            ast::Stmt::Throw(statement) => {
                let value = self.expr(&statement.arg);
                self.push(NodeKind::Throw(value), span(statement.span));
                self.facts.regions[self.region.index()].exits = true;
            }
            ast::Stmt::Break(ast::BreakStmt { span: at, .. })
            | ast::Stmt::Continue(ast::ContinueStmt { span: at, .. }) => {
                self.push(NodeKind::Jump, span(*at));
                self.facts.regions[self.region.index()].exits = true;
            }
            ast::Stmt::If(branch) => self.branch(branch),
            ast::Stmt::Labeled(labeled) if self.svelte && labeled.label.sym == "$" && self.in_component() => {
                self.reactive(labeled);
            }
            ast::Stmt::Labeled(labeled) => self.statement(&labeled.body),
            ast::Stmt::Switch(switch) => self.switch(switch),
            ast::Stmt::Try(statement) => self.try_catch(statement),
            ast::Stmt::While(ast::WhileStmt { test, body, .. })
            | ast::Stmt::DoWhile(ast::DoWhileStmt { test, body, .. }) => {
                let test = self.expr(test);
                self.in_region(RegionKind::Loop(LoopKind::Condition), test, |me| me.statement(body));
            }
            ast::Stmt::For(statement) => self.for_loop(statement),
            ast::Stmt::ForOf(ast::ForOfStmt { left, right, body, is_await, span: at, .. }) => {
                let kind = if *is_await { LoopKind::Await } else { LoopKind::Each };
                self.for_each(left, right, body, kind, false, span(*at));
            }
            ast::Stmt::ForIn(ast::ForInStmt { left, right, body, span: at, .. }) => {
                self.for_each(left, right, body, LoopKind::Each, true, span(*at));
            }
            ast::Stmt::With(statement) => {
                self.expr(&statement.obj);
                self.statement(&statement.body);
            }
            ast::Stmt::Empty(_) | ast::Stmt::Debugger(_) => {}
        }
    }

    fn block(&mut self, statements: &[ast::Stmt]) {
        self.in_scope(ScopeKind::Block, |me| me.statements(statements));
    }

    fn branch(&mut self, branch: &ast::IfStmt) {
        let test = self.expr(&branch.test);
        self.in_region(RegionKind::Then, test, |me| me.statement_alone(&branch.cons));
        if let Some(otherwise) = &branch.alt {
            self.in_region(RegionKind::Else, test, |me| me.statement_alone(otherwise));
        }
        self.last_test = test;
    }

    /// A statement that is the whole of its region.
    fn statement_alone(&mut self, statement: &ast::Stmt) {
        let region = self.region;
        self.statement(statement);
        if exits(statement) {
            self.facts.regions[region.index()].exits = true;
        }
    }

    fn switch(&mut self, switch: &ast::SwitchStmt) {
        let test = self.expr(&switch.discriminant);
        self.in_scope(ScopeKind::Block, |me| {
            for case in &switch.cases {
                if let Some(test) = &case.test {
                    me.expr(test);
                }
                me.in_region(RegionKind::Case, test, |me| me.statements(&case.cons));
            }
        });
    }

    fn try_catch(&mut self, statement: &ast::TryStmt) {
        self.in_region(RegionKind::Try, NONE, |me| me.block(&statement.block.stmts));
        if let Some(handler) = &statement.handler {
            self.in_region(RegionKind::Catch, NONE, |me| {
                me.in_scope(ScopeKind::Catch, |me| {
                    if let Some(pattern) = &handler.param {
                        let caught = me.push(NodeKind::Caught, span(handler.span));
                        me.pattern(pattern, caught, Some(BindingKind::Catch));
                    }
                    me.statements(&handler.body.stmts);
                });
            });
        }
        if let Some(last) = &statement.finalizer {
            self.in_region(RegionKind::Finally, NONE, |me| me.block(&last.stmts));
        }
    }

    fn for_loop(&mut self, statement: &ast::ForStmt) {
        self.in_scope(ScopeKind::Block, |me| {
            match &statement.init {
                Some(ast::VarDeclOrExpr::VarDecl(declaration)) => me.variables(declaration),
                Some(ast::VarDeclOrExpr::Expr(expression)) => {
                    me.expr(expression);
                }
                None => {}
            }
            let test = statement.test.as_ref().map_or(NONE, |test| me.expr(test));
            me.in_region(RegionKind::Loop(LoopKind::Condition), test, |me| {
                me.statement(&statement.body);
                if let Some(update) = &statement.update {
                    me.expr(update);
                }
            });
        });
    }

    fn for_each(
        &mut self,
        left: &ast::ForHead,
        right: &ast::Expr,
        body: &ast::Stmt,
        kind: LoopKind,
        keys: bool,
        at: Span,
    ) {
        let of = self.expr(right);
        self.in_scope(ScopeKind::Block, |me| {
            me.in_region(RegionKind::Loop(kind), of, |me| {
                let element = me.push(NodeKind::Element { of, keys }, Span::new(at.start, at.start));
                match left {
                    ast::ForHead::VarDecl(declaration) => {
                        for declarator in &declaration.decls {
                            me.pattern(&declarator.name, element, Some(variable_kind(declaration.kind)));
                        }
                    }
                    ast::ForHead::UsingDecl(declaration) => {
                        for declarator in &declaration.decls {
                            me.pattern(&declarator.name, element, Some(BindingKind::Const));
                        }
                    }
                    ast::ForHead::Pat(pattern) => me.pattern(pattern, element, None),
                }
                me.statement(body);
            });
        });
    }
}

// ---- declarations ----

impl Collector {
    fn declaration(&mut self, declaration: &ast::Decl) {
        match declaration {
            ast::Decl::Var(variables) => self.variables(variables),
            ast::Decl::Using(using) => {
                for declarator in &using.decls {
                    self.declarator(declarator, BindingKind::Using);
                }
            }
            ast::Decl::Fn(function) if function.declare || function.function.body.is_none() => {
                self.ambient(&function.ident);
            }
            ast::Decl::Fn(function) => {
                let name = self.atom(&function.ident.sym);
                self.declare_function(Some(&function.ident), &function.function, name);
            }
            ast::Decl::Class(class) if class.declare => self.ambient(&class.ident),
            ast::Decl::Class(class) => {
                self.declare_class(Some(&class.ident), &class.class);
            }
            ast::Decl::TsTypeAlias(alias) => {
                let name = self.atom(&alias.id.sym);
                let ty = self.type_of(&alias.type_ann);
                self.facts.aliases.insert(name, ty);
            }
            ast::Decl::TsEnum(declaration) => self.enumeration(declaration),
            ast::Decl::TsModule(module) => self.namespace(module),
            ast::Decl::TsInterface(_) => {}
        }
    }

    fn ambient(&mut self, ident: &ast::Ident) {
        let name = self.atom(&ident.sym);
        self.scopes.declare(self.scope, name, BindingKind::Ambient, span(ident.span));
    }

    fn variables(&mut self, declaration: &ast::VarDecl) {
        let kind = if declaration.declare { BindingKind::Ambient } else { variable_kind(declaration.kind) };
        for declarator in &declaration.decls {
            self.declarator(declarator, kind);
        }
    }

    fn declarator(&mut self, declarator: &ast::VarDeclarator, kind: BindingKind) {
        match &declarator.init {
            Some(init) => {
                self.hint_from_pattern(&declarator.name);
                let value = self.expr(init);
                self.pattern(&declarator.name, value, Some(kind));
            }
            None => self.declare_only(&declarator.name, kind),
        }
    }

    fn declare_only(&mut self, pattern: &ast::Pat, kind: BindingKind) {
        if let ast::Pat::Ident(ident) = pattern {
            self.declare_ident(ident, kind);
        }
    }

    fn declare_ident(&mut self, ident: &ast::BindingIdent, kind: BindingKind) -> BindingId {
        let name = self.atom(&ident.id.sym);
        let scope = if kind == BindingKind::Var { self.scopes.var_scope(self.scope) } else { self.scope };
        let binding = self.scopes.declare(scope, name, kind, span(ident.id.span));
        if let Some(annotation) = &ident.type_ann {
            let ty = self.type_of(&annotation.type_ann);
            self.scopes.bindings[binding.index()].ty = ty;
        }
        binding
    }

    fn hint_from_pattern(&mut self, pattern: &ast::Pat) {
        self.hint = match pattern {
            ast::Pat::Ident(ident) => self.atom(&ident.id.sym),
            _ => Name::NONE,
        };
    }

    /// Function declarations are bound before anything of their scope runs; in sloppy code one in
    /// a block is a `var` too (ECMAScript, annex B.3.2).
    fn declare_function(&mut self, ident: Option<&ast::Ident>, function: &ast::Function, hint: Name) -> NodeId {
        let Some(ident) = ident else {
            self.hint = hint;
            return self.function_value(
                function,
                FunctionKind::Declaration,
                None,
                ClassId::NONE,
                false,
                span(function.span),
            );
        };
        let name = self.atom(&ident.sym);
        let scope = if self.strict { self.scope } else { self.scopes.var_scope(self.scope) };
        self.scopes.declare(scope, name, BindingKind::Function, span(ident.span));
        self.hint = name;
        let value =
            self.function_value(function, FunctionKind::Declaration, None, ClassId::NONE, false, span(function.span));
        let target = self.named(name, span(ident.span));
        self.push(NodeKind::Assign { op: AssignOp::Init, target, value }, span(ident.span));
        value
    }

    fn declare_class(&mut self, ident: Option<&ast::Ident>, class: &ast::Class) -> NodeId {
        let Some(ident) = ident else { return self.class(class, BindingId::NONE, span(class.span)) };
        let name = self.atom(&ident.sym);
        let binding = self.scopes.declare(self.scope, name, BindingKind::Class, span(ident.span));
        self.hint = name;
        let value = self.class(class, binding, span(ident.span));
        let target = self.named(name, span(ident.span));
        self.push(NodeKind::Assign { op: AssignOp::Init, target, value }, span(ident.span));
        value
    }

    fn enumeration(&mut self, declaration: &ast::TsEnumDecl) {
        let name = self.atom(&declaration.id.sym);
        let kind = if declaration.declare { BindingKind::Ambient } else { BindingKind::Enum };
        self.scopes.declare(self.scope, name, kind, span(declaration.id.span));
        let finite = self.ty(Type::Finite);
        self.facts.aliases.insert(name, finite);
        self.in_scope(ScopeKind::Block, |me| {
            for member in &declaration.members {
                if let ast::TsEnumMemberId::Ident(ident) = &member.id {
                    let name = me.atom(&ident.sym);
                    me.scopes.declare(me.scope, name, BindingKind::Const, span(ident.span));
                }
                if let Some(init) = &member.init {
                    me.expr(init);
                }
            }
        });
    }

    fn namespace(&mut self, module: &ast::TsModuleDecl) {
        if module.global {
            return;
        }
        let Some(body) = &module.body else { return };
        if let ast::TsModuleName::Ident(ident) = &module.id {
            let name = self.atom(&ident.sym);
            let kind = if module.declare { BindingKind::Ambient } else { BindingKind::Namespace };
            self.scopes.declare(self.scope, name, kind, span(ident.span));
        }
        if module.declare {
            return;
        }
        self.namespace_body(body);
    }

    fn namespace_body(&mut self, body: &ast::TsNamespaceBody) {
        self.in_scope(ScopeKind::Namespace, |me| match body {
            ast::TsNamespaceBody::TsModuleBlock(block) => {
                let exports = me.facts.exports.len();
                me.module_items(&block.body);
                // What a namespace exports is not exported by the file.
                me.facts.exports.truncate(exports);
            }
            ast::TsNamespaceBody::TsNamespaceDecl(inner) => me.namespace_body(&inner.body),
        });
    }

    /// Stores `value` into the names and places of a pattern: declares them where `kind` says so.
    fn pattern(&mut self, pattern: &ast::Pat, value: NodeId, kind: Option<BindingKind>) {
        match pattern {
            ast::Pat::Ident(ident) => self.variable(ident, value, kind),
            ast::Pat::Assign(default) => {
                self.hint_from_pattern(&default.left);
                let fallback = self.expr(&default.right);
                let value = self.push(
                    NodeKind::Logical { op: LogicalOp::Nullish, left: value, right: fallback },
                    span(default.span),
                );
                self.pattern(&default.left, value, kind);
            }
            ast::Pat::Array(array) => {
                for (at, element) in array.elems.iter().enumerate() {
                    let Some(element) = element else { continue };
                    if let ast::Pat::Rest(rest) = element {
                        let rest_value = self.push(NodeKind::Rest(value), span(rest.span));
                        self.pattern(&rest.arg, rest_value, kind);
                    } else {
                        let name = self.name(&at.to_string());
                        let part = self.push(NodeKind::Member { object: value, name }, span(element.span()));
                        self.pattern(element, part, kind);
                    }
                }
            }
            ast::Pat::Object(object) => self.object_pattern(object, value, kind),
            ast::Pat::Rest(rest) => {
                let rest_value = self.push(NodeKind::Rest(value), span(rest.span));
                self.pattern(&rest.arg, rest_value, kind);
            }
            ast::Pat::Expr(target) => {
                let target = self.expr(target);
                self.push(NodeKind::Assign { op: AssignOp::Set, target, value }, self.facts.span(target));
            }
            ast::Pat::Invalid(_) => {}
        }
    }

    fn variable(&mut self, ident: &ast::BindingIdent, value: NodeId, kind: Option<BindingKind>) {
        let op = if kind.is_some() { AssignOp::Init } else { AssignOp::Set };
        if let Some(kind) = kind {
            self.declare_ident(ident, kind);
        }
        let target = self.reference(&ident.id);
        let at = Span::new(span(ident.id.span).start, self.facts.span(value).end.max(span(ident.id.span).end));
        self.push(NodeKind::Assign { op, target, value }, at);
    }

    fn object_pattern(&mut self, object: &ast::ObjectPat, value: NodeId, kind: Option<BindingKind>) {
        for property in &object.props {
            match property {
                ast::ObjectPatProp::KeyValue(pair) => {
                    let at = span(pair.key.span());
                    let part = match self.prop_name(&pair.key) {
                        Ok(name) => self.push(NodeKind::Member { object: value, name }, at),
                        Err(key) => self.push(NodeKind::Index { object: value, key }, at),
                    };
                    self.pattern(&pair.value, part, kind);
                }
                ast::ObjectPatProp::Assign(short) => {
                    let name = self.atom(&short.key.id.sym);
                    let mut part = self.push(NodeKind::Member { object: value, name }, span(short.key.id.span));
                    if let Some(default) = &short.value {
                        let fallback = self.expr(default);
                        part = self.push(
                            NodeKind::Logical { op: LogicalOp::Nullish, left: part, right: fallback },
                            span(short.span),
                        );
                    }
                    self.variable(&short.key, part, kind);
                }
                ast::ObjectPatProp::Rest(rest) => {
                    let rest_value = self.push(NodeKind::Rest(value), span(rest.span));
                    self.pattern(&rest.arg, rest_value, kind);
                }
            }
        }
    }

    /// The constant name of a property, or the node that computes it.
    fn prop_name(&mut self, name: &ast::PropName) -> Result<Name, NodeId> {
        Ok(match name {
            ast::PropName::Ident(ident) => self.atom(&ident.sym),
            ast::PropName::Str(text) => self.string(&text.value),
            ast::PropName::Num(number) => self.name(&number.value.to_string()),
            ast::PropName::BigInt(number) => self.name(&number.value.to_string()),
            ast::PropName::Computed(computed) => {
                let key = self.expr(&computed.expr);
                match self.facts.kind(key) {
                    NodeKind::Str(name) => name,
                    _ => return Err(key),
                }
            }
        })
    }
}

// ---- functions and classes ----

/// What a function's code is: the two shapes swc knows.
enum Body<'a> {
    Statements(&'a [ast::Stmt]),
    Value(&'a ast::Expr),
}

impl Collector {
    fn function_value(
        &mut self,
        function: &ast::Function,
        kind: FunctionKind,
        own_name: Option<&ast::Ident>,
        class: ClassId,
        is_static: bool,
        at: Span,
    ) -> NodeId {
        for decorator in &function.decorators {
            self.expr(&decorator.expr);
        }
        let Some(body) = &function.body else { return self.push(NodeKind::Undefined, at) };
        let params: Vec<&ast::Pat> = function.params.iter().map(|param| &param.pat).collect();
        let head = Span::new(at.start, span(body.span).start);
        let record = self.record(kind, class, is_static, function.is_async, function.is_generator, at, head);
        let inside = |me: &mut Self| {
            me.enter(record, &params, &Body::Statements(&body.stmts), says_use_strict(&body.stmts));
        };
        match own_name {
            Some(ident) => self.in_scope(ScopeKind::Name, |me| {
                let name = me.atom(&ident.sym);
                let own = me.scopes.declare(me.scope, name, BindingKind::Function, span(ident.span));
                let function = &mut me.facts.functions[record.index()];
                (function.name, function.own_name) = (name, own);
                inside(me);
                // The name inside a function expression always means the function itself.
                let value = me.push(NodeKind::Function(record), at);
                let target = me.named(name, span(ident.span));
                me.push(NodeKind::Assign { op: AssignOp::Init, target, value }, span(ident.span));
            }),
            None => inside(self),
        }
        let node = self.push(NodeKind::Function(record), at);
        self.facts.functions[record.index()].node = node;
        node
    }

    fn arrow(&mut self, arrow: &ast::ArrowExpr) -> NodeId {
        let at = span(arrow.span);
        let params: Vec<&ast::Pat> = arrow.params.iter().collect();
        let (body, body_start, strict) = match &*arrow.body {
            ast::ArrowFunctionBody::FunctionBody(body) => {
                (Body::Statements(&body.stmts), span(body.span).start, says_use_strict(&body.stmts))
            }
            ast::ArrowFunctionBody::Expr(value) => (Body::Value(value), span(value.span()).start, false),
        };
        let head = Span::new(at.start, body_start);
        let record =
            self.record(FunctionKind::Arrow, ClassId::NONE, false, arrow.is_async, arrow.is_generator, at, head);
        self.enter(record, &params, &body, strict);
        let node = self.push(NodeKind::Function(record), at);
        self.facts.functions[record.index()].node = node;
        node
    }

    #[allow(
        clippy::too_many_arguments,
        clippy::fn_params_excessive_bools,
        reason = "one plain record, filled in one place"
    )]
    fn record(
        &mut self,
        kind: FunctionKind,
        class: ClassId,
        is_static: bool,
        is_async: bool,
        is_generator: bool,
        span: Span,
        head: Span,
    ) -> FunctionId {
        let id = FunctionId::next_of(&self.facts.functions);
        let name = std::mem::replace(&mut self.hint, Name::NONE);
        self.facts.functions.push(Function {
            kind,
            name,
            own_name: BindingId::NONE,
            node: NONE,
            parent: self.function,
            scope: self.scope,
            class,
            is_static,
            is_private: false,
            is_async,
            is_generator,
            strict: self.strict,
            has_eval: false,
            params: Vec::new(),
            body: self.region,
            returns: Vec::new(),
            span,
            head,
        });
        id
    }

    /// Runs `inside` as the code of a function.
    fn as_function<T>(&mut self, record: FunctionId, strict: bool, inside: impl FnOnce(&mut Self) -> T) -> T {
        let before = (self.function, self.region, self.strict);
        self.function = record;
        self.strict |= strict;
        let result = self.in_scope(ScopeKind::Function, |me| {
            me.open_region(RegionKind::Body, NONE);
            let function = &mut me.facts.functions[record.index()];
            function.scope = me.scope;
            function.body = me.region;
            function.strict = me.strict;
            inside(me)
        });
        (self.function, self.region, self.strict) = before;
        result
    }

    fn enter(&mut self, record: FunctionId, params: &[&ast::Pat], body: &Body<'_>, strict: bool) {
        self.as_function(record, strict, |me| {
            for (at, pattern) in params.iter().enumerate() {
                me.param(record, at, pattern);
            }
            match body {
                Body::Statements(statements) => me.statements(statements),
                Body::Value(value) => {
                    let value = me.expr(value);
                    me.facts.functions[record.index()].returns.push(value);
                }
            }
        });
    }

    fn param(&mut self, record: FunctionId, at: usize, pattern: &ast::Pat) {
        let position = u32::try_from(at).unwrap_or(u32::MAX);
        let node = self.push(NodeKind::Param(position), span(pattern.span()));
        self.pattern(pattern, node, Some(BindingKind::Param));
        let (ident, rest) = match pattern {
            ast::Pat::Ident(ident) => (Some(ident), false),
            ast::Pat::Assign(default) => (default.left.as_ident(), false),
            ast::Pat::Rest(rest) => (rest.arg.as_ident(), true),
            _ => (None, false),
        };
        let binding = ident.map_or(BindingId::NONE, |ident| self.declare_ident(ident, BindingKind::Param));
        let mut ty = self.scopes.bindings.get(binding.index()).map_or(TypeId::NONE, |binding| binding.ty);
        let annotation = match pattern {
            ast::Pat::Object(object) => object.type_ann.as_ref(),
            ast::Pat::Array(array) => array.type_ann.as_ref(),
            _ => None,
        };
        if let Some(annotation) = annotation {
            ty = self.type_of(&annotation.type_ann);
        }
        self.facts.functions[record.index()].params.push(Param { node, binding, ty, rest });
    }

    fn class(&mut self, class: &ast::Class, binding: BindingId, at: Span) -> NodeId {
        let name = std::mem::replace(&mut self.hint, Name::NONE);
        let decorators = class.decorators.iter().map(|decorator| self.expr(&decorator.expr)).collect();
        let parent = class.super_class.as_ref().map_or(NONE, |parent| self.expr(parent));
        let id = ClassId::next_of(&self.facts.classes);
        self.facts.classes.push(Class {
            name,
            node: NONE,
            parent,
            binding,
            members: Vec::new(),
            constructor: FunctionId::NONE,
            decorators,
            span: at,
        });
        let strict = std::mem::replace(&mut self.strict, true);
        let members = self.members(class, id);
        self.strict = strict;
        self.facts.classes[id.index()].members = members;
        let node = self.push(NodeKind::Class(id), span(class.span));
        self.facts.classes[id.index()].node = node;
        node
    }

    fn members(&mut self, class: &ast::Class, id: ClassId) -> Vec<Member> {
        let mut members = Vec::new();
        // Fields run as two functions of their own, whatever methods lie between them.
        let fields = self.field_function(FunctionKind::Fields, id, false, span(class.span));
        let statics = self.field_function(FunctionKind::StaticFields, id, true, span(class.span));
        for member in &class.body {
            match member {
                ast::ClassMember::Constructor(constructor) => self.constructor(constructor, id, &mut members),
                ast::ClassMember::Method(method) => {
                    let name = self.prop_name(&method.key).unwrap_or(Name::NONE);
                    let at = span(method.span);
                    self.method(
                        &method.function,
                        method.kind,
                        name,
                        id,
                        method.is_static,
                        at,
                        span(method.key.span()),
                        &mut members,
                    );
                    let is_private = matches!(
                        method.accessibility,
                        Some(ast::Accessibility::Private | ast::Accessibility::Protected)
                    );
                    if is_private
                        && let Some(NodeKind::Function(function)) =
                            members.last().map(|member| self.facts.kind(member.value))
                    {
                        self.facts.functions[function.index()].is_private = true;
                    }
                }
                ast::ClassMember::PrivateMethod(method) => {
                    let name = self.name(&format!("#{}", method.key.name));
                    let at = span(method.span);
                    self.method(
                        &method.function,
                        method.kind,
                        name,
                        id,
                        method.is_static,
                        at,
                        span(method.key.span),
                        &mut members,
                    );
                }
                ast::ClassMember::ClassProp(_)
                | ast::ClassMember::PrivateProp(_)
                | ast::ClassMember::AutoAccessor(_) => self.field(member, fields, statics, &mut members),
                ast::ClassMember::StaticBlock(block) => {
                    self.resume(statics, |me| me.block(&block.body.stmts));
                }
                ast::ClassMember::TsIndexSignature(_) | ast::ClassMember::Empty(_) => {}
            }
        }
        members
    }

    fn field_function(&mut self, kind: FunctionKind, class: ClassId, is_static: bool, at: Span) -> FunctionId {
        let head = Span::new(at.start, at.start);
        let record = self.record(kind, class, is_static, false, false, at, head);
        self.as_function(record, true, |_| ());
        record
    }

    /// Goes on with the code of a field function.
    fn resume(&mut self, record: FunctionId, inside: impl FnOnce(&mut Self)) {
        let before = (self.function, self.region);
        self.function = record;
        self.region = self.facts.functions[record.index()].body;
        // A new scope for each piece keeps scope numbers an interval tree.
        self.in_scope(ScopeKind::Function, inside);
        (self.function, self.region) = before;
    }

    /// A field, of the three kinds that swc keeps apart, as a store in one of the field functions.
    fn field(&mut self, member: &ast::ClassMember, fields: FunctionId, statics: FunctionId, members: &mut Vec<Member>) {
        let (name, at, value, annotation, is_static) = match member {
            ast::ClassMember::ClassProp(field) => {
                for decorator in &field.decorators {
                    self.expr(&decorator.expr);
                }
                let name = self.prop_name(&field.key).unwrap_or(Name::NONE);
                (name, span(field.key.span()), &field.value, &field.type_ann, field.is_static)
            }
            ast::ClassMember::PrivateProp(field) => {
                let name = self.name(&format!("#{}", field.key.name));
                (name, span(field.key.span), &field.value, &field.type_ann, field.is_static)
            }
            ast::ClassMember::AutoAccessor(field) => {
                let name = match &field.key {
                    ast::Key::Private(key) => self.name(&format!("#{}", key.name)),
                    ast::Key::Public(key) => self.prop_name(key).unwrap_or(Name::NONE),
                };
                (name, span(field.span), &field.value, &field.type_ann, field.is_static)
            }
            _ => return,
        };
        let target = if is_static { statics } else { fields };
        let ty = annotation.as_ref().map_or(TypeId::NONE, |annotation| self.type_of(&annotation.type_ann));
        let mut node = NONE;
        if let Some(value) = value {
            self.resume(target, |me| {
                me.hint = name;
                node = me.expr(value);
                let this = me.push(NodeKind::This, at);
                let place = me.push(NodeKind::Member { object: this, name }, at);
                let whole = Span::new(at.start, me.facts.span(node).end);
                me.push(NodeKind::Assign { op: AssignOp::Init, target: place, value: node }, whole);
            });
        }
        members.push(Member { name, is_static, value: node, ty, is_method: false, span: at });
    }

    #[allow(clippy::too_many_arguments, reason = "the parts of two kinds of method that swc keeps apart")]
    fn method(
        &mut self,
        function: &ast::Function,
        kind: ast::MethodKind,
        name: Name,
        class: ClassId,
        is_static: bool,
        at: Span,
        name_span: Span,
        members: &mut Vec<Member>,
    ) {
        self.hint = name;
        let kind = if kind == ast::MethodKind::Method { FunctionKind::Method } else { FunctionKind::Accessor };
        let value = self.function_value(function, kind, None, class, is_static, at);
        members.push(Member { name, is_static, value, ty: TypeId::NONE, is_method: true, span: name_span });
    }

    fn constructor(&mut self, constructor: &ast::Constructor, class: ClassId, members: &mut Vec<Member>) {
        let Some(body) = &constructor.body else { return };
        let at = span(constructor.span);
        let head = Span::new(at.start, span(body.span).start);
        self.hint = self.name("constructor");
        let record = self.record(FunctionKind::Constructor, class, false, false, false, at, head);
        self.as_function(record, true, |me| {
            for (position, param) in constructor.params.iter().enumerate() {
                match param {
                    ast::ParamOrTsParamProp::Param(param) => me.param(record, position, &param.pat),
                    ast::ParamOrTsParamProp::TsParamProp(property) => {
                        me.param_property(record, position, property, members);
                    }
                }
            }
            me.statements(&body.stmts);
        });
        let node = self.push(NodeKind::Function(record), at);
        self.facts.functions[record.index()].node = node;
        self.facts.classes[class.index()].constructor = record;
    }

    /// `constructor(private bus: EventEmitter)` is a parameter and a field that holds it.
    fn param_property(
        &mut self,
        record: FunctionId,
        at: usize,
        property: &ast::TsParamProp,
        members: &mut Vec<Member>,
    ) {
        let (pattern, ident) = match &property.param {
            ast::TsParamPropParam::Ident(ident) => (ast::Pat::Ident(ident.clone()), Some(ident)),
            ast::TsParamPropParam::Assign(default) => (ast::Pat::Assign(default.clone()), default.left.as_ident()),
        };
        self.param(record, at, &pattern);
        let Some(ident) = ident else { return };
        let name = self.atom(&ident.id.sym);
        let at = span(ident.id.span);
        let value = self.named(name, at);
        let this = self.push(NodeKind::This, at);
        let place = self.push(NodeKind::Member { object: this, name }, at);
        self.push(NodeKind::Assign { op: AssignOp::Init, target: place, value }, at);
        let ty = self.facts.functions[record.index()].params.last().map_or(TypeId::NONE, |param| param.ty);
        members.push(Member { name, is_static: false, value, ty, is_method: false, span: at });
    }
}

// ---- expressions ----

impl Collector {
    fn expr(&mut self, expression: &ast::Expr) -> NodeId {
        self.depth += 1;
        self.facts.nesting = self.facts.nesting.max(self.depth);
        let node = if self.depth.is_multiple_of(LEVELS) {
            stacker::maybe_grow(RED_ZONE, STACK_STEP, || self.expr_here(expression))
        } else {
            self.expr_here(expression)
        };
        self.depth -= 1;
        node
    }

    fn expr_here(&mut self, expression: &ast::Expr) -> NodeId {
        let hint = std::mem::replace(&mut self.hint, Name::NONE);
        match expression {
            ast::Expr::Ident(ident) => self.reference(ident),
            ast::Expr::This(this) => self.push(NodeKind::This, span(this.span)),
            ast::Expr::Lit(literal) => self.literal(literal),
            ast::Expr::Member(member) => self.member(member),
            ast::Expr::Call(call) => self.call(call),
            ast::Expr::New(new) => {
                let callee = self.expr(&new.callee);
                let args = self.args(new.args.as_deref().unwrap_or_default());
                let node = self.push(NodeKind::New { callee, args }, span(new.span));
                if let Some(arguments) = &new.type_args {
                    self.note_type_args(node, arguments);
                }
                node
            }
            ast::Expr::Assign(assign) => self.assign(assign),
            ast::Expr::Fn(function) => {
                self.hint = hint;
                let at = span(function.function.span);
                self.function_value(
                    &function.function,
                    FunctionKind::Expression,
                    function.ident.as_ref(),
                    ClassId::NONE,
                    false,
                    at,
                )
            }
            ast::Expr::Arrow(arrow) => {
                self.hint = hint;
                self.arrow(arrow)
            }
            ast::Expr::Class(class) => {
                self.hint = hint;
                let at = class.ident.as_ref().map_or(span(class.class.span), |ident| span(ident.span));
                match &class.ident {
                    Some(ident) => self.in_scope(ScopeKind::Name, |me| {
                        let name = me.atom(&ident.sym);
                        let binding = me.scopes.declare(me.scope, name, BindingKind::Class, at);
                        me.hint = name;
                        me.class(&class.class, binding, at)
                    }),
                    None => self.class(&class.class, BindingId::NONE, at),
                }
            }
            ast::Expr::Paren(inner) => {
                self.hint = hint;
                self.expr(&inner.expr)
            }
            ast::Expr::TsAs(ast::TsAsExpr { expr: inner, .. })
            | ast::Expr::TsNonNull(ast::TsNonNullExpr { expr: inner, .. })
            | ast::Expr::TsTypeAssertion(ast::TsTypeAssertion { expr: inner, .. })
            | ast::Expr::TsConstAssertion(ast::TsConstAssertion { expr: inner, .. })
            | ast::Expr::TsSatisfies(ast::TsSatisfiesExpr { expr: inner, .. })
            | ast::Expr::TsInstantiation(ast::TsInstantiation { expr: inner, .. }) => {
                self.hint = hint;
                self.expr(inner)
            }
            ast::Expr::OptChain(chain) => match &*chain.base {
                ast::OptChainBase::Member(member) => self.member(member),
                ast::OptChainBase::Call(call) => {
                    let callee = self.expr(&call.callee);
                    let args = self.args(&call.args);
                    self.push(NodeKind::Call { callee, args }, span(chain.span))
                }
            },
            ast::Expr::Bin(binary) => self.binary(binary),
            ast::Expr::Unary(unary) => self.unary(unary),
            ast::Expr::Update(update) => {
                let target = self.expr(&update.arg);
                let up = update.op == ast::UpdateOp::PlusPlus;
                self.push(NodeKind::Update { target, up }, span(update.span))
            }
            ast::Expr::Cond(conditional) => {
                let test = self.expr(&conditional.test);
                self.hint = hint;
                let yes = self.in_region(RegionKind::Then, test, |me| me.expr(&conditional.cons));
                self.hint = hint;
                let no = self.in_region(RegionKind::Else, test, |me| me.expr(&conditional.alt));
                self.push(NodeKind::Conditional { test, yes, no }, span(conditional.span))
            }
            ast::Expr::Object(object) => self.object(object),
            ast::Expr::Array(array) => {
                let before = self.open.len();
                for element in &array.elems {
                    let element = match element {
                        Some(element) => self.spreadable(element),
                        None => self.push(NodeKind::Undefined, span(array.span)),
                    };
                    self.open.push(element);
                }
                let list = self.list(before);
                self.push(NodeKind::Array(list), span(array.span))
            }
            ast::Expr::Seq(sequence) => {
                let list = self.values(&sequence.exprs);
                self.push(NodeKind::Sequence(list), span(sequence.span))
            }
            ast::Expr::Tpl(template) => self.template(template),
            ast::Expr::TaggedTpl(tagged) => {
                let tag = self.expr(&tagged.tag);
                let args = self.values(&tagged.tpl.exprs);
                self.push(NodeKind::Tagged { tag, args }, span(tagged.span))
            }
            ast::Expr::Await(inner) => {
                let value = self.expr(&inner.arg);
                self.push(NodeKind::Await(value), span(inner.span))
            }
            ast::Expr::Yield(inner) => {
                let value = inner.arg.as_ref().map_or(NONE, |value| self.expr(value));
                self.push(NodeKind::Yield(value), span(inner.span))
            }
            ast::Expr::SuperProp(property) => {
                let object = self.push(NodeKind::Super, span(property.obj.span));
                match &property.prop {
                    ast::SuperProp::Ident(ident) => {
                        let name = self.atom(&ident.sym);
                        self.push(NodeKind::Member { object, name }, span(property.span))
                    }
                    ast::SuperProp::Computed(computed) => {
                        let key = self.expr(&computed.expr);
                        self.push(NodeKind::Index { object, key }, span(property.span))
                    }
                }
            }
            ast::Expr::JSXElement(element) => self.jsx_element(element),
            ast::Expr::JSXFragment(fragment) => {
                let before = self.open.len();
                self.jsx_children(&fragment.children);
                let list = self.list(before);
                self.push(NodeKind::Jsx(list), span(fragment.span))
            }
            ast::Expr::JSXMember(_)
            | ast::Expr::JSXNamespacedName(_)
            | ast::Expr::JSXEmpty(_)
            | ast::Expr::MetaProp(_)
            | ast::Expr::PrivateName(_)
            | ast::Expr::Invalid(_) => self.push(NodeKind::Opaque, span(expression.span())),
        }
    }

    fn literal(&mut self, literal: &ast::Lit) -> NodeId {
        let at = span(literal.span());
        let kind = match literal {
            ast::Lit::Str(text) => NodeKind::Str(self.string(&text.value)),
            ast::Lit::JSXText(text) => NodeKind::Str(self.string(&text.value)),
            ast::Lit::Num(number) => {
                self.facts.numbers.push(number.value);
                NodeKind::Num(u32::try_from(self.facts.numbers.len() - 1).unwrap_or(0))
            }
            ast::Lit::BigInt(_) => {
                self.facts.numbers.push(f64::NAN);
                NodeKind::Num(u32::try_from(self.facts.numbers.len() - 1).unwrap_or(0))
            }
            ast::Lit::Bool(value) => NodeKind::Bool(value.value),
            ast::Lit::Null(_) => NodeKind::Null,
            ast::Lit::Regex(_) => NodeKind::Regex,
        };
        self.push(kind, at)
    }

    fn member(&mut self, member: &ast::MemberExpr) -> NodeId {
        let object = self.expr(&member.obj);
        let at = span(member.span);
        let name = match &member.prop {
            ast::MemberProp::Ident(ident) => self.atom(&ident.sym),
            ast::MemberProp::PrivateName(private) => self.name(&format!("#{}", private.name)),
            ast::MemberProp::Computed(computed) => {
                let key = self.expr(&computed.expr);
                match self.facts.kind(key) {
                    NodeKind::Str(name) => name,
                    _ => return self.push(NodeKind::Index { object, key }, at),
                }
            }
        };
        self.push(NodeKind::Member { object, name }, at)
    }

    fn call(&mut self, call: &ast::CallExpr) -> NodeId {
        let at = span(call.span);
        if let Some(node) = self.private_field(call) {
            return node;
        }
        let callee = match &call.callee {
            ast::Callee::Expr(callee) => self.expr(callee),
            ast::Callee::Super(inner) => self.push(NodeKind::Super, span(inner.span)),
            ast::Callee::Import(_) => {
                let value = match call.args.first() {
                    Some(first) => self.expr(&first.expr),
                    None => self.push(NodeKind::Undefined, at),
                };
                return self.push(NodeKind::Import(value), at);
            }
        };
        if let NodeKind::Ref { name, .. } = self.facts.kind(callee)
            && self.facts.name(name) == "eval"
        {
            self.note_eval();
        }
        let args = self.args(&call.args);
        self.push(NodeKind::Call { callee, args }, at)
    }

    /// A private field as compilers write it for old engines: `__classPrivateFieldGet(this, _Pool_jobs, "f")`
    /// is `this.#jobs`, and `_Pool_jobs.set(this, new Map())` its beginning.
    fn private_field(&mut self, call: &ast::CallExpr) -> Option<NodeId> {
        let at = span(call.span);
        let ast::Callee::Expr(callee) = &call.callee else { return None };
        let (helper, receiver) = match &**callee {
            ast::Expr::Ident(ident) => (&*ident.sym, None),
            ast::Expr::Member(member) => match &member.prop {
                ast::MemberProp::Ident(name) => (&*name.sym, Some(&*member.obj)),
                _ => return None,
            },
            _ => return None,
        };
        let arg = |n: usize| call.args.get(n).filter(|arg| arg.spread.is_none()).map(|arg| &*arg.expr);
        let name_of = |node: Option<&ast::Expr>| match node {
            Some(ast::Expr::Ident(ident)) => Some(ident.sym.clone()),
            _ => None,
        };
        let how = match arg(2) {
            Some(ast::Expr::Lit(ast::Lit::Str(text))) => Some(text.value.to_string_lossy().into_owned()),
            _ => None,
        };
        match helper.trim_start_matches('_') {
            "classPrivateFieldGet" if matches!(how.as_deref(), None | Some("f")) && call.args.len() <= 3 => {
                let field = name_of(arg(1))?;
                let object = self.expr(arg(0)?);
                let name = self.name(&field);
                Some(self.push(NodeKind::Member { object, name }, at))
            }
            // A private method: the function itself.
            "classPrivateFieldGet" if how.as_deref() == Some("m") => {
                name_of(arg(3))?;
                Some(self.expr(arg(3)?))
            }
            "classPrivateFieldSet" | "classPrivateFieldInitSpec" if call.args.len() <= 4 => {
                let field = name_of(arg(1))?;
                let value = arg(2)?;
                self.private_store(arg(0)?, &field, value, at)
            }
            "set" if call.args.len() == 2 && matches!(arg(0), Some(ast::Expr::This(_))) => {
                let field = name_of(receiver)?;
                let record = &self.facts.functions[self.function.index()];
                let class = self.facts.classes.get(record.class.get()?.index())?.name;
                let of_class = field.strip_prefix('_')?.strip_prefix(self.facts.name(class))?.strip_prefix('_');
                if record.kind != FunctionKind::Constructor || of_class.is_none_or(str::is_empty) {
                    return None;
                }
                self.private_store(arg(0)?, &field, arg(1)?, at)
            }
            _ => None,
        }
    }

    fn private_store(&mut self, object: &ast::Expr, field: &str, value: &ast::Expr, at: Span) -> Option<NodeId> {
        let object = self.expr(object);
        let name = self.name(field);
        let target = self.push(NodeKind::Member { object, name }, at);
        self.hint = name;
        let value = self.expr(value);
        Some(self.push(NodeKind::Assign { op: AssignOp::Set, target, value }, at))
    }

    /// Direct `eval` may name anything in sight: V8 keeps all of it in the context.
    fn note_eval(&mut self) {
        self.facts.functions[self.function.index()].has_eval = true;
    }

    fn args(&mut self, args: &[ast::ExprOrSpread]) -> List {
        let before = self.open.len();
        for arg in args {
            let arg = self.spreadable(arg);
            self.open.push(arg);
        }
        self.list(before)
    }

    fn spreadable(&mut self, element: &ast::ExprOrSpread) -> NodeId {
        let value = self.expr(&element.expr);
        match element.spread {
            Some(at) => {
                let at = Span::new(span(at).start, self.facts.span(value).end);
                self.push(NodeKind::Spread(value), at)
            }
            None => value,
        }
    }

    fn assign(&mut self, assign: &ast::AssignExpr) -> NodeId {
        let at = span(assign.span);
        let op = match assign.op {
            ast::AssignOp::Assign => AssignOp::Set,
            ast::AssignOp::AddAssign => AssignOp::Add,
            ast::AssignOp::AndAssign | ast::AssignOp::OrAssign | ast::AssignOp::NullishAssign => AssignOp::Logical,
            _ => AssignOp::Arithmetic,
        };
        match &assign.left {
            ast::AssignTarget::Simple(target) => {
                let target = self.simple_target(target);
                self.hint = match self.facts.kind(target) {
                    NodeKind::Ref { name, .. } | NodeKind::Member { name, .. } => name,
                    _ => Name::NONE,
                };
                let value = if op == AssignOp::Logical {
                    let kind = if assign.op == ast::AssignOp::AndAssign { RegionKind::Then } else { RegionKind::Else };
                    self.in_region(kind, target, |me| me.expr(&assign.right))
                } else {
                    self.expr(&assign.right)
                };
                self.push(NodeKind::Assign { op, target, value }, at)
            }
            ast::AssignTarget::Pat(pattern) => {
                let value = self.expr(&assign.right);
                match pattern {
                    ast::AssignTargetPat::Array(array) => self.pattern(&ast::Pat::Array(array.clone()), value, None),
                    ast::AssignTargetPat::Object(object) => self.object_pattern(object, value, None),
                    ast::AssignTargetPat::Invalid(_) => {}
                }
                value
            }
        }
    }

    fn simple_target(&mut self, target: &ast::SimpleAssignTarget) -> NodeId {
        match target {
            ast::SimpleAssignTarget::Ident(ident) => self.reference(&ident.id),
            ast::SimpleAssignTarget::Member(member) => self.member(member),
            ast::SimpleAssignTarget::Paren(inner) => self.expr(&inner.expr),
            ast::SimpleAssignTarget::TsAs(inner) => self.expr(&inner.expr),
            ast::SimpleAssignTarget::TsSatisfies(inner) => self.expr(&inner.expr),
            ast::SimpleAssignTarget::TsNonNull(inner) => self.expr(&inner.expr),
            ast::SimpleAssignTarget::TsTypeAssertion(inner) => self.expr(&inner.expr),
            ast::SimpleAssignTarget::TsInstantiation(inner) => self.expr(&inner.expr),
            ast::SimpleAssignTarget::SuperProp(_)
            | ast::SimpleAssignTarget::OptChain(_)
            | ast::SimpleAssignTarget::Invalid(_) => self.push(NodeKind::Opaque, span(target.span())),
        }
    }

    fn binary(&mut self, binary: &ast::BinExpr) -> NodeId {
        let at = span(binary.span);
        let left = self.expr(&binary.left);
        let logical = match binary.op {
            ast::BinaryOp::LogicalAnd => Some((LogicalOp::And, RegionKind::Then)),
            ast::BinaryOp::LogicalOr => Some((LogicalOp::Or, RegionKind::Else)),
            ast::BinaryOp::NullishCoalescing => Some((LogicalOp::Nullish, RegionKind::Else)),
            _ => None,
        };
        if let Some((op, kind)) = logical {
            let right = self.in_region(kind, left, |me| me.expr(&binary.right));
            return self.push(NodeKind::Logical { op, left, right }, at);
        }
        let right = self.expr(&binary.right);
        let op = match binary.op {
            ast::BinaryOp::Add => BinaryOp::Add,
            ast::BinaryOp::EqEq | ast::BinaryOp::EqEqEq => BinaryOp::Equal,
            ast::BinaryOp::NotEq | ast::BinaryOp::NotEqEq => BinaryOp::NotEqual,
            ast::BinaryOp::Lt | ast::BinaryOp::LtEq => BinaryOp::Less,
            ast::BinaryOp::Gt | ast::BinaryOp::GtEq => BinaryOp::Greater,
            ast::BinaryOp::In => BinaryOp::In,
            ast::BinaryOp::InstanceOf => BinaryOp::InstanceOf,
            ast::BinaryOp::Mod => BinaryOp::Modulo,
            ast::BinaryOp::Sub => BinaryOp::Subtract,
            ast::BinaryOp::Mul => BinaryOp::Multiply,
            ast::BinaryOp::BitAnd
            | ast::BinaryOp::BitOr
            | ast::BinaryOp::BitXor
            | ast::BinaryOp::LShift
            | ast::BinaryOp::RShift
            | ast::BinaryOp::ZeroFillRShift => BinaryOp::Bitwise,
            _ => BinaryOp::Arithmetic,
        };
        self.push(NodeKind::Binary { op, left, right }, at)
    }

    fn unary(&mut self, unary: &ast::UnaryExpr) -> NodeId {
        let arg = self.expr(&unary.arg);
        let kind = match unary.op {
            ast::UnaryOp::Delete => NodeKind::Delete(arg),
            ast::UnaryOp::Bang => NodeKind::Unary { op: UnaryOp::Not, arg },
            ast::UnaryOp::TypeOf => NodeKind::Unary { op: UnaryOp::Typeof, arg },
            ast::UnaryOp::Void if matches!(self.facts.kind(arg), NodeKind::Num(_)) => NodeKind::Undefined,
            ast::UnaryOp::Void => NodeKind::Unary { op: UnaryOp::Void, arg },
            ast::UnaryOp::Minus | ast::UnaryOp::Plus | ast::UnaryOp::Tilde => {
                NodeKind::Unary { op: UnaryOp::Arithmetic, arg }
            }
        };
        self.push(kind, span(unary.span))
    }

    fn template(&mut self, template: &ast::Tpl) -> NodeId {
        let at = span(template.span);
        let text = |quasi: &ast::TplElement| match &quasi.cooked {
            Some(cooked) => cooked.to_string_lossy().into_owned(),
            None => quasi.raw.to_string(),
        };
        if template.exprs.is_empty() {
            let text = template.quasis.first().map(text).unwrap_or_default();
            let name = self.name(&text);
            return self.push(NodeKind::Str(name), at);
        }
        let before = self.open.len();
        for (position, quasi) in template.quasis.iter().enumerate() {
            let text = text(quasi);
            if !text.is_empty() {
                let name = self.name(&text);
                let part = self.push(NodeKind::Str(name), span(quasi.span));
                self.open.push(part);
            }
            if let Some(value) = template.exprs.get(position) {
                let part = self.expr(value);
                self.open.push(part);
            }
        }
        let list = self.list(before);
        self.push(NodeKind::Template(list), at)
    }

    fn object(&mut self, object: &ast::ObjectLit) -> NodeId {
        let before = self.open.len();
        for property in &object.props {
            let part = match property {
                ast::PropOrSpread::Spread(spread) => {
                    let value = self.expr(&spread.expr);
                    let at = self.facts.span(value);
                    self.push(NodeKind::Spread(value), at)
                }
                ast::PropOrSpread::Prop(property) => self.property(property),
            };
            self.open.push(part);
        }
        let list = self.list(before);
        self.push(NodeKind::Object(list), span(object.span))
    }

    fn property(&mut self, property: &ast::Prop) -> NodeId {
        let at = span(property.span());
        let (key, is_accessor) = match property {
            ast::Prop::Shorthand(ident) => {
                let key = self.atom(&ident.sym);
                let value = self.reference(ident);
                return self.push(NodeKind::Property { key, value }, at);
            }
            ast::Prop::Assign(assign) => {
                let key = self.atom(&assign.key.sym);
                let value = self.expr(&assign.value);
                return self.push(NodeKind::Property { key, value }, at);
            }
            ast::Prop::KeyValue(pair) => (&pair.key, false),
            ast::Prop::Method(method) => (&method.key, false),
            ast::Prop::Getter(getter) => (&getter.key, true),
            ast::Prop::Setter(setter) => (&setter.key, true),
        };
        let key = self.prop_name(key);
        self.hint = key.unwrap_or(Name::NONE);
        let kind = if is_accessor { FunctionKind::Accessor } else { FunctionKind::Method };
        let value = match property {
            ast::Prop::KeyValue(pair) => self.expr(&pair.value),
            ast::Prop::Method(method) => self.function_value(&method.function, kind, None, ClassId::NONE, false, at),
            ast::Prop::Getter(getter) => self.function_value(&getter.function, kind, None, ClassId::NONE, false, at),
            ast::Prop::Setter(setter) => self.function_value(&setter.function, kind, None, ClassId::NONE, false, at),
            ast::Prop::Shorthand(_) | ast::Prop::Assign(_) => NONE,
        };
        match key {
            Ok(key) if is_accessor => self.push(NodeKind::Accessor { key, value }, at),
            Ok(key) => self.push(NodeKind::Property { key, value }, at),
            Err(key) => self.push(NodeKind::ComputedProperty { key, value }, at),
        }
    }

    fn jsx_element(&mut self, element: &ast::JSXElement) -> NodeId {
        let before = self.open.len();
        let tag = match &element.opening.name {
            // Lower-case tags are elements of the page, not variables.
            ast::JSXElementName::Ident(ident) if ident.sym.starts_with(|first: char| first.is_ascii_lowercase()) => {
                let name = self.atom(&ident.sym);
                self.push(NodeKind::Str(name), span(ident.span))
            }
            ast::JSXElementName::Ident(ident) => self.reference(ident),
            ast::JSXElementName::JSXMemberExpr(member) => self.jsx_member(member),
            ast::JSXElementName::JSXNamespacedName(name) => self.push(NodeKind::Opaque, span(name.span)),
        };
        self.open.push(tag);
        for attribute in &element.opening.attrs {
            match attribute {
                ast::JSXAttrOrSpread::SpreadElement(spread) => {
                    let value = self.expr(&spread.expr);
                    let at = self.facts.span(value);
                    let part = self.push(NodeKind::Spread(value), at);
                    self.open.push(part);
                }
                ast::JSXAttrOrSpread::JSXAttr(attribute) => {
                    let key = match &attribute.name {
                        ast::JSXAttrName::Ident(ident) => self.atom(&ident.sym),
                        ast::JSXAttrName::JSXNamespacedName(name) => self.atom(&name.name.sym),
                    };
                    self.hint = key;
                    let value = match &attribute.value {
                        Some(ast::JSXAttrValue::JSXExprContainer(container)) => match &container.expr {
                            ast::JSXExpr::Expr(value) => self.expr(value),
                            ast::JSXExpr::JSXEmptyExpr(_) => self.push(NodeKind::Undefined, span(container.span)),
                        },
                        Some(ast::JSXAttrValue::JSXElement(element)) => self.jsx_element(element),
                        Some(other) => self.push(NodeKind::Opaque, span(other.span())),
                        None => self.push(NodeKind::Bool(true), span(attribute.span)),
                    };
                    self.hint = Name::NONE;
                    let part = self.push(NodeKind::Property { key, value }, span(attribute.span));
                    self.open.push(part);
                }
            }
        }
        self.jsx_children(&element.children);
        let list = self.list(before);
        self.push(NodeKind::Jsx(list), span(element.span))
    }

    fn jsx_member(&mut self, member: &ast::JSXMemberExpr) -> NodeId {
        let object = match &member.obj {
            ast::JSXObject::Ident(ident) => self.reference(ident),
            ast::JSXObject::JSXMemberExpr(inner) => self.jsx_member(inner),
        };
        let name = self.atom(&member.prop.sym);
        self.push(NodeKind::Member { object, name }, span(member.span))
    }

    fn jsx_children(&mut self, children: &[ast::JSXElementChild]) {
        for child in children {
            let part = match child {
                ast::JSXElementChild::JSXText(_) => continue,
                ast::JSXElementChild::JSXExprContainer(container) => match &container.expr {
                    ast::JSXExpr::Expr(value) => self.expr(value),
                    ast::JSXExpr::JSXEmptyExpr(_) => continue,
                },
                ast::JSXElementChild::JSXSpreadChild(spread) => self.expr(&spread.expr),
                ast::JSXElementChild::JSXElement(element) => self.jsx_element(element),
                ast::JSXElementChild::JSXFragment(fragment) => {
                    self.jsx_children(&fragment.children);
                    continue;
                }
            };
            self.open.push(part);
        }
    }
}

// ---- types ----

impl Collector {
    fn type_of(&mut self, ty: &ast::TsType) -> TypeId {
        let found = self.type_here(ty);
        self.ty(found)
    }

    fn type_here(&mut self, ty: &ast::TsType) -> Type {
        match ty {
            ast::TsType::TsKeywordType(keyword) => match keyword.kind {
                ast::TsKeywordTypeKind::TsStringKeyword => Type::String,
                ast::TsKeywordTypeKind::TsNumberKeyword | ast::TsKeywordTypeKind::TsBigIntKeyword => Type::Number,
                ast::TsKeywordTypeKind::TsBooleanKeyword
                | ast::TsKeywordTypeKind::TsNullKeyword
                | ast::TsKeywordTypeKind::TsUndefinedKeyword
                | ast::TsKeywordTypeKind::TsVoidKeyword => Type::Finite,
                _ => Type::Unknown,
            },
            ast::TsType::TsLitType(literal) => match &literal.lit {
                ast::TsLit::Tpl(_) => Type::String,
                _ => Type::Finite,
            },
            ast::TsType::TsArrayType(_) | ast::TsType::TsTupleType(_) => Type::Array,
            ast::TsType::TsFnOrConstructorType(_) => Type::Function,
            ast::TsType::TsTypeOperator(operator) => match operator.op {
                ast::TsTypeOperatorOp::KeyOf => Type::Finite,
                _ => self.type_here(&operator.type_ann),
            },
            ast::TsType::TsParenthesizedType(inner) => self.type_here(&inner.type_ann),
            ast::TsType::TsTypeRef(reference) => {
                let name = match &reference.type_name {
                    ast::TsEntityName::Ident(ident) => self.atom(&ident.sym),
                    ast::TsEntityName::TsQualifiedName(qualified) => self.atom(&qualified.right.sym),
                };
                let arg = match &reference.type_params {
                    Some(params) => params.params.first().map_or(TypeId::NONE, |first| self.type_of(first)),
                    None => TypeId::NONE,
                };
                Type::Named { name, arg }
            }
            ast::TsType::TsUnionOrIntersectionType(ast::TsUnionOrIntersectionType::TsUnionType(union)) => {
                let before = self.open.len();
                for member in &union.types {
                    let member = self.type_of(member);
                    self.open.push(NodeId(member.0));
                }
                Type::Union(self.list(before))
            }
            _ => Type::Unknown,
        }
    }

    /// `new Map<Kind, T>()`: the first argument says what the keys are.
    fn note_type_args(&mut self, node: NodeId, arguments: &ast::TsTypeParamInstantiation) {
        if let Some(first) = arguments.params.first() {
            let ty = self.type_of(first);
            self.facts.type_args.insert(node, ty);
        }
    }
}

fn variable_kind(kind: ast::VarDeclKind) -> BindingKind {
    match kind {
        ast::VarDeclKind::Var => BindingKind::Var,
        ast::VarDeclKind::Let => BindingKind::Let,
        ast::VarDeclKind::Const => BindingKind::Const,
    }
}

/// The expression in parentheses: `$: ({ a } = b)`.
fn without_parens(mut expression: &ast::Expr) -> &ast::Expr {
    while let ast::Expr::Paren(inner) = expression {
        expression = &inner.expr;
    }
    expression
}

fn module_export_name(name: &ast::ModuleExportName) -> String {
    match name {
        ast::ModuleExportName::Ident(ident) => ident.sym.to_string(),
        ast::ModuleExportName::Str(text) => text.value.to_string_lossy().into_owned(),
    }
}

/// Whether the end of a statement is never reached.
fn exits(statement: &ast::Stmt) -> bool {
    match statement {
        ast::Stmt::Return(_) | ast::Stmt::Throw(_) | ast::Stmt::Break(_) | ast::Stmt::Continue(_) => true,
        ast::Stmt::Block(block) => block.stmts.iter().any(exits),
        ast::Stmt::If(branch) => exits(&branch.cons) && branch.alt.as_deref().is_some_and(exits),
        _ => false,
    }
}

fn says_use_strict(statements: &[ast::Stmt]) -> bool {
    statements
        .iter()
        .map_while(|statement| match statement {
            ast::Stmt::Expr(expression) => match &*expression.expr {
                ast::Expr::Lit(ast::Lit::Str(text)) => Some(text.value.to_string_lossy() == "use strict"),
                _ => None,
            },
            _ => None,
        })
        .any(|directive| directive)
}
