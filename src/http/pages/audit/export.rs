//! The log as a bundle that anybody verifies without a network, made and sent as a file. One is made at a time.

use super::parts;
use crate::auditor::filter::moment;
use crate::error::{Error, Kind};
use crate::http::file::FileAnswer;
use crate::http::house::House;
use crate::http::pages::form::{Faults, Form};
use crate::http::pages::shell::{Door, Shell, Visit, shown};
use crate::http::problem::{Answer, Problem};
use crate::http::reports::digest_of;
use crate::people::permissions::Permission;
use crate::reports::auditing;
use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use std::sync::Arc;
use time::{OffsetDateTime, Time};

/// Entries of the longest log that is made a bundle of here: longer ones take more than a request may.
const MOST_ENTRIES: u64 = 2_000_000;

#[derive(Template)]
#[template(path = "audit/export.html")]
struct Page<'a> {
    shell: Shell,
    sections: Vec<Door>,
    size: u64,
    since: &'a str,
    faults: Faults,
}

/// The form.
pub async fn page(visit: Visit) -> Answer<Response> {
    answer(visit, "", Faults::default()).await
}

async fn answer(visit: Visit, since: &str, faults: Faults) -> Answer<Response> {
    visit.caller.may(Permission::ReadAudit)?;
    let Visit { house, shell, .. } = visit;
    let (size, sections) = (house.folder.log.head().await?.size, parts(&shell, "/audit/export"));
    let page = Page { shell, sections, size, since, faults };
    shown(page.faults.status(), &page)
}

/// Makes the bundle. That it was given away is in the log, and so in the bundle.
pub async fn bundle(visit: Visit, form: Form) -> Answer<Response> {
    visit.caller.may(Permission::ReadAudit)?;
    let mut faults = Faults::default();
    let shell = &visit.shell;
    let text = form.text("since").to_owned();
    let since = moment(&text, Time::MIDNIGHT);
    if since.is_none() && !text.is_empty() {
        faults.add("since", shell.t("Ghi ngày như 24/11/2026.", "Give a day such as 24/11/2026."));
    }
    if visit.house.folder.log.head().await?.size > MOST_ENTRIES {
        let why = shell.t(
            "Nhật ký quá dài để xuất ở đây. Người quản trị máy chủ chạy: dauson audit export",
            "The log is too long to be exported here. Whoever runs the server does: dauson audit export",
        );
        faults = Faults::whole(why);
    }
    if !faults.is_empty() {
        return answer(visit, &text, faults).await;
    }
    let busy =
        |_| Problem::new(StatusCode::SERVICE_UNAVAILABLE, "http.busy", "another bundle is being made; try again");
    let turn = Arc::clone(&visit.house.exports).try_acquire_owned().map_err(busy)?;
    let actor = visit.caller.id.clone();
    let (file, size, sha256, day) = visit
        .house
        .work(async move |house| {
            let _turn = turn;
            made(house, &actor, since).await
        })
        .await?;
    let name = format!("nhat-ky-{day}.zip");
    Ok(FileAnswer { file, size, sha256, media_type: "application/zip", name: &name }.into_response())
}

type Made = (std::fs::File, u64, [u8; 32], String);

async fn made(house: &House, actor: &str, since: Option<OffsetDateTime>) -> crate::error::Result<Made> {
    let failed = |error: std::io::Error| Error::new(Kind::CannotWrite, "output.cannot_write", "the bundle", error);
    // it has no name, and is gone with whoever reads it
    let mut file = tempfile::tempfile_in(&house.folder.path).map_err(failed)?;
    auditing::bundle(&house.folder, actor, since, &mut file, &|_, _| ()).await?;
    let size = file.metadata().map_err(failed)?.len();
    std::io::Seek::rewind(&mut file).map_err(failed)?;
    let sha256 = digest_of(&mut file).map_err(failed)?;
    let day = house.folder.now().to_offset(crate::messages::VIETNAM).date().to_string();
    Ok((file, size, sha256, day))
}
