//! The texts of QR codes in a photograph of a receipt. Finding codes takes as long as a picture wants it to, so it is done in a process of
//! its own: this program once more, with bounds on its memory and time. What goes to it is the photograph; what comes back are the texts,
//! with a zero byte behind each.

use crate::documents::pictures::confine;
use crate::limits::Limits;
use crate::pdf::picture::Picture;
use std::io::{self, Read, Write};
use std::panic::catch_unwind;
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// The command of this program that reads codes.
pub const COMMAND: &str = "read-codes";
/// Codes of one photograph.
const MOST_CODES: usize = 8;
/// Pixels of the longer side at which codes are looked for: one that is small in the picture is found in a large one, one that is blurred in a
/// small one.
const SIDES: [u32; 3] = [1_600, 3_200, u32::MAX];
/// Pixels of the longer side of a picture that is looked at twice as large as well.
const SMALL: u32 = 1_600;
/// How much longer than its processor time the process is waited for: others have work, too.
const PATIENCE: u64 = 3;

/// Whether a file is a picture as telephones make them.
pub fn is_photo(file: &[u8]) -> bool {
    file.starts_with(&[0xff, 0xd8, 0xff]) || file.starts_with(b"\x89PNG\r\n\x1a\n")
}

/// The texts of the QR codes in a photograph, PNG or JPEG. None where there are none, or it cannot be read.
pub fn codes(photo: &[u8]) -> Vec<String> {
    read_apart(photo).unwrap_or_default()
}

fn read_apart(photo: &[u8]) -> Option<Vec<String>> {
    let limits = Limits::in_force();
    let mut command = Command::new(std::env::current_exe().ok()?);
    command.arg(COMMAND).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().ok()?;
    let (to, from) = (child.stdin.take()?, child.stdout.take()?);
    let (told, texts) = channel();
    std::thread::spawn(move || {
        let most = MOST_CODES.saturating_mul(limits.qr_bytes.saturating_add(1));
        let mut bytes = Vec::new();
        let read = from.take(u64::try_from(most).unwrap_or(u64::MAX)).read_to_end(&mut bytes);
        // whoever listens no longer has waited long enough
        let _ = read.map(|_| told.send(bytes));
    });
    let asked = ask(to, limits, photo);
    let texts = asked
        .ok()
        .and_then(|()| texts.recv_timeout(Duration::from_secs(limits.photo_seconds.saturating_mul(PATIENCE))).ok());
    // it may have ended by itself
    let _ = (child.kill(), child.wait());
    let texts = String::from_utf8(texts?).ok()?;
    Some(texts.split_terminator('\0').map(str::to_owned).collect())
}

fn ask(mut to: impl Write, limits: &Limits, photo: &[u8]) -> io::Result<()> {
    let pixels = u64::try_from(limits.photo_pixels).unwrap_or(u64::MAX);
    for limit in [limits.photo_seconds, pixels, u64::from(limits.render_bytes)] {
        to.write_all(&limit.to_le_bytes())?;
    }
    to.write_all(photo)
}

/// Reads the codes of the photograph that it is given: the other end of [`codes`], in the process of its own.
pub fn serve(mut from: impl Read, mut to: impl Write) -> io::Result<()> {
    let mut number = || {
        let mut bytes = [0; 8];
        from.read_exact(&mut bytes).map(|()| u64::from_le_bytes(bytes))
    };
    let (seconds, pixels, memory) = (number()?, number()?, number()?);
    confine(memory, seconds)?;
    let mut photo = Vec::new();
    from.read_to_end(&mut photo)?;
    let pixels = usize::try_from(pixels).unwrap_or(usize::MAX);
    for text in catch_unwind(|| found(&photo, pixels)).unwrap_or_default() {
        to.write_all(text.as_bytes())?;
        to.write_all(&[0])?;
    }
    to.flush()
}

fn found(photo: &[u8], most_pixels: usize) -> Vec<String> {
    let Some(grey) = grey(photo, most_pixels) else { return Vec::new() };
    let longest = grey.width.max(grey.height);
    let mut looked_at = 0;
    for side in SIDES {
        let smaller = grey.clone().reduced(side.min(longest));
        if smaller.width == looked_at {
            continue;
        }
        looked_at = smaller.width;
        let texts = texts(&smaller);
        if !texts.is_empty() {
            return texts;
        }
    }
    if longest <= SMALL { texts(&doubled(&grey)) } else { Vec::new() }
}

