//! Every word of the pages, in both languages. A text that is missing in one of them does not compile.

use super::Language;

/// The words of one language.
pub struct Texts {
    /// The language's code.
    pub code: &'static str,
    pub brand: &'static str,
    pub skip: &'static str,
    /// The other language, in its own words, and its code.
    pub other_language: &'static str,
    pub other_code: &'static str,
    pub footer: &'static str,

    pub verify_heading: &'static str,
    pub verify_lead: &'static str,
    pub verify_label: &'static str,
    pub verify_button: &'static str,
    pub verify_hint: &'static str,
    pub verify_again: &'static str,

    pub passed: (&'static str, &'static str),
    pub failed: (&'static str, &'static str),
    pub indeterminate: (&'static str, &'static str),
    pub no_signature: (&'static str, &'static str),
    pub unreadable: (&'static str, &'static str),
    pub too_large: (&'static str, &'static str),
    pub no_file: (&'static str, &'static str),
    pub unavailable: (&'static str, &'static str),

    pub file: &'static str,
    pub signature: &'static str,
    pub timestamp: &'static str,
    pub signer: &'static str,
    pub unknown_signer: &'static str,
    pub organization: &'static str,
    pub tax_code: &'static str,
    pub result: &'static str,
    pub result_passed: &'static str,
    pub result_failed: &'static str,
    pub result_indeterminate: &'static str,
    pub claimed_time: &'static str,
    pub proven_time: &'static str,
    pub content: &'static str,
    pub intact: &'static str,
    pub broken: &'static str,
    pub covers: &'static str,
    pub whole_file: &'static str,
    pub whole_revision: &'static str,
    pub partial: &'static str,
    pub changes: &'static str,
    pub changes_none: &'static str,
    pub changes_permitted: &'static str,
    pub changes_forbidden: &'static str,
    pub log: &'static str,
    pub log_proven: &'static str,
    pub log_absent: &'static str,
    pub log_invalid: &'static str,
    pub log_other: &'static str,
    pub reasons: &'static str,
    pub technical: &'static str,

    pub receipt_heading: &'static str,
    pub receipt_issued: (&'static str, &'static str),
    pub receipt_replaced: (&'static str, &'static str),
    pub receipt_voided: (&'static str, &'static str),
    pub receipt_none: (&'static str, &'static str),
    pub receipt_form: &'static str,
    pub receipt_symbol: &'static str,
    pub receipt_number: &'static str,
    pub receipt_date: &'static str,
    pub receipt_total: &'static str,
    pub receipt_words: &'static str,
    pub receipt_body: &'static str,
    pub receipt_replaces: &'static str,
    pub receipt_replaced_by: &'static str,
    pub receipt_compare: &'static str,
    pub receipt_check_file: &'static str,
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
    brand: "Dấu son",
    skip: "Đến nội dung chính",
    other_language: "English",
    other_code: "en",
    footer: "Trang này không dùng cookie và không lưu thông tin của người xem.",

    verify_heading: "Kiểm tra chữ ký số",
    verify_lead: "Kiểm tra văn bản PDF đã ký số hoặc tệp XML của biên lai điện tử: ai đã ký, nội dung có bị sửa sau khi ký hay không.",
    verify_label: "Kéo tệp vào ô dưới đây hoặc bấm để chọn tệp",
    verify_button: "Kiểm tra",
    verify_hint: "Tệp chỉ dùng để kiểm tra và được xóa ngay sau đó.",
    verify_again: "Kiểm tra tệp khác",

    passed: ("Chữ ký hợp lệ", "Nội dung còn nguyên vẹn kể từ khi ký và chứng thư số của người ký hợp lệ."),
    failed: ("Chữ ký không hợp lệ", "Không nên tin tệp này. Lý do được nêu ở dưới."),
    indeterminate: (
        "Chưa đủ căn cứ để kết luận",
        "Chưa thể xác nhận chữ ký là hợp lệ. Điều còn thiếu được nêu ở dưới.",
    ),
    no_signature: ("Tệp không có chữ ký số", "Không có gì trong tệp cho biết ai đã ký."),
    unreadable: ("Không đọc được tệp", "Tệp không phải là PDF hoặc XML, hoặc đã bị hỏng."),
    too_large: ("Tệp quá lớn", "Hãy chọn tệp nhỏ hơn."),
    no_file: ("Chưa chọn tệp", "Hãy chọn một tệp PDF hoặc XML rồi bấm “Kiểm tra”."),
    unavailable: ("Chưa kiểm tra được", "Hệ thống đang bận hoặc gặp sự cố. Hãy thử lại sau ít phút."),

