/** An environment variable as a command reads it; null when it is absent or empty. */
export function variable(name: "BYLAW_TOKEN" | "BYLAW_CONFIG"): string | null {
  const value = process.env[name];
  return value === undefined || value === "" ? null : value;
}
