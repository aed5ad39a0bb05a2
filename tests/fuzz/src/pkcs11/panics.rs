//! Panics that the module caught: no caller sees them, so they are counted where they begin.

use std::cell::Cell;
use std::panic;
use std::sync::Once;

thread_local! {
    static PANICS: Cell<u32> = const { Cell::new(0) };
}

/// Counts the panics of each thread from now on, beside what is done about them already.
pub(crate) fn watch() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |information| {
            PANICS.with(|count| count.set(count.get() + 1));
            before(information);
        }));
    });
}

/// Panics of this thread so far.
pub(crate) fn count() -> u32 {
    PANICS.with(Cell::get)
}
