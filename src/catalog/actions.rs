//! The 65 rows, sorted by id. Ids: the contract's list. Methods and paths of the wrapper: those of the routes that
//! stood behind the contract before, as clients have seen them; none where the result is bare or the route is
//! not known.

use super::{Action, Native, Reach};
use crate::model::{Access, Role};

const ANY: Reach = Reach::Device(None);

const fn device(role: Role) -> Reach {
    Reach::Device(Some(role))
}

const fn about(role: Role) -> Reach {
    Reach::About(role)
}

const fn row(
    id: &'static str,
    about: &'static str,
    reach: Reach,
    access: Access,
    wrapper: Option<(&'static str, &'static str)>,
    native: Native,
) -> Action {
    Action { id, about, reach, access, scope: None, wrapper, native }
}

const fn read(
    id: &'static str,
    about: &'static str,
    reach: Reach,
    wrapper: Option<(&'static str, &'static str)>,
    native: Native,
) -> Action {
    row(id, about, reach, Access::Read, wrapper, native)
}

const fn write(
    id: &'static str,
    about: &'static str,
    reach: Reach,
    wrapper: Option<(&'static str, &'static str)>,
    native: Native,
) -> Action {
    row(id, about, reach, Access::Write, wrapper, native)
}

const fn get(path: &'static str) -> Option<(&'static str, &'static str)> {
    Some(("GET", path))
}

const fn post(path: &'static str) -> Option<(&'static str, &'static str)> {
    Some(("POST", path))
}

const fn missing(what: &'static str) -> Native {
    Native::NotYet(what)
}

const NOTHING: Reach = Reach::Nothing;
const DEVICES: Reach = Reach::Devices;

/// Rendering needs templates.
const NO_GENERATOR: Native = missing("the template and the site parameters for this role are not loaded");
/// Needs the RouterOS export parser.
const NO_EXPORT_PARSER: Native = missing("the parser for complete RouterOS exports is not built");
/// Needs the table of saved configurations.
const NO_CONFIG_STORE: Native = missing("the store has no table of saved configurations");

