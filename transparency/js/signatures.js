/**
 * The two signature algorithms of the log, over octets: Ed25519 (RFC 8032) and ML-DSA-44 (FIPS 204, pure, empty context).
 *
 * WebCrypto verifies where it knows the algorithm; browsers and programs that do not are helped out by a library.
 */

import { ed25519 } from "@noble/curves/ed25519.js";
import { ml_dsa44 as mlDsa44 } from "@noble/post-quantum/ml-dsa.js";

export const ED25519_KEY = 32;
export const ED25519_SIGNATURE = 64;
export const ML_DSA_44_KEY = 1312;
export const ML_DSA_44_SIGNATURE = 2420;

/** Say (in a promise) whether a signature holds under a public key of 32 octets. A key that is no point of the curve signs nothing. */
export async function ed25519Holds(publicKey, message, signature) {
  if (publicKey.length !== ED25519_KEY || signature.length !== ED25519_SIGNATURE) return false;
  const known = await native("Ed25519", "raw", publicKey, message, signature);
  return known ?? ed25519.verify(signature, message, publicKey, { zip215: false });
}

/** Say (in a promise) whether a signature holds under a public key of 1,312 octets. */
export async function mlDsa44Holds(publicKey, message, signature) {
  if (publicKey.length !== ML_DSA_44_KEY || signature.length !== ML_DSA_44_SIGNATURE) return false;
  return (await native("ML-DSA-44", "raw-public", publicKey, message, signature)) ?? mlDsa44.verify(signature, message, publicKey);
}

/** Return what WebCrypto says of a signature, or null where it does not know the algorithm or its keys' form. */
async function native(name, form, publicKey, message, signature) {
  try {
    const key = await crypto.subtle.importKey(form, publicKey, { name }, false, ["verify"]);
    return await crypto.subtle.verify({ name }, key, signature, message);
  } catch (error) {
    if (error.name === "DataError") return false; // no key
    if (error.name === "NotSupportedError" || error instanceof TypeError) return null;
    throw error;
  }
}
