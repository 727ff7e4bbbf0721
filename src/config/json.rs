//! From the text of a configuration to typed data, where every mistake has a place: a deserializer
//! over a syntax tree with spans, because serde's own errors say nothing of where.

use crate::source::Span;
use crate::suggest::nearest;
use jsonc_parser::ast::{Object, ObjectProp, Value};
use jsonc_parser::common::{Range, Ranged};
use jsonc_parser::errors::ParseError;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};
use serde::de::value::StrDeserializer;
use serde::de::{self, DeserializeOwned, Expected, IntoDeserializer, Unexpected, Visitor};
use std::fmt;

/// What is wrong with a configuration, where, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The place, in bytes of the text.
    pub span: Span,
    /// What is wrong.
    pub message: String,
    /// What to write instead; empty where the message says it.
    pub help: String,
}

/// A mistake of the whole text.
impl From<String> for Mistake {
    fn from(message: String) -> Self {
        Self { span: Span::new(0, 0), message, help: String::new() }
    }
}

/// Parses a configuration: JSON, where `lenient` with comments and trailing commas.
pub(super) fn parse(text: &str, lenient: bool) -> Result<Value<'_>, Mistake> {
    let options = ParseOptions {
        allow_comments: lenient,
        allow_trailing_commas: lenient,
        allow_loose_object_property_names: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    let parsed = parse_to_ast(text, &CollectOptions::default(), &options).map_err(|error| broken(text, &error))?;
    parsed.value.ok_or_else(|| Mistake {
        span: Span::new(0, 0),
        message: "this file is empty".into(),
        help: "write `{}`, or remove the file".into(),
    })
}

fn broken(text: &str, error: &ParseError) -> Mistake {
    use jsonc_parser::errors::ParseErrorKind as Kind;
    let words = error.kind().to_string();
    let mut letters = words.chars();
    let words: String = letters.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(letters).collect();
    let help = match error.kind() {
        Kind::SingleQuotedStringsNotAllowed => "write it in double quotes",
        Kind::ExpectedStringObjectProperty | Kind::UnexpectedWord => "write names and text in double quotes",
        Kind::ExpectedComma => "write a comma after the value before",
        Kind::UnterminatedObject => "close it with `}`",
        Kind::UnterminatedArray => "close it with `]`",
        Kind::CommentsNotAllowed | Kind::TrailingCommasNotAllowed => {
            "package.json is plain JSON; `leaklint.json` may have comments and trailing commas"
        }
        _ => "",
    };
    Mistake { span: span(text, error.range()), message: format!("this is not JSON: {words}"), help: help.to_string() }
}

/// The range as a span that lies on one line.
fn span(text: &str, range: Range) -> Span {
    let at = |byte: usize| u32::try_from(byte.min(text.len())).unwrap_or(u32::MAX);
    let shown = text.get(range.start..range.end).unwrap_or("");
    let end = shown.find('\n').map_or(range.end, |line| range.start + line.max(1));
    Span::new(at(range.start), at(end))
}

/// Reads a value as a `T`.
pub(super) fn read<T: DeserializeOwned>(text: &str, value: &Value<'_>) -> Result<T, Mistake> {
    T::deserialize(Node(value)).map_err(|problem| {
        let (message, help) = problem.words.split_once('\n').unwrap_or((&problem.words, ""));
        let range = problem.range.unwrap_or_else(|| value.range());
        Mistake { span: span(text, range), message: message.to_string(), help: help.to_string() }
    })
}

/// The place of what a path leads to, `overrides/0/files/1`: a value, or the last key itself. Where the
/// path ends early, so does the place.
pub(super) fn place(text: &str, mut value: &Value<'_>, path: &str, key: bool) -> Span {
    let mut range = value.range();
    for step in path.split('/') {
        let inner = match value {
            Value::Object(object) => property(object, step).map(|property| {
                range = if key { property.name.range() } else { property.value.range() };
                &property.value
            }),
            Value::Array(array) => step.parse().ok().and_then(|at: usize| array.elements.get(at)),
            _ => None,
        };
        let Some(inner) = inner else { break };
        if !key || matches!(value, Value::Array(_)) {
            range = inner.range();
        }
        value = inner;
    }
    span(text, range)
}

/// The property of that name; of several, the last.
pub(super) fn property<'v, 'a>(object: &'v Object<'a>, name: &str) -> Option<&'v ObjectProp<'a>> {
    object.properties.iter().rev().find(|property| property.name.as_str() == name)
}

/// "`a`, `b` or `c`".
pub(super) fn either(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => String::new(),
    }
}

/// The words of a mistake about a name that does not exist: what is wrong, and on a second line what to write.
pub(super) fn unknown(what: &str, given: &str, known: &[&str]) -> String {
    let near = known.iter().find(|name| name.eq_ignore_ascii_case(given)).copied();
    let help = match near.or_else(|| nearest(given, known.iter().copied())) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => String::new(),
        None => format!("write {}", either(known)),
    };
    format!("there is no {what} `{given}`\n{help}")
}

/// An error of serde: words, what to write after a line break, and a place once it is known.
#[derive(Debug)]
pub(super) struct Problem {
    words: String,
    range: Option<Range>,
}

impl Problem {
    fn new(words: String) -> Self {
        Self { words, range: None }
    }

