use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use toml::{Table, Value};

use super::*;

fn none() -> Environment {
    Environment::of::<String, String>([])
}

/// Loads a file with this text.
#[expect(clippy::disallowed_methods, reason = "the test writes the settings file")]
fn load(text: &str, environment: &Environment) -> Result<Config, Vec<Mistake>> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("towerhand.toml");
    std::fs::write(&path, text).unwrap();
    Config::load(Some(&path), environment)
}

fn mistakes(text: &str, environment: &Environment) -> Vec<String> {
    let mistakes = load(text, environment).unwrap_err();
    mistakes
        .iter()
        .map(|m| match m.line {
            0 => format!("{} {}", m.file.display(), m.message),
            line => format!("{line}:{} {}", m.column, m.message),
        })
        .collect()
}

#[test]
fn nothing_given_means_the_defaults() {
    let config = Config::load(None, &none()).unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.database(), Path::new("./state/towerhand.db"));
    assert_eq!(config.key_file(), Path::new("./state/vault.key"));
    assert!(config.inventory.is_none() && config.legacy_base.is_none() && config.allowed_networks.is_empty());
    assert!(Config::default().meaning().is_empty());
}

#[test]
fn the_file_then_the_environment() {
    let text = "listen = '127.0.0.1:9000'\nstate_dir = '/a'\nallowed_networks = ['10.0.0.0/8']\n\
                [log]\nlevel = 'warn'\nformat = 'json'\n[retention]\nkeep_jobs = 5\nsweep = '90m'\n";
    let environment = Environment::of([
        ("TOWERHAND_LISTEN", "[::1]:9001"),
        ("TOWERHAND_ALLOWED_NETWORKS", "192.0.2.0/24, 2001:db8::/32"),
        ("TOWERHAND_LOG_LEVEL", "debug"),
        ("TOWERHAND_RETENTION_KEEP_JOBS", "7"),
        ("TOWERHAND_RETENTION_JOBS", "36h"),
        ("TOWERHAND_DATABASE_URL", "sqlite:/b/x.db"),
        ("TOWERHAND_URL", "http://127.0.0.1:1"),
        ("TOWERHAND_SIM_ANYTHING", "1"),
        ("HOME", "/root"),
    ]);
    let config = load(text, &environment).unwrap();
    assert_eq!(config.listen.to_string(), "[::1]:9001");
    assert_eq!(config.state_dir, Path::new("/a"));
    let networks: Vec<_> = config.allowed_networks.iter().map(ToString::to_string).collect();
    assert_eq!(networks, ["192.0.2.0/24", "2001:db8::/32"]);
    assert_eq!((config.log.level.as_str(), config.log.format), ("debug", telemetry::logging::Format::Json));
    assert_eq!(config.retention.keep_jobs.get(), 7);
    assert_eq!(config.retention.jobs, Duration::from_secs(36 * 3600));
    assert_eq!(config.retention.sweep, Duration::from_secs(5400));
    assert_eq!(config.database(), Path::new("/b/x.db"));
    let unset = load("inventory = 'x'", &Environment::of([("TOWERHAND_INVENTORY", "")])).unwrap();
    assert!(unset.inventory.is_none());
}

#[test]
fn all_mistakes_of_all_sources_come_at_once() {
    let text = "listen = 'nowhere'\ncolour = 1\ndatabase_url = 'postgres://user:hunter2@db/x'\n\
                allowed_networks = ['10.1.2.3/8']\n[log]\nlevel = 'loud=x'\n  form = 'json'\n\
                [retention]\nkeep_jobs = 0\njobs = 90\n[jbos]\nworkers = 1\n";
    let environment = Environment::of([
        ("TOWERHAND_RETENTION_SWEEP", "soon"),
        ("TOWERHAND_RETENTION_WEEP", "1h"),
        ("TOWERHAND_LISTN", "x"),
        ("TOWERHAND_RETENTION_KEEP_JOBS", "0"),
        ("TOWERHAND_ALLOWED_NETWORKS", "here"),
        ("NOC_API_V2_REQUIRE_SIGNATURE", "maybe"),
        ("NOC_API_V2_JOB_WORKERS", "0"),
        ("NOC_LEGACY_API_BASE", "ftp://x"),
    ]);
    let all = mistakes(text, &environment);
    let expected = [
        "environment NOC_API_V2_REQUIRE_SIGNATURE must be one of",
        "environment NOC_API_V2_JOB_WORKERS must be a whole number",
        "environment NOC_LEGACY_API_BASE: must begin with http://",
        "1:1 listen: invalid socket address",
        "2:1 colour: unknown field `colour`",
        "3:1 database_url: only sqlite:PATH is supported",
        "4:1 allowed_networks: 10.1.2.3/8 has bits after its prefix; write 10.0.0.0/8",
        "6:1 log.level: log.level 'loud=x' is not a level",
        "7:3 log.form: unknown field `form`",
        "9:1 retention.keep_jobs: invalid value",
        "10:1 retention.jobs: invalid type",
        "11:2 jbos: unknown field `jbos`",
        "environment TOWERHAND_RETENTION_SWEEP: a duration is",
        "environment TOWERHAND_RETENTION_WEEP: unknown field `weep`",
        "environment TOWERHAND_LISTN: unknown field `listn`",
        "environment TOWERHAND_RETENTION_KEEP_JOBS: invalid value",
        "environment TOWERHAND_ALLOWED_NETWORKS: invalid IP address",
    ];
    for start in expected {
        assert!(all.iter().any(|found| found.starts_with(start)), "'{start}' is not in {all:#?}");
    }
    assert_eq!(all.len(), expected.len(), "{all:#?}");
    assert!(all.iter().all(|found| !found.contains("hunter2")), "{all:#?}");
}

