//! Screenshots in few colours: small enough to be kept beside the README.

use dauson::pdf::picture::Picture;
use std::collections::HashMap;

/// Colours of a picture.
const COLOURS: usize = 256;
/// Square of the least distance between two of them.
const APART: u32 = 40;
/// Pixels of the largest one.
const MOST_PIXELS: usize = 4_000_000;

/// The same picture with a palette: of the colours that are there most often and unlike, and for each other one the nearest of them.
pub fn with_palette(png: &[u8]) -> Vec<u8> {
    let picture = Picture::read(png, MOST_PIXELS).unwrap();
    let pixels: Vec<[u8; 3]> = picture.rgba().chunks_exact(4).map(|p| [p[0], p[1], p[2]]).collect();
    let mut often: HashMap<[u8; 3], usize> = HashMap::new();
    for pixel in &pixels {
        *often.entry(*pixel).or_default() += 1;
    }
    let mut palette: Vec<[u8; 3]> = often.keys().copied().collect();
    palette.sort_by_key(|colour| (std::cmp::Reverse(often[colour]), *colour));
    let away = |a: &[u8; 3], b: &[u8; 3]| a.iter().zip(b).map(|(a, b)| u32::from(a.abs_diff(*b)).pow(2)).sum::<u32>();
    // shades of one colour leave room for others that are rarer
    let mut apart: Vec<[u8; 3]> = Vec::new();
    for colour in palette {
        if apart.len() < COLOURS && apart.iter().all(|known| away(known, &colour) >= APART) {
            apart.push(colour);
        }
    }
    let palette = apart;
    let nearest = |colour: &[u8; 3]| (0..palette.len()).min_by_key(|at| away(&palette[*at], colour)).unwrap() as u8;
    let known: HashMap<[u8; 3], u8> = often.keys().map(|colour| (*colour, nearest(colour))).collect();
    let samples: Vec<u8> = pixels.iter().map(|pixel| known[pixel]).collect();
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, picture.width, picture.height);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_palette(palette.concat());
    encoder.set_deflate_compression(png::DeflateCompression::Level(9));
    encoder.set_filter(png::Filter::NoFilter);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&samples).unwrap();
    writer.finish().unwrap();
    out
}
