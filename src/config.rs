//! What a project says in its configuration: text in, data out, and mistakes with their place.
//! Finding the files is not done here.

mod json;
mod settled;

pub use json::Mistake;
pub use settled::{Layer, Origin, Setting, Settled};

use crate::finding::{Confidence, Level};
use crate::models::Tables;
use crate::rules::{DIAGNOSTICS, RULES, Rule};
use crate::source::Span;
use jsonc_parser::ast::Value;
use serde::de::{self, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;
use std::fmt;

/// Names of files that hold a configuration and nothing else.
pub const NAMES: [&str; 2] = ["leaklint.json", "leaklint.jsonc"];
/// The key of package.json that holds one.
pub const PACKAGE_KEY: &str = "leaklint";
/// The JSON Schema of a configuration, made from the types below.
pub const SCHEMA: &str = include_str!("../schema/leaklint.schema.json");

/// The diagnostic about comments that silence nothing.
pub(crate) const UNUSED: &str = "unused-suppression";
/// The diagnostic about comments without a reason; off unless asked for.
pub(crate) const UNEXPLAINED: &str = "unexplained-suppression";

/// The configuration of leaklint, a linter that finds memory leaks in JavaScript and TypeScript.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct Config {
    /// The schema of this file, for editors.
    #[serde(rename = "$schema")]
    pub schema: Option<String>,
    /// Configurations that this one adds to, first to last: `"./file.json"`, or a package from `node_modules`,
    /// `"package"` or `"package/file.json"`.
    #[cfg_attr(test, schemars(with = "Extends"))]
    #[serde(deserialize_with = "one_or_many")]
    pub extends: Vec<String>,
    /// Levels by rule, by category, or of `"all"`. A rule wins over its category, and that over `"all"`.
    pub rules: Rules,
    /// How sure leaklint must be to report: `"high"`, `"medium"` (the default) or `"low"`.
    pub min_confidence: Option<Confidence>,
    /// Settings for some files. Of several that match, the last wins.
    pub overrides: Vec<Override>,
    /// Files and directories that are not linted, in the syntax of .gitignore, relative to this file.
    pub exclude: Vec<String>,
    /// Where the code runs, which decides what names exist without a declaration. Without it, leaklint works it out.
    pub environments: Option<Vec<Environment>>,
    /// Whether the code runs in a process that soon ends, so that its findings are of low confidence.
    /// Without it, names and directories of files tell.
    pub short_lived: Option<bool>,
    /// Whether other packages import the code, so that who calls it is out of sight. Without it, package.json tells.
    pub library: Option<bool>,
    /// Models of your own APIs: what they keep, run and let go.
    pub models: Tables,
    /// What is asked of suppression comments.
    pub suppressions: Suppressions,
}

/// `"one"` or `["some", "more"]`.
#[cfg(test)]
#[derive(schemars::JsonSchema)]
#[schemars(untagged)]
#[allow(dead_code, reason = "only its schema is used")]
enum Extends {
    /// One.
    One(String),
    /// Some, first to last.
    Many(Vec<String>),
}

/// Settings for some files.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Override {
    /// The files, in the syntax of .gitignore, relative to this file.
    pub files: Vec<String>,
    /// Not these of them.
    #[serde(default)]
    pub exclude: Vec<String>,
    /// As at the top.
    #[serde(default)]
    pub rules: Rules,
    /// As at the top.
    pub min_confidence: Option<Confidence>,
    /// As at the top.
    pub environments: Option<Vec<Environment>>,
    /// As at the top.
    pub short_lived: Option<bool>,
    /// As at the top.
    pub library: Option<bool>,
}

/// Where code runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    /// Node and its like: `name = 1` makes a global.
    Node,
    /// A page or a worker: `name = 1` sets the name of the window.
    Browser,
}

/// What is asked of suppression comments.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct Suppressions {
    /// Whether a comment without a reason, the text after `--`, is an error.
    pub require_reason: Option<bool>,
    /// The level of comments that silence nothing.
    pub report_unused: Option<Level>,
}

/// Levels and options, by what they are of.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(transparent)]
pub struct Rules(pub BTreeMap<Target, RuleSetting>);

/// What a level is of. In the order in which they are settled: what comes later wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// Every rule.
    All,
    /// The rules of a category.
    Category(&'static str),
    /// One rule.
    Rule(&'static str),
}

/// The level of a rule, and its options.
#[derive(Clone, Copy, Debug)]
pub struct RuleSetting {
    /// The level.
    pub level: Level,
    /// The options.
    pub options: RuleOptions,
}

/// The options of a rule.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct RuleOptions {
    /// How sure leaklint must be to report this one.
    pub min_confidence: Option<Confidence>,
}

impl Target {
    /// What a name means; `None` where it means nothing.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        if name == "all" {
            return Some(Self::All);
        }
        let rule = RULES.iter().find(|rule| rule.name == name).map(|rule| Self::Rule(rule.name));
        rule.or_else(|| RULES.iter().find(|rule| rule.category == name).map(|rule| Self::Category(rule.category)))
    }

    /// Whether a rule is meant.
    #[must_use]
    pub fn means(self, rule: &Rule) -> bool {
        match self {
            Self::All => true,
            Self::Category(category) => rule.category == category,
            Self::Rule(name) => rule.name == name,
        }
    }

    /// Every name that means something: rules, then categories, then `all`.
    #[must_use]
    pub fn names() -> Vec<&'static str> {
        let mut names: Vec<&str> = RULES.iter().map(|rule| rule.name).collect();
        let mut categories: Vec<&str> = RULES.iter().map(|rule| rule.category).collect();
        categories.sort_unstable();
        categories.dedup();
        names.extend(categories);
        names.push("all");
        names
    }
}

