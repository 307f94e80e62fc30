//! Drives one radio for one step of its hidden job: observe, decide, store what is intended, act, observe.

mod agents;
mod commit;
mod configure;
mod far;
mod glance;
mod link;
mod send;
mod sop;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::config::Config;
use super::decide::{self, Answer, Command, Next, Partner, Rules, Wait};
use super::firmware::RadioImages;
use super::partner;
use super::rows::Entry;
use super::seen::Look;
use super::sop_checks::SopCheck;
use super::state::{End, Phase, Radio};
use super::window::Window;
use crate::clock::{Chance, Clock, add};
use crate::inventory::Hop;
use crate::model::{DeviceType, Failure, FailureClass, RadioStatus, Secret};
use crate::report::Chain;
use crate::store::{Lease, Store};
use crate::transport::{Cx, Target, snmp, ssh};
pub use agents::Agents;
use commit::Committed;
pub(crate) use commit::event;
use link::Link;

/// Between two looks at radios that load, all of them taken together: where nothing else goes on, a look with a login costs
/// 6 to 9 ms of CPU (every cache is cold by then), so looks cost less than a hundredth of a core (docs/benchmarks.md).
const PACE: Duration = Duration::from_millis(1250);

/// From one look at a radio that loads to the next, on average, while so many load: `poll_interval`, and from 48 radios on
/// (at a `poll_interval` of one minute) as long as it takes to look at all of them at that pace: 250 s with the 200 of a
/// night, 52 minutes with 2,500. A load takes 10 to 40. One look is put off by a fifth more at most, so that is the bound
/// within which the end of a load is noticed.
pub fn look_interval(poll_interval: Duration, loading: u64) -> Duration {
    poll_interval.max(PACE.saturating_mul(u32::try_from(loading).unwrap_or(u32::MAX)))
}

/// More turns than any way through the phases takes at once; a step that needs more goes on later.
const TURNS: usize = 40;

/// What a driver works with.
pub struct Deps<'a> {
    /// Rows.
    pub store: Arc<dyn Store>,
    /// Proof that the hidden job is held.
    pub lease: &'a Lease,
    /// Time.
    pub clock: &'a Clock,
    /// For spreading the looks.
    pub chance: &'a Chance,
    /// Settings.
    pub config: &'a Config,
    /// Images for this radio.
    pub images: RadioImages,
    /// When work on it may begin.
    pub window: Window,
    /// Its hop.
    pub hop: Option<Hop>,
    /// The way to the other end of its hop, without credentials of its own; an error: there is none, so it does not answer.
    pub other: Option<Result<Target, Failure>>,
    /// More checks of the SOP.
    pub checks: &'a [SopCheck],
    /// The frame for what is done on the radio.
    pub cx: Cx,
    /// Takes opened secrets out of a text, since a radio may echo one.
    pub mask: &'a (dyn Fn(String) -> String + Sync),
    /// The radio, without a password.
    pub target: Target,
    /// Its type.
    pub device_type: DeviceType,
    /// The password that it gets.
    pub ours: Option<Secret>,
    /// The factory's.
    pub factory: Option<Secret>,
    /// The SNMP community that it gets.
    pub community: Option<Secret>,
    /// Settings of SSH.
    pub ssh: &'a ssh::Config,
    /// Settings of SNMP.
    pub snmp: &'a snmp::Config,
    /// Whose agent need not be asked.
    pub agents: &'a Agents,
}

/// How a step ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// The radio is settled or parked, or another one drives it: the driver is done.
    Over,
    /// The next look.
    Wait {
        /// When.
        wake_at: Timestamp,
        /// For the log.
        why: String,
    },
}

/// One step.
///
/// # Errors
/// `Cancelled`: the service stops; the next step begins by observing. `Busy`: the job is another worker's by now. Others
/// are faults of ours; a radio with nothing outstanding is settled with them.
pub async fn step(deps: &Deps<'_>, address: IpAddr) -> Result<Ended, Failure> {
    let targets = link::Targets::new(deps);
    let mut link = Link::new(deps, &targets);
    let ended = turns(deps, address, &mut link).await;
    link.close().await;
    match ended {
        Err(failure) if !matches!(failure.class, FailureClass::Cancelled | FailureClass::Busy) => {
            fault(deps, address, &failure).await;
            Err(failure)
        }
        ended => ended,
    }
}

