import { type Amount, type Effect, exactly, UNKNOWN_AMOUNT } from "../facts.ts";

/** Tokens that an effect uses at most. Whatever nobody described, and every model, may use any number. */
export function tokensOf({ tokens, source, resource }: Effect): Amount {
  if (tokens !== undefined) return tokens;
  const described = source === "parsed" || source === "catalog";
  return described && resource.type !== "Model" ? exactly(0) : UNKNOWN_AMOUNT;
}
