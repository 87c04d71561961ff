//! Runs the program as a user's shell would, and reads what it says.

use std::process::{Command, Output, Stdio};

/// The program with these arguments, without a display and without standard input.
pub fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sizewright"));
    command.args(arguments).stdin(Stdio::null());
    for display in ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"] {
        command.env_remove(display);
    }
    command
}

/// What a run printed, and its exit code.
pub struct Ran {
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub complaints: String,
    /// `None`: ended by a signal.
    pub code: Option<i32>,
}

/// Runs the program to its end. It must not panic, whatever it is told.
pub fn run(arguments: &[&str]) -> Ran {
    let Output { status, stdout, stderr } = program(arguments).output().expect("the program starts");
    let ran = Ran {
        out: String::from_utf8(stdout).expect("UTF-8"),
        complaints: String::from_utf8(stderr).expect("UTF-8"),
        code: status.code(),
    };
    assert!(!ran.complaints.contains("panicked"), "{arguments:?}: {}", ran.complaints);
    ran
}

/// Runs the program; it must succeed. Returns standard output.
pub fn answer(arguments: &[&str]) -> String {
    let ran = run(arguments);
    assert_eq!(ran.code, Some(0), "{arguments:?}: {}", ran.complaints);
    ran.out
}

/// Runs the program; it must print one JSON object.
#[allow(dead_code, reason = "not every test file asks for JSON")]
pub fn json(arguments: &[&str]) -> serde_json::Value {
    let out = answer(arguments);
    serde_json::from_str(&out).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {out}"))
}

/// Runs the program; it must refuse with this exit code and name all of `words`.
#[allow(dead_code, reason = "not every test file is refused")]
pub fn refusal(arguments: &[&str], code: i32, words: &[&str]) {
    let ran = run(arguments);
    assert_eq!(ran.code, Some(code), "{arguments:?}: {}{}", ran.out, ran.complaints);
    for word in words {
        assert!(ran.complaints.contains(word), "{arguments:?} does not say `{word}`: {}", ran.complaints);
    }
}
