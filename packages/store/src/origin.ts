import { randomBytes } from "node:crypto";

/** A name that no other log has. */
export function newOrigin(): string {
  return `bylaw/${randomBytes(6).toString("hex")}`;
}
