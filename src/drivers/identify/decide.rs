//! The decision, vendor by vendor.

use super::vendors::{self, aviat, cambium, cyberpower, eaton, mikrotik, netonix, nokia, tachyon, ups};
use super::{Identity, Seen};
use crate::model::{DeviceType, Family};

pub(super) fn decide(seen: &Seen<'_>) -> Option<Identity> {
    match seen.enterprise.as_slice() {
        [vendors::MIKROTIK, product, ..] => mikrotik_of(seen, *product),
        [vendors::NOKIA, product @ ..] => Some(nokia_of(seen, product)),
        [vendors::AVIAT, product @ ..] => Some(aviat_of(seen, product)),
        [vendors::ICT, branch, ..] => ict_of(seen, *branch),
        [vendors::APC, ..] => Some(apc_of(seen)),
        [vendors::EATON, ..] => Some(eaton_of(seen)),
        [vendors::CYBERPOWER, ..] => Some(cyberpower_of(seen)),
        [vendors::NETONIX, ..] => Some(netonix_of(seen)),
        [vendors::CAMBIUM, product @ ..] => Some(cambium_of(seen, product)),
        [vendors::TACHYON, ..] => Some(tachyon_of(seen)),
        [enterprise, ..] => other_of(seen, vendors::name(*enterprise)),
        [] => other_of(seen, None),
    }
}

fn of(vendor: &str, product: &str) -> Identity {
    Identity { vendor: vendor.to_owned(), product: product.to_owned(), ..Identity::default() }
}

fn device_type(code: &str) -> Option<DeviceType> {
    DeviceType::parse(code).ok()
}

/// The word behind a marker in a text.
fn word_after<'a>(text: &'a str, marker: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(marker)?;
    rest.split_whitespace().next()
}

/// Digits and dots at the beginning, without a dot at their end: `1.3.9` of `1.3.9.n...`.
fn dotted(text: &str) -> Option<String> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let number = text.get(..end)?.trim_end_matches('.');
    number.contains('.').then(|| number.to_owned())
}

/// 14988.1 is RouterOS, 14988.2 is SwOS.
fn mikrotik_of(seen: &Seen<'_>, product: u32) -> Option<Identity> {
    match product {
        1 => {
            let entity = seen.text(mikrotik::ENTITY);
            let by_entity = entity.as_deref().and_then(|text| word_after(text, "RouterOS ")).map(str::to_owned);
            let by_descr = seen.descr.strip_prefix("RouterOS ").map(|board| board.trim().to_owned());
            let model = by_descr.filter(|board| !board.is_empty()).or_else(|| seen.text(mikrotik::BOARD));
            let code = match model.as_deref().map(|model| model.split(['-', '+', '_']).next().unwrap_or_default()) {
                Some("CCR1009") => "MT1009",
                Some("CCR1036") => "MT1036",
                Some("CCR1072") => "MT1072",
                Some("CCR2004") => "MT2004",
                Some("CCR2216") => "MT2216",
                _ => "MTROS",
            };
            Some(Identity {
                family: Some(Family::RouterOs),
                device_type: device_type(code),
                model,
                version: seen.text(mikrotik::VERSION).or(by_entity),
                serial: seen.text(mikrotik::SERIAL),
                ..of("MikroTik", "RouterOS router or switch")
            })
        }
        2 => {
            let model = seen.descr.split(" SwOS ").next().map(str::trim).filter(|model| !model.is_empty());
            let version = word_after(&seen.descr, " SwOS ").map(|word| word.trim_start_matches('v').to_owned());
            Some(Identity { model: model.map(str::to_owned), version, ..of("MikroTik", "SwOS switch") })
        }
        _ => None,
    }
}

/// Last numbers of 6527.1.3 that are a 7250 IXR.
const IXR: [(u32, &str); 11] = [
    (20, "7250 IXR-R6"),
    (21, "7250 IXR-6"),
    (22, "7250 IXR-10"),
    (23, "7250 IXR-s"),
    (25, "7250 IXR-e"),
    (26, "7250 IXR-R4"),
    (27, "7250 IXR-X"),
    (29, "7250 IXR-X3"),
    (31, "7250 IXR-ec"),
    (32, "7250 IXR-R6d"),
    (33, "7250 IXR-R6dl"),
];

