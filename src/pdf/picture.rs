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
        Ok(Self { width: info.width, height: info.height, colours, alpha, samples })
    }

    /// Pixels across and down.
    pub const fn pixels(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    /// The samples as red, green, blue and opacity of each pixel.
    pub fn rgba(&self) -> Vec<u8> {
        let mut all = Vec::with_capacity(self.samples.len().saturating_mul(4));
        for pixel in self.samples.chunks_exact(self.colours.saturating_add(usize::from(self.alpha))) {
            let (colour, opacity) = pixel.split_at_checked(self.colours).unwrap_or((pixel, &[]));
            match colour {
                [grey] => all.extend([*grey; 3]),
                colour => all.extend(colour),
            }
            all.push(opacity.first().copied().unwrap_or(u8::MAX));
        }
        all
    }
}
