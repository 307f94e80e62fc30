//! The ciphers of SNMPv3 for our own answers: DES-CBC (RFC 3414, 8) and AES-CFB (RFC 3826). snmp2 has them too, but puts the
//! name of the engine whose keys it uses into the message as its context, where an answer has to repeat that of the
//! question.

use aes::cipher::{BlockDecrypt as _, BlockEncrypt as _, KeyInit as _};

use crate::model::SnmpPriv;

/// What a message is encrypted with, beside the key: the clock of the engine, and the salt that it shows.
pub(super) struct Place<'a> {
    pub boots: i64,
    pub time: i64,
    pub salt: &'a [u8],
}

/// Bytes of key that a protocol takes; DES takes the second half for its first block.
pub(super) fn key_length(privacy: SnmpPriv) -> usize {
    match privacy {
        SnmpPriv::Des | SnmpPriv::Aes128 => 16,
        SnmpPriv::Aes256 => 32,
    }
}

/// None where key or salt have another length than the protocol wants.
pub(super) fn encrypt(privacy: SnmpPriv, key: &[u8], place: &Place<'_>, plain: &[u8]) -> Option<Vec<u8>> {
    match privacy {
        SnmpPriv::Des => {
            let (cipher, mut previous) = des(key, place)?;
            let mut out = Vec::with_capacity(plain.len() + 8);
            for chunk in plain.chunks(8) {
                for (slot, byte) in previous.iter_mut().zip(chunk) {
                    *slot ^= byte;
                }
                let mut block = previous.into();
                cipher.encrypt_block(&mut block);
                previous = block.into();
                out.extend_from_slice(&previous);
            }
            Some(out)
        }
        SnmpPriv::Aes128 | SnmpPriv::Aes256 => cfb(privacy, key, place, plain, true),
    }
}

/// As [`encrypt`], the other way; what DES was filled up with stays.
pub(super) fn decrypt(privacy: SnmpPriv, key: &[u8], place: &Place<'_>, bytes: &[u8]) -> Option<Vec<u8>> {
    match privacy {
        SnmpPriv::Des => {
            let (cipher, mut previous) = des(key, place)?;
            let mut out = Vec::with_capacity(bytes.len());
            for chunk in bytes.chunks(8) {
                let chunk: [u8; 8] = chunk.try_into().ok()?;
                let mut block = chunk.into();
                cipher.decrypt_block(&mut block);
                let block: [u8; 8] = block.into();
                out.extend(block.iter().zip(previous).map(|(byte, before)| byte ^ before));
                previous = chunk;
            }
            Some(out)
        }
        SnmpPriv::Aes128 | SnmpPriv::Aes256 => cfb(privacy, key, place, bytes, false),
    }
}

/// The cipher, and what stands before the first block.
fn des(key: &[u8], place: &Place<'_>) -> Option<(des::Des, [u8; 8])> {
    let (key, before) = key.split_at_checked(8)?;
    let mut first: [u8; 8] = before.get(..8)?.try_into().ok()?;
    let salt: [u8; 8] = place.salt.try_into().ok()?;
    for (slot, byte) in first.iter_mut().zip(salt) {
        *slot ^= byte;
    }
    Some((des::Des::new_from_slice(key).ok()?, first))
}

fn cfb(privacy: SnmpPriv, key: &[u8], place: &Place<'_>, bytes: &[u8], encrypts: bool) -> Option<Vec<u8>> {
    let key = key.get(..key_length(privacy))?;
    let boots = u32::try_from(place.boots).ok()?.to_be_bytes();
    let time = u32::try_from(place.time).ok()?.to_be_bytes();
    let mut previous: [u8; 16] = [&boots[..], &time[..], place.salt].concat().try_into().ok()?;
    let (small, large) = match privacy {
        SnmpPriv::Aes256 => (None, Some(aes::Aes256::new_from_slice(key).ok()?)),
        SnmpPriv::Des | SnmpPriv::Aes128 => (Some(aes::Aes128::new_from_slice(key).ok()?), None),
    };
    let mut out = Vec::with_capacity(bytes.len());
    for chunk in bytes.chunks(16) {
        let mut block = previous.into();
        if let Some(cipher) = &small {
            cipher.encrypt_block(&mut block);
        }
        if let Some(cipher) = &large {
            cipher.encrypt_block(&mut block);
        }
        let stream: [u8; 16] = block.into();
        let done: Vec<u8> = chunk.iter().zip(stream).map(|(byte, stream)| byte ^ stream).collect();
        let cipher_text = if encrypts { done.as_slice() } else { chunk };
        for (slot, byte) in previous.iter_mut().zip(cipher_text) {
            *slot = *byte;
        }
        out.extend_from_slice(&done);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_of_the_standards() {
        // NIST SP 800-38A, F.3.13 (CFB128-AES128), whose IV is 00 01 .. 0f.
        let key = [0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6, 0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf, 0x4f, 0x3c];
        let salt = [8, 9, 10, 11, 12, 13, 14, 15];
        let place = Place { boots: 0x0001_0203, time: 0x0405_0607, salt: &salt };
        let plain = [0x6b, 0xc1, 0xbe, 0xe2, 0x2e, 0x40, 0x9f, 0x96, 0xe9, 0x3d, 0x7e, 0x11, 0x73, 0x93, 0x17, 0x2a];
        let expected = [0x3b, 0x3f, 0xd9, 0x2e, 0xb7, 0x2d, 0xad, 0x20, 0x33, 0x34, 0x49, 0xf8, 0xe8, 0x3c, 0xfb, 0x4a];
        assert_eq!(encrypt(SnmpPriv::Aes128, &key, &place, &plain).unwrap(), expected);
    }

    #[test]
    fn what_is_encrypted_comes_back() {
        let key: Vec<u8> = (0..32).collect();
        let salt = [7, 6, 5, 4, 3, 2, 1, 0];
        let place = Place { boots: 3, time: 1000, salt: &salt };
        for privacy in [SnmpPriv::Des, SnmpPriv::Aes128, SnmpPriv::Aes256] {
            for length in [0, 1, 8, 15, 16, 17, 100] {
                let plain: Vec<u8> = (0..length).collect();
                let hidden = encrypt(privacy, &key, &place, &plain).unwrap();
                let shown = decrypt(privacy, &key, &place, &hidden).unwrap();
                assert_eq!(shown[..plain.len()], plain, "{privacy:?} {length}");
                assert!(length < 8 || hidden != plain);
            }
            assert!(encrypt(privacy, &key[..7], &place, b"x").is_none(), "a short key");
            assert!(encrypt(privacy, &key, &Place { salt: &salt[..7], ..place }, b"x").is_none(), "a short salt");
        }
    }
}
