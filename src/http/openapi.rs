//! The OpenAPI document (3.1): what it says besides the endpoints, and what is put right of how it is derived.

use super::problem::ProblemBody;
use super::{authority, log, receipts};
use crate::error::{Error, Kind, Result};
use serde_json::{Map, Value, json};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

/// What the document says besides the endpoints.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Dauson",
        description = "Signs and verifies official PDF documents, issues signed electronic fee receipts, and keeps an audit log of every signature."
    ),
    // the first two are answered by `receipts::show`; the others have a path of several pieces, which OpenAPI cannot say
    paths(receipts::pdf, receipts::xml, log::tile, authority::ocsp_in_path),
    components(schemas(ProblemBody)),
    modifiers(&Tokens)
)]
pub struct Document;

/// Tokens go in `Authorization: Bearer`; who has signed in has a cookie instead.
struct Tokens;

impl Modify for Tokens {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(scheme));
        let cookie = ApiKeyValue::with_description("dauson", "set by POST /api/v1/session; __Host-dauson over https");
        components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    }
}

/// The document as it is served.
pub fn document(derived: &utoipa::openapi::OpenApi) -> Result<Value> {
    let failed = |error: serde_json::Error| Error::new(Kind::Bug, "http.openapi", "the OpenAPI document", error);
    let mut document = serde_json::to_value(derived).map_err(failed)?;
    let schemas = document.pointer("/components/schemas").cloned().unwrap_or_default();
    merge(&mut document, &schemas);
    Ok(document)
}

/// Makes one schema of each that says "all of these". Derived so are fields that are flattened into others, where two schemas that know no other
/// keys than their own refuse each other's, and values with a description of their own, which is said to be that of an object.
fn merge(value: &mut Value, schemas: &Value) {
    match value {
        Value::Object(map) => {
            for value in map.values_mut() {
                merge(value, schemas);
            }
            if let Some(Value::Array(parts)) = map.remove("allOf") {
                let mut whole = Map::new();
                for part in &parts {
                    add(&mut whole, part, schemas);
                }
                whole.extend(std::mem::take(map));
                *map = whole;
            }
        }
        Value::Array(all) => all.iter_mut().for_each(|value| merge(value, schemas)),
        _ => {}
    }
}

/// Adds what one part says.
fn add(whole: &mut Map<String, Value>, part: &Value, schemas: &Value) {
    let resolved = part.get("$ref").and_then(Value::as_str).and_then(|at| at.rsplit('/').next());
    let mut part = resolved.and_then(|name| schemas.get(name)).unwrap_or(part).clone();
    merge(&mut part, schemas);
    let Value::Object(part) = part else { return };
    for (key, value) in part {
        match (whole.get_mut(&key), value) {
            (Some(Value::Object(known)), Value::Object(more)) if key == "properties" => known.extend(more),
            (Some(Value::Array(known)), Value::Array(more)) if key == "required" => known.extend(more),
            // a value that is one of several, or a text, stays so
            (Some(_), more) if key == "type" && more == json!("object") => {}
            (_, value) => _ = whole.insert(key, value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_in_parts_is_one_schema() {
        let mut document = json!({"components": {"schemas": {
            "Fee": {"type": "object", "additionalProperties": false, "required": ["code"], "properties": {
                "code": {"type": "string"},
                "kind": {"allOf": [{"type": "string", "enum": ["a"], "description": "One."}, {"type": "object", "description": "Other."}]}}},
            "FeeOf": {"allOf": [{"$ref": "#/components/schemas/Fee"},
                {"type": "object", "required": ["of"], "properties": {"of": {"type": "string"}}}], "description": "A fee of a unit."}
        }}});
        let schemas = document["components"]["schemas"].clone();
        merge(&mut document, &schemas);
        let schemas = &document["components"]["schemas"];
        assert_eq!(
            schemas["Fee"]["properties"]["kind"],
            json!({"type": "string", "enum": ["a"], "description": "Other."})
        );
        assert_eq!(schemas["FeeOf"]["required"], json!(["code", "of"]));
        assert_eq!(schemas["FeeOf"]["properties"]["kind"], schemas["Fee"]["properties"]["kind"]);
        assert_eq!(
            (&schemas["FeeOf"]["additionalProperties"], &schemas["FeeOf"]["description"]),
            (&json!(false), &json!("A fee of a unit."))
        );
        assert!(!document.to_string().contains("allOf"));
    }
}
