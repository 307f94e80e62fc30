//! What is wrong with settings whose types are right: one sentence for each mistake.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Component, Path};
use std::time::Duration;

use jiff::civil::Time;
use jiff::tz::TimeZone;

use super::{Config, Firmware};
use crate::aviat::images;
use crate::aviat::sop_checks;
use crate::aviat::state::Target;
use crate::model::{DeviceType, Family};

/// The mode that was seen in the field (spec/aviat-device.md 10.1), and those that the name of it lets expect.
const SNMP_MODES: [&str; 4] = ["v2c-only", "v3-only", "v2c-and-v3", "disabled"];

impl Config {
    /// What is wrong with each value by itself.
    pub fn mistakes(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        if TimeZone::get(&self.zone).is_err() {
            wrong.push("must be a name of the IANA time zone database, for example America/Chicago".to_owned());
        }
        if window(&self.window).is_none() {
            wrong.push("must be HH:MM-HH:MM with two different times, for example 02:00-05:00".to_owned());
        }
        if !(1..=32).contains(&self.expected_prefix) {
            wrong.push("must be a prefix length from 1 to 32".to_owned());
        }
        for (name, value) in [("days", self.uptime_limit_days), ("kbytes", self.queue_limit_kbytes)] {
            if value == 0 {
                wrong.push(format!("must be at least 1 ({name})"));
            }
        }
        if self.poll_interval < Duration::from_millis(50) {
            wrong.push("must be at least 50ms: each look is a login".to_owned());
        }
        if let Some(name) = self.required_licences.iter().find(|name| !name.starts_with("WZ") || !word(name)) {
            wrong.push(format!("'{name}' is no licence bundle; they are called WZL-... or WZF-..."));
        }
        if self.load_give_up.is_zero() || self.reboot_give_up.is_zero() {
            wrong.push("must be longer than nothing".to_owned());
        }
        if !SNMP_MODES.contains(&self.snmp_mode.as_str()) {
            wrong.push(format!("must be one of {}", SNMP_MODES.join(", ")));
        }
        if !word(&self.username) {
            wrong.push("must be one word".to_owned());
        }
        if let Some(url) = &self.image_url
            && !is_base(url)
        {
            wrong.push(
                "must be http://HOST or http://HOST:PORT, without a path: radios fetch images below it".to_owned(),
            );
        }
        if let Some(path) = &self.sop_checks
            && let Err(why) = sop_checks::load(path)
        {
            wrong.push(why);
        }
        for (number, firmware) in (1..).zip(&self.firmware) {
            wrong.extend(firmware.mistakes().into_iter().map(|why| format!("entry {number}: {why}")));
        }
        wrong.extend(twice(&self.firmware));
        wrong
    }

    /// What is wrong with values that are right by themselves.
    pub fn mistakes_together(&self, listen: SocketAddr) -> Vec<String> {
        let mut wrong = Vec::new();
        let served = self.firmware.iter().find_map(|firmware| firmware.file.as_deref());
        if let Some(file) = served {
            if self.firmware_dir.is_none() {
                wrong.push(format!("aviat.firmware: '{file}' needs aviat.firmware_dir, the folder that it lies in"));
            }
            if self.image_url.is_none() && listen.ip().is_unspecified() {
                wrong.push(format!(
                    "aviat.image_url: is needed where listen is {listen}: no radio can fetch '{file}' from that address"
                ));
            }
        }
        if let Some(length) = window(&self.window)
            && self.window_cutoff >= length
        {
            wrong.push("aviat.window_cutoff: is not shorter than aviat.window; nothing would ever start".to_owned());
        }
        wrong
    }
}

