//! An answer in one piece, as the body of a response.

use crate::answer::Told;
use crate::id::fresh;
use crate::items::{item_id, output};
use crate::protocol::{
    CHOICES, ChatRequest, Choice, Completion, LogProbs, Name, ResponseHead,
    Said, Status, ToolCall,
};
use crate::reply::{Kind, Reply, choice_id};
use axum::Json;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use futures::{StreamExt, stream};
use http::{HeaderValue, header};
use serde::Serialize;
use std::convert::Infallible;

/// A completion: all its choices.
pub(crate) fn completion(
    told: Told,
    request: &ChatRequest,
    name: &Name,
) -> Response {
    let id = fresh("chatcmpl-");
    if request.n > 1 {
        let rest = Completion::new(&id, name, &[], told.usage);
        return many(told.reply, request, &rest);
    }
    let choices = [choice(&told.reply, 0, request.top_logprobs)];
    let whole = Completion::new(&id, name, &choices, told.usage);
    json(Body::from(written(&whole)))
}

/// Many choices are as many times as long: each is written when the one before
/// is gone.
fn many(
    reply: Reply,
    request: &ChatRequest,
    rest: &Completion<'_>,
) -> Response {
    let (n, top) = (request.n, request.top_logprobs);
    let rest = written(rest).split_off(CHOICES.len());
    let choices = stream::iter(0..n).map(move |index| {
        let mut chunk = written(&choice(&reply, index, top));
        if index + 1 < n {
            chunk.push(b',');
        }
        chunk
    });
    let chunks = stream::iter([CHOICES.as_bytes().to_vec()])
        .chain(choices)
        .chain(stream::iter([rest]));
    json(Body::from_stream(chunks.map(Ok::<_, Infallible>)))
}

/// As JSON, which strings and numbers always are.
fn written(value: &impl Serialize) -> Vec<u8> {
    let mut json = Vec::with_capacity(512);
    let _ = serde_json::to_writer(&mut json, value);
    json
}

fn json(body: Body) -> Response {
    let json = HeaderValue::from_static("application/json");
    ([(header::CONTENT_TYPE, json)], body).into_response()
}

/// One of the choices.
fn choice(
    reply: &Reply,
    index: usize,
    top_logprobs: Option<usize>,
) -> Choice<'_> {
    let mut said = Said::default();
    let mut logprobs = None;
    for part in &reply.parts {
        match &part.kind {
            Kind::Text => {
                said.content = Some(part.text());
                let tell = |top| LogProbs::of(part.tokens(), top);
                logprobs = top_logprobs.map(tell);
            }
            Kind::Refusal => said.refusal = Some(part.text()),
            Kind::Call(callee) => {
                let id = choice_id(&callee.id, index);
                let call = ToolCall::new(id, &callee.name, part.text());
                said.tool_calls.push(call);
            }
        }
    }
    Choice {
        index,
        message: said,
        logprobs,
        finish_reason: &reply.reason,
    }
}

/// A response.
pub(crate) fn response(
    told: &Told,
    head: &ResponseHead,
    top_logprobs: Option<usize>,
) -> Response {
    let reply = &told.reply;
    let ids = reply.parts.iter().map(|part| item_id(&part.kind));
    let output = output(reply, &ids.collect::<Vec<_>>(), top_logprobs);
    let status = Status::of(&reply.reason);
    Json(head.response(status, output, Some(told.usage))).into_response()
}
