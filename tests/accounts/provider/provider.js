// A sign-in provider: oidc-provider of npm, certified, with its own screens left out. Whoever comes is signed in as the person that the last
// order named, by the methods that it named; orders are lines of JSON on standard input, {"sub": ..., "amr": [...], "deny": true}.
import { generateKeyPairSync } from "node:crypto";
import { createInterface } from "node:readline";
import Provider from "oidc-provider";

const { port, client_id, client_secret, redirect_uris } = JSON.parse(process.argv[2]);
const issuer = `http://127.0.0.1:${port}`;
const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
let person = { sub: "nobody", amr: ["pwd"] };

const provider = new Provider(issuer, {
  clients: [{
    client_id, client_secret, redirect_uris,
    response_types: ["code"], grant_types: ["authorization_code"],
    token_endpoint_auth_method: "client_secret_basic", id_token_signed_response_alg: "ES256",
  }],
  jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), kid: "one", alg: "ES256", use: "sig" }] },
  cookies: { keys: ["none of anybody's business"] },
  features: { devInteractions: { enabled: false } },
  pkce: { required: () => true },
  claims: { openid: ["sub", "amr", "acr"] },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, amr: person.amr }) }),
  interactions: { url: (_, { uid }) => `/interaction/${uid}` },
  conformIdTokenClaims: false,
});

provider.use(async (context, next) => {
  if (!context.path.startsWith("/interaction/")) return next();
  const { prompt, params, session } = await provider.interactionDetails(context.req, context.res);
  if (person.deny) return answer(context, { error: "access_denied" });
  if (prompt.name === "login") return answer(context, { login: { accountId: person.sub, amr: person.amr } });
  const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope("openid");
  return answer(context, { consent: { grantId: await grant.save() } });
});

async function answer(context, result) {
  context.respond = false;
  await provider.interactionFinished(context.req, context.res, result, { mergeWithLastSubmission: true });
}

provider.listen(port, "127.0.0.1", () => console.log("ready"));
createInterface({ input: process.stdin }).on("line", (line) => {
  person = JSON.parse(line);
  console.log("heard");
});