impl Firmware {
    fn mistakes(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        if self.target == Target::Custom {
            wrong.push("target must be one of baseline, final".to_owned());
        }
        if images::version_in(&self.version).as_deref() != Some(&self.version) {
            wrong.push("version must be three numbers x.y.z, as radios show it".to_owned());
        }
        match (&self.file, &self.uri) {
            (Some(_), Some(_)) | (None, None) => wrong.push("needs either file or uri".to_owned()),
            (Some(file), None) => {
                if !plain_name(file) {
                    wrong.push(
                        "file must be the name of a file in firmware_dir: letters, digits, '.', '_' and '-'".to_owned(),
                    );
                }
                if self.sha256.is_none() {
                    wrong.push("sha256 is needed with file: radios get nothing that was not checked".to_owned());
                }
            }
            (None, Some(uri)) => {
                if let Err(why) = images::fetchable(uri) {
                    wrong.push(format!("uri {why}"));
                }
            }
        }
        if self.sha256.as_ref().is_some_and(|sum| sum.len() != 64 || !sum.bytes().all(|b| b.is_ascii_hexdigit())) {
            wrong.push("sha256 must be 64 hexadecimal digits, as sha256sum prints them".to_owned());
        }
        for model in &self.models {
            if !DeviceType::parse(model).is_ok_and(|known| known.family() == Family::Aviat) {
                let known: Vec<&str> = aviat_types().collect();
                wrong.push(format!("models: '{}' is none of {}", model.escape_debug(), known.join(", ")));
            }
        }
        wrong
    }
}

fn aviat_types() -> impl Iterator<Item = &'static str> {
    DeviceType::codes().filter(|code| DeviceType::parse(code).is_ok_and(|known| known.family() == Family::Aviat))
}

/// A target that two entries give for one model.
fn twice(list: &[Firmware]) -> Vec<String> {
    let mut seen: BTreeMap<(bool, &str), usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for (number, firmware) in (1..).zip(list) {
        let baseline = firmware.target == Target::Baseline;
        let target = if baseline { "baseline" } else { "final" };
        for model in aviat_types() {
            let meant =
                firmware.models.is_empty() || firmware.models.iter().any(|name| name.eq_ignore_ascii_case(model));
            if meant && let Some(first) = seen.insert((baseline, model), number) {
                wrong.push(format!("entries {first} and {number} both give the {target} image of {model}"));
            }
        }
    }
    wrong
}

/// `HH:MM-HH:MM` as its length; may pass midnight.
fn window(text: &str) -> Option<Duration> {
    let (from, to) = text.split_once('-')?;
    let (from, to) = (clock_time(from)?, clock_time(to)?);
    let minutes = |time: Time| u64::from(time.hour().unsigned_abs()) * 60 + u64::from(time.minute().unsigned_abs());
    let length = (minutes(to) + 24 * 60 - minutes(from)) % (24 * 60);
    (length > 0).then(|| Duration::from_secs(60 * length))
}

