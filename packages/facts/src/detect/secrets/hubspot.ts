import { UUID } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const hubspot: ProviderRule = {
  id: "secret.hubspot",
  kind: "secret",
  title: "HubSpot private app token",
  severity: "high",
  formats: [
    ["pat-na1-", run(UUID, 36)],
    ["pat-na2-", run(UUID, 36)],
    ["pat-eu1-", run(UUID, 36)],
    ["pat-ap1-", run(UUID, 36)],
  ],
};
