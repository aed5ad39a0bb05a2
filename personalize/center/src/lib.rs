//! The seal center: ledger, CA, approvals, revocation, audit.
#![forbid(unsafe_code)]
