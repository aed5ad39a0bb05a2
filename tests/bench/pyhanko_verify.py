"""Verifies every signature of PDF documents with pyHanko, what came after each included; prints the seconds
that took. The first argument is the file of the certificate that is trusted, DER."""

import logging
import sys
import time

from asn1crypto import x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

# It tells of each policy it finds wanting.
logging.disable(logging.CRITICAL)
with open(sys.argv[1], "rb") as file:
    root = x509.Certificate.load(file.read())

start = time.perf_counter()
for name in sys.argv[2:]:
    context = ValidationContext(trust_roots=[root], allow_fetching=False)
    with open(name, "rb") as file:
        for signature in PdfFileReader(file).embedded_signatures:
            if not validate_pdf_signature(signature, context).intact:
                sys.exit(f"{name}: not intact")
print(time.perf_counter() - start)
