//! Sentences about changes, for people.

use super::{Change, ChangeKind, Language};

/// What a change is, in words: `page 2: text or drawing changed`.
#[must_use]
pub fn change(change: &Change, language: Language) -> String {
    let page = change
        .page
        .map(|page| format!("{} {page}: ", language.choose(("page", "página"))));
    let words = language.choose(words(change.kind));
    let name = change
        .name
        .as_ref()
        .map(|name| format!(" ({name})"))
        .unwrap_or_default();
    format!("{}{words}{name}", page.unwrap_or_default())
}

const fn words(kind: ChangeKind) -> (&'static str, &'static str) {
    match kind {
        ChangeKind::SignatureAdded => (
            "a further seal or signature added",
            "se añadió otro sello o firma",
        ),
        ChangeKind::VisibleSignatureAdded => (
            "a further signature added that is shown",
            "se añadió otra firma visible",
        ),
        ChangeKind::SignatureFieldFilled => (
            "signed in a field that was there",
            "se firmó en un campo que ya existía",
        ),
        ChangeKind::SignatureFieldAdded => (
            "an empty field for a signature added",
            "se añadió un campo de firma vacío",
        ),
        ChangeKind::TimestampAdded => ("document timestamp added", "se añadió un sello de tiempo"),
        ChangeKind::ValidationDataAdded => (
            "data for validation added (DSS)",
            "se añadieron datos de validación (DSS)",
        ),
        ChangeKind::FieldFilled => ("form field filled in", "se rellenó un campo del formulario"),
        ChangeKind::Metadata => ("metadata updated", "se actualizaron los metadatos"),
        ChangeKind::Extensions => (
            "version or extensions noted",
            "se anotaron la versión o extensiones",
        ),
        ChangeKind::StructureExtended => (
            "structure for assistive programs extended",
            "se amplió la estructura para programas de apoyo",
        ),
        ChangeKind::AnnotationAdded => ("a comment added", "se añadió un comentario"),
        ChangeKind::AnnotationChanged => ("a comment changed", "se modificó un comentario"),
        ChangeKind::AnnotationRemoved => (
            "a comment or field removed from the page",
            "se quitó de la página un comentario o campo",
        ),
        ChangeKind::CoveringAnnotation => (
            "an annotation added or changed that can cover or imitate contents",
            "se añadió o modificó una anotación que puede tapar o imitar contenido",
        ),
        ChangeKind::PageContent => (
            "text, picture or drawing changed",
            "se modificó texto, imagen o dibujo",
        ),
        ChangeKind::Pages => (
            "pages added, removed or moved",
            "se añadieron, quitaron o movieron páginas",
        ),
        ChangeKind::PageChanged => (
            "page settings changed",
            "se modificaron los ajustes de la página",
        ),
        ChangeKind::FieldAppearance => (
            "a field now looks different although its value did not change",
            "un campo se ve distinto aunque su valor no cambió",
        ),
        ChangeKind::FieldAdded => ("a form field added", "se añadió un campo de formulario"),
        ChangeKind::FieldRemoved => (
            "a form field removed or hidden",
            "se quitó u ocultó un campo de formulario",
        ),
        ChangeKind::FieldChanged => (
            "a form field changed in more than its value",
            "se modificó un campo en algo más que su valor",
        ),
        ChangeKind::FormChanged => (
            "the form as a whole changed",
            "se modificó el formulario en su conjunto",
        ),
        ChangeKind::SignatureReplaced => (
            "an earlier seal or signature replaced, changed or removed",
            "se sustituyó, modificó o quitó un sello o firma anterior",
        ),
        ChangeKind::SealImitated => (
            "the picture of a seal shown without a seal behind it",
            "se muestra la imagen de un sello sin sello detrás",
        ),
        ChangeKind::SharedObject => (
            "a part replaced that is also used elsewhere in the document",
            "se sustituyó una parte que también se usa en otro lugar del documento",
        ),
        ChangeKind::HiddenContent => (
            "contents filled in that the document had left open",
            "se rellenó contenido que el documento había dejado abierto",
        ),
        ChangeKind::StructureChanged => (
            "structure for assistive programs changed",
            "se modificó la estructura para programas de apoyo",
        ),
        ChangeKind::CatalogChanged => (
            "settings of the document changed",
            "se modificaron los ajustes del documento",
        ),
        ChangeKind::TrailerChanged => (
            "the document's root or identifier changed",
            "se modificó la raíz o el identificador del documento",
        ),
        ChangeKind::AmbiguousSection => (
            "an index added that programs read differently",
            "se añadió un índice que los programas leen de distinta forma",
        ),
        ChangeKind::ObjectChanged => (
            "a part of the document replaced",
            "se sustituyó una parte del documento",
        ),
        ChangeKind::ObjectRemoved => (
            "a part of the document removed",
            "se quitó una parte del documento",
        ),
        ChangeKind::EmptyRevision => (
            "a version added that has no purpose",
            "se añadió una versión sin ningún fin",
        ),
        ChangeKind::BrokenSignature => (
            "a signature added that is broken",
            "se añadió una firma defectuosa",
        ),
        ChangeKind::Unreadable => (
            "something added that cannot be read",
            "se añadió algo que no se puede leer",
        ),
    }
}
