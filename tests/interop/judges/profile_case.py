"""Makes the calls of an OASIS profile case, in the order of its file, through PyKCS11's raw functions.

`profile_case.py MODULE CASE`, with the PIN in the environment. A line of a case is a call: its inputs, then
behind `->` what has to be told. Each has to return CKR_OK. A list is asked for twice, for its length and for
itself, as the published cases do; the binding does so as well.
"""

import os
import sys

from PyKCS11 import LowLevel as ck


class Case:
    """A case under way."""

    def __init__(self, module):
        self.library = ck.CPKCS11Lib()
        self.module = module
        self.slots = ck.ckulonglist()
        self.session = ck.CK_SESSION_HANDLE()
        self.objects = []
        self.values = {}
        self.data = ck.ckbytelist()

    def wants(self, told, wanted):
        """Stops when something else was told."""
        if told != wanted:
            raise SystemExit(f"{told!r}, not {wanted!r}")

    def has_flags(self, flags, names):
        """Each of these flags has to be set."""
        for name in names.split("|"):
            self.wants((name, bool(flags & getattr(ck, "CKF_" + name))), (name, True))

    def initialize(self, _given, _told):
        # The binding calls C_Initialize when it has loaded the module, and tells how that ended.
        return self.library.Load(self.module)

    def get_info(self, _given, told):
        info = ck.CK_INFO()
        code = self.library.C_GetInfo(info)
        version = f"{info.cryptokiVersion.major}.{info.cryptokiVersion.minor}"
        self.wants(version, told.get("cryptokiVersion", version))
        return code

    def get_slot_list(self, _given, _told):
        code = self.library.C_GetSlotList(1, self.slots)
        self.wants(len(self.slots) > 0, True)
        return code

    def get_slot_info(self, _given, told):
        info = ck.CK_SLOT_INFO()
        code = self.library.C_GetSlotInfo(self.slots[0], info)
        self.has_flags(info.flags, told["flags"])
        return code

    def get_token_info(self, _given, told):
        info = ck.CK_TOKEN_INFO()
        code = self.library.C_GetTokenInfo(self.slots[0], info)
        self.has_flags(info.flags, told["flags"])
        return code

    def get_mechanism_list(self, _given, told):
        kinds = ck.ckulonglist()
        code = self.library.C_GetMechanismList(self.slots[0], kinds)
        if code == ck.CKR_OK:
            code = self.library.C_GetMechanismList(self.slots[0], kinds)
        for name in told["types"].split("|"):
            self.wants((name, getattr(ck, "CKM_" + name) in list(kinds)), (name, True))
        return code

    def get_mechanism_info(self, given, told):
        info = ck.CK_MECHANISM_INFO()
        kind = getattr(ck, "CKM_" + given["type"])
        code = self.library.C_GetMechanismInfo(self.slots[0], kind, info)
        self.has_flags(info.flags, told["flags"])
        return code

    def open_session(self, given, _told):
        flags = sum(getattr(ck, "CKF_" + name) for name in given["flags"].split("|"))
        return self.library.C_OpenSession(self.slots[0], flags, self.session)

    def login(self, _given, _told):
        pin = ck.ckbytelist(list(os.environ["PIN"].encode()))
        return self.library.C_Login(self.session, ck.CKU_USER, pin)

    def find_objects_init(self, given, _told):
        template = ck.ckattrlist(len(given))
        # By number: what one gets by walking along such a list is a copy.
        for number, (name, value) in enumerate(given.items()):
            kind = getattr(ck, "CKA_" + name)
            if value == "TRUE":
                template[number].SetBool(kind, True)
            else:
                template[number].SetNum(kind, getattr(ck, "CKO_" + value))
        return self.library.C_FindObjectsInit(self.session, template)

    def find_objects(self, given, told):
        found = ck.ckulonglist(int(given["most"]))
        code = self.library.C_FindObjects(self.session, found)
        self.objects = [handle(number) for number in found]
        self.wants(len(self.objects), int(told["count"]))
        return code

    def find_objects_final(self, _given, _told):
        return self.library.C_FindObjectsFinal(self.session)

    def get_attribute_value(self, given, told):
        names = given["types"].split("|")
        template = ck.ckattrlist(len(names))
        for number, name in enumerate(names):
            template[number].SetType(getattr(ck, "CKA_" + name))
        object = self.objects[int(given["object"])]
        code = self.library.C_GetAttributeValue(self.session, object, template)
        if code == ck.CKR_OK:
            code = self.library.C_GetAttributeValue(self.session, object, template)
        for number, name in enumerate(names):
            self.values[name] = bytes(template[number].GetBin())
            enough = template[number].GetLen() >= int(told.get("least", 0))
            self.wants((name, enough), (name, True))
        return code

    def sign_init(self, given, _told):
        return self.library.C_SignInit(self.session, self.mechanism(given), self.objects[0])

    def sign(self, _given, told):
        # What is signed is an example of the published case: a certification request of the token's.
        self.data = ck.ckbytelist(list(self.values["EC_POINT"] * 6))
        self.signature = ck.ckbytelist(int(told["length"]))
        code = self.library.C_Sign(self.session, self.data, self.signature)
        self.wants(len(self.signature), int(told["length"]))
        return code

    def verify_init(self, given, _told):
        return self.library.C_VerifyInit(self.session, self.mechanism(given), self.objects[0])

    def verify(self, _given, _told):
        return self.library.C_Verify(self.session, self.data, self.signature)

    def logout(self, _given, _told):
        return self.library.C_Logout(self.session)

    def close_session(self, _given, _told):
        return self.library.C_CloseSession(self.session)

    def close_all_sessions(self, _given, _told):
        return self.library.C_CloseAllSessions(self.slots[0])

    def finalize(self, _given, _told):
        return self.library.C_Finalize()

    def mechanism(self, given):
        mechanism = ck.CK_MECHANISM()
        mechanism.mechanism = getattr(ck, "CKM_" + given["type"])
        return mechanism


def handle(number):
    """A handle as the binding's functions take it."""
    made = ck.CK_OBJECT_HANDLE()
    made.assign(number)
    return made


def method(function):
    """`C_GetSlotInfo` as a method's name."""
    return "".join("_" + c.lower() if c.isupper() else c for c in function[2:]).lstrip("_")


def pairs(words):
    return dict(word.split("=", 1) for word in words.split())


def main(module, path):
    case = Case(module)
    with open(path, encoding="utf-8") as lines:
        calls = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    for number, call in enumerate(calls, 1):
        print(f"{number} {call}", flush=True)
        asked, _, told = call.partition("->")
        function, _, given = asked.strip().partition(" ")
        code = getattr(case, method(function))(pairs(given), pairs(told))
        case.wants(code, ck.CKR_OK)
    print(f"{len(calls)} calls made", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
