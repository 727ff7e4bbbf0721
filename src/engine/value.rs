//! Values: where one comes from, what kind of object it is, which function it is, and by what
//! name the models know it.

use super::{Engine, PlaceId, PlaceKey, Shape, remembered, remembered_by_node};
use crate::facts::{AssignOp, BindingId, BindingKind, FunctionId, FunctionKind, NodeId, NodeKind, Type, TypeId};
use crate::models::{Kind, Runs};

/// Bytes of the longest path that is followed.
const MAX_PATH: usize = 200;

impl<'a> Engine<'a> {
    /// The node a value comes from, through constants, assignments and immediately called
    /// functions.
    #[must_use]
    pub fn origin(&self, node: NodeId) -> NodeId {
        match self.facts.kind(node) {
            NodeKind::Ref { .. } if self.constant_of(node).is_none() => node,
            NodeKind::Ref { .. } | NodeKind::Assign { .. } | NodeKind::Sequence(_) | NodeKind::Call { .. } => {
                remembered(&self.origins, node, node, || self.find_origin(node))
            }
            _ => node,
        }
    }

    fn find_origin(&self, node: NodeId) -> NodeId {
        let facts = self.facts;
        match facts.kind(node) {
            NodeKind::Ref { binding, .. } => match binding.get().and_then(|binding| facts.constant(binding)) {
                Some(value) if !matches!(facts.kind(value), NodeKind::Param(_)) => self.origin(value),
                _ => node,
            },
            NodeKind::Assign { op: AssignOp::Set | AssignOp::Init, value, .. } => self.origin(value),
            NodeKind::Sequence(list) => facts.list(list).last().map_or(node, |last| self.origin(*last)),
            NodeKind::Call { callee, args } => {
                if let NodeKind::Function(function) = facts.kind(callee)
                    && let [only] = facts.function(function).returns.as_slice()
                {
                    return self.origin(*only);
                }
                let Some(first) = facts.arg(args, 0) else { return node };
                let passes = |path: std::rc::Rc<str>| self.models.calls(&path).any(|api| api.passes_through);
                if self.path_of(callee).is_some_and(passes) { self.origin(first) } else { node }
            }
            _ => node,
        }
    }

    /// The function a value is, if it is one of this file.
    #[must_use]
    pub fn function_of(&self, node: NodeId) -> Option<FunctionId> {
        match self.facts.kind(node) {
            NodeKind::Ref { .. } if self.constant_of(node).is_none() => None,
            NodeKind::Function(function) => Some(function),
            NodeKind::Member { .. } if !self.stores_known() => None,
            NodeKind::Ref { .. }
            | NodeKind::Assign { .. }
            | NodeKind::Sequence(_)
            | NodeKind::Call { .. }
            | NodeKind::Member { .. } => remembered_by_node(&self.functions, node, None, || self.find_function(node)),
            _ => None,
        }
    }

    fn find_function(&self, node: NodeId) -> Option<FunctionId> {
        let facts = self.facts;
        match facts.kind(node) {
            NodeKind::Function(function) => Some(function),
            NodeKind::Ref { binding, .. } => self.function_of(facts.constant(binding.get()?)?),
            NodeKind::Assign { op: AssignOp::Set | AssignOp::Init, value, .. } => self.function_of(value),
            NodeKind::Sequence(list) => self.function_of(*facts.list(list).last()?),
            // `f.bind(x)`, `this.f.bind(this)`
            NodeKind::Call { callee, .. } => match facts.kind(callee) {
                NodeKind::Member { object, name } if facts.name(name) == "bind" => self.function_of(object),
                // `const each = makeEach()`: the function that the maker returns.
                NodeKind::Ref { .. } => {
                    let maker = facts.function(self.function_of(callee)?);
                    match maker.returns.as_slice() {
                        [only] if !maker.is_async && !maker.is_generator => match facts.kind(self.origin(*only)) {
                            NodeKind::Function(function) => Some(function),
                            _ => None,
                        },
                        _ => None,
                    }
                }
                _ => None,
            },
            NodeKind::Member { object, name } => self.method(self.place_of(object)?, name),
            _ => None,
        }
    }

