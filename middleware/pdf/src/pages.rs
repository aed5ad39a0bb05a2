//! The page tree (ISO 32000-1 7.7.3).

use std::collections::HashSet;

use crate::error::{Damage, Error, Limit, Result};
use crate::object::{Dictionary, Object, Reference};
use crate::view::View;

/// Most pages.
const MOST_PAGES: usize = 1 << 18;
/// Deepest page tree.
const DEEPEST: usize = 64;
/// The entries a page inherits from the nodes above it (ISO 32000-1 7.7.3.4).
const INHERITED: [&str; 4] = ["Resources", "MediaBox", "CropBox", "Rotate"];

/// A page.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The page object.
    pub reference: Reference,
    /// Its dictionary as it stands, without what it inherits.
    pub dictionary: Dictionary,
    /// The page's sheet, in points.
    pub media_box: Rectangle,
    /// What is shown of it, in points: the crop box within the media box.
    pub crop_box: Rectangle,
    /// Clockwise turn when shown: 0, 90, 180 or 270 degrees.
    pub rotate: u16,
    /// The resources, own or inherited, perhaps a reference.
    pub resources: Option<Object>,
}

/// A rectangle with its corners in order (ISO 32000-1 7.9.5).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rectangle {
    /// Smaller x.
    pub left: f64,
    /// Smaller y.
    pub bottom: f64,
    /// Larger x.
    pub right: f64,
    /// Larger y.
    pub top: f64,
}

impl Rectangle {
    /// Horizontal size.
    #[must_use]
    pub fn width(&self) -> f64 {
        self.right - self.left
    }

    /// Vertical size.
    #[must_use]
    pub fn height(&self) -> f64 {
        self.top - self.bottom
    }

    /// The part that both cover, if any.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Option<Self> {
        let both = Self {
            left: self.left.max(other.left),
            bottom: self.bottom.max(other.bottom),
            right: self.right.min(other.right),
            top: self.top.min(other.top),
        };
        (both.width() > 0.0 && both.height() > 0.0).then_some(both)
    }
}

impl View<'_> {
    /// All pages in order.
    ///
    /// # Errors
    /// When the page tree is damaged, leads in a circle or is too large.
    pub fn pages(&self) -> Result<Vec<Page>> {
        let mut pages = Vec::new();
        self.walk(&mut |page| {
            pages.push(page()?);
            Ok(true)
        })?;
        Ok(pages)
    }

    /// The page at `index`, from 0; nothing when there are fewer pages.
    ///
    /// # Errors
    /// As [`pages`](Self::pages), for the pages up to the one asked for.
    pub fn page(&self, index: usize) -> Result<Option<Page>> {
        let mut left = index;
        let mut found = None;
        self.walk(&mut |page| {
            if left == 0 {
                found = Some(page()?);
                return Ok(false);
            }
            left = left.saturating_sub(1);
            Ok(true)
        })?;
        Ok(found)
    }

    /// Number of pages, counted; the tree's own `Count` is not believed.
    ///
    /// # Errors
    /// As [`pages`](Self::pages).
    pub fn page_count(&self) -> Result<usize> {
        let mut count = 0usize;
        self.walk(&mut |_| {
            count = count.saturating_add(1);
            Ok(true)
        })?;
        Ok(count)
    }

    fn walk(&self, visit: &mut Visit<'_>) -> Result<()> {
        let root = self.revision().root()?;
        let pages = self.catalog()?.get("Pages").and_then(Object::as_reference);
        let pages = pages.ok_or_else(|| missing(root, "Pages"))?;
        let mut walk = Walk {
            view: self,
            seen: HashSet::new(),
            pages: 0,
        };
        walk.node(pages, &Dictionary::new(), 0, visit).map(|_| ())
    }

    fn page_of(
        &self,
        reference: Reference,
        dictionary: Dictionary,
        inherited: &Dictionary,
    ) -> Result<Page> {
        let entry = |key| {
            inherited
                .get(key)
                .map_or(Ok(Object::Null), |value| self.value(value))
        };
        let wrong =
            |key, expected| Error::object(reference.number, Damage::WrongValue { key, expected });
        let media_box = match entry("MediaBox")? {
            Object::Null => return Err(missing(reference, "MediaBox")),
            value => self.rectangle(&value)?,
        };
        let media_box = media_box.ok_or_else(|| wrong("/MediaBox", "a rectangle"))?;
        let crop_box = match entry("CropBox")? {
            Object::Null => Some(media_box),
            value => self
                .rectangle(&value)?
                .and_then(|crop| crop.intersection(&media_box)),
        };
        let crop_box = crop_box.ok_or_else(|| wrong("/CropBox", "a rectangle on the page"))?;
        let rotate = match entry("Rotate")? {
            Object::Null => Some(0),
            value => value
                .as_integer()
                .filter(|turn| turn.checked_rem(90) == Some(0))
                .and_then(|turn| u16::try_from(turn.rem_euclid(360)).ok()),
        };
        Ok(Page {
            reference,
            dictionary,
            media_box,
            crop_box,
            rotate: rotate.ok_or_else(|| wrong("/Rotate", "a multiple of 90"))?,
            resources: inherited.get("Resources").cloned(),
        })
    }

    /// Reads a rectangle (ISO 32000-1 7.9.5), its corners in any order, the array and its numbers direct
    /// or referred to. `None` when the value is no rectangle, or one without a surface.
    ///
    /// # Errors
    /// When something referred to is damaged.
    pub fn rectangle(&self, value: &Object) -> Result<Option<Rectangle>> {
        let value = self.value(value)?;
        let Some([a, b, c, d]) = value.as_array() else {
            return Ok(None);
        };
        let mut corners = [0.0; 4];
        for (corner, value) in corners.iter_mut().zip([a, b, c, d]) {
            let Some(number) = self.value(value)?.as_number() else {
                return Ok(None);
            };
            *corner = number;
        }
        let [x1, y1, x2, y2] = corners;
        let rectangle = Rectangle {
            left: x1.min(x2),
            bottom: y1.min(y2),
            right: x1.max(x2),
            top: y1.max(y2),
        };
        let has_surface = rectangle.width() > 0.0 && rectangle.height() > 0.0;
        Ok(has_surface.then_some(rectangle))
    }
}

