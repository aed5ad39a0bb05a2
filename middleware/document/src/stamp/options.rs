//! What a stamping can do beside placing one seal.

use super::placement::Placement;

/// Everything about a stamping that has a default.
#[derive(Debug, Clone, Default)]
pub struct Options<'a> {
    /// What the seal is drawn on.
    pub surface: Surface<'a>,
    /// Certifies the document (DocMDP, ISO 32000-1 12.8.2.2): what may be done to it afterwards.
    /// Only for the first signature.
    pub certify: Option<Permission>,
    /// The form fields that the signature locks (FieldMDP, ISO 32000-1 12.8.2.4).
    pub lock: Option<FieldLock>,
    /// Empty signature fields made in the same revision, for those who seal later.
    pub prepare_fields: &'a [EmptyField],
    /// Bytes set aside in `Contents` for unsigned attributes: a timestamp token's size.
    pub unsigned_room: usize,
}

/// What the seal is drawn on.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Surface<'a> {
    /// A new field at the request's placement.
    #[default]
    Placed,
    /// The whole seal at the request's placement on each of these pages, from 1; on all of them
    /// where none is named. One signature, as with a seal across pages.
    Pages(&'a [usize]),
    /// The empty signature field of this full name (ISO 32000-1 12.7.3.2).
    Field(&'a str),
    /// Slices at an edge of several pages: laid side by side they show the seal. The size is that
    /// of the request's placement, whose page and place are not used.
    Straddle(Straddle<'a>),
}

/// A seal across pages.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Straddle<'a> {
    /// The pages, from 1; all of them where none is named. At least two.
    pub pages: &'a [usize],
    /// The edge at which the slices lie, as the pages are shown.
    pub edge: Edge,
    /// How far along the edge, in millimetres from the top, or from the left.
    pub offset_mm: f64,
}

/// An edge of a page as it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Edge {
    /// The left one.
    Left,
    /// The right one.
    #[default]
    Right,
    /// The top one.
    Top,
    /// The bottom one.
    Bottom,
}

/// What may be done to a certified document (ISO 32000-1 Table 254, `P`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// 1: nothing. Timestamps and validation data may still be added (ISO 32000-2 12.8.2.2).
    Nothing,
    /// 2: forms may be filled in and further seals added.
    FormsAndSeals,
    /// 3: that, and annotations.
    Annotations,
}

impl Permission {
    pub(super) const fn level(self) -> i64 {
        match self {
            Self::Nothing => 1,
            Self::FormsAndSeals => 2,
            Self::Annotations => 3,
        }
    }

    pub(super) const fn of_level(level: i64) -> Option<Self> {
        match level {
            1 => Some(Self::Nothing),
            2 => Some(Self::FormsAndSeals),
            3 => Some(Self::Annotations),
            _ => None,
        }
    }
}

/// Form fields that may not be changed any more (ISO 32000-1 Table 233).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldLock {
    /// Every field.
    All,
    /// These, and those below them.
    Include(Vec<String>),
    /// All but these.
    Exclude(Vec<String>),
}

impl FieldLock {
    /// Whether a field of this full name is locked.
    #[must_use]
    pub fn covers(&self, name: &str) -> bool {
        let within = |names: &[String]| {
            names.iter().any(|listed| {
                name.strip_prefix(listed.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            })
        };
        match self {
            Self::All => true,
            Self::Include(names) => within(names),
            Self::Exclude(names) => !within(names),
        }
    }

    pub(super) const fn action(&self) -> &'static str {
        match self {
            Self::All => "All",
            Self::Include(_) => "Include",
            Self::Exclude(_) => "Exclude",
        }
    }

    pub(super) fn names(&self) -> Option<&[String]> {
        match self {
            Self::All => None,
            Self::Include(names) | Self::Exclude(names) => Some(names),
        }
    }
}

/// An empty signature field to be made.
#[derive(Debug, Clone, PartialEq)]
pub struct EmptyField {
    /// Its name, without a period; no field at the top of the form has it yet.
    pub name: String,
    /// Where it lies; its size is needed.
    pub placement: Placement,
    /// What its signature will lock.
    pub lock: Option<FieldLock>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_covers_what_stands_below_its_names() {
        let names = || vec!["Amount".to_owned(), "Buyer.Name".to_owned()];
        let include = FieldLock::Include(names());
        let exclude = FieldLock::Exclude(names());
        for (name, listed) in [
            ("Amount", true),
            ("Amount.Net", true),
            ("Amounts", false),
            ("Buyer", false),
            ("Buyer.Name", true),
        ] {
            assert_eq!(include.covers(name), listed, "{name}");
            assert_eq!(exclude.covers(name), !listed, "{name}");
            assert!(FieldLock::All.covers(name));
        }
    }
}
