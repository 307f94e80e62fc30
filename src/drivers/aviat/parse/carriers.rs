//! `show radio-carrier status`: one block a carrier, `name value unit` in each line (6.8).

use std::time::Duration;

use super::uptime;

/// One carrier. A value with another unit than the one expected is unknown.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Carrier {
    /// `Carrier1/1`.
    pub name: String,
    /// `up`, `down` ...
    pub oper_status: Option<String>,
    /// MHz.
    pub bandwidth_mhz: Option<f64>,
    /// kHz.
    pub tx_frequency_khz: Option<u64>,
    /// kHz.
    pub rx_frequency_khz: Option<u64>,
    /// dBm.
    pub tx_power_dbm: Option<f64>,
    /// What it hears, dBm.
    pub rsl_dbm: Option<f64>,
    /// What the far end hears, dBm.
    pub remote_rsl_dbm: Option<f64>,
    /// dB.
    pub snr_db: Option<f64>,
    /// `qam-4096` ...
    pub tx_modulation: Option<String>,
    /// `qam-4096` ...
    pub rx_modulation: Option<String>,
    /// kbit/s.
    pub tx_capacity_kbps: Option<u64>,
    /// kbit/s.
    pub rx_capacity_kbps: Option<u64>,
    /// Since its receiver locked. Never the radio's uptime; a radio is up at least as long.
    pub active_rx_time: Option<Duration>,
}

/// All carriers. A block begins at a line that is not indented and names a carrier.
pub fn parse(text: &str) -> Vec<Carrier> {
    let mut carriers: Vec<Carrier> = Vec::new();
    let mut inside = false;
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        if !line.starts_with(char::is_whitespace) {
            let name = line.split_whitespace().find(|word| is_name(word));
            inside = name.is_some();
            carriers.extend(name.map(|name| Carrier { name: name.to_owned(), ..Carrier::default() }));
            continue;
        }
        let Some(carrier) = carriers.last_mut().filter(|_| inside) else { continue };
        let mut words = line.split_whitespace();
        let (Some(key), Some(value)) = (words.next(), words.next()) else { continue };
        let rest: Vec<&str> = words.collect();
        carrier.put(key, value, &rest);
    }
    carriers
}

impl Carrier {
    fn put(&mut self, key: &str, value: &str, rest: &[&str]) {
        let decimal = |unit: &str| if rest == [unit] { decimal(value) } else { None };
        let whole = |unit: &str| if rest == [unit] { value.parse::<u64>().ok() } else { None };
        let word = || rest.is_empty().then(|| value.to_owned());
        match key {
            "oper-status" => self.oper_status = word(),
            "bandwidth" => self.bandwidth_mhz = decimal("MHz"),
            "tx-frequency" => self.tx_frequency_khz = whole("kHz"),
            "rx-frequency" => self.rx_frequency_khz = whole("kHz"),
            "current-tx-power" => self.tx_power_dbm = decimal("dBm"),
            "rsl" => self.rsl_dbm = decimal("dBm"),
            "remote-rsl" => self.remote_rsl_dbm = decimal("dBm"),
            "snr" => self.snr_db = decimal("dB"),
            "tx-modulation" => self.tx_modulation = word(),
            "rx-modulation" => self.rx_modulation = word(),
            "tx-capacity" => self.tx_capacity_kbps = whole("kbps"),
            "rx-capacity" => self.rx_capacity_kbps = whole("kbps"),
            "active-rx-time" => self.active_rx_time = uptime::span(&format!("{value} {}", rest.join(" "))),
            _ => {}
        }
    }
}

fn decimal(text: &str) -> Option<f64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-' || byte == b'.');
    text.parse::<f64>().ok().filter(|number| plain && number.is_finite())
}

/// `Carrier1/1`.
pub fn is_name(word: &str) -> bool {
    word.strip_prefix("Carrier").and_then(|rest| rest.split_once('/')).is_some_and(|(terminal, number)| {
        [terminal, number].iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "radio-carrier status Carrier1/1\r
 oper-status        up\r
 bandwidth          80.000 MHz\r
 current-tx-power   22.4 dBm\r
 tx-frequency       11225000 kHz\r
 rx-frequency       11465000 kHz\r
 tx-modulation      qam-4096\r
 rx-modulation      qam-4096\r
 tx-capacity        730947 kbps\r
 rx-capacity        730947 kbps\r
 rsl                -36.7 dBm\r
 remote-rsl         -37.0 dBm\r
 snr                45.0 dB\r
 active-rx-time     12 days 03:04:05\r
radio-carrier status Carrier1/2\r
 tx-frequency       11235000 kHz\r
 rx-frequency       unknown\r
";

    #[test]
    fn a_block_a_carrier() {
        let found = parse(TEXT);
        assert_eq!(found.len(), 2);
        let first = &found[0];
        assert_eq!((first.name.as_str(), first.oper_status.as_deref()), ("Carrier1/1", Some("up")));
        assert_eq!((first.tx_frequency_khz, first.rx_frequency_khz), (Some(11_225_000), Some(11_465_000)));
        assert_eq!((first.bandwidth_mhz, first.tx_power_dbm), (Some(80.0), Some(22.4)));
        assert_eq!((first.rsl_dbm, first.remote_rsl_dbm, first.snr_db), (Some(-36.7), Some(-37.0), Some(45.0)));
        assert_eq!((first.tx_capacity_kbps, first.rx_modulation.as_deref()), (Some(730_947), Some("qam-4096")));
        // 12 * 86400 + 3 * 3600 + 4 * 60 + 5
        assert_eq!(first.active_rx_time, Some(Duration::from_secs(1_047_845)));
        let second = &found[1];
        assert_eq!((second.tx_frequency_khz, second.rx_frequency_khz, second.rsl_dbm), (Some(11_235_000), None, None));
    }

    #[test]
    fn another_unit_is_unknown() {
        let found = parse("Carrier1/1\n tx-frequency 11225 MHz\n rsl -36.7\n snr nan dB\n current-tx-power 1e3 dBm\n");
        assert_eq!(found, [Carrier { name: "Carrier1/1".to_owned(), ..Carrier::default() }]);
    }

    #[test]
    fn values_outside_of_a_block_belong_to_none() {
        assert_eq!(parse(" rsl -36.7 dBm\n"), []);
        let found = parse("radio-carrier status Carrier1/1\nsomething else\n rsl -36.7 dBm\n");
        assert_eq!(found[0].rsl_dbm, None);
        assert!(!is_name("Carrier1") && !is_name("Carrier/1") && !is_name("xCarrier1/1") && is_name("Carrier1/12"));
    }
}
