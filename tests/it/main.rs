//! t
#[cfg(test)]
mod net;
