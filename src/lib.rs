//! leaklint finds memory leaks in JavaScript and TypeScript before they ship.
//!
//! The library is the judgement: it does no input or output and reads no environment.

pub mod baseline;
mod blocks;
pub mod config;
mod embedded;
pub mod engine;
pub mod facts;
pub mod finding;
pub mod fingerprint;
pub mod index;
pub mod lint;
pub mod models;
pub mod readings;
pub mod report;
pub mod rules;
pub mod source;
pub mod suggest;
pub mod suppress;
pub mod syntax;
