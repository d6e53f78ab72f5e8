//! The server does what its OpenAPI document says, whatever it is sent: schemathesis judges, where it is to be had.

use crate::office::Office;
use dauson::people::permissions::Role;
use std::path::Path;
use std::process::Command;

#[test]
fn the_server_keeps_to_its_openapi_document() {
    let office = Office::new();
    let server = office.serve();
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut command = Command::new("sh");
    command.arg(here.join("tests/schemathesis/run.sh")).arg(here.join("target/schemathesis"));
    command.arg(format!("http://{}", server.address)).arg("1");
    // `make schemathesis` has all roles and more cases
    command.arg(format!("officer={}", office.token(Role::Officer)));
    let output = command.output().unwrap();
    if output.status.code() == Some(77) {
        eprintln!("skipped: {}", String::from_utf8_lossy(&output.stderr));
        return;
    }
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.starts_with("PASS officer"), "{said}");
}
