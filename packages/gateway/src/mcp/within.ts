/** Whether something settles within a time; the timer does not outlive the answer. Never rejects. */
export async function within(event: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, ms, false);
  });
  const settled = (): boolean => true;
  const result = await Promise.race([event.then(settled, settled), late]);
  clearTimeout(timer);
  return result;
}
