//! The few lines of a file that a finding is about, cut to the terminal's width, as miette's
//! `SourceCode`.
//!
//! miette counts columns in bytes, rescans from the top for every label and panics past column
//! 65,535. So it never sees the file: it sees a small copy of the lines that matter, made safe to
//! print, in which every label is on one line and none overlap.

use crate::finding::Role;
use crate::source::{Encoding, Source, Span};
use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};
use std::collections::BTreeMap;
use std::ops::Range;
use textwrap::core::display_width;

/// Something to say about a place in the file.
#[derive(Clone, Debug)]
pub(super) struct Label {
    /// The place, in the file.
    pub(super) span: Span,
    /// The question it answers; `None` for the hold itself and for related places.
    pub(super) role: Option<Role>,
    /// What to say; empty for an underline alone.
    pub(super) text: String,
}

/// A label in the copy.
#[derive(Debug)]
pub(super) struct Placed {
    /// First byte in the copy.
    pub(super) start: usize,
    /// One past the last byte in the copy.
    pub(super) end: usize,
    /// As of [`Label`].
    pub(super) role: Option<Role>,
    /// As of [`Label`], wrapped.
    pub(super) text: String,
    /// Whether it is the hold, which gives the frame its line and column.
    pub(super) primary: bool,
    /// 1-based column in the file, in UTF-16 code units.
    column: u32,
}

/// The copy: chosen lines, one after another.
#[derive(Debug)]
pub(super) struct Excerpt {
    path: String,
    text: String,
    lines: Vec<Line>,
    /// By place.
    pub(super) labels: Vec<Placed>,
}

#[derive(Debug)]
struct Line {
    /// 1-based, in the file.
    number: u32,
    /// First byte in the copy.
    start: usize,
}

/// Gaps of up to this many lines between labels are shown rather than cut.
const SMALL_GAP: u32 = 4;
/// Longer underlines say no more and push their label to the right.
const UNDERLINE: usize = 40;
/// A label's text is never squeezed below this many columns.
const LABEL_WIDTH: usize = 28;

/// A label within one line of the file: byte range in the line.
struct InLine {
    range: Range<usize>,
    role: Option<Role>,
    texts: Vec<String>,
    primary: bool,
}

impl Excerpt {
    /// Copies the lines around `labels`. `hold` is the offset of the finding itself; `width` is the
    /// terminal's.
    pub(super) fn new(source: &Source, hold: u32, labels: Vec<Label>, width: usize) -> Self {
        let mut by_line: BTreeMap<u32, Vec<InLine>> = BTreeMap::new();
        for label in labels {
            let line = source.line_of(label.span.start.min(end_of(source)));
            by_line.entry(line).or_default().push(in_line(source, line, label, hold));
        }
        for labels in by_line.values_mut() {
            untangle(labels);
        }
        let numbers = chosen_lines(source, &by_line.keys().copied().collect::<Vec<_>>());
        let gutter = numbers.last().map_or(1, |last| last.to_string().len()) + 4;
        let room = width.saturating_sub(gutter).max(20);

        let mut excerpt =
            Self { path: source.path.clone(), text: String::new(), lines: Vec::new(), labels: Vec::new() };
        for number in numbers {
            let labels = by_line.remove(&number).unwrap_or_default();
            excerpt.push_line(source, number, labels, room);
        }
        excerpt
    }

