//! What is wrong with the JSON of a request, in the words of its form: which field, what it has to be, what it is instead. The form is what the
//! request's types say of themselves for OpenAPI.

use crate::messages::{Text, both};
use serde_json::error::Category;
use serde_json::{Map, Value};
use utoipa::{PartialSchema, ToSchema};

/// Characters of a value that are told.
const SHOWN: usize = 40;

/// Why a request could not be read.
pub(super) fn explained<T: ToSchema>(json: &[u8], error: &serde_json::Error) -> Text {
    if error.classify() != Category::Data {
        return both!("không phải JSON: {error}", "it is not JSON: {error}");
    }
    let found = serde_json::from_slice(json).ok().and_then(|value: Value| Form::of::<T>().fault("", &value, None));
    let (field, why) = found.unwrap_or_else(|| (String::new(), both!("không đọc được: {error}", "{error}")));
    if field.is_empty() { why } else { Text::new(format!("{field}: {}", why.vi), why.en) }
}

/// A type and those that it refers to by their names, as schemas.
struct Form {
    root: Value,
    named: Map<String, Value>,
}

/// A field, and what is wrong with it.
type Fault = (String, Text);

impl Form {
    fn of<T: ToSchema>() -> Self {
        let mut named = Vec::new();
        T::schemas(&mut named);
        let json = |schema| serde_json::to_value(schema).unwrap_or_default();
        let named = named.into_iter().map(|(name, schema)| (name, json(schema))).collect();
        Self { root: json(<T as PartialSchema>::schema()), named }
    }

    /// The first field that is not what it has to be.
    fn fault(&self, path: &str, value: &Value, schema: Option<&Value>) -> Option<Fault> {
        let schema = self.resolved(schema.unwrap_or(&self.root));
        let is = |kind: &str| match schema.get("type") {
            Some(Value::Array(kinds)) => kinds.iter().any(|known| known == kind),
            known => known.is_some_and(|known| known == kind),
        };
        let wrong = |vi: &str, en: &str| Some((path.to_owned(), instead(vi, en, value)));
        if let Some(words) = schema.get("enum").and_then(Value::as_array) {
            let words: Vec<&str> = words.iter().filter_map(Value::as_str).collect();
            let (is_one, words) = (value.as_str().is_some_and(|text| words.contains(&text)), words.join(", "));
            return if is_one { None } else { wrong(&format!("một trong {words}"), &format!("one of {words}")) };
        }
        match value {
            _ if is("object") => match value {
                Value::Object(object) => self.members(path, object, schema),
                _ => wrong("một đối tượng {...}", "an object {...}"),
            },
            _ if is("array") => match value {
                Value::Array(items) => items
                    .iter()
                    .enumerate()
                    .find_map(|(at, item)| self.fault(&format!("{path}[{at}]"), item, schema.get("items"))),
                _ => wrong("một danh sách", "a list"),
            },
            Value::Number(number) if is("integer") && number.is_u64() && !number.is_i64() => {
                wrong("số không quá 64 bit", "a number of at most 64 bits")
            }
            _ if is("integer") && !value.is_i64() => wrong("số nguyên", "a whole number"),
            _ if is("string") && !value.is_string() => wrong("chuỗi ký tự", "a text"),
            _ => None,
        }
    }

    fn members(&self, path: &str, object: &Map<String, Value>, schema: &Value) -> Option<Fault> {
        let known = schema.get("properties")?.as_object()?;
        let at = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        if let Some(name) = object.keys().find(|name| !known.contains_key(*name)) {
            let names = known.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
            let why = both!("không có trường này; các trường là {names}", "is no field here; those are {names}");
            return Some((at(&name.chars().take(SHOWN).collect::<String>()), why));
        }
        let needed = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
        known.iter().find_map(|(name, schema)| match object.get(name) {
            None | Some(Value::Null) if needed.iter().any(|needed| needed == name) => {
                Some((at(name), both!("phải có", "must be given")))
            }
            None | Some(Value::Null) => None,
            Some(value) => self.fault(&at(name), value, Some(schema)),
        })
    }

    /// The schema itself: behind a name, and, where there may be nothing, the one for something.
    fn resolved<'a>(&'a self, schema: &'a Value) -> &'a Value {
        if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
            let name = name.rsplit('/').next().unwrap_or_default();
            return self.named.get(name).unwrap_or(schema);
        }
        let is_something = |one: &&Value| one.get("type").is_none_or(|kind| kind != "null");
        match schema.get("oneOf").and_then(Value::as_array) {
            Some(several) => several.iter().find(is_something).map_or(schema, |one| self.resolved(one)),
            None => schema,
        }
    }
}

fn instead(vi: &str, en: &str, value: &Value) -> Text {
    let (is_vi, is_en) = match value {
        Value::Object(_) => ("đối tượng".to_owned(), "an object".to_owned()),
        Value::Array(_) => ("danh sách".to_owned(), "a list".to_owned()),
        Value::Null => ("để trống".to_owned(), "nothing".to_owned()),
        simple => {
            let shown: String = simple.to_string().chars().take(SHOWN).collect();
            (shown.clone(), shown)
        }
    };
    Text::new(format!("phải là {vi}, không phải {is_vi}"), format!("must be {en}, not {is_en}"))
}