fn nokia_of(seen: &Seen<'_>, product: &[u32]) -> Identity {
    // `TiMOS-C-22.10.R11 cpm/x86hops64 Nokia 7250 IXR Copyright ...`, in quotes or not.
    let version = seen.descr.split_once("TiMOS-").and_then(|(_, rest)| {
        let word = rest.split_whitespace().next()?;
        let (image, version) = word.split_once('-')?;
        (image.len() == 1 && version.starts_with(|c: char| c.is_ascii_digit())).then(|| version.to_owned())
    });
    let line =
        seen.descr.split_once("Nokia ").and_then(|(_, rest)| rest.split_once(" Copyright")).map(|(line, _)| line);
    let ixr = match product {
        [1, 3, last] => IXR.iter().find(|(number, _)| number == last).map(|(_, name)| *name),
        _ => None,
    };
    let serial = seen.text(nokia::CHASSIS_SERIAL);
    if ixr.is_some() || line.is_some_and(|line| line.starts_with("7250 IXR")) {
        return Identity {
            family: Some(Family::Nokia7250),
            device_type: device_type("NK7250"),
            model: ixr.or(line).map(str::to_owned),
            version,
            serial,
            ..of("Nokia", "7250 IXR router (SR OS)")
        };
    }
    Identity { model: line.map(str::to_owned), version, serial, ..of("Nokia", "SR OS router") }
}

fn aviat_of(seen: &Seen<'_>, product: &[u32]) -> Identity {
    let model = match product {
        [11, 1, 1, 7] => Some(("WTM4100", Some("AV4100"))),
        [11, 1, 1, 8] => Some(("WTM4200", Some("AV4200"))),
        [11, 1, 1, 9 | 10 | 12..=15] => Some(("WTM 4000", None)),
        _ => None,
    };
    let software = aviat::SOFTWARE.iter().find_map(|object| seen.text(object));
    // `2.7.0.11.4349-WTM4100`: the name behind the version is that of the image, which several models share.
    let version = software.and_then(|software| dotted(&software));
    let (serial, code) = (seen.text(aviat::SERIAL), seen.text(aviat::CODE));
    match model {
        Some((name, own)) => Identity {
            family: Some(Family::Aviat),
            device_type: own.and_then(device_type),
            model: code.or_else(|| Some(name.to_owned())),
            version,
            serial,
            ..of("Aviat", &format!("{name} radio"))
        },
        None => Identity { model: code, version, serial, ..of("Aviat", "radio") },
    }
}

fn ict_of(seen: &Seen<'_>, branch: u32) -> Option<Identity> {
    let place = usize::try_from(branch.checked_sub(10)?).ok()?;
    let [model, version] = vendors::ICT_MODELS.get(place)?;
    let (model, version) = (seen.text(model), seen.text(version));
    let is_200db = model.as_deref().is_some_and(|model| model.starts_with("ICT200DB"));
    let (product, family, code) = match branch {
        10 => ("distribution panel", Some(Family::IctPanel), is_200db.then_some("ICT200DB12")),
        11 => ("Platinum power supply", Some(Family::IctPlatinum), Some("ICT800")),
        12 => ("sine wave inverter", None, None),
        _ => ("modular power system", Some(Family::IctMps), Some("ICTMPS")),
    };
    Some(Identity { family, device_type: code.and_then(device_type), model, version, ..of("ICT", product) })
}

fn apc_of(seen: &Seen<'_>) -> Identity {
    // `... PF:v7.0.8 PN:... AF1:v7.0.8 AN1:... MN:AP9631 HR:08 SN: ...`: what the card says of itself.
    let card = |marker: &str| word_after(&seen.descr, marker);
    let application = card("AF1:").map(|word| word.trim_start_matches('v').to_owned());
    if let Some(model) = seen.text(vendors::apc::UPS_MODEL) {
        let card = card("MN:").map(|name| match &application {
            Some(version) => format!("{name} {version}"),
            None => name.to_owned(),
        });
        return Identity {
            family: Some(Family::ApcUps),
            device_type: device_type("APCUPS"),
            model: Some(model),
            version: seen.text(vendors::apc::UPS_FIRMWARE),
            serial: seen.text(vendors::apc::UPS_SERIAL),
            card,
            ..of("APC", "UPS")
        };
    }
    let first = |which: usize| {
        vendors::apc::PDU.iter().find_map(|generation| generation.get(which).and_then(|object| seen.text(object)))
    };
    // 318.1.3.4 are the switched PDUs, whose card is a part of them.
    let is_pdu = matches!(seen.enterprise.as_slice(), [_, 1, 3, 4, ..]);
    let model = first(0).or_else(|| card("MN:").filter(|_| is_pdu).map(str::to_owned));
    if is_pdu || model.is_some() {
        return Identity {
            family: Some(Family::ApcPdu),
            device_type: device_type("APCPDU"),
            model,
            version: first(1).or(application),
            serial: first(2),
            ..of("APC", "rack PDU")
        };
    }
    Identity { card: card("MN:").map(str::to_owned), ..of("APC", "device") }
}

