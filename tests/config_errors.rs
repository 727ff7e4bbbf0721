//! What a mistake in a flag or a configuration is answered with, through the built binary: what is wrong, where, and
//! what to write instead. Nothing is linted then, and the exit code is 2.
#![allow(clippy::unwrap_used, reason = "what cannot be unwrapped fails the test")]

#[path = "common/project.rs"]
mod common;

use common::{HIGH, findings, leaklint, project, refused, write};
use insta::assert_snapshot;
use std::fs;

/// What is said of a `leaklint.json`.
fn mistake(config: &str) -> String {
    refused(project(&[("leaklint.json", config), ("a.js", HIGH)]).path(), &[])
}

#[test]
fn an_unknown_rule() {
    assert_snapshot!(mistake(
        "{\n  // ours\n  \"rules\": {\n    \"all\": \"warn\",\n    \"unbound-cache\": \"error\",\n  },\n}\n"
    ));
}

#[test]
fn an_unknown_key() {
    assert_snapshot!(mistake("{\n  \"excludes\": [\"gen\"]\n}\n"));
}

#[test]
fn an_unknown_level() {
    assert_snapshot!(mistake("{ \"rules\": { \"growth\": [\"err\", {}] } }\n"));
}

#[test]
fn a_value_of_another_type() {
    assert_snapshot!(mistake(
        "{\n  \"overrides\": [\n    { \"files\": \"scripts/**\", \"rules\": { \"all\": \"off\" } }\n  ]\n}\n"
    ));
}

#[test]
fn no_json() {
    assert_snapshot!(mistake("{\n  \"exclude\": [\"gen\"]\n  \"rules\": {}\n}\n"));
}

#[test]
fn a_glob_that_means_nothing() {
    assert_snapshot!(mistake("{\n  \"exclude\": [\"gen\", \"src\\\\out\"]\n}\n"));
}

#[test]
fn an_unknown_kind_in_models() {
    assert_snapshot!(mistake(
        "{\n  \"models\": {\n    \"kind\": [{ \"name\": \"Bus\", \"is\": [\"EventEmiter\"] }]\n  }\n}\n"
    ));
}

#[test]
fn an_unknown_key_deep_in_models() {
    assert_snapshot!(mistake(
        "{\n  \"models\": {\n    \"api\": [{ \"call\": [\"listen\"], \"runs\": { \"arg\": 0, \"time\": \"many\" } }]\n  }\n}\n"
    ));
}

#[test]
fn two_configurations_in_one_directory() {
    let project =
        project(&[("app/leaklint.json", "{}\n"), ("app/package.json", "{ \"leaklint\": {} }"), ("app/a.js", HIGH)]);
    assert_snapshot!(refused(project.path(), &[]));
    fs::remove_file(project.path().join("app/package.json")).unwrap();
    write(project.path(), &[("app/leaklint.jsonc", "{}")]);
    let error = refused(project.path(), &[]);
    assert!(error.contains("app/leaklint.json and app/leaklint.jsonc both configure this directory"), "{error}");
}

#[test]
fn a_mistake_in_a_package_json() {
    let package = "{\n  \"name\": \"app\",\n  \"leaklint\": {\n    \"minConfidence\": \"sure\"\n  }\n}\n";
    assert_snapshot!(refused(project(&[("package.json", package), ("a.js", HIGH)]).path(), &[]));
}

#[test]
fn what_is_extended_is_not_there() {
    let with = |extends: &str| {
        let config = format!("{{ \"extends\": {extends} }}\n");
        let files = [
            ("leaklint.json", config.as_str()),
            ("base.json", "{}"),
            ("node_modules/@acme/lint/strict.json", "{}"),
            ("a.js", HIGH),
        ];
        refused(project(&files).path(), &[])
    };
    assert_snapshot!(with("[\"./base.json\", \"./bases.json\"]"));
    for (extends, words) in [
        ("\"base.json\"", ["there is no package `base.json` in `node_modules`", "write `./base.json` for the file"]),
        ("\"@acme/nowhere\"", ["there is no package `@acme/nowhere`", "install it"]),
        ("\"@acme/lint\"", ["the package `@acme/lint` has no `leaklint.json`", "name the file in it"]),
        (
            "\"@acme/lint/strickt.json\"",
            ["there is no file `@acme/lint/strickt.json`", "did you mean `@acme/lint/strict.json`?"],
        ),
        ("\".\"", ["`.` is neither a file nor a package", "write `./file.json`"]),
        ("\"./node_modules\"", ["`./node_modules` is a directory", "./node_modules/leaklint.json"]),
        ("\"\"", ["is neither a file nor a package", "write `./file.json`"]),
    ] {
        let error = with(extends);
        assert!(words.iter().all(|word| error.contains(word)) && error.contains("[leaklint.json:1:14]"), "{error}");
    }
}

