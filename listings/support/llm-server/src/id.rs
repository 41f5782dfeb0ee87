//! Ids that never come twice.

use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

/// What tells this process from the one before: random, from the operating
/// system, which seeds the hashers of the standard library.
static PROCESS: LazyLock<String> = LazyLock::new(|| {
    let random = RandomState::new().hash_one(SystemTime::now());
    format!("{random:016x}")
});

const DIGITS: &[u8; 16] = b"0123456789abcdef";

static NEXT: AtomicU64 = AtomicU64::new(1);

/// An id that no other call of this gets: not in this process, and not in
/// another one, unless 64 random bits are the same.
pub(crate) fn fresh(prefix: &str) -> String {
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let mut id = String::with_capacity(prefix.len() + 32);
    id.push_str(prefix);
    id.push_str(&PROCESS);
    // As `{number:08x}` would, which costs ten times as much.
    let digits = (64 - number.leading_zeros()).div_ceil(4).max(8);
    for place in (0..digits).rev() {
        let [digit, ..] = (number >> (4 * place)).to_le_bytes();
        id.push(char::from(DIGITS[usize::from(digit & 15)]));
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn an_id_ends_with_its_number_in_hexadecimal() {
        let id = fresh("a-");
        let (_, number) = id.split_at(id.len() - 8);
        let number = u64::from_str_radix(number, 16).expect("a number");
        assert!((1..NEXT.load(Ordering::Relaxed)).contains(&number));
        assert_eq!(id.len(), "a-".len() + 16 + 8);
    }

    #[test]
    fn no_id_comes_twice_from_eight_threads() {
        let threads: Vec<_> = (0..8)
            .map(|_| {
                std::thread::spawn(|| {
                    (0..1000).map(|_| fresh("a-")).collect::<Vec<_>>()
                })
            })
            .collect();
        let all: HashSet<String> = threads
            .into_iter()
            .flat_map(|thread| thread.join().expect("no panic"))
            .collect();
        assert_eq!(all.len(), 8000);
    }
}
