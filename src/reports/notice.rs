//! An error of a receipt notified on form 04/SS-CTĐT (Thông tư 91/2026/TT-BTC art. 20): tax code and amount are right, name, address or words are
//! not; there is no new receipt. The notice is XML signed by the unit's key for receipts, and a signed PDF that shows and carries it; the payer
//! and the tax office get it.

use super::notice_xml::{self, FORM, Said, TITLE};
use super::paper::{Column, Form, Paper};
use super::signing;
use crate::audit::entry::Action;
use crate::data_folder::DataFolder;
use crate::digest::sha256;
use crate::error::{Error, Kind, Result};
use crate::messages::both;
use crate::people::units;
use crate::receipts::amount::grouped;
use crate::receipts::content::short_date;
use crate::receipts::issue::{Counter, check_reason, state};
use crate::receipts::letter::Occasion;
use crate::receipts::register;
use crate::receipts::series::ReceiptId;
use crate::receipts::view::identity;
use crate::store::accounts::EventKind;
use crate::store::outgoing::OutgoingKind;
use crate::store::receipts::{Notice, NoticePaper, ReceiptRow};
use std::io::Read;

/// Notices of one receipt.
const MOST_NOTICES: usize = 50;

/// Notifies that name, address, words or other content is wrong, while tax code and amount are right.
pub async fn notify(counter: &Counter<'_>, id: &ReceiptId, reason: &str) -> Result<ReceiptRow> {
    let (folder, reason) = (counter.folder, check_reason(reason)?);
    let mut tx = folder.write().await?;
    let mut row = counter.find(&mut *tx, id).await?;
    state(&row)?.in_force(id)?;
    if row.notices.len() >= MOST_NOTICES {
        let why = both!("đã có {MOST_NOTICES} thông báo sai sót", "there are {MOST_NOTICES} notices already");
        return Err(Error::new(Kind::Conflict, "receipt.notices", format!("biên lai {id}"), why));
    }
    // of a receipt whose unit is none any more, the one that has its place notifies
    let unit = units::standing(&mut *tx, &row.unit).await?;
    let key = counter.key_of(&unit).await?;
    let (now, nth) = (folder.now(), row.notices.len().saturating_add(1));
    let entry = |action| Ok::<_, Error>(counter.entry(action, &row.unit)?.about(&identity(&row)));
    folder.log.append_one(&mut *tx, entry(Action::ReceiptNotified)?.because(&reason)).await?;
    let said = Said { unit: &unit, receipt: &row, nth, time: now, reason: &reason };
    let (document, at) = notice_xml::document(&said);
    let filed = entry(Action::NoticeFiled)?;
    let (xml, logged) = signing::sign_xml(folder, &mut *tx, &*key, (&document, at), filed).await?;
    let xml_sha256 = sha256(&xml);
    folder.blobs.wait(&[(&xml_sha256, &xml)]).await?;
    let drawn = paper(&said, xml, Form::of(&unit, &*key)?).draw()?;
    let (pdf, signed) = signing::sign_pdf(folder, &mut *tx, &*key, drawn, entry(Action::NoticeRendered)?).await?;
    folder.blobs.wait(&[(&signed.sha256, &pdf)]).await?;
    let paper = NoticePaper { xml_sha256, pdf_sha256: signed.sha256, log_index: logged.index };
    row.notices.push(Notice { at: now, reason: reason.clone(), paper: Some(paper) });
    tx.update_receipt(&row).await?;
    counter.happened(&mut *tx, &row, EventKind::Notified, Some(reason)).await?;
    tx.put_outgoing(&row.unit, OutgoingKind::Notice, &format!("{}/{nth}", identity(&row)), now).await?;
    counter.tell(&mut *tx, &row, Occasion::Notified(nth)).await?;
    folder.commit(tx, &[xml_sha256, signed.sha256]).await?;
    Ok(row)
}

/// What the tax office gets of the notice that the queue knows by this name, such as `EBL01/26TAA/00000001/1`: its name as a file, and the signed XML.
pub async fn sent(folder: &DataFolder, item: &str) -> Result<(String, Vec<u8>)> {
    let missing = || Error::new(Kind::NotFound, "report.not_found", format!("notice {item}"), "it is not there");
    let (id, nth) = item.rsplit_once('/').ok_or_else(missing)?;
    let (id, nth): (ReceiptId, usize) = (id.parse()?, nth.parse().map_err(|_| missing())?);
    let mut tx = folder.store.read().await?;
    let found = tx.receipt(id.series.form.as_str(), id.series.symbol.as_str(), id.number.get()).await?;
    let row = found.ok_or_else(missing)?;
    let mut xml = Vec::new();
    let mut file = register::file(folder, &row, &register::notice(&row, nth)?.xml_sha256).await?;
    file.read_to_end(&mut xml).map_err(|error| register::damaged(&row, error))?;
    Ok((format!("04-SS-CTDT-{}", item.replace('/', "-")), xml))
}

fn paper(said: &Said<'_>, xml: Vec<u8>, form: Form) -> Paper {
    let Said { unit, receipt, nth, time, reason } = said;
    let column = |name, share, is_number| Column { name, share, is_number };
    Paper {
        form: Some(form),
        title: TITLE.to_owned(),
        size: (841.89, 595.28),
        head: vec![
            format!("Mẫu số: {FORM}"),
            "Kính gửi: Cơ quan thuế quản lý và người nộp phí, lệ phí".to_owned(),
            format!("Tên người nộp thuế (cơ quan thu): {}", unit.name),
            format!("Mã số thuế: {}", unit.tax_code),
            "Cơ quan thu thông báo về biên lai thu phí, lệ phí điện tử đã lập có sai sót như sau:".to_owned(),
        ],
        columns: vec![
            column("STT", 3.0, true),
            column("Mẫu số", 5.0, false),
            column("Ký hiệu", 5.0, false),
            column("Số", 7.0, false),
            column("Ngày lập", 7.0, false),
            column("Số tiền (không đổi)", 9.0, true),
            column("Tính chất thông báo", 8.0, false),
            column("Nội dung sai sót và nội dung đúng", 40.0, false),
        ],
        rows: vec![vec![
            "1".to_owned(),
            receipt.form.clone(),
            receipt.symbol.clone(),
            format!("{:08}", receipt.number),
            short_date(receipt.date),
            grouped(receipt.total),
            notice_xml::TREATMENT.to_owned(),
            (*reason).to_owned(),
        ]],
        closing: vec![
            "Mã số thuế và số tiền trên biên lai là đúng; không lập biên lai mới.".to_owned(),
            format!("Thông báo thứ {nth} về biên lai này."),
            "Bản thể hiện có chữ ký số của cơ quan thu; dữ liệu gốc đã ký số là tệp XML đính kèm.".to_owned(),
            format!("SHA-256 của tệp XML: {}", hex::encode(sha256(&xml))),
        ],
        author: unit.name.clone(),
        id: format!("04-SS-CTDT {} {nth}", identity(receipt)),
        time: *time,
        attachment: Some(("thong-bao-sai-sot.xml", xml)),
    }
}