pub(super) static ROWS: &[Action] = &[
    read("activity.list", "Lists what operators did of late", NOTHING, None, missing("the store has no activity log")),
    write("activity.log", "Adds a line to the activity log", NOTHING, None, missing("the store has no activity log")),
    read(
        "app.config.get",
        "Gives the routing defaults that a client starts from",
        NOTHING,
        None,
        missing("no operator defaults are declared in the settings"),
    ),
    write("aviat.abort", "Asks a running radio maintenance to stop", NOTHING, post("/api/aviat/abort"), Native::Yes),
    write(
        "aviat.activate_scheduled",
        "Activates firmware already loaded on radios and waits for their return",
        DEVICES,
        post("/api/aviat/activate-scheduled"),
        Native::Yes,
    ),
    read(
        "aviat.check_status",
        "Reads firmware, licence, subnet, spanning tree and buffers of radios",
        DEVICES,
        post("/api/aviat/check-status"),
        Native::Yes,
    ),
    write(
        "aviat.fix_stp",
        "Turns spanning tree off on one radio and reads it back",
        device(Role::Bh),
        post("/api/aviat/fix-stp"),
        Native::Yes,
    ),
    read(
        "aviat.loading.get",
        "Lists radios that are loading an image",
        NOTHING,
        get("/api/aviat/loading"),
        Native::Yes,
    ),
    read("aviat.queue.get", "Lists the radios under maintenance", NOTHING, get("/api/aviat/queue"), Native::Yes),
    write("aviat.queue.update", "Changes the list of radios", NOTHING, post("/api/aviat/queue"), Native::Yes),
    read(
        "aviat.reboot_required.get",
        "Lists radios that must restart before maintenance",
        NOTHING,
        get("/api/aviat/reboot-required"),
        Native::Yes,
    ),
    write(
        "aviat.reboot_required.run",
        "Restarts radios that have been up too long, then resumes their maintenance",
        DEVICES,
        post("/api/aviat/reboot-required/run"),
        Native::Yes,
    ),
    write(
        "aviat.run",
        "Carries out maintenance steps on radios: firmware, settings, activation",
        DEVICES,
        post("/api/aviat/run"),
        Native::Yes,
    ),
    read(
        "aviat.scheduled.get",
        "Lists radios that wait for their activation",
        NOTHING,
        get("/api/aviat/scheduled"),
        Native::Yes,
    ),
    write(
        "aviat.scheduled.sync",
        "Changes when radios that wait for their activation are activated, and what follows",
        NOTHING,
        post("/api/aviat/scheduled/sync"),
        Native::Yes,
    ),
    read(
        "aviat.stream.global",
        "Gives the newest events of all radio maintenance",
        NOTHING,
        get("/api/aviat/stream/global"),
        Native::Yes,
    ),
    read(
        "compliance.apply",
        "Puts the policy's sections into a RouterOS configuration",
        NOTHING,
        None,
        missing("no compliance policy is loaded"),
    ),
    read("config.autofill_from_export", "Finds form fields in a RouterOS export", NOTHING, None, NO_EXPORT_PARSER),
    read(
        "config.explain",
        "Explains a configuration in prose",
        NOTHING,
        None,
        missing("it needs a language model, and none is part of this daemon"),
    ),
    read(
        "config.suggest",
        "Suggests ports and pools for a router model",
        NOTHING,
        None,
        missing("the table of ports and pools by model is not loaded"),
    ),
    read(
        "config.translate",
        "Rewrites a RouterOS configuration for another model or version",
        NOTHING,
        None,
        NO_EXPORT_PARSER,
    ),
    read("config.validate", "Checks a RouterOS configuration against rules", NOTHING, None, NO_EXPORT_PARSER),
    read("configs.get", "Gives one saved configuration", NOTHING, None, NO_CONFIG_STORE),
    read("configs.list", "Lists saved configurations", NOTHING, None, NO_CONFIG_STORE),
    read("configs.portmap.download", "Gives the port map of a saved configuration", NOTHING, None, NO_CONFIG_STORE),
    read("configs.portmap.extract", "Draws a port map from RouterOS text", NOTHING, None, NO_EXPORT_PARSER),
    write("configs.save", "Saves a configuration and its port map", NOTHING, None, NO_CONFIG_STORE),
    read(
        "ftth.generate_bng",
        "Renders the configuration of a fibre gateway",
        NOTHING,
        None,
        missing("the template of the fibre gateway is not loaded"),
    ),
    read(
        "ftth.mf2_package",
        "Packs the files that an OLT is set up with",
        NOTHING,
        None,
        missing("the OLT files and a zip writer are not there"),
    ),
    read(
        "ftth.preview_bng",
        "Works out addresses and pools of a fibre gateway's networks",
        NOTHING,
        None,
        missing("the address plan of fibre gateways is not built"),
    ),
    read("health.get", "Says whether the service works", NOTHING, get("/api/health"), Native::Yes),
    read(
        "ido.ap.device_info",
        "Reads an access point: identity, position, radio",
        device(Role::Ap),
        get("/api/ido/proxy/api/ap/device_info"),
        Native::Yes,
    ),
    read(
        "ido.ap.generate",
        "Renders an access point's configuration for a site",
        NOTHING,
        get("/api/ido/proxy/api/ap/generate"),
        NO_GENERATOR,
    ),
    read(
        "ido.ap.running_config",
        "Reads an access point's running configuration",
        device(Role::Ap),
        get("/api/ido/proxy/api/ap/running_config"),
        Native::Yes,
    ),
    read(
        "ido.ap.standard_config",
        "Gives the golden configuration of an access point model",
        about(Role::Ap),
        get("/api/ido/proxy/api/ap/standard_config"),
        Native::Yes,
    ),
    read(
        "ido.bh.device_info",
        "Reads a backhaul radio: carriers, interfaces, tests",
        device(Role::Bh),
        get("/api/ido/proxy/api/bh/device_info"),
        Native::Yes,
    ),
    read(
        "ido.bh.generate",
        "Renders a backhaul radio's configuration for a link",
        NOTHING,
        get("/api/ido/proxy/api/bh/generate"),
        NO_GENERATOR,
    ),
    read(
        "ido.bh.running_config",
        "Reads a backhaul radio's running configuration",
        device(Role::Bh),
        get("/api/ido/proxy/api/bh/running_config"),
        Native::Yes,
    ),
    read(
        "ido.bh.standard_config",
        "Gives the golden configuration of a backhaul link type",
        about(Role::Bh),
        get("/api/ido/proxy/api/bh/standard_config"),
        Native::Yes,
    ),
    read(
        "ido.capabilities",
        "Says which device families this daemon drives",
        NOTHING,
        get("/api/ido/capabilities"),
        Native::Yes,
    ),
    read(
        "ido.generic.device_info",
        "Reads the standard MIBs of any device and pings it",
        ANY,
        get("/api/ido/proxy/api/generic/device_info"),
        Native::Yes,
    ),
    read(
        "ido.nokia7250.generate",
        "Renders the configuration of a Nokia 7250",
        NOTHING,
        post("/api/ido/proxy/api/7250config/generate"),
        missing("the template of the Nokia 7250 is not loaded"),
    ),
    read("ido.ping", "Sends echo requests to a device", ANY, get("/api/ido/proxy/api/ping"), Native::Yes),
    read(
        "ido.rpc.device_info",
        "Reads a power distribution unit: outputs, currents, firmware",
        device(Role::Rpc),
        get("/api/ido/proxy/api/rpc/device_info"),
        Native::Yes,
    ),
    read(
        "ido.rpc.generate",
        "Renders a power distribution unit's configuration",
        NOTHING,
        get("/api/ido/proxy/api/rpc/generate"),
        NO_GENERATOR,
    ),
    read(
        "ido.rpc.running_config",
        "Reads a power distribution unit's settings",
        device(Role::Rpc),
        get("/api/ido/proxy/api/rpc/running_config"),
        Native::Yes,
    ),
    read(
        "ido.rpc.standard_config",
        "Gives the golden configuration of a power distribution unit",
        about(Role::Rpc),
        get("/api/ido/proxy/api/rpc/standard_config"),
        Native::Yes,
    ),
    read(
        "ido.swt.device_info",
        "Reads a switch or router: identity, firmware, tests",
        device(Role::Swt),
        get("/api/ido/proxy/api/swt/device_info"),
        Native::Yes,
    ),
    read(
        "ido.swt.generate",
        "Renders a switch's configuration for a site",
        NOTHING,
        get("/api/ido/proxy/api/swt/generate"),
        NO_GENERATOR,
    ),
    read(
        "ido.swt.running_config",
        "Reads a switch's or router's running configuration",
        device(Role::Swt),
        get("/api/ido/proxy/api/swt/running_config"),
        Native::Yes,
    ),
    read(
        "ido.swt.standard_config",
        "Gives the golden configuration of a switch model",
        about(Role::Swt),
        get("/api/ido/proxy/api/swt/standard_config"),
        Native::Yes,
    ),
    read(
        "ido.ups.device_info",
        "Reads a power supply: model, battery, traps, tests",
        device(Role::Ups),
        get("/api/ido/proxy/api/ups/device_info"),
        Native::Yes,
    ),
    read(
        "ido.ups.generate",
        "Renders a power supply's configuration for a site",
        NOTHING,
        get("/api/ido/proxy/api/ups/generate"),
        NO_GENERATOR,
    ),
    read(
        "ido.ups.running_config",
        "Reads a power supply's settings",
        device(Role::Ups),
        get("/api/ido/proxy/api/ups/running_config"),
        Native::Yes,
    ),
    read(
        "ido.ups.standard_config",
        "Gives the golden configuration of a power supply",
        about(Role::Ups),
        get("/api/ido/proxy/api/ups/standard_config"),
        Native::Yes,
    ),
    read(
        "ido.wave.config",
        "Renders the configuration of a Wave access point",
        NOTHING,
        post("/api/ido/proxy/api/waveconfig/generate"),
        missing("the template of Wave access points is not loaded"),
    ),
    read(
        "infrastructure.get",
        "Gives name servers, RADIUS, SNMP and routing defaults, without their secrets",
        NOTHING,
        None,
        missing("no operator infrastructure is declared in the settings"),
    ),
    write(
        "legacy.proxy",
        "Passes one allowed call on to the older service",
        NOTHING,
        None,
        missing("the allow-list of paths of the older service is not declared"),
    ),
    read("migration.config", "Moves a RouterOS configuration to another router model", NOTHING, None, NO_EXPORT_PARSER),
    read("migration.mikrotik_to_nokia", "Rewrites a RouterOS export for Nokia SR OS", NOTHING, None, NO_EXPORT_PARSER),
    read(
        "mt.config",
        "Renders a RouterOS configuration for a tower or gateway",
        NOTHING,
        None,
        missing("the RouterOS templates are not loaded"),
    ),
    read(
        "mt.portmap",
        "Renders the port map of a tower or gateway",
        NOTHING,
        None,
        missing("the port map templates are not loaded"),
    ),
    read(
        "mt.render",
        "Renders a RouterOS configuration together with its port map",
        NOTHING,
        None,
        missing("the RouterOS and port map templates are not loaded"),
    ),
    read(
        "nokia.generate_7250",
        "Renders a Nokia 7250 in classic CLI with its backhauls",
        NOTHING,
        None,
        missing("the classic CLI template of the Nokia 7250 is not loaded"),
    ),
    read(
        "routerboards.list",
        "Lists the RouterBoard models with their ports",
        NOTHING,
        None,
        missing("the table of RouterBoard models is not loaded"),
    ),
];

