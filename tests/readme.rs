//! The README says what leaklint says.

mod common;
#[path = "common/run.rs"]
#[allow(clippy::unwrap_used, reason = "what cannot be unwrapped fails the test")]
mod run;

use anstyle_svg::{Palette, Term, VGA};
use common::{at, files, read};
use leaklint::lint::{FileContext, Options, lint};
use leaklint::report::{Run, pretty};
use leaklint::rules::RULES;
use leaklint::source::Source;
use pulldown_cmark::{Event, Parser, Tag};
use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::path::Path;

#[test]
fn the_table_of_rules_is_the_registry() {
    let readme = read(&at("README.md"));
    let rows: Vec<&str> = readme.lines().filter(|line| line.starts_with("| [`")).collect();
    let expected: Vec<String> = RULES
        .iter()
        .map(|rule| format!("| [`{name}`](rules/{name}.md) | {summary} |", name = rule.name, summary = rule.summary))
        .collect();
    assert_eq!(rows, expected, "the table should be\n{}\n", expected.join("\n"));
}

/// Each finding in a fence after `<!-- report: FOLDER -->` is one of the report of that folder.
#[test]
fn the_report_is_a_real_one() {
    let readme = read(&at("README.md"));
    let (_, after) = readme.split_once("<!-- report: ").expect("README.md shows a report");
    let (folder, after) = after.split_once(" -->\n```text\n").expect("the report stands in a fence");
    let (shown, _) = after.split_once("\n```\n").expect("the fence ends");
    let report = report(folder);
    for finding in shown.split("\n\n") {
        assert!(report.contains(finding), "README.md shows\n\n{finding}\n\nand the report is\n\n{report}");
    }
}

/// What a command prints that can be run here.
#[test]
fn the_story_of_a_line_is_a_real_one() {
    let readme = read(&at("README.md"));
    let (_, after) = readme.split_once("```console\n$ leaklint why ").expect("README.md asks why");
    let (shown, _) = after.split_once("\n```\n").expect("the fence ends");
    let (place, story) = shown.split_once('\n').expect("there is an answer");
    let told = run::leaklint(&at(""), &["why", place]);
    assert_eq!(told.stdout.trim_end(), story, "{}", told.stderr);
}

/// Links between pages lead to files and headings that are there.
#[test]
fn links_lead_somewhere() {
    let folders = ["", "docs", "rules"].map(|folder| fs::read_dir(at(folder)).expect("the folder is there"));
    let pages = folders.into_iter().flatten().flatten().map(|entry| entry.path());
    let mut broken = Vec::new();
    for page in pages.filter(|path| path.extension().is_some_and(|ext| ext == "md")) {
        for event in Parser::new_ext(&read(&page), pulldown_cmark::Options::ENABLE_TABLES) {
            let Event::Start(Tag::Link { dest_url: to, .. } | Tag::Image { dest_url: to, .. }) = event else {
                continue;
            };
            let (file, heading) = to.split_once('#').unwrap_or((&to, ""));
            let folder = page.parent().expect("a page is in a folder");
            let target = if file.is_empty() { page.clone() } else { folder.join(file) };
            let leads =
                to.contains("://") || target.exists() && (heading.is_empty() || headings(&target).contains(heading));
            broken.extend((!leads).then(|| format!("{}: {to}", page.display())));
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

/// The anchors of a page, as GitHub makes them.
fn headings(page: &Path) -> HashSet<String> {
    let text = read(page);
    let headings = text.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    let anchor = |heading: &str| {
        let kept = |char: &char| char.is_alphanumeric() || " -_".contains(*char);
        heading.to_lowercase().chars().filter(kept).map(|char| if char == ' ' { '-' } else { char }).collect()
    };
    headings.map(anchor).collect()
}

/// The page on the command line has the flags that there are.
#[test]
fn the_flags_are_those_of_the_binary() {
    let help = run::leaklint(&at(""), &["--help"]).stdout;
    let page = read(&at("docs/command-line.md"));
    let table: String = page.lines().filter(|line| line.starts_with('|')).collect();
    assert_eq!(flags(&table), flags(&help));
}

/// Everything that looks like `--flag`.
fn flags(text: &str) -> BTreeSet<&str> {
    let words = text.split(|char: char| !char.is_ascii_lowercase() && char != '-');
    words.filter(|word| word.len() > 3 && word.starts_with("--") && !word.starts_with("---")).collect()
}

/// The report of a folder in a terminal of 80 columns.
fn report(folder: &str) -> String {
    let mut run = Run::default();
    for path in files(&at(folder)).into_iter().filter(|path| path.extension().is_some_and(|ext| ext == "js")) {
        let inside = path.strip_prefix(at(folder)).map(|path| path.to_string_lossy().replace('\\', "/"));
        let shown = format!("{folder}/{}", inside.unwrap_or_default());
        run.files.push(lint(Source::new(shown, read(&path)), &FileContext::default(), &Options::default()));
    }
    let mut out = Vec::new();
    let look = pretty::Look { color: false, width: 80 };
    pretty::write(&run, look, &mut out).expect("a vector takes everything");
    String::from_utf8_lossy(&out).into_owned()
}

const PICTURE: &str = "docs/report.svg";

/// The picture is what the binary prints in a terminal of 80 columns.
#[test]
fn the_picture_is_fresh() {
    let shown = ["src/server.js"];
    let arguments = [&["--color", "always"], &shown[..]].concat();
    let printed = run::command(&at("fixtures/apps/server"), &arguments).env("COLUMNS", "80").output();
    let printed = run::Output::from(printed.expect("the binary starts"));
    assert_eq!(printed.code, 1, "{}", printed.stderr);
    let screen = format!("$ \x1b[1mleaklint {}\x1b[0m\n\n{}", shown.join(" "), printed.stdout.trim_end());
    let picture = terminal().render_svg(&screen);
    if std::env::var_os("UPDATE_PICTURE").is_some() {
        fs::write(at(PICTURE), &picture).expect("the picture is written");
    }
    let again = "run UPDATE_PICTURE=1 cargo test --test readme, and look at it";
    assert!(picture == read(&at(PICTURE)), "{PICTURE} is not what leaklint prints: {again}");
    let readme = read(&at("README.md"));
    let opening = readme.split("\n## ").next().unwrap_or_default();
    assert!(opening.contains(&format!("]({PICTURE})")), "the README opens with the picture");
}

/// A dark window, in colours that read well on it.
fn terminal() -> Term {
    let Palette(mut colors) = VGA;
    let used = [
        (0, 0x1b_21_2b),
        (1, 0xff_7b_72),
        (2, 0x7e_e7_87),
        (3, 0xe3_b3_41),
        (5, 0xd2_a8_ff),
        (6, 0x56_d4_dd),
        (7, 0xe6_ed_f3),
    ];
    for (at, rgb) in used {
        let [_, red, green, blue] = u32::to_be_bytes(rgb);
        let color = &mut colors[at];
        (color.0, color.1, color.2) = (red, green, blue);
    }
    Term::new().palette(Palette(colors))
}
