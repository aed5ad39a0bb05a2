//! What later revisions did to a document, one by one.

use serde::Serialize;

/// What one revision did to the document as it was before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RevisionReport {
    /// Its number, from 1; the original is 1 and never listed.
    pub revision: usize,
    /// What it did, in the order of its objects.
    pub changes: Vec<Change>,
}

/// One thing that a revision did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// What.
    pub kind: ChangeKind,
    /// The permission it takes.
    pub allowed: Permission,
    /// On which page, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<usize>,
    /// The form field or entry it concerns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The object it concerns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<u32>,
    /// Particulars for a specialist, in English.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

impl Change {
    pub(crate) fn new(kind: ChangeKind) -> Self {
        Self {
            allowed: kind.permission(),
            kind,
            page: None,
            name: None,
            object: None,
            detail: None,
        }
    }

    pub(crate) fn on_page(mut self, page: Option<usize>) -> Self {
        self.page = page;
        self
    }

    pub(crate) fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    pub(crate) const fn of_object(mut self, number: u32) -> Self {
        self.object = Some(number);
        self
    }

    pub(crate) fn because(mut self, detail: impl std::fmt::Display) -> Self {
        self.detail = Some(detail.to_string());
        self
    }
}

/// What a signature must allow for a change to be one it allows (ISO 32000-2 Table 257), the
/// widest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// Nothing: it changes nothing that was signed. Also under DocMDP, P 1.
    Always,
    /// Filling in forms and signing: P 2, and where nothing else is said.
    Filling,
    /// Comments: P 3.
    Annotating,
    /// No signature allows it.
    Never,
}

/// Kinds of changes. The names are stable; later versions only add to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ChangeKind {
    /// A further seal or signature that shows nothing, or what was sealed.
    SignatureAdded,
    /// A further signature, shown in a field that it brought.
    VisibleSignatureAdded,
    /// A signature in a field that was there.
    SignatureFieldFilled,
    /// An empty field for a signature.
    SignatureFieldAdded,
    /// A document timestamp.
    TimestampAdded,
    /// Certificates, revocation lists and answers (DSS).
    ValidationDataAdded,
    /// A form field was filled in.
    FieldFilled,
    /// Metadata or document information.
    Metadata,
    /// The catalog's version or extensions.
    Extensions,
    /// The structure of a tagged document took in what was added.
    StructureExtended,
    /// A comment was added.
    AnnotationAdded,
    /// A comment was changed.
    AnnotationChanged,
    /// A comment was removed.
    AnnotationRemoved,
    /// A comment that can cover or imitate contents.
    CoveringAnnotation,
    /// What a page shows.
    PageContent,
    /// Pages were added, removed or put in another order.
    Pages,
    /// Another entry of a page.
    PageChanged,
    /// A field looks otherwise than before, or than its value.
    FieldAppearance,
    /// A field was added that is none for signatures.
    FieldAdded,
    /// A field was removed or hidden.
    FieldRemoved,
    /// A field was changed in what is not its value.
    FieldChanged,
    /// The form as a whole was changed.
    FormChanged,
    /// A signature that was there was replaced, changed or removed.
    SignatureReplaced,
    /// A picture of a seal without a seal behind it.
    SealImitated,
    /// An object was replaced that other parts of the document use too.
    SharedObject,
    /// An object that an earlier revision referred to before it was there.
    HiddenContent,
    /// The structure of a tagged document was changed.
    StructureChanged,
    /// The catalog: actions, layers, names and the like.
    CatalogChanged,
    /// The trailer: another catalog or identifier.
    TrailerChanged,
    /// A cross-reference section that readers understand differently.
    AmbiguousSection,
    /// Another object was replaced.
    ObjectChanged,
    /// An object was removed.
    ObjectRemoved,
    /// A revision without any purpose.
    EmptyRevision,
    /// It adds a signature that is broken, or none that covers it.
    BrokenSignature,
    /// The revision cannot be read.
    Unreadable,
}

impl ChangeKind {
    /// The permission it takes.
    #[must_use]
    pub const fn permission(self) -> Permission {
        match self {
            Self::TimestampAdded
            | Self::ValidationDataAdded
            | Self::Metadata
            | Self::Extensions => Permission::Always,
            Self::SignatureAdded
            | Self::VisibleSignatureAdded
            | Self::SignatureFieldFilled
            | Self::SignatureFieldAdded
            | Self::FieldFilled
            | Self::StructureExtended => Permission::Filling,
            Self::AnnotationAdded | Self::AnnotationChanged | Self::AnnotationRemoved => {
                Permission::Annotating
            }
            _ => Permission::Never,
        }
    }
}
