//! The words of one suppression comment.

use crate::source::{Source, Span};
use crate::suggest::did_you_mean;

/// What a directive does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Silences the next line with code.
    NextLine,
    /// Silences its own line.
    Line,
    /// Silences from here on.
    Disable,
    /// Ends [`Kind::Disable`].
    Enable,
}

/// A rule named in a directive.
#[derive(Debug)]
pub(super) struct Name {
    pub(super) text: String,
    pub(super) span: Span,
}

/// One suppression comment.
#[derive(Debug)]
pub(super) struct Directive {
    pub(super) kind: Kind,
    /// The comment.
    pub(super) span: Span,
    /// The rules that exist. Empty for "all" of [`Kind::Enable`].
    pub(super) names: Vec<Name>,
    /// What stands after `--`, on one line; empty where nothing does.
    pub(super) reason: String,
    /// What is wrong with it, and where.
    pub(super) problems: Vec<(Span, String)>,
}

const WORDS: [(&str, Kind); 4] = [
    ("leaklint-disable-next-line", Kind::NextLine),
    ("leaklint-disable-line", Kind::Line),
    ("leaklint-disable", Kind::Disable),
    ("leaklint-enable", Kind::Enable),
];

/// Reads a comment; `None` where it is not about leaklint. `known` are the rules that exist.
pub(super) fn parse(source: &Source, span: Span, is_block: bool, known: &[&str]) -> Option<Directive> {
    let text = source.slice(span);
    let inner = text.get(2..)?;
    let inner = if is_block { inner.strip_suffix("*/").unwrap_or(inner) } else { inner };
    let body = inner.trim_start_matches(|character: char| character.is_whitespace() || character == '*');
    if !body.starts_with("leaklint-") {
        return None;
    }
    // Where `body`, and so every word, lies in the file.
    let body_start = span.start + u32::try_from(2 + inner.len() - body.len()).unwrap_or(0);
    let word_end = body.find(char::is_whitespace).unwrap_or(body.len());
    let (word, rest) = body.split_at(word_end);
    let word = word.trim_end_matches(':');

    let Some((_, kind)) = WORDS.iter().find(|(known, _)| *known == word) else {
        let hint = did_you_mean(word, WORDS.map(|(word, _)| word));
        let problem = (span, format!("`{word}` is not a comment that leaklint knows{hint}"));
        // It does nothing, so it may as well be the kind that does nothing without names.
        return Some(Directive {
            kind: Kind::Line,
            span,
            names: Vec::new(),
            reason: String::new(),
            problems: vec![problem],
        });
    };
    let (list, reason) = rest.split_once("--").unwrap_or((rest, ""));
    let reason = reason.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut directive = Directive { kind: *kind, span, names: Vec::new(), reason, problems: Vec::new() };
    if !is_block && matches!(kind, Kind::Disable | Kind::Enable) {
        directive.kind = Kind::Line;
        directive.problems.push((span, format!("a range is written in block comments: `/* {word} rule */`")));
        return Some(directive);
    }
    let mut at = word_end;
    for name in list.split_inclusive(|character: char| character.is_whitespace() || character == ',') {
        let text = name.trim_end_matches(|character: char| character.is_whitespace() || character == ',');
        if !text.is_empty() {
            let start = body_start + u32::try_from(at).unwrap_or(0);
            let span = Span::new(start, start + u32::try_from(text.len()).unwrap_or(0));
            add_name(&mut directive, text, span, known);
        }
        at += name.len();
    }
    if directive.names.is_empty() && directive.problems.is_empty() && *kind != Kind::Enable {
        let problem = format!("this comment names no rule, so it silences nothing: write `{word} rule`");
        directive.problems.push((span, problem));
    }
    Some(directive)
}

fn add_name(directive: &mut Directive, text: &str, span: Span, known: &[&str]) {
    // A first wrong word is a misspelt rule or a reason without its dashes; the rest are more of the same.
    if known.contains(&text) {
        directive.names.push(Name { text: text.to_owned(), span });
    } else if directive.problems.is_empty() {
        let hint = did_you_mean(text, known.iter().copied());
        let end = if hint.is_empty() { "; a reason goes after ` -- `" } else { &hint };
        directive.problems.push((span, format!("there is no rule `{text}`, so it silences nothing{end}")));
    }
}
