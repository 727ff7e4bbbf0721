//! Text to AST: the door to swc. What comes out is either a program or one error with its place.

use crate::blocks::Block;
use crate::facts::{ModuleKind, RunBy};
use crate::source::Span;
use swc_common::comments::SingleThreadedComments;
use swc_common::{BytePos, Spanned};
use swc_ecma_ast::{EsVersion, Program};
use swc_ecma_parser::lexer::Lexer;
use swc_ecma_parser::{EsSyntax, FlowSyntax, Parser, StringInput, Syntax, TsSyntax};

/// A file that could not be parsed: why and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// What is wrong, in words.
    pub message: String,
    /// Where.
    pub span: Span,
}

/// Which grammar a file is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// `.js .mjs .cjs .jsx`
    JavaScript,
    /// `.ts .mts .cts`
    TypeScript,
    /// `.tsx`
    Tsx,
    /// JavaScript with Flow's types: what no other grammar reads.
    Flow,
}

/// A parsed file, or a block of one.
pub(crate) struct Parsed {
    pub(crate) program: Program,
    pub(crate) language: Language,
    /// How it runs, where its place says so.
    pub(crate) module: Option<ModuleKind>,
    /// What runs it again and again.
    pub(crate) run_by: Option<RunBy>,
    /// Comments as written, with whether they are `/* … */`; only where they were asked for.
    pub(crate) comments: Vec<(Span, bool)>,
}

/// Brackets nested deeper than this are refused: swc parses them in quadratic time (2,000 nested
/// parentheses take 61 ms, 20,000 `else if` 3.3 s), and no person wrote such a file.
const MAX_DEPTH: usize = 1_500;
/// The longest run of `else if` that is parsed.
const MAX_ELSE_IF: usize = 4_000;

/// The grammar a file name asks for.
#[must_use]
pub fn language(path: &str) -> Language {
    match path.rsplit('.').next() {
        Some("ts" | "mts" | "cts") => Language::TypeScript,
        Some("tsx") => Language::Tsx,
        _ => Language::JavaScript,
    }
}

/// Parses a block of a text, where it stands. JavaScript that only TypeScript's grammar can read
/// (type annotations in a `.js` file) is read by that.
///
/// # Errors
/// Code that no grammar accepts, or that is nested too deeply to read.
pub(crate) fn parse(text: &str, block: &Block, comments: bool) -> Result<Parsed, SyntaxError> {
    let code = text.get(block.span.start as usize..block.span.end as usize).unwrap_or_default();
    refuse_deep_nesting(code, block.span.start)?;
    let language = block.language;
    let parse_as = |language| parse_as(language, code, block, comments);
    let first = parse_as(language);
    match (&first, language) {
        (Err(_), Language::JavaScript) => parse_as(Language::Tsx)
            .or_else(|_| parse_as(Language::TypeScript))
            .or_else(|_| parse_as(Language::Flow))
            .or(first),
        _ => first,
    }
}

fn parse_as(language: Language, text: &str, block: &Block, want_comments: bool) -> Result<Parsed, SyntaxError> {
    let syntax = match language {
        Language::JavaScript | Language::Flow => Syntax::Es(EsSyntax {
            jsx: true,
            decorators: true,
            decorators_before_export: true,
            export_default_from: true,
            import_attributes: true,
            auto_accessors: true,
            explicit_resource_management: true,
            allow_super_outside_method: true,
            allow_return_outside_function: true,
            fn_bind: false,
        }),
        Language::TypeScript | Language::Tsx => Syntax::Typescript(TsSyntax {
            tsx: language == Language::Tsx,
            decorators: true,
            no_early_errors: true,
            ..TsSyntax::default()
        }),
    };
    let syntax = if language == Language::Flow {
        Syntax::Flow(FlowSyntax {
            jsx: true,
            all: true,
            enums: true,
            decorators: true,
            components: true,
            ..FlowSyntax::default()
        })
    } else {
        syntax
    };
    let store = want_comments.then(SingleThreadedComments::default);
    // swc's positions start at 1; see `span`.
    let end = BytePos(block.span.end + 1);
    // A byte order mark may stand before a hashbang, which swc wants first.
    let code = text.trim_start_matches('\u{feff}');
    let start = BytePos(block.span.start + u32::try_from(text.len() - code.len()).unwrap_or(0) + 1);
    let input = StringInput::new(code, start, end);
    let comments = store.as_ref().map(|store| store as &dyn swc_common::comments::Comments);
    let lexer = Lexer::new(syntax, EsVersion::latest(), input, comments);
    let mut parser = Parser::new_from(lexer);
    let program = match block.module {
        Some(ModuleKind::Module) => parser.parse_module().map(Program::Module),
        _ => parser.parse_program(),
    };
    let program =
        program.map_err(|error| SyntaxError { message: error.kind().msg().to_string(), span: span(error.span()) })?;
    let comments = store.map(|store| comment_spans(&store)).unwrap_or_default();
    Ok(Parsed { program, language, module: block.module, run_by: block.run_by, comments })
}

