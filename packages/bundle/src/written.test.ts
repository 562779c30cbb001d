import type { Json, WrittenClause } from "@bylaw/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadCedar } from "./cedar.ts";
import { renderError } from "./errors.ts";
import type { Est } from "./est.ts";
import { loadBundle } from "./load.ts";
import { PACKS, readPack } from "./packs.ts";

const cedar = await loadCedar();

async function clausesOf(text: string): Promise<readonly WrittenClause[]> {
  const loaded = await loadBundle({ sources: [{ file: "p.cedar", text: `@id("p")\n${text}` }] });
  if (!loaded.ok) throw new Error(loaded.error.map(renderError).join("\n"));
  return loaded.value.written.policy("p")?.clauses ?? [];
}

const shown = (clause: WrittenClause): unknown =>
  clause.join === null ? clause.text : { [clause.join]: clause.parts.map(shown) };

/** The JSON form that Cedar itself gives to the text of a clause. */
function parsed(text: string): Json {
  const answer = cedar.policyToJson(`permit (principal, action, resource) when { ${text} };`);
  if (answer.type === "failure") throw new Error(answer.errors[0]?.message);
  return (answer.json as unknown as Est).conditions[0]?.body as Json;
}

function everyClause(clauses: readonly WrittenClause[]): readonly WrittenClause[] {
  return clauses.flatMap((clause) => [clause, ...everyClause(clause.parts)]);
}

describe("clauses of a policy", () => {
  it("are its scope, the parts of `when` that all have to hold and those of `unless` that none may", async () => {
    const clauses = await clausesOf(`
forbid (principal is Agent in Group::"a,b", action in [Action::"read", Action::"list"], resource)
when { context.quantity.atMost > 10 && // and more
  (context.reversible || (context.session.depth == 1 && context.task.locked)) }
unless { context.task.offline || resource is File && context.task.declared };`);
    expect(clauses.map(({ part, text }) => `${part} ${text}`)).toEqual([
      'principal principal is Agent in Group::"a,b"',
      'action action in [Action::"read", Action::"list"]',
      "when context.quantity.atMost > 10",
      "when context.reversible || (context.session.depth == 1 && context.task.locked)",
      "unless context.task.offline",
      "unless resource is File && context.task.declared",
    ]);
    expect(shown(clauses[3] as WrittenClause)).toEqual({
      or: ["context.reversible", { and: ["context.session.depth == 1", "context.task.locked"] }],
    });
    expect(clauses.map(({ line, column }) => [line, column])).toEqual([
      [3, 9],
      [3, 45],
      [4, 8],
      [5, 4],
      [6, 10],
      [6, 34],
    ]);
  });

  it.each([
    [
      "brackets around a row",
      "(context.task.locked && context.task.offline) && context.reversible",
    ],
    [
      "brackets at the end of a row",
      "context.task.locked && (context.task.offline && context.reversible)",
    ],
    [
      "strings that look like operators",
      'context.session.id == "a && b) || c" && context.reversible',
    ],
    [
      "a conditional",
      "if context.reversible then context.task.locked && context.task.offline else true",
    ],
    ["a negated row", "!(context.task.locked && context.task.offline)"],
  ])("survive %s", async (_what, condition) => {
    const clauses = await clausesOf(`permit (principal, action, resource) when { ${condition} };`);
    for (const { text, expression } of everyClause(clauses))
      expect(expression).toEqual(parsed(text));
  });

  it("say in every pack what Cedar reads from their text", async () => {
    const loaded = await loadBundle({ sources: await Promise.all(PACKS.map(readPack)) });
    if (!loaded.ok) throw new Error(loaded.error.map(renderError).join("\n"));
    const { policies, written } = loaded.value;
    const clauses = [...policies.keys()].flatMap((id) =>
      everyClause(written.policy(id)?.clauses ?? []),
    );
    expect(clauses.length).toBeGreaterThan(150);
    for (const { text, expression } of clauses) expect(parsed(text)).toEqual(expression);
  });

  it("say so for any nesting of rows and brackets", () => {
    const atom = fc.constantFrom(
      "context.reversible",
      "context.counts.calls_1m > 3",
      "!context.task.locked",
      'context.session.id like "a*&&("',
    );
    const { row } = fc.letrec((tie) => ({
      row: fc
        .tuple(
          fc.array(tie("term"), { minLength: 1, maxLength: 4 }),
          fc.constantFrom(" && ", " || "),
        )
        .map(([terms, by]) => terms.join(by)),
      term: fc.oneof(
        { maxDepth: 3 },
        atom,
        tie("row").map((inner) => `(${inner as string})`),
      ),
    }));
    const model = fc.asyncProperty(row as fc.Arbitrary<string>, async (condition) => {
      const clauses = await clausesOf(
        `permit (principal, action, resource) when { ${condition} };`,
      );
      for (const { text, expression } of everyClause(clauses))
        expect(parsed(text)).toEqual(expression);
      const row = clauses[0]?.join === null ? clauses : (clauses[0]?.parts ?? []);
      if (condition.startsWith("context.reversible && ")) expect(row.length).toBeGreaterThan(1);
    });
    return fc.assert(model, { numRuns: 60 });
  });
});
