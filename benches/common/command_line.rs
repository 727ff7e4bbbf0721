//! How benchmarks begin and end as commands.

use std::ffi::OsString;
use std::process::ExitCode;

/// What the user gave: cargo adds `--bench`.
pub(crate) fn arguments() -> Vec<OsString> {
    std::env::args_os().skip(1).filter(|arg| arg != "--bench").collect()
}

/// Says what went wrong.
pub(crate) fn ends(result: Result<(), String>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("error: {problem}");
            ExitCode::FAILURE
        }
    }
}
