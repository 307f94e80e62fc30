//! Unified differences of two texts, by lines.

use std::time::Duration;

use similar::{ChangeTag, TextDiff};

/// Lines of context around a change, as `diff -u` has them.
pub const CONTEXT: usize = 3;

/// Two texts of many thousand lines that have nothing in common are compared coarsely after this time: still a true
/// difference, only a longer one.
const FINE: Duration = Duration::from_secs(2);

/// A difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unified {
    /// As `diff -u` writes it; empty where the texts are equal.
    pub text: String,
    /// Lines that only the new text has.
    pub added: u64,
    /// Lines that only the old text has.
    pub removed: u64,
}

/// What turns `old` into `new`, with names for the two in its head.
pub fn unified(old: &str, new: &str, old_name: &str, new_name: &str) -> Unified {
    if old == new {
        return Unified { text: String::new(), added: 0, removed: 0 };
    }
    let diff = TextDiff::configure().timeout(FINE).diff_lines(old, new);
    let (mut added, mut removed) = (0, 0);
    for change in diff.iter_all_changes() {
        match change.tag() {
            ChangeTag::Insert => added += 1,
            ChangeTag::Delete => removed += 1,
            ChangeTag::Equal => {}
        }
    }
    let text = diff.unified_diff().context_radius(CONTEXT).header(old_name, new_name).to_string();
    Unified { text, added, removed }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Texts of a router's kind, and the answer of `diff -u`, written by hand.
    #[test]
    fn golden_a_changed_line_with_its_context() {
        let old = "# 7.16\n/ip address\nadd address=192.0.2.1/24\nadd address=192.0.2.2/24\n/system identity\nset name=a\n/tool\nset x=1\nend\n";
        let new = "# 7.16\n/ip address\nadd address=192.0.2.1/24\nadd address=192.0.2.9/24\n/system identity\nset name=a\n/tool\nset x=1\nend\n";
        let wanted = "\
--- r1 version 1
+++ r1 version 2
@@ -1,7 +1,7 @@
 # 7.16
 /ip address
 add address=192.0.2.1/24
-add address=192.0.2.2/24
+add address=192.0.2.9/24
 /system identity
 set name=a
 /tool
";
        let found = unified(old, new, "r1 version 1", "r1 version 2");
        assert_eq!(found, Unified { text: wanted.to_owned(), added: 1, removed: 1 });
    }

    #[test]
    fn golden_two_changes_far_apart_are_two_hunks() {
        let old = "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl\n";
        let new = "b\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl\nm\n";
        let wanted = "\
--- old
+++ new
@@ -1,4 +1,3 @@
-a
 b
 c
 d
@@ -10,3 +9,4 @@
 j
 k
 l
+m
";
        let found = unified(old, new, "old", "new");
        assert_eq!(found, Unified { text: wanted.to_owned(), added: 1, removed: 1 });
    }

    #[test]
    fn golden_from_nothing_to_something_and_a_missing_line_end() {
        let found = unified("", "a\nb\n", "none", "x");
        assert_eq!(
            found,
            Unified { text: "--- none\n+++ x\n@@ -0,0 +1,2 @@\n+a\n+b\n".to_owned(), added: 2, removed: 0 }
        );
        let found = unified("a\nb", "a\nc", "old", "new");
        let wanted = "\
--- old
+++ new
@@ -1,2 +1,2 @@
 a
-b
\\ No newline at end of file
+c
\\ No newline at end of file
";
        assert_eq!(found, Unified { text: wanted.to_owned(), added: 1, removed: 1 });
    }

    #[test]
    fn equal_texts_have_no_difference() {
        assert_eq!(unified("a\n", "a\n", "x", "y"), Unified { text: String::new(), added: 0, removed: 0 });
    }

    /// Applies a unified difference, line by line, as `patch` would.
    fn patched(old: &str, diff: &str) -> String {
        let old: Vec<&str> = old.split_inclusive('\n').collect();
        let (mut out, mut at) = (String::new(), 0);
        for line in diff.lines().skip(2) {
            if let Some(head) = line.strip_prefix("@@ -") {
                let from = head.split([',', ' ']).next().unwrap().parse::<usize>().unwrap();
                let length = head.split(' ').next().unwrap().split_once(',').map_or(1, |(_, n)| n.parse().unwrap());
                let from = if length == 0 { from } else { from - 1 };
                while at < from {
                    out.push_str(old[at]);
                    at += 1;
                }
            } else if let Some(added) = line.strip_prefix('+') {
                out.push_str(added);
                out.push('\n');
            } else if line.starts_with('-') {
                at += 1;
            } else {
                out.push_str(old[at]);
                at += 1;
            }
        }
        out.extend(old[at..].iter().copied());
        out
    }

    proptest! {
        #[test]
        fn a_difference_makes_the_new_text_of_the_old(
            old in prop::collection::vec("[abc]{0,2}", 0..20),
            new in prop::collection::vec("[abc]{0,2}", 0..20),
        ) {
            let whole = |lines: Vec<String>| lines.into_iter().map(|line| line + "\n").collect::<String>();
            let (old, new) = (whole(old), whole(new));
            let found = unified(&old, &new, "old", "new");
            prop_assert_eq!(patched(&old, &found.text), new);
        }
    }
}
