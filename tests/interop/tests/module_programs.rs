//! The PKCS#11 module in programs of others, each used to its end: what it signed is verified by somebody who
//! trusts the center alone.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

use sello_interop::desk::{AS_USER, Desk};
use sello_interop::nss::Database;
use sello_interop::pyhanko;

/// The name of the seal's token, objects included.
const KEY: &str = "pkcs11:manufacturer=Sello;id=%02;type=private";
const CERTIFICATE: &str = "pkcs11:manufacturer=Sello;id=%02;type=cert";

/// Runs lines that must succeed and say this.
fn does(desk: &Desk, lines: &str, says: &[&str]) -> String {
    let said = desk.shell(lines).unwrap();
    assert!(said.agrees(says), "{lines}: {} {}", said.code, said.text);
    said.text
}

#[test]
fn gnutls_lists_exports_and_signs() {
    let desk = Desk::new().unwrap();
    let lists = "p11tool --provider $MODULE --list-tokens\n\
        p11tool --provider $MODULE --list-all 'pkcs11:manufacturer=Sello'";
    does(
        &desk,
        lists,
        &["Label: Official seal", "type=cert", "type=public"],
    );
    let login = "GNUTLS_PIN=$PIN p11tool --provider $MODULE --login --list-privkeys";
    does(&desk, login, &["CKA_ALWAYS_AUTH"]);
    let chain = format!("p11tool --provider $MODULE --export-chain '{CERTIFICATE}' > chain.pem");
    does(&desk, &chain, &[]);
    let verify = "openssl verify -x509_strict -CAfile $ANCHOR chain.pem";
    does(&desk, verify, &["chain.pem: OK"]);
    let sign = format!("GNUTLS_PIN=$PIN p11tool --provider $MODULE --test-sign '{KEY}'");
    let said = does(&desk, &sign, &["ok"]);
    assert!(!said.contains("fail"), "{said}");
}

#[test]
fn p11_kit_registers_it_and_its_proxy_signs_with_it() {
    let desk = Desk::new().unwrap();
    let lines = format!(
        "mkdir -p .config/pkcs11/modules
         printf 'module: %s\\ncritical: yes\\n' $MODULE > .config/pkcs11/modules/sello.module
         {AS_USER} p11-kit list-modules"
    );
    let says = [
        "library-description: Sello PKCS#11 module",
        "token: Official seal",
    ];
    does(&desk, &lines, &says);
    // Who knows p11-kit finds it without being told of it.
    let lines = format!("{AS_USER} p11tool --list-token-urls");
    does(&desk, &lines, &["manufacturer=Sello"]);
    // The proxy shows the tokens of every module; OpenSC's knows the card too.
    let lines = format!(
        "slot() {{ awk '/^Slot/ {{ slot = $3 }} /token manufacturer *: Sello/ {{ print slot }}' | tr -d '():'; }}
         proxy='{AS_USER} pkcs11-tool --module p11-kit-proxy.so'
         slot=$($proxy --list-token-slots | slot)
         $proxy --slot $slot --login --pin $PIN --sign --mechanism ECDSA-SHA256 --id 02 \\
             --signature-format openssl --input-file letter.txt > letter.sig
         p11tool --provider $MODULE --export '{CERTIFICATE}' | openssl x509 -pubkey -noout > key.pem
         openssl dgst -sha256 -verify key.pem -signature letter.sig letter.txt"
    );
    does(&desk, &lines, &["Verified OK"]);
}

#[test]
fn openssl_signs_through_engine_pkcs11() {
    let desk = Desk::new().unwrap();
    let lines = format!(
        "p11tool --provider $MODULE --export '{CERTIFICATE}' > seal.pem
         openssl cms -sign -binary -md sha256 -in letter.txt -signer seal.pem \\
             -engine pkcs11 -keyform engine -inkey '{KEY}' -outform DER -out letter.p7s"
    );
    does(&desk, &lines, &["Engine \"pkcs11\" set"]);
    let verify = "openssl cms -verify -binary -inform DER -in letter.p7s -content letter.txt \
         -CAfile $ANCHOR -purpose any -out /dev/null";
    does(&desk, verify, &["CMS Verification successful"]);
}

