//! What a project says in `leaklint.json`, through the built binary.
#![allow(clippy::unwrap_used, reason = "what cannot be unwrapped fails the test")]

#[path = "common/project.rs"]
mod common;

use common::{HIGH, MEDIUM, finding, findings, leaklint, leaklint_with, project, refused, repository, write};
use serde_json::Value;
use std::fs;

/// `line rule` of each finding in a file, without a configuration and with it.
fn before_and_after(config: &str, path: &str, code: &str) -> (Vec<String>, Vec<String>) {
    let project = project(&[("leaklint.json", config), (path, code)]);
    let short = |finding: String| {
        let rest = finding.strip_prefix(path).unwrap()[1..].to_string();
        let words: Vec<&str> = rest.split([' ', '[']).collect();
        format!("{} {}", words[0], words[2])
    };
    let findings = |arguments: &[&str]| findings(project.path(), arguments).into_iter().map(short).collect();
    (findings(&["--isolated", path]), findings(&[path]))
}

const BUS: &str = r#"{
  "models": {
    "kind": [{ "name": "Bus", "made-by": ["@acme/bus:createBus"], "always": ["*/lib/bus:bus"] }],
    "api": [
      { "call": ["Bus#hear"], "listens": { "event": 0, "handler": 1 }, "runs": { "arg": 1, "per": "event", "times": "many" } },
      { "call": ["Bus#unhear"], "removes-listeners": true }
    ]
  }
}"#;

#[test]
fn an_emitter_of_the_house() {
    let leak = "import { bus } from '../lib/bus.js';
export function follow(id, show) {
  const hear = (order) => { if (order.id === id) show(order); };
  bus.hear('order', hear);
}
";
    assert_eq!(before_and_after(BUS, "src/a/follow.js", leak), (vec![], vec!["4 accumulating-listener".to_string()]));
    let safe = leak.replace("  bus.hear(", "  show.onClose(() => bus.unhear('order', hear));\n  bus.hear(");
    assert_eq!(before_and_after(BUS, "src/a/follow.js", &safe), (vec![], vec![]));
    let made = "import { createBus } from '@acme/bus';
const bus = createBus();
export const follow = (id, show) => bus.hear(`order/${id}`, () => show(id));
";
    assert_eq!(before_and_after(BUS, "follow.mjs", made).1, ["3 accumulating-listener"]);
}

#[test]
fn a_function_that_returns_what_disposes() {
    let config = r#"{ "models": { "api": [{
      "call": ["@acme/dom:listen"],
      "acquires": { "what": "listener", "rule": "accumulating-listener", "keeps": "its callback", "ended-by": ["_()"],
                    "fix": "call what `listen` returns when its user is done" }
    }] } }"#;
    let leak = "import { listen } from '@acme/dom';
import { useEffect } from 'react';
export function useKey(onKey) {
  useEffect(() => {
    listen(document, 'keydown', onKey);
  }, [onKey]);
}
";
    assert_eq!(before_and_after(config, "a.js", leak), (vec![], vec!["5 accumulating-listener".to_string()]));
    let safe = leak.replace("    listen(", "    return listen(");
    assert_eq!(before_and_after(config, "a.js", &safe), (vec![], vec![]));
}

