//! The same done with many things at once.

use crate::error::{Error, Result};
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::runtime::Handle;

/// Does the same with each item, on at most so many threads, and gives what came out in the order of the items; or the error of
/// one of them. Of a single item it is done on this thread. `lost` is the error if a thread panics.
pub fn each<T: Sync, R: Send>(
    threads: usize,
    items: &[T],
    work: impl Fn(&T) -> Result<R> + Sync,
    lost: impl Fn() -> Error,
) -> Result<Vec<R>> {
    let threads = threads.min(items.len());
    if threads < 2 {
        return items.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let run = || {
        let mut mine = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(index) else { return Ok::<_, Error>(mine) };
            mine.push((index, work(item)?));
        }
    };
    let mut done = Vec::with_capacity(items.len());
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(run)).collect();
        let all: Vec<_> = threads.into_iter().map(std::thread::ScopedJoinHandle::join).collect();
        for mine in all {
            done.extend(mine.map_err(|_| lost())??);
        }
        Ok::<_, Error>(())
    })?;
    done.sort_by_key(|(index, _)| *index);
    Ok(done.into_iter().map(|(_, result)| result).collect())
}

/// Does the same with each on all processors, where that waits for something, and gives what came out in the order of the items. It blocks the
/// thread that it is called on, on which runtimes may be entered.
pub async fn on_all_processors<T: Sync, R: Send>(
    items: &[T],
    work: impl AsyncFn(&T) -> Result<R> + Sync,
    lost: impl Fn() -> Error,
) -> Result<Vec<R>> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    if threads.min(items.len()) < 2 {
        // on this thread, which waits for a future already
        let mut done = Vec::with_capacity(items.len());
        for item in items {
            done.push(work(item).await?);
        }
        return Ok(done);
    }
    let runtime = Handle::current();
    each(threads, items, |item| runtime.block_on(work(item)), lost)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    fn lost() -> Error {
        Error::new(Kind::Bug, "test.lost", "test", "lost")
    }

    #[test]
    fn what_comes_out_is_in_order_and_an_error_or_a_panic_is_an_error() {
        let items: Vec<usize> = (0..100).collect();
        for threads in [1, 2, 16, 200] {
            let twice = each(threads, &items, |n| Ok(n * 2), lost).unwrap();
            assert_eq!(twice, items.iter().map(|n| n * 2).collect::<Vec<_>>());
            let failed = each(threads, &items, |n| if *n == 70 { Err(lost()) } else { Ok(()) }, lost);
            assert_eq!(failed.unwrap_err().code, "test.lost");
        }
        assert_eq!(each(2, &[] as &[usize], |_| Ok(()), lost).unwrap(), []);
        let panicked = each(2, &items, |n| if *n == 3 { panic!("on purpose") } else { Ok(()) }, lost);
        assert_eq!(panicked.unwrap_err().code, "test.lost");
    }
}
