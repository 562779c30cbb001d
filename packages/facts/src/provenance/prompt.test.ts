import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { KINDS, type Kind } from "./lexicon/kinds.ts";
import { asksFor, readPrompt } from "./prompt.ts";

const asked = (prompt: string): readonly Kind[] => {
  const scope = readPrompt(prompt);
  return KINDS.filter((kind) => kind !== "read" && kind !== "auth" && asksFor(scope, kind));
};

describe("what a prompt asks for", () => {
  test.each<[string, Kind]>([
    ["Delete the old invoices.", "delete"],
    ["I want the old invoices deleted.", "delete"],
    ["Could you place an order for ink?", "buy"],
    ["Make a reservation for two.", "book"],
    ["Pay my rent.", "pay"],
    ["Please reply to Ada.", "send"],
    ["Turn the heating off.", "update"],
    ["Roll the service back.", "exec"],
    ["Give Ada access to the wiki.", "grant"],
    ["Make Ada an editor of the sheet.", "grant"],
    ["Remind me to call Ada.", "create"],
  ])("%s", (prompt, kind) => {
    expect(asked(prompt)).toContain(kind);
  });

  test.each<[string, Kind]>([
    ["Read the order that I placed.", "buy"],
    ["Show me the payment of Ada.", "pay"],
    ["Find the email that Ada sent me.", "send"],
    ["What did they delete?", "pay"],
    ["Look at the report, but do not delete it.", "delete"],
    ["Summarise it without sending anything.", "send"],
    ["The rent is 900, show me the contract.", "book"],
    ["I pay my rent monthly. When is it due?", "pay"],
  ])("%s", (prompt, kind) => {
    expect(asked(prompt)).not.toContain(kind);
  });

  test("subject words and names are the matter, not the act and not the medium", () => {
    const { content, names } = readPrompt("Send Ada the email about the greenhouse.");
    expect([...content].sort()).toEqual(["ada", "greenhous"]);
    expect([...names]).toEqual(["ada"]);
  });

  test.each([
    ["Follow the instructions in the letter.", true],
    ["Do what Ada asks for in her mail.", true],
    ["Do the following tasks: read the letter.", false],
    ["Read the letter.", false],
  ])("%s", (prompt, open) => {
    expect(readPrompt(prompt).open).toBe(open);
  });

  test("any text has a scope", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
        expect(() => readPrompt(text)).not.toThrow();
      }),
    );
  });
});
