//! What a file does, in our own words: owned, flat, resolved, and free of swc.
//!
//! One traversal ([`collect`]) writes everything here; all later questions are linear passes or
//! walks along the ids. Nodes are stored children first, so a node's id is greater than those of
//! the values it is made of, and id order is evaluation order within one straight run of code.
//!
//! Syntax that means the same is lowered to one form: `x["a"]` is a member, destructuring is a
//! series of assignments from members, parentheses and TypeScript casts are not there, the rest
//! of a block after `if (c) return` lies in the else region of `c`.

pub mod collect;
mod names;
mod scopes;
mod types;

pub use names::Names;
pub use types::{Type, TypeId};

use crate::blocks::{Markup, Unit, words_outside};
use crate::source::{Source, Span};

/// Writes an id type: an index into one of the vectors of [`Facts`].
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u32);
        impl Default for $name {
            fn default() -> Self {
                Self::NONE
            }
        }
        impl $name {
            /// Stands for "there is none".
            pub const NONE: Self = Self(u32::MAX);
            /// Whether there is one.
            #[must_use]
            pub const fn is_some(self) -> bool {
                self.0 != u32::MAX
            }
            /// The id, or `None` for [`Self::NONE`].
            #[must_use]
            pub const fn get(self) -> Option<Self> {
                if self.is_some() { Some(self) } else { None }
            }
            /// The id of the element at an index.
            #[must_use]
            pub fn at(index: usize) -> Self {
                Self(u32::try_from(index).unwrap_or(u32::MAX))
            }
            /// The id of the next element of a vector.
            #[must_use]
            pub fn next_of<T>(items: &[T]) -> Self {
                Self::at(items.len())
            }
            /// The id as an index.
            #[must_use]
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}
pub(crate) use id;

id!(
    /// An interned identifier, property name or string.
    Name
);
id!(
    /// A value or operation.
    NodeId
);
id!(
    /// A declared variable.
    BindingId
);
id!(
    /// A function, or the top level (always 0).
    FunctionId
);
id!(
    /// A lexical scope.
    ScopeId
);
id!(
    /// A stretch of code with one way in.
    RegionId
);
id!(
    /// A class.
    ClassId
);

/// A run of ids in [`Facts::lists`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct List {
    /// First index.
    pub start: u32,
    /// Number of ids.
    pub len: u32,
}

/// A value or operation: what is computed, where, and as part of what.
#[derive(Clone, Copy, Debug)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// Its bytes.
    pub span: Span,
    /// The node it is a part of; [`NodeId::NONE`] for the root of a statement.
    pub parent: NodeId,
    /// Where it runs.
    pub region: RegionId,
}

/// How an assignment computes what it stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssignOp {
    /// A declaration with its initial value.
    Init,
    /// `=`.
    Set,
    /// `+=`.
    Add,
    /// `||=`, `&&=` and `??=`.
    Logical,
    /// Every other compound assignment; the result is a number.
    Arithmetic,
}

/// Binary operators, as far as the engine tells them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOp {
    /// `+`.
    Add,
    /// `==`, `===`.
    Equal,
    /// `!=`, `!==`.
    NotEqual,
    /// `<`, `<=`.
    Less,
    /// `>`, `>=`.
    Greater,
    /// `in`.
    In,
    /// `instanceof`.
    InstanceOf,
    /// `%`.
    Modulo,
    /// `&`, `|`, `^`, shifts.
    Bitwise,
    /// `-`.
    Subtract,
    /// `*`.
    Multiply,
    /// `/`, `**`.
    Arithmetic,
}

/// Short-circuit operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogicalOp {
    /// `&&`.
    And,
    /// `||`.
    Or,
    /// `??`, and default values.
    Nullish,
}