#[test]
fn a_collection_that_bounds_itself() {
    let code = "import { SmallMap } from './small-map';
const pages = new SmallMap(500);
export function page(url) {
  if (!pages.has(url)) pages.set(url, render(url));
  return pages.get(url);
}
";
    let kind = |words: &str| {
        format!(
            r#"{{ "models": {{ "kind": [{{ "name": "SmallMap", "made-by": ["*/small-map:SmallMap"], {words} }}] }} }}"#
        )
    };
    assert_eq!(before_and_after(&kind(r#""is": ["Map"]"#), "a.ts", code).1, ["4 unbounded-cache"]);
    assert_eq!(before_and_after(&kind(r#""is": ["Map"], "bounded": true"#), "a.ts", code).1, [""; 0]);
    // A kind that leaklint knows is extended.
    let config = r#"{ "models": { "kind": [{ "name": "Map", "made-by": ["*/small-map:SmallMap"] }] } }"#;
    assert_eq!(before_and_after(config, "a.ts", code).1, ["4 unbounded-cache"]);
}

#[test]
fn a_function_that_runs_its_callback_for_each_request() {
    let config = r#"{ "models": { "api": [{
      "call": ["@acme/server:route"],
      "runs": { "arg": "last", "per": "request", "times": "many", "params": ["Request", "Response"] }
    }] } }"#;
    let code = "import { route } from '@acme/server';
const visits = [];
route('/visit', (req, res) => {
  visits.push({ url: req.url });
  res.end();
});
";
    assert_eq!(before_and_after(config, "a.mjs", code), (vec![], vec!["4 unbounded-cache".to_string()]));
}

#[test]
fn a_class_that_is_gone_soon() {
    let code = "import { Job } from '../jobs';
export function follow(job: Job, done: () => void) {
  job.on('end', () => done());
}
const jobs = new Map<Job, string>();
";
    let config = |short: bool| {
        format!(
            r#"{{ "models": {{ "kind": [{{ "name": "Job", "is": ["EventEmitter"], "types": ["Job"], "short-lived": {short} }}] }} }}"#
        )
    };
    assert_eq!(before_and_after(&config(true), "a.ts", code).1, [""; 0]);
}

#[test]
fn levels_are_of_rules_categories_and_all() {
    let files = [("high.js", HIGH), ("medium.js", MEDIUM)];
    let project = project(&files);
    let at = project.path();
    let with = |config: &str, arguments: &[&str]| {
        write(at, &[("leaklint.json", config)]);
        findings(at, arguments)
    };
    assert_eq!(with("{}", &[]), ["high.js:4 error unbounded-cache[high]", "medium.js:3 warn unbounded-cache[medium]"]);
    assert_eq!(with(r#"{ "rules": { "growth": "off" } }"#, &[]), [""; 0]);
    assert_eq!(with(r#"{ "rules": { "all": "off" } }"#, &[]), [""; 0]);
    let specific = r#"{ "rules": { "unbounded-cache": "warn", "growth": "off", "all": "error" } }"#;
    assert_eq!(with(specific, &[])[0], "high.js:4 warn unbounded-cache[high]");
    assert_eq!(with(r#"{ "minConfidence": "high" }"#, &[]).len(), 1);
    assert_eq!(with(r#"{ "rules": { "growth": ["error", { "minConfidence": "high" }] } }"#, &[]).len(), 1);
    assert_eq!(with(r#"{ "rules": { "listener": ["error", { "minConfidence": "high" }] } }"#, &[]).len(), 2);
    // The command line wins.
    assert_eq!(with(r#"{ "rules": { "all": "off" } }"#, &["-W", "growth"])[0], "high.js:4 warn unbounded-cache[high]");
    assert_eq!(with(r#"{ "rules": { "all": "off" } }"#, &["--only", "unbounded-cache"]).len(), 2);
    assert_eq!(with(r#"{ "rules": { "all": "warn" } }"#, &["--only", "uncleared-timer"]).len(), 0);
    let sure = r#"{ "minConfidence": "high", "rules": { "growth": ["error", { "minConfidence": "high" }] } }"#;
    assert_eq!(with(sure, &["--min-confidence", "medium"]).len(), 2);
    assert_eq!(with(sure, &["--pedantic"]).len(), 2);
    assert_eq!(with(r#"{ "rules": { "all": "off" } }"#, &["--isolated"]).len(), 2);
}

#[test]
fn the_nearest_file_upward_counts_for_each_file() {
    let warn = r#"{ "rules": { "all": "warn" } }"#;
    let project = project(&[
        (".git/HEAD", ""),
        ("leaklint.jsonc", "{ // ours\n \"rules\": { \"all\": \"off\", }, }"),
        ("a.js", HIGH),
        ("packages/one/package.json", &format!(r#"{{ "name": "one", "leaklint": {warn} }}"#)),
        ("packages/one/src/a.js", HIGH),
        ("packages/two/package.json", r#"{ "name": "two", "devDependencies": { "leaklint": "1" } }"#),
        ("packages/two/a.js", HIGH),
        ("packages/three/leaklint.json", "{}"),
        ("packages/three/a.js", HIGH),
    ]);
    let all =
        ["packages/one/src/a.js:4 warn unbounded-cache[high]", "packages/three/a.js:4 error unbounded-cache[high]"];
    let at = project.path();
    assert_eq!(findings(at, &[]), all);
    assert_eq!(findings(&at.join("packages"), &[]), all.map(|it| it.strip_prefix("packages/").unwrap()));
    assert_eq!(findings(&at.join("packages/two"), &["../one"]), ["../one/src/a.js:4 warn unbounded-cache[high]"]);
    assert_eq!(findings(&at.join("packages/two"), &[]), [""; 0], "from above");
    write(at, &[("plain.json", "{}")]);
    assert_eq!(findings(at, &["-c", "plain.json"]).len(), 4, "for all files");
    assert_eq!(findings(at, &["-c", "packages/one/package.json"]).len(), 4);
    assert_eq!(findings(at, &["--isolated"]).len(), 4);
}

#[test]
fn nothing_above_the_repository_counts() {
    let off = r#"{ "rules": { "all": "off" } }"#;
    let project = project(&[("leaklint.json", off), ("repo/.git/HEAD", ""), ("repo/src/a.js", HIGH), ("b.js", HIGH)]);
    assert_eq!(findings(project.path(), &["repo", "b.js"]), ["repo/src/a.js:4 error unbounded-cache[high]"]);
    // A worktree has a file of that name.
    fs::remove_dir_all(project.path().join("repo/.git")).unwrap();
    assert_eq!(findings(project.path(), &["repo"]).len(), 0);
    write(project.path(), &[("repo/.git", "gitdir: elsewhere")]);
    assert_eq!(findings(project.path(), &["repo"]).len(), 1);
}

#[test]
fn overrides_are_for_files_and_the_last_one_wins() {
    let config = r#"{
      "overrides": [
        { "files": ["scripts/**", "*.gen.js"], "exclude": ["scripts/keep.js"], "rules": { "all": "off" } },
        { "files": ["./scripts/again.js"], "rules": { "growth": "warn" } }
      ]
    }"#;
    let project = project(&[
        ("app/leaklint.json", config),
        ("app/a.js", HIGH),
        ("app/src/b.gen.js", HIGH),
        ("app/scripts/deep/c.js", HIGH),
        ("app/scripts/keep.js", HIGH),
        ("app/scripts/again.js", HIGH),
        ("app/src/scripts/d.js", HIGH),
    ]);
    let expected = [
        "app/a.js:4 error unbounded-cache[high]",
        "app/scripts/again.js:4 warn unbounded-cache[high]",
        "app/scripts/keep.js:4 error unbounded-cache[high]",
        "app/src/scripts/d.js:4 error unbounded-cache[high]",
    ];
    assert_eq!(findings(project.path(), &[]), expected);
}

#[test]
fn excluded_files_are_not_linted_unless_named() {
    let config = r#"{ "exclude": ["gen/", "*.min.js", "/a.js", "!keep.min.js"] }"#;
    let files =
        ["a.js", "b.js", "x.min.js", "keep.min.js", "gen/c.js", "src/a.js", "src/gen/d.js"].map(|file| (file, "1"));
    let project = project(&files);
    let at = project.path();
    write(at, &[("leaklint.json", config), ("lib/leaklint.json", "{}"), ("lib/gen/e.js", "1")]);
    let shown = |arguments: &[&str]| leaklint(at, arguments).1;
    assert_eq!(shown(&["--show-files"]), "b.js\nkeep.min.js\nlib/gen/e.js\nsrc/a.js\n");
    assert_eq!(shown(&["--show-files", "gen", "a.js"]), "a.js\ngen/c.js\n");
    assert_eq!(shown(&["--show-files", "--exclude", "src"]), "b.js\nkeep.min.js\nlib/gen/e.js\n");
    assert_eq!(shown(&["--show-files", "--isolated"]).lines().count(), 8);
}

#[test]
fn a_configuration_adds_to_what_it_extends() {
    let warn = r#"{ "rules": { "all": "warn" }, "exclude": ["gen"], "overrides": [{ "files": ["src/*.js"], "rules": { "all": "error" } }] }"#;
    let project = project(&[
        ("base.json", warn),
        ("leaklint.json", r#"{ "extends": "./base.json" }"#),
        ("a.js", HIGH),
        ("src/b.js", HIGH),
        ("gen/c.js", HIGH),
        ("app/leaklint.json", r#"{ "extends": ["../leaklint.json"], "rules": { "setup": "off" } }"#),
        ("app/d.js", HIGH),
        ("app/src/e.js", HIGH),
        ("app/gen/f.js", HIGH),
    ]);
    let at = project.path();
    let [warn, error] =
        ["warn", "error"].map(|level| move |file: &str| format!("{file}:4 {level} unbounded-cache[high]"));
    // The globs of a file above stay relative to it.
    assert_eq!(findings(at, &[]), [warn("a.js"), warn("app/d.js"), warn("app/src/e.js"), error("src/b.js")]);

    // A package, and a folder of configurations, speak of the files of who extends them.
    for name in ["@acme/leaklint", "@acme/leaklint/strict.json", "../shared/leaklint.json"] {
        let package = format!("node_modules/{}", name.trim_end_matches("/strict.json"));
        let file = match name {
            "@acme/leaklint" => format!("{package}/leaklint.jsonc"),
            "@acme/leaklint/strict.json" => format!("{package}/strict.json"),
            _ => "shared/leaklint.json".to_string(),
        };
        write(at, &[(&file, &fs::read_to_string(at.join("base.json")).unwrap())]);
        write(at, &[("app/leaklint.json", &format!(r#"{{ "extends": ["{name}"] }}"#))]);
        assert_eq!(findings(at, &["app"]), [warn("app/d.js"), error("app/src/e.js")], "{name}");
    }
    // Of several, the last wins; the file itself wins over all of them.
    let several = r#"{ "extends": ["./base.json", "./off.json"], "rules": { "unbounded-cache": "warn" } }"#;
    write(at, &[("leaklint.json", several), ("off.json", r#"{ "rules": { "all": "off" }, "exclude": ["!gen"] }"#)]);
    assert_eq!(findings(at, &["--exclude", "app"]), [warn("a.js"), warn("gen/c.js"), warn("src/b.js")]);
    // `-c`: globs are relative to the working directory where the file does not lie above it.
    write(at, &[("ci/strict.json", r#"{ "extends": "../base.json", "exclude": ["/app", "/shared"] }"#)]);
    assert_eq!(findings(at, &["-c", "ci/strict.json"]), [warn("a.js"), error("src/b.js")]);
}

#[test]
fn models_of_what_is_extended_are_known_too() {
    let code = "import { bus } from './lib/bus';\nexport const follow = (show) => bus.hear('order', () => show());\n";
    let removing =
        r#"{ "extends": "./bus.json", "models": { "api": [{ "call": ["Bus#off"], "removes-listeners": true }] } }"#;
    let project = project(&[("leaklint.json", removing), ("bus.json", BUS), ("app/a.js", code)]);
    assert_eq!(findings(project.path(), &[]), ["app/a.js:2 warn accumulating-listener[medium]"]);
    let (_, why, _) = leaklint(project.path(), &["why", "app/a.js:2"]);
    assert!(why.contains("accumulating-listener"), "{why}");
    let (_, why, _) = leaklint(project.path(), &["why", "--isolated", "app/a.js:2"]);
    assert!(!why.contains("accumulating-listener"), "{why}");
    write(project.path(), &[("bus.json", &BUS.replacen('{', "{ \"rules\": { \"listener\": \"off\" },", 1))]);
    let (_, why, _) = leaklint(project.path(), &["why", "app/a.js:2"]);
    assert!(why.contains("`accumulating-listener` is off: bus.json"), "{why}");
}

#[test]
fn how_long_a_process_runs_can_be_said() {
    let config = r#"{ "overrides": [
      { "files": ["tools/**"], "shortLived": true },
      { "files": ["scripts/daemon.js", "vite.config.js"], "shortLived": false }
    ] }"#;
    let files = [
        "package.json",
        "tools/a.js",
        "scripts/a.js",
        "scripts/daemon.js",
        "test/b.js",
        "vite.config.js",
        "src/c.js",
        "src/jest.js",
    ];
    let project = project(&files.map(|file| (file, if file == "package.json" { "{}" } else { HIGH })));
    let at = project.path();
    let paths = |arguments: &[&str]| -> Vec<String> {
        findings(at, arguments).into_iter().map(|it| it.split(':').next().unwrap().to_string()).collect()
    };
    assert_eq!(paths(&[]), ["src/c.js", "tools/a.js"]);
    write(at, &[("leaklint.json", config)]);
    assert_eq!(paths(&[]), ["scripts/daemon.js", "src/c.js", "vite.config.js"]);
    assert_eq!(paths(&["--pedantic"]).len(), 7);
    let (_, why, _) = leaklint(at, &["why", "src/jest.js:4"]);
    assert!(why.contains("what is named `jest` runs with tests"), "{why}");
    let (_, why, _) = leaklint(at, &["why", "tools/a.js:4"]);
    assert!(why.contains("because the configuration says that it runs in a process that soon ends"), "{why}");
}

#[test]
fn whether_others_import_the_code_can_be_said() {
    let library = r#"{ "name": "a", "version": "1.0.0", "main": "medium.js" }"#;
    let project = project(&[("package.json", library), ("medium.js", MEDIUM)]);
    let at = project.path();
    assert_eq!(findings(at, &[]), [""; 0], "its users are out of sight");
    write(at, &[("leaklint.json", r#"{ "library": false }"#)]);
    assert_eq!(findings(at, &[]), ["medium.js:3 warn unbounded-cache[medium]"]);
    write(
        at,
        &[("package.json", "{}"), ("leaklint.json", r#"{ "overrides": [{ "files": ["*"], "library": true }] }"#)],
    );
    assert_eq!(findings(at, &[]), [""; 0]);
}

#[test]
fn where_code_runs_decides_which_names_exist() {
    // `status` is a property of the window, and a new global in Node.
    let code = "function load(request) {\n  status = { request };\n}\nsetInterval(() => load(read()), 1000);\n";
    let found = |config: &str, path: &str| before_and_after(config, path, code).1;
    assert_eq!(found("{}", "a.js"), [""; 0]);
    assert_eq!(found(r#"{ "environments": ["node"] }"#, "a.js"), ["2 implicit-global"]);
    assert_eq!(found(r#"{ "environments": ["node", "browser"] }"#, "a.js"), [""; 0]);
    assert_eq!(found("{}", "a.cjs"), ["2 implicit-global"]);
    assert_eq!(found(r#"{ "environments": ["browser"] }"#, "a.cjs"), [""; 0]);
    let one = r#"{ "environments": ["node"], "overrides": [{ "files": ["web/**"], "environments": ["browser"] }] }"#;
    assert_eq!(found(one, "web/a.js"), [""; 0]);
    let declared = r#"{ "environments": ["node"], "models": { "words": { "globals-node": ["status"] } } }"#;
    assert_eq!(found(declared, "a.js"), [""; 0]);
}

#[test]
fn suppression_comments_can_need_a_reason() {
    let silenced =
        |comment: &str| HIGH.replace("  seen.push", &format!("  // leaklint-disable-next-line {comment}\n  seen.push"));
    let project = project(&[
        ("a.js", &silenced("unbounded-cache")),
        ("b.js", &silenced("unbounded-cache -- one a day")),
        ("c.js", &silenced("unbounded-cache -- ")),
        ("d.js", "// leaklint-disable-next-line unbounded-cache -- gone\n1;\n"),
    ]);
    let at = project.path();
    let unused = "d.js:1 warn unused-suppression[high]";
    assert_eq!(findings(at, &[]), [unused]);
    write(at, &[("leaklint.json", r#"{ "suppressions": { "requireReason": true, "reportUnused": "off" } }"#)]);
    let unexplained = ["a.js:4 error unexplained-suppression[high]", "c.js:4 error unexplained-suppression[high]"];
    assert_eq!(findings(at, &[]), unexplained);
    assert_eq!(findings(at, &["-A", "unexplained-suppression", "-W", "unused-suppression"]), [unused]);
    write(at, &[("leaklint.json", r#"{ "suppressions": { "reportUnused": "error" } }"#)]);
    assert_eq!(findings(at, &[]), ["d.js:1 error unused-suppression[high]"]);
}

#[test]
fn standard_input_is_configured_as_if_the_file_were_there() {
    let project = project(&[
        ("leaklint.json", r#"{ "rules": { "all": "warn" } }"#),
        ("app/leaklint.json", r#"{ "overrides": [{ "files": ["new/*.js"], "rules": { "all": "off" } }] }"#),
        ("app/src/a.js", "1;\n"),
    ]);
    let named = |directory: &str, name: &str| {
        let arguments = ["--format", "concise", "--stdin-filename", name];
        let (exit, out, error) = leaklint_with(&project.path().join(directory), &arguments, HIGH);
        assert!(exit < 2, "{error}");
        out.lines().map(finding).collect::<Vec<_>>()
    };
    assert_eq!(named("", "b.js"), ["b.js:4 warn unbounded-cache[high]"]);
    assert_eq!(named("", "app/src/b.js"), ["app/src/b.js:4 error unbounded-cache[high]"]);
    assert_eq!(named("", "app/new/b.js"), [""; 0], "its directory is not there");
    assert_eq!(named("app/src", "../new/deep/../b.js"), [""; 0]);
    assert_eq!(named("app", "../b.js"), ["../b.js:4 warn unbounded-cache[high]"]);
}

#[test]
fn what_is_left_out_by_force_is_not_read_from_standard_input() {
    let project =
        project(&[("leaklint.json", r#"{ "exclude": ["gen"] }"#), ("node_modules/a/b.js", ""), (".git/HEAD", "")]);
    let piped = |name: &str, force: &[&str]| {
        let (exit, out, error) =
            leaklint_with(project.path(), &[&["-", "--stdin-filename", name], force].concat(), HIGH);
        assert!(exit < 2, "{error}");
        !out.is_empty()
    };
    for name in ["gen/a.js", "app/gen/a.js", "node_modules/a/b.js"] {
        assert!(piped(name, &[]), "{name}");
        assert!(!piped(name, &["--force-exclude"]), "{name}");
    }
    assert!(piped("a.js", &["--force-exclude"]));
}

#[test]
fn a_baseline_and_a_revision_go_by_the_configuration_of_each_file() {
    let off = r#"{ "rules": { "all": "off" } }"#;
    let project = repository(&[("a.js", HIGH), ("b/c.js", HIGH), ("b/leaklint.json", off)]);
    let at = project.path();
    let (exit, out, error) = leaklint(at, &["--update-baseline"]);
    assert_eq!((exit, out.as_str()), (0, ""), "{error}");
    let known = fs::read_to_string(at.join("leaklint-baseline.json")).unwrap();
    assert!(known.contains("\"a.js\"") && !known.contains("b/c.js"), "{known}");
    // What a configuration silences is not stale.
    write(at, &[("leaklint.json", off)]);
    let (_, _, error) = leaklint(at, &[]);
    assert!(!error.contains("stale"), "{error}");
    fs::remove_file(at.join("leaklint-baseline.json")).unwrap();
    // What was there is judged as it would be now, so that a configuration makes nothing new.
    fs::remove_file(at.join("leaklint.json")).unwrap();
    fs::remove_file(at.join("b/leaklint.json")).unwrap();
    assert_eq!(findings(at, &[]).len(), 2);
    assert_eq!(findings(at, &["--since", "HEAD"]), [""; 0]);
    write(at, &[("b/leaklint.json", r#"{ "rules": { "all": "warn" } }"#), ("b/d.js", HIGH)]);
    assert_eq!(findings(at, &["--since", "HEAD"]), ["b/d.js:4 warn unbounded-cache[high]"]);
}

#[test]
fn the_configuration_of_a_file_is_printed() {
    let base = r#"{ "rules": { "growth": ["warn", { "minConfidence": "high" }] }, "shortLived": true }"#;
    let config = r#"{ "extends": "./base.json", "environments": ["node"], "exclude": ["gen"],
                     "overrides": [{ "files": ["*.ts"], "rules": { "unbounded-cache": "error" } }] }"#;
    let project = project(&[("base.json", base), ("leaklint.json", config)]);
    let printed = |arguments: &[&str]| -> Value {
        let (exit, out, error) = leaklint(project.path(), arguments);
        assert_eq!((exit, error.as_str()), (0, ""));
        serde_json::from_str(&out).unwrap()
    };
    let one = printed(&["--print-config", "gen/new.ts", "-A", "listener"]);
    assert_eq!(one["file"], "gen/new.ts");
    assert_eq!(one["configurations"], serde_json::json!(["leaklint.json", "base.json"]));
    assert_eq!(one["excludedBy"], "exclude of leaklint.json");
    assert_eq!(one["minConfidence"], serde_json::json!({ "value": "medium", "from": "default" }));
    assert_eq!(one["environments"], serde_json::json!({ "value": ["node"], "from": "leaklint.json" }));
    assert_eq!(one["shortLived"], serde_json::json!({ "value": true, "from": "base.json" }));
    let rule = |name: &str| one["rules"][name].clone();
    let cache = serde_json::json!({ "level": "error", "minConfidence": "high", "from": "leaklint.json, overrides[0]" });
    assert_eq!(rule("unbounded-cache"), cache);
    assert_eq!(rule("unbounded-queue")["from"], "base.json");
    assert_eq!(rule("accumulating-listener"), serde_json::json!({ "level": "off", "from": "the command line" }));
    assert_eq!(rule("blocking-handler"), serde_json::json!({ "level": "off", "from": "default" }));
    assert_eq!(printed(&["--print-config", "a.js", "--isolated"])["configurations"], serde_json::json!([]));
    assert!(refused(project.path(), &["--print-config", "."]).contains("a directory; name a file"));
    assert!(refused(project.path(), &["--print-config", "a.css"]).contains("not the name of a file"));
}

#[test]
fn init_writes_a_small_file_once() {
    let project = project(&[("a.js", HIGH)]);
    let at = project.path();
    let (exit, out, error) = leaklint(at, &["init"]);
    assert_eq!((exit, error.as_str()), (0, ""), "{out}");
    let written: Value = serde_json::from_str(&fs::read_to_string(at.join("leaklint.json")).unwrap()).unwrap();
    assert!(written["$schema"].as_str().unwrap().ends_with("/schema/leaklint.schema.json"));
    assert_eq!(findings(at, &[]), findings(at, &["--isolated"]), "it changes nothing");
    assert!(refused(at, &["init"]).contains("init: leaklint.json configures this directory already"));

    write(
        at,
        &[("node_modules/leaklint/schema.json", "{}"), ("app/b.js", ""), ("key/package.json", r#"{ "leaklint": {} }"#)],
    );
    for (directory, schema) in
        [("", "./node_modules/leaklint/schema.json"), ("app", "../node_modules/leaklint/schema.json")]
    {
        let directory = at.join(directory);
        let _ = fs::remove_file(at.join("leaklint.json"));
        leaklint(&directory, &["init"]);
        assert!(fs::read_to_string(directory.join("leaklint.json")).unwrap().contains(schema));
    }
    let error = refused(&at.join("key"), &["init"]);
    assert!(error.contains("init: the key `leaklint` of package.json configures this directory already"), "{error}");
}

#[test]
fn the_schema_takes_what_leaklint_takes() {
    let project = project(&[("a.js", "1;\n")]);
    let at = project.path();
    let (exit, schema, _) = leaklint(at, &["schema"]);
    assert_eq!(exit, 0);
    assert_eq!(
        schema,
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/schema/leaklint.schema.json")).unwrap()
    );
    let schema = jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap();
    let taken = |text: &str| {
        write(at, &[("leaklint.json", text)]);
        let (exit, _, _) = leaklint(at, &[]);
        (schema.is_valid(&serde_json::from_str(text).unwrap()), exit != 2)
    };
    for text in [
        "{}",
        BUS,
        r#"{ "$schema": "x", "extends": [], "rules": { "all": "off", "growth": ["warn"], "unbounded-cache": ["error", { "minConfidence": "low" }] } }"#,
        r#"{ "minConfidence": "low", "exclude": ["gen"], "environments": ["node"], "shortLived": false }"#,
        r#"{ "overrides": [{ "files": ["a"], "exclude": ["b"], "rules": {}, "minConfidence": "high", "environments": [], "shortLived": true }] }"#,
        r#"{ "suppressions": { "requireReason": true, "reportUnused": "error" } }"#,
        r#"{ "models": { "api": [{ "call": ["a"], "runs": { "arg": 0, "times": "now" } }], "words": { "setup": ["begin"] } } }"#,
    ] {
        assert_eq!(taken(text), (true, true), "{text}");
    }
    for text in [
        "[]",
        r#"{ "rule": {} }"#,
        r#"{ "rules": { "unbound-cache": "warn" } }"#,
        r#"{ "rules": { "all": "warning" } }"#,
        r#"{ "rules": { "all": 2 } }"#,
        r#"{ "rules": { "all": [] } }"#,
        r#"{ "rules": { "all": ["warn", {}, {}] } }"#,
        r#"{ "rules": { "all": ["warn", { "max": 1 }] } }"#,
        r#"{ "minConfidence": null }"#,
        r#"{ "exclude": "gen" }"#,
        r#"{ "environments": ["deno"] }"#,
        r#"{ "overrides": [{ "rules": {} }] }"#,
        r#"{ "suppressions": { "requireReason": "yes" } }"#,
        r#"{ "models": { "api": [{ "call": "a" }] } }"#,
        r#"{ "models": { "api": [{ "call": ["a"], "runs": { "arg": true, "times": "now" } }] } }"#,
    ] {
        assert_eq!(taken(text), (false, false), "{text}");
    }
}

#[test]
fn the_example_in_the_readme_is_one() {
    let readme = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let start = readme.find("```json\n").unwrap() + "```json\n".len();
    let example = &readme[start..start + readme[start..].find("```").unwrap()];
    let code = "import { bus } from './lib/bus';\nexport const follow = (show) => bus.hear('order', () => show());\n";
    assert_eq!(before_and_after(example, "a.mjs", code), (vec![], vec!["2 accumulating-listener".to_string()]));
}

#[test]
fn the_configuration_in_the_readme_is_one() {
    let readme = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let rest = readme.split_once("<!-- configuration -->\n```jsonc\n").unwrap().1;
    let example = rest.split_once("```").unwrap().0;
    let files = [
        ("leaklint.json", example),
        ("shared/leaklint.json", "{}"),
        ("scripts/daemon.js", HIGH),
        ("vendor/a.js", HIGH),
    ];
    let project = project(&files);
    write(project.path(), &[("package.json", "{}")]);
    assert_eq!(findings(project.path(), &[]), ["scripts/daemon.js:4 error unbounded-cache[high]"]);
}

#[test]
fn every_example_on_the_page_is_a_configuration() {
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/configuration.md")).unwrap();
    let schema = serde_json::from_str(leaklint::config::SCHEMA).unwrap();
    let keys: Vec<String> =
        Value::as_object(&schema).unwrap()["properties"].as_object().unwrap().keys().cloned().collect();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let examples: Vec<&str> = page.split("```json\n").skip(1).map(|rest| rest.split_once("```").unwrap().0).collect();
    let package = "app/node_modules/@acme/leaklint-config/leaklint.json";
    for example in &examples {
        let project =
            project(&[("app/leaklint.json", example), ("leaklint.json", "{}"), (package, "{}"), ("app/a.js", "1;\n")]);
        let (exit, _, error) = leaklint(&project.path().join("app"), &["--format", "json"]);
        assert_eq!((exit, error.as_str()), (0, ""), "{example}");
        assert!(schema.is_valid(&serde_json::from_str(example).unwrap()), "{example}");
    }
    for key in keys {
        let quoted = format!("\"{key}\":");
        assert!(examples.iter().any(|example| example.contains(&quoted)), "no example of {key}");
        assert!(page.contains(&format!("## `{key}`")), "no heading for {key}");
    }
}
