//! The preprocessor as the command that book.toml names, for those who build
//! with `mdbook` itself.

use book::Lessons;
use mdbook_preprocessor::{Preprocessor, parse_input};
use std::io;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        // mdBook asks before each renderer: all are supported.
        Some("supports") => return ExitCode::SUCCESS,
        Some(_) => {
            println!(
                "mdbook-lessons: the preprocessor of this workbook\n\n\
                 mdBook starts it, as book.toml says, and sends it the book \
                 on stdin.\nTo build the book by hand: cargo run -- build"
            );
            return ExitCode::SUCCESS;
        }
        None => {}
    }
    book::exit(preprocess())
}

fn preprocess() -> anyhow::Result<()> {
    let (context, book) = parse_input(io::stdin())?;
    let book = Lessons.run(&context, book)?;
    serde_json::to_writer(io::stdout(), &book)?;
    Ok(())
}
