//! What actions work with.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::lockouts::Lockouts;
use crate::archive::Archive;
use crate::aviat;
use crate::calendar::window::Book;
use crate::clock::{Chance, Clock};
use crate::drivers::redact::Redactor;
use crate::inventory::{AddressPolicy, InventoryHandle};
use crate::model::Secret;
use crate::standard::Standard;
use crate::store::Store;
use crate::telemetry::{Metrics, Secrets};
use crate::transport::{http, snmp, ssh};
use crate::vault::Vault;

/// Settings of the transports.
#[derive(Debug, Clone, Default)]
pub struct Transports {
    /// SSH.
    pub ssh: ssh::Config,
    /// SNMP.
    pub snmp: snmp::Config,
    /// HTTP.
    pub http: http::Config,
}

/// Handed down from the composition root.
pub struct Services {
    /// Durable state.
    pub store: Arc<dyn Store>,
    /// What devices there are.
    pub inventory: InventoryHandle,
    /// Which other addresses may be spoken to.
    pub policy: AddressPolicy,
    /// Secrets.
    pub vault: Vault,
    /// `env:` references, by name, as the process was started with them.
    pub environment: Arc<BTreeMap<String, Secret>>,
    /// Keeps running configs.
    pub archive: Archive,
    /// Marks secrets in running configs.
    pub redactor: Arc<Redactor>,
    /// Golden configurations.
    pub standard: Standard,
    /// Settings of the transports.
    pub transports: Transports,
    /// Settings of the maintenance of radios.
    pub aviat: Arc<aviat::config::Config>,
    /// Windows and black-outs of the settings.
    pub book: Arc<Book>,
    /// The firmware list.
    pub images: Arc<aviat::images::Images>,
    /// More checks of the SOP.
    pub checks: Arc<Vec<aviat::sop_checks::SopCheck>>,
    /// Radios whose agent does not tell how a load goes on.
    pub agents: Arc<aviat::drive::Agents>,
    /// Time.
    pub clock: Clock,
    /// Ids, and the spreading of waits.
    pub chance: Chance,
    /// Counters.
    pub metrics: Metrics,
    /// Refused logins on devices that lock accounts.
    pub lockouts: Lockouts,
    /// The net under the log: holds what a step has opened.
    pub secrets: Secrets,
}
