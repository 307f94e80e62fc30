//! The tree of objects that an agent shows: a shared recording under rows of its own.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_snmp::{Oid, Value};

use super::knobs::wrapped;
use super::recording::Row;

/// What an object answers.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Always this.
    Fixed(Value),
    /// Time ticks that run with the lab's clock: `base` hundredths of a second at the simulated second `since`.
    Ticks {
        /// Hundredths of a second.
        base: f64,
        /// Simulated seconds.
        since: f64,
    },
    /// An INTEGER of seconds that runs with the lab's clock from zero at the simulated second `since`.
    Seconds {
        /// Simulated seconds.
        since: f64,
    },
}

impl Cell {
    fn at(&self, now: f64) -> Value {
        match self {
            Self::Fixed(value) => value.clone(),
            Self::Ticks { base, since } => Value::TimeTicks(wrapped(base + (now - since) * 100.0)),
            Self::Seconds { since } => Value::Integer(wrapped((now - since).floor()).cast_signed()),
        }
    }
}

/// Rows under construction; a later row replaces an earlier one.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rows {
    /// The rows.
    pub cells: BTreeMap<Oid, Cell>,
    /// Simulated second at which they must be built anew, if there is one.
    pub next_change: Option<f64>,
}

impl Rows {
    /// Puts a cell at `base` followed by `tail`.
    pub fn cell(&mut self, base: &[u32], tail: &[u32], cell: Cell) {
        self.cells.insert(Oid::new(base.iter().chain(tail).copied()), cell);
    }

    /// Puts a value that stays.
    pub fn put(&mut self, base: &[u32], tail: &[u32], value: Value) {
        self.cell(base, tail, Cell::Fixed(value));
    }

    /// Asks for the rows to be built anew at the simulated second `at`.
    pub fn changes_at(&mut self, at: f64) {
        self.next_change = Some(self.next_change.map_or(at, |next| next.min(at)));
    }

    /// Puts an INTEGER.
    pub fn int(&mut self, base: &[u32], tail: &[u32], value: i32) {
        self.put(base, tail, Value::Integer(value));
    }

    /// Puts a Gauge32.
    pub fn gauge(&mut self, base: &[u32], tail: &[u32], value: i32) {
        self.put(base, tail, Value::Gauge32(value.max(0).cast_unsigned()));
    }

    /// Puts text.
    pub fn text(&mut self, base: &[u32], tail: &[u32], text: &str) {
        self.put(base, tail, Value::OctetString(text.as_bytes().to_vec().into()));
    }
}

/// Why an object has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absence {
    /// There is no such object.
    Object,
    /// The object is there, this instance of it is not.
    Instance,
}

/// What an agent shows.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    /// A recording, sorted, shared with other agents.
    pub base: Arc<Vec<Row>>,
    /// Rows of this agent alone; they hide those of the recording.
    pub own: BTreeMap<Oid, Cell>,
    /// What is below one of these does not exist.
    pub missing: Vec<Oid>,
    /// What is below one of these is null (type 5).
    pub null: Vec<Oid>,
    /// GETNEXT of the first row at or after this answers that row again.
    pub loop_at: Option<Oid>,
}

impl Tree {
    /// The value of an instance.
    pub fn get(&self, oid: &Oid, now: f64) -> Option<Value> {
        if below(&self.missing, oid) {
            return None;
        }
        let value = match self.own.get(oid) {
            Some(cell) => cell.at(now),
            None => {
                let at = self.base.binary_search_by(|(row, _)| row.cmp(oid)).ok()?;
                self.base.get(at)?.1.clone()
            }
        };
        Some(if below(&self.null, oid) { Value::Null } else { value })
    }

    /// The next instance after `after`; with `loop_at`, possibly the same one again.
    pub fn next(&self, after: &Oid, now: f64) -> Option<(Oid, Value)> {
        if let Some(start) = &self.loop_at
            && let Some(row) = self.first(start)
            && row == after
        {
            return self.get(after, now).map(|value| (after.clone(), value));
        }
        let oid = self.following(after)?.clone();
        let value = self.get(&oid, now)?;
        Some((oid, value))
    }

    fn first(&self, start: &Oid) -> Option<&Oid> {
        if self.get(start, 0.0).is_some() { self.exact(start) } else { self.following(start) }
    }

    fn exact(&self, oid: &Oid) -> Option<&Oid> {
        self.own.get_key_value(oid).map(|(oid, _)| oid).or_else(|| {
            let at = self.base.binary_search_by(|(row, _)| row.cmp(oid)).ok()?;
            self.base.get(at).map(|(oid, _)| oid)
        })
    }

