//! `GET /workflows`: which actions make up which screen. The shape of an entry differs by group, as the contract
//! has it: a text, an object, or a list.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::api::ApiState;
use crate::api::envelope::{Envelope, Outcome};
use crate::api::error::ApiError;
use crate::api::extract::Incoming;
use crate::api::openapi::ReadErrors;
use crate::api::scope::Scope;
use crate::catalog;

/// Answer of `GET /workflows`.
#[derive(Debug, Serialize, ToSchema)]
pub struct WorkflowsData {
    /// Five groups.
    #[schema(value_type = Object)]
    workflows: Value,
    parity_doc: &'static str,
    actions_count: usize,
}

fn workflows_by_group() -> Value {
    let field = |role: &str| {
        ["device_info", "running_config", "standard_config", "generate"].map(|what| format!("ido.{role}.{what}"))
    };
    let rendering = |action: &str| json!({"action": action, "required": ["config_type", "payload"]});
    json!({
        "dashboard": {
            "health": "health.get",
            "activity_list": "activity.list",
            "configs_list": "configs.list"
        },
        "mikrotik": {
            "render": rendering("mt.render"),
            "config_only": rendering("mt.config"),
            "portmap_only": rendering("mt.portmap")
        },
        "field_config_studio": {
            "ap": field("ap"),
            "bh": field("bh"),
            "switch": field("swt"),
            "ups": field("ups"),
            "rpc": field("rpc")
        },
        "aviat": {
            "run": "aviat.run",
            "check_status": "aviat.check_status",
            "activate_scheduled": "aviat.activate_scheduled",
            "queue_get": "aviat.queue.get",
            "queue_update": "aviat.queue.update"
        },
        "ftth": {
            "preview_bng": "ftth.preview_bng",
            "generate_bng": "ftth.generate_bng",
            "mf2_package": "ftth.mf2_package"
        }
    })
}

/// Actions by workflow.
#[utoipa::path(
    get, path = "/workflows", tag = "service", operation_id = "workflows",
    responses((status = 200, description = "Five groups.", body = Envelope<WorkflowsData>), ReadErrors)
)]
pub(in crate::api) async fn workflows(State(api): State<ApiState>, incoming: Incoming) -> Result<Response, ApiError> {
    let call = incoming.admit(&api, Scope::ActionsRead).await?;
    let data = WorkflowsData {
        workflows: workflows_by_group(),
        parity_doc: "/docs/UI_API_PARITY.md",
        actions_count: catalog::ALL.len(),
    };
    Ok(call.answer(&api, Outcome::Ok, "OMNI workflow/action mappings", data))
}
