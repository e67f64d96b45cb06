"""Runs in the environment of python-cwt: verifies COSE_Sign1 with a detached payload. Knows nothing of Khatm.

Standard input: a JSON list of {"message", "payload", "x", "kid"} in hex. Standard output: a JSON list of "holds" or the error's name.
"""

import json
import sys

from cwt import COSE, COSEKey


def told(each):
    key = COSEKey.new({1: 1, 2: bytes.fromhex(each["kid"]), 3: -8, -1: 6, -2: bytes.fromhex(each["x"])})
    try:
        COSE.new().decode(bytes.fromhex(each["message"]), key, detached_payload=bytes.fromhex(each["payload"]))
    except Exception as error:  # noqa: BLE001
        return type(error).__name__
    return "holds"


json.dump([told(each) for each in json.load(sys.stdin)], sys.stdout)
