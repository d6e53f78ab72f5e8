//! Pages as pictures, drawn in a process of its own: this program once more, which is told the file and then one page after the
//! other. A page that takes too long, too much memory, or the process with it, costs that page and nothing else.
//!
//! What goes to it: the limits on pixels and on memory, length and bytes of the password and of the file, and for each page number and generation of
//! its object and the width of its picture. What comes back: first one if the file can be drawn, then each picture as width,
//! height and pixels; in place of either zero for none. Numbers are 32 bits, the lower byte first.

use crate::limits::Limits;
use crate::pdf::object::ObjectId;
use crate::render::{Pages, Picture};
use std::io::{self, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// The command of this program that draws.
pub const COMMAND: &str = "draw-pages";
/// Processes that may be lost over one file.
const MOST_LOST: usize = 3;
/// Bytes of stack for drawing: forms lie in forms.
const STACK: usize = 64 << 20;
/// Seconds of processor time after which a process ends even if nobody is left to end it.
const CPU_SECONDS: u64 = 600;

/// The pages of one file, to be drawn.
pub struct Drawing<'a> {
    file: &'a [u8],
    password: &'a [u8],
    process: Option<Process>,
    lost: usize,
}

struct Process {
    child: Child,
    to: ChildStdin,
    from: Receiver<Option<Picture>>,
}

impl Drop for Process {
    fn drop(&mut self) {
        // it may have ended by itself
        let _ = (self.child.kill(), self.child.wait());
    }
}

impl<'a> Drawing<'a> {
    /// The pages of a PDF. An empty password opens what needs none.
    pub const fn of(file: &'a [u8], password: &'a [u8]) -> Self {
        Self { file, password, process: None, lost: 0 }
    }

    /// Asks for a page as a picture of this width; [`Drawing::take`] gives it.
    pub fn ask(&mut self, page: ObjectId, width: u16) {
        let Some(process) = self.process() else { return };
        let request = [page.number, page.generation.into(), width.into()].map(u32::to_le_bytes).concat();
        // of a process that is gone there comes no answer
        let _ = process.to.write_all(&request).and_then(|()| process.to.flush());
    }

    /// The page that was asked for; `None` if it cannot be drawn.
    pub fn take(&mut self) -> Option<Picture> {
        let answer = self.process.as_mut()?.from.recv_timeout(time());
        if answer.is_err() {
            self.process = None;
            self.lost = self.lost.saturating_add(1);
        }
        answer.ok().flatten()
    }

    fn process(&mut self) -> Option<&mut Process> {
        if self.process.is_none() && self.lost < MOST_LOST {
            self.process = start(self.file, self.password);
            if self.process.is_none() {
                self.lost = MOST_LOST;
            }
        }
        self.process.as_mut()
    }
}

/// How long one page may take.
fn time() -> Duration {
    Duration::from_secs(Limits::in_force().render_seconds)
}

fn start(file: &[u8], password: &[u8]) -> Option<Process> {
    let program = std::env::current_exe().ok()?;
    let mut command = Command::new(program);
    command.arg(COMMAND).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().ok()?;
    let (to, mut from) = (child.stdin.take(), child.stdout.take()?);
    let (opened, is_open) = channel();
    let (drawn, pictures) = channel();
    std::thread::spawn(move || {
        // whoever listens sees the end of the process as the end of this
        let Ok(number) = read_number(&mut from) else { return };
        if opened.send(number == 1).is_err() {
            return;
        }
        while let Ok(picture) = read_picture(&mut from) {
            if drawn.send(picture).is_err() {
                return;
            }
        }
    });
    let mut process = Process { child, to: to?, from: pictures };
    let limits = Limits::in_force();
    for limit in [limits.render_pixels, limits.render_bytes] {
        process.to.write_all(&limit.to_le_bytes()).ok()?;
    }
    for bytes in [password, file] {
        process.to.write_all(&u32::try_from(bytes.len()).ok()?.to_le_bytes()).ok()?;
        process.to.write_all(bytes).ok()?;
    }
    process.to.flush().ok()?;
    is_open.recv_timeout(time()).ok()?.then_some(process)
}

fn read_number(from: &mut impl Read) -> io::Result<u32> {
    let mut bytes = [0; 4];
    from.read_exact(&mut bytes)?;
    Ok(u32::from_le_bytes(bytes))
}

fn read_bytes(from: &mut impl Read, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(length).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).is_ok_and(|read| read == length) {
        Ok(bytes)
    } else {
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}

fn read_picture(from: &mut impl Read) -> io::Result<Option<Picture>> {
    let width = read_number(from)?;
    if width == 0 {
        return Ok(None);
    }
    let height = read_number(from)?;
    let pixels = u64::from(width).saturating_mul(u64::from(height));
    // rounding to whole pixels may add a row
    if pixels > 2 * u64::from(Limits::DEFAULT.render_pixels) {
        return Err(io::ErrorKind::InvalidData.into());
    }
    Ok(Some(Picture { width, height, rgb: read_bytes(from, pixels.saturating_mul(3))? }))
}

/// Draws what it is asked for until nobody asks any more: the other end of [`Drawing`], in the process of its own.
pub fn serve(from: impl Read + Send + 'static, to: impl Write + Send + 'static) -> io::Result<()> {
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(move || draw_all(from, to))?;
    thread.join().unwrap_or_else(|_| Err(io::ErrorKind::Other.into()))
}

fn draw_all(mut from: impl Read, mut to: impl Write) -> io::Result<()> {
    let mut limits = Limits::DEFAULT;
    limits.render_pixels = read_number(&mut from)?;
    limits.render_bytes = read_number(&mut from)?;
    let length = read_number(&mut from)?;
    let password = read_bytes(&mut from, length.into())?;
    let length = read_number(&mut from)?;
    confine(u64::from(limits.render_bytes).saturating_add(3_u64.saturating_mul(length.into())), CPU_SECONDS)?;
    let file = read_bytes(&mut from, length.into())?;
    let pages = catch_unwind(|| Pages::open(file, &password).ok()).ok().flatten();
    to.write_all(&u32::from(pages.is_some()).to_le_bytes())?;
    to.flush()?;
    let Some(pages) = pages else { return Ok(()) };
    while let Ok(number) = read_number(&mut from) {
        let generation = u16::try_from(read_number(&mut from)?).unwrap_or(u16::MAX);
        let width = u16::try_from(read_number(&mut from)?).unwrap_or(u16::MAX);
        let page = ObjectId { number, generation };
        let draw = AssertUnwindSafe(|| pages.draw(page, width, &limits).ok());
        match catch_unwind(draw).ok().flatten() {
            None => to.write_all(&[0; 4])?,
            Some(picture) => {
                to.write_all(&picture.width.to_le_bytes())?;
                to.write_all(&picture.height.to_le_bytes())?;
                to.write_all(&picture.rgb)?;
            }
        }
        to.flush()?;
    }
    Ok(())
}

/// From here on this process has a bound on its memory, in bytes, and on its processor time, in seconds.
pub fn confine(memory: u64, seconds: u64) -> io::Result<()> {
    #[cfg(unix)]
    {
        use nix::sys::resource::{Resource, setrlimit};
        setrlimit(Resource::RLIMIT_AS, memory, memory)?;
        setrlimit(Resource::RLIMIT_CPU, seconds, seconds)?;
        setrlimit(Resource::RLIMIT_CORE, 0, 0)?;
    }
    #[cfg(not(unix))]
    let _ = (memory, seconds);
    Ok(())
}
