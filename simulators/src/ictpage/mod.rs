//! Stub until the real module is merged.

use std::sync::Arc;

use crate::core::{Device, Ports};
use crate::running::Running;

/// Starts the device's faces; errors: always, the module is not here yet.
pub async fn start(device: Arc<Device>, _wanted: Ports) -> anyhow::Result<Running> {
    anyhow::bail!("{}: kind {} is not built into this binary", device.name, device.kind)
}
