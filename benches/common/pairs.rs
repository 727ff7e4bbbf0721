//! The pairs of the leak catalogue: `fixtures/pairs/pairs.json`.

use serde::Deserialize;
use std::fs;
use std::path::Path;

/// From the root of the repository.
pub(crate) const FOLDER: &str = "fixtures/pairs";

/// What a pair is for.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Tier {
    /// The leak is for the default report.
    Default,
    /// For `--pedantic`.
    Pedantic,
    /// A measurement says that there is no leak, or that the safe twin leaks as well.
    Disputed,
}

/// A leak, and the same without it.
#[derive(Debug, Deserialize)]
pub(crate) struct Pair {
    pub(crate) name: String,
    pub(crate) family: String,
    pub(crate) tier: Tier,
    /// The file with the leak.
    pub(crate) leak: String,
    /// Its safe twin.
    pub(crate) safe: String,
    /// The lines of the leak on which a report is right.
    pub(crate) lines: Vec<u32>,
}

/// All pairs, sorted by name.
///
/// # Errors
/// What is wrong with the list.
pub(crate) fn pairs(root: &Path) -> Result<Vec<Pair>, String> {
    let path = root.join(FOLDER).join("pairs.json");
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
}

/// The text of a file of a pair.
///
/// # Errors
/// It cannot be read.
pub(crate) fn code(root: &Path, file: &str) -> Result<String, String> {
    fs::read_to_string(root.join(FOLDER).join(file)).map_err(|error| format!("{FOLDER}/{file}: {error}"))
}
