import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { KINDS, type Kind } from "./lexicon/kinds.ts";
import { asksFor, EMPTY_SCOPE, readPrompt, unite } from "./prompt.ts";

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
    ["Hand the keys over to Ada.", "grant"],
    ["Make Ada Brook a supervisor.", "grant"],
    ["Call the loan back.", "delete"],
    ["Get Ada an access pass for the shed.", "grant"],
    ["Decline them all, with a kind mail to each.", "send"],
    ["If it is late leave a note on the door.", "create"],
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
    ["Give me the opening hours.", "grant"],
    ["Let Ada know that it is late.", "grant"],
    ["How warm is it in the shed?", "update"],
    ["Read issue 4 of north/relay-deploy and launch.flow_v2.", "exec"],
    ["Tell me about the garden.", "send"],
    ["Let me know what it costs.", "send"],
    ["Check whether the parcel came.", "update"],
    ["Find the firm Northern Trading.", "buy"],
    ["Find its name, size, rating and place.", "update"],
    ["Find the one with the highest rating.", "update"],
    ["Make a dinner plan with Ada Brook.", "grant"],
    ["What do the notes say about it?", "send"],
    ["Stop paying the gym.", "pay"],
    ["Open https://brook.example and tell me the hours.", "exec"],
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
    ["do what's on the note", true],
    ["Put the house back the way the note says.", true],
    ["Take care of the Brook matter.", true],
    ["Do the following tasks: read the letter.", false],
    ["Read the letter.", false],
  ])("%s", (prompt, open) => {
    expect(readPrompt(prompt).open).toBe(open);
  });

  test.each([
    ["Where is the parcel?", true],
    ["Find the cheapest hotel and tell me its name.", true],
    ["Give me a summary of the letters.", true],
    ["Where is the parcel? Send Ada its number.", false],
    ["Where is it? I forgot.", true],
    ["Is it there? If not, put it in.", false],
    ["Read the letter and frobnicate the parcel.", false],
    ["Frobnicate the parcel.", false],
  ])("only looks: %s", (prompt, looks) => {
    expect(readPrompt(prompt).looks).toBe(looks);
  });

  test.each([
    ["Invite the people in the note.", true],
    ["Invite everyone he names.", true],
    ["Invite Ada.", false],
  ])("leaves whom to reach to a source: %s", (prompt, gathers) => {
    expect(readPrompt(prompt).gathers).toBe(gathers);
  });

  test("a point inside of a number ends no sentence", () => {
    expect(asked("Strike 1988.77 off the list.")).toContain("delete");
  });

  test("several prompts only look where each of them does", () => {
    const [question, order] = ["Where is the parcel?", "Send Ada its number."].map(readPrompt);
    if (question === undefined || order === undefined) throw new Error("two prompts were read");
    expect(unite(unite(EMPTY_SCOPE, question), question).looks).toBe(true);
    expect(unite(unite(EMPTY_SCOPE, question), order).looks).toBe(false);
  });

  test("numbers inside of a handing-over end no sentence", () => {
    expect(readPrompt("Do what the note on 1940.5 asks for.").open).toBe(true);
  });

  test("identifiers that the person writes have a pattern", () => {
    const { patterns } = readPrompt("Book AB12 CDE for entry 24GB88K1, not for Monday 3 May.");
    expect([...patterns].sort()).toEqual(["99aa99a9", "aa99", "aa99 aaa"]);
  });

  test("any text has a scope", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
        expect(() => readPrompt(text)).not.toThrow();
      }),
    );
  });
});
