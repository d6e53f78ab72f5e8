//! What officers are told when the service cannot go on by no fault of theirs: what became of their work, and what to do.

use super::Text;

/// The words for an error with this code; none where the error's own say enough.
pub fn trouble(code: &str) -> Option<Text> {
    let (vi, en) = match code {
        "store.cannot_write" | "sign.write" => (
            "Không ghi được dữ liệu: ổ đĩa đã đầy hoặc thư mục chỉ cho phép đọc. Chưa có gì được ký hay lập. \
             Hãy báo người quản trị máy chủ; khi ghi lại được thì chỉ cần làm lại.",
            "nothing can be written: the disk is full, or the folder is read-only. Nothing was signed or issued. \
             Tell whoever runs the service; once there is room, just do it again",
        ),
        "store.busy" => (
            "Cơ sở dữ liệu đang bận. Chưa có gì được ký hay lập. Hãy thử lại sau ít phút.",
            "the database is busy. Nothing was signed or issued. Try again in a few minutes",
        ),
        "audit.clock" => (
            "Đồng hồ máy chủ chạy lùi so với nhật ký. Chưa có gì được ký hay lập. Hãy báo người quản trị chỉnh lại đồng hồ; \
             nếu trước đây đồng hồ chạy nhanh và nay đã đúng, người quản trị chạy: dauson audit clock-corrected",
            "the server's clock is behind the log. Nothing was signed or issued. Have whoever runs the service set the clock \
             right; if it was ahead before and is right now: dauson audit clock-corrected",
        ),
        "receipt.clock" => (
            "Đồng hồ máy chủ chỉ ngày trước ngày của biên lai liền trước. Chưa có biên lai nào được lập. \
             Hãy báo người quản trị chỉnh lại đồng hồ.",
            "the server's clock says a day before that of the last receipt. No receipt was issued. \
             Have whoever runs the service set the clock right",
        ),
        _ => return None,
    };
    Some(Text::new(vi, en))
}