/// Unary operators without a node of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOp {
    /// `!`.
    Not,
    /// `typeof`.
    Typeof,
    /// `void`.
    Void,
    /// `-`, `+`, `~`: a number.
    Arithmetic,
}

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum NodeKind {
    /// A variable read or written. No binding: a global, or undeclared.
    Ref { name: Name, binding: BindingId },
    /// `this`.
    This,
    /// `super`.
    Super,
    /// A constant string, also a template without substitutions.
    Str(Name),
    /// A number; index into [`Facts::numbers`].
    Num(u32),
    /// `true`, `false`.
    Bool(bool),
    /// `null`.
    Null,
    /// `undefined`, a hole, a missing value.
    Undefined,
    /// A regular expression literal.
    Regex,
    /// A template with substitutions; strings and values in turn.
    Template(List),
    /// `object.name`, `object["name"]`, `object.#name`.
    Member { object: NodeId, name: Name },
    /// `object[key]` with a key that is not a constant string.
    Index { object: NodeId, key: NodeId },
    /// A call.
    Call { callee: NodeId, args: List },
    /// `new`.
    New { callee: NodeId, args: List },
    /// A tagged template; the substitutions.
    Tagged { tag: NodeId, args: List },
    /// A function or arrow made here.
    Function(FunctionId),
    /// A class made here.
    Class(ClassId),
    /// An array literal.
    Array(List),
    /// An object literal: `Property`, `ComputedProperty`, `Accessor` and `Spread` nodes.
    Object(List),
    /// `key: value` or a method.
    Property { key: Name, value: NodeId },
    /// `[key]: value`.
    ComputedProperty { key: NodeId, value: NodeId },
    /// A getter or setter.
    Accessor { key: Name, value: NodeId },
    /// `...value`.
    Spread(NodeId),
    /// What a rest pattern collects from the value.
    Rest(NodeId),
    /// A store.
    Assign { op: AssignOp, target: NodeId, value: NodeId },
    /// `++` and `--`.
    Update { target: NodeId, up: bool },
    /// `delete`.
    Delete(NodeId),
    /// The other unary operators.
    Unary { op: UnaryOp, arg: NodeId },
    /// A binary operator.
    Binary { op: BinaryOp, left: NodeId, right: NodeId },
    /// A short-circuit operator.
    Logical { op: LogicalOp, left: NodeId, right: NodeId },
    /// `test ? yes : no`.
    Conditional { test: NodeId, yes: NodeId, no: NodeId },
    /// `await`.
    Await(NodeId),
    /// `yield`; the value may be none.
    Yield(NodeId),
    /// Comma operator.
    Sequence(List),
    /// `import(value)`.
    Import(NodeId),
    /// What the caller passes at this position, counted from 0.
    Param(u32),
    /// What `catch` caught.
    Caught,
    /// One element (`for…of`) of the value; `keys` for `for…in`.
    Element { of: NodeId, keys: bool },
    /// An element of JSX: tag, attributes (as `Property`), children.
    Jsx(List),
    /// `return`; the value may be none.
    Return(NodeId),
    /// `throw`.
    Throw(NodeId),
    /// `break`, `continue`.
    Jump,
    /// Anything that holds nothing: `import.meta`, `new.target`.
    Opaque,
}

impl NodeKind {
    /// Whether it is a value written down that is no function and has no parts.
    #[must_use]
    pub const fn is_literal(self) -> bool {
        matches!(
            self,
            Self::Str(_)
                | Self::Num(_)
                | Self::Bool(_)
                | Self::Null
                | Self::Undefined
                | Self::Regex
                | Self::Template(_)
        )
    }

    /// The nodes that one is made of, in order: up to three of its own, then those of a list.
    #[must_use]
    #[inline]
    pub const fn parts(self) -> ([NodeId; 3], List) {
        const NONE: NodeId = NodeId::NONE;
        const EMPTY: List = List { start: 0, len: 0 };
        match self {
            Self::Template(list) | Self::Array(list) | Self::Object(list) | Self::Sequence(list) | Self::Jsx(list) => {
                ([NONE; 3], list)
            }
            Self::Call { callee, args } | Self::New { callee, args } | Self::Tagged { tag: callee, args } => {
                ([callee, NONE, NONE], args)
            }
            Self::Index { object: a, key: b }
            | Self::ComputedProperty { key: a, value: b }
            | Self::Assign { target: a, value: b, .. }
            | Self::Binary { left: a, right: b, .. }
            | Self::Logical { left: a, right: b, .. } => ([a, b, NONE], EMPTY),
            Self::Conditional { test, yes, no } => ([test, yes, no], EMPTY),
            Self::Member { object: only, .. }
            | Self::Property { value: only, .. }
            | Self::Accessor { value: only, .. }
            | Self::Spread(only)
            | Self::Rest(only)
            | Self::Update { target: only, .. }
            | Self::Delete(only)
            | Self::Unary { arg: only, .. }
            | Self::Await(only)
            | Self::Import(only)
            | Self::Element { of: only, .. }
            | Self::Throw(only)
            | Self::Return(only)
            | Self::Yield(only) => ([only, NONE, NONE], EMPTY),
            Self::Ref { .. }
            | Self::This
            | Self::Super
            | Self::Str(_)
            | Self::Num(_)
            | Self::Bool(_)
            | Self::Null
            | Self::Undefined
            | Self::Regex
            | Self::Function(_)
            | Self::Class(_)
            | Self::Param(_)
            | Self::Caught
            | Self::Jump
            | Self::Opaque => ([NONE; 3], EMPTY),
        }
    }
}

