import { LOWER } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const onesignal: ProviderRule = {
  id: "secret.onesignal",
  kind: "secret",
  title: "OneSignal key",
  severity: "high",
  formats: [
    ["os_v2_app_", run(LOWER, 90, 120)],
    ["os_v2_org_", run(LOWER, 90, 120)],
  ],
};
