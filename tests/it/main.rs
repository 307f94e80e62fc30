//! The one integration binary: towerhand against simulators and servers of other people, over loopback.

#[cfg(test)]
mod routeros;
