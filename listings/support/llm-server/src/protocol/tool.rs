//! The tools that a request offers, and which of them it asks for.

use super::error::ApiError;
use super::fields::{Fields, missing, too_many, unsupported, wrong_type};
use serde_json::Value;

/// The most that a request may offer.
const TOOLS: usize = 128;

/// The longest name of a tool or a schema, in bytes.
const NAME: usize = 64;

/// A function that the model may call.
#[derive(Debug, Clone, PartialEq)]
pub struct Tool {
    /// What it is called.
    pub name: String,
    /// The JSON Schema of its arguments, if there is one.
    pub parameters: Option<Value>,
}

/// Which tool the model may call, or has to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ToolChoice {
    /// As the model likes.
    #[default]
    Auto,
    /// None.
    None,
    /// At least one.
    Required,
    /// The one of this name.
    Function(String),
}

/// The fields that describe a function: below `function` in a request for a
/// completion, in the tool itself in one for a response.
pub(super) type Described<'a> = fn(Fields<'a>) -> Result<Fields<'a>, ApiError>;

/// The tools that are offered.
pub(super) fn tools<'a>(
    fields: &Fields<'a>,
    described: Described<'a>,
) -> Result<Vec<Tool>, ApiError> {
    let Some(all) = fields.array("tools")? else {
        return Ok(Vec::new());
    };
    if all.len() > TOOLS {
        return Err(too_many("tools", TOOLS, all.len()));
    }
    let tool = |(index, value): (usize, &'a Value)| {
        let tool = Fields::item(value, "tools", index)?;
        tool.needed("type")?;
        tool.one_of("type", &["function"])?;
        let function = described(tool)?;
        let name = function.string("name")?;
        let name = name.ok_or_else(|| missing(function.name("name")))?;
        well_named(&function.name("name"), name)?;
        function.boolean("strict")?;
        function.string("description")?;
        function.object("parameters")?;
        Ok(Tool {
            name: name.to_owned(),
            parameters: function.get("parameters").cloned(),
        })
    };
    all.iter().enumerate().map(tool).collect()
}

/// The names of tools and schemas are made of few characters.
pub(super) fn well_named(path: &str, name: &str) -> Result<(), ApiError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if name.len() > NAME {
        let message = format!(
            "Invalid '{path}': string too long. Expected a string with maximum \
             length {NAME}, but got a string with length {} instead.",
            name.len()
        );
        return Err(ApiError::bad(path, "string_above_max_length", message));
    }
    if name.is_empty() || !name.chars().all(plain) {
        let message = format!(
            "Invalid '{path}': string does not match pattern. Expected a \
             string that matches the pattern '^[a-zA-Z0-9_-]+$'."
        );
        return Err(ApiError::bad(path, "invalid_value", message));
    }
    Ok(())
}

/// Which of them is asked for; and whether several may be called at once.
pub(super) fn choice<'a>(
    fields: &Fields<'a>,
    tools: &[Tool],
    described: Described<'a>,
) -> Result<(ToolChoice, bool), ApiError> {
    let parallel = fields.boolean("parallel_tool_calls")?;
    for field in ["tool_choice", "parallel_tool_calls"] {
        let may_be = field == "tool_choice"
            && fields.get(field).is_some_and(|choice| choice == "none");
        if tools.is_empty() && fields.get(field).is_some() && !may_be {
            return Err(without_tools(field));
        }
    }
    let choice = match fields.get("tool_choice") {
        None => ToolChoice::Auto,
        Some(Value::String(word)) => by_word(word)?,
        Some(Value::Object(_)) => named(fields, tools, described)?,
        Some(other) => {
            return Err(wrong_type(
                "tool_choice",
                "one of 'none', 'auto', 'required' or an object",
                other,
            ));
        }
    };
    Ok((choice, parallel.unwrap_or(true)))
}

fn without_tools(field: &str) -> ApiError {
    ApiError::uncoded(
        field,
        format!(
            "Invalid value for '{field}': '{field}' is only allowed when \
             'tools' are specified."
        ),
    )
}

fn by_word(word: &str) -> Result<ToolChoice, ApiError> {
    match word {
        "auto" => Ok(ToolChoice::Auto),
        "none" => Ok(ToolChoice::None),
        "required" => Ok(ToolChoice::Required),
        other => {
            let all = ["none", "auto", "required"];
            Err(unsupported("tool_choice".to_owned(), other, &all))
        }
    }
}

fn named<'a>(
    fields: &Fields<'a>,
    tools: &[Tool],
    described: Described<'a>,
) -> Result<ToolChoice, ApiError> {
    let choice = fields.needed("tool_choice")?;
    let choice = Fields::at(choice, "tool_choice")?;
    choice.needed("type")?;
    choice.one_of("type", &["function"])?;
    let function = described(choice)?;
    let name = function.string("name")?;
    let name = name.ok_or_else(|| missing(function.name("name")))?;
    if tools.iter().any(|tool| tool.name == name) {
        return Ok(ToolChoice::Function(name.to_owned()));
    }
    Err(ApiError::uncoded(
        "tool_choice",
        format!(
            "Invalid value for 'tool_choice': no function named '{}' was \
             specified in the 'tools' parameter.",
            name.escape_debug()
        ),
    ))
}
