//! `POST /schedules`: a new schedule.

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{JITTER_MAX, SCHEDULES, ScheduleItem, audit, change, next, refused};
use crate::api::auth::Call;
use crate::api::envelope::{Envelope, Outcome};
use crate::api::error::ApiError;
use crate::api::extract::{Incoming, json};
use crate::api::openapi::ScheduleChangeErrors;
use crate::api::scope::Scope;
use crate::api::secrets::holds_secrets;
use crate::api::{ApiState, idempotency};
use crate::calendar::{Written, Zones};
use crate::catalog;
use crate::clock::human;
use crate::model::{Misfire, ScheduleSource, is_schedule_name};
use crate::store::{ScheduleOp, ScheduleRow, ScheduleSpec};

/// Most missed instants that one schedule makes up for.
const CATCH_UP_MAX: u64 = 100;
/// Longest description, characters.
const ABOUT_MAX: usize = 500;
/// Largest payload, bytes of JSON: it is copied into every run.
const PAYLOAD_MAX: usize = 64 * 1024;

/// Body of a new schedule.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body, which is read by hand so that refusals do not repeat it")]
pub(in crate::api) struct NewSchedule {
    /// Unique name.
    #[schema(pattern = "^[a-z0-9][a-z0-9._-]{0,63}$")]
    name: String,
    /// Action of its jobs; one of the catalog.
    action: String,
    /// Their payload; no secrets, those of devices are taken from the inventory.
    #[schema(value_type = Option<Object>)]
    payload: Option<Value>,
    /// A cron line of five fields, in `zone`; or `every`, or `at`.
    cron: Option<String>,
    /// A period from 10s to 366d, such as `6h`.
    every: Option<String>,
    /// An instant with its offset, or a local time of `zone`.
    at: Option<String>,
    /// IANA name of the zone.
    zone: Option<String>,
    /// Each run begins later than its instant by less than this, at most 24h (0s).
    jitter: Option<String>,
    /// What happens with instants that nobody looked at: `skip`, `once` (the default), `all`.
    misfire: Option<String>,
    /// With `all`: at most so many, the newest (1).
    #[schema(minimum = 1, maximum = 100)]
    catch_up: Option<u32>,
    /// Whether a run may begin while the last one goes on (false).
    overlap: Option<bool>,
    /// False: it begins paused.
    enabled: Option<bool>,
    /// Scopes of its jobs beside `job.submit`; the key must have each of them.
    scopes: Option<Vec<String>>,
    /// For people.
    #[schema(max_length = 500)]
    about: Option<String>,
}

/// Makes a schedule. Its jobs are submitted by `schedule:NAME`, with the scopes that are asked for here.
#[utoipa::path(
    post, path = "/schedules", tag = "schedules", operation_id = "add_schedule",
    params(("Idempotency-Key" = String, Header, description = "Unique per request.", min_length = 1, pattern = "[!-~]")),
    request_body = NewSchedule,
    responses((status = 201, description = "Made.", body = Envelope<ScheduleItem>), ScheduleChangeErrors)
)]
pub(in crate::api) async fn add(State(api): State<ApiState>, incoming: Incoming) -> Result<Response, ApiError> {
    let call = incoming.admit(&api, Scope::ScheduleWrite).await?;
    let Value::Object(members) = json(&call.headers, &call.body, api.config.depth_limit)? else {
        return Err(ApiError::invalid("the body must be a JSON object"));
    };
    let key = idempotency::key(&api, &call, SCHEDULES.to_owned())?;
    let enabled = flag(&members, "enabled")?.unwrap_or(true);
    let spec = spec(&call, &members)?;
    let (now, request_id) = (api.clock.now(), call.request_id);
    let due = next(&spec, now, now)?;
    let name = spec.name.clone();
    // The answer to a request that made one may be asked for again when its instant is past.
    let replayed = key.is_some() && api.store.schedule(&name).await?.is_some();
    if due.is_none() && !replayed {
        return Err(ApiError::invalid(NEVER));
    }
    let detail = spec.action.clone().unwrap_or_default();
    let line = audit(&call, now, "schedule.add", &name, None, detail);
    let change = change(&name, ScheduleOp::Add { spec: Box::new(spec), enabled, next: due }, line);
    let render = move |row: &ScheduleRow| {
        let data = ScheduleItem::from(row.clone());
        Envelope::new(request_id, Outcome::Ok, "Schedule made", data, now).stored(StatusCode::CREATED)
    };
    idempotency::respond(refused(api.store.change_schedule(now, change, key, Box::new(render)).await?)?)
}

/// What is never due.
const NEVER: &str = "the schedule would never be due: its instant is past, or no such day exists";

fn text<'a>(members: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, ApiError> {
    match members.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(ApiError::Invalid(format!("'{name}' must be text"))),
    }
}

fn flag(members: &Map<String, Value>, name: &str) -> Result<Option<bool>, ApiError> {
    match members.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(flag)) => Ok(Some(*flag)),
        Some(_) => Err(ApiError::Invalid(format!("'{name}' must be true or false"))),
    }
}

