//! What pages say of what was done, and of what could not be done: in plain words, with what to do next. What only one page says stands in
//! its template.

use super::Language;
use crate::http::problem::Problem;
use crate::messages::trouble;
use axum::http::StatusCode;

/// What was done just now, by the code that an address has after `said=`.
pub fn said(language: Language, code: &str) -> Option<&'static str> {
    let (vi, en) = match code {
        "office" => ("Đã chuyển sang chức vụ khác.", "You go on in another office."),
        "session-ended" => ("Đã kết thúc phiên đăng nhập đó.", "That session has ended."),
        "issued" => ("Đã lập biên lai.", "The receipt is issued."),
        "table-issued" => ("Đã lập biên lai cho cả bảng.", "All receipts of the table are issued."),
        "notified" => ("Đã ký thông báo sai sót và đưa vào hàng gửi.", "The notice is signed, and on its way."),
        "void-asked" => {
            ("Đã đề nghị hủy; kế toán trưởng sẽ quyết định.", "Voiding is asked for; the chief accountant decides.")
        }
        "voided" => ("Biên lai đã bị hủy.", "The receipt is void."),
        "void-rejected" => ("Không duyệt hủy; biên lai vẫn có hiệu lực.", "Refused; the receipt stays in force."),
        "shift-closed" => ("Đã chốt ca. Hãy in biên bản.", "The shift is closed. Please print its paper."),
        "report-signed" => ("Đã ký báo cáo và đưa vào hàng gửi.", "The report is signed, and on its way."),
        "sent-again" => ("Đang gửi lại.", "It is being sent again."),
        "done-before" => ("Việc này đã được thực hiện trước đó.", "This had been done already."),
        _ => return None,
    };
    Some(language.pick(vi, en))
}

/// What went wrong: a heading, and what to do about it.
pub fn refusal(language: Language, problem: &Problem) -> (&'static str, String) {
    let (vi, en) = match problem.status() {
        StatusCode::NOT_FOUND => ("Không tìm thấy", "Not found"),
        StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED => ("Không được phép", "Not allowed"),
        StatusCode::METHOD_NOT_ALLOWED => ("Không mở được địa chỉ này", "This address cannot be opened"),
        StatusCode::CONFLICT => ("Không còn thực hiện được", "It cannot be done any more"),
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::REQUEST_TIMEOUT => ("Hệ thống đang bận", "The service is busy"),
        status if status.is_server_error() => ("Hệ thống gặp sự cố", "Something is wrong here"),
        _ => ("Chưa thực hiện được", "It could not be done"),
    };
    (language.pick(vi, en), why(language, problem))
}

/// Why something could not be done, and what to do about it.
pub fn why(language: Language, problem: &Problem) -> String {
    if let Some(text) = trouble(problem.code()) {
        return text.of(language).to_owned();
    }
    let known = match problem.code() {
        "http.not_found" => (
            "Không có gì ở địa chỉ này. Hãy kiểm tra lại địa chỉ.",
            "There is nothing at this address. Please check it.",
        ),
        "http.method" => ("Hãy quay lại trang trước và làm lại từ đó.", "Please go back, and begin from there."),
        "http.busy" | "http.timeout" => (
            "Hãy đợi một lát rồi thử lại. Nội dung đã nhập vẫn còn.",
            "Please wait a moment, and try again. What was typed is still there.",
        ),
        "http.too_large" => {
            ("Tệp quá lớn. Hãy chọn tệp nhỏ hơn.", "The file is too large. Please choose a smaller one.")
        }
        "auth.role" => (
            "Chức vụ đang dùng không được làm việc này. Nếu có chức vụ khác, hãy chuyển sang chức vụ đó ở góc trên bên phải.",
            "The office you act in does not permit this. If you hold another one, go on in that: at the top right.",
        ),
        "auth.origin" => (
            "Yêu cầu đến từ trang khác nên không được thực hiện.",
            "The request came from another site, and was not carried out.",
        ),
        "auth.no_office" => (
            "Hôm nay chưa có chức vụ nào. Hãy liên hệ người quản trị của cơ quan.",
            "You hold no office today. Please ask your administrator for one.",
        ),
        "user.invitation" => (
            "Lời mời không đúng, đã dùng rồi hoặc đã quá hạn. Hãy xin người quản trị lời mời mới.",
            "The invitation is not known, was used, or is too old. Please ask your administrator for a new one.",
        ),
        "user.code" => (
            "Mã không đúng với mã điện thoại đang hiển thị. Hãy kiểm tra giờ của điện thoại rồi nhập mã mới nhất.",
            "The code is not the one that the telephone shows now. Please check its clock, and type the newest code.",
        ),
        "user.password" => (
            "Mật khẩu phải có từ 10 đến 128 ký tự, không lặp một ký tự và không phải là tên đăng nhập.",
            "A password has 10 to 128 characters, not all the same, and is not the login.",
        ),
        _ => ("", ""),
    };
    match language.pick(known.0, known.1) {
        // the office's own words are English: better than none
        "" => language.pick("Lý do: ", "").to_owned() + problem.detail(),
        text => text.to_owned(),
    }
}
