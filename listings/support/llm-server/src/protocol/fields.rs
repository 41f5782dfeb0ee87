//! The fields of a request's JSON, read one by one: what is missing, of the
//! wrong type or out of range is said in the API's words.

use super::error::ApiError;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::fmt::Display;

/// The fields of a JSON object, by name.
pub(super) type Fields = Map<String, Value>;

pub(super) fn object(body: &[u8]) -> Result<Fields, ApiError> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Err(malformed("The body of a request is a JSON object.")),
        Err(error) => Err(malformed(format!(
            "We could not parse the JSON body of your request: {error}."
        ))),
    }
}

fn malformed(message: impl Into<String>) -> ApiError {
    ApiError::invalid(StatusCode::BAD_REQUEST, None, None, message)
}

pub(super) fn known(fields: &Fields, all: &[&str]) -> Result<(), ApiError> {
    match fields.keys().find(|name| !all.contains(&name.as_str())) {
        None => Ok(()),
        Some(name) => Err(malformed(format!(
            "Unrecognized request argument supplied: {}",
            name.escape_debug()
        ))),
    }
}

/// A field that is there and not null.
pub(super) fn present<'a>(fields: &'a Fields, name: &str) -> Option<&'a Value> {
    fields.get(name).filter(|value| !value.is_null())
}

pub(super) fn missing(name: &'static str) -> ApiError {
    ApiError::bad(
        name,
        "missing_required_parameter",
        format!("Missing required parameter: '{name}'."),
    )
}

pub(super) fn wrong_type(name: &'static str, expected: &str) -> ApiError {
    ApiError::bad(
        name,
        "invalid_type",
        format!("Invalid type for '{name}': expected {expected}."),
    )
}

pub(super) fn model(fields: &Fields) -> Result<String, ApiError> {
    match present(fields, "model") {
        Some(Value::String(name)) if !name.is_empty() => Ok(name.clone()),
        Some(Value::String(_)) | None => Err(ApiError::bad(
            "model",
            "missing_required_parameter",
            "You must provide a model parameter.",
        )),
        Some(_) => Err(wrong_type("model", "a string")),
    }
}

pub(super) fn boolean(
    fields: &Fields,
    name: &'static str,
) -> Result<Option<bool>, ApiError> {
    match present(fields, name) {
        None => Ok(None),
        Some(Value::Bool(value)) => Ok(Some(*value)),
        Some(_) => Err(wrong_type(name, "a boolean")),
    }
}

pub(super) fn number(
    fields: &Fields,
    name: &'static str,
    least: f64,
    most: f64,
) -> Result<Option<f64>, ApiError> {
    let Some(value) = present(fields, name) else {
        return Ok(None);
    };
    let Some(value) = value.as_f64() else {
        return Err(wrong_type(name, "a decimal"));
    };
    if value < least {
        return Err(out_of_range(name, "decimal", value, ">=", least));
    }
    if value > most {
        return Err(out_of_range(name, "decimal", value, "<=", most));
    }
    Ok(Some(value))
}

pub(super) fn whole(
    fields: &Fields,
    name: &'static str,
    least: u64,
    most: u64,
) -> Result<Option<u64>, ApiError> {
    let Some(value) = present(fields, name) else {
        return Ok(None);
    };
    match (value.as_u64(), value.as_i64()) {
        (Some(value), _) if value > most => {
            Err(out_of_range(name, "integer", value, "<=", most))
        }
        (Some(value), _) if value < least => {
            Err(out_of_range(name, "integer", value, ">=", least))
        }
        (Some(value), _) => Ok(Some(value)),
        (None, Some(value)) => {
            Err(out_of_range(name, "integer", value, ">=", least))
        }
        (None, None) => Err(wrong_type(name, "an integer")),
    }
}

fn out_of_range<V: Display, L: Display>(
    name: &'static str,
    what: &str,
    value: V,
    relation: &str,
    limit: L,
) -> ApiError {
    let (side, code) = match (what, relation) {
        ("integer", ">=") => ("below minimum", "integer_below_min_value"),
        ("integer", _) => ("above maximum", "integer_above_max_value"),
        (_, ">=") => ("below minimum", "decimal_below_min_value"),
        _ => ("above maximum", "decimal_above_max_value"),
    };
    ApiError::bad(
        name,
        code,
        format!(
            "Invalid '{name}': {what} {side} value. Expected a value \
             {relation} {limit}, but got {value} instead."
        ),
    )
}

/// Which model a body asks, however wrong it is otherwise; empty where it does
/// not say.
pub(crate) fn named_model(body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Named {
        model: String,
    }
    serde_json::from_slice(body)
        .map_or_else(|_| String::new(), |named: Named| named.model)
}
