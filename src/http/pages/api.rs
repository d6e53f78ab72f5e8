//! The API for the developers of other systems, as a page: made from the OpenAPI document, so that it says what that says.

use super::Language;
use super::html::{PageFrame, escape};
use super::texts::{Texts, texts};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value, json};
use std::fmt::Write as _;

/// How deep examples go.
const DEEPEST: usize = 5;
/// What operations are called.
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// The page in both languages.
pub struct ApiPage {
    vietnamese: String,
    english: String,
}

impl ApiPage {
    /// Made once, for the document does not change while the service runs.
    pub fn new(document: &Value) -> Self {
        let of = |language| Maker { document, t: texts(language) }.main();
        Self { vietnamese: of(Language::Vi), english: of(Language::En) }
    }

    /// The page as an answer.
    pub fn answer(&self, language: Language) -> Response {
        let main = match language {
            Language::Vi => &self.vietnamese,
            Language::En => &self.english,
        };
        PageFrame { language, path: "/api", heading: texts(language).api_heading, main }.answer(StatusCode::OK)
    }
}

struct Maker<'a> {
    document: &'a Value,
    t: &'static Texts,
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn entries<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    value.get(key).and_then(Value::as_object).into_iter().flatten()
}

/// Text with what stands between backticks as code.
fn prose(words: &str) -> String {
    let mut out = String::new();
    for (at, piece) in words.split('`').enumerate() {
        if at % 2 == 1 {
            _ = write!(out, "<code>{}</code>", escape(piece));
        } else {
            out.push_str(&escape(piece));
        }
    }
    out
}

/// Letters and digits of a path, for an anchor.
fn anchor(words: &str) -> String {
    words.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' }).collect()
}

impl Maker<'_> {
    fn main(&self) -> String {
        let Texts { api_lead, api_document, api_token, api_errors, api_schemas, .. } = self.t;
        let mut tags: Vec<(&str, String)> = Vec::new();
        for (path, item) in entries(self.document, "paths") {
            for method in METHODS {
                let Some(operation) = item.get(method) else { continue };
                let tag = list(operation, "tags").first().and_then(Value::as_str).unwrap_or_default();
                let told = self.operation(method, path, operation);
                match tags.iter_mut().find(|(known, _)| *known == tag) {
                    Some((_, all)) => all.push_str(&told),
                    None => tags.push((tag, told)),
                }
            }
        }
        tags.sort();
        let links: Vec<String> =
            tags.iter().map(|(tag, _)| format!("<a href=\"#tag-{0}\">{0}</a>", escape(tag))).collect();
        let mut main = format!(
            "<p class=\"lead\">{api_lead}</p>\n<p>{api_token}</p>\n<p>{api_errors}</p>\n\
             <p><a href=\"/api/openapi.json\">{api_document}</a></p>\n<p>{} · <a href=\"#schemas\">{api_schemas}</a></p>\n",
            links.join(" · ")
        );
        for (tag, all) in &tags {
            _ = write!(main, "<h2 class=\"next\" id=\"tag-{0}\">{0}</h2>\n{all}", escape(tag));
        }
        _ = writeln!(main, "<h2 class=\"next\" id=\"schemas\">{api_schemas}</h2>");
        for (name, schema) in entries(self.document.get("components").unwrap_or(&Value::Null), "schemas") {
            main.push_str(&self.schema(name, schema));
        }
        main
    }

    fn operation(&self, method: &str, path: &str, operation: &Value) -> String {
        let Texts { api_parameters, api_body, api_answers, api_public, .. } = self.t;
        let method = method.to_uppercase();
        let mut out = format!(
            "<details id=\"{}\"><summary><code>{method} {}</code> {}</summary>\n<p>{}</p>\n",
            anchor(&format!("{method} {path}")),
            escape(path),
            prose(text(operation, "summary")),
            prose(text(operation, "description"))
        );
        if list(operation, "security").is_empty() {
            _ = writeln!(out, "<p>{api_public}</p>");
        }
        let parameters = list(operation, "parameters");
        if !parameters.is_empty() {
            _ = writeln!(out, "<h3>{api_parameters}</h3>");
            let rows: Vec<_> = parameters
                .iter()
                .map(|p| {
                    let is_needed = p.get("required").and_then(Value::as_bool).unwrap_or_default();
                    let kind = kind(p.get("schema").unwrap_or(&Value::Null));
                    (text(p, "name"), format!("{}: {kind}", escape(text(p, "in"))), is_needed, text(p, "description"))
                })
                .collect();
            out.push_str(&self.rows(&rows));
        }
        if let Some(body) = operation.get("requestBody") {
            _ = writeln!(out, "<h3>{api_body}</h3>\n<p>{}</p>", prose(text(body, "description")));
            for (media_type, content) in entries(body, "content") {
                let schema = content.get("schema").unwrap_or(&Value::Null);
                _ = writeln!(out, "<p><code>{}</code> {}</p>", escape(media_type), kind(schema));
                if media_type.ends_with("json") {
                    let example = serde_json::to_string_pretty(&self.example(schema, 0)).unwrap_or_default();
                    _ = writeln!(out, "<pre>{}</pre>", lines(&example));
                }
            }
        }
        _ = writeln!(out, "<h3>{api_answers}</h3>\n<ul>");
        for (status, response) in entries(operation, "responses") {
            let mut kinds = Vec::new();
            for (media_type, content) in entries(response, "content") {
                let kind = content.get("schema").map(kind).unwrap_or_default();
                kinds.push(format!("<code>{}</code> {kind}", escape(media_type)));
            }
            let said = prose(text(response, "description"));
            _ = writeln!(out, "<li><code>{}</code> {said} {}</li>", escape(status), kinds.join(", "));
        }
        out.push_str("</ul></details>\n");
        out
    }

    fn schema(&self, name: &str, schema: &Value) -> String {
        let needed: Vec<&str> = list(schema, "required").iter().filter_map(Value::as_str).collect();
        let rows: Vec<_> = entries(schema, "properties")
            .map(|(name, property)| {
                let is_needed = needed.contains(&name.as_str());
                (name.as_str(), kind(property), is_needed, text(property, "description"))
            })
            .collect();
        let kind = if rows.is_empty() { kind(schema) } else { self.rows(&rows) };
        let said = prose(text(schema, "description"));
        format!(
            "<details id=\"schema-{}\"><summary><code>{}</code></summary>\n<p>{said}</p>\n{kind}</details>\n",
            anchor(name),
            escape(name)
        )
    }

    fn rows(&self, rows: &[(&str, String, bool, &str)]) -> String {
        let mut out = "<dl class=\"facts\">\n".to_owned();
        for (name, kind, is_needed, said) in rows {
            let needed = if *is_needed { self.t.api_needed } else { "" };
            _ = writeln!(
                out,
                "<div><dt><code>{}</code> {needed}</dt><dd>{kind}<br>{}</dd></div>",
                escape(name),
                prose(said)
            );
        }
        out.push_str("</dl>\n");
        out
    }

    /// An example of a value: what must be there, and what the document has an example of.
    fn example(&self, schema: &Value, depth: usize) -> Value {
        if let Some(example) = schema.get("example").or_else(|| list(schema, "examples").first()) {
            return example.clone();
        }
        if depth > DEEPEST {
            return Value::Null;
        }
        if let Some(name) = schema.get("$ref").and_then(Value::as_str).and_then(|at| at.rsplit('/').next()) {
            let schemas = self.document.pointer("/components/schemas").unwrap_or(&Value::Null);
            return schemas.get(name).map(|found| self.example(found, depth.saturating_add(1))).unwrap_or_default();
        }
        if let Some(first) = list(schema, "enum").first() {
            return first.clone();
        }
        let mut either = ["oneOf", "anyOf"].iter().flat_map(|key| list(schema, key));
        if let Some(one) = either.find(|one| one.get("type") != Some(&json!("null"))) {
            return self.example(one, depth.saturating_add(1));
        }
        if let Some(items) = schema.get("items") {
            return json!([self.example(items, depth.saturating_add(1))]);
        }
        let kind = match schema.get("type") {
            Some(Value::Array(kinds)) => kinds.iter().find(|kind| **kind != json!("null")),
            kind => kind,
        };
        match kind.and_then(Value::as_str).unwrap_or_default() {
            "string" => json!("…"),
            "integer" | "number" => json!(0),
            "boolean" => json!(false),
            _ => {
                let needed: Vec<&str> = list(schema, "required").iter().filter_map(Value::as_str).collect();
                let is_shown =
                    |name: &str, property: &Value| needed.contains(&name) || property.get("example").is_some();
                let shown = entries(schema, "properties").filter(|(name, property)| is_shown(name, property));
                let shown =
                    shown.map(|(name, property)| (name.clone(), self.example(property, depth.saturating_add(1))));
                Value::Object(shown.collect::<Map<_, _>>())
            }
        }
    }
}

