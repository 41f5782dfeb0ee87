//! What all orders of the pages share.

use crate::order::compile::{Wanted, compile};
use crate::order::failure::Failure;
use crate::order::up_to_date::UpToDate;
use anyhow::{Context as _, Result, anyhow, ensure};
use lessons::{Library, Listing};
use runner::environment;
use runner::reaper::Reaper;
use runner::scratch::Scratch;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::OnceCell;

/// How cargo is asked for a binary.
pub const BUILD: [&str; 3] = ["build", "--offline", "--message-format=json"];

/// The folders, the limits and the helpers.
#[derive(Debug)]
pub struct Context {
    root: PathBuf,
    target: OnceCell<PathBuf>,
    scratch: OnceCell<Scratch>,
    /// How long cargo may compile for one order.
    pub compile_limit: Duration,
    /// How long a program may run, unless its lesson says so.
    pub run_limit: Duration,
    /// Which binaries are up to date.
    pub up_to_date: UpToDate,
    /// Who ends everything if nobody else can.
    pub reaper: Reaper,
}

impl Context {
    /// For the workbook at `root`.
    ///
    /// # Errors
    /// If there is no such folder.
    pub fn new(
        root: &Path,
        compile_limit: Duration,
        run_limit: Duration,
    ) -> Result<Self> {
        Ok(Self {
            root: std::path::absolute(root)?,
            target: OnceCell::new(),
            scratch: OnceCell::new(),
            compile_limit,
            run_limit,
            up_to_date: UpToDate::default(),
            reaper: Reaper::start(),
        })
    }

    /// The workbook's folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Compiles what the listings depend on, while the reader reads: the first
    /// Run need not wait for it.
    pub async fn warm_up(&self) {
        let Ok((library, _)) = Library::load(&self.root) else {
            return;
        };
        let mut all = library.listings();
        let listing = all.find(|it| it.compiles() && self.has_dependencies(it));
        let Some(listing) = listing else { return };
        let mut cargo = environment::cargo(&self.root);
        cargo.args(BUILD).args(["--package", listing.lesson()]);
        let bin = listing.bin();
        cargo.args(["--bin", &bin]);
        let wanted = Wanted {
            package: listing.lesson(),
            bin: &bin,
            limit: self.compile_limit,
        };
        // The first order tells what went wrong.
        let _ = compile(cargo, wanted, &self.reaper, &|_| ()).await;
    }

    fn has_dependencies(&self, listing: &Listing) -> bool {
        let manifest = self.root.join(listing.dir()).join("Cargo.toml");
        let manifest = fs::read_to_string(manifest).unwrap_or_default();
        let manifest: toml::Table = manifest.parse().unwrap_or_default();
        let all = manifest.get("dependencies").and_then(|it| it.as_table());
        all.is_some_and(|all| !all.is_empty())
    }

    /// The folder in which cargo builds, asked for once.
    ///
    /// # Errors
    /// If cargo can't tell, as in a folder without a workspace.
    pub async fn target(&self) -> Result<&Path, Failure> {
        let target = self.target.get_or_try_init(|| async {
            let mut cargo = environment::cargo(&self.root);
            cargo.args(["metadata", "--no-deps", "--format-version=1"]);
            let output = cargo.output().await.context("can't start cargo")?;
            let said = String::from_utf8_lossy(&output.stderr);
            ensure!(output.status.success(), "{}", said.trim());
            let metadata: Value = serde_json::from_slice(&output.stdout)?;
            metadata["target_directory"]
                .as_str()
                .map(PathBuf::from)
                .ok_or_else(|| anyhow!("cargo names no target folder"))
        });
        Ok(target.await?)
    }

    /// Deletes what is left of edited programs.
    pub fn clear(&self) {
        if let Some(scratch) = self.scratch.get() {
            scratch.clear();
        }
    }

    /// Whether other checkouts of the workbook may build in the same folder.
    /// Cargo calls a binary by its path from the workspace, and takes one that
    /// another checkout has built of older files for up to date.
    ///
    /// # Errors
    /// As [`Self::target`].
    pub async fn shares_its_target(&self) -> Result<bool, Failure> {
        let real = |path: &Path| {
            fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf())
        };
        let target = self.target().await?;
        Ok(!real(target).starts_with(real(&self.root)))
    }

    /// Where edited programs are compiled.
    ///
    /// # Errors
    /// As [`Self::target`], or if there is no room for them.
    pub async fn scratch(&self) -> Result<&Scratch, Failure> {
        let target = self.target().await?;
        let scratch = self
            .scratch
            .get_or_try_init(|| async { Scratch::open(&self.root, target) });
        Ok(scratch.await?)
    }
}
