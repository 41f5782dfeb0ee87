//! What OpenAI's own clients are tried against: the script, and what the server
//! counted. `openai_client.py` and `node/openai_client.js` ask for the same.

use llm_server::{Failure, LlmServer, Malformed, Model, Script, Seen, Turn};
use std::time::Duration;
use tokio::process::Command;
use tokio::time::{sleep, timeout};

const KEY: &str = "sk-test";
const TEXT: &str = "Straße, 日本 und 🦀 am Ende";

/// Far more than it takes.
const LONG: Duration = Duration::from_mins(1);

fn script() -> Script {
    let model = |name: &str| Model::new(name).says(TEXT);
    let second = Some(Duration::from_secs(1));
    let unusual = [
        Malformed::Crlf,
        Malformed::Comments,
        Malformed::SeveralDataLines,
        Malformed::SplitUtf8,
    ];
    let models = [
        model("plain"),
        unusual.into_iter().fold(model("unusual"), Model::malformed),
        model("no-done").malformed(Malformed::NoDone),
        model("hangs-up").hangs_up_after(2),
        model("stalls").stalls_after(2),
        model("limited").fails(1, Failure::RateLimited(second)),
        model("ill")
            .fails(1, Failure::ServerError)
            .fails(2, Failure::Overloaded(None)),
        model("short").context_tokens(1),
        model("no-credit").fails(1, Failure::InsufficientQuota),
        model("one-a-minute").requests_per_minute(1),
        model("down").fails(1, Failure::ServerError),
        model("overloaded").fails(1, Failure::Status(529)),
        model("two-at-once")
            .concurrency(2)
            .first_token(Duration::from_millis(700)),
        model("asked"),
        model("filtered").turn(Turn::says("").finish_reason("content_filter")),
        model("agent").turn(
            Turn::says(TEXT).and_calls("weather", r#"{"city": "Paris"}"#),
        ),
        model("fails-in-the-middle").errors_after(2),
        model("responds"),
        model("long").says("word ".repeat(20).trim_end()),
    ];
    models
        .into_iter()
        .fold(Script::new().api_key(KEY), Script::model)
}

/// Such a client is content: its program ends well, and the server counted what
/// it asked for.
pub async fn is_content(client: &mut Command) {
    let llm = LlmServer::new(script());
    let listening = llm.listen("127.0.0.1:0").await.expect("a free port");
    let run = client
        .env("OPENAI_BASE_URL", listening.base_url())
        .env("OPENAI_API_KEY", KEY)
        .kill_on_drop(true)
        .output();
    let run = timeout(LONG, run).await.expect("it comes to an end");
    let output = run.expect("it can be started");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let idle = async {
        while llm.seen().in_flight > 0 {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(LONG, idle).await.expect("no call is left");
    counts_are_as_asked(&llm.seen());
}

/// What the client asked for, on the server's side.
fn counts_are_as_asked(seen: &Seen) {
    let of = |model: &str| -> Vec<u16> {
        let entries = seen.log.iter().filter(|entry| entry.model == model);
        entries.map(|entry| entry.status).collect()
    };
    // Chat twice, a stream, three that are refused, embeddings twice.
    assert_eq!(of("plain"), [200, 200, 200, 401, 400, 400, 200, 200]);
    assert_eq!(of("limited"), [429, 200], "it tries again by itself");
    assert_eq!(of("ill"), [500, 503, 200], "twice, if need be");
    assert_eq!(of("no-credit"), [429]);
    assert_eq!(of("overloaded"), [529]);
    assert_eq!(of("one-a-minute"), [200, 429]);
    assert_eq!(of("two-at-once").len(), 3);
    // Two turns, one without its answer, a stream; two turns of a response.
    assert_eq!(of("agent"), [200, 200, 400, 200, 200, 200]);
    assert_eq!(of("fails-in-the-middle"), [200, 200]);
    assert_eq!(of("responds"), [200, 200, 200, 400, 400]);
    assert_eq!(seen.status(401), 1);
    assert_eq!(seen.status(404), 1);
    // Two were cut off by an error, one by a hang-up.
    assert_eq!((seen.hung_up, seen.aborted), (3, 1));
    assert_eq!(seen.peak_in_flight, 2);
}
