//! Where on the page the seal goes.

use sello_pdf::{Page, Rectangle};

use super::error::StampError;
use crate::appearance::thousandths;

const POINTS_PER_MM: f64 = 72.0 / 25.4;
/// How far over the edge a seal may be by rounding, in page units.
const TOLERANCE: f64 = 0.01;

/// Where the seal goes, as the eye sees the page: turned as it is shown, only its visible part.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Placement {
    /// Page, from 1.
    pub page: usize,
    /// From the left edge to the seal, in millimetres.
    pub x_mm: f64,
    /// From the top edge to the seal, in millimetres.
    pub y_mm: f64,
    /// Width and height in millimetres; without it the seal's own size.
    pub size_mm: Option<(f64, f64)>,
}

/// The page to be stamped.
#[derive(Debug, Clone)]
pub(super) struct SealedPage {
    pub(super) page: Page,
    /// Points in one unit of the page.
    pub(super) user_unit: f64,
}

/// Where the seal goes, in the units of the page.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Place {
    pub(super) rectangle: Rectangle,
    /// Width and height as the eye sees them.
    pub(super) size: (f64, f64),
    pub(super) rotate: u16,
}

impl SealedPage {
    /// Millimetres as units of the page, in thousandths.
    pub(super) fn units(&self, (across, down): (f64, f64)) -> (f64, f64) {
        let unit = self.unit();
        (thousandths(across * unit), thousandths(down * unit))
    }

    /// Width and height of the page as it is shown, in its units.
    pub(super) fn shown_units(&self) -> (f64, f64) {
        shown_size(&self.page)
    }

    /// Units of the page in a millimetre.
    fn unit(&self) -> f64 {
        POINTS_PER_MM / self.user_unit
    }
}

impl Placement {
    pub(super) fn on(
        &self,
        page: &SealedPage,
        own_size_mm: (f64, f64),
    ) -> Result<Place, StampError> {
        let (width_mm, height_mm) = self.size(own_size_mm)?;
        let unit = page.unit();
        let corner = (self.x_mm * unit, self.y_mm * unit);
        Self::at_units(page, corner, (width_mm * unit, height_mm * unit))
    }

    /// The size in millimetres.
    pub(super) fn size(&self, own_size_mm: (f64, f64)) -> Result<(f64, f64), StampError> {
        let (width_mm, height_mm) = self.size_mm.unwrap_or(own_size_mm);
        let possible = 1.0..=1000.0;
        if !possible.contains(&width_mm) || !possible.contains(&height_mm) {
            return Err(StampError::Size);
        }
        Ok((width_mm, height_mm))
    }

    /// The place of this size whose top left corner, as the page is shown, lies there; all in
    /// units of the page.
    pub(super) fn at_units(
        page: &SealedPage,
        (x, y): (f64, f64),
        (width, height): (f64, f64),
    ) -> Result<Place, StampError> {
        let unit = page.unit();
        let (across, down) = shown_size(&page.page);
        let inside = x >= -TOLERANCE
            && y >= -TOLERANCE
            && x + width <= across + TOLERANCE
            && y + height <= down + TOLERANCE;
        if !inside {
            return Err(StampError::OutsidePage {
                width_mm: across / unit,
                height_mm: down / unit,
            });
        }
        Ok(Place {
            rectangle: on_sheet(&page.page, x, y, width, height),
            size: (thousandths(width), thousandths(height)),
            rotate: page.page.rotate,
        })
    }
}

impl Place {
    /// The place of a rectangle that is on the sheet already.
    pub(super) fn of_rectangle(page: &Page, rectangle: Rectangle) -> Self {
        let (across, down) = (rectangle.width(), rectangle.height());
        let (across, down) = match page.rotate {
            90 | 270 => (down, across),
            _ => (across, down),
        };
        Self {
            rectangle,
            size: (thousandths(across), thousandths(down)),
            rotate: page.rotate,
        }
    }
}

/// Width and height of the page as it is shown, in its units.
fn shown_size(page: &Page) -> (f64, f64) {
    let (width, height) = (page.crop_box.width(), page.crop_box.height());
    match page.rotate {
        90 | 270 => (height, width),
        _ => (width, height),
    }
}

/// From the sheet's own coordinates to millimetres from the top left corner of the page as shown.
/// `user_unit` is the size of the page's unit in points.
pub(crate) fn shown_mm(page: &Page, user_unit: f64, (x, y): (f64, f64)) -> (f64, f64) {
    let crop = page.crop_box;
    let (left, right) = (x - crop.left, crop.right - x);
    let (below, above) = (y - crop.bottom, crop.top - y);
    let (across, down) = match page.rotate {
        90 => (below, left),
        180 => (right, below),
        270 => (above, right),
        _ => (left, above),
    };
    let mm = user_unit / POINTS_PER_MM;
    (across * mm, down * mm)
}

