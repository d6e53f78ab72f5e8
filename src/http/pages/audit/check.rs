//! A proof with its entry, a checkpoint that was kept from earlier, or a signed document that carries one: held against the log as it is now.

use super::parts;
use crate::auditor::entry::Entry;
use crate::auditor::note::Proof;
use crate::auditor::watch::Seen;
use crate::auditor::{Checkpoint, LogKey, checkpoints_of};
use crate::error::{Error, Kind};
use crate::http::house::House;
use crate::http::pages::form::{Faults, Form};
use crate::http::pages::shell::{Door, Shell, Visit, shown};
use crate::http::problem::Answer;
use crate::messages::acts::act;
use crate::pdf::source::FileSource;
use crate::people::permissions::Permission;
use crate::reports::auditing::{continues, log_keys};
use askama::Template;
use axum::response::Response;
use std::io::Write as _;

/// What came of it, in words.
struct Verdict {
    is_good: bool,
    heading: String,
    words: String,
}

#[derive(Template)]
#[template(path = "audit/check.html")]
struct Page<'a> {
    shell: Shell,
    sections: Vec<Door>,
    key: String,
    size: u64,
    proof: &'a str,
    entry: &'a str,
    checkpoint: &'a str,
    verdicts: Vec<Verdict>,
    faults: Faults,
}

/// The forms.
pub async fn page(visit: Visit) -> Answer<Response> {
    answer(visit, &Form::default(), Vec::new(), Faults::default()).await
}

async fn answer(visit: Visit, form: &Form, verdicts: Vec<Verdict>, faults: Faults) -> Answer<Response> {
    visit.caller.may(Permission::ReadAudit)?;
    let Visit { house, shell, .. } = visit;
    let page = Page {
        sections: parts(&shell, "/audit/check"),
        key: house.folder.log.verifier_key().to_string(),
        size: house.folder.log.head().await?.size,
        proof: form.text("proof"),
        entry: form.text("entry"),
        checkpoint: form.text("checkpoint"),
        shell,
        verdicts,
        faults,
    };
    shown(page.faults.status(), &page)
}

/// The text of a field, or of the file beside it.
fn text(form: &mut Form, field: &str, file: &str) -> String {
    match form.take_file(file) {
        Some(file) => String::from_utf8_lossy(&file.bytes).into_owned(),
        None => form.text(field).to_owned(),
    }
}

/// Checks what was handed in.
pub async fn check(visit: Visit, mut form: Form) -> Answer<Response> {
    visit.caller.may(Permission::ReadAudit)?;
    let keys = log_keys(&visit.house.folder)?;
    let mut faults = Faults::default();
    let shell = &visit.shell;
    let verdicts = if form.text("what") == "proof" {
        let (proof, entry) = (text(&mut form, "proof", "proof_file"), text(&mut form, "entry", "entry_file"));
        for (field, value) in [("proof", &proof), ("entry", &entry)] {
            if value.is_empty() {
                faults.add(
                    field,
                    shell.t("Dán nội dung vào đây hoặc chọn tệp.", "Paste the text here, or choose the file."),
                );
            }
        }
        if faults.is_empty() { vec![proven(&visit, &proof, &entry, &keys).await?] } else { Vec::new() }
    } else {
        match kept(&visit, &mut form, &keys).await {
            Ok(all) => {
                let mut verdicts = Vec::new();
                for checkpoint in &all {
                    verdicts.push(consistent(&visit, checkpoint).await?);
                }
                verdicts
            }
            Err(why) => {
                faults.add("checkpoint", why);
                Vec::new()
            }
        }
    };
    answer(visit, &form, verdicts, faults).await
}

