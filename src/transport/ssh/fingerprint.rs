//! Fingerprints of host keys, as OpenSSH prints them.

use russh::keys::{HashAlg, PublicKey};

/// `SHA256:` and the unpadded base64 of the SHA-256 of the key's wire form.
pub fn fingerprint(key: &PublicKey) -> String {
    key.fingerprint(HashAlg::Sha256).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_what_ssh_keygen_prints() {
        // Made with `ssh-keygen -t ed25519`, read with `ssh-keygen -lf`.
        let key =
            PublicKey::from_openssh("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBRLDYor73T7e6iuuxExQ5D946aj+IczRa+z+0kYkxHm")
                .unwrap();
        assert_eq!(fingerprint(&key), "SHA256:za6MrNerLtzGlnlGcZDNzeMhIVofu7VReGRvWGKFLEU");
    }
}