impl<'de> Deserialize<'de> for Target {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::named(&name).ok_or_else(|| {
            let words = match name.as_str() {
                UNUSED => format!("`{UNUSED}` is no rule\nwrite its level as `suppressions.reportUnused`"),
                UNEXPLAINED => {
                    format!("`{UNEXPLAINED}` is no rule\nwrite `\"suppressions\": {{ \"requireReason\": true }}`")
                }
                name if DIAGNOSTICS.contains(&name) => {
                    format!("`{name}` is no rule, and is always an error\nleave the file out with `exclude`")
                }
                name => match json::unknown("rule or category", name, &Target::names()) {
                    // Twenty rules are more than a line.
                    words if words.contains("\nwrite ") => {
                        format!("there is no rule or category `{name}`\n`leaklint rules` lists them")
                    }
                    words => words,
                },
            };
            de::Error::custom(words)
        })
    }
}

impl<'de> Deserialize<'de> for RuleSetting {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SettingVisitor)
    }
}

struct SettingVisitor;

impl<'de> Visitor<'de> for SettingVisitor {
    type Value = RuleSetting;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a level, `\"off\"`, `\"warn\"` or `\"error\"`, or a list of a level and options")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<RuleSetting, E> {
        let level = Level::deserialize(de::value::StrDeserializer::new(text))?;
        Ok(RuleSetting { level, options: RuleOptions::default() })
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<RuleSetting, E> {
        let level =
            [Level::Off, Level::Warn, Level::Error].into_iter().nth(usize::try_from(number).unwrap_or(usize::MAX));
        let help = level.map_or(String::new(), |level| format!("write `\"{}\"`", level.name()));
        Err(E::custom(format!("`{number}` is no level\n{help}")))
    }

    fn visit_bool<E: de::Error>(self, on: bool) -> Result<RuleSetting, E> {
        let help = if on { "write `\"warn\"` or `\"error\"`" } else { "write `\"off\"`" };
        Err(E::custom(format!("`{on}` is no level\n{help}")))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<RuleSetting, A::Error> {
        let level = list.next_element()?.ok_or_else(|| {
            de::Error::custom("this list has no level\nwrite `[\"warn\", { \"minConfidence\": \"high\" }]`")
        })?;
        let options = list.next_element()?.unwrap_or_default();
        if list.next_element::<de::IgnoredAny>()?.is_some() {
            return Err(de::Error::custom("this list has more than a level and options"));
        }
        Ok(RuleSetting { level, options })
    }
}

fn one_or_many<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    struct OneOrMany;
    impl<'de> Visitor<'de> for OneOrMany {
        type Value = Vec<String>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("text in double quotes or a list of it")
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<Vec<String>, E> {
            Ok(vec![text.to_owned()])
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<String>, A::Error> {
            let mut many = Vec::new();
            while let Some(one) = list.next_element()? {
                many.push(one);
            }
            Ok(many)
        }
    }
    deserializer.deserialize_any(OneOrMany)
}

/// Reads the text of `leaklint.json` or `leaklint.jsonc`, or of a package.json, which may have none.
///
/// # Errors
/// The first mistake.
pub fn parse(text: &str, in_package: bool) -> Result<Option<Config>, Mistake> {
    with_value(text, in_package, |text, value| {
        let config: Config = json::read(text, value)?;
        check(text, value, &config)?;
        Ok(config)
    })
}

/// The place of what a path leads to, such as `overrides/0/files/1`: the value, or its `key`.
#[must_use]
pub fn place(text: &str, in_package: bool, path: &str, key: bool) -> Span {
    let place = with_value(text, in_package, |text, value| Ok(json::place(text, value, path, key)));
    place.ok().flatten().unwrap_or_default()
}

/// Finds the value that is the configuration.
fn with_value<T>(
    text: &str,
    in_package: bool,
    then: impl FnOnce(&str, &Value<'_>) -> Result<T, Mistake>,
) -> Result<Option<T>, Mistake> {
    // A byte order mark becomes a space for each of its bytes, so that places stay.
    let marked;
    let text = match text.strip_prefix('\u{feff}') {
        Some(rest) => {
            marked = format!("   {rest}");
            &marked
        }
        None => text,
    };
    let value = json::parse(text, !in_package)?;
    if !in_package {
        return then(text, &value).map(Some);
    }
    let own = value.as_object().and_then(|package| json::property(package, PACKAGE_KEY));
    own.map(|own| then(text, &own.value)).transpose()
}

/// What types cannot say.
fn check(text: &str, value: &Value<'_>, config: &Config) -> Result<(), Mistake> {
    let mistake = |path: &str, message: &str, help: &str| Mistake {
        span: json::place(text, value, path, false),
        message: message.into(),
        help: help.into(),
    };
    for (at, one) in config.overrides.iter().enumerate() {
        let path = format!("overrides/{at}");
        if one.files.is_empty() {
            let help = "name some, such as `[\"scripts/**\"]`, or write the settings at the top";
            return Err(mistake(&format!("{path}/files"), "this override is for no files", help));
        }
        let sets = !one.rules.0.is_empty()
            || one.min_confidence.is_some()
            || one.environments.is_some()
            || one.short_lived.is_some()
            || one.library.is_some();
        if !sets {
            let help = "add `rules`, `minConfidence`, `environments`, `shortLived` or `library`; files are left out by `exclude` at the top";
            return Err(mistake(&path, "this override sets nothing", help));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
