//! What people are told about signatures, in Vietnamese and English: one catalogue for the command line, the pages and the
//! certificate of validation. A text that is missing in one language does not compile.

pub mod acts;
pub mod audit;
mod folded;
pub mod registry;
pub mod sign_in;
mod sorted;
mod trouble;

pub use folded::{folded, unaccented};
pub use sorted::sort_key;
pub use trouble::trouble;

use std::fmt;
use time::format_description::well_known::Rfc3339;
use time::macros::offset;
use time::{OffsetDateTime, UtcOffset};

/// A language.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Language {
    /// Vietnamese.
    #[default]
    Vi,
    /// English.
    En,
}

impl Language {
    /// The one of two texts that is in this language.
    pub const fn pick<'a>(self, vi: &'a str, en: &'a str) -> &'a str {
        match self {
            Self::Vi => vi,
            Self::En => en,
        }
    }
}

/// What is said of one thing, in each language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// In Vietnamese.
    pub vi: String,
    /// In English.
    pub en: String,
}

impl Text {
    /// In Vietnamese and in English.
    pub fn new(vi: impl Into<String>, en: impl Into<String>) -> Self {
        Self { vi: vi.into(), en: en.into() }
    }

    /// In a language.
    pub fn of(&self, language: Language) -> &str {
        language.pick(&self.vi, &self.en)
    }
}

/// In both: Vietnamese first, English beside it.
impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} / {}", self.vi, self.en)
    }
}

/// What was said in both, in one of them; what was said in one only, as it is.
pub fn in_one(language: Language, text: &str) -> String {
    // what stands before the Vietnamese is said of both, such as the name of a field
    let (vi, en) = text.split_once(" / ").unwrap_or((text, text));
    language.pick(vi, en).to_owned()
}

/// A text in Vietnamese and in English, both formatted with the same values.
macro_rules! both {
    ($vi:literal, $en:literal $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::messages::Text::new(
            format_args!($vi $(, $name = $value)*).to_string(),
            format_args!($en $(, $name = $value)*).to_string(),
        )
    };
}
pub(crate) use both;

/// The words about verification in one language.
#[allow(missing_docs)] // each is named after what it says
pub struct Words {
    pub passed: (&'static str, &'static str),
    pub passed_changed: (&'static str, &'static str),
    pub failed: (&'static str, &'static str),
    pub indeterminate: (&'static str, &'static str),
    pub no_signature: (&'static str, &'static str),

    pub file: &'static str,
    pub signature: &'static str,
    pub timestamp: &'static str,
    pub signer: &'static str,
    pub unknown_signer: &'static str,
    pub organization: &'static str,
    pub tax_code: &'static str,
    pub certificate: &'static str,
    pub result: &'static str,
    pub result_passed: &'static str,
    pub result_failed: &'static str,
    pub result_indeterminate: &'static str,
    pub claimed_time: &'static str,
    pub proven_time: &'static str,
    pub not_proven: &'static str,
    pub content: &'static str,
    pub intact: &'static str,
    pub broken: &'static str,
    pub covers: &'static str,
    pub whole_file: &'static str,
    pub whole_revision: &'static str,
    pub partial: &'static str,
    pub not_told: &'static str,
    pub changes: &'static str,
    pub changes_none: &'static str,
    pub changes_permitted: &'static str,
    pub changes_seen: &'static str,
    pub changes_forbidden: &'static str,
    pub log: &'static str,
    pub log_proven: &'static str,
    pub log_absent: &'static str,
    pub log_invalid: &'static str,
    pub log_witnesses: &'static str,
    pub log_other: &'static str,
    pub reasons: &'static str,
    pub technical: &'static str,

