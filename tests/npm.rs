//! The npm packages: laid out, packed, installed into an empty project by the real npm, and run.
//!
//! Nothing is fetched: npm runs offline, with a cache of its own. Without node and npm the tests say that they are
//! skipped; with `LEAKLINT_REQUIRE_PROOFS=1` they fail.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "what cannot be unwrapped fails the test")]

#[path = "common/run.rs"]
mod run;

use run::{Output, Project};
use serde_json::Value;
use std::env;
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const BINARY: &str = env!("CARGO_BIN_EXE_leaklint");
const VERSION: &str = env!("CARGO_PKG_VERSION");

const CLEAN: &str = "export const one = 1;\n";
const LEAK: &str = "const seen = [];\nrequire('http').createServer((req) => seen.push(req.url));\n";

/// Runs a program of Node's in a directory, away from what this machine is set up with.
fn run(program: impl AsRef<Path>, directory: &Path, arguments: &[&str]) -> Output {
    command(program, directory, arguments).output().unwrap().into()
}

fn command(program: impl AsRef<Path>, directory: &Path, arguments: &[&str]) -> Command {
    static CACHE: OnceLock<PathBuf> = OnceLock::new();
    let cache = CACHE.get_or_init(|| Path::new(env!("CARGO_TARGET_TMPDIR")).join("npm-cache"));
    let mut command = Command::new(program.as_ref());
    command
        .args(arguments)
        .current_dir(directory)
        .env("npm_config_cache", cache)
        .env("npm_config_userconfig", "/dev/null")
        .env("npm_config_offline", "true")
        .env("npm_config_ignore_scripts", "true")
        .env("npm_config_audit", "false")
        .env("npm_config_fund", "false")
        .env("npm_config_update_notifier", "false")
        .env_remove("LEAKLINT_BINARY")
        .env_remove("NO_COLOR")
        .env_remove("FORCE_COLOR");
    command
}

fn ok(output: &Output) {
    assert_eq!(output.code, 0, "{}{}", output.stdout, output.stderr);
}

fn has_npm() -> bool {
    run::has_programs(&["node", "npm"], "the npm packages are")
}

fn platforms() -> Vec<Value> {
    serde_json::from_str(&fs::read_to_string(Path::new(ROOT).join("npm/platforms.json")).unwrap()).unwrap()
}

/// The package of the machine that runs the test; any will do where leaklint has none for it.
fn platform() -> String {
    let os = if cfg!(target_os = "macos") { "darwin" } else { env::consts::OS };
    let cpu = if cfg!(target_arch = "aarch64") { "arm64" } else { "x64" };
    let libc = if cfg!(target_env = "musl") { "-musl" } else { "" };
    format!("{os}-{cpu}{libc}")
}

/// The packages of a release, laid out with the built binary for every platform.
fn packages(platforms: &[String]) -> Project {
    let out = Project::new(&[]);
    let binaries = platforms.iter().map(|name| format!("{name}={BINARY}"));
    let arguments: Vec<String> =
        [format!("{ROOT}/npm/pack.mjs"), ".".to_string()].into_iter().chain(binaries).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    ok(&run("node", out.path(), &arguments));
    out
}

/// The tarballs of `leaklint` and of the package of this platform, made once.
fn tarballs() -> Option<&'static [String; 2]> {
    static TARBALLS: OnceLock<Option<(Project, [String; 2])>> = OnceLock::new();
    let made = TARBALLS.get_or_init(|| {
        has_npm().then(|| {
            let out = packages(&[platform()]);
            let pack = |name: &str| {
                let packed = run("npm", out.path(), &["pack", "--json", &format!("./{name}")]);
                ok(&packed);
                out.at(packed.json()[0]["filename"].as_str().unwrap()).display().to_string()
            };
            let packed = [pack("leaklint"), pack(&platform())];
            (out, packed)
        })
    });
    made.as_ref().map(|(_, packed)| packed)
}

