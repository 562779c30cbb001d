import { ALNUM } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const adafruit: ProviderRule = {
  id: "secret.adafruit",
  kind: "secret",
  title: "Adafruit IO key",
  severity: "high",
  formats: [["aio_", run(ALNUM, 28)]],
};
