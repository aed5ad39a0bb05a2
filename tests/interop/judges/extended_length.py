"""Lets ykman write in extended length, as it does to a card that is plugged in.

It takes any card in a reader that its maker did not make for a contactless one, and writes to that in
chains. Loaded by pytest with `-p extended_length`.
"""

from yubikit.core.smartcard import ApduFormat, SmartCardProtocol

in_chains = SmartCardProtocol.configure


def in_extended_length(self, version, force_short=False):
    in_chains(self, version, force_short)
    if not force_short:
        self._apdu_format = ApduFormat.EXTENDED
        self._reconfigure_processor()


SmartCardProtocol.configure = in_extended_length