/// What sort of function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FunctionKind {
    /// The top level of the file.
    Top,
    /// `function f() {}` as a statement.
    Declaration,
    /// `function () {}` as a value.
    Expression,
    /// `() => …`.
    Arrow,
    /// A method of a class or object literal.
    Method,
    /// `get`, `set`.
    Accessor,
    /// `constructor`.
    Constructor,
    /// The instance fields of a class, as V8 runs them: a function of their own.
    Fields,
    /// Static fields and blocks.
    StaticFields,
    /// Code outside of functions that a framework runs again and again: the script of a component.
    Framed(RunBy),
}

/// What runs code that is not in a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunBy {
    /// Each instance of the component, when it is made.
    Mount,
    /// A change of what the code reads: `$: …` of Svelte.
    Change,
    /// Each request of the page, or its one build.
    Request,
}

/// A parameter.
#[derive(Clone, Copy, Debug)]
pub struct Param {
    /// The `Param` node: what comes in.
    pub node: NodeId,
    /// The variable, if it is a plain name (with or without a default).
    pub binding: BindingId,
    /// Its declared type.
    pub ty: TypeId,
    /// `...rest`.
    pub rest: bool,
}

/// A function, or the top level.
#[derive(Clone, Debug)]
pub struct Function {
    /// What sort.
    pub kind: FunctionKind,
    /// Its own name, or that of the variable, property or method it is made for.
    pub name: Name,
    /// The variable that a named function expression is to itself.
    pub own_name: BindingId,
    /// The node that makes it; none for the top level and field functions.
    pub node: NodeId,
    /// The function around it; none for the top level.
    pub parent: FunctionId,
    /// The scope of its parameters and body.
    pub scope: ScopeId,
    /// The class whose member it is.
    pub class: ClassId,
    /// Static member.
    pub is_static: bool,
    /// `private` or `protected`, in TypeScript.
    pub is_private: bool,
    /// `async`.
    pub is_async: bool,
    /// `function*`.
    pub is_generator: bool,
    /// Strict mode.
    pub strict: bool,
    /// Contains a direct `eval`: captures everything around it.
    pub has_eval: bool,
    /// Its parameters.
    pub params: Vec<Param>,
    /// The region of its body.
    pub body: RegionId,
    /// Values returned; a concise arrow body is one.
    pub returns: Vec<NodeId>,
    /// The whole function.
    pub span: Span,
    /// From its start to the start of its body: what to point at.
    pub head: Span,
}

/// What sort of region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegionKind {
    /// The body of a function.
    Body,
    /// Runs when the test is true.
    Then,
    /// Runs when the test is false.
    Else,
    /// Runs again and again while the test holds.
    Loop(LoopKind),
    /// One case of a switch.
    Case,
    /// `try`.
    Try,
    /// `catch`.
    Catch,
    /// `finally`.
    Finally,
}

/// What sort of loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoopKind {
    /// `for (;;)`, `while`, `do`.
    Condition,
    /// `for…of`, `for…in`.
    Each,
    /// `for await…of`.
    Await,
}

/// A stretch of code with one way in.
#[derive(Clone, Copy, Debug)]
pub struct Region {
    /// What sort.
    pub kind: RegionKind,
    /// The region around it; none for a function's body.
    pub parent: RegionId,
    /// The function it is part of.
    pub function: FunctionId,
    /// The condition, the discriminant, or the value looped over.
    pub test: NodeId,
    /// Whether its end is never reached: it returns, throws or jumps.
    pub exits: bool,
}

/// What sort of scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScopeKind {
    /// The top level.
    Top,
    /// A function's parameters and body.
    Function,
    /// A block, loop or switch.
    Block,
    /// `catch`.
    Catch,
    /// The inside of a class, or of a named function expression: its own name.
    Name,
    /// A TypeScript namespace: a function scope at run time.
    Namespace,
}

