//! The few words that only the page in the browser has.

use sello_document::Language;

pub(crate) struct Words {
    pub(crate) language: &'static str,
    pub(crate) verified: &'static str,
    pub(crate) signed_pages: &'static str,
    pub(crate) present_pages: &'static str,
    pub(crate) page: &'static str,
    pub(crate) not_drawn: &'static str,
    pub(crate) cut_short: &'static str,
    pub(crate) later: &'static str,
    pub(crate) version: &'static str,
    pub(crate) details: &'static str,
    pub(crate) click: &'static str,
    pub(crate) differing: &'static str,
    pub(crate) none: &'static str,
}

pub(crate) const fn words(language: Language) -> &'static Words {
    match language {
        Language::English => &ENGLISH,
        Language::Spanish => &SPANISH,
    }
}

const ENGLISH: Words = Words {
    language: "en",
    verified: "Verified",
    signed_pages: "The pages as they were signed",
    present_pages: "The pages as they are; nothing vouches for them",
    page: "Page",
    not_drawn: "This page could not be drawn.",
    cut_short: "Further pages were not drawn: the document is too large, too slow to draw or damaged.",
    later: "What was added later",
    version: "Version",
    details: "Details",
    click: "Click a point of a page to see where it is and how to put a seal there.",
    differing: "Pages that look different now",
    none: "No seals or signatures.",
};

const SPANISH: Words = Words {
    language: "es",
    verified: "Comprobado",
    signed_pages: "Las páginas tal como se firmaron",
    present_pages: "Las páginas tal como están; nada las respalda",
    page: "Página",
    not_drawn: "Esta página no se pudo dibujar.",
    cut_short: "No se dibujaron más páginas: el documento es demasiado grande o lento de dibujar, o está dañado.",
    later: "Lo que se añadió después",
    version: "Versión",
    details: "Detalles",
    click: "Pulse un punto de una página para ver dónde está y cómo poner allí un sello.",
    differing: "Páginas que ahora se ven distintas",
    none: "Sin sellos ni firmas.",
};
