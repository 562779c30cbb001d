import { expect, test } from "vitest";
import { Cancel, linked } from "./cancel.ts";

test("tells its listeners once, in order, and keeps the first reason", () => {
  const cancel = new Cancel();
  const heard: string[] = [];
  const first = (): void => void heard.push(`first ${String(cancel.reason)} ${cancel.aborted}`);
  cancel.addEventListener("abort", first);
  cancel.addEventListener("abort", first); // twice the same listener is one, as with event targets
  cancel.addEventListener("abort", () => heard.push("second"));
  const removed = (): void => void heard.push("removed");
  cancel.addEventListener("abort", removed);
  cancel.removeEventListener("abort", removed);
  cancel.abort("client.closed");
  cancel.abort("client.cancelled");
  expect(heard).toEqual(["first client.closed true", "second"]);
  expect(cancel.reason).toBe("client.closed");
});

test("says nothing to whoever comes after it, like an AbortSignal", () => {
  const cancel = new Cancel();
  cancel.abort("late");
  const heard: string[] = [];
  cancel.addEventListener("abort", () => heard.push("heard"));
  cancel.abort("later");
  expect(heard).toEqual([]);
});

test("a listener that adds or removes others while it is told disturbs nobody", () => {
  const cancel = new Cancel();
  const heard: string[] = [];
  const last = (): void => void heard.push("last");
  cancel.addEventListener("abort", () => {
    cancel.removeEventListener("abort", last);
    cancel.addEventListener("abort", () => heard.push("too late"));
  });
  cancel.addEventListener("abort", last);
  cancel.abort();
  expect(heard).toEqual(["last"]);
});

test("linked: the first of several, its reason, and nothing after it is unlinked", () => {
  const [one, two] = [new Cancel(), new Cancel()];
  const { cancel } = linked([one, two, AbortSignal.timeout(60_000)]);
  two.abort("two");
  one.abort("one");
  expect(cancel).toMatchObject({ aborted: true, reason: "two" });

  const other = new AbortController();
  const apart = linked([other.signal]);
  apart.unlink();
  other.abort("never heard");
  expect(apart.cancel.aborted).toBe(false);

  expect(linked([AbortSignal.abort("before")]).cancel).toMatchObject({ reason: "before" });
});
