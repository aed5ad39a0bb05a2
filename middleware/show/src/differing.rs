//! Which pages look otherwise in one state of a document than in another.

use crate::draw::{Drawing, Drawn};

/// How far a color may be off: drawing twice rounds alike, so this is for nothing but edges.
const TOLERANCE: u8 = 8;

/// The numbers, from 1, of the pages that look otherwise, or that only one of the two has. Pages that
/// could not be drawn in either state are not among them.
#[must_use]
pub fn differing(one: &Drawing, other: &Drawing) -> Vec<usize> {
    let count = one.pages.len().max(other.pages.len());
    let cut_short = one.cut_short || other.cut_short;
    (0..count)
        .filter(
            |index| match (one.pages.get(*index), other.pages.get(*index)) {
                (Some(Some(one)), Some(Some(other))) => differ(one, other),
                (Some(None), Some(None)) => false,
                (None, _) | (_, None) => !cut_short,
                _ => true,
            },
        )
        .map(|index| index.saturating_add(1))
        .collect()
}

fn differ(one: &Drawn, other: &Drawn) -> bool {
    one.size != other.size
        || one
            .rgba
            .iter()
            .zip(&other.rgba)
            .any(|(one, other)| one.abs_diff(*other) > TOLERANCE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(shade: u8) -> Option<Drawn> {
        Some(Drawn {
            size: (2, 2),
            size_mm: (1.0, 1.0),
            rgba: vec![shade; 16],
        })
    }

    fn drawing(pages: Vec<Option<Drawn>>, cut_short: bool) -> Drawing {
        Drawing { pages, cut_short }
    }

    #[test]
    fn pages_that_look_alike_are_told_from_others() {
        let one = drawing(vec![page(0), page(0), None], false);
        let other = drawing(vec![page(3), page(200), None, page(0)], false);
        assert_eq!(differing(&one, &other), [2, 4]);
        assert_eq!(differing(&one, &one), <[usize; 0]>::default());
        let short = drawing(vec![page(0)], true);
        assert_eq!(differing(&one, &short), <[usize; 0]>::default());
    }
}
