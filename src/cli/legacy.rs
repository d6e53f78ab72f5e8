//! `dauson receipt import` and `dauson receipt imported`: receipts of the law before, handed in and found again.

use super::folder::{self, local_actor};
use super::output::{self, Paint};
use super::{frame, input};
use crate::data_folder::DataFolder;
use crate::error::{Error, Kind, Result};
use crate::output::write_file;
use crate::pki::material::TrustMaterial;
use crate::receipts::amount::Dong;
use crate::receipts::catalogue::read_day;
use crate::receipts::import::{self, Archive, FileView, Imported, LARGEST, LegacyView, Told, id_of};
use crate::receipts::legacy::LegacyId;
use crate::receipts::payers;
use crate::receipts::view::Sight;
use crate::store::legacy::LegacyFilter;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::Read;
use std::path::{Path, PathBuf};
use time::Date;

/// Arguments of `dauson receipt import`.
#[derive(Debug, clap::Args)]
pub struct ImportArgs {
    /// Signed XML and PDF files; a PDF beside the XML of the same name is that receipt's
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// The unit that keeps them; left out where there is only one
    #[arg(long)]
    unit: Option<String>,
    /// Of a PDF alone: which receipt it is, such as 01BLP0-001/AA-26E/0000001
    #[arg(long, value_name = "ID", value_parser = id)]
    number: Option<LegacyId>,
    /// Of a PDF alone: the receipt's date
    #[arg(long, value_name = "D", value_parser = read_day)]
    date: Option<Date>,
    /// Of a PDF alone: what was paid, whole dong
    #[arg(long, value_name = "DONG", value_parser = dong)]
    total: Option<Dong>,
    /// One JSON object for each file
    #[arg(long)]
    json: bool,
}

/// Arguments of `dauson receipt imported`.
#[derive(Debug, clap::Args)]
pub struct ImportedArgs {
    /// Of this unit
    #[arg(long)]
    unit: Option<String>,
    /// Paid by the person or organization with this whole name, tax code or personal identification number
    #[arg(long)]
    payer: Option<String>,
    /// Over this amount, whole dong
    #[arg(long, value_name = "DONG")]
    amount: Option<i64>,
    /// Of this day or later
    #[arg(long, value_name = "D", value_parser = read_day)]
    from: Option<Date>,
    /// Of this day or earlier
    #[arg(long, value_name = "D", value_parser = read_day)]
    to: Option<Date>,
    /// One JSON object for each
    #[arg(long)]
    json: bool,
}

/// Receipts that are read at a time.
const CHUNK: u32 = 256;

fn id(text: &str) -> std::result::Result<LegacyId, String> {
    text.parse().map_err(|error: crate::receipts::ReceiptError| error.to_string())
}

fn dong(text: &str) -> std::result::Result<Dong, &'static str> {
    text.parse().ok().and_then(Dong::new).ok_or("whole dong, such as 20000")
}

/// Takes each file in, XML first; the exit code is that of the worst.
pub async fn import(args: &ImportArgs, archive: &Archive<'_>, public_url: &str) -> Result<u8> {
    let unit = folder::unit(archive.folder, args.unit.as_deref()).await?;
    let is_pdf = |file: &Path| file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("pdf"));
    let (pdfs, xmls): (Vec<&PathBuf>, Vec<&PathBuf>) = args.files.iter().partition(|file| is_pdf(file));
    if args.number.is_some() && args.files.len() > 1 {
        let why = "--number says of one file which receipt it is";
        return Err(Error::new(Kind::Usage, "usage", "dauson receipt import", why));
    }
    let (mut worst, mut known) = (0, HashMap::new());
    for file in xmls.into_iter().chain(pdfs) {
        let stem = file.with_extension("");
        let id = args.number.clone().or_else(|| known.get(&stem).cloned());
        let told = Told { id, date: args.date, total: args.total };
        let name = file.display().to_string();
        let done = match input::read(file, LARGEST) {
            Ok(bytes) => archive.import(&unit, &name, bytes, &told).await,
            Err(error) => Err(error),
        };
        match done {
            Ok(imported) => {
                known.insert(stem, id_of(&imported.row));
                print_imported(archive.folder, &name, imported, public_url, args.json)?;
            }
            Err(error) => worst = worst.max(frame::report(&error)),
        }
    }
    Ok(worst)
}

