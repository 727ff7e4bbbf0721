#![allow(clippy::unwrap_used, reason = "what cannot be unwrapped fails the test")]

use super::{Config, Layer, SCHEMA, Settled, Target, parse, place};
use crate::finding::{Confidence, Level};
use crate::rules::RULES;
use crate::source::{Encoding, Source};
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};
use std::fs;

/// `line:column message; help`.
fn mistake(text: &str) -> String {
    let Err(mistake) = parse(text, false) else { panic!("{text} has no mistake") };
    let at = Source::new("leaklint.json", text).line_column(mistake.span.start, Encoding::Utf16);
    let shown = text.get(mistake.span.start as usize..mistake.span.end as usize).unwrap();
    format!("{}:{} {shown}: {}; {}", at.line, at.column, mistake.message, mistake.help)
}

#[test]
fn a_mistake_says_what_where_and_what_to_write() {
    for (text, expected) in [
        ("{\"model\": {}}", "1:2 \"model\": there is no key `model`; did you mean `models`?"),
        (
            "{\"models\": {\"api\": [{\"call\": [\"a\"],\n \"pur\": true}]}}",
            "2:2 \"pur\": there is no key `pur`; did you mean `pure`?",
        ),
        (
            "{\"models\": {\"api\": [{\"call\": [\"a\"], \"runs\": {\"arg\": 0, \"times\": \"often\"}}]}}",
            "1:65 \"often\": there is no value `often`; write `now`, `later` or `many`",
        ),
        ("{\"models\": {\"kind\": {}}}", "1:21 {}: this is an object, and not a list; "),
        ("{\"exclude\": \"gen\"}", "1:13 \"gen\": this is `gen`, and not a list; write `[\"gen\"]`"),
        ("{\"rules\": {\"growth\": 2}}", "1:22 2: `2` is no level; write `\"error\"`"),
        ("{\"rules\": {\"growth\": false}}", "1:22 false: `false` is no level; write `\"off\"`"),
        ("{\"rules\": {\"growth\": \"eror\"}}", "1:22 \"eror\": there is no value `eror`; did you mean `error`?"),
        (
            "{\"rules\": {\"growth\": [\"warn\", {\"minConfidense\": \"high\"}]}}",
            "1:32 \"minConfidense\": there is no key `minConfidense`; did you mean `minConfidence`?",
        ),
        (
            "{\"rules\": {\"growth\": []}}",
            "1:22 []: this list has no level; write `[\"warn\", { \"minConfidence\": \"high\" }]`",
        ),
        (
            "{\"rules\": {\"growth\": [\"warn\", {}, 1]}}",
            "1:22 [\"warn\", {}, 1]: this list has more than a level and options; ",
        ),
        (
            "{\"rules\": {\"unbound-cache\": \"warn\"}}",
            "1:12 \"unbound-cache\": there is no rule or category `unbound-cache`; did you mean `unbounded-cache`?",
        ),
        (
            "{\"rules\": {\"no-unused-vars\": \"warn\"}}",
            "1:12 \"no-unused-vars\": there is no rule or category `no-unused-vars`; `leaklint rules` lists them",
        ),
        (
            "{\"rules\": {\"unused-suppression\": \"off\"}}",
            "1:12 \"unused-suppression\": `unused-suppression` is no rule; write its level as `suppressions.reportUnused`",
        ),
        (
            "{\"rules\": {\"syntax-error\": \"off\"}}",
            "1:12 \"syntax-error\": `syntax-error` is no rule, and is always an error; leave the file out with `exclude`",
        ),
        ("{\"minConfidence\": null}", "1:19 null: this is no word; write `low`, `medium` or `high`, in double quotes"),
        (
            "{\"shortLived\": \"true\"}",
            "1:16 \"true\": this is `\"true\"`, and not `true` or `false`; write `true`, without quotes",
        ),
        ("{\"shortLived\": null}", "1:16 null: this is `null`, and not `true` or `false`; leave the key out"),
        ("{\"environments\": [\"nodejs\"]}", "1:19 \"nodejs\": there is no value `nodejs`; did you mean `node`?"),
        ("{\"overrides\": [{\"rules\": {}}]}", "1:16 {\"rules\": {}}: `files` is missing here; "),
        (
            "{\"overrides\": [{\"files\": []}]}",
            "1:26 []: this override is for no files; name some, such as `[\"scripts/**\"]`, or write the settings at the top",
        ),
        (
            "{\"overrides\": [{\"files\": [\"a\"]}]}",
            "1:16 {\"files\": [\"a\"]}: this override sets nothing; add `rules`, `minConfidence`, `environments`, `shortLived` or `library`; files are left out by `exclude` at the top",
        ),
        ("{\"exclude\": [], \"exclude\": []}", "1:17 \"exclude\": the key `exclude` is given twice; keep one of them"),
        ("[]", "1:1 []: this is a list, and not an object; "),
        ("", "1:1 : this file is empty; write `{}`, or remove the file"),
        ("{", "1:1 {: this is not JSON: unterminated object; close it with `}`"),
        (
            "{'exclude': []}",
            "1:2 ': this is not JSON: single-quoted strings are not allowed; write it in double quotes",
        ),
        (
            "{\"exclude\": [] \"rules\": {}}",
            "1:15 : this is not JSON: expected comma; write a comma after the value before",
        ),
    ] {
        assert_eq!(mistake(text), expected);
    }
    assert!(
        mistake("{\"models\": {\"api\": [{\"call\": [\"a\"], \"runs\": {\"arg\": true, \"times\": \"now\"}}]}}")
            .contains("a position from 0")
    );
}