    file: "Tệp",
    signature: "Chữ ký",
    timestamp: "Dấu thời gian",
    signer: "Người ký",
    unknown_signer: "Không rõ",
    organization: "Tổ chức",
    tax_code: "Mã số thuế",
    result: "Kết quả",
    result_passed: "Hợp lệ",
    result_failed: "Không hợp lệ",
    result_indeterminate: "Chưa kết luận được",
    claimed_time: "Thời điểm ký (theo người ký)",
    proven_time: "Có bằng chứng ký trước",
    content: "Nội dung đã ký",
    intact: "Nguyên vẹn",
    broken: "Đã bị thay đổi, hoặc không kiểm tra được",
    covers: "Phạm vi của chữ ký",
    whole_file: "Toàn bộ tệp",
    whole_revision: "Toàn bộ văn bản tại thời điểm ký",
    partial: "Chỉ một phần",
    changes: "Thay đổi sau khi ký",
    changes_none: "Không có",
    changes_permitted: "Chỉ những thay đổi được phép (như chữ ký tiếp theo)",
    changes_forbidden: "Có thay đổi không được phép",
    log: "Nhật ký minh bạch",
    log_proven: "Chữ ký đã được ghi vào nhật ký",
    log_absent: "Không kèm bằng chứng",
    log_invalid: "Bằng chứng kèm theo không đúng",
    log_other: "Có bằng chứng của nhật ký khác, không kiểm tra được ở đây",
    reasons: "Lý do",
    technical: "Chi tiết kỹ thuật (tiếng Anh)",

    receipt_heading: "Tra cứu biên lai điện tử",
    receipt_issued: ("Biên lai có hiệu lực", "Biên lai này do cơ quan thu dưới đây phát hành."),
    receipt_replaced: ("Biên lai đã bị thay thế", "Biên lai này không còn hiệu lực; hãy xem biên lai thay thế."),
    receipt_voided: ("Biên lai đã bị hủy", "Biên lai này không còn hiệu lực."),
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
    receipt_replaces: "Thay thế cho biên lai",
    receipt_replaced_by: "Được thay thế bằng biên lai",
    receipt_compare: "Hãy so sánh những thông tin này với biên lai đang giữ. Nếu khác, biên lai đó không đáng tin. Thông tin của người nộp không hiển thị ở đây.",
    receipt_check_file: "Kiểm tra chữ ký số của tệp biên lai",
};

static ENGLISH: Texts = Texts {
    code: "en",
    brand: "Dấu son",
    skip: "To the main content",
    other_language: "Tiếng Việt",
    other_code: "vi",
    footer: "This page uses no cookies and keeps nothing about its visitors.",

    verify_heading: "Check a digital signature",
    verify_lead: "Checks a signed PDF document, or the XML file of an electronic receipt: who signed it, and whether it was changed afterwards.",
    verify_label: "Drop a file on the field below, or click to choose one",
    verify_button: "Check",
    verify_hint: "The file is used for the check only, and deleted right after it.",
    verify_again: "Check another file",

    passed: ("The signature is valid", "The content is as it was signed, and the signer's certificate is good."),
    failed: ("The signature is not valid", "Do not trust this file. The reason is given below."),
    indeterminate: ("It cannot be decided", "The signature could not be confirmed. What is missing is given below."),
    no_signature: ("The file has no digital signature", "Nothing in it says who signed it."),
    unreadable: ("The file cannot be read", "It is neither PDF nor XML, or it is damaged."),
    too_large: ("The file is too large", "Please choose a smaller one."),
    no_file: ("No file was chosen", "Please choose a PDF or XML file, and press “Check”."),
    unavailable: (
        "It could not be checked",
        "The service is busy, or something is wrong with it. Please try again later.",
    ),

    file: "File",
    signature: "Signature",
    timestamp: "Time-stamp",
    signer: "Signer",
    unknown_signer: "Unknown",
    organization: "Organization",
    tax_code: "Tax code",
    result: "Result",
    result_passed: "Valid",
    result_failed: "Not valid",
    result_indeterminate: "Not decided",
    claimed_time: "Time of signing (as the signer says)",
    proven_time: "Proven to be signed before",
    content: "Signed content",
    intact: "Unchanged",
    broken: "Changed, or impossible to check",
    covers: "The signature covers",
    whole_file: "The whole file",
    whole_revision: "The whole document as it was when signed",
    partial: "A part only",
    changes: "Changes after signing",
    changes_none: "None",
    changes_permitted: "Permitted ones only (such as a further signature)",
    changes_forbidden: "Some that are not permitted",
    log: "Transparency log",
    log_proven: "The signature is in the log",
    log_absent: "No proof comes with it",
    log_invalid: "The proof that comes with it is wrong",
    log_other: "There is a proof of another log, which cannot be checked here",
    reasons: "Reasons",
    technical: "Technical details",

    receipt_heading: "Check an electronic receipt",
    receipt_issued: ("The receipt is in force", "It was issued by the collecting body below."),
    receipt_replaced: ("The receipt was replaced", "It is no longer in force; see the one that replaces it."),
    receipt_voided: ("The receipt was voided", "It is no longer in force."),
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
    receipt_replaces: "Replaces the receipt",
    receipt_replaced_by: "Replaced by the receipt",
    receipt_compare: "Compare this with the receipt at hand. If it differs, do not trust that receipt. Nothing about the payer is shown here.",
    receipt_check_file: "Check the digital signature of the receipt's file",
};

