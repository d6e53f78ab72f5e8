//! Letters by e-mail to who paid: the receipt with its signed files, and what became of it later. In Vietnamese, English below.

use super::amount::grouped;
use super::content::{Content, replacement_words, short_date};
use super::copy::Original;
use super::payers;
use super::register::{self, damaged};
use super::view::identity;
use super::words::in_words;
use crate::data_folder::DataFolder;
use crate::digest::sha256;
use crate::error::{Error, Kind, Result};
use crate::net::smtp::{Enclosure, Letter, is_address};
use crate::store::outgoing::OutgoingKind;
use crate::store::receipts::ReceiptRow;
use crate::store::{Sha256, Transaction};
use std::fmt;
use std::io::Read;

/// What a payer is told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occasion {
    /// The receipt was issued, maybe in the place of another.
    Issued,
    /// Another receipt took its place.
    Replaced,
    /// It was voided.
    Voided,
    /// An error of it was notified: which notice of it that is, from 1.
    Notified(usize),
}

impl fmt::Display for Occasion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Issued => f.write_str("issued"),
            Self::Replaced => f.write_str("replaced"),
            Self::Voided => f.write_str("voided"),
            Self::Notified(nth) => write!(f, "notified-{nth}"),
        }
    }
}

impl Occasion {
    /// The one that is written so.
    fn of(text: &str) -> Option<Self> {
        match text {
            "issued" => Some(Self::Issued),
            "replaced" => Some(Self::Replaced),
            "voided" => Some(Self::Voided),
            _ => text.strip_prefix("notified-")?.parse().ok().map(Self::Notified),
        }
    }
}

/// Puts a letter on its way, if the payer has an address that letters can be sent to.
pub(super) async fn put(
    folder: &DataFolder,
    tx: &mut dyn Transaction,
    row: &ReceiptRow,
    occasion: Occasion,
) -> Result<()> {
    if !payers::open(folder, row)?.email.as_deref().is_some_and(is_address) {
        return Ok(());
    }
    let item = format!("{}/{occasion}", identity(row));
    Ok(tx.put_outgoing(&row.unit, OutgoingKind::Mail, &item, folder.now()).await?)
}

/// The letter that was put on its way under this name.
pub async fn write(folder: &DataFolder, item: &str) -> Result<Letter> {
    let missing =
        || Error::new(Kind::NotFound, "receipt.not_found", format!("letter {item}"), "there is no such receipt");
    let (id, occasion) = item.rsplit_once('/').ok_or_else(missing)?;
    let occasion = Occasion::of(occasion).ok_or_else(missing)?;
    let id: super::series::ReceiptId = id.parse()?;
    let (form, symbol) = (id.series.form.as_str(), id.series.symbol.as_str());
    let row = folder.store.read().await?.receipt(form, symbol, id.number.get()).await?.ok_or_else(missing)?;
    let xml = read(folder, &row, &row.xml_sha256).await?;
    let original = Original::read(xml).ok_or_else(|| damaged(&row, "its XML is not that of a receipt"))?;
    let content = original.content();
    let payer = payers::open(folder, &row)?;
    let name = format!("{}-{}-{:08}", row.form, row.symbol, row.number);
    let enclosed = match occasion {
        Occasion::Issued => Some((name, row.pdf_sha256, row.xml_sha256)),
        Occasion::Notified(nth) => {
            let paper = register::notice(&row, nth)?;
            Some((format!("04-SS-CTDT-{name}-{nth}"), paper.pdf_sha256, paper.xml_sha256))
        }
        Occasion::Replaced | Occasion::Voided => None,
    };
    let mut files = Vec::new();
    if let Some((name, pdf, xml)) = enclosed {
        for (sha256, extension, media_type) in [(pdf, "pdf", "application/pdf"), (xml, "xml", "application/xml")] {
            let bytes = read(folder, &row, &sha256).await?;
            files.push(Enclosure { name: format!("{name}.{extension}"), media_type, bytes });
        }
    }
    Ok(Letter {
        id: hex::encode(sha256(format!("{}/{item}", folder.log.origin()).as_bytes())),
        date: folder.now(),
        from_name: content.body.name.clone(),
        to_name: payer.name.clone(),
        to: payer.email.clone().unwrap_or_default(),
        subject: subject(content, occasion),
        text: text(content, occasion, row.replaced_by.as_deref()),
        files,
    })
}

async fn read(folder: &DataFolder, row: &ReceiptRow, sha256: &Sha256) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut file = register::file(folder, row, sha256).await?;
    file.read_to_end(&mut bytes).map_err(|error| damaged(row, error))?;
    Ok(bytes)
}

