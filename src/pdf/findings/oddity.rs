//! The odd things that are looked for, and what is said of them.

use crate::messages::Text;

/// The odd things that are looked for. Numbers are object numbers, positions bytes of the file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Oddity {
    /// An object that no cross-reference tells of.
    Unlisted(u32, u64),
    /// Bytes that belong to no object and no cross-reference.
    Stray(u64),
    /// A cross-reference that no other leads to.
    UnlistedXref(u64),
    /// An object that one cross-reference section places twice.
    PlacedTwice(u32),
    /// An object that begins within another one.
    Overlaps(u32, u32),
    /// An object that a later revision slips under an entry that was there before.
    LedAhead(u32),
    /// An object of an older revision that a newer cross-reference brings back.
    LedBack(u32),
    /// An object within the bytes that a signature leaves out.
    InSignature(u32),
    /// An object that readers of tables and readers of cross-reference streams find at different places.
    HybridDisagrees(u32),
    /// A cross-reference stream of another revision that a table leads to.
    HybridElsewhere(u64),
    /// Cross-reference sections that do not stand one behind the other.
    OutOfOrder(u64),
    /// A revision that goes on from another cross-reference than the one that ended the revision before.
    OtherPrevious(u64),
    /// An object stream that was written anew, and with it the objects in it.
    StreamOverridden(u32),
    /// An object that is not where its cross-reference says in the object stream, or is not in it.
    Misplaced(u32),
    /// A signature that is the value of no field.
    LostSignature(u32),
    /// An object whose generation is not the one of its cross-reference.
    OtherGeneration(u32),
    /// A cross-reference section that strict readers refuse, and why.
    Flawed(u64, &'static str),
    /// An object that cannot be read here, but perhaps elsewhere.
    Unreadable(u32),
    /// A stream that does not end where its `/Length` says.
    OtherLength(u32),
    /// An object in whose bytes other objects seem to begin: who looks through the whole file finds them.
    Hides(u32),
    /// An object stream that holds an object twice.
    HeldTwice(u32, u32),
    /// A reference to an object by another generation than it has.
    ReferenceMisses(u32, u32),
}

impl Oddity {
    /// Readers that are all right may find different documents in the file.
    pub const fn is_ambiguous(&self) -> bool {
        matches!(
            self,
            Self::PlacedTwice(_)
                | Self::Overlaps(..)
                | Self::HybridDisagrees(_)
                | Self::Misplaced(_)
                | Self::OtherGeneration(_)
                | Self::HeldTwice(..)
        )
    }
}

impl Oddity {
    /// What is said of it.
    pub fn said(&self) -> Text {
        let (vi, en) = match *self {
            Self::Unlisted(number, at) => (
                format!("đối tượng {number} ở byte {at} không có trong bảng tham chiếu nào"),
                format!("object {number} at byte {at} stands in no cross-reference table"),
            ),
            Self::Stray(at) => (
                format!("các byte từ vị trí {at} không thuộc đối tượng nào của phiên bản này"),
                format!("the bytes from {at} on belong to no object of the revision"),
            ),
            Self::UnlistedXref(at) => (
                format!("không bảng tham chiếu nào dẫn tới bảng ở byte {at}"),
                format!("no other cross-reference leads to the one at byte {at}"),
            ),
            Self::PlacedTwice(number) => (
                format!("một bảng tham chiếu chỉ hai vị trí cho đối tượng {number}"),
                format!("one cross-reference table has two places for object {number}"),
            ),
            Self::Overlaps(number, other) => (
                format!("đối tượng {number} bắt đầu bên trong đối tượng {other}"),
                format!("object {number} begins within object {other}"),
            ),
            Self::LedAhead(number) => (
                format!("đối tượng {number} được đặt vào chỗ mà bảng tham chiếu cũ đã chỉ sẵn"),
                format!("object {number} was put where an earlier cross-reference already led to"),
            ),
            Self::LedBack(number) => (
                format!("bảng tham chiếu dẫn đối tượng {number} trở lại phiên bản cũ hơn"),
                format!("the cross-reference leads object {number} back to an older revision"),
            ),
            Self::InSignature(number) => (
                format!("đối tượng {number} bắt đầu trong phần mà chữ ký bỏ ra ngoài"),
                format!("object {number} begins within what a signature leaves out"),
            ),
            Self::HybridDisagrees(number) => (
                format!("bảng tham chiếu và luồng tham chiếu kèm theo chỉ hai chỗ khác nhau cho đối tượng {number}"),
                format!("the cross-reference table and the stream beside it have different places for object {number}"),
            ),
            Self::HybridElsewhere(at) => (
                format!("bảng tham chiếu dẫn tới luồng tham chiếu của phiên bản khác, ở byte {at}"),
                format!("a table leads to a cross-reference stream of another revision, at byte {at}"),
            ),
            Self::OutOfOrder(at) => (
                format!("bảng tham chiếu ở byte {at} đứng trước bảng cũ hơn mà nó nối tiếp"),
                format!("the cross-reference at byte {at} stands before the older one that it goes on from"),
            ),
            Self::OtherPrevious(at) => (
                format!("phiên bản này nối tiếp bảng tham chiếu ở byte {at}, vốn không kết thúc phiên bản nào"),
                format!("the revision goes on from the cross-reference at byte {at}, which ended no revision"),
            ),
            Self::StreamOverridden(number) => (
                format!("luồng đối tượng {number} đã bị thay, cùng các đối tượng trong đó"),
                format!("object stream {number} was replaced, with the objects in it"),
            ),
            Self::Misplaced(number) => (
                format!("đối tượng {number} không ở chỗ mà bảng tham chiếu chỉ trong luồng đối tượng"),
                format!("object {number} is not where the cross-reference says in its object stream"),
            ),
            Self::Flawed(at, what) => (
                format!("bảng tham chiếu ở byte {at} sai quy cách ({what})"),
                format!("the cross-reference at byte {at} {what}"),
            ),
            Self::Unreadable(number) => {
                (format!("không đọc được đối tượng {number}"), format!("object {number} cannot be read"))
            }
            Self::OtherLength(number) => (
                format!("luồng {number} không kết thúc ở chỗ mà /Length của nó ghi"),
                format!("stream {number} does not end where its /Length says"),
            ),
            Self::Hides(number) => (
                format!("trong dữ liệu của đối tượng {number} có phần trông như đối tượng khác"),
                format!("the bytes of object {number} hold what looks like other objects"),
            ),
            Self::HeldTwice(number, stream) => (
                format!("luồng đối tượng {stream} chứa đối tượng {number} hai lần"),
                format!("object stream {stream} holds object {number} twice"),
            ),
            Self::ReferenceMisses(0, number) => (
                format!("phần cuối tệp tham chiếu đối tượng {number} với số thế hệ khác"),
                format!("the trailer refers to object {number} by another generation than it has"),
            ),
            Self::ReferenceMisses(from, number) => (
                format!("đối tượng {from} tham chiếu đối tượng {number} với số thế hệ khác"),
                format!("object {from} refers to object {number} by another generation than it has"),
            ),
            Self::LostSignature(number) => (
                format!("đối tượng {number} là một chữ ký mà không trường nào dẫn tới"),
                format!("object {number} is a signature that no field leads to"),
            ),
            Self::OtherGeneration(number) => (
                format!("đối tượng {number} có số thế hệ khác với bảng tham chiếu"),
                format!("object {number} has another generation than its cross-reference says"),
            ),
        };
        Text { vi, en }
    }
}
