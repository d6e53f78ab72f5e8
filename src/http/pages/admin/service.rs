//! The service itself, to be read only: whom it trusts, its settings, how it does; what could not be sent is sent again.

use super::{enter, parts};
use crate::data_folder::{DATABASE, VIETNAM};
use crate::error::Error;
use crate::http::house::House;
use crate::http::pages::shell::{Door, Shell, Visit, see, shown};
use crate::http::problem::{Answer, Problem};
use crate::messages::audit::agreement;
use crate::messages::{moment, moment_of};
use crate::people::permissions::Permission;
use crate::pki::anchors::AnchorPurpose;
use crate::receipts::amount::grouped;
use crate::receipts::content::short_date;
use crate::reports::sending::{self, OutgoingView};
use crate::store::outgoing::{OutgoingKind, OutgoingState};
use crate::store::people::PlanState;
use crate::tlog::Checkpoint;
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;

/// Things on their way that are shown of each state.
const MOST: u32 = 50;
/// Bytes of disk that are too few.
const LITTLE_ROOM: u64 = 2 << 30;

/// A trust anchor, in words.
struct Anchor {
    subject: String,
    ends: String,
    purpose: String,
    sha256: String,
}

#[derive(Template)]
#[template(path = "admin/trust.html")]
struct Trust {
    shell: Shell,
    sections: Vec<Door>,
    anchors: Vec<Anchor>,
    certificates: usize,
    lists: usize,
    answers: usize,
}

/// Whom the service trusts.
pub async fn trust(visit: Visit) -> Answer<Response> {
    enter(&visit, "/admin/trust")?;
    let Visit { house, caller, shell, .. } = visit;
    let material = house.trust()?;
    let anchor = |anchor: &crate::pki::anchors::Anchor| {
        let purpose = match anchor.scope.purpose.as_slice() {
            [] => shell.t("Mọi mục đích", "Everything"),
            [AnchorPurpose::Signing] => shell.t("Ký văn bản", "Signing"),
            [AnchorPurpose::TimeStamping] => shell.t("Dấu thời gian", "Time-stamping"),
            _ => shell.t("Ký văn bản, dấu thời gian", "Signing, time-stamping"),
        };
        let until = anchor.scope.valid_until.unwrap_or_else(|| anchor.certificate.not_after());
        Anchor {
            subject: anchor.certificate.subject().to_string(),
            ends: short_date(until.to_offset(VIETNAM).date()),
            purpose: purpose.to_owned(),
            sha256: hex::encode(anchor.certificate.sha256()),
        }
    };
    let page = Trust {
        sections: parts(&shell, caller.role, "/admin/trust"),
        anchors: material.anchors.anchors().iter().map(anchor).collect(),
        certificates: material.certificates.len(),
        lists: material.crls.len(),
        answers: material.ocsps.len(),
        shell,
    };
    shown(StatusCode::OK, &page)
}

/// A setting, as it is shown.
struct SettingLine {
    key: &'static str,
    env: String,
    value: String,
    origin: String,
    is_set: bool,
    doc: &'static str,
}

#[derive(Template)]
#[template(path = "admin/settings.html")]
struct Settings {
    shell: Shell,
    sections: Vec<Door>,
    lines: Vec<SettingLine>,
}

/// Every setting. What is secret is not in its value.
pub async fn settings(visit: Visit) -> Answer<Response> {
    enter(&visit, "/admin/settings")?;
    let Visit { house, caller, shell, .. } = visit;
    let line = |setting: &crate::config::Setting| SettingLine {
        key: setting.key,
        env: setting.env.clone(),
        value: match &setting.value {
            serde_json::Value::String(text) => text.clone(),
            serde_json::Value::Null => String::new(),
            serde_json::Value::Array(all) => all
                .iter()
                .map(|one| one.as_str().map_or_else(|| one.to_string(), str::to_owned))
                .collect::<Vec<_>>()
                .join(", "),
            other => other.to_string(),
        },
        is_set: setting.origin != "default",
        origin: setting.origin.clone(),
        doc: setting.doc,
    };
    let page = Settings {
        sections: parts(&shell, caller.role, "/admin/settings"),
        lines: house.settings.iter().map(line).collect(),
        shell,
    };
    shown(StatusCode::OK, &page)
}

