//! The page on precision, and the tables on it, which the benchmark also prints.

use super::data::{KINDS, LABELS, LIST, Label, List, RESULTS, Results, Set};
use super::tally::{Count, Joined, join};
use leaklint::finding::Confidence;
use std::collections::BTreeSet;

/// Surest first.
const CONFIDENCES: [Confidence; 3] = [Confidence::High, Confidence::Medium, Confidence::Low];

/// The page, from what lies in the repository.
pub(crate) fn page(list: &List, results: &Results, labels: &[Label]) -> String {
    let (findings, stale) = join(list, results, labels);
    let count = Count::of(&findings);
    let [work, check] = Set::ALL.map(|set| list.packages.iter().filter(|package| package.set == set).count());
    let of_round = |round: u32| list.packages.iter().filter(|package| package.round == round).count();
    let first = of_round(1);
    format!(
        "\
# Precision

How often leaklint is right, on {packages} packages and repositories. This page is written by

    cargo bench --bench precision -- --write-docs

from [the list of packages](../{LIST}), [the labels](../{LABELS}) and [what leaklint {version} found](../{RESULTS}). A test compares
it with them; nobody edits it.

{tables}
## Method

The list names {packages} packages with a readable source, each with its version and a hash. They were chosen for what they are, and for
being known, not by what leaklint says of them. They came in rounds: first {first} published packages, well known ones; then {second} repositories
of applications, servers, bots, adapters, plugins and user interfaces, which run for long and fewer people read; then {third} more: repositories
of that sort, found by kind and by family of plugin, and packages that tools depend on. Half of the newest round is kept
aside as the **check set**: a package of it belongs there where the hash of its name (FNV-1a, 64 bits) is even, so nobody chooses. All else is to
work with, what an older round had set aside too. {work} packages are to work with, {check} to check. The benchmark downloads packages from
the npm registry and repositories from GitHub, and runs `leaklint --pedantic --isolated` on each by itself.

Each source is judged once. Where a package ships several builds of one source, the list says which is linted (`lint`): the source
where it is published, otherwise the build that is nearest to it. Tests, examples, vendored copies and configuration of tools
are left out (`skip`), and minified files are skipped by leaklint. Lines are those of linted files that are not blank. Files that do not
parse are in no figure; there are {broken}.

A finding is **true** where memory grows, or is kept, as its message says, in a use of the package that its authors mean, or where the code
is plainly a leak bug: a removal that can never match. It is **false** where something lets go of it, where the code does not run again, where
what it adds is bounded, or where the holder ends with its work. It is **arguable** where the code cannot decide it, and where two readers differ.
Readers of the first two rounds also called it arguable where memory grows little or seldom; those of the third were asked to decide whether it
does in normal use, however much, and took what a library offers to be called often for called often. So the rounds' figures are not alike,
and the check set is of the third.

Readers see the finding and the source, without the confidence. Where two have read a finding, columns `a` and `b` of the label file have
what each said; if they differ, the finding is arguable. A label is about a file, rule and fingerprint of one version, so it stays when
leaklint becomes more or less sure of the finding, and is stale when leaklint no longer reports it. Of {labels} labels, {stale} are
stale; they count in no table.

**Precision** is the share of labelled findings that are true, with half of the arguable ones. **At least** is the lower end of Wilson's
interval of 95 % for it: with few labels it is far below. **Default** is the report without flags: high and medium.
Its precision is of the labelled ones of both, whatever their shares.

Of {all} findings {labelled} are labelled. Of the first round: all that the default report had of the third that was its check set, when they
were read, then all of the rest but what is like another of its package and rule. Of the second, at most three of a package and rule from its
work half, and from its check half ninety-nine, drawn by chance, at most two of a package and rule: all of high confidence that this leaves,
and sixty of medium. Of the third, drawn in the same way, ninety-eight from its work half, read once, and {drawn} from its check half, read
twice. More are drawn by

    cargo bench --bench precision -- --unlabelled --set work --sample 60 --seed 1

## Limits

- The packages of the first round are much used. Their leaks have mostly been found; code that fewer people run leaks more, so that
  findings there are more often true. And a library's leak hangs on its use more often than an application's. The rounds are not alike.
- Precision says nothing of leaks that are missed.
- The commonest causes of false findings were ended after the labels of the first round were read, those of its check set too. So the figures
  of the work set show how far that reached. Those of the check set were read in two parts. The first, 156 findings, before any of that half
  had been looked at: of 76 that were high then 74 % were right, of 80 medium ones 38 %, arguable ones counted as half. What it
  showed then changed the confidence of some kinds of findings, so the table, which has today's confidence, flatters high ones. The second
  part, 52 medium findings of packages that the first had none of, was read after the greater part of these changes, and 33 % of them were right. What was done after it only lowers the
  confidence of timers, resources and reconnects.
- Whoever reads can be wrong, and a reason is one line. A label that is wrong is a bug: correct it with the reason.
- Findings of one package are alike, so the true interval is wider than Wilson's, which takes them for independent.

## Packages

{listed}",
        packages = list.packages.len(),
        second = of_round(2),
        third = of_round(3),
        drawn = labels.iter().filter(|label| list.set(&label.key.package) == Set::Check).count(),
        version = results.leaklint,
        tables = tables(list, results, labels),
        broken = results.packages.iter().map(|package| package.broken).sum::<usize>(),
        labels = labels.len(),
        stale = stale.len(),
        all = count.all(),
        labelled = count.labelled(),
        listed = packages(list),
    )
}