    // the command line
    pub valid_one: &'static str,
    pub valid_all: &'static str,
    pub looks_different: &'static str,
    pub not_valid: &'static str,
    pub not_decided: &'static str,
    pub of: &'static str,
    pub check_text: &'static str,
    pub not_signed: &'static str,
    pub no_longer: &'static str,
    pub recorded: &'static str,
    pub later: &'static str,
    pub more_changes: &'static str,
    pub who: &'static str,
    pub when: &'static str,
    pub proof: &'static str,
    pub what: &'static str,
    pub log_line: &'static str,
    pub error: &'static str,
    pub note: &'static str,
    pub to_do: &'static str,
    pub claimed: &'static str,
    pub stamped: &'static str,
    pub not_said: &'static str,
    pub proven_by: &'static str,
    pub nothing_proves: &'static str,
    pub not_confirmed: &'static str,
    pub level: &'static str,

    // the certificate of validation
    pub certificate_title: &'static str,
    pub checked_at: &'static str,
    pub sha256: &'static str,
    pub by_standard: &'static str,
    pub not_signed_itself: &'static str,
    pub more_signatures: &'static str,

    // pages before and after
    pub compare_title: &'static str,
    pub compare_lead: &'static str,
    pub compare_footer: &'static str,
    pub after_signature: &'static str,
    pub field: &'static str,
    pub before: &'static str,
    pub after: &'static str,
    pub page: &'static str,
    pub page_was: &'static str,
    pub frame_forbidden: &'static str,
    pub frame_permitted: &'static str,
    pub page_changed: &'static str,
    pub page_added: &'static str,
    pub page_removed: &'static str,
    pub page_no_room: &'static str,
    pub page_not_drawn: &'static str,
    pub no_such_page: &'static str,
    pub found_in_words: &'static str,
    pub nothing_changed: &'static str,
    pub looks_the_same: &'static str,
    pub no_revision: &'static str,
    pub pages_left_out: &'static str,
    pub signatures_left_out: &'static str,
}

/// The words of a language.
pub const fn words(language: Language) -> &'static Words {
    match language {
        Language::Vi => &VIETNAMESE,
        Language::En => &ENGLISH,
    }
}

