//! Prechecks and uptime: section 7 C of spec/aviat-workflow.md.
