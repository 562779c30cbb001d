import { ALGORITHMS, type Algorithm, DIALECTS, type Dialect } from "@bylaw/identity";
import * as z from "zod";

/** An issuer as written: a relative path of its keys is still relative. */
export interface WrittenIssuer {
  readonly issuer: string;
  readonly audience: string;
  readonly jwks: string;
  readonly algorithms: readonly Algorithm[];
  readonly subject: "user" | "agent";
  readonly subjects: Readonly<Record<string, string>> | null;
  readonly groups: string | null;
  readonly single_use: boolean;
  readonly dialect: Dialect;
  readonly no_audience: boolean;
}

const NAME_MAX = 512;
const LOOPBACK = /^(127(\.\d{1,3}){3}|localhost|\[::1\])$/;

/** Whether keys may be fetched from there: whoever can change what arrives can sign as the issuer. */
export function isKeyAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  if (username !== "" || password !== "") return false;
  return protocol === "https:" || (protocol === "http:" && LOOPBACK.test(hostname));
}

function isAddress(text: string): boolean {
  return /^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(text);
}

const text = z.string().min(1).max(NAME_MAX);
const directoryName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, "names are 1 to 64 of A-Z a-z 0-9 . _ -");

export const issuerSchema: z.ZodType<WrittenIssuer, unknown> = z
  .strictObject({
    issuer: text,
    audience: text,
    jwks: z
      .string()
      .min(1)
      .refine(
        (where) => !isAddress(where) || isKeyAddress(where),
        "keys are fetched over https, or over http from this machine",
      )
      .default("discover"),
    algorithms: z
      .array(z.enum(ALGORITHMS))
      .min(1)
      .default([...ALGORITHMS]),
    subject: z.enum(["user", "agent"]).default("user"),
    subjects: z.record(text, directoryName).nullable().default(null),
    groups: text.nullable().default(null),
    single_use: z.boolean().default(false),
    dialect: z.enum(DIALECTS).default("standard"),
    no_audience: z.boolean().default(false),
  })
  .refine(
    ({ dialect, subject }) => dialect === "standard" || subject === "agent",
    "a passport in another dialect names an agent: say `subject: agent`",
  )
  .refine(
    ({ dialect, no_audience: none }) => !none || dialect === "agent-passport",
    "only the dialect `agent-passport` has no audience",
  )
  .refine(
    ({ jwks, issuer }) => jwks !== "discover" || isKeyAddress(issuer),
    "only the keys of an issuer with an https address can be discovered; say where they are with `jwks`",
  );

/** The origin of an address that has nothing else. */
export const originSchema: z.ZodType<string, unknown> = z
  .string()
  .refine(
    (written) => URL.canParse(written) && /^https?:\/\/[^/?#@]+$/.test(written),
    "expected an origin such as `https://bylaw.example.com`",
  )
  .transform((written) => new URL(written).origin);
