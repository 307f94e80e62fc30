//! Integration tests: one binary, real protocols over loopback.

#[cfg(test)]
mod routeros;
#[cfg(test)]
mod ssh;
