//! What the two programs share: a server that sends pings, and the events of a
//! response without them.

use axum::{body::Body, middleware::map_response, response::Response};
use bytes::Bytes;
use llm_server::{LlmServer, Model, Script};
use serde_json::Value;
use std::{error::Error, io, time::Duration};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::interval;
use tokio_stream::{Stream, StreamExt};
use tokio_util::codec::{FramedRead, LinesCodec, LinesCodecError};
use tokio_util::io::StreamReader;

/// What the models say: eleven words.
pub const SAYS: &str = "Streams may stall at any word, or come to their end.";

/// How long the server is silent before it sends a ping.
pub const PING: Duration = Duration::from_millis(100);

/// The longest line that is read, in bytes.
const LINE: usize = 64 * 1024;

/// A server with two models: `stuck` says three words and no more, `healthy`
/// all of them in two seconds. It lives as long as this value.
#[derive(Debug)]
pub struct Server {
    /// Where to ask.
    pub url: String,
    /// The same for a client that knows the path.
    pub base: String,
    _task: JoinSet<io::Result<()>>,
}

/// Starts a server on the loopback.
///
/// # Errors
/// If it can't listen.
pub async fn serve() -> io::Result<Server> {
    let healthy = Model::new("healthy").says(SAYS).between_tokens(PING * 2);
    let stuck = Model::new("stuck").says(SAYS).stalls_after(3);
    let script = Script::new().model(healthy).model(stuck);
    let app = LlmServer::new(script).router().layer(map_response(pinged));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let base = format!("http://{}/v1", listener.local_addr()?);
    let url = format!("{base}/chat/completions");
    let mut task = JoinSet::new();
    task.spawn(axum::serve(listener, app).into_future());
    Ok(Server {
        url,
        base,
        _task: task,
    })
}

/// Sends a comment when there was nothing else to send for a while.
async fn pinged(response: Response) -> Response {
    response.map(|body| {
        let events = body.into_data_stream();
        let events = events.timeout_repeating(interval(PING));
        Body::from_stream(
            events
                .map(|event| event.unwrap_or_else(|_| Ok(": ping\n\n".into()))),
        )
    })
}

/// Why an event can't be read.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// The connection broke, or a line was too long or no text.
    #[error("unreadable: {0}")]
    Line(#[from] LinesCodecError),
    /// The data of an event is no JSON.
    #[error("no JSON: {0}")]
    Json(#[from] serde_json::Error),
}

// ANCHOR: chunks
/// The chunks of an answer, without comments and without `[DONE]`. It reads
/// events of one line, as this server writes them; chapter 17 reads any.
pub fn chunks<E: Error + Send + Sync + 'static>(
    bytes: impl Stream<Item = Result<Bytes, E>>,
) -> impl Stream<Item = Result<Value, Broken>> {
    let bytes = bytes.map(|part| part.map_err(io::Error::other));
    let lines = LinesCodec::new_with_max_length(LINE);
    let lines = FramedRead::new(StreamReader::new(bytes), lines);
    lines.filter_map(|line| match line {
        Ok(line) => match line.strip_prefix("data:")?.trim() {
            "[DONE]" => None,
            data => Some(serde_json::from_str(data).map_err(Broken::Json)),
        },
        Err(error) => Some(Err(Broken::Line(error))),
    })
}
// ANCHOR_END: chunks

#[cfg(test)]
mod tests {
    use super::*;
    use tokio_stream::iter;

    /// A comment is no chunk, a broken line is an error, and so is one that
    /// would fill the memory.
    #[tokio::test]
    async fn only_data_is_a_chunk() {
        let long = "x".repeat(LINE + 1);
        for (sent, read) in [
            (
                ": ping\n\ndata: 7\r\n\r\ndata:[DONE]\n\n",
                "[Ok(Number(7))]",
            ),
            ("data: {\n\n", "[Err(Json("),
            (&long, "[Err(Line(MaxLineLengthExceeded))"),
        ] {
            let bytes = Bytes::copy_from_slice(sent.as_bytes());
            let bytes = iter([io::Result::Ok(bytes)]);
            let all: Vec<_> = chunks(bytes).collect().await;
            let all = format!("{all:?}");
            assert!(all.starts_with(read), "{all}");
        }
    }
}
