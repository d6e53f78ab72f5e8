//! What is printed of official documents.

use super::output;
use crate::error::Result;
use crate::messages::moment;
use crate::messages::registry as words;
use crate::registry::checks::Verdict;
use crate::registry::delegations::DelegationView;
use crate::registry::trail::TrailView;
use crate::registry::view::DispatchView;
use std::fmt::Write as _;

/// A document, on one line.
pub fn document(view: &DispatchView, json: bool) -> Result<u8> {
    if json {
        output::json(view)?;
        return Ok(0);
    }
    let symbol = view.symbol.as_deref().unwrap_or("-");
    let number = match (view.book.as_str(), view.number) {
        ("in", Some(number)) => format!("  số đến {number}"),
        _ => String::new(),
    };
    let verdict = view.verdict.as_ref().map(|verdict| format!("  {verdict}")).unwrap_or_default();
    let urgent = if view.urgent { "  [KHẨN]" } else { "" };
    let (id, kind, state, state_vi, subject) = (&view.id, &view.kind, &view.state, &view.state_name, &view.subject);
    output::text(&format!("{id}  {kind}  {symbol}{number}  {state_vi} ({state}){verdict}{urgent}  {subject}\n"))?;
    Ok(0)
}

/// A document with what belongs to it.
pub fn details(view: &DispatchView, json: bool) -> Result<u8> {
    let code = document(view, json)?;
    if json {
        return Ok(code);
    }
    let mut text = String::new();
    // writing to a String cannot fail
    for (name, value) in [
        ("lý do / reason", &view.reason),
        ("người ký / signer", &view.signer),
        ("nội dung chạy được / active content", &view.active),
        ("ghi chú / note", &view.note),
    ] {
        if let Some(value) = value {
            let _ = writeln!(text, "  {name}: {value}");
        }
    }
    for file in &view.files {
        let level = file.level.as_deref().unwrap_or("-");
        let _ = writeln!(text, "  {}  v{}  {level}  sha256 {}  {}", file.file, file.version, file.sha256, file.name);
    }
    for message in &view.messages {
        let (state, tries) = (message.state.as_str(), message.tries);
        let why = message.failure.as_deref().map(|why| format!(": {why}")).unwrap_or_default();
        let _ = writeln!(text, "  {}  {}  {state} ({tries}){why}", message.kind, message.item);
    }
    output::text(&text)?;
    Ok(code)
}

/// What was checked of a PDF; the exit code says whether it is fit.
pub fn checks(verdict: &Verdict, json: bool) -> Result<u8> {
    let code = if verdict.passed { 0 } else { 65 };
    if json {
        output::json(verdict)?;
        return Ok(code);
    }
    let mut text = String::new();
    for check in &verdict.checks {
        let (mark, vi) = if check.passed { ("✓", "") } else { ("✗", check.vi.as_deref().unwrap_or_default()) };
        // writing to a String cannot fail
        let _ = writeln!(text, "{mark} {:<15} {vi}", check.check);
        if let Some(en) = &check.en {
            let _ = writeln!(text, "  {:<15} {en}", "");
        }
    }
    let _ = match verdict.kind.zip(verdict.kind_name) {
        Some((code, name)) => writeln!(text, "  {:<15} {name} ({code})", "kind"),
        None => writeln!(
            text,
            "! {:<15} trang đầu không cho biết loại văn bản / the first page does not say of which kind it is",
            "kind"
        ),
    };
    output::text(&text)?;
    Ok(code)
}

/// The history of a document, a line for each act.
pub fn trail(view: &TrailView, json: bool) -> Result<u8> {
    if json {
        output::json(view)?;
        return Ok(0);
    }
    let mut text = String::new();
    for event in &view.events {
        let state = words::state(&event.to).vi;
        let main = event.files.iter().find(|file| file.file == 0).map(|file| file.sha256.as_str()).unwrap_or_default();
        let _ = write!(text, "{}  {}", moment(event.time), event.vi);
        for more in [&event.words, &event.comment].into_iter().flatten() {
            let _ = write!(text, ": {more}");
        }
        let _ = writeln!(text, "  → {state}  {}  sha256 {main}  log {}", event.actor_name, event.log.index);
    }
    output::text(&text)?;
    Ok(0)
}

/// Delegations, a line for each.
pub fn delegations(all: &[DelegationView], json: bool) -> Result<u8> {
    for one in all {
        if json {
            output::json(one)?;
            continue;
        }
        let (from, until) = (moment(one.from), moment(one.until));
        let ended = one.revoked.map(|time| format!("  ended {}", moment(time))).unwrap_or_default();
        output::text(&format!("{}  {}  {}. {}  {from} – {until}{ended}\n", one.id, one.holder, one.words, one.title))?;
    }
    Ok(0)
}
