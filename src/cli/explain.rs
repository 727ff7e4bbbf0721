//! `leaklint explain` and `leaklint rules`: what the binary knows about itself.

use super::{CLEAN, Failure, RulesFormat, When, terminal};
use leaklint::finding::Confidence;
use leaklint::readings::{Readings, readings};
use leaklint::report;
use leaklint::rules::{DIAGNOSTICS, RULES, diagnostic, rule};
use leaklint::suggest::did_you_mean;
use serde::Serialize;
use std::io::{Write, stdout};

/// Prints the page of a rule.
///
/// # Errors
/// No such rule; standard output did not take it.
pub(super) fn page(name: &str, when: When) -> Result<u8, Failure> {
    let text = if let Some(rule) = rule(name) {
        if terminal::color(when) { colored(rule.page) } else { rule.page.to_owned() }
    } else if let Some(text) = diagnostic(name) {
        format!("{name}\n\n{text}\n")
    } else {
        let names = RULES.iter().map(|rule| rule.name).chain(DIAGNOSTICS.iter().copied());
        let hint = did_you_mean(name, names);
        let end = if hint.is_empty() { "; `leaklint rules` lists them" } else { &hint };
        return Err(Failure::Usage(format!("explain {name}: no such rule{end}")));
    };
    let mut out = stdout().lock();
    out.write_all(text.trim_end().as_bytes())?;
    writeln!(out)?;
    out.flush()?;
    Ok(CLEAN)
}

/// Markdown with just enough colour to be read in a terminal: headings bold, code apart from prose.
fn colored(page: &str) -> String {
    let mut text = String::new();
    let mut in_code = false;
    for line in page.lines() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        } else if in_code {
            text.extend(["    \x1b[36m", line, "\x1b[0m\n"]);
        } else if let Some(title) = line.strip_prefix('#') {
            text.extend(["\x1b[1m", title.trim_start_matches('#').trim(), "\x1b[0m\n"]);
        } else {
            text.push_str(&inline_code(line));
            text.push('\n');
        }
    }
    text
}

fn inline_code(line: &str) -> String {
    let parts: Vec<&str> = line.split('`').collect();
    if parts.len().is_multiple_of(2) {
        // An odd backtick out: leave the line as it is.
        return line.to_owned();
    }
    let painted = parts.iter().enumerate().map(|(at, part)| match at % 2 {
        0 => (*part).to_owned(),
        _ => format!("\x1b[36m{part}\x1b[0m"),
    });
    painted.collect()
}

#[derive(Serialize)]
struct Row {
    name: &'static str,
    level: &'static str,
    category: &'static str,
    summary: &'static str,
    url: Option<String>,
    /// What readers said of its findings in real code.
    read: Read,
}

#[derive(Serialize)]
struct Read {
    high: Readings,
    medium: Readings,
    low: Readings,
}

fn read(rule: Option<&str>) -> Read {
    let of = |confidence| readings(rule, confidence);
    Read { high: of(Confidence::High), medium: of(Confidence::Medium), low: of(Confidence::Low) }
}

/// Prints every rule.
///
/// # Errors
/// Standard output did not take it.
pub(super) fn list(format: RulesFormat) -> Result<u8, Failure> {
    let rows = RULES.iter().map(|rule| Row {
        name: rule.name,
        level: rule.level.name(),
        category: rule.category,
        summary: rule.summary,
        url: report::url(rule.name),
        read: read(Some(rule.name)),
    });
    let mut out = stdout().lock();
    match format {
        RulesFormat::Json => {
            let rows: Vec<Row> = rows.collect();
            serde_json::to_writer_pretty(&mut out, &rows).map_err(std::io::Error::from)?;
            writeln!(out)?;
        }
        RulesFormat::Table => {
            let name = RULES.iter().map(|rule| rule.name.len()).max().unwrap_or(0);
            let category = RULES.iter().map(|rule| rule.category.len()).max().unwrap_or(0);
            for row in rows {
                writeln!(out, "{:name$}  {:5}  {:category$}  {}", row.name, row.level, row.category, row.summary)?;
            }
            writeln!(out)?;
            let Read { high, medium, low } = read(None);
            for (confidence, read) in [("high", high), ("medium", medium), ("low", low)] {
                if let Some(percent) = read.percent() {
                    let Readings { right, arguable, wrong } = read;
                    writeln!(
                        out,
                        "{confidence:6}  {percent:3} % right of {} findings read in real code: {right} right, {arguable} arguable, {wrong} wrong",
                        read.all()
                    )?;
                }
            }
        }
    }
    out.flush()?;
    Ok(CLEAN)
}
