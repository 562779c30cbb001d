/** What the name of a value says about it. `plain`: nothing. `harmless`: no secret, however random. */
export type NameKind = "password" | "key" | "authorization" | "weak" | "plain" | "harmless";

const PASSWORD_WORDS = new Set([
  "password", "passwd", "passphrase", "passcode", "pwd", "pass", "passwort", "contrasena", "senha",
  "motdepasse", "userpassword", "dbpassword", "dbpass", "adminpassword", "rootpassword", "pgpassword",
  "sshpass", "requirepass",
]);
const KEY_WORDS = new Set([
  "token", "tokens", "secret", "secrets", "credential", "credentials", "cred", "creds", "apikey", "apitoken",
  "authtoken", "accesstoken", "refreshtoken", "secretkey", "privatekey", "accesskey", "appkey", "appsecret",
  "clientsecret", "secretaccesskey", "sharedsecret", "signingkey", "encryptionkey", "masterkey", "authkey",
  "bearer", "jwt", "pat", "sas", "auth", "connectionstring", "accountkey", "sharedaccesskey", "xapikey",
]);
const AUTHORIZATION_WORDS = new Set(["authorization", "authorisation"]);
/** `cacheKey`, `page_token`: the word before takes the secret out. */
const HARMLESS_BEFORE = new Set([
  "public", "pub", "publishable", "primary", "foreign", "sort", "partition", "cache", "routing", "idempotency",
  "object", "hash", "index", "lookup", "translation", "i18n", "lang", "locale", "row", "column", "group",
  "unique", "composite", "page", "next", "sync", "continuation", "cancellation", "cancel", "cursor",
  "progress", "resume", "pagination", "query", "map", "dict", "json", "yaml", "registry", "storage", "file",
  "s3", "data", "event", "message", "metric", "label", "tag", "arrow", "hot", "press", "shortcut", "enter",
  "eof", "start", "end", "max", "min", "total", "prompt", "completion", "input", "output", "num", "issue",
  "project", "react", "state", "state", "lock", "parent", "node", "property", "prop", "field", "host", "known",
]);
/** `token_count`, `password_field`, `key_name`: the word after does. */
const HARMLESS_LAST = new Set([
  "name", "names", "type", "types", "count", "length", "size", "limit", "max", "min", "url", "uri", "path",
  "file", "files", "dir", "directory", "expiry", "expires", "expiration", "ttl", "at", "field", "fields",
  "header", "param", "prefix", "suffix", "label", "title", "placeholder", "hint", "policy", "version",
  "index", "format", "regex", "pattern", "algorithm", "enabled", "required", "status", "provider",
  "endpoint", "manager", "service", "store", "arn", "ref", "reference", "selector", "location", "kind",
  "scope", "scopes", "usage", "budget", "issuer", "audience", "method", "mode", "rotation", "date", "time",
  "fingerprint", "thumbprint", "digest", "checksum", "hash", "sha", "sha1", "sha256", "sha512", "md5",
  "integrity", "commit", "etag", "uuid", "guid", "revision", "rev", "resolved", "href", "src", "image",
  "cursor", "color", "checked", "address", "class", "style", "nonce", "shasum", "license", "description",
  "text", "content", "message", "body", "model", "digests", "hashes", "id", "ids", "requestid", "traceid",
  "spanid", "link", "icon", "font", "charset", "cid", "module", "tree", "blob", "parent", "sha384", "owner",
]);
const SECRET_PART = /pass|pwd|key|token|secret|cred|auth|bearer|jwt|pat$|sas$|senha|connection/i;

/** In: a name as it is written, up to NAME_UNITS_MAX units. */
export function nameKind(name: string): NameKind {
  const words = wordsOf(name);
  const last = words.at(-1) ?? "";
  if (!SECRET_PART.test(name)) return HARMLESS_LAST.has(last) ? "harmless" : "plain";
  if (AUTHORIZATION_WORDS.has(last)) return "authorization";
  const before = words.at(-2) ?? "";
  const joined = before + last;
  if (PASSWORD_WORDS.has(last) || PASSWORD_WORDS.has(joined)) return "password";
  if (HARMLESS_BEFORE.has(before) && !words.slice(0, -1).some((word) => KEY_WORDS.has(word)))
    return "harmless";
  if (KEY_WORDS.has(last) || KEY_WORDS.has(joined)) return "key";
  if (last === "key" || last === "keys") return words.length > 1 ? "key" : "weak";
  if (HARMLESS_LAST.has(last)) return "harmless";
  // `API_KEY_PROD`, `tokenFoo`, `SECRET_2`: the telling word stands further in front.
  const inside = words.some((word, at) => PASSWORD_WORDS.has(word) || KEY_WORDS.has(word) || (word === "key" && at > 0));
  if (inside) return "key";
  return /(?:apikey|token|secret|passw(?:or)?d)$/i.test(name) ? "key" : "plain";
}

/** `X-ApiKey`, `dbPassword`, `AWS_SECRET_ACCESS_KEY` as words in lower case. */
function wordsOf(name: string): readonly string[] {
  const found = name.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+/g) ?? [];
  return found.map((word) => word.toLowerCase());
}