fn subject(content: &Content, occasion: Occasion) -> String {
    let id = &content.id;
    match occasion {
        Occasion::Issued => format!("Biên lai điện tử số {id} ngày {}", short_date(content.date())),
        Occasion::Replaced => format!("Biên lai điện tử số {id} đã được thay thế"),
        Occasion::Voided => format!("Biên lai điện tử số {id} đã bị hủy"),
        Occasion::Notified(_) => format!("Thông báo sai sót của biên lai điện tử số {id} (mẫu 04/SS-CTĐT)"),
    }
}

fn text(content: &Content, occasion: Occasion, replaced_by: Option<&str>) -> String {
    let (id, day, body, payer) = (&content.id, short_date(content.date()), &content.body, &content.payer.name);
    let total = content.total.get();
    let by = replaced_by.unwrap_or_default();
    let (news, news_en) = match occasion {
        Occasion::Issued => (
            format!("{} (mã số thuế {}) xin gửi biên lai thu phí, lệ phí điện tử:", body.name, body.tax_code),
            format!(
                "{} (tax code {}) sends you this electronic receipt for fees and charges:",
                body.name, body.tax_code
            ),
        ),
        Occasion::Replaced => (
            format!("Biên lai điện tử dưới đây đã được thay thế bằng biên lai số {by} và không còn giá trị sử dụng:"),
            format!("This electronic receipt was replaced by the receipt {by} and is no longer in force:"),
        ),
        Occasion::Voided => (
            "Biên lai điện tử dưới đây đã bị hủy và không còn giá trị sử dụng:".to_owned(),
            "This electronic receipt was voided and is no longer in force:".to_owned(),
        ),
        Occasion::Notified(_) => (
            "Biên lai điện tử dưới đây có sai sót về nội dung ghi trên biên lai; mã số thuế và số tiền là đúng, biên lai \
             vẫn có hiệu lực và không được lập lại. Nội dung sai sót và nội dung đúng được nêu trong thông báo kèm theo:"
                .to_owned(),
            "This electronic receipt has an error in its texts; tax code and amount are right, and it stays in force. What \
             is wrong, and what would be right, is in the enclosed notice:"
                .to_owned(),
        ),
    };
    let replaces = content.replaces.as_ref().filter(|_| occasion == Occasion::Issued);
    let replaces_vi = replaces.map(|old| format!("  {}.\n", replacement_words(old))).unwrap_or_default();
    let replaces_en =
        replaces.map(|old| format!("  It replaces the receipt {} of {}.\n", old.id, short_date(old.date)));
    let (files, files_en) = match occasion {
        Occasion::Issued => (
            "Kèm theo thư này là biên lai ở dạng PDF (để xem và in) và dạng XML, cả hai đều đã ký số.\n\n",
            "Enclosed is the receipt as PDF, to be read and printed, and as XML; both are digitally signed.\n\n",
        ),
        Occasion::Notified(_) => (
            "Kèm theo thư này là thông báo theo mẫu 04/SS-CTĐT ở dạng PDF và dạng XML, cả hai đều đã ký số.\n\n",
            "Enclosed is the notice (form 04/SS-CTĐT) as PDF and as XML; both are digitally signed.\n\n",
        ),
        Occasion::Replaced | Occasion::Voided => ("", ""),
    };
    let phone = body.phone.as_ref().map(|phone| format!(", điện thoại {phone}")).unwrap_or_default();
    let phone_en = body.phone.as_ref().map(|phone| format!(", telephone {phone}")).unwrap_or_default();
    format!(
        "Kính gửi: {payer}\n\n\
         {news}\n\n  \
           Số biên lai:  {id}\n  \
           Ngày lập:     {day}\n  \
           Số tiền:      {amount} đồng ({words})\n{replaces_vi}\n\
         {files}\
         Kiểm tra biên lai tại địa chỉ:\n{url}\n\n\
         Thư này được gửi tự động, xin không trả lời. Mọi thắc mắc xin liên hệ {name}, {address}{phone}.\n\n\
         ------------------------------------------------------------\n\n\
         Dear {payer},\n\n\
         {news_en}\n\n  \
           Receipt number:  {id}\n  \
           Issued on:       {day} (day/month/year)\n  \
           Amount:          VND {amount_en}\n{replaces_en}\n\
         {files_en}\
         Check the receipt at this address:\n{url}\n\n\
         This letter was sent automatically, please do not answer it. If you have questions, turn to {name}, {address}{phone_en}.\n",
        amount = grouped(total),
        words = in_words(content.total),
        amount_en = grouped(total).replace('.', ","),
        replaces_en = replaces_en.unwrap_or_default(),
        url = content.check_url,
        name = body.name,
        address = body.address,
    )
}
