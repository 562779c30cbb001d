import { FILES } from "./files.ts";
import { GIT } from "./git.ts";
import { INFRASTRUCTURE } from "./infrastructure.ts";
import { NETWORK } from "./network.ts";
import { PACKAGES } from "./packages.ts";
import type { Program } from "./program.ts";
import { SYSTEM } from "./system.ts";
import { WRAPPERS } from "./wrappers.ts";

/** The table of programs by family, as the documentation lists them. */
export const FAMILIES: Readonly<Record<string, Readonly<Record<string, Program>>>> = {
  "Packages and project tools": PACKAGES,
  "Files and text": FILES,
  "Version control": GIT,
  Network: NETWORK,
  "Containers, clouds and databases": INFRASTRUCTURE,
  System: SYSTEM,
  "Shells, interpreters and starters": WRAPPERS,
};

/** Later families win where two name the same program. */
const PROGRAMS: ReadonlyMap<string, Program> = new Map(
  Object.values(FAMILIES).flatMap((family) => Object.entries(family)),
);

/** What a program does with its arguments; null for one that nobody described. */
export function programOf(name: string): Program | null {
  return PROGRAMS.get(name) ?? null;
}
