//! How official documents go through the office (Nghị định 30/2020/NĐ-CP): one table says which act leads from which state to which, and in
//! which capacity it is done. What it does not name is not done.

use crate::error::{Error, Kind, Result};
use crate::messages::both;
use crate::messages::registry as words;
use crate::people::permissions::{Caller, Permission, Role};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Declares an enumeration whose values are kept and told under one name each.
macro_rules! named {
    ($(#[$about:meta])* $type:ident { $($(#[$doc:meta])* $value:ident = $name:literal,)* }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
        pub enum $type { $($(#[$doc])* #[serde(rename = $name)] $value,)* }

        impl $type {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$value),*];

            /// As it is kept and told.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$value => $name),* }
            }

            /// The one of this name.
            pub fn named(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.as_str() == name)
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

named! {
    /// Which book a document is in.
    Book {
        /// Sổ văn bản đi.
        Out = "out",
        /// Sổ văn bản đến.
        In = "in",
    }
}

named! {
    /// How a document stands.
    State {
        /// Dự thảo: uploaded, and found fit to be signed.
        Draft = "draft",
        /// Trả lại: to be revised.
        Returned = "returned",
        /// Đã ký nháy: the drafting department stands by it.
        Initialled = "initialled",
        /// Đã ký: by whom it is for to sign.
        Signed = "signed",
        /// Đã cấp số: number, day and month are on it.
        Numbered = "numbered",
        /// Đã vào sổ: the register says to whom it goes.
        Registered = "registered",
        /// Đã đóng dấu: it and what comes with it have the unit's signature.
        Sealed = "sealed",
        /// Đã phát hành.
        Issued = "issued",
        /// Đã được thay thế: another one was issued in its place.
        Replaced = "replaced",
        /// Đã thu hồi.
        Withdrawn = "withdrawn",
        /// Đã hủy: given up before it was issued; a number that it had stays its own.
        Cancelled = "cancelled",
        /// Đã nhận: come in, verified.
        Received = "received",
        /// Đã đăng ký: it has a number in, and its receipt is confirmed.
        Accepted = "accepted",
        /// Đã chuyển: somebody is in charge of it.
        Assigned = "assigned",
        /// Đã trả lại nơi gửi.
        Refused = "refused",
    }
}

impl State {
    /// Whether something is to be done yet before it is issued or registered.
    pub const fn is_unfinished(self) -> bool {
        match self {
            Self::Draft
            | Self::Returned
            | Self::Initialled
            | Self::Signed
            | Self::Numbered
            | Self::Sealed
            | Self::Registered
            | Self::Received => true,
            Self::Issued
            | Self::Replaced
            | Self::Withdrawn
            | Self::Cancelled
            | Self::Accepted
            | Self::Assigned
            | Self::Refused => false,
        }
    }
}

named! {
    /// What is done.
    Act {
        /// Soạn thảo: the draft is handed in.
        Draft = "draft",
        /// Sửa: a new draft takes the place of the one before.
        Revise = "revise",
        /// Đính kèm: a file of its own comes with it.
        Attach = "attach",
        /// Ký nháy.
        Initial = "initial",
        /// Ký.
        Sign = "sign",
        /// Trả lại, with a comment.
        Return = "return",
        /// Cấp số, ngày, tháng.
        Number = "number",
        /// Vào sổ.
        Register = "register",
        /// Đóng dấu (ký số của cơ quan).
        Seal = "seal",
        /// Phát hành.
        Issue = "issue",
        /// Sao: a copy of a document or of a paper, numbered, registered and with the unit's signature at once.
        Copy = "copy",
        /// Hủy before it is issued.
        Cancel = "cancel",
        /// Nâng mức chữ ký: time-stamps and validation data are added to what was issued.
        Raise = "raise",
        /// Thu hồi, with a notice.
        Withdraw = "withdraw",
        /// Thay thế: another one is issued in its place.
        Replace = "replace",
        /// Nhận, and verified.
        Receive = "receive",
        /// Đăng ký văn bản đến.
        Accept = "accept",
        /// Chuyển xử lý.
        Assign = "assign",
        /// Trả lại nơi gửi, with a reason.
        Refuse = "refuse",
        /// Báo trạng thái: others are told how it stands.
        Report = "report",
        /// Nhận trạng thái: others tell how it stands with them.
        Hear = "hear",
    }
}

named! {
    /// In which capacity something is done.
    Hat {
        /// Người soạn thảo.
        Drafter = "drafter",
        /// Người có thẩm quyền.
        Leader = "leader",
        /// Người được ủy quyền: who signs for the leader while a delegation holds.
        Delegate = "delegate",
        /// Văn thư.
        Clerk = "clerk",
    }
}

impl Hat {
    /// What a role acts as; with a delegation in force as a delegate, too.
    pub const fn of(role: Role, is_delegate: bool) -> &'static [Self] {
        match (role, is_delegate) {
            (Role::Drafter, false) => &[Self::Drafter],
            (Role::Drafter, true) => &[Self::Drafter, Self::Delegate],
            (Role::Leader, _) => &[Self::Leader],
            (Role::Clerk, _) => &[Self::Clerk],
            _ => &[],
        }
    }
}

impl Act {
    /// What a role has to permit for it.
    pub const fn permission(self) -> Permission {
        match self {
            Self::Draft | Self::Revise | Self::Attach | Self::Cancel | Self::Return => Permission::PrepareDocuments,
            Self::Initial | Self::Sign => Permission::ApproveDocuments,
            Self::Number
            | Self::Register
            | Self::Seal
            | Self::Issue
            | Self::Raise
            | Self::Copy
            | Self::Replace
            | Self::Receive
            | Self::Accept
            | Self::Refuse
            | Self::Report
            | Self::Hear => Permission::KeepRegisters,
            Self::Withdraw => Permission::DecideDocuments,
            Self::Assign => Permission::AssignDocuments,
        }
    }
}

/// From which state (none: there is no document yet), by which act, in which capacities, to which state.
pub type Step = (Option<State>, Act, &'static [Hat], State);

const ANYBODY: &[Hat] = &[Hat::Drafter, Hat::Leader, Hat::Clerk];
const DEPARTMENT: &[Hat] = &[Hat::Drafter, Hat::Leader];
const SIGNER: &[Hat] = &[Hat::Leader, Hat::Delegate];
const LEADER: &[Hat] = &[Hat::Leader];
const CLERK: &[Hat] = &[Hat::Clerk];
const OFFICE: &[Hat] = &[Hat::Leader, Hat::Clerk];

/// All that may be done.
#[rustfmt::skip]
pub const TABLE: &[Step] = &[
    (None,                    Act::Draft,    ANYBODY,    State::Draft),
    (Some(State::Draft),      Act::Revise,   ANYBODY,    State::Draft),
    (Some(State::Draft),      Act::Attach,   ANYBODY,    State::Draft),
    (Some(State::Draft),      Act::Initial,  DEPARTMENT, State::Initialled),
    (Some(State::Draft),      Act::Return,   ANYBODY,    State::Returned),
    (Some(State::Draft),      Act::Cancel,   ANYBODY,    State::Cancelled),
    (Some(State::Returned),   Act::Revise,   ANYBODY,    State::Draft),
    (Some(State::Returned),   Act::Cancel,   ANYBODY,    State::Cancelled),
    (Some(State::Initialled), Act::Sign,     SIGNER,     State::Signed),
    (Some(State::Initialled), Act::Return,   OFFICE,     State::Returned),
    (Some(State::Initialled), Act::Cancel,   LEADER,     State::Cancelled),
    (Some(State::Signed),     Act::Number,   CLERK,      State::Numbered),
    (Some(State::Signed),     Act::Return,   OFFICE,     State::Returned),
    (Some(State::Signed),     Act::Cancel,   LEADER,     State::Cancelled),
    (Some(State::Numbered),   Act::Register, CLERK,      State::Registered),
    (Some(State::Numbered),   Act::Cancel,   LEADER,     State::Cancelled),
    (Some(State::Registered), Act::Seal,     CLERK,      State::Sealed),
    (Some(State::Registered), Act::Cancel,   LEADER,     State::Cancelled),
    (Some(State::Sealed),     Act::Issue,    CLERK,      State::Issued),
    (Some(State::Sealed),     Act::Cancel,   LEADER,     State::Cancelled),
    (Some(State::Issued),     Act::Raise,    CLERK,      State::Issued),
    (Some(State::Issued),     Act::Withdraw, LEADER,     State::Withdrawn),
    (Some(State::Issued),     Act::Replace,  CLERK,      State::Replaced),
    (None,                    Act::Copy,     CLERK,      State::Sealed),
    (None,                    Act::Receive,  CLERK,      State::Received),
    (Some(State::Received),   Act::Attach,   CLERK,      State::Received),
    (Some(State::Received),   Act::Accept,   CLERK,      State::Accepted),
    (Some(State::Received),   Act::Refuse,   CLERK,      State::Refused),
    (Some(State::Accepted),   Act::Assign,   OFFICE,     State::Assigned),
    (Some(State::Assigned),   Act::Assign,   OFFICE,     State::Assigned),
    (Some(State::Issued),     Act::Report,   CLERK,      State::Issued),
    (Some(State::Replaced),   Act::Report,   CLERK,      State::Replaced),
    (Some(State::Withdrawn),  Act::Report,   CLERK,      State::Withdrawn),
    (Some(State::Received),   Act::Report,   CLERK,      State::Received),
    (Some(State::Accepted),   Act::Report,   CLERK,      State::Accepted),
    (Some(State::Assigned),   Act::Report,   CLERK,      State::Assigned),
    (Some(State::Refused),    Act::Report,   CLERK,      State::Refused),
    (Some(State::Issued),     Act::Hear,     CLERK,      State::Issued),
    (Some(State::Replaced),   Act::Hear,     CLERK,      State::Replaced),
    (Some(State::Withdrawn),  Act::Hear,     CLERK,      State::Withdrawn),
    (Some(State::Received),   Act::Hear,     CLERK,      State::Received),
    (Some(State::Accepted),   Act::Hear,     CLERK,      State::Accepted),
    (Some(State::Assigned),   Act::Hear,     CLERK,      State::Assigned),
    (Some(State::Refused),    Act::Hear,     CLERK,      State::Refused),
];

/// Where an act leads, and in which of these capacities it is done.
pub fn next(from: Option<State>, act: Act, hats: &[Hat]) -> Option<(State, Hat)> {
    let (_, _, allowed, to) = TABLE.iter().find(|(state, known, ..)| *state == from && *known == act)?;
    let hat = hats.iter().find(|hat| allowed.contains(hat))?;
    Some((*to, *hat))
}

/// The same for a caller; what is refused says why.
pub fn step(from: Option<State>, act: Act, caller: &Caller, is_delegate: bool, what: &str) -> Result<(State, Hat)> {
    caller.may(act.permission())?;
    if let Some(found) = next(from, act, Hat::of(caller.role, is_delegate)) {
        return Ok(found);
    }
    let state = from.map_or("new", State::as_str);
    let state_vi = from.map_or_else(|| "mới".to_owned(), |from| words::state(from.as_str()).vi);
    let act_vi = words::act(act.as_str()).vi;
    if TABLE.iter().any(|(known, done, ..)| *known == from && *done == act) {
        let why = both!(
            "vai trò {role} không được làm việc “{act_vi}” với văn bản ở trạng thái “{state_vi}”",
            "the act {act} on what is {state} is not for the role {role}",
            role = caller.role
        );
        return Err(Error::new(Kind::NotAllowed, "registry.duty", what, why));
    }
    let from: Vec<&str> =
        TABLE.iter().filter(|(_, done, ..)| *done == act).map(|step| step.0.map_or("new", State::as_str)).collect();
    let from = from.join(" or ");
    let why = both!(
        "văn bản ở trạng thái “{state_vi}”; việc “{act_vi}” chưa hoặc không còn làm được",
        "it is {state}, and the act {act} is for what is {from}"
    );
    Err(Error::new(Kind::Conflict, "registry.state", what, why).hint("look at it again"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn states() -> impl Iterator<Item = Option<State>> {
        std::iter::once(None).chain(State::ALL.iter().copied().map(Some))
    }

    /// State by state, what each capacity may do: written down a second time, the other way round.
    const EXPECTED: &[(&str, &str, &str)] = &[
        ("new", "drafter", "draft"),
        ("new", "leader", "draft"),
        ("new", "clerk", "draft copy receive"),
        ("draft", "drafter", "revise attach initial return cancel"),
        ("draft", "leader", "revise attach initial return cancel"),
        ("draft", "clerk", "revise attach return cancel"),
        ("returned", "drafter", "revise cancel"),
        ("returned", "leader", "revise cancel"),
        ("returned", "clerk", "revise cancel"),
        ("initialled", "leader", "sign return cancel"),
        ("initialled", "delegate", "sign"),
        ("initialled", "clerk", "return"),
        ("signed", "leader", "return cancel"),
        ("signed", "clerk", "return number"),
        ("numbered", "leader", "cancel"),
        ("numbered", "clerk", "register"),
        ("registered", "leader", "cancel"),
        ("registered", "clerk", "seal"),
        ("sealed", "leader", "cancel"),
        ("sealed", "clerk", "issue"),
        ("issued", "leader", "withdraw"),
        ("issued", "clerk", "raise replace report hear"),
        ("replaced", "clerk", "report hear"),
        ("withdrawn", "clerk", "report hear"),
        ("received", "clerk", "attach accept refuse report hear"),
        ("accepted", "leader", "assign"),
        ("accepted", "clerk", "assign report hear"),
        ("assigned", "leader", "assign"),
        ("assigned", "clerk", "assign report hear"),
        ("refused", "clerk", "report hear"),
    ];

    #[test]
    fn every_state_act_and_capacity_is_as_written_down() {
        let mut seen = 0;
        for from in states() {
            for hat in Hat::ALL {
                let name = from.map_or("new", State::as_str);
                let expected = EXPECTED.iter().find(|(state, who, _)| *state == name && *who == hat.as_str());
                let expected: BTreeSet<&str> =
                    expected.map_or(BTreeSet::new(), |(_, _, acts)| acts.split(' ').collect());
                for act in Act::ALL {
                    let allowed = next(from, *act, &[*hat]).is_some();
                    assert_eq!(allowed, expected.contains(act.as_str()), "{name} {hat} {act}");
                    seen += 1;
                }
            }
        }
        assert_eq!(seen, (State::ALL.len() + 1) * Act::ALL.len() * Hat::ALL.len());
        let steps: BTreeSet<_> = TABLE.iter().map(|(from, act, ..)| (*from, *act)).collect();
        assert_eq!(steps.len(), TABLE.len(), "a step is in the table twice");
    }

    fn is_told(act: Act) -> bool {
        matches!(act, Act::Report | Act::Hear)
    }

    /// Every way from nothing to a state, as the acts on it; each step at most twice.
    fn ways(to: State) -> Vec<Vec<(Act, &'static [Hat])>> {
        let (mut found, mut open) = (Vec::new(), vec![(None, Vec::new())]);
        while let Some((at, way)) = open.pop() {
            for (from, act, hats, next) in TABLE {
                let repeated = way.iter().filter(|(done, _)| done == act).count();
                // what is told and heard leads nowhere else
                if *from != at || repeated > 1 || way.len() > 14 || Some(*next) == at && is_told(*act) {
                    continue;
                }
                let mut way: Vec<(Act, &'static [Hat])> = way.clone();
                way.push((*act, hats));
                if *next == to {
                    found.push(way);
                    continue;
                }
                open.push((Some(*next), way));
            }
        }
        found
    }

    #[test]
    fn nothing_is_issued_that_was_not_signed_numbered_registered_and_sealed_in_this_order() {
        let ways = ways(State::Issued);
        assert!(ways.len() > 10);
        for way in ways {
            let acts: Vec<Act> = way.iter().map(|(act, _)| *act).collect();
            if acts[0] == Act::Copy {
                assert_eq!(acts, [Act::Copy, Act::Issue]);
                continue;
            }
            let last = |wanted: Act| acts.iter().rposition(|act| *act == wanted).unwrap();
            let order = [Act::Draft, Act::Initial, Act::Sign, Act::Number, Act::Register, Act::Seal, Act::Issue];
            assert!(order.windows(2).all(|pair| last(pair[0]) < last(pair[1])), "{acts:?}");
            // what was returned is initialled and signed again
            if let Some(returned) = acts.iter().rposition(|act| *act == Act::Return) {
                assert!(returned < last(Act::Revise) && last(Act::Revise) < last(Act::Initial), "{acts:?}");
            }
            assert!(!acts[last(Act::Sign)..].iter().any(|act| matches!(act, Act::Revise | Act::Attach)), "{acts:?}");
        }
    }

    #[test]
    fn duties_are_separate() {
        for (_, act, hats, _) in TABLE {
            match act {
                Act::Sign | Act::Initial | Act::Withdraw => assert!(!hats.contains(&Hat::Clerk), "{act}"),
                Act::Number | Act::Seal | Act::Register | Act::Issue | Act::Raise | Act::Copy => {
                    assert_eq!(*hats, CLERK, "{act}");
                }
                _ => {}
            }
        }
        for role in Role::ALL {
            for is_delegate in [false, true] {
                let hats = Hat::of(role, is_delegate);
                assert!(!(hats.contains(&Hat::Clerk) && hats.len() > 1), "{role}");
                for (from, act, ..) in TABLE {
                    if next(*from, *act, hats).is_some() {
                        assert!(role.permissions().contains(&act.permission()), "{role} {act}");
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_over_stays_so() {
        for over in [State::Replaced, State::Withdrawn, State::Cancelled, State::Refused] {
            let stays = |(_, act, _, to): &&Step| is_told(*act) && *to == over;
            assert!(TABLE.iter().filter(|step| step.0 == Some(over)).all(|step| stays(&step)), "{over}");
        }
        assert!(TABLE.iter().all(|(from, act, _, to)| !is_told(*act) || *from == Some(*to)));
        let after: BTreeSet<Act> = TABLE
            .iter()
            .filter(|step| step.0 == Some(State::Issued))
            .map(|step| step.1)
            .filter(|act| !is_told(*act))
            .collect();
        assert_eq!(after, BTreeSet::from([Act::Raise, Act::Withdraw, Act::Replace]));
    }
}
