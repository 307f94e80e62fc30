//! **towerhand**: the hand of a wireless ISP's NOC at its towers.
//!
//! One daemon takes device actions over the OMNI job API, drives the equipment itself, and calls nothing done
//! until the device has been read back and says so. `docs/architecture.md` tells the shape; the table below is
//! checked by a test.
//!
//! ```text
//! top        main cli app config                        may import anything; nothing below imports them
//! doing      api  jobs  actions                         jobs -> actions; no other arrow between them
//! knowing    aviat  archive                              -> drivers and below
//! reaching   drivers -> transport                       store  inventory  vault  catalog  telemetry  lifecycle: leaves only
//!            standard -> inventory
//! leaves     model  clock  report  compare              import nothing of ours
//! ```

pub mod actions;
pub mod api;
pub mod app;
pub mod archive;
pub mod aviat;
pub mod catalog;
pub mod cli;
pub mod clock;
pub mod compare;
pub mod config;
pub mod drivers;
pub mod health;
pub mod inventory;
pub mod jobs;
pub mod lifecycle;
pub mod model;
pub mod report;
pub mod standard;
pub mod store;
pub mod telemetry;
pub mod transport;
pub mod vault;
