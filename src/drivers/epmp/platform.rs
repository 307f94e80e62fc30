//! What is known of each model: data, from spec/field-devices.md 1.10 and 2.6.

use crate::model::DeviceType;

/// The account unless the inventory names another.
pub(super) const USER: &str = "admin";

/// The role that may read everything.
pub(super) const ROLE: &str = "admin";

/// A model.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Model {
    /// The contract's types.
    codes: &'static [&'static str],
    /// Name in tables and in the facts.
    pub name: &'static str,
    /// An access point; else a subscriber module.
    pub access_point: bool,
    /// Its SKUs (`cambiumHWInfo`); none: not known.
    pub skus: &'static [&'static str],
    /// The firmware that it shall have; none: any.
    pub firmware: Option<&'static str>,
    /// The law's limits; none: not known for this model.
    limits: Option<Limits>,
}

/// Whose limits of radiated power hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Limits {
    /// 5 GHz, by channel and width.
    FiveGhz,
    /// 36 dBm everywhere.
    Flat,
}

const fn ap(
    codes: &'static [&'static str],
    name: &'static str,
    skus: &'static [&'static str],
    firmware: &'static str,
    limits: Limits,
) -> Model {
    Model { codes, name, access_point: true, skus, firmware: Some(firmware), limits: Some(limits) }
}

const fn sm(codes: &'static [&'static str], name: &'static str, firmware: Option<&'static str>) -> Model {
    Model { codes, name, access_point: false, skus: &[], firmware, limits: None }
}

const MODELS: &[Model] = &[
    ap(&["CNEP3K"], "EP3K", &["37", "40"], "5.10.1", Limits::FiveGhz),
    ap(&["CNEP3KL"], "EP3KL", &["43", "44"], "5.10.1", Limits::FiveGhz),
    ap(&["CN4600"], "4600", &["53264"], "5.10.4", Limits::Flat),
    sm(&["F4600C"], "F4600C", Some("5.10.4")),
    sm(&["F4525"], "F4525", None),
    sm(&["F300-13", "CNF300-13"], "F300-13", None),
    sm(&["F300-16", "CNF300-16"], "F300-16", None),
    sm(&["F300-25", "CNF300-25"], "F300-25", None),
    sm(&["F300-CSM", "CNF300-CSM"], "F300-CSM", None),
];

/// The model of a type of this family.
pub(super) fn model(device_type: DeviceType) -> Option<&'static Model> {
    MODELS.iter().find(|model| model.codes.contains(&device_type.code()))
}

/// The model that has this SKU, compared whole.
pub(super) fn model_of(sku: &str) -> Option<&'static Model> {
    MODELS.iter().find(|model| model.skus.contains(&sku))
}

/// The width in MHz of a code of `cambiumSTAConnectedRFBandwidth`.
pub(super) fn bandwidth(code: &str) -> Option<u32> {
    match code {
        "1" => Some(20),
        "2" => Some(40),
        "3" => Some(10),
        "4" => Some(5),
        "5" => Some(80),
        "6" => Some(160),
        _ => None,
    }
}

/// Radiated power that the law allows: width in MHz, from and to in MHz (both included), dBm. The first that fits.
const FIVE_GHZ: &[(u32, u32, u32, i32)] = &[
    (10, 5250, 5320, 27),
    (10, 5495, 5705, 27),
    (10, 5160, 5245, 33),
    (10, 5745, 5885, 36),
    (20, 5245, 5320, 30),
    (20, 5495, 5705, 30),
    (20, 0, u32::MAX, 36),
    (40, 5235, 5310, 30),
    (40, 5510, 5695, 30),
    (40, 5190, 5230, 36),
    (40, 5745, 5870, 36),
    (80, 5215, 5290, 30),
    (80, 5525, 5675, 30),
    (80, 0, u32::MAX, 36),
];

impl Model {
    /// Whether a limit is known for it at all.
    pub(super) fn has_limits(&self) -> bool {
        self.limits.is_some()
    }

    /// Most radiated power in dBm at a channel; none where no limit is known for it.
    pub(super) fn limit(&self, mhz: u32, width: u32) -> Option<i32> {
        match self.limits? {
            Limits::Flat => Some(36),
            Limits::FiveGhz => FIVE_GHZ
                .iter()
                .find(|(of, from, to, _)| *of == width && (*from..=*to).contains(&mhz))
                .map(|(_, _, _, dbm)| *dbm),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Family;

    #[test]
    fn every_type_of_the_family_has_a_model() {
        let types: Vec<DeviceType> = DeviceType::codes().map(|code| DeviceType::parse(code).unwrap()).collect();
        let ours: Vec<&str> =
            types.iter().filter(|code| code.family() == Family::Epmp).map(|code| code.code()).collect();
        assert_eq!(ours.len(), 13);
        for device_type in types {
            assert_eq!(model(device_type).is_some(), device_type.family() == Family::Epmp, "{device_type}");
        }
    }

    #[test]
    fn a_sku_is_compared_whole() {
        assert_eq!(model_of("37").map(|model| model.name), Some("EP3K"));
        assert_eq!(model_of("44").map(|model| model.name), Some("EP3KL"));
        for sku in ["137", "3", "370", "", "5326"] {
            assert_eq!(model_of(sku), None, "{sku}");
        }
    }

    #[test]
    fn limits_hold_at_their_edges() {
        let model = |code| model(DeviceType::parse(code).unwrap()).unwrap();
        let ap = model("CNEP3K");
        for (mhz, width, dbm) in [
            (5600, 40, Some(30)),
            (5510, 40, Some(30)),
            (5505, 40, None),
            (5230, 40, Some(36)),
            (5235, 40, Some(30)),
            (5870, 40, Some(36)),
            (5875, 40, None),
            (5245, 20, Some(30)),
            (5240, 20, Some(36)),
            (5245, 10, Some(33)),
            (5250, 10, Some(27)),
            (5330, 10, None),
            (5290, 80, Some(30)),
            (5295, 80, Some(36)),
            (5600, 5, None),
            (5600, 160, None),
        ] {
            assert_eq!(ap.limit(mhz, width), dbm, "{mhz} MHz, {width} MHz wide");
        }
        assert_eq!(model("CN4600").limit(6500, 160), Some(36));
        assert!(!model("F300-25").has_limits());
    }

    #[test]
    fn codes_of_width() {
        let widths: Vec<Option<u32>> = ["1", "2", "3", "4", "5", "6", "7", ""].map(bandwidth).to_vec();
        assert_eq!(widths, [Some(20), Some(40), Some(10), Some(5), Some(80), Some(160), None, None]);
    }
}
