//! Roles, and the one table of what they permit. What it does not name is denied.

use crate::error::{Error, Kind, Result};
use crate::messages::both;
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
    /// Look up who is behind a pseudonym of the log; that is itself logged.
    ResolveActors,
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
    /// Read what is counted of the unit and of those below it.
    ReadFigures,
    /// Hand in what is counted elsewhere: dossiers, what still is on paper.
    HandInFigures,
    /// Set what shares are to be.
    SetTargets,
    /// See the unit and those below it, make, rename, merge and close them, and change their particulars.
    ManageUnits,
    /// Give and revoke tokens of the API.
    ManageTokens,
    /// Open and close series, delegate numbers of them.
    ManageSeries,
    /// See the settings of the service, whom it trusts, and how it does.
    SeeService,
}

impl Permission {
    /// All of them, in the order of the table.
    pub const ALL: [Self; 32] = [
        Self::StoreDocuments,
        Self::ReadDocuments,
        Self::SignDocuments,
        Self::PrepareDocuments,
        Self::ApproveDocuments,
        Self::KeepRegisters,
        Self::DecideDocuments,
        Self::AssignDocuments,
        Self::IssueReceipts,
        Self::ReadReceipts,
        Self::FileReports,
        Self::SendAgain,
        Self::ApproveVoids,
        Self::SeePayers,
        Self::ReadFees,
        Self::ManageFees,
        Self::ReadAudit,
        Self::ResolveActors,
        Self::SeeKeys,
        Self::UnlockOwnKey,
        Self::KeepKeys,
        Self::StopKeys,
        Self::ChangeTerms,
        Self::ResumeKeys,
        Self::ManagePeople,
        Self::ManageUnits,
        Self::ManageTokens,
        Self::ManageSeries,
        Self::SeeService,
        Self::ReadFigures,
        Self::HandInFigures,
        Self::SetTargets,
    ];

    /// What it is, in both languages.
    pub const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::StoreDocuments => ("Lưu văn bản", "storing documents"),
            Self::ReadDocuments => ("Đọc văn bản", "reading documents"),
            Self::SignDocuments => ("Ký văn bản bằng khóa gắn với chức vụ", "signing documents"),
            Self::PrepareDocuments => ("Soạn, trả lại, bỏ dự thảo", "drafting documents"),
            Self::ApproveDocuments => ("Ký nháy và ký văn bản đi", "initialling and signing official documents"),
            Self::KeepRegisters => {
                ("Cấp số, đóng dấu, vào sổ, phát hành, nhận văn bản đến", "keeping the registers of official documents")
            }
            Self::DecideDocuments => {
                ("Ủy quyền ký, thu hồi văn bản", "delegating signatures and withdrawing documents")
            }
            Self::AssignDocuments => ("Giao xử lý văn bản đến", "saying who is in charge of documents"),
            Self::IssueReceipts => (
                "Lập, thay thế biên lai, thông báo sai sót, đề nghị hủy",
                "issuing and replacing receipts, notifying errors, and asking that receipts be voided",
            ),
            Self::ReadReceipts => ("Xem biên lai và báo cáo", "reading receipts"),
            Self::FileReports => ("Ký bảng tổng hợp ngày", "signing daily reports"),
            Self::SendAgain => ("Gửi lại những gì chưa gửi được", "sending again what could not be sent"),
            Self::ApproveVoids => ("Duyệt hủy biên lai", "approving that a receipt be voided"),
            Self::SeePayers => ("Xem đầy đủ người nộp tiền", "seeing who paid"),
            Self::ReadFees => ("Xem danh mục phí, lệ phí", "reading the fee catalogue"),
            Self::ManageFees => ("Thay đổi danh mục phí, lệ phí", "changing the fee catalogue"),
            Self::ReadAudit => ("Đọc nhật ký, kiểm tra và xuất nhật ký", "reading the audit log"),
            Self::ResolveActors => {
                ("Tra tên người đứng sau bí danh trong nhật ký", "looking up who is behind a pseudonym")
            }
            Self::SeeKeys => ("Xem khóa ký của đơn vị", "seeing keys"),
            Self::UnlockOwnKey => ("Mở khóa ký của mình", "opening keys"),
            Self::KeepKeys => ("Mở mọi khóa ký của đơn vị cho ca làm việc", "opening the unit's keys"),
            Self::StopKeys => ("Dừng khóa ký", "stopping keys"),
            Self::ChangeTerms => ("Thay đổi điều kiện dùng khóa", "changing how keys may be used"),
            Self::ResumeKeys => ("Cho khóa đã dừng hoặc bị chặn hoạt động lại", "letting stopped keys sign again"),
            Self::ManagePeople => ("Quản lý tài khoản, chức vụ", "caring for accounts"),
            Self::ManageUnits => ("Quản lý đơn vị", "caring for units"),
            Self::ManageTokens => ("Cấp và thu hồi thẻ truy cập", "giving and revoking tokens"),
            Self::ManageSeries => ("Mở, đóng dải biên lai, ủy quyền số", "opening and closing series"),
            Self::SeeService => {
                ("Xem thiết lập và tình trạng của dịch vụ", "seeing settings and health of the service")
            }
            Self::ReadFigures => ("Xem số liệu", "reading figures"),
            Self::HandInFigures => ("Nhập số liệu được đếm ở nơi khác", "handing in figures"),
            Self::SetTargets => ("Đặt chỉ tiêu", "setting targets"),
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