/// The figures of a run.
pub(crate) fn tables(list: &List, results: &Results, labels: &[Label]) -> String {
    let (findings, _) = join(list, results, labels);
    let mut text = format!("## By confidence\n\n{}\n## Findings per line\n\n", by_confidence(&findings));
    text.push_str(&density(list, results, &findings));
    for set in Set::ALL {
        let rows = by_rule(&findings, set);
        if rows.is_empty() {
            continue;
        }
        text.push_str(&format!("\n## By rule: {} set\n\n{rows}", set.name()));
    }
    text
}

/// What was said of the findings of each rule and confidence: a line for each that has labels.
pub(crate) fn readings(counts: &[Counted]) -> String {
    let mut text = String::new();
    for (rule, confidence, count) in counts {
        if count.labelled() > 0 {
            let Count { right, arguable, wrong, .. } = count;
            text.push_str(&format!("{rule}\t{}\t{right}\t{arguable}\t{wrong}\n", confidence.name()));
        }
    }
    text
}

/// The heading of a rule's own figures, at the end of its page.
const HOW_OFTEN: &str = "\n## How often it is right\n";

/// The page of a rule, with its figures at the end.
pub(crate) fn rule_page(page: &str, rule: &str, counts: &[Counted]) -> String {
    let page = page.split(HOW_OFTEN).next().unwrap_or(page).trim_end();
    let head = ["found", "read", "right", "arguable", "wrong", "precision"];
    let mut rows = vec![row(&["confidence"], head.map(str::to_owned).to_vec())];
    for (name, confidence, count) in counts {
        if *name == rule {
            let figures = [count.all(), count.labelled(), count.right, count.arguable, count.wrong];
            let mut cells = figures.map(|figure| figure.to_string()).to_vec();
            cells.push(percent(count.precision()));
            rows.push(row(&[confidence.name()], cells));
        }
    }
    let figures = match rows.len() {
        1 => "It found nothing in the code that leaklint is measured on.\n".to_owned(),
        _ => format!(
            "In the code that leaklint is measured on, of which people have read some findings one by one; an arguable one\n\
            counts as half ([how this is measured](../docs/precision.md)):\n\n{}",
            table(&rows, 1)
        ),
    };
    format!("{page}\n{HOW_OFTEN}\n{figures}")
}

/// What is counted of a rule's findings of a confidence.
pub(crate) type Counted<'a> = (&'a str, Confidence, Count);

/// What is counted of each rule and confidence that has findings.
pub(crate) fn counts<'a>(findings: &'a [Joined]) -> Vec<Counted<'a>> {
    let rules: BTreeSet<&str> = findings.iter().map(|finding| finding.found.rule.as_str()).collect();
    let mut counts = Vec::new();
    for rule in rules {
        for confidence in CONFIDENCES {
            let is_one = |finding: &&Joined| finding.found.rule == rule && finding.found.confidence == confidence;
            let count = Count::of(findings.iter().filter(is_one));
            if count.all() > 0 {
                counts.push((rule, confidence, count));
            }
        }
    }
    counts
}

/// What is counted of a group, after its names.
const COUNTED: [&str; 9] =
    ["findings", "labelled", "true", "arguable", "false", "precision", "at least", "arguable share", "unlabelled"];

fn counted(count: Count) -> Vec<String> {
    vec![
        count.all().to_string(),
        count.labelled().to_string(),
        count.right.to_string(),
        count.arguable.to_string(),
        count.wrong.to_string(),
        percent(count.precision()),
        percent(count.at_least()),
        percent(count.arguable_share()),
        count.unlabelled.to_string(),
    ]
}

fn by_confidence(findings: &[Joined]) -> String {
    let mut rows = vec![row(&["set", "confidence"], COUNTED.map(str::to_owned).to_vec())];
    for set in [Some(Set::Work), Some(Set::Check), None] {
        let name = set.map_or("both", Set::name);
        let of_set: Vec<&Joined> = findings.iter().filter(|finding| set.is_none_or(|set| set == finding.set)).collect();
        for confidence in CONFIDENCES {
            let some = of_set.iter().copied().filter(|finding| finding.found.confidence == confidence);
            rows.push(row(&[name, confidence.name()], counted(Count::of(some))));
        }
        let default = of_set.iter().copied().filter(|finding| finding.is_default());
        rows.push(row(&[name, "default"], counted(Count::of(default))));
    }
    table(&rows, 2)
}

