//! The `tierline` program: one TLS provider, then the command line.

use std::process::ExitCode;

use tierline::cli::{self, exit::Exit};

fn main() -> ExitCode {
    // Before anything that may build a TLS client: without a provider the
    // HTTP client panics, with two of them rustls does.
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        return Exit::Fault.into();
    }
    cli::run(std::env::args_os()).into()
}
