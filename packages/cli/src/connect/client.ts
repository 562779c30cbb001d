import type { Result } from "@bylaw/core";
import type { ClientId } from "@bylaw/gateway";
import type { NewUpstream } from "@bylaw/server";
import type { HookCommand } from "./hooks.ts";
import type { Muted } from "./muted.ts";

/** A file that a client reads its configuration from. */
export interface ConfigFile {
  readonly path: string;
  readonly scope: "user" | "project" | "managed";
  /** Whether it is made where it is not there; otherwise a missing file is passed over. */
  readonly create: boolean;
}

/** What the commands know about this machine, the same for every client. */
export interface ConnectContext {
  readonly file: ConfigFile;
  readonly home: string;
  /** Folder of the project. */
  readonly folder: string;
  /** Program and first arguments that run this very Bylaw, with absolute paths. */
  readonly bylaw: readonly [string, ...string[]];
  /** `--data DIR` where the data folder is not the default one; else nothing. */
  readonly data: readonly string[];
  /** File that will hold the agent's token: no token stands in a client's file. */
  readonly tokenFile: string;
  /**
   * Asks for an upstream in bylaw.yaml. Out: the name it gets, which is another one where the wanted
   * one is taken by something else.
   */
  readonly upstream: (wanted: string, upstream: NewUpstream) => string;
  /** Value of a variable of this environment; null where it is not set. */
  readonly environment: (name: string) => string | null;
  /** What a client with hooks starts at each of them. */
  readonly hook: HookCommand;
}

/** What a file becomes. The same text means that nothing has to change. */
export interface Edit {
  readonly text: string;
  /** For people: what was done or left alone, one line each. */
  readonly notes: readonly string[];
  /** Texts of the file that no terminal shows. */
  readonly secrets: readonly string[];
}

/** Why a file cannot be changed; it stays as it is. */
export interface ConnectError {
  readonly code: string;
  readonly message: string;
}

/** A program that runs agents, and how it is wired to Bylaw. Pure: the commands read and write. */
export interface Client {
  readonly id: string;
  readonly title: string;
  /** The client as the gateway knows it, where it asks before each call. */
  readonly hook?: ClientId;
  /** What a person still has to do after connecting. */
  readonly next?: string;
  /** What may keep its hooks from running, and files besides its configuration that may say it. */
  readonly muted?: { readonly why: Muted; files(home: string, cwd: string): readonly string[] };
  /** Where its configuration may be, absolute. */
  files(home: string, cwd: string): readonly ConfigFile[];
  /**
   * In: the file as it is, null where it is not there. What is connected already stays as it is, so that
   * connecting twice changes nothing.
   */
  connect(text: string | null, context: ConnectContext): Result<Edit, ConnectError>;
  /**
   * Takes out what `connect` did, of a file that somebody has changed since. Out: null where that cannot
   * be told apart; a file that was not changed is restored from its backup without asking.
   */
  disconnect(text: string, before: string | null, after: string): string | null;
}
