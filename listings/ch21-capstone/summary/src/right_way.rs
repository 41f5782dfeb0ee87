//! A novel within all limits: `cargo run --bin summary-right-way`
use llm_client::Jitter;
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, process, time::Duration};
use summary::ask::Report;
use summary::call::Llm;
use summary::checkpoint::Checkpoint;
use summary::document::{MOONSTONE, cut};
use summary::pipeline::{Pipeline, PipelineError};
use summary::progress::{printable, to_terminal};
use summary::provider::Provider;
use summary::settings::Settings;
use summary::shutdown::Shutdown;
use tokio_util::sync::CancellationToken;

async fn summarise<L: Llm>(
    llm: L,
    settings: Settings,
    jitter: Jitter,
    path: &Path,
    report: Report,
    shutdown: &Shutdown,
) -> Result<String, PipelineError> {
    let (path, how) = (path.to_path_buf(), settings.clone());
    // Computing, and more of it for a longer book, and then a disk: not on
    // this thread.
    let prepare = move || {
        let chunks = cut(MOONSTONE, how.chunk_tokens);
        let saved = Checkpoint::open(&path, &chunks, &how)?;
        Ok::<_, PipelineError>((chunks, saved))
    };
    let ready = tokio::task::spawn_blocking(prepare).await;
    let (chunks, saved) = ready.expect("to cut doesn't panic")?;
    let pipeline = Pipeline::new(llm, settings, jitter, report);
    pipeline.run(chunks, saved, shutdown).await
}

/// Tells the user what happens. If nobody reads any more, nothing new is paid
/// for, and what is under way is saved, as after Ctrl-C.
fn reporter(stop: CancellationToken) -> Report {
    Box::new(move |event| {
        if to_terminal(event).is_err() {
            stop.cancel();
        }
    })
}

/// A line for the user; `println!` would panic if nobody reads it.
fn say(line: &str) {
    let _ = writeln!(io::stdout(), "{}", printable(line));
}

/// Where progress is saved: in the file that the user names, or else in this
/// folder. A rehearsal costs nothing, so it leaves nothing here.
fn place(named: Option<OsString>, rehearsal: bool) -> PathBuf {
    let own = format!("summary-{}.jsonl", process::id());
    match named {
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
            say(&format!("Failed: {error}"));
            return ExitCode::FAILURE;
        }
    };
    let path = place(env::args_os().nth(1), to.rehearsal.is_some());
    let saved = path.clone();
    let shutdown = Shutdown::on_signals(Duration::from_secs(2), move || {
        say(&format!("Left at once. {}", how_to_go_on(&saved)));
    });
    let report = reporter(shutdown.stop.clone());
    let (llm, settings) = (to.client, to.settings);
    let told = summarise(llm, settings, to.jitter, &path, report, &shutdown);
    let told = told.await;
    if let Err(error) = told {
        say(&format!("Failed: {error}\n{}", how_to_go_on(&path)));
        return error.exit_code();
    }
    say("The answer is whole");
    if let Some(rehearsal) = to.rehearsal {
        // Only our own server promises this.
        let seen = rehearsal.server.seen();
        let refused = seen.status(429);
        let requests = seen.requests;
        say(&format!("{requests} requests, {refused} refused with 429"));
        assert_eq!(refused, 0, "the limiter left nothing to refuse");
    }
    ExitCode::SUCCESS
}

fn how_to_go_on(path: &Path) -> String {
    // A run that leaves at once may leave an empty file.
    if path.metadata().map_or(true, |file| file.len() == 0) {
        return "Nothing was saved.".to_owned();
    }
    let (path, command) = (path.display(), "cargo run --bin summary-right-way");
    format!("What is done is in {path}. To go on: {command} -- {path}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use summary::rehearsal::{InProcess, jitter, script, settings};

    fn quiet() -> Report {
        Box::new(|_| ())
    }

    /// Fifteen chunks and their story, and no 429: see `tests/timeline.rs`.
    #[tokio::test(start_paused = true)]
    async fn nothing_is_refused_and_nothing_is_lost() {
        let llm = InProcess::new(script());
        let (server, calm) = (llm.server.clone(), Shutdown::default());
        let (jitter, path) = (jitter(), place(None, true));
        let told =
            summarise(llm, settings(), jitter, &path, quiet(), &calm).await;
        assert_eq!(told.expect("told").lines().count(), 4);
        assert_eq!(server.seen().status(429), 0);
        assert_eq!(server.seen().by_status[&200], 17);
    }

    /// Reading a pipe that nobody writes takes for ever, as a disk that hangs
    /// does. A second Ctrl-C is still heard.
    #[cfg(unix)]
    #[test]
    fn a_disk_that_hangs_holds_up_nobody_else() {
        let dir = tempfile::TempDir::new().expect("a folder");
        let path = dir.path().join("summary.jsonl");
        let made = process::Command::new("mkfifo").arg(&path).status();
        assert!(made.expect("it is there").success());
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            let (llm, calm) = (InProcess::new(script()), Shutdown::default());
            let run =
                summarise(llm, settings(), jitter(), &path, quiet(), &calm);
            let limit = Duration::from_millis(250);
            assert!(tokio::time::timeout(limit, run).await.is_err());
        });
        runtime.shutdown_background(); // its thread ends with the process
    }
}
