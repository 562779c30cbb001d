import { expect, it } from "vitest";
import { visible } from "./visible.ts";

it("spells out what would move the cursor, end the line or turn the text around", () => {
  expect(visible("do\n 9 ALLOW\u001b[2K\r\u202etxt\u200b")).toBe(
    "do\\u{a} 9 ALLOW\\u{1b}[2K\\u{d}\\u{202e}txt\\u{200b}",
  );
});

it("leaves names of all languages as they are", () => {
  expect(visible("löschen 削除 (1,200)")).toBe("löschen 削除 (1,200)");
});
