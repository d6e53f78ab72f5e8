//! What is wrong with the JSON of a request, in the words of its form: which field, what it has to be, what it is instead.

use serde_json::Value;
use serde_json::error::Category;

/// Characters of a value that are told.
const SHOWN: usize = 40;

/// What a field has to be.
enum Shape {
    Text,
    /// A whole number.
    Whole,
    OneOf(&'static [&'static str]),
    /// Members by name, and whether they must be there.
    Members(&'static [(&'static str, Shape, bool)]),
    Each(&'static Shape),
}

use Shape::{Each, Members, OneOf, Text, Whole};

const REQUEST: Shape = Members(&[
    ("series", Text, false),
    ("payer", PAYER, true),
    ("lines", Each(&LINE), true),
    ("payment", Members(&[("method", OneOf(&["cash", "transfer", "portal"]), true), ("reference", Text, false)]), true),
    ("dossier", Text, false),
    ("note", Text, false),
    ("channel", OneOf(&["counter", "portal"]), false),
    ("exchange", Members(&[("currency", Text, true), ("rate", Text, true), ("source", Text, true)]), false),
]);

const PAYER: Shape = Members(&[
    ("name", Text, true),
    ("tax_code", Text, false),
    ("personal_id", Text, false),
    ("address", Text, false),
    ("email", Text, false),
    ("phone", Text, false),
]);

const LINE: Shape = Members(&[
    ("fee", Text, true),
    ("name", Text, false),
    ("unit", Text, false),
    ("quantity", Whole, true),
    ("unit_price", Whole, false),
    ("currency_price", Text, false),
    ("amount", Whole, false),
    ("value", Whole, false),
    ("reduction", Members(&[("code", Text, false), ("reason", Text, false), ("amount", Whole, false)]), false),
]);

/// Why a request could not be read.
pub(super) fn explained(json: &[u8], error: &serde_json::Error) -> String {
    if error.classify() != Category::Data {
        return format!("it is not JSON: {error}");
    }
    let found = serde_json::from_slice(json).ok().and_then(|value: Value| fault("", &value, &REQUEST));
    found.unwrap_or_else(|| error.to_string())
}

/// The first field that is not what it has to be.
fn fault(path: &str, value: &Value, shape: &Shape) -> Option<String> {
    let name = if path.is_empty() { "the request" } else { path };
    let wrong = |wanted: String| Some(format!("{name}: must be {wanted}, not {}", shown(value)));
    match (shape, value) {
        (Text, Value::String(_)) => None,
        (Text, _) => wrong("a text".to_owned()),
        (Whole, value) if value.is_i64() => None,
        (Whole, Value::Number(number)) if number.is_u64() => wrong("a number of at most 64 bits".to_owned()),
        (Whole, _) => wrong("a whole number".to_owned()),
        (OneOf(words), Value::String(text)) if words.contains(&text.as_str()) => None,
        (OneOf(words), _) => wrong(format!("one of {}", words.join(", "))),
        (Each(shape), Value::Array(items)) => {
            items.iter().enumerate().find_map(|(at, item)| fault(&format!("{path}[{at}]"), item, shape))
        }
        (Each(_), _) => wrong("a list".to_owned()),
        (Members(members), Value::Object(object)) => {
            let at = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
            if let Some(name) = object.keys().find(|name| members.iter().all(|(known, ..)| known != name)) {
                let known: Vec<&str> = members.iter().map(|(known, ..)| *known).collect();
                let name = name.chars().take(SHOWN).collect::<String>();
                return Some(format!("{}: is no field here; those are {}", at(&name), known.join(", ")));
            }
            members.iter().find_map(|(name, shape, is_needed)| match object.get(*name) {
                None | Some(Value::Null) if *is_needed => Some(format!("{}: must be given", at(name))),
                None | Some(Value::Null) => None,
                Some(value) => fault(&at(name), value, shape),
            })
        }
        (Members(_), _) => wrong("an object {...}".to_owned()),
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Object(_) => "an object".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Null => "nothing".to_owned(),
        simple => simple.to_string().chars().take(SHOWN).collect(),
    }
}
