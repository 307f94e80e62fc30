//! One connection: requests, answers, and the faults between them.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::Server;
use super::message::{Answer, Request, read};
use crate::core::{Device, Fault, When};

/// Takes what comes and answers nothing.
pub async fn swallow(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<()> {
    let mut buffer = [0; 4096];
    while stream.read(&mut buffer).await? > 0 {}
    Ok(())
}

/// Serves a connection until it ends.
pub async fn serve(
    server: &Server,
    mut stream: impl AsyncRead + AsyncWrite + Unpin + Send,
    secure: bool,
) -> io::Result<()> {
    let mut buffer = Vec::new();
    let mut sent = 0;
    while let Some(request) = read(&mut stream, &mut buffer, secure).await? {
        let device = &server.device;
        let text = server.site.shown(&request);
        device.received("http", text.as_str());
        if server.site.is_away() {
            return Ok(());
        }
        let faults = device.faults();
        let concerns = |after: &Option<String>| after.as_ref().is_none_or(|after| text.contains(after.as_str()));
        for fault in &faults {
            match fault {
                Fault::Drop { after: Some(after), .. } if text.contains(after.as_str()) => return Ok(()),
                Fault::Drop { after: None, bytes: None } => return Ok(()),
                Fault::DropWhen { after, when: When::Before } if concerns(after) => return Ok(()),
                Fault::Mute { after } if concerns(after) => return swallow(&mut stream).await,
                _ => {}
            }
        }
        let answer = said(server, &request, &text, &faults);
        if faults.iter().any(|fault| matches!(fault, Fault::DropWhen { after, when: When::After } if concerns(after))) {
            return Ok(());
        }
        let bytes = match noise(&faults) {
            Some((length, endless)) => {
                let mut bytes = vec![0; length];
                fastrand::Rng::new().fill(&mut bytes);
                if endless {
                    // A body without end behind a head that is whole.
                    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n").await?;
                    loop {
                        stream.write_all(&bytes).await?;
                    }
                }
                bytes
            }
            None => answer.bytes(request.keep_alive),
        };
        let slow: u64 = faults.iter().map(|fault| if let Fault::Slow { ms } = fault { *ms } else { 0 }).sum();
        let delay =
            Duration::from_millis(slow) + Duration::from_secs_f64(device.number("delay_ms", 0.0).max(0.0) / 1e3);
        if !delay.is_zero() {
            device.clock.sleep(delay).await;
        }
        if !send(device, &mut stream, &bytes, &faults, &mut sent).await? {
            return Ok(());
        }
        if !request.keep_alive || server.site.is_away() {
            return stream.shutdown().await;
        }
    }
    Ok(())
}

/// What is answered: the site's word, unless a fault or a knob says another.
fn said(server: &Server, request: &Request, text: &str, faults: &[Fault]) -> Answer {
    for fault in faults {
        if let Fault::RefuseCommand { command, text: words } = fault
            && text.contains(command.as_str())
        {
            return Answer::html("200 OK", words);
        }
    }
    if !request.secure && server.device.text("http", "on") == "redirect" {
        let port = server.device.ports().https.unwrap_or(443);
        let place = format!("https://{}:{port}{}", server.device.address, request.path);
        return Answer::html("302 Found", "").with("Location", place);
    }
    server.site.answer(request)
}

fn noise(faults: &[Fault]) -> Option<(usize, bool)> {
    faults.iter().find_map(|fault| match fault {
        Fault::Garbage { bytes, endless } => {
            Some((bytes.and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or(4096).max(1), *endless))
        }
        _ => None,
    })
}

/// Sends an answer, whole or in pieces; false if the connection must end before its end.
async fn send(
    device: &Device,
    stream: &mut (impl AsyncWrite + Unpin),
    bytes: &[u8],
    faults: &[Fault],
    sent: &mut u64,
) -> io::Result<bool> {
    let limit = faults.iter().find_map(|fault| if let Fault::Drop { bytes, .. } = fault { *bytes } else { None });
    let left = limit.map(|limit| usize::try_from(limit.saturating_sub(*sent)).unwrap_or(usize::MAX));
    let whole = left.is_none_or(|left| left >= bytes.len());
    let bytes = bytes.get(..left.unwrap_or(bytes.len()).min(bytes.len())).unwrap_or(bytes);
    *sent = sent.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
    let split = faults.iter().find_map(|fault| match fault {
        Fault::Split { after, ms } => Some((after.as_bytes(), *ms)),
        _ => None,
    });
    match split {
        None => stream.write_all(bytes).await?,
        Some((after, ms)) => {
            for piece in bytes.split_inclusive(|byte| after.is_empty() || after.contains(byte)) {
                stream.write_all(piece).await?;
                stream.flush().await?;
                if ms > 0 {
                    device.clock.sleep(Duration::from_millis(ms)).await;
                }
            }
        }
    }
    stream.flush().await?;
    Ok(whole)
}
