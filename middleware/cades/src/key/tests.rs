//! Keys with signatures of other programs.

use super::*;

fn octets(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes().chunks_exact(2);
    let octet = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.map(octet).collect()
}

/// RFC 8032, 7.1, test 2.
#[test]
fn ed25519_confirms_its_own_vector_only() {
    let key = PublicKey {
        algorithm: AlgorithmIdentifier {
            oid: oid::ED25519.to_vec(),
            parameters: None,
        },
        bits: octets("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"),
    };
    let signature = octets(
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
         085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    );
    let check = |message: &[u8], signature: &[u8]| {
        key.check(Scheme::Ed25519, Message::Whole(message), signature)
    };
    assert_eq!(check(&[0x72], &signature), Ok(()));
    assert_eq!(check(&[0x73], &signature), Err(KeyError::Mismatch));
    for at in 0..signature.len() {
        let mut changed = signature.clone();
        changed[at] ^= 1;
        assert_eq!(check(&[0x72], &changed), Err(KeyError::Mismatch));
    }
    let other = key.check(
        Scheme::Ecdsa(DigestAlgorithm::Sha256),
        Message::Whole(&[0x72]),
        &signature,
    );
    assert_eq!(other, Err(KeyError::Mismatch));
}

/// Curve, digest, `SubjectPublicKeyInfo` and `ECDSA-Sig-Value` over the octet 0x72, made with OpenSSL 3:
/// also with digests shorter than half the curve's field, and longer than it (FIPS 186-5, 6.4.2, step 2).
const ECDSA: &[(&str, DigestAlgorithm, &str, &str)] = &[
    (
        "secp521r1",
        DigestAlgorithm::Sha256,
        "30819b301006072a8648ce3d020106052b81040023038186000400ca6aa8d96a2bf2574ce9d78d2c\
             b7e0c9d17765b12d04e93705dbdb4005f18806d0b4f7deaff7021e5f95e2dd71ac2d7c3127a8ec58\
             310d9e4ee9ab854030257c3200d503e246ad419fc90ce8b2c91bc509b3f2c78f687dec91f75ebf08\
             44fbef9d97ea41b1df5bac760dfc90bd8c0f9d20cf8884a6a0ee9a412723b5f2102e904c56c6",
        "3081870241423c90abcbdc1446e4ec183a1e7a1c4b7e57d6d94be15f0a393bcbc238c6e27f71656b\
             8b374cdfbcbb941f72841daea90ac64e3676ad6b719e4b88e34f5b104b9c024201acca7c7bbd9227\
             413b8ddf49b71189af153d8ac823040ecef4bc3323527c37c6b2de9c4eef25a622707640d738f5f2\
             27ac4e124875ad8136c495cae0ae1e07535a",
    ),
    (
        "secp384r1",
        DigestAlgorithm::Sha1,
        "3076301006072a8648ce3d020106052b8104002203620004d43eed9fab6a51d55a72b48a1353c4ee\
             b66fb098007b86fe4e41c8ccd9352be1739d25bea03bd3853d0dffd60598b2b66a88167952f84361\
             8957bb6c942757bae484950963d2981efb5ed696874ca66c04067079642e4b86ad1f5e1258beb029",
        "306402300a4d1a43be7ff532e1a7b83cbf9d53d0e6050db2787177a0b9ba101f25161748d52c0422\
             e30366edc4623a2c58a078c902305b378e1d6d343a0436e61d3a1deda8e9bdb40109354bdc253212\
             b175b74efe2036a520da5a5e5df08663b67b05c749be",
    ),
    (
        "brainpoolP256r1",
        DigestAlgorithm::Sha256,
        "305a301406072a8648ce3d020106092b2403030208010107034200044c45cd3ebc26bb496308602b\
             7179021e294d41bf6d1f8137878ef9614f55592a123c2cd899e13dbebeda052bc718d0b6b4f8a509\
             7fd00084da5517e774501f97",
        "3046022100a38e04d4823852794aca4f4deefd36751318b6a4913894842011a445ff1bc09a022100\
             9169016694f81e7989097df5cd1b8f54d96f640f830913a9ad58afac2715d71f",
    ),
    (
        "brainpoolP384r1",
        DigestAlgorithm::Sha384,
        "307a301406072a8648ce3d020106092b240303020801010b0362000481bdd3e86c7ee0896107d8c4\
             7dee64c93504ea4c3ded3a12ef10746e985a41e9cfd54e0682dc25489313bbc6bfa0239e7886625c\
             881d564d8200e584c2928fca0cddf55efc6bba32bbd3bc2df57cca79aca450ee7ff2eacedbb4a682\
             9528f63e",
        "306402300d4017ab0bea642ed05f58f98ade8fdb7b78fe7a3d3628e2bfe5f86909e3b95c1be52c7a\
             7e0dc00894b525dc7410ed5e02306c081b8abeb43fa1d97af5eb97fc700d684de0f09d9fe6002d13\
             87c1f082ea21b47f567a247f36c94231b7b4334da10b",
    ),
    (
        "brainpoolP256r1",
        DigestAlgorithm::Sha512,
        "305a301406072a8648ce3d020106092b24030302080101070342000453c08b45b19eba66f864a088\
             bf352e84ac532f780f96ec55b98e8211065e61ab993177502f2af4243f60a432042dfad6a6e9670e\
             3a4108c007c29f5e1d5ebd8d",
        "304402201b9d387406fa01bdd75840cde58ac2f807290345b7ae3b6293ea0373dad21bbe02203e2d\
             2d23a6dde963fcedff03eeb4cd5e59ff352977ef0265845d41cb1f3510ed",
    ),
];

#[test]
fn ecdsa_signatures_of_openssl_are_confirmed_on_every_curve_with_digests_of_any_length() {
    for (curve, digest, key, signature) in ECDSA {
        let key = PublicKey::read(&mut Cursor::new("test", &octets(key))).unwrap();
        let signature = octets(signature);
        let check = |message: &[u8], signature: &[u8]| {
            key.check(Scheme::Ecdsa(*digest), Message::Whole(message), signature)
        };
        assert_eq!(check(b"r", &signature), Ok(()), "{curve}");
        assert_eq!(check(b"s", &signature), Err(KeyError::Mismatch), "{curve}");
        let mut changed = signature.clone();
        *changed.last_mut().unwrap() ^= 1;
        assert_eq!(check(b"r", &changed), Err(KeyError::Mismatch), "{curve}");
    }
}
