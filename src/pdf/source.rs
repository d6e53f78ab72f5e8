//! Bytes read by position, so that a large file is neither loaded nor mapped.

use std::fs::File;
use std::io;
use std::sync::Arc;

/// Random access to the bytes of a file. Nothing here changes the file.
pub trait Source: Send + Sync {
    /// Number of bytes.
    fn len(&self) -> u64;

    /// True when there is not one byte.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Fills `buf` with the bytes from `position`; reaching beyond the end is `UnexpectedEof`.
    fn read_exact_at(&self, position: u64, buf: &mut [u8]) -> io::Result<()>;

    /// The bytes from `position`, at most `length` and not beyond the end.
    fn read_up_to(&self, position: u64, length: usize) -> io::Result<Vec<u8>> {
        let left = self.len().saturating_sub(position);
        let mut buf = vec![0; usize::try_from(left).unwrap_or(usize::MAX).min(length)];
        self.read_exact_at(position, &mut buf)?;
        Ok(buf)
    }
}

/// A source with other bytes at one place.
pub struct Overlaid {
    /// What lies below.
    pub source: Arc<dyn Source>,
    /// Where the other bytes are.
    pub at: u64,
    /// They, none of them behind the end.
    pub bytes: Vec<u8>,
}

impl Source for Overlaid {
    fn len(&self) -> u64 {
        self.source.len()
    }

    fn read_exact_at(&self, position: u64, buf: &mut [u8]) -> io::Result<()> {
        self.source.read_exact_at(position, buf)?;
        for (byte, at) in buf.iter_mut().zip(position..) {
            let other = at.checked_sub(self.at).and_then(|at| self.bytes.get(usize::try_from(at).ok()?));
            *byte = other.copied().unwrap_or(*byte);
        }
        Ok(())
    }
}

/// Files up to this length are read at once: an object after the other, they would be read many times over.
const SMALL: u64 = 1 << 20;

/// A file on disk. Its length is taken once, when it is opened.
#[derive(Debug)]
pub struct FileSource {
    file: File,
    len: u64,
    /// All of it, if it is small and nobody changes it.
    all: Option<Vec<u8>>,
}

impl FileSource {
    /// Takes over an open file.
    pub fn new(file: File) -> io::Result<Self> {
        let len = file.metadata()?.len();
        Ok(Self { file, len, all: None })
    }

    /// The same of a file that stays as it is: a small one is read here, once.
    pub fn unchanging(file: File) -> io::Result<Self> {
        let mut source = Self::new(file)?;
        if source.len <= SMALL {
            source.all = Some(source.read_up_to(0, usize::MAX)?);
        }
        Ok(source)
    }
}

impl Source for FileSource {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_exact_at(&self, position: u64, buf: &mut [u8]) -> io::Result<()> {
        if let Some(all) = &self.all {
            return all.read_exact_at(position, buf);
        }
        #[cfg(unix)]
        return std::os::unix::fs::FileExt::read_exact_at(&self.file, buf, position);
        #[cfg(not(unix))]
        {
            use std::io::{Read, Seek, SeekFrom};
            let mut file = &self.file;
            file.seek(SeekFrom::Start(position))?;
            file.read_exact(buf)
        }
    }
}

/// The beginning of a file.
pub struct Prefix {
    source: Arc<dyn Source>,
    len: u64,
}

impl Prefix {
    /// The first `len` bytes, or all if there are not so many.
    pub fn new(source: Arc<dyn Source>, len: u64) -> Self {
        let len = len.min(source.len());
        Self { source, len }
    }
}

impl Source for Prefix {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_exact_at(&self, position: u64, buf: &mut [u8]) -> io::Result<()> {
        let length = u64::try_from(buf.len()).unwrap_or(u64::MAX);
        if position.checked_add(length).is_none_or(|end| end > self.len) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.source.read_exact_at(position, buf)
    }
}

impl Source for Vec<u8> {
    fn len(&self) -> u64 {
        u64::try_from(self.as_slice().len()).unwrap_or(u64::MAX)
    }

    fn read_exact_at(&self, position: u64, buf: &mut [u8]) -> io::Result<()> {
        let start = usize::try_from(position).map_err(|_| io::ErrorKind::UnexpectedEof)?;
        let end = start.checked_add(buf.len()).ok_or(io::ErrorKind::UnexpectedEof)?;
        buf.copy_from_slice(self.get(start..end).ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }
}