#[test]
fn broken_toml_and_missing_files_are_mistakes() {
    let all = mistakes("listen = \nstate_dir = 'x\n", &none());
    assert!(all.len() >= 2 && all.iter().all(|found| found.contains("not valid TOML")), "{all:?}");
    assert!(all[0].starts_with("1:"), "{all:?}");
    let missing = Config::load(Some(Path::new("/nonexistent/towerhand.toml")), &none()).unwrap_err();
    assert!(missing[0].message.contains("cannot be read"));
    let twice = mistakes("listen = '127.0.0.1:1'\nlisten = '127.0.0.1:2'\n", &none());
    assert!(twice[0].starts_with("2:1"), "{twice:?}");
}

#[test]
fn addresses_of_the_older_service() {
    for wrong in ["x", "ftp://a", "http://", "http://u:p@a", "http://a/?x=1", "http://a#x"] {
        assert_eq!(mistakes(&format!("legacy_base = '{wrong}'"), &none()).len(), 1, "{wrong}");
    }
    assert!(load("legacy_base = 'https://10.0.0.1:5000/noc'", &none()).is_ok());
}

#[test]
fn databases() {
    for wrong in ["postgres://a/b", "mysql:x", "sqlite:", "sqlite://", "x.db"] {
        let all = mistakes(&format!("database_url = '{wrong}'"), &none());
        assert!(all.len() == 1 && all[0].contains("only sqlite:PATH"), "{wrong}: {all:?}");
    }
    for (url, path) in [("sqlite:a.db", "a.db"), ("sqlite:///a/b.db", "/a/b.db"), ("sqlite://a.db", "a.db")] {
        assert_eq!(load(&format!("database_url = '{url}'"), &none()).unwrap().database(), Path::new(path));
    }
}

#[test]
fn the_contracts_variables_keep_their_meaning() {
    let environment = Environment::of([
        ("NOC_API_KEYS", "a:job.read"),
        ("NOC_API_KEY", ""),
        ("NOC_API_KEYS_JSON", "  "),
        ("NOC_API_V2_REQUIRE_SIGNATURE", "Off"),
        ("NOC_API_V2_REQUIRE_IDEMPOTENCY", "YES"),
        ("NOC_API_V2_SIGNATURE_SKEW_SECONDS", " 120 "),
        ("NOC_API_V2_JOB_WORKERS", "16"),
        ("NOC_LEGACY_API_BASE", "http://127.0.0.1:5000"),
        ("NOC_RUNTIME_DIR", "/srv/noc"),
        ("NOC_SOMETHING_ELSE", "x"),
    ]);
    let config = load("", &environment).unwrap();
    let contract = &config.contract;
    assert_eq!(contract.api_keys.as_ref().map(|keys| keys.expose()), Some("a:job.read"));
    assert!(contract.api_key.is_none() && contract.api_keys_json.is_none());
    assert_eq!((contract.require_signature, contract.require_idempotency), (Some(false), Some(true)));
    assert_eq!(contract.signature_skew, Some(Duration::from_secs(120)));
    assert_eq!((contract.nonce_ttl, contract.idempotency_ttl), (None, None));
    assert_eq!(contract.job_workers, Some(16));
    assert_eq!(config.legacy_base.as_deref(), Some("http://127.0.0.1:5000"));
    assert_eq!(config.state_dir, Path::new("/srv/noc"));
    assert!(!format!("{config:?} {environment:?}").contains("job.read"));
    let config = load("state_dir = '/own'", &environment).unwrap();
    assert_eq!(config.state_dir, Path::new("/own"), "the file goes before the contract's variable");
}

fn in_the_project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

#[test]
fn the_packaged_file_is_right() {
    let config = Config::load(Some(&in_the_project("packaging/towerhand.toml")), &none()).unwrap();
    assert_eq!(config.state_dir, Path::new("/var/lib/towerhand"));
}

