import { alphabet, BASE64URL } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

const LOOSE = alphabet("A-Za-z0-9+/=_\\-");

/** RFC 7519 in its compact form: `eyJ` is `{"` in base64, and `ZXlK` is `eyJ` once more. */
export const jwt: ProviderRule = {
  id: "secret.jwt",
  kind: "secret",
  title: "JSON Web Token",
  severity: "high",
  formats: [
    [
      "eyJ",
      run(BASE64URL, 12, 4_000),
      ".eyJ",
      run(BASE64URL, 4, 8_000),
      ".",
      run(BASE64URL, 16, 4_000),
    ],
    ["ZXlK", run(LOOSE, 48, 16_000)],
  ],
};
