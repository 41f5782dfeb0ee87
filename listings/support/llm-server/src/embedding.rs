//! The vectors that stand for texts.

use crate::hash::fnv1a;

/// The most dimensions that an embedding has.
pub const DIMENSIONS: usize = 4096;

/// The embedding of a text: a unit vector. Each word adds to one dimension,
/// chosen by its hash, so that texts with common words are near each other.
pub(crate) fn embedding(text: &str, dimensions: usize) -> Vec<f32> {
    let mut vector = vec![0.0_f32; dimensions];
    let words = text.split(|c: char| !c.is_alphanumeric());
    for word in words.filter(|word| !word.is_empty()) {
        let hash = fnv1a(word.to_lowercase().as_bytes());
        let sign = if hash >> 63 == 0 { 1.0 } else { -1.0 };
        let place = hash % u64::try_from(dimensions).unwrap_or(1);
        vector[usize::try_from(place).unwrap_or_default()] += sign;
    }
    let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
    if length > 0.0 {
        for x in &mut vector {
            *x /= length;
        }
    } else {
        vector[0] = 1.0;
    }
    vector
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_with_common_words_are_near_each_other() {
        let dot = |a: &str, b: &str| -> f32 {
            let (a, b) = (embedding(a, 64), embedding(b, 64));
            a.iter().zip(&b).map(|(x, y)| x * y).sum()
        };
        let near = dot("the white rabbit", "a white rabbit ran");
        assert!(near > dot("the white rabbit", "queen of hearts"));
        assert!((dot("", "") - 1.0).abs() < 1e-6);
    }
}
