//! `_aviat.radio`: drives one radio; its secrets are opened here, at the last moment.

use std::net::IpAddr;

use serde_json::{Value, json};

use crate::actions::{Call, Done, StepError};
use crate::aviat::drive::{self, Deps, Ended};
use crate::aviat::firmware::RadioImages;
use crate::aviat::state::Target;
use crate::model::{Failure, FailureClass};

pub(super) async fn drive(call: &Call<'_>) -> Result<Done, StepError> {
    let address = call.payload().get("address").and_then(Value::as_str).and_then(|text| text.parse::<IpAddr>().ok());
    let Some(address) = address else {
        return Err(Failure::new(FailureClass::Internal, "the driver has no address").into());
    };
    let ended = one(call, address).await.map_err(|failure| match failure.class {
        FailureClass::Busy => StepError::lost_lease(),
        _ => StepError::from(call.opened.clean(failure)),
    })?;
    Ok(match ended {
        Ended::Over => Done::Result(json!({})),
        // Not null, which would be no stored step.
        Ended::Wait { wake_at, why } => Done::Wait { step: json!({}), wake_at, why: call.opened.masked(why) },
    })
}

async fn one(call: &Call<'_>, address: IpAddr) -> Result<Ended, Failure> {
    let services = call.services;
    let config = services.aviat.as_ref();
    let inventory = services.inventory.current();
    let community = match &config.snmp_community {
        Some(reference) => Some(call.open(reference).await?),
        None => None,
    };
    let keys = call.keys(address).await?;
    let device_type = inventory.by_address(address).map(|device| device.device_type);
    let image = |target| services.images.image(target, device_type);
    let window = call.window(&call.book().await?, &inventory, address)?;
    let hop = inventory.hop_of(address);
    let other = match &hop {
        // What is wrong with the other end's entry must not keep this radio from being looked at and stopped.
        Some(hop) => Some(call.door().way(&hop.other).await.inspect_err(|failure| {
            tracing::warn!(%address, "no way to the other end of the hop of {address}: {}", call.opened.masked(failure.to_string()));
        })),
        None => None,
    };
    let mask = |text: String| call.opened.masked(text);
    let deps = Deps {
        store: services.store.clone(),
        lease: &call.step.lease,
        clock: &services.clock,
        chance: &services.chance,
        config,
        images: RadioImages { baseline: image(Target::Baseline), goal: image(Target::Final) },
        window,
        hop,
        other,
        checks: &services.checks,
        cx: call.cx(),
        mask: &mask,
        target: crate::transport::Target { password: None, ..keys.target },
        device_type: keys.device_type,
        ours: keys.ours,
        factory: keys.factory,
        community,
        ssh: &services.transports.ssh,
        snmp: &services.transports.snmp,
        agents: &services.agents,
    };
    drive::step(&deps, address).await
}
