//! The standard operating procedure's items: what should be, what is, and the verdict. Pure. No item shows a secret.

use super::config::Config;
use super::firmware::RadioImages;
use super::sop_checks::SopCheck;
use super::state::{Outcome, Plan, SopItem, Target};
use super::version;
use crate::drivers::aviat::parse::queue::Partner;

/// Longest answer of a check that is kept, characters: an excerpt for people.
const EXCERPT: usize = 120;

/// What was read; none is unknown, and fails the item.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    /// Active version, `x.y.z`.
    pub active: Option<String>,
    /// SNMP mode.
    pub snmp_mode: Option<String>,
    /// Whether the community is the one of the settings; the outer none: the settings have none.
    pub community: Option<Option<bool>>,
    /// Queue limit of the external buffer, kbytes.
    pub buffer_kbytes: Option<u32>,
    /// Which of two joined radios it is.
    pub partner: Option<Partner>,
    /// Prefix length of the management address.
    pub prefix: Option<u8>,
    /// Answers to the checks of the file, in their order; none where the radio refused or showed nothing.
    pub answers: Vec<Option<String>>,
}

/// The items, in the documented order.
pub fn items(
    seen: &Evidence,
    plan: Option<&Plan>,
    config: &Config,
    images: &RadioImages,
    checks: &[SopCheck],
) -> Vec<SopItem> {
    let item = |name: &str, expected: String, actual: Option<String>, pass: bool| SopItem {
        name: name.to_owned(),
        expected,
        actual,
        pass,
        advisory: false,
    };
    let mut items = Vec::new();
    let target = plan.map_or(Target::Final, |plan| plan.target);
    let image = match plan {
        Some(plan) => images.of_plan(plan),
        None => images.goal.as_ref(),
    };
    if let Some(image) = image {
        let wanted = &image.version;
        let baseline = images.baseline.as_ref().map(|baseline| baseline.version.as_str());
        let exact = target != Target::Final;
        let pass = seen.active.as_deref().is_some_and(|active| {
            if exact { version::same(active, wanted) } else { version::meets(active, wanted, baseline) }
        });
        let expected = if exact { wanted.clone() } else { format!(">= {wanted}") };
        items.push(item("Firmware version", expected, seen.active.clone(), pass));
    }
    let mode = &config.snmp_mode;
    items.push(item("SNMP mode", mode.clone(), seen.snmp_mode.clone(), seen.snmp_mode.as_ref() == Some(mode)));
    if let Some(same) = seen.community {
        let actual = same.map(|same| if same { "the one of the settings" } else { "another one" }.to_owned());
        items.push(item("SNMP community", "the one of the settings".to_owned(), actual, same == Some(true)));
    }
    let six = seen.active.as_deref().and_then(version::numbers).is_none_or(|[major, ..]| major == 6);
    if six && seen.partner != Some(Partner::Secondary) {
        let actual = seen.buffer_kbytes.map(|kbytes| format!("{kbytes} kbytes"));
        let pass = seen.buffer_kbytes == Some(config.queue_limit_kbytes);
        items.push(item("Buffer queue-limit", format!("{} kbytes", config.queue_limit_kbytes), actual, pass));
    }
    let prefix = config.expected_prefix;
    let mut subnet = item(
        "Subnet mask",
        format!("/{prefix}"),
        seen.prefix.map(|prefix| format!("/{prefix}")),
        seen.prefix == Some(prefix),
    );
    subnet.advisory = true;
    items.push(subnet);
    for (check, answer) in checks.iter().zip(&seen.answers) {
        let pass = answer.as_deref().is_some_and(|answer| check.expect.is_match(answer));
        let actual = answer.as_deref().map(|_| if pass { "matches" } else { "does not match" }.to_owned());
        let expected: String = check.expect.as_str().chars().take(EXCERPT).collect();
        items.push(item(&check.name, expected, actual, pass));
    }
    items
}

/// Ok only where every item passes that is no mere advice.
pub fn verdict(items: &[SopItem]) -> Outcome {
    let bad: Vec<&str> =
        items.iter().filter(|item| !item.pass && !item.advisory).map(|item| item.name.as_str()).collect();
    if bad.is_empty() { Outcome::Ok } else { Outcome::Failed(format!("SOP checks failed: {}", bad.join(", "))) }
}
