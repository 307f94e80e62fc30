//! Recurring work: the planner alone over a real database on a clock that is moved by hand, and through the whole daemon.

mod api;
mod builtin;
mod command_line;
mod kill;
mod night;
mod planner;
mod settings;
mod site;
