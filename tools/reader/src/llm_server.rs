//! `cargo run -- llm-server`: the scripted LLM server on its own.

use anyhow::{Context, Result, bail};
use llm_server::{DEFAULT_SCRIPT, LlmServer, Script, Seen};
use std::env;
use std::io::ErrorKind;
use std::net::Ipv4Addr;
use std::path::Path;

/// What the command line asks for.
#[derive(clap::Args)]
pub struct LlmServerOptions {
    /// The port on 127.0.0.1; 0 takes any free one.
    #[arg(long, default_value_t = 4000)]
    port: u16,

    /// What it does, as TOML: the latencies, limits and failures of each model
    /// [default: two models that say their prompt back]
    #[arg(long, value_name = "FILE")]
    script: Option<Box<Path>>,

    /// The environment variable with the key that clients have to send
    /// [default: any client is let in]
    #[arg(long, value_name = "NAME")]
    api_key_env: Option<String>,
}

/// Serves until Ctrl-C; then says what came.
pub async fn serve(options: LlmServerOptions) -> Result<()> {
    let mut script = match &options.script {
        Some(file) => Script::read(file)?,
        None => Script::parse(DEFAULT_SCRIPT, "the script built in")?,
    };
    if let Some(name) = &options.api_key_env {
        script = script.api_key(key(name)?);
    }
    let names: Vec<String> = script.names().map(str::to_owned).collect();
    let llm = LlmServer::new(script);
    let port = options.port;
    let listening = match llm.listen((Ipv4Addr::LOCALHOST, port)).await {
        Ok(listening) => listening,
        Err(error) if error.kind() == ErrorKind::AddrInUse => bail!(
            "port {port} is in use: end what uses it, or name another one \
             with --port (0 takes any free one)"
        ),
        Err(error) => {
            return Err(error)
                .with_context(|| format!("can't take port {port}"));
        }
    };
    println!("The scripted LLM server has: {}", names.join(", "));
    println!("Point a client at it:");
    println!("  export OPENAI_BASE_URL={}", listening.base_url());
    match &options.api_key_env {
        Some(name) => println!("  export OPENAI_API_KEY=\"${name}\""),
        None => println!("  export OPENAI_API_KEY=any"),
    }
    println!("  export WORKBOOK_MODEL={}", names[0]);
    println!("Ctrl-C ends it.");
    tokio::signal::ctrl_c().await?;
    // It waits for answers that are under way; a second Ctrl-C does not.
    tokio::select! {
        () = listening.shutdown() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
    println!("{}", told(&llm.seen()));
    Ok(())
}

/// The key in this variable, which is not printed.
fn key(name: &str) -> Result<String> {
    match env::var(name) {
        Ok(key) if !key.trim().is_empty() => Ok(key),
        _ => bail!("the environment variable {name} has no key: set it"),
    }
}

fn told(seen: &Seen) -> String {
    let statuses = seen.by_status.iter();
    let statuses: Vec<String> = statuses
        .map(|(status, count)| format!("{count} × {status}"))
        .collect();
    format!(
        "\n{} requests ({}), at most {} at once; {} answers sent to their end, \
         {} broken off by the script, {} clients gone before; {} tokens read, \
         {} sent",
        seen.requests,
        if statuses.is_empty() {
            "none".to_owned()
        } else {
            statuses.join(", ")
        },
        seen.peak_in_flight,
        seen.completed,
        seen.hung_up,
        seen.aborted,
        seen.prompt_tokens,
        seen.completion_tokens
    )
}
