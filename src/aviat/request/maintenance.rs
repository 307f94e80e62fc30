//! `maintenance_params`: which image, when it becomes active, and which prechecks are overridden.

use jiff::Timestamp;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use super::{Frame, Refusal, Result, flag, instant, member, shown, text};
use crate::aviat::images;
use crate::aviat::state::{Check, Image, Policy, Target};

const KEYS: [&str; 9] = [
    "activation_mode",
    "activate_now",
    "activation_time",
    "activation_at",
    "firmware_target",
    "firmware_uri",
    "precheck_override",
    "override_reason",
    "force",
];

/// Longest reason, characters.
const REASON: usize = 500;

pub(super) struct Params {
    pub(super) target: Target,
    pub(super) custom: Option<Image>,
    pub(super) policy: Policy,
    pub(super) overrides: Vec<Check>,
    pub(super) override_reason: Option<String>,
    pub(super) force: bool,
}

pub(super) fn read(frame: &Frame<'_>, body: &Value) -> Result<Params> {
    let none = Value::Object(Map::new());
    let params = match member(body, "maintenance_params") {
        None => &none,
        Some(params @ Value::Object(members)) => {
            if let Some(unknown) = members.keys().find(|key| !KEYS.contains(&key.as_str())) {
                return Err(Refusal::wrong(format!(
                    "'maintenance_params' has no '{}'; it has: {}",
                    shown(unknown),
                    KEYS.join(", ")
                )));
            }
            params
        }
        Some(_) => return Err(Refusal::wrong("'maintenance_params' must be an object")),
    };
    let (overrides, override_reason) = overrides(params)?;
    let (target, custom) = target(params)?;
    let force = flag(params, "force")?.unwrap_or(false);
    Ok(Params { target, custom, policy: policy(frame, params)?, overrides, override_reason, force })
}

/// A given address goes before the list.
fn target(params: &Value) -> Result<(Target, Option<Image>)> {
    let target = match text(params, "firmware_target")? {
        None | Some("final") => Target::Final,
        Some("baseline") => Target::Baseline,
        Some(other) => {
            return Err(Refusal::wrong(format!("'firmware_target': '{}' is none of: final, baseline", shown(other))));
        }
    };
    match text(params, "firmware_uri")? {
        None => Ok((target, None)),
        Some(uri) => {
            let image = images::custom(uri).map_err(|why| Refusal::wrong(format!("'firmware_uri' {why}")))?;
            Ok((Target::Custom, Some(image)))
        }
    }
}

fn policy(frame: &Frame<'_>, params: &Value) -> Result<Policy> {
    let now = flag(params, "activate_now")?;
    let at = instant(frame, params, "activation_at")?;
    let time = match text(params, "activation_time")? {
        None => None,
        Some(text) => Some(
            clock_time(text)
                .ok_or_else(|| Refusal::wrong("'activation_time' must be HH:MM, local time of aviat.zone, or empty"))?,
        ),
    };
    let mode = text(params, "activation_mode")?.unwrap_or("scheduled");
    let at_odds = |why: &str| Err(Refusal::wrong(format!("'activation_mode' is '{mode}', but {why}")));
    match mode {
        "scheduled" | "manual" if now == Some(true) => {
            at_odds("'activate_now' is true; ask for 'immediate', or leave 'activate_now' out")
        }
        "immediate" if now == Some(false) => {
            at_odds("'activate_now' is false; ask for 'scheduled' or 'manual', or leave 'activate_now' out")
        }
        "immediate" | "manual" if at.is_some() => at_odds("'activation_at' is given, which only 'scheduled' has"),
        // A form that always sends a time means it only where it asks for a schedule.
        "immediate" => Ok(Policy::Immediate),
        "manual" => Ok(Policy::Manual),
        "scheduled" => {
            let at = at.or_else(|| time.and_then(|time| next(frame.now, &frame.zone, time)));
            Ok(Policy::Scheduled { at })
        }
        other => Err(Refusal::wrong(format!(
            "'activation_mode': '{}' is none of: scheduled, immediate, manual",
            shown(other)
        ))),
    }
}

fn overrides(params: &Value) -> Result<(Vec<Check>, Option<String>)> {
    const ALLOWED: &str = "subnet, stp, licence, uptime";
    let wrong = || Refusal::wrong(format!("'precheck_override' must be a list of: {ALLOWED}"));
    let mut checks = Vec::new();
    if let Some(given) = member(params, "precheck_override") {
        for item in given.as_array().ok_or_else(wrong)? {
            checks.push(match item.as_str().ok_or_else(wrong)? {
                "subnet" => Check::Subnet,
                "stp" => Check::Stp,
                "licence" | "license" => Check::Licence,
                "uptime" => Check::Uptime,
                other => {
                    return Err(Refusal::wrong(format!(
                        "'precheck_override': '{}' is none of: {ALLOWED}",
                        shown(other)
                    )));
                }
            });
        }
    }
    checks.sort_unstable();
    checks.dedup();
    let reason = text(params, "override_reason")?.map(str::to_owned);
    match (&reason, checks.is_empty()) {
        (None, false) => {
            Err(Refusal::wrong("'precheck_override' needs 'override_reason': a sentence for the audit log"))
        }
        (Some(reason), _) if reason.chars().count() > REASON || reason.contains(char::is_control) => {
            Err(Refusal::wrong(format!("'override_reason' must be one line of at most {REASON} characters")))
        }
        (Some(_), true) => Err(Refusal::wrong("'override_reason' is given, but 'precheck_override' lists nothing")),
        _ => Ok((checks, reason)),
    }
}

/// `HH:MM`.
fn clock_time(text: &str) -> Option<Time> {
    let (hours, minutes) = text.split_once(':')?;
    let two = |text: &str| (text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?;
    Time::new(two(hours)?, two(minutes)?, 0, 0).ok()
}

/// When the zone's clocks next show `time`.
fn next(now: Timestamp, zone: &TimeZone, time: Time) -> Option<Timestamp> {
    let today = now.to_zoned(zone.clone()).date();
    [today, today.tomorrow().ok()?]
        .into_iter()
        .filter_map(|day| day.to_datetime(time).to_zoned(zone.clone()).ok())
        .map(|at| at.timestamp())
        .find(|at| *at > now)
}
