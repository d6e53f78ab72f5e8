//! What is seen of a signature: in a rectangle that is given, or as the decree on clerical work has it, in its place on each document.

use crate::cli::{frame, input, output};
use crate::documents::appearances::{CopyKind, Place, Placed, SignAs};
use crate::error::{Error, Kind, Result, plain};
use crate::limits::Limits;
use crate::messages::Text;
use crate::pdf::appearance::{Visible, Written};
use crate::pdf::document::Document;
use crate::pdf::source::Source;
use crate::receipts::catalogue;
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use time::{Date, OffsetDateTime};

/// Bytes of the largest image.
const LARGEST_IMAGE: u64 = 16 << 20;

/// Options that say what is seen of a signature.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Appearance")]
pub struct AppearanceOptions {
    /// Sign as one of those who sign an official document, in the place that its text shows: the decree's appearances
    #[arg(long = "as", id = "sign_as", value_enum, value_name = "WHO")]
    role: Option<Role>,
    /// --as number: the document's number
    #[arg(long, value_name = "N", required_if_eq("sign_as", "number"), requires = "sign_as", value_parser = clap::value_parser!(u32).range(1..))]
    number: Option<u32>,
    /// --as number: its date, YYYY-MM-DD
    #[arg(long, value_name = "DAY", required_if_eq("sign_as", "number"), requires = "sign_as", value_parser = catalogue::read_day)]
    date: Option<Date>,
    /// --as seal: its real width in points [default: as the image states it, else 110]
    #[arg(long, value_name = "POINTS", requires = "sign_as", value_parser = parse_width)]
    seal_width: Option<f64>,
    /// --as attachment: number and symbol of the main document
    #[arg(long, value_name = "45/UBND-VX", required_if_eq("sign_as", "attachment"), requires = "sign_as")]
    of: Option<String>,
    /// --as copy: a true copy (SY), a copy of a copy (SL), or an extract (TrS)
    #[arg(long, value_enum, value_name = "KIND", required_if_eq("sign_as", "copy"), requires = "sign_as")]
    copy: Option<CopyKind>,
    /// --as copy: name of the unit that copies
    #[arg(long, value_name = "NAME", required_if_eq("sign_as", "copy"), requires = "sign_as")]
    unit_name: Option<String>,
    /// Only say what would be seen where; nothing is signed, and no key is needed
    #[arg(long, requires = "sign_as", conflicts_with_all = ["output", "out_dir", "prepare"])]
    pub dry_run: bool,
    /// Show the signature on this page, counted from 1
    #[arg(long, value_name = "N", requires = "rect", value_parser = clap::value_parser!(u32).range(1..))]
    page: Option<u32>,
    /// Where: X,Y,W,H in points from the page's lower left corner as a person sees it; with --as number up to three times: number, day, month
    #[arg(long, value_name = "X,Y,W,H", requires = "page", value_parser = parse_rect, allow_hyphen_values = true)]
    rect: Vec<Rectangle>,
    /// An image to be shown, PNG
    #[arg(long, value_name = "FILE", required_if_eq_any([("sign_as", "leader"), ("sign_as", "seal"), ("sign_as", "initials")]))]
    image: Option<PathBuf>,
    /// A text to be shown
    #[arg(long, value_name = "TEXT", requires = "rect", conflicts_with = "sign_as")]
    text: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
enum Role {
    /// The leader: image between office and name
    Leader,
    /// The unit: its seal over a third of the leader's signature
    Seal,
    /// The clerk: number, day and month on the blanks of the head
    Number,
    /// Initials at the end of the text
    Initials,
    /// The unit, in an attachment's own file: text at the top right
    Attachment,
    /// The unit, in a copy: text at the top right
    Copy,
}

/// X, Y, width, height in points.
type Rectangle = [f64; 4];

pub fn parse_rect(text: &str) -> std::result::Result<Rectangle, String> {
    let wrong = || "it is not four numbers X,Y,W,H".to_owned();
    let numbers: Vec<f64> =
        text.split(',').map(|n| n.trim().parse().map_err(|_| wrong())).collect::<std::result::Result<_, _>>()?;
    match numbers.as_slice() {
        [x, y, width, height] if numbers.iter().all(|n| n.is_finite()) && *width > 0.0 && *height > 0.0 => {
            Ok([*x, *y, *width, *height])
        }
        _ => Err(wrong()),
    }
}

fn parse_width(text: &str) -> std::result::Result<f64, String> {
    let width = text.trim().parse().ok().filter(|width| (20.0..=300.0).contains(width));
    width.ok_or_else(|| "a seal is 20 to 300 points wide".to_owned())
}

/// What is to be seen of the signatures of one run.
pub enum Seen {
    /// Nothing.
    Nothing,
    /// This, on each document.
    Same(Visible),
    /// By the decree, in its place on each document.
    Decree(SignAs, Vec<Place>),
}

impl AppearanceOptions {
    /// Reads the image.
    pub fn read(&self, inputs: usize) -> Result<Seen> {
        let usage = |why: &str| Error::new(Kind::Usage, "usage", "dauson sign", why);
        let image = self.image.as_ref().map(|file| input::read(file, LARGEST_IMAGE)).transpose()?;
        let page = usize::try_from(self.page.unwrap_or(1).saturating_sub(1)).unwrap_or(usize::MAX);
        let Some(role) = self.role else {
            return match (self.rect.as_slice(), image) {
                ([], None) => Ok(Seen::Nothing),
                ([], Some(_)) => {
                    Err(usage("where the image is to be shown is not said").hint("--page and --rect, or --as"))
                }
                ([rect], image) => {
                    Ok(Seen::Same(Visible { image, text: self.text.clone(), ..Visible::new(page, *rect) }))
                }
                _ => Err(usage("only --as number has more than one place")),
            };
        };
        let missing = || usage("an option of --as is missing");
        let sign_as = match role {
            Role::Leader => SignAs::Leader { image: image.ok_or_else(missing)? },
            Role::Seal => SignAs::Seal { image: image.ok_or_else(missing)?, width: self.seal_width },
            Role::Initials => SignAs::Initials { image: image.ok_or_else(missing)? },
            Role::Number if inputs > 1 => return Err(usage("one document has one number, and several were given")),
            Role::Number => {
                let (Some(number), Some(date)) = (self.number, self.date) else { return Err(missing()) };
                SignAs::Number { number, date }
            }
            Role::Attachment => SignAs::Attachment { of: self.of.clone().ok_or_else(missing)? },
            Role::Copy => {
                let (Some(kind), Some(unit)) = (self.copy, self.unit_name.clone()) else { return Err(missing()) };
                SignAs::Copy { kind, unit }
            }
        };
        Ok(Seen::Decree(sign_as, self.rect.iter().map(|rect| Place { page, rect: *rect }).collect()))
    }