    /// What it is called, in both languages.
    pub const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Clerk => ("Văn thư", "Clerk"),
            Self::Leader => ("Người có thẩm quyền ký", "Leader"),
            Self::Drafter => ("Chuyên viên soạn thảo", "Drafter"),
            Self::Officer => ("Cán bộ thu", "Cashier"),
            Self::Accountant => ("Kế toán trưởng", "Chief accountant"),
            Self::Auditor => ("Kiểm tra, kiểm toán", "Auditor"),
            Self::Keeper => ("Người giữ khóa", "Key keeper"),
            Self::Admin => ("Quản trị", "Administrator"),
        }
    }

    /// What it permits.
    pub const fn permissions(self) -> &'static [Permission] {
        use Permission::{
            ApproveDocuments, ApproveVoids, AssignDocuments, ChangeTerms, DecideDocuments, FileReports, HandInFigures,
            IssueReceipts, KeepKeys, KeepRegisters, ManageFees, ManagePeople, ManageSeries, ManageTokens, ManageUnits,
            PrepareDocuments, ReadAudit, ReadDocuments, ReadFees, ReadFigures, ReadReceipts, ResolveActors, ResumeKeys,
            SeeKeys, SeePayers, SeeService, SendAgain, SetTargets, SignDocuments, StopKeys, StoreDocuments,
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
                HandInFigures,
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
                ReadFigures,
                HandInFigures,
                SetTargets,
            ],
            Self::Drafter => &[ReadDocuments, SeeKeys, UnlockOwnKey, PrepareDocuments, ApproveDocuments],
            Self::Officer => {
                &[IssueReceipts, ReadReceipts, SeePayers, FileReports, SendAgain, ReadFees, SeeKeys, HandInFigures]
            }
            Self::Accountant => {
                &[ReadReceipts, SeePayers, ApproveVoids, FileReports, SendAgain, ReadFees, ManageFees, ReadFigures]
            }
            Self::Auditor => &[ReadDocuments, ReadReceipts, ReadFees, ReadAudit, ResolveActors, SeeKeys, ReadFigures],
            // who opens keys does not sign with them, unless by a token that is bound to one
            Self::Keeper => &[SeeKeys, KeepKeys, StopKeys, ChangeTerms],
            // the administrator neither signs nor reads what others sign (separation of duties)
            Self::Admin => &[
                SeeKeys,
                StopKeys,
                ChangeTerms,
                ResumeKeys,
                ManagePeople,
                ManageUnits,
                ManageTokens,
                ManageSeries,
                SeeService,
                SendAgain,
                ReadFigures,
            ],
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
        let (role, (vi, en)) = (self.role, permission.words());
        let name = role.words().0;
        let why = both!("vai trò {name} không được làm việc này: {vi}", "the role {role} does not permit {en}");
        Err(Error::new(Kind::NotAllowed, "auth.role", both!("không được phép", "not allowed").to_string(), why))
    }
}