#[test]
fn files_that_extend_each_other() {
    let project = project(&[
        ("leaklint.json", "{ \"extends\": \"./shared/a.json\" }\n"),
        ("shared/a.json", "{ \"extends\": [\"./b.json\"] }\n"),
        ("shared/b.json", "{ \"extends\": [\"./c.json\", \"./a.json\"] }\n"),
        ("shared/c.json", "{}"),
        ("a.js", HIGH),
    ]);
    assert_snapshot!(refused(project.path(), &[]));
}

#[test]
fn a_mistake_in_what_is_extended_is_shown_there() {
    let project = project(&[
        ("leaklint.json", "{ \"extends\": \"./base.json\" }"),
        ("base.json", "{\n  \"min-confidence\": \"high\"\n}\n"),
        ("a.js", HIGH),
    ]);
    assert_snapshot!(refused(project.path(), &[]));
}

#[test]
fn mistakes_of_several_files_are_told_together_and_once() {
    let bad = "{ \"rule\": {} }\n";
    let files = [
        ("one/leaklint.json", bad),
        ("two/leaklint.json", bad),
        ("one/a.js", HIGH),
        ("one/b.js", HIGH),
        ("two/a.js", HIGH),
    ];
    let project = project(&files);
    let error = refused(project.path(), &[]);
    assert_eq!(error.matches("there is no key `rule`").count(), 2, "{error}");
    assert!(error.contains("[one/leaklint.json:1:3]") && error.contains("[two/leaklint.json:1:3]"), "{error}");
    // The other one is not asked.
    write(project.path(), &[("one/leaklint.json", "{}")]);
    assert_eq!(findings(project.path(), &["one"]).len(), 2);
    assert_eq!(leaklint(project.path(), &["why", "two/a.js:4"]).0, 2);
    assert_eq!(leaklint(project.path(), &["--print-config", "two/a.js"]).0, 2);
    assert_eq!(leaklint(project.path(), &["--show-files"]).0, 2);
    let (exit, out, _) = leaklint(project.path(), &["--format", "json"]);
    assert_eq!((exit, out.as_str()), (2, ""), "machines read no frames");
}

#[test]
fn the_frame_is_coloured_where_colours_are_asked_for() {
    let project = project(&[("leaklint.json", "{ \"rule\": {} }"), ("a.js", HIGH)]);
    assert!(refused(project.path(), &["--color", "always"]).contains('\x1b'));
    assert!(!refused(project.path(), &[]).contains('\x1b'));
}

#[test]
fn a_mistake_in_a_flag() {
    let project = project(&[("a.js", HIGH), ("package.json", "{}"), ("base.json", "{ \"rule\": 1 }")]);
    let said = |arguments: &[&str]| refused(project.path(), arguments);
    for (arguments, words) in [
        (&["-c", "nowhere.json"][..], "--config nowhere.json: there is no such file"),
        (&["-c", "."], "--config .: this is a directory; name the file: ./leaklint.json"),
        (&["-c", "package.json"], "--config package.json: there is no key `leaklint` in it"),
        (&["-c", "base.json"], "there is no key `rule`"),
        (&["-c", "base.json", "--isolated"], "cannot be used with"),
        (&["--exclude", "{a"], "--exclude {a: `{a` is no glob: unclosed alternate group"),
        (&["--exclude", "../a"], "--exclude ../a: a glob cannot leave its directory"),
        (&["--exclude", ""], "this glob is empty; write a name"),
        (&["-D", "unbound-cache"], "--deny unbound-cache: no such rule or category; did you mean `unbounded-cache`?"),
        (&["-A", "syntax-error"], "--allow syntax-error: no such rule or category"),
        (&["--only", "growth"], "--only growth: no such rule; for a category write `-A all -D growth`"),
        (&["--only", "growht"], "--only growht: no such rule; `leaklint rules` lists them"),
        (&["--min-confidence", "hihg"], "a similar value exists: 'high'"),
        (&["--min-confidence", "high", "--pedantic"], "cannot be used with"),
        (&["--print-config", "a.js", "--show-files"], "cannot be used with"),
        (&["--print-config", "a.js", "a.js"], "cannot be used with"),
        (&["--show-file"], "a similar argument exists: '--show-files'"),
        (&["rules", "-c", "base.json"], "unexpected argument '-c'"),
        (&["init", "--isolated"], "unexpected argument '--isolated'"),
        (&["inti"], "inti does not exist; did you mean `leaklint init`?"),
        (&["exlain", "unbounded-cache"], "exlain does not exist; did you mean `leaklint explain`?"),
        (&["why", "b.js:1"], "error: b.js does not exist"),
        (&["-j", "0"], "'--threads <N>': write a number, 1 or more"),
        (&["--max-warnings", "none"], "'--max-warnings <N>': write a number, such as 0"),
        (&["--stdin-filename", "."], "--stdin-filename .: "),
    ] {
        let error = said(arguments);
        assert!(error.contains(words), "{arguments:?}: {error}");
    }
}
