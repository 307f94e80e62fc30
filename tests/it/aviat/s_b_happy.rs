//! Happy paths: section 7 B of spec/aviat-workflow.md.
