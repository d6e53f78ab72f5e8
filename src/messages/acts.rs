//! What an entry of the log means, in words: one line for each action that there is.

use super::Text;

/// Kinds of actions, as they are asked for: what their names begin with, and what they are about.
const KINDS: [(&str, &str, &str); 30] = [
    ("document", "Tệp được ký và lưu", "Files signed and stored"),
    ("hash", "Ký cho phần mềm khác", "Signed for other programs"),
    ("dispatch", "Văn bản đi, đến", "Official documents"),
    ("delegation", "Ủy quyền ký", "Delegations"),
    ("image", "Ảnh chữ ký, con dấu", "Images of signatures and seals"),
    ("receipt", "Biên lai", "Receipts"),
    ("series", "Dải biên lai", "Series"),
    ("range", "Số ủy quyền", "Delegated numbers"),
    ("report", "Bảng tổng hợp ngày", "Daily reports"),
    ("notice", "Thông báo sai sót", "Notices of errors"),
    ("shift", "Ca thu", "Shifts"),
    ("fees", "Danh mục phí, lệ phí", "Fee catalogues"),
    ("figure", "Số liệu", "Figures"),
    ("unit", "Đơn vị", "Units"),
    ("user", "Tài khoản", "Accounts"),
    ("passkey", "Khóa truy cập", "Passkeys"),
    ("identity", "Định danh đăng nhập", "Identities"),
    ("office", "Chức vụ", "Offices"),
    ("session", "Phiên đăng nhập", "Sessions"),
    ("sign_in", "Đăng nhập bị chặn", "Blocked sign-ins"),
    ("role", "Thẻ truy cập", "Tokens"),
    ("key", "Khóa ký", "Keys"),
    ("master_key", "Khóa chủ", "The master key"),
    ("trust", "Chứng thư gốc được tin cậy", "Trust anchors"),
    ("authority", "CA nội bộ", "The built-in authority"),
    ("certificate", "Chứng thư số", "Certificates"),
    ("log", "Khóa của nhật ký", "The log's key"),
    ("clock", "Đồng hồ", "The clock"),
    ("export", "Xuất nhật ký", "Exports"),
    ("pseudonym", "Tra bí danh", "Pseudonyms looked up"),
];

