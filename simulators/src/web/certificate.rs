//! A self-signed certificate as devices make one for themselves: X.509 version 3, P-256, a common name.

use anyhow::anyhow;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};

/// A certificate and its key in PKCS#8, DER both. Errors: no randomness.
pub fn self_signed(name: &str) -> anyhow::Result<(Vec<u8>, Vec<u8>)> {
    let chance = SystemRandom::new();
    let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &chance).map_err(|_| anyhow!("no key"))?;
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, key.as_ref(), &chance)
        .map_err(|_| anyhow!("no key pair"))?;
    // ecdsa-with-SHA256.
    let algorithm = sequence(&[oid(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02])]);
    // id-ecPublicKey, prime256v1.
    let kind = sequence(&[
        oid(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01]),
        oid(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07]),
    ]);
    // commonName.
    let common_name = sequence(&[oid(&[0x55, 0x04, 0x03]), tlv(0x0c, name.as_bytes())]);
    let holder = sequence(&[tlv(0x31, &common_name)]);
    let validity = sequence(&[tlv(0x17, b"200101000000Z"), tlv(0x17, b"491231235959Z")]);
    let public = sequence(&[kind, bits(pair.public_key().as_ref())]);
    // basicConstraints: no authority.
    let constraints = sequence(&[oid(&[0x55, 0x1d, 0x13]), tlv(0x04, &sequence(&[]))]);
    let body = sequence(&[
        tlv(0xa0, &tlv(0x02, &[2])),
        tlv(0x02, &[1]),
        algorithm.clone(),
        holder.clone(),
        validity,
        holder,
        public,
        tlv(0xa3, &sequence(&[constraints])),
    ]);
    let signature = pair.sign(&chance, &body).map_err(|_| anyhow!("no signature"))?;
    Ok((sequence(&[body, algorithm, bits(signature.as_ref())]), key.as_ref().to_vec()))
}

/// Tag, length, content.
fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    let [.., high, low] = content.len().to_be_bytes();
    match content.len() {
        0..0x80 => out.push(low),
        0x80..0x100 => out.extend([0x81, low]),
        _ => out.extend([0x82, high, low]),
    }
    out.extend_from_slice(content);
    out
}

fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    tlv(0x30, &parts.concat())
}

fn oid(numbers: &[u8]) -> Vec<u8> {
    tlv(0x06, numbers)
}

/// A bit string of whole bytes.
fn bits(bytes: &[u8]) -> Vec<u8> {
    tlv(0x03, &[&[0], bytes].concat())
}
