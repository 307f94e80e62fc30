//! How the device is, by its agent: one request for the scalars, ten columns. Never the vendor's whole branch, which
//! takes an IXR tens of seconds.

use super::parse::agent::{Health, Identity, health, identity};
use super::parse::errors::quote;
use super::platform::oids;
use crate::drivers::generic::{Generic, System};
use crate::model::{Failure, FailureClass};
use crate::transport::snmp::{Client, Config, Oid};
use crate::transport::{Cx, Target};

/// Rows in one GETBULK: the agent cuts answers at its `packet-size`, 1500 bytes by default.
const ROWS: u32 = 10;

/// What the agent told.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Agent {
    pub identity: Identity,
    pub system: System,
    pub health: Health,
}

/// Reads the agent. [`FailureClass::WrongModel`] where it is none of a 7250 IXR.
pub(super) async fn read(cx: &Cx, target: &Target, config: &Config) -> Result<Agent, Failure> {
    read_columns(cx, target, config, &oids::COLUMNS).await
}

/// The same with fewer columns: what they hold is then not known.
pub(super) async fn read_columns(
    cx: &Cx,
    target: &Target,
    config: &Config,
    columns: &[&'static [u32]],
) -> Result<Agent, Failure> {
    let config = Config { max_repetitions: config.max_repetitions.min(ROWS), ..config.clone() };
    let system = Generic::new(cx, target, &config).system().await?;
    let identity = identity(system.object_id.as_deref(), system.descr.as_deref()).ok_or_else(|| {
        let says = system.object_id.as_deref().unwrap_or("nothing");
        let descr = quote(system.descr.as_deref().unwrap_or("nothing"));
        let sentence = format!(
            "its sysObjectID says {says} and its sysDescr {descr}, which is no 7250 IXR that is known; correct its type in the inventory"
        );
        Failure::new(FailureClass::WrongModel, sentence).at(&target.label())
    })?;
    let mut client = Client::new(target, &config)?;
    let scalars = [oids::CPU, oids::MEMORY_USED, oids::MEMORY_FREE, oids::MEMORY_POOLS, oids::OVER_TEMPERATURE];
    let mut varbinds = client.get(cx, &scalars.map(Oid::new)).await?;
    varbinds.extend(client.walk_all(cx, &columns.iter().map(|column| Oid::new(column)).collect::<Vec<_>>()).await?);
    Ok(Agent { identity, system, health: health(&varbinds) })
}
