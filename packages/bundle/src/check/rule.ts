import type { EntityRef } from "@bylaw/core";
import type { Policy } from "../load.ts";
import type { Model } from "../model.ts";
import type { LogUse } from "./use.ts";

export const SEVERITIES = ["note", "warning", "error"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** What a rule can look at: a set of policies that loads, and what is known around it. */
export interface Subject {
  readonly model: Model;
  readonly policies: readonly Policy[];
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** People, and the groups that somebody is in; null where no directory is known. */
  readonly directory: readonly EntityRef[] | null;
  /** What the log says was used; null where no log was given. */
  readonly use: LogUse | null;
}

/** One thing that a rule found. */
export interface Hit {
  /** The policy to blame. */
  readonly policy: Policy;
  readonly message: string;
  /** Words of the policy text to point at, the first that occurs; else the whole policy is meant. */
  readonly words?: readonly string[];
  /** An annotation to point at. */
  readonly annotation?: string;
  /** The other policy of the story. */
  readonly related?: Policy;
  /** Policy text to put in its place. */
  readonly proposal?: string;
}

/** A lint over a whole set of policies; docs/check.md has a heading of the same id. */
export interface Rule {
  readonly id: string;
  readonly severity: Severity;
  /** What is wrong, in one line. */
  readonly title: string;
  /** What to do about it. */
  readonly help: string;
  /** What the rule cannot run without. */
  readonly needs: "policies" | "directory" | "log";
  readonly detect: (subject: Subject) => readonly Hit[];
}
