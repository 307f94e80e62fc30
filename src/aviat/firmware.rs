//! The images that radios of one type are brought to.

use super::state::{Image, Plan, Target};

/// The firmware list, resolved for one radio: addresses as the radio fetches them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RadioImages {
    /// The stepping stone; none: radios go to the goal in one step.
    pub baseline: Option<Image>,
    /// The goal of the roll-out.
    pub goal: Option<Image>,
}

impl RadioImages {
    /// The image that a plan ends with.
    pub fn of_plan<'a>(&'a self, plan: &'a Plan) -> Option<&'a Image> {
        match plan.target {
            Target::Baseline => self.baseline.as_ref(),
            Target::Final => self.goal.as_ref(),
            Target::Custom => plan.custom.as_ref(),
        }
    }
}
