//! What is known and what is new: the baseline, through the built binary.
#![allow(clippy::unwrap_used, reason = "what cannot be unwrapped fails the test")]

#[path = "common/run.rs"]
mod run;

use run::{Output, Project, json, leaklint};
use std::fs;

const FILE: &str = "leaklint-baseline.json";

/// A leak per request under a name, on the fourth line.
fn server(name: &str) -> String {
    format!(
        "const {name} = [];
exports.listen{name} = function () {{
  return require(\"http\").createServer(function {name}Handler(req, res) {{
    {name}.push(req.url);
    res.end();
  }}).listen(80);
}};
"
    )
}

fn update(project: &Project) -> Output {
    let output = leaklint(project.path(), &["--update-baseline"]);
    assert_eq!(output.code, 0, "{}", output.stderr);
    output
}

/// What is reported, how many findings are in the baseline, and what is said on standard error.
fn lint(project: &Project, arguments: &[&str]) -> (Vec<String>, u64, String) {
    let output = json(project.path(), arguments);
    (output.findings(), output.json()["summary"]["baselined"].as_u64().unwrap(), output.stderr)
}

fn nothing() -> Vec<String> {
    Vec::new()
}

#[test]
fn only_what_is_new_is_reported() {
    // A project with hundreds of findings.
    let project = Project::new(&[]);
    for file in 0..40 {
        let leaks: Vec<String> = (0..8).map(|leak| server(&format!("log{leak}"))).collect();
        project.write(&format!("src/legacy{file}.js"), &leaks.join("\n"));
    }
    assert_eq!(json(project.path(), &[]).findings().len(), 320);
    let written = update(&project);
    assert!(
        written.stderr.contains("leaklint-baseline.json: 320 findings, 320 of them new, 0 gone"),
        "{}",
        written.stderr
    );
    assert_eq!(lint(&project, &[]), (nothing(), 320, String::new()));
    assert_eq!(leaklint(project.path(), &[]).code, 0);

    // A new leak in an old file.
    let old = project.read("src/legacy7.js");
    project.write("src/legacy7.js", &format!("{old}\n{}", server("fresh")));
    let new = ["src/legacy7.js:68 unbounded-cache"];
    assert_eq!(lint(&project, &[]), (new.map(String::from).to_vec(), 320, String::new()));
    assert_eq!(leaklint(project.path(), &[]).code, 1);

    // Old code is moved: down, to another function, to another file, with its file.
    let all = project.read("src/legacy7.js");
    project.write("src/legacy7.js", &format!("// Moved.\n\n{all}"));
    let renamed = project.read("src/legacy8.js").replace("log3Handler", "handleThird");
    project.write("src/legacy8.js", &renamed);
    let whole = project.read("src/legacy9.js");
    let (stays, goes) = whole.split_at(whole.find("const log5").unwrap());
    project.write("src/legacy9.js", stays);
    project.write("src/split.js", goes);
    fs::rename(project.at("src/legacy10.js"), project.at("src/renamed.js")).unwrap();
    fs::create_dir(project.at("lib")).unwrap();
    fs::rename(project.at("src/legacy11.js"), project.at("lib/legacy11.js")).unwrap();
    let new = ["src/legacy7.js:70 unbounded-cache"];
    assert_eq!(lint(&project, &[]), (new.map(String::from).to_vec(), 320, String::new()));
    let pretty = leaklint(project.path(), &[]);
    assert!(pretty.stdout.contains("src/legacy7.js:70:5"), "{}", pretty.stdout);
    assert!(pretty.stderr.contains("1 error, 0 warnings in 41 files"), "{}", pretty.stderr);
    assert!(pretty.stderr.contains("320 in the baseline"), "{}", pretty.stderr);
    let concise = leaklint(project.path(), &["--format", "concise"]);
    assert_eq!(concise.stdout.lines().count(), 1, "{}", concise.stdout);
    let github = leaklint(project.path(), &["--format", "github"]);
    let annotations: Vec<&str> = github.stdout.lines().filter(|line| line.starts_with("::")).collect();
    assert_eq!(annotations.len(), 1, "{annotations:?}");
    assert!(annotations[0].starts_with("::error file=src/legacy7.js,line=70,"), "{annotations:?}");
    // What is known is in there as silenced from outside.
    let sarif = leaklint(project.path(), &["--format", "sarif"]).json();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let open: Vec<_> =
        results.iter().filter(|result| result["suppressions"].as_array().is_none_or(Vec::is_empty)).collect();
    let place = &open[0]["locations"][0]["physicalLocation"];
    assert_eq!((results.len(), open.len()), (321, 1));
    assert_eq!(
        (&place["artifactLocation"]["uri"], &place["region"]["startLine"]),
        (&"src/legacy7.js".into(), &70.into())
    );
    assert_eq!(json(project.path(), &["--no-baseline"]).findings().len(), 321);
}

