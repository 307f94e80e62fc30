//! Rows of `test_results` (spec/field-devices.md 1.7). What is not known never passes.

use crate::drivers::TestResult;

/// A value against a bound, with the texts of spec/field-devices.md 2.2.
pub fn bound(name: &str, expected: &str, value: Option<f64>, unit: &str, pass: impl Fn(f64) -> bool) -> TestResult {
    let actual = value.map(|value| if unit == "%" { format!("{value}%") } else { format!("{value} {unit}") });
    verdict(name, expected, actual, value.is_some_and(pass))
}

/// A word against the word that is good.
pub fn verdict(name: &str, expected: &str, actual: Option<String>, pass: bool) -> TestResult {
    TestResult { name: name.to_owned(), expected: Some(expected.to_owned()), actual, pass: Some(pass) }
}

/// A row without a verdict.
pub fn informational(name: &str, actual: Option<String>) -> TestResult {
    TestResult { name: name.to_owned(), expected: None, actual, pass: None }
}
