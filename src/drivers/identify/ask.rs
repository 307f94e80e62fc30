//! Reads what [`super::identify`] and [`super::health`] look at.

use super::{Identity, SYS_DESCR, SYS_OBJECT_ID, health, identify, wanted};
use crate::drivers::power::Snapshot;
use crate::model::Failure;
use crate::transport::Cx;
use crate::transport::snmp::{Client, Oid, Value};

/// Objects in one request: small agents have small buffers.
const AT_ONCE: usize = 8;

/// What the device is, from its system group (in the snapshot already) and the identity objects of its vendor, which are
/// added to the snapshot. One or two requests.
pub async fn identity(cx: &Cx, client: &mut Client, snapshot: &mut Snapshot) -> Result<Option<Identity>, Failure> {
    let says = match snapshot.under(&[]).scalar(SYS_OBJECT_ID) {
        Some(Value::ObjectId(id)) => Some(id.clone()),
        _ => None,
    };
    for some in wanted(says.as_ref()).chunks(AT_ONCE) {
        snapshot.extend(client.get(cx, some).await?);
    }
    Ok(identify(snapshot))
}

/// Its health values. Nothing is asked of equipment whose own driver reads them.
pub async fn health(
    cx: &Cx,
    client: &mut Client,
    identity: &Identity,
    snapshot: &mut Snapshot,
) -> Result<Vec<health::Reading>, Failure> {
    let wanted = health::wanted(identity);
    if wanted.scalars.is_empty() && wanted.columns.is_empty() {
        return Ok(Vec::new());
    }
    for some in wanted.scalars().chunks(AT_ONCE) {
        snapshot.extend(client.get(cx, some).await?);
    }
    if !wanted.columns.is_empty() {
        snapshot.extend(client.walk_all(cx, &wanted.columns()).await?);
    }
    Ok(health::read(identity, snapshot))
}

/// What a device seems to be, for a sentence about one that is not of the type it should be; none where it does not say.
pub async fn in_words(cx: &Cx, client: &mut Client) -> Option<String> {
    let mut snapshot = Snapshot::default();
    snapshot.extend(client.get(cx, &[Oid::new(SYS_DESCR), Oid::new(SYS_OBJECT_ID)]).await.ok()?);
    Some(identity(cx, client, &mut snapshot).await.ok()??.in_words())
}
