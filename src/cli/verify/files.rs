//! The files that a command line names: folders are walked; many files are judged by several threads, and told in their order.

use crate::error::{Error, Kind, Result};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

/// Threads that judge files.
const THREADS: usize = 2;
/// Folders within folders.
const DEEPEST: usize = 64;

/// Files as they are named, and for folders the PDF and XML files in them and below, by name.
pub fn expand(named: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut all = Vec::new();
    for path in named {
        if path.is_dir() {
            let before = all.len();
            walk(path, 0, &mut all)?;
            if all.len() == before {
                let why = "there is no PDF or XML file in it";
                return Err(Error::new(Kind::NotFound, "verify.empty_folder", path.display().to_string(), why));
            }
        } else {
            all.push(path.clone());
        }
    }
    Ok(all)
}

fn walk(folder: &Path, depth: usize, all: &mut Vec<PathBuf>) -> Result<()> {
    let failed = |e: std::io::Error| {
        Error::new(Kind::BadInput, "input.unreadable", folder.display().to_string(), format!("it cannot be read: {e}"))
    };
    let mut entries: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        entries.push(entry.map_err(failed)?.path());
    }
    entries.sort();
    for path in entries {
        let Ok(found) = path.symlink_metadata() else { continue };
        // links to folders could lead around in circles
        if found.is_dir() && depth < DEEPEST {
            walk(&path, depth.saturating_add(1), all)?;
        } else if path.is_file() && is_document(&path) {
            all.push(path);
        }
    }
    Ok(())
}

fn is_document(path: &Path) -> bool {
    let ending = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
    ending.eq_ignore_ascii_case("pdf") || ending.eq_ignore_ascii_case("xml")
}

/// Works on all files, and takes what came of each in their order, on this thread.
pub fn in_order<T: Send>(
    files: &[PathBuf],
    work: impl Fn(&Path) -> T + Sync,
    mut take: impl FnMut(&Path, T) -> Result<()>,
) -> Result<()> {
    if let [file] = files {
        return take(file, work(file));
    }
    let next = AtomicUsize::new(0);
    let (sender, done) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..THREADS.min(files.len()) {
            let (sender, next, work) = (sender.clone(), &next, &work);
            scope.spawn(move || {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(file) = files.get(index) else { return };
                    if sender.send((index, work(file))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        let mut waiting = BTreeMap::new();
        let mut turn = 0;
        for (index, result) in done {
            waiting.insert(index, result);
            while let Some(result) = waiting.remove(&turn) {
                if let Some(file) = files.get(turn) {
                    take(file, result)?;
                }
                turn = turn.saturating_add(1);
            }
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_walked_and_results_come_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::create_dir(path("b")).unwrap();
        for name in ["c.pdf", "a.XML", "b/d.Pdf", "b/e.txt", "f"] {
            std::fs::write(path(name), name).unwrap();
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink(folder.path(), path("b/loop")).unwrap();
        let files = expand(&[folder.path().to_owned(), path("f")]).unwrap();
        assert_eq!(files, [path("a.XML"), path("b/d.Pdf"), path("c.pdf"), path("f")]);
        let mut seen = Vec::new();
        let slow_first = |file: &Path| {
            if file.ends_with("a.XML") {
                std::thread::sleep(std::time::Duration::from_millis(20));
            }
            file.to_owned()
        };
        in_order(&files, slow_first, |_, file| {
            seen.push(file);
            Ok(())
        })
        .unwrap();
        assert_eq!(seen, files);
        std::fs::create_dir(path("empty")).unwrap();
        assert_eq!(expand(&[path("empty")]).unwrap_err().kind, Kind::NotFound);
    }
}
