//! `_aviat.probe`: one look at one radio in one login, for the job that waits for it. What is seen is kept beside the row and
//! never moves the workflow.

use std::net::IpAddr;

use serde_json::Value;

use super::common::store_failed;
use crate::actions::{Call, Done, StepError};
use crate::aviat::probe::{Probed, failed};
use crate::aviat::rows::Entry;
use crate::aviat::seen::Seen;
use crate::aviat::state::{Login, Precheck};
use crate::drivers::aviat::{Aviat, Wanted};
use crate::model::{Failure, FailureClass};
use crate::transport::Target;

pub(super) async fn probe(call: &Call<'_>) -> Result<Done, StepError> {
    let address = call.payload().get("address").and_then(Value::as_str).and_then(|text| text.parse::<IpAddr>().ok());
    let Some(address) = address else {
        return Err(Failure::new(FailureClass::Internal, "the probe has no address").into());
    };
    // The password would go over plain HTTP at every look: only where a load depends on it.
    let (shown, _) = look(call, address, false).await?;
    Ok(Done::Result(shown))
}

/// The probe object, and the judgement where the radio answered. Fails only where the job is stopped, or is at fault
/// itself. `web`: the uptime may be asked for over the web page, where the settings allow it and nothing else tells it.
pub(super) async fn look(call: &Call<'_>, address: IpAddr, web: bool) -> Result<(Value, Option<Precheck>), StepError> {
    let services = call.services;
    let row = services.store.radio(address).await.map_err(store_failed)?;
    let login = match row {
        Some(row) => Entry::read(row)?.radio.login,
        None => Login::Unknown,
    };
    let web = web && services.aviat.web_channel;
    if web {
        let line = call.audit_line("aviat.web_channel", address, "allowed for the uptime, where nothing else tells it");
        services.store.audit(line).await.map_err(store_failed)?;
    }
    let seen = observe(call, address, login, web).await;
    let now = services.clock.now();
    let (shown, precheck) = match seen {
        Ok(probed) => {
            let precheck = probed.judge(&services.aviat, now);
            (probed.shown(address, &precheck, &services.aviat, now), Some(precheck))
        }
        Err(failure) if matches!(failure.class, FailureClass::Cancelled | FailureClass::Internal) => {
            return Err(failure.into());
        }
        Err(failure) => {
            let failure = call.opened.clean(failure);
            (failed(address, reached(failure.class), &failure, now), None)
        }
    };
    services.store.note_radio(address, shown.clone()).await.map_err(store_failed)?;
    Ok((shown, precheck))
}

/// Whether a connection stood before it failed.
fn reached(class: FailureClass) -> bool {
    !matches!(class, FailureClass::Unreachable | FailureClass::Validation | FailureClass::AddressRefused)
}

async fn observe(call: &Call<'_>, address: IpAddr, login: Login, web_channel: bool) -> Result<Probed, Failure> {
    let settings = &call.services.aviat;
    let community = match &settings.snmp_community {
        Some(reference) => Some(call.open(reference).await?),
        None => None,
    };
    let keys = call.keys(address).await?;
    let cx = call.cx();
    let aviat = keys.aviat(call, &cx);
    let (mut session, password) = keys.session(&aviat, login).await?;
    // The web page asks for the password that the radio has.
    let target = Target { password: password.or_else(|| keys.target.password.clone()), ..keys.target.clone() };
    let transports = &call.services.transports;
    let aviat = Aviat::new(&cx, &target, &transports.ssh, &transports.snmp, keys.device_type);
    let required: Vec<&str> = settings.required_licences.iter().map(String::as_str).collect();
    let wanted = Wanted {
        software: true,
        licences: Some(&required),
        spanning_tree: true,
        management: true,
        uptime: true,
        web_channel,
        snmp: true,
        buffer: true,
        partner: true,
    };
    let seen = aviat.observe(&mut session, wanted).await;
    session.close().await;
    let seen = seen?;
    Ok(Probed {
        snmp_mode: seen.snmp_mode.clone(),
        community: community.as_ref().and_then(|community| seen.snmp_community_matches(community)),
        buffer_kbytes: seen.buffer_kbytes,
        partner: seen.partner,
        seen: Seen {
            software: seen.software,
            uptime: seen.uptime.and_then(crate::drivers::aviat::Uptime::time),
            management: seen.management,
            spanning_tree: seen.spanning_tree,
            licences: seen.licences,
            far_answers: None,
        },
    })
}
