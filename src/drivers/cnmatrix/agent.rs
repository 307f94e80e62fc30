//! What the switch's SNMP agent adds where the inventory gives credentials for it: the model, which the known pages do not
//! name, and the health values.

use super::platform::MODEL;
use crate::drivers::identify::{Identity, SYS_DESCR, SYS_OBJECT_ID, ask, health::Reading};
use crate::drivers::power::Snapshot;
use crate::model::{Failure, FailureClass, Family};
use crate::transport::snmp::{Client, Config, Oid};
use crate::transport::{Cx, Target};

/// What came of asking.
#[derive(Debug)]
pub(super) enum Told {
    /// There are no credentials.
    NotAsked,
    /// It did not answer; what it would have told is unknown.
    Silent(FailureClass),
    /// It is the switch that it should be.
    Own(Box<Identity>, Vec<Reading>),
}

/// Asks the agent. [`FailureClass::WrongModel`] where it is that of other equipment: then no password goes there.
pub(super) async fn ask(cx: &Cx, target: &Target, config: &Config) -> Result<Told, Failure> {
    if target.snmp.is_none() {
        return Ok(Told::NotAsked);
    }
    match read(cx, target, config).await {
        Ok(told) => Ok(told),
        Err(failure) if matches!(failure.class, FailureClass::WrongModel | FailureClass::Cancelled) => Err(failure),
        Err(failure) => Ok(Told::Silent(failure.class)),
    }
}

async fn read(cx: &Cx, target: &Target, config: &Config) -> Result<Told, Failure> {
    let mut client = Client::new(target, config)?;
    let mut snapshot = Snapshot::default();
    snapshot.extend(client.get(cx, &[Oid::new(SYS_DESCR), Oid::new(SYS_OBJECT_ID)]).await?);
    let identity = check(ask::identity(cx, &mut client, &mut snapshot).await?)?;
    let readings = ask::health(cx, &mut client, &identity, &mut snapshot).await?;
    Ok(Told::Own(Box::new(identity), readings))
}

/// The identity, if it is that of the type's one model.
fn check(identity: Option<Identity>) -> Result<Identity, Failure> {
    let wrong = |seems: String| {
        let sentence = format!("it is no {MODEL}: {seems}; correct its type in the inventory");
        Failure::new(FailureClass::WrongModel, sentence)
    };
    let identity = identity.ok_or_else(|| wrong("its SNMP agent names no vendor that is known".to_owned()))?;
    if identity.family != Some(Family::CnMatrix) || identity.model.as_deref() != Some(MODEL) {
        return Err(wrong(format!("by SNMP it seems to be {}", identity.in_words())));
    }
    Ok(identity)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_model_itself_is_the_model() {
        let switch = |family, model: &str| Identity {
            vendor: "Cambium".to_owned(),
            product: "cnMatrix switch".to_owned(),
            family,
            model: Some(model.to_owned()),
            ..Identity::default()
        };
        assert!(check(Some(switch(Some(Family::CnMatrix), MODEL))).is_ok());
        for other in [
            None,
            Some(switch(Some(Family::CnMatrix), "TX1012-P-DC2")),
            Some(switch(Some(Family::Epmp), MODEL)),
            Some(switch(None, MODEL)),
        ] {
            assert_eq!(check(other).unwrap_err().class, FailureClass::WrongModel);
        }
    }
}