static VIETNAMESE: Words = Words {
    passed: ("Chữ ký hợp lệ", "Nội dung còn nguyên vẹn kể từ khi ký và chứng thư số của người ký hợp lệ."),
    passed_changed: (
        "Chữ ký hợp lệ, nhưng tệp trông khác lúc ký",
        "Phần đã ký còn nguyên vẹn và chứng thư số của người ký hợp lệ. Sau khi ký, tệp đã được điền hoặc ghi thêm theo quyền mà chữ ký cho phép: xem các thay đổi ở dưới.",
    ),
    failed: ("Chữ ký không hợp lệ", "Không nên tin tệp này. Lý do được nêu ở dưới."),
    indeterminate: (
        "Chưa đủ căn cứ để kết luận",
        "Chưa thể xác nhận chữ ký là hợp lệ. Điều còn thiếu được nêu ở dưới.",
    ),
    no_signature: ("Tệp không có chữ ký số", "Không có gì trong tệp cho biết ai đã ký."),

    file: "Tệp",
    signature: "Chữ ký",
    timestamp: "Dấu thời gian",
    signer: "Người ký",
    unknown_signer: "Không rõ",
    organization: "Tổ chức",
    tax_code: "Mã số thuế",
    certificate: "Chứng thư số",
    result: "Kết quả",
    result_passed: "Hợp lệ",
    result_failed: "Không hợp lệ",
    result_indeterminate: "Chưa kết luận được",
    claimed_time: "Thời điểm ký (theo người ký)",
    proven_time: "Có bằng chứng ký trước",
    not_proven: "Không có bằng chứng",
    content: "Nội dung đã ký",
    intact: "Phần đã ký còn nguyên vẹn",
    broken: "Đã bị thay đổi, hoặc không kiểm tra được",
    covers: "Phạm vi của chữ ký",
    whole_file: "Toàn bộ tệp",
    whole_revision: "Toàn bộ văn bản tại thời điểm ký",
    partial: "Chỉ một phần",
    not_told: "Không xác định được",
    changes: "Thay đổi sau khi ký",
    changes_none: "Không có",
    changes_permitted: "Chỉ những thay đổi được phép (như chữ ký tiếp theo)",
    changes_seen: "Có thay đổi được phép mà người đọc thấy (điền biểu mẫu, ghi thêm lên trang)",
    changes_forbidden: "Có thay đổi không được phép",
    log: "Nhật ký minh bạch",
    log_proven: "Chữ ký đã được ghi vào nhật ký",
    log_absent: "Không kèm bằng chứng",
    log_invalid: "Bằng chứng kèm theo không được chấp nhận",
    log_witnesses: "Nhân chứng đã xác nhận",
    log_other: "Có bằng chứng, chưa có khóa của nhật ký ấy để kiểm tra",
    reasons: "Lý do",
    technical: "Chi tiết kỹ thuật (tiếng Anh)",

    valid_one: "HỢP LỆ, chữ ký số có giá trị",
    valid_all: "HỢP LỆ, tất cả chữ ký số đều có giá trị",
    looks_different: "nhưng tệp trông khác lúc ký: xem các dòng “về sau”",
    not_valid: "KHÔNG HỢP LỆ, số chữ ký không đạt:",
    not_decided: "CHƯA KẾT LUẬN ĐƯỢC, số chữ ký chưa đủ căn cứ:",
    of: "trên tổng số",
    check_text: "CHƯA KẾT LUẬN ĐƯỢC, chưa có đủ dữ liệu để kiểm tra mã này",
    not_signed: "KHÔNG CÓ CHỮ KÝ SỐ",
    no_longer: "KHÔNG CÒN HIỆU LỰC",
    recorded: "Đã ghi vào nhật ký, bản ghi",
    later: "về sau",
    more_changes: "thay đổi nữa",
    who: "người ký",
    when: "lúc ký",
    proof: "bằng chứng",
    what: "nội dung",
    log_line: "nhật ký",
    error: "lỗi",
    note: "lưu ý",
    to_do: "cần làm",
    claimed: "theo người ký",
    stamped: "theo dịch vụ cấp dấu thời gian",
    not_said: "không nêu",
    proven_by: "dấu thời gian chứng minh đã ký trước",
    nothing_proves: "không có gì chứng minh thời điểm ký",
    not_confirmed: "chưa xác nhận được dấu thời gian, trong đó ghi",
    level: "mức",

    certificate_title: "Phiếu kết quả kiểm tra chữ ký số",
    checked_at: "Kiểm tra theo thời điểm",
    sha256: "Mã băm SHA-256 của tệp",
    by_standard: "Kiểm tra theo tiêu chuẩn ETSI EN 319 102-1. Kết quả chỉ đúng với tệp có mã băm nêu trên.",
    not_signed_itself: "Phiếu này không được ký số: hãy kiểm tra lại tệp gốc khi cần căn cứ pháp lý.",
    more_signatures: "Các chữ ký khác không nêu hết trên trang này:",

    compare_title: "So sánh văn bản lúc ký và hiện nay",
    compare_lead: "Chỉ những trang trông khác so với lúc ký được hiển thị. Chỗ khác nhau được đóng khung.",
    compare_footer: "Hình các trang do Dấu Son vẽ lại, chỉ để đối chiếu bằng mắt; căn cứ để kết luận là kết quả kiểm tra chữ ký.",
    after_signature: "Sau chữ ký",
    field: "Trường chữ ký",
    before: "Lúc ký",
    after: "Hiện nay",
    page: "Trang",
    page_was: "lúc ký là trang",
    frame_forbidden: "Khung đỏ: chỗ khác trên trang có thay đổi không được phép",
    frame_permitted: "Khung xanh, nét đứt: chỗ khác do thay đổi được phép, như điền biểu mẫu hoặc ký thêm",
    page_changed: "Số chỗ khác so với lúc ký",
    page_added: "Trang này được thêm sau khi ký.",
    page_removed: "Trang này đã bị bỏ đi sau khi ký.",
    page_no_room: "Trang này trông khác so với lúc ký; đã có quá nhiều hình nên không hiển thị thêm.",
    page_not_drawn: "Không vẽ được trang này nên không so sánh được.",
    no_such_page: "Không có trang này.",
    found_in_words: "Những thay đổi tìm thấy:",
    nothing_changed: "Không có gì thay đổi sau khi ký, ngoài dữ liệu phục vụ việc kiểm tra chữ ký về sau (nếu có).",
    looks_the_same: "Các trang trông vẫn như lúc ký.",
    no_revision: "Không xác định được văn bản lúc ký, nên không so sánh được.",
    pages_left_out: "Số trang chưa được so sánh vì văn bản quá dài hoặc vẽ quá lâu:",
    signatures_left_out: "Số chữ ký về sau không so sánh riêng (các thay đổi sau những chữ ký đó đã có ở trên):",
};

