//! The precision benchmark's own files: in form, and its page fresh.

#[path = "../benches/precision/data.rs"]
#[allow(dead_code, reason = "only the benchmark writes results")]
mod data;
#[path = "../benches/precision/page.rs"]
mod page;
#[path = "../benches/precision/tally.rs"]
mod tally;

use data::{Found, Judged, List, Results, Set, labels, read_labels};
use leaklint::finding::Confidence;
use std::fs;
use std::path::Path;
use tally::{Count, join, sample};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_page_is_fresh() {
    let list = List::read(root()).unwrap();
    let labels = read_labels(root(), &list).unwrap();
    let results = Results::read(root()).unwrap();
    assert_eq!(results.text(), fs::read_to_string(root().join(data::RESULTS)).unwrap());
    let judged: Vec<(&str, &str)> =
        results.packages.iter().map(|package| (package.name.as_str(), package.version.as_str())).collect();
    let listed: Vec<(&str, &str)> =
        list.packages.iter().map(|package| (package.name.as_str(), package.version.as_str())).collect();
    let again = "run cargo bench --bench precision -- --write-docs";
    assert!(judged == listed, "the list has changed: {again}");
    let page = page::page(&list, &results, &labels);
    let is_fresh = |file: &str, text: &str| {
        assert!(text == fs::read_to_string(root().join(file)).unwrap(), "{file} is not fresh: {again}");
    };
    is_fresh(data::PAGE, &page);
    let (findings, _) = join(&list, &results, &labels);
    let counts = page::counts(&findings);
    is_fresh(data::READINGS, &page::readings(&counts));
    for rule in leaklint::rules::RULES {
        is_fresh(&format!("rules/{}.md", rule.name), &page::rule_page(rule.page, rule.name, &counts));
    }
}

#[test]
fn half_of_the_newest_round_is_to_check() {
    let to_check = |rounds: [u32; 2]| -> String {
        let package = |name: char| {
            let round = rounds[usize::from(name > 'm')];
            format!("[[packages]]\nname = '{name}'\nversion = '1.0.0'\nround = {round}\nkind = 'app'\n")
        };
        let packages: String = ('a'..='z').map(package).collect();
        let list = List::parse(&format!("skip = []\nskip_in_repositories = []\n{packages}")).unwrap();
        ('a'..='z').filter(|name| list.set(&name.to_string()) == Set::Check).collect()
    };
    assert_eq!(to_check([1, 1]), "acegikmoqsuwy");
    assert_eq!(to_check([1, 2]), "oqsuwy");
    assert_eq!(to_check([2, 1]), "acegikm");
}

#[test]
fn a_label_that_is_wrong_is_refused() {
    let list = List::read(root()).unwrap();
    let of = |lines: &[String]| {
        labels(
            &format!("package\tversion\tfile\trule\tfingerprint\tverdict\ta\tb\treason\n{}", lines.join("\n")),
            &list,
        )
    };
    let package = &list.packages[0];
    let line = |file: &str, rest: &str| {
        format!("{}\t{}\t{file}\tunbounded-cache\t0123456789abcdef\t{rest}", package.name, package.version)
    };
    let good =
        [line("a.js", "true\ttrue\ttrue\tone a user"), line("b.js", "arguable\ttrue\tfalse\tfew hosts, or many")];
    assert_eq!(of(&good).unwrap().len(), 2);
    for (lines, problem) in [
        (vec![good[1].clone(), good[0].clone()], "sorted"),
        (vec![good[0].clone(), good[0].clone()], "sorted"),
        (vec![line("a.js", "true\ttrue\tfalse\tone a user")], "follows `arguable`"),
        (vec![line("a.js", "true\ttrue\t\tone a user")], "is not true, false or arguable"),
        (vec![line("a.js", "maybe\t\t\tone a user")], "is not true, false or arguable"),
        (vec![line("a.js", "true\t\t\t")], "reason"),
        (vec![line("a.js", "true\tone a user")], "9 cells"),
        (vec![good[0].replace(&package.version, "0.0.0-never")], "not on the list"),
        (vec![good[0].replace("unbounded-cache", "no-such-rule")], "no rule"),
        (vec![good[0].replace("0123456789abcdef", "0123")], "no fingerprint"),
    ] {
        let error = of(&lines).unwrap_err();
        assert!(error.contains(problem), "{error}");
    }
}

#[test]
fn an_arguable_finding_is_half_right() {
    let count = Count { right: 8, arguable: 2, wrong: 0, unlabelled: 5 };
    assert_eq!(count.precision(), Some(0.9));
    // 9 of 10, by the textbook.
    assert!((count.at_least().unwrap() - 0.5958).abs() < 0.0001);
    assert_eq!(Count::default().at_least(), None);
}

#[test]
fn a_label_without_its_finding_is_stale() {
    let list = List::read(root()).unwrap();
    let (name, version) = (list.packages[0].name.clone(), list.packages[0].version.clone());
    let head = "package\tversion\tfile\trule\tfingerprint\tverdict\ta\tb\treason";
    let line = |file: &str| format!("{name}\t{version}\t{file}\tunbounded-cache\t{:016}\tfalse\t\t\tcleared", 0);
    let labels = labels(&format!("{head}\n{}\n{}\n", line("a.js"), line("gone.js")), &list).unwrap();
    let results = results(&name, &version, &["a.js", "b.js"]);
    let (findings, stale) = join(&list, &results, &labels);
    assert_eq!(Count::of(&findings), Count { wrong: 1, unlabelled: 1, ..Count::default() });
    assert_eq!(stale.iter().map(|label| label.key.file.as_str()).collect::<Vec<_>>(), ["gone.js"]);
}

#[test]
fn a_sample_is_drawn_alike_from_all() {
    let files: Vec<String> = (0..100).map(|at| format!("{at:03}.js")).collect();
    let results = results("a", "1.0.0", &files.iter().map(String::as_str).collect::<Vec<_>>());
    let list = List::read(root()).unwrap();
    let drawn = |many, seed| -> Vec<String> {
        sample(join(&list, &results, &[]).0, many, seed).iter().map(|finding| finding.found.file.clone()).collect()
    };
    assert_eq!(drawn(10, 1).len(), 10);
    assert_eq!(drawn(10, 1), drawn(10, 1));
    assert_ne!(drawn(10, 1), drawn(10, 2));
    assert!(drawn(10, 1).is_sorted());
    assert_eq!(drawn(1000, 1).len(), 100);
    let often = (0..400).flat_map(|seed| drawn(25, seed)).filter(|file| file == "042.js").count();
    assert!((60..140).contains(&often), "drawn {often} times of about 100");
}

fn results(name: &str, version: &str, files: &[&str]) -> Results {
    let found = |file: &&str| Found {
        file: (*file).to_owned(),
        rule: "unbounded-cache".to_owned(),
        fingerprint: format!("{:016}", 0),
        confidence: Confidence::Medium,
    };
    let findings = files.iter().map(found).collect();
    let package =
        Judged { name: name.to_owned(), version: version.to_owned(), files: 2, lines: 10, broken: 0, findings };
    Results { leaklint: String::new(), packages: vec![package] }
}
