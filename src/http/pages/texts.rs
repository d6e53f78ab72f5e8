//! Every word of the pages for everybody, in both languages. A text that is missing in one of them does not compile.

use crate::messages::Language;

/// The words of one language.
pub struct Texts {
    /// The language's code.
    pub code: &'static str,

    pub home_heading: &'static str,
    pub home_lead: &'static str,
    pub home_code: &'static str,
    pub home_look_up: &'static str,
    pub home_more: &'static str,
    pub home_checkpoint: &'static str,
    pub home_api: &'static str,

    pub verify_heading: &'static str,
    pub verify_lead: &'static str,
    pub verify_label: &'static str,
    pub verify_button: &'static str,
    pub verify_hint: &'static str,
    pub verify_again: &'static str,
    pub scan_label: &'static str,
    pub scan_hint: &'static str,
    pub scan_button: &'static str,
    pub changed: &'static str,
    pub signature_details: &'static str,

    pub unreadable: (&'static str, &'static str),
    pub too_large: (&'static str, &'static str),
    pub no_file: (&'static str, &'static str),
    pub unavailable: (&'static str, &'static str),
    pub no_code: (&'static str, &'static str),
    pub code_right: (&'static str, &'static str),
    pub code_same: (&'static str, &'static str),
    pub code_differs: (&'static str, &'static str),
    pub code_foreign: (&'static str, &'static str),

    pub receipt_heading: &'static str,
    pub receipt_issued: (&'static str, &'static str),
    pub receipt_replaced: (&'static str, &'static str),
    pub receipt_voided: (&'static str, &'static str),
    pub receipt_legacy: (&'static str, &'static str),
    pub receipt_none: (&'static str, &'static str),
    pub receipt_form: &'static str,
    pub receipt_symbol: &'static str,
    pub receipt_number: &'static str,
    pub receipt_date: &'static str,
    pub receipt_total: &'static str,
    pub receipt_words: &'static str,
    pub receipt_body: &'static str,
    pub receipt_signatures: &'static str,
    pub receipt_notified: &'static str,
    pub receipt_void_requested: &'static str,
    pub receipt_replaces: &'static str,
    pub receipt_replaced_by: &'static str,
    pub receipt_compare: &'static str,
    pub receipt_check_file: &'static str,
    pub receipt_page: &'static str,
}

/// The words of a language.
pub const fn texts(language: Language) -> &'static Texts {
    match language {
        Language::Vi => &VIETNAMESE,
        Language::En => &ENGLISH,
    }
}

static VIETNAMESE: Texts = Texts {
    code: "vi",

    home_heading: "Kiểm tra văn bản ký số và biên lai điện tử",
    home_lead: "Hệ thống ký số văn bản và lập biên lai thu phí, lệ phí điện tử của cơ quan nhà nước. Ai cũng kiểm tra được, không cần tài khoản.",
    home_code: "Mã tra cứu hoặc địa chỉ tra cứu in trên biên lai",
    home_look_up: "Tra cứu",
    home_more: "Dành cho kiểm toán và người lập trình",
    home_checkpoint: "Điểm kiểm tra mới nhất của nhật ký chữ ký (C2SP tlog-checkpoint)",
    home_api: "Mô tả giao diện lập trình (OpenAPI)",

    verify_heading: "Kiểm tra chữ ký số",
    verify_lead: "Kiểm tra văn bản PDF đã ký số hoặc tệp XML của biên lai điện tử: ai đã ký, nội dung có bị sửa sau khi ký hay không.",
    verify_label: "Kiểm tra tệp PDF hoặc XML",
    verify_button: "Kiểm tra",
    verify_hint: "Tệp chỉ dùng để kiểm tra và được xóa ngay sau đó.",
    verify_again: "Kiểm tra cái khác",
    scan_label: "Quét mã QR trên biên lai",
    scan_hint: "Chụp mã QR cho đầy khung hình, đủ sáng, hoặc chọn ảnh đã chụp.",
    scan_button: "Kiểm tra ảnh",
    changed: "Chỗ đã bị thay đổi",
    signature_details: "Chi tiết về chữ ký số",

    unreadable: ("Không đọc được tệp", "Tệp không phải là PDF hoặc XML, hoặc đã bị hỏng."),
    too_large: ("Tệp quá lớn", "Hãy chọn tệp nhỏ hơn."),
    no_file: ("Chưa chọn tệp", "Hãy chọn một tệp PDF hoặc XML rồi bấm “Kiểm tra”."),
    unavailable: ("Chưa kiểm tra được", "Hệ thống đang bận hoặc gặp sự cố. Hãy thử lại sau ít phút."),

    no_code: (
        "Không đọc được mã QR của biên lai trong ảnh",
        "Hãy chụp lại gần hơn, đủ sáng, mã QR nằm trọn trong ảnh; hoặc nhập mã tra cứu in trên biên lai.",
    ),
    code_right: ("Mã QR đúng", "Mã này do cơ quan thu ký và khớp với biên lai đã lập dưới đây."),
    code_same: ("Mã QR khớp với biên lai đã lập", "Thông tin trong mã giống hệt biên lai dưới đây."),
    code_differs: (
        "Mã QR không khớp với biên lai đã lập",
        "Tờ biên lai này có thể là giả hoặc đã bị sửa. Không nên tin; hãy so với thông tin dưới đây và báo cho cơ quan thu.",
    ),
    code_foreign: (
        "Biên lai này không do hệ thống này phát hành",
        "Mã QR đúng dạng mã biên lai, nhưng ở đây không có biên lai ấy. Hãy kiểm tra tại địa chỉ in trên biên lai.",
    ),

    receipt_heading: "Tra cứu biên lai điện tử",
    receipt_issued: ("Biên lai có hiệu lực", "Biên lai này do cơ quan thu dưới đây phát hành."),
    receipt_replaced: ("Biên lai đã bị thay thế", "Biên lai này không còn hiệu lực; hãy xem biên lai thay thế."),
    receipt_voided: ("Biên lai đã bị hủy", "Biên lai này không còn hiệu lực."),
    receipt_legacy: (
        "Biên lai lập theo quy định trước ngày 01/7/2026",
        "Biên lai này được lập theo Nghị định 123/2020/NĐ-CP và đang được cơ quan thu lưu giữ; dưới đây là kết quả kiểm tra chữ ký số khi tiếp nhận.",
    ),
    receipt_none: (
        "Không tìm thấy biên lai",
        "Không có biên lai nào mang mã tra cứu này. Hãy kiểm tra lại mã; nếu mã đúng như trên biên lai, biên lai đó không do hệ thống này phát hành.",
    ),
    receipt_form: "Mẫu số",
    receipt_symbol: "Ký hiệu",
    receipt_number: "Số",
    receipt_date: "Ngày",
    receipt_total: "Tổng số tiền",
    receipt_words: "Bằng chữ",
    receipt_body: "Cơ quan thu",
    receipt_signatures: "Chữ ký số khi tiếp nhận",
    receipt_notified: "Đã thông báo sai sót (mẫu 04/SS-CTĐT)",
    receipt_void_requested: "Đã có yêu cầu hủy, đang chờ phê duyệt, từ ngày",
    receipt_replaces: "Thay thế cho biên lai",
    receipt_replaced_by: "Được thay thế bằng biên lai",
    receipt_compare: "Hãy so sánh những thông tin này với biên lai đang giữ. Nếu khác, biên lai đó không đáng tin. Thông tin của người nộp không hiển thị ở đây.",
    receipt_check_file: "Kiểm tra chữ ký số của tệp biên lai",
    receipt_page: "Mở trang tra cứu của biên lai này",
};

