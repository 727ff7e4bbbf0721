//! The identity of a finding: what stays the same when code around it is edited, when lines move and
//! when a formatter runs.
//!
//! 16 hexadecimal digits: eight for what is flagged (rule and normalised code), eight for where (the
//! functions and classes around it). Of several equal ones in a file the second ends in `:2`, the
//! third in `:3`. The path is no part of it, so that it survives a rename of the file.

use crate::engine::Engine;
use crate::facts::{FunctionId, NodeId};
use crate::finding::Finding;
use crate::source::{Source, Span};
use rustc_hash::FxHashMap;

/// The digits that say what is flagged.
const WHAT: usize = 8;

/// The identity without the number of the occurrence.
#[must_use]
pub fn base(fingerprint: &str) -> &str {
    fingerprint.split(':').next().unwrap_or_default()
}

/// The part that says what is flagged, wherever it stands in the file.
#[must_use]
pub fn what(fingerprint: &str) -> &str {
    fingerprint.get(..WHAT).unwrap_or(fingerprint)
}

/// The identity of a rule's finding in normalised code within a symbol.
pub(crate) fn identity(rule: &str, code: &str, symbol: &str) -> String {
    format!("{:08x}{:08x}", hash(&[rule, code]), hash(&[symbol]))
}

/// An identity among the findings of all files.
pub(crate) fn with_path(path: &str, fingerprint: &str) -> String {
    format!("{:08x}{fingerprint}", hash(&[path]))
}

/// Gives each finding without an identity its own, and numbers equal ones in the order given.
pub fn number(source: &Source, findings: &mut [Finding]) {
    let mut seen: FxHashMap<String, u32> = FxHashMap::default();
    for finding in findings {
        if finding.fingerprint.is_empty() {
            let code = match source.slice(finding.span) {
                // The place of an error is a single character, or none.
                text if text.len() < 2 => source.line_text(source.line_of(finding.span.start)),
                text => text,
            };
            finding.fingerprint = identity(finding.rule, &normal(code), &finding.symbol);
        }
        let occurrence = seen.entry(finding.fingerprint.clone()).or_default();
        *occurrence += 1;
        if *occurrence > 1 {
            finding.fingerprint = format!("{}:{occurrence}", finding.fingerprint);
        }
    }
}

/// The normalised code of a hold: of the whole expression, though only its first line is pointed at, and
/// without the bodies of functions in it. What a listener does is edited more often than what it listens to.
pub(crate) fn code(engine: &Engine<'_>, span: Span) -> String {
    let facts = engine.facts;
    let holds = |node: &NodeId| {
        let whole = facts.span(*node);
        whole.start <= span.start && span.end <= whole.end && engine.hold_span(*node) == span
    };
    // Inner nodes come first, and those of the innermost function lie together.
    let home = facts.functions.iter().rposition(|function| function.span.contains(span)).filter(|home| *home > 0);
    let node = home.and_then(|home| facts.nodes_of(FunctionId::at(home)).find(holds));
    let node = node.or_else(|| (0..facts.nodes.len()).map(NodeId::at).find(holds));
    let whole = node.map_or(span, |node| facts.span(node));
    let mut functions: Vec<_> = facts.functions.iter().filter(|function| whole.contains(function.span)).collect();
    functions.sort_unstable_by_key(|function| (function.span.start, std::cmp::Reverse(function.span.end)));
    let mut code = String::new();
    let mut at = whole.start;
    for function in functions.into_iter().filter(|function| function.head.start < function.head.end) {
        if function.span.start >= at {
            code += engine.source.slice(Span::new(at, function.head.end));
            at = function.span.end;
        }
    }
    code += engine.source.slice(Span::new(at, whole.end));
    normal(&code)
}

/// Code without what formatters change: white space, comments, quotes, semicolons, commas at the end of
/// a list, parentheses around a single parameter. What does not parse is still given a stable form.
#[must_use]
pub fn normal(code: &str) -> String {
    let mut tokens: Vec<String> = Vec::new();
    let mut rest = code;
    while let Some(first) = rest.chars().next() {
        let length = token(rest, first, tokens.last().map(String::as_str));
        let (text, after) = rest.split_at(length);
        rest = after;
        if first.is_whitespace() || text.starts_with("//") || text.starts_with("/*") || text == ";" {
            continue;
        }
        match (text, tokens.as_slice()) {
            (")" | "]" | "}", [.., last]) if last == "," => {
                tokens.pop();
            }
            ("=>", [.., open, parameter, close]) if open == "(" && close == ")" && is_word(parameter) => {
                let parameter = parameter.clone();
                tokens.truncate(tokens.len() - 3);
                tokens.push(parameter);
            }
            (":", [.., before, key]) if before == "{" || before == "," => {
                if let Some(bare) =
                    key.strip_prefix('"').and_then(|key| key.strip_suffix('"')).filter(|key| is_word(key))
                {
                    let bare = bare.to_string();
                    tokens.pop();
                    tokens.push(bare);
                }
            }
            _ => {}
        }
        tokens.push(if is_plain_string(text) { requoted(text) } else { text.to_string() });
    }
    let mut joined = String::with_capacity(code.len());
    for token in tokens {
        if joined.chars().next_back().is_some_and(is_word_part) && token.starts_with(is_word_part) {
            joined.push(' ');
        }
        joined += &token;
    }
    joined
}

