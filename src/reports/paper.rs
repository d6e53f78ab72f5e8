//! A table with a title as PDF/A-3b and PDF/UA-1, over as many pages as it needs, its head on each. The same table gives the same bytes.

use crate::drawing::fonts::Face;
use crate::drawing::structure::{Piece, Role, Structure};
use crate::drawing::{Ink, Mark, Pictures, add_structured_page, date_time};
use crate::error::{Error, Kind, Result};
use crate::keys::SigningKey;
use crate::messages::VIETNAM;
use crate::pki::certificate::Certificate;
use crate::store::people::UnitRow;
use krilla::configure::{Accessibility, Archival, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::embed::{AssociationKind, EmbeddedFile, MimeType};
use krilla::geom::Point;
use krilla::metadata::Metadata;
use krilla::outline::{Outline, OutlineNode};
use krilla::{Document, SerializeSettings};
use time::OffsetDateTime;

const MARGIN: f32 = 36.0;
const SIZE: f32 = 8.5;
const LEADING: f32 = 1.3;
const PAD: f32 = 3.0;
/// Size of the national title, and of what stands over the signature.
const FORM_SIZE: f32 = 10.5;
/// Rows of text that the place of the signature is high.
const SIGNATURE_ROWS: f32 = 6.0;

/// A column of the table.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// What stands in its head.
    pub name: &'static str,
    /// Its part of the width.
    pub share: f32,
    /// Whether it stands to the right.
    pub is_number: bool,
}

/// What a paper has that somebody answers for towards an authority: whose it is and the national title above (Nghị định 30/2020/NĐ-CP,
/// phụ lục I), day and signer below.
pub struct Form {
    /// The body whose paper it is.
    pub body: String,
    /// Who signs it, as the certificate says.
    pub signer: String,
}

impl Form {
    /// That of a unit whose key signs.
    pub fn of(unit: &UnitRow, key: &dyn SigningKey) -> Result<Self> {
        let signer = Certificate::parse(key.certificate())?.common_name().unwrap_or_default();
        Ok(Self { body: unit.name.clone(), signer })
    }
}

/// What is drawn.
pub struct Paper {
    /// What stands above the title and below the text; reports for the own house have nothing of that.
    pub form: Option<Form>,
    /// The title.
    pub title: String,
    /// Width and height, in points.
    pub size: (f32, f32),
    /// Lines between title and table.
    pub head: Vec<String>,
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows, a text for each column.
    pub rows: Vec<Vec<String>>,
    /// Lines behind the table.
    pub closing: Vec<String>,
    /// Whose it is.
    pub author: String,
    /// What it is known by.
    pub id: String,
    /// When it was made.
    pub time: OffsetDateTime,
    /// The name and the bytes of the XML that it shows.
    pub attachment: Option<(&'static str, Vec<u8>)>,
}

impl Paper {
    /// The PDF.
    pub fn draw(self) -> Result<Vec<u8>> {
        let failed = |why: String| Error::new(Kind::Bug, "report.pdf", "report", why);
        let configuration = ConfigurationBuilder::new()
            .with_archival_validator(Archival::A3_B)
            .with_accessibility_validator(Accessibility::UA1)
            .finish()
            .map_err(|_| failed("PDF/A-3b with PDF/UA-1 is not to be had".to_owned()))?;
        let mut document = Document::new_with(SerializeSettings { configuration, ..SerializeSettings::default() });
        let mut structure = Structure::default();
        let pages = Pages::new(&self).fill();
        let count = pages.len();
        for (index, mut pieces) in pages.into_iter().enumerate() {
            let text = format!("Trang {}/{count}", index + 1);
            let x = self.size.0 - MARGIN - Face::Regular.width(&text, SIZE);
            let mark =
                Mark::Text { x, y: self.size.1 - MARGIN / 2.0, face: Face::Regular, size: SIZE, ink: Ink::Grey, text };
            pieces.push(Piece { role: Role::Decoration, marks: vec![mark] });
            add_structured_page(&mut document, self.size, &pieces, &Pictures::default(), &mut structure)
                .ok_or_else(|| failed("page size".to_owned()))?;
        }
        document.set_tag_tree(structure.finish(&self.title, "vi"));
        let mut outline = Outline::new();
        outline.push_child(OutlineNode::new(self.title.clone(), XyzDestination::new(0, Point::from_xy(0.0, 0.0))));
        document.set_outline(outline);
        let time = date_time(self.time);
        document.set_metadata(
            Metadata::new()
                .title(self.title.clone())
                .description(self.id.clone())
                .authors(vec![self.author])
                .creator("Dauson".to_owned())
                .producer("Dauson".to_owned())
                .language("vi".to_owned())
                .document_id(self.id)
                .creation_date(time),
        );
        if let Some((name, data)) = self.attachment {
            document
                .embed_file(EmbeddedFile {
                    path: name.to_owned(),
                    mime_type: MimeType::new("text/xml"),
                    description: Some(format!("{}: dữ liệu gốc đã ký số", self.title)),
                    association_kind: AssociationKind::Source,
                    data: data.into(),
                    modification_date: Some(time),
                    compress: None,
                    location: None,
                })
                .ok_or_else(|| failed("the XML cannot be attached".to_owned()))?;
        }
        document.finish().map_err(|error| failed(format!("{error:?}")))
    }
}

/// The pages while they are filled.
struct Pages<'a> {
    paper: &'a Paper,
    widths: Vec<f32>,
    done: Vec<Vec<Piece>>,
    current: Vec<Piece>,
    y: f32,
    paragraphs: usize,
}

