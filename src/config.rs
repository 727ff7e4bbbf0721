//! What a project says of itself in `leaklint.json`: text in, data out.

use crate::models::Tables;
use crate::suggest::did_you_mean;
use serde::Deserialize;

/// The file's name.
pub const NAME: &str = "leaklint.json";

/// A project's configuration.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// For editors; leaklint does not read it.
    #[serde(default, rename = "$schema")]
    pub schema: Option<String>,
    /// Models of the project's own APIs, in the words of `rules/README.md`.
    #[serde(default)]
    pub models: Tables,
}

/// Reads the text of a configuration; `path` is how messages call the file.
///
/// # Errors
/// What is wrong and where, as a sentence: `leaklint.json:4:9: …`.
pub fn parse(path: &str, text: &str) -> Result<Config, String> {
    let text = text.trim_start_matches('\u{feff}');
    serde_json::from_str(text).map_err(|error| {
        let whole = error.to_string();
        let place = format!(" at line {} column {}", error.line(), error.column());
        let message = whole.strip_suffix(&place).unwrap_or(&whole);
        format!("{path}:{}:{}: {}", error.line(), error.column(), plainly(message))
    })
}

/// An error of serde in the words of this file: a key that does not exist comes with the nearest one
/// that does.
fn plainly(message: &str) -> String {
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    match (message.split_once(" `"), quoted.split_first()) {
        (Some((what @ ("unknown field" | "unknown variant"), _)), Some((given, known))) => {
            let what = if what == "unknown field" { "key" } else { "value" };
            let hint = did_you_mean(given, known.iter().copied());
            let list = known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            let end = if hint.is_empty() { format!("; there are {list}") } else { hint };
            format!("no such {what}: `{given}`{end}")
        }
        _ => message.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn an_error_says_what_and_where() {
        let error = |text: &str| parse("leaklint.json", text).map(|_| ()).unwrap_err();
        assert_eq!(error("{\"model\": {}}"), "leaklint.json:1:8: no such key: `model`; did you mean `models`?");
        assert_eq!(
            error("{\"models\": {\"api\": [{\"call\": [\"a\"],\n \"pur\": true}]}}"),
            "leaklint.json:2:6: no such key: `pur`; did you mean `pure`?"
        );
        assert_eq!(
            error("{\"models\": {\"api\": [{\"call\": [\"a\"], \"runs\": {\"arg\": 0, \"times\": \"often\"}}]}}"),
            "leaklint.json:1:71: no such value: `often`; there are `now`, `later`, `many`"
        );
        assert_eq!(error("{\"models\": {\"kind\": {}}}"), "leaklint.json:1:20: invalid type: map, expected a sequence");
        assert_eq!(error("{"), "leaklint.json:1:1: EOF while parsing an object");
        assert!(
            error("{\"models\": {\"api\": [{\"call\": [\"a\"], \"runs\": {\"arg\": true, \"times\": \"now\"}}]}}")
                .contains("a position from 0")
        );
    }
}