/// The options of `keytool` and `jarsigner` that name the module.
const JAVA: &str = "-keystore NONE -storetype PKCS11 -storepass:env PIN \
    -providerClass sun.security.pkcs11.SunPKCS11 -providerArg sello.cfg";

#[test]
fn java_lists_signs_and_verifies() {
    let desk = Desk::new().unwrap();
    let lines = format!(
        "printf 'name = Sello\\nlibrary = %s\\n' $MODULE > sello.cfg
         keytool -list {JAVA}"
    );
    does(&desk, &lines, &["Official seal, PrivateKeyEntry"]);
    let lines = format!(
        "jar cf letter.jar letter.txt
         keytool -importcert -noprompt -keystore trust.p12 -storepass changeit -file $ANCHOR
         jarsigner {JAVA} letter.jar 'Official seal' > said
         jarsigner -verify -verbose -certs -keystore trust.p12 -storepass changeit letter.jar"
    );
    let said = does(&desk, &lines, &["jar verified", "CN=Official seal"]);
    assert!(!said.contains("PKIX path building failed"), "{said}");
}

#[test]
fn openssh_takes_the_public_key_from_it() {
    let desk = Desk::new().unwrap();
    let lines = format!(
        "ssh-keygen -D $MODULE | head -n 1 > listed
         p11tool --provider $MODULE --export '{CERTIFICATE}' > seal.pem
         openssl x509 -in seal.pem -pubkey -noout > key.pem
         ssh-keygen -i -m PKCS8 -f key.pem > converted
         cut -d' ' -f1,2 listed > one; cut -d' ' -f1,2 converted > other
         cmp one other && cat one"
    );
    does(&desk, &lines, &["ecdsa-sha2-nistp256 "]);
}

#[test]
fn nss_lists_it_and_pdfsig_signs_with_it() {
    let desk = Desk::new().unwrap();
    let judge = Database::trusting(&desk.seal.trust(), &desk.path("profile")).unwrap();
    let lines = "modutil -dbdir sql:profile -add Sello -libfile $MODULE -force
        modutil -dbdir sql:profile -list
        printf '%s\\n' $PIN > pin
        certutil -L -d sql:profile -h all -f pin
        certutil -K -d sql:profile -h 'Official seal' -f pin";
    let says = [
        "token: Official seal",
        "Official seal:Official seal",
        "< 0> ec",
    ];
    does(&desk, lines, &says);
    // poppler makes room for as many bytes as a first signature has, and gives up when the second has more or
    // fewer: an ECDSA signature in DER varies (poppler 22.12, Form.cc).
    let lines = "n=0
        until pdfsig contract.pdf signed.pdf -add-signature -nssdir profile -digest SHA256 \\
            -nick 'Official seal:Official seal' -nss-pwd $PIN -kpw $PIN > said 2>&1 \\
            && ! grep 'unable update signature' said
        do n=$((n + 1)); test $n -lt 30 || { cat said; exit 1; }; done";
    does(&desk, lines, &[]);
    let signed = desk.path("signed.pdf");
    let said = judge.pdfsig(&signed).unwrap();
    let says = ["Signature is Valid", "Certificate is Trusted"];
    assert!(said.agrees(&says), "{}", said.text);
    // No second judge: pyHanko calls the file that poppler writes improper (an object of generation 1).
}

#[test]
fn pyhanko_signs_with_it() {
    let desk = Desk::new().unwrap();
    std::fs::write(
        desk.path("sign.py"),
        include_str!("../judges/pyhanko_sign.py"),
    )
    .unwrap();
    does(
        &desk,
        "$PYTHON sign.py $MODULE contract.pdf signed.pdf",
        &[],
    );
    let signed = desk.path("signed.pdf");
    let verdicts = pyhanko::judge(&signed, &desk.seal.trust()).unwrap();
    assert!(
        verdicts.len() == 1 && pyhanko::is_valid(&verdicts[0]),
        "{verdicts:?}"
    );
    let judge = Database::trusting(&desk.seal.trust(), &desk.path("profile")).unwrap();
    let said = judge.pdfsig(&signed).unwrap();
    let says = ["Signature is Valid", "Certificate is Trusted"];
    assert!(said.agrees(&says), "{}", said.text);
}
