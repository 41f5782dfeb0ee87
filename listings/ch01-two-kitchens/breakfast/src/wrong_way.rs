//! A cook who watches each pan: `cargo run --bin breakfast-wrong-way`
use std::thread::sleep;
use std::time::{Duration, Instant};

fn brew_coffee() -> &'static str {
    println!("Brewing coffee...");
    sleep(Duration::from_secs(3));
    println!("Coffee ready!");
    "coffee"
}

fn make_toast() -> &'static str {
    println!("Toasting bread...");
    sleep(Duration::from_secs(2));
    println!("Toast ready!");
    "toast"
}

fn fry_eggs() -> &'static str {
    println!("Frying eggs...");
    sleep(Duration::from_secs(4));
    println!("Eggs ready!");
    "eggs"
}

fn make_breakfast() -> String {
    // Each call keeps the only thread until its dish is done.
    let coffee = brew_coffee();
    let toast = make_toast();
    let eggs = fry_eggs();
    format!("{coffee}, {toast} and {eggs}")
}

fn main() {
    let start = Instant::now();
    let breakfast = make_breakfast();
    let took = start.elapsed();
    println!("Served {breakfast} after {:.1} s", took.as_secs_f64());
    assert_eq!(breakfast, "coffee, toast and eggs");
    assert_eq!(took.as_secs(), 9, "three waits, one after another");
}
