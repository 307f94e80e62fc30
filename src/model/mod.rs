//! The nouns of towerhand. No I/O, no tokio, nothing of ours is imported from here.

mod device;
mod event;
mod failure;
mod health;
mod host_key;
mod ids;
mod job;
mod radio;
mod role;
mod sealed;
mod secret;
mod types;

pub use device::{
    Credentials, Device, Polling, Ports, SecretRef, SecretRefError, SnmpAccess, SnmpAuth, SnmpPriv, SshProfile,
};
pub use event::{Event, Level, NewEvent};
pub use failure::{Failure, FailureClass};
pub use health::{Health, Metric, Reading};
pub use host_key::HostKeyPin;
pub use ids::{IdError, JobId, RequestId};
pub use job::{Access, Job, JobStatus, is_internal};
pub use radio::{NewRadioEvent, RadioEvent, RadioRow, RadioStatus};
pub use role::Role;
pub use sealed::SealedSecret;
pub use secret::{MASK, Secret};
pub use types::{DeviceType, Family, UnknownDeviceType};
