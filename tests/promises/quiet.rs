//! skeptic prints all that its programs print, and nothing keeps that from the
//! terminal but another process: this program runs itself again, sends what
//! that prints to a file, and passes on what it says of its trials.

use crate::root;
use libtest_mimic::Arguments;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::process::{Child, Command, ExitCode, ExitStatus};
use std::thread;
use std::time::Duration;

/// What all programs printed, from the root.
pub const LOG: &str = "target/promises.log";

/// Tells the second process that it is one.
const AGAIN: &str = "WORKBOOK_PROMISES";

/// Whether this is the second process.
pub fn is_second() -> bool {
    std::env::var_os(AGAIN).is_some()
}

/// Runs this program again with the same arguments, and with what skeptic asks
/// its environment: what compiles, and how many programs run `at_once`.
pub fn run_again(arguments: &Arguments, at_once: usize) -> ExitCode {
    let status = program(at_once).and_then(|program| {
        let shows = arguments.nocapture
            || arguments.list
            || arguments.logfile.is_some();
        if shows {
            run(program)
        } else {
            run_quietly(program)
        }
    });
    match status {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::from(101),
        Err(error) => {
            println!("the trials can't be run: {error}");
            ExitCode::FAILURE
        }
    }
}

fn program(at_once: usize) -> io::Result<Command> {
    let mut program = Command::new(std::env::current_exe()?);
    program
        .args(std::env::args_os().skip(1))
        .env(AGAIN, "again")
        .env("RUSTC", env!("CARGO_BIN_EXE_rustc-for-skeptic"))
        .env("SKEPTIC_JOBS", at_once.to_string());
    Ok(program)
}

fn run(mut program: Command) -> io::Result<ExitStatus> {
    program.status()
}

/// What programs print goes to the log, and what is said of trials to stdout.
fn run_quietly(mut program: Command) -> io::Result<ExitStatus> {
    let target = root().join("target");
    fs::create_dir_all(&target)?;
    let log = File::create(root().join(LOG))?;
    let told = target.join(format!("promises-{}.txt", std::process::id()));
    File::create(&told)?;
    program.arg("--logfile").arg(&told);
    program.stdout(log.try_clone()?).stderr(log);
    let mut child = program.spawn()?;
    let passed_on = File::open(&told).and_then(|it| pass_on(it, &mut child));
    let status = child.wait()?;
    // It is a scratch file: that it stays does no harm.
    let _ = fs::remove_file(&told);
    passed_on?;
    if !status.success() {
        // What no trial tells is told there: a panic of this program, say.
        println!("What the programs printed is in {LOG}");
    }
    Ok(status)
}

/// Says something of the trials, after they have run.
pub fn say(arguments: &Arguments, words: &str) {
    let Some(told) = &arguments.logfile else {
        println!("{words}\n");
        return;
    };
    let file = File::options().append(true).open(told);
    // Where nobody reads it, nobody misses it.
    let _ = file.and_then(|mut file| writeln!(file, "{words}\n"));
}

/// Prints what comes into the file until the process has ended.
fn pass_on(mut told: File, child: &mut Child) -> io::Result<()> {
    let mut out = io::stdout();
    loop {
        let over = child.try_wait()?.is_some();
        let mut text = Vec::new();
        told.read_to_end(&mut text)?;
        out.write_all(&text)?;
        out.flush()?;
        if over {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(20));
    }
}