#[test]
fn no_text_is_too_odd() {
    let whole = "\u{feff}{ // größe 🎉\n \"rules\": { \"all\": [\"warn\", {}] }, \"exclude\": [\"日本\", -1.5e3, null,], \"models\": { \"api\": [{ \"call\": [\"a\\u00e9\"] }] } }\r\n";
    let deep = "[".repeat(100_000);
    let mut texts = vec![deep, "\"".into(), "{\"a\":1e999}".into(), "/*".into(), "\u{feff}".into(), "{} {}".into()];
    for (at, letter) in whole.char_indices() {
        let rest = &whole[at + letter.len_utf8()..];
        texts.push(whole[..at].to_string());
        texts.extend(["", "{", "\"", "é", "]"].map(|other| format!("{}{other}{rest}", &whole[..at])));
    }
    for text in texts {
        if let Err(mistake) = parse(&text, false) {
            let at = mistake.span.start as usize..mistake.span.end as usize;
            assert!(text.get(at).is_some() && !mistake.message.is_empty(), "{text}: {mistake:?}");
        }
    }
}

#[test]
fn comments_trailing_commas_and_marks_are_no_mistakes() {
    let config = parse("\u{feff}// ours\n{ \"exclude\": [\"gen\",], /* more */ }\n", false).unwrap().unwrap();
    assert_eq!(config.exclude, ["gen"]);
    assert_eq!(
        mistake("\u{feff}{\n  \"exclud\": []}"),
        "2:3 \"exclud\": there is no key `exclud`; did you mean `exclude`?"
    );
}

