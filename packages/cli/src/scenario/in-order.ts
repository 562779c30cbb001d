/** Gateways that run at once: most of a start is waiting for the disk. */
const AT_ONCE = 2;

/** Does all of it, some at a time, and tells of each in the order in which they were given. */
export async function inOrder<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
  tell: (result: R) => void,
): Promise<readonly R[]> {
  const results = new Map<number, R>();
  let next = 0;
  let told = 0;
  const worker = async (): Promise<void> => {
    for (let at = next++; at < items.length; at = next++) {
      results.set(at, await work(items[at] as T));
      for (let result = results.get(told); result !== undefined; result = results.get(told)) {
        tell(result);
        told += 1;
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return items.map((_, at) => results.get(at) as R);
}
