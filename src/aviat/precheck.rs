//! The prechecks: whether a radio may be given an image. Pure. Unknown is a verdict, and blocks as a failure does.

use jiff::Timestamp;

use super::config::Config;
use super::seen::Seen;
use super::state::{Check, Precheck, Verdict};
use crate::drivers::aviat::parse::spanning_tree::SpanningTree;

const DAY: u64 = 86_400;

/// What the prechecks allow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gate {
    /// All clear, or overridden.
    Clear,
    /// It has been up for too long (and perhaps more): it has to be restarted first.
    RebootRequired(String),
    /// Something else, which a person has to mend.
    Blocked(String),
}

/// Judges what was seen.
pub fn judge(seen: &Seen, config: &Config, now: Timestamp) -> Precheck {
    Precheck {
        at: now,
        subnet: subnet(seen, config.expected_prefix),
        subnet_actual: seen.management.map(|management| format!("/{}", management.prefix)),
        stp: spanning_tree(seen),
        licence: licence(seen, &config.required_licences),
        uptime: uptime(seen, config.uptime_limit_days),
    }
}

fn clear(detail: impl Into<String>) -> Verdict {
    Verdict::Clear { detail: Some(detail.into()) }
}

fn failed(detail: impl Into<String>) -> Verdict {
    Verdict::Failed { detail: detail.into() }
}

fn unknown(detail: &str) -> Verdict {
    Verdict::Unknown { detail: detail.to_owned() }
}

fn subnet(seen: &Seen, expected: u8) -> Verdict {
    match seen.management {
        None => unknown("the radio shows no mask of its management address"),
        Some(management) if management.prefix == expected => clear(format!("/{expected}")),
        Some(management) => failed(format!("/{} ({})", management.prefix, management.mask())),
    }
}

fn spanning_tree(seen: &Seen) -> Verdict {
    match seen.spanning_tree {
        None => unknown("the radio does not tell whether it runs"),
        Some(SpanningTree::Down) => clear("down"),
        Some(SpanningTree::Up) => failed("administrative-status up"),
    }
}

/// With a set that is required: all of it. Else any licence that is no trial.
fn licence(seen: &Seen, required: &[String]) -> Verdict {
    let Some(licences) = &seen.licences else { return unknown("the radio lists none") };
    let held = || licences.bundles.iter().cloned().collect::<Vec<_>>().join(", ");
    let required: Vec<&str> = required.iter().map(String::as_str).collect();
    let missing = licences.missing(&required);
    if !missing.is_empty() {
        let trial = if licences.on_trial || !licences.trial.is_empty() { "; some are on trial" } else { "" };
        return failed(format!("missing: {}{trial}", missing.join(", ")));
    }
    if !licences.bundles.is_empty() {
        return clear(held());
    }
    if licences.on_trial || !licences.trial.is_empty() {
        return failed("trial");
    }
    unknown("the radio lists none")
}

fn uptime(seen: &Seen, limit_days: u32) -> Verdict {
    match seen.uptime_seconds().map(|seconds| seconds / DAY) {
        None => unknown("the radio does not tell how long it has been up"),
        Some(days) if days >= u64::from(limit_days) => failed(format!("{days} days")),
        Some(days) => clear(format!("{days} days")),
    }
}

impl Precheck {
    /// Whether all four are clear.
    pub fn is_clear(&self) -> bool {
        [&self.subnet, &self.stp, &self.licence, &self.uptime]
            .into_iter()
            .all(|verdict| matches!(verdict, Verdict::Clear { .. }))
    }

    /// What blocks, in words and in the documented order; none: nothing does.
    pub fn gate(&self, overrides: &[Check], config: &Config) -> Gate {
        let counts =
            |check: Check, verdict: &Verdict| !matches!(verdict, Verdict::Clear { .. }) && !overrides.contains(&check);
        let mut parts = Vec::new();
        let mut reboot = false;
        if counts(Check::Uptime, &self.uptime) {
            parts.push(match &self.uptime {
                Verdict::Failed { detail } => {
                    reboot = true;
                    format!("REBOOT REQUIRED ({detail})")
                }
                other => format!("UPTIME UNKNOWN ({})", other.detail()),
            });
        }
        if counts(Check::Subnet, &self.subnet) {
            let (prefix, mask) = (config.expected_prefix, mask(config.expected_prefix));
            let actual = match &self.subnet {
                Verdict::Unknown { detail } => format!("device reports unknown ({detail})"),
                other => format!("device reports {}", other.detail()),
            };
            parts.push(format!("NEEDS /{prefix} ({mask}); {actual}"));
        }
        if counts(Check::Stp, &self.stp) {
            parts.push(match &self.stp {
                Verdict::Unknown { detail } => format!("STP UNKNOWN ({detail})"),
                other => format!("STP ENABLED ({})", other.detail()),
            });
        }
        if counts(Check::Licence, &self.licence) {
            parts.push(match &self.licence {
                Verdict::Unknown { detail } => format!("LICENSE ISSUE (unknown: {detail})"),
                other => format!("LICENSE ISSUE ({})", other.detail()),
            });
        }
        if parts.is_empty() {
            return Gate::Clear;
        }
        let text = format!("Precheck blocked upgrade: {}", parts.join("; "));
        if reboot { Gate::RebootRequired(text) } else { Gate::Blocked(text) }
    }
}

