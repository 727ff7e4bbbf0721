//! The commands of `action.yml` and of `docs/ci.md`, run in throw-away repositories.
//!
//! Not executed: other people's actions (checkout, cache, upload), which are only named, and what installs
//! leaklint: `cargo` is a stand-in that notes its arguments and copies the built binary.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "what cannot be unwrapped fails the test")]

#[path = "common/run.rs"]
mod run;

use run::{Output, Project, git, repository};
use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use yaml_rust2::{Yaml, YamlLoader};

const CLEAN: &str = "export const one = 1;\n";
const LEAK: &str = "const seen = [];\nrequire('http').createServer((req) => seen.push(req.url));\n";
/// Another one.
const NEW: &str = "const urls = [];\nrequire('http').createServer((req) => urls.push(req.url));\n";

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

fn yaml(text: &str) -> Yaml {
    YamlLoader::load_from_str(text).unwrap().remove(0)
}

fn text(yaml: &Yaml) -> String {
    yaml.as_str().unwrap_or_default().to_string()
}

/// A machine that runs steps.
struct Machine {
    directory: PathBuf,
    temporary: Project,
    /// What `${{ … }}` stands for.
    values: BTreeMap<String, String>,
    path: Vec<PathBuf>,
}

impl Machine {
    fn new(directory: &Path, has_leaklint: bool) -> Self {
        let temporary = Project::new(&[]);
        let binary = PathBuf::from(env!("CARGO_BIN_EXE_leaklint"));
        let programs = temporary.at("bin");
        fs::create_dir(&programs).unwrap();
        let cargo = format!(
            "#!/bin/sh\necho \"$@\" >>{log}\nwhile [ $# -gt 1 ] && [ \"$1\" != --root ]; do shift; done\n\
             if [ $# -gt 1 ]; then mkdir -p \"$2/bin\" && cp {binary} \"$2/bin/\"; fi\n",
            log = temporary.at("cargo.log").display(),
            binary = binary.display(),
        );
        fs::write(programs.join("cargo"), cargo).unwrap();
        fs::set_permissions(programs.join("cargo"), fs::Permissions::from_mode(0o755)).unwrap();
        let mut path = vec![programs];
        path.extend(has_leaklint.then(|| binary.parent().unwrap().to_owned()));
        // A machine may have a leaklint of its own.
        let system = env::var_os("PATH").unwrap_or_default();
        path.extend(env::split_paths(&system).filter(|directory| !directory.join("leaklint").exists()));
        let values =
            [("runner.temp", temporary.path().to_str().unwrap()), ("runner.os", "Linux"), ("runner.arch", "X64")];
        let values = values.map(|(key, value)| (key.to_string(), value.to_string()));
        Self { directory: directory.to_owned(), temporary, values: values.into(), path }
    }

    /// What a text says with all expressions in it replaced.
    fn filled(&self, text: &str) -> String {
        let mut parts = text.split("${{");
        let mut filled = parts.next().unwrap().to_string();
        for part in parts {
            let (expression, rest) = part.split_once("}}").unwrap();
            let value = self.values.get(expression.trim());
            filled += value.unwrap_or_else(|| panic!("nothing is known of {expression}"));
            filled += rest;
        }
        filled
    }

