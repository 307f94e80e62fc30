//! Why there is no golden configuration.

use std::path::PathBuf;

use crate::inventory::Mistake;
use crate::model::{DeviceType, Failure, FailureClass};

/// Why nothing was rendered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StandardError {
    /// The operator has supplied no template.
    #[error(
        "there is no golden configuration for {device_type}: its template {general} is missing (or {specific}, for this \
         type only); write it, docs/templates.md says how"
    )]
    Missing {
        /// The type.
        device_type: DeviceType,
        /// The family's file, which would do.
        general: PathBuf,
        /// The type's own file, which would do as well.
        specific: PathBuf,
    },
    /// A template uses what nobody gave.
    #[error(
        "{file}:{line}: the parameter '{name}' is not given; send it in the payload, or set it as a tag of the device or \
         its site in the inventory"
    )]
    Undefined {
        /// The template.
        file: String,
        /// Line, from 1; 0 where unknown.
        line: usize,
        /// The parameter as the template names it: `frequency`, `site.tags.asn`.
        name: String,
    },
    /// The template itself is wrong.
    #[error("{0}; mend the template (`towerhand check` tells every mistake)")]
    Template(Mistake),
    /// A parameter of the payload has no sense.
    #[error("'{name}' {why}")]
    Parameter {
        /// Its name.
        name: String,
        /// What it must be.
        why: String,
    },
}

impl StandardError {
    /// What may follow.
    pub fn class(&self) -> FailureClass {
        match self {
            StandardError::Missing { .. } => FailureClass::TemplateMissing,
            StandardError::Undefined { .. } | StandardError::Parameter { .. } => FailureClass::Validation,
            StandardError::Template(_) => FailureClass::TemplateError,
        }
    }
}

impl From<StandardError> for Failure {
    fn from(error: StandardError) -> Self {
        Failure::new(error.class(), error.to_string())
    }
}
