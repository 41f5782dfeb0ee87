//! OpenAI's own client for Python against this server, as a learner may use it.
//!
//! `.ci/run` makes an interpreter that has it:
//!
//! ```console
//! $ python3 -m venv target/openai-python
//! $ target/openai-python/bin/pip install openai==3.57.0
//! $ WORKBOOK_PYTHON=$PWD/target/openai-python/bin/python \
//!       cargo test -p llm-server --test openai_python -- --ignored
//! ```

use llm_server::{Failure, LlmServer, Malformed, Model, Script, Seen};
use std::env;
use std::process::Output;
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
        model("overloaded").fails(1, Failure::Overloaded(None)),
        model("two-at-once")
            .concurrency(2)
            .first_token(Duration::from_millis(700)),
    ];
    models
        .into_iter()
        .fold(Script::new().api_key(KEY), Script::model)
}

async fn run(base_url: &str) -> Output {
    let python = env::var_os("WORKBOOK_PYTHON")
        .expect("WORKBOOK_PYTHON names a Python that has openai: see .ci/run");
    let client = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/openai_client.py");
    let run = Command::new(python)
        .arg(client)
        .env("OPENAI_BASE_URL", base_url)
        .env("OPENAI_API_KEY", KEY)
        .kill_on_drop(true)
        .output();
    let run = timeout(LONG, run).await.expect("it comes to an end");
    run.expect("Python can be started")
}

#[tokio::test]
#[ignore = "needs Python's openai package: .ci/run installs it"]
async fn the_official_client_for_python_is_content() {
    let llm = LlmServer::new(script());
    let listening = llm.listen("127.0.0.1:0").await.expect("a free port");
    let output = run(&listening.base_url()).await;
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

/// What `openai_client.py` asked for, on the server's side.
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
    assert_eq!(of("one-a-minute"), [200, 429]);
    assert_eq!(of("two-at-once").len(), 3);
    assert_eq!(seen.status(401), 1);
    assert_eq!(seen.status(404), 1);
    assert_eq!((seen.hung_up, seen.aborted), (1, 1));
    assert_eq!(seen.peak_in_flight, 2);
}
