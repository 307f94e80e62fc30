//! Debian's snmpd on a loopback port, with its own configuration and state.

#![expect(clippy::disallowed_methods, reason = "a test writes the agent's configuration and starts it")]

use std::net::UdpSocket;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use towerhand::model::{FailureClass, Secret, SnmpAuth, SnmpPriv};
use towerhand::transport::SnmpLogin;
use towerhand::transport::snmp::{Client, Config, Oid, Value, Varbind};

use super::{cx, snmp_target, v1, v2c};

const SYSTEM: Oid = Oid::new(&[1, 3, 6, 1, 2, 1, 1]);
const SYS_OBJECT_ID: Oid = Oid::new(&[1, 3, 6, 1, 2, 1, 1, 2, 0]);
const SYS_UP_TIME: Oid = Oid::new(&[1, 3, 6, 1, 2, 1, 1, 3, 0]);
const SYS_CONTACT: Oid = Oid::new(&[1, 3, 6, 1, 2, 1, 1, 4, 0]);
const SYS_NAME: Oid = Oid::new(&[1, 3, 6, 1, 2, 1, 1, 5, 0]);
const SYS_LOCATION: Oid = Oid::new(&[1, 3, 6, 1, 2, 1, 1, 6, 0]);
const SYS_SERVICES: Oid = Oid::new(&[1, 3, 6, 1, 2, 1, 1, 7, 0]);
/// nsExtendOutLine of the extension "big": one row for each line of its output.
const BIG: Oid = Oid::new(&[1, 3, 6, 1, 4, 1, 8072, 1, 3, 2, 4, 1, 2, 3, 98, 105, 103]);
const ROWS: usize = 2000;

/// Ends with the test.
pub struct Snmpd {
    pub port: u16,
    child: Child,
    _home: TempDir,
}

