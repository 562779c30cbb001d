import { BASE64, UPPER } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const onepassword: ProviderRule = {
  id: "secret.1password",
  kind: "secret",
  title: "1Password service account token or secret key",
  severity: "critical",
  formats: [
    ["ops_eyJ", run(BASE64, 200, 1500)],
    [
      "A3-",
      run(UPPER, 6),
      "-",
      run(UPPER, 11),
      "-",
      run(UPPER, 5),
      "-",
      run(UPPER, 5),
      "-",
      run(UPPER, 5),
    ],
    [
      "A3-",
      run(UPPER, 6),
      "-",
      run(UPPER, 6),
      "-",
      run(UPPER, 5),
      "-",
      run(UPPER, 5),
      "-",
      run(UPPER, 5),
      "-",
      run(UPPER, 5),
    ],
  ],
};
