//! One file's text, and the only place where byte offsets become lines and columns.

use std::sync::OnceLock;

/// A half-open byte range into one [`Source`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize)]
pub struct Span {
    /// First byte, 0-based.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// A span of the bytes `start..end`.
    #[must_use]
    pub const fn new(start: u32, end: u32) -> Self {
        Self { start, end }
    }

    /// Whether `other` lies wholly inside this span.
    #[must_use]
    pub const fn contains(self, other: Span) -> bool {
        self.start <= other.start && other.end <= self.end
    }
}

/// How a consumer counts columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Bytes of UTF-8 (rdjson).
    Utf8,
    /// UTF-16 code units (JSON, SARIF, LSP, editors).
    Utf16,
    /// Unicode scalar values (what a person counts in a terminal).
    Char,
}

/// A place for people and tools: both numbers are 1-based.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct LineColumn {
    /// 1-based line.
    pub line: u32,
    /// 1-based column, in the unit of the [`Encoding`] asked for.
    pub column: u32,
}

/// The text of one file and the path it is shown by.
#[derive(Debug)]
pub struct Source {
    /// The path as shown: relative to the working directory, with `/`.
    pub path: String,
    /// The text, with BOM and line endings as on disk, so that offsets are offsets into the file.
    pub text: String,
    line_starts: OnceLock<Vec<u32>>,
}

impl Source {
    /// Wraps `text`; nothing is computed until a line is asked for.
    #[must_use]
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        Self { path: path.into(), text: text.into(), line_starts: OnceLock::new() }
    }

    /// Byte offsets at which lines start. `\n`, `\r\n` and a lone `\r` end a line.
    #[must_use]
    pub fn line_starts(&self) -> &[u32] {
        self.line_starts.get_or_init(|| {
            let bytes = self.text.as_bytes();
            let mut starts = vec![0];
            for at in memchr::memchr2_iter(b'\n', b'\r', bytes) {
                if bytes[at] == b'\n' || bytes.get(at + 1) != Some(&b'\n') {
                    starts.push(u32::try_from(at + 1).unwrap_or(u32::MAX));
                }
            }
            starts
        })
    }

    /// The 1-based line of a byte offset.
    #[must_use]
    pub fn line_of(&self, offset: u32) -> u32 {
        let line = self.line_starts().partition_point(|start| *start <= offset);
        u32::try_from(line).unwrap_or(u32::MAX)
    }

    /// The text of a 1-based line, without its line ending; empty past the end.
    #[must_use]
    pub fn line_text(&self, line: u32) -> &str {
        let starts = self.line_starts();
        let Some(start) = (line as usize).checked_sub(1).and_then(|at| starts.get(at)) else { return "" };
        let end = starts.get(line as usize).map_or(self.text.len(), |end| *end as usize);
        self.text[*start as usize..end].trim_end_matches(['\n', '\r'])
    }

    /// Line and column of a byte offset. An offset past the end, or inside a character, is
    /// moved back to the nearest place that exists. A byte order mark takes no column.
    #[must_use]
    pub fn line_column(&self, offset: u32, encoding: Encoding) -> LineColumn {
        let mut at = (offset as usize).min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        let line = self.line_of(u32::try_from(at).unwrap_or(u32::MAX));
        let start = self.line_starts()[line as usize - 1] as usize;
        let before = self.text[start..at].trim_start_matches('\u{feff}');
        let width = match encoding {
            // Minified lines are long and asked about often.
            _ if before.is_ascii() => before.len(),
            Encoding::Utf8 => before.len(),
            Encoding::Utf16 => before.encode_utf16().count(),
            Encoding::Char => before.chars().count(),
        };
        LineColumn { line, column: u32::try_from(width + 1).unwrap_or(u32::MAX) }
    }

    /// The text a span covers; empty where the span is not one of this source.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or("")
    }
}
