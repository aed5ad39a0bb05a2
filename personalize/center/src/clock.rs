//! The time of day, exchangeable in tests.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use der::DateTime;

use crate::Error;

/// One day, in seconds.
pub(crate) const DAY: u64 = 24 * 60 * 60;

/// Tells the time, in seconds since 1970.
pub type Clock = Box<dyn Fn() -> u64 + Send>;

/// The system's clock.
pub fn system() -> Clock {
    Box::new(|| {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs())
    })
}

/// Seconds since 1970 as a date.
pub(crate) fn date(seconds: u64) -> Result<DateTime, Error> {
    DateTime::from_unix_duration(Duration::from_secs(seconds)).map_err(|_| Error::Clock)
}

/// Seconds as the ledger stores them.
pub(crate) fn stored(seconds: u64) -> Result<i64, Error> {
    i64::try_from(seconds).map_err(|_| Error::Clock)
}

/// Seconds as the ledger has stored them.
pub(crate) fn read(seconds: i64) -> Result<u64, Error> {
    u64::try_from(seconds).map_err(|_| Error::Stored { what: "time" })
}