/// One thing about how the service does.
struct Sign {
    mood: &'static str,
    name: &'static str,
    value: String,
}

/// Something on its way.
struct Sent {
    id: i64,
    kind: &'static str,
    item: String,
    put: String,
    tries: u32,
    failure: String,
    due: String,
}

#[derive(Template)]
#[template(path = "admin/health.html")]
struct Health {
    shell: Shell,
    sections: Vec<Door>,
    signs: Vec<Sign>,
    failed: Vec<Sent>,
    queued: Vec<Sent>,
    most: u32,
    may_send: bool,
}

/// How the service does.
pub async fn health(visit: Visit) -> Answer<Response> {
    enter(&visit, "/admin/health")?;
    let Visit { house, caller, shell, .. } = visit;
    let signs = signs(&house, &shell).await?;
    let mut view = house.folder.store.read().await.map_err(Error::from)?;
    let mut of = async |state| view.outgoing_of(&caller.unit, Some(state), None, MOST).await.map_err(Error::from);
    let (failed, queued) = (of(OutgoingState::Failed).await?, of(OutgoingState::Queued).await?);
    let sent = |row| told(&shell, OutgoingView::from(row));
    let page = Health {
        sections: parts(&shell, caller.role, "/admin/health"),
        failed: failed.into_iter().map(sent).collect(),
        queued: queued.into_iter().map(sent).collect(),
        may_send: caller.may(Permission::SendAgain).is_ok(),
        most: MOST,
        signs,
        shell,
    };
    shown(StatusCode::OK, &page)
}

fn told(shell: &Shell, row: OutgoingView) -> Sent {
    Sent {
        kind: match row.kind {
            OutgoingKind::Report => shell.t("Bảng tổng hợp ngày gửi cơ quan thuế", "Daily report to the tax office"),
            OutgoingKind::Notice => {
                shell.t("Thông báo sai sót gửi cơ quan thuế", "Notice of an error to the tax office")
            }
            OutgoingKind::Mail => shell.t("Thư cho người nộp tiền", "Letter to a payer"),
            OutgoingKind::Dispatch => shell.t("Thư về văn bản", "Letter about a document"),
            OutgoingKind::Hook => shell.t("Báo cho hệ thống khác", "Call of another system"),
            OutgoingKind::Level => shell.t("Nâng mức chữ ký của văn bản", "Signatures of a document to be raised"),
        },
        id: row.id,
        item: row.item,
        put: moment(row.put),
        tries: row.tries,
        failure: row.failure.unwrap_or_default(),
        due: row.due.map(moment).unwrap_or_default(),
    }
}

