//! The golden text of a device, as a difference and a drift report need it.

use crate::api::ApiState;
use crate::api::error::ApiError;
use crate::model::FailureClass;

/// The golden text of a device of the inventory. A template that is missing or wrong is a 409 that names it.
pub(super) async fn text(api: &ApiState, name: &str) -> Result<String, ApiError> {
    if api.inventory.current().by_name(name).is_none() {
        return Err(ApiError::NoDevice);
    }
    api.golden.text(name).await.map_err(|failure| match failure.class {
        FailureClass::Internal => {
            tracing::error!("the golden text of {name} could not be made: {}", failure.sentence);
            ApiError::Internal
        }
        class => ApiError::Unavailable(format!("{}: {}", class.as_str(), failure.sentence)),
    })
}
