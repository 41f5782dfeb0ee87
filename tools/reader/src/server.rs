//! Serving the book on this machine, built anew whenever a file changes.

use crate::api::{self, Api};
use crate::desk::Desk;
use crate::guard::{self, Guard};
use crate::handout;
use crate::page;
use crate::workshop::Workshop;
use anyhow::{Context, Result};
use axum::Router;
use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use axum::routing::get;
use axum::serve::ListenerExt;
use lessons::book;
use notify_debouncer_full::notify::{RecommendedWatcher, RecursiveMode};
use notify_debouncer_full::{
    DebounceEventResult, DebouncedEvent, Debouncer, RecommendedCache,
    new_debouncer,
};
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::sync::{broadcast, mpsc};
use tower_http::compression::CompressionLayer;
use tower_http::csrf::{CsrfLayer, ProtectionError};
use tower_http::services::ServeDir;

/// Where a page waits for the word to load itself anew.
const LIVE_RELOAD: &str = "__livereload";

/// How long files must rest after a change before the book is built again.
const REST: Duration = Duration::from_millis(200);

/// How the book is served.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    /// On this machine only.
    pub address: SocketAddr,
    /// Whether to start a browser.
    pub open: bool,
    /// How long cargo may compile for a page.
    pub compile_limit: Duration,
    /// How long a program may run for a page, unless its lesson says so.
    pub run_limit: Duration,
}

/// Serves the book until Ctrl-C, or until it is told to end otherwise.
pub async fn serve(root: &Path, terms: Terms) -> Result<()> {
    let listener = bind(terms.address).await?;
    let address = listener.local_addr()?;
    let out = root.join("target/served");
    built(root, &out)?;
    let guard = Guard::new(address.port())?;
    let api = api(root, terms)?;
    let desk = Arc::clone(&api.desk);
    let url = format!("http://{address}");
    println!("The workbook is at {url} (Ctrl-C ends it)");
    if terms.open && open::that_detached(&url).is_err() {
        eprintln!("No browser could be started: open {url} yourself");
    }
    let (reload, _) = broadcast::channel(1);
    let (changes, news) = mpsc::unbounded_channel();
    let _watch = watch(root, changes)?;
    let routes = routes(root, &out, &reload, api, &guard);
    // A line of a run is small, and is not to wait for the next.
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    let ended = tokio::select! {
        served = async { axum::serve(listener, routes).await } => {
            served.map_err(Into::into)
        }
        () = rebuild(root, &out, news, reload) => Ok(()),
        told = told_to_end() => told,
    };
    desk.close().await;
    ended
}

fn api(root: &Path, terms: Terms) -> Result<Api> {
    let workshop = Workshop::new(root, terms.compile_limit, terms.run_limit)?;
    let workshop = Arc::new(workshop);
    let early = Arc::clone(&workshop);
    // Asked for before anybody waits for it, and what a killed server left is
    // deleted; the first order tells what went wrong.
    tokio::spawn(async move {
        drop(early.scratch().await);
        early.warm_up().await;
    });
    Ok(Api {
        desk: Arc::new(Desk::default()),
        workshop,
    })
}

/// All that is served, and to whom.
fn routes(
    root: &Path,
    out: &Path,
    reload: &broadcast::Sender<()>,
    api: Api,
    guard: &Arc<Guard>,
) -> Router {
    let of_this_server =
        || from_fn_with_state(Arc::clone(guard), guard::origin);
    let no_cross_site = CsrfLayer::new()
        .with_rejection_response(|_: ProtectionError| guard::foreign());
    let reload = Router::new()
        .route(&format!("/{LIVE_RELOAD}"), get(wait_for_reload))
        .layer(of_this_server())
        .with_state(reload.clone());
    Router::new()
        .fallback_service(ServeDir::new(out))
        .nest_service("/handouts", ServeDir::new(root.join(handout::FOLDER)))
        .merge(page::routes())
        .merge(reload)
        .layer(from_fn_with_state(Arc::clone(guard), guard::seal))
        .layer(CompressionLayer::new())
        // Not compressed: a line would wait for the next.
        .merge(api::routes(api, guard).layer(of_this_server()))
        .layer(no_cross_site)
        .layer(from_fn_with_state(Arc::clone(guard), guard::host))
}

/// Ends with Ctrl-C, and where there are such signals, with a friendly kill.
async fn told_to_end() -> Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await?;
    Ok(())
}

/// Builds the book anew with each change, and tells the pages.
async fn rebuild(
    root: &Path,
    out: &Path,
    mut news: mpsc::UnboundedReceiver<()>,
    reload: broadcast::Sender<()>,
) {
    while let Some(()) = news.recv().await {
        // Changes that came while the book was built are in it or not: one
        // more build serves them all.
        while news.try_recv().is_ok() {}
        match built(root, out) {
            // No page open is no error.
            Ok(()) => drop(reload.send(())),
            Err(error) => {
                eprintln!("{error:#}\nThe pages stay as they were.");
            }
        }
    }
}

async fn bind(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| {
        let port = address.port();
        let problem = match error.kind() {
            io::ErrorKind::AddrInUse => {
                format!("port {port} is taken: another workbook may be open")
            }
            io::ErrorKind::PermissionDenied => {
                format!("port {port} is not yours to use")
            }
            _ => format!("can't listen at {address}: {error}"),
        };
        anyhow::anyhow!("{problem}; name another with --port N")
    })
}

fn built(root: &Path, out: &Path) -> Result<()> {
    let start = Instant::now();
    book::build(root, out, Some(LIVE_RELOAD))?;
    println!("Built the book in {:.2} s", start.elapsed().as_secs_f64());
    Ok(())
}

type Watch = Debouncer<RecommendedWatcher, RecommendedCache>;

/// Sends a word whenever a file that the book is made of has changed.
fn watch(root: &Path, changes: mpsc::UnboundedSender<()>) -> Result<Watch> {
    let heard = move |events: DebounceEventResult| {
        // A build reads every file: that must not start another.
        let is_change = |events: Vec<DebouncedEvent>| {
            events.iter().any(|event| !event.kind.is_access())
        };
        if events.is_ok_and(is_change) {
            // Nobody listens only once the server ends.
            let _ = changes.send(());
        }
    };
    let mut watch =
        new_debouncer(REST, None, heard).context("can't watch for changes")?;
    let recursive = RecursiveMode::Recursive;
    let watched: [(PathBuf, RecursiveMode); 4] = [
        (root.join("src"), recursive),
        (root.join("listings"), recursive),
        (root.join("tools/lessons/page"), recursive),
        (root.join("book.toml"), RecursiveMode::NonRecursive),
    ];
    for (path, mode) in watched.into_iter().filter(|(path, _)| path.exists()) {
        watch
            .watch(&path, mode)
            .with_context(|| format!("can't watch {}", path.display()))?;
    }
    Ok(watch)
}

async fn wait_for_reload(
    State(reload): State<broadcast::Sender<()>>,
    upgrade: WebSocketUpgrade,
) -> Response {
    // From now on, so that no build is missed before the socket stands.
    let reload = reload.subscribe();
    upgrade.on_upgrade(move |socket| tell(socket, reload))
}

/// Tells one page of the next build, or ends when the page is gone.
async fn tell(mut socket: WebSocket, mut reload: broadcast::Receiver<()>) {
    tokio::select! {
        _ = reload.recv() => {
            // A page that left in this moment needs no word.
            let _ = socket.send(Message::text("reload")).await;
        }
        _ = socket.recv() => {}
    }
}
