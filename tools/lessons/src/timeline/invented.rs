//! Lanes that an edited program invents: a fourth dish beside three. Its lines
//! are in the words of the lanes that are there, so what they have in common
//! tells what begins and what ends.

use super::{Bar, Ending};
use crate::metadata::Metadata;
use crate::transcript::Transcript;
use crate::way::Way;
use std::collections::BTreeSet;

/// The longest name of an invented lane, in words.
const LONGEST: usize = 3;

/// What the lanes and marks of a listing are told by.
struct Told<'m> {
    /// The words of all of them.
    words: Vec<&'m String>,
    /// The forms of the words that begin lanes.
    begins: BTreeSet<Form>,
    /// And of those that end them.
    ends: BTreeSet<Form>,
}

impl<'m> Told<'m> {
    fn of(metadata: &'m Metadata, way: Way) -> Self {
        let mut told = Self {
            words: metadata.marks.iter().map(|it| &it.at.value).collect(),
            begins: BTreeSet::new(),
            ends: BTreeSet::new(),
        };
        for lane in metadata.lanes.iter().filter(|lane| lane.is_for(way)) {
            let begins = &lane.begins.value;
            told.begins.extend(around(begins, &lane.name));
            told.words.push(begins);
            told.words.extend(lane.dropped.as_ref().map(|it| &it.value));
            if let Some(ends) = &lane.ends {
                told.ends.extend(around(&ends.value, &lane.name));
                told.words.push(&ends.value);
            }
        }
        told
    }

    /// Whether a line is of no lane that is known, and not as `recorded`. Of a
    /// lane's form, another number is another lane's.
    fn is_new(&self, text: &str, recorded: &Transcript) -> bool {
        if self.words.iter().any(|words| text.contains(*words)) {
            return false;
        }
        let mut forms = self.begins.iter().chain(&self.ends);
        let formed = forms.any(|form| within(text, form).is_some());
        let mut known = recorded.lines.iter().map(|line| &line.text);
        if formed {
            known.all(|it| it != text)
        } else {
            let text = masked(text);
            known.all(|it| masked(it) != text)
        }
    }
}

/// The lines of a run that are none's: of no lane, and not as recorded.
pub(super) struct News<'r> {
    run: &'r Transcript,
    /// Their places in the run.
    places: Vec<usize>,
    bars: Vec<(Bar, BTreeSet<usize>)>,
}

impl<'r> News<'r> {
    /// Finds them, and the bars that they make.
    pub fn of(
        metadata: &Metadata,
        way: Way,
        run: &'r Transcript,
        recorded: &Transcript,
    ) -> Self {
        let told = Told::of(metadata, way);
        let all = run.lines.iter().enumerate();
        let new = all.filter(|(_, line)| told.is_new(&line.text, recorded));
        let mut news = Self {
            run,
            places: new.map(|(place, _)| place).collect(),
            bars: Vec::new(),
        };
        news.find(&told.ends);
        news
    }

    /// A bar for each new name that begins in one line and ends in a later one.
    fn find(&mut self, ends: &BTreeSet<Form>) {
        for (index, &last) in self.places.iter().enumerate() {
            let text = &self.run.lines[last].text;
            let Some(name) = ends.iter().find_map(|it| within(text, it)) else {
                continue;
            };
            let has = |place: &&usize| {
                let line = &self.run.lines[**place].text;
                line.to_lowercase().contains(&name.to_lowercase())
            };
            let Some(&first) = self.places[..index].iter().find(has) else {
                continue;
            };
            let at = |place: usize| self.run.lines[place].at;
            let bar = Bar {
                name: name.to_lowercase(),
                begin: at(first),
                end: at(last),
                ending: Ending::Completed,
                last,
            };
            self.bars.push((bar, BTreeSet::from([first, last])));
        }
    }

    /// The bars of the lanes that were invented.
    pub fn bars(&self) -> impl Iterator<Item = Bar> {
        self.bars.iter().map(|(bar, _)| bar.clone())
    }

    /// The lines that make no bar, each once.
    pub fn rest(&self) -> Vec<String> {
        let drawn = |place: &usize| {
            self.bars.iter().any(|(_, lines)| lines.contains(place))
        };
        let mut rest: Vec<String> = Vec::new();
        for place in self.places.iter().filter(|place| !drawn(place)) {
            let text = self.run.lines[*place].text.trim();
            if !text.is_empty() && !rest.iter().any(|it| it == text) {
                rest.push(text.to_owned());
            }
        }
        rest
    }
}

