//! PNG pictures, read within limits.

/// A picture: eight bits a sample, row by row from the top.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Samples of a pixel that are its colour: one of grey, or three of red, green and blue.
    pub colours: usize,
    /// Whether a sample of opacity follows them.
    pub alpha: bool,
    /// All samples.
    pub samples: Vec<u8>,
    /// Pixels across a metre, if the file states that.
    pub pixels_per_metre: Option<u32>,
}

impl Picture {
    /// Reads a PNG of at most so many pixels; else says what is wrong with it.
    pub fn read(bytes: &[u8], most_pixels: usize) -> Result<Self, String> {
        let mut decoder = png::Decoder::new_with_limits(std::io::Cursor::new(bytes), png::Limits { bytes: 64 << 20 });
        decoder.set_transformations(png::Transformations::normalize_to_color8());
        let mut reader = decoder.read_info().map_err(|error| error.to_string())?;
        // three bytes a colour, 256 colours (PNG clause 11.2.2): the decoder relies on it
        if reader.info().palette.as_ref().is_some_and(|p| p.len() % 3 != 0 || p.len() > 768) {
            return Err("its palette is malformed".to_owned());
        }
        let density = reader.info().pixel_dims.filter(|d| d.unit == png::Unit::Meter).map(|d| d.xppu);
        let size = reader.output_buffer_size().filter(|size| *size <= most_pixels.saturating_mul(4));
        let mut samples = vec![0; size.ok_or("it has too many pixels")?];
        let info = reader.next_frame(&mut samples).map_err(|error| error.to_string())?;
        let (colours, alpha) = match info.color_type {
            png::ColorType::Grayscale => (1, false),
            png::ColorType::GrayscaleAlpha => (1, true),
            png::ColorType::Rgb => (3, false),
            png::ColorType::Rgba => (3, true),
            png::ColorType::Indexed => return Err("its palette cannot be read".to_owned()),
        };
        let (width, height) = (info.width, info.height);
        Ok(Self { width, height, colours, alpha, samples, pixels_per_metre: density })
    }

