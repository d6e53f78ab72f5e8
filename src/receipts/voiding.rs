//! A receipt whose payment was reversed is voided, by two persons.

use super::content::{VIETNAM, short_date};
use super::issue::{Counter, check_reason, state};
use super::letter::Occasion;
use super::series::ReceiptId;
use super::view::identity;
use crate::audit::entry::Action;
use crate::error::{Error, Kind, Result};
use crate::messages::{Text, both};
use crate::people::permissions::{Caller, Permission, Role};
use crate::people::{tokens, units};
use crate::store::Transaction;
use crate::store::accounts::EventKind;
use crate::store::receipts::{ReceiptRow, VoidRequest};

fn not_asked(id: &ReceiptId) -> Error {
    let why = both!("chưa có ai yêu cầu hủy biên lai này", "nobody has asked that it be voided");
    Error::new(Kind::Conflict, "receipt.no_void_request", format!("biên lai {id}"), why)
}

/// Refuses what cannot be done while somebody's wish that the receipt be voided is not decided.
pub(super) fn decided(id: &ReceiptId, row: &ReceiptRow) -> Result<()> {
    let Some(asked) = &row.void_request else { return Ok(()) };
    let day = short_date(asked.at.to_offset(VIETNAM).date());
    let why = both!(
        "đã có yêu cầu hủy ngày {day}, đang chờ phê duyệt",
        "somebody asked on {day} that it be voided, and that is not decided yet"
    );
    Err(Error::new(Kind::Conflict, "receipt.void_requested", format!("biên lai {id}"), why))
}

