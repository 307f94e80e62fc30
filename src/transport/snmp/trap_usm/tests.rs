use std::sync::LazyLock;

use proptest::prelude::*;

use snmp2::Varbinds;

use super::*;
use crate::model::{Secret, SnmpPriv};
use crate::transport::snmp::{Incoming, read_trap};

/// A sender's engine.
const THEIRS: [u8; 9] = [0x80, 0, 0x1f, 0x88, 4, b'u', b'p', b's', b'1'];

fn login(auth: SnmpAuth, privacy: SnmpPriv, auth_password: &str, priv_password: &str) -> SnmpLogin {
    SnmpLogin::V3 {
        user: "watch".to_owned(),
        auth,
        auth_password: Secret::new(auth_password),
        privacy,
        priv_password: Secret::new(priv_password),
    }
}

fn good() -> SnmpLogin {
    login(SnmpAuth::Sha256, SnmpPriv::Aes128, "a good passphrase", "another passphrase")
}

/// What a sender with this login sends: made by snmp2 alone, whose message id is the request id.
fn sent(login: &SnmpLogin, engine: &[u8], kind: MessageType, clock: (i64, i64), private: bool) -> Vec<u8> {
    let SnmpLogin::V3 { user, auth, auth_password, privacy, priv_password } = login else { panic!("no v3") };
    let mut security = usm::user(user, *auth, auth_password, *privacy, priv_password);
    if !private {
        security = security.with_auth(Auth::AuthNoPriv);
    }
    let security = security.with_engine_id(engine).unwrap().with_engine_boots_and_time(clock.0, clock.1);
    let list = ber::varbinds(
        &[
            Varbind::new(Oid::new(&[1, 3, 6, 1, 2, 1, 1, 3, 0]), Value::TimeTicks(4200)),
            Varbind::new(
                Oid::new(&[1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0]),
                Value::ObjectId(Oid::new(&[1, 3, 6, 1, 2, 1, 33, 2, 1])),
            ),
        ],
        true,
    );
    let seed = usm::discovery(0x0102_0304);
    let mut nobody = Security::new(b"", b"").with_auth(Auth::NoAuthNoPriv).with_engine_id(&[0]).unwrap();
    let mut pdu = Pdu::from_bytes_with_security(&seed, Some(&mut nobody)).unwrap();
    pdu.message_type = kind;
    pdu.varbinds = Varbinds::from_bytes(&list);
    pdu.to_bytes_with_security(Some(&security)).unwrap()
}

fn sealed(bytes: &[u8]) -> Sealed {
    match read_trap(bytes) {
        Ok(Incoming::Sealed(sealed)) => *sealed,
        other => panic!("{other:?}"),
    }
}

fn engine() -> TrapEngine {
    TrapEngine::new(b"seedseed", 77)
}

#[test]
fn keys_are_those_of_rfc_3414() {
    // A.3.1 and A.3.2: "maplesyrup" at the engine 00..02.
    let engine = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2];
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    assert_eq!(hex(&localised(SnmpAuth::Md5, b"maplesyrup", &engine)), "526f5eed9fcce26f8964c2930787d82b");
    assert_eq!(hex(&localised(SnmpAuth::Sha1, b"maplesyrup", &engine)), "6695febc9288e36282235fc7151f128497b38f3f");
    // RFC 2202, test 2 of HMAC-MD5.
    let digest = hmac_of(SnmpAuth::Md5, b"Jefe", b"what do ya want for nothing?");
    assert_eq!(hex(&digest), "750c783e6ab0b503eaa86e310a5db738");
}

#[test]
fn a_trap_is_opened_by_its_senders_keys() {
    for private in [true, false] {
        let login = good();
        let sealed = sealed(&sent(&login, &THEIRS, MessageType::Trap, (3, 1000), private));
        assert_eq!((sealed.user(), sealed.engine_id()), (&b"watch"[..], &THEIRS[..]));
        let keys = TrapKeys::new(&login, &THEIRS, false).unwrap();
        let Ok(Opened::Received(Received { notification, answer: None })) = engine().open(&sealed, &keys) else {
            panic!("not opened")
        };
        assert_eq!(notification.name.to_string(), "1.3.6.1.2.1.33.2.1");
        assert_eq!(notification.version, TrapVersion::V3);
        assert!(!notification.inform && notification.varbinds.is_empty());
    }
}

#[test]
fn who_does_not_know_the_passphrases_is_refused() {
    let keys = TrapKeys::new(&good(), &THEIRS, false).unwrap();
    let refused = |bytes: &[u8]| match engine().open(&sealed(bytes), &keys) {
        Ok(Opened::Refused(why)) => why,
        other => panic!("{other:?}"),
    };
    let (sha256, aes) = (SnmpAuth::Sha256, SnmpPriv::Aes128);
    let other = login(sha256, aes, "another passphrase", "another passphrase");
    assert!(refused(&sent(&other, &THEIRS, MessageType::Trap, (3, 1000), true)).contains("digest"));
    let other = login(sha256, aes, "a good passphrase", "not that passphrase");
    assert!(refused(&sent(&other, &THEIRS, MessageType::Trap, (3, 1000), true)).contains("content"));
    let SnmpLogin::V3 { auth_password, priv_password, .. } = good() else { panic!("v3") };
    let other = SnmpLogin::V3 { user: "other".to_owned(), auth: sha256, auth_password, privacy: aes, priv_password };
    assert!(refused(&sent(&other, &THEIRS, MessageType::Trap, (3, 1000), true)).contains("user"));
    // Without a digest nobody is believed.
    let mut bytes = sent(&good(), &THEIRS, MessageType::Trap, (3, 1000), false);
    let flags = bytes.windows(3).position(|part| part == [4, 1, 5]).unwrap() + 2;
    bytes[flags] = 0;
    assert!(refused(&bytes).contains("not authenticated"));
}

