//! The run that the book shows, event by event, on the paused clock.

use std::sync::{Arc, Mutex};
use summary::checkpoint::Checkpoint;
use summary::document::{MOONSTONE, cut};
use summary::pipeline::Pipeline;
use summary::progress::Event;
use summary::rehearsal::{InProcess, jitter, script, settings};
use summary::shutdown::Shutdown;
use tempfile::TempDir;
use tokio::time::Instant;

/// By milliseconds.
const TIMELINE: &str = "    0 15 chunks to summarise
    0 chunk 01: asking mini-2k
    0 chunk 02: asking mini-2k
    0 chunk 03: asking mini-2k
    0 chunk 04: asking mini-2k
  630 chunk 03: done, 1 of 15
  630 chunk 05: asking mini-2k
  910 chunk 01: done, 2 of 15
  910 chunk 06: asking mini-2k
  910 chunk 06: status 503, again when told
  910 chunk 07: asking mini-2k
 1030 chunk 04: done, 3 of 15
 1030 chunk 08: asking mini-2k
 1170 chunk 02: done, 4 of 15
 1170 chunk 09: asking mini-2k
 1420 chunk 05: done, 5 of 15
 1420 chunk 10: asking mini-2k
 1620 chunk 07: done, 6 of 15
 1620 chunk 11: asking mini-2k
 2120 chunk 08: done, 7 of 15
 2120 chunk 12: asking mini-2k
 2290 chunk 11: done, 8 of 15
 2290 chunk 06: asking mini-2k again
 2500 chunk 09: slow, asking twice
 2670 chunk 10: done, 9 of 15
 2670 chunk 13: asking mini-2k
 2670 chunk 13: status 400, context_length_exceeded, so large-32k
 2670 chunk 13: asking large-32k
 3090 chunk 12: done, 10 of 15
 3350 chunk 09: done, 11 of 15
 3600 chunk 06: done, 12 of 15
 3832 chunk 14: asking mini-2k
 4060 chunk 13: done, 13 of 15
 4902 chunk 14: done, 14 of 15
 5264 chunk 15: asking mini-2k
 6034 chunk 15: done, 15 of 15
 6698 The story so far:
 6918 it.
 7218 him.
 7438 come.
 7718 near.
";

#[tokio::test(start_paused = true)]
async fn every_event_comes_when_it_should() {
    let llm = InProcess::new(script());
    let server = llm.server.clone();
    let chunks = cut(MOONSTONE, settings().chunk_tokens);
    let dir = TempDir::new().expect("a folder");
    let path = dir.path().join("summary.jsonl");
    let saved = Checkpoint::open(&path, &chunks, &settings());
    let (start, log) = (Instant::now(), Arc::new(Mutex::new(String::new())));
    let lines = Arc::clone(&log);
    let report = move |event: &Event| {
        // Of the story, which comes word by word, the end of each line.
        let text = match event {
            Event::Piece(word) if !word.ends_with('.') => return,
            Event::Told | Event::Cost(_) => return,
            event => event.to_string(),
        };
        let text = text.trim();
        let at = start.elapsed().as_millis();
        let mut lines = lines.lock().expect("sound");
        *lines += &format!("{at:5} {text}\n");
    };
    let pipeline = Pipeline::new(llm, settings(), jitter(), Box::new(report));
    let calm = Shutdown::default();
    let story = pipeline.run(chunks, saved.expect("none yet"), &calm).await;
    assert_eq!(story.expect("told").lines().count(), 4);
    let log = log.lock().expect("sound");
    assert!(*log == TIMELINE, "{log}");
    let seen = server.seen();
    assert_eq!(seen.status(429), 0);
    assert_eq!((seen.status(503), seen.status(400)), (1, 1));
    // The call that was hedged is dropped, and every other is answered.
    assert_eq!((seen.completed, seen.aborted), (16, 1));
}
