//! `ido.<role>.running_config`: the running config, complete, normalised, secrets marked.

use serde_json::Value;

use super::{Call, archived};
use crate::catalog::Reach;
use crate::drivers::{self, ConfigOptions, Driver};
use crate::model::{Failure, FailureClass, Level};
use crate::report::Chain;
use crate::store::AuditEntry;

/// The scope that reading secrets in clear needs.
const SECRETS: &str = "config.secrets";

/// The config as text. With `show_secrets` in clear, which needs its own scope and stands in the audit log before
/// the device is asked.
pub(super) async fn read(call: &Call<'_>) -> Result<Value, Failure> {
    let show_secrets = call.flag("show_secrets", false)?;
    if show_secrets {
        call.step.require_scope(SECRETS)?;
    }
    let Reach::Device(role) = call.action.reach else {
        return Err(Failure::new(FailureClass::Internal, "the catalog gives this action no device"));
    };
    let subject = call.subject(role).await?;
    let label = subject.target.label();
    if show_secrets {
        audit(call, &label).await?;
    }
    let cx = call.cx();
    let driver = Driver::of(subject.device_type, &cx, &subject.target, call.transports())?;
    let family = subject.device_type.family();
    // Where a device hides secrets unless it is asked for them, both ways of asking have texts of their own, and the
    // archive compares one of them only.
    let (archive, hides) = (&call.services.archive, drivers::hides_secrets(family));
    let mut options = ConfigOptions { show_secrets: show_secrets || (hides && archive.reads_secrets()) };
    let mut config = call.guarded(&subject, driver.running_config(options)).await;
    // The archive's wish, not the client's: an account that may not see secrets still has its config read.
    if let Err(refused) = &config
        && refused.class == FailureClass::ForbiddenReadonly
        && options.show_secrets
        && !show_secrets
    {
        let sentence =
            format!("{label}: read without its secrets, which the account may not see: {}", refused.sentence);
        call.say(Level::Warning, sentence);
        options.show_secrets = false;
        config = call.guarded(&subject, driver.running_config(options)).await;
    }
    let config = config.map_err(|failure| failure.at(&label))?;
    for warning in &config.warnings {
        call.say(Level::Warning, format!("{label}: {warning}"));
    }
    let bytes = config.raw_bytes;
    let redacted = call.services.redactor.redact(family, &config.text);
    let mut new = false;
    if !hides || !show_secrets || archive.reads_secrets() {
        new = archived::keep(call, &subject, redacted.text.clone(), &config.text).await;
    } else if archive.enabled() {
        let sentence = format!("{label}: not archived, since the archive compares what is read without secrets");
        call.say(Level::Info, sentence);
    }
    // Such a device refuses nothing to an account that may not see secrets: it leaves them out, and its config looks as if
    // it had none. Told when it begins, not every night.
    if hides && options.show_secrets && redacted.count == 0 && (show_secrets || new) {
        let sentence = format!(
            "{label}: it was asked for its secrets and showed none: it has none, or the account may not see them (RouterOS: policy 'sensitive' of its group)"
        );
        call.say(Level::Warning, sentence);
    }
    if show_secrets {
        call.say(Level::Info, format!("{label}: {bytes} bytes read by {}, secrets in clear", config.path));
        return Ok(Value::from(config.text));
    }
    call.say(Level::Info, format!("{label}: {bytes} bytes read by {}, {} secrets marked", config.path, redacted.count));
    Ok(Value::from(redacted.text))
}

async fn audit(call: &Call<'_>, label: &str) -> Result<(), Failure> {
    let entry = AuditEntry {
        at: call.services.clock.now(),
        who: call.step.job.submitted_by.clone(),
        what: "config.secrets".to_owned(),
        subject: label.to_owned(),
        job: Some(call.step.job.id),
        detail: "running config read with its secrets".to_owned(),
    };
    call.services.store.audit(entry).await.map_err(|error| {
        Failure::new(
            FailureClass::Internal,
            format!("the audit log cannot be written, so nothing was read: {}", Chain(&error)),
        )
    })
}
