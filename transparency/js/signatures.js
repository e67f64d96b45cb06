/**
 * The two signature algorithms of the log, over octets: Ed25519 (RFC 8032) and ML-DSA-44 (FIPS 204, pure, empty context).
 *
 * WebCrypto verifies where it knows the algorithm; browsers and programs that do not are helped out by a library.
 */

import { ed25519 } from "@noble/curves/ed25519.js";

import * as mlDsa from "../../seal/js/ml_dsa.js";

export const ED25519_KEY = 32;
export const ED25519_SIGNATURE = 64;
export const ML_DSA_44_KEY = mlDsa.PUBLIC_BYTES;
export const ML_DSA_44_SIGNATURE = mlDsa.SIGNATURE_BYTES;
export const mlDsa44Holds = mlDsa.holds;

/** Say (in a promise) whether a signature holds under a public key of 32 octets. A key that is no point of the curve signs nothing. */
export async function ed25519Holds(publicKey, message, signature) {
  if (publicKey.length !== ED25519_KEY || signature.length !== ED25519_SIGNATURE) return false;
  const known = await mlDsa.native("Ed25519", "raw", publicKey, message, signature);
  return known ?? ed25519.verify(signature, message, publicKey, { zip215: false });
}
