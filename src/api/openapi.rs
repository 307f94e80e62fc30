//! The description of the API, made from the handlers' own types, and the list of routes.

use std::collections::BTreeMap;

use axum::Router;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ContentBuilder, OpenApi as Description, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{IntoResponses, Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::error::Detail;
use super::metadata::{actions, bootstrap, workflows};
use super::{ApiState, audit, configs, health, images, jobs, probes, radios, schedules, whoami, windows};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "towerhand",
        description = "Device actions as durable jobs. Every path below /api/v2/omni is also served directly below /api/v2. \
            Every response carries X-Request-ID; one that is sent along is echoed, and is the request_id where it is a UUID."
    ),
    components(schemas(Detail)),
    modifiers(&Keys),
    security(("api_key" = []), ("bearer" = []))
)]
struct Base;

/// The two ways to send a key.
struct Keys;

impl Modify for Keys {
    fn modify(&self, description: &mut Description) {
        let components = description.components.get_or_insert_with(Default::default);
        components
            .add_security_scheme("api_key", SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::new("X-API-Key"))));
        components.add_security_scheme(
            "bearer",
            SecurityScheme::Http(
                HttpBuilder::new()
                    .scheme(HttpAuthScheme::Bearer)
                    .description(Some("The API key; an extra to X-API-Key"))
                    .build(),
            ),
        );
    }
}

/// The contract's endpoints and the stream of a job, relative to a prefix.
pub(super) fn contract() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(health::health))
        .routes(routes!(whoami::whoami))
        .routes(routes!(actions::actions))
        .routes(routes!(bootstrap::bootstrap))
        .routes(routes!(workflows::workflows))
        .routes(routes!(jobs::submit::submit, jobs::list::list))
        .routes(routes!(jobs::detail::detail, jobs::cancel::patch))
        .routes(routes!(jobs::events::events))
        .routes(routes!(jobs::cancel::post, jobs::cancel::put))
        .routes(routes!(jobs::stream::stream))
        .routes(routes!(radios::stream))
        .routes(routes!(configs::list::list))
        .routes(routes!(configs::search::search))
        .routes(routes!(configs::stream::stream))
        .routes(routes!(configs::versions::versions))
        .routes(routes!(configs::diff::diff))
        .routes(routes!(configs::drift::drift))
        .routes(routes!(configs::show::show))
        .routes(routes!(schedules::list::list, schedules::add::add))
        .routes(routes!(schedules::show::show, schedules::remove::remove))
        .routes(routes!(schedules::pause::pause))
        .routes(routes!(schedules::pause::resume))
        .routes(routes!(schedules::run::run))
        .routes(routes!(schedules::history::history))
        .routes(routes!(windows::list::list, windows::add::add))
        .routes(routes!(windows::waiting::waiting))
        .routes(routes!(windows::remove::remove))
        .routes(routes!(audit::audit))
}

/// The described routes and their description.
pub(super) fn parts() -> (Router<ApiState>, Description) {
    OpenApiRouter::with_openapi(Base::openapi())
        .nest("/api/v2/omni", contract())
        .routes(routes!(probes::healthz))
        .routes(routes!(probes::readyz))
        .routes(routes!(probes::metrics))
        .routes(routes!(probes::sd))
        .routes(routes!(probes::probe))
        .routes(routes!(images::image))
        .split_for_parts()
}

/// The description alone, as `/openapi.json` shows it.
pub fn document() -> Description {
    parts().1
}

/// What any contract request may be refused with.
pub(super) struct ReadErrors;

/// What a request for one job may be refused with.
pub(super) struct JobErrors;

/// What a request for a config may be refused with.
pub(super) struct ConfigErrors;

/// What a request for a schedule may be refused with.
pub(super) struct ScheduleErrors;

/// What a change of a schedule may be refused with.
pub(super) struct ScheduleChangeErrors;

/// What a change of windows may be refused with.
pub(super) struct WindowErrors;

/// What a submission may be refused with.
pub(super) struct SubmitErrors;

/// What a cancellation may be refused with.
pub(super) struct CancelErrors;

/// Of any contract request; a signed GET is read and remembered like any other.
const ANY: &[u16] = &[401, 403, 408, 409, 413, 422, 500, 503];

impl IntoResponses for ReadErrors {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        refusals(&[])
    }
}

impl IntoResponses for JobErrors {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        refusals(&[404])
    }
}

impl IntoResponses for ConfigErrors {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        refusals(&[404])
    }
}

impl IntoResponses for ScheduleErrors {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        refusals(&[404])
    }
}

impl IntoResponses for ScheduleChangeErrors {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        refusals(&[400, 404])
    }
}

impl IntoResponses for WindowErrors {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        refusals(&[400, 404])
    }
}

impl IntoResponses for SubmitErrors {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        refusals(&[400])
    }
}

impl IntoResponses for CancelErrors {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        refusals(&[400, 404])
    }
}

fn refusals(more: &[u16]) -> BTreeMap<String, RefOr<Response>> {
    ANY.iter().chain(more).map(|status| (status.to_string(), refusal(*status))).collect()
}

fn refusal(status: u16) -> RefOr<Response> {
    let why = match status {
        400 => "Idempotency-Key is missing.",
        401 => "No key, or a signature that does not hold.",
        403 => "Unknown key, missing scope, or unknown signing key.",
        404 => "No such job, device, version, schedule or window.",
        408 => "The body did not arrive in time.",
        409 => {
            "Idempotency-Key used with another body, a nonce used before, no template to make the golden text of, a \
                name that is taken, or a schedule that is there already, runs, or comes from the settings."
        }
        413 => "The body is too large.",
        422 => "The query or the body is not what the operation takes.",
        503 => "No keys are configured.",
        _ => "Our own fault; the cause is in the log under the request's id.",
    };
    let body = ContentBuilder::new().schema(Some(Ref::from_schema_name("Detail"))).build();
    ResponseBuilder::new().description(why).content("application/json", body).build().into()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_operation_is_described_once_with_a_unique_id_and_its_refusals() {
        let document = serde_json::to_value(document()).unwrap();
        let mut ids = BTreeSet::new();
        let mut operations = 0;
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                operations += 1;
                let id = operation["operationId"].as_str().unwrap();
                assert!(ids.insert(id.to_owned()), "{id} twice");
                let statuses = operation["responses"].as_object().unwrap();
                assert!(statuses.contains_key("500"), "{method} {path}");
                if path.starts_with("/api/v2/omni/") {
                    for status in ["401", "403", "503"] {
                        assert!(statuses.contains_key(status), "{method} {path} {status}");
                    }
                }
            }
        }
        // Twelve of the contract, two streams, seven of the archive, eight of schedules, four of windows, the audit log, five
        // for probes and Prometheus, the images.
        assert_eq!(operations, 40);
        assert!(document["components"]["schemas"]["Detail"].is_object());
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let document = serde_json::to_value(document()).unwrap();
        let text = document.to_string();
        for part in text.split("\"$ref\":\"#").skip(1) {
            let pointer = part.split('"').next().unwrap();
            assert!(document.pointer(pointer).is_some(), "{pointer}");
        }
    }
}
