import { describe, expect, test } from "vitest";
import { profileOf } from "../tool.ts";
import { NOUN_CONCEPTS } from "./concepts.ts";
import { KINDS, kindBit } from "./kinds.ts";
import { NOMINAL_VERBS, NOUN_VERBS, PAST_FORMS, PHRASAL_VERBS, VERB_KINDS } from "./verbs.ts";
import { MEDIUM_NOUNS, STOP_WORDS, TIME_WORDS } from "./words.ts";

const kindsOf = (tool: string, ...parameters: readonly string[]): readonly string[] => {
  const properties = Object.fromEntries(parameters.map((name) => [name, { type: "string" }]));
  const definition = {
    digest: "d",
    name: tool,
    description: "",
    inputSchema: { properties },
    annotations: {},
  };
  const { kinds } = profileOf(tool, definition);
  return KINDS.filter((kind) => (kinds & kindBit(kind)) !== 0);
};

describe("tables", () => {
  test("every entry is one lower-case English word", () => {
    const tables = [
      ...VERB_KINDS.keys(),
      ...NOUN_CONCEPTS.keys(),
      ...STOP_WORDS,
      ...TIME_WORDS,
      ...MEDIUM_NOUNS,
    ];
    expect(tables.length).toBeGreaterThan(1_000);
    expect(tables.filter((word) => !/^[a-z][a-z_-]*$/.test(word))).toEqual([]);
  });

  test("what stands for a verb is a verb", () => {
    for (const verb of [...NOMINAL_VERBS.values(), ...PHRASAL_VERBS.values()])
      expect([verb, VERB_KINDS.has(verb)]).toEqual([verb, true]);
    expect(NOUN_VERBS.size).toBeGreaterThan(100);
    expect(PAST_FORMS.get("sent")).toBe("send");
  });
});

describe("what a tool does", () => {
  test.each<[string, readonly string[], readonly string[]]>([
    ["get_chart", ["patient_id"], ["read"]],
    ["send_money", ["recipient", "amount"], ["pay"]],
    ["transfer_funds", ["to", "amount"], ["pay"]],
    ["confirm_transfer", ["to", "amount"], ["update", "pay"]],
    ["verify_account", ["otp"], ["auth"]],
    ["update_password", ["password"], ["config"]],
    ["cart_add_item", ["item_id"], ["create"]],
    ["cart_remove_item", ["item_id"], ["update"]],
    ["place_order", ["item_id"], ["buy"]],
    ["order_lab_test", ["patient_id"], ["create"]],
    ["share_file", ["file_id", "email"], ["grant"]],
    ["cancel_event", ["event_id"], ["delete"]],
    ["reserve_room", ["room"], ["book"]],
    ["restart_service", ["service"], ["exec"]],
    ["frobnicate", [], ["exec"]],
    ["", [], ["exec"]],
  ])("%s", (tool, parameters, expected) => {
    expect(kindsOf(tool, ...parameters)).toEqual(expected);
  });

  test("a name that says nothing leaves it to the description", () => {
    const definition = {
      digest: "d",
      name: "t1",
      description: "Deletes a note.",
      inputSchema: {},
      annotations: {},
    };
    expect(profileOf("t1", definition).kinds).toBe(kindBit("delete"));
  });
});
