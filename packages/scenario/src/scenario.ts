import type { Pack } from "@bylaw/bundle";
import type { Action, Environment, JsonObject, Label, Outcome, ResourceType } from "@bylaw/core";

/** An incident as a person writes it down; docs/scenarios.md says what each key means. */
export interface Scenario {
  /** As given on the command line; places of messages. */
  readonly file: string;
  readonly title: string;
  readonly source?: string;
  readonly shows?: readonly string[];
  readonly story: string;
  readonly decides?: string;
  readonly given: Given;
  readonly when: readonly Step[];
  readonly ways?: Readonly<Record<string, readonly Step[]>>;
  /** Which of `ways` this is; `when` itself has no name. */
  readonly way?: string;
  readonly satisfied?: number;
  readonly then?: readonly Check[];
  readonly damage?: readonly Check[];
}

/** A scenario once for each way to go, `when` first. */
export function waysOf(scenario: Scenario): readonly Scenario[] {
  const others = Object.entries(scenario.ways ?? {});
  return [scenario, ...others.map(([way, when]) => ({ ...scenario, when, way }))];
}

export interface Given {
  readonly clock?: string;
  readonly people?: Readonly<Record<string, readonly string[]>>;
  readonly agents: Readonly<Record<string, AgentGiven>>;
  readonly packs?: readonly Pack[];
  readonly policies?: string;
  readonly grants?: Readonly<Record<string, Grant>>;
  readonly issuers?: Readonly<Record<string, IssuerGiven>>;
  readonly threats?: readonly Threat[];
  readonly workspace?: Readonly<Record<string, string>>;
  readonly home?: Readonly<Record<string, string>>;
  readonly systems: Readonly<Record<string, SystemGiven>>;
}

export interface AgentGiven {
  readonly for?: string;
  readonly groups?: readonly string[];
}

export interface Grant {
  readonly to: string;
  readonly may: readonly Action[];
  readonly on: ResourceType;
  readonly in?: string;
  readonly by: string;
  readonly until?: string;
  readonly uses?: number;
  readonly when?: string;
}

export interface IssuerGiven {
  readonly trusted?: boolean;
}

/** A passport that a call presents in place of its agent's token. */
export interface PassportGiven {
  readonly from?: string;
  readonly claims?: JsonObject;
  readonly signed?: "issuer" | "stranger" | "public-key" | "nobody";
  readonly bound?: boolean;
  readonly proof?: "good" | "none" | "stranger" | "other-request" | "old";
  readonly again?: boolean;
}

/** What an agent lets another do in its name. */
export interface DelegationGiven {
  readonly to: string;
  readonly actions?: readonly Action[];
  readonly resources?: readonly string[];
  readonly quantity?: number;
  readonly cost?: number;
  readonly for?: string;
  readonly depth?: number;
}

export interface Threat {
  readonly id: string;
  readonly title?: string;
  readonly category?: string;
  readonly severity?: string;
  readonly confidence?: number;
  readonly action?: string;
  readonly says: string;
  readonly expires?: string;
  readonly revoked?: boolean;
  readonly indicators?: readonly { readonly type: string; readonly value: string }[];
}

export interface SystemGiven {
  readonly environment?: Environment;
  readonly labels?: readonly Label[];
  readonly reviewed?: boolean;
  readonly undescribed?: boolean;
  readonly database?: DatabaseGiven;
  readonly files?: boolean;
  readonly shell?: { readonly dialect?: string };
  readonly mail?: ChannelGiven & { readonly messages?: readonly Message[] };
  readonly web?: { readonly pages?: Readonly<Record<string, string>> };
  readonly packages?: { readonly ecosystem?: string };
  readonly channel?: ChannelGiven;
  readonly model?: { readonly clears?: readonly Label[] };
  readonly agents?: boolean;
  readonly tools?: Readonly<Record<string, ToolGiven>>;
}

export interface ChannelGiven {
  readonly external?: boolean;
  readonly clears?: readonly Label[];
}

export interface DatabaseGiven {
  readonly tables: Readonly<Record<string, TableGiven>>;
  readonly dialect?: "sqlite" | "postgresql";
  readonly name?: string;
}

export interface TableGiven {
  readonly rows?: readonly JsonObject[];
  readonly count?: number;
  readonly row?: JsonObject;
  readonly unique?: readonly string[];
  readonly environment?: Environment;
  readonly labels?: readonly Label[];
}

export interface Message {
  readonly id: string;
  readonly folder?: string;
  readonly from?: string;
  readonly subject?: string;
  readonly text?: string;
}

export interface ToolGiven {
  readonly about?: string;
  readonly hints?: JsonObject;
  readonly effects?: readonly JsonObject[];
  readonly sql?: JsonObject;
  readonly paths?: readonly JsonObject[];
  readonly url?: JsonObject;
  readonly shell?: JsonObject;
  readonly output?: string;
  readonly does?: readonly Does[];
  readonly answers?: string;
}

/** One thing that a tool does to the world. */
export interface Does {
  readonly sql?: string;
  readonly on?: string;
  readonly write?: string;
  readonly text?: string;
  readonly delete?: string;
  readonly fails?: string;
}

export interface Step {
  readonly step: string;
  readonly by?: string;
  readonly on?: string;
  readonly call?: string;
  readonly with?: JsonObject;
  readonly sql?: string;
  readonly run?: string;
  readonly folder?: string;
  readonly request?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly read?: string;
  readonly write?: string;
  readonly text?: string;
  readonly delete?: string;
  readonly list?: string;
  readonly move?: string;
  readonly to?: string;
  readonly send?: {
    readonly to: string | readonly string[];
    readonly subject?: string;
    readonly text?: string;
  };
  readonly post?: { readonly channel: string; readonly text: string };
  readonly install?: string;
  readonly version?: string;
  readonly approve?: string;
  readonly reject?: string;
  readonly as?: string;
  readonly after?: string;
  readonly grant?: Grant & { readonly id: string };
  readonly revoke?: string;
  readonly prompt?: string;
  readonly halt?: string;
  readonly release?: string;
  readonly policies?: string;
  readonly suspend?: string;
  readonly resume?: string;
  readonly delegate?: DelegationGiven;
  readonly withdraw?: string;
  readonly restart?: boolean;
  readonly redefine?: string;
  readonly about?: string;
  readonly repeat?: number;
  readonly last_only?: boolean;
  readonly approved_by?: readonly string[];
  readonly presents?: string;
  readonly credential?: string;
  readonly passport?: PassportGiven;
  readonly then?: Outcome | Expected;
}

export interface Expected {
  readonly outcome: Outcome;
  readonly code?: string;
  readonly policy?: string;
  readonly answers?: string;
}

export interface Check {
  readonly rows?: Readonly<Record<string, number>>;
  readonly sql?: string;
  readonly on?: string;
  readonly gives?: unknown;
  readonly called?: string;
  readonly with?: JsonObject;
  readonly times?: number;
  readonly reached?: Readonly<Record<string, number>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly absent?: readonly string[];
  readonly unchanged?: readonly string[];
  readonly unlogged?: string;
}

/** What a step must come to; nothing said is an allow. */
export function expectedOf({ then }: Pick<Step, "then">): Expected {
  if (then === undefined) return { outcome: "allow" };
  return typeof then === "string" ? { outcome: then } : then;
}
