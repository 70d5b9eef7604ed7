//! What the module said before it died. After a panic the instance is lost, but its memory can still be read.

use std::cell::{Cell, RefCell};
use std::sync::Once;

thread_local! {
    static LAST: RefCell<String> = const { RefCell::new(String::new()) };
    static SAY: Cell<Option<fn(&str)>> = const { Cell::new(None) };
}

/// Takes panics down from here on; `say` is told of them too.
pub(crate) fn install(say: Option<fn(&str)>) {
    static ONCE: Once = Once::new();
    if say.is_some() {
        SAY.set(say);
    }
    ONCE.call_once(|| {
        std::panic::set_hook(Box::new(|info| {
            let text = info.to_string();
            if let Some(say) = SAY.get() {
                say(&text);
            }
            LAST.with(|last| {
                // A panic within a panic finds it borrowed; the first one is the one to tell.
                if let Ok(mut last) = last.try_borrow_mut() {
                    *last = text;
                }
            });
        }));
    });
}

/// The last panic's message and place; empty where there was none. It holds still until the next panic.
pub(crate) fn last() -> String {
    LAST.with(|last| last.try_borrow().map_or_else(|_| String::new(), |text| text.clone()))
}

/// Where the message lies: address and length.
pub(crate) fn place() -> (*const u8, usize) {
    LAST.with(|last| last.try_borrow().map_or((std::ptr::null(), 0), |text| (text.as_ptr(), text.len())))
}

/// Whether the instance is lost.
pub(crate) fn lost() -> bool {
    LAST.with(|last| last.try_borrow().map_or(true, |text| !text.is_empty()))
}