/// An empty project with packages installed.
fn installed(tarballs: &[String]) -> Project {
    let project = Project::new(&[("package.json", "{}")]);
    let mut arguments = vec!["install", "--save-dev"];
    arguments.extend(tarballs.iter().map(String::as_str));
    ok(&run("npm", project.path(), &arguments));
    project
}

#[test]
fn installed_from_tarballs_it_lints() {
    let Some(tarballs) = tarballs() else { return };
    let project = installed(tarballs);
    project.write("src/leak.js", LEAK);
    let launcher = project.at("node_modules/.bin/leaklint");
    let bare = run(BINARY, project.path(), &["src", "--format", "concise"]);
    assert!(bare.stdout.contains("src/leak.js:2:") && bare.stdout.contains("unbounded-cache"), "{}", bare.stdout);
    for output in [
        run("npx", project.path(), &["--no-install", "leaklint", "src", "--format", "concise"]),
        run(&launcher, project.path(), &["src", "--format", "concise"]),
    ] {
        assert_eq!((output.code, &output.stdout), (1, &bare.stdout), "{}", output.stderr);
    }
    let output = run(&launcher, project.path(), &["src"]);
    assert!(output.stderr.contains("1 error, 0 warnings in 1 file"), "{}", output.stderr);
    project.write("src/leak.js", CLEAN);
    ok(&run("npx", project.path(), &["--no-install", "leaklint", "src"]));
    ok(&run(&launcher, project.path(), &["src"]));
    assert_eq!(run(&launcher, project.path(), &["--version"]).stdout, format!("leaklint {VERSION}\n"));
    assert_eq!(run(&launcher, project.path(), &["--no-such-flag"]).code, 2);
    // A script of package.json.
    project.write("package.json", r#"{ "scripts": { "leaks": "leaklint src" } }"#);
    ok(&run("npm", project.path(), &["run", "--silent", "leaks"]));
}

#[test]
fn it_reads_standard_input() {
    let Some(tarballs) = tarballs() else { return };
    let project = installed(tarballs);
    let mut child = command("node_modules/.bin/leaklint", project.path(), &["-", "--format", "json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(LEAK.as_bytes()).unwrap();
    let output = Output::from(child.wait_with_output().unwrap());
    assert_eq!((output.code, output.json()["summary"]["errors"].as_u64()), (1, Some(1)));
}

#[test]
fn init_points_at_the_schema_of_the_package() {
    let Some(tarballs) = tarballs() else { return };
    let project = installed(tarballs);
    ok(&run("node_modules/.bin/leaklint", project.path(), &["init"]));
    let config: Value = serde_json::from_str(&project.read("leaklint.json")).unwrap();
    assert_eq!(config["$schema"], "./node_modules/leaklint/schema.json");
    let schema = run(BINARY, project.path(), &["schema"]).stdout;
    assert_eq!(project.read("node_modules/leaklint/schema.json"), schema);
}

#[test]
fn without_the_program_it_says_what_to_do() {
    let Some(tarballs) = tarballs() else { return };
    let project = installed(&tarballs[..1]);
    let launcher = project.at("node_modules/.bin/leaklint");
    let output = run(&launcher, project.path(), &["."]);
    assert_eq!((output.code, output.stdout.as_str()), (2, ""));
    let wanted = format!("error: the package @leaklint/{} is not installed", platform());
    assert!(output.stderr.starts_with(&wanted), "{}", output.stderr);
    for word in ["--omit=optional", "npm install leaklint", "LEAKLINT_BINARY"] {
        assert!(output.stderr.contains(word), "{word} in {}", output.stderr);
    }
    assert!(!output.stderr.contains("    at "), "no stack: {}", output.stderr);

    let with = |binary: &str| -> Output {
        command(&launcher, project.path(), &["--version"]).env("LEAKLINT_BINARY", binary).output().unwrap().into()
    };
    assert_eq!(with(BINARY).stdout, format!("leaklint {VERSION}\n"));
    let missing = with("/nowhere/leaklint");
    assert_eq!(missing.code, 2);
    assert!(missing.stderr.contains("LEAKLINT_BINARY is /nowhere/leaklint"), "{}", missing.stderr);
    project.write("broken", "");
    let broken = with(project.at("broken").to_str().unwrap());
    assert!(broken.code == 2 && broken.stderr.contains("does not start"), "{}", broken.stderr);
}

/// What the launcher finds on a machine of another kind: `process` and `fs` are made to say so.
#[test]
fn each_platform_has_its_package() {
    if !has_npm() {
        return;
    }
    let names: Vec<String> = platforms().iter().map(|it| it["name"].as_str().unwrap().to_owned()).collect();
    let out = packages(&names);
    let scope = out.at("app/node_modules/@leaklint");
    fs::create_dir_all(&scope).unwrap();
    fs::rename(out.at("leaklint"), out.at("app/node_modules/leaklint")).unwrap();
    for name in &names {
        fs::rename(out.at(name), scope.join(name)).unwrap();
    }
    let machine = |os: &str, cpu: &str, loaders: &str| {
        let pretend = format!(
            "Object.defineProperty(process, 'platform', {{ value: '{os}' }});
             Object.defineProperty(process, 'arch', {{ value: '{cpu}' }});
             const fs = require('fs');
             fs.existsSync = (path) => '{loaders}'.split(' ').includes(path);
             require('child_process').spawn = (binary) => {{
               console.log(require('path').relative('node_modules/@leaklint', binary));
               return {{ on() {{}} }};
             }};
             require('./node_modules/leaklint/bin/leaklint');"
        );
        let output = run("node", &out.at("app"), &["-e", &pretend]);
        output.stdout + &output.stderr
    };
    let glibc = "/lib64/ld-linux-x86-64.so.2 /lib/ld-linux-aarch64.so.1";
    for (os, cpu, loaders, program) in [
        ("linux", "x64", glibc, "linux-x64/leaklint"),
        ("linux", "arm64", glibc, "linux-arm64/leaklint"),
        ("linux", "x64", "/lib/ld-musl-x86_64.so.1", "linux-x64-musl/leaklint"),
        ("linux", "arm64", "/lib/ld-musl-aarch64.so.1", "linux-arm64-musl/leaklint"),
        ("linux", "x64", "", "linux-x64-musl/leaklint"),
        ("darwin", "x64", "", "darwin-x64/leaklint"),
        ("darwin", "arm64", "", "darwin-arm64/leaklint"),
        ("win32", "x64", "", "win32-x64/leaklint.exe"),
    ] {
        assert_eq!(machine(os, cpu, loaders).trim(), program, "{os} {cpu} {loaders}");
        assert!(scope.join(program).exists());
    }
    let unknown = machine("linux", "riscv64", "");
    assert!(
        unknown.contains("there is no program for linux on riscv64") && unknown.contains("cargo install"),
        "{unknown}"
    );
    // Where the package for glibc is not there, the static one serves.
    fs::remove_dir_all(scope.join("linux-x64")).unwrap();
    assert_eq!(machine("linux", "x64", glibc).trim(), "linux-x64-musl/leaklint");
}

/// A program that is killed ends the launcher in the same way, and a signal to the launcher reaches it.
#[test]
fn signals_go_through() {
    if !has_npm() {
        return;
    }
    let out = packages(&[]);
    let launcher = out.at("leaklint/bin/leaklint");
    let program = |script: &str| {
        let path = out.at("program");
        out.write("program", &format!("#!/bin/sh\n{script}\n"));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        let mut command = command("node", out.path(), &[launcher.to_str().unwrap()]);
        command.env("LEAKLINT_BINARY", path).stdout(Stdio::piped());
        command
    };
    use std::os::unix::process::ExitStatusExt;
    assert_eq!(program("kill -KILL $$").output().unwrap().status.signal(), Some(9));
    assert_eq!(program("kill -TERM $$").output().unwrap().status.signal(), Some(15));
    // The program answers the signal; while it waits, it has said that it is there.
    let caught = "trap 'echo caught; exit 7' TERM\nkill -TERM $PPID\nwhile :; do sleep 0.05; done";
    let output = Output::from(program(caught).output().unwrap());
    assert_eq!((output.code, output.stdout.as_str()), (7, "caught\n"));
}