/// What is before and after a lane's name.
type Form = (String, String);

/// The text with a mark in place of its numbers: a run that measures tells
/// others each time.
fn masked(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '0'..='9' | '.' if out.ends_with('#') => {}
            '0'..='9' => out.push('#'),
            _ => out.push(c),
        }
    }
    out
}

/// What is before and after `name` in the words that end its lane. Without
/// either, any line would be one.
fn around(words: &str, name: &str) -> Option<Form> {
    let at = words.to_lowercase().find(&name.to_lowercase())?;
    let after = words.get(at + name.len()..)?;
    let before = words.get(..at)?;
    let more = !before.trim().is_empty() || !after.trim().is_empty();
    more.then(|| (before.to_owned(), after.to_owned()))
}

/// The name between these in a line, if it is as short as one.
fn within(text: &str, (before, after): &Form) -> Option<String> {
    let rest = text.strip_prefix(before.as_str())?;
    let end = if after.is_empty() {
        rest.len()
    } else {
        rest.find(after.as_str())?
    };
    let name = rest[..end].trim();
    let words = name.split_whitespace().count();
    (1..=LONGEST).contains(&words).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::{Ending, Timeline};
    use crate::metadata::Metadata;
    use crate::transcript::Transcript;
    use crate::way::Way;
    use std::path::Path;

    const LESSON: &str = "title = 'x'\n[right_way]\n\
        [[lane]]\nname = 'coffee'\nbegins = 'Brewing coffee'\n\
        ends = 'Coffee ready'\n\
        [[lane]]\nname = 'eggs'\nbegins = 'Frying eggs'\n\
        ends = 'Eggs ready'\n";

    const RECORDED: &str = "program x
  0.000 | Brewing coffee...
  0.000 | Frying eggs...
  3.000 | Coffee ready!
  4.000 | Eggs ready!
  4.000 | Served after 4.0 s
  4.000 = exit 0
";

    fn of(run: &str, running: bool) -> Timeline {
        let parsed = Metadata::parse(LESSON, Path::new("lesson.toml"));
        let (metadata, _) = parsed.expect("valid");
        let recorded = Transcript::parse(RECORDED).expect("valid");
        let run = Transcript::parse(run).expect("valid");
        let recorded = Some(&recorded);
        Timeline::so_far(&metadata, Way::Right, &run, running, recorded)
    }

    #[test]
    fn a_dish_that_the_reader_adds_has_a_bar() {
        let run = RECORDED.replace(
            "  3.000 |",
            "  0.100 | Steeping tea...\n  1.000 | Tea ready!\n  3.000 |",
        );
        let run = of(&run, false);
        let tea = &run.bars[2];
        assert_eq!((&*tea.name, tea.begin, tea.end), ("tea", 0.1, 1.0));
        assert_eq!(tea.ending, Ending::Completed);
        assert_eq!(run.unplaced, Vec::<String>::new());
    }

    #[test]
    fn another_number_is_another_lane() {
        let lesson =
            LESSON.replace("coffee", "cup 1").replace("Coffee", "Cup 1");
        let recorded = RECORDED.replace("coffee", "cup 1");
        let recorded = recorded.replace("Coffee", "Cup 1");
        let run = recorded.replace(
            "  4.000 | Eggs",
            "  3.200 | Brewing cup 2...\n  3.900 | Cup 2 ready!\n  4.000 | Eggs",
        );
        let parsed = Metadata::parse(&lesson, Path::new("lesson.toml"));
        let (metadata, _) = parsed.expect("valid");
        let [run, recorded] = [run, recorded]
            .map(|text| Transcript::parse(&text).expect("valid"));
        let way = Way::Right;
        let run =
            Timeline::so_far(&metadata, way, &run, false, Some(&recorded));
        assert_eq!((&*run.bars[2].name, run.bars[2].begin), ("cup 2", 3.2));
    }

    #[test]
    fn what_makes_no_bar_is_told() {
        let run = RECORDED.replace(
            "  3.000 |",
            "  0.100 | The table is laid\n  0.200 | The table is laid\n  3.000 |",
        );
        let run = of(&run, false);
        assert_eq!(run.bars.len(), 2);
        assert_eq!(run.unplaced, ["The table is laid"]);
    }

    #[test]
    fn a_run_as_recorded_but_for_its_figures_has_nothing_new() {
        let run = of(&RECORDED.replace("4.0 s", "3.95 s"), true);
        assert_eq!(run.bars.len(), 2);
        assert_eq!(run.unplaced, Vec::<String>::new());
    }
}
