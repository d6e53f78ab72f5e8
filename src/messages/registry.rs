//! What people are told about official documents.

use super::{Text, both};

/// The PDF cannot be read.
pub fn unreadable(why: &Text) -> Text {
    let Text { vi, en } = why;
    both!("không đọc được tệp PDF ({vi})", "the PDF cannot be read ({en})")
}

/// It is encrypted.
pub fn encrypted() -> Text {
    Text::new(
        "tệp bị mã hóa hoặc có mật khẩu; hãy xuất lại tệp không có mật khẩu",
        "it is encrypted or has a password; export it without one",
    )
}

/// It has no page.
pub fn no_page() -> Text {
    Text::new("tệp không có trang nào", "it has no page")
}

/// Its version is too old, or not known.
pub fn version((major, minor): (u8, u8)) -> Text {
    Text::new(
        format!("phiên bản PDF là {major}.{minor}; yêu cầu từ 1.4 đến 2.0"),
        format!("its PDF version is {major}.{minor}; 1.4 to 2.0 is wanted"),
    )
}

/// Pages that are not A4.
pub fn not_a4(pages: &str) -> Text {
    Text::new(format!("trang không phải khổ A4: {pages}"), format!("pages that are not A4: {pages}"))
}

/// Fonts that are not embedded.
pub fn fonts(names: &str) -> Text {
    Text::new(format!("phông chữ chưa được nhúng: {names}"), format!("fonts that are not embedded: {names}"))
}

/// Active content.
pub fn active(names: &str) -> Text {
    Text::new(
        format!("có nội dung chạy được hoặc tệp đính kèm ẩn: {names}"),
        format!("it has active content or files within it: {names}"),
    )
}

/// A draft has signatures already.
pub fn signed_already() -> Text {
    Text::new("dự thảo đã có chữ ký số", "the draft is signed already")
}

/// A scan is too coarse, or not in colour.
pub fn resolution(pages: &str) -> Text {
    Text::new(
        format!("trang quét dưới 200 dpi hoặc không phải ảnh màu: {pages}"),
        format!("pages that are no scans in colour of at least 200 dpi: {pages}"),
    )
}

/// What an act is called.
pub fn act(name: &str) -> Text {
    let (vi, en) = match name {
        "draft" => ("Soạn thảo", "Drafted"),
        "revise" => ("Sửa dự thảo", "Revised"),
        "attach" => ("Đính kèm tệp", "File attached"),
        "initial" => ("Ký nháy", "Initialled"),
        "sign" => ("Ký ban hành", "Signed"),
        "return" => ("Trả lại", "Returned"),
        "number" => ("Cấp số, ngày, tháng", "Numbered and dated"),
        "seal" => ("Ký số của cơ quan", "Sealed"),
        "register" => ("Vào sổ văn bản đi", "Registered"),
        "issue" => ("Phát hành", "Issued"),
        "raise" => ("Nâng mức chữ ký số", "Level raised"),
        "copy" => ("Sao văn bản", "Copied"),
        "cancel" => ("Hủy", "Cancelled"),
        "withdraw" => ("Thu hồi", "Withdrawn"),
        "replace" => ("Được thay thế", "Replaced"),
        "receive" => ("Tiếp nhận", "Received"),
        "accept" => ("Đăng ký văn bản đến", "Registered as incoming"),
        "assign" => ("Chuyển xử lý", "Assigned"),
        "refuse" => ("Trả lại nơi gửi", "Returned to sender"),
        "report" => ("Báo trạng thái", "Status told"),
        "hear" => ("Nhận trạng thái", "Status heard"),
        _ => ("Khác", "Other"),
    };
    Text::new(vi, en)
}

/// What a state is called.
pub fn state(name: &str) -> Text {
    let (vi, en) = match name {
        "draft" => ("Dự thảo", "Draft"),
        "returned" => ("Bị trả lại", "Returned"),
        "initialled" => ("Đã ký nháy", "Initialled"),
        "signed" => ("Đã ký", "Signed"),
        "numbered" => ("Đã cấp số", "Numbered"),
        "sealed" => ("Đã ký số cơ quan", "Sealed"),
        "registered" => ("Đã vào sổ", "Registered"),
        "issued" => ("Đã phát hành", "Issued"),
        "replaced" => ("Đã được thay thế", "Replaced"),
        "withdrawn" => ("Đã thu hồi", "Withdrawn"),
        "cancelled" => ("Đã hủy", "Cancelled"),
        "received" => ("Đã nhận", "Received"),
        "accepted" => ("Đã đăng ký", "Registered"),
        "assigned" => ("Đã chuyển xử lý", "Assigned"),
        "refused" => ("Đã trả lại nơi gửi", "Returned to sender"),
        _ => ("Khác", "Other"),
    };
    Text::new(vi, en)
}

/// What an act is called before it is done, on a button.
pub fn to_do(name: &str) -> Text {
    let (vi, en) = match name {
        "draft" => ("Soạn dự thảo", "Draft"),
        "revise" => ("Thay bản dự thảo", "Replace the draft"),
        "attach" => ("Đính kèm tệp", "Attach a file"),
        "initial" => ("Ký nháy", "Initial"),
        "sign" => ("Ký ban hành", "Sign"),
        "return" => ("Trả lại", "Return"),
        "number" => ("Cấp số, ngày, tháng", "Give number and date"),
        "seal" => ("Ký số của cơ quan", "Seal"),
        "register" => ("Vào sổ văn bản đi", "Register"),
        "issue" => ("Phát hành", "Issue"),
        "cancel" => ("Hủy", "Give up"),
        "withdraw" => ("Thu hồi", "Withdraw"),
        "receive" => ("Tiếp nhận", "Receive"),
        "accept" => ("Đăng ký văn bản đến", "Register"),
        "assign" => ("Chuyển xử lý", "Assign"),
        "refuse" => ("Trả lại nơi gửi", "Return to sender"),
        _ => return act(name),
    };
    Text::new(vi, en)
}
