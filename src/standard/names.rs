//! Names of templates: one folder a family, one file a type.

use crate::model::{DeviceType, Family};

/// What the name of a template ends in.
pub const ENDING: &str = ".j2";
/// For every type of a family that has no file of its own.
const GENERAL: &str = "default";

/// The folder of a family's templates; the names are those of the simulators' kinds where they have one.
pub fn folder_of(family: Family) -> &'static str {
    match family {
        Family::RouterOs => "routeros",
        Family::Nokia7250 => "nokia",
        Family::Aviat => "aviat",
        Family::IctPanel => "ict-pdu",
        Family::IctPlatinum => "ict-platinum",
        Family::IctMps => "ict-mps",
        Family::ApcUps => "apc-ups",
        Family::ApcPdu => "apc-pdu",
        Family::UpsMib => "ups-mib",
        Family::SmartSys => "smartsys",
        Family::Netonix => "netonix",
        Family::CnMatrix => "cnmatrix",
        Family::Epmp => "epmp",
        Family::Tachyon => "tachyon",
        Family::Wave => "wave",
        Family::Generic => "generic",
    }
}

/// The file for every type of a type's family.
pub(super) fn general(device_type: DeviceType) -> String {
    format!("{}/{GENERAL}{ENDING}", folder_of(device_type.family()))
}

/// The file for a type alone.
pub(super) fn specific(device_type: DeviceType) -> String {
    format!("{}/{}{ENDING}", folder_of(device_type.family()), device_type.code())
}

/// Files that may hold a type's template, the most particular one first, the family's last.
pub(super) fn candidates(device_type: DeviceType) -> Vec<String> {
    let folder = folder_of(device_type.family());
    let mut stems = vec![device_type.code()];
    // Types that the contract's clients spell in two ways share one file.
    let usual = usual(device_type.code());
    if usual != device_type.code() {
        stems.push(usual);
    }
    stems.push(GENERAL);
    stems.into_iter().map(|stem| format!("{folder}/{stem}{ENDING}")).collect()
}

/// The usual spelling of a type that has several (spec/field-devices.md 1.10, 1.14).
fn usual(code: &'static str) -> &'static str {
    match code {
        "CNF300-13" => "F300-13",
        "CNF300-16" => "F300-16",
        "CNF300-25" => "F300-25",
        "CNF300-CSM" => "F300-CSM",
        "ICT200DB" | "200DB12" => "ICT200DB12",
        other => other,
    }
}

/// Why a file of an operator would never be used; none where it may be.
pub(super) fn never_used(name: &str) -> Option<String> {
    let (folder, file) = name.rsplit_once('/').unwrap_or(("", name));
    if file.starts_with('_') {
        return None;
    }
    let stem = file.strip_suffix(ENDING).unwrap_or(file);
    let types: Vec<DeviceType> = DeviceType::codes().filter_map(|code| DeviceType::parse(code).ok()).collect();
    let of_folder: Vec<&str> =
        types.iter().filter(|known| folder_of(known.family()) == folder).map(|known| known.code()).collect();
    if of_folder.is_empty() {
        let mut folders: Vec<&str> = types.iter().map(|known| folder_of(known.family())).collect();
        folders.dedup();
        return Some(format!(
            "is in no family's folder, so no device would ever get it; folders: {} (a name that begins with _ is for include)",
            folders.join(", ")
        ));
    }
    if stem == GENERAL || of_folder.contains(&stem) {
        return None;
    }
    Some(format!(
        "is named after no type, so no device would ever get it; names in this folder: {GENERAL}{ENDING}, {} (a name that \
         begins with _ is for include)",
        of_folder.iter().map(|code| format!("{code}{ENDING}")).collect::<Vec<_>>().join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(code: &str) -> Vec<String> {
        candidates(DeviceType::parse(code).unwrap())
    }

    #[test]
    fn the_types_own_file_goes_before_the_familys() {
        assert_eq!(of("MT2004"), ["routeros/MT2004.j2", "routeros/default.j2"]);
        assert_eq!(of("cnf300-25"), ["epmp/CNF300-25.j2", "epmp/F300-25.j2", "epmp/default.j2"]);
        assert_eq!(of("200DB12"), ["ict-pdu/200DB12.j2", "ict-pdu/ICT200DB12.j2", "ict-pdu/default.j2"]);
    }

    #[test]
    fn a_file_that_nobody_would_get_is_told() {
        for fine in ["routeros/default.j2", "routeros/MT2004.j2", "_snmp.j2", "routeros/_snmp.j2", "common/_x.j2"] {
            assert_eq!(never_used(fine), None, "{fine}");
        }
        assert!(never_used("routeros/MT2204.j2").unwrap().contains("MT2004.j2"));
        assert!(never_used("routeros/CNEP3K.j2").unwrap().contains("no type"));
        assert!(never_used("mikrotik/default.j2").unwrap().contains("folders: routeros, nokia"));
        assert!(never_used("default.j2").unwrap().contains("no family's folder"));
    }
}