    /// The innermost place that is known stays.
    fn at(mut self, range: Range) -> Self {
        self.range.get_or_insert(range);
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

impl std::error::Error for Problem {}

impl de::Error for Problem {
    fn custom<T: fmt::Display>(words: T) -> Self {
        Self::new(words.to_string())
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let expected = expected.to_string();
        let expected = match expected.as_str() {
            "a sequence" => "a list",
            "a map" => "an object",
            other if other.starts_with("struct ") => "an object",
            "a string" => "text in double quotes",
            "a boolean" => "`true` or `false`",
            other if other.starts_with("string or") || other.starts_with("variant ") => "one of the words it may be",
            "usize" => "a number from 0",
            other => other,
        };
        let (found, help) = match found {
            Unexpected::Str(text) if expected == "a list" => (format!("`{text}`"), format!("write `[\"{text}\"]`")),
            Unexpected::Str(text @ ("true" | "false")) => {
                (format!("`\"{text}\"`"), format!("write `{text}`, without quotes"))
            }
            Unexpected::Str(text) => (format!("`\"{text}\"`"), String::new()),
            Unexpected::Map => ("an object".into(), String::new()),
            Unexpected::Seq => ("a list".into(), String::new()),
            Unexpected::Unit => ("`null`".into(), "leave the key out".into()),
            Unexpected::Bool(value) => (format!("`{value}`"), String::new()),
            Unexpected::Unsigned(value) => (format!("`{value}`"), String::new()),
            Unexpected::Signed(value) => (format!("`{value}`"), String::new()),
            Unexpected::Float(value) => (format!("`{value}`"), String::new()),
            other => (other.to_string(), String::new()),
        };
        Self::new(format!("this is {found}, and not {expected}\n{help}"))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::invalid_type(found, expected)
    }

    fn unknown_variant(given: &str, known: &'static [&'static str]) -> Self {
        Self::new(unknown("value", given, known))
    }

    fn unknown_field(given: &str, known: &'static [&'static str]) -> Self {
        Self::new(unknown("key", given, known))
    }

    fn missing_field(name: &'static str) -> Self {
        Self::new(format!("`{name}` is missing here"))
    }
}

/// A value of the syntax tree, to be read.
struct Node<'v>(&'v Value<'v>);

impl<'de> de::Deserializer<'de> for Node<'_> {
    type Error = Problem;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        let found = match self.0 {
            Value::StringLit(text) => visitor.visit_str(&text.value),
            Value::BooleanLit(value) => visitor.visit_bool(value.value),
            Value::NullKeyword(_) => visitor.visit_unit(),
            Value::NumberLit(number) => match (number.value.parse(), number.value.parse()) {
                (Ok(whole), _) => visitor.visit_u64(whole),
                (_, Ok(value)) => visitor.visit_f64(value),
                _ => Err(Problem::new("this number is out of range".into())),
            },
            Value::Array(array) => visitor.visit_seq(List(array.elements.iter())),
            Value::Object(object) => {
                once(object).and_then(|()| visitor.visit_map(Entries(object.properties.iter(), None)))
            }
        };
        found.map_err(|problem| problem.at(self.0.range()))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        // A key is left out rather than `null`.
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        // Derived visitors would take a list of the fields as well.
        match self.0 {
            Value::Array(array) => {
                Err(de::Error::invalid_type(Unexpected::Seq, &visitor)).map_err(|it: Problem| it.at(array.range))
            }
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        known: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        let range = self.0.range();
        let found = match self.0 {
            Value::StringLit(text) => visitor.visit_enum((&*text.value).into_deserializer()),
            _ => Err(Problem::new(format!("this is no word\nwrite {}, in double quotes", either(known)))),
        };
        found.map_err(|problem: Problem| problem.at(range))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map identifier ignored_any
    }
}

/// Refuses an object with a key twice, of which one would be ignored.
fn once(object: &Object<'_>) -> Result<(), Problem> {
    for (at, property) in object.properties.iter().enumerate() {
        let name = property.name.as_str();
        if object.properties[..at].iter().any(|before| before.name.as_str() == name) {
            let words = format!("the key `{name}` is given twice\nkeep one of them");
            return Err(Problem::new(words).at(property.name.range()));
        }
    }
    Ok(())
}

struct List<'v>(std::slice::Iter<'v, Value<'v>>);

impl<'de> de::SeqAccess<'de> for List<'_> {
    type Error = Problem;

    fn next_element_seed<T: de::DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Problem> {
        self.0
            .next()
            .map(|value| seed.deserialize(Node(value)).map_err(|problem| problem.at(value.range())))
            .transpose()
    }
}

struct Entries<'v>(std::slice::Iter<'v, ObjectProp<'v>>, Option<&'v Value<'v>>);

impl<'de> de::MapAccess<'de> for Entries<'_> {
    type Error = Problem;

    fn next_key_seed<K: de::DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Problem> {
        let Some(property) = self.0.next() else { return Ok(None) };
        self.1 = Some(&property.value);
        let name: StrDeserializer<'_, Problem> = property.name.as_str().into_deserializer();
        seed.deserialize(name).map(Some).map_err(|problem| problem.at(property.name.range()))
    }

    fn next_value_seed<T: de::DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Problem> {
        let value = self.1.take().ok_or_else(|| Problem::new("a value comes after its key".into()))?;
        seed.deserialize(Node(value)).map_err(|problem| problem.at(value.range()))
    }
}