impl Drop for Snmpd {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `None`, with a line that says so, where there is no snmpd.
pub async fn start() -> Option<Snmpd> {
    let binary =
        ["/usr/sbin/snmpd", "/usr/local/sbin/snmpd"].into_iter().find(|path| std::path::Path::new(path).exists());
    let Some(binary) = binary else {
        println!("skipped: no snmpd (apt-get install snmpd)");
        return None;
    };
    let home = TempDir::new().unwrap();
    let port = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let conf = home.path().join("snmpd.conf");
    std::fs::write(
        &conf,
        format!(
            "agentAddress udp:127.0.0.1:{port}\n\
             rocommunity public 127.0.0.1\n\
             rwcommunity private 127.0.0.1\n\
             createUser alice SHA-256 \"alice's digest\" AES \"alice's cipher\"\n\
             createUser bob SHA-512 \"bob's digest\" AES-256 \"bob's cipher\"\n\
             createUser carol MD5 \"carol's digest\" DES \"carol's cipher\"\n\
             createUser dave SHA \"dave's digest\" AES-256 \"dave's cipher\"\n\
             rwuser alice authPriv\nrouser bob authPriv\nrouser carol authPriv\nrouser dave authPriv\n\
             sysLocation Tower 7\nsysServices 72\n\
             extend big /usr/bin/seq 1 {ROWS}\n"
        ),
    )
    .unwrap();
    let child = Command::new(binary)
        .args(["-f", "-Lf"])
        .arg(home.path().join("log"))
        .args(["-C", "-c"])
        .arg(&conf)
        .arg("-p")
        .arg(home.path().join("pid"))
        .env("SNMP_PERSISTENT_DIR", home.path())
        .env("MIBS", "")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let snmpd = Snmpd { port, child, _home: home };
    let quick = Config { timeout_ms: 200, retries: 0, ..Config::default() };
    let started = Instant::now();
    loop {
        let mut client = Client::new(&snmp_target(port, v2c("public")), &quick).unwrap();
        // Its port was free a moment ago: whoever else took it is not from here.
        if let Ok(found) = client.get(&cx(), &[SYS_LOCATION]).await {
            assert_eq!(found[0].value, Value::OctetString(b"Tower 7".to_vec()), "another agent has its port");
            return Some(snmpd);
        }
        assert!(started.elapsed() < Duration::from_secs(20), "snmpd does not start");
        tokio::task::yield_now().await;
    }
}

fn v3(user: &str, auth: SnmpAuth, privacy: SnmpPriv) -> SnmpLogin {
    SnmpLogin::V3 {
        user: user.to_owned(),
        auth,
        auth_password: Secret::new(format!("{user}'s digest")),
        privacy,
        priv_password: Secret::new(format!("{user}'s cipher")),
    }
}

fn logins() -> Vec<(&'static str, SnmpLogin)> {
    vec![
        ("v1", v1("public")),
        ("v2c", v2c("public")),
        ("SHA-256 AES-128", v3("alice", SnmpAuth::Sha256, SnmpPriv::Aes128)),
        ("SHA-512 AES-256", v3("bob", SnmpAuth::Sha512, SnmpPriv::Aes256)),
        ("MD5 DES", v3("carol", SnmpAuth::Md5, SnmpPriv::Des)),
        ("SHA-1 AES-256", v3("dave", SnmpAuth::Sha1, SnmpPriv::Aes256)),
    ]
}

fn client(snmpd: &Snmpd, login: SnmpLogin) -> Client {
    // Keys cost hundreds of milliseconds in a debug build on a loaded machine.
    let config = Config { timeout_ms: 10_000, ..Config::default() };
    Client::new(&snmp_target(snmpd.port, login), &config).unwrap()
}

#[tokio::test]
async fn values_keep_their_types_in_every_version() {
    let Some(snmpd) = start().await else { return };
    for (name, login) in logins() {
        let mut client = client(&snmpd, login);
        let oids = [SYS_SERVICES, SYS_OBJECT_ID, SYS_UP_TIME, SYS_LOCATION];
        let found = client.get(&cx(), &oids).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(found.iter().map(|varbind| &varbind.oid).eq(&oids), "{name}: in the order asked");
        assert_eq!(found[0].value, Value::Integer(72), "{name}");
        // net-snmp's own: netSnmpAgentOIDs.linux.
        assert_eq!(found[1].value, Value::ObjectId("1.3.6.1.4.1.8072.3.2.10".parse().unwrap()), "{name}");
        assert!(matches!(found[2].value, Value::TimeTicks(_)), "{name}: {:?}", found[2]);
        assert_eq!(found[3].value, Value::OctetString(b"Tower 7".to_vec()), "{name}");
    }
}

#[tokio::test]
async fn a_missing_object_is_a_value() {
    let Some(snmpd) = start().await else { return };
    let nowhere: Oid = "1.3.6.1.4.1.99999.1.0".parse().unwrap();
    let no_instance: Oid = "1.3.6.1.2.1.1.5.7".parse().unwrap();
    for (name, login) in logins() {
        let v1 = matches!(login, SnmpLogin::V1 { .. });
        let oids = [nowhere.clone(), SYS_SERVICES, no_instance.clone(), SYS_LOCATION];
        let found = client(&snmpd, login).get(&cx(), &oids).await.unwrap();
        assert!(found[0].value.is_missing() && found[2].value.is_missing(), "{name}: {found:?}");
        if v1 {
            assert_eq!((&found[0].value, &found[2].value), (&Value::NoSuchObject, &Value::NoSuchObject));
        }
        assert_eq!(found[1].value, Value::Integer(72), "{name}");
        assert_eq!(found[3].value, Value::OctetString(b"Tower 7".to_vec()), "{name}");
    }
    let mut v1 = client(&snmpd, v1("public"));
    assert_eq!(v1.get(&cx(), &[nowhere]).await.unwrap()[0].value, Value::NoSuchObject);
}

#[tokio::test]
async fn a_walk_brings_every_row_in_every_version() {
    let Some(snmpd) = start().await else { return };
    for (name, login) in logins() {
        let mut client = client(&snmpd, login);
        let system = client.walk(&cx(), &SYSTEM).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(system.iter().all(|varbind| varbind.oid.starts_with(&SYSTEM)), "{name}");
        assert!(system.iter().any(|varbind| varbind.oid == SYS_LOCATION), "{name}");
        let big = client.walk(&cx(), &BIG).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(big.len(), ROWS, "{name}");
        for (place, varbind) in big.iter().enumerate() {
            let number = u32::try_from(place + 1).unwrap();
            assert_eq!(varbind.oid.suffix_after(&BIG), Some([number].as_slice()), "{name}");
            assert_eq!(varbind.value, Value::OctetString(number.to_string().into_bytes()), "{name}");
        }
        let nothing = client.walk(&cx(), &"1.3.6.1.4.1.99999".parse().unwrap()).await.unwrap();
        assert_eq!(nothing, [], "{name}");
    }
}

#[tokio::test]
async fn a_large_answer_to_a_large_getbulk_is_whole() {
    let Some(snmpd) = start().await else { return };
    for (name, login) in [("v2c", v2c("public")), ("v3", v3("bob", SnmpAuth::Sha512, SnmpPriv::Aes256))] {
        let config = Config { timeout_ms: 10_000, max_repetitions: 500, ..Config::default() };
        let mut client = Client::new(&snmp_target(snmpd.port, login), &config).unwrap();
        assert_eq!(
            client.walk(&cx(), &BIG).await.unwrap_or_else(|error| panic!("{name}: {error}")).len(),
            ROWS,
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_walk_beyond_its_caps_is_an_error() {
    let Some(snmpd) = start().await else { return };
    for config in [Config { max_rows: ROWS - 1, ..Config::default() }, Config { max_bytes: 1000, ..Config::default() }]
    {
        let mut client = Client::new(&snmp_target(snmpd.port, v2c("public")), &config).unwrap();
        assert_eq!(client.walk(&cx(), &BIG).await.unwrap_err().class, FailureClass::Protocol);
    }
}

#[tokio::test]
async fn a_set_is_read_back_and_a_refusal_names_the_object() {
    let Some(snmpd) = start().await else { return };
    let writers = [v1("private"), v2c("private"), v3("alice", SnmpAuth::Sha256, SnmpPriv::Aes128)];
    for (place, login) in writers.into_iter().enumerate() {
        let mut client = client(&snmpd, login);
        let name = Value::OctetString(format!("tower-{place}").into_bytes());
        let contact = Value::OctetString(b"noc".to_vec());
        client
            .set(&cx(), &[Varbind::new(SYS_NAME, name.clone()), Varbind::new(SYS_CONTACT, contact.clone())])
            .await
            .unwrap();
        let found = client.get(&cx(), &[SYS_NAME, SYS_CONTACT]).await.unwrap();
        assert_eq!((&found[0].value, &found[1].value), (&name, &contact));
        // sysLocation stands in the configuration, which makes it read-only.
        let refused = client
            .set(
                &cx(),
                &[
                    Varbind::new(SYS_NAME, Value::OctetString(b"other".to_vec())),
                    Varbind::new(SYS_LOCATION, Value::OctetString(b"elsewhere".to_vec())),
                ],
            )
            .await
            .unwrap_err();
        assert_eq!(refused.class, FailureClass::DeviceRefused);
        assert!(refused.sentence.contains(&SYS_LOCATION.to_string()), "{refused}");
        assert_eq!(client.get(&cx(), &[SYS_NAME]).await.unwrap()[0].value, name, "all or nothing");
    }
    let mut reader = client(&snmpd, v2c("public"));
    let refused = reader.set(&cx(), &[Varbind::new(SYS_NAME, Value::OctetString(b"x".to_vec()))]).await.unwrap_err();
    assert_eq!(refused.class, FailureClass::DeviceRefused, "{refused}");
    assert!(refused.sentence.contains("noAccess"), "{refused}");
}

#[tokio::test]
async fn a_wrong_community_is_silence_and_says_so() {
    let Some(snmpd) = start().await else { return };
    let config = Config { timeout_ms: 100, retries: 2, ..Config::default() };
    let mut client = Client::new(&snmp_target(snmpd.port, v2c("wrong-one")), &config).unwrap();
    let started = Instant::now();
    let failure = client.get(&cx(), &[SYS_NAME]).await.unwrap_err();
    assert!(started.elapsed() <= Duration::from_millis(3 * 100 + 1000), "{:?}", started.elapsed());
    assert_eq!(failure.class, FailureClass::Timeout);
    assert!(failure.sentence.starts_with("test (127.0.0.1): ") && failure.sentence.contains("community"), "{failure}");
    assert!(!failure.sentence.contains("wrong-one"), "{failure}");
}

#[tokio::test]
async fn wrong_v3_credentials_are_told_apart() {
    let Some(snmpd) = start().await else { return };
    let login = |user: &str, auth, auth_password: &str, priv_password: &str| SnmpLogin::V3 {
        user: user.to_owned(),
        auth,
        auth_password: Secret::new(auth_password),
        privacy: SnmpPriv::Aes128,
        priv_password: Secret::new(priv_password),
    };
    let mut nobody = client(&snmpd, login("nobody", SnmpAuth::Sha256, "alice's digest", "alice's cipher"));
    let failure = nobody.get(&cx(), &[SYS_NAME]).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::AuthRefused);
    assert!(failure.sentence.contains("unknownUserNames"), "{failure}");

    let mut wrong = client(&snmpd, login("alice", SnmpAuth::Sha256, "not her digest", "alice's cipher"));
    let failure = wrong.get(&cx(), &[SYS_NAME]).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::AuthRefused);
    assert!(failure.sentence.contains("wrongDigests"), "{failure}");
    // Nothing was done, and that is known.
    let set = wrong.set(&cx(), &[Varbind::new(SYS_NAME, Value::OctetString(b"x".to_vec()))]).await.unwrap_err();
    assert_eq!(set.class, FailureClass::AuthRefused, "{set}");

    // An AES text that decrypts to nonsense is dropped by net-snmp, without a word.
    let config = Config { timeout_ms: 2000, retries: 0, ..Config::default() };
    let target = snmp_target(snmpd.port, login("alice", SnmpAuth::Sha256, "alice's digest", "not her cipher"));
    let failure = Client::new(&target, &config).unwrap().get(&cx(), &[SYS_NAME]).await.unwrap_err();
    assert!(failure.sentence.contains("privacy passphrase"), "{failure}");
}