/// The length of the token that a text starts with.
fn token(text: &str, first: char, before: Option<&str>) -> usize {
    let until = |end: Option<usize>| end.unwrap_or(text.len());
    match first {
        _ if first.is_whitespace() => until(text.find(|char: char| !char.is_whitespace())),
        _ if is_word_part(first) => until(text.find(|char: char| !is_word_part(char))),
        '/' if text.starts_with("//") => until(text.find('\n')),
        '/' if text.starts_with("/*") => until(text.find("*/").map(|end| end + 2)),
        '"' | '\'' => closed(text, first).unwrap_or(1),
        '`' => template(text),
        '/' if !before.is_some_and(ends_value) => closed(text, '/').unwrap_or(1),
        '=' if text.starts_with("=>") => 2,
        _ => first.len_utf8(),
    }
}

/// The length of a literal that ends with the quote it starts with, on its line.
fn closed(text: &str, quote: char) -> Option<usize> {
    let mut chars = text.char_indices().skip(1);
    while let Some((at, char)) = chars.next() {
        match char {
            '\n' => return None,
            '\\' => drop(chars.next()),
            _ if char == quote => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// The length of a template; those in its substitutions are taken along.
fn template(text: &str) -> usize {
    let mut inside = vec!['`'];
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, char)) = chars.next() {
        match (char, inside.last()) {
            ('\\', _) => drop(chars.next()),
            ('$', Some('`')) if chars.next_if(|(_, next)| *next == '{').is_some() => inside.push('{'),
            ('{', Some('{')) => inside.push('{'),
            ('}', Some('{')) | ('`', Some('`')) => drop(inside.pop()),
            ('`', _) => inside.push('`'),
            _ => {}
        }
        if inside.is_empty() {
            return at + 1;
        }
    }
    1
}

/// Whether a token ends a value, so that a slash after it divides.
fn ends_value(token: &str) -> bool {
    token.ends_with(|last| is_word_part(last) || matches!(last, ')' | ']' | '}' | '"' | '`'))
}

fn is_plain_string(token: &str) -> bool {
    token.len() > 1
        && (token.starts_with(['"', '\'']) || token.starts_with('`') && !token.contains("${") && !token.contains('\n'))
}

/// A string with double quotes, whatever it was written with.
fn requoted(token: &str) -> String {
    let inner = token[1..token.len() - 1].replace("\\'", "'").replace("\\\"", "\"").replace("\\`", "`");
    format!("\"{inner}\"")
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(is_word_part)
}

fn is_word_part(char: char) -> bool {
    char.is_alphanumeric() || matches!(char, '_' | '$' | '#' | '@')
}

/// FNV-1a, 64 bits folded to 32: the same on every platform and in every version, which std's hasher
/// is not.
fn hash(parts: &[&str]) -> u32 {
    let bytes = parts.iter().flat_map(|part| part.bytes().chain([0]));
    let whole =
        bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    u32::try_from((whole >> 32) ^ (whole & 0xffff_ffff)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::normal;

    #[test]
    fn formatting_changes_nothing() {
        for (one, other) in [
            ("cache.set( id,make (id) )", "cache.set(\n  id, // which\n  make(id),\n)"),
            ("bus.on('a', (e) => ", "bus.on(\"a\", e =>"),
            ("bus.on('it\\'s', async x =>)", "bus.on(\"it's\", async (x) =>);"),
            ("m.set(`a`, { 'k': [1, 2,], })", "m.set('a', { k: [1, 2] })"),
            ("m.set(k, /['\"]/g)", "m.set(k,\n /['\"]/g\n)"),
            ("m.set(k, a / b / c)", "m.set(k, a/b/c)"),
            ("m.set(k, `a ${`b ${c}`}`)", "m.set(k,`a ${`b ${c}`}`)"),
            ("m.set(k /* why */, v)", "m.set(k, v)"),
        ] {
            assert_eq!(normal(one), normal(other));
        }
    }

    #[test]
    fn other_code_is_other_code() {
        for (one, other) in [
            ("new Map()", "newMap()"),
            ("m.set('a b', v)", "m.set('ab', v)"),
            ("m.set(k, v)", "m.set(v, k)"),
            ("m.set(`${a} b`, v)", "m.set(`${a}b`, v)"),
            ("m.set(k, '// a')", "m.set(k, '// b')"),
        ] {
            assert_ne!(normal(one), normal(other));
        }
    }

    #[test]
    fn half_a_literal_is_no_trouble() {
        for text in ["'", "`", "`${", "/", "/*", "don't", "\\", "'\\", "<p>don't 日本</p>", "=>", "(a) =>", ",)", ":"]
        {
            let _ = normal(text);
        }
    }
}
