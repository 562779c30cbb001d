import { expect, it, vi } from "vitest";
import { createWaiters } from "./waiters.ts";

const HOUR_MS = 3_600_000;

it("tells every call that waits for the same action", async () => {
  const waiters = createWaiters();
  const { signal } = new AbortController();
  const calls = [waiters.wait("a", HOUR_MS, signal), waiters.wait("a", HOUR_MS, signal)];
  waiters.answer("b", "rejected");
  waiters.answer("a", "approved");
  expect(await Promise.all(calls)).toEqual(["approved", "approved"]);
});

it("hands over to a resumable handle after the limit", async () => {
  vi.useFakeTimers();
  const call = createWaiters().wait("a", 50, new AbortController().signal);
  await vi.advanceTimersByTimeAsync(50);
  expect(await call).toBe("pending");
  vi.useRealTimers();
});

it("withdraws with the caller, also one that left before", async () => {
  const waiters = createWaiters();
  const left = new AbortController();
  const call = waiters.wait("a", HOUR_MS, left.signal);
  left.abort();
  expect(await call).toBe("withdrawn");
  expect(await waiters.wait("a", HOUR_MS, left.signal)).toBe("withdrawn");
});

it("lets waiting calls go when the gateway closes", async () => {
  const waiters = createWaiters();
  const call = waiters.wait("a", HOUR_MS, new AbortController().signal);
  waiters.close();
  expect(await call).toBe("pending");
});