    fn following(&self, after: &Oid) -> Option<&Oid> {
        let mut after = after;
        loop {
            let at = self.base.partition_point(|(row, _)| row <= after);
            let recorded = self.base.get(at).map(|(oid, _)| oid);
            let own = self
                .own
                .range::<Oid, _>((std::ops::Bound::Excluded(after), std::ops::Bound::Unbounded))
                .next()
                .map(|(oid, _)| oid);
            let next = match (recorded, own) {
                (Some(a), Some(b)) => a.min(b),
                (Some(one), None) | (None, Some(one)) => one,
                (None, None) => return None,
            };
            if !below(&self.missing, next) {
                return Some(next);
            }
            after = next;
        }
    }

    /// Whether an absent instance's object exists. A tree of instances does not say where an object ends, so: it
    /// exists if another instance has the same parent, or if it is itself the parent of one.
    pub fn absence(&self, oid: &Oid) -> Absence {
        let has_child = |parent: &Oid| {
            self.following(parent).is_some_and(|row| row.starts_with(parent) && row.len() == parent.len() + 1)
        };
        if has_child(oid) || oid.parent().is_some_and(|parent| has_child(&parent)) {
            Absence::Instance
        } else {
            Absence::Object
        }
    }
}

fn below(prefixes: &[Oid], oid: &Oid) -> bool {
    prefixes.iter().any(|prefix| oid.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snmp::recording::parse;

    fn oid(text: &str) -> Oid {
        Oid::parse(text).unwrap()
    }

    fn tree() -> Tree {
        let base = parse(
            "1.3.6.1.2.1.1.1.0|4|one\n1.3.6.1.2.1.1.5.0|4|five\n1.3.6.1.2.1.2.2.1.1.1|2|1\n1.3.6.1.2.1.2.2.1.1.2|2|2\n",
        );
        let mut rows = Rows::default();
        rows.int(&[1, 3, 6, 1, 2, 1, 1, 7, 0], &[], 72);
        rows.text(&[1, 3, 6, 1, 2, 1, 1], &[5, 0], "mine");
        rows.cell(&[1, 3, 6, 1, 2, 1, 1], &[3, 0], Cell::Ticks { base: 500.0, since: 10.0 });
        Tree { base: Arc::new(base.unwrap()), own: rows.cells, ..Tree::default() }
    }

    fn walk(tree: &Tree) -> Vec<String> {
        let mut at = oid("1.3");
        let mut seen = Vec::new();
        while let Some((next, _)) = tree.next(&at, 0.0) {
            seen.push(next.to_string());
            at = next;
        }
        seen
    }

    #[test]
    fn own_rows_hide_the_recording_and_stand_in_order() {
        let tree = tree();
        assert_eq!(
            walk(&tree),
            [
                "1.3.6.1.2.1.1.1.0",
                "1.3.6.1.2.1.1.3.0",
                "1.3.6.1.2.1.1.5.0",
                "1.3.6.1.2.1.1.7.0",
                "1.3.6.1.2.1.2.2.1.1.1",
                "1.3.6.1.2.1.2.2.1.1.2"
            ]
        );
        assert_eq!(tree.get(&oid("1.3.6.1.2.1.1.5.0"), 0.0), Some(Value::OctetString("mine".into())));
        assert_eq!(tree.get(&oid("1.3.6.1.2.1.1.3.0"), 12.0), Some(Value::TimeTicks(700)));
    }

    #[test]
    fn missing_null_and_loop() {
        let mut tree = tree();
        tree.missing = vec![oid("1.3.6.1.2.1.1")];
        tree.null = vec![oid("1.3.6.1.2.1.2.2.1.1.2")];
        assert_eq!(walk(&tree), ["1.3.6.1.2.1.2.2.1.1.1", "1.3.6.1.2.1.2.2.1.1.2"]);
        assert_eq!(tree.get(&oid("1.3.6.1.2.1.1.1.0"), 0.0), None);
        assert_eq!(tree.get(&oid("1.3.6.1.2.1.2.2.1.1.2"), 0.0), Some(Value::Null));
        tree.loop_at = Some(oid("1.3.6.1.2.1.2.2.1.1"));
        let row = oid("1.3.6.1.2.1.2.2.1.1.1");
        assert_eq!(tree.next(&row, 0.0), Some((row.clone(), Value::Integer(1))));
    }

    #[test]
    fn absence_of_objects_and_instances() {
        let tree = tree();
        assert_eq!(tree.absence(&oid("1.3.6.1.2.1.1.5.1")), Absence::Instance);
        assert_eq!(tree.absence(&oid("1.3.6.1.2.1.1.5")), Absence::Instance);
        assert_eq!(tree.absence(&oid("1.3.6.1.2.1.2.2.1.1.9")), Absence::Instance);
        assert_eq!(tree.absence(&oid("1.3.6.1.2.1.1.99.0")), Absence::Object);
        assert_eq!(tree.absence(&oid("1.3.6.1.4.1.9.9.0")), Absence::Object);
    }
}