/// A lexical scope.
#[derive(Clone, Copy, Debug)]
pub struct Scope {
    /// What sort.
    pub kind: ScopeKind,
    /// The scope around it.
    pub parent: ScopeId,
    /// The function it belongs to.
    pub function: FunctionId,
    /// Number of the scope that was opened last inside it: with the id itself, an interval.
    pub last: ScopeId,
}

/// How a variable was declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BindingKind {
    /// `var`.
    Var,
    /// `let`.
    Let,
    /// `const`.
    Const,
    /// `using`, `await using`: disposed of at the end of its block.
    Using,
    /// A function declaration, or the own name of a function expression.
    Function,
    /// A class.
    Class,
    /// A parameter.
    Param,
    /// `catch (e)`.
    Catch,
    /// An import; index into [`Facts::imports`].
    Import(u32),
    /// A TypeScript enum.
    Enum,
    /// A TypeScript namespace.
    Namespace,
    /// `declare`d: somebody else's.
    Ambient,
}

/// A declared variable.
#[derive(Clone, Debug)]
pub struct Binding {
    /// Its name.
    pub name: Name,
    /// How it was declared.
    pub kind: BindingKind,
    /// Where it is visible.
    pub scope: ScopeId,
    /// Its name at the declaration.
    pub span: Span,
    /// Its declared type.
    pub ty: TypeId,
    /// Whether a function other than its own reads or writes it: it lives in a V8 context.
    pub captured: bool,
    /// Its references, in order: a run of [`Facts::references`].
    pub references: List,
    /// The value it always has; see [`Facts::constant`].
    pub constant: NodeId,
}

/// A member of a class.
#[derive(Clone, Copy, Debug)]
pub struct Member {
    /// Its name; `#x` for private ones.
    pub name: Name,
    /// Static.
    pub is_static: bool,
    /// The function node of a method, the value of a field; none for a field without value.
    pub value: NodeId,
    /// The declared type of a field.
    pub ty: TypeId,
    /// Whether it is a method or accessor rather than a field.
    pub is_method: bool,
    /// Where it is named.
    pub span: Span,
}

/// A class: declared as such, or a constructor function with methods on its prototype.
#[derive(Clone, Debug)]
pub struct Class {
    /// Its name.
    pub name: Name,
    /// The node that makes it.
    pub node: NodeId,
    /// What it extends.
    pub parent: NodeId,
    /// The variable of its name, outside.
    pub binding: BindingId,
    /// Its members.
    pub members: Vec<Member>,
    /// Its constructor.
    pub constructor: FunctionId,
    /// Expressions of its decorators.
    pub decorators: Vec<NodeId>,
    /// Where it is named.
    pub span: Span,
}

/// A name brought in from another module.
#[derive(Clone, Debug)]
pub struct Import {
    /// The module specifier.
    pub module: Name,
    /// The exported name: "default", "*" or a name.
    pub name: Name,
    /// Only a type.
    pub type_only: bool,
}

/// A name given out.
#[derive(Clone, Copy, Debug)]
pub struct Export {
    /// The exported name.
    pub name: Name,
    /// The variable; none for an expression.
    pub binding: BindingId,
    /// The value; none for a variable.
    pub node: NodeId,
}

/// A name that is given out as it comes in: `export { a as b } from "./x"`.
#[derive(Clone, Copy, Debug)]
pub struct Reexport {
    /// The module specifier.
    pub module: Name,
    /// The name there; "*" for all.
    pub name: Name,
    /// The name here; "*" for the same names.
    pub exported: Name,
}

/// How the file runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ModuleKind {
    /// ES module: strict, top-level names are its own.
    Module,
    /// CommonJS: sloppy unless it says otherwise, top-level names are its own.
    CommonJs,
    /// A script: top-level names are the global object's.
    #[default]
    Script,
}