static ENGLISH: Words = Words {
    passed: ("The signature is valid", "The content is as it was signed, and the signer's certificate is good."),
    passed_changed: (
        "The signature is valid, but the file looks different from what was signed",
        "What was signed is unchanged, and the signer's certificate is good. Since then fields were filled or something was written on the pages, as the signature permits: the changes are given below.",
    ),
    failed: ("The signature is not valid", "Do not trust this file. The reason is given below."),
    indeterminate: ("It cannot be decided", "The signature could not be confirmed. What is missing is given below."),
    no_signature: ("The file has no digital signature", "Nothing in it says who signed it."),

    file: "File",
    signature: "Signature",
    timestamp: "Time-stamp",
    signer: "Signer",
    unknown_signer: "Unknown",
    organization: "Organization",
    tax_code: "Tax code",
    certificate: "Certificate",
    result: "Result",
    result_passed: "Valid",
    result_failed: "Not valid",
    result_indeterminate: "Not decided",
    claimed_time: "Time of signing (as the signer says)",
    proven_time: "Proven to be signed before",
    not_proven: "Not proven",
    content: "Signed content",
    intact: "What was signed is unchanged",
    broken: "Changed, or impossible to check",
    covers: "The signature covers",
    whole_file: "The whole file",
    whole_revision: "The whole document as it was when signed",
    partial: "A part only",
    not_told: "It cannot be told",
    changes: "Changes after signing",
    changes_none: "None",
    changes_permitted: "Permitted ones only (such as a further signature)",
    changes_seen: "Permitted ones that a reader sees (filled fields, what was written on pages)",
    changes_forbidden: "Some that are not permitted",
    log: "Transparency log",
    log_proven: "The signature is in the log",
    log_absent: "No proof comes with it",
    log_invalid: "The proof that comes with it does not count",
    log_witnesses: "Witnesses that have cosigned it",
    log_other: "There is a proof, and no key of that log is given to check it with",
    reasons: "Reasons",
    technical: "Technical details",

    valid_one: "VALID, its signature holds",
    valid_all: "VALID, all its signatures hold",
    looks_different: "but it looks different from what was signed: see the lines \"later\"",
    not_valid: "NOT VALID, signatures that failed:",
    not_decided: "NOT DECIDED, signatures that could not be judged:",
    of: "of",
    check_text: "NOT DECIDED, what is needed to check this code is not at hand",
    not_signed: "NOT SIGNED",
    no_longer: "NO LONGER IN FORCE",
    recorded: "On record in the log, entry",
    later: "later",
    more_changes: "more changes",
    who: "who",
    when: "when",
    proof: "proof",
    what: "what",
    log_line: "log",
    error: "error",
    note: "note",
    to_do: "to do",
    claimed: "as the signer says",
    stamped: "as the time-stamping authority says",
    not_said: "not said",
    proven_by: "a time-stamp proves that it was signed before",
    nothing_proves: "nothing proves the time",
    not_confirmed: "a time-stamp could not be confirmed, which says",
    level: "level",

    certificate_title: "Certificate of signature validation",
    checked_at: "Validated as of",
    sha256: "SHA-256 of the file",
    by_standard: "Validated by ETSI EN 319 102-1. The result holds for the file with the digest above only.",
    not_signed_itself: "This certificate is not signed itself: where proof is needed, validate the original file again.",
    more_signatures: "Further signatures that this page has no room for:",

    compare_title: "The document when signed and now",
    compare_lead: "Only pages that look other than when signed are shown. What differs is framed.",
    compare_footer: "The pictures are drawn by Dấu Son to be compared by eye; what counts is the result of checking the signatures.",
    after_signature: "After signature",
    field: "Field",
    before: "When signed",
    after: "Now",
    page: "Page",
    page_was: "when signed, page",
    frame_forbidden: "Red frame: what differs on a page with changes that are not permitted",
    frame_permitted: "Blue broken frame: what differs by permitted changes, such as filling in a form or a further signature",
    page_changed: "Places that differ from what was signed",
    page_added: "This page was added after signing.",
    page_removed: "This page was removed after signing.",
    page_no_room: "This page looks other than when signed; there are too many pictures to show it.",
    page_not_drawn: "This page cannot be drawn, so it could not be compared.",
    no_such_page: "There is no such page.",
    found_in_words: "What was found to have changed:",
    nothing_changed: "Nothing changed after signing, but for data that serves to check signatures later, if any.",
    looks_the_same: "The pages look as they did when signed.",
    no_revision: "It cannot be told what was signed, so nothing can be compared.",
    pages_left_out: "Pages that were not compared, because the document is too long or takes too long to draw:",
    signatures_left_out: "Later signatures that are not compared on their own (what came after them is shown above):",
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
        "REVOKED" => (
            "Chứng thư số của người ký đã bị thu hồi trước khi ký.",
            "The signer's certificate was revoked before it was used.",
        ),
        "REVOKED_NO_POE" => ("Chứng thư số của người ký đã bị thu hồi.", "The signer's certificate was revoked."),
        "REVOKED_CA_NO_POE" => {
            ("Chứng thư số của tổ chức chứng thực đã bị thu hồi.", "The certificate of the authority was revoked.")
        }
        "EXPIRED" => ("Ký sau khi chứng thư số đã hết hạn.", "It was signed after the certificate had expired."),
        "OUT_OF_BOUNDS_NO_POE" | "OUT_OF_BOUNDS_NOT_REVOKED" => (
            "Chứng thư số đã hết hạn hoặc chưa có hiệu lực, và không có bằng chứng là đã ký khi chứng thư còn hiệu lực.",
            "The certificate has expired or is not valid yet, and nothing proves that it was valid when signing.",
        ),
        "NOT_YET_VALID" => ("Ký trước khi chứng thư số có hiệu lực.", "Signed before the certificate became valid."),
        "NO_CERTIFICATE_CHAIN_FOUND" | "CERTIFICATE_CHAIN_GENERAL_FAILURE" => (
            "Chứng thư số của người ký không do một tổ chức mà hệ thống này tin cậy cấp.",
            "The signer's certificate does not come from an authority that is trusted here.",
        ),
        "NO_CERTIFICATE_CHAIN_FOUND_NO_POE" => (
            "Tổ chức cấp chứng thư số không còn được tin cậy, và không có bằng chứng là đã ký khi còn được tin cậy.",
            "The authority is not trusted any more, and nothing proves that it was when signing.",
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
        "NO_POE" | "REVOCATION_OUT_OF_BOUNDS_NO_POE" => {
            ("Thiếu bằng chứng về thời điểm ký.", "The time of signing is not proven.")
        }
        "SIGNED_DATA_NOT_FOUND" => ("Không tìm thấy nội dung đã ký.", "The signed content was not found."),
        _ => ("Không kiểm tra được chữ ký.", "The signature could not be checked."),
    };
    match language {
        Language::Vi => vietnamese,
        Language::En => english,
    }
}