    fn push_line(&mut self, source: &Source, number: u32, labels: Vec<InLine>, room: usize) {
        let start = self.text.len();
        self.lines.push(Line { number, start });
        let line = source.line_text(number);
        let line_start = source.line_starts()[number as usize - 1];
        // Where bytes of the line went: (byte in the line, byte in the copy), ascending.
        let mut moved = Vec::new();
        let mut shown = 0;
        for piece in pieces(line, &labels, room) {
            if piece.start > shown {
                self.text.push('…');
            }
            for (at, character) in line[piece.clone()].char_indices() {
                moved.push((piece.start + at, self.text.len()));
                push_visible(&mut self.text, character);
            }
            moved.push((piece.end, self.text.len()));
            shown = piece.end;
        }
        if shown < line.len() {
            self.text.push('…');
        }
        let place = |at: usize| {
            let before = moved.partition_point(|(byte, _)| *byte <= at);
            before.checked_sub(1).map_or(start, |index| moved[index].1)
        };
        for label in labels {
            let (from, to) = (place(label.range.start), place(label.range.end));
            let to = shorten(&self.text, from, to.max(from));
            let to = if to > from { to } else { self.one_column(from) };
            let left = display_width(&self.text[start..from]) + display_width(&self.text[from..to]) / 2;
            let texts = label.texts.iter().map(|text| wrap_label(text, room.saturating_sub(left + 4)));
            let offset = line_start + u32::try_from(label.range.start).unwrap_or(0);
            self.labels.push(Placed {
                start: from,
                end: to,
                role: label.role,
                text: texts.collect::<Vec<_>>().join("\n"),
                primary: label.primary,
                column: source.line_column(offset, Encoding::Utf16).column,
            });
        }
        self.text.push('\n');
    }

    /// The end of something to underline at `from`, the end of the copy included. An empty label
    /// would belong to two lines at once.
    fn one_column(&mut self, from: usize) -> usize {
        if from == self.text.len() {
            self.text.push(' ');
        }
        from + self.text[from..].chars().next().map_or(0, char::len_utf8)
    }

    /// Index of the line with that byte of the copy.
    fn line_at(&self, offset: usize) -> usize {
        self.lines.partition_point(|line| line.start <= offset).saturating_sub(1)
    }

    /// Whether line `index` and the one after it are neighbours in the file too.
    fn joined(&self, index: usize) -> bool {
        self.lines.get(index + 1).is_some_and(|next| next.number == self.lines[index].number + 1)
    }
}

impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let mut first = self.line_at(span.offset());
        let mut last = self.line_at((span.offset() + span.len()).saturating_sub(1).max(span.offset()));
        if !(first..last).all(|index| self.joined(index)) {
            // Two frames rather than one across lines that are not shown.
            return Err(MietteError::OutOfBounds);
        }
        let column = self.labels.iter().find(|label| label.start == span.offset()).map_or(1, |label| label.column);
        for _ in 0..before {
            if first > 0 && self.joined(first - 1) {
                first -= 1;
            }
        }
        for _ in 0..after {
            if self.joined(last) {
                last += 1;
            }
        }
        let Some(line) = self.lines.get(first) else { return Err(MietteError::OutOfBounds) };
        let end = self.lines.get(last + 1).map_or(self.text.len(), |next| next.start);
        Ok(Box::new(MietteSpanContents::new_named(
            self.path.clone(),
            &self.text.as_bytes()[line.start..end],
            (line.start, end - line.start).into(),
            line.number as usize - 1,
            column as usize - 1,
            last - first + 1,
        )))
    }
}

fn end_of(source: &Source) -> u32 {
    u32::try_from(source.text.len()).unwrap_or(u32::MAX)
}

