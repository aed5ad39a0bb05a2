//! Verification reports as a page for the browser, with pictures of the document's pages.
//!
//! The page stands by itself: no style, script or picture is loaded from anywhere. Only what was
//! signed is drawn, and what is not valid is never drawn as a seal: it is washed out and struck
//! through in the picture itself, with the reason on top. Drawing is apart from verifying and
//! bounded: a document too large or too slow to draw is reported without pictures.
#![forbid(unsafe_code)]

mod differing;
mod draw;
mod html;
mod strike;
mod words;

pub use differing::differing;
pub use draw::{Drawing, Drawn, Limits, draw};
pub use html::{Options, html};
