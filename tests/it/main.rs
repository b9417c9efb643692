//! All integration tests in one binary, because each further one would link the database engine again.

#![cfg(test)]

mod bad_input;
mod boundary;
mod cli;
mod comply;
mod custody;
mod exports;
mod faults;
mod first_minutes;
mod formats_agents;
mod formats_otlp;
mod fuzz_seeds;
mod gaps;
mod hostile;
mod ingest;
mod keys;
mod leads;
mod links;
mod mapped;
mod marks;
mod memory;
mod permissions;
mod proofs;
mod pty;
mod report;
mod screens;
mod secrets;
mod shared_data;
mod sigma;
mod simulator;
mod support;
mod terminal;
mod tidy;
mod why;
