import { TOKEN } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const typeform: ProviderRule = {
  id: "secret.typeform",
  kind: "secret",
  title: "Typeform token",
  severity: "high",
  formats: [["tfp_", run(TOKEN, 59, 70)]],
};
