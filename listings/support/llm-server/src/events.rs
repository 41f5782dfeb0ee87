//! The events of a stream, in either protocol.

use crate::chat_events::ChatEvents;
use crate::protocol::{ApiError, Usage};
use crate::reply::Reply;
use crate::response_events::ResponseEvents;
use crate::said::Said;
use bytes::Bytes;

/// The events of a stream, in either protocol.
#[derive(Debug)]
pub(crate) enum Events {
    Chat(ChatEvents),
    Response(Box<ResponseEvents>),
}

impl Events {
    /// Whether their bytes are to be sent one by one.
    pub(crate) fn splits(&self) -> bool {
        match self {
            Self::Chat(events) => events.splits(),
            Self::Response(events) => events.splits(),
        }
    }

    /// What comes at once, before the first token.
    pub(crate) fn start(&mut self) -> Bytes {
        match self {
            Self::Chat(_) => Bytes::new(),
            Self::Response(events) => events.start(),
        }
    }

    /// What tells a token.
    pub(crate) fn said(&mut self, reply: &Reply, said: Said) -> Bytes {
        match self {
            Self::Chat(events) => events.said(reply, said),
            Self::Response(events) => events.said(reply, said),
        }
    }

    /// What tells the end, and why it is one.
    pub(crate) fn end(&mut self, reply: &Reply, usage: Usage) -> Bytes {
        match self {
            Self::Chat(events) => events.end(reply, usage),
            Self::Response(events) => events.end(reply, usage),
        }
    }

    /// What tells that it failed.
    pub(crate) fn error(&mut self, error: &ApiError) -> Bytes {
        match self {
            Self::Chat(events) => events.error(error),
            Self::Response(events) => events.error(error),
        }
    }
}
