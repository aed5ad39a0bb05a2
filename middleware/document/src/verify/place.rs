//! Where on which page a signature's widget is.

use sello_pdf::{Error, Object, Page, Rectangle, Reference, View};

use super::effort::{Effort, Work};
use super::fields::Field;
use crate::report::RectangleMm;

const MM_PER_POINT: f64 = 25.4 / 72.0;

/// A page with one of its widgets on it.
#[derive(Debug)]
pub(super) struct Place {
    /// Its number, from 1.
    pub(super) number: usize,
    pub(super) page: Page,
    /// The widget's rectangle on the sheet, in page units.
    pub(super) rectangle: Rectangle,
    /// Whether the widget stands on a further page too.
    pub(super) again: bool,
    /// Millimetres in one page unit.
    unit_mm: f64,
}

/// Why it is not known where a widget is.
#[derive(Debug)]
pub(super) enum NotFound {
    /// It would be too much work.
    TooMuch,
    /// The pages cannot be read.
    Unreadable(Error),
}

impl From<Error> for NotFound {
    fn from(error: Error) -> Self {
        Self::Unreadable(error)
    }
}

/// The page that shows the field's widget; nothing for a field without a surface or one that
/// stands on no page.
pub(super) fn find(
    view: &View<'_>,
    field: &Field,
    effort: &mut Effort,
) -> Result<Option<Place>, NotFound> {
    let [(Some(reference), widget)] = field.widgets.as_slice() else {
        return Ok(None);
    };
    let Some(rectangle) = view.rectangle(&view.get(widget, "Rect")?)? else {
        return Ok(None);
    };
    if !effort.has(Work::Pages) {
        return Err(NotFound::TooMuch);
    }
    let pages = view.pages()?;
    effort.spend(Work::Pages, u64::try_from(pages.len()).unwrap_or(u64::MAX));
    let mut found: Option<Place> = None;
    for (index, page) in pages.into_iter().enumerate() {
        match shows(view, &page, *reference)? {
            0 => {}
            times => match &mut found {
                Some(place) => place.again = true,
                None => {
                    let unit = view.get(&page.dictionary, "UserUnit")?.as_number();
                    found = Some(Place {
                        number: index.saturating_add(1),
                        page,
                        rectangle,
                        again: times > 1,
                        unit_mm: MM_PER_POINT * unit.filter(|unit| *unit > 0.0).unwrap_or(1.0),
                    });
                }
            },
        }
    }
    Ok(found)
}

/// How often a page lists the widget.
fn shows(view: &View<'_>, page: &Page, widget: Reference) -> Result<usize, Error> {
    let Object::Array(annotations) = view.get(&page.dictionary, "Annots")? else {
        return Ok(0);
    };
    let references = annotations.iter().filter_map(Object::as_reference);
    Ok(references.filter(|reference| *reference == widget).count())
}

impl Place {
    /// The rectangle as the eye sees it, from the top left corner of the page as shown.
    pub(super) fn shown_mm(&self) -> RectangleMm {
        let (crop, widget) = (&self.page.crop_box, &self.rectangle);
        let (left, right) = (widget.left - crop.left, crop.right - widget.right);
        let (above, below) = (crop.top - widget.top, widget.bottom - crop.bottom);
        let (across, down) = (widget.width(), widget.height());
        let (x, y, width, height) = match self.page.rotate {
            90 => (below, left, down, across),
            180 => (right, below, across, down),
            270 => (above, right, down, across),
            _ => (left, above, across, down),
        };
        let mm = |units: f64| (units * self.unit_mm * 100.0).round() / 100.0;
        RectangleMm {
            x: mm(x),
            y: mm(y),
            width: mm(width),
            height: mm(height),
        }
    }
}
