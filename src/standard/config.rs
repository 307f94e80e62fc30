//! Table `[standard]`.

use std::path::PathBuf;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Where templates of golden configurations are.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The operator's folder; none (`""` in the file): `templates` beside the settings file.
    #[serde(serialize_with = "written", deserialize_with = "read")]
    pub templates: Option<PathBuf>,
    /// Whether the shipped examples answer where the operator has no template.
    pub examples: bool,
}

fn written<S: Serializer>(folder: &Option<PathBuf>, serializer: S) -> Result<S::Ok, S::Error> {
    match folder {
        Some(folder) => folder.serialize(serializer),
        None => serializer.serialize_str(""),
    }
}

fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<PathBuf>, D::Error> {
    let text = String::deserialize(deserializer)?;
    Ok((!text.is_empty()).then(|| PathBuf::from(text)))
}
