//! What pages say of what was done, and of what could not be done: in plain words, with what to do next. What only one page says stands in
//! its template.

use super::Language;
use crate::http::problem::Problem;
use crate::messages::trouble;
use axum::http::StatusCode;

/// What was done just now, by the code that an address has after `said=`.
#[allow(clippy::too_many_lines)] // one line after the other, by code
pub fn said(language: Language, code: &str) -> Option<&'static str> {
    let (vi, en) = match code {
        "office" => ("Đã chuyển sang chức vụ khác.", "You go on in another office."),
        "session-ended" => ("Đã kết thúc phiên đăng nhập đó.", "That session has ended."),
        "draft" => ("Đã gửi dự thảo.", "The draft was handed in."),
        "receive" => ("Đã tiếp nhận văn bản.", "The document was received."),
        "revise" => ("Đã thay bản dự thảo.", "The draft was replaced."),
        "attach" => ("Đã đính kèm tệp.", "The file was attached."),
        "initial" => ("Đã ký nháy.", "It was initialled."),
        "sign" => ("Đã ký ban hành.", "It was signed."),
        "return" => ("Đã trả lại người soạn thảo.", "It was returned to its drafter."),
        "number" => ("Đã cấp số, ngày, tháng.", "Number and date were given."),
        "seal" => ("Đã ký số của cơ quan.", "It was sealed."),
        "register" => ("Đã vào sổ.", "It was registered."),
        "issue" => ("Đã phát hành.", "It was issued."),
        "cancel" => ("Đã hủy.", "It was given up."),
        "withdraw" => ("Đã thu hồi.", "It was withdrawn."),
        "accept" => ("Đã đăng ký văn bản đến.", "It was registered."),
        "assign" => ("Đã chuyển xử lý.", "It was assigned."),
        "refuse" => ("Đã trả lại nơi gửi.", "It was returned to its sender."),
        "copy" => (
            "Đã sao, cấp số và ký số của cơ quan. Bước tiếp theo: phát hành.",
            "It was copied, numbered and sealed. Next step: issue it.",
        ),
        "delegated" => ("Đã ủy quyền.", "It was delegated."),
        "delegation-ended" => ("Đã chấm dứt ủy quyền.", "The delegation has ended."),
        "image-kept" => ("Đã lưu hình.", "The picture is kept."),
        "image-removed" => ("Đã bỏ hình.", "The picture was taken away."),
        "moved-on" => (
            "Văn bản đang ở bước khác; việc vừa chọn hiện không làm được.",
            "The document is at another step; what you chose cannot be done now.",
        ),
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
        "done-before" => ("Việc này đã được thực hiện trước đó.", "This had been done already."),
        "changed" => ("Đã lưu thay đổi.", "It was saved."),
        "account-disabled" => {
            ("Đã khóa tài khoản; mọi phiên đã kết thúc.", "The account is disabled; its sessions have ended.")
        }
        "account-enabled" => (
            "Đã mở tài khoản. Nếu người đó chưa đặt mật khẩu, hãy mời lại.",
            "The account is enabled. If no password was set yet, invite anew.",
        ),
        "office-given" => ("Đã giao chức vụ.", "The office was given."),
        "office-ended" => {
            ("Đã chấm dứt chức vụ, hoặc đã ghi ngày cuối.", "The office has ended, or its last day is set.")
        }
        "account-passkey-revoked" | "passkey-revoked" => (
            "Đã thu hồi khóa truy cập; các phiên mở bằng nó đã kết thúc.",
            "The passkey was revoked; sessions that were begun with it have ended.",
        ),
        "account-identity-ended" => (
            "Đã gỡ liên kết; các phiên mở bằng đăng nhập một lần đã kết thúc.",
            "The identity has ended; sessions that were begun by single sign-on have, too.",
        ),
        "passkey-added" => ("Đã đăng ký khóa truy cập.", "The passkey was registered."),
        "unit-made" => ("Đã thêm đơn vị.", "The unit was made."),
        "unit-renamed" => (
            "Đã đổi tên. Văn bản, biên lai đã phát hành giữ tên cũ.",
            "It was renamed. What was issued keeps the old name.",
        ),
        "units-merged" => (
            "Đã sáp nhập. Văn bản, biên lai của đơn vị cũ do đơn vị mới quản lý và giữ nguyên tên cũ.",
            "They were merged. What the old units issued is in the new one's hands, and keeps its name.",
        ),
        "units-planned" => (
            "Đã lập kế hoạch. Hệ thống tự thực hiện khi đến ngày; trước ngày đó có thể rút lại.",
            "It is planned. It is done when its day comes, and can be withdrawn until then.",
        ),
        "plan-withdrawn" => ("Đã rút lại kế hoạch.", "The plan was withdrawn."),
        "units-closed" => ("Đã giải thể đơn vị.", "The unit was closed."),
        "key-open" => ("Khóa đã mở cho ca làm việc.", "The key is open for a shift."),
        "key-asked" => (
            "Đã nhận PIN. Người giữ khóa thứ hai phải duyệt trong thời hạn.",
            "The PIN is taken. A second custodian has to approve in time.",
        ),
        "key-locked" => ("Đã đóng khóa.", "The key is locked."),
        "key-stopped" => ("Đã dừng khóa ở mọi nơi.", "The key is stopped everywhere."),
        "key-resumed" => (
            "Khóa ký lại được. Khóa có PIN phải được mở lại.",
            "The key signs again. One with a PIN has to be opened again.",
        ),
        "key-unblocked" => ("Khóa nhận PIN trở lại.", "The key takes PINs again."),
        "key-terms" => ("Đã đổi điều kiện dùng khóa.", "How the key may be used was changed."),
        "key-terms-asked" => (
            "Nới lỏng cần người thứ hai: người khác hãy yêu cầu giống hệt trong thời hạn.",
            "That is looser: somebody else has to ask for the same, in time.",
        ),
        "fee-kept" => ("Đã lưu danh mục.", "The catalogue was saved."),
        "series-open" => ("Đã mở dải biên lai.", "The series is open."),
        "series-closed" => ("Đã đóng dải biên lai vĩnh viễn.", "The series is closed for good."),
        "range-delegated" => ("Đã ủy quyền khoảng số.", "The numbers were delegated."),
        "range-returned" => ("Đã thu lại phần còn lại của khoảng số.", "What was left of the numbers was taken back."),
        "token-revoked" => ("Đã thu hồi thẻ.", "The token was revoked."),
        "sent-again" => ("Đã đưa vào hàng gửi ngay.", "It is sent again now."),
        "check-begun" => (
            "Đang kiểm tra; trang này cho biết kết quả khi xong.",
            "A check is going on; this page tells what came of it.",
        ),
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
#[allow(clippy::too_many_lines)] // one code after the other
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
        "registry.state" => {
            ("Văn bản đã sang bước khác. Hãy xem lại văn bản.", "The document has moved on. Please look at it again.")
        }
        "registry.version" => (
            "Tệp đã thay đổi từ lúc xem. Hãy xem lại trước khi ký.",
            "The file has changed since you looked at it. Please look at it again before you sign.",
        ),
        "registry.duty" => ("Việc này thuộc nhiệm vụ của chức vụ khác.", "This is the duty of another office."),
        "registry.two_people" => (
            "Phải có người thứ hai: người ký không thể vừa soạn thảo vừa ký nháy một mình.",
            "A second person is needed: who signs has not drafted and initialled it alone.",
        ),
        "registry.checks" => (
            "Tệp chưa đạt yêu cầu của văn bản điện tử. Hãy kiểm tra tệp và tải lên lại.",
            "The file is not fit for an official document. Please check it, and hand it in again.",
        ),
        "registry.kind_on_page" => (
            "Trang đầu của tệp ghi loại văn bản khác. Hãy chọn lại loại, hoặc đánh dấu rằng loại đã chọn là đúng.",
            "The first page says another kind. Please choose it, or tick that the one you chose is right.",
        ),
        "registry.issuer_on_page" => (
            "Ký hiệu ở trang đầu là của cơ quan khác. Hãy sửa tên viết tắt của cơ quan ban hành, hoặc đánh dấu rằng nội dung đã khai là đúng.",
            "The symbol on the first page is another body's. Please correct the issuing body, or tick that what you gave is right.",
        ),
        "registry.recipients" => (
            "Hãy nhập ít nhất một nơi nhận, mỗi dòng một nơi.",
            "Please name at least one recipient, one on each line.",
        ),
        "registry.email" => ("Địa chỉ thư điện tử không đúng.", "That is no address for e-mail."),
        "registry.abbreviation" => (
            "Chữ viết tắt chỉ gồm chữ, số, & và dấu chấm, tối đa 20 ký tự; ví dụ UBND.",
            "An abbreviation has letters, digits, & and full stops, at most 20; such as UBND.",
        ),
        "registry.text" => (
            "Nội dung quá dài hoặc có ký tự điều khiển. Hãy nhập lại.",
            "The text is too long, or has control characters. Please type it again.",
        ),
        "registry.no_text" => ("Hãy nhập nội dung ở ô này.", "Please fill in this field."),
        "registry.too_large" => ("Tệp lớn hơn 64 MB.", "The file has more than 64 MB."),
        "registry.verdict" => (
            "Chữ ký của văn bản chưa được xác nhận: hãy ghi lý do, hoặc trả lại nơi gửi nếu chữ ký không hợp lệ.",
            "Its signatures are not known to be good: please give a reason, or return it if they are not valid.",
        ),
        "key.wrong_pin" => (
            "Mã PIN không đúng. Chưa ký gì. Sai nhiều lần thì khóa ngừng nhận PIN.",
            "The PIN is wrong. Nothing was signed. After too many wrong ones the key takes none.",
        ),
        "key.pin_missing" => ("Hãy nhập mã PIN của khóa.", "Please give the PIN of the key."),
        "key.blocked" => (
            "Khóa không nhận PIN nữa vì đã sai nhiều lần. Hãy báo người quản trị.",
            "The key takes no PIN any more, after too many wrong ones. Please tell your administrator.",
        ),
        "key.two_person" => (
            "Khóa này cần hai người giữ khóa cùng mở. Hãy báo người giữ khóa.",
            "Two keepers open this key. Please tell them.",
        ),
        "key.locked" => ("Khóa chưa được mở. Hãy báo người giữ khóa.", "The key is not open. Please tell its keeper."),
        "sign.no_key" => (
            "Chức vụ này chưa có khóa ký. Hãy báo người quản trị.",
            "No signing key is bound to this office. Please tell your administrator.",
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
        // what the office says itself, in both languages as a rule
        "" => language.pick("Lý do: ", "").to_owned() + &problem.said(language),
        text => text.to_owned(),
    }
}