    /// The function an object has under a name.
    fn method(&self, object: PlaceId, name: crate::facts::Name) -> Option<FunctionId> {
        let facts = self.facts;
        let shape = match self.place_key(object) {
            PlaceKey::Instance(shape) => Some((shape, false)),
            PlaceKey::Statics(shape) => Some((shape, true)),
            _ => self.instance_shape(object).map(|shape| (shape, false)),
        };
        if let Some((Shape::Class(class), is_static)) = shape {
            let member = facts.classes[class.index()]
                .members
                .iter()
                .find(|member| member.name == name && member.is_static == is_static);
            if let Some(member) = member {
                let function = self.function_of(member.value.get()?)?;
                // What a getter returns is something else.
                return (facts.function(function).kind != FunctionKind::Accessor).then_some(function);
            }
        }
        let object = match shape {
            Some((shape, false)) => self.place(PlaceKey::Instance(shape)),
            _ => object,
        };
        // Several stores: overloads and patches. One function is the answer, two are none.
        let place = self.place(PlaceKey::Member(object, name));
        let mut functions = self.stored_values(place).filter_map(|value| match facts.kind(value) {
            NodeKind::Function(function) => Some(function),
            NodeKind::Ref { .. } => self.function_of(value),
            _ => None,
        });
        let first = functions.next()?;
        functions.next().is_none().then_some(first)
    }

    /// The class of this file whose instance a place holds.
    #[must_use]
    pub fn instance_shape(&self, place: PlaceId) -> Option<Shape> {
        remembered(&self.instances, place, None, || self.find_instance_shape(place))
    }

    fn find_instance_shape(&self, place: PlaceId) -> Option<Shape> {
        match self.place_key(place) {
            PlaceKey::Instance(shape) => return Some(shape),
            PlaceKey::Binding(binding) => {
                if let Some(value) = self.facts.constant(binding) {
                    return self.made_shape(value);
                }
                if let Some(shape) = self.annotated_shape(self.facts.binding(binding).ty) {
                    return Some(shape);
                }
            }
            _ => {}
        }
        self.stored_values(place).find_map(|value| self.made_shape(value))
    }

    /// The class of this file that a value is a new instance of.
    #[must_use]
    pub fn made_shape(&self, value: NodeId) -> Option<Shape> {
        match self.facts.kind(value) {
            NodeKind::New { callee, .. } => self.shape_of_value(callee),
            NodeKind::Logical { left, right, .. } => self.made_shape(right).or_else(|| self.made_shape(left)),
            NodeKind::Assign { value, .. } => self.made_shape(value),
            _ => None,
        }
    }

    fn annotated_shape(&self, ty: TypeId) -> Option<Shape> {
        let Type::Named { name, .. } = *self.facts.types.get(ty.index())? else { return None };
        let class = self.facts.classes.iter().position(|class| class.name == name)?;
        Some(Shape::Class(crate::facts::ClassId(u32::try_from(class).ok()?)))
    }

    /// The value of the constant that a node names.
    fn constant_of(&self, node: NodeId) -> Option<NodeId> {
        match self.facts.kind(node) {
            NodeKind::Ref { binding, .. } => self.facts.constant(binding.get()?),
            _ => None,
        }
    }

    /// Whether a variable can stand for something of another module: most cannot, at a glance.
    fn may_be_module(&self, binding: BindingId) -> bool {
        let facts = self.facts;
        match facts.binding(binding).kind {
            BindingKind::Import(_) | BindingKind::Ambient => true,
            _ => facts.constant(binding).is_some_and(|value| {
                matches!(
                    facts.kind(value),
                    NodeKind::Ref { .. }
                        | NodeKind::Member { .. }
                        | NodeKind::Call { .. }
                        | NodeKind::Await(_)
                        | NodeKind::Assign { .. }
                        | NodeKind::Logical { .. }
                )
            }),
        }
    }

    /// What the models call a value: `setInterval`, `process.stdout`, `events:EventEmitter`,
    /// `http:*`. Globals have their own name, imports `module:export`.
    #[must_use]
    pub fn path_of(&self, node: NodeId) -> Option<std::rc::Rc<str>> {
        match self.facts.kind(node) {
            NodeKind::Ref { binding, .. } if binding.is_some() && !self.may_be_module(binding) => None,
            NodeKind::Opaque if self.source.slice(self.facts.span(node)) == "import.meta" => Some("import.meta".into()),
            NodeKind::Ref { .. }
            | NodeKind::Member { .. }
            | NodeKind::Call { .. }
            | NodeKind::Await(_)
            | NodeKind::Logical { .. }
            | NodeKind::Assign { .. } => {
                remembered_by_node(&self.paths, node, None, || self.find_path(node).map(Into::into))
            }
            _ => None,
        }
    }

