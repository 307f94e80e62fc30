//! `aviat.fix_stp`: switches spanning tree off on one radio and reads it back. Never beside a driver.

use serde_json::json;

use super::common::{busy, done, owner, store_failed};
use crate::actions::{Call, Done, StepError};
use crate::aviat::request;
use crate::aviat::rows::Entry;
use crate::aviat::state::{Login, Verdict};
use crate::drivers::aviat::write::Outcome;
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
