/** Addresses that lead to the machine itself, its neighbours or its cloud's metadata service. */

/** Names and addresses under which clouds hand out a machine's credentials. */
const METADATA: ReadonlySet<string> = new Set([
  "169.254.169.254",
  "169.254.170.2",
  "169.254.170.23",
  "100.100.100.200",
  "192.0.0.192",
  "168.63.129.16",
  "[fd00:ec2::254]",
  "[fd20:ce::254]",
  "metadata.google.internal",
  "metadata.goog",
  "metadata",
  "instance-data",
]);

/** In: a canonical host name as the URL standard writes it (IPv4 dotted, IPv6 in brackets). */
export function isMetadata(name: string): boolean {
  const mapped = mappedIpv4(name);
  return METADATA.has(name) || (mapped !== null && METADATA.has(mapped));
}

/** Whether a host is known not to be on the public internet. A name's address is not looked up. */
export function isPrivate(name: string): boolean {
  const mapped = mappedIpv4(name);
  if (mapped !== null) return isPrivateIpv4(mapped);
  if (name.startsWith("[")) return isPrivateIpv6(name.slice(1, -1));
  if (/^\d+\.\d+\.\d+\.\d+$/.test(name)) return isPrivateIpv4(name);
  return !name.includes(".") || /\.(?:localhost|local|internal|intranet|lan|home|corp)$/.test(name);
}

/** Special-purpose ranges of IANA's IPv4 registry (RFC 6890 and its updates). */
function isPrivateIpv4(address: string): boolean {
  const [a = 0, b = 0, c = 0] = address.split(".").map(Number);
  return (
    a === 0 ||
    a === 10 ||
    a === 127 ||
    (a === 100 && b >= 64 && b <= 127) ||
    (a === 169 && b === 254) ||
    (a === 172 && b >= 16 && b <= 31) ||
    (a === 192 && b === 168) ||
    (a === 192 && b === 0 && c === 0) ||
    (a === 198 && (b === 18 || b === 19)) ||
    a >= 224
  );
}

function isPrivateIpv6(address: string): boolean {
  if (address === "::" || address === "::1") return true;
  const first = Number.parseInt(address.split(":")[0] || "0", 16);
  const uniqueLocal = (first & 0xfe00) === 0xfc00;
  const linkLocal = (first & 0xffc0) === 0xfe80;
  // 64:ff9b::/96 and 2002::/16 carry an IPv4 address that another machine unpacks.
  return uniqueLocal || linkLocal || first >= 0xff00 || first === 0x64 || first === 0x2002;
}

/** The IPv4 address inside `[::ffff:7f00:1]` or `[::7f00:1]`, null if there is none. */
function mappedIpv4(name: string): string | null {
  const found = /^\[::(?:ffff:)?([0-9a-f]{1,4}):([0-9a-f]{1,4})\]$/.exec(name);
  if (found === null) return null;
  const [high, low] = [found[1] ?? "", found[2] ?? ""].map((part) => Number.parseInt(part, 16));
  if (high === undefined || low === undefined) return null;
  return [high >> 8, high & 255, low >> 8, low & 255].join(".");
}
