//! The fields of a request's JSON, read one by one: what is missing, of the
//! wrong type or out of range is said in the API's words.

use super::error::ApiError;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::fmt::{self, Display};

/// The body of a request: a JSON object.
pub(super) fn parse(body: &[u8]) -> Result<Map<String, Value>, ApiError> {
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

/// The fields of an object, and where it is: errors name a field by its path,
/// `messages[0].role`. A field that is null is absent.
#[derive(Debug)]
pub(super) struct Fields<'a> {
    map: &'a Map<String, Value>,
    path: Path,
}

/// Where an object is. It is put into words only if something is wrong there.
#[derive(Debug)]
struct Path {
    base: Cow<'static, str>,
    index: Option<usize>,
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.base)?;
        match self.index {
            Some(index) => write!(f, "[{index}]"),
            None => Ok(()),
        }
    }
}

impl<'a> Fields<'a> {
    /// Those of the body itself.
    pub(super) fn of(map: &'a Map<String, Value>) -> Self {
        let base = Cow::Borrowed("");
        Self {
            map,
            path: Path { base, index: None },
        }
    }

    /// Those of the value at this path.
    pub(super) fn at(
        value: &'a Value,
        path: impl Into<Cow<'static, str>>,
    ) -> Result<Self, ApiError> {
        let base = path.into();
        Self::found(value, Path { base, index: None })
    }

    /// Those of an item of the array at this path.
    pub(super) fn item(
        value: &'a Value,
        array: impl Into<Cow<'static, str>>,
        index: usize,
    ) -> Result<Self, ApiError> {
        let base = array.into();
        let index = Some(index);
        Self::found(value, Path { base, index })
    }

    fn found(value: &'a Value, path: Path) -> Result<Self, ApiError> {
        match value {
            Value::Object(map) => Ok(Self { map, path }),
            other => Err(wrong_type(&path.to_string(), "an object", other)),
        }
    }

    /// What errors call a field.
    pub(super) fn name(&self, field: &str) -> String {
        if self.path.base.is_empty() {
            field.to_owned()
        } else {
            format!("{}.{field}", self.path)
        }
    }

    /// The first that is none of these.
    pub(super) fn unknown(&self, all: &[&str]) -> Option<&'a str> {
        let mut names = self.map.keys().map(String::as_str);
        names.find(|name| !all.contains(name))
    }

    /// Whether they are all of these, in the words of most of the API.
    pub(super) fn known(&self, all: &[&str]) -> Result<(), ApiError> {
        match self.unknown(all) {
            None => Ok(()),
            Some(field) => {
                let name = self.name(field).escape_debug().to_string();
                let message = format!("Unknown parameter: '{name}'.");
                Err(ApiError::bad(name, "unknown_parameter", message))
            }
        }
    }

    /// A field that is there and not null.
    pub(super) fn get(&self, field: &str) -> Option<&'a Value> {
        self.map.get(field).filter(|value| !value.is_null())
    }

    /// A field that has to be there.
    pub(super) fn needed(&self, field: &str) -> Result<&'a Value, ApiError> {
        self.get(field).ok_or_else(|| missing(self.name(field)))
    }

    pub(super) fn boolean(
        &self,
        field: &str,
    ) -> Result<Option<bool>, ApiError> {
        self.typed(field, "a boolean", Value::as_bool)
    }

    pub(super) fn string(
        &self,
        field: &str,
    ) -> Result<Option<&'a str>, ApiError> {
        self.typed(field, "a string", Value::as_str)
    }

    pub(super) fn integer(&self, field: &str) -> Result<Option<i64>, ApiError> {
        self.typed(field, "an integer", Value::as_i64)
    }

    pub(super) fn array(
        &self,
        field: &str,
    ) -> Result<Option<&'a Vec<Value>>, ApiError> {
        self.typed(field, "an array", Value::as_array)
    }

    pub(super) fn object(
        &self,
        field: &str,
    ) -> Result<Option<Fields<'a>>, ApiError> {
        let value = self.get(field);
        let fields = value.map(|value| Self::at(value, self.name(field)));
        fields.transpose()
    }

    fn typed<T>(
        &self,
        field: &str,
        expected: &str,
        read: fn(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, ApiError> {
        let Some(value) = self.get(field) else {
            return Ok(None);
        };
        match read(value) {
            Some(value) => Ok(Some(value)),
            None => Err(wrong_type(&self.name(field), expected, value)),
        }
    }

    /// A string that is one of these.
    pub(super) fn one_of(
        &self,
        field: &str,
        all: &[&str],
    ) -> Result<Option<&'a str>, ApiError> {
        match self.string(field)? {
            Some(value) if !all.contains(&value) => {
                Err(unsupported(self.name(field), value, all))
            }
            other => Ok(other),
        }
    }

    pub(super) fn number(
        &self,
        field: &str,
        least: f64,
        most: f64,
    ) -> Result<Option<f64>, ApiError> {
        let value = self.typed(field, "a decimal", Value::as_f64)?;
        let Some(value) = value else {
            return Ok(None);
        };
        let wrong = |relation, limit| {
            let name = self.name(field);
            Err(out_of_range(name, "decimal", value, relation, limit))
        };
        if value < least {
            return wrong(">=", least);
        }
        if value > most {
            return wrong("<=", most);
        }
        Ok(Some(value))
    }

    pub(super) fn whole(
        &self,
        field: &str,
        least: u64,
        most: u64,
    ) -> Result<Option<u64>, ApiError> {
        let Some(value) = self.get(field) else {
            return Ok(None);
        };
        let name = self.name(field);
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
            (None, None) => Err(wrong_type(&name, "an integer", value)),
        }
    }
}

