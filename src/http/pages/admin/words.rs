//! Why something could not be done in this room: in plain words, at the field that it is about.

use crate::http::pages::Language;
use crate::http::pages::form::Faults;
use crate::http::problem::{Answer, Problem};

/// What is wrong with a form, from why the office refused it; what is no fault of the form's goes on as it is.
pub fn faults(language: Language, problem: impl Into<Problem>) -> Answer<Faults> {
    let problem = problem.into();
    let Some((field, vi, en)) = known(problem.code()) else { return Err(problem) };
    let mut faults = Faults::default();
    let text = match language.pick(vi, en) {
        "" => problem.detail().to_owned(),
        text => text.to_owned(),
    };
    faults.add(field, text);
    Ok(faults)
}

/// The field that a code is about, and what to say of it; nothing where the office's own words have both languages.
#[allow(clippy::too_many_lines)] // one line after the other, by code
fn known(code: &str) -> Option<(&'static str, &'static str, &'static str)> {
    Some(match code {
        "user.login" => (
            "login",
            "Tên đăng nhập có 1 đến 64 ký tự: chữ thường không dấu, chữ số, dấu . - _ @.",
            "A login has 1 to 64 small letters, digits, and . - _ @.",
        ),
        "user.name" => {
            ("name", "Hãy ghi họ và tên, không quá 200 ký tự.", "Give the full name, of at most 200 characters.")
        }
        "user.exists" => (
            "login",
            "Đã có tài khoản với tên đăng nhập này. Hãy chọn tên khác, hoặc mở tài khoản đó và mời lại.",
            "There is an account of this login. Choose another one, or open that account and invite anew.",
        ),
        "user.own" => (
            "",
            "Không ai tự giao, sửa hay chấm dứt chức vụ của mình. Hãy nhờ người quản trị khác.",
            "Nobody gives, changes or ends an own office. Another administrator does this.",
        ),
        "user.elsewhere" => (
            "",
            "Người này còn giữ chức vụ ở đơn vị ngoài phạm vi quản trị. Việc này do người quản trị cấp trên làm.",
            "This person holds an office where you have nothing to say. The administrator above both does this.",
        ),
        "office.title" => {
            ("title", "Hãy ghi tên chức vụ, chẳng hạn Chủ tịch.", "Say what the office is called, such as Chairman.")
        }
        "office.days" => (
            "days",
            "Ngày cuối không được trước ngày đầu, không ở quá khứ và không muộn hơn ngày cuối đã ghi.",
            "The last day is not before the first one, not over yet, and not later than it was.",
        ),
        "office.ended" => ("", "Chức vụ này đã chấm dứt.", "This office has ended already."),
        "office.separation" => (
            "",
            "Người này đang giữ ở đơn vị đó một vai trò không đi cùng vai trò mới: người ký không đóng dấu, người thu không duyệt hủy, quản trị và kiểm tra không làm việc khác. Hãy chấm dứt chức vụ kia trước, hoặc giao cho người khác.",
            "This person holds a role in that unit that does not go with the new one: who signs does not seal, who collects does not approve voids, administrators and auditors do nothing else. End that office first, or give this one to somebody else.",
        ),
        "people.role" => ("role", "Hãy chọn một vai trò.", "Choose a role."),
        "people.not_found" => {
            ("", "Không có mục này trong phạm vi quản trị.", "There is no such thing where you have a say.")
        }
        "token.name" => (
            "name",
            "Hãy ghi thẻ dùng để làm gì, không quá 200 ký tự.",
            "Say what the token is for, in at most 200 characters.",
        ),
        "token.exists" => (
            "name",
            "Đơn vị đang có thẻ tên này. Nếu chưa kịp chép thẻ thì thu hồi nó rồi tạo lại, hoặc chọn tên khác.",
            "The unit has a token of this name in force. If it was not copied, revoke it and make it again, or choose another name.",
        ),
        "token.lifetime" => ("days", "Thẻ có hạn từ 1 ngày đến 2 năm.", "A token lasts from one day to two years."),
        "token.separation" => (
            "role",
            "Thẻ quản trị và thẻ ký bằng khóa chỉ được tạo ở máy chủ, bằng dòng lệnh.",
            "A token that administers, or signs with a key, is made on the server's command line.",
        ),
        "token.key" => ("key", "Khóa này là của đơn vị khác.", "This key is another unit's."),
        "unit.text" => (
            "",
            "Tên, địa chỉ, điện thoại, tài khoản có 1 đến 300 ký tự in được.",
            "Name, address, telephone and account have 1 to 300 printable characters.",
        ),
        "people.name" => (
            "id",
            "Định danh có 1 đến 64 ký tự: chữ thường không dấu, chữ số, dấu . - _",
            "An identifier has 1 to 64 small letters, digits, and . - _",
        ),
        "unit.exists" => (
            "id",
            "Đã có đơn vị với định danh này. Hãy chọn định danh khác.",
            "There is a unit of this identifier. Choose another one.",
        ),
        "unit.kind" => ("kind", "Hãy chọn một loại đơn vị.", "Choose a kind."),
        "unit.code" => (
            "code",
            "Mã định danh viết như H34 hoặc H34.12, và mỗi đơn vị một mã (QCVN 102:2016/BTTTT).",
            "An agency code is such as H34 or H34.12, and each unit has one of its own (QCVN 102:2016/BTTTT).",
        ),
        "unit.tax_code" => (
            "tax_code",
            "Mã số thuế có 10 chữ số, hoặc 10 chữ số, gạch ngang và 3 chữ số.",
            "A tax code has ten digits, or ten, a hyphen and three.",
        ),
        "unit.parent" => (
            "parent",
            "Không đặt được dưới đơn vị này. Hãy chọn đơn vị cấp trên khác.",
            "It cannot be below this unit. Choose another one above it.",
        ),
        "unit.name" => ("name", "Đơn vị đang mang đúng tên này.", "It has this name already."),
        "unit.basis" => (
            "basis",
            "Hãy ghi văn bản làm căn cứ, không quá 500 ký tự, chẳng hạn Nghị quyết 1660/NQ-UBTVQH15.",
            "Name the decision that it is by, in at most 500 characters, such as Nghị quyết 1660/NQ-UBTVQH15.",
        ),
        "unit.day" => (
            "day",
            "Ngày có hiệu lực không trước lần đổi tên gần nhất.",
            "The day is not before the unit was last renamed.",
        ),
        "unit.plan" => (
            "",
            "Kế hoạch này đã thực hiện hoặc đã rút lại. Hãy xem lại danh sách.",
            "This plan was done or withdrawn already. Look at the list again.",
        ),
        "unit.sources" => {
            ("sources", "Hãy chọn từ 1 đến 50 đơn vị thôi hoạt động.", "Choose the units that end, from 1 to 50.")
        }
        "unit.successor" => (
            "successor",
            "Đơn vị tiếp nhận không được là đơn vị thôi hoạt động hay nằm dưới đơn vị đó.",
            "The unit that takes the place is none of those that end, nor below one.",
        ),
        "unit.own" => (
            "",
            "Không ai tự đổi tên, sáp nhập hay giải thể đơn vị mình đang giữ chức vụ. Người quản trị cấp trên làm việc này.",
            "Nobody renames, merges or closes a unit in which they hold an office. The administrator above it does.",
        ),
        "unit.closed" => (
            "",
            "Một đơn vị trong số này đã thôi hoạt động. Hãy xem lại cây đơn vị.",
            "One of these units has ended already. Look at the tree of units again.",
        ),
        "unit.below" => (
            "",
            "Dưới đơn vị này còn đơn vị trực thuộc: hãy chuyển các đơn vị đó sang đơn vị khác trước.",
            "There are units below it still: they are put below another one first.",
        ),
        "unit.seen" => (
            "",
            "Trong lúc bạn xem, hệ quả đã thay đổi. Chưa làm gì. Hãy xem lại danh sách mới dưới đây rồi xác nhận.",
            "What follows has changed while you looked. Nothing was done. Look at it as it is now, and confirm again.",
        ),
        "key.reason" => ("reason", "Hãy ghi lý do, không quá 500 ký tự.", "Give a reason, of at most 500 characters."),
        "key.wrong_pin" => (
            "pin",
            "Sai mã PIN. Sai nhiều lần thì khóa bị chặn, người quản trị mới bỏ chặn được.",
            "The PIN is wrong. After too many wrong ones the key takes none, until an administrator unblocks it.",
        ),
        "key.blocked" => (
            "pin",
            "Khóa đã bị chặn vì sai PIN nhiều lần. Người quản trị bỏ chặn ở trang này.",
            "The key takes no PIN any more. An administrator unblocks it on this page.",
        ),
        "key.no_pin" => {
            ("", "Khóa này không có mã PIN nên không cần mở.", "This key has no PIN, and need not be opened.")
        }
        "key.shift" => ("hours", "Số giờ mở khóa vượt quá mức cho phép.", "A key is not opened for so long."),
        "key.second_person" => (
            "",
            "Người duyệt phải là người khác người đã đề nghị.",
            "The second custodian is somebody else than the first.",
        ),
        "key.not_asked" => (
            "",
            "Chưa có ai đề nghị mở khóa này, hoặc đề nghị đã quá hạn. Người giữ khóa thứ nhất nhập PIN trước.",
            "Nobody has asked, in time, that it be opened. The first custodian gives the PIN first.",
        ),
        "key.terms" => (
            "per_hour",
            "Hạn mức ít nhất là 1 chữ ký mỗi giờ; chỉ khóa có PIN mới cần hai người mở.",
            "A key makes one signature an hour at least; two custodians open a key that has a PIN.",
        ),
        "key.stopped" | "key.not_stopped" | "key.destroyed" | "key.retired" => {
            ("", "Khóa không còn ở tình trạng làm được việc này.", "The key does not stand so that this could be done.")
        }
        "fee.not_found" => ("code", "Đơn vị không có mã phí này.", "The unit has no fee of this code."),
        "receipt.series_exists" | "receipt.series" => ("series", "", ""),
        "receipt.field" => ("denomination", "", ""),
        "receipt.range" | "receipt.series_closed" | "receipt.unit" => ("first", "", ""),
        "fee.table" | "fee.rows" => ("file", "", ""),
        _ => return None,
    })
}