/// Members that mean something; others are mistakes, not surprises.
const MEMBERS: [&str; 14] = [
    "name", "action", "payload", "cron", "every", "at", "zone", "jitter", "misfire", "catch_up", "overlap", "enabled",
    "scopes", "about",
];

fn spec(call: &Call, members: &Map<String, Value>) -> Result<ScheduleSpec, ApiError> {
    if members.keys().any(|name| !MEMBERS.contains(&name.as_str())) {
        return Err(ApiError::Invalid(format!(
            "the body has members that mean nothing; known: {}",
            MEMBERS.join(", ")
        )));
    }
    let name = text(members, "name")?.filter(|name| is_schedule_name(name)).ok_or_else(|| {
        ApiError::invalid("'name' must be lower-case letters, digits, '.', '_' and '-', at most 64 characters")
    })?;
    let action = text(members, "action")?.ok_or(ApiError::MissingAction)?;
    let entry = catalog::find(action).ok_or_else(|| ApiError::invalid("'action' must be one of the catalog"))?;
    let payload = match members.get("payload") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(payload)) => payload.clone(),
        Some(_) => return Err(ApiError::invalid("'payload' must be a JSON object")),
    };
    if holds_secrets(&payload) {
        let sentence =
            "'payload' must hold no secrets: a schedule is no vault; those of devices are taken from the inventory";
        return Err(ApiError::invalid(sentence));
    }
    let payload = Value::Object(payload);
    if payload.to_string().len() > PAYLOAD_MAX {
        return Err(ApiError::Invalid(format!("'payload' is larger than {PAYLOAD_MAX} bytes")));
    }
    let scopes = scopes(call, members)?;
    if let Some(scope) = entry.scope
        && !call.identity.allows(scope)
    {
        return Err(ApiError::Scope(scope));
    }
    let written = Written {
        cron: text(members, "cron")?,
        every: text(members, "every")?,
        at: text(members, "at")?,
        zone: text(members, "zone")?,
    };
    // Never repeats what was sent.
    let (when, zone) = written.read(&Zones::system()).map_err(|error| ApiError::invalid(sentence(&error)))?;
    let misfire = match text(members, "misfire")? {
        None => Misfire::Once,
        Some(text) => Misfire::parse(text).ok_or_else(|| ApiError::invalid("'misfire' must be skip, once or all"))?,
    };
    let catch_up = match members.get("catch_up") {
        None | Some(Value::Null) => Some(1),
        Some(count) => count.as_u64().filter(|count| (1..=CATCH_UP_MAX).contains(count)),
    };
    let catch_up = catch_up.and_then(|count| u32::try_from(count).ok());
    let about = text(members, "about")?.unwrap_or_default();
    if about.chars().count() > ABOUT_MAX || about.chars().any(char::is_control) {
        return Err(ApiError::Invalid(format!("'about' must be one line of at most {ABOUT_MAX} characters")));
    }
    Ok(ScheduleSpec {
        name: name.to_owned(),
        source: ScheduleSource::Api,
        about: about.to_owned(),
        action: Some(action.to_owned()),
        payload,
        scopes,
        owner: call.identity.label.clone(),
        when,
        zone,
        jitter: jitter(text(members, "jitter")?)?,
        misfire,
        catch_up: catch_up
            .ok_or_else(|| ApiError::Invalid(format!("'catch_up' must be an integer from 1 to {CATCH_UP_MAX}")))?,
        overlap: flag(members, "overlap")?.unwrap_or(false),
    })
}

fn jitter(text: Option<&str>) -> Result<Duration, ApiError> {
    let Some(text) = text else { return Ok(Duration::ZERO) };
    let jitter = human::parse(text.trim()).ok().filter(|jitter| *jitter <= JITTER_MAX);
    jitter.ok_or_else(|| ApiError::invalid("'jitter' must be a duration of at most 24h, such as 10m"))
}

/// What the jobs may do: `job.submit`, and what is asked for, which the key must hold itself.
fn scopes(call: &Call, members: &Map<String, Value>) -> Result<Vec<String>, ApiError> {
    let wrong = || ApiError::invalid("'scopes' must be a list of scopes that the key has");
    let mut scopes = vec![Scope::JobSubmit.as_str().to_owned()];
    match members.get("scopes") {
        None | Some(Value::Null) => {}
        Some(Value::Array(asked)) => {
            for scope in asked {
                let scope = scope.as_str().filter(|scope| call.identity.allows(scope)).ok_or_else(wrong)?;
                scopes.push(scope.to_owned());
            }
        }
        Some(_) => return Err(wrong()),
    }
    if !call.identity.allows(Scope::JobSubmit.as_str()) {
        return Err(ApiError::Scope(Scope::JobSubmit.as_str()));
    }
    scopes.sort();
    scopes.dedup();
    Ok(scopes)
}

/// What is wrong, without what was sent.
fn sentence(error: &crate::calendar::TimingError) -> String {
    use crate::calendar::TimingError::{Cron, Zone};
    match error {
        Cron(_) => "'cron' must be minute, hour, day, month and weekday, such as 30 2 * * *".to_owned(),
        Zone(_) => "'zone' must be an IANA time zone, such as America/Chicago".to_owned(),
        other => other.to_string(),
    }
}
