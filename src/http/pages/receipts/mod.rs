//! The rooms about receipts: issued at the counter, found, shown with all that became of them; shifts, series, reports, what is on its way to
//! the tax office.
//!
//! | file | what |
//! | --- | --- |
//! | `counter` | the counter: a receipt issued, or one in the place of another; what it comes to |
//! | `table` | receipts issued from a table |
//! | `find` | receipts found |
//! | `one` | one receipt: what it says, its life, its files; an error notified, voiding asked for and decided |
//! | `shifts` | a shift closed; those that were |
//! | `series` | what the unit issues from, and how much is left |
//! | `reports` | how series were used, the daily report, ledgers; statements held against receipts |
//! | `sent` | what goes out to the tax office and to payers |

mod counter;
mod find;
mod one;
mod reports;
mod sent;
mod series;
mod shifts;
mod table;

use super::Language;
use super::form::Form;
use crate::data_folder::VIETNAM;
use crate::http::house::House;
use crate::http::problem::{Answer, Problem};
use crate::http::query::cursor;
use crate::receipts::amount::grouped;
use crate::receipts::content::short_date;
use crate::receipts::request::PaymentMethod;
use crate::receipts::series::ReceiptId;
use axum::Router;
use axum::routing::get;
use std::str::FromStr;
use std::sync::Arc;
use time::OffsetDateTime;

/// The pages of these rooms.
pub fn router() -> Router<Arc<House>> {
    Router::new()
        .route("/receipts", get(find::page))
        .route("/receipts/new", get(counter::page).post(counter::issue))
        .route("/receipts/new/price", get(counter::page).post(counter::price))
        .route("/receipts/table", get(table::page).post(table::take))
        .route("/receipts/series", get(series::page))
        .route("/receipts/reports", get(reports::page).post(reports::act))
        .route("/receipts/sent", get(sent::page).post(sent::retry))
        .route("/receipts/{form}/{symbol}/{number}", get(one::page).post(one::act))
        .route("/receipts/{form}/{symbol}/{number}/replace", get(counter::replacing).post(counter::replace))
        .route("/receipts/{form}/{symbol}/{number}/print", get(one::print))
        .route("/shifts", get(shifts::page).post(shifts::close))
        .route("/shifts/{id}", get(shifts::one))
}

/// Where a receipt is: form, symbol and number.
type Place = (String, String, String);

/// Which receipt it is; what cannot be one is not there.
fn id_at((form, symbol, number): &Place) -> Answer<ReceiptId> {
    format!("{form}/{symbol}/{number}").parse().map_err(|_| Problem::not_found())
}

/// The page of a receipt.
fn address_of(id: &impl std::fmt::Display) -> String {
    format!("/receipts/{id}")
}

/// Whole dong, as people write it.
fn dong(amount: i64) -> String {
    format!("{} đ", grouped(amount))
}

/// The same of sums that may be larger.
fn dong_sum(amount: i128) -> String {
    i64::try_from(amount).map_or_else(|_| format!("{amount} đ"), dong)
}

/// `08:30 24/11/2026`, in Vietnam.
fn moment(time: OffsetDateTime) -> String {
    let time = time.to_offset(VIETNAM);
    format!("{:02}:{:02} {}", time.hour(), time.minute(), short_date(time.date()))
}

/// A way of payment.
fn method(language: Language, code: &str) -> String {
    match PaymentMethod::ALL.into_iter().find(|known| known.as_str() == code) {
        Some(PaymentMethod::Cash) => language.pick("Tiền mặt", "Cash").to_owned(),
        Some(PaymentMethod::Transfer) => language.pick("Chuyển khoản", "Bank transfer").to_owned(),
        Some(PaymentMethod::Portal) => language.pick("Cổng dịch vụ công", "Public-service portal").to_owned(),
        None => code.to_owned(),
    }
}

/// How a receipt stands.
fn standing(language: Language, state: &str, is_void_asked: bool) -> &'static str {
    match state {
        "replaced" => language.pick("Đã bị thay thế", "Replaced"),
        "voided" => language.pick("Đã hủy", "Voided"),
        _ if is_void_asked => language.pick("Chờ duyệt hủy", "To be voided?"),
        _ => language.pick("Có hiệu lực", "In force"),
    }
}

/// A number as people type it, with or without points between its groups.
fn whole(text: &str) -> Option<i64> {
    let digits: String = text.chars().filter(|c| !c.is_whitespace() && *c != '.' && *c != 'đ').collect();
    digits.parse().ok()
}

/// Behind which one the page of a list begins, if its address says so.
fn behind<T: FromStr>(asked: &Form) -> Option<T> {
    cursor(asked.given("cursor"), |text| text.parse().ok()).ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_they_are_typed() {
        for (typed, number) in [("3", Some(3)), ("1.000.000 đ", Some(1_000_000)), (" 20 000", Some(20_000))] {
            assert_eq!(whole(typed), number, "{typed}");
        }
        assert_eq!((whole("3,5"), whole("ba"), whole("")), (None, None, None));
    }
}
