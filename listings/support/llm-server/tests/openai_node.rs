//! OpenAI's own client for Node against this server, as a learner may use it.
//!
//! `.ci/run` installs it:
//!
//! ```console
//! $ (cd listings/support/llm-server/tests/node && npm ci)
//! $ cargo test -p llm-server --test openai_node -- --ignored
//! ```

mod official;

use tokio::process::Command;

#[tokio::test]
#[ignore = "needs Node's openai package: .ci/run installs it"]
async fn the_official_client_for_node_is_content() {
    let client =
        concat!(env!("CARGO_MANIFEST_DIR"), "/tests/node/openai_client.js");
    official::is_content(Command::new("node").arg(client)).await;
}
