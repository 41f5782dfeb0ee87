//! The stream that a completion is.
//!
//! Source: OpenAI's API reference, "Chat completion chunk".

use crate::protocol::{
    ApiError, ChatRequest, Chunk, ChunkChoice, ChunkHead, Cost, Delta,
    LogProbs, ToolDelta, Usage,
};
use crate::reply::{Kind, Reply, choice_id};
use crate::said::Said;
use crate::sse::Writer;
use bytes::Bytes;

/// Writes the events of one completion.
#[derive(Debug)]
pub(crate) struct ChatEvents {
    writer: Writer,
    head: ChunkHead,
    include_usage: bool,
    n: usize,
    top_logprobs: Option<usize>,
    begun: bool,
}

impl ChatEvents {
    pub(crate) fn new(
        writer: Writer,
        head: ChunkHead,
        request: &ChatRequest,
    ) -> Self {
        Self {
            writer,
            head,
            include_usage: request.include_usage,
            n: request.n,
            top_logprobs: request.top_logprobs,
            begun: false,
        }
    }

    pub(crate) fn splits(&self) -> bool {
        self.writer.splits()
    }

    /// A token of each choice; with the first, the role.
    pub(crate) fn said(&mut self, reply: &Reply, said: Said) -> Bytes {
        let mut out = Vec::with_capacity(384);
        let role = (!self.begun).then_some("assistant");
        if self.begun {
            self.writer.spoil(&mut out);
        }
        self.begun = true;
        for index in 0..self.n {
            self.token(&mut out, index, role, reply, said);
        }
        out.into()
    }

    /// A token of one choice.
    fn token(
        &mut self,
        out: &mut Vec<u8>,
        index: usize,
        role: Option<&'static str>,
        reply: &Reply,
        said: Said,
    ) {
        let part = &reply.parts[said.part];
        let text = &part.text()[said.from..said.to];
        let mut choice = choice(index);
        choice.delta.role = role;
        match &part.kind {
            Kind::Call(callee) => {
                let place = reply.call_place(said.part);
                if said.first() {
                    let id = choice_id(&callee.id, index);
                    let begun = ToolDelta::begun(place, id, &callee.name);
                    choice.delta.tool_calls = Some([begun]);
                    self.chunk(out, Some(choice), Cost::Open);
                    choice = self::choice(index);
                }
                if text.is_empty() {
                    return;
                }
                choice.delta.tool_calls = Some([ToolDelta::more(place, text)]);
            }
            Kind::Refusal => choice.delta.refusal = Some(text),
            Kind::Text if text.is_empty() => {}
            Kind::Text => {
                choice.delta.content = Some(text);
                let top = self.top_logprobs;
                choice.logprobs = top.map(|top| LogProbs::of([text], top));
            }
        }
        self.chunk(out, Some(choice), Cost::Open);
    }

    /// The end of the answer: why it ended, its usage, `[DONE]`.
    pub(crate) fn end(&mut self, reply: &Reply, usage: Usage) -> Bytes {
        let mut out = Vec::with_capacity(512);
        for index in 0..self.n {
            let mut last = choice(index);
            last.finish_reason = Some(&reply.reason);
            self.chunk(&mut out, Some(last), Cost::Open);
        }
        if self.include_usage {
            self.chunk(&mut out, None, Cost::Total(usage));
        }
        self.writer.done(&mut out);
        out.into()
    }

    /// An event that has an error in place of choices; there is no `[DONE]`.
    pub(crate) fn error(&mut self, error: &ApiError) -> Bytes {
        let mut out = Vec::with_capacity(256);
        let data = error.json().to_string();
        self.writer.event(&mut out, None, &data);
        out.into()
    }

    /// An event with at most one choice.
    fn chunk(
        &mut self,
        out: &mut Vec<u8>,
        choice: Option<ChunkChoice<'_>>,
        cost: Cost,
    ) {
        let usage = self.include_usage.then_some(cost);
        let chunk = Chunk::new(&self.head, choice, usage);
        // Strings and numbers always are JSON.
        let data = serde_json::to_string(&chunk).unwrap_or_default();
        self.writer.event(out, None, &data);
    }
}

/// A choice in which nothing is new.
fn choice<'a>(index: usize) -> ChunkChoice<'a> {
    ChunkChoice {
        index,
        delta: Delta::default(),
        logprobs: None,
        finish_reason: None,
    }
}
