//! Serving the book on this machine, built again whenever a file changes.
//!
//! - [`routes`]: all that is served, and to whom; [`connections`]: over what
//! - [`guard`], [`access`]: who may ask, and which browser is the reader's own
//! - [`site`]: the built book; [`page`], [`files`]: what is put into its pages
//! - [`watch`], [`reload`]: when it is built again, and how pages hear of it
//! - [`launch`]: opening the reader's browser
//! - [`stale`]: what servers leave behind

mod access;
mod connections;
mod files;
mod guard;
mod launch;
mod page;
mod reload;
mod routes;
mod site;
mod stale;
mod watch;

use crate::api::Api;
use crate::order::context::Context;
use crate::order::slots::Slots;
use anyhow::{Context as _, Result};
use guard::Guard;
use launch::Launch;
use runner::memory;
use site::Site;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// How the book is served.
#[derive(Debug, Clone, Copy)]
pub struct ServeOptions {
    /// On this machine only.
    pub address: SocketAddr,
    /// Whether to start a browser.
    pub open: bool,
    /// How long cargo may compile for a page.
    pub compile_limit: Duration,
    /// How long a program may run for a page, unless its lesson says so.
    pub run_limit: Duration,
}

/// Serves the book until Ctrl-C, or until it is told to end otherwise. A build
/// that is under way then goes on as long as this process does.
///
/// # Errors
/// If the book can't be built at first, or not be served.
pub async fn serve(root: &Path, options: ServeOptions) -> Result<()> {
    memory::limit();
    let listener = bind(options.address).await?;
    let port = listener.local_addr()?.port();
    for folder in [site::FOLDER, launch::FOLDER] {
        stale::tidy(&root.join(folder), port);
    }
    let site = Arc::new(Site::new(root, port));
    let api = Api {
        slots: Arc::new(Slots::default()),
        context: context(root, options)?,
    };
    let ended = tokio::select! {
        served = run(root, options, listener, &site, &api) => served,
        told = told_to_end() => told,
    };
    api.slots.close().await;
    // Connections that are open hold both, and end with this process.
    api.context.clear();
    site.clear();
    ended
}

/// Builds the book and serves it.
async fn run(
    root: &Path,
    options: ServeOptions,
    listener: TcpListener,
    site: &Arc<Site>,
    api: &Api,
) -> Result<()> {
    let (changes, news) = mpsc::unbounded_channel();
    let _watch = watch::watch(root, changes)?;
    build(root, site).await?;
    let address = listener.local_addr()?;
    let guard = Guard::new(address)?;
    prepare(&api.context);
    let url = guard.access.url();
    println!("The workbook is at {url} (Ctrl-C ends it)");
    // Deleted when this ends.
    let _launch = options
        .open
        .then(|| Launch::open(root, address.port(), &url));
    let routes = routes::routes(root, site, api.clone(), &guard);
    tokio::select! {
        never = connections::serve(listener, routes) => match never {},
        () = rebuild(root, site, news) => Ok(()),
    }
}

fn context(root: &Path, options: ServeOptions) -> Result<Arc<Context>> {
    let ServeOptions {
        compile_limit,
        run_limit,
        ..
    } = options;
    let context = Context::new(root, compile_limit, run_limit)?;
    Ok(Arc::new(context))
}

/// What is asked for before anybody waits for it; and what a killed server left is
/// deleted. The first order tells what went wrong.
fn prepare(context: &Arc<Context>) {
    let early = Arc::clone(context);
    tokio::spawn(async move {
        drop(early.scratch().await);
        early.warm_up().await;
    });
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

/// Builds the book with each change.
async fn rebuild(
    root: &Path,
    site: &Arc<Site>,
    mut news: mpsc::UnboundedReceiver<()>,
) {
    while let Some(()) = news.recv().await {
        // Changes that came while the book was built are in it or not: one
        // more build serves them all.
        while news.try_recv().is_ok() {}
        if let Err(error) = build(root, site).await {
            eprintln!("{error:#}\nThe pages stay as they were.");
            site.fail(&error);
        }
    }
}

/// Builds the book on a thread of its own: it takes a while, in which this one
/// serves pages and hears of Ctrl-C.
async fn build(root: &Path, site: &Arc<Site>) -> Result<()> {
    let start = Instant::now();
    let (root, site) = (root.to_path_buf(), Arc::clone(site));
    let built = tokio::task::spawn_blocking(move || site.build(&root));
    built.await.context("the build panicked").flatten()?;
    println!("Built the book in {:.2} s", start.elapsed().as_secs_f64());
    Ok(())
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
