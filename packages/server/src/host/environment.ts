/** An environment variable as a command reads it; null when it is absent or empty. */
export function variable(name: "BYLAW_TOKEN" | "BYLAW_CONFIG" | "SUDO_USER"): string | null {
  const value = process.env[name];
  return value === undefined || value === "" ? null : value;
}

/** Milliseconds since the epoch, for commands that are told a time relative to now. */
export function wallClock(): number {
  return Date.now();
}

/** A variable that the configuration names, for its secret; null when it is absent or empty. */
export function secret(name: string): string | null {
  const value = process.env[name];
  return value === undefined || value === "" ? null : value;
}

/** What a program needs to start at all; secrets in Bylaw's own environment stay there. */
export function environment(): Readonly<Record<string, string | undefined>> {
  const { PATH, HOME, LANG } = process.env;
  return { PATH, HOME, LANG };
}

/** What a gateway started on behalf of a test gets: all but the caller's own Bylaw. */
export function environmentWithoutBylaw(): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      (entry): entry is [string, string] =>
        entry[1] !== undefined && !entry[0].startsWith("BYLAW_"),
    ),
  );
}
