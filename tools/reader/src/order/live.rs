//! The timeline of a run, drawn while it is under way.

use crate::order::event::Event;
use book::html::drawing::{self, Frame};
use lessons::timeline::Timeline;
use lessons::transcript::{End, Line, Transcript};
use lessons::{Lesson, Listing};
use runner::run::Run;

/// So many lines are drawn one by one; then not more than ten times a second.
const ONE_BY_ONE: usize = 100;

/// A run under way, as far as it has come.
pub struct Live<'l> {
    lesson: &'l Lesson,
    listing: &'l Listing,
    seen: Transcript,
    /// When it was drawn last, in seconds from the start of the run.
    drawn: f64,
}

impl<'l> Live<'l> {
    /// A run of `listing`, or of what the page made of it.
    pub fn new(lesson: &'l Lesson, listing: &'l Listing) -> Self {
        Self {
            lesson,
            listing,
            seen: Transcript {
                program: String::new(),
                lines: Vec::new(),
                took: 0.0,
                end: End::Killed,
            },
            drawn: 0.0,
        }
    }

    /// Takes a line, and draws what is under way now.
    pub fn add(&mut self, line: &Line) -> Option<Event> {
        self.seen.lines.push(line.clone());
        self.seen.took = line.at;
        let due =
            self.seen.lines.len() <= ONE_BY_ONE || line.at >= self.drawn + 0.1;
        due.then(|| {
            self.drawn = line.at;
            self.draw(true)
        })
    }

    /// Draws the whole.
    pub fn end(mut self, run: &Run) -> Event {
        self.seen.lines.clone_from(&run.lines);
        self.seen.took = run.took;
        self.seen.end = run.end;
        self.draw(false)
    }

    fn draw(&self, running: bool) -> Event {
        let Self {
            lesson, listing, ..
        } = self;
        let timeline = Timeline::so_far(
            &lesson.metadata,
            listing.way(),
            &self.seen,
            running,
            listing.transcript.as_ref(),
        );
        let id = format!("{}-live", listing.bin());
        let title = format!("Timeline of your run of {}", listing.bin());
        let frame = Frame::of(lesson);
        let words = || {
            let legend = drawing::legend(&timeline, &id).into_string();
            legend + &drawing::figures(&timeline).into_string()
        };
        Event::Timeline {
            svg: drawing::draw(&timeline, frame, &id, &title).into_string(),
            figures: (!running).then(words),
        }
    }
}
