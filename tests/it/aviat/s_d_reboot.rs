//! Radios that have to be restarted first: section 7 D of spec/aviat-workflow.md.
