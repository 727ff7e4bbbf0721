//! `--print-config`: what is set for one file, and where that comes from.

use super::Configs;
use crate::cli::{CLEAN, Failure};
use crate::walk::{is_script, real, shown};
use leaklint::config::{Environment, Origin, Setting};
use leaklint::finding::{Confidence, Level};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::{Write, stdout};
use std::path::Path;

/// Everything that is set for one file.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Printed {
    file: String,
    /// The nearest first.
    configurations: Vec<String>,
    /// What leaves it out, unless it is named.
    excluded_by: Option<String>,
    min_confidence: Given<Confidence>,
    environments: Given<Vec<Environment>>,
    short_lived: Given<bool>,
    library: Given<bool>,
    rules: BTreeMap<&'static str, Rule>,
}

/// A value, where one is given, and where it comes from.
#[derive(Serialize)]
struct Given<T> {
    value: Option<T>,
    from: String,
}

fn given<T>(value: Option<(T, Origin)>) -> Given<T> {
    match value {
        Some((value, from)) => Given { value: Some(value), from: from.to_string() },
        None => Given { value: None, from: "default".to_string() },
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    level: Level,
    #[serde(skip_serializing_if = "Option::is_none")]
    min_confidence: Option<Confidence>,
    from: String,
}

/// Prints the configuration of the file at `path`, which need not exist, as JSON.
///
/// # Errors
/// No name of a file that is linted; a mistake in a configuration; standard output did not take it.
pub(in crate::cli) fn print(configs: &mut Configs, path: &Path, cwd: &Path) -> Result<u8, Failure> {
    let path = real(cwd, path);
    let name = shown(&path, cwd);
    if path.is_dir() || !is_script(&path) {
        let what = if path.is_dir() { "a directory" } else { "not the name of a file with JavaScript or TypeScript" };
        return Err(Failure::Usage(format!("--print-config {name}: {what}; name a file such as src/server.js")));
    }
    let effective = configs.of(&path);
    let (names, left_out) = (configs.names(&path), configs.left_out_by(&path));
    configs.check()?;
    let settled = &effective.settled;
    let rule = |setting: &Setting| Rule {
        level: setting.level,
        min_confidence: setting.min_confidence,
        from: setting.from.to_string(),
    };
    let whole = Printed {
        file: name,
        configurations: names,
        excluded_by: left_out,
        min_confidence: given(Some(settled.min_confidence.clone())),
        environments: given(settled.environments.clone()),
        short_lived: given(settled.short_lived.clone()),
        library: given(settled.library.clone()),
        rules: settled.rules.iter().map(|(name, setting)| (*name, rule(setting))).collect(),
    };
    let mut out = stdout().lock();
    serde_json::to_writer_pretty(&mut out, &whole).map_err(std::io::Error::from)?;
    writeln!(out)?;
    out.flush()?;
    Ok(CLEAN)
}
