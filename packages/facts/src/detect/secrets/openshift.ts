import { BASE64URL } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const openshift: ProviderRule = {
  id: "secret.openshift",
  kind: "secret",
  title: "OpenShift user token",
  severity: "critical",
  formats: [["sha256~", run(BASE64URL, 43)]],
};
