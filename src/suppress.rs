//! Suppression comments: what they silence, and those that silence nothing.
//!
//! `// leaklint-disable-next-line rule, rule -- reason`, `// leaklint-disable-line rule`, and in block
//! comments also `/* leaklint-disable rule */ … /* leaklint-enable rule */`. Rules must be named.

mod directive;

use crate::config::{UNEXPLAINED, UNUSED};
use crate::finding::{Finding, Level};
use crate::source::{Source, Span};
use directive::{Directive, Kind, Name};

/// A finding that is not reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppressed {
    /// The finding.
    pub finding: Finding,
    /// What silences it.
    pub by: Silencer,
    /// Why, in the words of the comment; empty where nobody gives a reason.
    pub reason: String,
}

/// What silences a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silencer {
    /// A comment in the code.
    Comment,
    /// The baseline: it was known before.
    Baseline,
}

/// What became of the findings of one file.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Not silenced, in the order given.
    pub kept: Vec<Finding>,
    /// Silenced, in the order given.
    pub suppressed: Vec<Suppressed>,
    /// `unused-suppression` findings, by place. No comment silences these.
    pub unused: Vec<Finding>,
    /// `unexplained-suppression` findings, by place: comments that silence something and do not say why.
    pub unexplained: Vec<Finding>,
}

/// Whether the comments of a text need looking at: cheap, and never wrong with "no".
#[must_use]
pub fn may_have_directives(text: &str) -> bool {
    memchr::memmem::find(text.as_bytes(), b"leaklint-").is_some()
}

/// Weighs `findings` against the directives in `comments`.
///
/// `comments` are the spans of all comments, delimiters included, and whether each is a block
/// comment; in order of place. `rules` are the names of all rules, with whether each ran: a comment
/// about one that did not run is not called unused. `findings` should include those below the
/// confidence asked for, or comments on them would be called unused.
#[must_use]
pub fn apply(source: &Source, comments: &[(Span, bool)], rules: &[(&str, bool)], findings: Vec<Finding>) -> Outcome {
    let names: Vec<&str> = rules.iter().map(|(name, _)| *name).collect();
    let mut outcome = Outcome::default();
    let mut scopes = Vec::new();
    for (span, is_block) in comments {
        let Some(directive) = directive::parse(source, *span, *is_block, &names) else { continue };
        outcome.unused.extend(directive.problems.iter().map(|(span, message)| unused(*span, message)));
        if !directive.reason.chars().any(char::is_alphanumeric)
            && !directive.names.is_empty()
            && directive.kind != Kind::Enable
        {
            outcome.unexplained.push(unexplained(directive.span));
        }
        open_and_close(source, comments, directive, &mut scopes, &mut outcome.unused);
    }
    for finding in findings {
        let line = source.line_of(finding.span.start);
        let mut reason: Option<String> = None;
        // Every comment that covers the finding is used, so that none is called unused and removed.
        for scope in scopes.iter_mut().filter(|scope| covers(scope, &finding, line)) {
            scope.used = true;
            let first = reason.get_or_insert_default();
            if first.is_empty() {
                first.clone_from(&scope.reason);
            }
        }
        match reason {
            Some(reason) => outcome.suppressed.push(Suppressed { finding, by: Silencer::Comment, reason }),
            None => outcome.kept.push(finding),
        }
    }
    let ran = |name: &str| rules.iter().any(|(rule, ran)| *rule == name && *ran);
    for scope in scopes.iter().filter(|scope| !scope.used && ran(&scope.name.text)) {
        outcome.unused.push(unused(
            scope.name.span,
            &format!("this comment silences nothing: `{}` finds nothing here", scope.name.text),
        ));
    }
    outcome.unused.sort_by_key(|finding| finding.span);
    outcome
}

/// Where one name of one directive holds.
struct Scope {
    name: Name,
    reason: String,
    reach: Reach,
    used: bool,
}