    /// Runs a script as GitHub does.
    fn run(&self, script: &str, directory: &Path, variables: &[(String, String)]) -> Output {
        let output = Command::new("bash")
            .args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script])
            .current_dir(directory)
            .env("PATH", env::join_paths(&self.path).unwrap())
            .env("GITHUB_OUTPUT", self.temporary.at("output"))
            .env("GITHUB_PATH", self.temporary.at("path"))
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .envs(["GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"].map(|name| (name, "Ada")))
            .envs(["GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"].map(|name| (name, "ada@example.org")))
            .envs(variables.iter().cloned())
            .output();
        output.unwrap().into()
    }

    /// Runs a step of the action, and takes in what it says to later ones.
    fn step(&mut self, step: &Yaml) -> Output {
        assert_eq!(step["shell"].as_str(), Some("bash"));
        let variables = step["env"].as_hash().into_iter().flatten();
        let variables: Vec<_> = variables.map(|(key, value)| (text(key), self.filled(&text(value)))).collect();
        let directory = step["working-directory"].as_str().map_or(String::from("."), |it| self.filled(it));
        let output = self.run(&text(&step["run"]), &self.directory.join(directory), &variables);
        for (key, value) in self.said("output").iter().filter_map(|line| line.split_once('=')) {
            self.values.insert(format!("steps.{}.outputs.{key}", text(&step["id"])), value.to_string());
        }
        let added: Vec<PathBuf> = self.said("path").iter().map(PathBuf::from).collect();
        self.path.splice(..0, added);
        output
    }

    /// The lines of a file of the machine, which is emptied.
    fn said(&self, name: &str) -> Vec<String> {
        let lines = fs::read_to_string(self.temporary.at(name)).unwrap_or_default();
        let _ = fs::remove_file(self.temporary.at(name));
        lines.lines().map(str::to_string).collect()
    }
}

/// Runs the action in a directory; the last output, and the report.
fn act(machine: &mut Machine, inputs: &[(&str, &str)], base: &str) -> (Output, String) {
    let action = yaml(&read("action.yml"));
    for (name, input) in action["inputs"].as_hash().unwrap() {
        let given = inputs.iter().find(|(given, _)| Some(*given) == name.as_str());
        let value = given.map_or_else(|| text(&input["default"]), |(_, value)| (*value).to_string());
        machine.values.insert(format!("inputs.{}", text(name)), value);
    }
    machine.values.insert("github.event.pull_request.base.sha".to_string(), base.to_string());
    machine.values.insert("github.action_path".to_string(), env!("CARGO_MANIFEST_DIR").to_string());
    let mut last = None;
    for step in action["runs"]["steps"].as_vec().unwrap() {
        if let Some(other) = step["uses"].as_str() {
            assert!(["actions/cache@v4", "github/codeql-action/upload-sarif@v3"].contains(&other), "{other}");
            step["with"].as_hash().unwrap().iter().for_each(|(_, value)| drop(machine.filled(&text(value))));
            continue;
        }
        match step["if"].as_str() {
            Some("steps.find.outputs.found != 'true'") if machine.values["steps.find.outputs.found"] == "true" => {
                machine.values.entry("steps.find.outputs.key".to_string()).or_default();
                continue;
            }
            Some("steps.find.outputs.found != 'true'") | None => {}
            Some(other) => panic!("nobody decides {other}"),
        }
        machine.values.entry("steps.find.outputs.key".to_string()).or_default();
        machine.values.entry("steps.lint.outputs.sarif".to_string()).or_default();
        let output = machine.step(step);
        let failed = output.code != 0;
        last = Some(output);
        if failed {
            break;
        }
    }
    let report = fs::read_to_string(&machine.values["steps.lint.outputs.sarif"]).unwrap_or_default();
    (last.unwrap(), report)
}

/// The places of open findings in a report.
fn places(sarif: &str) -> Vec<String> {
    let sarif: serde_json::Value = serde_json::from_str(sarif).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let place = |result: &serde_json::Value| {
        let place = &result["locations"][0]["physicalLocation"];
        format!("{}:{}", place["artifactLocation"]["uri"].as_str().unwrap(), place["region"]["startLine"])
    };
    results.iter().map(place).collect()
}

/// A clone of depth 1 of a pull request that adds `new.js`, and the base that it does not have.
fn pull_request(new: &str) -> (Project, Project, String) {
    let origin = repository(&[("src/old.js", LEAK), ("with space/a.js", CLEAN)]);
    let base = git(origin.path(), &["rev-parse", "HEAD"]).trim().to_string();
    git(origin.path(), &["config", "uploadpack.allowAnySHA1InWant", "true"]);
    git(origin.path(), &["checkout", "-qb", "topic"]);
    origin.write("src/new.js", new);
    git(origin.path(), &["add", "-A"]);
    git(origin.path(), &["commit", "-qm", "A change"]);
    let clone = Project::new(&[]);
    let url = format!("file://{}", origin.path().display());
    git(clone.path(), &["clone", "-q", "--depth=1", "--branch=topic", &url, "."]);
    (origin, clone, base)
}