#[test]
fn a_package_has_it_under_its_key() {
    assert!(parse(r#"{ "name": "a", "dependencies": { "leaklint": "1" } }"#, true).unwrap().is_none());
    let text = r#"{ "leaklint": { "exclude": ["gen"] } }"#;
    assert_eq!(parse(text, true).unwrap().unwrap().exclude, ["gen"]);
    assert_eq!(place(text, true, "exclude/0", false).start, 28);
    assert_eq!(place(text, true, "exclude", true).start, 16);
    assert!(parse("{ \"leaklint\": {}, }", true).is_err(), "package.json is plain JSON");
    assert!(parse(r#"{ "leaklint": { "rule": {} } }"#, true).is_err());
}

#[test]
fn the_nearer_layer_wins_and_in_one_the_more_specific() {
    let config = |text: &str| parse(text, false).unwrap().unwrap();
    let far = config(
        r#"{ "rules": { "unbounded-cache": ["error", { "minConfidence": "high" }], "all": "off", "growth": "warn" },
             "minConfidence": "low", "overrides": [{ "files": ["*.ts"], "rules": { "all": "error" } }] }"#,
    );
    let near = config(
        r#"{ "rules": { "growth": "error" }, "suppressions": { "requireReason": true, "reportUnused": "off" } }"#,
    );
    let layer = |config, name, overrides| Layer { config, name, overrides };
    let settled = Settled::of([layer(&far, "far", &[])]);
    let level = |settled: &Settled, rule: &str| settled.rules[rule].level;
    assert_eq!(level(&settled, "unbounded-cache"), Level::Error);
    assert_eq!(level(&settled, "unbounded-queue"), Level::Warn);
    assert_eq!(level(&settled, "uncleared-timer"), Level::Off);
    assert_eq!(settled.min_confidence.0, Confidence::Low);

    let settled = Settled::of([layer(&far, "far", &[0]), layer(&near, "near", &[])]);
    assert_eq!(level(&settled, "unbounded-queue"), Level::Error);
    assert_eq!(&*settled.rules["unbounded-queue"].from, "near");
    assert_eq!(&*settled.rules["uncleared-timer"].from, "far, overrides[0]");
    assert_eq!(settled.rules["unbounded-cache"].min_confidence, Some(Confidence::High), "a level leaves options");
    assert_eq!(
        (level(&settled, "unexplained-suppression"), level(&settled, "unused-suppression")),
        (Level::Error, Level::Off)
    );
}

#[test]
fn the_schema_is_fresh() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schema/leaklint.schema.json");
    let mut fresh = serde_json::to_string_pretty(&schema()).unwrap();
    fresh.push('\n');
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        fs::write(path, &fresh).unwrap();
        return;
    }
    assert!(
        fresh == SCHEMA,
        "the types have changed: run UPDATE_SCHEMA=1 cargo test --lib the_schema_is_fresh, and read the diff"
    );
}

/// The schema of the types; a key is left out rather than `null`, as in the parser.
fn schema() -> Value {
    let schema = SchemaSettings::draft07().into_generator().into_root_schema_for::<Config>();
    let mut schema = schema.to_value();
    without_null(&mut schema);
    schema["title"] = "leaklint".into();
    schema
}

fn without_null(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(without_null),
        Value::Object(object) => {
            object.values_mut().for_each(without_null);
            object.remove("default");
            // Wider than what a configuration needs to say of a number.
            object.remove("format");
            if let Some(Value::Array(types)) = object.get_mut("type") {
                types.retain(|name| name != "null");
                if let [one] = types.as_slice() {
                    let one = one.clone();
                    object.insert("type".into(), one);
                }
            }
            if let Some(Value::Array(ways)) = object.get_mut("anyOf") {
                ways.retain(|way| way["type"] != "null");
                if let [Value::Object(one)] = ways.as_slice() {
                    let one = one.clone();
                    object.remove("anyOf");
                    object.extend(one);
                }
            }
        }
        _ => {}
    }
}

impl schemars::JsonSchema for super::Rules {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Rules".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let setting = generator.subschema_for::<super::RuleSetting>();
        let about = |name: &str| match Target::named(name) {
            Some(Target::Rule(name)) => crate::rules::rule(name).unwrap().summary.to_string(),
            Some(Target::Category(category)) => {
                let rules = RULES.iter().filter(|rule| rule.category == category).map(|rule| rule.name);
                format!("The category {category}: {}", rules.collect::<Vec<_>>().join(", "))
            }
            _ => "Every rule".to_string(),
        };
        let properties: Map<String, Value> = Target::names()
            .into_iter()
            .map(|name| (name.to_string(), json!({ "description": about(name), "allOf": [setting] })))
            .collect();
        schemars::json_schema!({ "type": "object", "properties": properties, "additionalProperties": false })
    }
}

impl schemars::JsonSchema for super::RuleSetting {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "RuleSetting".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let level = generator.subschema_for::<Level>();
        let options = generator.subschema_for::<super::RuleOptions>();
        schemars::json_schema!({
            "description": "A level, or a list of a level and options",
            "anyOf": [level, { "type": "array", "items": [level, options], "minItems": 1, "maxItems": 2 }]
        })
    }
}