    /// Says where it would stand.
    pub fn tell(&self, input: &Path, placed: &Placed, json: bool) -> Result<()> {
        let Visible { page, rect, written, image, .. } = &placed.visible;
        let page = page.saturating_add(1);
        let warnings: Vec<&str> = placed.warnings.iter().map(|warning| warning.of(frame::language())).collect();
        if let (Some(role), true) = (self.role, json) {
            let input = input.display().to_string();
            let (image, found) = (image.is_some(), placed.found.as_slice());
            return output::json(&Told { input, role, page, rect: *rect, image, written, found, warnings });
        }
        for warning in warnings {
            tracing::warn!("{}: {warning}", input.display());
        }
        let [x, y, width, height] = rect;
        let by = placed.found.iter().map(|text| plain(text)).collect::<Vec<_>>().join(" / ");
        let by = if by.is_empty() { String::new() } else { format!("; by {by}") };
        let input = input.display();
        output::text(&format!("{input}: page {page}, {width:.1} × {height:.1} points at {x:.1},{y:.1}{by}\n"))
    }
}

/// What `--dry-run --json` prints for each input.
#[derive(Serialize)]
struct Told<'a> {
    input: String,
    #[serde(rename = "as")]
    role: Role,
    page: usize,
    rect: Rectangle,
    image: bool,
    written: &'a [Written],
    found: &'a [String],
    warnings: Vec<&'a str>,
}

impl Seen {
    /// What is to be seen on this document.
    pub fn on(
        &self,
        source: &Arc<dyn Source>,
        password: Option<&[u8]>,
        signer: &str,
        now: OffsetDateTime,
    ) -> Result<(Option<Visible>, Vec<Text>)> {
        match self {
            Self::Nothing => Ok((None, Vec::new())),
            Self::Same(visible) => Ok((Some(visible.clone()), Vec::new())),
            Self::Decree(..) => {
                let placed = self.place(source, password, signer, now)?;
                Ok(placed.map_or((None, Vec::new()), |placed| (Some(placed.visible), placed.warnings)))
            }
        }
    }

    /// Where the decree has it on this document; `None` if it is not asked for.
    pub fn place(
        &self,
        source: &Arc<dyn Source>,
        password: Option<&[u8]>,
        signer: &str,
        now: OffsetDateTime,
    ) -> Result<Option<Placed>> {
        let Self::Decree(sign_as, by_hand) = self else { return Ok(None) };
        let doc = Document::open_or_recover(Arc::clone(source), password, *Limits::in_force())?;
        sign_as.place(&doc, by_hand, signer, now).map(Some)
    }
}