#[test]
fn edits_elsewhere_and_formatters_keep_it() {
    let code = "const seen = new Map();
require('http').createServer(function load({ url: id }) {
  if (!seen.has(id)) seen.set(id, { 'id': id, at: 'now' });
  bus.on('done', (event) => { console.log(id); });
  return seen.get(id);
}).listen(80);
const bus = new (require('events'))();
";
    let project = Project::new(&[("a.js", code)]);
    update(&project);
    assert_eq!(lint(&project, &[]), (nothing(), 2, String::new()));
    let formatted = "import something from \"somewhere\"

const seen = new Map()

require(\"http\").createServer(function load({ url: id }, other) {
  // looks it up
  if (!seen.has(id)) {
    seen.set(
      id,
      {
        id: id, // which
        at: \"now\",
      },
    )
  }
  bus
    .on(\"done\", event => {
      console.log(id, event, other)
      another()
    })
  return seen.get(id)
}).listen(80)
const bus = new (require(\"events\"))()
";
    project.write("a.js", &formatted.replace("import something from \"somewhere\"", "another()"));
    assert_eq!(lint(&project, &[]), (nothing(), 2, String::new()));
    // Other code is no known code.
    project.write("a.js", &code.replace("seen.set(id, {", "seen.set(id, { more: id,"));
    let (new, _, stderr) = lint(&project, &[]);
    assert_eq!(new, ["a.js:3 unbounded-cache"]);
    assert!(stderr.contains("leaklint-baseline.json has 1 stale finding"), "{stderr}");
}

#[test]
fn of_equal_findings_one_more_is_reported() {
    let twice = "const seen = [];
require('http').createServer(function handle(req) {
  if (req.a) seen.push(req.url);
  if (req.b) seen.push(req.url);
}).listen(80);
exports.other = [];
exports.fill = function () {};
";
    let separate = |times: usize| -> String {
        let handlers = "require('http').createServer(function handle(req) {\n  seen.push(req.url);\n}).listen(80);\n";
        (0..times).map(|at| format!("{{\n  const seen = [];\n{handlers}}}\n{}", "\n".repeat(at))).collect()
    };
    let project = Project::new(&[("twice.js", twice), ("a.js", &separate(2))]);
    let found = json(project.path(), &["--no-baseline", "a.js"]).findings();
    assert_eq!(found.len(), 2);
    update(&project);
    assert_eq!(lint(&project, &[]).0, nothing());
    project.write("a.js", &separate(3));
    assert_eq!(lint(&project, &["a.js"]).0.len(), 1);
    project.write("a.js", &separate(1));
    let (new, _, stderr) = lint(&project, &["a.js"]);
    assert!(new.is_empty() && stderr.contains("1 stale finding"), "{stderr}");
    let text = project.read(FILE);
    let mut prints: Vec<&str> = text.lines().filter(|line| line.contains("fingerprint")).collect();
    prints.sort_unstable();
    prints.dedup();
    assert_eq!(prints.len() as u64, lint(&project, &[]).1 + 1, "each finding has a line of its own");
}

#[test]
fn stale_findings_are_told_and_pruned() {
    let project = Project::new(&[("a.js", &server("a")), ("b.js", &server("b")), ("c.js", &server("c"))]);
    update(&project);
    project.write("a.js", "export {};\n");
    fs::remove_file(project.at("b.js")).unwrap();
    let (new, baselined, stderr) = lint(&project, &[]);
    assert_eq!((new, baselined), (nothing(), 1));
    let note =
        "note: leaklint-baseline.json has 2 stale findings, no longer in the code; --update-baseline prunes them\n";
    assert_eq!(stderr, note);
    assert_eq!(leaklint(project.path(), &[]).code, 0);
    let pruned = update(&project);
    assert!(pruned.stderr.contains("1 finding, 0 of them new, 2 gone"), "{}", pruned.stderr);
    assert_eq!(lint(&project, &[]).2, "");
}

#[test]
fn a_partial_run_tells_nothing_of_the_rest() {
    let project = Project::new(&[("src/a.js", &server("a")), ("src/b.js", &server("b")), ("c.js", &server("c"))]);
    update(&project);
    let before = project.read(FILE);
    // Files that were not linted.
    assert_eq!(lint(&project, &["src/a.js"]), (nothing(), 1, String::new()));
    leaklint(project.path(), &["--update-baseline", "src/a.js"]);
    assert_eq!(project.read(FILE), before);
    // Rules that did not run, and findings too uncertain to be reported.
    assert_eq!(lint(&project, &["-A", "growth"]), (nothing(), 0, String::new()));
    leaklint(project.path(), &["--update-baseline", "--only", "implicit-global"]);
    assert_eq!(project.read(FILE), before);
    project.write("low.js", "const seen = [];\nexports.register = function (x) { seen.push(x); };\n");
    leaklint(project.path(), &["--update-baseline", "--pedantic"]);
    let with_low = project.read(FILE);
    assert!(with_low.contains("low.js"), "{with_low}");
    assert_eq!(lint(&project, &[]), (nothing(), 3, String::new()));
    leaklint(project.path(), &["--update-baseline"]);
    assert_eq!(project.read(FILE), with_low);
    // Code that could not be read.
    project.write("c.js", "const x = ;\n");
    let (new, _, stderr) = lint(&project, &[]);
    assert_eq!((new, stderr), (vec!["c.js:1 syntax-error".to_string()], String::new()));
    update(&project);
    assert!(project.read(FILE).contains("cHandler"), "what was known of it is kept");
    project.write("c.js", &server("c"));
    assert_eq!(lint(&project, &[]).0, nothing());
}

#[test]
fn what_is_about_the_input_can_be_known_too() {
    let unused = "// leaklint-disable-next-line unbounded-cache\nexport const one = 1;\n";
    let project = Project::new(&[("broken.js", "const x = ;\n"), ("unused.js", unused)]);
    update(&project);
    assert_eq!(lint(&project, &[]), (nothing(), 2, String::new()));
    project.write("broken.js", "\n\nconst x = ;\n");
    assert_eq!(lint(&project, &[]).0, nothing());
    project.write("broken.js", "const x = ;\n\nlet y = [;\n");
    project.write("broken2.js", "function (\n");
    assert_eq!(lint(&project, &[]).0, ["broken2.js:1 syntax-error"]);
}

#[test]
fn it_is_found_from_below_and_its_paths_are_its_own() {
    let project =
        Project::new(&[("packages/a/src/a.js", &server("a")), ("packages/b/b.js", &server("b")), (".git/HEAD", "")]);
    update(&project);
    let below = project.at("packages/a/src");
    let output = json(&below, &[]);
    assert_eq!((output.findings(), output.code), (nothing(), 0));
    let beside = json(&below, &["../../b"]);
    assert_eq!((beside.findings(), beside.stderr), (nothing(), String::new()));
    let named = json(&below, &["--baseline", "../../../leaklint-baseline.json"]);
    assert_eq!(named.findings(), nothing());
    assert_eq!(json(&below, &["--no-baseline"]).findings().len(), 1);
    // Not from outside the repository.
    fs::create_dir_all(project.at("packages/b/.git")).unwrap();
    assert_eq!(json(&project.at("packages/b"), &[]).findings().len(), 1);
    // Another place for it.
    leaklint(project.path(), &["--update-baseline", "--baseline", "config/known.json"]);
    assert!(!project.at("config").exists(), "a directory is not made up");
    fs::create_dir(project.at("config")).unwrap();
    leaklint(project.path(), &["--update-baseline", "--baseline", "config/known.json"]);
    assert!(project.read("config/known.json").contains("\"../packages/a/src/a.js\""));
    assert_eq!(json(project.path(), &["--baseline", "config/known.json"]).findings(), nothing());
}

#[test]
fn the_file_is_plain_and_sorted() {
    let project = Project::new(&[("b.js", &server("b")), ("a.js", &(server("z") + &server("y")))]);
    update(&project);
    let text = project.read(FILE);
    insta::assert_snapshot!(text);
    update(&project);
    assert_eq!(project.read(FILE), text);
    // Moves of lines do not change it.
    project.write("a.js", &(server("y") + "\n\n" + &server("z")));
    update(&project);
    assert_eq!(project.read(FILE), text);
}

#[test]
fn a_wrong_baseline_ends_the_run() {
    let project = Project::new(&[("a.js", &server("a"))]);
    let missing = leaklint(project.path(), &["--baseline", "nowhere.json"]);
    assert_eq!(missing.code, 2);
    assert!(missing.stderr.contains("nowhere.json does not exist; --update-baseline writes it"), "{}", missing.stderr);
    for (text, says) in [
        ("{", "leaklint-baseline.json is no baseline: EOF while parsing an object at line 1 column 1"),
        ("<<<<<<< HEAD\n", "is no baseline: expected value at line 1 column 1"),
        ("{\"version\": 1, \"files\": []}", "is no baseline: invalid type: sequence"),
        ("{\"version\": 2, \"files\": {}}", "is of version 2, and this leaklint reads version 1"),
        ("{\"files\": {}}", "missing field `version`"),
    ] {
        project.write(FILE, text);
        for arguments in [&[][..], &["--update-baseline"]] {
            let output = leaklint(project.path(), arguments);
            assert_eq!((output.code, output.stdout.as_str()), (2, ""));
            assert!(output.stderr.contains(says), "{}", output.stderr);
            assert_eq!(project.read(FILE), text, "it is not overwritten");
        }
        assert_eq!(leaklint(project.path(), &["--no-baseline"]).code, 1);
    }
    assert_eq!(leaklint(project.path(), &["--no-baseline", "--update-baseline"]).code, 2);
}
