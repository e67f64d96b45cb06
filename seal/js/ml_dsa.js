/**
 * ML-DSA-44 (FIPS 204, pure, empty context), over octets: a signature that holds when P-256 does no more.
 *
 * WebCrypto verifies where it knows the algorithm; browsers and programs that do not are helped out by a library, which is fetched then.
 */

export const PUBLIC_BYTES = 1312;
export const SIGNATURE_BYTES = 2420;

/** Say (in a promise) whether a signature holds under a public key of 1,312 octets. */
export async function holds(publicKey, message, signature) {
  if (publicKey.length !== PUBLIC_BYTES || signature.length !== SIGNATURE_BYTES) return false;
  const known = await native("ML-DSA-44", "raw-public", publicKey, message, signature);
  if (known !== null) return known;
  const { ml_dsa44: library } = await import("@noble/post-quantum/ml-dsa.js");
  return library.verify(signature, message, publicKey);
}

/** Return what WebCrypto says of a signature, or null where it does not know the algorithm or its keys' form. */
export async function native(name, form, publicKey, message, signature) {
  try {
    const key = await crypto.subtle.importKey(form, publicKey, { name }, false, ["verify"]);
    return await crypto.subtle.verify({ name }, key, signature, message);
  } catch (error) {
    if (error.name === "DataError") return false; // no key
    if (error.name === "NotSupportedError" || error instanceof TypeError) return null;
    throw error;
  }
}