    fn find_path(&self, node: NodeId) -> Option<String> {
        let facts = self.facts;
        match facts.kind(node) {
            NodeKind::Ref { name, binding } => match binding.get() {
                None => Some(facts.name(name).to_string()),
                Some(binding) => match facts.binding(binding).kind {
                    BindingKind::Import(at) => {
                        let import = &facts.imports[at as usize];
                        Some(format!("{}:{}", module_name(facts.name(import.module)), facts.name(import.name)))
                    }
                    BindingKind::Ambient => Some(facts.name(name).to_string()),
                    _ => {
                        let value = facts.constant(binding)?;
                        match facts.kind(value) {
                            NodeKind::Ref { .. }
                            | NodeKind::Member { .. }
                            | NodeKind::Call { .. }
                            | NodeKind::Await(_)
                            | NodeKind::Logical { .. }
                            | NodeKind::Assign { .. } => self.path_of(value).map(|path| path.to_string()),
                            _ => None,
                        }
                    }
                },
            },
            NodeKind::Member { object, name } => {
                // No API is named by a longer path; `a.b.b.b…` is not spelled out.
                let base = self.path_of(object).filter(|base| base.len() < MAX_PATH)?;
                let name = facts.name(name);
                // The default export of a CommonJS module is its exports.
                Some(match base.strip_suffix(":*").or_else(|| base.strip_suffix(":default")) {
                    Some(module) => format!("{module}:{name}"),
                    None if matches!(&*base, "globalThis" | "window" | "global" | "self") => name.to_string(),
                    None => format!("{base}.{name}"),
                })
            }
            NodeKind::Call { callee, args } => {
                let first = facts.arg(args, 0)?;
                match (facts.kind(callee), facts.kind(first)) {
                    (NodeKind::Ref { .. }, NodeKind::Str(module)) if self.is_global(callee, "require") => {
                        Some(format!("{}:*", module_name(facts.name(module))))
                    }
                    // `_interopRequireDefault(require("x"))` and its kin.
                    (NodeKind::Ref { .. } | NodeKind::Member { .. }, NodeKind::Call { .. }) if args.len <= 2 => {
                        self.path_of(first).filter(|path| path.ends_with(":*")).map(|path| path.to_string())
                    }
                    _ => None,
                }
            }
            NodeKind::Await(inner) => match facts.kind(inner) {
                NodeKind::Import(module) => match facts.kind(module) {
                    NodeKind::Str(module) => Some(format!("{}:*", module_name(facts.name(module)))),
                    _ => None,
                },
                _ => None,
            },
            NodeKind::Assign { op: AssignOp::Set | AssignOp::Init, value, .. } => {
                self.path_of(value).map(|path| path.to_string())
            }
            // `window.MutationObserver || window.WebKitMutationObserver`
            NodeKind::Logical { left, right, .. } => {
                self.path_of(right)?;
                self.path_of(left).map(|path| path.to_string())
            }
            _ => None,
        }
    }

