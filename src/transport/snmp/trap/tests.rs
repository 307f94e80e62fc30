use proptest::prelude::*;

use super::*;

/// A v1 trap of 1.3.6.1.4.1.318 (APC), agent 192.0.2.9, generic 6, specific 5, 1.23 s after the start, with
/// 1.3.6.1.4.1.318.2.3.3.0 = "on battery". Written by hand.
fn v1() -> Vec<u8> {
    let varbind = [&[0x30, 26, 6, 11, 0x2b, 6, 1, 4, 1, 0x82, 0x3e, 2, 3, 3, 0, 4, 11][..], b"on battery."].concat();
    let list = [&[0x30, varbind.len() as u8][..], &varbind].concat();
    let pdu =
        [&[6, 7, 0x2b, 6, 1, 4, 1, 0x82, 0x3e][..], &[0x40, 4, 192, 0, 2, 9], &[2, 1, 6, 2, 1, 5, 0x43, 1, 123], &list]
            .concat();
    let body = [&[2, 1, 0, 4, 6][..], b"secret", &[0xa4, pdu.len() as u8], &pdu].concat();
    [&[0x30, body.len() as u8][..], &body].concat()
}

/// A message of v2c with the PDU tag `tag`, request id 7: uptime 5 s, linkDown, ifIndex.3 = 3.
fn v2c(tag: u8) -> Vec<u8> {
    let list = [
        &[0x30, 14, 6, 8, 0x2b, 6, 1, 2, 1, 1, 3, 0, 0x43, 2, 1, 0xf4][..],
        &[0x30, 23, 6, 10, 0x2b, 6, 1, 6, 3, 1, 1, 4, 1, 0, 6, 9, 0x2b, 6, 1, 6, 3, 1, 1, 5, 3],
        &[0x30, 15, 6, 10, 0x2b, 6, 1, 2, 1, 2, 2, 1, 1, 3, 2, 1, 3],
    ]
    .concat();
    let pdu = [&[2, 1, 7, 2, 1, 0, 2, 1, 0, 0x30, list.len() as u8][..], &list].concat();
    let body = [&[2, 1, 1, 4, 6][..], b"secret", &[tag, pdu.len() as u8], &pdu].concat();
    [&[0x30, body.len() as u8][..], &body].concat()
}

fn open(bytes: &[u8]) -> Received {
    match read_trap(bytes) {
        Ok(Incoming::Open(received)) => received,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_trap_of_v1_gets_the_name_that_rfc_3584_gives_it() {
    let received = open(&v1());
    assert_eq!(
        received.notification,
        Notification {
            version: TrapVersion::V1,
            inform: false,
            id: 0,
            name: Oid::new(&[1, 3, 6, 1, 4, 1, 318, 0, 5]),
            uptime: Some(Duration::from_millis(1230)),
            agent: Some(IpAddr::from([192, 0, 2, 9])),
            varbinds: vec![Varbind::new(
                Oid::new(&[1, 3, 6, 1, 4, 1, 318, 2, 3, 3, 0]),
                Value::OctetString(b"on battery.".to_vec())
            )],
        }
    );
    assert_eq!(received.answer, None);
    // generic-trap 0 is coldStart, .1; 7 is none.
    let mut bytes = v1();
    let generic = bytes.windows(6).position(|part| part == [2, 1, 6, 2, 1, 5]).unwrap() + 2;
    bytes[generic] = 0;
    assert_eq!(open(&bytes).notification.name.to_string(), "1.3.6.1.6.3.1.1.5.1");
    bytes[generic] = 7;
    assert!(matches!(read_trap(&bytes), Err(Unreadable::Wrong(_))));
}

#[test]
fn an_agent_that_does_not_know_its_address_gives_none() {
    let mut bytes = v1();
    let at = bytes.windows(4).position(|part| part == [192, 0, 2, 9]).unwrap();
    bytes[at..at + 4].fill(0);
    assert_eq!(open(&bytes).notification.agent, None);
}

#[test]
fn a_trap_of_v2c_is_read_and_an_inform_is_answered_with_itself() {
    let trap = open(&v2c(0xa7));
    assert_eq!(trap.answer, None);
    assert_eq!(
        trap.notification,
        Notification {
            version: TrapVersion::V2c,
            inform: false,
            id: 7,
            name: Oid::new(&[1, 3, 6, 1, 6, 3, 1, 1, 5, 3]),
            uptime: Some(Duration::from_secs(5)),
            agent: None,
            varbinds: vec![Varbind::new(Oid::new(&[1, 3, 6, 1, 2, 1, 2, 2, 1, 1, 3]), Value::Integer(3))],
        }
    );
    // What follows the message is not part of it.
    let inform = open(&[v2c(0xa6), vec![1, 2, 3]].concat());
    assert!(inform.notification.inform);
    assert_eq!(inform.answer.unwrap(), v2c(0xa2));
}

#[test]
fn what_is_no_notification_is_none() {
    for tag in [0xa0, 0xa1, 0xa2, 0xa3, 0xa5, 0xa8] {
        assert_eq!(read_trap(&v2c(tag)).unwrap_err(), Unreadable::NoNotification, "{tag:x}");
    }
    // A PDU of v2 in a message of v1.
    let mut bytes = v2c(0xa7);
    bytes[4] = 0;
    assert_eq!(read_trap(&bytes).unwrap_err(), Unreadable::NoNotification);
    assert!(matches!(read_trap(b""), Err(Unreadable::NoMessage(_))));
    assert_eq!(read_trap(&vec![0x30; LARGEST + 1]).unwrap_err(), Unreadable::TooLong);
    // Without snmpTrapOID nobody knows what it is.
    let mut bytes = v2c(0xa7);
    let at = bytes.windows(3).position(|part| part == [4, 1, 0]).unwrap();
    bytes[at] = 5;
    assert_eq!(read_trap(&bytes).unwrap_err(), Unreadable::Wrong("it has no snmpTrapOID".to_owned()));
}

#[test]
fn a_proxys_community_is_not_kept_and_its_address_is() {
    // snmpTrapCommunity.0 = "secret", snmpTrapAddress.0 = 192.0.2.7
    let proxied = [
        &[0x30, 19, 6, 9, 0x2b, 6, 1, 6, 3, 18, 1, 4, 0, 4, 6][..],
        b"secret",
        &[0x30, 17, 6, 9, 0x2b, 6, 1, 6, 3, 18, 1, 3, 0, 0x40, 4, 192, 0, 2, 7],
    ]
    .concat();
    let list = [&[0x30, 23, 6, 10, 0x2b, 6, 1, 6, 3, 1, 1, 4, 1, 0, 6, 9, 0x2b, 6, 1, 6, 3, 1, 1, 5, 3][..], &proxied]
        .concat();
    let pdu = [&[2, 1, 7, 2, 1, 0, 2, 1, 0, 0x30, list.len() as u8][..], &list].concat();
    let body = [&[2, 1, 1, 4, 6][..], b"secret", &[0xa7, pdu.len() as u8], &pdu].concat();
    let received = open(&[&[0x30, body.len() as u8][..], &body].concat());
    assert_eq!(received.notification.agent, Some(IpAddr::from([192, 0, 2, 7])));
    assert_eq!(received.notification.varbinds, []);
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = read_trap(&bytes);
    }

    #[test]
    fn no_change_of_a_message_makes_it_panic(
        which in 0..3_usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = vec![v1(), v2c(0xa7), v2c(0xa6)].swap_remove(which);
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let _ = read_trap(&bytes);
        let _ = read_trap(&bytes[..cut.index(bytes.len())]);
    }
}
