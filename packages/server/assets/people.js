// The page where a person answers one held action, or makes a passkey. Every text from outside becomes
// a text node; nothing here parses markup.

const page = document.getElementById("page");
const message = document.getElementById("message");

const WORDS = {
  "approval.changed": "This action was changed while you were asked. Open the link again.",
  "approval.not_found": "There is no such request.",
  "approval.not_waiting": "This action no longer waits for an answer.",
  "approver.not_eligible": "The bylaw that holds this action names other approvers.",
  "approver.voted": "You have answered already.",
  "factor.changed": "This action has changed meanwhile. Open the link again.",
  "factor.expired": "That took more than five minutes. Try again.",
  "factor.locked": "Too many attempts. This passkey rests for 15 minutes.",
  "factor.not_pending": "This link has been used or has expired.",
  "factor.wrong": "That passkey is not known here.",
  "people.session": "You have been reading for 15 minutes. Open the link again.",
};

/** Characters that move the cursor, hide or turn text around are spelled out. */
function visible(text) {
  return String(text).replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0).toString(16)}}`,
  );
}

function element(name, text, attributes = {}) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = visible(text);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function list(items) {
  const made = element("ul");
  made.append(...items.map((item) => element("li", item)));
  return made;
}

function button(label, id, action) {
  const made = element("button", label, { type: "button", id });
  made.addEventListener("click", () => attempt(action));
  return made;
}

async function attempt(action) {
  say("");
  const buttons = [...document.querySelectorAll("button")];
  for (const one of buttons) one.disabled = true;
  try {
    await action();
  } catch (error) {
    const code = error instanceof Refused ? error.message : "";
    say(WORDS[code] ?? (code === "" ? "Nothing was answered." : `Refused (${code}).`));
  } finally {
    for (const one of buttons) one.disabled = false;
  }
}

function say(text) {
  message.textContent = visible(text);
}

class Refused extends Error {}

async function send(path, body) {
  const reply = await fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const value = await reply.json().catch(() => ({ error: "people.internal" }));
  if (!reply.ok) throw new Refused(value.error);
  return value;
}

function bytes(text) {
  const padded = text.replaceAll("-", "+").replaceAll("_", "/");
  return Uint8Array.from(atob(padded), (character) => character.charCodeAt(0));
}

function base64(buffer) {
  return btoa(String.fromCharCode(...new Uint8Array(buffer)));
}

function base64url(buffer) {
  return base64(buffer).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Asks the person's authenticator. `ids` empty: whichever passkey it has for this place. */
async function assertion(challenge, domain, ids) {
  const credential = await navigator.credentials.get({
    publicKey: {
      challenge: bytes(challenge),
      rpId: domain,
      userVerification: "required",
      allowCredentials: ids.map((id) => ({ type: "public-key", id: bytes(id) })),
    },
  });
  const { authenticatorData, clientDataJSON, signature } = credential.response;
  return {
    id: base64url(credential.rawId),
    assertion: {
      authenticatorData: base64url(authenticatorData),
      clientData: base64url(clientDataJSON),
      signature: base64url(signature),
    },
  };
}

async function login(id) {
  const { nonce, challenge, domain } = await send("/people/begin", {});
  const { session, person } = await send("/people/login", {
    nonce,
    ...(await assertion(challenge, domain, [])),
  });
  await show({ session, person, id });
}

async function show({ session, person, id }) {
  const { held, covers } = await send("/people/approval", { session, id });
  const raw = element("pre", undefined, { id: "arguments", hidden: "" });
  raw.textContent = visible(JSON.stringify(held.arguments, null, 1)).replaceAll("\\u{a}", "\n");
  const toggle = button("Arguments as they are (a)", "raw", async () => {
    raw.hidden = !raw.hidden;
  });
  const reason = element("textarea", undefined, { id: "reason", rows: "2", maxlength: "500" });
  const label = element("label", "Reason; the agent reads it, and the log keeps it", {
    for: "reason",
  });
  const answer = (verdict) => async () => {
    const given = reason.value.trim() === "" ? null : reason.value.trim();
    const vote = { session, id, verdict, reason: given };
    const { statement, challenge, domain, passkeys } = await send("/people/ask", vote);
    // What is signed is what is shown.
    if (JSON.stringify(statement.covers) !== JSON.stringify(covers))
      throw new Refused("factor.changed");
    const signed = await assertion(
      challenge,
      domain,
      passkeys.map((one) => one.id),
    );
    const factor = passkeys.find((one) => one.id === signed.id)?.factor;
    const { nonce } = statement;
    const done = await send("/people/answer", {
      ...vote,
      nonce,
      factor,
      assertion: signed.assertion,
    });
    page.replaceChildren(element("h1", `${id}: ${done.state}`, { id: "done" }));
  };
  const target = held.target ?? held.operation;
  page.replaceChildren(
    element("h1", `${held.agent} wants ${held.upstream} ${target}`),
    element("h2", "What it would do"),
    list([...held.summary, ...held.effects]),
    element("h2", "Why it waits"),
    list(held.requirements.map(({ policy, reason: why }) => `${policy}: ${why}`)),
    element("p", `You are ${person}. It is ${held.state}, until ${held.expires}.`),
    toggle,
    raw,
  );
  if (held.state !== "waiting") return;
  page.append(
    label,
    reason,
    button("Approve with passkey", "approve", answer("approve")),
    button("Reject with passkey", "reject", answer("reject")),
  );
  document.addEventListener("keydown", (event) => {
    if (event.key === "a" && !(event.target instanceof HTMLTextAreaElement))
      raw.hidden = !raw.hidden;
  });
}

async function make(secret) {
  const { challenge, domain, person, user, known } = await send("/people/enrol", { secret });
  const credential = await navigator.credentials.create({
    publicKey: {
      challenge: bytes(challenge),
      rp: { id: domain, name: "Bylaw" },
      user: { id: bytes(user), name: person, displayName: person },
      pubKeyCredParams: [
        { type: "public-key", alg: -8 },
        { type: "public-key", alg: -7 },
      ],
      authenticatorSelection: { residentKey: "required", userVerification: "required" },
      excludeCredentials: known.map((id) => ({ type: "public-key", id: bytes(id) })),
      attestation: "none",
    },
  });
  const { response, rawId } = credential;
  const made = {
    id: base64url(rawId),
    publicKey: base64(response.getPublicKey()),
    authenticatorData: base64url(response.getAuthenticatorData()),
    clientData: base64url(response.clientDataJSON),
  };
  const added = await send("/people/made", { secret, made });
  page.replaceChildren(element("h1", `${added.person} has a passkey: ${added.id}`, { id: "done" }));
}

const [, place, id] = location.pathname.split("/");
if (place === "enrol") {
  const secret = location.hash.slice(1);
  history.replaceState(null, "", "/enrol"); // neither in the history nor in a screenshot
  page.replaceChildren(
    element("h1", "Make a passkey for Bylaw"),
    button("Make it", "make", () => make(secret)),
  );
} else if (id !== undefined && id !== "") {
  page.replaceChildren(
    element("h1", `Request ${decodeURIComponent(id)}`),
    element("p", "This link answers nothing. Say who you are to read the request."),
    button("Read with passkey", "login", () => login(decodeURIComponent(id))),
  );
} else {
  page.replaceChildren(element("h1", "Bylaw"), element("p", "What waits: bylaw approvals"));
}
