//! `aviat.precheck_recheck`: looks at one radio again and judges it. Of a radio that a precheck blocks, the new judgement is
//! kept; nothing else of the workflow moves.

use serde_json::{Value, json};

use super::common::done;
use super::probe;
use crate::actions::{Call, Done, StepError};
use crate::aviat::precheck::Gate;
use crate::aviat::queue;
use crate::aviat::request;
use crate::aviat::rows::Entry;
use crate::aviat::state::{Phase, Precheck, Verdict};
use crate::model::Level;
use crate::store::RadioChange;

pub(super) async fn recheck(call: &Call<'_>) -> Result<Done, StepError> {
    let inventory = call.services.inventory.current();
    let wanted = request::one(&call.frame(&inventory), call.payload())?;
    let (seen, precheck) = probe::look(call, wanted.address, true).await?;
    let overrides = call
        .change(|entries| {
            let known = entries.into_iter().find(|entry| entry.row.address == wanted.address);
            let overrides: Vec<_> =
                known.iter().flat_map(|entry| &entry.radio.plan).flat_map(|plan| plan.overrides.clone()).collect();
            let mut change = RadioChange::default();
            if let (Some(mut entry), Some(precheck)) = (known, precheck.clone())
                && entry.radio.phase == Phase::Blocked
            {
                keep(call, &mut entry, precheck, &mut change)?;
            }
            Ok((change, overrides))
        })
        .await?;
    // Unknown is not clear, and neither is a radio that does not answer.
    let clear = precheck.as_ref().is_some_and(|precheck| {
        use crate::aviat::state::Check;
        [
            (Check::Subnet, &precheck.subnet),
            (Check::Stp, &precheck.stp),
            (Check::Licence, &precheck.licence),
            (Check::Uptime, &precheck.uptime),
        ]
        .into_iter()
        .all(|(check, verdict)| matches!(verdict, Verdict::Clear { .. }) || overrides.contains(&check))
    });
    let updates = match &precheck {
        Some(precheck) => json!({
            "subnetStatus": word(&precheck.subnet), "subnetDetail": precheck.subnet.detail(),
            "licenseStatus": word(&precheck.licence), "licenseDetail": precheck.licence.detail(),
            "stpStatus": word(&precheck.stp), "stpDetail": precheck.stp.detail(),
            "uptimeStatus": word(&precheck.uptime), "uptimeDetail": precheck.uptime.detail(),
        }),
        None => json!({}),
    };
    let response = json!({
        "ip": wanted.address,
        "reachable": seen.get("reachable").and_then(Value::as_bool).unwrap_or(false),
        "result": seen,
        "updates": updates,
        "precheck_clear": clear,
    });
    done(call, response)
}

fn word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Clear { .. } => "success",
        Verdict::Failed { .. } => "error",
        Verdict::Unknown { .. } => "unknown",
    }
}

fn keep(call: &Call<'_>, entry: &mut Entry, precheck: Precheck, change: &mut RadioChange) -> Result<(), StepError> {
    let verdicts = [&precheck.subnet, &precheck.stp, &precheck.licence, &precheck.uptime].map(word).join(", ");
    let overrides = entry.radio.plan.as_ref().map(|plan| plan.overrides.clone()).unwrap_or_default();
    let why = |precheck: &Precheck| match precheck.gate(&overrides, &call.services.aviat) {
        Gate::Clear => None,
        Gate::RebootRequired(why) | Gate::Blocked(why) => Some(why),
    };
    // Where it was a precheck that blocked, the new judgement is the reason, or there is none any more.
    if entry.radio.precheck.as_ref().and_then(why).is_some() {
        entry.radio.error = why(&precheck);
    }
    entry.radio.precheck = Some(precheck);
    let address = entry.row.address;
    let phase = queue::phase(&entry.radio.phase);
    let message = format!("{address}: looked at again while {phase}: subnet, STP, licences, uptime: {verdicts}");
    change.events.push(call.radio_event(Level::Info, entry, message));
    change.writes.push(entry.clone().write()?);
    Ok(())
}
