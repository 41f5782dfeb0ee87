//! What the scripted server can take: plain requests over kept connections, and
//! a thousand streams at once, counted on both sides.
//!
//!     cargo bench --package llm-server
//!
//! The server is a process of its own, this program started again, so that its
//! memory is the server's alone. Server and client have one thread each.

use bytes::Bytes;
use futures::future::try_join_all;
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use llm_server::{LlmServer, Model, Script};
use serde_json::{Value, json};
use std::error::Error;
use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::sync::Barrier;

type Failed = Box<dyn Error + Send + Sync>;

/// Connections that send one request after the other.
const KEPT: u32 = 32;
/// How many requests each of them sends.
const EACH: u32 = 2_000;
/// Streams that are open at the same time, each on a connection of its own.
const STREAMS: usize = 1_000;
/// Tokens of a stream.
const TOKENS: u64 = 40;

/// What is promised.
const PER_SECOND: f64 = 5_000.0;
const GROWTH_KIB: u64 = 40 * 1024;

fn main() -> Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    if std::env::args().any(|argument| argument == "serve") {
        runtime.block_on(serve())
    } else {
        runtime.block_on(plain())?;
        runtime.block_on(streams())
    }
}

/// The server's process: tells where it listens, and answers each line that it
/// reads with what it has seen and how much memory it has.
async fn serve() -> Result<(), Failed> {
    let plain = Model::new("plain").says("An answer of a few words.");
    let streams = Model::new("streams")
        .says("token ".repeat(usize::try_from(TOKENS)?).trim_end())
        .first_token(Duration::from_secs(2))
        .between_tokens(Duration::from_millis(100));
    let llm = LlmServer::new(Script::new().model(plain).model(streams));
    let listening = llm.listen("127.0.0.1:0").await?;
    println!("{}", listening.address());
    let asked = tokio::task::spawn_blocking(move || {
        for line in io::stdin().lock().lines() {
            line?;
            let seen = llm.seen();
            let told = json!({
                "requests": seen.requests,
                "answered": seen.status(200),
                "completed": seen.completed,
                "aborted": seen.aborted,
                "in_flight": seen.in_flight,
                "peak": seen.peak_in_flight,
                "tokens": seen.completion_tokens,
                "rss_kib": memory("VmRSS:"),
                "peak_kib": memory("VmHWM:"),
            });
            println!("{told}");
        }
        io::Result::Ok(())
    });
    asked.await??;
    Ok(())
}

/// The memory that this process has in use, or had at most, in KiB, where there
/// is a Linux to tell it.
fn memory(which: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(which))?;
    line.split_whitespace().next()?.parse().ok()
}

/// The server's process, as its client has it.
struct Server {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    address: String,
}

impl Server {
    fn start() -> Result<Self, Failed> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg("serve")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let to = child.stdin.take().ok_or("no stdin")?;
        let from = child.stdout.take().ok_or("no stdout")?;
        let mut server = Self {
            child,
            to,
            from: BufReader::new(from),
            address: String::new(),
        };
        server.address = server.line()?;
        Ok(server)
    }

    fn line(&mut self) -> Result<String, Failed> {
        let mut line = String::new();
        self.from.read_line(&mut line)?;
        Ok(line.trim().to_owned())
    }

    fn seen(&mut self) -> Result<Value, Failed> {
        writeln!(self.to, "seen")?;
        Ok(serde_json::from_str(&self.line()?)?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One connection.
struct Caller {
    sender: SendRequest<Full<Bytes>>,
    host: String,
}

impl Caller {
    async fn connect(address: &str) -> Result<Self, Failed> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Self {
            sender,
            host: address.to_owned(),
        })
    }

    async fn ask(&mut self, body: &Bytes) -> Result<Incoming, Failed> {
        self.sender.ready().await?;
        let request = Request::post("/v1/chat/completions")
            .header("host", &self.host)
            .body(Full::new(body.clone()))?;
        let response = self.sender.send_request(request).await?;
        match response.status() {
            StatusCode::OK => Ok(response.into_body()),
            other => Err(format!("{other} in place of an answer").into()),
        }
    }
}

fn request(model: &str, stream: bool) -> Bytes {
    let request = json!({
        "model": model,
        "stream": stream,
        "messages": [{ "role": "user", "content": "How many can you take?" }],
    });
    request.to_string().into()
}

