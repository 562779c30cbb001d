import { userInfo } from "node:os";

/** The operating system's name of the current user, as a valid directory name. */
export function currentUser(): string {
  return userInfo().username.replace(/[^A-Za-z0-9._-]/g, "_") || "owner";
}
