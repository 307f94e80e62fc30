//! When things are due: cron lines, maintenance windows and black-outs over named zones. Pure.

pub mod window;
