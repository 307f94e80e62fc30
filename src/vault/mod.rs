//! Secrets: sealed at rest, opened at the last moment.
