//! A TrueType font without its hints (OpenType 1.9, `glyf`, `loca`): programs that fit outlines to the pixels of coarse screens. They are more
//! than half of what a subset of a hinted face weighs, and neither paper nor PDF viewers need them.

/// Tables that only hinting uses, and those of layout and signatures, which drawing glyph by glyph does not.
const DROPPED: [&[u8; 4]; 12] =
    [b"fpgm", b"prep", b"cvt ", b"hdmx", b"VDMX", b"LTSH", b"gasp", b"DSIG", b"GSUB", b"GPOS", b"GDEF", b"kern"];

/// Of a component: a program follows the last one.
const WE_HAVE_INSTRUCTIONS: u16 = 0x0100;

/// The font with the same glyphs, metrics and names. `None` where it is not a TrueType font of one face. Checksums are left at zero:
/// who embeds a subset makes its own.
pub(super) fn unhinted(font: &[u8]) -> Option<Vec<u8>> {
    let tables = (0..usize::from(u16_at(font, 4)?))
        .map(|n| {
            let record = font.get(12 + 16 * n..28 + 16 * n)?;
            let (at, len) = (u32_at(record, 8)?, u32_at(record, 12)?);
            Some((<[u8; 4]>::try_from(record.get(..4)?).ok()?, font.get(at..at.checked_add(len)?)?))
        })
        .collect::<Option<Vec<_>>>()?;
    let table = |tag: &[u8; 4]| tables.iter().find(|(t, _)| t == tag).map(|(_, data)| *data);
    let (mut head, loca, glyf) = (table(b"head")?.to_vec(), table(b"loca")?, table(b"glyf")?);
    let is_long = u16_at(&head, 50)? != 0;
    let offset = |n: usize| if is_long { u32_at(loca, 4 * n) } else { u16_at(loca, 2 * n).map(|o| 2 * usize::from(o)) };
    let count = loca.len() / if is_long { 4 } else { 2 };
    let (mut glyphs, mut offsets) = (Vec::new(), vec![0; 4]);
    for n in 1..count {
        glyphs.extend(without_program(glyf.get(offset(n - 1)?..offset(n)?)?)?);
        glyphs.resize(glyphs.len().next_multiple_of(4), 0);
        offsets.extend(u32::try_from(glyphs.len()).ok()?.to_be_bytes());
    }
    head.get_mut(50..52)?.copy_from_slice(&[0, 1]);
    let kept: Vec<([u8; 4], &[u8])> = tables
        .iter()
        .filter(|(tag, _)| !DROPPED.contains(&tag))
        .map(|(tag, data)| match tag {
            b"head" => (*tag, &*head),
            b"loca" => (*tag, &*offsets),
            b"glyf" => (*tag, &*glyphs),
            _ => (*tag, *data),
        })
        .collect();
    write(font.get(..4)?, &kept)
}

/// A glyph without the program at its end (composite) or between its contours' ends and its points (simple).
fn without_program(glyph: &[u8]) -> Option<Vec<u8>> {
    if glyph.is_empty() {
        return Some(Vec::new());
    }
    let contours = u16_at(glyph, 0)?;
    // a signed number: -1 says composite
    if contours < 0x8000 {
        let length_at = 10 + 2 * usize::from(contours);
        let points_at = length_at + 2 + usize::from(u16_at(glyph, length_at)?);
        return Some([glyph.get(..length_at)?, &[0, 0], glyph.get(points_at..)?].concat());
    }
    let mut bare = glyph.to_vec();
    let mut at = 10;
    loop {
        let flags = u16_at(glyph, at)?;
        bare.get_mut(at..at + 2)?.copy_from_slice(&(flags & !WE_HAVE_INSTRUCTIONS).to_be_bytes());
        let arguments = if flags & 1 == 0 { 2 } else { 4 };
        // one scale, two, or a matrix
        let transform = match flags & 0x00C8 {
            0x0008 => 2,
            0x0040 => 4,
            0x0080 => 8,
            _ => 0,
        };
        at += 4 + arguments + transform;
        if flags & 0x0020 == 0 {
            break;
        }
    }
    bare.truncate(at);
    Some(bare)
}

fn write(version: &[u8], tables: &[([u8; 4], &[u8])]) -> Option<Vec<u8>> {
    let count = u16::try_from(tables.len()).ok()?;
    let power = count.checked_ilog2()?;
    let range = 16_u16 << power;
    let mut font = version.to_vec();
    for value in [count, range, u16::try_from(power).ok()?, 16 * count - range] {
        font.extend(value.to_be_bytes());
    }
    let mut at = 12 + 16 * tables.len();
    for (tag, data) in tables {
        font.extend(tag);
        for value in [0, at, data.len()] {
            font.extend(u32::try_from(value).ok()?.to_be_bytes());
        }
        at += data.len().next_multiple_of(4);
    }
    for (_, data) in tables {
        font.extend(*data);
        font.resize(font.len().next_multiple_of(4), 0);
    }
    Some(font)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u32::from_be_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use skrifa::instance::{LocationRef, Size};
    use skrifa::outline::{DrawSettings, OutlinePen};
    use skrifa::{FontRef, GlyphId, MetadataProvider as _};

    #[derive(Default, PartialEq, Debug)]
    struct Path(Vec<String>);

    impl OutlinePen for Path {
        fn move_to(&mut self, x: f32, y: f32) {
            self.0.push(format!("m {x} {y}"));
        }
        fn line_to(&mut self, x: f32, y: f32) {
            self.0.push(format!("l {x} {y}"));
        }
        fn quad_to(&mut self, cx: f32, cy: f32, x: f32, y: f32) {
            self.0.push(format!("q {cx} {cy} {x} {y}"));
        }
        fn curve_to(&mut self, ax: f32, ay: f32, bx: f32, by: f32, x: f32, y: f32) {
            self.0.push(format!("c {ax} {ay} {bx} {by} {x} {y}"));
        }
        fn close(&mut self) {
            self.0.push("z".to_owned());
        }
    }

    #[test]
    fn every_glyph_is_drawn_as_before_and_the_font_is_lighter() {
        let whole = crate::pdf::typeface::Face::Regular.bytes();
        let bare = unhinted(whole).unwrap();
        assert!(bare.len() * 10 < whole.len() * 7, "{} of {}", bare.len(), whole.len());
        let (before, after) = (FontRef::new(whole).unwrap(), FontRef::new(&bare).unwrap());
        let count = before.glyph_metrics(Size::unscaled(), LocationRef::default()).glyph_count();
        assert!(count > 2000);
        let outline = |font: &FontRef<'_>, glyph| {
            let mut path = Path::default();
            let settings = DrawSettings::unhinted(Size::unscaled(), LocationRef::default());
            font.outline_glyphs().get(glyph).unwrap().draw(settings, &mut path).unwrap();
            path
        };
        for glyph in (0..count).map(GlyphId::new) {
            assert_eq!(outline(&before, glyph), outline(&after, glyph), "{glyph}");
        }
    }

    #[test]
    fn what_is_no_font_is_refused() {
        let whole = crate::pdf::typeface::Face::Regular.bytes();
        for end in [0, 3, 11, 40, 300, whole.len() / 2] {
            assert!(unhinted(&whole[..end]).is_none(), "{end}");
        }
    }
}