/// Key and default of every key of the defaults, dotted, as TOML writes them.
fn defaults() -> BTreeMap<String, String> {
    fn below(prefix: &str, table: Table, all: &mut BTreeMap<String, String>) {
        for (key, value) in table {
            let name = if prefix.is_empty() { key } else { format!("{prefix}.{key}") };
            match value {
                Value::Table(inner) => below(&name, inner, all),
                value => {
                    all.insert(name, value.to_string());
                }
            }
        }
    }
    let mut all = BTreeMap::new();
    below("", Table::try_from(Config::default()).unwrap(), &mut all);
    all
}

#[test]
fn a_table_inside_of_another_is_read_like_any() {
    let text = "[health.traps]\nlisten = '127.0.0.1:1162'\nper_minute = 5\n";
    let config = load(text, &none()).unwrap();
    assert_eq!(config.health.traps.listen.unwrap().to_string(), "127.0.0.1:1162");
    let environment = Environment::of([("TOWERHAND_HEALTH_TRAPS_PER_MINUTE", "7")]);
    let config = load(text, &environment).unwrap();
    assert_eq!((config.health.traps.per_minute, config.health.traps.listen.is_some()), (7, true));
    let all = mistakes("[health.traps]\nlisten = 'here'\nport = 1\nper_minute = 0\n", &none());
    let expected = [
        "2:1 health.traps.listen: must be an address and a port",
        "3:1 health.traps.port: unknown field `port`",
        "4:1 health.traps.per_minute: must be 1 to 6000",
    ];
    assert_eq!(all.len(), expected.len(), "{all:#?}");
    for start in expected {
        assert!(all.iter().any(|found| found.starts_with(start)), "'{start}' is not in {all:#?}");
    }
}

#[test]
fn jobs_that_would_stand_still_or_spin_are_mistakes_with_their_places() {
    let text = "[jobs]\nworkers = 0\nlease = '0s'\nflush = '0s'\nretry_store = '0ms'\nreaders_per_device = 0\n";
    let all = mistakes(text, &Environment::of([("TOWERHAND_JOBS_LEASE", "900ms")]));
    let expected = [
        "2:1 jobs.workers: ",
        "3:1 jobs.lease: must be at least 1s",
        "4:1 jobs.flush: must be longer than nothing",
        "5:1 jobs.retry_store: must be longer than nothing",
        "6:1 jobs.readers_per_device: must be at least 1",
        "environment TOWERHAND_JOBS_LEASE: must be at least 1s",
    ];
    assert_eq!(all.len(), expected.len(), "{all:#?}");
    for start in expected {
        assert!(all.iter().any(|found| found.starts_with(start)), "'{start}' is not in {all:#?}");
    }
    assert!(load("[jobs]\nlease = '1s'\nflush = '10m'\n", &none()).is_ok());
}

#[test]
fn the_document_names_every_key_and_its_default_and_no_other() {
    let text = std::fs::read_to_string(in_the_project("docs/configuration.md")).unwrap();
    let defaults = defaults();
    let mut named = BTreeSet::new();
    for line in text.lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        // | `key` | `default` | meaning |
        let [_, key, default, meaning, _] = cells[..] else { continue };
        let (Some(key), Some(default)) = (quoted(key), quoted(default)) else { continue };
        assert!(!meaning.is_empty(), "{key} has no meaning");
        match defaults.get(key) {
            Some(real) => assert_eq!(real, default, "default of {key}"),
            None => panic!("{key} is no key"),
        }
        assert!(named.insert(key.to_owned()), "{key} stands twice");
    }
    let missing: Vec<_> = defaults.keys().filter(|key| !named.contains(*key)).collect();
    assert!(missing.is_empty(), "not in docs/configuration.md: {missing:?}");
}

fn quoted(cell: &str) -> Option<&str> {
    cell.strip_prefix('`')?.strip_suffix('`')
}

#[test]
fn every_key_can_be_set_by_its_variable() {
    for (key, default) in defaults() {
        let name = format!("TOWERHAND_{}", key.replace('.', "_").to_uppercase());
        let value = default.trim_matches(['"', '[', ']']);
        let loaded = Config::load(None, &Environment::of([(name.clone(), value)]));
        assert!(loaded.is_ok(), "{name}={value}: {loaded:?}");
    }
}

proptest! {
    #[test]
    fn no_file_makes_it_panic(text in "[a-z_=\\[\\]{}'\" .0-9\n,#-]{0,120}") {
        let _ = load(&text, &none());
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "the test writes the settings file")]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &bytes).unwrap();
        let _ = Config::load(Some(file.path()), &none());
    }

    #[test]
    fn no_variable_makes_it_panic(name in "[A-Z_]{0,20}", value in any::<String>()) {
        let _ = Config::load(None, &Environment::of([(format!("TOWERHAND_{name}"), value)]));
    }
}
