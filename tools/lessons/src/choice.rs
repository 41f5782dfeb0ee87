//! Choices: the plausible mistakes that a prediction offers beside its answer.

use crate::figure::{Figure, Outcome};
use crate::problem::Problem;
use crate::way::Way;

/// A wrong answer, by the mistake behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// Half of the right time.
    Half,
    /// Twice the right time.
    Double,
    /// All lanes one after another.
    Sum,
    /// The longest lane.
    Longest,
    /// The shortest lane.
    Shortest,
    /// Another time of the same run.
    Figure(Figure),
    /// How long the run of another listing of the lesson took.
    TookBy(Way),
    /// Another number.
    Count(usize),
    /// The same names in another order.
    Order(Vec<String>),
    /// Another end.
    End(Outcome),
}

impl Choice {
    /// Reads a choice beside the answer to `asked`.
    ///
    /// # Errors
    /// If it is no mistake that one can make there.
    pub fn parse(text: &str, asked: &Figure) -> Result<Self, Problem> {
        let choice = match asked {
            Figure::Took | Figure::Span(_) | Figure::At(_) => time(text)?,
            Figure::Count(_) | Figure::Number(_) => {
                text.parse().ok().map(Self::Count)
            }
            Figure::Order(_) => {
                let names = text.split(',').map(|name| name.trim().to_owned());
                Some(Self::Order(names.collect()))
            }
            Figure::End => Outcome::from_words(text).map(Self::End),
        };
        choice.ok_or_else(|| {
            Problem::new(
                format!("the choice \"{text}\" can't be made out"),
                "see \"Predictions\" in tools/REFERENCE.md for what a choice may be",
            )
        })
    }
}

fn time(text: &str) -> Result<Option<Choice>, Problem> {
    Ok(Some(match text {
        "half" => Choice::Half,
        "double" => Choice::Double,
        "sum" => Choice::Sum,
        "longest" => Choice::Longest,
        "shortest" => Choice::Shortest,
        _ => match text.split_once(' ') {
            Some(("took", way)) => Choice::TookBy(way.trim().parse()?),
            Some(("span" | "at", _)) => Choice::Figure(text.parse()?),
            None if text == "took" => Choice::Figure(Figure::Took),
            _ => return Ok(None),
        },
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_read_by_what_is_asked() {
        let read = |text: &str, asked: &Figure| {
            Choice::parse(text, asked).map_err(|problem| problem.cause)
        };
        assert_eq!(read("sum", &Figure::Took), Ok(Choice::Sum));
        assert_eq!(
            read("took right_way", &Figure::Took),
            Ok(Choice::TookBy(Way::Right))
        );
        assert_eq!(read("3", &Figure::Count("x".into())), Ok(Choice::Count(3)));
        assert_eq!(
            read("never ends", &Figure::End),
            Ok(Choice::End(Outcome::NeverEnds))
        );
        assert_eq!(
            read("sum", &Figure::Count("x".into())),
            Err("the choice \"sum\" can't be made out".to_owned())
        );
        assert_eq!(
            read("took this_way", &Figure::Took),
            Err("there is no way `this_way`".to_owned())
        );
    }
}