async fn plain() -> Result<(), Failed> {
    let mut server = Server::start()?;
    let body = request("plain", false);
    let all = u64::from(KEPT) * u64::from(EACH);
    let start = Instant::now();
    let callers = (0..KEPT).map(async |_| {
        let mut caller = Caller::connect(&server.address).await?;
        let mut answered = 0_u64;
        for _ in 0..EACH {
            let answer = caller.ask(&body).await?.collect().await?.to_bytes();
            answered += u64::from(answer.ends_with(b"}}"));
        }
        Result::<_, Failed>::Ok(answered)
    });
    let answered: u64 = try_join_all(callers).await?.iter().sum();
    let took = start.elapsed().as_secs_f64();
    let per_second = f64::from(KEPT) * f64::from(EACH) / took;
    println!(
        "plain requests   {per_second:>8.0} per second, {KEPT} connections"
    );
    let seen = server.seen()?;
    assert_eq!(answered, all, "whole answers");
    for what in ["requests", "answered", "completed"] {
        assert_eq!(seen[what], all, "{what}, as the server counts: {seen}");
    }
    assert_eq!(seen["in_flight"], 0);
    assert!(per_second >= PER_SECOND, "fewer than {PER_SECOND} a second");
    Ok(())
}

async fn streams() -> Result<(), Failed> {
    let mut server = Server::start()?;
    warm_up(&server.address).await?;
    let idle = server.seen()?;
    let address = server.address.clone();
    let (begun, looked) =
        (Barrier::new(STREAMS + 1), Barrier::new(STREAMS + 1));
    let readers =
        try_join_all((0..STREAMS).map(|_| read(&address, &begun, &looked)));
    let look = async {
        begun.wait().await;
        let seen = server.seen();
        looked.wait().await;
        seen
    };
    let (tokens, open) = tokio::try_join!(readers, look)?;
    let ended = server.seen()?;
    counted(tokens.iter().sum(), &open, &ended)?;
    grown(&idle, &open, &ended);
    Ok(())
}

/// One call, so that the server is idle, but no longer cold.
async fn warm_up(address: &str) -> Result<(), Failed> {
    let mut caller = Caller::connect(address).await?;
    caller
        .ask(&request("plain", false))
        .await?
        .collect()
        .await?;
    Ok(())
}

/// Reads one stream: its first token, and the rest when all others have theirs
/// and the server was looked at. Gives the number of its tokens.
async fn read(
    address: &str,
    begun: &Barrier,
    looked: &Barrier,
) -> Result<usize, Failed> {
    let mut caller = Caller::connect(address).await?;
    let mut stream = caller.ask(&request("streams", true)).await?;
    let first = stream.frame().await.ok_or("no token")??;
    let mut text = first.into_data().unwrap_or_default().to_vec();
    begun.wait().await;
    looked.wait().await;
    text.extend(stream.collect().await?.to_bytes());
    let text = String::from_utf8(text)?;
    assert!(text.ends_with("data: [DONE]\n\n"), "cut off: {text}");
    Ok(text.matches("\"content\":").count())
}

/// Both sides counted the same, while the streams were open and at their end.
fn counted(tokens: usize, open: &Value, ended: &Value) -> Result<(), Failed> {
    let streams = u64::try_from(STREAMS)?;
    let tokens = u64::try_from(tokens)?;
    assert_eq!(tokens, streams * TOKENS, "tokens that arrived");
    assert_eq!(open["in_flight"], streams, "open at once: {open}");
    assert_eq!(ended["peak"], streams, "at most at once: {ended}");
    // And the one that warmed it up.
    assert_eq!(ended["completed"], streams + 1, "whole answers: {ended}");
    assert_eq!(ended["aborted"], 0, "cut off: {ended}");
    Ok(())
}

/// How much memory the streams took.
fn grown(idle: &Value, open: &Value, ended: &Value) {
    let figures = (
        idle["rss_kib"].as_u64(),
        open["rss_kib"].as_u64(),
        ended["peak_kib"].as_u64(),
    );
    let (Some(idle), Some(open), Some(most)) = figures else {
        println!("{STREAMS} open streams  memory is told on Linux only");
        return;
    };
    let (open, most) = (open.saturating_sub(idle), most.saturating_sub(idle));
    println!(
        "{STREAMS} open streams  {:>6.1} MiB above {:.1} MiB idle; at most \
         {:.1}",
        mib(open),
        mib(idle),
        mib(most)
    );
    assert!(most < GROWTH_KIB, "more than {} MiB", mib(GROWTH_KIB));
}

fn mib(kib: u64) -> f64 {
    u32::try_from(kib).map_or(f64::INFINITY, f64::from) / 1024.0
}
