//! Object identifiers: parsed, compared by sub-identifiers, cheap to clone.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::ber;

/// RFC 3416: at most 128 sub-identifiers.
const MOST_IDS: usize = 128;

/// An object identifier. Ordered by sub-identifiers, as a walk needs it (`1.3.6.1.2` before `1.3.6.1.10`).
#[derive(Clone)]
pub struct Oid(Ids);

#[derive(Clone)]
enum Ids {
    Fixed(&'static [u32]),
    Shared(Arc<[u32]>),
}

/// A text that is not an object identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is not an object identifier: 2 to 128 numbers with dots between them, such as 1.3.6.1.2.1.1.3.0, the first 0 to 2, the second below 40 unless the first is 2"
)]
pub struct OidError(pub String);

impl Oid {
    /// From constants: `const SYS_NAME: Oid = Oid::new(&[1, 3, 6, 1, 2, 1, 1, 5, 0]);`. For numbers known only at
    /// run time there are [`Oid::child`] and `From<&[u32]>`.
    pub const fn new(ids: &'static [u32]) -> Self {
        Self(Ids::Fixed(ids))
    }

    /// Parses `1.3.6.1`; one leading dot is tolerated, as net-snmp prints it.
    pub fn parse(text: &str) -> Result<Self, OidError> {
        let wrong = || OidError(text.chars().take(200).collect());
        let ids = text
            .strip_prefix('.')
            .unwrap_or(text)
            .split('.')
            .map(|id| if id.bytes().all(|b| b.is_ascii_digit()) { id.parse().ok() } else { None })
            .collect::<Option<Vec<u32>>>()
            .ok_or_else(wrong)?;
        let oid = Self::from(ids.as_slice());
        if oid.is_encodable() { Ok(oid) } else { Err(wrong()) }
    }

    /// The sub-identifiers.
    pub fn ids(&self) -> &[u32] {
        match &self.0 {
            Ids::Fixed(ids) => ids,
            Ids::Shared(ids) => ids,
        }
    }

    /// Whether `self` is `prefix` or lies under it.
    pub fn starts_with(&self, prefix: &Oid) -> bool {
        self.ids().starts_with(prefix.ids())
    }

    /// `self` with `ids` appended: an instance of a column.
    #[must_use]
    pub fn child(&self, ids: &[u32]) -> Self {
        Self(Ids::Shared(self.ids().iter().chain(ids).copied().collect()))
    }

    /// What follows `prefix`: the index of a row. `None` if `self` does not lie under `prefix`; empty if it is it.
    pub fn suffix_after(&self, prefix: &Oid) -> Option<&[u32]> {
        self.ids().strip_prefix(prefix.ids())
    }

    /// Whether BER can carry it (X.690, 8.19) and SNMP allows it.
    pub(super) fn is_encodable(&self) -> bool {
        match self.ids() {
            [0 | 1, second, ..] if *second >= 40 => false,
            [0..=2, second, ..] => *second <= u32::MAX - 80 && self.ids().len() <= MOST_IDS,
            _ => false,
        }
    }

    /// From the content bytes of a BER object identifier; `None` if they are malformed or over SNMP's limits.
    pub(super) fn from_ber(bytes: &[u8]) -> Option<Self> {
        let mut ids = [0; MOST_IDS];
        let count = ber::read_oid(bytes, &mut ids)?;
        ids.get(..count).map(Self::from)
    }
}

impl From<&[u32]> for Oid {
    fn from(ids: &[u32]) -> Self {
        Self(Ids::Shared(Arc::from(ids)))
    }
}

impl FromStr for Oid {
    type Err = OidError;

    fn from_str(text: &str) -> Result<Self, OidError> {
        Self::parse(text)
    }
}

impl PartialEq for Oid {
    fn eq(&self, other: &Self) -> bool {
        self.ids() == other.ids()
    }
}

impl Eq for Oid {}

impl PartialOrd for Oid {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Oid {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.ids().cmp(other.ids())
    }
}

impl std::hash::Hash for Oid {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.ids().hash(state);
    }
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, id) in self.ids().iter().enumerate() {
            if place > 0 {
                f.write_str(".")?;
            }
            write!(f, "{id}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SYSTEM: Oid = Oid::new(&[1, 3, 6, 1, 2, 1, 1]);

    #[test]
    fn it_orders_by_numbers_not_by_text() {
        let two: Oid = "1.3.6.1.2".parse().unwrap();
        let ten: Oid = "1.3.6.1.10".parse().unwrap();
        assert!(two < ten);
        assert!(two < two.child(&[0]));
        assert!(two.child(&[9, 9]) < ten);
    }

    #[test]
    fn it_knows_what_lies_under_it() {
        let name = SYSTEM.child(&[5, 0]);
        assert_eq!(name.to_string(), "1.3.6.1.2.1.1.5.0");
        assert!(name.starts_with(&SYSTEM) && SYSTEM.starts_with(&SYSTEM));
        assert!(!Oid::new(&[1, 3, 6, 1, 2, 1, 10]).starts_with(&SYSTEM));
        assert_eq!(name.suffix_after(&SYSTEM), Some([5, 0].as_slice()));
        assert_eq!(SYSTEM.suffix_after(&name), None);
        assert_eq!(Oid::parse(".1.3.6.1.2.1.1").unwrap(), SYSTEM);
    }

    #[test]
    fn what_is_no_oid_is_refused() {
        for text in
            ["", "1", ".", "1..3", "1.3.", "1.3.a", "1.3.-1", "1.3.+1", "3.1", "1.40", "1.3.4294967296", "iso.3"]
        {
            assert!(Oid::parse(text).is_err(), "{text}");
        }
        assert!(Oid::parse("2.999.1").is_ok());
        assert!(Oid::parse(&["1.3"; 65].join(".")).is_err());
    }

    fn ids() -> impl Strategy<Value = Vec<u32>> {
        let head = prop_oneof![(0..2_u32, 0..40_u32), (Just(2), 0..4_000_000_u32)];
        (head, prop::collection::vec(any::<u32>(), 0..126)).prop_map(|((a, b), rest)| [vec![a, b], rest].concat())
    }

    proptest! {
        #[test]
        fn text_comes_back(ids in ids()) {
            let oid = Oid::from(ids.as_slice());
            prop_assert_eq!(Oid::parse(&oid.to_string()).unwrap(), oid);
        }

        #[test]
        fn ber_comes_back(ids in ids()) {
            let oid = Oid::from(ids.as_slice());
            let mut bytes = Vec::new();
            ber::write_oid(&mut bytes, &oid);
            // Tag and length, one or more bytes, stand in front of the content.
            let skip = bytes.len() - ber::oid_content(&oid).len();
            prop_assert_eq!(Oid::from_ber(&bytes[skip..]), Some(oid));
        }

        #[test]
        fn order_is_that_of_the_numbers(a in ids(), b in ids()) {
            prop_assert_eq!(Oid::from(a.as_slice()).cmp(&Oid::from(b.as_slice())), a.cmp(&b));
        }

        #[test]
        fn no_bytes_break_it(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Some(oid) = Oid::from_ber(&bytes) {
                prop_assert!(oid.is_encodable());
            }
        }
    }
}
