//! The job engine, whole: jobs through the API against simulated equipment.

mod basics;
