//! Golden configurations: what a device of a type should hold at its site, rendered from templates (minijinja, the
//! syntax of Jinja). Pure but for reading the templates; no device is asked.
//!
//! # Where a template is found
//! `FOLDER/<family>/<TYPE>.j2` (one type), else `FOLDER/<family>/default.j2` (every type of the family); FOLDER is the
//! operator's (`standard.templates`). With `standard.examples` the shipped examples answer for the files that the
//! operator does not have, file by file. Files whose name begins with `_` are for `include`, `import` and `extends`.
//!
//! # What a template may use
//! `device` and `site` (maps), and every parameter by its own name: the tags of the site, over them the tags of the
//! device, over them `site_name`, `device_name`, `ip_address`, `device_type`, over them what the payload gives. What is
//! not there is an error that names it, never an empty place. Secrets stand in a template by reference only,
//! `{{ secret("secret:NAME") }}`, and are rendered as the keyed marks that running configs have in their place.

mod check;
mod config;
mod error;
mod examples;
mod names;
mod params;
mod render;
mod shape;
mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

pub use config::Config;
pub use error::StandardError;
pub use names::{ENDING, folder_of};
pub use params::Subject;

use crate::inventory::Mistake;
use crate::model::{DeviceType, Failure, SecretRef};
use source::Source;

/// The templates of this daemon. Files are read when they are needed, so that a change counts from the next job on.
#[derive(Debug, Clone)]
pub struct Standard {
    source: Source,
}

/// Makes golden texts for whoever only has a device's name: differences and drift reports.
#[async_trait::async_trait]
pub trait Golden: Send + Sync {
    /// The golden text of a device of the inventory, in the form of its running config, secrets marked as there. Fails with
    /// `template_missing`, `template_error`, and `validation` for a device that the inventory does not have.
    async fn text(&self, device: &str) -> Result<String, Failure>;
}

/// A golden configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The text, in the form of the family's running configs.
    pub text: String,
    /// The template, below its folder: `routeros/default.j2`.
    pub template: String,
    /// It is a shipped example and no template of the operator's.
    pub example: bool,
    /// Secrets that the template names and that no mark was given for: in their places stands a mark of zeroes, so the
    /// text is not whole until it is rendered again with their marks.
    pub wanted: BTreeSet<Wanted>,
}

/// A secret that a template names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wanted(pub String);

impl Wanted {
    /// As a reference; a name without a scheme is one of the vault.
    pub fn reference(&self) -> SecretRef {
        SecretRef::parse(&self.0).unwrap_or_else(|_| SecretRef::Vault(self.0.clone()))
    }
}

/// Marks of secrets by the words with which templates name them.
pub type Marks = BTreeMap<Wanted, String>;

impl Standard {
    /// Over the operator's folder, which need not exist; with the shipped examples behind it where `examples` says so.
    pub fn new(folder: impl Into<PathBuf>, examples: bool) -> Self {
        Self { source: Source::new(folder.into(), examples) }
    }

    /// The operator's folder.
    pub fn folder(&self) -> &Path {
        self.source.folder()
    }

    /// Renders the golden configuration of a subject. Blocks while it reads the templates. Render twice: first without
    /// marks to learn what is [`Rendered::wanted`], then with them.
    pub fn render(&self, subject: &Subject, marks: &Marks) -> Result<Rendered, StandardError> {
        let template = self.find(subject.device_type())?;
        let (text, wanted) = render::render(&self.source, &template, subject, marks)?;
        let text = shape::settle(subject.device_type().family(), &text)
            .map_err(|why| StandardError::Template(Mistake::of_file(self.source.shown(&template), why)))?;
        Ok(Rendered { text, example: self.source.is_example(&template), template, wanted })
    }

    /// The file that is missing for a type; none where there is one.
    pub fn missing(&self, device_type: DeviceType) -> Option<PathBuf> {
        match self.find(device_type) {
            Err(StandardError::Missing { general, .. }) => Some(general),
            Ok(_) | Err(_) => None,
        }
    }

    /// Every mistake of every template, those of the operator and, where they are on, the examples. A folder that is
    /// not there has none.
    pub fn check(&self) -> Vec<Mistake> {
        check::check(&self.source)
    }

    /// The template of a type, below its folder.
    fn find(&self, device_type: DeviceType) -> Result<String, StandardError> {
        names::candidates(device_type).into_iter().find(|name| self.source.has(name)).ok_or_else(|| {
            StandardError::Missing {
                device_type,
                general: self.folder().join(names::general(device_type)),
                specific: self.folder().join(names::specific(device_type)),
            }
        })
    }
}

#[cfg(test)]
mod tests;