/// What was done by an action, in words; an action that is not known as it is written.
#[allow(clippy::too_many_lines)] // one line after the other, by action
pub fn act(action: &str) -> Text {
    let (vi, en) = match action {
        "document.signed" => ("Ký văn bản", "A document was signed"),
        "hash.signed" => ("Ký mã băm do phần mềm khác gửi", "A digest that another program handed in was signed"),
        "document.extended" => {
            ("Bổ sung dữ liệu lưu trữ cho chữ ký", "A document's signatures were given data for the long term")
        }
        "document.stored" => ("Lưu văn bản", "A document was stored"),
        "document.kept" => ("Lưu thêm bản đã ký của văn bản", "A signed version of a document was stored"),
        "document.verified" => ("Kiểm tra chữ ký và ghi lại kết quả", "A verification was put on record"),
        "dispatch.drafted" => ("Soạn dự thảo văn bản đi", "An official document was drafted"),
        "dispatch.revised" => ("Sửa dự thảo", "A draft was revised"),
        "dispatch.attached" => ("Đính kèm tệp vào dự thảo", "A file was attached to a draft"),
        "dispatch.initialled" => ("Ký nháy dự thảo", "A draft was initialled"),
        "dispatch.signed" => ("Người có thẩm quyền ký văn bản", "An official document was signed by whom it is for"),
        "dispatch.returned" => ("Trả lại dự thảo", "A draft was returned"),
        "dispatch.numbered" => ("Cấp số và ngày văn bản", "An official document was given its number and date"),
        "dispatch.sealed" => ("Đóng dấu văn bản", "An official document was sealed"),
        "dispatch.registered" => ("Đăng ký văn bản đi vào sổ", "An official document was registered"),
        "dispatch.issued" => ("Phát hành văn bản", "An official document was issued"),
        "dispatch.copied" => ("Lập bản sao", "A copy was made"),
        "dispatch.cancelled" => ("Bỏ dự thảo trước khi phát hành", "A document was given up before it was issued"),
        "dispatch.withdrawn" => ("Thu hồi văn bản đã phát hành", "An issued document was withdrawn"),
        "dispatch.replaced" => ("Văn bản bị thay thế bởi văn bản khác", "A document was replaced by another one"),
        "dispatch.received" => ("Nhận văn bản đến", "An official document came in"),
        "dispatch.accepted" => ("Đăng ký văn bản đến và xác nhận đã nhận", "What came in was registered and confirmed"),
        "dispatch.assigned" => ("Giao xử lý văn bản đến", "Somebody was put in charge of what came in"),
        "dispatch.refused" => ("Trả lại văn bản đến", "What came in was returned"),
        "dispatch.reported" => {
            ("Báo trạng thái văn bản cho hệ thống khác", "Another system was told how a document stands")
        }
        "dispatch.heard" => ("Nhận trạng thái văn bản từ hệ thống khác", "Another system told how a document stands"),
        "dispatch.raised" => {
            ("Nâng mức chữ ký của văn bản đã phát hành", "The level of an issued document's signatures was raised")
        }
        "delegation.granted" => ("Ủy quyền ký thay", "Somebody may sign for somebody else"),
        "delegation.revoked" => ("Chấm dứt ủy quyền ký", "A delegation was ended"),
        "image.kept" => ("Lưu ảnh chữ ký hoặc con dấu", "An image of a signature or a seal was kept"),
        "image.removed" => ("Bỏ ảnh chữ ký hoặc con dấu", "An image of a signature or a seal was taken away"),
        "passkey.registered" => ("Đăng ký khóa truy cập", "A passkey was registered"),
        "passkey.renamed" => ("Đổi tên khóa truy cập", "A passkey was renamed"),
        "passkey.revoked" => ("Thu hồi khóa truy cập", "A passkey was revoked"),
        "passkey.refused" => (
            "Từ chối khóa truy cập đã ký ít lần hơn trước",
            "A passkey that had signed less often than before was refused",
        ),
        "identity.bound" => ("Gắn định danh đăng nhập với tài khoản", "An identity was bound to an account"),
        "identity.ended" => ("Gỡ định danh đăng nhập khỏi tài khoản", "An identity was taken off an account"),
        "receipt.issued" => ("Lập biên lai và ký dữ liệu XML", "A receipt was issued: its XML was signed"),
        "receipt.rendered" => ("Ký bản thể hiện PDF của biên lai", "A receipt's PDF was signed"),
        "receipt.replaced" => ("Biên lai bị thay thế", "A receipt was replaced"),
        "receipt.notified" => ("Thông báo biên lai có sai sót", "An error of a receipt was notified"),
        "receipt.void_requested" => ("Đề nghị hủy biên lai", "Somebody asked that a receipt be voided"),
        "receipt.void_rejected" => ("Từ chối hủy biên lai", "That a receipt be voided was refused"),
        "receipt.voided" => ("Hủy biên lai", "A receipt was voided"),
        "series.opened" => ("Mở dải biên lai", "A series was opened"),
        "series.closed" => ("Đóng dải biên lai", "A series was closed"),
        "range.delegated" => ("Ủy quyền một khoảng số", "Numbers of a series were delegated"),
        "range.closed" => ("Trả lại khoảng số đã ủy quyền", "Delegated numbers were given back"),
        "report.filed" => ("Ký bảng tổng hợp ngày", "A daily report was signed"),
        "report.rendered" => ("Ký bản PDF của bảng tổng hợp ngày", "The PDF of a daily report was signed"),
        "notice.filed" => ("Ký thông báo sai sót 04/SS-CTĐT", "A notice 04/SS-CTĐT was signed"),
        "notice.rendered" => ("Ký bản PDF của thông báo sai sót", "The PDF of a notice was signed"),
        "receipt.imported" => ("Tiếp nhận biên lai cũ", "A receipt of the law before came in"),
        "shift.closed" => ("Chốt ca thu", "A shift was closed"),
        "fees.changed" => ("Thay đổi danh mục phí, lệ phí", "A fee catalogue was changed"),
        "unit.created" => ("Thêm đơn vị", "A unit was made"),
        "unit.changed" => ("Thay đổi thông tin đơn vị", "A unit's particulars were changed"),
        "unit.renamed" => ("Đổi tên đơn vị", "A unit was renamed"),
        "unit.merged" => ("Sáp nhập đơn vị", "A unit was merged into another one"),
        "unit.closed" => ("Giải thể đơn vị", "A unit was closed"),
        "unit.planned" => {
            ("Lập kế hoạch đổi tên, sáp nhập, giải thể", "Renaming, merging or closing units was planned")
        }
        "unit.plan_withdrawn" => ("Rút lại kế hoạch về đơn vị", "A plan for units was withdrawn"),
        "unit.plan_done" => ("Thực hiện kế hoạch về đơn vị", "A plan for units was carried out"),
        "figure.handed_in" => ("Nhập số liệu hoặc chỉ tiêu", "A figure or a target was handed in"),
        "trust.changed" => ("Thay đổi chứng thư gốc được tin cậy", "Trust anchors were changed"),
        "key.created" => ("Đưa khóa ký vào kho khóa", "A key came into the key store"),
        "key.requested" => ("Tạo khóa ký, chờ chứng thư số", "A key was made and waits for its certificate"),
        "key.terms_changed" => ("Thay đổi điều kiện dùng khóa", "How a key may be used was changed"),
        "key.one_time_changed" => ("Thay đổi mã dùng một lần của khóa", "A key's one-time passwords were changed"),
        "key.pin_changed" => ("Đặt hoặc đổi mã PIN của khóa", "The PIN of a key was set or changed"),
        "key.blocked" => ("Khóa ký bị chặn vì sai PIN nhiều lần", "A key was blocked after too many wrong PINs"),
        "key.unblocked" => ("Bỏ chặn khóa ký", "A key takes PINs again"),
        "key.unlocked" => ("Mở khóa ký cho ca làm việc", "A key was opened for a shift"),
        "key.locked" => ("Đóng khóa ký", "A key was locked"),
        "key.stopped" => ("Dừng khóa ký", "A key was stopped"),
        "key.resumed" => ("Cho khóa ký hoạt động lại", "A stopped key signs again"),
        "key.rotated" => ("Thay khóa ký bằng khóa khác", "A key was given a successor"),
        "key.destroyed" => ("Hủy khóa ký", "A key was destroyed"),
        "master_key.split" => ("Chia khóa chủ cho những người giữ mảnh", "The master key was split among custodians"),
        "authority.created" => ("Lập CA nội bộ", "The built-in authority has a CA"),
        "certificate.issued" => ("CA nội bộ cấp chứng thư số", "The built-in authority issued a certificate"),
        "certificate.revoked" => {
            ("CA nội bộ thu hồi chứng thư số", "A certificate of the built-in authority was revoked")
        }
        "role.granted" => ("Cấp thẻ truy cập", "A token was given"),
        "role.revoked" => ("Thu hồi thẻ truy cập", "A token was revoked"),
        "user.created" => ("Tạo tài khoản", "An account was made"),
        "user.changed" => {
            ("Khóa, mở tài khoản hoặc dùng mã khôi phục", "An account was disabled or enabled, or used a recovery code")
        }
        "user.invited" => ("Mời đặt lại mật khẩu", "Somebody was invited to set a password anew"),
        "user.enrolled" => ("Đặt mật khẩu và mã điện thoại", "Somebody has set password and telephone code"),
        "office.given" => ("Giao chức vụ", "An office was given"),
        "office.ended" => ("Chấm dứt chức vụ", "An office was ended"),
        "session.begun" => ("Đăng nhập hoặc đổi chức vụ", "Somebody signed in, or went on in another office"),
        "session.ended" => ("Kết thúc phiên đăng nhập", "A session was ended"),
        "sign_in.blocked" => ("Tạm chặn đăng nhập vì sai nhiều lần", "An account takes no tries for a while"),
        "log.key_changed" => ("Thay khóa của nhật ký", "The log's key is being changed"),
        "clock.corrected" => ("Chỉnh lại đồng hồ chạy nhanh", "The clock was ahead, and was put right"),
        "export.made" => ("Xuất nhật ký ra tệp", "The log was given away in a bundle"),
        "pseudonym.resolved" => ("Tra tên người đứng sau bí danh", "Somebody looked up who is behind pseudonyms"),
        other => return Text::new(other, other),
    };
    Text::new(vi, en)
}

/// Kinds of actions with what they are about, in the order in which they are offered.
pub fn kinds() -> impl Iterator<Item = (&'static str, Text)> {
    KINDS.iter().map(|(kind, vi, en)| (*kind, Text::new(*vi, *en)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_of_the_log_has_words_and_a_kind() {
        let actions: Vec<&str> = include_str!("../audit/entry.rs")
            .split("rename = \"")
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap())
            .collect();
        assert!(actions.len() > 70, "{actions:?}");
        for action in actions {
            let words = act(action);
            assert!(words.vi != action && words.en != action && words.vi != words.en, "{action}");
            let kind = action.split('.').next().unwrap();
            assert!(kinds().any(|(known, _)| known == kind), "{action}");
        }
        assert_eq!(act("later.thing").vi, "later.thing");
    }
}
