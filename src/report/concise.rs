//! One line a finding, for `grep`, editors and small contexts.

use super::Run;
use crate::source::Encoding;
use std::io::{self, Write};

/// Writes `path:line:column: level rule[confidence] message`, a line for each finding. Columns are
/// 1-based UTF-16 code units, as editors count.
///
/// # Errors
/// Those of the writer.
pub fn write(run: &Run, out: &mut impl Write) -> io::Result<()> {
    for file in &run.files {
        for finding in &file.findings {
            let place = file.source.line_column(finding.span.start, Encoding::Utf16);
            writeln!(
                out,
                "{}:{}:{}: {} {}[{}] {}",
                file.source.path,
                place.line,
                place.column,
                finding.level.name(),
                finding.rule,
                finding.confidence.name(),
                // One line a finding, whatever a message quotes.
                finding.message.replace(char::is_control, " "),
            )?;
        }
    }
    Ok(())
}
