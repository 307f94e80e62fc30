//! Knobs that every SNMP agent has: who may ask, and how the agent misbehaves.

use std::time::Duration;

use async_snmp::{Oid, Version};

use super::knobs::{Knobs, whole};
use super::usm::{Engine, User};

/// What the agent answers to a request that is larger than it can serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OverLimit {
    /// `tooBig`.
    TooBig,
    /// `genErr`, as agents do that fail to halve a GETBULK.
    GenErr,
}

/// The shared knobs.
#[derive(Debug)]
pub struct Settings {
    versions: Vec<Version>,
    /// Community that reads.
    pub community: String,
    /// Community that reads and writes; absent if the agent takes no SET by community.
    pub write_community: Option<String>,
    /// The user of version 3.
    pub user: Option<User>,
    /// Added to each answer, simulated time.
    pub delay: Duration,
    /// How many of a hundred answers are lost.
    pub drop_percent: f64,
    /// Each answer is sent twice.
    pub duplicate: bool,
    /// Largest number of bindings in an answer.
    pub max_varbinds: Option<usize>,
    /// Largest max-repetitions that is served.
    pub max_repetitions: Option<u32>,
    /// The answer above those two.
    pub over_limit: OverLimit,
    /// GETBULK is not answered.
    pub no_getbulk: bool,
    /// Largest answer, bytes.
    pub max_message_size: usize,
    /// What does not exist.
    pub missing: Vec<Oid>,
    /// What is null.
    pub null: Vec<Oid>,
    /// Where GETNEXT turns in a circle.
    pub loop_at: Option<Oid>,
    /// Prefixes that a recording's agent lets be written.
    pub writable: Vec<Oid>,
}

impl Settings {
    /// Reads the knobs; errors: an OID, version or protocol that does not exist, or a password under 8 characters.
    pub fn read(knobs: &Knobs, engine: &Engine) -> anyhow::Result<Self> {
        let versions = match knobs.text("snmp_version", "2c").as_str() {
            "1" => vec![Version::V1],
            "2" | "2c" => vec![Version::V1, Version::V2c],
            "3" => vec![Version::V3],
            "all" => vec![Version::V1, Version::V2c, Version::V3],
            other => anyhow::bail!("snmp_version {other:?}: 1, 2c, 3 or all"),
        };
        let user = if versions.contains(&Version::V3) { User::read(knobs, engine)? } else { None };
        let positive = |name: &str| knobs.maybe_number(name).map(|number| whole(number).max(0).cast_unsigned());
        Ok(Self {
            versions,
            community: knobs.text("community", "public"),
            write_community: Some(knobs.text("write_community", "private")).filter(|text| !text.is_empty()),
            user,
            delay: Duration::from_secs_f64(knobs.number("delay_ms", 0.0).clamp(0.0, 86_400_000.0) / 1000.0),
            drop_percent: knobs.number("drop_percent", 0.0),
            duplicate: knobs.flag("duplicate", false),
            max_varbinds: positive("max_varbinds").and_then(|number| usize::try_from(number).ok()),
            max_repetitions: positive("max_repetitions"),
            over_limit: match knobs.text("over_limit", "tooBig").as_str() {
                "tooBig" => OverLimit::TooBig,
                "genErr" => OverLimit::GenErr,
                other => anyhow::bail!("over_limit {other:?}: tooBig or genErr"),
            },
            no_getbulk: knobs.flag("no_getbulk", false),
            max_message_size: positive("max_message_size")
                .and_then(|number| usize::try_from(number).ok())
                .unwrap_or(65_507)
                .clamp(484, 65_507),
            missing: oids(knobs, "missing")?,
            null: oids(knobs, "null")?,
            loop_at: oids(knobs, "loop_at")?.into_iter().next(),
            writable: oids(knobs, "writable")?,
        })
    }

    /// Whether messages of this version are answered.
    pub fn speaks(&self, version: Version) -> bool {
        self.versions.contains(&version)
    }
}

fn oids(knobs: &Knobs, name: &str) -> anyhow::Result<Vec<Oid>> {
    knobs.texts(name).iter().map(|text| Oid::parse(text).map_err(|error| anyhow::anyhow!("{name}: {error}"))).collect()
}
