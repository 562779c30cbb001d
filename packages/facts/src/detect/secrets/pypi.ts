import { BASE64URL } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const pypi: ProviderRule = {
  id: "secret.pypi",
  kind: "secret",
  title: "PyPI upload token",
  severity: "critical",
  formats: [
    ["pypi-AgEIcHlwaS5vcmc", run(BASE64URL, 50, 1000)],
    ["pypi-AgENdGVzdC5weXBpLm9yZw", run(BASE64URL, 50, 1000)],
  ],
};
