//! Where zones come from.

use std::fmt;
use std::sync::Arc;

use jiff::tz::TimeZone;

/// How a zone is found.
type Lookup = dyn Fn(&str) -> Option<TimeZone> + Send + Sync;

/// Looks zones up by their IANA names. The machine's own data, which jiff reads again when it is updated, and where the
/// machine has none the copy inside the program. Clones share it.
#[derive(Clone)]
pub struct Zones(Arc<Lookup>);

impl fmt::Debug for Zones {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Zones")
    }
}

impl Default for Zones {
    fn default() -> Self {
        Self::system()
    }
}

impl Zones {
    /// The machine's.
    pub fn system() -> Self {
        Self(Arc::new(|name| TimeZone::get(name).ok()))
    }

    /// Others: for tests in which the data of a zone changes.
    pub fn of(lookup: impl Fn(&str) -> Option<TimeZone> + Send + Sync + 'static) -> Self {
        Self(Arc::new(lookup))
    }

    /// A zone as it is now; none where there is no such zone.
    pub fn get(&self, name: &str) -> Option<TimeZone> {
        // jiff also takes the names of POSIX rules and of "local"; a stored schedule names a place.
        (!name.is_empty()).then(|| (self.0)(name)).flatten()
    }
}
