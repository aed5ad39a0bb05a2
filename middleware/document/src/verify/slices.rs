//! A seal across pages: its slices, laid side by side, are the whole picture (rules STA-40 to
//! STA-43).

use sello_pdf::{Dictionary, Object, Page, Reference, View};

use super::picture::{Compared, Part, part};

/// Most slices of one seal.
const MOST_SLICES: usize = 4096;
/// The entries of a slice; one more could make a viewer draw something else.
const SLICE_KEYS: [&str; 8] = [
    "Type",
    "Subtype",
    "F",
    "P",
    "Rect",
    "AP",
    "Contents",
    "StructParent",
];
/// `Print` and `Locked`: shown as it is (ISO 32000-1 Table 165).
const FLAGS: i64 = 4 | 128;
/// How much of the picture rounding may take from an edge between two slices.
const TOLERANCE: f64 = 0.001;

/// Which part of the picture a slice shows, in fractions of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cut {
    page: Reference,
    /// From the left, and to the right.
    across: (f64, f64),
    /// From the top, and to the bottom.
    down: (f64, f64),
}

impl Cut {
    pub(super) fn of(part: &Part, page: Reference) -> Self {
        let (spread, size) = (part.spread, part.size);
        let left = -spread.x / spread.width;
        let top = (spread.y + spread.height - size.1) / spread.height;
        Self {
            page,
            across: (left, left + size.0 / spread.width),
            down: (top, top + size.1 / spread.height),
        }
    }

    fn is_whole_across(&self) -> bool {
        near(self.across.0, 0.0) && near(self.across.1, 1.0)
    }

    fn is_whole_down(&self) -> bool {
        near(self.down.0, 0.0) && near(self.down.1, 1.0)
    }
}

fn near(one: f64, other: f64) -> bool {
    (one - other).abs() < TOLERANCE
}

/// Compares the slices other than the first; gives the objects they are drawn with.
pub(super) fn compare(
    view: &View<'_>,
    first: Cut,
    image: Reference,
    others: &[Object],
) -> Compared<Vec<Reference>> {
    if others.is_empty() || others.len() > MOST_SLICES {
        return Ok(Err("a seal across pages has too few slices, or too many"));
    }
    let pages = view.pages()?;
    let mut objects = Vec::new();
    let mut cuts = vec![first];
    for slice in others {
        let Some(reference) = slice.as_reference() else {
            return Ok(Err("a slice is no object"));
        };
        let Object::Dictionary(annotation) = view.resolve(reference)? else {
            return Ok(Err("a slice is no annotation"));
        };
        if !is_slice(&annotation) {
            return Ok(Err("a slice is no stamp, or has further entries"));
        }
        let said = annotation.get("P").and_then(Object::as_reference);
        let Some(page) = pages.iter().find(|page| Some(page.reference) == said) else {
            return Ok(Err("a slice is on no page"));
        };
        if !stands_once(view, page, reference)? {
            return Ok(Err("a slice does not stand once on its page"));
        }
        let Some(rectangle) = view.rectangle(&view.get(&annotation, "Rect")?)? else {
            return Ok(Err("a slice has no place"));
        };
        let part = match part(view, &annotation, page, &rectangle)? {
            Ok(part) => part,
            Err(what) => return Ok(Err(what)),
        };
        if part.image != image {
            return Ok(Err("a slice is of another picture"));
        }
        objects.extend([reference, part.form]);
        cuts.push(Cut::of(&part, page.reference));
    }
    if !distinct_pages(&cuts) {
        return Ok(Err("two slices are on one page"));
    }
    if !make_whole(&cuts) {
        return Ok(Err("the slices do not make the whole picture"));
    }
    Ok(Ok(objects))
}

fn is_slice(annotation: &Dictionary) -> bool {
    let is = |key: &str, wanted: &str| {
        let name = annotation.get(key).and_then(Object::as_name);
        name.is_some_and(|name| *name == wanted)
    };
    is("Type", "Annot")
        && is("Subtype", "Stamp")
        && annotation.get("F").and_then(Object::as_integer) == Some(FLAGS)
        && annotation
            .iter()
            .all(|(key, _)| SLICE_KEYS.iter().any(|known| key == known))
}

fn stands_once(view: &View<'_>, page: &Page, slice: Reference) -> Result<bool, sello_pdf::Error> {
    let Object::Array(annotations) = view.get(&page.dictionary, "Annots")? else {
        return Ok(false);
    };
    let references = annotations.iter().filter_map(Object::as_reference);
    Ok(references.filter(|reference| *reference == slice).count() == 1)
}

fn distinct_pages(cuts: &[Cut]) -> bool {
    let mut pages: Vec<Reference> = cuts.iter().map(|cut| cut.page).collect();
    pages.sort_unstable();
    let count = pages.len();
    pages.dedup();
    pages.len() == count
}

/// Whether the slices are the picture from one end to the other, once or several times.
fn make_whole(cuts: &[Cut]) -> bool {
    let runs = |along: fn(&Cut) -> (f64, f64)| {
        let mut reached = 0.0;
        for cut in cuts {
            let (from, to) = along(cut);
            let start = if near(reached, 1.0) { 0.0 } else { reached };
            if !(near(from, start) && from < to) {
                return false;
            }
            reached = to;
        }
        near(reached, 1.0)
    };
    let upright = cuts.iter().all(Cut::is_whole_down) && runs(|cut| cut.across);
    let level = cuts.iter().all(Cut::is_whole_across) && runs(|cut| cut.down);
    upright || level
}
