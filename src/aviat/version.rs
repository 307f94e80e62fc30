//! Versions: what meets a target, and which image comes next (spec 2.5.3, 3.6). Pure. Build numbers are ignored.

use super::firmware::RadioImages;
use super::state::{Image, Plan, Target};
use crate::drivers::aviat::parse::version::Version;

/// Which image comes next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Goal {
    /// None: what runs is what is wanted. Why, for people.
    Met(String),
    /// This one has to be loaded and activated.
    Next(Image),
    /// The firmware list has no image for it.
    NoImage(String),
}

/// `x.y.z` as numbers.
pub fn numbers(text: &str) -> Option<[u32; 3]> {
    Version::parse(text).map(|version| version.numbers)
}

/// Whether `active` meets `wanted`: a target at or below the baseline has to be equal, any other may be newer. A text
/// that is no version meets nothing.
pub fn meets(active: &str, wanted: &str, baseline: Option<&str>) -> bool {
    let (Some(active), Some(wanted)) = (numbers(active), numbers(wanted)) else { return false };
    match baseline.and_then(numbers) {
        Some(baseline) if wanted > baseline => active >= wanted,
        Some(_) => active == wanted,
        None => active >= wanted,
    }
}

/// Whether two texts are one version.
pub fn same(one: &str, other: &str) -> bool {
    numbers(one).is_some_and(|one| numbers(other) == Some(one))
}

/// What a radio that runs `active` needs for a plan. Below the baseline, the way to the goal leads over the baseline.
pub fn goal(active: &str, plan: &Plan, images: &RadioImages) -> Goal {
    let baseline = images.baseline.as_ref();
    let Some(image) = images.of_plan(plan) else {
        let which = match plan.target {
            Target::Baseline => "baseline",
            Target::Final => "final",
            Target::Custom => "custom",
        };
        return Goal::NoImage(format!("the firmware list has no {which} image for this type of radio"));
    };
    let met = match plan.target {
        Target::Custom => same(active, &image.version),
        Target::Baseline => same(active, &image.version),
        Target::Final => meets(active, &image.version, baseline.map(|baseline| baseline.version.as_str())),
    };
    if met && same(active, &image.version) {
        return Goal::Met(format!("already at target {}", image.version));
    }
    if met {
        return Goal::Met(format!("{active} is newer than the target {}", image.version));
    }
    match baseline {
        Some(baseline) if plan.target == Target::Final && numbers(active) < numbers(&baseline.version) => {
            Goal::Next(baseline.clone())
        }
        _ => Goal::Next(image.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aviat::state::Policy;

    fn image(stage: Target, version: &str) -> Image {
        Image { stage, version: version.to_owned(), uri: format!("http://192.0.2.200/{version}") }
    }

    fn images() -> RadioImages {
        RadioImages { baseline: Some(image(Target::Baseline, "2.11.11")), goal: Some(image(Target::Final, "6.2.4")) }
    }

    fn plan(target: Target) -> Plan {
        let custom = (target == Target::Custom).then(|| image(Target::Custom, "6.1.0"));
        Plan { steps: Vec::new(), target, custom, policy: Policy::Manual, overrides: Vec::new() }
    }

    fn next(active: &str, target: Target) -> String {
        match goal(active, &plan(target), &images()) {
            Goal::Met(why) => why,
            Goal::Next(image) => image.version,
            Goal::NoImage(why) => why,
        }
    }

    #[test]
    fn the_way_to_each_target() {
        for (active, target, expected) in [
            ("2.11.11", Target::Final, "6.2.4"),
            ("2.10.0", Target::Final, "2.11.11"),
            ("2.9.30", Target::Final, "2.11.11"),
            ("6.1.0", Target::Final, "6.2.4"),
            ("6.2.4", Target::Final, "already at target 6.2.4"),
            ("6.3.0", Target::Final, "6.3.0 is newer than the target 6.2.4"),
            ("2.11.11", Target::Baseline, "already at target 2.11.11"),
            ("6.1.0", Target::Baseline, "2.11.11"),
            ("2.10.0", Target::Baseline, "2.11.11"),
            ("2.11.11", Target::Custom, "6.1.0"),
            ("6.2.4", Target::Custom, "6.1.0"),
            ("6.1.0", Target::Custom, "already at target 6.1.0"),
        ] {
            assert_eq!(next(active, target), expected, "{active} {target:?}");
        }
    }

    #[test]
    fn without_an_image_nothing_is_guessed() {
        let none = RadioImages { baseline: None, goal: None };
        assert!(matches!(goal("2.11.11", &plan(Target::Final), &none), Goal::NoImage(_)));
        let only = RadioImages { baseline: None, ..images() };
        assert!(matches!(goal("2.10.0", &plan(Target::Final), &only), Goal::Next(image) if image.version == "6.2.4"));
    }

    #[test]
    fn s018_a_baseline_target_is_met_by_nothing_newer() {
        assert!(!meets("6.2.4", "2.11.11", Some("2.11.11")));
        assert!(meets("2.11.11", "2.11.11", Some("2.11.11")));
        assert!(meets("6.2.5", "6.2.4", Some("2.11.11")));
        assert!(meets("6.10.0", "6.2.4", Some("2.11.11")));
        for unknown in ["", "loadOk", "0", "192.0.2.1", "6.2"] {
            assert!(!meets(unknown, "6.2.4", Some("2.11.11")), "{unknown}");
        }
    }
}
