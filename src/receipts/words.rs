//! An amount in Vietnamese words, as receipts must show it (Nghị định 254/2026/NĐ-CP art. 23.2).

use super::amount::Dong;

const DIGITS: [&str; 10] = ["không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"];
/// One tỷ (milliard). Above it the names start again: nghìn tỷ, triệu tỷ, tỷ tỷ.
const TY: i64 = 1_000_000_000;

/// The amount in words, first letter capital, `đồng` at the end: `Sáu nghìn đồng`.
pub fn in_words(amount: Dong) -> String {
    let mut words = Vec::new();
    read(amount.get(), true, &mut words);
    if words.is_empty() {
        words.push("không");
    }
    words.push("đồng");
    let text = words.join(" ");
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// Reads a number; `is_first` while nothing stands before it. A 64-bit number goes two levels deep.
fn read(number: i64, is_first: bool, words: &mut Vec<&'static str>) {
    let upper = number / TY;
    if upper > 0 {
        read(upper, is_first, words);
        words.push("tỷ");
    }
    let lower = number % TY;
    for (group, scale) in
        [(lower / 1_000_000, Some("triệu")), (lower / 1_000 % 1_000, Some("nghìn")), (lower % 1_000, None)]
    {
        // a group of zeros is not read
        if group > 0 {
            read_group(group, is_first && words.is_empty(), words);
            words.extend(scale);
        }
    }
}

/// Reads 1 to 999. After a higher group it is read in full: `không trăm linh năm`.
fn read_group(group: i64, is_first: bool, words: &mut Vec<&'static str>) {
    let digit = |n: i64| usize::try_from(n).ok().and_then(|n| DIGITS.get(n)).copied().unwrap_or_default();
    let (hundreds, tens, unit) = (group / 100, group / 10 % 10, group % 10);
    if hundreds > 0 || !is_first {
        words.push(digit(hundreds));
        words.push("trăm");
    }
    match tens {
        0 if unit > 0 && (hundreds > 0 || !is_first) => words.push("linh"),
        0 => {}
        1 => words.push("mười"),
        _ => {
            words.push(digit(tens));
            words.push("mươi");
        }
    }
    match unit {
        0 => {}
        1 if tens > 1 => words.push("mốt"),
        4 if tens > 1 => words.push("tư"),
        5 if tens > 0 => words.push("lăm"),
        _ => words.push(digit(unit)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TABLE: [(i64, &str); 34] = [
        (0, "Không đồng"),
        (5, "Năm đồng"),
        (10, "Mười đồng"),
        (11, "Mười một đồng"),
        (14, "Mười bốn đồng"),
        (15, "Mười lăm đồng"),
        (20, "Hai mươi đồng"),
        (21, "Hai mươi mốt đồng"),
        (24, "Hai mươi tư đồng"),
        (25, "Hai mươi lăm đồng"),
        (100, "Một trăm đồng"),
        (101, "Một trăm linh một đồng"),
        (104, "Một trăm linh bốn đồng"),
        (105, "Một trăm linh năm đồng"),
        (110, "Một trăm mười đồng"),
        (115, "Một trăm mười lăm đồng"),
        (121, "Một trăm hai mươi mốt đồng"),
        (1000, "Một nghìn đồng"),
        (1001, "Một nghìn không trăm linh một đồng"),
        (1010, "Một nghìn không trăm mười đồng"),
        (1100, "Một nghìn một trăm đồng"),
        (15500, "Mười lăm nghìn năm trăm đồng"),
        (20000, "Hai mươi nghìn đồng"),
        (21000, "Hai mươi mốt nghìn đồng"),
        (105_000, "Một trăm linh năm nghìn đồng"),
        (1_000_000, "Một triệu đồng"),
        (1_000_001, "Một triệu không trăm linh một đồng"),
        (1_050_000, "Một triệu không trăm năm mươi nghìn đồng"),
        (2_345_678, "Hai triệu ba trăm bốn mươi lăm nghìn sáu trăm bảy mươi tám đồng"),
        (1_000_000_005, "Một tỷ không trăm linh năm đồng"),
        (1_234_567_891, "Một tỷ hai trăm ba mươi tư triệu năm trăm sáu mươi bảy nghìn tám trăm chín mươi mốt đồng"),
        (1_000_000_000_000, "Một nghìn tỷ đồng"),
        (1_005_000_000_000, "Một nghìn không trăm linh năm tỷ đồng"),
        (1_000_000_000_000_000, "Một triệu tỷ đồng"),
    ];

    #[test]
    fn every_row_of_the_table() {
        for (amount, words) in TABLE {
            assert_eq!(in_words(Dong::new(amount).unwrap()), words, "{amount}");
        }
    }

    #[test]
    fn the_largest_amounts() {
        for (amount, words) in [
            (1_000_000_000_000_000_000, "Một tỷ tỷ đồng"),
            (1_000_000_005_000_000_000, "Một tỷ không trăm linh năm tỷ đồng"),
            (
                i64::MAX,
                "Chín tỷ hai trăm hai mươi ba triệu ba trăm bảy mươi hai nghìn không trăm ba mươi sáu tỷ tám trăm năm mươi \
                 tư triệu bảy trăm bảy mươi lăm nghìn tám trăm linh bảy đồng",
            ),
        ] {
            assert_eq!(in_words(Dong::new(amount).unwrap()), words, "{amount}");
        }
    }

    /// Reads the words back: an independent description of what they mean.
    fn value(words: &str) -> i64 {
        let (mut total, mut part, mut group) = (0_i64, 0_i64, 0_i64);
        for word in words.to_lowercase().trim_end_matches(" đồng").split(' ') {
            match word {
                "trăm" => group *= 100,
                "mười" => group += 10,
                // the digit before mươi was added as a unit
                "mươi" => group += group % 10 * 9,
                "linh" => {}
                "mốt" => group += 1,
                "tư" => group += 4,
                "lăm" => group += 5,
                "nghìn" => (part, group) = (part + group * 1_000, 0),
                "triệu" => (part, group) = (part + group * 1_000_000, 0),
                "tỷ" => (total, part, group) = ((total + part + group) * 1_000_000_000, 0, 0),
                digit => group += DIGITS.iter().position(|d| *d == digit).unwrap() as i64,
            }
        }
        total + part + group
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn words_mean_the_amount(groups in proptest::collection::vec(prop_oneof![Just(0_i64), 0..1_000_i64], 0..=6), top in 0..=9_i64) {
            let amount = groups.iter().fold(top, |n, g| n.saturating_mul(1_000).saturating_add(*g));
            let words = in_words(Dong::new(amount).unwrap());
            prop_assert_eq!(value(&words), amount, "{}", words);
        }

        #[test]
        fn any_amount(amount in 0..=i64::MAX) {
            prop_assert_eq!(value(&in_words(Dong::new(amount).unwrap())), amount);
        }
    }

    #[test]
    fn every_group_of_three_digits() {
        for group in 0..1_000_i64 {
            for amount in [group, 1_000 + group, group * 1_000, 1_000_000 + group * 1_000, group * 1_000_000_000_000] {
                assert_eq!(value(&in_words(Dong::new(amount).unwrap())), amount);
            }
        }
    }
}
