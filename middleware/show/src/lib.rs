//! Verification reports as a page for the browser, with pictures of the document's pages.
#![forbid(unsafe_code)]