fn by_rule(findings: &[Joined], set: Set) -> String {
    let mut rows = vec![row(&["rule", "confidence"], COUNTED.map(str::to_owned).to_vec())];
    let of_set: Vec<Joined> = findings.iter().filter(|finding| finding.set == set).copied().collect();
    for (rule, confidence, count) in counts(&of_set) {
        rows.push(row(&[rule, confidence.name()], counted(count)));
    }
    if rows.len() > 1 { table(&rows, 2) } else { String::new() }
}

/// How much was linted, and how often leaklint speaks.
fn density(list: &List, results: &Results, findings: &[Joined]) -> String {
    let head = [
        "packages",
        "files",
        "lines",
        "default",
        "per 1,000 lines",
        "lines per finding",
        "pedantic",
        "per 1,000 lines",
    ];
    let mut rows = vec![row(&["set"], head.map(str::to_owned).to_vec())];
    for set in [Some(Set::Work), Some(Set::Check), None] {
        let is_in = |of: Set| set.is_none_or(|set| set == of);
        let packages: Vec<_> = results.packages.iter().filter(|package| is_in(list.set(&package.name))).collect();
        let lines: usize = packages.iter().map(|package| package.lines).sum();
        let files: usize = packages.iter().map(|package| package.files).sum();
        let pedantic = findings.iter().filter(|finding| is_in(finding.set)).count();
        let default = findings.iter().filter(|finding| is_in(finding.set) && finding.is_default()).count();
        let cells = vec![
            packages.len().to_string(),
            thousands(files),
            thousands(lines),
            thousands(default),
            per_thousand(default, lines),
            lines.checked_div(default).map_or("n.a.".to_owned(), thousands),
            thousands(pedantic),
            per_thousand(pedantic, lines),
        ];
        rows.push(row(&[set.map_or("both", Set::name)], cells));
    }
    let missing = list.packages.len() - results.packages.len();
    let missing = if missing == 0 { String::new() } else { format!("\n{missing} packages were not judged.\n") };
    table(&rows, 1) + &missing
}

/// The packages of each kind; those of the check set are marked.
fn packages(list: &List) -> String {
    let mut text = "Those with * are of the check set.\n".to_owned();
    for (kind, meaning) in KINDS {
        let packages: Vec<String> = list
            .packages
            .iter()
            .filter(|package| package.kind == kind)
            .map(|package| {
                let mark = if package.set == Set::Check { "\\*" } else { "" };
                // Of a commit seven digits will do.
                let commit = package.version.get(..7).filter(|_| package.integrity.is_none());
                format!("{}@{}{mark}", package.name, commit.unwrap_or(&package.version))
            })
            .collect();
        if !packages.is_empty() {
            text.push_str(&format!("\n**{kind}**, {meaning} ({}): {}.\n", packages.len(), packages.join(", ")));
        }
    }
    text
}

fn row(names: &[&str], figures: Vec<String>) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).chain(figures).collect()
}

/// A table of Markdown whose columns stand one below the other; the first ones are words, the others figures.
fn table(rows: &[Vec<String>], words: usize) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let widest = |at: usize| rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|at| widest(at).unwrap_or(0).max(3)).collect();
    let mut text = String::new();
    for (line, row) in rows.iter().enumerate() {
        let cells = row.iter().zip(&widths).enumerate().map(|(at, (cell, width))| match at < words {
            true => format!("{cell:width$}"),
            false => format!("{cell:>width$}"),
        });
        text.push_str(&format!("| {} |\n", cells.collect::<Vec<_>>().join(" | ")));
        if line == 0 {
            let rules = widths.iter().enumerate().map(|(at, width)| match at < words {
                true => "-".repeat(*width),
                false => format!("{}:", "-".repeat(width - 1)),
            });
            text.push_str(&format!("| {} |\n", rules.collect::<Vec<_>>().join(" | ")));
        }
    }
    text
}

fn percent(share: Option<f64>) -> String {
    share.map_or("n.a.".to_owned(), |share| format!("{:.1} %", share * 100.0))
}

#[allow(clippy::cast_precision_loss, reason = "there are not so many lines")]
fn per_thousand(count: usize, lines: usize) -> String {
    if lines == 0 { "n.a.".to_owned() } else { format!("{:.2}", count as f64 * 1000.0 / lines as f64) }
}

/// `1,234,567`.
fn thousands(count: usize) -> String {
    let digits = count.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    groups.join(",")
}
