//! Every action id with its scope, risk and one-line description: data, no behaviour.

mod actions;

use crate::model::{Access, Role, is_internal};

/// How far an action is ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Native {
    /// It works.
    Yes,
    /// It ends `error`; the text says what is missing.
    NotYet(&'static str),
}

/// What an action speaks to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reach {
    /// Nothing outside the daemon.
    Nothing,
    /// One device, named by `ip_address`, `host` or `device`; types of the role, or any.
    Device(Option<Role>),
    /// Several devices, by `ips` or `devices`.
    Devices,
    /// Nothing either: a device's type, and the device where it is known, are only described.
    About(Role),
}

/// One action of the contract.
#[derive(Debug, PartialEq, Eq)]
pub struct Action {
    /// Its id.
    pub id: &'static str,
    /// What it does, one line.
    pub about: &'static str,
    /// What it speaks to.
    pub reach: Reach,
    /// Read or write.
    pub access: Access,
    /// A scope beyond `job.submit`, where it needs one.
    pub scope: Option<&'static str>,
    /// `method` and `path` of the result wrapper.
    pub wrapper: Option<(&'static str, &'static str)>,
    /// Whether it works.
    pub native: Native,
}

/// The action with this id that clients may ask for.
pub fn find(id: &str) -> Option<&'static Action> {
    ALL.iter().chain(BESIDE).find(|action| action.id == id)
}

/// The action with this id, the engine's own included.
pub fn any(id: &str) -> Option<&'static Action> {
    find(id).or_else(|| INTERNAL.iter().find(|action| action.id == id))
}

/// Whether a step of the action that was cut off may begin again though it writes: those of the radios' maintenance
/// begin by observing, and what they do is guarded by the version of the radio's row.
pub fn resumes(id: &str) -> bool {
    is_internal(id) || id.starts_with("aviat.")
}

/// The 65 actions of the contract's list, sorted by id.
pub static ALL: &[Action] = actions::ROWS;

/// Actions that clients may ask for besides: the contract's list does not have them.
pub static BESIDE: &[Action] = actions::BESIDE;

/// The engine's own actions ([`crate::model::is_internal`]).
pub static INTERNAL: &[Action] = actions::INTERNAL;

#[cfg(test)]
mod tests {
    use super::*;

    /// The list of the contract, by hand.
    const CONTRACT: [&str; 65] = [
        "activity.list",
        "activity.log",
        "app.config.get",
        "aviat.abort",
        "aviat.activate_scheduled",
        "aviat.check_status",
        "aviat.fix_stp",
        "aviat.loading.get",
        "aviat.queue.get",
        "aviat.queue.update",
        "aviat.reboot_required.get",
        "aviat.reboot_required.run",
        "aviat.run",
        "aviat.scheduled.get",
        "aviat.scheduled.sync",
        "aviat.stream.global",
        "compliance.apply",
        "config.autofill_from_export",
        "config.explain",
        "config.suggest",
        "config.translate",
        "config.validate",
        "configs.get",
        "configs.list",
        "configs.portmap.download",
        "configs.portmap.extract",
        "configs.save",
        "ftth.generate_bng",
        "ftth.mf2_package",
        "ftth.preview_bng",
        "health.get",
        "ido.ap.device_info",
        "ido.ap.generate",
        "ido.ap.running_config",
        "ido.ap.standard_config",
        "ido.bh.device_info",
        "ido.bh.generate",
        "ido.bh.running_config",
        "ido.bh.standard_config",
        "ido.capabilities",
        "ido.generic.device_info",
        "ido.nokia7250.generate",
        "ido.ping",
        "ido.rpc.device_info",
        "ido.rpc.generate",
        "ido.rpc.running_config",
        "ido.rpc.standard_config",
        "ido.swt.device_info",
        "ido.swt.generate",
        "ido.swt.running_config",
        "ido.swt.standard_config",
        "ido.ups.device_info",
        "ido.ups.generate",
        "ido.ups.running_config",
        "ido.ups.standard_config",
        "ido.wave.config",
        "infrastructure.get",
        "legacy.proxy",
        "migration.config",
        "migration.mikrotik_to_nokia",
        "mt.config",
        "mt.portmap",
        "mt.render",
        "nokia.generate_7250",
        "routerboards.list",
    ];

    #[test]
    fn the_65_ids_are_those_of_the_contract_in_its_order() {
        let ids: Vec<&str> = ALL.iter().map(|action| action.id).collect();
        assert_eq!(ids, CONTRACT);
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "sorted and distinct");
    }

    #[test]
    fn thirty_two_actions_are_native_and_the_others_say_what_is_missing() {
        let native: Vec<&str> = ALL.iter().filter(|a| a.native == Native::Yes).map(|a| a.id).collect();
        assert_eq!(
            native,
            [
                "aviat.abort",
                "aviat.activate_scheduled",
                "aviat.check_status",
                "aviat.fix_stp",
                "aviat.loading.get",
                "aviat.queue.get",
                "aviat.queue.update",
                "aviat.reboot_required.get",
                "aviat.reboot_required.run",
                "aviat.run",
                "aviat.scheduled.get",
                "aviat.scheduled.sync",
                "aviat.stream.global",
                "health.get",
                "ido.ap.device_info",
                "ido.ap.running_config",
                "ido.ap.standard_config",
                "ido.bh.device_info",
                "ido.bh.running_config",
                "ido.bh.standard_config",
                "ido.capabilities",
                "ido.generic.device_info",
                "ido.ping",
                "ido.rpc.device_info",
                "ido.rpc.running_config",
                "ido.rpc.standard_config",
                "ido.swt.device_info",
                "ido.swt.running_config",
                "ido.swt.standard_config",
                "ido.ups.device_info",
                "ido.ups.running_config",
                "ido.ups.standard_config",
            ]
        );
        for action in ALL {
            if let Native::NotYet(what) = action.native {
                assert!(what.len() > 20, "{} says nothing", action.id);
            }
            assert!(!action.about.is_empty() && !action.about.contains('\n'), "{}", action.id);
        }
    }

    #[test]
    fn a_native_action_with_a_wrapper_shows_the_path_that_clients_know() {
        assert_eq!(find("health.get").unwrap().wrapper, Some(("GET", "/api/health")));
        assert_eq!(find("ido.ping").unwrap().wrapper, Some(("GET", "/api/ido/proxy/api/ping")));
        assert_eq!(find("ido.capabilities").unwrap().wrapper, Some(("GET", "/api/ido/capabilities")));
        assert!(ALL.iter().filter(|a| a.native == Native::Yes).all(|a| a.wrapper.is_some()));
        assert_eq!(find("nope.nope"), None);
        assert_eq!(find("aviat.run").unwrap().wrapper, Some(("POST", "/api/aviat/run")));
    }

    #[test]
    fn some_actions_stand_beside_the_list_and_the_engines_own_are_not_found() {
        let ids: Vec<&str> = BESIDE.iter().map(|action| action.id).collect();
        assert_eq!(
            ids,
            [
                "archive.upkeep",
                "aviat.precheck_recheck",
                "aviat.status",
                "fleet.backup",
                "fleet.firmware_drift",
                "fleet.reboot_required",
            ]
        );
        assert!(ids.iter().all(|id| find(id).is_some() && !CONTRACT.contains(id)));
        for action in INTERNAL {
            assert!(crate::model::is_internal(action.id), "{}", action.id);
            assert!(find(action.id).is_none() && any(action.id).is_some(), "{}", action.id);
        }
        assert!(ALL.iter().chain(BESIDE).all(|action| !crate::model::is_internal(action.id)));
    }
}
