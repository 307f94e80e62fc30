//! What a key may do.

/// A right that a contract endpoint asks for. `admin` stands for all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Health and one's own identity.
    HealthRead,
    /// Actions, bootstrap, workflows.
    ActionsRead,
    /// Jobs and their events, of every key.
    JobRead,
    /// Submitting.
    JobSubmit,
    /// Cancelling, of every key's jobs.
    JobCancel,
    /// Schedules and their runs.
    ScheduleRead,
    /// Making, removing, pausing and running schedules.
    ScheduleWrite,
    /// The audit log: who did what.
    AuditRead,
    /// Maintenance windows and black-outs, and what waits for them.
    WindowRead,
    /// Adding and removing windows and black-outs.
    WindowWrite,
}

impl Scope {
    /// As it stands in a key's list.
    pub fn as_str(self) -> &'static str {
        match self {
            Scope::HealthRead => "health.read",
            Scope::ActionsRead => "actions.read",
            Scope::JobRead => "job.read",
            Scope::JobSubmit => "job.submit",
            Scope::JobCancel => "job.cancel",
            Scope::ScheduleRead => "schedule.read",
            Scope::ScheduleWrite => "schedule.write",
            Scope::AuditRead => "audit.read",
            Scope::WindowRead => "window.read",
            Scope::WindowWrite => "window.write",
        }
    }
}

/// The wildcard.
pub const ADMIN: &str = "admin";

/// Reading a device's secrets in clear: asked for by the actions, and by the API before it shows such a result.
pub const CONFIG_SECRETS: &str = "config.secrets";

/// Every scope that means something to this daemon, sorted. Those that no [`Scope`] names are asked for by
/// actions. `key create` takes only these; a key from the environment may carry others, which open nothing.
pub const KNOWN: &[&str] = &[
    "actions.read",
    ADMIN,
    "audit.read",
    "aviat.force",
    "aviat.override",
    "config.read",
    CONFIG_SECRETS,
    "health.read",
    "job.cancel",
    "job.read",
    "job.submit",
    "schedule.read",
    "schedule.write",
    "window.read",
    "window.write",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scope_of_an_endpoint_is_known() {
        for scope in [
            Scope::HealthRead,
            Scope::ActionsRead,
            Scope::JobRead,
            Scope::JobSubmit,
            Scope::JobCancel,
            Scope::ScheduleRead,
            Scope::ScheduleWrite,
            Scope::AuditRead,
            Scope::WindowRead,
            Scope::WindowWrite,
        ] {
            assert!(KNOWN.contains(&scope.as_str()));
        }
        assert!(KNOWN.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