/// What a sub-indication (ETSI EN 319 102-1) means to somebody who is no expert.
pub fn reason(language: Language, code: &str) -> &'static str {
    let (vietnamese, english) = match code {
        "FORMAT_FAILURE" => (
            "Tệp hoặc chữ ký không đúng định dạng, hoặc tệp đã bị sửa sau khi ký theo cách không được phép.",
            "The file or the signature is malformed, or the file was changed after signing in a way that is not permitted.",
        ),
        "HASH_FAILURE" => ("Nội dung đã bị sửa sau khi ký.", "The content was changed after signing."),
        "SIG_CRYPTO_FAILURE" => (
            "Chữ ký không khớp với chứng thư số của người ký.",
            "The signature does not belong to the signer's certificate.",
        ),
        "REVOKED" | "REVOKED_NO_POE" => {
            ("Chứng thư số của người ký đã bị thu hồi.", "The signer's certificate was revoked.")
        }
        "REVOKED_CA_NO_POE" => {
            ("Chứng thư số của tổ chức chứng thực đã bị thu hồi.", "The certificate of the authority was revoked.")
        }
        "EXPIRED" | "OUT_OF_BOUNDS_NO_POE" | "OUT_OF_BOUNDS_NOT_REVOKED" => (
            "Chứng thư số đã hết hạn hoặc chưa có hiệu lực, và không có bằng chứng là đã ký khi chứng thư còn hiệu lực.",
            "The certificate has expired or is not valid yet, and nothing proves that it was valid when signing.",
        ),
        "NOT_YET_VALID" => ("Ký trước khi chứng thư số có hiệu lực.", "Signed before the certificate became valid."),
        "NO_CERTIFICATE_CHAIN_FOUND" | "CERTIFICATE_CHAIN_GENERAL_FAILURE" => (
            "Chứng thư số của người ký không do một tổ chức mà hệ thống này tin cậy cấp.",
            "The signer's certificate does not come from an authority that is trusted here.",
        ),
        "NO_SIGNING_CERTIFICATE_FOUND" => {
            ("Không tìm thấy chứng thư số của người ký.", "The signer's certificate was not found.")
        }
        "CHAIN_CONSTRAINTS_FAILURE" | "SIG_CONSTRAINTS_FAILURE" => (
            "Chữ ký hoặc chứng thư số không đáp ứng điều kiện để ký văn bản.",
            "The signature or the certificate does not meet the conditions for signing documents.",
        ),
        "CRYPTO_CONSTRAINTS_FAILURE" | "CRYPTO_CONSTRAINTS_FAILURE_NO_POE" => {
            ("Thuật toán của chữ ký không còn an toàn.", "The signature's algorithm is no longer secure.")
        }
        "TRY_LATER" => (
            "Chưa có dữ liệu để biết chứng thư số có bị thu hồi hay không.",
            "Whether the certificate was revoked is not known here.",
        ),
        "TIMESTAMP_ORDER_FAILURE" => {
            ("Thứ tự các dấu thời gian không hợp lý.", "The time-stamps contradict each other.")
        }
        "NO_POE" => ("Thiếu bằng chứng về thời điểm ký.", "The time of signing is not proven."),
        "SIGNED_DATA_NOT_FOUND" => ("Không tìm thấy nội dung đã ký.", "The signed content was not found."),
        _ => ("Không kiểm tra được chữ ký.", "The signature could not be checked."),
    };
    match language {
        Language::Vi => vietnamese,
        Language::En => english,
    }
}