async fn signs(house: &House, shell: &Shell) -> Answer<Vec<Sign>> {
    let mut signs = Vec::new();
    let mut say = |mood, name, value: String| signs.push(Sign { mood, name, value });
    let head = house.folder.log.head().await;
    match &head {
        Ok(head) => {
            let is_signed = Checkpoint::open(&head.checkpoint, house.folder.log.verifier_key()).is_ok();
            let words = if is_signed {
                shell.t("Sẵn sàng", "Ready")
            } else {
                shell.t(
                    "Nhật ký không có chữ ký của khóa nhật ký",
                    "The log's checkpoint is not signed by the log's key",
                )
            };
            say(if is_signed { "good" } else { "bad" }, shell.t("Dịch vụ", "Service"), words.to_owned());
            say(
                "",
                shell.t("Bản ghi của nhật ký", "Entries of the log"),
                grouped(i64::try_from(head.size).unwrap_or(i64::MAX)),
            );
        }
        Err(_) => say(
            "bad",
            shell.t("Dịch vụ", "Service"),
            shell.t("Cơ sở dữ liệu không trả lời", "The database does not answer").to_owned(),
        ),
    }
    if let Some(time) = last_entry(house, head.map_or(0, |head| head.size)).await? {
        say("", shell.t("Bản ghi mới nhất lúc", "Newest entry at"), moment_of(&time));
    }
    say("", shell.t("Đã chạy", "Running for"), duration(shell, house.metrics.uptime().as_secs()));
    say("", shell.t("Yêu cầu đang xử lý", "Requests that are worked on"), house.busy().to_string());
    if let Some(free) = house.folder.free_bytes() {
        let mood = if free < LITTLE_ROOM { "bad" } else { "good" };
        say(mood, shell.t("Chỗ trống trên đĩa", "Room on the disk"), bytes(free));
    }
    if let Ok(about) = std::fs::metadata(house.folder.path.join(DATABASE)) {
        say("", shell.t("Cơ sở dữ liệu", "Database"), bytes(about.len()));
    }
    match house.checks.last() {
        Some(Ok(last)) => {
            let mood = if last.faults == 0 { "good" } else { "bad" };
            let words = format!("{}: {}", moment(last.ended), agreement(last.faults).of(shell.language));
            say(mood, shell.t("Kiểm tra nhật ký lần cuối", "Last check of the log"), words);
        }
        Some(Err(error)) => {
            say("unsure", shell.t("Kiểm tra nhật ký lần cuối", "Last check of the log"), error.to_string());
        }
        None => {
            let words = shell.t(
                "Chưa, từ khi dịch vụ khởi động; người kiểm tra làm việc này ở phòng Kiểm tra nhật ký",
                "None since the service started; an auditor does it in the room Audit",
            );
            say("unsure", shell.t("Kiểm tra nhật ký lần cuối", "Last check of the log"), words.to_owned());
        }
    }
    let plans = house.folder.store.read().await.map_err(Error::from)?.unit_plans().await.map_err(Error::from)?;
    for plan in plans.into_iter().filter(|plan| plan.state == PlanState::Planned) {
        let Some((_, why)) = plan.tried else { continue };
        let name = shell.t("Kế hoạch về đơn vị chưa làm được", "A plan for units that cannot be done");
        say("bad", name, format!("{}, {}: {why}", short_date(plan.day), plan.units.join(", ")));
    }
    let mail = if house.sends_mail {
        shell.t("Có máy chủ thư", "There is a mail server")
    } else {
        shell.t("Chưa khai báo máy chủ thư", "No mail server is set")
    };
    say("", shell.t("Thư điện tử", "E-mail"), mail.to_owned());
    Ok(signs)
}

async fn last_entry(house: &House, size: u64) -> Answer<Option<String>> {
    let Some(last) = size.checked_sub(1) else { return Ok(None) };
    let mut view = house.folder.store.read().await.map_err(Error::from)?;
    let rows = view.log_entries(last, 1).await.map_err(Error::from)?;
    Ok(rows
        .first()
        .and_then(|(_, row)| crate::auditor::entry::Entry::parse(&row.entry).ok().map(|entry| entry.time.into_owned())))
}

fn bytes(count: u64) -> String {
    let tenths = |unit: u64| count.saturating_mul(10) / unit;
    let (tenths, unit) = match count {
        0..0x10_0000 => (tenths(1 << 10), "KB"),
        0x10_0000..0x4000_0000 => (tenths(1 << 20), "MB"),
        _ => (tenths(1 << 30), "GB"),
    };
    format!("{},{} {unit}", tenths / 10, tenths % 10)
}

fn duration(shell: &Shell, seconds: u64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    format!(
        "{days} {} {hours} {} {minutes} {}",
        shell.t("ngày", "days"),
        shell.t("giờ", "hours"),
        shell.t("phút", "minutes")
    )
}

/// Sends again what could not be sent.
pub async fn retry(visit: Visit, Path(id): Path<String>) -> Answer<Response> {
    visit.caller.may(Permission::SendAgain)?;
    let id = id.parse().map_err(|_| Problem::not_found())?;
    sending::retry(&visit.house.folder, Some(&visit.caller.unit), id).await?;
    Ok(see("/admin/health?said=sent-again"))
}
