//! Labs as their users meet them: over SSH and HTTP on loopback.

#[cfg(test)]
mod binary;
#[cfg(test)]
mod console;
#[cfg(test)]
mod control;
#[cfg(test)]
mod exec;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod fleet;
#[cfg(test)]
mod openssh;
#[cfg(test)]
mod recordings;
#[cfg(test)]
mod support;