/// The part of a label on its first line: a whole function underlined says nothing.
fn in_line(source: &Source, line: u32, label: Label, hold: u32) -> InLine {
    let line_start = source.line_starts()[line as usize - 1] as usize;
    let text = source.line_text(line);
    let floor = |at: usize| (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let start = floor((label.span.start as usize).saturating_sub(line_start));
    let end = floor((label.span.end as usize).saturating_sub(line_start)).max(start);
    let end = start + text[start..end].trim_end().len();
    InLine {
        range: start..end,
        role: label.role,
        primary: label.span.start == hold,
        texts: if label.text.is_empty() { Vec::new() } else { vec![label.text] },
    }
}

/// Sorts the labels of one line by place; those that start together become one, and one that
/// reaches into the next is cut short.
fn untangle(labels: &mut Vec<InLine>) {
    // A stable sort: labels in one place keep the order holder, hold, repetition, release.
    labels.sort_by_key(|label| label.range.start);
    labels.dedup_by(|label, kept| {
        if label.range.start != kept.range.start {
            return false;
        }
        kept.range.end = kept.range.end.max(label.range.end);
        kept.primary |= label.primary;
        kept.role = if label.role == Some(Role::Hold) { label.role } else { kept.role.or(label.role) };
        kept.texts.append(&mut label.texts);
        true
    });
    for at in 1..labels.len() {
        let next = labels[at].range.start;
        let range = &mut labels[at - 1].range;
        range.end = range.end.min(next);
    }
}

/// The lines to show: those with labels, small gaps between them, and one line around.
fn chosen_lines(source: &Source, labelled: &[u32]) -> Vec<u32> {
    let last = u32::try_from(source.line_starts().len()).unwrap_or(u32::MAX);
    let mut lines = Vec::new();
    for (at, line) in labelled.iter().copied().enumerate() {
        let until = labelled.get(at + 1).copied().filter(|next| next - line <= SMALL_GAP);
        lines.extend(line..until.unwrap_or(line + 1));
        lines.extend(
            [line.saturating_sub(1), line + 1]
                .into_iter()
                .filter(|near| (1..=last).contains(near) && !source.line_text(*near).trim().is_empty()),
        );
    }
    lines.sort_unstable();
    lines.dedup();
    lines
}

/// The parts of a line that are shown: all of it where it fits, else some room around each label.
fn pieces(line: &str, labels: &[InLine], room: usize) -> Vec<Range<usize>> {
    let mut pieces: Vec<Range<usize>> = Vec::new();
    if forward(line, 0, room) == line.len() {
        pieces.push(0..line.len());
        return pieces;
    }
    if labels.is_empty() {
        pieces.push(0..forward(line, 0, room - 1));
        return pieces;
    }
    let share = (room / labels.len()).saturating_sub(2).max(12);
    for label in labels {
        let start = back(line, label.range.start, share / 4);
        // Where the line begins or ends within reach, its share goes to the other side.
        let start = if start == 0 { 0 } else { start.min(back(line, line.len(), share)) };
        let end = forward(line, start, share);
        match pieces.last_mut() {
            Some(piece) if start <= piece.end => piece.end = piece.end.max(end),
            _ => pieces.push(start..end),
        }
    }
    pieces
}

/// The byte up to `columns` columns after `from`.
fn forward(line: &str, from: usize, columns: usize) -> usize {
    let mut width = 0;
    for (at, character) in line[from..].char_indices() {
        width += visible_width(character);
        if width > columns {
            return from + at;
        }
    }
    line.len()
}

/// The byte up to `columns` columns before `from`.
fn back(line: &str, from: usize, columns: usize) -> usize {
    let mut width = 0;
    let mut start = from;
    for (at, character) in line[..from].char_indices().rev() {
        width += visible_width(character);
        if width > columns {
            break;
        }
        start = at;
    }
    start
}

/// Columns of a character as shown; at least one, so that no run of invisible ones is endless.
fn visible_width(character: char) -> usize {
    if character == '\t' { 2 } else { display_width(character.encode_utf8(&mut [0; 4])).max(1) }
}

/// Pushes what a terminal may be shown of a character: no control codes, no changes of direction.
fn push_visible(text: &mut String, character: char) {
    match character {
        '\t' => text.push_str("  "),
        '\u{feff}' => {}
        '\u{0}'..='\u{1f}' => text.push(char::from_u32(0x2400 + character as u32).unwrap_or(' ')),
        '\u{7f}'..='\u{9f}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            text.push('\u{fffd}');
        }
        _ => text.push(character),
    }
}

/// What a terminal may be shown of a message, which can quote the user's code. Line endings stay.
pub(super) fn visible(message: &str) -> String {
    let mut text = String::with_capacity(message.len());
    for character in message.chars() {
        if character == '\n' { text.push('\n') } else { push_visible(&mut text, character) }
    }
    text
}

/// The end of `from..to`, brought to at most [`UNDERLINE`] columns without space at its end.
fn shorten(text: &str, from: usize, to: usize) -> usize {
    let end = from + forward(&text[from..to], 0, UNDERLINE);
    from + text[from..end].trim_end().len()
}

fn wrap_label(text: &str, width: usize) -> String {
    let options = textwrap::Options::new(width.max(LABEL_WIDTH))
        .subsequent_indent("  ")
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
        .break_words(false);
    textwrap::fill(&visible(text), options)
}
