import { HEX } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const depot: ProviderRule = {
  id: "secret.depot",
  kind: "secret",
  title: "Depot token",
  severity: "high",
  formats: [
    ["depot_project_", run(HEX, 64)],
    ["depot_org_", run(HEX, 64)],
  ],
};
