//! Checkstyle's XML, for Jenkins and others that read it: elements `file` with elements `error`.

use super::xml::escaped;
use super::{Run, severity, told};
use crate::source::Encoding;
use std::io::{self, Write};

/// Writes the document. Columns are 1-based UTF-16 code units, as editors count.
///
/// # Errors
/// Those of the writer.
pub fn write(run: &Run, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    writeln!(out, r#"<checkstyle version="4.3">"#)?;
    for file in run.files.iter().filter(|file| !file.findings.is_empty()) {
        writeln!(out, r#"  <file name="{}">"#, escaped(&file.source.path))?;
        for finding in &file.findings {
            let place = file.source.line_column(finding.span.start, Encoding::Utf16);
            writeln!(
                out,
                r#"    <error line="{}" column="{}" severity="{}" message="{}" source="leaklint.{}"/>"#,
                place.line,
                place.column,
                severity(finding.level),
                escaped(&told(finding)),
                finding.rule,
            )?;
        }
        writeln!(out, "  </file>")?;
    }
    writeln!(out, "</checkstyle>")
}