#[test]
fn the_action_reports_what_a_pull_request_adds() {
    let (_origin, clone, base) = pull_request(NEW);
    let mut machine = Machine::new(clone.path(), true);
    let (output, report) = act(&mut machine, &[], &base);
    assert_eq!(output.code, 1, "{}{}", output.stdout, output.stderr);
    let annotations: Vec<&str> = output.stdout.lines().filter(|line| line.starts_with("::")).collect();
    assert!(annotations.len() == 1 && annotations[0].starts_with("::error file=src/new.js,line=2,"), "{annotations:?}");
    assert!(output.stdout.contains("error[unbounded-cache]"), "the log has the report: {}", output.stdout);
    assert_eq!(places(&report), ["src/new.js:2"]);

    let (_origin, clone, base) = pull_request(CLEAN);
    let (output, report) = act(&mut Machine::new(clone.path(), true), &[], &base);
    assert_eq!((output.code, places(&report)), (0, vec![]));
}

#[test]
fn the_action_reports_everything_elsewhere() {
    let (_origin, clone, base) = pull_request(NEW);
    for (inputs, base) in [(&[][..], ""), (&[("since", "none")][..], base.as_str())] {
        let (output, report) = act(&mut Machine::new(clone.path(), true), inputs, base);
        assert_eq!((output.code, places(&report)), (1, vec!["src/new.js:2".to_string(), "src/old.js:2".to_string()]));
    }
}

#[test]
fn the_action_takes_its_inputs() {
    let (_origin, clone, _) = pull_request(NEW);
    let run = |inputs: &[(&str, &str)]| act(&mut Machine::new(clone.path(), true), inputs, "");
    assert_eq!(places(&run(&[("paths", "src/old.js\nwith space\n")]).1), ["src/old.js:2"]);
    assert_eq!(run(&[("paths", "with space")]).0.code, 0);
    assert_eq!(run(&[("args", "--exit-zero --pedantic\n")]).0.code, 0);
    assert_eq!(places(&run(&[("working-directory", "src")]).1), ["src/new.js:2", "src/old.js:2"]);
    let (wrong, report) = run(&[("args", "--no-such-flag")]);
    assert_eq!((wrong.code, report.as_str()), (2, ""));
    let (unknown, report) = run(&[("since", "v9")]);
    assert!(unknown.code == 2 && report.is_empty() && unknown.stderr.contains("git fetch"), "{}", unknown.stderr);
    let quoted = run(&[("args", "--exclude $(touch${IFS}hacked) ; touch hacked")]);
    assert!(quoted.0.code == 2 && !clone.at("hacked").exists(), "what is given is never run");
}

#[test]
fn the_action_builds_leaklint_where_there_is_none() {
    let project = repository(&[("a.js", CLEAN)]);
    let mut machine = Machine::new(project.path(), false);
    let (output, _) = act(&mut machine, &[], "");
    assert_eq!(output.code, 0, "{}{}", output.stdout, output.stderr);
    let root = machine.temporary.at("leaklint");
    let built = format!("install --locked --path {} --root {}", env!("CARGO_MANIFEST_DIR"), root.display());
    assert_eq!(machine.said("cargo.log"), [built]);
    assert_eq!(machine.values["steps.find.outputs.key"].len(), 40);
    // What the cache brings is not built again.
    machine.path.retain(|path| !path.starts_with(&root));
    let (output, _) = act(&mut machine, &[], "");
    assert_eq!((output.code, machine.said("cargo.log")), (0, vec![]));
}

/// The fences of a page in a language.
fn fences(page: &str, language: &str) -> Vec<String> {
    let parts = page.split("\n```").skip(1).step_by(2);
    parts.filter_map(|part| part.strip_prefix(language)?.strip_prefix('\n')).map(|text| format!("{text}\n")).collect()
}

