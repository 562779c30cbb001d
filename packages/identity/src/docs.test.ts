import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const text = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");
const codes = [...text("./errors.ts").matchAll(/"(credential\.[a-z_]+)"/g)].map(
  ([, code = ""]) => code,
);

describe("docs/identity.md", () => {
  it("explains every code that a credential is refused with, and no other", () => {
    const listed = [
      ...text("../../../docs/identity.md").matchAll(/^\| `(credential\.[a-z_]+)` \|/gm),
    ];
    expect(codes.length).toBeGreaterThan(40);
    expect(listed.map(([, code]) => code).sort()).toEqual([...codes].sort());
  });

  it("names codes that a test sees", () => {
    const tests = [
      "./authenticate.test.ts",
      "./dialects.test.ts",
      "./forged.test.ts",
      "../testdata/forgeries.ts",
    ]
      .map(text)
      .join();
    const unseen = codes.filter(
      (code) =>
        !tests.includes(`"${code}"`) && !tests.includes(`"${code.slice("credential.".length)}"`),
    );
    expect(unseen).toEqual([]);
  });
});