#[derive(Clone, Copy)]
enum Reach {
    /// 1-based lines, both included.
    Lines(u32, u32),
    /// Bytes; the end is known once the rule is enabled again.
    Range(u32, Option<u32>),
}

fn covers(scope: &Scope, finding: &Finding, line: u32) -> bool {
    scope.name.text == finding.rule
        && match scope.reach {
            Reach::Lines(first, last) => (first..=last).contains(&line),
            Reach::Range(start, end) => start <= finding.span.start && end.is_none_or(|end| finding.span.start < end),
        }
}

fn open_and_close(
    source: &Source,
    comments: &[(Span, bool)],
    directive: Directive,
    scopes: &mut Vec<Scope>,
    problems: &mut Vec<Finding>,
) {
    let reach = match directive.kind {
        Kind::NextLine => {
            let line = next_code_line(source, comments, directive.span);
            Reach::Lines(line, line)
        }
        Kind::Line => Reach::Lines(source.line_of(directive.span.start), source.line_of(directive.span.end)),
        Kind::Disable => Reach::Range(directive.span.end, None),
        Kind::Enable => return close(&directive, scopes, problems),
    };
    let reason = &directive.reason;
    scopes.extend(directive.names.into_iter().map(|name| Scope { name, reason: reason.clone(), reach, used: false }));
}

fn close(directive: &Directive, scopes: &mut [Scope], problems: &mut Vec<Finding>) {
    let at = directive.span.start;
    let mut end = |name: Option<&str>| {
        let mut ended = false;
        for scope in scopes.iter_mut().filter(|scope| name.is_none_or(|name| scope.name.text == name)) {
            if let Reach::Range(_, end @ None) = &mut scope.reach {
                *end = Some(at);
                ended = true;
            }
        }
        ended
    };
    if directive.names.is_empty() && directive.problems.is_empty() && !end(None) {
        problems.push(unused(directive.span, "this comment enables nothing: nothing is disabled before it"));
    }
    for name in &directive.names {
        if !end(Some(&name.text)) {
            problems.push(unused(
                name.span,
                &format!("this comment enables nothing: `{}` is not disabled before it", name.text),
            ));
        }
    }
}

/// The first line below a comment with code on it: blank lines and other comments are passed over.
fn next_code_line(source: &Source, comments: &[(Span, bool)], comment: Span) -> u32 {
    let starts = source.line_starts();
    let below = source.line_of(comment.end.max(comment.start + 1) - 1) + 1;
    let mut line = below;
    while let Some(start) = starts.get(line as usize - 1) {
        let end =
            starts.get(line as usize).copied().unwrap_or_else(|| u32::try_from(source.text.len()).unwrap_or(u32::MAX));
        if has_code(source, comments, Span::new(*start, end)) {
            return line;
        }
        line += 1;
    }
    below
}

fn has_code(source: &Source, comments: &[(Span, bool)], line: Span) -> bool {
    let mut code = String::new();
    let mut at = line.start;
    let mut commented = false;
    let first = comments.partition_point(|(comment, _)| comment.end <= line.start);
    for (comment, _) in comments[first..].iter().take_while(|(comment, _)| comment.start < line.end) {
        code.push_str(source.slice(Span::new(at, comment.start.max(at))));
        at = comment.end.min(line.end).max(at);
        commented = true;
    }
    code.push_str(source.slice(Span::new(at, line.end)));
    let code: String = code.split_whitespace().collect();
    // `{/* … */}` is how JSX writes a comment.
    !(code.is_empty() || commented && code == "{}")
}

fn unused(span: Span, message: &str) -> Finding {
    Finding::diagnostic(
        UNUSED,
        Level::Warn,
        message,
        "remove it, or mend it: `// leaklint-disable-next-line rule -- reason`",
        span,
    )
}

fn unexplained(span: Span) -> Finding {
    Finding::diagnostic(
        UNEXPLAINED,
        Level::Error,
        "this comment does not say why it silences leaklint",
        "write the reason after the rule: `// leaklint-disable-next-line rule -- reason`",
        span,
    )
}

#[cfg(test)]
mod tests;
