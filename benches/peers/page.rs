//! The page that compares linters, and the table of it that the README quotes.

use super::data::{FOLDER, LINTERS, PAGE, RESULTS, Report, Results, of_leaklint};
use super::pairs::{self, Pair, Tier};
use leaklint::finding::Confidence;
use std::collections::BTreeSet;
use std::path::Path;

/// Of some reports: the pairs whose leak is reported, those whose safe twin is reported, and those that a rule tells apart.
#[derive(Debug)]
struct Told<'a> {
    leaks: Vec<&'a Pair>,
    twins: Vec<&'a Pair>,
    apart: Vec<&'a Pair>,
}

impl<'a> Told<'a> {
    fn of<'r>(pairs: &'a [Pair], reports: &[&'r Report]) -> Self {
        let rules = |counts: &dyn Fn(&Report) -> bool| -> BTreeSet<&'r str> {
            reports.iter().filter(|report| counts(report)).map(|report| report.rule.as_str()).collect()
        };
        let mut told = Self { leaks: Vec::new(), twins: Vec::new(), apart: Vec::new() };
        for pair in pairs {
            // Other linters have their own ways to say where a leak is.
            let is_right = |report: &Report| !is_of(report, "leaklint") || pair.lines.contains(&report.line);
            let leak = rules(&|report| report.file == pair.leak && is_right(report));
            let safe = rules(&|report| report.file == pair.safe);
            told.leaks.extend((!leak.is_empty()).then_some(pair));
            told.twins.extend((!safe.is_empty()).then_some(pair));
            told.apart.extend(leak.difference(&safe).next().map(|_| pair));
        }
        told
    }

    /// Leaks, twins, and pairs told apart: all, and those that are not disputed.
    fn cells(&self) -> [usize; 4] {
        let undisputed = self.apart.iter().filter(|pair| pair.tier != Tier::Disputed).count();
        [self.leaks.len(), self.twins.len(), self.apart.len(), undisputed]
    }

    fn row(&self, name: &str) -> String {
        format!("| {name} | {} |\n", self.cells().map(|cell| cell.to_string()).join(" | "))
    }
}

/// Everything that the page is made of.
#[derive(Debug)]
pub(crate) struct Comparison {
    pairs: Vec<Pair>,
    results: Results,
    default: BTreeSet<Report>,
    pedantic: BTreeSet<Report>,
}

impl Comparison {
    /// From the results of other linters, and from what leaklint says now.
    ///
    /// # Errors
    /// A pair cannot be read.
    pub(crate) fn new(root: &Path, results: Results) -> Result<Self, String> {
        let pairs = pairs::pairs(root)?;
        let default = of_leaklint(root, &pairs, Confidence::Medium)?;
        let pedantic = of_leaklint(root, &pairs, Confidence::Low)?;
        Ok(Self { pairs, results, default, pedantic })
    }

