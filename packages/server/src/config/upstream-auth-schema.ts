import * as z from "zod";

/** The `auth` of an upstream as written. */
export interface WrittenAuth {
  readonly flow: "client_credentials" | "authorization_code";
  readonly client_id: string | null;
  readonly client_secret: string | null;
  readonly private_key: string | null;
  readonly client_metadata: string | null;
  readonly scopes: readonly string[];
  readonly issuer: string | null;
  readonly callback_port: number;
}

/** Where a secret is: a variable or a file. */
export const secretSourceSchema: z.ZodString = z
  .string()
  .regex(/^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+)$/, "expected `env:NAME` or `file:PATH`");

const SCOPES_MAX = 100;
/** RFC 6749, section 3.3. */
const scope = z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/, "expected a scope");
const text = z.string().min(1).max(2_048);

export const upstreamAuthSchema: z.ZodType<WrittenAuth, unknown> = z
  .strictObject({
    flow: z.enum(["client_credentials", "authorization_code"]),
    client_id: text.nullable().default(null),
    client_secret: secretSourceSchema.nullable().default(null),
    private_key: secretSourceSchema.nullable().default(null),
    client_metadata: z
      .url({ protocol: /^https$/ })
      .nullable()
      .default(null),
    scopes: z.array(scope).max(SCOPES_MAX).default([]),
    issuer: z
      .url({ protocol: /^https?$/ })
      .nullable()
      .default(null),
    callback_port: z.int().min(0).max(65_535).default(0),
  })
  .refine(
    ({ flow, client_id, client_secret, private_key }) =>
      flow === "authorization_code" ||
      (client_id !== null && (client_secret !== null || private_key !== null)),
    "`client_credentials` needs `client_id` and `client_secret` or `private_key`",
  )
  .refine(
    ({ client_id, client_secret, private_key }) =>
      client_id !== null || (client_secret === null && private_key === null),
    "a secret is of no use without the `client_id` that it belongs to",
  )
  .refine(
    ({ client_secret, private_key }) => client_secret === null || private_key === null,
    "either `client_secret` or `private_key`",
  );
