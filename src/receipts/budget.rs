//! Where a fee belongs in the state budget (mục lục ngân sách nhà nước): chapter (chương), item (mục), sub-item (tiểu mục), which is the
//! code of its economic content (mã nội dung kinh tế).

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A sub-item with what stands above it, as far as it is given: `2716`, `2700-2716`, or `760-2700-2716`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BudgetItem(String);

impl BudgetItem {
    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for BudgetItem {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is = |part: &str, digits: usize| part.len() == digits && part.bytes().all(|b| b.is_ascii_digit());
        let is_right = match text.split('-').collect::<Vec<_>>().as_slice() {
            [sub_item] => is(sub_item, 4),
            [item, sub_item] => is(item, 4) && is(sub_item, 4),
            [chapter, item, sub_item] => is(chapter, 3) && is(item, 4) && is(sub_item, 4),
            _ => false,
        };
        let why =
            "a budget item is a sub-item such as 2716, or 2700-2716 with its item, or 760-2700-2716 with its chapter";
        if is_right { Ok(Self(text.to_owned())) } else { Err(why) }
    }
}

impl fmt::Display for BudgetItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for BudgetItem {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<BudgetItem> for String {
    fn from(item: BudgetItem) -> Self {
        item.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_has_three_parts_at_most() {
        for right in ["2716", "2700-2716", "760-2700-2716"] {
            assert_eq!(right.parse::<BudgetItem>().unwrap().to_string(), right);
        }
        for wrong in ["", "271", "27160", "760-2716", "2700-", "1-760-2700-2716", "２716", "2716 "] {
            assert!(wrong.parse::<BudgetItem>().is_err(), "{wrong}");
        }
    }
}
