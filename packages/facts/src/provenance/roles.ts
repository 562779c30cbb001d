import type { JsonObject } from "@bylaw/core";
import { written } from "./abbreviations.ts";
import { wordsOfName } from "./text.ts";

/** What a parameter is for. */
export type Role =
  | "secret"
  | "time"
  | "id"
  | "content"
  | "url"
  | "dest"
  | "path"
  | "amount"
  | "flag"
  | "entity";

/** Roles that say where an effect goes or what it is done to. */
export const TARGETS: ReadonlySet<Role> = new Set<Role>(["dest", "secret", "id", "path"]);

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** In order: the first role of which a word of the parameter's name is known. */
const NAMES: readonly (readonly [Role, ReadonlySet<string>])[] = [
  [
    "secret",
    words("password passcode passphrase pin otp secret token credential credentials passwd pwd"),
  ],
  [
    "time",
    words(`date dates time times day days start end deadline when month year hour hours minute minutes
      duration until since schedule cron timezone at expiry expires expiration interval`),
  ],
  ["id", words("id ids uuid guid identifier identifiers sku ref reference")],
  [
    "content",
    words(`content contents body text message msg subject title description note notes comment
      comments summary detail details reason caption memo markdown html remark remarks instructions
      feedback bio headline topic agenda purpose`),
  ],
  [
    "url",
    words(
      "url urls uri link links href website webpage endpoint webhook site domain hostname host",
    ),
  ],
  [
    "dest",
    words(`recipient recipients to cc bcc email emails address addresses user users username member
      members participant participants attendee attendees channel channels account iban payee
      beneficiary destination receiver contact contacts assignee approver group groups phone mobile
      fax target handle invitee invitees guest guests collaborator collaborators owner payer agent
      forward bucket repository repo registry`),
  ],
  [
    "path",
    words(
      "path paths file files filename filenames directory dir folder filepath attachment attachments",
    ),
  ],
  [
    "amount",
    words("amount price quantity qty count limit n total budget size max min page value number"),
  ],
  [
    "flag",
    words(
      "type kind format mode flag recurring enabled force recursive dry confirm public private urgent priority verbose",
    ),
  ],
];

/** In: a parameter's name and its JSON Schema. Name first, then format, then type. */
export function roleOfParameter(name: string, schema: JsonObject): Role {
  const parts = wordsOfName(name).map(written);
  const last = parts.at(-1) ?? "";
  if (NAMES.some(([role, names]) => role === "path" && names.has(last))) return "path";
  // Where something is taken from is not where it goes.
  if (parts.length > 1 && parts.some((part) => /^(?:from|source)$/.test(part))) return "entity";
  const named = NAMES.find(([, names]) => parts.some((part) => names.has(part)));
  // `value` of a field, and `page` of a wiki, is a number only where the schema says so.
  const anything = /^(?:value|page)$/.test(last) && schema["type"] === "string";
  if (named !== undefined && !anything) return named[0];
  const format = schema["format"];
  if (format === "email" || format === "idn-email") return "dest";
  if (format === "uri" || format === "url" || format === "hostname") return "url";
  if (format === "date" || format === "date-time" || format === "time") return "time";
  if (format === "password") return "secret";
  if (format === "uuid") return "id";
  const type = schema["type"];
  if (type === "integer" || type === "number") return "amount";
  if (type === "boolean" || Array.isArray(schema["enum"])) return "flag";
  return "entity";
}

/** Parameters that take what is to be written; a title or a topic may as well be looked for. */
export function says(name: string): boolean {
  return SAYING.has(written(wordsOfName(name).at(-1) ?? ""));
}

const SAYING = words(
  "body text message msg content contents comment comments note notes remark remarks memo html markdown feedback",
);