impl<'a> Pages<'a> {
    fn new(paper: &'a Paper) -> Self {
        let shares: f32 = paper.columns.iter().map(|column| column.share).sum();
        let width = paper.size.0 - 2.0 * MARGIN;
        let widths = paper.columns.iter().map(|column| column.share / shares * width).collect();
        Self { paper, widths, done: Vec::new(), current: Vec::new(), y: MARGIN, paragraphs: 0 }
    }

    fn fill(mut self) -> Vec<Vec<Piece>> {
        let width = self.paper.size.0 - 2.0 * MARGIN;
        if let Some(form) = &self.paper.form {
            self.heads(form);
        }
        for line in Face::Bold.lines(&self.paper.title.to_uppercase(), 13.0, width) {
            let x = MARGIN + (width - Face::Bold.width(line.trim_end(), 13.0)) / 2.0;
            self.text(Role::Title, x, (Face::Bold, 13.0, Ink::Vermilion), line);
            self.y += 13.0 * LEADING;
        }
        self.y += SIZE;
        self.paragraphs(&self.paper.head);
        self.y += SIZE / 2.0;
        let names: Vec<String> = self.paper.columns.iter().map(|column| column.name.to_owned()).collect();
        self.row(&names, 0, true);
        for (index, row) in self.paper.rows.iter().enumerate() {
            if self.y + self.height(row, Face::Regular) > self.bottom() {
                self.turn();
                self.row(&names, 0, false);
            }
            self.row(row, index + 1, true);
        }
        self.y += SIZE;
        self.paragraphs(&self.paper.closing);
        if let Some(form) = &self.paper.form {
            self.signature(form);
        }
        self.done.push(self.current);
        self.done
    }

    /// Whose paper it is, and the national title beside it.
    fn heads(&mut self, form: &Form) {
        let width = self.paper.size.0 - 2.0 * MARGIN;
        let (left, right) = ((MARGIN, width * 0.42), (MARGIN + width * 0.5, width * 0.5));
        let top = self.y;
        let body = Face::Bold.lines(&form.body.to_uppercase(), FORM_SIZE, left.1);
        self.centred(left, (Face::Bold, FORM_SIZE), body, Some(0.3));
        let lower = std::mem::replace(&mut self.y, top);
        self.centred(right, (Face::Bold, FORM_SIZE), vec!["CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM".to_owned()], None);
        self.centred(right, (Face::Bold, FORM_SIZE), vec!["Độc lập - Tự do - Hạnh phúc".to_owned()], Some(1.0));
        self.y = self.y.max(lower) + FORM_SIZE;
    }

    /// Day and signer, to the right below the text, on one page.
    fn signature(&mut self, form: &Form) {
        let width = self.paper.size.0 - 2.0 * MARGIN;
        let right = (MARGIN + width * 0.5, width * 0.5);
        if self.y + SIGNATURE_ROWS * FORM_SIZE * LEADING > self.bottom() {
            self.turn();
        }
        self.y += SIZE;
        let time = self.paper.time.to_offset(VIETNAM);
        let (day, month) = (time.day(), u8::from(time.month()));
        let day = format!("Ngày {day:02} tháng {month:02} năm {}", time.year());
        self.centred(right, (Face::Italic, FORM_SIZE), vec![day], None);
        self.centred(right, (Face::Bold, FORM_SIZE), vec!["ĐẠI DIỆN CƠ QUAN THU".to_owned()], None);
        self.centred(right, (Face::Italic, FORM_SIZE - 1.0), vec!["(Chữ ký số)".to_owned()], None);
        let signer = Face::Regular.lines(&format!("Ký bởi: {}", form.signer), FORM_SIZE, right.1);
        self.centred(right, (Face::Regular, FORM_SIZE), signer, None);
    }

