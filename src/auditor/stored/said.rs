//! What the signed XML of a receipt says of what the database says, too; read apart from the code that writes it.

use super::Check;
use super::receipts::split;
use crate::error::Result;
use crate::limits::Limits;
use crate::store::receipts::{ReceiptRow, SealedPayer};
use crate::xml::{self, Document, Node};
use unicode_normalization::UnicodeNormalization as _;

/// What the XML of a receipt says.
pub(super) struct Said {
    id: String,
    date: String,
    total: String,
    code: String,
    /// The way of payment, in the XML's words.
    pub method: String,
    reference: Option<String>,
    dossier: Option<String>,
    payer: [Option<String>; 7],
    /// What each line says.
    pub lines: Vec<SaidLine>,
}

/// What a line says: code and name of the fee, quantity, price of one, amount.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SaidLine {
    pub fee: String,
    pub name: String,
    pub quantity: String,
    pub unit_price: String,
    pub amount: String,
}

/// What a payer is known by: a member of the sealed JSON, and its element.
const PAYER: [(&str, &str); 7] = [
    ("name", "Ten"),
    ("tax_code", "MST"),
    ("personal_id", "CCCDan"),
    ("address", "DChi"),
    ("phone", "SDThoai"),
    ("email", "DCTDTu"),
    ("account", "STKNHang"),
];

impl Said {
    /// Reads it; none if it lacks what a receipt must say.
    pub(super) fn of(xml: &[u8]) -> Option<Self> {
        let document = Document::parse(xml, Limits::in_force()).ok()?;
        let element = |name: &str, node: Node<'_, '_>| {
            let mut found = node.descendants().filter(|n| n.is_element() && n.tag_name().name() == name);
            found.next().map(|n| n.id())
        };
        let node = |name: &str, within: Node<'_, '_>| document.root().document().get_node(element(name, within)?);
        let within = |name: &str, within: Node<'_, '_>| node(name, within).and_then(|n| xml::text(n).ok());
        let data = node("DLBLai", document.root())?;
        let further = |name: &str| {
            let is_this = |n: &Node<'_, '_>| n.has_tag_name("TTin") && within("TTruong", *n).as_deref() == Some(name);
            data.descendants().find(is_this).and_then(|n| within("DLieu", n))
        };
        let payer = node("NNop", data)?;
        let line = |n: Node<'_, '_>| {
            Some(SaidLine {
                fee: within("MKThu", n)?,
                name: within("TKThu", n)?,
                quantity: within("SLuong", n)?,
                unit_price: within("DGia", n)?,
                amount: within("ThTien", n)?,
            })
        };
        Some(Self {
            id: format!("{}/{}/{:0>8}", within("KHMSBLai", data)?, within("KHBLai", data)?, within("SBLai", data)?),
            date: within("NLap", data)?,
            total: within("TgTTTBSo", data)?,
            code: further("Mã tra cứu")?,
            method: within("HTTToan", data)?,
            reference: further("Mã tham chiếu thanh toán"),
            dossier: further("Mã hồ sơ"),
            payer: PAYER.map(|(_, element)| within(element, payer)),
            lines: data.descendants().filter(|n| n.has_tag_name("KThu")).map(line).collect::<Option<_>>()?,
        })
    }
}

