//! What leaves the text area of its page, or is printed on top of other words:
//! nothing may.

use typst::layout::{Abs, Frame, FrameItem, Point, Rect, Size, Transform};
use typst::text::TextItem;
use typst_layout::PagedDocument;

/// The margins of the template, in points: at the sides, above and below.
/// Header and footer stand within the last two.
const SIDE: f64 = 40.0;
const ABOVE: f64 = 20.0;
const BELOW: f64 = 16.0;

/// Half a stroke lies outside of its line.
const SLACK: f64 = 1.2;

/// By how much the boxes of two runs of text may overlap, in points.
const TOUCH: f64 = 1.6;

/// Words that have no room on their page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overfull {
    /// The page, from 1.
    pub page: usize,
    /// The words; none where it is a shape or an image.
    pub words: String,
    /// The words that they stand on; none where they leave the text area.
    pub on: Option<String>,
}

/// All that has no room, in the order of the pages.
#[must_use]
pub fn find(document: &PagedDocument) -> Vec<Overfull> {
    let mut found = Vec::new();
    for (number, page) in (1..).zip(document.pages()) {
        let mut boxes = Vec::new();
        walk(&page.frame, Transform::identity(), &mut boxes);
        let area = area(page.frame.size());
        let outside = boxes.iter().filter(|one| !holds(area, one.bounds));
        found.extend(outside.map(|one| Overfull {
            page: number,
            words: one.words.clone(),
            on: None,
        }));
        boxes.retain(|one| !one.words.trim().is_empty());
        found.extend(overprinted(boxes).map(|(words, on)| Overfull {
            page: number,
            words,
            on: Some(on),
        }));
    }
    found
}

/// Words, a shape or an image, and where it is on its page.
struct Placed {
    bounds: Rect,
    words: String,
}

/// Words that stand on other words.
fn overprinted(
    mut boxes: Vec<Placed>,
) -> impl Iterator<Item = (String, String)> {
    let touch = Abs::pt(TOUCH);
    boxes.sort_by_key(|one| one.bounds.min.y);
    let mut found = Vec::new();
    for (place, upper) in boxes.iter().enumerate() {
        let foot = upper.bounds.max.y - touch;
        let near = boxes[place + 1..].iter();
        let near = near.take_while(|lower| lower.bounds.min.y < foot);
        for lower in near {
            let left = upper.bounds.min.x.max(lower.bounds.min.x);
            let right = upper.bounds.max.x.min(lower.bounds.max.x);
            if left + touch < right {
                found.push((upper.words.clone(), lower.words.clone()));
            }
        }
    }
    found.into_iter()
}

fn area(page: Size) -> Rect {
    let (side, slack) = (Abs::pt(SIDE), Abs::pt(SLACK));
    Rect {
        min: Point::new(side - slack, Abs::pt(ABOVE)),
        max: Point::new(page.x - side + slack, page.y - Abs::pt(BELOW)),
    }
}

fn walk(frame: &Frame, to_page: Transform, out: &mut Vec<Placed>) {
    for (place, item) in frame.items() {
        let here = to_page.pre_concat(Transform::translate(place.x, place.y));
        let (bounds, words) = match item {
            FrameItem::Group(group) => {
                let inside = here.pre_concat(group.transform);
                walk(&group.frame, inside, out);
                continue;
            }
            FrameItem::Text(text) => (run(text), text.text.to_string()),
            FrameItem::Shape(shape, _) => (shape.bbox(false), String::new()),
            FrameItem::Image(_, size, _) => {
                (Rect::from_pos_size(Point::zero(), *size), String::new())
            }
            FrameItem::Link(..) | FrameItem::Tag(_) => continue,
        };
        let bounds = on_page(bounds, here);
        out.push(Placed { bounds, words });
    }
}

/// The bounds of a run of text: its own width, since a letter may lean out of
/// it, and the height of its letters.
fn run(text: &TextItem) -> Rect {
    let bounds = text.bbox();
    let (low, high) = (bounds.min.y, bounds.max.y);
    Rect {
        min: Point::new(Abs::zero(), low.min(high)),
        max: Point::new(text.width(), low.max(high)),
    }
}

/// The bounds on the page of what has these bounds in its frame.
fn on_page(bounds: Rect, to_page: Transform) -> Rect {
    let (min, max) = (bounds.min, bounds.max);
    let corners =
        [min, max, Point::new(min.x, max.y), Point::new(max.x, min.y)];
    let corners = corners.map(|corner| corner.transform(to_page));
    let [first, rest @ ..] = corners;
    rest.into_iter()
        .fold(Rect::new(first, first), |all, corner| {
            Rect::new(all.min.min(corner), all.max.max(corner))
        })
}

fn holds(area: Rect, bounds: Rect) -> bool {
    area.min.x <= bounds.min.x
        && area.min.y <= bounds.min.y
        && bounds.max.x <= area.max.x
        && bounds.max.y <= area.max.y
}