    fn told(&self, is_meant: impl Fn(&Report) -> bool) -> Told<'_> {
        Told::of(&self.pairs, &self.results.reports.iter().filter(|report| is_meant(report)).collect::<Vec<_>>())
    }

    fn of_leaklint(&self, reports: &BTreeSet<Report>) -> Told<'_> {
        Told::of(&self.pairs, &reports.iter().collect::<Vec<_>>())
    }

    fn head(&self, first: &str) -> String {
        let disputed = self.pairs.iter().filter(|pair| pair.tier == Tier::Disputed).count();
        let all = self.pairs.len();
        let undisputed = all - disputed;
        format!(
            "| {first} | leaks reported | safe twins reported | told apart, of {all} | of the {undisputed} undisputed |\n\
             |---|--:|--:|--:|--:|\n"
        )
    }

    /// The linters, the one that tells most pairs apart first.
    fn linters(&self) -> Vec<(&'static str, &'static str, Told<'_>)> {
        let of = |(linter, package)| (linter, package, self.told(|report| is_of(report, linter)));
        let mut linters: Vec<_> = LINTERS.map(of).into();
        linters.sort_by_key(|(_, _, told)| std::cmp::Reverse((told.apart.len(), told.leaks.len())));
        linters
    }

    /// What the README quotes: leaklint, the others together, and the best three of them.
    pub(crate) fn summary(&self) -> String {
        let mut text = self.head("linter");
        text.push_str(&self.of_leaklint(&self.default).row("leaklint"));
        text.push_str(&self.told(|_| true).row(&format!("the {} others together", LINTERS.len())));
        for (_, package, told) in self.linters().iter().take(3) {
            text.push_str(&told.row(&format!("{package} {}", self.version(package))));
        }
        text
    }

    /// The page.
    pub(crate) fn page(&self) -> String {
        let linters = self.linters();
        let mut rows = self.head("linter");
        rows.push_str(&self.of_leaklint(&self.default).row("leaklint"));
        rows.push_str(&self.of_leaklint(&self.pedantic).row("leaklint, `--pedantic`"));
        rows.push_str(&self.told(|_| true).row(&format!("the {} others together", LINTERS.len())));
        for (_, package, told) in &linters {
            rows.push_str(&told.row(&format!("{package} {}", self.version(package))));
        }
        let mut rules = self.head("rule");
        for rule in self.results.reports.iter().map(|report| report.rule.as_str()).collect::<BTreeSet<_>>() {
            rules.push_str(&self.told(|report| report.rule == rule).row(&format!("`{rule}`")));
        }
        format!(
            "\
# Comparison

What other linters see of the leaks that leaklint looks for. This page is written by

    cargo bench --bench peers -- --write-docs

from [what the others said](../{RESULTS}) and what leaklint says now. A test compares it with them; nobody edits it.

A pair is two small programs: one leaks, the other does the same and does not. A rule **tells them apart** if it reports the one
that leaks and is silent about its safe twin. From leaklint only reports on the lines of the leak count, from others those on any
line. There are {all} pairs, in [`{pairs}`](../{pairs}).

{rows}
## Read this before you quote it

- **leaklint was written with these pairs in view**: they say what it covers, not how well it does on other code. On published packages
  most of what it reports is no certain leak; [precision.md](precision.md) has those figures. Nobody has them for the others.
- The other linters look for much else, and only a few of their rules are about leaks. What they find besides is not compared, and
  nothing here is a reason to take one out.
- They look for leaks of one framework or API each: React, RxJS, Vue, web components. Most pairs are about other things, servers above
  all, because whoever chose them was looking for what nobody finds. {others_only} pairs are told apart by others and not by leaklint's default
  report.
- Of {disputed} pairs a measurement says that there is no leak, or that the safe twin leaks as well: they are **disputed**, and the last
  column is without them. For {pedantic} pairs leaklint means to speak only with `--pedantic`.
- A pair has a few lines. Real code is longer, and rules that look at one function at a time lose more there than here.

## By pair

Which rules tell it apart. Those of leaklint are of the default report; in brackets, of `--pedantic`.

{by_pair}
## By rule

The rules of other linters that report anything.

{rules}
## Method

The pairs were written before leaklint's rules, from a survey of leaks and of what linters do about them; a pair has a name, a family and
the lines on which a report is right. Each linter is asked with every rule of it that could tell a leak from other code, also with
rules that its presets leave off:
[`eslint.config.mjs`](../{FOLDER}/eslint.config.mjs), [`oxlintrc.json`](../{FOLDER}/oxlintrc.json),
[`biome.json`](../{FOLDER}/biome.json). They run with types where they can use them. Rules are counted one by one, so that a rule which
tells a pair apart counts though another of the same linter reports the safe twin. The same holds for leaklint, which is asked
without any configuration, one file at a time.

The benchmark installs [the others](../{FOLDER}/package.json), in just these versions, with `npm install --ignore-scripts` into the target
folder or into `--cache DIR`. It needs npm and Node 22.13 or later. Without them, `UPDATE_COMPARISON=1 cargo test --test comparison` writes this page with what leaklint
says now and what the others said then.

Not in it, because they were not to be had as npm packages or have no rule about leaks: loctree (regular expressions over lines),
eslint-plugin-runtime-cleanup, CodeQL, Semgrep, deno lint.
",
            all = self.pairs.len(),
            pairs = pairs::FOLDER,
            disputed = self.pairs.iter().filter(|pair| pair.tier == Tier::Disputed).count(),
            pedantic = self.pairs.iter().filter(|pair| pair.tier == Tier::Pedantic).count(),
            by_pair = self.by_pair(),
            others_only = self.others_only(),
        )
    }

    /// How many pairs leaklint should tell apart by default, as others do.
    fn others_only(&self) -> usize {
        let own: Vec<&str> = self.of_leaklint(&self.default).apart.iter().map(|pair| pair.name.as_str()).collect();
        self.told(|_| true).apart.iter().filter(|pair| !own.contains(&pair.name.as_str())).count()
    }

    fn by_pair(&self) -> String {
        let mut text = "| pair | about | leaklint | others |\n|---|---|---|---|\n".to_owned();
        for pair in &self.pairs {
            let own = |reports| rules_apart(pair, reports, |rule| rule.trim_start_matches("leaklint/").to_owned());
            let (default, pedantic) = (own(&self.default), own(&self.pedantic));
            let leaklint = match default.is_empty() && !pedantic.is_empty() {
                true => format!("({pedantic})"),
                false => default,
            };
            let others = rules_apart(pair, &self.results.reports, str::to_owned);
            let disputed = if pair.tier == Tier::Disputed { ", disputed" } else { "" };
            let Pair { name, family, leak, .. } = pair;
            let link = format!("[{name}](../{}/{leak})", pairs::FOLDER);
            text.push_str(&format!("| {link}{disputed} | {family} | {leaklint} | {others} |\n"));
        }
        text
    }

    fn version(&self, package: &str) -> &str {
        self.results.versions.get(package).map_or("", String::as_str)
    }
}

/// The rules that tell a pair apart.
fn rules_apart(pair: &Pair, reports: &BTreeSet<Report>, name: impl Fn(&str) -> String) -> String {
    let rules: BTreeSet<&str> = reports.iter().map(|report| report.rule.as_str()).collect();
    let tells = |rule: &&str| {
        let of_rule: Vec<&Report> = reports.iter().filter(|report| report.rule == *rule).collect();
        !Told::of(std::slice::from_ref(pair), &of_rule).apart.is_empty()
    };
    rules.into_iter().filter(tells).map(name).collect::<Vec<_>>().join(", ")
}

fn is_of(report: &Report, linter: &str) -> bool {
    report.rule.rsplit_once('/').is_some_and(|(prefix, _)| prefix == linter)
}

/// The README with a fresh table.
///
/// # Errors
/// It has no place for it.
pub(crate) fn quoted(readme: &str, summary: &str) -> Result<String, String> {
    let missing = format!("README.md has no table after <!-- comparison -->, of {PAGE}");
    let (before, after) = readme.split_once("<!-- comparison -->\n").ok_or(&missing)?;
    let (_, after) = after.split_once("\n\n").ok_or(&missing)?;
    Ok(format!("{before}<!-- comparison -->\n{summary}\n{after}"))
}
