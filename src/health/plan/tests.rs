use super::*;
use crate::model::FailureClass;

const MINUTE: Duration = Duration::from_secs(60);

fn at(seconds: f64) -> Timestamp {
    Timestamp::from_millisecond(1_800_000_000_000 + (seconds * 1000.0) as i64).unwrap()
}

fn limits(up: usize, down: usize) -> Limits {
    Limits { up, down, refused_pause: Duration::from_secs(3600) }
}

fn failure(class: FailureClass) -> Failure {
    Failure::new(class, "x")
}

/// One device, due at once.
fn one() -> (Plan, Timestamp) {
    let mut plan = Plan::new(limits(1, 1), at(0.0));
    plan.put("a", MINUTE, at(0.0));
    let due = plan.next().unwrap();
    (plan, due)
}

fn seconds(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs_f64()
}

#[test]
fn a_device_has_its_own_offset_and_keeps_it() {
    let (mut plan, due) = one();
    assert!(seconds(at(0.0), due) > 0.0 && seconds(at(0.0), due) <= 60.0);
    assert_eq!(plan.start(due.checked_sub(SignedDuration::from_millis(1)).unwrap()), None);
    let (name, late) = plan.start(add(due, Duration::from_millis(20))).unwrap();
    assert_eq!((&*name, late), ("a", Duration::from_millis(20)));
    assert_eq!((plan.start(due), plan.next()), (None, None), "never twice at once");
    assert_eq!(plan.end("a", None, add(due, Duration::from_secs(7)), 0.0), Ended::Well);
    assert_eq!(plan.next(), Some(add(due, MINUTE)), "however long the poll took");
    // Another start of the daemon, another second.
    let mut other = Plan::new(limits(1, 1), at(3.0));
    other.put("a", MINUTE, at(3.0));
    assert_eq!(seconds(due, other.next().unwrap()) % 60.0, 0.0);
}

#[test]
fn offsets_are_spread_evenly() {
    let mut plan = Plan::new(limits(1, 1), at(0.0));
    for number in 0..2000 {
        plan.put(&format!("site-{number:04}-radio"), MINUTE, at(0.0));
    }
    let mut tenths = [0; 10];
    for (due, _) in &plan.up {
        tenths[(seconds(at(0.0), *due) / 6.0001) as usize] += 1;
    }
    assert!(tenths.iter().all(|count| (140..=260).contains(count)), "{tenths:?}");
}

#[test]
fn a_device_that_fails_is_polled_less_and_less_and_at_once_again_when_it_answers() {
    let (mut plan, mut now) = one();
    let mut pauses = Vec::new();
    for _ in 0..6 {
        plan.start(now).unwrap();
        assert!(matches!(plan.end("a", Some(&failure(FailureClass::Timeout)), now, 0.0), Ended::Failed(Next::Try(_))));
        let due = plan.next().unwrap();
        pauses.push(seconds(now, due) as u64);
        now = due;
    }
    assert_eq!(pauses, [60, 120, 240, 480, 600, 600]);
    plan.start(now).unwrap();
    plan.end("a", None, now, 0.0);
    assert!(seconds(now, plan.next().unwrap()) <= 60.0);
}

#[test]
fn nobodys_wish_shortens_the_pause_after_a_refusal() {
    let (mut plan, now) = one();
    plan.start(now).unwrap();
    let refused = plan.end("a", Some(&failure(FailureClass::AuthRefused)), now, 0.0);
    assert_eq!(refused, Ended::Failed(Next::Hold(Duration::from_secs(3600))));
    let later = add(now, MINUTE);
    assert_eq!((plan.ask("a", later), plan.nudge("a", later)), (Asked::Known, Asked::Known));
    assert_eq!(plan.start(later), None);
    assert_eq!(plan.next(), Some(add(now, Duration::from_secs(3600))));
    // Its entry in the inventory was corrected.
    plan.put("a", MINUTE, later);
    assert_eq!(plan.ask("a", later), Asked::Soon);
    assert!(plan.start(later).is_some());
}

#[test]
fn wishes_are_granted_soon_and_not_too_often() {
    let (mut plan, now) = one();
    assert_eq!(plan.ask("b", now), Asked::Unknown);
    let early = now.checked_sub(SignedDuration::from_secs(20)).unwrap_or(now);
    let mut plan2 = Plan::new(limits(1, 1), early);
    plan2.put("a", MINUTE, early);
    assert_eq!(plan2.ask("a", early), Asked::Soon);
    assert!(plan2.start(early).is_some());
    assert_eq!(plan2.ask("a", early), Asked::Soon, "it is being polled");
    plan2.end("a", None, early, 0.0);
    assert_eq!(plan2.ask("a", add(early, Duration::from_secs(4))), Asked::Known, "just polled");
    assert_eq!(plan2.ask("a", add(early, FRESH)), Asked::Soon);
    // What happens during a poll is looked at after it.
    plan.start(now).unwrap();
    assert_eq!(plan.nudge("a", now), Asked::Soon);
    plan.end("a", None, now, 0.0);
    assert_eq!(plan.next(), Some(add(now, FRESH)));
}

