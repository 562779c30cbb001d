// The page where a person answers what is held, or makes a passkey. Every text from outside becomes
// a text node; nothing here parses markup.

const page = document.getElementById("page");
const message = document.getElementById("message");

const WORDS = {
  "admin.invalid": "Something is missing: a reason, a time, or arguments that are a JSON object.",
  "approval.edit_refused": "The edited call is forbidden, or nothing permits it.",
  "approval.not_editable": "This action cannot be edited.",
  "approval.not_waivable": "A bylaw that holds this action wants every action answered by itself.",
  "approval.nothing_to_review": "Somebody has looked at it already.",
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
  if (id === null) await waiting(session);
  else await show({ session, person, id });
}

/** What waits, each batch as one, and what somebody has to look at. Every line opens its own page. */
async function waiting(session) {
  const { batches, followUps } = await send("/people/waiting", { session });
  const link = (id, text) => {
    const line = element("li");
    line.append(element("a", text, { href: `/approvals/${encodeURIComponent(id)}` }));
    return line;
  };
  const lines = batches.map(({ id, agent, upstream, target, members, total }) => {
    const what = `${agent} wants ${upstream} ${target ?? ""}: ${total.join(", ")}`;
    return members.length === 1
      ? link(members[0], what)
      : link(id, `${members.length} times ${what}`);
  });
  const reviews = followUps.map(({ id, agent, upstream, target }) =>
    link(id, `look at ${agent}: ${upstream} ${target ?? ""}, let through in an emergency`),
  );
  const made = element("ul", undefined, { id: "waiting" });
  made.append(...lines, ...reviews);
  const none = lines.length + reviews.length === 0;
  page.replaceChildren(element("h1", none ? "Nothing waits" : "What waits"), made);
}

/** An input with its label. */
function field(label, id, attributes, name = "input") {
  const made = element("p");
  const input = element(name, undefined, { id, ...attributes });
  made.append(element("label", label, { for: id }), input);
  return { made, input };
}

/** One held action: what it would do, why it waits, and the arguments behind a button. */
function described(held, toggles) {
  const raw = element("pre", undefined, { class: "arguments", hidden: "" });
  raw.textContent = visible(JSON.stringify(held.arguments, null, 1)).replaceAll("\\u{a}", "\n");
  const toggle = async () => {
    raw.hidden = !raw.hidden;
  };
  toggles.push(toggle);
  return [
    element("h2", "What it would do"),
    list([...held.summary, ...held.effects]),
    element("h2", "Why it waits"),
    list(held.requirements.map(({ policy, reason: why }) => `${policy}: ${why}`)),
    element("p", `It is ${held.state}, until ${held.expires}.`),
    button("Arguments as they are (a)", `raw-${held.id}`, toggle),
    raw,
  ];
}

async function show({ session, person, id }) {
  const { held, total, covers, followUp } = await send("/people/approval", { session, id });
  const reason = field(
    "Reason; the agent reads it, and the log keeps it",
    "reason",
    { rows: "2", maxlength: "500" },
    "textarea",
  );
  const answer =
    (verdict, more = () => ({})) =>
    async () => {
      const given = reason.input.value.trim() === "" ? null : reason.input.value.trim();
      const said = { session, id, verdict, reason: given, ...more() };
      const { statement, challenge, domain, passkeys } = await send("/people/ask", said);
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
      const proof = { nonce, factor, assertion: signed.assertion };
      done(id, await send("/people/answer", { ...said, ...proof }));
    };
  const [first] = held;
  const target = first.target ?? first.operation;
  const times = total === null ? "" : `${held.length} times `;
  const toggles = [];
  page.replaceChildren(
    element("h1", `${first.agent} wants ${times}${first.upstream} ${target}`),
    ...(total === null ? [] : [element("h2", "All of it together"), list(total)]),
    ...held.flatMap((one) => described(one, toggles)),
    element("p", `You are ${person}.`),
  );
  document.onkeydown = (event) => {
    if (event.key === "a" && !/^(?:TEXTAREA|INPUT)$/.test(event.target.tagName))
      for (const toggle of toggles) toggle();
  };
  if (held.every(({ state }) => state === "waiting"))
    page.append(
      reason.made,
      button("Approve with passkey", "approve", answer("approve")),
      button("Reject with passkey", "reject", answer("reject")),
      others(held, answer),
    );
  else if (followUp)
    page.append(reason.made, button("I have looked, with passkey", "review", answer("review")));
}

/** The answers that are asked for less often. */
function others(held, answer) {
  const made = element("details", undefined, { id: "others" });
  const minutes = field("Minutes", "minutes", {
    type: "number",
    min: "1",
    max: "1440",
    value: "10",
  });
  const uses = field("Actions at most", "uses", {
    type: "number",
    min: "1",
    max: "1000",
    value: "10",
  });
  const only = field("In this session alone", "session", { type: "checkbox" });
  const waiver = () => ({
    waiver: {
      forMs: Number(minutes.input.value) * 60_000,
      uses: Number(uses.input.value),
      session: only.input.checked,
    },
  });
  made.append(
    element("summary", "Other answers"),
    element("h2", "Yes to more of the same"),
    minutes.made,
    uses.made,
    only.made,
    button("Approve more of the same with passkey", "waive", answer("approve", waiver)),
  );
  if (held.length > 1) return made;
  const edited = field(
    "Arguments, as JSON",
    "edited",
    { rows: "8", spellcheck: "false" },
    "textarea",
  );
  edited.input.value = JSON.stringify(held[0].arguments, null, 1);
  made.append(
    element("h2", "Yes with other arguments"),
    edited.made,
    button(
      "Approve with these arguments and passkey",
      "edit",
      answer("approve", () => ({ arguments: parsed(edited.input.value) })),
    ),
    element("h2", "In an emergency"),
    element(
      "p",
      "For those who are named for it. It takes a reason, and somebody else has to look later.",
    ),
    button("Break the glass with passkey", "glass", answer("break-glass")),
  );
  return made;
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refused("admin.invalid");
  }
}

function done(id, { state, answered }) {
  const each = answered?.map((one) => one.state) ?? [state ?? "looked at"];
  const came = new Set(each).size === 1 ? each[0] : each.join(", ");
  page.replaceChildren(element("h1", `${id}: ${came}`, { id: "done" }));
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
  page.replaceChildren(
    element("h1", "What waits for a person"),
    button("Read with passkey", "login", () => login(null)),
  );
}
