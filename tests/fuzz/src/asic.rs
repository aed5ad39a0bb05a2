//! Containers of whoever sends them.

use std::io::Cursor;

use sello_asic::verify_container;
use sello_cades::Indication;

use crate::nobody::nobody;

/// A container is judged, and none is valid where nobody is trusted.
pub fn run(data: &[u8]) {
    let report = nobody(|trust| verify_container(Cursor::new(data), None, trust));
    assert_ne!(report.exit_code, 0);
    assert_ne!(report.indication, Indication::TotalPassed.name());
}