impl Verdict {
    /// What was read, or why it was not.
    pub fn detail(&self) -> &str {
        match self {
            Verdict::Clear { detail } => detail.as_deref().unwrap_or("clear"),
            Verdict::Failed { detail } | Verdict::Unknown { detail } => detail,
        }
    }
}

fn mask(prefix: u8) -> std::net::Ipv4Addr {
    std::net::Ipv4Addr::from_bits(u32::MAX.checked_shl(32_u32.saturating_sub(u32::from(prefix))).unwrap_or(0))
}

#[cfg(test)]
pub(super) mod tests {
    use std::time::Duration;

    use super::*;
    use crate::drivers::aviat::parse::licences::Licences;
    use crate::drivers::aviat::parse::management::Management;

    /// A radio that nothing blocks.
    pub(crate) fn good() -> Seen {
        Seen {
            uptime: Some(Duration::from_secs(10 * DAY)),
            management: Some(Management { address: "192.0.2.10".parse().unwrap(), prefix: 29 }),
            spanning_tree: Some(SpanningTree::Down),
            licences: Some(Licences { bundles: ["WZF-MLHC".to_owned()].into(), ..Licences::default() }),
            ..Seen::default()
        }
    }

    fn gate(seen: &Seen, overrides: &[Check]) -> Gate {
        let config = Config::default();
        judge(seen, &config, Timestamp::UNIX_EPOCH).gate(overrides, &config)
    }

    fn days(days: u64) -> Option<Duration> {
        Some(Duration::from_secs(days * DAY))
    }

    #[test]
    fn s027_a_wrong_mask_blocks_with_both() {
        let seen = Seen { management: good().management.map(|m| Management { prefix: 24, ..m }), ..good() };
        let text = "Precheck blocked upgrade: NEEDS /29 (255.255.255.248); device reports /24 (255.255.255.0)";
        assert_eq!(gate(&seen, &[]), Gate::Blocked(text.to_owned()));
        assert_eq!(gate(&seen, &[Check::Subnet]), Gate::Clear);
    }

    #[test]
    fn s032_unknown_blocks_each_and_an_override_lets_pass() {
        for (seen, check) in [
            (Seen { management: None, ..good() }, Check::Subnet),
            (Seen { spanning_tree: None, ..good() }, Check::Stp),
            (Seen { licences: None, ..good() }, Check::Licence),
            (Seen { uptime: None, ..good() }, Check::Uptime),
        ] {
            assert!(
                matches!(gate(&seen, &[]), Gate::Blocked(text) if text.to_lowercase().contains("unknown")),
                "{check:?}"
            );
            assert_eq!(gate(&seen, &[check]), Gate::Clear, "{check:?}");
            assert!(!judge(&seen, &Config::default(), Timestamp::UNIX_EPOCH).is_clear());
        }
        assert_eq!(gate(&good(), &[]), Gate::Clear);
    }

    #[test]
    fn s034_the_limit_itself_blocks() {
        for (seconds, reboot) in [(249 * DAY, false), (250 * DAY - 1, false), (250 * DAY, true), (251 * DAY, true)] {
            let seen = Seen { uptime: Some(Duration::from_secs(seconds)), ..good() };
            assert_eq!(matches!(gate(&seen, &[]), Gate::RebootRequired(_)), reboot, "{seconds}");
        }
    }

    #[test]
    fn s035_all_reasons_in_order() {
        let seen = Seen {
            uptime: days(300),
            management: good().management.map(|m| Management { prefix: 24, ..m }),
            spanning_tree: Some(SpanningTree::Up),
            licences: Some(Licences { on_trial: true, ..Licences::default() }),
            ..good()
        };
        let text = "Precheck blocked upgrade: REBOOT REQUIRED (300 days); NEEDS /29 (255.255.255.248); device reports /24 \
                    (255.255.255.0); STP ENABLED (administrative-status up); LICENSE ISSUE (trial)";
        assert_eq!(gate(&seen, &[]), Gate::RebootRequired(text.to_owned()));
    }

    #[test]
    fn s031_the_missing_licences_are_named() {
        let required = ["WZL-CE1".to_owned(), "WZF-MLHC".to_owned(), "WZF-XPIC".to_owned()];
        let Verdict::Failed { detail } = licence(&good(), &required) else { panic!("not failed") };
        assert_eq!(detail, "missing: WZL-CE1, WZF-XPIC");
        assert!(matches!(
            licence(&Seen { licences: Some(Licences::default()), ..good() }, &[]),
            Verdict::Unknown { .. }
        ));
    }
}
