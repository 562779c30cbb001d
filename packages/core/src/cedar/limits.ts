/** What a policy set may cost to load and to evaluate. Over a limit: the whole set refuses to load. */
export interface PolicyLimits {
  readonly policies: number;
  /** Nesting of one expression; a chain of n `&&` has depth n. */
  readonly depth: number;
  /** Expression nodes in one policy. */
  readonly nodes: number;
  /** UTF-16 code units in one literal, attribute name or id. */
  readonly textLength: number;
}

export const POLICY_LIMITS: PolicyLimits = {
  policies: 50_000,
  depth: 500,
  nodes: 20_000,
  textLength: 65_536,
};

/** What one request may cost. Over a limit: the request is invalid, so nothing is permitted. */
export interface RequestLimits {
  /** Nesting of context and attribute values. */
  readonly depth: number;
  /** Values (members, elements, scalars) in a context, or in all entities of one call together. */
  readonly nodes: number;
  readonly setSize: number;
  /** UTF-16 code units in one string. */
  readonly textLength: number;
  /** Entities in one call or store. */
  readonly entities: number;
  /** Parents and their parents of one entity. */
  readonly ancestors: number;
  /** Generations from an entity to its furthest ancestor. */
  readonly generations: number;
  /** Policies whose scope has to be looked at in one evaluation. */
  readonly candidates: number;
}

export const REQUEST_LIMITS: RequestLimits = {
  depth: 32,
  nodes: 1_000_000,
  setSize: 10_000,
  textLength: 1_048_576,
  entities: 100_000,
  ancestors: 1_000,
  generations: 100,
  candidates: 10_000,
};
