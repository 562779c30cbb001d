import { type Environment, LABELS, type Label } from "@bylaw/core";

const IMPLIED: Readonly<Record<Label, readonly Label[]>> = {
  public: [],
  internal: ["public"],
  personal: ["internal", "public"],
  confidential: ["internal", "public"],
  secret: ["confidential", "internal", "public"],
};

/** The labels and everything they imply, in the vocabulary's order: `in Label::"confidential"` reads "at least". */
export function closeLabels(labels: readonly Label[]): readonly Label[] {
  if (labels.length === 0) return [];
  const closed = new Set(labels.flatMap((label) => [label, ...IMPLIED[label]]));
  return LABELS.filter((label) => closed.has(label));
}

/** Weakest first. Production and unknown are equally strong: packs treat unknown as production. */
const STRENGTH: Readonly<Record<Environment, number>> = {
  development: 0,
  test: 1,
  staging: 2,
  production: 3,
  unknown: 3,
};

/** What a caller claims can only strengthen what is known (threat T3); a tie keeps what is known. */
export function strengthen(known: Environment, claimed: Environment): Environment {
  return STRENGTH[claimed] > STRENGTH[known] ? claimed : known;
}
