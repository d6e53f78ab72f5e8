//! What the pieces of a page are to those who hear it instead of seeing it (ISO 32000-1 section 14.8, ISO 14289-1).

use super::Mark;
use krilla::surface::Surface;
use krilla::tagging::{
    Artifact, ArtifactType, ContentTag, Identifier, SpanTag, TableHeaderScope, Tag, TagGroup, TagTree,
};
use std::num::NonZeroU16;

/// What a piece of a page is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Nothing that is said: rules, frames, and what stands on each page again.
    Decoration,
    /// The title.
    Title,
    /// Part of a paragraph; the parts with the same number are one.
    Paragraph(usize),
    /// Part of a cell of the table.
    Cell {
        /// Its row.
        row: usize,
        /// Its column.
        column: usize,
        /// Whether it says what is in its column.
        is_head: bool,
    },
    /// A picture, which is told by these words.
    Picture(&'static str),
}

/// Marks that are one thing to those who hear the page.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    /// What it is.
    pub role: Role,
    /// What is drawn.
    pub marks: Vec<Mark>,
}

/// The structure of a document, collected while its pages are drawn in reading order.
#[derive(Default)]
pub struct Structure(Vec<(Role, Identifier)>);

impl Structure {
    /// Begins a piece; the surface's tag has to be ended after it.
    pub(super) fn begin(&mut self, surface: &mut Surface<'_>, role: Role) {
        let tag = match role {
            Role::Decoration => ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout)),
            Role::Picture(_) => ContentTag::Other,
            _ => ContentTag::Span(SpanTag::empty()),
        };
        let identifier = surface.start_tagged(tag);
        if role != Role::Decoration {
            self.0.push((role, identifier));
        }
    }

    /// The tree of tags.
    pub fn finish(self, title: &str, language: &str) -> TagTree {
        let mut tree = TagTree::new().with_lang(Some(language.to_owned()));
        let mut pieces = self.0.into_iter().peekable();
        while let Some((role, identifier)) = pieces.next() {
            let mut group = match role {
                Role::Title => TagGroup::new(Tag::Hn(NonZeroU16::MIN, Some(title.to_owned()))),
                Role::Picture(words) => TagGroup::new(Tag::Figure(Some(words.to_owned()))),
                Role::Cell { row, .. } => {
                    let mut table = Table::new(row);
                    table.push(role, identifier);
                    while let Some((role, identifier)) = pieces.next_if(|(r, _)| matches!(r, Role::Cell { .. })) {
                        table.push(role, identifier);
                    }
                    tree.push(table.finish());
                    continue;
                }
                Role::Decoration | Role::Paragraph(_) => TagGroup::new(Tag::P),
            };
            group.push(identifier);
            while let Some((_, identifier)) = pieces.next_if(|(r, _)| *r == role) {
                group.push(identifier);
            }
            tree.push(group);
        }
        tree
    }
}

struct Table {
    rows: TagGroup,
    row: TagGroup,
    number: usize,
    cell: Option<(Role, TagGroup)>,
}

impl Table {
    fn new(number: usize) -> Self {
        Self { rows: TagGroup::new(Tag::Table), row: TagGroup::new(Tag::TR), number, cell: None }
    }

    fn push(&mut self, role: Role, identifier: Identifier) {
        if let Some((open, cell)) = &mut self.cell
            && *open == role
        {
            cell.push(identifier);
            return;
        }
        self.end_cell();
        let Role::Cell { row, is_head, .. } = role else { return };
        if row != self.number {
            self.end_row();
            self.number = row;
        }
        let mut cell = if is_head { TagGroup::new(Tag::TH(TableHeaderScope::Column)) } else { TagGroup::new(Tag::TD) };
        cell.push(identifier);
        self.cell = Some((role, cell));
    }

    fn end_cell(&mut self) {
        if let Some((_, cell)) = self.cell.take() {
            self.row.push(cell);
        }
    }

    fn end_row(&mut self) {
        self.rows.push(std::mem::replace(&mut self.row, TagGroup::new(Tag::TR)));
    }

    fn finish(mut self) -> TagGroup {
        self.end_cell();
        self.end_row();
        self.rows
    }
}
