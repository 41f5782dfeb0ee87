//! The shape that a request asks its answer to have.

use super::error::ApiError;
use super::fields::{Fields, missing};
use super::tool::well_named;
use serde_json::Value;

/// How deep a schema may be nested: OpenAI's guide, "Structured outputs".
const DEPTH: usize = 10;

/// The shape that an answer is to have.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum ResponseFormat {
    /// Any text.
    #[default]
    Text,
    /// A JSON object.
    JsonObject,
    /// JSON that this schema describes.
    JsonSchema(Value),
}

/// Reads a format at its place in the request; `described` finds the fields of
/// a schema: below `json_schema` in a request for a completion, in the format
/// itself in one for a response.
pub(super) fn format<'a>(
    format: Fields<'a>,
    path: &'static str,
    described: fn(Fields<'a>) -> Result<Fields<'a>, ApiError>,
) -> Result<ResponseFormat, ApiError> {
    format.needed("type")?;
    let kind =
        format.one_of("type", &["text", "json_object", "json_schema"])?;
    match kind {
        Some("json_object") => Ok(ResponseFormat::JsonObject),
        Some("json_schema") => schema(&described(format)?, path),
        _ => Ok(ResponseFormat::Text),
    }
}

/// JSON is asked for, and no message says so: a model would not stop.
pub(super) fn says_json<'a>(
    format: &ResponseFormat,
    path: &str,
    mut texts: impl Iterator<Item = &'a str>,
) -> Result<(), ApiError> {
    if *format != ResponseFormat::JsonObject
        || texts.any(|text| text.to_ascii_lowercase().contains("json"))
    {
        return Ok(());
    }
    let (whole, param) = match path {
        "text.format" => ("input", "input"),
        _ => ("messages", "messages"),
    };
    Err(ApiError::uncoded(
        param,
        format!(
            "'{whole}' must contain the word 'json' in some form, to use \
             '{path}' of type 'json_object'."
        ),
    ))
}

fn schema(
    fields: &Fields<'_>,
    path: &'static str,
) -> Result<ResponseFormat, ApiError> {
    let name = fields.string("name")?;
    let name = name.ok_or_else(|| missing(fields.name("name")))?;
    well_named(&fields.name("name"), name)?;
    fields.string("description")?;
    let strict = fields.boolean("strict")?.unwrap_or(false);
    let schema = fields.needed("schema")?;
    fields.object("schema")?;
    let wrong = |what: String| {
        ApiError::uncoded(
            path,
            format!("Invalid schema for response_format '{name}': {what}"),
        )
    };
    if schema["type"] != "object" {
        let got = schema.get("type").unwrap_or(&Value::Null);
        return Err(wrong(format!(
            "schema must be a JSON Schema of 'type: \"object\"', got 'type: \
             {got}'."
        )));
    }
    if strict {
        is_strict(schema, &mut Vec::new()).map_err(wrong)?;
    }
    Ok(ResponseFormat::JsonSchema(schema.clone()))
}

/// A strict schema closes its objects and requires all that they have.
fn is_strict<'a>(
    schema: &'a Value,
    context: &mut Vec<&'a str>,
) -> Result<(), String> {
    let said = |context: &[&str], what: &str| {
        Err(format!("In context=({}), {what}", context.join(", ")))
    };
    if context.len() > 2 * DEPTH {
        return said(context, "the schema is nested too deeply.");
    }
    if let Some(properties) = schema["properties"].as_object() {
        if schema["additionalProperties"] != false {
            return said(
                context,
                "'additionalProperties' is required to be supplied and to be \
                 false.",
            );
        }
        let required = schema["required"].as_array();
        let has = |name: &String| {
            required.is_some_and(|all| all.iter().any(|one| one == name))
        };
        if let Some(name) = properties.keys().find(|name| !has(name)) {
            return said(
                context,
                &format!(
                    "'required' is required to be supplied and to be an array \
                     including every key in properties. Missing '{name}'."
                ),
            );
        }
    }
    within(schema, context, is_strict)
}

/// Looks at each schema within this one.
fn within<'a>(
    schema: &'a Value,
    context: &mut Vec<&'a str>,
    look: fn(&'a Value, &mut Vec<&'a str>) -> Result<(), String>,
) -> Result<(), String> {
    let mut inside = |name: &'a str, inner: &'a Value| {
        context.push(name);
        let found = look(inner, context);
        context.pop();
        found
    };
    for many in ["properties", "$defs"] {
        for (name, inner) in schema[many].as_object().into_iter().flatten() {
            inside(name, inner)?;
        }
    }
    for inner in schema["anyOf"].as_array().into_iter().flatten() {
        inside("anyOf", inner)?;
    }
    schema.get("items").map_or(Ok(()), |i| inside("items", i))
}
