//! The golden text of a device, as a difference and a drift report need it.

use crate::api::ApiState;
use crate::api::error::ApiError;
use crate::model::Device;

/// The golden text of a device of the inventory. A template that is missing is a 409 that names its file.
pub(super) fn text(api: &ApiState, name: &str) -> Result<String, ApiError> {
    let device = api.inventory.current().by_name(name).ok_or(ApiError::NoDevice)?;
    render(&device).map_err(ApiError::Unavailable)
}

/// The seam to `standard::render`.
fn render(device: &Device) -> Result<String, String> {
    let code = device.device_type;
    Err(format!("template_missing: this version makes no golden text for devices of type {code}"))
}
