//! Logging set-up, the metric registry, redaction at the source.