/// What can be done about it on the command line.
pub fn advice(language: Language, code: &str) -> &'static str {
    let (vietnamese, english) = match code {
        "FORMAT_FAILURE" | "HASH_FAILURE" | "SIG_CRYPTO_FAILURE" | "SIGNED_DATA_NOT_FOUND" => (
            "không sử dụng tệp này; đề nghị nơi gửi cung cấp lại bản gốc",
            "do not use this file; ask whoever sent it for the original",
        ),
        "REVOKED" | "EXPIRED" | "NOT_YET_VALID" => (
            "đề nghị người ký ký lại bằng chứng thư số đang có hiệu lực",
            "ask the signer to sign again with a certificate that is valid",
        ),
        "REVOKED_NO_POE"
        | "REVOKED_CA_NO_POE"
        | "OUT_OF_BOUNDS_NO_POE"
        | "OUT_OF_BOUNDS_NOT_REVOKED"
        | "NO_POE"
        | "REVOCATION_OUT_OF_BOUNDS_NO_POE"
        | "NO_CERTIFICATE_CHAIN_FOUND_NO_POE" => (
            "tìm bản có dấu thời gian và dữ liệu lưu trữ (B-LTA) nếu có; nếu không, đề nghị ký lại",
            "look for a copy with time-stamps and archived data (B-LTA); if there is none, ask for a new signature",
        ),
        "NO_CERTIFICATE_CHAIN_FOUND" | "CERTIFICATE_CHAIN_GENERAL_FAILURE" => (
            "nếu tin cậy tổ chức cấp chứng thư số, hãy chỉ ra chứng thư gốc bằng --trust, chứng thư trung gian bằng --cert",
            "if you trust the authority, give its root certificate with --trust, and those between with --cert",
        ),
        "NO_SIGNING_CERTIFICATE_FOUND" => {
            ("hãy cung cấp chứng thư số của người ký bằng --cert", "give the signer's certificate with --cert")
        }
        "CHAIN_CONSTRAINTS_FAILURE" | "SIG_CONSTRAINTS_FAILURE" => (
            "đề nghị người ký dùng chứng thư số dành cho ký văn bản",
            "ask the signer for a signature with a certificate that is meant for documents",
        ),
        "CRYPTO_CONSTRAINTS_FAILURE" | "CRYPTO_CONSTRAINTS_FAILURE_NO_POE" => {
            ("đề nghị ký lại bằng thuật toán hiện hành", "ask for a signature with today's algorithms")
        }
        "TRY_LATER" => (
            "cung cấp danh sách thu hồi (--crl) hoặc trả lời OCSP (--ocsp), hoặc thử lại sau",
            "give a revocation list (--crl) or an OCSP response (--ocsp), or try again later",
        ),
        "TIMESTAMP_ORDER_FAILURE" => (
            "không dựa vào thời điểm ký của tệp này; đề nghị ký lại",
            "do not rely on the times in this file; ask for a new signature",
        ),
        _ => ("đề nghị người ký kiểm tra lại", "ask the signer to look into it"),
    };
    match language {
        Language::Vi => vietnamese,
        Language::En => english,
    }
}

