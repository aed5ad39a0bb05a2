//! What the center draws: the seal picture and the PIN letter.
//!
//! ```
//! use sello_paper::picture::{SealPicture, draw};
//!
//! let png = draw(&SealPicture {
//!     organization: "Example S.L.",
//!     kind_label: "Sello oficial",
//!     identifier: Some("B12345678"),
//!     diameter_mm: 40,
//!     pixels: 600,
//! })?;
//! assert!(png.starts_with(b"\x89PNG"));
//! # Ok::<(), sello_paper::picture::PictureError>(())
//! ```
#![forbid(unsafe_code)]

pub mod letter;
pub mod picture;
pub mod secret;
pub mod text;
pub mod typeface;
pub mod typeset;
