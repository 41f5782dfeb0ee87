//! What a model says to a request: texts and calls of tools, as much of them as
//! was asked for, and why they end there.

use crate::id::fresh;
use crate::model::{Acts, Model};
use crate::protocol::{ChatRequest, ResponseFormat, Tool, ToolChoice};
use crate::shape::instance;
use crate::tokens::{first_fragment, first_token};
use crate::turn::Turn;
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use std::sync::Arc;

/// The most tokens of an answer that tells how likely each of them was: each
/// takes kilobytes.
const WITH_LOGPROBS: u64 = 4096;

/// What a model says.
#[derive(Debug)]
pub(crate) struct Reply {
    /// At least one.
    pub(crate) parts: Vec<Part>,
    /// Why it ends: `stop`.
    pub(crate) reason: Cow<'static, str>,
}

/// A text, or the call of a tool.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) kind: Kind,
    /// Shared by all answers that say it.
    text: Arc<str>,
    /// As much of it as is said, in bytes.
    end: usize,
}

/// What a part is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    /// Why the model does not answer.
    Refusal,
    Call(Box<Callee>),
}

/// Which tool is called.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Callee {
    /// The id under which it answers.
    pub(crate) id: String,
    pub(crate) name: String,
}

impl Part {
    fn new(kind: Kind, text: Arc<str>) -> Self {
        let end = text.len();
        Self { kind, text, end }
    }

    /// The words; of a call, its arguments.
    pub(crate) fn text(&self) -> &str {
        &self.text[..self.end]
    }

    /// The token that begins here, in bytes.
    pub(crate) fn token(&self, at: usize) -> &str {
        let rest = &self.text()[at..];
        match self.kind {
            Kind::Call(_) => first_fragment(rest),
            Kind::Text | Kind::Refusal => first_token(rest),
        }
    }

    /// All of its tokens.
    pub(crate) fn tokens(&self) -> impl Iterator<Item = &str> {
        let mut at = 0;
        std::iter::from_fn(move || {
            let token = self.token(at);
            at += token.len();
            (!token.is_empty()).then_some(token)
        })
    }

    /// How many of its first tokens it has, of at most so many, and where they
    /// end.
    fn first_tokens(&self, most: u64) -> (u64, usize) {
        let (mut count, mut end) = (0, 0);
        while count < most && end < self.end {
            end += self.token(end).len();
            count += 1;
        }
        (count, end)
    }
}

impl Reply {
    /// What this model says to this request.
    pub(crate) fn new(model: &Model, request: &ChatRequest) -> Self {
        let mut turn = match &model.acts {
            Acts::Same(turn) => turn.clone(),
            Acts::By(does) => does(request),
        };
        let again = matches!(model.acts, Acts::Same(_));
        let calls = calls(&mut turn, request, again);
        let reason = match (&turn.finish_reason, calls.is_empty()) {
            (Some(reason), _) => reason.clone().into(),
            (None, false) => reason_of_calls(&request.tool_choice).into(),
            (None, true) => "stop".into(),
        };
        let parts = if calls.is_empty() {
            vec![words(turn, request)]
        } else {
            calls.into_iter().map(call).collect()
        };
        let mut reply = Self { parts, reason };
        let most = match request.top_logprobs {
            Some(_) => Some(WITH_LOGPROBS),
            None => request.max_tokens,
        };
        if let Some(most) = most {
            reply.cut(most.min(request.max_tokens.unwrap_or(most)));
        }
        reply
    }

    /// The place of a call among the calls.
    pub(crate) fn call_place(&self, part: usize) -> usize {
        let before = self.parts[..part].iter();
        before
            .filter(|part| matches!(part.kind, Kind::Call(_)))
            .count()
    }

    /// Keeps so many of its tokens.
    fn cut(&mut self, most: u64) {
        let mut left = most;
        for place in 0..self.parts.len() {
            let part = &mut self.parts[place];
            let (count, end) = part.first_tokens(left);
            left -= count;
            let whole = end == part.end;
            part.end = end;
            let last = place + 1 == self.parts.len();
            if !whole || (left == 0 && !last) {
                self.parts.truncate(place + 1);
                self.reason = "length".into();
                break;
            }
        }
    }
}

/// The id of a call in one of several answers, each of which has its own.
pub(crate) fn choice_id(id: &str, index: usize) -> String {
    match index {
        0 => id.to_owned(),
        other => format!("{id}{other}"),
    }
}

/// A named tool ends an answer as nothing special would: OpenAI says `stop`.
fn reason_of_calls(choice: &ToolChoice) -> &'static str {
    match choice {
        ToolChoice::Function(_) => "stop",
        _ => "tool_calls",
    }
}

/// The calls of this turn that the request allows, or asks for. A script that
/// is the same `again` and again calls nothing once its tools have answered.
fn calls(
    turn: &mut Turn,
    request: &ChatRequest,
    again: bool,
) -> Vec<(String, String)> {
    let answered = request.messages.last().is_some_and(|m| m.role == "tool");
    let mut calls = std::mem::take(&mut turn.calls);
    match &request.tool_choice {
        ToolChoice::None => calls.clear(),
        _ if request.tools.is_empty() => calls.clear(),
        ToolChoice::Auto if again && answered => calls.clear(),
        ToolChoice::Required if calls.is_empty() => {
            calls.extend(request.tools.first().map(|t| made(t, request)));
        }
        ToolChoice::Auto | ToolChoice::Required => {}
        ToolChoice::Function(name) => {
            calls.retain(|(called, _)| called == name);
            let tool = request.tools.iter().find(|tool| tool.name == *name);
            calls.extend(
                tool.filter(|_| calls.is_empty()).map(|t| made(t, request)),
            );
            calls.truncate(1);
        }
    }
    if !request.parallel_tool_calls {
        calls.truncate(1);
    }
    calls
}

/// A call that no script has: the least that the tool's parameters allow.
fn made(tool: &Tool, request: &ChatRequest) -> (String, String) {
    let arguments = tool
        .parameters
        .as_ref()
        .map_or(json!({}), |schema| instance(schema, request.prompt()));
    (tool.name.clone(), arguments.to_string())
}

fn call((name, arguments): (String, String)) -> Part {
    let id = fresh("call_");
    Part::new(Kind::Call(Box::new(Callee { id, name })), arguments.into())
}

/// The words of this turn, in the shape that was asked for, and no further than
/// to where they were to stop.
fn words(turn: Turn, request: &ChatRequest) -> Part {
    let text = turn.text.unwrap_or_else(|| request.prompt().into());
    if turn.refused {
        return Part::new(Kind::Refusal, text);
    }
    let mut part =
        Part::new(Kind::Text, shaped(text, &request.response_format));
    let stops = request.stop.iter().filter(|stop| !stop.is_empty());
    if let Some(end) =
        stops.filter_map(|stop| part.text.find(stop.as_str())).min()
    {
        part.end = end;
    }
    part
}

/// A text as the JSON that was asked for; an object is said as it is.
fn shaped(text: Arc<str>, format: &ResponseFormat) -> Arc<str> {
    let is_object =
        || serde_json::from_str::<Map<String, Value>>(&text).is_ok();
    match format {
        ResponseFormat::Text => text,
        _ if is_object() => text,
        ResponseFormat::JsonObject => {
            json!({ "text": &*text }).to_string().into()
        }
        ResponseFormat::JsonSchema(schema) => {
            instance(schema, &text).to_string().into()
        }
    }
}
