// A message centre to test against: SMPP as another implementation understands it, as a process of its own.
//
// It prints what happens to it as one JSON object a line, and does what it is told by one JSON object a line. Options, as JSON in the first
// argument: {"system_id": "…", "password": "…", "key": "PEM", "cert": "PEM"}.
"use strict";

const readline = require("readline");
const smpp = require("smpp");

const options = JSON.parse(process.argv[2]);
const sessions = new Set();
// What it answers to the next submissions: {"status": N}, {"silent": true}, {"hang_up": "before" | "after"}; then 0 and an id.
const answers = [];
const open = new Map(); // receipt to the session that it was brought to
let receipts = "delivered"; // or "failed", "none", "early" (before the answer), "text" (no TLVs), "again" (twice)
let last = 0;
// How it writes the number of a message: in its answer, in a receipt's text and in its TLV. "hex", "HEX", "decimal", "zeros", "name", "none".
let forms = { answer: "name", text: "name", tlv: "name" };
const written = {
  name: (number) => `m${number}`,
  decimal: (number) => String(number),
  zeros: (number) => String(number).padStart(10, "0"),
  hex: (number) => number.toString(16),
  HEX: (number) => number.toString(16).toUpperCase().padStart(8, "0"),
  none: () => "",
};

function tell(event, more) {
  process.stdout.write(JSON.stringify({ event, ...more }) + "\n");
}

// A receipt that nobody has acknowledged comes again to whoever binds next, as it does from a real centre.
function deliver(session, id, stat, { tlvs = true, error = "000", tlv = id } = {}) {
  const states = { DELIVRD: 2, EXPIRED: 3, UNDELIV: 5, ACCEPTD: 6, REJECTD: 8 };
  const text = `${id ? `id:${id} ` : ""}sub:001 dlvrd:001 submit date:2611240900 done date:2611240901 stat:${stat} err:${error} text:`;
  const more = tlvs ? { message_state: states[stat], network_error_code: Buffer.from([3, 0, 0]) } : {};
  if (tlvs && tlv) more.receipted_message_id = tlv;
  carry(session, { id, pdu: { source_addr: "1000", destination_addr: "KHATM", esm_class: 4, short_message: text, ...more } });
}

function carry(session, receipt) {
  open.set(receipt, session);
  if (!sessions.has(session)) return;
  session.deliver_sm({ ...receipt.pdu }, (answer) => {
    open.delete(receipt);
    tell("acknowledged", { id: receipt.id, status: answer.command_status });
  });
}

function bring(session, number) {
  const [id, tlv] = [written[forms.text](number), written[forms.tlv](number)];
  if (receipts === "failed") deliver(session, id, "UNDELIV", { tlv, error: "027" });
  else if (receipts === "text") deliver(session, id, "DELIVRD", { tlvs: false });
  else if (receipts !== "none") deliver(session, id, "DELIVRD", { tlv });
  if (receipts === "again") deliver(session, id, "DELIVRD", { tlv });
}

function submitted(session, pdu) {
  const number = ++last;
  const id = written[forms.answer](number);
  const told = pdu.message_payload || pdu.short_message;
  const text = told.message;
  tell("submitted", {
    id,
    from: pdu.source_addr,
    from_ton: pdu.source_addr_ton,
    to: pdu.destination_addr,
    to_ton: pdu.dest_addr_ton,
    to_npi: pdu.dest_addr_npi,
    coding: pdu.data_coding,
    class: pdu.esm_class,
    registered: pdu.registered_delivery,
    valid_seconds: (pdu.validity_period - Date.now()) / 1000,
    payload: Boolean(pdu.message_payload),
    udh: told.udh ? Buffer.concat([].concat(told.udh)).toString("hex") : "",
    text: Buffer.isBuffer(text) ? text.toString("hex") : text,
  });
  const answer = answers.shift() || {};
  if (answer.hang_up === "before") return session.destroy();
  if (answer.silent) return undefined;
  if (answer.status) return session.send(pdu.response({ command_status: answer.status }));
  if (receipts === "early") bring(session, number);
  session.send(pdu.response({ message_id: id, ...(answer.tlv ? { additional_status_info_text: "queued" } : {}) }), () => {
    if (answer.hang_up === "after") session.destroy();
  });
  if (receipts !== "early") setImmediate(() => bring(session, number));
  return undefined;
}

function welcome(session) {
  // A client that goes while an answer is under way resets the connection: an error first, and only then the close, which is told.
  session.on("error", () => session.destroy());
  session.on("close", () => sessions.delete(session) && tell("closed"));
  session.on("bind_transceiver", (pdu) => {
    if (pdu.system_id !== options.system_id || pdu.password !== options.password) {
      session.send(pdu.response({ command_status: smpp.ESME_RINVPASWD }));
      return;
    }
    sessions.add(session);
    session.send(pdu.response({ system_id: "SMSC" }));
    tell("bound", { version: pdu.interface_version });
    for (const [receipt, before] of [...open]) if (!sessions.has(before)) carry(session, receipt);
  });
  session.on("submit_sm", (pdu) => submitted(session, pdu));
  session.on("enquire_link", (pdu) => {
    tell("enquired");
    session.send(pdu.response());
  });
  session.on("unbind", (pdu) => {
    tell("unbound");
    session.send(pdu.response());
  });
}

const orders = {
  answers: ({ list }) => answers.push(...list),
  receipts: ({ kind }) => (receipts = kind),
  ids: ({ from, ...more }) => ((last = from - 1), (forms = more)),
  deliver: ({ id, stat, ...more }) => sessions.forEach((session) => deliver(session, id, stat, more)),
  // A receipt exactly as some centre wrote it: `octets` in hexadecimal, its alphabet, and whatever TLVs.
  literal: ({ octets, coding, esm_class, ...more }) =>
    sessions.forEach((session) => {
      const short_message = Buffer.from(octets, "hex");
      const pdu = { source_addr: "1000", destination_addr: "KHATM", esm_class: esm_class || 4, data_coding: coding || 0, short_message, ...more };
      carry(session, { id: "", pdu });
    }),
  write_back: () =>
    sessions.forEach((session) =>
      session.deliver_sm({ source_addr: "1000", destination_addr: "KHATM", short_message: "id:m1 stat:UNDELIV" }, (answer) =>
        tell("acknowledged", { id: "", status: answer.command_status })
      )
    ),
  enquire: () => sessions.forEach((session) => session.enquire_link(() => tell("answered"))),
  unbind: () => sessions.forEach((session) => session.unbind(() => tell("left"))),
  hang_up: () => sessions.forEach((session) => session.destroy()),
  write: ({ hex }) => sessions.forEach((session) => session.socket.write(Buffer.from(hex, "hex"))),
};

const server = options.key
  ? smpp.createServer({ key: options.key, cert: options.cert }, welcome)
  : smpp.createServer({}, welcome);
server.listen(0, "127.0.0.1", () => tell("listening", { port: server.address().port }));
const input = readline.createInterface({ input: process.stdin });
input.on("line", (line) => {
  const order = JSON.parse(line);
  orders[order.do](order);
  tell("done", { order: order.do });
});
input.on("close", () => process.exit(0));