/// `HH:MM`.
fn clock_time(text: &str) -> Option<Time> {
    let (hours, minutes) = text.split_once(':')?;
    let two = |text: &str| (text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?;
    Time::new(two(hours)?, two(minutes)?, 0, 0).ok()
}

fn word(text: &str) -> bool {
    !text.is_empty() && text.len() <= 64 && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// A name without folders, that no shell and no URI has to quote.
fn plain_name(name: &str) -> bool {
    let one = Path::new(name).components().eq([Component::Normal(name.as_ref())]);
    one && !name.starts_with(['.', '-'])
        && name.len() <= 200
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

fn is_base(url: &str) -> bool {
    let Ok(parsed) = reqwest::Url::parse(url) else { return false };
    parsed.scheme() == "http"
        && parsed.has_host()
        && parsed.username().is_empty()
        && parsed.password().is_none()
        && matches!(parsed.path(), "" | "/")
        && parsed.query().is_none()
        && parsed.fragment().is_none()
        && url.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Config {
        toml::from_str(text).unwrap()
    }

    fn wrong(text: &str) -> Vec<String> {
        of(text).mistakes()
    }

    const SUM: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789ABCDEF";

    #[test]
    fn the_defaults_are_right_and_so_is_a_whole_list() {
        assert_eq!(Config::default().mistakes(), Vec::<String>::new());
        let listen = "127.0.0.1:8080".parse().unwrap();
        assert_eq!(Config::default().mistakes_together(listen), Vec::<String>::new());
        let config = of(&format!(
            "firmware_dir = '/srv/images'\n[[firmware]]\ntarget = 'baseline'\nversion = '2.11.11'\n\
             file = 'wtm4100-2.11.11.swpack'\nsha256 = '{SUM}'\nmodels = ['AV4100']\n\
             [[firmware]]\ntarget = 'baseline'\nversion = '2.11.11'\nuri = 'http://192.0.2.1/wtm4200-2.11.11.swpack'\n\
             models = ['AV4200']\n[[firmware]]\ntarget = 'final'\nversion = '6.2.4'\nuri = 'http://192.0.2.1/6.2.4.swpack'\n"
        ));
        assert_eq!(config.mistakes(), Vec::<String>::new());
        assert_eq!(config.mistakes_together(listen), Vec::<String>::new());
        let everywhere = config.mistakes_together("0.0.0.0:8080".parse().unwrap());
        assert!(everywhere.len() == 1 && everywhere[0].starts_with("aviat.image_url: "), "{everywhere:?}");
    }

    #[test]
    fn every_mistake_is_told() {
        for (text, part) in [
            ("zone = 'Chicago'", "IANA"),
            ("window = '2-5'", "HH:MM-HH:MM"),
            ("window = '02:00-02:00'", "HH:MM-HH:MM"),
            ("window = '24:00-25:00'", "HH:MM-HH:MM"),
            ("expected_prefix = 33", "1 to 32"),
            ("uptime_limit_days = 0", "at least 1"),
            ("snmp_mode = 'v2'", "v2c-only"),
            ("username = 'a b'", "one word"),
            ("image_url = 'https://x'", "http://HOST"),
            ("image_url = 'http://x/y'", "http://HOST"),
            ("poll_interval = '10ms'", "50ms"),
            ("required_licences = ['trial']", "WZL"),
            ("sop_checks = '/nonexistent/x.toml'", "/nonexistent/x.toml"),
            ("[[firmware]]\ntarget='custom'\nversion='6.2.4'\nuri='http://h/x'", "baseline, final"),
            ("[[firmware]]\ntarget='final'\nversion='6.2'\nuri='http://h/x'", "x.y.z"),
            ("[[firmware]]\ntarget='final'\nversion='6.2.4'", "either file or uri"),
            ("[[firmware]]\ntarget='final'\nversion='6.2.4'\nfile='x'", "sha256 is needed"),
            ("[[firmware]]\ntarget='final'\nversion='6.2.4'\nfile='../x'\nsha256='1'", "name of a file"),
            ("[[firmware]]\ntarget='final'\nversion='6.2.4'\nuri='http://h/x y'", "uri "),
            ("[[firmware]]\ntarget='final'\nversion='6.2.4'\nuri='http://h/x'\nsha256='12'", "64 hexadecimal"),
            ("[[firmware]]\ntarget='final'\nversion='6.2.4'\nuri='http://h/x'\nmodels=['MTROS']", "AV4100, AV4200"),
        ] {
            let found = wrong(text);
            assert!(found.iter().any(|why| why.contains(part)), "{text}: {found:?}");
        }
        let found = wrong(
            "[[firmware]]\ntarget='final'\nversion='6.2.4'\nuri='http://h/x'\n\
             [[firmware]]\ntarget='final'\nversion='6.3.0'\nuri='http://h/y'\nmodels=['av4200']",
        );
        assert_eq!(found, ["entries 1 and 2 both give the final image of AV4200"]);
    }

    #[test]
    fn values_that_do_not_fit_each_other_are_told() {
        let listen = "127.0.0.1:8080".parse().unwrap();
        let config = of(&format!(
            "window = '23:30-00:30'\nwindow_cutoff = '60m'\n[[firmware]]\ntarget = 'final'\nversion = '6.2.4'\n\
             file = 'a.swpack'\nsha256 = '{SUM}'\n"
        ));
        assert_eq!(config.mistakes(), Vec::<String>::new());
        let found = config.mistakes_together(listen);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].contains("firmware_dir") && found[1].contains("window_cutoff"), "{found:?}");
    }
}
