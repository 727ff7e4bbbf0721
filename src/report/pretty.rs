//! The report for people: why it leaks, the code with the four answers beside it, how memory grows,
//! what keeps it, and what to do.

mod excerpt;

use super::Run;
use crate::finding::{Finding, Level, Role};
use crate::lint::FileReport;
use crate::rules;
use excerpt::{Excerpt, Label, visible};
use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceCode, ThemeCharacters, ThemeStyles,
};
use std::fmt;
use std::io::{self, Write};

/// How the report is laid out.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Whether to write ANSI colours.
    pub color: bool,
    /// Columns of the terminal.
    pub width: usize,
}

/// Related places drawn with a finding; the rest are counted.
const RELATED_SHOWN: usize = 3;

/// Writes every finding, and where to read more.
///
/// # Errors
/// Those of the writer.
pub fn write(run: &Run, look: Look, out: &mut impl Write) -> io::Result<()> {
    for file in &run.files {
        for finding in &file.findings {
            writeln!(out, "{}", render(file, finding, look))?;
        }
    }
    // Once at the end rather than with every finding.
    let first = run.findings().find_map(|finding| rules::rule(finding.rule));
    if let Some(rule) = first {
        let command = paint(look, BOLD, &format!("leaklint explain {}", rule.name));
        writeln!(out, "The whole story of a rule: {command}\n")?;
    }
    Ok(())
}

/// One finding, ending with a line ending.
#[must_use]
pub fn render(file: &FileReport, finding: &Finding, look: Look) -> String {
    let look = Look { width: look.width.max(40), ..look };
    let mut text = header(finding, look);
    text.push_str(&excerpt(file, finding, look));
    if let Some(growth) = &finding.growth {
        let confidence = finding.confidence.name();
        note(&mut text, look, "grows", &format!("{} {} ({confidence} confidence)", growth.kind.name(), growth.unit));
    }
    if !finding.retaining_path.is_empty() {
        note(&mut text, look, "kept", &finding.retaining_path.join(" → "));
    }
    if finding.related.len() > RELATED_SHOWN {
        note(&mut text, look, "also", &format!("{} more places like these", finding.related.len() - RELATED_SHOWN));
    }
    if !finding.help.is_empty() {
        note(&mut text, look, "help", &finding.help);
    }
    text
}

/// `error[rule]: why it leaks`, wrapped.
fn header(finding: &Finding, look: Look) -> String {
    let (level, style) = match finding.level {
        Level::Error => ("error", RED),
        Level::Warn | Level::Off => ("warning", YELLOW),
    };
    let title = format!("{level}[{}]:", finding.rule);
    let wrapped = wrap(&format!("{title} {}", finding.message), look.width, "", "  ");
    // Painted after wrapping, so that colour codes take no columns. A title is never broken: it has no spaces.
    match wrapped.strip_prefix(&title) {
        Some(rest) => format!("{}{}\n", paint(look, style, &title), paint(look, BOLD, rest)),
        None => format!("{wrapped}\n"),
    }
}

/// A labelled, indented paragraph below the code.
fn note(text: &mut String, look: Look, name: &str, body: &str) {
    let indent = format!("  {name:>5}: ");
    let wrapped = wrap(body, look.width, &indent, &" ".repeat(indent.len()));
    let rest = wrapped.strip_prefix(&indent).unwrap_or(&wrapped);
    text.extend([&paint(look, CYAN, &indent), rest, "\n"]);
}

fn wrap(text: &str, width: usize, first: &str, rest: &str) -> String {
    let options = textwrap::Options::new(width)
        .initial_indent(first)
        .subsequent_indent(rest)
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
        .break_words(false);
    textwrap::fill(&visible(text.trim()), options)
}

/// The code with its labels, drawn by miette.
fn excerpt(file: &FileReport, finding: &Finding, look: Look) -> String {
    if file.source.text.is_empty() {
        // Unreadable, so there is nothing to draw.
        return format!("     in: {}\n", file.source.path);
    }
    let excerpt = Excerpt::new(&file.source, finding.span.start, labels(finding), look.width);
    let mut theme = GraphicalTheme { characters: ThemeCharacters::unicode(), styles: ThemeStyles::none() };
    if look.color {
        theme.styles = ThemeStyles::ansi();
        theme.styles.highlights = excerpt
            .labels
            .iter()
            .map(|label| {
                let styles = &theme.styles;
                match (label.role, finding.level) {
                    (Some(Role::Hold) | None, Level::Error) => styles.error,
                    (Some(Role::Hold) | None, _) => styles.warning,
                    (Some(Role::Holder), _) => styles.advice,
                    (Some(Role::Repetition), _) => styles.highlights[0],
                    (Some(Role::Release), _) => styles.highlights[styles.highlights.len() - 1],
                }
                // Four answers, none louder than the others.
                .remove_all_effects()
            })
            .collect();
    }
    let handler =
        GraphicalReportHandler::new_themed(theme).with_width(look.width).with_links(false).with_context_lines(1);
    let mut drawn = String::new();
    if handler.render_report(&mut drawn, &Drawing(&excerpt)).is_err() {
        return String::new();
    }
    // miette's own header is the first line; ours stands above it already.
    drawn.split_once('\n').map(|(_, frames)| frames.to_owned()).unwrap_or_default()
}

/// The hold, the evidence and the first related places, as labels.
fn labels(finding: &Finding) -> Vec<Label> {
    let evidence = finding.evidence.iter().map(|evidence| Label {
        span: evidence.span,
        role: Some(evidence.role),
        text: format!("{}: {}", evidence.role.name(), evidence.message),
    });
    let related = finding.related.iter().take(RELATED_SHOWN).map(|related| Label {
        span: related.span,
        role: None,
        text: format!("also: {}", related.message),
    });
    // The hold is always underlined, also where no evidence speaks about just that place.
    let hold = Label { span: finding.span, role: None, text: String::new() };
    evidence.chain(related).chain([hold]).collect()
}

/// What miette wants to be given: no message, only code and labels.
#[derive(Debug)]
struct Drawing<'a>(&'a Excerpt);

impl fmt::Display for Drawing<'_> {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl std::error::Error for Drawing<'_> {}

impl Diagnostic for Drawing<'_> {
    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(self.0)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let labels = self.0.labels.iter().map(|label| {
            let text = (!label.text.is_empty()).then(|| label.text.clone());
            let span = (label.start, label.end - label.start);
            if label.primary {
                LabeledSpan::new_primary_with_span(text, span)
            } else {
                LabeledSpan::new_with_span(text, span)
            }
        });
        Some(Box::new(labels))
    }
}

const BOLD: &str = "1";
const RED: &str = "1;31";
const YELLOW: &str = "1;33";
const CYAN: &str = "36";

fn paint(look: Look, style: &str, text: &str) -> String {
    if look.color { format!("\x1b[{style}m{text}\x1b[0m") } else { text.to_owned() }
}