/// Those that the contract's list of 65 does not have: two that the service behind it carried out, and those of the built-in
/// schedules.
pub(super) static BESIDE: &[Action] = &[
    read(
        "archive.upkeep",
        "Deletes versions that the archive no longer keeps and checks the newest ones",
        NOTHING,
        post("/api/archive/upkeep"),
        Native::Yes,
    ),
    read(
        "aviat.precheck_recheck",
        "Reads one radio again and judges whether its upgrade may go on",
        device(Role::Bh),
        post("/api/aviat/precheck/recheck"),
        Native::Yes,
    ),
    read("aviat.status", "Gives the state of one radio maintenance", NOTHING, get("/api/aviat/status"), Native::Yes),
    read(
        "fleet.backup",
        "Reads the running configuration of every device, a job each",
        DEVICES,
        post("/api/fleet/backup"),
        Native::Yes,
    ),
    read(
        "fleet.firmware_drift",
        "Reads the firmware of every device and tells which differ from their like",
        DEVICES,
        post("/api/fleet/firmware-drift"),
        Native::Yes,
    ),
    read(
        "fleet.reboot_required",
        "Looks for Aviat radios that have been up too long, and restarts none",
        DEVICES,
        post("/api/fleet/reboot-required"),
        Native::Yes,
    ),
];

/// The engine's own: no client can ask for them, and no client sees their jobs.
pub(super) static INTERNAL: &[Action] = &[
    read("_aviat.probe", "Observes one radio for the job that waits for it", device(Role::Bh), None, Native::Yes),
    write("_aviat.radio", "Drives one radio through its maintenance", device(Role::Bh), None, Native::Yes),
];
