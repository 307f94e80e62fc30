//! `show software-status` and `show version`: leaves (`software-status active-version 2.11.11(18.6069)`), or a table with
//! headings (6.1, 6.2).

use super::table;
use super::version::Version;

/// What the radio does with its software (7.1). Tokens of the command line; case does not matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Nothing.
    Idle,
    /// Looking at the file.
    PrepareLoad,
    /// Fetching.
    Load,
    /// Fetched and written: the only state that is ready to activate.
    LoadOk,
    /// Fetching failed.
    LoadError,
    /// Writing, or making permanent.
    Commit,
    /// Activating.
    Activate,
    /// Activated.
    ActivateOk,
    /// Activating failed.
    ActivateError,
    /// Waits for the time of its activation.
    WaitingToActivate,
    /// Going back.
    Rollback,
    /// Went back.
    RollbackOk,
    /// Going back failed.
    RollbackError,
    /// The image is for another model or release.
    CompatibilityError,
    /// The image is the one that is active.
    SameVersion,
    /// Given up.
    Abort,
    /// A token that is not known.
    Other(String),
}

const STATES: [(&str, State); 16] = [
    ("idle", State::Idle),
    ("prepareLoad", State::PrepareLoad),
    ("load", State::Load),
    ("loadOk", State::LoadOk),
    ("loadError", State::LoadError),
    ("commit", State::Commit),
    ("activate", State::Activate),
    ("activateOk", State::ActivateOk),
    ("activateError", State::ActivateError),
    ("waitingToActivate", State::WaitingToActivate),
    ("rollback", State::Rollback),
    ("rollbackOk", State::RollbackOk),
    ("rollbackError", State::RollbackError),
    ("compatibilityError", State::CompatibilityError),
    ("sameVersion", State::SameVersion),
    ("abort", State::Abort),
];

/// By their codes, from 0 on.
const CODES: [State; 15] = [
    State::Abort,
    State::Load,
    State::Commit,
    State::Activate,
    State::Rollback,
    State::Idle,
    State::LoadOk,
    State::ActivateOk,
    State::RollbackOk,
    State::CompatibilityError,
    State::LoadError,
    State::ActivateError,
    State::RollbackError,
    State::WaitingToActivate,
    State::SameVersion,
];

impl State {
    /// By its token.
    pub fn of(token: &str) -> Self {
        STATES
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(token))
            .map_or_else(|| State::Other(token.chars().take(40).collect()), |(_, state)| state.clone())
    }

    /// By its code in `aviatSmLoadStatus` (7.1). The agent has none for `prepareLoad`.
    pub fn of_code(code: i64) -> Option<Self> {
        usize::try_from(code).ok().and_then(|place| CODES.get(place)).cloned()
    }

    /// Its token.
    pub fn as_str(&self) -> &str {
        match self {
            State::Other(token) => token,
            known => STATES.iter().find(|(_, state)| state == known).map_or("", |(name, _)| name),
        }
    }
}

/// What was told; the rest is unknown. The version that runs is never inferred from anything else.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Software {
    /// The version that runs.
    pub active: Option<Version>,
    /// The other bank's. Not ready to be activated unless the state is [`State::LoadOk`].
    pub inactive: Option<Version>,
    /// State.
    pub state: Option<State>,
    /// What is or was loaded from. May hold a password: never shown.
    pub uri: Option<String>,
}

impl Software {
    /// Whether an image is being fetched or written. After an activation's boot the radio says `commit` too: the version
    /// that runs tells the two apart.
    pub fn is_loading(&self) -> bool {
        matches!(self.state, Some(State::PrepareLoad | State::Load | State::Commit))
    }

    /// Either form. A field that is told twice with different values is unknown.
    pub fn parse(text: &str) -> Self {
        let mut told: [Vec<String>; 4] = Default::default();
        let [actives, inactives, states, uris] = &mut told;
        for line in text.lines() {
            let mut words = line.split_whitespace();
            if words.next() != Some("software-status") {
                continue;
            }
            let (Some(leaf), Some(value), None) = (words.next(), words.next(), words.next()) else { continue };
            match leaf {
                "active-version" => actives.push(value.to_owned()),
                "inactive-version" => inactives.push(value.to_owned()),
                "status" => states.push(value.to_owned()),
                "loading-uri" => uris.push(value.to_owned()),
                _ => {}
            }
        }
        if let Some((columns, rows)) = table::first(text)
            && columns.have(&["active version", "inactive version"])
        {
            for row in rows {
                actives.extend(columns.cell(row, "active version"));
                inactives.extend(columns.cell(row, "inactive version"));
                states.extend(columns.cell(row, "status"));
            }
        }
        Self {
            active: one(actives).and_then(Version::parse),
            inactive: one(inactives).and_then(Version::parse),
            state: one(states).map(State::of),
            uri: one(uris).map(str::to_owned),
        }
    }
}