impl Counter<'_> {
    /// Voids a receipt whose payment was reversed. Where the unit or one above it has a chief accountant, it is only asked for:
    /// the receipt holds until the accountant approves.
    pub async fn cancel(&self, id: &ReceiptId, reason: &str) -> Result<ReceiptRow> {
        let reason = check_reason(reason)?;
        let mut tx = self.folder.store.write().await?;
        let mut row = self.find(&mut *tx, id).await?;
        state(&row)?.void(id)?;
        if !self.has_accountant(&mut *tx, &row.unit).await? {
            let row = self.leave_void(&mut *tx, id, row, &reason, None).await?;
            tx.commit().await?;
            return Ok(row);
        }
        decided(id, &row)?;
        let entry = self.entry(Action::ReceiptVoidRequested, &row.unit)?.about(&identity(&row)).because(&reason);
        row.void_request = Some(VoidRequest { at: self.folder.now(), by: self.actor.to_owned(), reason });
        tx.update_receipt(&row).await?;
        self.folder.log.append_one(&mut *tx, entry).await?;
        tx.commit().await?;
        Ok(row)
    }

    /// Approves what another person asked for: the receipt is void.
    pub async fn approve_void(&self, id: &ReceiptId) -> Result<ReceiptRow> {
        let mut tx = self.folder.store.write().await?;
        let row = self.find_below(&mut *tx, id).await?;
        let asked = row.void_request.clone().ok_or_else(|| not_asked(id))?;
        if asked.by == self.actor {
            let why =
                both!("người yêu cầu hủy không được tự phê duyệt", "who asked that it be voided cannot approve it");
            return Err(Error::new(Kind::NotAllowed, "receipt.second_person", format!("biên lai {id}"), why));
        }
        let asker = Counter { actor: &asked.by, ..*self };
        let row = asker.leave_void(&mut *tx, id, row, &asked.reason, Some(self.actor)).await?;
        tx.commit().await?;
        Ok(row)
    }

    /// Refuses what another person asked for: the receipt stays in force, and may be asked for again.
    pub async fn reject_void(&self, id: &ReceiptId, reason: &str) -> Result<ReceiptRow> {
        let reason = check_reason(reason)?;
        let mut tx = self.folder.store.write().await?;
        let mut row = self.find_below(&mut *tx, id).await?;
        state(&row)?.in_force(id)?;
        if row.void_request.take().is_none() {
            return Err(not_asked(id));
        }
        let entry = self.entry(Action::ReceiptVoidRejected, &row.unit)?.about(&identity(&row)).because(&reason);
        tx.update_receipt(&row).await?;
        self.folder.log.append_one(&mut *tx, entry).await?;
        tx.commit().await?;
        Ok(row)
    }

    /// A receipt of this counter's unit, of one below it, or one that it issued for another; within a transaction.
    pub async fn find_below(&self, tx: &mut dyn Transaction, id: &ReceiptId) -> Result<ReceiptRow> {
        let row = Counter { unit: None, ..*self }.find(tx, id).await?;
        match self.unit {
            Some(unit) if !units::is_within(tx, &row.unit, unit).await? => self.find(tx, id).await,
            _ => Ok(row),
        }
    }

    async fn has_accountant(&self, tx: &mut dyn Transaction, unit: &str) -> Result<bool> {
        Ok(tx.has_role(unit, Role::Accountant.as_str(), self.folder.now()).await?)
    }

    /// Voids a receipt at once: on the command line, where whoever may read the data folder acts. If the unit or one above it has a chief
    /// accountant, `approver` is one, whose token was seen.
    pub async fn void(&self, id: &ReceiptId, reason: &str, approver: Option<&Caller>) -> Result<ReceiptRow> {
        let reason = check_reason(reason)?;
        let refused = |why: Text| Error::new(Kind::NotAllowed, "receipt.second_person", format!("biên lai {id}"), why);
        if let Some(approver) = approver {
            approver.may(Permission::ApproveVoids)?;
            let name = tokens::get(self.folder, &approver.id).await?.name;
            if self.actor.strip_prefix("local:").is_some_and(|user| user.eq_ignore_ascii_case(name.trim())) {
                return Err(refused(both!(
                    "{name} là người hủy nên không được tự phê duyệt",
                    "{name} voids it, and cannot approve it"
                )));
            }
        }
        let mut tx = self.folder.store.write().await?;
        let row = self.find(&mut *tx, id).await?;
        state(&row)?.void(id)?;
        match approver {
            Some(approver) if !units::is_within(&mut *tx, &row.unit, &approver.unit).await? => {
                return Err(refused(both!(
                    "kế toán trưởng của {theirs} không phê duyệt cho {ours}",
                    "the accountant of {theirs} approves nothing of {ours}",
                    theirs = approver.unit,
                    ours = row.unit
                )));
            }
            None if self.has_accountant(&mut *tx, &row.unit).await? => {
                let why = both!(
                    "đơn vị {unit} có kế toán trưởng, phải được người này phê duyệt",
                    "the unit {unit} has a chief accountant, who has to approve it",
                    unit = row.unit
                );
                return Err(refused(why).hint(
                    "--approval-token-file: tệp chứa token của kế toán trưởng / the file with the accountant's token",
                ));
            }
            _ => {}
        }
        let approver = approver.map(|approver| &*approver.id);
        let row = self.leave_void(&mut *tx, id, row, &reason, approver).await?;
        tx.commit().await?;
        Ok(row)
    }

    async fn leave_void(
        &self,
        tx: &mut dyn Transaction,
        id: &ReceiptId,
        mut row: ReceiptRow,
        reason: &str,
        approver: Option<&str>,
    ) -> Result<ReceiptRow> {
        row.state = state(&row)?.void(id)?.as_str().to_owned();
        let mut entry = self.entry(Action::ReceiptVoided, &row.unit)?.about(&identity(&row)).because(reason);
        entry.approver = approver.map(|approver| self.folder.log.pseudonym(approver));
        row.reason = Some(reason.to_owned());
        tx.update_receipt(&row).await?;
        self.happened(tx, &row, EventKind::Voided, row.reason.clone()).await?;
        self.tell(tx, &row, Occasion::Voided).await?;
        self.folder.log.append_one(tx, entry).await?;
        Ok(row)
    }
}
