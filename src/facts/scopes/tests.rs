//! Our scopes against swc's resolver, name by name, over every program under `fixtures/` and every
//! tricky form below. They must agree on what is a global, and on which names mean one variable.

use crate::blocks::Unit;
use crate::facts::NodeKind;
use crate::facts::collect::collect;
use crate::source::Span;
use crate::syntax::{self, Parsed};
use rustc_hash::FxHashMap;
use std::path::{Path, PathBuf};
use swc_common::{GLOBALS, Globals, Mark, SyntaxContext};
use swc_ecma_ast as ast;
use swc_ecma_transforms_base::resolver;
use swc_ecma_visit::{Visit, VisitMutWith, VisitWith};

/// What the resolver says of each identifier: its context, by place.
#[derive(Default)]
struct Idents {
    contexts: FxHashMap<Span, SyntaxContext>,
}

impl Visit for Idents {
    fn visit_ident(&mut self, ident: &ast::Ident) {
        self.contexts.insert(syntax::span(ident.span), ident.ctxt);
    }
}

/// Disagreements over one program: names and what is wrong with them.
fn disagreements(path: &str, text: &str) -> Vec<String> {
    let Ok(parsed) = syntax::parse(text, &Unit::file(path, text).blocks[0], false) else { return Vec::new() };
    let parsed = [parsed];
    let facts = collect(&parsed, path, text.len(), None);
    let [Parsed { mut program, .. }] = parsed;
    let (idents, unresolved) = GLOBALS.set(&Globals::new(), || {
        let (unresolved, top) = (Mark::new(), Mark::new());
        program.visit_mut_with(&mut resolver(unresolved, top, facts.typescript));
        let mut idents = Idents::default();
        program.visit_with(&mut idents);
        (idents, SyntaxContext::empty().apply_mark(unresolved))
    });
    let mut wrong = Vec::new();
    let mut context_of = FxHashMap::default();
    for node in &facts.nodes {
        let NodeKind::Ref { name, binding } = node.kind else { continue };
        let Some(context) = idents.contexts.get(&node.span) else { continue };
        let name = facts.name(name);
        let at = node.span.start;
        if (*context == unresolved) == binding.is_some() {
            wrong.push(format!(
                "{path}: `{name}` at {at} is {} for us",
                if binding.is_some() { "a variable" } else { "a global" }
            ));
        } else if let Some(binding) = binding.get() {
            let known = *context_of.entry(binding).or_insert(*context);
            if known != *context {
                wrong.push(format!("{path}: `{name}` at {at} is another variable for the resolver"));
            }
        }
    }
    wrong
}

fn programs(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        if path.is_dir() {
            programs(&path, found);
        } else if matches!(extension, "js" | "mjs" | "cjs" | "ts" | "tsx" | "jsx") {
            found.push(path);
        }
    }
}

#[test]
fn scopes_agree_with_the_resolver_on_every_fixture() {
    let mut paths = Vec::new();
    programs(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures"), &mut paths);
    assert!(paths.len() > 100, "only {} programs found", paths.len());
    let wrong: Vec<String> = paths
        .iter()
        .filter_map(|path| Some((path.display().to_string(), std::fs::read_to_string(path).ok()?)))
        .flat_map(|(path, text)| disagreements(&path, &text))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn scopes_agree_with_the_resolver_on_tricky_forms() {
    for (name, code) in [
        (
            "var in blocks and catch",
            "function f() { try { x } catch (e) { var x = e; { var y = x; } } return y + x; } y;",
        ),
        ("parameter scopes", "var a = 1; function f(b = a, c = () => b) { var d = c(); return d; } d;"),
        ("named function expressions", "const g = function h(n) { return n ? h(n - 1) : g; }; h;"),
        ("class names", "const A = class B { static c = B; m() { return A; } }; B; class C extends C {}"),
        ("destructuring", "const { a, b: { c = a }, ...r } = o; [a, c] = [c, r]; ({ a: c } = r); b;"),
        ("loops", "for (let i = 0; i < n; i++) { f(() => i); } for (const k of ks) k; for (var v in o) v; i; k; v;"),
        ("labels and keys", "a: for (;;) { break a; } const o = { a, b: 1, [c]: 2 }; o.d; a;"),
        ("closures", "let x; function f() { x = 1; let y = x; return () => { y; x; z; }; }"),
        ("modules", "import d, { n as m, o } from 'x'; export { m as q }; export default d; n; o;"),
    ] {
        let wrong = disagreements("code.mjs", code);
        assert!(wrong.is_empty(), "{name}: {}", wrong.join("\n"));
    }
    for (name, code) in [
        // Members inside an enum are bound for us, as TypeScript does; the resolver leaves them alone.
        ("enums", "enum E { A, B = 2 } E.A; A;"),
        ("parameter properties", "class P { constructor(private q: number, r: string) { q; this.q; r; } } q;"),
        ("types", "type T = string; interface I { a: T } function f<U>(x: U): T { return x as any; } let y: I;"),
        ("decorators", "@dec(a) class D { @dec(b) m() {} } D;"),
    ] {
        let wrong = disagreements("code.ts", code);
        assert!(wrong.is_empty(), "{name}: {}", wrong.join("\n"));
    }
}
