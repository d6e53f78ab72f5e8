//! Roles, and the one table of what they permit. What it does not name is denied.

use crate::error::{Error, Kind, Result};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What a person is in a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Văn thư: stores documents, applies the unit's seal.
    Clerk,
    /// Người có thẩm quyền: signs documents.
    Leader,
    /// Chuyên viên, trưởng phòng: drafts documents and initials them.
    Drafter,
    /// Cán bộ thu: issues receipts.
    Officer,
    /// Kế toán trưởng: keeps the fee catalogue, approves that receipts be voided.
    Accountant,
    /// Reads everything of the unit and the log, changes nothing.
    Auditor,
    /// Người giữ khóa: opens the unit's keys for a shift, ends it, stops keys; signs nothing.
    Keeper,
    /// Cares for units, tokens, keys and series; signs nothing.
    Admin,
}

/// What somebody may do within the unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Permission {
    /// Store documents.
    StoreDocuments,
    /// Read documents.
    ReadDocuments,
    /// Sign documents with the key that is bound to the token.
    SignDocuments,
    /// Draft official documents, return drafts and give them up.
    PrepareDocuments,
    /// Initial drafts, and sign official documents in one's own or a delegated capacity.
    ApproveDocuments,
    /// Give numbers, seal, register and issue official documents, make copies of them, take in those of others.
    KeepRegisters,
    /// Delegate signing, withdraw what was issued.
    DecideDocuments,
    /// Say who is in charge of what came in.
    AssignDocuments,
    /// Issue and replace receipts, notify errors, ask that receipts be voided.
    IssueReceipts,
    /// Read receipts.
    ReadReceipts,
    /// Sign daily reports of receipts.
    FileReports,
    /// Send again what could not be sent to the tax office or to payers.
    SendAgain,
    /// Approve that a receipt be voided that somebody else asked for.
    ApproveVoids,
    /// See who paid, not masked.
    SeePayers,
    /// Read the fee catalogue.
    ReadFees,
    /// Change the unit's own fee catalogue.
    ManageFees,
    /// Read the entries of the log and their proofs.
    ReadAudit,
    /// See the unit's keys and how they stand.
    SeeKeys,
    /// Open the key of the own token for a shift.
    UnlockOwnKey,
    /// Open any key of the unit for a shift, and approve that one is opened.
    KeepKeys,
    /// Stop a key.
    StopKeys,
    /// Change how a key may be used, and approve that it be used more freely.
    ChangeTerms,
    /// Let a key sign again that was stopped, and take PINs again that had too many wrong ones.
    ResumeKeys,
    /// Make accounts, give and end offices.
    ManagePeople,
    /// See the units below the own one, make, rename, merge and close them.
    ManageUnits,
}