fn comment_spans(store: &SingleThreadedComments) -> Vec<(Span, bool)> {
    let mut spans = Vec::new();
    let (leading, trailing) = store.borrow_all();
    for comment in leading.values().chain(trailing.values()).flatten() {
        spans.push((span(comment.span), comment.kind == swc_common::comments::CommentKind::Block));
    }
    spans.sort_unstable();
    spans.dedup();
    spans
}

/// A span of ours from one of swc's, whose positions start at 1.
pub(crate) fn span(span: swc_common::Span) -> Span {
    Span::new(span.lo.0.saturating_sub(1), span.hi.0.saturating_sub(1))
}

/// Frees the AST. Dropping recurses as deep as the code nests, which is deeper than any stack for a
/// chain of a hundred thousand operators.
pub(crate) fn free(parsed: Vec<Parsed>, depth: usize) {
    const FRAME: usize = 1024;
    if depth < 2_000 {
        drop(parsed);
    } else {
        stacker::grow(depth * FRAME, || drop(parsed));
    }
}

/// How a file runs: by its syntax and name, then by what it says, then by the package.
pub(crate) fn module_kind(path: &str, program: &Program, names_commonjs: bool, package: Option<bool>) -> ModuleKind {
    let extension = path.rsplit('.').next().unwrap_or_default();
    let module_syntax = matches!(program, Program::Module(_));
    match extension {
        "mjs" | "mts" => ModuleKind::Module,
        _ if module_syntax => ModuleKind::Module,
        "cjs" | "cts" => ModuleKind::CommonJs,
        _ if package == Some(true) => ModuleKind::Module,
        _ if names_commonjs => ModuleKind::CommonJs,
        _ => ModuleKind::Script,
    }
}

/// Refuses what would take minutes to read. The quick count takes strings and comments for code;
/// only where it is exceeded, a second one leaves them out.
fn refuse_deep_nesting(text: &str, start: u32) -> Result<(), SyntaxError> {
    if !may_be_deep(text) {
        return Ok(());
    }
    match too_deep(text) {
        None => Ok(()),
        Some(at) => Err(SyntaxError {
            message: "nested too deeply to be read (a generated file?); exclude it or break it up".into(),
            span: Span::new(start + at, start + at + 1),
        }),
    }
}

/// The quick count, for every file: brackets wherever they stand, `else if` however far apart.
fn may_be_deep(text: &str) -> bool {
    let (mut depth, mut deepest) = (0_i64, 0_i64);
    for byte in text.bytes() {
        depth += i64::from(BRACKETS[byte as usize]);
        deepest = deepest.max(depth);
        depth = depth.max(0);
    }
    deepest > MAX_DEPTH as i64 || text.matches("else if").take(MAX_ELSE_IF + 1).count() > MAX_ELSE_IF
}

/// What each byte does to the depth of brackets.
const BRACKETS: [i8; 256] = {
    let mut table = [0; 256];
    table[b'(' as usize] = 1;
    table[b'[' as usize] = 1;
    table[b'{' as usize] = 1;
    table[b')' as usize] = -1;
    table[b']' as usize] = -1;
    table[b'}' as usize] = -1;
    table
};

/// The offset at which brackets nest, or `else if` runs, beyond the limit.
fn too_deep(text: &str) -> Option<u32> {
    let (mut depth, mut else_ifs, mut at) = (0_usize, 0_usize, 0_usize);
    let bytes = text.as_bytes();
    while at < bytes.len() {
        match bytes[at] {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            b'e' if bytes[at..].starts_with(b"else if") => else_ifs += 1,
            b'f' if bytes[at..].starts_with(b"function") => else_ifs = 0,
            quote @ (b'"' | b'\'' | b'`') => at = end_of_string(bytes, at, quote),
            b'/' if bytes.get(at + 1) == Some(&b'/') => {
                at += bytes[at..].iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
            }
            _ => {}
        }
        if depth > MAX_DEPTH || else_ifs > MAX_ELSE_IF {
            return u32::try_from(at).ok();
        }
        at += 1;
    }
    None
}

/// The offset of the closing quote, or of the end of the line for a quote that is none.
fn end_of_string(bytes: &[u8], start: usize, quote: u8) -> usize {
    let mut at = start + 1;
    while at < bytes.len() && bytes[at] != quote {
        if bytes[at] == b'\n' && quote != b'`' {
            return start;
        }
        at += 1 + usize::from(bytes[at] == b'\\');
    }
    at
}