/// From the page as shown (from its top left corner, y downward) to the sheet's own coordinates.
fn on_sheet(page: &Page, x: f64, y: f64, width: f64, height: f64) -> Rectangle {
    let crop = page.crop_box;
    let (left, bottom, right, top) = match page.rotate {
        // Turned clockwise, the sheet's bottom left corner is the top left one shown.
        90 => (
            crop.left + y,
            crop.bottom + x,
            crop.left + y + height,
            crop.bottom + x + width,
        ),
        180 => (
            crop.right - x - width,
            crop.bottom + y,
            crop.right - x,
            crop.bottom + y + height,
        ),
        270 => (
            crop.right - y - height,
            crop.top - x - width,
            crop.right - y,
            crop.top - x,
        ),
        _ => (
            crop.left + x,
            crop.top - y - height,
            crop.left + x + width,
            crop.top - y,
        ),
    };
    Rectangle {
        left: thousandths(left),
        bottom: thousandths(bottom),
        right: thousandths(right),
        top: thousandths(top),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sello_pdf::{Dictionary, Reference};

    fn page(rotate: u16, user_unit: f64) -> SealedPage {
        let sheet = Rectangle {
            left: 0.0,
            bottom: 0.0,
            right: 720.0,
            top: 1440.0,
        };
        let crop_box = Rectangle {
            left: 72.0,
            bottom: 144.0,
            ..sheet
        };
        SealedPage {
            page: Page {
                reference: Reference::new(1, 0),
                dictionary: Dictionary::new(),
                media_box: sheet,
                crop_box,
                rotate,
                resources: None,
            },
            user_unit,
        }
    }

    /// One inch from the left, two from the top, one inch wide and three high.
    const PLACEMENT: Placement = Placement {
        page: 1,
        x_mm: 25.4,
        y_mm: 50.8,
        size_mm: Some((25.4, 76.2)),
    };

    fn corners(rectangle: Rectangle) -> [f64; 4] {
        [
            rectangle.left,
            rectangle.bottom,
            rectangle.right,
            rectangle.top,
        ]
    }

    #[test]
    fn the_seal_lies_where_the_eye_sees_it() {
        let expected = [
            (0, [144.0, 1080.0, 216.0, 1296.0]),
            (90, [216.0, 216.0, 432.0, 288.0]),
            (180, [576.0, 288.0, 648.0, 504.0]),
            (270, [360.0, 1296.0, 576.0, 1368.0]),
        ];
        for (rotate, rectangle) in expected {
            let place = PLACEMENT.on(&page(rotate, 1.0), (1.0, 1.0)).unwrap();
            assert_eq!(corners(place.rectangle), rectangle, "{rotate}");
            assert_eq!(place.size, (72.0, 216.0));
        }
    }

    #[test]
    fn millimetres_are_millimetres_on_scaled_pages() {
        let place = PLACEMENT.on(&page(0, 2.0), (1.0, 1.0)).unwrap();
        assert_eq!(corners(place.rectangle), [108.0, 1260.0, 144.0, 1368.0]);
    }

    #[test]
    fn the_seals_own_size_is_the_default() {
        let own = Placement {
            size_mm: None,
            ..PLACEMENT
        };
        let place = own.on(&page(0, 1.0), (254.0, 127.0)).unwrap_err();
        assert!(matches!(place, StampError::OutsidePage { .. }));
        let place = own.on(&page(0, 1.0), (127.0, 127.0)).unwrap();
        assert_eq!(place.size, (360.0, 360.0));
    }

    #[test]
    fn seals_off_the_page_or_without_size_are_refused() {
        let off = [
            (-1.0, 0.0),
            (0.0, -1.0),
            (204.0, 0.0),
            (0.0, 382.0),
            (f64::NAN, 0.0),
        ];
        for (x_mm, y_mm) in off {
            let placement = Placement {
                x_mm,
                y_mm,
                ..PLACEMENT
            };
            let error = placement.on(&page(0, 1.0), (1.0, 1.0)).unwrap_err();
            assert!(
                matches!(error, StampError::OutsidePage { .. }),
                "{x_mm} {y_mm}"
            );
        }
        for size in [
            (0.0, 10.0),
            (10.0, -1.0),
            (f64::NAN, 10.0),
            (10.0, f64::INFINITY),
        ] {
            let placement = Placement {
                size_mm: Some(size),
                ..PLACEMENT
            };
            let error = placement.on(&page(0, 1.0), (1.0, 1.0)).unwrap_err();
            assert!(matches!(error, StampError::Size), "{size:?}");
        }
    }
}
