import type { Action, Audience, Environment, Label, Origin, ResourceType } from "@bylaw/core";
import type { ApiDocument } from "../hosts/openapi.ts";
import type { ShellDialect } from "../shell/shell.ts";
import type { SqlPlace } from "../sql/sql.ts";

/** What a person wrote about tools: the strongest source of effects after the parsers. */
export interface Catalog {
  /** By `server/tool`, exact code points. */
  readonly tools: ReadonlyMap<string, CatalogEntry>;
}

export const EMPTY_CATALOG: Catalog = { tools: new Map() };

export interface CatalogEntry {
  /** Digest of the tool definition that was reviewed; null: bound to none, so never `reviewed`. */
  readonly definition: string | null;
  readonly reviewedBy: string | null;
  readonly output: { readonly origin: Origin; readonly untrusted: boolean };
  readonly effects: readonly CatalogEffect[];
  readonly sql: SqlArgument | null;
  readonly paths: readonly PathArgument[];
  readonly url: UrlArgument | null;
  readonly shell: ShellArgument | null;
  /** Who says what a call really used; null: nobody, and it stays at its bound. */
  readonly usage: UsageSpec | null;
}

export interface CatalogEffect {
  readonly action: Action;
  readonly resource: ResourceSpec;
  /** Null: the server's. */
  readonly environment: EnvironmentSpec | null;
  readonly labels: readonly Label[];
  readonly classes: readonly string[];
  readonly quantity: AmountSpec | null;
  readonly bytes: AmountSpec | null;
  readonly cost: AmountSpec | null;
  readonly tokens: AmountSpec | null;
  readonly reversible: boolean;
  readonly audience: Audience;
}

export interface ResourceSpec {
  readonly type: ResourceType;
  readonly id: TextSpec;
  /** Kind of an Object. */
  readonly kind: string | null;
  /** Database of a Table. */
  readonly database: string | null;
  /** Whether a Channel leads out of the organization. */
  readonly external: boolean;
  /** Labels that a Channel, Model or Agent may receive. */
  readonly clears: readonly Label[];
}

/** A text: literal, one argument, or a template with `{argument.path}` in it. */
export type TextSpec =
  | { readonly literal: string }
  | { readonly argument: string }
  | { readonly template: string };

/** An upper bound: literal, the length of an argument array, or an argument number. */
export type AmountSpec =
  | { readonly literal: number }
  | { readonly count: string }
  | { readonly argument: string };

/** Literal, or an argument's claim, which can only strengthen what is at least so. */
export type EnvironmentSpec =
  | { readonly literal: Environment }
  | { readonly argument: string; readonly atLeast: Environment };

export interface SqlArgument extends SqlPlace {
  readonly argument: string;
}

export interface PathArgument {
  readonly argument: string;
  readonly actions: readonly Action[];
  readonly recursive: boolean;
  /** A call without the argument names no path here. */
  readonly optional: boolean;
}

/** A request: its address is an argument, or always the same. */
export type UrlArgument = ({ readonly argument: string } | { readonly address: string }) & {
  readonly method: TextSpec;
  /** Argument that holds the content; null: none is known. */
  readonly body: string | null;
  /** Argument that names files whose content is sent. */
  readonly upload: string | null;
  /** The body is GraphQL. */
  readonly graphql: boolean;
  /** The document that describes the other side, and what its file is called. */
  readonly api: ApiDocument | null;
  readonly openapi: string | null;
  /** Of endpoints and fields; null: the server's. */
  readonly environment: Environment | null;
  readonly labels: readonly Label[];
};

/**
 * Where a call tells what it used. `result`: the server, at these dotted paths of its result, `usd` in US
 * dollars and `tokens` as a sum. `reported`: the agent that acts itself, in its report.
 */
export type UsageSpec =
  | {
      readonly kind: "result";
      readonly usd: string | null;
      readonly tokens: readonly string[] | null;
    }
  | { readonly kind: "reported" };

/** An argument that the tool hands to a shell. */
export interface ShellArgument {
  readonly argument: string;
  readonly dialect: ShellDialect;
  /** Argument that names the folder it runs in; null: always the server's. */
  readonly folder: string | null;
}
