//! Every line that an SR OS device is ever sent, and nowhere else is one spelled. Words are written out: short ones
//! differ by release.

use super::parse::prompt::Engine;

/// Name, model, version, how the configuration is managed, uptime. In either engine.
pub const SYSTEM: &str = "show system information";

/// Hardware, LEDs, fans, power supplies. In either engine.
pub const CHASSIS: &str = "show chassis";

/// Back to the root of the engine.
pub const ROOT: &str = "exit all";

/// From MD-CLI to the classic CLI.
pub const TO_CLASSIC: &str = "/!classic-cli";

/// From the classic CLI to MD-CLI.
pub const TO_MD: &str = "/!md-cli";

/// What makes the engine's output whole: pages off, in the other engine too; in MD-CLI no completion and no progress
/// indicator. A device may refuse any of them.
pub fn setup(engine: Engine) -> &'static [&'static str] {
    match engine {
        Engine::Classic => &["environment no more", "//environment more false"],
        Engine::Md => &[
            "environment command-completion space false",
            "environment console width 512",
            "environment progress-indicator admin-state disable",
            "environment more false",
            "//environment no more",
        ],
    }
}

/// The same after a change of engine, where the other one is set up already.
pub fn setup_again(engine: Engine) -> &'static [&'static str] {
    match engine {
        Engine::Classic => &["environment no more"],
        Engine::Md => &[
            "environment command-completion space false",
            "environment progress-indicator admin-state disable",
            "environment more false",
        ],
    }
}

/// The running config.
pub fn config(engine: Engine) -> &'static str {
    match engine {
        Engine::Classic => "admin display-config",
        Engine::Md => "admin show configuration | no-more",
    }
}
