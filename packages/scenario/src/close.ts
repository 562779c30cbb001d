/** At most one letter wrong, missing or added, or letters in another order. */
export function isClose(known: string, written: string): boolean {
  if (Math.abs(known.length - written.length) > 1) return false;
  const sorted = (text: string): string => [...text.toLowerCase()].sort().join("");
  if (sorted(known) === sorted(written)) return true;
  let at = 0;
  while (at < known.length && known[at] === written[at]) at += 1;
  const rest = [known.slice(at), written.slice(at)] as const;
  return (
    rest[0].slice(1) === rest[1].slice(1) ||
    rest[0].slice(1) === rest[1] ||
    rest[0] === rest[1].slice(1)
  );
}
