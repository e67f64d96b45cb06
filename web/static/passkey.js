// A form with `data-passkey` is sent with the answer of a passkey. This is the one thing that no page can do without a script: the browser
// lets no plain form ask an authenticator. What is to be signed is in `data-options`, as the server made it; the server checks the answer.
const octets = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const named = (list) => (list ?? []).map((each) => ({ ...each, id: octets(each.id) }));

async function create(options) {
  const user = { ...options.user, id: octets(options.user.id) };
  const publicKey = { ...options, user, challenge: octets(options.challenge), excludeCredentials: named(options.excludeCredentials) };
  const { response, ...made } = parts(await navigator.credentials.create({ publicKey }));
  return { ...made, response: { clientDataJSON: text(response.clientDataJSON), attestationObject: text(response.attestationObject) } };
}

async function get(options) {
  const publicKey = { ...options, challenge: octets(options.challenge), allowCredentials: named(options.allowCredentials) };
  const { response, ...made } = parts(await navigator.credentials.get({ publicKey }));
  const [clientDataJSON, authenticatorData, signature] = ["clientDataJSON", "authenticatorData", "signature"].map((name) => text(response[name]));
  return { ...made, response: { clientDataJSON, authenticatorData, signature } };
}

const parts = ({ id, rawId, type, response }) => ({ id, rawId: text(rawId), type, response });

const SAID = { InvalidStateError: "again", SecurityError: "elsewhere" };

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const { answer } = form.elements;
  const told = form.querySelector(".progress");
  if (!globalThis.PublicKeyCredential) {
    told.textContent = told.dataset.without;
    for (const button of form.querySelectorAll("button")) button.disabled = true;
    continue;
  }
  form.addEventListener(
    "submit",
    async (event) => {
      if (answer.value) return; // signed: now it is sent
      event.preventDefault();
      event.stopImmediatePropagation();
      told.textContent = told.dataset.said;
      try {
        const ask = form.dataset.passkey === "create" ? create : get;
        answer.value = JSON.stringify(await ask(JSON.parse(form.dataset.options)));
        told.textContent = "";
        form.requestSubmit(event.submitter);
      } catch (error) {
        told.textContent = told.dataset[SAID[error.name] ?? "cancelled"];
      }
    },
    { capture: true },
  );
  // Back in the history, the answer of before is good for nothing.
  addEventListener("pageshow", () => {
    answer.value = "";
  });
}