pub(super) fn missing(name: impl Into<String>) -> ApiError {
    let name = name.into();
    let message = format!("Missing required parameter: '{name}'.");
    ApiError::bad(name, "missing_required_parameter", message)
}

pub(super) fn wrong_type(name: &str, expected: &str, got: &Value) -> ApiError {
    let got = match got {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(n) if n.is_f64() => "a decimal",
        Value::Number(_) => "an integer",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    };
    ApiError::bad(
        name,
        "invalid_type",
        format!(
            "Invalid type for '{name}': expected {expected}, but got {got} \
             instead."
        ),
    )
}

pub(super) fn unsupported(name: String, value: &str, all: &[&str]) -> ApiError {
    let all: Vec<String> = all.iter().map(|one| format!("'{one}'")).collect();
    let value: String = value.escape_debug().take(100).collect();
    let message = format!(
        "Invalid value: '{value}'. Supported values are: {}.",
        all.join(", ")
    );
    ApiError::bad(name, "invalid_value", message)
}

/// An array that has too many items.
pub(super) fn too_many(name: &str, most: usize, got: usize) -> ApiError {
    ApiError::bad(
        name,
        "array_above_max_length",
        format!(
            "Invalid '{name}': array too long. Expected an array with maximum \
             length {most}, but got an array with length {got} instead."
        ),
    )
}

/// An array that has none.
pub(super) fn empty(name: &str) -> ApiError {
    ApiError::bad(
        name,
        "empty_array",
        format!(
            "Invalid '{name}': empty array. Expected an array with minimum \
             length 1, but got an empty array instead."
        ),
    )
}

/// What the API has, and this server has not.
pub(super) fn not_here(name: &str) -> ApiError {
    ApiError::bad(
        name,
        "unsupported_parameter",
        format!(
            "Unsupported parameter: '{name}' is not supported with this model."
        ),
    )
}

pub(super) fn model(fields: &Fields<'_>) -> Result<String, ApiError> {
    match fields.string("model")? {
        Some(name) if !name.is_empty() => Ok(name.to_owned()),
        _ => Err(ApiError::bad(
            "model",
            "missing_required_parameter",
            "You must provide a model parameter.",
        )),
    }
}

fn out_of_range<V: Display, L: Display>(
    name: String,
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
    let message = format!(
        "Invalid '{name}': {what} {side} value. Expected a value {relation} \
         {limit}, but got {value} instead."
    );
    ApiError::bad(name, code, message)
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