/// The photograph in shades of grey.
fn grey(photo: &[u8], most_pixels: usize) -> Option<Picture> {
    if !photo.starts_with(&[0xff, 0xd8]) {
        let picture = Picture::read(photo, most_pixels).ok()?;
        let samples = picture.rgba().as_chunks::<4>().0.iter().copied().map(shade).collect();
        return Some(Picture { colours: 1, alpha: false, samples, ..picture });
    }
    let options = DecoderOptions::default().jpeg_set_out_colorspace(ColorSpace::Luma);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(photo), options);
    decoder.decode_headers().ok()?;
    let info = decoder.info()?;
    let pixels = usize::from(info.width).checked_mul(info.height.into()).filter(|pixels| *pixels <= most_pixels)?;
    let samples = decoder.decode().ok().filter(|samples| samples.len() == pixels)?;
    let (width, height) = (info.width.into(), info.height.into());
    Some(Picture { width, height, colours: 1, alpha: false, samples, pixels_per_metre: None })
}

/// A pixel of red, green, blue and opacity on white paper.
fn shade(pixel: [u8; 4]) -> u8 {
    let [red, green, blue, opacity] = pixel.map(u32::from);
    let colour = red.saturating_add(green.saturating_mul(2)).saturating_add(blue) / 4;
    let on_white = colour.saturating_mul(opacity).saturating_add(255 * 255_u32.saturating_sub(opacity)) / 255;
    u8::try_from(on_white).unwrap_or(u8::MAX)
}

/// Each pixel four times.
fn doubled(picture: &Picture) -> Picture {
    let row = usize::try_from(picture.width).unwrap_or(usize::MAX).max(1);
    let twice = |row: &[u8]| row.iter().flat_map(|sample| [*sample, *sample]).collect::<Vec<_>>();
    let samples = picture.samples.chunks(row).flat_map(|row| [twice(row), twice(row)]).flatten().collect();
    let (width, height) = (picture.width.saturating_mul(2), picture.height.saturating_mul(2));
    Picture { width, height, samples, ..picture.clone() }
}

fn texts(picture: &Picture) -> Vec<String> {
    let [Ok(width), Ok(height)] = [picture.width, picture.height].map(usize::try_from) else { return Vec::new() };
    let at = |x: usize, y: usize| picture.samples.get(y.saturating_mul(width).saturating_add(x)).copied();
    let white = u8::MAX;
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| at(x, y).unwrap_or(white));
    let grids = image.detect_grids().into_iter().filter_map(|grid| grid.decode().ok());
    let most = Limits::DEFAULT.qr_bytes;
    let texts = grids.map(|(_, text)| text).filter(|text| text.len() <= most && !text.contains('\0'));
    texts.take(MOST_CODES).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use qrcode::QrCode;

    /// A code on white paper, `module` pixels a module, turned by an angle.
    fn photo(text: &str, module: f64, angle: f64) -> Vec<u8> {
        let code = QrCode::new(text).unwrap();
        let (modules, dark) = (code.width(), code.to_colors());
        let side = (modules as f64 * module * 1.8) as u32;
        let (sin, cos) = angle.sin_cos();
        let at = |x: u32, y: u32| {
            let (x, y) = (f64::from(x) - f64::from(side) / 2.0, f64::from(y) - f64::from(side) / 2.0);
            let middle = modules as f64 / 2.0;
            let (u, v) = ((x * cos + y * sin) / module + middle, (y * cos - x * sin) / module + middle);
            let inside = |at: f64| at >= 0.0 && at < modules as f64;
            let is_dark = inside(u) && inside(v) && dark[v as usize * modules + u as usize] == qrcode::Color::Dark;
            if is_dark { 30 } else { 225 }
        };
        let samples = (0..side).flat_map(|y| (0..side).map(move |x| at(x, y))).collect();
        let picture = Picture { width: side, height: side, colours: 1, alpha: false, samples, pixels_per_metre: None };
        picture.png().unwrap()
    }

    #[test]
    fn a_code_is_found_however_the_paper_lies() {
        let text = "https://bienlai.example/v/00000000000000000000000000#1.EBL01/26TAA/00000001.6000";
        for (module, angle) in [(4.0, 0.05), (8.0, 0.3), (6.0, 1.7)] {
            assert_eq!(found(&photo(text, module, angle), 16_000_000), [text], "{module} {angle}");
        }
        assert!(found(&photo(text, 8.0, 0.3), 1_000).is_empty(), "there are more pixels than are looked at");
        for nothing in [&b"\x89PNG\r\n\x1a\n"[..], &[0xff, 0xd8, 0xff, 0xe0], b""] {
            assert!(found(nothing, 1_000).is_empty());
        }
    }
}
