//! Firmware images that radios fetch: no key, since a radio cannot send one; read-only, and only files of the firmware
//! list.

use std::collections::BTreeMap;
use std::path::PathBuf;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};

use super::ApiState;
use super::error::{ApiError, Detail};

/// Files that may be fetched: their names, and where they lie.
pub type Images = BTreeMap<String, PathBuf>;

/// Read and sent at once, bytes.
const CHUNK: usize = 256 * 1024;

/// A firmware image of the list, for radios. A part of it by `Range: bytes=FROM-TO`.
#[utoipa::path(
    get, path = "/api/aviat/firmware/{file}", tag = "images", operation_id = "firmware_image", security(()),
    params(("file" = String, Path, description = "Name of a file of the firmware list.")),
    responses((status = 200, description = "The image.", content_type = "application/octet-stream"),
        (status = 206, description = "The part that was asked for.", content_type = "application/octet-stream"),
        (status = 404, description = "Not in the firmware list, or not there.", body = Detail),
        (status = 416, description = "It has no such part.", body = Detail),
        (status = 500, description = "Our own fault.", body = Detail))
)]
pub(super) async fn image(State(api): State<ApiState>, request: Request) -> Result<Response, ApiError> {
    // The name only chooses among known paths; it never becomes part of one. Names of the list need no escapes.
    let name = request.uri().path().rsplit('/').next().unwrap_or_default();
    let Some(path) = api.images.get(name) else { return Err(ApiError::NotFound) };
    let absent = |error: std::io::Error| {
        tracing::error!(error = %error, file = %path.display(), "an image of the firmware list cannot be read: {error}");
        ApiError::NotFound
    };
    let mut file = tokio::fs::File::open(path).await.map_err(absent)?;
    let found = file.metadata().await.map_err(absent)?;
    if !found.is_file() {
        return Err(ApiError::NotFound);
    }
    let size = found.len();
    let part = match request.headers().get(header::RANGE) {
        None => None,
        Some(value) => range(value, size).transpose().map_err(|()| ApiError::NoSuchRange)?,
    };
    let (from, length) = part.map_or((0, size), |(from, to)| (from, to - from + 1));
    let body = if request.method() == Method::HEAD {
        Body::empty()
    } else {
        file.seek(std::io::SeekFrom::Start(from)).await.map_err(absent)?;
        Body::from_stream(chunks(file, length))
    };
    let mut response = body.into_response();
    let answer = response.headers_mut();
    answer.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    answer.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    answer.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    if let Some((from, to)) = part {
        if let Ok(value) = HeaderValue::try_from(format!("bytes {from}-{to}/{size}")) {
            answer.insert(header::CONTENT_RANGE, value);
        }
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    Ok(response)
}

/// First and last byte of the one part that is asked for. None: the header is one that may be passed over (RFC 9110
/// 14.2). An error: the image has no such part.
fn range(value: &HeaderValue, size: u64) -> Option<Result<(u64, u64), ()>> {
    let (from, to) = value.to_str().ok()?.trim().strip_prefix("bytes=")?.split_once('-')?;
    let number = |text: &str| if text.is_empty() { Some(None) } else { text.parse::<u64>().ok().map(Some) };
    let (from, to) = (number(from.trim())?, number(to.trim())?);
    let last = size.checked_sub(1);
    Some(match (from, to, last) {
        (_, _, None) => Err(()),
        (Some(from), Some(to), _) if to < from => return None,
        (Some(from), to, Some(last)) if from <= last => Ok((from, to.unwrap_or(last).min(last))),
        (None, Some(count), Some(last)) if count > 0 => Ok((size.saturating_sub(count), last)),
        (None, None, _) => return None,
        _ => Err(()),
    })
}

/// `length` bytes of a file from where it stands; an error ends the answer short of its announced length.
fn chunks(file: tokio::fs::File, length: u64) -> impl futures_util::Stream<Item = std::io::Result<Bytes>> {
    futures_util::stream::unfold((file, length), |(mut file, left)| async move {
        if left == 0 {
            return None;
        }
        let most = usize::try_from(left).unwrap_or(CHUNK).min(CHUNK);
        let mut chunk = vec![0; most];
        match file.read(&mut chunk).await {
            Ok(0) => Some((Err(std::io::ErrorKind::UnexpectedEof.into()), (file, 0))),
            Ok(count) => {
                chunk.truncate(count);
                let count = u64::try_from(count).unwrap_or(left);
                Some((Ok(Bytes::from(chunk)), (file, left.saturating_sub(count))))
            }
            Err(error) => Some((Err(error), (file, 0))),
        }
    })
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the tests write images")]
mod tests {
    use std::sync::Arc;

    use axum::body::to_bytes;
    use axum::http::Request;
    use tower::ServiceExt as _;

    use super::*;
    use crate::api::{fixture, router};

    #[test]
    fn parts_of_ten_bytes() {
        for (text, part) in [
            ("bytes=0-3", Some(Ok((0, 3)))),
            ("bytes=4-", Some(Ok((4, 9)))),
            ("bytes=-2", Some(Ok((8, 9)))),
            ("bytes=-20", Some(Ok((0, 9)))),
            ("bytes=8-99", Some(Ok((8, 9)))),
            ("bytes=10-", Some(Err(()))),
            ("bytes=-0", Some(Err(()))),
            ("bytes=3-1", None),
            ("bytes=0-1,3-4", None),
            ("lines=0-1", None),
            ("bytes=-", None),
        ] {
            assert_eq!(range(&HeaderValue::from_static(text), 10), part, "{text}");
        }
    }

    #[tokio::test]
    async fn radios_fetch_images_of_the_list_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let image: Vec<u8> = (0..600_000_u32).map(|n| (n % 251) as u8).collect();
        std::fs::write(dir.path().join("a.swpack"), &image).unwrap();
        std::fs::write(dir.path().join("secret.txt"), "hunter2").unwrap();
        let mut state = fixture::state(dir.path()).await;
        state.images = Arc::new(BTreeMap::from([
            ("a.swpack".to_owned(), dir.path().join("a.swpack")),
            ("gone.swpack".to_owned(), dir.path().join("gone.swpack")),
        ]));
        let app = router(state);
        let send = async |method: &str, path: &str, range: Option<&str>| {
            let mut request = Request::builder().method(method).uri(format!("/api/aviat/firmware/{path}"));
            if let Some(range) = range {
                request = request.header("Range", range);
            }
            let response = app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
            let length = response.headers().get("content-length").map(|value| value.to_str().unwrap().to_owned());
            (response.status().as_u16(), length, to_bytes(response.into_body(), 1 << 20).await.unwrap())
        };
        let (status, length, body) = send("GET", "a.swpack", None).await;
        assert_eq!((status, length.as_deref()), (200, Some("600000")));
        assert!(body == image);
        let (status, length, body) = send("GET", "a.swpack", Some("bytes=599990-")).await;
        assert_eq!((status, length.as_deref()), (206, Some("10")));
        assert!(body == image[599_990..]);
        let (status, length, body) = send("HEAD", "a.swpack", None).await;
        assert_eq!((status, length.as_deref(), body.len()), (200, Some("600000"), 0));
        assert_eq!(send("GET", "a.swpack", Some("bytes=600000-")).await.0, 416);
        for path in
            ["secret.txt", "gone.swpack", "..%2Fsecret.txt", "%2e%2e/secret.txt", "../state.db", "a.swpack%00", ""]
        {
            assert_eq!(send("GET", path, None).await.0, 404, "{path}");
        }
        assert_eq!(send("POST", "a.swpack", None).await.0, 405);
        assert_eq!(send("PUT", "a.swpack", None).await.0, 405);
    }
}
