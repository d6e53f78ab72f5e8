//! From page to page by their links, and what has to come before somebody sees one. Used by tests and by `make bench`.
#![allow(dead_code)]

use std::collections::{HashSet, VecDeque};
use std::io::Read;

/// A page as it came.
pub struct Page {
    /// Its address.
    pub address: String,
    /// Its bytes on the line, packed.
    pub packed: usize,
    /// What it is.
    pub html: String,
}

impl Page {
    /// By the bytes of an answer to who takes gzip.
    pub fn new(address: &str, bytes: &[u8]) -> Self {
        let mut html = String::new();
        flate2::read::GzDecoder::new(bytes).read_to_string(&mut html).unwrap();
        Self { address: address.to_owned(), packed: bytes.len(), html }
    }

    /// What a browser waits for before it shows anything: style sheets, and scripts that are not deferred.
    pub fn blocked_by(&self) -> Vec<String> {
        let styles = tags(&self.html, "link").filter(|tag| attribute(tag, "rel").as_deref() == Some("stylesheet"));
        let styles = styles.filter_map(|tag| attribute(tag, "href"));
        let is_later = |tag: &&str| {
            let words: Vec<&str> = tag.split_whitespace().collect();
            ["defer", "async", "type=\"module\""].iter().any(|later| words.contains(later))
        };
        let scripts = tags(&self.html, "script").filter(|tag| !is_later(tag)).filter_map(|tag| attribute(tag, "src"));
        styles.chain(scripts).collect()
    }

    /// The pages of the same service that it leads to; not what is taken away as a file, and nothing of the API.
    pub fn links(&self) -> Vec<String> {
        let all = tags(&self.html, "a").filter(|tag| !tag.split_whitespace().any(|word| word == "download"));
        let all = all.filter_map(|tag| Some(attribute(tag, "href")?.split('#').next().unwrap_or_default().to_owned()));
        let is_page = |address: &String| {
            let path = address.split('?').next().unwrap_or_default();
            let is_file =
                [".csv", ".xlsx", ".pdf", ".xml", ".png", ".json", ".txt"].iter().any(|end| path.ends_with(end));
            path.starts_with('/')
                && !path.starts_with("/api/")
                && !path.contains("/files/")
                && !is_file
                && path != "/checkpoint"
        };
        all.filter(is_page).collect()
    }
}

/// What is within the tags of this name.
fn tags<'a>(html: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
    let tags = html.split('<').filter_map(move |piece| piece.strip_prefix(name)?.strip_prefix(char::is_whitespace));
    tags.map(|rest| rest.split('>').next().unwrap_or_default())
}

/// An attribute of a tag.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let begin = format!("{name}=\"");
    let (before, value) = tag.split_once(&begin)?;
    let is_whole = before.is_empty() || before.ends_with(char::is_whitespace);
    is_whole.then(|| value.split('"').next().unwrap_or_default().replace("&amp;", "&"))
}

/// What an address is one of: the parts of it that name something are left out, of what is asked for the values.
pub fn kind(address: &str) -> String {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let mut parts: Vec<&str> = path.split('/').collect();
    for part in &mut parts {
        if part.bytes().any(|b| b.is_ascii_digit() || b == b'.') {
            *part = "*";
        }
    }
    if let ["", "admin", "people" | "units" | "keys", name, ..] = parts.as_mut_slice()
        && *name != "new"
    {
        *name = "*";
    }
    let mut names: Vec<&str> = query.split('&').filter_map(|pair| pair.split('=').next()).collect();
    names.retain(|name| !["", "lang"].contains(name));
    names.sort_unstable();
    names.dedup();
    if names.is_empty() { parts.join("/") } else { format!("{}?{}", parts.join("/"), names.join("&")) }
}

/// Goes from these addresses to all that their pages lead to, to one address of each kind; `open` gives the page, if there is one.
pub fn all(from: &[String], mut open: impl FnMut(&str) -> Option<Page>) {
    let mut seen: HashSet<String> = HashSet::new();
    let mut next: VecDeque<String> = from.iter().cloned().collect();
    while let Some(address) = next.pop_front() {
        if seen.insert(kind(&address))
            && let Some(page) = open(&address)
        {
            next.extend(page.links());
        }
    }
}
