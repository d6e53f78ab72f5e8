//! What an auditor is told of rows of the database that are not as the log records them.

use super::Text;

/// How much does not agree.
pub fn agreement(faults: u64) -> Text {
    match faults {
        0 => Text::new("mọi thứ khớp nhau", "everything agrees"),
        1 => Text::new("có một điều không khớp", "one thing does not agree"),
        many => Text::new(format!("có {many} điều không khớp"), format!("{many} things do not agree")),
    }
}

/// A row of the database, as people know it.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)] // each is named after what it is
pub enum Kept<'a> {
    Unit(&'a str),
    Plan(&'a str),
    Series(&'a str),
    Range(&'a str),
    Key(&'a str),
    User(&'a str),
    Office(&'a str),
    Figure(&'a str),
    Passkey(&'a str),
    Identity(&'a str),
    Ca(&'a str),
    Certificate { ca: &'a str, serial: &'a str },
    Document { id: &'a str, version: u32 },
    Receipt(&'a str),
    Filing(&'a str),
    Shift(&'a str),
    Legacy(&'a str),
}

impl Kept<'_> {
    fn name(self) -> Text {
        match self {
            Self::Unit(id) => Text::new(format!("đơn vị {id}"), format!("unit {id}")),
            Self::Plan(id) => Text::new(format!("kế hoạch về đơn vị {id}"), format!("plan for units {id}")),
            Self::Series(id) => Text::new(format!("dải biên lai {id}"), format!("series {id}")),
            Self::Range(id) => {
                Text::new(format!("khoảng số ủy quyền từ {id}"), format!("the delegated numbers from {id}"))
            }
            Self::Key(id) => Text::new(format!("khóa ký {id}"), format!("signing key {id}")),
            Self::User(login) => Text::new(format!("tài khoản {login}"), format!("account {login}")),
            Self::Office(id) => Text::new(format!("chức vụ {id}"), format!("office {id}")),
            Self::Figure(what) => Text::new(format!("số liệu đã nộp {what}"), format!("figure handed in {what}")),
            Self::Passkey(id) => Text::new(format!("khóa truy cập {id}"), format!("passkey {id}")),
            Self::Identity(id) => Text::new(format!("định danh đăng nhập {id}"), format!("identity {id}")),
            Self::Ca(id) => Text::new(format!("CA nội bộ {id}"), format!("built-in CA {id}")),
            Self::Certificate { ca, serial } => Text::new(
                format!("chứng thư số {serial} do CA nội bộ {ca} cấp"),
                format!("certificate {serial} of the built-in CA {ca}"),
            ),
            Self::Document { id, version } => {
                Text::new(format!("văn bản {id}, bản {version}"), format!("document {id}, version {version}"))
            }
            Self::Receipt(id) => Text::new(format!("biên lai {id}"), format!("receipt {id}")),
            Self::Filing(id) => Text::new(format!("bảng tổng hợp ngày {id}"), format!("daily report {id}")),
            Self::Shift(id) => Text::new(format!("ca thu {id}"), format!("shift {id}")),
            Self::Legacy(id) => {
                Text::new(format!("biên lai trước đây {id}"), format!("receipt of the law before {id}"))
            }
        }
    }

    /// What may have been changed of it.
    fn parts(self) -> (&'static str, &'static str) {
        match self {
            Self::Unit(_) => (
                "tên, mã số thuế, địa chỉ, điện thoại, tài khoản, khóa ký, đơn vị cấp trên, loại, mã định danh, hoặc việc đổi tên, sáp nhập, giải thể",
                "its name, tax code, address, telephone, account, key, the unit above it, its kind, its agency code, or whether it was renamed, merged or closed",
            ),
            Self::Plan(_) => (
                "đơn vị, loại, ngày, căn cứ, đơn vị tiếp nhận, tên mới, hoặc việc rút lại và thực hiện",
                "its units, kind, day, decision, the unit in their place, the name, or whether it was withdrawn or done",
            ),
            Self::Series(_) => (
                "đơn vị, số cuối, kênh thu, thông tin đăng ký, hoặc việc mở và đóng",
                "its unit, last number, channel, registration, or when it was opened or closed",
            ),
            Self::Range(_) => (
                "số cuối, đơn vị được ủy quyền, hoặc việc giao và trả lại",
                "its last number, its delegate, or when it was delegated or given back",
            ),
            Self::Key(_) => (
                "đơn vị, chứng thư số, mã PIN, người giữ khóa, hạn mức, hoặc việc dừng, thay, hủy khóa",
                "its unit, certificate, PIN, custodians, quota, or whether it was stopped, replaced or destroyed",
            ),
            Self::User(_) => (
                "tên, đơn vị, mật khẩu và yếu tố thứ hai, hoặc việc khóa tài khoản",
                "its name, unit, password and second factor, or whether it is disabled",
            ),
            Self::Office(_) => (
                "người giữ, đơn vị, vai trò, chức danh, khóa ký hoặc thời hạn",
                "who holds it, its unit, role, title, key or days",
            ),
            Self::Figure(_) => ("giá trị hoặc thời điểm nộp", "its value, or when it was handed in"),
            Self::Passkey(_) => (
                "người giữ, khóa công khai, tên, hoặc việc đăng ký và thu hồi",
                "whose it is, its public key, name, or when it was registered or revoked",
            ),
            Self::Identity(_) => (
                "tài khoản, hệ thống định danh, mã người dùng, hoặc việc gắn và gỡ",
                "its account, provider, subject, or when it was bound or ended",
            ),
            Self::Ca(_) => ("khóa của CA", "its key"),
            Self::Certificate { .. } => {
                ("chứng thư số, hoặc việc thu hồi và lý do", "what it is, or whether, when and why it was revoked")
            }
            Self::Document { .. } => (
                "đơn vị, tên, tệp, số trang, số chữ ký, thứ tự hoặc thời điểm",
                "its unit, name, file, pages, signatures, place or time",
            ),
            Self::Receipt(_) => (
                "yêu cầu đã lập biên lai, kênh thu hoặc mục lục ngân sách",
                "the request that it was issued for, its channel or its items of the state budget",
            ),
            Self::Filing(_) => (
                "đơn vị, ngày, lần bổ sung, nội dung, hoặc biến động cuối cùng đã tính",
                "its unit, day, amendment, content, or the last event that it tells of",
            ),
            Self::Shift(_) => (
                "đơn vị, người thu, thời điểm chốt, hoặc biến động cuối cùng đã tính",
                "its unit, cashier, time, or the last event that it counts",
            ),
            Self::Legacy(_) => (
                "đơn vị, ngày, số tiền, mã tra cứu, hoặc kết quả kiểm tra lúc tiếp nhận",
                "its unit, date, total, code, or what was found when it came in",
            ),
        }
    }

    /// Something of it is not as the log records it.
    pub fn changed(self) -> Text {
        let (name, (vi, en)) = (self.name(), self.parts());
        Text::new(
            format!("{}: {vi} không đúng như nhật ký đã ghi", name.vi),
            format!("{}: {en} is not as the log records it", name.en),
        )
    }

    /// It is in the database, and the log knows nothing of it.
    pub fn added(self) -> Text {
        let name = self.name();
        Text::new(
            format!("{}: có trong cơ sở dữ liệu nhưng nhật ký không ghi", name.vi),
            format!("{}: it is in the database, and the log does not have it", name.en),
        )
    }

    /// The newest list of a CA was made at another time than the database says.
    pub fn misdated(self) -> Text {
        let name = self.name();
        Text::new(
            format!("{}: danh sách thu hồi không phải lập vào thời điểm ghi trong cơ sở dữ liệu", name.vi),
            format!("{}: its revocation list was not made when the database says", name.en),
        )
    }

    /// It is revoked, and the CA's newest list does not say so; or the other way round.
    pub fn unlisted(self) -> Text {
        let name = self.name();
        Text::new(
            format!("{}: danh sách thu hồi mới nhất không nêu đúng tình trạng của chứng thư", name.vi),
            format!("{}: the CA's newest revocation list does not say of it what the database does", name.en),
        )
    }
}

/// What a table keeps, in both languages.
fn rows_of(table: &str) -> Text {
    let (vi, en) = match table {
        "unit_plan" => ("kế hoạch về đơn vị", "a plan for units"),
        "series" => ("dải biên lai", "a series"),
        "series_range" => ("khoảng số ủy quyền", "delegated numbers"),
        "signing_key" => ("khóa ký", "a signing key"),
        "user" => ("tài khoản", "an account"),
        "office" => ("chức vụ", "an office"),
        "handed_figure" => ("số liệu đã nộp", "a figure that was handed in"),
        "passkey" => ("khóa truy cập", "a passkey"),
        "identity" => ("định danh đăng nhập", "an identity"),
        "authority_ca" => ("CA nội bộ", "a built-in CA"),
        "issued_certificate" => ("chứng thư số do CA nội bộ cấp", "a certificate of a built-in CA"),
        other => return Text::new(format!("dòng của bảng {other}"), format!("a row of the table {other}")),
    };
    Text::new(vi, en)
}

/// The log has a row of a table, which the newest of its entries about it tells of, and the database does not.
pub fn removed(table: &str, entry: u64) -> Text {
    let rows = rows_of(table);
    Text::new(
        format!("bản ghi {entry} của nhật ký nói về một {}, nay không còn trong cơ sở dữ liệu", rows.vi),
        format!("entry {entry} is about {}, which is not in the database any more", rows.en),
    )
}

/// A count of the figures is not what the rows come to that it counts, `2026-11 xa-son-mau fee CTBS`.
pub fn miscounted(what: &str) -> Text {
    Text::new(
        format!("số liệu thống kê {what}: không bằng tổng của các dòng mà nó đếm"),
        format!("figure {what}: it is not what the rows come to that it counts"),
    )
}

/// The rows cannot be read that figures count.
pub fn uncountable(why: &str) -> Text {
    Text::new(
        format!("số liệu thống kê: không đọc được các dòng mà nó đếm ({why})"),
        format!("figures: the rows that they count cannot be read ({why})"),
    )
}

/// The log has more or fewer versions of documents than the database.
pub fn documents(logged: u64, kept: u64) -> Text {
    Text::new(
        format!("nhật ký ghi {logged} bản của các văn bản đã lưu, cơ sở dữ liệu có {kept}"),
        format!("the log records {logged} versions of stored documents, the database has {kept}"),
    )
}

/// A key made more signatures in one hour than it may.
pub fn over_quota(key: &str, made: u32, quota: u32) -> Text {
    Text::new(
        format!("khóa ký {key}: nhật ký có {made} chữ ký trong một giờ, hạn mức là {quota}"),
        format!("signing key {key}: the log has {made} signatures of it in one hour, it may make {quota}"),
    )
}

/// A key that the log is said to have signed with, of which the log does not know.
pub fn stranger_key(key: &str) -> Text {
    Text::new(
        format!("khóa cũ của nhật ký {key}: nhật ký không ghi là đã từng dùng"),
        format!("former key of the log {key}: the log does not record that it ever had it"),
    )
}

/// The newest checkpoint is signed by a former key alone.
pub fn former_key() -> Text {
    Text::new(
        "điểm kiểm soát mới nhất của nhật ký chỉ được ký bằng khóa đã thôi dùng",
        "the newest checkpoint is signed by a key that the log does not use any more, and by no other",
    )
}

/// Something in the database that the program does not make, `trigger x`.
pub fn stranger(what: &str) -> Text {
    Text::new(
        format!("cơ sở dữ liệu có {what}, không phải do chương trình tạo ra"),
        format!("the database has the {what}, which is not the program's"),
    )
}

/// Something of the program's in the database that is missing or was changed, `table x`.
pub fn altered(what: &str) -> Text {
    Text::new(
        format!("cơ sở dữ liệu: {what} bị thiếu hoặc đã bị sửa"),
        format!("the database: the {what} is missing, or was changed"),
    )
}

/// Rows of a table that name rows of another one which are not there.
pub fn orphans(table: &str, parent: &str) -> Text {
    Text::new(
        format!("bảng {table} có dòng trỏ tới dòng không tồn tại của bảng {parent}"),
        format!("the table {table} has rows that name rows of the table {parent} which are not there"),
    )
}

/// An entry that was verified earlier, and reads otherwise now.
pub fn rewritten(entry: u64) -> Text {
    Text::new(
        format!("bản ghi {entry} không còn là bản ghi đã được kiểm tra trước đây"),
        format!("entry {entry} is not the one that was verified earlier"),
    )
}

/// An entry that is found by something else than it says.
pub fn misindexed(entry: u64) -> Text {
    Text::new(
        format!("bản ghi {entry}: chỉ mục của cơ sở dữ liệu không khớp với nội dung bản ghi"),
        format!("entry {entry}: the database's index does not agree with what it says"),
    )
}
