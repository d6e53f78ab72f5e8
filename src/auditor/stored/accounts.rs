//! What reports are made from: what each line of a receipt brought in, by the receipt's signed XML; what happened to it, and who did it, by the log.

use super::receipts::reason_digest;
use super::said::{Said, SaidLine};
use super::{Check, particulars};
use crate::auditor::entry::Entry;
use crate::error::Result;
use crate::messages::audit::Kept;
use crate::store::accounts::EventKind;
use crate::store::receipts::ReceiptRow;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime, UtcOffset};

/// Vietnam's hours from UTC.
const VIETNAM: i8 = 7;
/// What lies at most between an event and its entry in the log, which may be of two days.
pub(super) const APART: Duration = Duration::minutes(10);

/// A way of payment as the XML says it.
fn method(vietnamese: &str) -> &str {
    match vietnamese {
        "Tiền mặt" => "cash",
        "Chuyển khoản" => "transfer",
        "Cổng dịch vụ công" => "portal",
        other => other,
    }
}

impl Check<'_> {
    /// The lines of a receipt as reports count them.
    pub(super) async fn lines(
        &mut self,
        row: &ReceiptRow,
        id: &str,
        issued: &Entry<'_>,
        said: Option<&Said>,
    ) -> Result<()> {
        let lines = self.database.view().await.collected(&row.form, &row.symbol, row.number).await?;
        let expected = said.map_or(lines.len(), |said| said.lines.len());
        if lines.len() != expected {
            let count = lines.len();
            self.fault(format!("receipt {id}: reports count {count} lines of it, its signed XML has {expected}"));
        }
        let ways: Vec<_> = lines.iter().map(|line| (line.channel.clone(), line.budget_item.clone())).collect();
        self.stands(Kept::Receipt(id), issued, &particulars::receipt(row, &ways)?);
        let total: i128 = lines.iter().map(|line| i128::from(line.amount)).sum();
        if total != i128::from(row.total) {
            let of = row.total;
            self.fault(format!("receipt {id}: its lines as reports count them come to {total}, it is over {of}"));
        }
        for (at, line) in lines.iter().enumerate() {
            let what = format!("receipt {id}, line {}", line.line);
            let date = row.date.to_string();
            let day = line.day.to_string();
            let channel = ways.first().map_or("", |(channel, _)| channel);
            let mut held =
                vec![("unit", &*line.unit, &*row.unit), ("day", &*day, &*date), ("channel", &*line.channel, channel)];
            let numbers = [line.quantity, line.unit_price, line.amount].map(|number| number.to_string());
            let [quantity, unit_price, amount] = &numbers;
            if let Some(said) = said {
                held.push(("way of payment", &line.method, method(&said.method)));
                if let Some(SaidLine { fee, name, quantity: q, unit_price: p, amount: a }) = said.lines.get(at) {
                    held.extend([
                        ("fee", &*line.fee, &**fee),
                        ("name", &line.name, name),
                        ("quantity", quantity, q),
                        ("price", unit_price, p),
                        ("amount", amount, a),
                    ]);
                }
            }
            for (name, counted, right) in held {
                if counted != right {
                    self.fault(format!("{what}: reports count the {name} {counted}, the receipt's is {right}"));
                }
            }
            if !self.is_by(issued, &line.cashier) {
                let cashier = &line.cashier;
                self.fault(format!("{what}: reports count it for the cashier {cashier}, the log for somebody else"));
            }
        }
        Ok(())
    }

    /// What happened to a receipt: each event is one of the log's entries about it, in their order.
    pub(super) async fn events(&mut self, row: &ReceiptRow, id: &str, history: &[(u64, Entry<'static>)]) -> Result<()> {
        let events = self.database.view().await.events_of(&row.form, &row.symbol, row.number).await?;
        let kind = |action: &str| {
            EventKind::ALL.into_iter().find(|kind| action.strip_prefix("receipt.") == Some(kind.as_str()))
        };
        let logged: Vec<_> = history.iter().filter_map(|(_, entry)| Some((kind(&entry.action)?, entry))).collect();
        let words = |kinds: Vec<EventKind>| match kinds.as_slice() {
            [] => "nothing".to_owned(),
            kinds => kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(", "),
        };
        let (kept, known) = (
            events.iter().map(|e| e.kind).collect::<Vec<_>>(),
            logged.iter().map(|(kind, _)| *kind).collect::<Vec<_>>(),
        );
        if kept != known {
            let (kept, known) = (words(kept), words(known));
            self.fault(format!("receipt {id}: what happened to it for reports is {kept}, in the log {known}"));
            return Ok(());
        }
        for (event, (kind, entry)) in events.iter().zip(logged) {
            let what = format!("receipt {id}, {} on {}", kind.as_str(), event.day);
            if event.unit != row.unit {
                self.fault(format!("{what}: reports count it for the unit {}, it is of {}", event.unit, row.unit));
            }
            if !self.is_by(entry, &event.actor) {
                let actor = &event.actor;
                self.fault(format!("{what}: reports have it done by {actor}, the log by somebody else"));
            }
            let reason = event.reason.as_deref().map(reason_digest);
            // what the digest of an issued one is, is not its reason
            let logged = entry.digest.as_deref().filter(|_| kind != EventKind::Issued);
            if reason.as_deref() != logged {
                let reason = event.reason.as_deref().unwrap_or_default();
                self.fault(format!("{what}: its reason for reports, {reason:?}, is not the one that the log records"));
            }
            let day = |apart: Duration| {
                let time = OffsetDateTime::parse(&entry.time, &Rfc3339).ok()?;
                let offset = UtcOffset::from_hms(VIETNAM, 0, 0).ok()?;
                Some(time.checked_add(apart)?.to_offset(offset).date())
            };
            if ![day(Duration::ZERO), day(APART), day(-APART)].contains(&Some(event.day)) {
                let logged = day(Duration::ZERO).map(|day| day.to_string()).unwrap_or_default();
                self.fault(format!("{what}: the log has it on {logged}"));
            }
        }
        Ok(())
    }
}
