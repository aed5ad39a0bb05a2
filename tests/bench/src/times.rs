//! Samples of time.

use std::time::{Duration, Instant};

/// Times of the same thing, in the order of the runs.
#[derive(Clone, Debug, Default)]
pub struct Times(Vec<Duration>);

impl Times {
    /// Adds one.
    pub fn push(&mut self, time: Duration) {
        self.0.push(time);
    }

    /// Runs something, adds the time it took, and gives what it gave.
    pub fn measure<T>(&mut self, action: impl FnOnce() -> T) -> T {
        let begun = Instant::now();
        let given = action();
        self.push(begun.elapsed());
        given
    }

    /// The middle one, the upper of two; zero when there is none.
    #[must_use]
    pub fn median(&self) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        sorted.get(sorted.len() / 2).copied().unwrap_or_default()
    }

    /// The least.
    #[must_use]
    pub fn least(&self) -> Duration {
        self.0.iter().min().copied().unwrap_or_default()
    }
}

/// A time in milliseconds.
#[must_use]
pub fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// A time in microseconds.
#[must_use]
pub fn microseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle_whatever_the_order() {
        let mut times = Times::default();
        assert_eq!(times.median(), Duration::ZERO);
        for seconds in [5, 1, 9] {
            times.push(Duration::from_secs(seconds));
        }
        assert_eq!(times.median(), Duration::from_secs(5));
        assert_eq!(times.least(), Duration::from_secs(1));
        assert!((milliseconds(times.median()) - 5000.0).abs() < 1e-9);
        assert!((microseconds(times.least()) - 1e6).abs() < 1e-9);
    }
}
