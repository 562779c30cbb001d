import type { JsonObject } from "@bylaw/core";
import { describe, expect, test } from "vitest";
import { written } from "./abbreviations.ts";
import { KINDS, kindBit } from "./lexicon/kinds.ts";
import { profileOf, type ToolProfile } from "./tool.ts";

function profile(name: string, description: string, properties: JsonObject = {}): ToolProfile {
  return profileOf(name, {
    digest: "d",
    name,
    description,
    inputSchema: { properties },
    annotations: {},
  });
}

const kindsOf = ({ kinds }: ToolProfile): readonly string[] =>
  KINDS.filter((kind) => (kinds & kindBit(kind)) !== 0);

const STRING = { type: "string" };

describe("what a definition says", () => {
  test.each<[string, string, string]>([
    ["valve_card", "The catalogue card of a valve.", "read"],
    ["ward_map", "Which beds stand in a ward.", "read"],
    ["carrier_fares", "Prices of carriers for a way.", "read"],
    ["desk_post", "Letters that came to the desk.", "read"],
    ["rents", "Saved rents of a house.", "read"],
    ["list_orders", "Standing orders.", "read"],
    ["loan_folder", "Opens the folder of a loan.", "read"],
    ["valve_log", "Permanently removes a valve.", "delete"],
    ["roster", "Strikes a name off the roster.", "delete"],
    ["valve_tend", "Has the crew repair a valve.", "update"],
    ["seek", "Full text search over letters.", "read"],
    ["people", "Guests, members and staff.", "read"],
    ["ads.bookSlot", "", "book"],
    ["search_tool", "This tool searches letters.", "read"],
    ["seek", "Lets you search letters.", "read"],
    ["photo_pass", "Lets somebody download a photograph.", "grant"],
    ["file_open", "Opens a file to an outside guest.", "grant"],
    ["bed_rota", "Gives somebody a bed of the house.", "grant"],
    ["loan_offer", "Offers a valve to another house.", "send"],
    ["msg_snd", "", "send"],
    ["doc_rd", "", "read"],
    ["doc_ls", "", "read"],
    ["unban", "", "update"],
    ["acme_list_wells", "", "read"],
    ["acme_search", "", "read"],
    ["well_order_search", "Search over orders.", "read"],
    ["fines", "Fine search. Newest first.", "read"],
    ["payout_history", "", "read"],
    ["launches", "Recent launches of a rocket.", "read"],
    ["hut", "Village calendar.", "read"],
    ["acme_checkout", "Switches branches.", "update"],
    ["mark_letters_read", "", "update"],
    ["create_refund", "", "pay"],
    ["place_booking", "", "book"],
    ["POST_letters", "", "create"],
    ["PATCH_wells", "", "update"],
    ["stamp_code", "New stamp code.", "create"],
    ["seek", "Performs a full search of the archive.", "read"],
    ["board_rules", "Reads or changes the rules of a board.", "update"],
    ["grp_put", "Adds a person to an access group.", "grant"],
    ["set_well_visibility", "", "grant"],
  ])("%s: %s", (name, description, kind) => {
    expect(kindsOf(profile(name, description))).toEqual([kind]);
  });

  test("what changes hands is money only where the tool says so", () => {
    expect(kindsOf(profile("transfer_folder", "", { folder: STRING, recipient: STRING }))).toEqual([
      "grant",
    ]);
    expect(kindsOf(profile("transfer_funds", "", { to: STRING }))).toEqual(["pay"]);
  });

  test("what a parameter is called as well is set", () => {
    const valve = profile("door_mode", "", { door: STRING, mode: STRING });
    expect([kindsOf(valve), valve.unknown]).toEqual([["update"], false]);
    expect(profile("door_mode", "", { door: STRING }).unknown).toBe(true);
  });

  test("what takes a text to write is no look, however it is described", () => {
    expect(kindsOf(profile("open_case", "Open a case.", { body: STRING }))).toEqual(["create"]);
    expect(profile("wall", "The text of a wall.", { text: STRING }).unknown).toBe(true);
  });

  test("a thing has what it can be set by, and what only selects", () => {
    const { settable } = profile("pump", "Limits of a pump.", {
      pump: STRING,
      active: { type: "boolean" },
      limit_amount: { type: "number" },
      page_size: { type: "number" },
      only_open: { type: "boolean" },
    });
    expect([...settable]).toEqual(["active", "limit_amount"]);
  });

  test("what is sent has somebody to receive it, called so or not", () => {
    const { roles } = profile("send_note", "Sends a note.", { firm: STRING, text: STRING });
    expect([...roles]).toEqual([
      ["firm", "dest"],
      ["text", "content"],
    ]);
  });
});

describe("short forms", () => {
  test.each([
    ["rcpt", "recipient"],
    ["sbj", "subject"],
    ["amt", "amount"],
    ["desc", "description"],
    ["att", "attachment"],
  ])("%s is %s", (short, word) => {
    expect(written(short)).toBe(word);
  });

  test.each(["add", "tag", "id", "x", "valve", "zzz"])("%s is itself", (word) => {
    expect(written(word)).toBe(word);
  });
});
