//! Names in the order of the Vietnamese alphabet.

use unicode_normalization::UnicodeNormalization as _;

/// The letters in their order; those with a mark of their own are letters of their own.
const LETTERS: &str = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz";
/// The tones in the order of dictionaries: none, huyền, hỏi, ngã, sắc, nặng.
const TONES: [char; 5] = ['\u{300}', '\u{309}', '\u{303}', '\u{301}', '\u{323}'];

/// What a name is sorted by: its letters, case aside, and where they are the same its tones.
pub fn sort_key(name: &str) -> (Vec<u32>, Vec<usize>) {
    let (mut letters, mut tones) = (Vec::new(), Vec::new());
    for c in name.to_lowercase().nfc() {
        let mut tone = 0;
        let bare = |mark: &char| {
            let place = TONES.iter().position(|known| known == mark);
            tone = place.map_or(tone, |place| place.saturating_add(1));
            place.is_none()
        };
        // without its tone it is one letter again
        let letter = std::iter::once(c).nfd().filter(bare).nfc().next();
        letters.extend(letter.map(rank));
        tones.push(tone);
    }
    (letters, tones)
}

/// Digits and signs stand before letters, other scripts behind them.
fn rank(c: char) -> u32 {
    let place = LETTERS.chars().position(|letter| letter == c).and_then(|place| u32::try_from(place).ok());
    match place {
        Some(place) => place.saturating_add(0x80),
        None if c.is_ascii() => c.into(),
        None => u32::from(c).saturating_add(0x100),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_as_in_a_vietnamese_dictionary() {
        let sorted = [
            "Xã 2",
            "Xã An",
            "Xã Ân",
            "Xã Bà",
            "Xã Bá",
            "Xã Cư",
            "Xã Dũng",
            "Xã Đắk Hà",
            "Xã Ê",
            "Xã Oa",
            "Xã Ôn",
            "Xã Ơn",
            "Xã Út",
            "Xã Ưng",
        ];
        let mut names = sorted.to_vec();
        names.reverse();
        names.sort_by_cached_key(|name| sort_key(name));
        assert_eq!(names, sorted);
        assert_eq!(sort_key("ĐẮK"), sort_key("đắk"));
    }
}
