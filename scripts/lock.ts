import { readFileSync, writeFileSync } from "node:fs";
import { completed, type Lock } from "../house/lock.ts";

/**
 * `npm run lock`: adds the platform packages of other systems that npm left out of
 * package-lock.json because it could not load them here; `npm ci` refuses a lock file without them.
 */
const FILE = "package-lock.json";
const before = readFileSync(FILE, "utf8");
const { lock, added } = completed(JSON.parse(before) as Lock);
if (added.length > 0) writeFileSync(FILE, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${FILE}: ${added.length} platform packages added`);
