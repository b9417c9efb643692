//! All integration tests in one binary, because each further one would link the database engine again.

#![cfg(test)]

mod bad_input;
mod cli;
mod first_minutes;
mod ingest;
mod links;
mod marks;
mod pty;
mod screens;
mod shared_data;
mod support;
mod terminal;
mod tidy;