#[test]
fn a_storm_of_traps_is_a_poll_every_five_seconds() {
    let (mut plan, _) = one();
    let mut polls = 0;
    for tenth in 0..600 {
        let now = at(f64::from(tenth) / 10.0);
        plan.nudge("a", now);
        if plan.start(now).is_some() {
            polls += 1;
            plan.end("a", None, now, 0.0);
        }
    }
    // Twelve for the storm, and perhaps the device's own.
    assert!((12..=13).contains(&polls), "{polls}");
}

#[test]
fn one_that_changed_while_it_was_polled_is_not_judged_by_that_poll() {
    let (mut plan, now) = one();
    plan.start(now).unwrap();
    plan.put("a", MINUTE, now);
    assert_eq!(plan.start(add(now, MINUTE)), None, "the old poll goes on");
    assert_eq!(plan.end("a", Some(&failure(FailureClass::AuthRefused)), now, 0.0), Ended::Foreign);
    assert_eq!(plan.next(), Some(add(now, MINUTE)));
    plan.start(add(now, MINUTE)).unwrap();
    plan.remove("a");
    assert_eq!(plan.end("a", None, now, 0.0), Ended::Foreign);
    assert_eq!((plan.next(), plan.running_up, plan.running_down), (None, 0, 0));
}

#[test]
fn one_without_an_interval_is_polled_when_asked() {
    let mut plan = Plan::new(limits(1, 1), at(0.0));
    plan.put("a", Duration::ZERO, at(0.0));
    assert_eq!(plan.next(), None);
    assert_eq!(plan.ask("a", at(1.0)), Asked::Soon);
    assert!(plan.start(at(1.0)).is_some());
    plan.end("a", Some(&failure(FailureClass::Timeout)), at(2.0), 0.0);
    assert_eq!(plan.next(), None);
    assert_eq!(plan.ask("a", at(9.0)), Asked::Soon);
}

#[test]
fn a_clock_that_is_set_back_stops_nobody() {
    let (mut plan, now) = one();
    plan.start(now).unwrap();
    plan.end("a", None, now, 0.0);
    let hours = SignedDuration::from_hours(30);
    let back = now.checked_sub(hours).unwrap();
    assert_eq!(plan.start(back), None);
    assert!(seconds(back, plan.next().unwrap()) <= 60.0);
    // And forward: once, at once.
    let on = add(now, Duration::from_secs(400_000));
    assert!(plan.start(on).is_some());
    plan.end("a", None, on, 0.0);
    assert!(seconds(on, plan.next().unwrap()) > 0.0);
}

/// A site of devices whose polls take as long as `takes` says, by number; none: it never answers. What is counted are
/// polls of the good ones in an hour, and their longest gap in seconds.
fn hour(count: u32, limits: Limits, takes: impl Fn(u32) -> Option<f64>) -> (u64, f64) {
    const TIMEOUT: f64 = 30.0;
    const SLOW: f64 = 3.0;
    let number = |name: &str| name.parse::<u32>().unwrap();
    let mut plan = Plan::new(limits, at(0.0));
    for device in 0..count {
        plan.put(&device.to_string(), MINUTE, at(0.0));
    }
    let mut events: BTreeSet<(Timestamp, bool, Arc<str>)> = BTreeSet::new();
    let (mut last, mut longest, mut polls): (HashMap<Arc<str>, Timestamp>, f64, u64) = (HashMap::new(), 0.0, 0);
    loop {
        let event = events.first().map(|(when, ..)| *when);
        let now = [event, plan.next()].into_iter().flatten().min().unwrap();
        if now > at(3600.0) {
            return (polls, longest);
        }
        while let Some(event) = events.first().filter(|(when, ..)| *when <= now).cloned() {
            events.remove(&event);
            let (_, ends, name) = event;
            let good = takes(number(&name)).is_some();
            if !ends {
                plan.slow(&name);
            } else if good {
                plan.end(&name, None, now, 0.5);
                polls += 1;
                let before = last.insert(name, now).unwrap_or(at(0.0));
                longest = longest.max(seconds(before, now));
            } else {
                plan.end(&name, Some(&failure(FailureClass::Timeout)), now, 0.5);
            }
        }
        while let Some((name, _)) = plan.start(now) {
            let lasts = takes(number(&name)).unwrap_or(TIMEOUT);
            if lasts > SLOW {
                events.insert((add(now, Duration::from_secs_f64(SLOW)), false, Arc::clone(&name)));
            }
            events.insert((add(now, Duration::from_secs_f64(lasts)), true, name));
        }
    }
}

#[test]
fn the_dead_do_not_move_the_others() {
    let quick = |device: u32| Some(0.2 + f64::from(device % 7) / 10.0);
    let (alone, gap) = hour(1840, limits(64, 16), quick);
    assert!(alone >= 1840 * 59 && gap <= 61.0, "{alone} polls, {gap} s");
    // Every twelfth is dead or hostile: 8 %.
    let dead = |device: u32| if device >= 1840 { None } else { quick(device) };
    let (polls, gap) = hour(2000, limits(64, 16), dead);
    assert!(polls as f64 >= 0.999 * alone as f64, "{polls} of {alone} polls");
    assert!(gap <= 61.0, "{gap} s");
}

#[test]
fn half_of_the_network_down_at_once_does_not_either() {
    let dead = |device: u32| device.is_multiple_of(2).then_some(0.3);
    let (polls, gap) = hour(600, limits(64, 16), dead);
    assert!(polls >= 300 * 59, "{polls} polls");
    assert!(gap <= 65.0, "{gap} s");
}
