//! A novel within all limits: `cargo run --bin summary-right-way`
use llm_client::Jitter;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, process, time::Duration};
use summary::call::Llm;
use summary::checkpoint::Checkpoint;
use summary::document::{MOONSTONE, cut};
use summary::pipeline::{Pipeline, PipelineError};
use summary::progress::to_terminal;
use summary::provider::Provider;
use summary::settings::Settings;
use summary::shutdown::Shutdown;

async fn summarise<L: Llm>(
    llm: L,
    settings: Settings,
    jitter: Jitter,
    path: &Path,
    shutdown: &Shutdown,
) -> Result<String, PipelineError> {
    let limit = settings.chunk_tokens;
    // Computing, and more of it for a longer book: not on this thread.
    let cut = tokio::task::spawn_blocking(move || cut(MOONSTONE, limit));
    let chunks = cut.await.expect("to cut doesn't panic");
    let saved = Checkpoint::open(path, &chunks, &settings)?;
    let report = Box::new(to_terminal);
    let pipeline = Pipeline::new(llm, settings, jitter, report);
    pipeline.run(chunks, saved, shutdown).await
}

/// Where progress is saved: in the file that the user names, or else in this
/// folder. A rehearsal costs nothing, so it leaves nothing here.
fn place(rehearsal: bool) -> PathBuf {
    let own = format!("summary-{}.jsonl", process::id());
    match env::args_os().nth(1) {
        Some(named) => named.into(),
        None if rehearsal => env::temp_dir().join(own),
        None => "summary.jsonl".into(),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let to = match Provider::from_env().await {
        Ok(to) => to,
        Err(error) => {
            println!("Failed: {error}");
            return ExitCode::FAILURE;
        }
    };
    let path = place(to.rehearsal.is_some());
    let saved = path.clone();
    let shutdown = Shutdown::on_signals(Duration::from_secs(2), move || {
        println!("Left at once. {}", how_to_go_on(&saved));
    });
    let told =
        summarise(to.client, to.settings, to.jitter, &path, &shutdown).await;
    if let Err(error) = told {
        println!("Failed: {error}\n{}", how_to_go_on(&path));
        return error.exit_code();
    }
    println!("The answer is whole");
    if let Some(rehearsal) = to.rehearsal {
        // Only our own server promises this.
        let seen = rehearsal.server.seen();
        let refused = seen.status(429);
        println!("{} requests, {refused} refused with 429", seen.requests);
        assert_eq!(refused, 0, "the limiter left nothing to refuse");
    }
    ExitCode::SUCCESS
}

fn how_to_go_on(path: &Path) -> String {
    if !path.exists() {
        return "Nothing was saved.".to_owned();
    }
    let (path, command) = (path.display(), "cargo run --bin summary-right-way");
    format!("What is done is in {path}. To go on: {command} -- {path}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use summary::rehearsal::{InProcess, jitter, script, settings};

    /// Fifteen chunks and their story, and no 429: see `tests/timeline.rs`.
    #[tokio::test(start_paused = true)]
    async fn nothing_is_refused_and_nothing_is_lost() {
        let llm = InProcess::new(script());
        let (server, calm) = (llm.server.clone(), Shutdown::default());
        let (jitter, path) = (jitter(), place(true));
        let told = summarise(llm, settings(), jitter, &path, &calm).await;
        assert_eq!(told.expect("told").lines().count(), 4);
        assert_eq!(server.seen().status(429), 0);
        assert_eq!(server.seen().by_status[&200], 17);
    }
}