async fn turns(deps: &Deps<'_>, address: IpAddr, link: &mut Link<'_, '_>) -> Result<Ended, Failure> {
    let mut look: Option<Look> = None;
    for _ in 0..TURNS {
        let Some(mut entry) = mine(deps, address).await? else { return Ok(Ended::Over) };
        let partner = other_end(deps).await?;
        if look.is_none() && decide::needs_look(&entry.radio) {
            look = Some(link.look(&mut entry.radio).await?);
        }
        link.told_login(&mut entry.radio);
        let nothing = Look::Failed(Failure::new(FailureClass::Internal, "not looked at"));
        let seen = look.as_ref().unwrap_or(&nothing);
        let rules = rules(deps, &entry, partner);
        let decision = decide::decide(&entry.radio, seen, &rules);
        match deps.commit(&entry, &decision).await? {
            Committed::Done => {}
            Committed::Stale => continue,
            Committed::NoSlot(why) => {
                deps.wait_for_slot(entry, &why).await?;
                return Ok(deps.later(Wait::Poll, why));
            }
        }
        match decision.next {
            Next::Over => return Ok(Ended::Over),
            Next::Again => {}
            Next::Look => look = None,
            Next::Wait(wait) => {
                let why = decision.radio.error.unwrap_or_else(|| waiting(&decision.radio.phase).to_owned());
                return match &decision.radio.phase {
                    Phase::Load(load) if wait == Wait::Poll => deps.next_look(load.immediate, why).await,
                    _ => Ok(deps.later(wait, why)),
                };
            }
            Next::Send(command) => {
                look = None;
                let answer = link.send(&command).await?;
                match deps.settle_answer(address, &command, &answer).await? {
                    Some(Next::Over) | None => return Ok(Ended::Over),
                    Some(Next::Wait(wait)) => {
                        let why = format!("{} was sent", command.audit());
                        return match command {
                            Command::Load { immediate, .. } if answer == Answer::Accepted => {
                                deps.next_look(immediate, why).await
                            }
                            _ => Ok(deps.later(wait, why)),
                        };
                    }
                    Some(_) => {}
                }
            }
            Next::Configure(step) => {
                look = None;
                let (outcome, items) = link.configure(&mut entry.radio, step).await?;
                let login = entry.radio.login;
                deps.settle_step(address, step, outcome, items, login).await?;
            }
        }
    }
    Ok(deps.later(Wait::Poll, "goes on later".to_owned()))
}

/// The row, if this job still drives it.
async fn mine(deps: &Deps<'_>, address: IpAddr) -> Result<Option<Entry>, Failure> {
    let Some(row) = deps.store.radio(address).await.map_err(|error| stored(&error))? else { return Ok(None) };
    if row.driver != Some(deps.lease.job) {
        return Ok(None);
    }
    let entry = Entry::read(row)?;
    Ok(entry.radio.phase.is_driven().then_some(entry))
}

async fn other_end(deps: &Deps<'_>) -> Result<Partner, Failure> {
    let Some(hop) = deps.hop.as_ref().filter(|hop| !hop.far) else { return Ok(Partner::Free) };
    let row = deps.store.radio(hop.other.address).await.map_err(|error| stored(&error))?;
    let other = row.map(Entry::read).transpose()?;
    Ok(partner::partner(Some(hop), other.as_ref().map(|other| &other.radio)))
}

fn rules<'a>(deps: &'a Deps<'_>, entry: &Entry, partner: Partner) -> Rules<'a> {
    Rules {
        now: deps.clock.now(),
        config: deps.config,
        images: &deps.images,
        window: &deps.window,
        slot: entry.row.slot,
        partner,
    }
}

/// A failure of the store. A lease that was lost is somebody else's job.
fn stored(error: &crate::store::StoreError) -> Failure {
    let class = match error {
        crate::store::StoreError::LostLease(_) => FailureClass::Busy,
        _ => FailureClass::Internal,
    };
    Failure::new(class, format!("the state of the radio could not be stored or read: {}", Chain(error)))
}

fn waiting(phase: &Phase) -> &'static str {
    match phase {
        Phase::Load(_) => "Loading",
        Phase::Activate(_) => "Waiting for the radio to come up with its new version",
        Phase::Restart(_) => "Waiting for the radio to come up anew",
        Phase::Slot => "Waiting for a slot",
        _ => "Waiting",
    }
}

/// After a fault of ours nothing stays `processing`: a radio with no command outstanding is settled. One with a command
/// outstanding keeps its phase, and gets a new driver.
async fn fault(deps: &Deps<'_>, address: IpAddr, failure: &Failure) {
    let Ok(Some(entry)) = mine(deps, address).await else { return };
    if outstanding(&entry.radio) {
        return;
    }
    let decision = decide::settled(&entry.radio, End::Error, failure.to_string(), &rules(deps, &entry, Partner::Free));
    if let Err(error) = deps.commit(&entry, &decision).await {
        tracing::error!(radio = %address, "its state could not be settled after a fault: {error}");
    }
}

fn outstanding(radio: &Radio) -> bool {
    matches!(radio.phase, Phase::Activate(_) | Phase::Restart(_) | Phase::Load(_))
}

impl Deps<'_> {
    /// The next look at a radio that loads, see [`look_interval`]. One that activates by itself holds a slot: there are few
    /// of those, and others wait for it.
    async fn next_look(&self, immediate: bool, why: String) -> Result<Ended, Failure> {
        let loading = if immediate {
            0
        } else {
            self.store.radios_in(RadioStatus::Loading).await.map_err(|error| stored(&error))?
        };
        Ok(self.after(look_interval(self.config.poll_interval, loading), why))
    }

    /// From four fifths to six fifths of it later, so that looks do not run in step.
    fn after(&self, interval: Duration, why: String) -> Ended {
        Ended::Wait { wake_at: add(self.clock.now(), self.chance.jitter(interval.mul_f64(0.8), 0.5)), why }
    }

    fn later(&self, wait: Wait, why: String) -> Ended {
        match wait {
            Wait::Poll => self.after(self.config.poll_interval, why),
            Wait::Rare => self.after(self.config.poll_interval.saturating_mul(10), why),
            // At the instant itself, not a moment before. Whoever changes the windows wakes it; should it have read them just
            // before that, it looks again soon enough.
            Wait::Until(at) => {
                let soon = add(self.clock.now(), self.config.poll_interval.saturating_mul(10));
                Ended::Wait { wake_at: at.min(soon), why }
            }
            Wait::FirstLook => Ended::Wait { wake_at: add(self.clock.now(), self.config.reboot_first_look), why },
        }
    }
}
