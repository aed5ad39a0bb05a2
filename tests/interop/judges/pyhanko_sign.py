"""Signs a document with pyHanko through a PKCS#11 module; the PIN is in the environment.

usage: PIN=... pyhanko_sign.py MODULE IN.pdf OUT.pdf
"""

import os
import sys

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, sign_pdf
from pyhanko.sign.pkcs11 import PKCS11SigningContext
from pyhanko.config.pkcs11 import PKCS11SignatureConfig, TokenCriteria

module, document, signed = sys.argv[1:]
setup = PKCS11SignatureConfig(
    module_path=module,
    token_criteria=TokenCriteria(label="Official seal"),
    cert_id=b"\x02",
    key_id=b"\x02",
    user_pin=os.environ["PIN"],
)
with PKCS11SigningContext(setup) as signer, open(document, "rb") as source:
    meta = PdfSignatureMetadata(field_name="Sig1", md_algorithm="sha256")
    with open(signed, "wb") as target:
        sign_pdf(IncrementalPdfFileWriter(source), meta, signer=signer, output=target)
