import { alphabet, BASE64URL } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

const PADDED = alphabet("A-Za-z0-9_=-");

export const yandex: ProviderRule = {
  id: "secret.yandex",
  kind: "secret",
  title: "Yandex Cloud token",
  severity: "critical",
  formats: [
    ["t1.", run(PADDED, 5, 300), ".", run(BASE64URL, 80, 100)],
    ["t1.", run(PADDED, 5, 300), ".", run(BASE64URL, 80, 100), "="],
    ["t1.", run(PADDED, 5, 300), ".", run(BASE64URL, 80, 100), "=="],
    ["AQVN", run(BASE64URL, 34, 40)],
    ["YCAJE", run(BASE64URL, 20)],
    ["YCM", run(BASE64URL, 36, 38)],
    ["y0_", run(BASE64URL, 50, 60)],
    ["YC", run(BASE64URL, 38)],
  ],
};
