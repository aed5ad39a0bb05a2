"""Stamps PDF documents, each into another file, with pyHanko and a key in memory; prints the seconds the
stamping of all of them took."""

import datetime
import sys
import time

from asn1crypto import keys, x509
from cryptography import x509 as cx
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko.stamp import TextStampStyle
from pyhanko_certvalidator.registry import SimpleCertificateStore

names = sys.argv[1:]

key = ec.generate_private_key(ec.SECP256R1())
name = cx.Name([cx.NameAttribute(cx.NameOID.COMMON_NAME, "Example seal")])
day = datetime.timedelta(days=1)
now = datetime.datetime.now(datetime.timezone.utc)
certificate = (
    cx.CertificateBuilder()
    .subject_name(name)
    .issuer_name(name)
    .public_key(key.public_key())
    .serial_number(cx.random_serial_number())
    .not_valid_before(now - day)
    .not_valid_after(now + day)
    .sign(key, hashes.SHA256())
)
der = serialization.Encoding.DER
plain = serialization.NoEncryption()
private = key.private_bytes(der, serialization.PrivateFormat.PKCS8, plain)

start = time.perf_counter()
signer = signers.SimpleSigner(
    signing_cert=x509.Certificate.load(certificate.public_bytes(der)),
    signing_key=keys.PrivateKeyInfo.load(private),
    cert_registry=SimpleCertificateStore(),
)
metadata = signers.PdfSignatureMetadata(
    field_name="Seal",
    md_algorithm="sha256",
    subfilter=fields.SigSeedSubFilter.PADES,
)
style = TextStampStyle(stamp_text="Example S.L.")
for document, output in zip(names[::2], names[1::2]):
    with open(document, "rb") as read, open(output, "wb") as written:
        writer = IncrementalPdfFileWriter(read)
        field = fields.SigFieldSpec("Seal", on_page=0, box=(300, 100, 420, 220))
        fields.append_signature_field(writer, field)
        stamper = signers.PdfSigner(metadata, signer=signer, stamp_style=style)
        stamper.sign_pdf(writer, output=written)
print(time.perf_counter() - start)