/// Why there is no path to a trust anchor where the certificate of this issuer is not at hand, in Vietnamese: in English the message says it.
pub fn no_path(name: &str) -> String {
    format!(
        "Thiếu chứng thư của “{name}”, nên chưa nối được chứng thư số của người ký với một tổ chức mà hệ thống này tin cậy."
    )
}

/// Where the certificate of an issuer can be had that is not at hand.
pub fn missing_issuer(language: Language, name: &str, addresses: &[String]) -> String {
    match (language, addresses) {
        (Language::Vi, []) => format!("tìm chứng thư của “{name}” rồi cung cấp bằng --cert"),
        (Language::Vi, all) => format!("tải chứng thư của “{name}” tại {} rồi cung cấp bằng --cert", all.join(", ")),
        (Language::En, []) => format!("find the certificate of “{name}” and give it with --cert"),
        (Language::En, all) => {
            format!("get the certificate of “{name}” from {} and give it with --cert", all.join(", "))
        }
    }
}

/// Vietnam's time.
pub const VIETNAM: UtcOffset = offset!(+7);

/// What a remark means that does not decide, in Vietnamese: in English its message says it.
pub fn remark(code: &str) -> &'static str {
    match code {
        "APPENDED_BLANK" => "Có khoảng trắng hoặc chú thích sau phần cuối của tệp; nội dung không bị ảnh hưởng.",
        "TIMESTAMP_NOT_USED" => "Có dấu thời gian không dùng được làm bằng chứng.",
        "TIMESTAMP_WEAK_DIGEST" => "Dấu thời gian dùng thuật toán băm cũ.",
        "REVOCATION_DATA_OLDER" => "Dữ liệu về tình trạng thu hồi có trước thời điểm ký.",
        "CERTIFICATE_PATH" => "Lưu ý về chứng thư số.",
        "COSIGNATURE_TIME" => "Xác nhận của một nhân chứng không được tính: thời điểm ghi trong đó không thể đúng.",
        "LOG_PROOF_INVALID" => "Bằng chứng của nhật ký không đúng.",
        "NO_TRUST_ANCHORS" => "Chưa có chứng thư gốc nào được tin cậy; hãy chỉ ra bằng --trust.",
        "PARTLY_SIGNED" => "Chỉ một phần của tệp được ký.",
        "SIGNED_ATTRIBUTES_NOT_DER" => "Chữ ký được mã hóa không đúng chuẩn DER.",
        "RECEIPT_DIFFERS" => "Mã kiểm tra không khớp với biên lai đã phát hành.",
        "RECEIPT_NOT_AT_HAND" => "Không có biên lai để đối chiếu; chỉ đọc được mã kiểm tra.",
        "RECEIPT_SAID" => "Chữ ký của mã này đúng; hãy so số, ngày và số tiền dưới đây với tờ biên lai.",
        "RECEIPT_COPY" => {
            "Tệp PDF là bản thể hiện lại, không có chữ ký riêng; kết quả kiểm tra tệp XML đã ký đính kèm, số biên lai và số tiền ở dưới."
        }
        "RECEIPT_REPLACED" => "Biên lai đã bị thay thế.",
        "RECEIPT_VOIDED" => "Biên lai đã bị hủy.",
        "RECEIPT_NOTIFIED" => "Sai sót của biên lai đã được thông báo (mẫu 04/SS-CTĐT).",
        "RECEIPT_VOID_REQUESTED" => "Đã có yêu cầu hủy biên lai, đang chờ phê duyệt.",
        _ => "",
    }
}