/// Everything known of one file.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// How the file runs.
    pub module: ModuleKind,
    /// Whether it is TypeScript.
    pub typescript: bool,
    /// Text of each [`Name`].
    pub names: Names,
    /// Values of number literals.
    pub numbers: Vec<f64>,
    /// Every value and operation, children first.
    pub nodes: Vec<Node>,
    /// What does something, in order: calls, `new`, stores, updates, deletes, dynamic imports. What
    /// takes or releases a hold is one of these, so questions about holds look only here.
    pub operations: Vec<NodeId>,
    /// The calls among them.
    pub calls: Vec<NodeId>,
    /// The `new` among them.
    pub news: Vec<NodeId>,
    /// The stores among them.
    pub stores: Vec<NodeId>,
    /// The dynamic imports among them.
    pub loads: Vec<NodeId>,
    /// The updates and deletes among them.
    pub changes: Vec<NodeId>,
    /// `Property` nodes of object literals, in order.
    pub properties: Vec<NodeId>,
    /// `Member` nodes, in order.
    pub members: Vec<NodeId>,
    /// `Index`, `Logical` and `Conditional` nodes, in order: one of several values.
    pub choices: Vec<NodeId>,
    /// `Await` and `Yield` nodes, in order.
    pub waits: Vec<NodeId>,
    /// The lists of nodes that nodes refer to.
    pub lists: Vec<NodeId>,
    /// Every function; the first is the top level.
    pub functions: Vec<Function>,
    /// Every scope; the first is the top level.
    pub scopes: Vec<Scope>,
    /// Every variable.
    pub bindings: Vec<Binding>,
    /// `Ref` nodes, grouped by binding.
    pub references: Vec<NodeId>,
    /// `Ref` nodes without a binding, in order.
    pub globals: Vec<NodeId>,
    /// Every region.
    pub regions: Vec<Region>,
    /// Every class.
    pub classes: Vec<Class>,
    /// Every type.
    pub types: Vec<Type>,
    /// Type aliases by name.
    pub aliases: rustc_hash::FxHashMap<Name, TypeId>,
    /// Imports.
    pub imports: Vec<Import>,
    /// ES exports.
    pub exports: Vec<Export>,
    /// Exports of what other modules export.
    pub reexports: Vec<Reexport>,
    /// Nodes of exports that are values, in order.
    pub exported: Vec<NodeId>,
    /// Values that a pattern takes several parts of, with each part but the first, in order.
    pub further: Vec<(NodeId, NodeId)>,
    /// Variables that the template around the code or the user of a component reaches, in order.
    pub exposed: Vec<BindingId>,
    /// What a `.vue` file exports: the options of its component.
    pub component: NodeId,
    /// How deep expressions and statements nest.
    pub nesting: usize,
    /// First type argument of `new` nodes that have one.
    pub type_args: rustc_hash::FxHashMap<NodeId, TypeId>,
}

impl Facts {
    /// Forgets everything, and keeps the memory for the next file.
    fn clear(&mut self) {
        let Self {
            module,
            typescript,
            names,
            numbers,
            nodes,
            operations,
            calls,
            news,
            stores,
            loads,
            changes,
            properties,
            members,
            choices,
            waits,
            lists,
            functions,
            scopes,
            bindings,
            references,
            globals,
            regions,
            classes,
            types,
            aliases,
            imports,
            exports,
            reexports,
            exported,
            further,
            exposed,
            component,
            nesting,
            type_args,
        } = self;
        (*module, *typescript, *component, *nesting) = (ModuleKind::default(), false, NodeId::NONE, 0);
        names.clear();
        numbers.clear();
        nodes.clear();
        for ids in [
            operations, calls, news, stores, loads, changes, properties, members, choices, waits, lists, references,
            globals, exported,
        ] {
            ids.clear();
        }
        functions.clear();
        scopes.clear();
        bindings.clear();
        regions.clear();
        classes.clear();
        types.clear();
        aliases.clear();
        imports.clear();
        exports.clear();
        reexports.clear();
        exposed.clear();
        further.clear();
        type_args.clear();
    }

    /// Notes what the markup around the code says of it: which variables a template names, and what
    /// the component is.
    pub(crate) fn expose(&mut self, source: &Source, unit: &Unit) {
        if let Some(markup) = unit.markup {
            let framed = |function: FunctionId| {
                matches!(self.function(function).kind, FunctionKind::Top | FunctionKind::Framed(_))
            };
            let words: rustc_hash::FxHashSet<&str> = words_outside(&source.text, markup, unit).collect();
            let named = (0..self.bindings.len()).map(BindingId::at).filter(|binding| {
                let record = self.binding(*binding);
                framed(self.scope(record.scope).function) && words.contains(self.name(record.name))
            });
            let named: Vec<BindingId> = named.collect();
            self.exposed.extend(named);
            self.exposed.sort_unstable();
            self.exposed.dedup();
            if markup == Markup::Vue {
                let default = self.exports.iter().find(|export| self.name(export.name) == "default");
                self.component = default.map_or(NodeId::NONE, |export| export.node);
            }
        }
    }

