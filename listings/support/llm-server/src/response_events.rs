//! The stream that a response is: each event has a name, a number, and says what
//! of the response is new.
//!
//! Source: OpenAI's API reference, "Responses", "Streaming events".

use crate::items::{content, item, item_id, item_status, output};
use crate::protocol::{ApiError, LogProb, ResponseHead, Status, Usage};
use crate::reply::{Kind, Part, Reply};
use crate::said::Said;
use crate::sse::Writer;
use bytes::Bytes;
use serde_json::{Value, json};

/// Writes the events of one response.
#[derive(Debug)]
pub(crate) struct ResponseEvents {
    writer: Writer,
    head: ResponseHead,
    top_logprobs: Option<usize>,
    /// The number of the next event.
    sequence: u64,
    /// The ids of the items that were begun.
    ids: Vec<String>,
}

impl ResponseEvents {
    pub(crate) fn new(
        writer: Writer,
        head: ResponseHead,
        top_logprobs: Option<usize>,
    ) -> Self {
        Self {
            writer,
            head,
            top_logprobs,
            sequence: 0,
            ids: Vec::new(),
        }
    }

    pub(crate) fn splits(&self) -> bool {
        self.writer.splits()
    }

    /// That there is a response, before there is any of it.
    pub(crate) fn start(&mut self) -> Bytes {
        let mut out = Vec::with_capacity(2048);
        let response = self.head.response(Status::InProgress, Vec::new(), None);
        for name in ["response.created", "response.in_progress"] {
            self.event(&mut out, name, json!({ "response": response }));
        }
        out.into()
    }

    /// A token, with what begins and what ends with it.
    pub(crate) fn said(&mut self, reply: &Reply, said: Said) -> Bytes {
        let mut out = Vec::with_capacity(512);
        let part = &reply.parts[said.part];
        if self.ids.len() == said.part {
            self.added(&mut out, part, said.part);
        } else {
            self.writer.spoil(&mut out);
        }
        let text = &part.text()[said.from..said.to];
        if !text.is_empty() {
            self.delta(&mut out, part, said.part, text);
        }
        if said.last {
            self.done(&mut out, reply, said.part);
        }
        out.into()
    }

    /// An item begins, and in a message its only part.
    fn added(&mut self, out: &mut Vec<u8>, part: &Part, place: usize) {
        let id = item_id(&part.kind);
        let begun = item(&id, part, Status::InProgress, None);
        self.ids.push(id);
        let added = json!({ "output_index": place, "item": begun });
        self.event(out, "response.output_item.added", added);
        if let Some(part) = content(part, "", None) {
            let name = "response.content_part.added";
            self.of_part(out, name, place, json!({ "part": part }));
        }
    }

    fn delta(
        &mut self,
        out: &mut Vec<u8>,
        part: &Part,
        place: usize,
        text: &str,
    ) {
        let delta = json!({ "delta": text });
        match part.kind {
            Kind::Call(_) => {
                let name = "response.function_call_arguments.delta";
                self.of_item(out, name, place, delta);
            }
            Kind::Refusal => {
                self.of_part(out, "response.refusal.delta", place, delta);
            }
            Kind::Text => {
                let top = self.top_logprobs;
                let logprobs =
                    Vec::from_iter(top.map(|top| LogProb::of(text, top)));
                let delta = json!({ "delta": text, "logprobs": logprobs });
                self.of_part(out, "response.output_text.delta", place, delta);
            }
        }
    }

    /// An item ends, and in a message first its part.
    fn done(&mut self, out: &mut Vec<u8>, reply: &Reply, place: usize) {
        let part = &reply.parts[place];
        let whole = content(part, part.text(), self.top_logprobs);
        let text = part.text();
        match &part.kind {
            Kind::Call(callee) => {
                let done = json!({ "name": callee.name, "arguments": text });
                let name = "response.function_call_arguments.done";
                self.of_item(out, name, place, done);
            }
            Kind::Refusal => {
                let done = json!({ "refusal": text });
                self.of_part(out, "response.refusal.done", place, done);
            }
            Kind::Text => {
                let logprobs = whole.as_ref().map(|whole| &whole["logprobs"]);
                let done = json!({ "text": text, "logprobs": logprobs });
                self.of_part(out, "response.output_text.done", place, done);
            }
        }
        if let Some(part) = whole {
            let name = "response.content_part.done";
            self.of_part(out, name, place, json!({ "part": part }));
        }
        let status = item_status(reply, place);
        let item = item(&self.ids[place], part, status, self.top_logprobs);
        let done = json!({ "output_index": place, "item": item });
        self.event(out, "response.output_item.done", done);
    }

    /// The whole response, and so why it ended.
    pub(crate) fn end(&mut self, reply: &Reply, usage: Usage) -> Bytes {
        let mut out = Vec::with_capacity(2048);
        let status = Status::of(&reply.reason);
        let name = match status {
            Status::Incomplete(_) => "response.incomplete",
            _ => "response.completed",
        };
        let output = output(reply, &self.ids, self.top_logprobs);
        let response = self.head.response(status, output, Some(usage));
        self.event(&mut out, name, json!({ "response": response }));
        out.into()
    }

    /// That it failed, and why.
    pub(crate) fn error(&mut self, error: &ApiError) -> Bytes {
        let mut out = Vec::with_capacity(1024);
        let failed = self.head.failed(error);
        self.event(&mut out, "response.failed", json!({ "response": failed }));
        out.into()
    }

    /// An event about the part of a message.
    fn of_part(
        &mut self,
        out: &mut Vec<u8>,
        name: &str,
        place: usize,
        mut data: Value,
    ) {
        data["content_index"] = json!(0);
        self.of_item(out, name, place, data);
    }

    /// An event about an item.
    fn of_item(
        &mut self,
        out: &mut Vec<u8>,
        name: &str,
        place: usize,
        mut data: Value,
    ) {
        data["item_id"] = json!(self.ids[place]);
        data["output_index"] = json!(place);
        self.event(out, name, data);
    }

    fn event(&mut self, out: &mut Vec<u8>, name: &str, mut data: Value) {
        data["type"] = json!(name);
        data["sequence_number"] = json!(self.sequence);
        self.sequence += 1;
        self.writer.event(out, Some(name), &data.to_string());
    }
}