/// `ConnectUPS Web/SNMP Card V4.38` is the card.
fn eaton_of(seen: &Seen<'_>) -> Identity {
    let mut identity = Identity {
        model: seen.text(eaton::MODEL),
        version: seen.text(eaton::VERSION),
        card: Some(seen.descr.clone()).filter(|descr| !descr.is_empty()),
        ..of("Eaton", "UPS")
    };
    by_ups_mib(seen, &mut identity);
    identity
}

fn cyberpower_of(seen: &Seen<'_>) -> Identity {
    let model = seen.text(cyberpower::MODEL);
    let product = if model.is_some() { "UPS" } else { "power device" };
    let mut identity = Identity {
        model,
        version: seen.text(cyberpower::VERSION),
        serial: seen.text(cyberpower::SERIAL),
        ..of("CyberPower", product)
    };
    by_ups_mib(seen, &mut identity);
    identity
}

fn netonix_of(seen: &Seen<'_>) -> Identity {
    let model = seen.descr.strip_prefix("Netonix ").map(|model| model.trim().to_owned());
    let code = match model.as_deref().map(|model| model.split('-').take(2).collect::<Vec<_>>().join("-")).as_deref() {
        Some("WS-12") => Some("NXWS12"),
        Some("WS-14") => Some("NXWS14"),
        Some("WS-24") => Some("NXWS24"),
        Some("WS-26") => Some("NXWS26"),
        _ => None,
    };
    Identity {
        family: Some(Family::Netonix),
        device_type: code.and_then(device_type),
        model,
        // Some firmware sends what follows the version in its memory as well.
        version: seen.text(netonix::VERSION).and_then(|version| dotted(&version)),
        ..of("Netonix", "switch")
    }
}

/// 17713.24 is a cnMatrix switch, 17713.21.9.N an ePMP radio of hardware N (spec/field-devices.md 2.6: SKU).
fn cambium_of(seen: &Seen<'_>, product: &[u32]) -> Identity {
    match product {
        [24, ..] => {
            let model = seen.text(cambium::MODEL).or_else(|| word_after(&seen.descr, "cnMatrix ").map(str::to_owned));
            let is_own = model.as_deref() == Some("TX1012-P-DC");
            Identity {
                family: Some(Family::CnMatrix),
                device_type: is_own.then(|| device_type("CN1012")).flatten(),
                model,
                version: seen.text(cambium::VERSION).or_else(|| word_after(&seen.descr, "SW:").map(str::to_owned)),
                serial: seen.text(cambium::SERIAL),
                ..of("Cambium", "cnMatrix switch")
            }
        }
        [21, 9, sku, ..] => {
            let (model, code) = match sku {
                37 | 40 => ("EP3K".to_owned(), Some("CNEP3K")),
                43 | 44 => ("EP3KL".to_owned(), Some("CNEP3KL")),
                53264 => ("4600".to_owned(), Some("CN4600")),
                other => (format!("SKU {other}"), None),
            };
            let product = match seen.code(cambium::EPMP_MODE) {
                Some(1) => "ePMP access point",
                Some(2) => "ePMP subscriber module",
                _ => "ePMP radio",
            };
            Identity {
                family: Some(Family::Epmp),
                device_type: code.and_then(device_type),
                model: Some(model),
                version: seen.text(cambium::EPMP_VERSION),
                ..of("Cambium", product)
            }
        }
        [21, ..] => Identity {
            family: Some(Family::Epmp),
            version: seen.text(cambium::EPMP_VERSION),
            ..of("Cambium", "ePMP radio")
        },
        _ => of("Cambium", "device"),
    }
}

fn tachyon_of(seen: &Seen<'_>) -> Identity {
    let model = seen.text(tachyon::MODEL);
    let code = match model.as_deref() {
        Some("TNA-301") => Some("TYN301"),
        Some("TNA-302") => Some("TYN302"),
        Some("TNS-100") => Some("TYT100"),
        _ => None,
    };
    let product = match model.as_deref() {
        Some(model) if model.starts_with("TNS-") => "switch",
        Some(model) if model.starts_with("TNA-") => "radio",
        _ => "device",
    };
    Identity {
        family: Some(Family::Tachyon),
        device_type: code.and_then(device_type),
        model,
        version: seen.text(tachyon::VERSION),
        serial: seen.text(tachyon::SERIAL),
        ..of("Tachyon", product)
    }
}

