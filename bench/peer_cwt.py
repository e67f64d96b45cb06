"""Run by bench.verify in python-cwt's own environment: how long it takes from token to claims, beside the raw check."""

import json
import statistics
import sys
import timeit
from time import process_time

import cbor2
import cwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

job = json.load(sys.stdin)
x, y = (bytes.fromhex(part) for part in job["point"])
tokens = [bytes.fromhex(token) for token in job["tokens"]]
public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\4" + x + y)
raw = []
for token in tokens:
    protected, _, payload, signature = cbor2.loads(token).value
    der = encode_dss_signature(int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
    raw.append((der, cbor2.dumps(["Signature1", protected, b"", payload])))
kids = {cbor2.loads(cbor2.loads(token).value[0])[4] for token in tokens}
keys = [cwt.COSEKey.new({1: 2, 2: kid, 3: -7, -1: 1, -2: x, -3: y}) for kid in sorted(kids)]
by_kid = {key.kid: key for key in keys}
algorithm = ec.ECDSA(SHA256())


def checked():
    """Verify every token the library's way; the key is looked up beforehand, as a good caller does."""
    return [cwt.decode(token, by_kid[kid]) for token, kid in zip(tokens, kids_in_order, strict=True)]


kids_in_order = [cbor2.loads(cbor2.loads(token).value[0])[4] for token in tokens]
ratios = []
for _ in range(15):
    bare = timeit.Timer(lambda: [public.verify(der, signed, algorithm) for der, signed in raw], timer=process_time).timeit(1)
    ratios.append(timeit.Timer(checked, timer=process_time).timeit(1) / bare)
print(json.dumps({"version": cwt.__version__, "token to claims": round(statistics.median(ratios), 3)}))
