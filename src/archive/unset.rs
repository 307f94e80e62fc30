//! A value that may be missing, `""` in the file where it is: so that every key stands in a printed default file.

use std::path::PathBuf;

use serde::{Deserialize as _, Deserializer, Serialize, Serializer};

use crate::model::{SecretRef, SecretRefError};

/// What a text of the file may become.
pub(super) trait FromText: Sized {
    type Wrong: std::fmt::Display;
    fn from_text(text: String) -> Result<Self, Self::Wrong>;
}

impl FromText for String {
    type Wrong = std::convert::Infallible;
    fn from_text(text: String) -> Result<Self, Self::Wrong> {
        Ok(text)
    }
}

impl FromText for PathBuf {
    type Wrong = std::convert::Infallible;
    fn from_text(text: String) -> Result<Self, Self::Wrong> {
        Ok(Self::from(text))
    }
}

impl FromText for SecretRef {
    type Wrong = SecretRefError;
    fn from_text(text: String) -> Result<Self, Self::Wrong> {
        Self::parse(&text)
    }
}

pub(super) fn serialize<T: Serialize, S: Serializer>(value: &Option<T>, serializer: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => value.serialize(serializer),
        None => serializer.serialize_str(""),
    }
}

pub(super) fn deserialize<'de, T: FromText, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.is_empty() { Ok(None) } else { T::from_text(text).map(Some).map_err(serde::de::Error::custom) }
}