/// A vendor of which only the name is known, or none: still a UPS where it has the objects of RFC 1628.
fn other_of(seen: &Seen<'_>, vendor: Option<&str>) -> Option<Identity> {
    let manufacturer = seen.text(ups::MANUFACTURER);
    let mut identity = of(vendor.or(manufacturer.as_deref()).unwrap_or_default(), "device");
    by_ups_mib(seen, &mut identity);
    if identity.vendor.is_empty() {
        identity.family?;
        "unnamed".clone_into(&mut identity.vendor);
    }
    Some(identity)
}

/// What the standard MIB adds: the type, and what the vendor's own objects left open.
fn by_ups_mib(seen: &Seen<'_>, identity: &mut Identity) {
    if !ups::PROOF.iter().any(|group| seen.has(group)) {
        return;
    }
    "UPS".clone_into(&mut identity.product);
    identity.family = Some(Family::UpsMib);
    identity.device_type = device_type("UPSMIB");
    identity.model = identity.model.take().or_else(|| seen.text(ups::MODEL));
    identity.version = identity.version.take().or_else(|| seen.text(ups::FIRMWARE));
    identity.card = identity
        .card
        .take()
        .or_else(|| seen.text(ups::AGENT))
        .or_else(|| Some(seen.descr.clone()).filter(|descr| !descr.is_empty()));
}

#[cfg(test)]
mod tests {
    use super::super::{SYS_DESCR, SYS_OBJECT_ID, identify};
    use super::*;
    use crate::drivers::power::Snapshot;
    use crate::transport::snmp::{Oid, Value, Varbind};

    fn device(object_id: &str, descr: &str, more: &[(&[u32], &str)]) -> Option<Identity> {
        let mut snapshot = Snapshot::default();
        let text = |oid: &[u32], text: &str| Varbind {
            oid: Oid::from(oid),
            value: Value::OctetString(text.as_bytes().to_vec()),
        };
        let id = Varbind { oid: Oid::from(SYS_OBJECT_ID), value: Value::ObjectId(Oid::parse(object_id).unwrap()) };
        snapshot.extend(vec![id, text(SYS_DESCR, descr)]);
        snapshot.extend(more.iter().map(|(oid, value)| text(oid, value)).collect());
        identify(&snapshot)
    }

    #[test]
    fn a_type_is_named_only_where_the_model_decides_it() {
        for (object_id, descr, expected) in [
            ("1.3.6.1.4.1.17713.24", "Cambium Networks cnMatrix TX1012-P-DC Ethernet Switch HW:01 SW:4.4-r3", "CN1012"),
            ("1.3.6.1.4.1.17713.24", "Cambium Networks cnMatrix EX2010-P Ethernet Switch HW:01 SW:4.4-r3", "none"),
            ("1.3.6.1.4.1.17713.24", "Cambium Networks cnMatrix TX1012-P-DC2 Ethernet Switch", "none"),
            ("1.3.6.1.4.1.17713.21.9.37", "", "CNEP3K"),
            ("1.3.6.1.4.1.17713.21.9.137", "", "none"),
            ("1.3.6.1.4.1.46242", "Netonix WS-26-400-AC", "NXWS26"),
            ("1.3.6.1.4.1.46242", "Netonix WS-8-150-AC", "none"),
            ("1.3.6.1.4.1.14988.1", "RouterOS CCR2004-1G-12S+2XS", "MT2004"),
            ("1.3.6.1.4.1.14988.1", "RouterOS CCR20040", "MTROS"),
            ("1.3.6.1.4.1.14988.1", "router", "MTROS"),
            ("1.3.6.1.4.1.14988.2", "CSS106-1G-4P-1S SwOS v2.11", "none"),
            ("1.3.6.1.4.1.2509.11.1.1.7", "WTM4100", "AV4100"),
            ("1.3.6.1.4.1.2509.11.1.1.12", "", "none"),
            ("1.3.6.1.4.1.6527.1.3.23", "TiMOS-B-21.10.R2 cpm/x86hops64 Nokia 7250 IXR Copyright", "NK7250"),
            ("1.3.6.1.4.1.6527.1.3.14", "TiMOS-C-20.10.R5 cpm/hops64 Nokia 7705 SAR Copyright", "none"),
            ("1.3.6.1.4.1.39145.11", "", "ICT800"),
            ("1.3.6.1.4.1.39145.12", "", "none"),
            ("1.3.6.1.4.1.57344.1", "Linux x", "none"),
            ("1.3.6.1.4.1.850.1.1.1", "TRIPPLITE", "none"),
        ] {
            let identity = device(object_id, descr, &[]).unwrap_or_else(|| panic!("{object_id} {descr}"));
            let code = identity.device_type.map_or("none", DeviceType::code);
            assert_eq!(code, expected, "{object_id} {descr}: {identity:?}");
        }
        assert_eq!(device("1.3.6.1.4.1.8072.3.2.10", "Linux host 6.1.0", &[]), None);
        assert_eq!(device("1.3.6.1.2.1.1", "", &[]), None);
    }