    /// Lines of one paragraph in the middle of a column (left edge and width), with a rule below them as wide as that share of the last line.
    fn centred(&mut self, (left, width): (f32, f32), (face, size): (Face, f32), lines: Vec<String>, rule: Option<f32>) {
        self.paragraphs += 1;
        let last = lines.len().saturating_sub(1);
        for (index, line) in lines.into_iter().enumerate() {
            let wide = face.width(line.trim_end(), size);
            let line = if index == last { line } else { format!("{line} ") };
            self.text(Role::Paragraph(self.paragraphs), left + (width - wide) / 2.0, (face, size, Ink::Black), line);
            self.y += size * LEADING;
            if let (true, Some(share)) = (index == last, rule) {
                let at = (left + (width - wide * share) / 2.0, self.y, wide * share, 0.6);
                self.put(Role::Decoration, Mark::Block { at, ink: Ink::Black });
                self.y += PAD;
            }
        }
    }

    fn bottom(&self) -> f32 {
        self.paper.size.1 - MARGIN
    }

    fn turn(&mut self) {
        self.done.push(std::mem::take(&mut self.current));
        self.y = MARGIN;
    }

    fn paragraphs(&mut self, all: &[String]) {
        for text in all {
            self.paragraphs += 1;
            let lines = Face::Regular.lines(text, SIZE + 1.0, self.paper.size.0 - 2.0 * MARGIN);
            let last = lines.len().saturating_sub(1);
            for (index, line) in lines.into_iter().enumerate() {
                if self.y + (SIZE + 1.0) * LEADING > self.bottom() {
                    self.turn();
                }
                let line = if index == last { line } else { format!("{line} ") };
                self.text(Role::Paragraph(self.paragraphs), MARGIN, (Face::Regular, SIZE + 1.0, Ink::Black), line);
                self.y += (SIZE + 1.0) * LEADING;
            }
        }
    }

    fn text(&mut self, role: Role, x: f32, (face, size, ink): (Face, f32, Ink), text: String) {
        let mark = Mark::Text { x, y: self.y + size, face, size, ink, text };
        self.put(role, mark);
    }

    fn put(&mut self, role: Role, mark: Mark) {
        match self.current.last_mut() {
            Some(piece) if piece.role == role => piece.marks.push(mark),
            _ => self.current.push(Piece { role, marks: vec![mark] }),
        }
    }

    fn lines(&self, row: &[String], face: Face) -> Vec<Vec<String>> {
        // a cell without words is heard as one, too
        let cell = |cell: &str| if cell.is_empty() { " ".to_owned() } else { cell.to_owned() };
        let lines = |text: &str, width: &f32| match face.lines(&cell(text), SIZE, width - 2.0 * PAD) {
            lines if lines.is_empty() => vec![" ".to_owned()],
            lines => lines,
        };
        row.iter().zip(&self.widths).map(|(text, width)| lines(text, width)).collect()
    }

    fn height(&self, row: &[String], face: Face) -> f32 {
        let most = self.lines(row, face).iter().map(Vec::len).max().unwrap_or(1).max(1);
        std::iter::repeat_n(SIZE * LEADING, most).sum::<f32>() + PAD
    }

    /// A row of the table; row 0 is the head, which is `said` once.
    fn row(&mut self, row: &[String], number: usize, said: bool) {
        let is_head = number == 0;
        let face = if is_head { Face::Bold } else { Face::Regular };
        let (height, top) = (self.height(row, face), self.y);
        if is_head {
            let at = (MARGIN, top, self.paper.size.0 - 2.0 * MARGIN, height);
            self.put(Role::Decoration, Mark::Block { at, ink: Ink::Pale });
        }
        let mut x = MARGIN;
        let cells = self.lines(row, face).into_iter().zip(self.widths.clone()).zip(&self.paper.columns);
        for (column, ((lines, width), about)) in cells.enumerate() {
            let role = if said { Role::Cell { row: number, column, is_head } } else { Role::Decoration };
            self.y = top + PAD / 2.0;
            let last = lines.len().saturating_sub(1);
            for (index, line) in lines.into_iter().enumerate() {
                let slack = width - 2.0 * PAD - face.width(line.trim_end(), SIZE);
                let shift = if about.is_number && !is_head { slack } else { 0.0 };
                let line = if index == last { line } else { format!("{line} ") };
                self.text(role, x + PAD + shift, (face, SIZE, Ink::Black), line);
                self.y += SIZE * LEADING;
            }
            self.put(Role::Decoration, Mark::Frame { at: (x, top, width, height), weight: 0.4, ink: Ink::Grey });
            x += width;
        }
        self.y = top + height;
    }
}
