//! The timetable of a course, summed from the minutes of its lessons.

use serde::Serialize;

/// When a day begins, in minutes since midnight.
const BEGIN: u32 = 9 * 60;

/// From when on the next pause is lunch.
const NOON: u32 = 12 * 60;

/// How long a class works before it has a pause.
const STRETCH: u32 = 90;

const PAUSE: u32 = 15;

const LUNCH: u32 = 60;

/// A lesson or a chapter, and how long a class needs for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimedPart {
    /// What it is about.
    pub title: String,
    /// How long a class needs for it.
    pub minutes: u32,
}

/// One day of a course.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Day {
    /// What is done in it, pauses included.
    pub slots: Vec<Session>,
    /// When it ends.
    pub end: String,
    /// The minutes of its lessons alone.
    pub minutes: u32,
}

/// A stretch of a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Session {
    /// When it begins: `09:00`.
    pub from: String,
    /// When it ends.
    pub to: String,
    /// What is done.
    pub title: String,
    /// How long it is.
    pub minutes: u32,
    /// Whether nobody works in it.
    pub pause: bool,
}

/// The most minutes of lessons that a class bears in a day.
const FULL_DAY: u32 = 6 * 60;

/// The courses that are offered: in as few days as can be borne, and in one more.
#[must_use]
pub fn courses(parts: &[TimedPart]) -> Vec<Vec<Day>> {
    let total: u32 = parts.iter().map(|part| part.minutes).sum();
    let fewest = total.div_ceil(FULL_DAY).max(1);
    (fewest..=fewest + 1)
        .map(|days| course(parts, days))
        .collect()
}

/// A course of so many days: as even as chapters allow, each kept whole.
#[must_use]
pub fn course(parts: &[TimedPart], days: u32) -> Vec<Day> {
    let total: u32 = parts.iter().map(|part| part.minutes).sum();
    let mut rest = parts;
    let mut done = 0;
    (1..=days)
        .map(|number| {
            let goal = total * number / days;
            let mut count = 0;
            // A chapter belongs to the day in which most of it lies.
            while let Some(part) = rest.get(count)
                && (number == days || done + part.minutes / 2 < goal)
            {
                done += part.minutes;
                count += 1;
            }
            let (today, later) = rest.split_at(count);
            rest = later;
            day(today)
        })
        .collect()
}

fn day(parts: &[TimedPart]) -> Day {
    let mut slots = Vec::new();
    let mut now = BEGIN;
    let mut worked = 0;
    let mut fed = false;
    for part in parts {
        if worked > 0 && worked + part.minutes > STRETCH {
            let lunch = !fed && now + part.minutes > NOON;
            fed |= lunch;
            let (title, minutes) = if lunch {
                ("Lunch", LUNCH)
            } else {
                ("Pause", PAUSE)
            };
            slots.push(slot(&mut now, title, minutes, true));
            worked = 0;
        }
        slots.push(slot(&mut now, &part.title, part.minutes, false));
        worked += part.minutes;
    }
    Day {
        slots,
        end: clock(now),
        minutes: parts.iter().map(|part| part.minutes).sum(),
    }
}

fn slot(now: &mut u32, title: &str, minutes: u32, pause: bool) -> Session {
    let from = clock(*now);
    *now += minutes;
    Session {
        from,
        to: clock(*now),
        title: title.to_owned(),
        minutes,
        pause,
    }
}

fn clock(minutes: u32) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(minutes: &[u32]) -> Vec<TimedPart> {
        let part = |(number, minutes): (usize, &u32)| TimedPart {
            title: format!("{number}"),
            minutes: *minutes,
        };
        minutes.iter().enumerate().map(part).collect()
    }

    #[test]
    fn a_class_has_a_pause_after_ninety_minutes_and_lunch_at_noon() {
        let day = &course(&parts(&[40, 50, 60, 50, 30]), 1)[0];
        let slots: Vec<(&str, &str)> = day
            .slots
            .iter()
            .map(|slot| (&*slot.from, &*slot.title))
            .collect();
        let expected = [
            ("09:00", "0"),
            ("09:40", "1"),
            ("10:30", "Pause"),
            ("10:45", "2"),
            ("11:45", "Lunch"),
            ("12:45", "3"),
            ("13:35", "4"),
        ];
        assert_eq!(slots, expected);
        assert_eq!((&*day.end, day.minutes), ("14:05", 230));
    }

    #[test]
    fn two_days_are_even_and_hold_each_part_once() {
        let days = course(&parts(&[30, 30, 30, 30, 40]), 2);
        let minutes: Vec<u32> = days.iter().map(|day| day.minutes).collect();
        assert_eq!(minutes, [90, 70]);
        assert_eq!(course(&[], 2).len(), 2);
    }

    #[test]
    fn no_course_is_offered_whose_days_are_too_full() {
        let days = |minutes: &[u32]| -> Vec<usize> {
            courses(&parts(minutes)).iter().map(Vec::len).collect()
        };
        assert_eq!(days(&[]), [1, 2]);
        assert_eq!(days(&[200, 160]), [1, 2]);
        assert_eq!(days(&[200, 161]), [2, 3]);
        assert_eq!(days(&[360, 360, 1]), [3, 4]);
    }
}