/// Told of each page, which it may have made; says whether to go on.
type Visit<'a> = dyn FnMut(&dyn Fn() -> Result<Page>) -> Result<bool> + 'a;

struct Walk<'a> {
    view: &'a View<'a>,
    seen: HashSet<Reference>,
    pages: usize,
}

impl Walk<'_> {
    /// Visits the pages under a node; says whether to go on.
    fn node(
        &mut self,
        reference: Reference,
        above: &Dictionary,
        depth: usize,
        visit: &mut Visit<'_>,
    ) -> Result<bool> {
        let number = reference.number;
        if depth > DEEPEST {
            return Err(Error::too_large(0, Limit::Depth(DEEPEST)));
        }
        if !self.seen.insert(reference) {
            return Err(Error::object(number, Damage::Circle));
        }
        let Object::Dictionary(node) = self.view.resolve(reference)? else {
            return Err(Error::object(number, NODE));
        };
        let mut inherited = above.clone();
        for key in INHERITED {
            if let Some(value) = node.get(key) {
                inherited.set(key, value.clone());
            }
        }
        if self.is_page(reference, &node)? {
            self.pages = self.pages.saturating_add(1);
            if self.pages > MOST_PAGES {
                return Err(Error::too_large(0, Limit::Pages(MOST_PAGES)));
            }
            return visit(&|| self.view.page_of(reference, node.clone(), &inherited));
        }
        let Object::Array(kids) = self.view.get(&node, "Kids")? else {
            return Err(missing(reference, "Kids"));
        };
        for kid in kids {
            let kid = kid
                .as_reference()
                .ok_or_else(|| Error::object(number, NODE))?;
            if !self.node(kid, &inherited, depth.saturating_add(1), visit)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn is_page(&self, reference: Reference, node: &Dictionary) -> Result<bool> {
        match self.view.get(node, "Type")? {
            Object::Name(name) if name == "Page" => Ok(true),
            Object::Name(name) if name == "Pages" => Ok(false),
            _ => Err(Error::object(reference.number, NODE)),
        }
    }
}

const fn missing(reference: Reference, key: &'static str) -> Error {
    Error::object(reference.number, Damage::MissingKey { key })
}

const NODE: Damage = Damage::WrongValue {
    key: "the page tree",
    expected: "a page or a node of pages",
};