    #[test]
    fn versions_are_cut_out_of_what_surrounds_them() {
        let sr = device("1.3.6.1.4.1.6527.1.3.14", "TiMOS-C-20.10.R5 cpm/hops64 Nokia 7705 SAR Copyright (c)", &[]);
        let sr = sr.unwrap();
        assert_eq!((sr.model.as_deref(), sr.version.as_deref(), sr.family), (Some("7705 SAR"), Some("20.10.R5"), None));
        let ros = device(
            "1.3.6.1.4.1.14988.1",
            "RouterOS RB5009UG+S+",
            &[(vendors::mikrotik::ENTITY, "RouterOS 7.16.1 (stable) on RB5009UG+S+")],
        );
        assert_eq!(ros.unwrap().version.as_deref(), Some("7.16.1"));
        let swos = device("1.3.6.1.4.1.14988.2", "CSS106-1G-4P-1S SwOS v2.11", &[]).unwrap();
        assert_eq!((swos.model.as_deref(), swos.version.as_deref()), (Some("CSS106-1G-4P-1S"), Some("2.11")));
        let six = device("1.3.6.1.4.1.2509.11.1.1.7", "WTM4100", &[(aviat::SOFTWARE[2], "6.2.4.12.59373")]).unwrap();
        assert_eq!((six.version.as_deref(), six.model.as_deref()), (Some("6.2.4.12.59373"), Some("WTM4100")));
        let switch = device("1.3.6.1.4.1.46242", "Netonix WS-12-250-AC", &[(netonix::VERSION, "1.5.25\n")]).unwrap();
        assert_eq!(switch.version.as_deref(), Some("1.5.25"));
        assert_eq!(dotted("n/a"), None);
        assert_eq!(dotted("4"), None);
    }

    #[test]
    fn a_manufacturer_alone_is_no_ups() {
        let named = device("1.3.6.1.4.1.9999.1", "card", &[(ups::MANUFACTURER, "Acme")]).unwrap();
        assert_eq!((named.vendor.as_str(), named.product.as_str(), named.device_type), ("Acme", "device", None));
        let unit = device(
            "1.3.6.1.4.1.9999.1",
            "card",
            &[(ups::MANUFACTURER, "Acme"), (ups::MODEL, "Q 3000"), (ups::BATTERY_STATUS, "2")],
        );
        let unit = unit.unwrap();
        assert_eq!((unit.product.as_str(), unit.model.as_deref()), ("UPS", Some("Q 3000")));
        assert_eq!(unit.device_type.map(DeviceType::code), Some("UPSMIB"));
        let unnamed = device("1.3.6.1.4.1.9999.1", "", &[(ups::OUTPUT_SOURCE, "3")]).unwrap();
        assert_eq!((unnamed.vendor.as_str(), unnamed.card), ("unnamed", None));
    }

    #[test]
    fn an_apc_card_is_not_the_unit_that_it_speaks_for() {
        let descr = "APC Web/SNMP Management Card (MB:v4.1.0 PF:v6.8.2 AF1:v6.8.0 MN:AP9631 HR:B2 SN: X)";
        let ups = device("1.3.6.1.4.1.318.1.3.27", descr, &[(vendors::apc::UPS_MODEL, "Smart-UPS X 750")]).unwrap();
        assert_eq!((ups.model.as_deref(), ups.card.as_deref()), (Some("Smart-UPS X 750"), Some("AP9631 6.8.0")));
        let card = device("1.3.6.1.4.1.318.1.3.27", descr, &[]).unwrap();
        assert_eq!((card.model, card.device_type, card.card.as_deref()), (None, None, Some("AP9631")));
    }
}
