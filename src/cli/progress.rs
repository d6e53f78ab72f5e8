//! A progress bar on stderr for work that takes over a second; none where stderr is no terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::time::{Duration, Instant};

/// Work that is shorter than this shows no bar.
const PATIENCE: Duration = Duration::from_secs(1);

/// How far the work is.
pub struct Progress {
    bar: ProgressBar,
    started: Instant,
}

impl Progress {
    /// So many steps.
    pub fn new(steps: usize) -> Self {
        let bar = ProgressBar::hidden();
        bar.set_length(u64::try_from(steps).unwrap_or(u64::MAX));
        if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} {eta} left") {
            bar.set_style(style);
        }
        Self { bar, started: Instant::now() }
    }

    /// One step is done.
    pub fn advance(&self) {
        self.set(self.bar.position().saturating_add(1));
    }

    /// So many steps are done.
    pub fn set(&self, done: u64) {
        if self.bar.is_hidden() && self.started.elapsed() >= PATIENCE && std::io::stderr().is_terminal() {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        self.bar.set_position(done);
    }

    /// So many steps are done, of so many.
    pub fn set_of(&self, done: u64, all: u64) {
        self.bar.set_length(all);
        self.set(done);
    }

    /// Prints something without the bar in the way.
    pub fn suspend<T>(&self, print: impl FnOnce() -> T) -> T {
        self.bar.suspend(print)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
