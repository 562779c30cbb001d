import type { Outcome, Verdict } from "./types.ts";

/** UTF-16 units of a result that are told; the gateway takes no larger messages than its limit. */
const RESULT_UNITS_MAX = 300_000;

/** Performs what a verdict allows and reports what came of it; a failure is reported and thrown again. */
export async function reported<T>(
  observe: (verdict: Verdict, outcome: Outcome) => Promise<boolean>,
  verdict: Verdict,
  perform: () => T | PromiseLike<T>,
): Promise<T> {
  try {
    const result = await perform();
    await observe(verdict, { completion: "ok", ...shown(result) });
    return result;
  } catch (error) {
    await observe(verdict, { completion: "error" });
    throw error;
  }
}

/** A result as the agent will read it; what JSON cannot say is not told. */
function shown(result: unknown): { readonly result?: string } {
  try {
    const text = typeof result === "string" ? result : JSON.stringify(result);
    return typeof text === "string" ? { result: text.slice(0, RESULT_UNITS_MAX) } : {};
  } catch {
    return {};
  }
}
