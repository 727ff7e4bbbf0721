//! The command line: arguments in, exit code out. The judgement is in the library.

mod cli;
mod globs;
mod guard;
mod read;
mod walk;

use std::process::ExitCode;

// Freeing millions of small AST nodes is the cost of a linter; Cargo.toml has the numbers.
#[cfg(all(unix, not(target_env = "musl")))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;
#[cfg(not(all(unix, not(target_env = "musl"))))]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match cli::run() {
        Ok(code) => code,
        Err(failure) => cli::report_failure(&failure),
    }
}
