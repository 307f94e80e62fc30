//! `make night`: 200 simulated radios in 100 hops are upgraded in one night. One job asks for it in the afternoon; the
//! images load, the window opens at 02:00, far ends go first, and one radio in twenty is broken in one of five ways. The
//! clocks of daemon and radios run fast together. Prints what stood when, and the verdict, which is read off the radios'
//! journals; exit status 0 or 1.
//!
//! `--rate N`: so many simulated seconds a second (60).

#[expect(clippy::disallowed_methods, reason = "the night stands outside the daemon: real time, files of its own")]
mod parts;
mod radios;
mod verdict;

use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use jiff::civil::Time;
use serde_json::json;
use towerhand::model::{RadioRow, RadioStatus};

use parts::Night;

/// What the window's end means for this program: nothing happens any more.
const MORNING: Time = Time::constant(5, 5, 0, 0);

/// Shortly before the window opens.
const EVE: Time = Time::constant(1, 45, 0, 0);

#[tokio::main]
async fn main() -> ExitCode {
    let rate = std::env::args().skip_while(|word| word != "--rate").nth(1);
    let rate = rate.and_then(|rate| rate.parse().ok()).unwrap_or(60.0);
    match night(rate).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            say(&format!("night: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// A line of the story.
fn say(text: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

async fn night(rate: f64) -> anyhow::Result<bool> {
    let mut night = Night::start(rate).await?;
    say(&format!(
        "{} radios on 2.11.11 in {} hops, {} of them broken; {rate} simulated seconds a second",
        night.radios.len(),
        night.radios.len() / 2,
        night.radios.iter().filter(|radio| radio.flaw.is_some()).count()
    ));
    let addresses: Vec<String> = night.radios.iter().map(|radio| radio.device.address.to_string()).collect();
    let payload = json!({
        "ips": addresses, "tasks": ["firmware"],
        "maintenance_params": { "activation_mode": "scheduled", "firmware_target": "final" },
    });
    let job = night.submit("aviat.run", &payload).await?;
    say(&format!("one job, {job}\n\n  local time   loading  scheduled  activating  success  failed  held"));
    let began = night.now();
    let mut shown = Shown::default();
    // The afternoon: until nothing loads any more.
    loop {
        let rows = night.rows().await?;
        shown.quarter(&night, &rows);
        let busy = rows.len() < night.radios.len() || rows.iter().any(|row| is_busy(row.status));
        if !busy {
            break;
        }
        let taken = night.now().duration_since(began).as_hours();
        anyhow::ensure!(taken < 5, "radios still load after {taken} h:\n{}", parts::unsettled(&rows));
        night.pause(Duration::from_millis(100)).await;
    }
    // The evening: time jumps, and whoever wants to do something wrong has a moment for it.
    while night.local().time() > MORNING || night.local().time() < EVE {
        night.jump(Duration::from_secs(900));
        night.pause(Duration::from_millis(150)).await;
        let rows = night.rows().await?;
        shown.quarter(&night, &rows);
    }
    // The window.
    while night.local().time() < MORNING {
        let rows = night.rows().await?;
        shown.quarter(&night, &rows);
        let waiting = rows.iter().any(|row| row.status == RadioStatus::Scheduled || is_busy(row.status));
        if !waiting {
            night.jump(Duration::from_secs(900));
        }
        night.pause(Duration::from_millis(100)).await;
    }
    let rows = night.rows().await?;
    shown.line(&night, &rows);
    let job = night.job(&job).await.context("the job")?;
    let good = verdict::tell(&night, &rows, &job);
    night.end().await;
    Ok(good)
}

/// Somebody works on it.
fn is_busy(status: RadioStatus) -> bool {
    matches!(status, RadioStatus::Processing | RadioStatus::Loading | RadioStatus::Rebooting)
}

/// What was printed last.
#[derive(Default)]
struct Shown {
    quarter: Option<i64>,
    counts: Option<[usize; 6]>,
}

impl Shown {
    /// A line a quarter of an hour; none while nothing changes.
    fn quarter(&mut self, night: &Night, rows: &[RadioRow]) {
        let quarter = night.now().as_second() / 900;
        if self.quarter != Some(quarter) && self.counts != Some(counts(rows)) {
            self.line(night, rows);
            self.quarter = Some(quarter);
        }
    }

    fn line(&mut self, night: &Night, rows: &[RadioRow]) {
        let counts = counts(rows);
        let [loading, scheduled, activating, success, failed, held] = counts;
        let time = night.local().strftime("%a %H:%M");
        say(&format!("  {time:<10} {loading:>9} {scheduled:>10} {activating:>11} {success:>8} {failed:>7} {held:>5}"));
        self.counts = Some(counts);
    }
}

/// Loading, scheduled, activating, success, failed, held for a person.
fn counts(rows: &[RadioRow]) -> [usize; 6] {
    let of = |wanted: &[RadioStatus]| rows.iter().filter(|row| wanted.contains(&row.status)).count();
    [
        of(&[RadioStatus::Loading]),
        of(&[RadioStatus::Scheduled]),
        of(&[RadioStatus::Processing, RadioStatus::PendingVerify, RadioStatus::Rebooting]),
        of(&[RadioStatus::Success]),
        of(&[RadioStatus::Error]),
        of(&[RadioStatus::Pending, RadioStatus::RebootRequired, RadioStatus::RebootPending, RadioStatus::Manual]),
    ]
}
