//! One connection: requests, answers, and the faults between them.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::Site;
use super::http::{self, shown};
use crate::core::{Fault, When};

/// Serves a connection until it ends.
pub async fn serve(site: &dyn Site, mut stream: TcpStream) -> io::Result<()> {
    // Without it the pieces of a split answer are gathered again.
    stream.set_nodelay(true)?;
    let device = site.device();
    let mut buffer = Vec::new();
    let mut sent = 0;
    while let Some(request) = http::read(&mut stream, &mut buffer).await? {
        let text = shown(&request);
        device.received("http", text.as_str());
        let faults = device.faults();
        let is_met = |after: &Option<String>| after.as_ref().is_none_or(|after| text.contains(after.as_str()));
        let dropped = faults.iter().any(|fault| match fault {
            Fault::Drop { after, bytes: None } | Fault::DropWhen { after, when: When::Before } => is_met(after),
            _ => false,
        });
        if dropped {
            return Ok(());
        }
        if faults.iter().any(|fault| if let Fault::Mute { after } = fault { is_met(after) } else { false }) {
            while stream.read_buf(&mut buffer).await? > 0 {
                buffer.clear();
            }
            return Ok(());
        }
        let answer = site.answer(&request);
        let lost = faults.iter().any(|fault| match fault {
            Fault::DropWhen { after, when: When::After } => is_met(after),
            _ => false,
        });
        if lost {
            return Ok(());
        }
        let noise = faults.iter().find_map(|fault| match fault {
            Fault::Garbage { bytes, endless } => {
                Some((bytes.and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or(4096).max(1), *endless))
            }
            _ => None,
        });
        let slow: u64 = faults.iter().map(|fault| if let Fault::Slow { ms } = fault { *ms } else { 0 }).sum();
        let delay = device.number("delay_ms", 0.0).max(0.0) as u64;
        if slow > 0 || delay > 0 {
            device.clock.sleep(Duration::from_millis(slow.saturating_add(delay))).await;
        }
        let bytes = match noise {
            Some((length, endless)) => {
                let mut bytes = vec![0; length];
                fastrand::Rng::new().fill(&mut bytes);
                if endless {
                    loop {
                        stream.write_all(&bytes).await?;
                    }
                }
                bytes
            }
            None => answer.bytes(),
        };
        if !send(site, &mut stream, &bytes, &faults, &mut sent).await? {
            return Ok(());
        }
        if !request.keep_alive || !answer.has_length {
            return stream.shutdown().await;
        }
    }
    Ok(())
}

/// Sends an answer, whole or in pieces; false if the connection must end before its end.
async fn send(
    site: &dyn Site,
    stream: &mut TcpStream,
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
                if ms > 0 {
                    site.device().clock.sleep(Duration::from_millis(ms)).await;
                }
            }
        }
    }
    stream.flush().await?;
    Ok(whole)
}
