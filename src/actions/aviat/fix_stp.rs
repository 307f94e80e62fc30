//! `aviat.fix_stp`: switches spanning tree off on one radio and reads it back. Never beside a driver.

use std::net::IpAddr;

use serde_json::json;

use super::common::{FORCE, busy, done, owner, store_failed};
use crate::actions::{Call, Done, StepError};
use crate::aviat::request;
use crate::aviat::rows::Entry;
use crate::aviat::state::{Login, Verdict};
use crate::aviat::window::Work;
use crate::drivers::aviat::write::Outcome;
use crate::inventory::Inventory;
use crate::model::{Failure, FailureClass, Level};
use crate::store::RadioChange;

pub(super) async fn fix(call: &Call<'_>) -> Result<Done, StepError> {
    let store = &call.services.store;
    let inventory = call.services.inventory.current();
    let wanted = request::one(&call.frame(&inventory), call.payload())?;
    let address = wanted.address;
    let row = store.radio(address).await.map_err(store_failed)?;
    let known = row.map(Entry::read).transpose()?;
    if let Some(entry) = known.as_ref().filter(|entry| entry.radio.phase.is_driven())
        && let Some(owner) = owner(entry, call.step.job.id)
    {
        busy(&[(address, owner)])?;
    }
    within_hours(call, &inventory, address).await?;
    let login = known.as_ref().map_or(Login::Unknown, |entry| entry.radio.login);
    let keys = call.keys(address).await?;
    let cx = call.cx();
    let aviat = keys.aviat(call, &cx);
    store.audit(call.audit_line("aviat.fix_stp", address, "spanning tree off")).await.map_err(store_failed)?;
    let (mut session, _) = keys.session(&aviat, login).await?;
    let outcome = session.set_spanning_tree_down().await;
    session.close().await;
    let label = keys.target.label();
    let changed = match outcome? {
        Outcome::Written { changed } => changed,
        Outcome::Refused(words) => return Err(failure(&label, FailureClass::DeviceRefused, &words)),
        Outcome::NotAsRead(words) => return Err(failure(&label, FailureClass::Protocol, &words)),
        Outcome::Skipped(why) => return Err(failure(&label, FailureClass::DeviceRefused, &why.to_string())),
    };
    note(call, address, changed).await?;
    done(call, json!({ "status": "ok", "ip": address, "changed": changed }))
}

/// Refuses where a window is closed or a black-out is on: whoever asks wants an answer now, so nothing waits here.
async fn within_hours(call: &Call<'_>, inventory: &Inventory, address: IpAddr) -> Result<(), StepError> {
    let force = call.forces(request::force(call.payload())?)?.is_some();
    let window = call.window(&call.book().await?, inventory, address)?;
    if let Some(held) = window.held(Work::Configuration, force, call.services.clock.now()) {
        let label = inventory.by_address(address).map_or_else(|| address.to_string(), |device| device.name.clone());
        let sentence = format!("spanning tree was not touched: {held}. Ask again then");
        return Err(Failure::new(FailureClass::OutsideWindow, sentence).at(&label).into());
    }
    if force {
        let line = call.audit_line(FORCE, address, "spanning tree off, at any hour");
        call.services.store.audit(line).await.map_err(store_failed)?;
    }
    Ok(())
}

fn failure(label: &str, class: FailureClass, words: &str) -> StepError {
    Failure::new(class, format!("spanning tree is not off: {words}")).at(label).into()
}

/// What was read back goes into the row's judgement, where there is one.
async fn note(call: &Call<'_>, address: std::net::IpAddr, changed: bool) -> Result<(), StepError> {
    call.change(|entries| {
        let mut change = RadioChange::default();
        let known = entries.into_iter().find(|entry| entry.row.address == address);
        if let Some(mut entry) = known
            && !entry.radio.phase.is_driven()
            && let Some(precheck) = &mut entry.radio.precheck
        {
            precheck.stp = Verdict::Clear { detail: Some("down".to_owned()) };
            let what = if changed { "switched off" } else { "off already" };
            let message = format!("{address}: spanning tree is {what}, and was read back");
            change.events.push(call.radio_event(Level::Success, &entry, message));
            change.writes.push(entry.write()?);
        }
        Ok((change, ()))
    })
    .await
}
