"""Prints, as one line of JSON, what pyHanko says of each signature of a document.

usage: pyhanko_judge.py ANCHOR.pem DOCUMENT.pdf
"""

import json
import sys

from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext


def verdict(signature, anchor):
    context = ValidationContext(trust_roots=[anchor], allow_fetching=False)
    status = validate_pdf_signature(signature, signer_validation_context=context)
    return {
        "bottom_line": bool(status.bottom_line),
        "intact": bool(status.intact),
        "valid": bool(status.valid),
        "trusted": bool(status.trusted),
        "coverage": status.coverage.name,
        "summary": status.summary(),
    }


def main():
    anchor = load_cert_from_pemder(sys.argv[1])
    verdicts = []
    with open(sys.argv[2], "rb") as document:
        try:
            signatures = PdfFileReader(document).embedded_regular_signatures
        except Exception as error:  # whatever pyHanko raises is its answer
            signatures = []
            verdicts.append({"exception": repr(error)})
        for signature in signatures:
            try:
                verdicts.append(verdict(signature, anchor))
            except Exception as error:
                verdicts.append({"exception": repr(error)})
    print(json.dumps(verdicts))


main()
