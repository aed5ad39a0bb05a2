"""The codes of the card in place of those that PyKCS11's own tests have for a token they may initialize.

A plugin for pytest. The tests know "1234" (the user's PIN), "4321" (another one) and "123456" (the security
officer's PIN); a PIV card takes six to eight digits (SP 800-73-5 part 2, 2.4.3). The environment says which.
"""

import os

from PyKCS11 import PyKCS11

CODES = {
    "1234": os.environ["PIN"],
    "4321": os.environ["OTHER_PIN"],
    "123456": os.environ["PUK"],
}


def of_card(code):
    """The card's code for one of the tests' own; any other, such as a wrong one, stays as it is."""
    if isinstance(code, PyKCS11.ckbytelist):
        text = "".join(map(chr, code))
        return PyKCS11.ckbytelist(CODES[text]) if text in CODES else code
    return CODES.get(code, code)


def with_codes(function):
    """The method, given the card's codes by whoever calls it with the tests' own."""

    def call(self, *codes, **others):
        return function(self, *map(of_card, codes), **others)

    return call


for name in ["login", "initPin", "setPin"]:
    setattr(PyKCS11.Session, name, with_codes(getattr(PyKCS11.Session, name)))

def pytest_runtest_teardown(item, nextitem):
    """A case that fails in its set-up is not torn down by itself; the next begins without its login."""
    library = PyKCS11.PyKCS11Lib()
    library.load()
    for slot in library.getSlotList(tokenPresent=True):
        library.closeAllSessions(slot)