/// Whether a proof is that of an entry, and its log is the one of now.
async fn proven(visit: &Visit, proof: &str, entry: &str, keys: &[LogKey]) -> Answer<Verdict> {
    let shell = &visit.shell;
    // an editor may have put a line end behind it
    let entry = entry.trim_end_matches(['\r', '\n']);
    let proof = proof.replace("\r\n", "\n");
    // what was pasted may have lost its last line end
    let proof = if proof.ends_with('\n') { proof } else { proof + "\n" };
    let opened = match Proof::open(&proof, entry.as_bytes(), keys) {
        Ok(opened) => opened,
        Err(why) => {
            return Ok(Verdict {
                is_good: false,
                heading: shell
                    .t("Bằng chứng này không đúng với bản ghi", "The proof is not that of this entry")
                    .to_owned(),
                words: format!(
                    "{} ({why})",
                    shell.t(
                        "Bản ghi đã bị thay đổi, hoặc bằng chứng là của bản ghi khác, nhật ký khác.",
                        "The entry was changed, or the proof is that of another entry or log.",
                    )
                ),
            });
        }
    };
    let what = Entry::parse(entry.as_bytes())
        .map_or_else(|_| String::new(), |entry| act(&entry.action).of(shell.language).to_owned());
    let now = consistent(visit, &opened.checkpoint).await?;
    let (index, size) = (opened.index, opened.checkpoint.size);
    if !now.is_good {
        return Ok(now);
    }
    let words = format!(
        "{what}. {} {index} {} {size} {}. {}",
        shell.t("Là bản ghi số", "It is entry"),
        shell.t("của nhật ký khi có", "of the log of"),
        shell.t("bản ghi", "entries"),
        now.words
    );
    let heading = shell.t("Bằng chứng đúng: bản ghi nằm trong nhật ký", "The proof holds: the entry is in the log");
    Ok(Verdict { is_good: true, heading: heading.to_owned(), words })
}

/// The checkpoints that somebody has: as a text, or in a signed document.
async fn kept(visit: &Visit, form: &mut Form, keys: &[LogKey]) -> Result<Vec<Checkpoint>, String> {
    let shell = &visit.shell;
    let empty = || {
        shell
            .t("Dán điểm kiểm soát vào đây, hoặc chọn tệp đã giữ.", "Paste the checkpoint here, or choose the file.")
            .to_owned()
    };
    let text = match form.take_file("checkpoint_file") {
        Some(file) if file.bytes.starts_with(b"%PDF") || file.bytes.trim_ascii_start().starts_with(b"<") => {
            let keys = keys.to_vec();
            let job = async move |house: &House| {
                let failed =
                    |error: std::io::Error| Error::new(Kind::CannotWrite, "output.cannot_write", "a file", error);
                let mut copy = tempfile::tempfile_in(&house.folder.path).map_err(failed)?;
                copy.write_all(&file.bytes).map_err(failed)?;
                let source = FileSource::unchanging(copy).map_err(failed)?;
                Ok(checkpoints_of(source, &keys))
            };
            let found = visit.house.work(job).await.map_err(|problem| problem.detail().to_owned())??;
            let none = || {
                shell.t(
                    "Không chữ ký nào trong tệp mang bằng chứng của nhật ký.",
                    "No signature in the file carries a proof of the log.",
                )
            };
            return if found.is_empty() { Err(none().to_owned()) } else { Ok(found) };
        }
        Some(file) => String::from_utf8_lossy(&file.bytes).into_owned(),
        None => form.text("checkpoint").to_owned(),
    };
    if text.is_empty() {
        return Err(empty());
    }
    let text = text.replace("\r\n", "\n").trim().to_owned() + "\n";
    let wrong = |why: String| {
        let known = shell.t("Không phải điểm kiểm soát của nhật ký này:", "That is no checkpoint of this log:");
        format!("{known} {why}")
    };
    Ok(vec![Checkpoint::open(&text, keys).map_err(wrong)?])
}

/// Whether the log of now begins with what a checkpoint says.
async fn consistent(visit: &Visit, kept: &Checkpoint) -> Answer<Verdict> {
    let shell = &visit.shell;
    Ok(match continues(&visit.house.folder, Some(kept)).await? {
        Seen::Good(new) => Verdict {
            is_good: true,
            heading: shell.t("Nhật ký vẫn bắt đầu đúng như trước", "The log still begins as it did").to_owned(),
            words: format!(
                "{} {} {}: {} {}.",
                shell.t("Nhật ký hiện có", "The log of now has"),
                new.size,
                shell.t("bản ghi", "entries"),
                shell.t(
                    "các mã băm của cây chứng minh rằng không bản ghi nào bị sửa hay bỏ trong số",
                    "the hashes of the tree prove that none was changed or removed of the"
                ),
                match shell.language {
                    crate::messages::Language::Vi => format!("{} bản ghi đầu", kept.size),
                    crate::messages::Language::En => format!("first {}", kept.size),
                }
            ),
        },
        Seen::Alarm { why, .. } => Verdict {
            is_good: false,
            heading: shell
                .t("BÁO ĐỘNG: nhật ký đã bị sửa hoặc cắt bớt", "ALARM: the log was rewritten or cut back")
                .to_owned(),
            words: format!(
                "{why}. {}",
                shell.t(
                    "Hãy giữ nguyên điểm kiểm soát này làm chứng cứ và báo cơ quan có thẩm quyền.",
                    "Keep this checkpoint as evidence, and tell whoever oversees the log."
                )
            ),
        },
    })
}
