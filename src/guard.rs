//! One bad file must not end the run: a panic while linting becomes a value.

use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe};

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
    static PANIC: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Keeps panics inside [`guarded`] off the terminal; others are shown as ever. Call once.
pub(crate) fn install() {
    let shown = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if GUARDED.get() {
            PANIC.set(info.to_string().replace('\n', " "));
        } else {
            shown(info);
        }
    }));
}

/// Runs `work`; a panic gives its message and place.
pub(crate) fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    GUARDED.set(true);
    // Nothing is shared with `work` but what it only reads.
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    GUARDED.set(false);
    result.map_err(|_| PANIC.take())
}

#[cfg(test)]
mod tests {
    use super::{guarded, install};

    #[test]
    fn a_panic_becomes_its_message() {
        install();
        assert_eq!(guarded(|| 1), Ok(1));
        let message = guarded(|| panic!("no such place")).unwrap_err();
        assert!(message.contains("no such place") && message.contains("guard.rs"), "{message}");
        assert_eq!(guarded(|| 2), Ok(2));
    }
}
