//! A server that publishes its log (C2SP tlog-tiles), reached within the limits of the network.

use super::Source;
use crate::auditor::layout::Tile;
use crate::error::{Error, Kind, Result};
use crate::limits::Limits;
use crate::net::http::Http;
use crate::net::{ChosenBy, Fetch, NetError, Request, shown};
use async_trait::async_trait;

/// A server.
pub struct Web {
    prefix: String,
    http: Http,
}

impl Web {
    /// The log behind this address.
    pub fn new(prefix: &str, http: Http) -> Self {
        Self { prefix: prefix.trim_end_matches('/').to_owned(), http }
    }

    async fn get(&self, path: &str, most: usize) -> Result<Option<Vec<u8>>> {
        let url = format!("{}/{path}", self.prefix);
        let request = Request { url: &url, chosen_by: ChosenBy::Operator, authorization: None, body: None, most };
        match self.http.fetch(&request).await {
            Ok(bytes) => Ok(Some(bytes)),
            Err(NetError::Status { status: 404 | 410, .. }) => Ok(None),
            Err(error) => Err(Error::from(error).about(shown(&url))),
        }
    }
}

#[async_trait]
impl Source for Web {
    fn name(&self) -> String {
        shown(&self.prefix)
    }

    async fn checkpoint(&self) -> Result<String> {
        let missing = || Error::new(Kind::Unavailable, "audit.no_log", self.name(), "there is no log at this address");
        let note = self.get("checkpoint", Limits::in_force().tlog_note_bytes).await?.ok_or_else(missing)?;
        Ok(String::from_utf8_lossy(&note).into_owned())
    }

    fn may_be_endless(&self) -> bool {
        true
    }

    async fn tile(&self, tile: Tile) -> Result<Option<Vec<u8>>> {
        self.get(&tile.to_string(), tile.most()).await
    }
}
