//! What was signed is given back, whatever was done to the file later.

use super::lab::*;
use crate::program::run;

#[test]
fn the_signed_file_is_given_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let root = dauson::keys::pem::encode("CERTIFICATE", &authority().root.certificate);
    std::fs::write(path("root.pem"), root.as_bytes()).unwrap();
    for how in ALL {
        let first = signed(how);
        let second = sign(&first, &options());
        let attacked = update(&second, &[(4, &stream("", "BT /F 12 Tf (Pay 900) Tj ET"))], how);
        std::fs::write(path("in.pdf"), &attacked).unwrap();
        let extract = |number: &str| {
            let all = ["verify", "--trust", &path("root.pem"), "--revocation", "ignore", "--force"].map(str::to_owned);
            let more = ["--extract-revision".into(), number.to_owned(), "-o".into(), path("out.pdf"), path("in.pdf")];
            run(folder.path(), all.into_iter().chain(more))
        };
        for (number, wanted) in [("1", &first), ("2", &second)] {
            extract(number).expect(1);
            assert!(std::fs::read(path("out.pdf")).unwrap() == *wanted, "{how:?} {number}");
        }
        for wrong in ["0", "3"] {
            assert!(extract(wrong).expect(64).error_line().contains("2 signatures"));
        }
    }
    run(folder.path(), ["verify", "--extract-revision", "1", &path("in.pdf")]).expect(64);
}
