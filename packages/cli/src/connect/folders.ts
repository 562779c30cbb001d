import { join } from "node:path";

/** Where desktop applications keep their settings on this system. */
export function applicationFolder(home: string): string {
  if (process.platform === "darwin") return join(home, "Library", "Application Support");
  if (process.platform === "win32") return join(home, "AppData", "Roaming");
  return join(home, ".config");
}
