//! Requests and validation: section 7 A of spec/aviat-workflow.md.
