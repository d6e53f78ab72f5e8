//! The program: reads the command line, calls the command, ends with its exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(dauson::cli::main(std::env::args_os()))
}