    /// About how many bytes of memory a copy takes: most are nodes, and what there is for each few of them.
    pub(crate) fn size(&self) -> usize {
        const A_NODE: usize = 64;
        self.nodes.len() * A_NODE
    }

    /// Text of a name; empty for none.
    #[must_use]
    pub fn name(&self, name: Name) -> &str {
        self.names.get(name)
    }

    /// Whether a value is itself exported: `export default …`.
    #[must_use]
    pub fn is_exported(&self, node: NodeId) -> bool {
        self.exported.binary_search(&node).is_ok()
    }

    /// Whether code that is not in view can name a variable: it is exported, or a template has it.
    #[must_use]
    pub fn is_given_out(&self, binding: BindingId) -> bool {
        self.exposed.binary_search(&binding).is_ok() || self.exports.iter().any(|export| export.binding == binding)
    }

    /// The node of an id.
    #[must_use]
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.index()]
    }

    /// What a node is a part of: its parent, and each further part that a pattern takes of it.
    pub fn parents(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let start = self.further.partition_point(|(value, _)| *value < id);
        let further = self.further[start..].iter().take_while(move |(value, _)| *value == id);
        std::iter::once(self.node(id).parent).chain(further.map(|(_, part)| *part))
    }

    /// The kind of a node; `Undefined` for none.
    #[must_use]
    pub fn kind(&self, id: NodeId) -> NodeKind {
        self.nodes.get(id.index()).map_or(NodeKind::Undefined, |node| node.kind)
    }

    /// The span of a node; empty for none.
    #[must_use]
    pub fn span(&self, id: NodeId) -> Span {
        self.nodes.get(id.index()).map_or(Span::default(), |node| node.span)
    }

    /// The nodes of a list.
    #[must_use]
    pub fn list(&self, list: List) -> &[NodeId] {
        &self.lists[list.start as usize..(list.start + list.len) as usize]
    }

    /// The `n`th argument of an argument list, unless a spread comes before it.
    #[must_use]
    pub fn arg(&self, args: List, n: usize) -> Option<NodeId> {
        let args = self.list(args);
        let arg = *args.get(n)?;
        let spread = args[..=n].iter().any(|arg| matches!(self.kind(*arg), NodeKind::Spread(_)));
        (!spread).then_some(arg)
    }

    /// The function of an id.
    #[must_use]
    pub fn function(&self, id: FunctionId) -> &Function {
        &self.functions[id.index()]
    }

    /// The function a node runs in.
    #[must_use]
    pub fn function_of(&self, node: NodeId) -> FunctionId {
        self.regions[self.node(node).region.index()].function
    }

    /// The variable of an id.
    #[must_use]
    pub fn binding(&self, id: BindingId) -> &Binding {
        &self.bindings[id.index()]
    }

    /// The last name in what is called: `on` of `this.bus.on`; empty where there is none.
    #[must_use]
    pub fn called_name(&self, callee: NodeId) -> &str {
        match self.kind(callee) {
            NodeKind::Ref { name, .. } | NodeKind::Member { name, .. } => self.name(name),
            _ => "",
        }
    }

    /// Whether a condition around a node has a part of which something holds.
    #[must_use]
    pub fn is_tested(&self, node: NodeId, holds: &mut dyn FnMut(NodeId) -> bool) -> bool {
        self.regions_around(node).any(|region| {
            let mut found = false;
            self.each_below(self.region(region).test, &mut |part| found = found || holds(part));
            found
        })
    }

    /// The position of a parameter; `None` for other variables, and for parts of a pattern.
    #[must_use]
    pub fn param_position(&self, binding: BindingId) -> Option<usize> {
        self.function(self.binding_function(binding)).params.iter().position(|param| param.binding == binding)
    }

    /// The references of a variable, in order of place.
    #[must_use]
    pub fn references(&self, id: BindingId) -> &[NodeId] {
        let List { start, len } = self.binding(id).references;
        &self.references[start as usize..(start + len) as usize]
    }

    /// The region of an id.
    #[must_use]
    pub fn region(&self, id: RegionId) -> &Region {
        &self.regions[id.index()]
    }

    /// The scope of an id.
    #[must_use]
    pub fn scope(&self, id: ScopeId) -> &Scope {
        &self.scopes[id.index()]
    }

    /// The function a variable belongs to.
    #[must_use]
    pub fn binding_function(&self, id: BindingId) -> FunctionId {
        self.scope(self.binding(id).scope).function
    }

    /// The regions around a node, innermost first, within its own function.
    pub fn regions_around(&self, node: NodeId) -> impl Iterator<Item = RegionId> + '_ {
        let mut next = self.nodes.get(node.index()).map_or(RegionId::NONE, |node| node.region);
        std::iter::from_fn(move || {
            let here = next.get()?;
            next = self.region(here).parent;
            Some(here)
        })
    }

    /// Whether region `inner` is `outer` or lies inside it.
    #[must_use]
    pub fn region_within(&self, inner: RegionId, outer: RegionId) -> bool {
        let mut next = inner;
        while let Some(here) = next.get() {
            if here == outer {
                return true;
            }
            next = self.region(here).parent;
        }
        false
    }

    /// Whether scope `inner` is `outer` or lies inside it.
    #[must_use]
    pub fn scope_within(&self, inner: ScopeId, outer: ScopeId) -> bool {
        outer <= inner && inner <= self.scope(outer).last
    }

    /// Whether a function, or one in it, captures a variable of a function around it. V8 decides this
    /// statically: a function that never runs captures too (measured, catalogue 2.0). Top-level
    /// variables are left out: they live as long as the file.
    #[must_use]
    pub fn captures(&self, function: FunctionId, binding: BindingId) -> bool {
        self.is_captured_by(function, binding)
            && self.references(binding).iter().any(|user| self.function_within(self.function_of(*user), function))
    }

    /// The nodes of a function and of those in it, last first: they are made just before the node that
    /// makes the function.
    pub fn nodes_within(&self, function: FunctionId) -> impl Iterator<Item = NodeId> + '_ {
        let end = self.end_of(function).unwrap_or(0);
        (0..end).rev().map(NodeId::at).take_while(move |node| self.function_within(self.function_of(*node), function))
    }

    /// As [`Self::nodes_within`], first first: the quicker way through a large function.
    pub fn nodes_of(&self, function: FunctionId) -> impl Iterator<Item = NodeId> + '_ {
        let end = self.end_of(function).unwrap_or(0);
        let is_before = |node: &Node| !self.function_within(self.regions[node.region.index()].function, function);
        (self.nodes[..end].partition_point(is_before)..end).map(NodeId::at)
    }

    /// The number of the first node after those of a function; `None` where no node makes it.
    fn end_of(&self, function: FunctionId) -> Option<usize> {
        let record = self.function(function);
        // Its store to its own name comes between: the function, the name, the store.
        let own_name = if record.own_name.is_some() { 3 } else { 0 };
        Some(record.node.get()?.index() - own_name)
    }

    /// The operations of a function and of those in it, last first.
    pub fn operations_within(&self, function: FunctionId) -> impl Iterator<Item = NodeId> + '_ {
        let end = self.end_of(function).unwrap_or(self.nodes.len());
        let before = self.operations.partition_point(|node| node.index() < end);
        let within = move |node: &NodeId| self.function_within(self.function_of(*node), function);
        self.operations[..before].iter().rev().copied().take_while(within)
    }

    /// What a function, or one in it, captures of the functions around it: a variable for each time it
    /// is named, last first.
    pub fn captures_of(&self, function: FunctionId) -> impl Iterator<Item = BindingId> + '_ {
        self.nodes_within(function).filter_map(move |node| match self.kind(node) {
            NodeKind::Ref { binding, .. } if binding.is_some() && self.is_captured_by(function, binding) => {
                Some(binding)
            }
            _ => None,
        })
    }

    /// The variables of functions around it that a function, or one in it, captures.
    #[must_use]
    pub fn captured_by(&self, function: FunctionId) -> Vec<BindingId> {
        let mut found: Vec<BindingId> = self.captures_of(function).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The variable that a function, or one in it, captures first.
    #[must_use]
    pub fn first_captured(&self, function: FunctionId) -> Option<BindingId> {
        self.captures_of(function).last()
    }

    /// Whether a variable that a function uses is captured: one of a function around it.
    fn is_captured_by(&self, function: FunctionId, binding: BindingId) -> bool {
        let home = self.binding_function(binding);
        home != FunctionId(0) && home != function && self.function_within(function, home)
    }

    /// Whether function `inner` is `outer` or lies inside it.
    #[must_use]
    pub fn function_within(&self, inner: FunctionId, outer: FunctionId) -> bool {
        let mut next = inner;
        while let Some(here) = next.get() {
            if here == outer {
                return true;
            }
            next = self.function(here).parent;
        }
        false
    }

    /// Whether the node is stored to: the target of an assignment or update.
    #[must_use]
    pub fn is_written(&self, node: NodeId) -> bool {
        match self.kind(self.node(node).parent) {
            NodeKind::Assign { target, .. } | NodeKind::Update { target, .. } => target == node,
            NodeKind::Delete(target) => target == node,
            _ => false,
        }
    }

    /// The stores to a variable: `Assign` and `Update` nodes, in order of place.
    pub fn writes(&self, binding: BindingId) -> impl Iterator<Item = NodeId> + '_ {
        self.references(binding)
            .iter()
            .filter(|reference| self.is_written(**reference))
            .map(|reference| self.node(*reference).parent)
    }

    /// The stores of null to a variable that come after another store.
    pub fn nulled(&self, binding: BindingId) -> impl Iterator<Item = NodeId> + '_ {
        let is_null = |write: &NodeId| match self.kind(*write) {
            NodeKind::Assign { value, .. } => matches!(self.kind(value), NodeKind::Null | NodeKind::Undefined),
            _ => false,
        };
        self.writes(binding).skip_while(is_null).filter(is_null)
    }

    /// The value a variable always has: the one it was declared with, if nothing else is ever
    /// stored to it.
    #[must_use]
    pub fn constant(&self, binding: BindingId) -> Option<NodeId> {
        self.binding(binding).constant.get()
    }

    /// The value an object literal gives to a property, where `object` is a constant with one.
    #[must_use]
    pub fn constant_member(&self, object: NodeId, name: &str) -> Option<NodeId> {
        let NodeKind::Ref { binding, .. } = self.kind(object) else { return None };
        let NodeKind::Object(parts) = self.kind(self.constant(binding.get()?)?) else { return None };
        self.list(parts).iter().find_map(|part| match self.kind(*part) {
            NodeKind::Property { key, value } if self.name(key) == name => Some(value),
            _ => None,
        })
    }

    /// Whether a node is a local or parameter whose length is asked for as a number.
    #[must_use]
    pub fn constant_length(&self, object: NodeId) -> bool {
        matches!(self.kind(object), NodeKind::Ref { binding, .. } if binding.get().is_some_and(|binding| self.binding_function(binding) != FunctionId(0)))
    }

    /// The node without `await`, sequence heads and stores around it: the value itself.
    #[must_use]
    pub fn value_of(&self, node: NodeId) -> NodeId {
        match self.kind(node) {
            NodeKind::Sequence(list) => self.list(list).last().map_or(node, |last| self.value_of(*last)),
            NodeKind::Assign { op: AssignOp::Set | AssignOp::Init, value, .. } => self.value_of(value),
            _ => node,
        }
    }

    /// Calls `visit` with every node in the tree below `node`, itself first, functions not
    /// entered. Without recursion: a chain of a million operators is one line of a bundle.
    pub fn each_below(&self, node: NodeId, visit: &mut dyn FnMut(NodeId)) {
        let mut open = vec![node];
        while let Some(node) = open.pop() {
            if node.is_some() {
                visit(node);
                self.each_child(node, &mut |child| open.push(child));
            }
        }
    }

    /// Calls `visit` with every direct part of a node.
    pub fn each_child(&self, node: NodeId, visit: &mut dyn FnMut(NodeId)) {
        let (parts, list) = self.kind(node).parts();
        parts.into_iter().filter(|part| part.is_some()).for_each(&mut *visit);
        self.list(list).iter().for_each(|part| visit(*part));
    }

    /// The function whose `this` a node sees: the nearest one that is not an arrow.
    #[must_use]
    pub fn this_function(&self, mut function: FunctionId) -> FunctionId {
        while self.function(function).kind == FunctionKind::Arrow {
            function = self.function(function).parent;
        }
        function
    }
}
