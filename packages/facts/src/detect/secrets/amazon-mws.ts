import { uuid } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const amazonMws: ProviderRule = {
  id: "secret.amazon-mws",
  kind: "secret",
  title: "Amazon MWS token",
  severity: "high",
  formats: [["amzn.mws.", ...uuid()]],
};
