/**
 * Lets the items of a batch go on together or not at all: a smuggled item must not ride on the allowed
 * ones, and an agent must not learn by halves.
 */
export interface Barrier {
  /** Waits until every item has been granted; false as soon as one is refused. */
  arrive(): Promise<boolean>;
  refuse(): void;
}

export function createBarrier(items: number): Barrier {
  let arrived = 0;
  let settle: (open: boolean) => void = () => undefined;
  const opened = new Promise<boolean>((resolve) => {
    settle = resolve;
  });
  return {
    arrive() {
      arrived += 1;
      if (arrived === items) settle(true);
      return opened;
    },
    refuse: () => settle(false),
  };
}

/** For a message that is not part of a batch. */
export const NO_BARRIER: Barrier = {
  arrive: () => Promise.resolve(true),
  refuse: () => undefined,
};
