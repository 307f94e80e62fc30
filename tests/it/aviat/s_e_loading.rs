//! Loading: section 7 E of spec/aviat-workflow.md.
