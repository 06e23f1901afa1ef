//! What an interrupt cannot cut in two: a line of a result, and a file that is being written.
//!
//! While a [`Hold`] lives, the first signal that asks this process to end waits for it; a second ends the process at once,
//! so that nobody is caught behind a reader who has stopped reading. Everywhere else signals do what they always do.

#[cfg(unix)]
pub(super) use self::unix::hold;

#[cfg(not(unix))]
pub(super) const fn hold() {}

#[cfg(unix)]
mod unix {
    use std::io;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::sync::{Arc, LazyLock};

    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::{flag, low_level};

    /// What people, service managers and terminals that close ask a process to end with.
    const SIGNALS: [i32; 3] = [SIGHUP, SIGINT, SIGTERM];

    /// Nothing if the signals cannot be caught: they then end the process wherever it is.
    static HELD: LazyLock<Option<Signals>> = LazyLock::new(|| Signals::catch().ok());

    struct Signals {
        /// Whether the next signal ends the process at once.
        at_once: Arc<AtomicBool>,
        /// The signal that waits; none is 0.
        waiting: Arc<AtomicUsize>,
        /// Holds that live.
        holds: AtomicUsize,
    }

    impl Signals {
        fn catch() -> io::Result<Self> {
            let held = Self { at_once: Arc::new(true.into()), waiting: Arc::default(), holds: AtomicUsize::new(0) };
            for signal in SIGNALS {
                // They are run in this order.
                flag::register_conditional_default(signal, Arc::clone(&held.at_once))?;
                flag::register_usize(signal, Arc::clone(&held.waiting), signal.unsigned_abs() as usize)?;
                flag::register(signal, Arc::clone(&held.at_once))?;
            }
            Ok(held)
        }
    }

    /// See [`hold`].
    #[must_use = "signals wait for as long as it lives"]
    pub(in crate::cli) struct Hold;

    /// Lets signals wait for as long as the result lives.
    pub(in crate::cli) fn hold() -> Hold {
        if let Some(signals) = &*HELD
            && signals.holds.fetch_add(1, Ordering::SeqCst) == 0
        {
            signals.at_once.store(false, Ordering::SeqCst);
        }
        Hold
    }

    impl Drop for Hold {
        fn drop(&mut self) {
            let Some(signals) = &*HELD else { return };
            if signals.holds.fetch_sub(1, Ordering::SeqCst) > 1 {
                return;
            }
            signals.at_once.store(true, Ordering::SeqCst);
            if let Ok(signal @ 1..) = i32::try_from(signals.waiting.load(Ordering::SeqCst)) {
                // It ends the process, as the signal would have.
                let _ = low_level::emulate_default_handler(signal);
            }
        }
    }
}