impl Check<'_> {
    /// What the signed XML says must be what the database says.
    pub(super) async fn says(&mut self, row: &ReceiptRow, id: &str, said: &Said) -> Result<()> {
        let (date, total) = (row.date.to_string(), row.total.to_string());
        for (what, kept, said) in [
            ("number", id, &said.id),
            ("date", &date, &said.date),
            ("total", &total, &said.total),
            ("code", &row.code, &said.code),
        ] {
            self.held(id, what, Some(kept), Some(said));
        }
        self.held(id, "dossier", row.dossier.as_deref(), said.dossier.as_deref());
        // one that replaces another is for the same payment, without saying so
        let inherited = match row.replaces.as_deref().filter(|_| said.reference.is_none()).and_then(split) {
            Some((form, symbol, number)) => self.database.view().await.receipt(form, symbol, number).await?,
            None => None,
        };
        let inherited = inherited.and_then(|old| old.reference);
        let reference = said.reference.as_deref().or(inherited.as_deref());
        self.held(id, "payment reference", row.reference.as_deref(), reference);
        let known_by = |text: &str| text.trim().nfc().collect::<String>().to_lowercase().nfc().collect::<String>();
        // references of before that differed in letter case only were left as they were
        let is_known = match (&row.payment, &row.reference) {
            (Some(payment), Some(reference)) => payment == reference || *payment == known_by(reference),
            (payment, reference) => payment.is_none() && reference.is_none(),
        };
        if !is_known {
            self.fault(format!(
                "receipt {id}: what its payment is known by in the database is {:?}, its reference {:?}",
                row.payment.as_deref().unwrap_or_default(),
                row.reference.as_deref().unwrap_or_default()
            ));
        }
        self.payer(&row.payer, id, said);
        self.found_by_name(row, id, said).await
    }

    fn held(&mut self, id: &str, what: &str, kept: Option<&str>, said: Option<&str>) {
        if kept != said {
            let (kept, said) = (kept.unwrap_or("none"), said.unwrap_or("none"));
            self.fault(format!("receipt {id}: its {what} in the database is {kept}, that of its signed XML is {said}"));
        }
    }

    /// Who paid, sealed and as it is found again; who that is, the audit does not say.
    fn payer(&mut self, kept: &SealedPayer, id: &str, said: &Said) {
        let Some(insight) = self.insight else { return };
        let opened = insight.opened(&format!("payer/{id}"), &kept.sealed);
        let opened = opened.and_then(|text| serde_json::from_slice::<serde_json::Value>(&text).ok());
        let Some(opened) = opened else {
            self.fault(format!("receipt {id}: who paid cannot be read in the database"));
            return;
        };
        let value = |at: usize| said.payer.get(at).and_then(Option::as_deref);
        for (at, (member, _)) in PAYER.into_iter().enumerate() {
            if opened.get(member).and_then(serde_json::Value::as_str) != value(at) {
                self.fault(format!("receipt {id}: the payer's {member} in the database is not that of its signed XML"));
            }
        }
        let found_by = |field, at: usize| value(at).map(|value| insight.found_by(field, value));
        // a person's tax code of twelve digits is the personal identification number
        let personal_id = found_by("personal_id", 2)
            .or_else(|| found_by("personal_id", 1).filter(|_| value(1).is_some_and(|code| code.len() == 12)));
        for (what, kept, expected) in
            [("tax_code", &kept.tax_code, found_by("tax_code", 1)), ("personal_id", &kept.personal_id, personal_id)]
        {
            if *kept != expected {
                self.fault(format!("receipt {id}: the payer's {what} is not found by what the signed XML says"));
            }
        }
    }

    /// Whether the receipt is found by each word of the payer's name, or, where it is older than that, by the whole of it.
    async fn found_by_name(&mut self, row: &ReceiptRow, id: &str, said: &Said) -> Result<()> {
        let Some(insight) = self.insight else { return Ok(()) };
        let name = said.payer.first().and_then(Option::as_deref).unwrap_or_default();
        let is_found = match &row.payer.name {
            Some(digest) => *digest == insight.found_by("name", name),
            None => {
                let units = std::iter::once(&row.unit).chain(&row.delegate);
                let words: Vec<Vec<u8>> = units.flat_map(|unit| insight.found_by_words(unit, name)).collect();
                self.database.view().await.has_payer_words(row, &words).await?
            }
        };
        if !is_found {
            self.fault(format!("receipt {id}: the payer's name is not found by what the signed XML says"));
        }
        Ok(())
    }
}
