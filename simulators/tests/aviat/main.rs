//! The Aviat radio as its users meet it: over SSH, SNMP and HTTP on loopback.

#[cfg(test)]
mod cli;
#[cfg(test)]
mod faces;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod shown;
#[cfg(test)]
mod software;
#[cfg(test)]
mod support;