/// What a value is, in a few words; HTML.
fn kind(schema: &Value) -> String {
    if let Some(name) = schema.get("$ref").and_then(Value::as_str).and_then(|at| at.rsplit('/').next()) {
        return format!("<a href=\"#schema-{}\">{}</a>", anchor(name), escape(name));
    }
    let either: Vec<String> = ["oneOf", "anyOf"].iter().flat_map(|key| list(schema, key)).map(kind).collect();
    if !either.is_empty() {
        return either.join(" | ");
    }
    let values: Vec<String> =
        list(schema, "enum").iter().map(|value| format!("<code>{}</code>", escape(&value.to_string()))).collect();
    if !values.is_empty() {
        return values.join(" | ");
    }
    if let Some(items) = schema.get("items") {
        return format!("[{}]", kind(items));
    }
    match schema.get("type") {
        Some(Value::String(kind)) => escape(kind),
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).map(escape).collect::<Vec<_>>().join(" | "),
        _ => String::new(),
    }
}

/// Text of several lines.
fn lines(words: &str) -> String {
    words.lines().map(escape).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_says_what_the_document_says_and_nothing_else() {
        let document = json!({"paths": {"/api/v1/a/{id}": {"post": {"tags": ["t"], "description": "Does `a` <b>.",
            "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
            "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}}},
            "responses": {"200": {"description": "done", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}}}}}}},
            "components": {"schemas": {"A": {"type": "object", "required": ["n"], "properties": {
                "n": {"type": ["integer", "null"], "description": "A number."}, "s": {"type": "string", "example": "x\"y"},
                "again": {"$ref": "#/components/schemas/A"}}}}}});
        let main = Maker { document: &document, t: texts(Language::En) }.main();
        for part in [
            "<code>POST /api/v1/a/{id}</code>",
            "Does <code>a</code> &lt;b&gt;.",
            "<a href=\"#schema-A\">A</a>",
            "id=\"schema-A\"",
            "integer | null",
            "&quot;n&quot;: 0",
            "x\\&quot;y",
        ] {
            assert!(main.contains(part), "{part}: {main}");
        }
        assert!(!main.contains("<b>") && !main.contains("<script"), "{main}");
    }
}
