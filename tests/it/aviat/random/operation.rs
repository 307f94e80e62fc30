//! What may be done to the world, drawn at random, and how it is done.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use towerhand_simulators::core::{CommitFault, Fault, When};

use super::daemon::Daemon;
use super::world::{Ask, World, brief, knobs, releases};
use super::{invariants, passing};

/// One operation.
#[derive(Debug)]
pub enum Operation {
    /// `aviat.run` for these radios.
    Run { radios: Vec<usize>, tasks: Vec<&'static str>, mode: &'static str, target: &'static str },
    /// `aviat.scheduled.sync`, not before so many seconds from now.
    Sync { radios: Vec<usize>, after: Option<i64> },
    /// `aviat.activate_scheduled`.
    Activate { radios: Vec<usize>, force: bool },
    /// `aviat.abort` of a job that was submitted.
    Abort(String),
    /// `aviat.queue.update` with mode `remove` or `add`.
    Queue { radios: Vec<usize>, mode: &'static str },
    /// `aviat.reboot_required.run`.
    Reboot(Vec<usize>),
    /// `aviat.check_status`.
    Look(Vec<usize>),
    /// `aviat.precheck_recheck`, `aviat.fix_stp` or the device's own reading.
    One(&'static str, usize),
    /// Hours pass at once.
    Hours(f64),
    /// The daemon's clock is corrected.
    Correct(i64),
    /// The daemon dies (or is stopped), and is started again.
    Restart { kill: bool },
    /// A radio breaks.
    Break(usize, Fault),
    /// Its faults are over.
    Mend(usize),
    /// Somebody changes something at a radio.
    Turn(usize, Value),
}

const ALL_STEPS: [&str; 6] = ["firmware", "password", "snmp", "buffer", "sop", "activate"];

/// Commands at which a fault may strike.
const AT: [&str; 12] = [
    "software load",
    "software activate",
    "software abort",
    "restart",
    "commit",
    "show software-status",
    "show licensing",
    "show spanning-tree",
    "snmp ",
    "change-password",
    "qos-default-policy",
    "show",
];

/// Draws one.
pub fn draw(world: &mut World) -> Operation {
    match world.chance.usize(0..100) {
        0..22 => draw_run(world),
        22..28 => {
            let radios = world.some_radios(6);
            let after = world.chance.bool().then(|| world.chance.i64(0..40 * 3600));
            Operation::Sync { radios, after }
        }
        28..36 => {
            let radios = world.some_radios(5);
            Operation::Activate { radios, force: world.chance.u8(0..100) < 30 }
        }
        36..40 => match world.chance.choice(world.jobs.clone()) {
            Some((_, job)) => Operation::Abort(job),
            None => draw_run(world),
        },
        40..46 => {
            let mode = if world.chance.bool() { "remove" } else { "add" };
            Operation::Queue { radios: world.some_radios(4), mode }
        }
        46..50 => Operation::Reboot(world.some_radios(8)),
        50..54 => Operation::Look(world.some_radios(8)),
        54..58 => {
            let actions = ["aviat.precheck_recheck", "aviat.fix_stp", "ido.bh.device_info"];
            let action = world.chance.choice(actions).unwrap();
            Operation::One(action, world.chance.usize(0..super::world::RADIOS))
        }
        58..68 => Operation::Hours(world.chance.f64() * world.chance.choice([0.5, 0.5, 8.0]).unwrap()),
        68..70 => Operation::Correct(world.chance.i64(-900..900)),
        70..77 => Operation::Restart { kill: world.chance.u8(0..4) > 0 },
        77..89 => {
            let radio = world.chance.usize(0..super::world::RADIOS);
            Operation::Break(radio, draw_fault(world))
        }
        89..96 => Operation::Mend(world.chance.usize(0..super::world::RADIOS)),
        _ => {
            let radio = world.chance.usize(0..super::world::RADIOS);
            let turns = [
                json!({ "stp": "up" }),
                json!({ "stp": "down" }),
                json!({ "mask": "255.255.255.248" }),
                json!({ "load_result": "ok" }),
                json!({ "uptime_days": 251 }),
                json!({ "licences": null }),
            ];
            Operation::Turn(radio, world.chance.choice(turns).unwrap())
        }
    }
}

fn draw_run(world: &mut World) -> Operation {
    let mut radios = world.some_radios(8);
    let mode = world.chance.choice(["scheduled", "scheduled", "scheduled", "immediate", "manual"]).unwrap();
    if mode == "immediate" {
        // Only on some, so that what is activated on the others has to be within a window.
        radios.retain(|radio| radio % 4 >= 2);
    }
    if radios.is_empty() {
        radios.push(2);
    }
    let tasks = match world.chance.usize(0..6) {
        0 => vec!["all"],
        1 => vec!["snmp", "buffer"],
        2 => vec!["activate"],
        3 => vec!["firmware"],
        _ => ALL_STEPS.into_iter().filter(|step| *step == "firmware" || world.chance.bool()).collect(),
    };
    let target = if world.chance.u8(0..100) < 12 { "baseline" } else { "final" };
    Operation::Run { radios, tasks, mode, target }
}

fn draw_fault(world: &mut World) -> Fault {
    let at = world.chance.choice(AT).unwrap().to_owned();
    match world.chance.usize(0..20) {
        0..6 => Fault::DropWhen { after: Some(at), when: When::Before },
        6..12 => Fault::DropWhen { after: Some(at), when: When::After },
        12..15 => {
            // One that says that the command is not known has it tried in the other mode: no second decision.
            let unknown = if at.starts_with("software") { "Error: busy" } else { "syntax error: unknown command" };
            let texts = ["Error: activation not permitted", unknown, "Aborted: the database is locked"];
            Fault::RefuseCommand { command: at, text: world.chance.choice(texts).unwrap().to_owned() }
        }
        15 => Fault::Mute { after: Some(at) },
        16 => Fault::Commit { how: CommitFault::Silence },
        17 => Fault::Commit { how: CommitFault::Abort },
        18 => Fault::Auth {},
        _ => Fault::Refuse {},
    }
}

/// Carries it out; what does not hold already.
pub async fn carry_out(world: &mut World, operation: Operation) -> Result<(), Vec<String>> {
    match operation {
        Operation::Run { radios, tasks, mode, target } => {
            let ips = world.addresses(&radios);
            let payload = json!({
                "ips": ips, "tasks": tasks,
                "maintenance_params": { "activation_mode": mode, "firmware_target": target },
            });
            if tasks.iter().any(|task| matches!(*task, "firmware" | "activate" | "all")) {
                let at = world.seconds();
                for number in radios {
                    let radio = &mut world.radios[number];
                    let releases = releases(target, &radio.device.text("active", ""));
                    radio.asks.push(Ask { at, releases, mode });
                }
            }
            submit(world, "aviat.run", payload).await;
        }
        Operation::Sync { radios, after } => {
            let ips = world.addresses(&radios);
            let now = world.home.clock.now();
            let at = after.map(|seconds| now + jiff::SignedDuration::from_secs(seconds));
            let since = world.seconds();
            submit(world, "aviat.scheduled.sync", json!({ "ips": ips, "activation_at": at.map(|at| at.to_string()) }))
                .await;
            if let Some((_, job)) = world.jobs.last().cloned() {
                for number in radios {
                    world.radios[number].synced.push((since, job.clone()));
                }
            }
        }
        Operation::Activate { radios, force } => {
            let (ips, at) = (world.addresses(&radios), world.seconds());
            for number in radios {
                world.radios[number].told.push((at, force));
            }
            submit(world, "aviat.activate_scheduled", json!({ "ips": ips, "force": force })).await;
        }
        Operation::Abort(job) => submit(world, "aviat.abort", json!({ "task_id": job })).await,
        Operation::Queue { radios, mode } => {
            let ips = world.addresses(&radios);
            submit(world, "aviat.queue.update", json!({ "mode": mode, "radios": ips })).await;
        }
        Operation::Reboot(radios) => {
            let ips = world.addresses(&radios);
            submit(world, "aviat.reboot_required.run", json!({ "ips": ips })).await;
        }
        Operation::Look(radios) => {
            let ips = world.addresses(&radios);
            submit(world, "aviat.check_status", json!({ "ips": ips })).await;
        }
        Operation::One(action, radio) => {
            let ip = world.radios[radio].address.to_string();
            let payload = if action.starts_with("aviat") { json!({ "ip": ip }) } else { json!({ "device": ip }) };
            submit(world, action, payload).await;
        }
        Operation::Hours(hours) => {
            world.say(&format!("{hours:.1} h pass at once"));
            world.pass(hours * 3600.0);
        }
        Operation::Correct(seconds) => {
            world.say(&format!("the daemon's clock is corrected by {seconds} s"));
            world.correct(seconds);
        }
        Operation::Restart { kill } => {
            world.say(if kill { "the daemon is killed" } else { "the daemon is stopped" });
            restart(world, kill).await;
            let wrong = invariants::rows(world).await;
            if !wrong.is_empty() {
                return Err(wrong);
            }
        }
        Operation::Break(radio, fault) => {
            world.say(&format!("BH-{radio:02} breaks: {fault:?}"));
            world.fault(radio, fault);
        }
        Operation::Mend(radio) => {
            world.say(&format!("BH-{radio:02} is mended"));
            world.radios[radio].device.clear_faults();
        }
        Operation::Turn(radio, state) => {
            world.say(&format!("BH-{radio:02} is turned: {state}"));
            world.radios[radio].device.merge(knobs(state));
        }
    }
    Ok(())
}

async fn restart(world: &mut World, kill: bool) {
    let daemon = world.daemon.take().unwrap();
    if kill {
        daemon.kill().await;
    } else {
        daemon.stop().await;
    }
    // What the old one had open is closed at the radios too, before the new one speaks to them.
    passing::no_session(world).await;
    world.daemon = Some(Daemon::start(&world.home).await);
}

/// Submits a job as a client does.
async fn submit(world: &mut World, action: &'static str, payload: Value) {
    world.say(&brief(action, &payload));
    let api = world.daemon().api.clone();
    let request = api.request(Method::POST, "/jobs").json(&json!({ "action": action, "payload": payload }));
    let (status, answer) = api.send(request).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{action}: {answer}");
    let job = answer["data"]["job_id"].as_str().unwrap().to_owned();
    if let Some(last) = world.log.last_mut() {
        last.push_str(&format!(" -> {job}"));
    }
    world.jobs.push((action, job));
}
