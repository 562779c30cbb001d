import { expect, it } from "vitest";
import { createExclusive } from "./exclusive.ts";

it("runs steps of one key in order and lets other keys pass", async () => {
  const exclusive = createExclusive();
  const seen: string[] = [];
  let open: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const first = exclusive("a", async () => {
    await gate;
    seen.push("a1");
  });
  const second = exclusive("a", async () => {
    seen.push("a2");
  });
  await exclusive("b", async () => {
    seen.push("b");
  });
  open();
  await Promise.all([first, second]);
  expect(seen).toEqual(["b", "a1", "a2"]);
});

it("goes on after a step that throws", async () => {
  const exclusive = createExclusive();
  const failing = exclusive("a", () => Promise.reject(new Error("planted")));
  const next = exclusive("a", async () => "ran");
  await expect(failing).rejects.toThrow("planted");
  await expect(next).resolves.toBe("ran");
});
