//! A novel within all limits: `cargo run --bin summary-right-way`
use std::path::Path;
use std::process::ExitCode;
use std::{env, time::Duration};
use summary::call::Llm;
use summary::checkpoint::Checkpoint;
use summary::document::{MOONSTONE, cut};
use summary::pipeline::{Pipeline, PipelineError};
use summary::progress::to_terminal;
use summary::provider::Provider;
use summary::retry::Jitter;
use summary::settings::Settings;
use summary::shutdown::Shutdown;
use tokio::time::Instant;

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
    let chunks = cut.await.expect("to cut does not panic");
    let saved = Checkpoint::open(path, &chunks, Settings::MAP)?;
    let report = Box::new(to_terminal);
    let pipeline = Pipeline::new(llm, settings, jitter, report);
    pipeline.run(chunks, saved, shutdown).await
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let shutdown = Shutdown::on_ctrl_c(Duration::from_secs(2));
    let to = match Provider::from_env().await {
        Ok(to) => to,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let path = Checkpoint::place(env::args_os().nth(1));
    let start = Instant::now();
    let told =
        summarise(to.client, to.settings, to.jitter, &path, &shutdown).await;
    if let Err(error) = told {
        eprintln!("{error}");
        if path.exists() {
            let command = "cargo run --bin summary-right-way";
            println!("To go on: {command} -- {}", path.display());
        }
        return error.exit_code();
    }
    let Some(rehearsal) = to.rehearsal else {
        // What another's server did is reported, and not asserted.
        println!("told after {:.1} s", start.elapsed().as_secs_f64());
        return ExitCode::SUCCESS;
    };
    let seen = rehearsal.server.seen();
    let refused = seen.status(429);
    println!("{} requests, {refused} refused with 429", seen.requests);
    assert_eq!(refused, 0, "the limiter left nothing to refuse");
    ExitCode::SUCCESS
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
        let (jitter, path) = (jitter(), Checkpoint::place(None));
        let told = summarise(llm, settings(), jitter, &path, &calm).await;
        assert_eq!(told.expect("told").lines().count(), 4);
        assert_eq!(server.seen().status(429), 0);
        assert_eq!(server.seen().by_status[&200], 17);
    }
}
