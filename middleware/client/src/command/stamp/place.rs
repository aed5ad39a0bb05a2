//! From the command line to where the seal goes in one document.

use std::path::Path;

use sello_document::keyword::{self, Occurrence};
use sello_document::stamp::{
    Edge, EmptyField, FieldLock, Options, Permission, Placement, Straddle, Surface,
};
use sello_pdf::{Document, FileSource};
use sello_profile::seal::SeSeal;

use crate::cli::{Certify, Stamp, StraddleEdge};
use crate::failure::Failure;

/// Where the seal goes in one document, and what holds afterwards.
pub(super) struct Plan<'a> {
    pub(super) placement: Placement,
    surface: Surface<'a>,
    certify: Option<Permission>,
    lock: Option<FieldLock>,
    fields: Vec<EmptyField>,
}

impl<'a> Plan<'a> {
    pub(super) fn of(
        input: &Path,
        arguments: &'a Stamp,
        seal: &SeSeal,
        document: &Document<FileSource>,
    ) -> Result<Self, Failure> {
        let at = &arguments.at;
        let picture = seal.picture();
        let own = (f64::from(picture.width_mm), f64::from(picture.height_mm));
        let size_mm = at.width.map(|width| (width, width * own.1 / own.0));
        let mut placement = Placement {
            page: at.page,
            x_mm: at.x.unwrap_or(0.0),
            y_mm: at.y.unwrap_or(0.0),
            size_mm,
        };
        let pages = at.pages.as_ref().map(|pages| pages.0.as_slice());
        let surface = match (&at.field, at.straddle, pages) {
            (Some(field), ..) => Surface::Field(field),
            (None, Some(edge), pages) => Surface::Straddle(Straddle {
                pages: pages.unwrap_or_default(),
                edge: edge.into(),
                offset_mm: match edge {
                    StraddleEdge::Left | StraddleEdge::Right => placement.y_mm,
                    StraddleEdge::Top | StraddleEdge::Bottom => placement.x_mm,
                },
            }),
            (None, None, Some(pages)) => Surface::Pages(pages),
            (None, None, None) => Surface::Placed,
        };
        if let Some(text) = &at.keyword {
            let found = search(input, arguments, text, document)?;
            let size = size_mm.unwrap_or(own);
            placement.page = found.page;
            placement.x_mm = found.center_mm.0 - size.0 / 2.0 + at.dx;
            placement.y_mm = found.center_mm.1 - size.1 / 2.0 + at.dy;
        }
        let afterwards = &arguments.afterwards;
        Ok(Self {
            placement,
            surface,
            certify: afterwards.certify.map(Permission::from),
            lock: lock(&afterwards.lock),
            fields: afterwards
                .prepare_field
                .iter()
                .map(|spec| spec.0.clone())
                .collect(),
        })
    }

    pub(super) fn options(&self, unsigned_room: usize) -> Options<'_> {
        Options {
            surface: self.surface,
            certify: self.certify,
            lock: self.lock.clone(),
            prepare_fields: &self.fields,
            unsigned_room,
        }
    }
}

fn search(
    input: &Path,
    arguments: &Stamp,
    text: &str,
    document: &Document<FileSource>,
) -> Result<Occurrence, Failure> {
    let at = &arguments.at;
    let only = (at.page > 1).then_some(at.page);
    let found = keyword::find(document, text, only).map_err(|error| Failure::CannotSearch {
        path: input.to_path_buf(),
        reason: error.to_string(),
    })?;
    let count = found.len();
    let index = match usize::try_from(at.occurrence) {
        Ok(from_first) => from_first.checked_sub(1),
        Err(_) => {
            let back = usize::try_from(at.occurrence.unsigned_abs()).ok();
            back.and_then(|back| count.checked_sub(back))
        }
    };
    let chosen = index.and_then(|index| found.get(index).copied());
    chosen.ok_or_else(|| Failure::NoSuchText {
        path: input.to_path_buf(),
        text: text.to_owned(),
        count,
    })
}

fn lock(names: &[String]) -> Option<FieldLock> {
    if names.is_empty() {
        return None;
    }
    if names.iter().any(|name| name == "all") {
        return Some(FieldLock::All);
    }
    Some(FieldLock::Include(names.to_vec()))
}

impl From<StraddleEdge> for Edge {
    fn from(edge: StraddleEdge) -> Self {
        match edge {
            StraddleEdge::Left => Self::Left,
            StraddleEdge::Right => Self::Right,
            StraddleEdge::Top => Self::Top,
            StraddleEdge::Bottom => Self::Bottom,
        }
    }
}

impl From<Certify> for Permission {
    fn from(certify: Certify) -> Self {
        match certify {
            Certify::Nothing => Self::Nothing,
            Certify::Forms => Self::FormsAndSeals,
            Certify::Annotations => Self::Annotations,
        }
    }
}
