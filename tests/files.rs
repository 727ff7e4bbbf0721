//! Which files a run is about, through the built binary: repositories in repositories, links, and odd names.
#![allow(clippy::unwrap_used, reason = "what cannot be unwrapped fails the test")]

#[path = "common/project.rs"]
mod common;

use common::{HIGH, findings, leaklint, leaklint_with, project, refused, write};
use std::path::Path;

/// The files that would be linted.
fn shown(directory: &Path, arguments: &[&str]) -> Vec<String> {
    let (exit, out, error) = leaklint(directory, &[&["--show-files"], arguments].concat());
    assert_eq!((exit, error.as_str()), (0, ""));
    out.lines().map(str::to_string).collect()
}

#[test]
fn shown_files_are_those_that_are_linted() {
    let bundle = format!("{}\n", "var a=1;".repeat(2000));
    let project = project(&[
        ("a.js", HIGH),
        ("types.d.ts", ""),
        ("dist.js", &bundle),
        ("node_modules/x/a.js", ""),
        ("b.vue", "<script>1</script>"),
        ("README.md", ""),
    ]);
    assert_eq!(shown(project.path(), &[]), ["a.js", "b.vue"]);
    assert_eq!(shown(project.path(), &["dist.js"]), ["dist.js"], "named");
    assert_eq!(shown(project.path(), &["README.md"]), [""; 0]);
    let (exit, out, _) = leaklint(project.path(), &["--show-files", "--format", "json"]);
    assert_eq!((exit, out.as_str()), (0, "a.js\nb.vue\n"), "and nothing else");
}

