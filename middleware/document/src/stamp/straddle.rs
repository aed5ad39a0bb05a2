//! A seal across pages: one slice at an edge of each, or the whole on each (rules STA-40 to STA-44).

use sello_pdf::{Page, View};

use super::error::StampError;
use super::options::{Edge, Straddle};
use super::page;
use super::placement::{Place, Placement, SealedPage};
use crate::appearance::{Spread, thousandths};

/// Most slices of one seal: the picture begins again on further pages.
const MOST_SLICES: usize = 20;
/// Most pages.
const MOST_PAGES: usize = 4096;

/// One slice.
#[derive(Debug, Clone)]
pub(super) struct Slice {
    pub(super) page: Page,
    pub(super) place: Place,
    pub(super) spread: Spread,
}

/// The slices of all pages, in the pages' order.
pub(super) fn slices(
    view: &View<'_>,
    straddle: &Straddle<'_>,
    size_mm: (f64, f64),
) -> Result<Vec<Slice>, StampError> {
    let pages = pages(view, straddle.pages)?;
    if pages.len() < 2 {
        let (pages, most) = (pages.len(), MOST_PAGES);
        return Err(StampError::StraddlePages { pages, most });
    }
    let rounds = pages.len().div_ceil(MOST_SLICES);
    let mut slices = Vec::with_capacity(pages.len());
    let mut left = pages.as_slice();
    for round in (1..=rounds).rev() {
        // As even as can be: 21 pages are 11 and 10, not 20 and a page with a whole seal.
        let (these, rest) = left
            .split_at_checked(left.len().div_ceil(round))
            .unwrap_or((left, &[]));
        left = rest;
        for (index, page) in these.iter().enumerate() {
            slices.push(slice(page, index, these.len(), straddle, size_mm)?);
        }
    }
    Ok(slices)
}

/// The whole seal at the same place of several pages.
pub(super) fn copies(
    view: &View<'_>,
    numbers: &[usize],
    placement: &Placement,
    size_mm: (f64, f64),
) -> Result<Vec<Slice>, StampError> {
    let copies = pages(view, numbers)?.into_iter().map(|page| {
        let place = placement.on(&page, size_mm)?;
        Ok(Slice {
            page: page.page,
            place,
            spread: Spread::whole(place.size.0, place.size.1),
        })
    });
    copies.collect()
}

fn pages(view: &View<'_>, numbers: &[usize]) -> Result<Vec<SealedPage>, StampError> {
    let all = view.pages()?;
    let count = all.len();
    let chosen: Vec<usize> = if numbers.is_empty() {
        (1..=count).collect()
    } else {
        let mut chosen = numbers.to_vec();
        chosen.sort_unstable();
        chosen.dedup();
        chosen
    };
    if chosen.len() > MOST_PAGES {
        let (pages, most) = (chosen.len(), MOST_PAGES);
        return Err(StampError::StraddlePages { pages, most });
    }
    let mut all: Vec<Option<Page>> = all.into_iter().map(Some).collect();
    let pages = chosen.into_iter().map(|number| {
        let index = number.checked_sub(1);
        let page = index.and_then(|index| all.get_mut(index)?.take());
        let page = page.ok_or(StampError::NoSuchPage {
            page: number,
            pages: count,
        })?;
        page::with_unit(view, page)
    });
    pages.collect()
}

fn slice(
    page: &SealedPage,
    index: usize,
    count: usize,
    straddle: &Straddle<'_>,
    size_mm: (f64, f64),
) -> Result<Slice, StampError> {
    let whole = page.units(size_mm);
    let share = |index: usize, length: f64| thousandths(length * ratio(index, count));
    let upright = matches!(straddle.edge, Edge::Left | Edge::Right);
    let (size, spread) = if upright {
        let (from, to) = (
            share(index, whole.0),
            share(index.saturating_add(1), whole.0),
        );
        let spread = Spread {
            x: -from,
            ..Spread::whole(whole.0, whole.1)
        };
        ((thousandths(to - from), whole.1), spread)
    } else {
        // From the top: the first page shows the upper part.
        let (from, to) = (
            share(index, whole.1),
            share(index.saturating_add(1), whole.1),
        );
        let spread = Spread {
            y: thousandths(to - whole.1),
            ..Spread::whole(whole.0, whole.1)
        };
        ((whole.0, thousandths(to - from)), spread)
    };
    let shown = page.shown_units();
    let offset = page.units((straddle.offset_mm, 0.0)).0;
    let corner = match straddle.edge {
        Edge::Left => (0.0, offset),
        Edge::Right => (shown.0 - size.0, offset),
        Edge::Top => (offset, 0.0),
        Edge::Bottom => (offset, shown.1 - size.1),
    };
    Ok(Slice {
        place: Placement::at_units(page, corner, size)?,
        page: page.page.clone(),
        spread,
    })
}

fn ratio(part: usize, of: usize) -> f64 {
    let number = |value: usize| u32::try_from(value).map_or(f64::NAN, f64::from);
    number(part) / number(of)
}
