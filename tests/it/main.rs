//! All integration tests in one binary, because each further one would link the database engine again.

#![cfg(test)]

mod bad_input;
mod cli;
mod custody;
mod first_minutes;
mod formats_agents;
mod ingest;
mod links;
mod mapped;
mod marks;
mod memory;
mod proofs;
mod pty;
mod screens;
mod secrets;
mod shared_data;
mod support;
mod terminal;
mod tidy;