impl Permission {
    /// What it is, in words.
    const fn words(self) -> &'static str {
        match self {
            Self::StoreDocuments => "storing documents",
            Self::ReadDocuments => "reading documents",
            Self::SignDocuments => "signing documents",
            Self::PrepareDocuments => "drafting documents",
            Self::ApproveDocuments => "initialling and signing official documents",
            Self::KeepRegisters => "keeping the registers of official documents",
            Self::DecideDocuments => "delegating signatures and withdrawing documents",
            Self::AssignDocuments => "saying who is in charge of documents",
            Self::IssueReceipts => {
                "issuing and replacing receipts, notifying errors, and asking that receipts be voided"
            }
            Self::ReadReceipts => "reading receipts",
            Self::FileReports => "signing daily reports",
            Self::SendAgain => "sending again what could not be sent",
            Self::ApproveVoids => "approving that a receipt be voided",
            Self::SeePayers => "seeing who paid",
            Self::ReadFees => "reading the fee catalogue",
            Self::ManageFees => "changing the fee catalogue",
            Self::ReadAudit => "reading the audit log",
            Self::SeeKeys => "seeing keys",
            Self::UnlockOwnKey => "opening keys",
            Self::KeepKeys => "opening the unit's keys",
            Self::StopKeys => "stopping keys",
            Self::ChangeTerms => "changing how keys may be used",
            Self::ResumeKeys => "letting stopped keys sign again",
            Self::ManagePeople => "caring for accounts",
            Self::ManageUnits => "caring for units",
        }
    }
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Clerk,
        Self::Leader,
        Self::Drafter,
        Self::Officer,
        Self::Accountant,
        Self::Auditor,
        Self::Keeper,
        Self::Admin,
    ];

    /// As it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Clerk => "clerk",
            Self::Leader => "leader",
            Self::Drafter => "drafter",
            Self::Officer => "officer",
            Self::Accountant => "accountant",
            Self::Auditor => "auditor",
            Self::Keeper => "keeper",
            Self::Admin => "admin",
        }
    }

    /// What it permits.
    pub const fn permissions(self) -> &'static [Permission] {
        use Permission::{
            ApproveDocuments, ApproveVoids, AssignDocuments, ChangeTerms, DecideDocuments, FileReports, IssueReceipts,
            KeepKeys, KeepRegisters, ManageFees, ManagePeople, ManageUnits, PrepareDocuments, ReadAudit, ReadDocuments,
            ReadFees, ReadReceipts, ResumeKeys, SeeKeys, SeePayers, SendAgain, SignDocuments, StopKeys, StoreDocuments,
            UnlockOwnKey,
        };
        match self {
            // who signs does not seal, and who seals does not sign for the leader (separation of duties)
            Self::Clerk => &[
                StoreDocuments,
                ReadDocuments,
                SignDocuments,
                SeeKeys,
                UnlockOwnKey,
                PrepareDocuments,
                KeepRegisters,
                AssignDocuments,
            ],
            Self::Leader => &[
                StoreDocuments,
                ReadDocuments,
                SignDocuments,
                SeeKeys,
                UnlockOwnKey,
                PrepareDocuments,
                ApproveDocuments,
                DecideDocuments,
                AssignDocuments,
            ],
            Self::Drafter => &[ReadDocuments, SeeKeys, UnlockOwnKey, PrepareDocuments, ApproveDocuments],
            Self::Officer => &[IssueReceipts, ReadReceipts, SeePayers, FileReports, SendAgain, ReadFees, SeeKeys],
            Self::Accountant => &[ReadReceipts, SeePayers, ApproveVoids, FileReports, SendAgain, ReadFees, ManageFees],
            Self::Auditor => &[ReadDocuments, ReadReceipts, ReadFees, ReadAudit, SeeKeys],
            // who opens keys does not sign with them, unless by a token that is bound to one
            Self::Keeper => &[SeeKeys, KeepKeys, StopKeys, ChangeTerms],
            // the administrator neither signs nor reads what others sign (separation of duties)
            Self::Admin => &[SeeKeys, StopKeys, ChangeTerms, ResumeKeys, ManagePeople, ManageUnits],
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or_else(|| {
            let roles = Self::ALL.map(Self::as_str).join(", ");
            Error::new(Kind::Usage, "people.role", format!("role {text:?}"), format!("the roles are {roles}"))
        })
    }
}

/// Somebody who was let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The identifier of the person who has signed in, or of the token; what the log knows as a pseudonym.
    pub id: String,
    /// Who it is, or what the token is for.
    pub name: String,
    /// The unit.
    pub unit: String,
    /// What the caller is there.
    pub role: Role,
    /// The key that the caller signs with.
    pub signing_key: Option<String>,
}

impl Caller {
    /// Refuses what the caller's role does not permit.
    pub fn may(&self, permission: Permission) -> Result<()> {
        if self.role.permissions().contains(&permission) {
            return Ok(());
        }
        let why = format!("the role {} does not permit {}", self.role, permission.words());
        Err(Error::new(Kind::NotAllowed, "auth.role", "not allowed", why))
    }
}
