//! A grid, four settings at a time: `cargo run --bin sweep-right-way`
use futures::stream::{self, StreamExt};
use std::{collections::BTreeMap, time::Duration};
use tokio::time::{Instant, sleep};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Model {
    Small,
    Medium,
    Large,
}

/// Temperature in tenths: an `f64` has no total order, and so is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Setting(Model, u8);

const MODELS: [Model; 3] = [Model::Small, Model::Medium, Model::Large];
const TENTHS: [u8; 4] = [0, 3, 7, 10];
const AT_ONCE: usize = 4;

/// Milliseconds: a row a model, a column a temperature.
const LATENCY: [[u64; 4]; 3] = [
    [770, 790, 810, 830],
    [1000, 1000, 1000, 1000],
    [1245, 1215, 1185, 1155],
];

async fn ask((setting, ms): (Setting, u64)) -> (Setting, String) {
    let name = format!("{:?} at {:.1}", setting.0, f64::from(setting.1) / 10.0);
    println!("Asking {name}");
    sleep(Duration::from_millis(ms)).await;
    (setting, name) // an answer says what it answers
}

async fn sweep() -> BTreeMap<Setting, String> {
    let rows = MODELS.into_iter().zip(LATENCY);
    let grid = rows.flat_map(|(model, row)| {
        let columns = TENTHS.into_iter().zip(row);
        columns.map(move |(tenths, ms)| (Setting(model, tenths), ms))
    });
    let mut calls = stream::iter(grid).map(ask).buffer_unordered(AT_ONCE);
    let mut answers = BTreeMap::new();
    while let Some((setting, answer)) = calls.next().await {
        answers.insert(setting, answer);
        let row = answers.keys().filter(|other| other.0 == setting.0);
        if row.count() == TENTHS.len() {
            println!("{:?} complete", setting.0);
        }
    }
    answers
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let answers = sweep().await;
    let took = start.elapsed();
    println!(
        "{} answers after {:.1} s",
        answers.len(),
        took.as_secs_f64()
    );
    assert_eq!(took.as_secs(), 3, "three rounds of four");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Four at a time, twelve seconds of latency are over in three, and 15 ms.
    #[tokio::test(start_paused = true)]
    async fn twelve_calls_four_at_a_time_take_three_seconds() {
        let start = Instant::now();
        let answers = sweep().await;
        assert_eq!(start.elapsed(), Duration::from_millis(3015));
        // The last row comes in reverse; each answer is where it belongs.
        assert_eq!(answers[&Setting(Model::Large, 7)], "Large at 0.7");
        assert_eq!(answers.len(), 12);
    }
}
