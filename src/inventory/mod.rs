//! What devices there are: load, validate, compare. Sources: files now.