fn print_imported(folder: &DataFolder, name: &str, imported: Imported, public_url: &str, json: bool) -> Result<()> {
    let before = imported.before;
    let view = LegacyView::new(folder, imported.row, public_url, Sight::Full)?;
    if json {
        let failed = |error| Error::new(Kind::Bug, "output.json", "the result", error);
        let mut value = serde_json::to_value(&view).map_err(failed)?;
        if let Some(members) = value.as_object_mut() {
            members.insert("file".to_owned(), name.into());
            members.insert("before".to_owned(), before.into());
            members.insert("verdict".to_owned(), serde_json::to_value(imported.report.verdict).map_err(failed)?);
        }
        return output::json(&value);
    }
    let again = if before { ", which came in before" } else { "" };
    let verdict = serde_json::to_value(imported.report.verdict).unwrap_or_default();
    output::text(&format!("{name}: receipt {}{again}; {}\n", view.id, verdict.as_str().unwrap_or_default()))
}

/// Lists those that came in.
pub async fn list(args: &ImportedArgs, folder: &DataFolder, public_url: &str) -> Result<u8> {
    let mut filter = LegacyFilter {
        unit: args.unit.clone(),
        payer: args.payer.as_deref().map(|payer| payers::looked_for_whole(folder, payer)),
        total: args.amount,
        from: args.from,
        to: args.to,
        ..LegacyFilter::default()
    };
    loop {
        let rows = import::find(folder, &filter, CHUNK).await?;
        let Some(last) = rows.last() else { return Ok(0) };
        filter.after = Some((last.unit.clone(), last.form.clone(), last.symbol.clone(), last.number));
        for row in rows {
            let view = LegacyView::new(folder, row, public_url, Sight::Full)?;
            if args.json {
                output::json(&view)?;
                continue;
            }
            let files: Vec<String> = view.files.iter().map(|file| format!("{} {}", file.kind, file.verdict)).collect();
            output::text(&format!(
                "{}  {}  {} đ  {}  {}\n",
                view.id,
                view.date,
                view.total,
                view.unit,
                files.join(", ")
            ))?;
        }
    }
}

/// Shows one, its files verified again.
pub async fn show(
    folder: &DataFolder,
    trust: &TrustMaterial,
    public_url: &str,
    (id, unit, json): (&LegacyId, Option<&str>, bool),
) -> Result<u8> {
    let actor = local_actor();
    let archive = Archive { folder, unit, actor: &actor, trust };
    let view = archive.verified(archive.show(id).await?, public_url, Sight::Full).await?;
    if json {
        output::json(&view)?;
        return Ok(0);
    }
    let mut text = format!(
        "{}: of the law before (Nghị định 123/2020/NĐ-CP); dated {}\n  body    {}, tax code {}\n  total   {} đ ({})\n  check   {}\n",
        Paint::stdout().bold(&view.id),
        view.date,
        view.body,
        view.tax_code,
        view.total,
        view.total_words,
        view.check_url
    );
    let said = |verdict: &str, why: &Option<String>| match why {
        Some(why) => format!("{verdict} ({why})"),
        None => verdict.to_owned(),
    };
    for FileView { kind, sha256, verdict, sub_indication, imported, verdict_now, sub_indication_now, log_index } in
        &view.files
    {
        let now = verdict_now.as_deref().map(|now| said(now, sub_indication_now)).unwrap_or_default();
        let then = said(verdict, sub_indication);
        // writing to a String cannot fail
        let _ = writeln!(text, "  {kind}     came in on {}: {then}; now: {now}", imported.date());
        let _ = writeln!(text, "          sha256 {sha256}, log entry {log_index}");
    }
    output::text(&text)?;
    Ok(0)
}

/// Writes its files as they came in.
pub async fn export(
    archive: &Archive<'_>,
    id: &LegacyId,
    files: [(&str, Option<&PathBuf>); 2],
    force: bool,
) -> Result<u8> {
    let row = archive.show(id).await?;
    for (kind, to) in files {
        let Some(to) = to else { continue };
        let (mut file, _) = import::file_of(archive.folder, &row, kind).await?;
        let mut bytes = Vec::new();
        let unreadable = |error| Error::new(Kind::Unavailable, "store.unreadable", "data folder", error);
        file.read_to_end(&mut bytes).map_err(unreadable)?;
        write_file(to, &bytes, force)?;
        output::text(&format!("{}\n", to.display()))?;
    }
    Ok(0)
}