#[test]
fn an_inform_needs_our_name_then_our_time_then_it_is_answered() {
    for (auth, privacy) in [
        (SnmpAuth::Md5, SnmpPriv::Des),
        (SnmpAuth::Sha1, SnmpPriv::Aes128),
        (SnmpAuth::Sha1, SnmpPriv::Aes256),
        (SnmpAuth::Sha512, SnmpPriv::Aes256),
    ] {
        let login = login(auth, privacy, "a good passphrase", "another passphrase");
        let ours = engine();
        let keys = TrapKeys::new(&login, ours.id(), true).unwrap();
        // A discovery is answered with our name.
        let first = sealed(&usm::discovery(0x0506_0708));
        let found = usm::discovered(&ours.introduction(&first).unwrap(), 0x0506_0708);
        assert!(found.is_some());

        // Another time: told ours, under a digest that the sender can check.
        let early = sealed(&sent(&login, ours.id(), MessageType::InformRequest, (0, 0), true));
        assert!(ours.introduction(&early).is_none() && ours.is_for_us(&early));
        let Ok(Opened::Told(report)) = ours.open(&early, &keys) else { panic!("not told") };
        let again = sealed(&report);
        assert_eq!((again.boots, again.id, again.flags), (77, 0x0102_0304, AUTHENTICATED));
        assert!(is_signed(&report, auth, &keys.ours.as_ref().unwrap().auth));

        // The right one: answered, with the message's id and the request's own.
        let mut inform = sealed(&sent(&login, ours.id(), MessageType::InformRequest, (77, 0), true));
        inform.id = 99;
        let Ok(Opened::Received(received)) = ours.open(&inform, &keys) else { panic!("not opened") };
        assert!(received.notification.inform);
        assert_eq!(received.notification.id, 0x0102_0304);
        let answer = received.answer.unwrap();
        let mut security = keys.private.clone().with_engine_boots_and_time(77, 0);
        let pdu = Pdu::from_bytes_with_security(&answer, Some(&mut security)).unwrap();
        assert_eq!((pdu.message_type, pdu.req_id, pdu.v3_msg_id), (MessageType::Response, 0x0102_0304, 99));
        assert_eq!(pdu.varbinds.count(), 2);
    }
}

#[test]
fn an_informs_digest_is_looked_at_before_its_time() {
    let ours = engine();
    let keys = TrapKeys::new(&good(), ours.id(), true).unwrap();
    let other = login(SnmpAuth::Sha256, SnmpPriv::Aes128, "another passphrase", "another passphrase");
    for clock in [(0, 0), (77, 0)] {
        let forged = sealed(&sent(&other, ours.id(), MessageType::InformRequest, clock, true));
        assert!(matches!(ours.open(&forged, &keys), Ok(Opened::Refused(_))), "{clock:?}");
    }
}

#[test]
fn keys_that_cannot_be_are_refused() {
    let empty = login(SnmpAuth::Md5, SnmpPriv::Des, "", "x");
    assert!(TrapKeys::new(&empty, &THEIRS, false).is_err());
    assert!(TrapKeys::new(&good(), &[], false).is_err());
    assert!(TrapKeys::new(&SnmpLogin::V2c { community: Secret::new("x") }, &THEIRS, false).is_err());
}

/// Made once: they cost megabytes of hashing.
struct Known {
    engine: TrapEngine,
    theirs: TrapKeys,
    ours: TrapKeys,
    messages: Vec<Vec<u8>>,
}

static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    let engine = engine();
    let login = good();
    let messages = vec![
        sent(&login, &THEIRS, MessageType::Trap, (3, 1000), true),
        sent(&login, &THEIRS, MessageType::Trap, (3, 1000), false),
        sent(&login, engine.id(), MessageType::InformRequest, (77, 0), true),
    ];
    Known {
        theirs: TrapKeys::new(&login, &THEIRS, false).unwrap(),
        ours: TrapKeys::new(&login, engine.id(), true).unwrap(),
        engine,
        messages,
    }
});

proptest! {
    #[test]
    fn no_change_of_a_message_makes_it_panic_and_none_is_believed(
        which in 0..3_usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), 1..=255_u8), 1..4),
    ) {
        let known = &*KNOWN;
        let mut bytes = known.messages[which].clone();
        let before = bytes.clone();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] ^= byte;
        }
        prop_assume!(bytes != before);
        if let Ok(Incoming::Sealed(sealed)) = read_trap(&bytes) {
            let _ = known.engine.introduction(&sealed);
            for keys in [&known.theirs, &known.ours] {
                let opened = known.engine.open(&sealed, keys);
                prop_assert!(!matches!(opened, Ok(Opened::Received(_))), "a changed message was believed");
            }
        }
    }
}
