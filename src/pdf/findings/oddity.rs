//! The odd things that are looked for, and what is said of them.

use std::fmt;

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

impl fmt::Display for Oddity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unlisted(number, at) => write!(f, "object {number} at byte {at} stands in no cross-reference table"),
            Self::Stray(at) => write!(f, "the bytes from {at} on belong to no object of the revision"),
            Self::UnlistedXref(at) => write!(f, "no other cross-reference leads to the one at byte {at}"),
            Self::PlacedTwice(number) => write!(f, "one cross-reference table has two places for object {number}"),
            Self::Overlaps(number, other) => write!(f, "object {number} begins within object {other}"),
            Self::LedAhead(number) => {
                write!(f, "object {number} was put where an earlier cross-reference already led to")
            }
            Self::LedBack(number) => write!(f, "the cross-reference leads object {number} back to an older revision"),
            Self::InSignature(number) => write!(f, "object {number} begins within what a signature leaves out"),
            Self::HybridDisagrees(number) => {
                write!(
                    f,
                    "the cross-reference table and the stream beside it have different places for object {number}"
                )
            }
            Self::HybridElsewhere(at) => {
                write!(f, "a table leads to a cross-reference stream of another revision, at byte {at}")
            }
            Self::OutOfOrder(at) => {
                write!(f, "the cross-reference at byte {at} stands before the older one that it goes on from")
            }
            Self::OtherPrevious(at) => {
                write!(f, "the revision goes on from the cross-reference at byte {at}, which ended no revision")
            }
            Self::StreamOverridden(number) => write!(f, "object stream {number} was replaced, with the objects in it"),
            Self::Misplaced(number) => {
                write!(f, "object {number} is not where the cross-reference says in its object stream")
            }
            Self::Flawed(at, what) => write!(f, "the cross-reference at byte {at} {what}"),
            Self::Unreadable(number) => write!(f, "object {number} cannot be read"),
            Self::OtherLength(number) => write!(f, "stream {number} does not end where its /Length says"),
            Self::HeldTwice(number, stream) => write!(f, "object stream {stream} holds object {number} twice"),
            Self::ReferenceMisses(0, number) => {
                write!(f, "the trailer refers to object {number} by another generation than it has")
            }
            Self::ReferenceMisses(from, number) => {
                write!(f, "object {from} refers to object {number} by another generation than it has")
            }
            Self::LostSignature(number) => write!(f, "object {number} is a signature that no field leads to"),
            Self::OtherGeneration(number) => {
                write!(f, "object {number} has another generation than its cross-reference says")
            }
        }
    }
}
