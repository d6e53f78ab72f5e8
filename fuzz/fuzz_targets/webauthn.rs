//! What browsers and authenticators say of passkeys (WebAuthn): CBOR, keys as COSE has them, JSON.
#![no_main]

use dauson::people::users::webauthn::{Assertion, Party, Registration};
use dauson_fuzz::{PAGE, assertion, authenticator_data, client_data, registration, webauthn_seeds};
use libfuzzer_sys::fuzz_target;
use std::sync::OnceLock;

static PARTY: OnceLock<Party> = OnceLock::new();

fuzz_target!(
    init: webauthn_seeds(),
    |data: &[u8]| {
        let party = PARTY.get_or_init(|| Party::of(PAGE).unwrap());
        let (created, got, signed) =
            (client_data("webauthn.create"), client_data("webauthn.get"), authenticator_data(false));
        if let Ok((made, _)) = party.registered(&registration(&created, data)) {
            // a key that was taken can be read again
            let refused = party.asserted(&assertion(&got, &signed), &made.key, made.copied);
            assert!(refused.is_err_and(|error| error.code != "store.damaged"));
        }
        let _ = party.registered(&registration(data, &signed));
        let _ = party.asserted(&assertion(&got, data), data, false);
        let _ = party.asserted(&assertion(&got, &signed), data, false);
        let _ = party.challenge(&assertion(data, &signed));
        if let Ok(said) = serde_json::from_slice::<Registration>(data) {
            let _ = party.registered(&said);
        }
        if let Ok(said) = serde_json::from_slice::<Assertion>(data) {
            let _ = (said.credential(), said.is_of("a"), party.challenge(&said), party.asserted(&said, data, true));
        }
    }
);
