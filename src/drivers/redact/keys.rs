//! Which names are those of secrets.

/// What a name of a secret holds, hyphens and underscores left out.
const PARTS: [&str; 14] = [
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "secret",
    "token",
    "apikey",
    "presharedkey",
    "privatekey",
    "authkey",
    "authenticationkey",
    "encryptionkey",
    "privkey",
    "md5key",
];

/// What a name of a secret is, or ends with after a hyphen or underscore.
const WORDS: [&str; 6] = ["pass", "pwd", "psk", "cak", "pmk", "wpakey"];

/// Last parts of names that only speak about a secret.
const ABOUT: [&str; 22] = [
    "length",
    "policy",
    "expiry",
    "expires",
    "age",
    "enabled",
    "enable",
    "history",
    "complexity",
    "retries",
    "attempts",
    "timeout",
    "type",
    "mode",
    "format",
    "authentication",
    "login",
    "count",
    "id",
    "file",
    "name",
    "lifetime",
];

/// Values that no secret is: switches of settings about secrets.
const SWITCHES: [&str; 14] = [
    "yes",
    "no",
    "true",
    "false",
    "none",
    "null",
    "auto",
    "default",
    "enabled",
    "disabled",
    "yes-if-no-key",
    "required",
    "optional",
    "{",
];

/// How a hashed password begins, whatever its name is.
const HASHES: [&str; 6] = ["$1$", "$5$", "$6$", "$2a$", "$2b$", "$P$"];

/// Phase-shift keying: a radio's modulation, not a pre-shared key.
const MODULATIONS: [&str; 3] = ["bpsk", "qpsk", "8psk"];

/// Whether a value is a switch, and so no secret.
pub(super) fn is_switch(value: &str) -> bool {
    SWITCHES.contains(&value)
}

/// Whether a value is a secret whatever its name is: a password's hash, a private key.
pub(super) fn is_secret_value(value: &str) -> bool {
    HASHES.iter().any(|hash| value.starts_with(hash)) || value.contains("PRIVATE KEY-----")
}

/// Whether a name in any configuration or script is that of a secret.
pub(super) fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let parts: Vec<&str> = name.split(['-', '_', '.']).filter(|part| !part.is_empty()).collect();
    let Some(last) = parts.last() else { return false };
    if ABOUT.contains(last) && parts.len() > 1 {
        return false;
    }
    let whole: String = parts.concat();
    if ABOUT.iter().any(|about| about.len() > 4 && whole.ends_with(about)) {
        return false;
    }
    WORDS.contains(last)
        || PARTS.iter().any(|part| whole.contains(part))
        || whole.ends_with("pass") && !whole.ends_with("bypass")
        || whole.ends_with("psk") && !MODULATIONS.iter().any(|modulation| whole.ends_with(modulation))
}

/// Whether a name is that of an SNMP community.
pub(super) fn is_community(name: &str) -> bool {
    // Of several they are numbered: `Community1`.
    let name = name.trim_end_matches(|c: char| c.is_ascii_digit()).to_ascii_lowercase();
    ["community", "communities", "community-string", "community_string", "communitystring"]
        .iter()
        .any(|end| name.ends_with(end))
}

/// Whether a name in a radio's configuration is that of a key: they are named `wirelessInterfaceKey`, `wpaKey2`,
/// `radius_key`. Those that are public, or that only name a key, are not.
pub(super) fn is_key_of_a_radio(name: &str) -> bool {
    let name = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let camel = name.ends_with("Key") && name != "Key";
    let name = name.to_ascii_lowercase();
    let end = camel || name.ends_with("_key") || name.ends_with("-key");
    end && !["public", "host", "hot", "foreign"].iter().any(|kind| name.contains(kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets_and_names_about_secrets() {
        for name in [
            "password",
            "Password",
            "admin_password",
            "passwordHash",
            "wpa2-pre-shared-key",
            "preshared-key",
            "private-key",
            "ipsec-secret",
            "md5-key",
            "tcp-md5-key",
            "auth-key",
            "authentication-key",
            "snmp_psk",
            "pwd",
            "smtpPass",
            "eap-password",
            "api_key",
            "encryption-password",
            "secrets",
            "cak",
        ] {
            assert!(is_secret(name), "{name}");
        }
        for name in [
            "password-length",
            "minimum-password-length",
            "always-allow-password-login",
            "password_policy",
            "passthrough",
            "bypass",
            "public-key",
            "qpsk",
            "quarter-qpsk",
            "name",
            "key-usage",
            "password-authentication",
            "",
        ] {
            assert!(!is_secret(name), "{name}");
        }
        for name in ["wirelessInterfaceKey", "wpaKey2", "radius_key", "wirelessWPA2Key"] {
            assert!(is_key_of_a_radio(name), "{name}");
        }
        for name in ["key", "Key", "sshPublicKey", "public_key", "sshHostKey", "monkey", "keyId", "hotKey"] {
            assert!(!is_key_of_a_radio(name), "{name}");
        }
        assert!(is_community("SNMPconfig.Community1") && !is_community("1"));
        assert!(is_community("trap-community") && is_community("roCommunity") && !is_community("communities-list"));
    }
}
