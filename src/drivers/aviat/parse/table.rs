//! Tables of ConfD: a line of headings, a row of dashes, rows whose cells begin below their headings.

/// A table's columns by their headings, lower case, and where each begins, in characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns(Vec<(String, usize)>);

impl Columns {
    /// Headings are parted by two blanks or more, since a heading may hold one; alone, `NAME  X` and `NAME X` differ.
    pub fn of(heading: &str) -> Self {
        let mut columns: Vec<(String, usize)> = Vec::new();
        let mut blanks = 2;
        for (at, c) in heading.trim_end().chars().enumerate() {
            if c.is_whitespace() {
                blanks += 1;
                continue;
            }
            match columns.last_mut() {
                Some((name, _)) if blanks < 2 => {
                    if blanks == 1 {
                        name.push(' ');
                    }
                    name.push(c.to_ascii_lowercase());
                }
                _ => columns.push((c.to_lowercase().collect(), at)),
            }
            blanks = 0;
        }
        Self(columns)
    }

    /// Whether all these headings are there.
    pub fn have(&self, names: &[&str]) -> bool {
        names.iter().all(|name| self.0.iter().any(|(heading, _)| heading == name))
    }

    /// The cell of a row below a heading; none where it is empty, or where the row's text does not begin below its
    /// headings, so that no value slides into a neighbour's place.
    pub fn cell(&self, row: &str, name: &str) -> Option<String> {
        let place = self.0.iter().position(|(heading, _)| heading == name)?;
        let (_, start) = self.0.get(place)?;
        let end = self.0.get(place + 1).map_or(usize::MAX, |(_, next)| *next);
        let before = start.checked_sub(1).and_then(|at| row.chars().nth(at));
        if before.is_some_and(|c| !c.is_whitespace()) {
            return None;
        }
        let cell: String = row.chars().skip(*start).take(end.saturating_sub(*start)).collect();
        let over = end != usize::MAX && cell.chars().count() == end - start && !cell.ends_with(char::is_whitespace);
        let cell = cell.trim();
        (!over && !cell.is_empty()).then(|| cell.to_owned())
    }
}

/// Whether a line is the row of dashes below headings.
pub fn is_rule(line: &str) -> bool {
    let line = line.trim();
    line.len() >= 3 && line.chars().all(|c| c == '-')
}

/// The headings and rows of the first table in the text: the line above the row of dashes, and the lines behind it up
/// to a blank one. None where there is no table.
pub fn first(text: &str) -> Option<(Columns, Vec<&str>)> {
    let mut lines = text.lines();
    let mut above = "";
    loop {
        let line = lines.next()?;
        if is_rule(line) && !above.trim().is_empty() {
            break;
        }
        above = line;
    }
    let rows = lines.take_while(|line| !line.trim().is_empty()).collect();
    Some((Columns::of(above), rows))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "ACTIVE VERSION    INACTIVE VERSION  STATUS\n\
        ------------------------------------------\n\
        6.2.4(12.59373)   2.11.11(18.6069)  idle\n\
        \x20                 2.11.11(18.6069)\n";

    #[test]
    fn cells_stand_below_their_headings() {
        let (columns, rows) = first(TABLE).unwrap();
        assert!(columns.have(&["active version", "inactive version", "status"]));
        assert!(!columns.have(&["version"]));
        assert_eq!(columns.cell(rows[0], "active version").as_deref(), Some("6.2.4(12.59373)"));
        assert_eq!(columns.cell(rows[0], "status").as_deref(), Some("idle"));
        assert_eq!(columns.cell(rows[1], "active version"), None);
        assert_eq!(columns.cell(rows[1], "inactive version").as_deref(), Some("2.11.11(18.6069)"));
        assert_eq!(columns.cell(rows[1], "status"), None);
    }

    #[test]
    fn a_value_that_runs_over_is_no_cell() {
        let columns = Columns::of("NAME  STATE");
        assert_eq!(columns.cell("toolongname up", "name"), None);
        assert_eq!(columns.cell("toolongname up", "state"), None);
        assert_eq!(columns.cell("ñame  up", "state").as_deref(), Some("up"));
    }

    #[test]
    fn without_a_row_of_dashes_there_is_no_table() {
        assert_eq!(first("A  B\n1  2\n"), None);
        assert_eq!(first("----\n1\n"), None);
    }
}
