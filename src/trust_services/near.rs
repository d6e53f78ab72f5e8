//! The authority of the data folder, answered for within this process: what its certificates name as its addresses needs no
//! network.

use super::{ISSUING_KEY, ca_certificate, crl, key, ocsp, time_stamp};
use crate::data_folder::DataFolder;
use crate::error::{Kind, Result};
use crate::keys::SigningKey;
use crate::net::{Fetch, NetError, Request};
use crate::pki::certificate::{Certificate, GeneralName};
use async_trait::async_trait;

/// Fetches from the data folder's authority what is its own, and all else from elsewhere.
pub struct Near<'a> {
    folder: &'a DataFolder,
    elsewhere: &'a dyn Fetch,
    /// The address under which all of the authority lies.
    base: Option<String>,
}

impl<'a> Near<'a> {
    /// With the data folder's authority, if it has one.
    pub async fn new(folder: &'a DataFolder, elsewhere: &'a dyn Fetch) -> Result<Self> {
        let base = match key(folder, ISSUING_KEY).await {
            Ok(key) => base(&Certificate::parse(key.certificate())?),
            Err(error) if error.kind == Kind::NotFound => None,
            Err(error) => return Err(error),
        };
        Ok(Self { folder, elsewhere, base })
    }

    /// The address of the authority's TSA.
    pub fn tsa(&self) -> Option<String> {
        self.base.as_ref().map(|base| format!("{base}/tsa"))
    }

    async fn answer(&self, path: &str, body: Option<&[u8]>) -> Option<Result<Vec<u8>>> {
        let named = |folder: &str, ending: &str| path.strip_prefix(folder)?.strip_suffix(ending).map(str::to_owned);
        Some(match (path, body) {
            ("/tsa", Some(body)) => time_stamp(self.folder, body).await,
            ("/ocsp", Some(body)) => ocsp(self.folder, body).await,
            (_, None) => match (named("/crl/", ".crl"), named("/ca/", ".cer")) {
                (Some(ca), _) => crl(self.folder, &ca).await,
                (_, Some(ca)) => ca_certificate(self.folder, &ca).await,
                _ => return None,
            },
            _ => return None,
        })
    }
}

/// The issuing CA's certificate names the root's revocation list.
fn base(issuing: &Certificate) -> Option<String> {
    let names = issuing.extensions().distribution_points.iter().flat_map(|point| &point.names);
    names.into_iter().find_map(|name| match name {
        GeneralName::Uri(url) => url.strip_suffix("/crl/root.crl").map(str::to_owned),
        _ => None,
    })
}

#[async_trait]
impl Fetch for Near<'_> {
    async fn fetch(&self, request: &Request<'_>) -> std::result::Result<Vec<u8>, NetError> {
        if let Some(path) = self.base.as_deref().and_then(|base| request.url.strip_prefix(base))
            && let Some(answer) = self.answer(path, request.body.map(|(_, body)| body)).await
        {
            return answer.map_err(|error| NetError::Unreachable { why: error.to_string() });
        }
        self.elsewhere.fetch(request).await
    }
}
