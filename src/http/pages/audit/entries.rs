//! The log, the newest entries first, by what somebody looks for. It is never read whole: a page goes on before an index.

use super::{clock, parts};
use crate::auditor::browse::{self, Found};
use crate::auditor::entry::Entry;
use crate::auditor::filter::{Filter, moment};
use crate::http::pages::form::Faults;
use crate::http::pages::shell::{Door, Shell, Visit, shown};
use crate::http::problem::Answer;
use crate::http::query::Params;
use crate::messages::acts::{act, kinds};
use crate::people::keys::view;
use crate::people::permissions::Permission;
use crate::people::units;
use crate::receipts::series::ReceiptId;
use askama::Template;
use axum::response::Response;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use time::Time;
use url::form_urlencoded;

/// Entries on a page.
const PAGE: usize = 50;

/// What is looked for; what is left empty is not asked.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Asked {
    from: String,
    to: String,
    action: String,
    unit: String,
    about: String,
    digest: String,
    key: String,
    actor: String,
    before: Option<u64>,
    lang: String,
    said: String,
}

impl Asked {
    /// The address of a page with the same filter, before an index.
    fn address(&self, before: Option<u64>) -> String {
        let mut query = form_urlencoded::Serializer::new("/audit?".to_owned());
        let fields = [
            ("from", &self.from),
            ("to", &self.to),
            ("action", &self.action),
            ("unit", &self.unit),
            ("about", &self.about),
            ("digest", &self.digest),
            ("key", &self.key),
            ("actor", &self.actor),
        ];
        for (name, value) in fields.into_iter().filter(|(_, value)| !value.is_empty()) {
            query.append_pair(name, value);
        }
        if let Some(before) = before {
            query.append_pair("before", &before.to_string());
        }
        query.finish()
    }

    fn is_filter(&self) -> bool {
        self.address(None) != "/audit?"
    }
}

/// An entry in the list.
struct Row {
    index: u64,
    time: String,
    what: String,
    about: String,
    unit: String,
    actor: String,
}

#[derive(Template)]
#[template(path = "audit/entries.html")]
struct Page<'a> {
    shell: Shell,
    sections: Vec<Door>,
    asked: &'a Asked,
    kinds: Vec<(&'static str, String)>,
    units: Vec<(String, String)>,
    keys: Vec<(String, String)>,
    rows: Vec<Row>,
    size: u64,
    newest: Option<String>,
    older: Option<String>,
    /// Before which entry is still to be looked.
    looked: Option<u64>,
    faults: Faults,
}

/// The list.
pub async fn page(visit: Visit, Params(asked): Params<Asked>) -> Answer<Response> {
    visit.caller.may(Permission::ReadAudit)?;
    let Visit { house, caller, shell, .. } = visit;
    let (folder, language) = (&house.folder, shell.language);
    let keys = view::list(folder, Some(&caller.unit)).await?;
    let mut faults = Faults::default();
    let mut time = |field: &str, text: &str, of_day| {
        let found = moment(text, of_day);
        if found.is_none() && !text.is_empty() {
            faults.add(field, shell.t("Ghi ngày như 24/11/2026.", "Give a day such as 24/11/2026."));
        }
        found
    };
    let (since, until) = (time("from", &asked.from, Time::MIDNIGHT), time("to", &asked.to, Time::MAX));
    let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let about = given(&asked.about).map(|id| id.parse::<ReceiptId>().map_or(id, |receipt| receipt.to_string()));
    let mut digests: BTreeSet<String> = BTreeSet::new();
    if let Some(digest) = given(&asked.digest) {
        let digest = digest.to_lowercase();
        let digest = digest.rsplit(':').next().unwrap_or_default();
        if digest.len() < 64 || hex::decode(digest).is_err() {
            faults.add("digest", shell.t("Mã băm SHA-256 có 64 chữ số 0–9, a–f.", "A SHA-256 has 64 digits 0–9, a–f."));
        }
        digests.insert(digest.to_owned());
    }
    if let Some(key) = given(&asked.key) {
        // a key that is not there has signed nothing
        digests.insert(keys.iter().find(|known| known.name == key).map_or(key, |key| key.sha256.clone()));
    }
    let filter = Filter {
        unit: given(&asked.unit),
        actors: given(&asked.actor).map(|actor| BTreeSet::from([actor])),
        digests: if digests.is_empty() { None } else { Some(digests) },
        receipt: about,
        since,
        until,
        action: given(&asked.action),
    };
    let mut view = folder.store.read().await.map_err(crate::error::Error::from)?;
    let found = if faults.is_empty() {
        browse::newest(&mut *view, &filter, asked.before, PAGE).await?
    } else {
        Found::default()
    };
    let size = view.log_head().await.map_err(crate::error::Error::from)?.map_or(0, |head| head.size);
    drop(view);
    let units: BTreeMap<String, String> =
        units::list(folder).await?.into_iter().map(|unit| (unit.id, unit.name)).collect();
    let row = |(index, bytes): &(u64, Vec<u8>)| {
        let entry = Entry::parse(bytes).ok()?;
        let unit = entry.unit.as_deref().unwrap_or_default();
        Some(Row {
            index: *index,
            time: clock(&entry.time),
            what: act(&entry.action).of(language).to_owned(),
            about: entry.receipt.as_deref().unwrap_or_default().to_owned(),
            unit: units.get(unit).map_or(unit, String::as_str).to_owned(),
            actor: entry.actor.as_deref().unwrap_or_default().chars().take(8).collect(),
        })
    };
    let mut by_name: Vec<(String, String)> = units.iter().map(|(id, name)| (id.clone(), name.clone())).collect();
    by_name.sort_by_cached_key(|(_, name)| crate::messages::sort_key(name));
    let rows: Vec<Row> = found.items.iter().filter_map(row).collect();
    let page = Page {
        sections: parts(&shell, "/audit"),
        kinds: kinds().map(|(kind, text)| (kind, text.of(language).to_owned())).collect(),
        units: by_name,
        keys: keys.into_iter().map(|key| (key.name.clone(), key.holder().to_owned())).collect(),
        size,
        newest: asked.before.map(|_| asked.address(None)),
        older: found.next.map(|next| asked.address(Some(next))),
        looked: found.next.filter(|_| rows.len() < PAGE),
        rows,
        shell,
        asked: &asked,
        faults,
    };
    shown(page.faults.status(), &page)
}
