import { uuid } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const wakatime: ProviderRule = {
  id: "secret.wakatime",
  kind: "secret",
  title: "WakaTime key",
  severity: "medium",
  formats: [["waka_", ...uuid()]],
};
