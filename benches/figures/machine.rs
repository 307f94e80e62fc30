//! What the machine can do: the figures of others are to be read beside these.

use std::fs::File;
use std::io::Write as _;
use std::time::{Duration, Instant};

use ring::rand::SystemRandom;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};

use crate::say;

/// Syncs and signature checks a second.
pub fn run() -> anyhow::Result<()> {
    say("machine");
    let (rate, longest) = syncs()?;
    say(&format!("  {:<46} {rate:>10.0} a second, the longest {longest:.0} ms", "fdatasync of 4 kB"));
    say(&format!("  {:<46} {:>10.0} a second", "Ed25519 verify", verifies()?));
    Ok(())
}

/// How many a second, and the longest, ms.
fn syncs() -> anyhow::Result<(f64, f64)> {
    let path = std::env::current_dir()?.join("target/sync-probe");
    let mut file = File::create(&path)?;
    let (start, mut count, mut longest) = (Instant::now(), 0_u32, Duration::ZERO);
    while start.elapsed() < Duration::from_secs(5) {
        file.write_all(&[7; 4096])?;
        let before = Instant::now();
        file.sync_data()?;
        longest = longest.max(before.elapsed());
        count += 1;
    }
    let rate = f64::from(count) / start.elapsed().as_secs_f64();
    std::fs::remove_file(path)?;
    Ok((rate, longest.as_secs_f64() * 1000.0))
}

fn verifies() -> anyhow::Result<f64> {
    let broken = |_| anyhow::anyhow!("Ed25519 does not work here");
    let pkcs8 = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).map_err(|_| anyhow::anyhow!("no random bytes"))?;
    let pair = Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).map_err(|_| anyhow::anyhow!("no key"))?;
    let message = b"how fast is this core";
    let signature = pair.sign(message);
    let public = UnparsedPublicKey::new(&ED25519, pair.public_key().as_ref());
    let (start, mut count) = (Instant::now(), 0_u32);
    while start.elapsed() < Duration::from_secs(1) {
        for _ in 0..64 {
            public.verify(message, signature.as_ref()).map_err(broken)?;
            count += 1;
        }
    }
    Ok(f64::from(count) / start.elapsed().as_secs_f64())
}
