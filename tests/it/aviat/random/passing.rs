//! Time that passes in a run: in jumps, while nobody speaks to a radio.

use std::time::Duration;

use jiff::tz::TimeZone;
use towerhand::clock::Stopwatch;
use towerhand::model::{RadioRow, RadioStatus};

use super::world::World;

/// Real time after which a radio that is still spoken to is left to the jump.
const CALM: Duration = Duration::from_millis(250);

/// Real time for everything to settle once every fault is over: some ten times what it takes on a machine with other
/// work. The nights are the limit, this only ends what hangs.
pub const PATIENCE: Duration = Duration::from_secs(300);

/// Waits until no session is open at any radio, for a while.
pub async fn calm(world: &mut World, most: Duration) {
    let watch = Stopwatch::start();
    // Long enough for a job that is due to be claimed and to connect.
    tokio::time::sleep(Duration::from_millis(8)).await;
    while world.sessions() > 0 && watch.elapsed() < most {
        tokio::time::sleep(Duration::from_millis(4)).await;
    }
}

/// Waits until no session is open at any radio.
pub async fn no_session(world: &mut World) {
    calm(world, Duration::from_secs(10)).await;
    assert_eq!(world.sessions(), 0, "a session of a dead daemon stays open");
}

/// Some minutes between two operations.
pub async fn some(world: &mut World) {
    for _ in 0..world.chance.usize(0..6) {
        calm(world, CALM).await;
        let step = world.chance.u32(5..120);
        world.pass(f64::from(step));
        pace().await;
    }
}

/// The daemon collects what happens for half a second before it looks at the schedule, whatever its clock shows: time that
/// passes much faster than this would pass it by.
async fn pace() {
    tokio::time::sleep(Duration::from_millis(20)).await;
}

/// Seconds until shortly before the window opens in Texas; none within it.
fn until_eve(world: &World) -> Option<f64> {
    let local = world.home.clock.now().to_zoned(TimeZone::get("America/Chicago").unwrap());
    let eve = local.with().hour(1).minute(58).second(0).subsec_nanosecond(0).build().unwrap();
    let night = local.with().hour(4).minute(30).second(0).subsec_nanosecond(0).build().unwrap();
    if local >= eve && local < night {
        return None;
    }
    let next = if local < eve { eve } else { eve.tomorrow().unwrap() };
    Some(next.timestamp().duration_since(world.home.clock.now()).as_secs_f64())
}

/// Lets the evening pass: until two minutes before the window.
pub async fn until_night(world: &mut World) {
    calm(world, CALM).await;
    if let Some(seconds) = until_eve(world) {
        world.say("the evening passes");
        world.pass(seconds);
    }
}

/// Whether somebody works on the radio. One that does not come back is a person's, and still looked for.
pub fn is_driven(row: &RadioRow) -> bool {
    let body = &row.body["phase"];
    let overdue = body["overdue"] == true;
    row.driver.is_some() && !overdue
}

/// A near end that waits for its far end, which waits for a person: scheduled, or with a driver that sends nothing yet.
pub fn is_held(world: &World, row: &RadioRow, rows: &[RadioRow]) -> bool {
    let phase = &row.body["phase"];
    let waits = match phase["at"].as_str() {
        Some("scheduled" | "slot") => true,
        // A person has asked to activate it.
        Some("manual") => row.body["go"].is_object(),
        Some("restart") => phase["sent"] == "intended" && phase["uptime_before"].is_null(),
        _ => false,
    };
    if !waits {
        return false;
    }
    let near = world.radios.iter().position(|radio| radio.address == row.address);
    let far = near.and_then(|near| Some(near).filter(|near| near % 2 == 0).and(world.radios[near].partner));
    let Some(far) = far.map(|far| world.radios[far].address) else { return false };
    rows.iter().any(|row| {
        row.address == far
            && matches!(
                row.status,
                RadioStatus::Pending
                    | RadioStatus::Manual
                    | RadioStatus::RebootRequired
                    | RadioStatus::RebootPending
                    | RadioStatus::PendingVerify
            )
    })
}

/// Mends everything and lets nights pass until every radio is settled, or a person's.
pub async fn settle(world: &mut World) -> Result<(), Vec<String>> {
    world.say("every fault is over");
    for radio in &world.radios {
        radio.device.clear_faults();
    }
    let watch = Stopwatch::start();
    let mut nights = 0.0;
    loop {
        calm(world, CALM).await;
        let rows = world.daemon().store.radios().await.unwrap();
        let driven = rows.iter().any(|row| is_driven(row) && !is_held(world, row, &rows));
        let scheduled = rows.iter().filter(|row| row.status == RadioStatus::Scheduled);
        let due = scheduled.filter(|row| !is_held(world, row, &rows)).count();
        if !driven && due == 0 {
            world.say("everything is settled");
            return Ok(());
        }
        if watch.elapsed() > PATIENCE || nights > 7.0 * 86_400.0 {
            let left: Vec<String> = rows
                .iter()
                .filter(|row| is_driven(row) || row.status == RadioStatus::Scheduled)
                .map(|row| {
                    format!(
                        "{} does not settle: {:?}, driver {:?}, due {:?}, {}",
                        row.address, row.status, row.driver, row.due_at, row.body
                    )
                })
                .collect();
            return Err(left);
        }
        // One that only waits for the other end of its hop can wait for nights.
        let busy = rows.iter().any(|row| is_driven(row) && row.body["phase"]["at"] != "slot");
        let step = match until_eve(world) {
            Some(seconds) if !busy => seconds,
            _ => 30.0,
        };
        world.pass(step);
        nights += step;
        pace().await;
    }
}