/// A time in a sentence, RFC 3339.
pub fn at(time: OffsetDateTime) -> String {
    time.format(&Rfc3339).unwrap_or_default()
}

/// `24/11/2026 08:30:15 (GMT+7)`, in Vietnam's time.
pub fn moment(time: OffsetDateTime) -> String {
    let at = time.to_offset(VIETNAM);
    let (day, month, year) = (at.day(), u8::from(at.month()), at.year());
    format!("{day:02}/{month:02}/{year:04} {:02}:{:02}:{:02} (GMT+7)", at.hour(), at.minute(), at.second())
}

/// The same of a time that is written as RFC 3339 has it; what is no time as it stands.
pub fn moment_of(text: &str) -> String {
    OffsetDateTime::parse(text, &Rfc3339).map_or_else(|_| text.to_owned(), moment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_shown_in_vietnam() {
        assert_eq!(moment_of("2026-11-23T18:30:15Z"), "24/11/2026 01:30:15 (GMT+7)");
        assert_eq!(moment_of("sometime"), "sometime");
    }

    #[test]
    fn of_two_languages_one_is_read() {
        let said = "phải có / must be given";
        assert_eq!(
            (in_one(Language::Vi, said), in_one(Language::En, said)),
            ("phải có".into(), "must be given".into())
        );
        assert_eq!(in_one(Language::En, "x"), "x");
    }
}
