import { createHmac, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import {
  b64,
  compact,
  compactOf,
  newId,
  proofOf,
  publicJwk,
  type Target,
  thumbprint,
} from "./minting.ts";

/** A place that accepts passports, and the keys of those who may issue them. */
export interface World {
  readonly issuer: string;
  readonly audience: string;
  /** Signs Ed25519, under the key id `ed`. */
  readonly ed: KeyObject;
  /** Signs ES256, under the key id `es`. */
  readonly es: KeyObject;
  /** An issuer with the same keys whose passports are good for one request. */
  readonly onceIssuer: string;
  /** An issuer with the same keys whose subjects are people: `maria` is one. */
  readonly peopleIssuer: string;
  /** An issuer with an Ed25519 key alone, under the key id `ed`, and ES256 not allowed. */
  readonly edIssuer: string;
  /** Registered agents. */
  readonly agents: readonly [string, string];
  readonly suspended: string;
  readonly target: Target;
  /** Seconds since the epoch. */
  readonly now: () => number;
}

/** A request that must be refused, and for what. */
export interface Forgery {
  readonly name: string;
  readonly code: string;
  readonly authorization: readonly string[];
  readonly proofs: readonly string[];
  /** Sent once before, when it must be accepted. */
  readonly twice: boolean;
}

type Claims = Readonly<Record<string, unknown>>;

export function claimsOf(world: World, more: Claims = {}): Claims {
  const now = world.now();
  return {
    iss: world.issuer,
    sub: world.agents[0],
    aud: world.audience,
    iat: now,
    exp: now + 600,
    jti: newId(),
    ...more,
  };
}

export function headerOf(more: Claims = {}): Claims {
  return { alg: "EdDSA", kid: "ed", typ: "JWT", ...more };
}

/** Every way known to us in which a credential can be other than it seems. */
export function forgeries(world: World): readonly Forgery[] {
  return [
    ...forms(world),
    ...keys(world),
    ...claims(world),
    ...subjects(world),
    ...replays(world),
    ...proofs(world),
  ];
}

function bearer(name: string, code: string, token: string, twice = false): Forgery {
  return { name, code: `credential.${code}`, authorization: [`Bearer ${token}`], proofs: [], twice };
}

function forms(world: World): readonly Forgery[] {
  const { ed } = world;
  const good = compact(headerOf(), claimsOf(world), ed);
  const [head = "", body = "", signature = ""] = good.split(".");
  const text = JSON.stringify(claimsOf(world));
  const plain = (name: string, code: string, authorization: readonly string[]): Forgery => ({
    name,
    code: `credential.${code}`,
    authorization,
    proofs: [],
    twice: false,
  });
  return [
    plain("no credential", "missing", []),
    plain("two headers, both good", "ambiguous", [`Bearer ${good}`, `Bearer ${good}`]),
    plain("another scheme", "malformed", [`Basic ${good}`]),
    plain("two tokens in one header", "malformed", [`Bearer ${good} ${good}`]),
    plain("a list of credentials", "malformed", [`Bearer ${good}, Bearer ${good}`]),
    bearer("a trailing dot", "malformed", `${good}.`),
    bearer("a leading dot", "malformed", `.${good}`),
    bearer("two parts", "malformed", `${head}.${body}`),
    bearer("an encrypted token's five parts", "malformed", `${good}.AA.AA`),
    bearer("a huge token", "oversize", `${head}.${b64("x".repeat(8_000))}.${signature}`),
    bearer("huge claims", "oversize", compact(headerOf(), claimsOf(world, { x: "a".repeat(6_500) }), ed)),
    bearer("padding", "encoding", `${head}.${body}.${signature}==`),
    bearer("ordinary base64", "encoding", `${head}.${body}.+/${signature.slice(2)}`),
    bearer("bits after the end of the signature", "encoding", `${head}.${body}.${lastBitSet(signature)}`),
    bearer("something else inside the header", "encoding", `${head}%.${body}.${signature}`),
    bearer("an algorithm twice", "json", compactOf('{"alg":"none","alg":"EdDSA","kid":"ed"}', text, ed)),
    bearer("an algorithm twice, once escaped", "json", compactOf('{"alg":"EdDSA","\\u0061lg":"none","kid":"ed"}', text, ed)),
    bearer("a subject twice", "json", compactOf(JSON.stringify(headerOf()), text.replace("{", `{"sub":"${world.agents[1]}",`), ed)),
    bearer("a byte order mark", "json", compactOf(JSON.stringify(headerOf()), `\ufeff${text}`, ed)),
    bearer("bytes that are no text", "json", `${head}.${b64(Buffer.from([0x7b, 0xff, 0x7d]))}.${signature}`),
    bearer("two documents", "json", compactOf(JSON.stringify(headerOf()), `${text}{}`, ed)),
    bearer("claims that are a list", "json", compactOf(JSON.stringify(headerOf()), "[]", ed)),
    bearer("nesting without end", "json", compactOf(JSON.stringify(headerOf()), `{"a":${"[".repeat(500)}${"]".repeat(500)}}`, ed)),
    bearer("a prototype", "json", compactOf(JSON.stringify(headerOf()), text.replace("{", '{"__proto__":{},'), ed)),
  ];
}

/** Sets a bit that no byte of the decoded text has: most decoders drop it. */
function lastBitSet(part: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const last = alphabet.indexOf(part.at(-1) ?? "A");
  return part.slice(0, -1) + alphabet[last ^ 1];
}

function keys(world: World): readonly Forgery[] {
  const { ed, es } = world;
  const own = generateKeyPairSync("ed25519").privateKey;
  const signed = (header: Claims, key: KeyObject | null = ed): string =>
    compact(headerOf(header), claimsOf(world), key);
  const hmacKey = createPublicKey(ed).export({ type: "spki", format: "pem" });
  const input = signed({ alg: "HS256" }, null).slice(0, -1);
  const swapped = `${input}.${createHmac("sha256", hmacKey).update(input).digest("base64url")}`;
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
  return [
    bearer("no algorithm and no signature", "algorithm", signed({ alg: "none" }, null)),
    bearer("`nOnE`", "algorithm", signed({ alg: "nOnE" }, null)),
    bearer("no algorithm, a signature", "algorithm", signed({ alg: undefined })),
    bearer("an algorithm that is a list", "algorithm", signed({ alg: ["EdDSA"] })),
    bearer("HS256 keyed with the public key", "algorithm", swapped),
    bearer("RS256", "algorithm", signed({ alg: "RS256" }, rsa)),
    bearer("ES256 with an Ed25519 key's id", "algorithm", signed({ alg: "ES256" })),
    bearer("an algorithm that this issuer may not use", "algorithm", compact(headerOf({ alg: "ES256", kid: "es" }), claimsOf(world, { iss: world.edIssuer }), es)),
    bearer("a good name on an empty signature", "signature", signed({}, null)),
    bearer("somebody else's key", "signature", signed({}, own)),
    bearer("a signature of zeros", "signature", `${signed({}, null)}${b64(new Uint8Array(64))}`),
    bearer("an ES256 signature of zeros", "signature", `${signed({ alg: "ES256", kid: "es" }, null)}${b64(new Uint8Array(64))}`),
    bearer("claims changed afterwards", "signature", exchanged(signed({}), { ...claimsOf(world), sub: world.agents[1] })),
    bearer("a key of its own (jwk)", "key_reference", signed({ jwk: publicJwk(own) }, own)),
    bearer("an address for keys (jku)", "key_reference", signed({ jku: "https://evil.example/keys" }, own)),
    bearer("an address for certificates (x5u)", "key_reference", signed({ x5u: "https://evil.example/c" }, own)),
    bearer("a certificate of its own (x5c)", "key_reference", signed({ x5c: ["MIIB"] }, own)),
    bearer("an extension that must be known", "extension", signed({ crit: ["exp"] })),
    bearer("an unencoded payload", "extension", signed({ b64: false })),
    bearer("a compressed payload", "extension", signed({ zip: "DEF" })),
    bearer("a proof as a passport", "type", signed({ typ: "dpop+jwt" })),
    bearer("a logout token", "type", signed({ typ: "logout+jwt" })),
    bearer("a key id that is a path", "key_unknown", signed({ kid: "../../../../dev/null" }, own)),
    bearer("a key id that is a statement", "key_id", signed({ kid: "x' UNION SELECT 'AAAA" }, own)),
    bearer("a key id with a zero byte", "key_id", signed({ kid: "ed\0" })),
    bearer("an endless key id", "key_id", signed({ kid: "e".repeat(300) })),
    bearer("a key id that is a number", "key_id", signed({ kid: 1 })),
    bearer("a key id of a prototype", "key_unknown", signed({ kid: "__proto__" }, own)),
    bearer("a key that nobody has", "key_unknown", signed({ kid: "ed2" }, own)),
  ];
}

function exchanged(token: string, payload: unknown): string {
  const [head, , signature] = token.split(".");
  return `${head}.${b64(JSON.stringify(payload))}.${signature}`;
}

function claims(world: World): readonly Forgery[] {
  const signed = (more: Claims): string => compact(headerOf(), claimsOf(world, more), world.ed);
  const now = world.now();
  const { audience } = world;
  const nested = Array.from({ length: 9 }).reduce<unknown>((act) => ({ sub: world.agents[1], act }), undefined);
  return [
    bearer("an unknown issuer", "issuer", signed({ iss: "https://evil.example" })),
    bearer("the issuer with a slash", "issuer", signed({ iss: `${world.issuer}/` })),
    bearer("the issuer in other case", "issuer", signed({ iss: world.issuer.toUpperCase() })),
    bearer("an issuer of a prototype", "issuer", signed({ iss: "constructor" })),
    ...["iss", "sub", "aud", "iat", "exp", "jti"].map((name) =>
      bearer(`no \`${name}\``, "claim_missing", signed({ [name]: undefined })),
    ),
    bearer("an expiry that is a text", "claim_form", signed({ exp: String(now + 600) })),
    bearer("an expiry that is no whole number", "claim_form", signed({ exp: now + 600.5 })),
    bearer("a time before all times", "claim_form", signed({ iat: -1 })),
    bearer("a start that is a text", "claim_form", signed({ nbf: "0" })),
    bearer("an empty subject", "claim_form", signed({ sub: "" })),
    bearer("a subject that is a list", "claim_form", signed({ sub: [world.agents[0]] })),
    bearer("an empty id", "claim_form", signed({ jti: "" })),
    bearer("an endless id", "claim_form", signed({ jti: "j".repeat(300) })),
    bearer("expired", "expired", signed({ iat: now - 700, exp: now - 1 })),
    bearer("expiring now", "expired", signed({ iat: now - 700, exp: now })),
    bearer("not valid yet", "not_yet", signed({ nbf: now + 120 })),
    bearer("issued in the future", "future", signed({ iat: now + 120 })),
    bearer("good for a day", "lifetime", signed({ exp: now + 86_400 })),
    bearer("good for an hour and a second", "lifetime", signed({ exp: now + 3_601 })),
    bearer("somebody else's audience", "audience", signed({ aud: "somebody-else" })),
    bearer("the audience in other case", "audience", signed({ aud: audience.toUpperCase() })),
    bearer("the audience with more behind it", "audience", signed({ aud: `${audience}.evil.example` })),
    bearer("no audience in the list", "audience", signed({ aud: [] })),
    bearer("the audience among others", "audience_many", signed({ aud: ["somebody-else", audience] })),
    bearer("the audience twice", "audience_many", signed({ aud: [audience, audience] })),
    bearer("a list inside the audience", "claim_form", signed({ aud: [[audience]] })),
    bearer("an audience that is an object", "claim_form", signed({ aud: { 0: audience } })),
    bearer("bound to a certificate", "confirmation", signed({ cnf: { "x5t#S256": "A".repeat(43) } })),
    bearer("bound to two things", "confirmation", signed({ cnf: { jkt: "A".repeat(43), kid: "ed" } })),
    bearer("bound to nothing", "confirmation", signed({ cnf: {} })),
    bearer("bound to a list", "confirmation", signed({ cnf: [] })),
    bearer("an actor that is a name", "chain", signed({ act: world.agents[1] })),
    bearer("an actor without a name", "chain", signed({ act: {} })),
    bearer("an actor of another issuer", "chain", signed({ act: { sub: world.agents[1], iss: "https://evil.example" } })),
    bearer("more actors than a chain has", "chain", signed({ act: nested })),
    bearer("an agent that acts for itself", "chain", signed({ act: { sub: world.agents[0] } })),
  ];
}

function subjects(world: World): readonly Forgery[] {
  const [agent] = world.agents;
  const named = (sub: string): string => compact(headerOf(), claimsOf(world, { sub }), world.ed);
  const person = (more: Claims): string =>
    compact(headerOf(), claimsOf(world, { iss: world.peopleIssuer, ...more }), world.ed);
  return [
    bearer("a decomposed letter", "subject", named("cafe\u0301")),
    bearer("a composed letter", "subject", named("caf\u00e9")),
    bearer("a Cyrillic letter", "subject", named(agent.replace("o", "\u043e"))),
    bearer("a full-width letter", "subject", named(agent.replace("c", "\uff43"))),
    bearer("a zero-width space", "subject", named(`${agent}\u200b`)),
    bearer("a right-to-left override", "subject", named(`\u202e${agent}`)),
    bearer("a line break", "subject", named(`${agent}\n`)),
    bearer("a zero byte", "subject", named(`${agent}\0`)),
    bearer("a space", "subject", named(` ${agent}`)),
    bearer("the separator of a chain", "subject", named(`${agent}/${world.agents[1]}`)),
    bearer("an entity of policies", "subject", named(`${agent}"`)),
    bearer("an actor with a Cyrillic letter", "subject", compact(headerOf(), claimsOf(world, { act: { sub: agent.replace("o", "\u043e") } }), world.ed)),
    bearer("an agent that nobody registered", "unknown", named("nobody")),
    bearer("an agent in other case", "unknown", named(agent.toUpperCase())),
    bearer("an agent of a prototype", "unknown", named("constructor")),
    bearer("a suspended agent", "suspended", named(world.suspended)),
    bearer("an agent that a suspended one started", "suspended", compact(headerOf(), claimsOf(world, { sub: world.suspended, act: { sub: agent } }), world.ed)),
    bearer("an agent that started a suspended one", "suspended", compact(headerOf(), claimsOf(world, { act: { sub: world.suspended } }), world.ed)),
    bearer("a person alone", "agent_missing", person({ sub: "maria" })),
    bearer("a person nobody knows", "person_unknown", person({ sub: "mallory", act: { sub: agent } })),
  ];
}

function replays(world: World): readonly Forgery[] {
  const once = compact(headerOf(), claimsOf(world, { iss: world.onceIssuer }), world.ed);
  const { bound, proof } = boundBy(world);
  const token = bound();
  return [
    bearer("a passport for one request, again", "replayed", once, true),
    {
      name: "a proof, again",
      code: "credential.proof_replayed",
      authorization: [`DPoP ${token}`],
      proofs: [proof(token)],
      twice: true,
    },
  ];
}

/** A bound passport and the proofs that go with it. */
function boundBy(world: World, key: KeyObject = generateKeyPairSync("ed25519").privateKey) {
  const bound = (): string =>
    compact(headerOf(), claimsOf(world, { cnf: { jkt: thumbprint(createPublicKey(key)) } }), world.ed);
  const proof = (token: string, header: Claims = {}, more: Claims = {}, signer: KeyObject = key): string =>
    proofOf(key, token, world.target, world.now(), header, more, signer);
  return { key, bound, proof };
}

function proofs(world: World): readonly Forgery[] {
  const { key, bound, proof } = boundBy(world);
  const { proof: othersProof } = boundBy(world);
  const other = generateKeyPairSync("ed25519").privateKey;
  const token = bound();
  const plain = compact(headerOf(), claimsOf(world), world.ed);
  const { url } = world.target;
  const now = world.now();
  const dpop = (name: string, code: string, ...sent: readonly string[]): Forgery => ({
    name,
    code: `credential.${code}`,
    authorization: [`DPoP ${token}`],
    proofs: sent,
    twice: false,
  });
  const origin = new URL(url).origin;
  return [
    bearer("a bound passport as a bearer's", "proof_missing", token),
    { ...bearer("a bound passport as a bearer's, with its proof", "proof_missing", token), proofs: [proof(token)] },
    dpop("a bound passport without its proof", "proof_missing"),
    { ...dpop("an unbound passport with a proof", "proof_unasked", proof(plain)), authorization: [`DPoP ${plain}`] },
    { ...dpop("an unbound passport as a bound one", "proof_unasked"), authorization: [`DPoP ${plain}`] },
    dpop("two proofs", "ambiguous", proof(token), proof(token)),
    dpop("two proofs in one header", "proof_malformed", `${proof(token)}, ${proof(token)}`),
    dpop("a proof with a trailing dot", "proof_malformed", `${proof(token)}.`),
    dpop("a proof with a claim twice", "proof_malformed", compactOf(JSON.stringify({ typ: "dpop+jwt", alg: "EdDSA", jwk: publicJwk(key) }), `{"jti":"a","htm":"GET","htm":"POST"}`, key)),
    dpop("a proof without an id", "proof_malformed", proof(token, {}, { jti: undefined })),
    dpop("a proof that says where its key is", "proof_malformed", proof(token, { jku: "https://evil.example" })),
    dpop("a passport as a proof", "proof_type", token),
    dpop("a proof of another type", "proof_type", proof(token, { typ: "JWT" })),
    dpop("an unsigned proof", "proof_algorithm", proof(token, { alg: "none" })),
    dpop("a proof with HS256", "proof_algorithm", proof(token, { alg: "HS256" })),
    dpop("a proof without a key", "proof_key", proof(token, { jwk: undefined })),
    dpop("a proof with its private key", "proof_key", proof(token, { jwk: key.export({ format: "jwk" }) })),
    dpop("a proof with a key of another type", "proof_key", proof(token, { alg: "ES256" })),
    dpop("a proof with a shared key", "proof_key", proof(token, { jwk: { kty: "oct", k: "AAAA" } })),
    dpop("a proof signed by another key", "proof_signature", proof(token, {}, {}, other)),
    dpop("a proof of another key", "proof_binding", othersProof(token)),
    dpop("a proof for another method", "proof_method", proof(token, {}, { htm: "GET" })),
    dpop("a proof for a method in other case", "proof_method", proof(token, {}, { htm: "post" })),
    dpop("a proof for another path", "proof_target", proof(token, {}, { htu: `${origin}/other` })),
    dpop("a proof for another host", "proof_target", proof(token, {}, { htu: url.replace(origin, "https://evil.example") })),
    dpop("a proof for another port", "proof_target", proof(token, {}, { htu: url.replace(origin, "http://127.0.0.1:1") })),
    dpop("a proof with a user in its address", "proof_target", proof(token, {}, { htu: url.replace("//", "//bylaw@") })),
    dpop("a proof for no address", "proof_target", proof(token, {}, { htu: "/v1/actions" })),
    dpop("a proof for another passport", "proof_token", proof(bound())),
    dpop("a proof for no passport", "proof_token", proof(token, {}, { ath: undefined })),
    dpop("an old proof", "proof_time", proof(token, {}, { iat: now - 120 })),
    dpop("a proof from the future", "proof_time", proof(token, {}, { iat: now + 120 })),
    dpop("a proof without a time", "proof_time", proof(token, {}, { iat: undefined })),
    dpop("a proof with a time as text", "proof_time", proof(token, {}, { iat: String(now) })),
  ];
}
