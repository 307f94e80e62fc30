//! `ido.<role>.standard_config`: the golden configuration of a type at its site. No device is spoken to.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Map, Value};

use super::services::Services;
use super::{Call, credentials};
use crate::catalog::Reach;
use crate::drivers::redact::Redacted;
use crate::inventory::Named;
use crate::model::{DeviceType, Failure, FailureClass, Level, Secret, SecretRef};
use crate::standard::{Golden, Marks, Rendered, Subject};

/// A template may name a secret under a name that depends on another one's mark, which makes no sense, but must end.
const ROUNDS: usize = 3;

/// The text, in the form of the family's running configs, secrets marked as there.
pub(super) async fn read(call: &Call<'_>) -> Result<Value, Failure> {
    let Reach::About(role) = call.action.reach else {
        return Err(Failure::new(FailureClass::Internal, "the catalog gives this action no role"));
    };
    let named = call.services.inventory.current().described(call.payload())?;
    let device_type = call.device_type(named.as_ref(), Some(role))?;
    let golden = call.golden(device_type, named.as_ref(), Map::new()).await?;
    let bytes = golden.text.len();
    if golden.example {
        let said =
            format!("{device_type}: rendered from the shipped example {}, no template of yours", golden.template);
        call.say(Level::Warning, said);
    }
    call.say(Level::Info, format!("{device_type}: {bytes} bytes rendered from {}", golden.template));
    Ok(Value::from(golden.text))
}

impl Call<'_> {
    /// The golden configuration of a type, for a device where one is known; `more` are parameters that were read from
    /// it, behind those of the payload.
    pub(super) async fn golden(
        &self,
        device_type: DeviceType,
        named: Option<&Named>,
        more: Map<String, Value>,
    ) -> Result<Rendered, Failure> {
        let services = self.services;
        let inventory = services.inventory.current();
        let device = named.and_then(|named| named.device.as_deref());
        let site = device.and_then(|device| inventory.site(device.site.as_deref()?));
        let mut given = more;
        // A payload that is no object names no device either, and was refused before.
        if let Value::Object(payload) = self.payload() {
            given.extend(
                payload.iter().filter(|(_, value)| !blank(value)).map(|(name, value)| (name.clone(), value.clone())),
            );
        }
        self.mark_sealed(&mut given).await?;
        let subject = Subject::of(device_type, device, site, &given)?;
        rendered(services, device_type, subject, |secret| self.opened.keep(secret)).await
    }

    /// Puts marks into the places of what was sealed at the door, however deep it lies. The password of a login is none
    /// of a configuration's parameters.
    async fn mark_sealed(&self, given: &mut Map<String, Value>) -> Result<(), Failure> {
        given.remove("password");
        let own = format!("secret:job/{}/", self.step.job.id);
        let mut sealed = BTreeMap::new();
        given.values().for_each(|value| collect(value, &own, &mut sealed));
        for (name, mark) in &mut sealed {
            let reference =
                SecretRef::parse(name).map_err(|error| Failure::new(FailureClass::Internal, error.to_string()))?;
            // An empty one is none, as any blank member.
            *mark = self.services.redactor.mark_of(&self.open(&reference).await?).unwrap_or_default();
        }
        given.values_mut().for_each(|value| put(value, &sealed));
        Ok(())
    }
}

/// Renders, opening the secrets that the template names; each is shown to `opened` before its mark is used.
async fn rendered(
    services: &Services,
    device_type: DeviceType,
    subject: Subject,
    opened: impl Fn(&Secret) + Send + Sync,
) -> Result<Rendered, Failure> {
    let mut marks = Marks::new();
    for _ in 0..ROUNDS {
        let standard = services.standard.clone();
        let (subject, known) = (subject.clone(), marks.clone());
        let rendered = tokio::task::spawn_blocking(move || standard.render(&subject, &known)).await;
        let rendered =
            rendered.map_err(|_| Failure::new(FailureClass::Internal, "rendering a template broke off"))??;
        if rendered.wanted.is_empty() {
            // Templates hold no secrets; one that was written into a template all the same is marked as well.
            let Redacted { text, .. } = services.redactor.redact(device_type.family(), &rendered.text);
            return Ok(Rendered { text, ..rendered });
        }
        for wanted in rendered.wanted {
            let secret = credentials::open(services, &wanted.reference()).await?;
            opened(&secret);
            let mark = services.redactor.mark_of(&secret);
            marks.insert(wanted, mark.ok_or_else(|| Failure::validation("a secret that a template names is empty"))?);
        }
    }
    let sentence = "the template names other secrets each time that it is rendered; name them by fixed names";
    Err(Failure::new(FailureClass::TemplateError, sentence))
}

/// Golden texts outside of jobs.
pub struct GoldenTexts(pub Arc<Services>);

#[async_trait]
impl Golden for GoldenTexts {
    async fn text(&self, device: &str) -> Result<String, Failure> {
        let inventory = self.0.inventory.current();
        let found = inventory.by_name(device);
        let found = found.ok_or_else(|| Failure::validation(format!("the inventory has no device '{device}'")))?;
        let site = found.site.as_deref().and_then(|site| inventory.site(site));
        let subject = Subject::of(found.device_type, Some(&found), site, &Map::new())?;
        // Nothing of it is said anywhere: only marks come out.
        Ok(rendered(&self.0, found.device_type, subject, |_| {}).await?.text)
    }
}

/// The references of the job's own secrets, each without its mark yet.
fn collect(value: &Value, own: &str, found: &mut BTreeMap<String, String>) {
    match value {
        Value::String(text) if text.starts_with(own) => {
            found.insert(text.clone(), String::new());
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, own, found)),
        Value::Object(members) => members.values().for_each(|member| collect(member, own, found)),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn put(value: &mut Value, marks: &BTreeMap<String, String>) {
    match value {
        Value::String(text) => {
            if let Some(mark) = marks.get(text) {
                mark.clone_into(text);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| put(item, marks)),
        Value::Object(members) => members.values_mut().for_each(|member| put(member, marks)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => false,
    }
}
