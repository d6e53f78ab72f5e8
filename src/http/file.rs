//! Files as bodies of answers: read piece by piece while they are sent.

use axum::body::{Body, Bytes, HttpBody};
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderName};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::body::{Frame, SizeHint};
use std::fs::File;
use std::io::{self, Read};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::task::JoinHandle;

/// Bytes that are read at a time.
const PIECE: u64 = 128 << 10;

/// The digest of what is sent (RFC 9530).
const REPR_DIGEST: HeaderName = HeaderName::from_static("repr-digest");

/// A file that is answered with.
pub struct FileAnswer<'a> {
    /// The file, at the position from which it is sent.
    pub file: File,
    /// Its bytes.
    pub size: u64,
    /// Their SHA-256.
    pub sha256: [u8; 32],
    /// Its media type.
    pub media_type: &'static str,
    /// The name to save it under.
    pub name: &'a str,
}

impl IntoResponse for FileAnswer<'_> {
    fn into_response(self) -> Response {
        let body = FileBody { file: Some(self.file), left: self.size, reading: None };
        let mut response = Body::new(body).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.media_type));
        if let Ok(value) = HeaderValue::try_from(disposition(self.name)) {
            headers.insert(CONTENT_DISPOSITION, value);
        }
        if let Ok(value) = HeaderValue::try_from(format!("sha-256=:{}:", STANDARD.encode(self.sha256))) {
            headers.insert(REPR_DIGEST, value);
        }
        response
    }
}

/// `attachment` with a name in any script (RFC 6266, RFC 8187).
pub fn disposition(name: &str) -> String {
    use std::fmt::Write;
    let mut encoded = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // writing to a String cannot fail
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    format!("attachment; filename*=UTF-8''{encoded}")
}

type Piece = (File, io::Result<Vec<u8>>);

struct FileBody {
    file: Option<File>,
    left: u64,
    reading: Option<JoinHandle<Piece>>,
}

impl HttpBody for FileBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        if let Some(file) = self.file.take() {
            let length = self.left.min(PIECE);
            self.reading = Some(tokio::task::spawn_blocking(move || read(file, length)));
        }
        let Some(reading) = &mut self.reading else { return Poll::Ready(None) };
        let (file, piece) = ready!(Pin::new(reading).poll(cx)).map_err(io::Error::other)?;
        self.reading = None;
        let piece = piece?;
        self.left = self.left.saturating_sub(u64::try_from(piece.len()).unwrap_or(u64::MAX));
        self.file = Some(file);
        Poll::Ready(Some(Ok(Frame::data(piece.into()))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

/// The next bytes of a file, exactly as many.
fn read(file: File, length: u64) -> Piece {
    let mut bytes = vec![0; usize::try_from(length).unwrap_or_default()];
    let result = (&file).read_exact(&mut bytes).map(|()| bytes);
    (file, result)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_any_script_are_encoded() {
        assert_eq!(disposition("a b.pdf"), "attachment; filename*=UTF-8''a%20b.pdf");
        assert_eq!(disposition("ký\"\r\n.pdf"), "attachment; filename*=UTF-8''k%C3%BD%22%0D%0A.pdf");
    }
}