/// The scripts in a workflow of GitHub or GitLab, after checks of what is not run.
fn scripts(workflow: &Yaml) -> Vec<String> {
    let mut scripts = Vec::new();
    let own = format!("leaklint/leaklint@v{}", env!("CARGO_PKG_VERSION"));
    for (_, job) in workflow["jobs"].as_hash().or(workflow.as_hash()).unwrap() {
        for step in job["steps"].as_vec().into_iter().flatten() {
            match step["uses"].as_str() {
                Some(action) => assert!(action == own || action == "actions/checkout@v4", "{action}"),
                None => scripts.push(text(&step["run"])),
            }
        }
        let lines = ["before_script", "script"].iter().flat_map(|key| job[*key].as_vec().into_iter().flatten());
        scripts.extend(lines.map(text));
    }
    scripts
}

#[test]
fn the_commands_of_the_page_run() {
    let page = read("docs/ci.md");
    let manifest = yaml(&read(".pre-commit-hooks.yaml"));
    let action = yaml(&read("action.yml"));
    let mut all = fences(&page, "sh");
    let mut workflows = 0;
    for fence in fences(&page, "yaml") {
        let document = yaml(&fence);
        if let Some(repos) = document["repos"].as_vec() {
            let known: Vec<_> = manifest.as_vec().unwrap().iter().map(|hook| text(&hook["id"])).collect();
            let hooks = repos[0]["hooks"].as_vec().unwrap();
            assert_eq!(text(&repos[0]["rev"]), format!("v{}", env!("CARGO_PKG_VERSION")));
            assert!(hooks.iter().all(|hook| known.contains(&text(&hook["id"]))), "{fence}");
            continue;
        }
        workflows += 1;
        all.extend(scripts(&document));
        for step in document["jobs"]["leaklint"]["steps"].as_vec().into_iter().flatten() {
            let given = step["with"].as_hash().filter(|_| text(&step["uses"]).starts_with("leaklint/"));
            assert!(given.into_iter().flatten().all(|(name, _)| !action["inputs"][text(name).as_str()].is_badvalue()));
        }
    }
    assert_eq!((workflows, all.len()), (3, 9), "each is found: {all:#?}");

    for (new, leaks) in [(CLEAN, false), (NEW, true)] {
        for script in &all {
            let (_origin, clone, base) = pull_request(new);
            git(clone.path(), &["fetch", "-q", "--unshallow", "origin", "+main:refs/remotes/origin/main"]);
            // What is old is known, as the page advises.
            let machine = Machine::new(clone.path(), true);
            let fresh = script.contains("--update-baseline");
            if !fresh {
                git(clone.path(), &["checkout", "-q", "origin/main"]);
                machine.run("leaklint --update-baseline", clone.path(), &[]);
                git(clone.path(), &["checkout", "-q", "topic"]);
            }
            if script.contains("--cached") {
                clone.write("staged.ts", new);
                git(clone.path(), &["add", "staged.ts"]);
            }
            let variables = [("GITHUB_BASE_REF", "main"), ("CI_MERGE_REQUEST_DIFF_BASE_SHA", &base)];
            let variables = variables.map(|(name, value)| (name.to_string(), value.to_string()));
            let output = machine.run(script, clone.path(), &variables);
            let installs = machine.said("cargo.log");
            let lints = installs.is_empty() && !fresh;
            let fails = if script.contains("xargs") { 123 } else { 1 };
            let expected = if lints && leaks { fails } else { 0 };
            assert_eq!(output.code, expected, "{script}\n{}{}", output.stdout, output.stderr);
            let version = format!("--tag v{}", env!("CARGO_PKG_VERSION"));
            assert!(
                installs.iter().all(|install| install.starts_with("install --locked") && install.ends_with(&version))
            );
            let reports = ["leaks.json", "leaks.xml", "leaks.sarif"].iter().filter(|report| script.contains(*report));
            reports.for_each(|report| assert!(clone.at(report).exists(), "{script} writes {report}"));
        }
    }
}
