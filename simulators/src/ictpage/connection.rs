//! One connection to the page: requests, answers, and the faults between them.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::http::{self, Request, answer, masked};
use super::{Panel, page};
use crate::core::{Fault, When};
use crate::snmp::knobs::Knobs;

/// Serves a connection until it ends.
pub async fn serve(panel: &Panel, mut stream: TcpStream) -> io::Result<()> {
    // Without it the pieces of a split answer are gathered again.
    stream.set_nodelay(true)?;
    let mut buffer = Vec::new();
    let mut sent = 0;
    let mut mute = false;
    while let Some(request) = http::read(&mut stream, &mut buffer).await? {
        let line = format!("{} {}", request.method, request.path);
        let text = if request.body.is_empty() { line } else { format!("{line} {}", masked(&request.body)) };
        panel.device.received("http", text.as_str());
        if panel.offline() {
            return Ok(());
        }
        let faults = panel.device.faults();
        for fault in &faults {
            match fault {
                Fault::Drop { after: Some(after), .. } if text.contains(after.as_str()) => return Ok(()),
                Fault::Drop { after: None, bytes: None } => return Ok(()),
                Fault::DropWhen { after, when: When::Before }
                    if after.as_ref().is_none_or(|after| text.contains(after.as_str())) =>
                {
                    return Ok(());
                }
                Fault::Mute { after } => mute |= after.as_ref().is_none_or(|after| text.contains(after.as_str())),
                _ => {}
            }
        }
        if mute {
            while stream.read_buf(&mut buffer).await? > 0 {
                buffer.clear();
            }
            return Ok(());
        }
        let reply = reply(panel, &request, &faults);
        let lost = faults.iter().any(|fault| match fault {
            Fault::DropWhen { after, when: When::After } => {
                after.as_ref().is_none_or(|after| text.contains(after.as_str()))
            }
            _ => false,
        });
        if lost {
            if reply.restarts {
                panel.restart();
            }
            return Ok(());
        }
        let bytes = match noise(&faults) {
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
            None => reply.bytes,
        };
        let slow: u64 = faults.iter().map(|fault| if let Fault::Slow { ms } = fault { *ms } else { 0 }).sum();
        if slow > 0 {
            panel.device.clock.sleep(Duration::from_millis(slow)).await;
        }
        if !send(panel, &mut stream, &bytes, &faults, &mut sent).await? {
            return Ok(());
        }
        if reply.restarts {
            panel.restart();
            return stream.shutdown().await;
        }
        if !request.keep_alive {
            return stream.shutdown().await;
        }
    }
    Ok(())
}

struct Reply {
    bytes: Vec<u8>,
    /// The panel restarts once this is sent.
    restarts: bool,
}

fn reply(panel: &Panel, request: &Request, faults: &[Fault]) -> Reply {
    let device = &panel.device;
    let stays = |bytes: Vec<u8>| Reply { bytes, restarts: false };
    let strangers = faults.iter().any(|fault| matches!(fault, Fault::Auth {}));
    let known = (device.text("user", "admin"), device.text("password", "sim"));
    let user = request.login.as_ref().map_or("nobody", |(user, _)| user.as_str());
    if strangers || request.login.as_ref() != Some(&known) {
        device.received("auth", format!("basic {user} refused"));
        let challenge = "WWW-Authenticate: Basic realm=\"ICT200DB\"\r\n";
        return stays(answer("401 Unauthorized", challenge, "<html><body>401 Unauthorized</body></html>"));
    }
    device.received("auth", format!("basic {user} accepted"));
    let path = request.path.split('?').next().unwrap_or_default();
    let after = device.text("offline_after", "reset");
    match (request.method.as_str(), path) {
        ("GET", "/") => stays(answer("200 OK", "", &page::page(&Knobs(device.state())))),
        ("GET", "/reset") => {
            let bytes = answer("200 OK", "Connection: close\r\n", "<html><body>Restarting</body></html>");
            Reply { bytes, restarts: after == "reset" }
        }
        ("POST", _) => {
            // The blank after the address is the firmware's. `net` restarts the unit, the other forms do not.
            let network = path == "/net";
            let location = device.text("location", if network { "/reset" } else { "/" });
            let bytes = answer("302 Found", &format!("Location: {location} \r\n"), "");
            Reply { bytes, restarts: network && after == "post" }
        }
        ("GET", _) => stays(answer("404 Not Found", "", "<html><body>404 Not Found</body></html>")),
        _ => stays(answer("405 Method Not Allowed", "", "")),
    }
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
    panel: &Panel,
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
                    panel.device.clock.sleep(Duration::from_millis(ms)).await;
                }
            }
        }
    }
    stream.flush().await?;
    Ok(whole)
}
