import { ALNUM, BASE64URL } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const mapbox: ProviderRule = {
  id: "secret.mapbox",
  kind: "secret",
  title: "Mapbox token",
  severity: "medium",
  formats: [
    ["sk.eyJ", run(BASE64URL, 40, 200), ".", run(BASE64URL, 20, 24)],
    ["pk.", run(ALNUM, 60), ".", run(ALNUM, 22)],
    ["pk.eyJ", run(BASE64URL, 40, 200), ".", run(BASE64URL, 20, 24)],
  ],
};
