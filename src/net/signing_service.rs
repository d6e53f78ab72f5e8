//! Asks remote signing services.

use super::http::Http;
use super::{ChosenBy, Fetch as _, NetError, Request};
use crate::keys::KeyError;
use crate::keys::csc::{Ask, Question, Said};
use async_trait::async_trait;

#[async_trait]
impl Ask for Http {
    async fn ask(&self, question: Question<'_>) -> Result<Said, KeyError> {
        let Question { url, authorization, media_type, body, most } = question;
        let body = Some((media_type, body));
        let request = Request { url, chosen_by: ChosenBy::Operator, authorization, body, most };
        match self.fetch(&request).await {
            Ok(body) => Ok(Said { status: 200, body }),
            Err(NetError::Status { status, body }) => Ok(Said { status, body }),
            Err(error @ (NetError::Protocol { .. } | NetError::TooLong { .. } | NetError::Redirect { .. })) => {
                Err(KeyError::RemoteNonsense { why: error.to_string() })
            }
            Err(error) => Err(KeyError::RemoteUnreachable { why: error.to_string() }),
        }
    }
}
