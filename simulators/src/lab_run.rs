//! A running lab: its devices and the way to end them.

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::Context;
use serde_json::{Value, json};

use crate::core::{Device, SimClock};
use crate::inventory;
use crate::lab::LabSpec;
use crate::running::Running;

/// Devices that run in this process. Dropping it without [`Lab::stop`] ends the tasks soon after, unwaited.
#[derive(Debug)]
pub struct Lab {
    clock: SimClock,
    devices: Vec<Arc<Device>>,
    by_name: HashMap<String, usize>,
    running: Vec<Running>,
}

impl Lab {
    /// Starts every device; returns when all listen. Errors: what [`LabSpec::check`] refuses, a port that cannot be
    /// bound; those already started are ended.
    pub async fn start(spec: LabSpec) -> anyhow::Result<Self> {
        spec.check()?;
        let clock = SimClock::default();
        let mut lab = Self { clock, devices: Vec::new(), by_name: HashMap::new(), running: Vec::new() };
        for spec in spec.devices {
            let kind = spec.kind()?;
            let device = spec.build(lab.clock.clone())?;
            let started = kind.start(Arc::clone(&device), kind.wanted(spec.ports)).await;
            match started.with_context(|| format!("device {} ({})", spec.name, spec.address)) {
                Ok(running) => lab.running.push(running),
                Err(error) => {
                    lab.stop().await;
                    return Err(error);
                }
            }
            lab.by_name.insert(spec.name, lab.devices.len());
            lab.devices.push(device);
        }
        Ok(lab)
    }

    /// The clock of all devices.
    pub fn clock(&self) -> &SimClock {
        &self.clock
    }

    /// All devices, in the lab's order.
    pub fn devices(&self) -> &[Arc<Device>] {
        &self.devices
    }

    /// The device of that name; errors: there is none.
    pub fn device(&self, name: &str) -> anyhow::Result<Arc<Device>> {
        self.find(name).with_context(|| format!("no device {name} in the lab"))
    }

    /// The device of that name, if there is one.
    pub fn find(&self, name: &str) -> Option<Arc<Device>> {
        self.by_name.get(name).and_then(|index| self.devices.get(*index)).cloned()
    }

    /// The inventory to feed to the daemon, as YAML.
    pub fn inventory_yaml(&self) -> String {
        inventory::yaml(&self.devices)
    }

    /// Ends all devices and waits until their ports are free.
    pub async fn stop(&self) {
        for running in &self.running {
            running.stop.cancel();
        }
        for running in &self.running {
            running.end().await;
        }
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        for running in &self.running {
            running.stop.cancel();
        }
    }
}

/// What is said of a device when it is ready and in lists: `{name, kind, type, address, ports}`.
pub fn describe(device: &Device) -> Value {
    json!({
        "name": device.name,
        "kind": device.kind,
        "type": device.device_type,
        "address": device.address,
        "ports": device.ports(),
    })
}