    /// Pixels across and down.
    pub const fn pixels(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    /// The samples as red, green, blue and opacity of each pixel.
    pub fn rgba(&self) -> Vec<u8> {
        let mut all = Vec::with_capacity(self.samples.len().saturating_mul(4));
        for pixel in self.samples.chunks_exact(self.channels()) {
            let (colour, opacity) = pixel.split_at_checked(self.colours).unwrap_or((pixel, &[]));
            match colour {
                [grey] => all.extend([*grey; 3]),
                colour => all.extend(colour),
            }
            all.push(opacity.first().copied().unwrap_or(u8::MAX));
        }
        all
    }

    /// Cut to the pixels of at least this opacity; `None` if there are none. Without opacity it stays as it is.
    pub fn trimmed(self, opacity: u8) -> Option<Self> {
        if !self.alpha {
            return Some(self);
        }
        let (columns, channels) = (index(self.width), self.channels());
        let [mut left, mut top, mut right, mut bottom] = [usize::MAX, usize::MAX, 0, 0];
        for (at, pixel) in self.samples.chunks_exact(channels).enumerate() {
            if pixel.last().is_some_and(|o| *o >= opacity) {
                let (x, y) = (at.checked_rem(columns)?, at.checked_div(columns)?);
                (left, right) = (left.min(x), right.max(x.saturating_add(1)));
                (top, bottom) = (top.min(y), bottom.max(y.saturating_add(1)));
            }
        }
        let width = u32::try_from(right.checked_sub(left)?).ok()?;
        let height = u32::try_from(bottom.checked_sub(top)?).ok()?;
        let row = columns.saturating_mul(channels);
        let cut = left.saturating_mul(channels)..right.saturating_mul(channels);
        let rows = self.samples.chunks_exact(row).take(bottom).skip(top);
        let samples = rows.filter_map(|row| row.get(cut.clone())).flatten().copied().collect();
        Some(Self { width, height, samples, ..self })
    }

    /// Made smaller by a whole number, so that its longer side has no more than these pixels: each pixel is the mean of those that it
    /// replaces, and of their colours by their opacity.
    pub fn reduced(self, longest: u32) -> Self {
        let by = self.width.max(self.height).div_ceil(longest.max(1));
        if by <= 1 {
            return self;
        }
        let (columns, channels, step) = (index(self.width), self.channels(), index(by));
        let (width, height) = (self.width.div_ceil(by), self.height.div_ceil(by));
        let row = columns.saturating_mul(channels);
        let mut samples = Vec::new();
        for y in 0..index(height) {
            for x in 0..index(width) {
                let mut sums = vec![0_u64; channels];
                let (mut weight, mut count) = (0_u64, 0_u64);
                for row in self.samples.chunks_exact(row).skip(y.saturating_mul(step)).take(step) {
                    for pixel in row.chunks_exact(channels).skip(x.saturating_mul(step)).take(step) {
                        let opacity = if self.alpha { pixel.last().copied().map_or(0, u64::from) } else { 1 };
                        for (sum, sample) in sums.iter_mut().zip(pixel.iter().take(self.colours)) {
                            *sum = sum.saturating_add(u64::from(*sample).saturating_mul(opacity));
                        }
                        (weight, count) = (weight.saturating_add(opacity), count.saturating_add(1));
                    }
                }
                let mean = |sum: u64, of: u64| u8::try_from(sum.checked_div(of).unwrap_or_default()).unwrap_or(u8::MAX);
                samples.extend(sums.iter().take(self.colours).map(|sum| mean(*sum, weight)));
                if self.alpha {
                    samples.push(mean(weight, count));
                }
            }
        }
        Self { width, height, samples, ..self }
    }

    /// The picture as PNG.
    pub fn png(&self) -> Result<Vec<u8>, String> {
        let mut out = Vec::new();
        let mut encoder = png::Encoder::new(&mut out, self.width, self.height);
        encoder.set_color(match (self.colours, self.alpha) {
            (1, false) => png::ColorType::Grayscale,
            (1, true) => png::ColorType::GrayscaleAlpha,
            (_, false) => png::ColorType::Rgb,
            (_, true) => png::ColorType::Rgba,
        });
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header().map_err(|error| error.to_string())?;
        writer.write_image_data(&self.samples).map_err(|error| error.to_string())?;
        writer.finish().map_err(|error| error.to_string())?;
        Ok(out)
    }

    /// Samples of a pixel.
    fn channels(&self) -> usize {
        self.colours.saturating_add(usize::from(self.alpha))
    }
}

fn index(pixels: u32) -> usize {
    usize::try_from(pixels).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_trimmed_and_reduced_and_stay_what_they_are() {
        let mut samples = vec![0; 8 * 6 * 4];
        for (x, y) in [(2, 1), (5, 4)] {
            samples[(y * 8 + x) * 4..][..4].copy_from_slice(&[10, 20, 200, 255]);
        }
        let picture = Picture { width: 8, height: 6, colours: 3, alpha: true, samples, pixels_per_metre: Some(4000) };
        let trimmed = picture.trimmed(1).unwrap();
        assert_eq!(trimmed.pixels(), (4, 4));
        let read = Picture::read(&trimmed.png().unwrap(), 100).unwrap();
        assert_eq!(read.samples, trimmed.samples);
        let small = trimmed.reduced(2);
        assert_eq!(small.samples, [10, 20, 200, 63, 0, 0, 0, 0, 0, 0, 0, 0, 10, 20, 200, 63]);
        let empty =
            Picture { width: 1, height: 1, colours: 3, alpha: true, samples: vec![9, 9, 9, 0], pixels_per_metre: None };
        assert_eq!(empty.trimmed(1), None);
    }
}
