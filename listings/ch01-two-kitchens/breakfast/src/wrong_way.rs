//! A cook who watches each pan: `cargo run --bin breakfast-wrong-way`
use std::thread::sleep;
use std::time::{Duration, Instant};

fn brew_coffee() {
    println!("Brewing coffee...");
    sleep(Duration::from_secs(3));
    println!("Coffee ready!");
}

fn make_toast() {
    println!("Toasting bread...");
    sleep(Duration::from_secs(2));
    println!("Toast ready!");
}

fn fry_eggs() {
    println!("Frying eggs...");
    sleep(Duration::from_secs(4));
    println!("Eggs ready!");
}

fn main() {
    let start = Instant::now();
    // Each call keeps the only thread until its dish is done.
    brew_coffee();
    make_toast();
    fry_eggs();
    let took = start.elapsed();
    println!("Breakfast served after {:.1} s", took.as_secs_f64());
    assert_eq!(took.as_secs(), 9, "three waits, one after another");
}
