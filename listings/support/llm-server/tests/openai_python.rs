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

mod official;

use std::env;
use tokio::process::Command;

#[tokio::test]
#[ignore = "needs Python's openai package: .ci/run installs it"]
async fn the_official_client_for_python_is_content() {
    let python = env::var_os("WORKBOOK_PYTHON")
        .expect("WORKBOOK_PYTHON names a Python that has openai: see .ci/run");
    let client = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/openai_client.py");
    official::is_content(Command::new(python).arg(client)).await;
}