static ENGLISH: Texts = Texts {
    code: "en",

    home_heading: "Check signed documents and electronic receipts",
    home_lead: "Public agencies sign documents and issue electronic receipts for fees and charges here. Anybody can check them, without an account.",
    home_code: "The code or the address for checks that stands on the receipt",
    home_look_up: "Look it up",
    home_more: "For auditors and programmers",
    home_checkpoint: "The newest checkpoint of the log of signatures (C2SP tlog-checkpoint)",
    home_api: "The programming interface (OpenAPI)",

    verify_heading: "Check a digital signature",
    verify_lead: "Checks a signed PDF document, or the XML file of an electronic receipt: who signed it, and whether it was changed afterwards.",
    verify_label: "Check a PDF or XML file",
    verify_button: "Check",
    verify_hint: "The file is used for the check only, and deleted right after it.",
    verify_again: "Check something else",
    scan_label: "Scan the QR code of a receipt",
    scan_hint: "Let the code fill the picture, in good light; or choose a picture that was taken before.",
    scan_button: "Check the picture",
    changed: "What was changed",
    signature_details: "Details of the signatures",

    unreadable: ("The file cannot be read", "It is neither PDF nor XML, or it is damaged."),
    too_large: ("The file is too large", "Please choose a smaller one."),
    no_file: ("No file was chosen", "Please choose a PDF or XML file, and press “Check”."),
    unavailable: (
        "It could not be checked",
        "The service is busy, or something is wrong with it. Please try again later.",
    ),

    no_code: (
        "No QR code of a receipt could be read in the picture",
        "Please take it again from nearer and in good light, with the whole code in it; or type the code that stands on the receipt.",
    ),
    code_right: ("The QR code is right", "The collecting body signed it, and it agrees with the receipt below."),
    code_same: ("The QR code agrees with the receipt", "It says the very same as the receipt below."),
    code_differs: (
        "The QR code is not that of the receipt as it was issued",
        "This paper may be forged or changed. Do not trust it; compare it with what stands below, and tell the collecting body.",
    ),
    code_foreign: (
        "This receipt was not issued here",
        "The QR code has the form of a receipt's, but there is no such receipt here. Please check it at the address on the receipt.",
    ),

    receipt_heading: "Check an electronic receipt",
    receipt_issued: ("The receipt is in force", "It was issued by the collecting body below."),
    receipt_replaced: ("The receipt was replaced", "It is no longer in force; see the one that replaces it."),
    receipt_voided: ("The receipt was voided", "It is no longer in force."),
    receipt_legacy: (
        "A receipt of the law before 1 July 2026",
        "It was issued under Decree 123/2020/NĐ-CP, and is kept by the collecting body; below is what the check of its signatures found when it came in.",
    ),
    receipt_none: (
        "There is no such receipt",
        "No receipt has this code. Please check the code; if it is the one on the receipt, that receipt was not issued here.",
    ),
    receipt_form: "Form",
    receipt_symbol: "Symbol",
    receipt_number: "Number",
    receipt_date: "Date",
    receipt_total: "Total",
    receipt_words: "In words",
    receipt_body: "Collecting body",
    receipt_signatures: "Signatures when it came in",
    receipt_notified: "Error notified (form 04/SS-CTĐT)",
    receipt_void_requested: "Voiding was asked for, and is not approved yet, since",
    receipt_replaces: "Replaces the receipt",
    receipt_replaced_by: "Replaced by the receipt",
    receipt_compare: "Compare this with the receipt at hand. If it differs, do not trust that receipt. Nothing about the payer is shown here.",
    receipt_check_file: "Check the digital signature of the receipt's file",
    receipt_page: "Open the page of this receipt",
};