fn one(values: &[String]) -> Option<&str> {
    let (first, rest) = values.split_first()?;
    rest.iter().all(|value| value == first).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Option<Version> {
        Some(Version::parse(text).unwrap())
    }

    #[test]
    fn leaves_of_an_idle_radio() {
        let software = Software::parse(
            "software-status active-version 2.11.11(18.6069)\r\nsoftware-status inactive-version 2.10.3(7.5120)\r\n\
             software-status status idle\r\n",
        );
        assert_eq!((software.active, software.inactive), (version("2.11.11(18.6069)"), version("2.10.3(7.5120)")));
        assert_eq!((software.state, software.uri), (Some(State::Idle), None));
    }

    #[test]
    fn a_load_under_way_has_its_address() {
        let software = Software::parse(
            "software-status active-version 2.11.11(18.6069)\nsoftware-status inactive-version 2.10.3(7.5120)\n\
             software-status status load\n\
             software-status loading-uri http://192.0.2.200/fw/wtm4100-6.2.4.12.59373.swpack\n",
        );
        assert_eq!(software.state, Some(State::Load));
        assert_eq!(software.uri.as_deref(), Some("http://192.0.2.200/fw/wtm4100-6.2.4.12.59373.swpack"));
        assert_eq!(software.inactive, version("2.10.3(7.5120)"), "the address is no version");
    }

    #[test]
    fn the_tables_of_6() {
        let plain = "ACTIVE VERSION    INACTIVE VERSION  STATUS\n------------------------------------------\n\
            6.2.4(12.59373)   2.11.11(18.6069)  idle\n";
        let named = "NAME       ACTIVE VERSION   INACTIVE VERSION\n-------------------------------------------\n\
            Terminal1  6.2.4(12.59373)  2.11.11(18.6069)\n";
        for text in [plain, named] {
            let software = Software::parse(text);
            assert_eq!(software.active, version("6.2.4(12.59373)"), "{text}");
            assert_eq!(software.inactive, version("2.11.11(18.6069)"), "{text}");
        }
        assert_eq!(Software::parse(plain).state, Some(State::Idle));
        let no_inactive = "ACTIVE VERSION    INACTIVE VERSION  STATUS\n------------------------------------------\n\
            6.2.4(12.59373)                     loadOk\n";
        let software = Software::parse(no_inactive);
        assert_eq!((software.active, software.inactive), (version("6.2.4(12.59373)"), None));
        assert_eq!(software.state, Some(State::LoadOk));
    }

    #[test]
    fn s080_the_other_bank_is_not_the_active_one() {
        for text in [
            "software-status inactive-version 6.2.4(12.59373)\n",
            "software-status loading-uri http://192.0.2.200/fw/wtm4100-6.2.4.12.59373.swpack\n",
            "software-status status loadOk\n",
            "6.2.4(12.59373)\n",
            "NAME  VERSION\n-------------\nT1    6.2.4(12.59373)\n",
            "ACTIVE VERSION    INACTIVE VERSION\n-----------------------------------\n                  6.2.4(12.59373)\n",
            "description software-status active-version 6.2.4(12.59373)\n",
        ] {
            assert_eq!(Software::parse(text).active, None, "{text}");
        }
    }

    #[test]
    fn two_answers_are_none() {
        let text = "software-status active-version 6.2.4(12.59373)\nsoftware-status active-version 2.11.11(18.6069)\n";
        assert_eq!(Software::parse(text).active, None);
    }

    #[test]
    fn codes_of_the_agent() {
        // aviatSmLoadStatus as spec/aviat-device.md 7.1 lists it.
        let listed = [
            "abort",
            "load",
            "commit",
            "activate",
            "rollback",
            "idle",
            "loadOk",
            "activateOk",
            "rollbackOk",
            "compatibilityError",
            "loadError",
            "activateError",
            "rollbackError",
            "waitingToActivate",
            "sameVersion",
        ];
        for (code, token) in (0..).zip(listed) {
            assert_eq!(State::of_code(code), Some(State::of(token)), "{code}");
        }
        assert_eq!((State::of_code(15), State::of_code(-1)), (None, None));
    }

    #[test]
    fn tokens_in_any_case_and_unknown_ones() {
        assert_eq!(State::of("prepareload"), State::PrepareLoad);
        assert_eq!(State::of("LOADOK"), State::LoadOk);
        assert_eq!(State::of("melting"), State::Other("melting".to_owned()));
        for (name, state) in STATES {
            assert_eq!((State::of(name), state.as_str()), (state.clone(), name));
        }
    }
}