#[test]
fn ignore_files_count_up_to_the_repository() {
    let project = project(&[
        (".gitignore", "*"),
        ("leaklint.json", r#"{ "exclude": ["*"] }"#),
        ("repo/.git/HEAD", ""),
        ("repo/.git/info/exclude", "local/\n"),
        ("repo/.gitignore", "/out\n!keep.gen.js\n"),
        ("repo/a.js", ""),
        ("repo/out/b.js", ""),
        ("repo/local/c.js", ""),
        ("repo/src/out/d.js", ""),
        ("repo/src/.gitignore", "*.gen.js\n!/own.gen.js"),
        ("repo/src/own.gen.js", ""),
        ("repo/src/e.gen.js", ""),
    ]);
    let repo = project.path().join("repo");
    let all = ["a.js", "src/out/d.js", "src/own.gen.js"];
    assert_eq!(shown(&repo, &[]), all);
    assert_eq!(shown(&repo.join("src"), &[]), ["out/d.js", "own.gen.js"]);
    assert_eq!(shown(&repo.join("src"), &[".."]), ["../a.js", "out/d.js", "own.gen.js"]);
    assert_eq!(shown(project.path(), &["repo"]), all.map(|file| format!("repo/{file}")));
    // A worktree is a repository too.
    std::fs::remove_dir_all(repo.join(".git")).unwrap();
    write(&repo, &[(".git", "gitdir: elsewhere\n")]);
    assert_eq!(shown(&repo, &["src"]), ["src/out/d.js", "src/own.gen.js"]);
}

#[test]
fn a_repository_in_a_repository_is_entered_when_named() {
    let project = project(&[
        (".git/HEAD", ""),
        ("a.js", ""),
        (".worktrees/fix/.git", "gitdir: elsewhere"),
        (".worktrees/fix/a.js", ""),
        ("vendor/lib/.git/HEAD", ""),
        ("vendor/lib/b.js", ""),
        ("vendor/plain/c.js", ""),
    ]);
    assert_eq!(shown(project.path(), &[]), ["a.js", "vendor/plain/c.js"]);
    assert_eq!(shown(project.path(), &["vendor"]), ["vendor/plain/c.js"]);
    assert_eq!(shown(project.path(), &["vendor/lib", ".worktrees/fix"]), [".worktrees/fix/a.js", "vendor/lib/b.js"]);
    assert_eq!(shown(&project.path().join("vendor/lib"), &[]), ["b.js"]);
}

#[test]
fn repositories_beside_each_other_are_all_entered() {
    let project = project(&[
        ("one/.git/HEAD", ""),
        ("one/.gitignore", "gen"),
        ("one/a.js", ""),
        ("one/gen/b.js", ""),
        ("two/.git/HEAD", ""),
        ("two/gen/c.js", ""),
        ("tree/.git", "gitdir: elsewhere"),
        ("tree/d.js", ""),
    ]);
    assert_eq!(shown(project.path(), &[]), ["one/a.js", "two/gen/c.js"]);
}

#[test]
fn every_package_has_its_configuration_and_its_kind_of_module() {
    // In a module, the assignment throws; in a sloppy script, it makes a global.
    let global = "function load(request) {\n  kept = { request };\n}\nsetInterval(() => load(read()), 1000);\n";
    let global = &format!("{global}const all = [];\nsetInterval(() => all.push(read()), 1000);\n");
    let project = project(&[
        (".git/HEAD", ""),
        ("package.json", r#"{ "private": true, "workspaces": ["packages/*"] }"#),
        ("leaklint.json", r#"{ "rules": { "all": "warn" } }"#),
        ("packages/esm/package.json", r#"{ "name": "esm", "type": "module" }"#),
        ("packages/esm/src/a.js", global),
        ("packages/cjs/package.json", r#"{ "name": "cjs", "leaklint": { "extends": "../../leaklint.json" } }"#),
        ("packages/cjs/src/a.js", global),
        ("packages/own/package.json", r#"{ "name": "own" }"#),
        ("packages/own/leaklint.jsonc", "{ /* as it comes */ }"),
        ("packages/own/a.js", global),
    ]);
    let expected = [
        "packages/cjs/src/a.js:2 warn implicit-global[medium]",
        "packages/cjs/src/a.js:6 warn unbounded-cache[high]",
        "packages/esm/src/a.js:6 warn unbounded-cache[high]",
        "packages/own/a.js:2 warn implicit-global[medium]",
        "packages/own/a.js:6 error unbounded-cache[high]",
    ];
    assert_eq!(findings(project.path(), &[]), expected);
    for threads in ["1", "4"] {
        assert_eq!(findings(project.path(), &["-j", threads, "packages/own", "packages/cjs/src", "."]), expected);
    }
    let inside = findings(&project.path().join("packages/own"), &["."]);
    assert_eq!(inside, ["a.js:2 warn implicit-global[medium]", "a.js:6 error unbounded-cache[high]"]);
}

#[test]
fn odd_names_are_names() {
    let names = [
        "a b/c d.js",
        "größe/日本 🎉.ts",
        "posts.$id.tsx",
        "[slug]/(group)/@modal.js",
        "-dash.js",
        "quote'\".js",
        "{a,b}.js",
    ];
    let project = project(&names.map(|name| (name, HIGH)));
    let at = project.path();
    let mut sorted = names.map(str::to_string);
    sorted.sort();
    assert_eq!(shown(at, &[]), sorted);
    for name in names {
        let named = format!("./{name}");
        assert_eq!(findings(at, &[&named]), [format!("{name}:4 error unbounded-cache[high]")]);
    }
    write(
        at,
        &[("leaklint.json", r#"{ "exclude": ["größe/*.ts", "a b", "\\[slug\\]", "\\{a,b\\}.js", "quote'\".js"] }"#)],
    );
    assert_eq!(shown(at, &[]), ["-dash.js", "posts.$id.tsx"]);
    let (_, printed, _) = leaklint(at, &["--print-config", "größe/日本 🎉.ts"]);
    assert!(printed.contains("\"excludedBy\": \"exclude of leaklint.json\""), "{printed}");
}

#[test]
fn paths_go_up_and_round() {
    let project = project(&[
        ("app/src/a.js", HIGH),
        ("lib/b.js", HIGH),
        ("lib/leaklint.json", r#"{ "rules": { "all": "warn" } }"#),
    ]);
    let app = project.path().join("app");
    let found = ["../lib/b.js:4 warn unbounded-cache[high]", "src/a.js:4 error unbounded-cache[high]"];
    assert_eq!(findings(&app, &["../lib", "src/../src/./a.js", "../app/../lib/b.js"]), found);
    let whole = project.path().join("lib/b.js");
    assert_eq!(findings(&app, &[whole.to_str().unwrap()]), found[..1]);
    assert_eq!(
        findings(&project.path().join("app/src"), &["../.."]),
        ["../../lib/b.js:4 warn unbounded-cache[high]", "a.js:4 error unbounded-cache[high]"]
    );
}

#[cfg(unix)]
#[test]
fn links_are_followed_when_named_and_circles_end() {
    use std::os::unix::fs::symlink;
    let project = project(&[
        ("src/a.js", HIGH),
        ("real/leaklint.json", r#"{ "rules": { "all": "warn" } }"#),
        ("real/b.js", HIGH),
        (".git/HEAD", ""),
    ]);
    let at = project.path();
    symlink(at, at.join("src/up")).unwrap();
    symlink("loop", at.join("loop")).unwrap();
    symlink("loop.js", at.join("loop.js")).unwrap();
    symlink(at.join("real"), at.join("linked")).unwrap();
    symlink(at.join("nowhere.js"), at.join("broken.js")).unwrap();
    let both = ["real/b.js:4 warn unbounded-cache[high]", "src/a.js:4 error unbounded-cache[high]"];
    assert_eq!(findings(at, &[]), both);
    assert_eq!(findings(at, &["linked", "src/up/src"]), both);
    assert_eq!(findings(at, &["linked/b.js"]), both[..1], "with the configuration of where it lies");
    assert!(refused(at, &["broken.js"]).contains("broken.js does not exist"));
    assert!(refused(at, &["loop.js"]).contains("cannot look at loop.js"));
}

#[cfg(unix)]
#[test]
fn a_name_that_is_no_text_is_shown_as_well_as_can_be() {
    use std::os::unix::ffi::OsStrExt;
    let project = project(&[("a.js", "")]);
    let name = std::ffi::OsStr::from_bytes(b"b\xff.js");
    if std::fs::write(project.path().join(name), HIGH).is_err() {
        return; // Not every file system takes it.
    }
    assert_eq!(findings(project.path(), &[]), ["b\u{fffd}.js:4 error unbounded-cache[high]"]);
}

#[test]
fn standard_input_may_be_any_file() {
    let project = project(&[
        ("src/a.js", ""),
        ("dir.js/a.js", ""),
        ("web/leaklint.json", r#"{ "exclude": ["*"], "rules": { "all": "warn" } }"#),
    ]);
    let piped =
        |name: &str| leaklint_with(project.path(), &["--format", "concise", "-", "--stdin-filename", name], HIGH);
    for name in ["src/a.js", "new dir/größe.js", "./src/../b.js"] {
        let (exit, out, _) = piped(name);
        assert!(exit == 1 && out.contains(".js:4:3: error unbounded-cache"), "{out}");
    }
    assert!(piped("web/c.js").1.starts_with("web/c.js:4:3: warn"), "it is named, so it is linted");
    for name in ["src", "a.css", "dir.js"] {
        assert_eq!(piped(name).0, 2, "{name}");
    }
}