    /// The kind of object a value is; `None` where it cannot be told.
    #[must_use]
    pub fn kind_of(&self, node: NodeId) -> Option<&'a Kind> {
        remembered(&self.kinds, node, None, || self.find_kind(node))
    }

    fn find_kind(&self, node: NodeId) -> Option<&'a Kind> {
        let facts = self.facts;
        if !node.is_some() {
            return None;
        }
        let origin = self.origin(node);
        match facts.kind(origin) {
            NodeKind::New { callee, .. } => {
                let path = self.path_of(callee);
                path.and_then(|path| self.models.made_by(&path))
                    .or_else(|| self.shape_kind(self.shape_of_value(callee)?, 0))
            }
            NodeKind::Call { callee, .. } => {
                if let Some(kind) = self.path_of(callee).and_then(|path| self.models.made_by(&path)) {
                    return Some(kind);
                }
                self.apis(origin).iter().find_map(|api| self.models.kind(api.returns.as_deref()?))
            }
            NodeKind::Array(_) | NodeKind::Rest(_) => self.models.kind("Array"),
            NodeKind::Object(_) => self.models.kind("Object"),
            NodeKind::Await(inner) => self.kind_of(inner),
            NodeKind::Logical { left, right, .. } => self.kind_of(right).or_else(|| self.kind_of(left)),
            NodeKind::Conditional { yes, no, .. } => self.kind_of(yes).or_else(|| self.kind_of(no)),
            NodeKind::Ref { binding, .. } => {
                if let Some(kind) = self.path_of(origin).and_then(|path| self.models.always(&path)) {
                    return Some(kind);
                }
                self.binding_kind(binding.get()?)
            }
            NodeKind::Member { .. } | NodeKind::This | NodeKind::Index { .. } => {
                if let Some(kind) = self.path_of(origin).and_then(|path| self.models.always(&path)) {
                    return Some(kind);
                }
                if let NodeKind::Member { object, name } = facts.kind(origin) {
                    let name = facts.name(name);
                    if self.models.has_part(name)
                        && let Some(owner) = self.kind_of(object)
                        && let Some(part) = self.models.lineage(owner).iter().find_map(|kind| kind.parts.get(name))
                    {
                        return self.models.kind(part);
                    }
                    let known = self.place_of(origin).and_then(|place| self.kind_of_place(place));
                    return known.or_else(|| self.models.named(name));
                }
                self.kind_of_place(self.place_of(origin)?)
            }
            NodeKind::Param(position) => self.param_kind(facts.function_of(origin), position),
            _ => None,
        }
    }

    /// The kind of what a place holds, by what is stored to it and how it is declared.
    #[must_use]
    pub fn kind_of_place(&self, place: PlaceId) -> Option<&'a Kind> {
        remembered(&self.place_kinds, place, None, || self.find_place_kind(place))
    }

    fn find_place_kind(&self, place: PlaceId) -> Option<&'a Kind> {
        match self.place_key(place) {
            PlaceKey::Binding(binding) => return self.binding_kind(binding),
            PlaceKey::Instance(shape) => return self.shape_kind(shape, 0),
            PlaceKey::Member(object, name) => {
                if let PlaceKey::Instance(Shape::Class(class)) = self.place_key(object) {
                    let member = self.facts.classes[class.index()].members.iter().find(|member| member.name == name);
                    if let Some(kind) = member.and_then(|member| self.type_kind(member.ty)) {
                        return Some(kind);
                    }
                }
            }
            _ => {}
        }
        let values: Vec<NodeId> = self.stored_values(place).collect();
        values.into_iter().find_map(|value| self.kind_of(value)).or_else(|| self.imported_kind(place))
    }

    fn binding_kind(&self, binding: BindingId) -> Option<&'a Kind> {
        let facts = self.facts;
        let record = facts.binding(binding);
        if let Some(kind) = self.type_kind(record.ty) {
            return Some(kind);
        }
        if record.kind == BindingKind::Param {
            let function = facts.binding_function(binding);
            let position = facts.param_position(binding);
            if let Some(kind) = position.and_then(|at| self.param_kind(function, u32::try_from(at).ok()?)) {
                return Some(kind);
            }
            return self
                .models
                .named(facts.name(record.name))
                .or_else(|| self.given_kind(self.place(PlaceKey::Binding(binding))));
        }
        if matches!(record.kind, BindingKind::Import(_)) {
            return self.imported_kind(self.place(PlaceKey::Binding(binding)));
        }
        facts.writes(binding).find_map(|write| match facts.kind(write) {
            NodeKind::Assign { value, .. } => self.kind_of(value),
            _ => None,
        })
    }

    /// The kind that all callers of a helper give for a parameter.
    fn given_kind(&self, param: PlaceId) -> Option<&'a Kind> {
        let given = self.given_by_callers(param)?;
        let mut kinds = given.iter().map(|(_, argument)| self.kind_of(*argument));
        let first = kinds.next()??;
        kinds.all(|kind| kind.is_some_and(|kind| kind.name == first.name)).then_some(first)
    }

    /// The kind of a parameter: its annotation, or what the API calls its callback with.
    fn param_kind(&self, function: FunctionId, position: u32) -> Option<&'a Kind> {
        let facts = self.facts;
        let record = facts.function(function);
        if let Some(param) = record.params.get(position as usize)
            && let Some(kind) = self.type_kind(param.ty)
        {
            return Some(kind);
        }
        let params = match self.callback_of(function) {
            Some((_, runs)) => &runs.params,
            None => &self.entry_of(function)?.params,
        };
        self.models.kind(params.get(position as usize)?)
    }

    fn type_kind(&self, ty: TypeId) -> Option<&'a Kind> {
        match *self.facts.types.get(ty.index())? {
            Type::Array => self.models.kind("Array"),
            Type::Named { name, .. } => self.models.of_type(self.facts.name(name)),
            Type::Union(list) => self.facts.list(list).iter().find_map(|member| self.type_kind(TypeId(member.0))),
            _ => None,
        }
    }

    /// The kind of the instances of a class, by what it extends.
    pub(super) fn shape_kind(&self, shape: Shape, depth: u32) -> Option<&'a Kind> {
        let Shape::Class(class) = shape else { return None };
        let decorated = self.facts.classes[class.index()].decorators.iter().find_map(|decorator| {
            let name = match self.facts.kind(*decorator) {
                NodeKind::Call { callee, .. } => callee,
                _ => *decorator,
            };
            match self.facts.kind(name) {
                NodeKind::Ref { name, .. } => self.models.decorated_by(self.facts.name(name)),
                _ => None,
            }
        });
        if decorated.is_some() {
            return decorated;
        }
        let parent = self.facts.classes[class.index()].parent.get()?;
        if let Some(kind) = self.path_of(parent).and_then(|path| self.models.made_by(&path)) {
            return Some(kind);
        }
        let parent = self.shape_of_value(parent)?;
        if parent == shape || depth > 4 { None } else { self.shape_kind(parent, depth + 1) }
    }

    /// The call that a function is written into as a callback that an API runs, and how it is run.
    #[must_use]
    pub fn callback_of(&self, function: FunctionId) -> Option<(NodeId, &'a Runs)> {
        let node = self.facts.function(function).node.get()?;
        let call = self.facts.node(node).parent;
        Some((call, self.runs_of(call, node)?))
    }

    /// How an API runs a value that a call hands to it; `None` where no model says that it does.
    #[must_use]
    pub fn runs_of(&self, call: NodeId, callback: NodeId) -> Option<&'a Runs> {
        let (NodeKind::Call { args, .. } | NodeKind::New { args, .. }) = self.facts.kind(call) else { return None };
        self.apis(call).into_iter().find_map(|api| {
            let runs = api.runs.as_ref()?;
            (self.chosen(args, &runs.arg) == Some(callback)).then_some(runs)
        })
    }

    /// Whether a value is a function of this file, or an expression that makes one.
    #[must_use]
    pub fn is_function(&self, node: NodeId) -> bool {
        self.function_of(node).is_some()
    }

    /// Whether a value is surely small and keeps nothing: a number, a boolean, a short constant.
    #[must_use]
    pub fn is_primitive(&self, node: NodeId) -> bool {
        remembered(&self.primitives, node, false, || self.find_primitive(node))
    }

    fn find_primitive(&self, node: NodeId) -> bool {
        let facts = self.facts;
        match facts.kind(self.origin(node)) {
            NodeKind::Num(_)
            | NodeKind::Bool(_)
            | NodeKind::Null
            | NodeKind::Undefined
            | NodeKind::Str(_)
            | NodeKind::Regex
            | NodeKind::Unary { .. }
            | NodeKind::Update { .. }
            | NodeKind::Delete(_) => true,
            NodeKind::Binary { op, left, right } => {
                op != crate::facts::BinaryOp::Add || (self.is_primitive(left) && self.is_primitive(right))
            }
            NodeKind::Assign { op: AssignOp::Arithmetic, .. } => true,
            NodeKind::Conditional { yes, no, .. } => self.is_primitive(yes) && self.is_primitive(no),
            NodeKind::Logical { left, right, .. } => self.is_primitive(left) && self.is_primitive(right),
            NodeKind::Call { callee, .. } => self.path_of(callee).is_some_and(|path| {
                path.starts_with("Math.")
                    || matches!(
                        &*path,
                        "Date.now"
                            | "perf_hooks:performance.now"
                            | "process.uptime"
                            | "Number"
                            | "Boolean"
                            | "parseInt"
                            | "parseFloat"
                            | "performance.now"
                            | "String"
                    )
            }),
            NodeKind::Member { name, .. } => matches!(facts.name(name), "length" | "size" | "byteLength"),
            NodeKind::Ref { binding, .. } => binding.get().is_some_and(|binding| {
                let mut writes = facts.writes(binding).peekable();
                self.type_is_primitive(facts.binding(binding).ty)
                    || (writes.peek().is_some()
                        && writes.all(|write| match facts.kind(write) {
                            NodeKind::Update { .. } => true,
                            NodeKind::Assign { op: AssignOp::Arithmetic, .. } => true,
                            NodeKind::Assign { value, .. } => matches!(
                                facts.kind(value),
                                NodeKind::Num(_)
                                    | NodeKind::Bool(_)
                                    | NodeKind::Null
                                    | NodeKind::Undefined
                                    | NodeKind::Update { .. }
                            ),
                            _ => false,
                        }))
            }),
            _ => false,
        }
    }

    fn type_is_primitive(&self, ty: TypeId) -> bool {
        matches!(self.facts.types.get(ty.index()), Some(Type::Number | Type::Finite | Type::String))
    }

    /// Whether a value is likely large: data read, parsed, copied or allocated.
    #[must_use]
    pub fn is_heavy(&self, node: NodeId) -> bool {
        remembered(&self.heavies, node, false, || self.find_heavy(node))
    }

    fn find_heavy(&self, node: NodeId) -> bool {
        let facts = self.facts;
        let origin = self.origin(node);
        match facts.kind(origin) {
            NodeKind::Call { .. } | NodeKind::New { .. } => {
                let literal_size = |args: crate::facts::List| match facts.arg(args, 0).map(|arg| facts.kind(arg)) {
                    Some(NodeKind::Num(at)) => facts.numbers[at as usize] < 64.0,
                    _ => false,
                };
                let small = match facts.kind(origin) {
                    NodeKind::New { args, .. } => args.len == 0 || literal_size(args),
                    NodeKind::Call { callee, args } => match facts.kind(callee) {
                        // `new Array(n).join("x")`, `"x".repeat(n)`
                        NodeKind::Member { object, name } if facts.name(name) == "join" => {
                            return self.is_heavy(object);
                        }
                        NodeKind::Member { name, .. } if facts.name(name) == "slice" => args.len > 1,
                        _ => false,
                    },
                    _ => false,
                };
                !small && self.apis(origin).iter().any(|api| api.heavy)
            }
            NodeKind::Await(inner) => self.is_heavy(inner),
            NodeKind::Array(list) => {
                list.len > 32 || facts.list(list).iter().any(|item| matches!(facts.kind(*item), NodeKind::Spread(_)))
            }
            NodeKind::Object(list) => facts.list(list).iter().any(|part| match facts.kind(*part) {
                NodeKind::Property { value, .. } => self.is_heavy(value),
                NodeKind::Spread(_) => false,
                _ => false,
            }),
            NodeKind::Conditional { yes, no, .. } => self.is_heavy(yes) || self.is_heavy(no),
            NodeKind::Logical { left, right, .. } => self.is_heavy(left) || self.is_heavy(right),
            NodeKind::Param(position) => {
                let function = facts.function(facts.function_of(origin));
                function.params.get(position as usize).is_some_and(|param| {
                    self.type_kind(param.ty).is_some_and(|kind| kind.name == "TypedArray" || kind.name == "Request")
                })
            }
            _ => false,
        }
    }

    /// Whether a function is a plain one that is called at once where it stands.
    #[must_use]
    pub fn is_called_at_once(&self, function: FunctionId) -> bool {
        let facts = self.facts;
        let record = facts.function(function);
        if !matches!(record.kind, FunctionKind::Expression | FunctionKind::Arrow) || record.is_generator {
            return false;
        }
        let Some(node) = record.node.get() else { return false };
        let parent = facts.node(node).parent;
        match facts.kind(parent) {
            NodeKind::Call { callee, .. } | NodeKind::New { callee, .. } => callee == node,
            // `(function () { … }).call(this)`
            NodeKind::Member { object, name } => {
                object == node
                    && matches!(facts.name(name), "call" | "apply")
                    && matches!(facts.kind(facts.node(parent).parent), NodeKind::Call { callee, .. } if callee == parent)
            }
            _ => false,
        }
    }
}

/// A module specifier without the `node:` that means the same.
fn module_name(specifier: &str) -> &str {
    specifier.strip_prefix("node:").unwrap_or(specifier)
}
