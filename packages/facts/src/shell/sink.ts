import {
  type Action,
  type Effect,
  exactly,
  type ResourceEntity,
  UNKNOWN_AMOUNT,
} from "@bylaw/core";
import { effect, unknownEffect } from "../effect.ts";
import { objectEntity, plainEntity, serverPlace } from "../entities.ts";
import { fileEffects } from "../files/effects.ts";
import type { PathContext } from "../files/place.ts";
import { requestEffects } from "../hosts/request.ts";
import { urlEffects } from "../hosts/url.ts";
import { SHELL_EFFECTS_MAX } from "../limits.ts";
import { sqlEffects } from "../sql/sql.ts";
import type { FileOptions, ObjectOptions } from "./call.ts";
import type { Arg } from "./expand.ts";
import { isPattern, sensitiveMatches } from "./patterns.ts";
import { placeholder } from "./state.ts";

/** Where the shell runs. */
export interface Site {
  readonly context: PathContext;
  readonly server: string;
  /** The tool that runs the text. */
  readonly tool: ResourceEntity;
}

/** Folders that programs write and that can be made again from the sources. */
const MADE = new Set(
  ".cache .mypy_cache .next .nuxt .parcel-cache .pytest_cache .ruff_cache .tox .turbo .venv __pycache__ build coverage dist node_modules target".split(
    " ",
  ),
);

const DEVICE = /^\/dev\/(null|stdin|stdout|stderr|tty|zero|u?random|full|fd\/\d+)$/;

/** The effects of one text, each once. */
export class Sink {
  readonly paths: Set<string> = new Set();
  readonly #site: Site;
  readonly #effects = new Map<string, Effect>();
  readonly #lines = new Map<string, number>();
  /** Line of the command that is looked at. */
  line = 1;

  constructor(site: Site) {
    this.#site = site;
  }

  effects(): readonly Effect[] {
    return [...this.#effects.values()];
  }

  /** Line of the first command with each effect, in the order of the effects. */
  lines(): readonly number[] {
    return [...this.#lines.values()];
  }

  add(effects: readonly Effect[]): void {
    for (const each of effects) {
      const key = `${each.action} ${each.resource.type} ${each.resource.id} ${each.source} ${each.quantity.atMost} ${each.reversible} ${each.audience} ${each.findings.join()}`;
      if (this.#effects.has(key)) continue;
      if (this.#effects.size >= SHELL_EFFECTS_MAX) return this.#overflow();
      this.#effects.set(key, each);
      this.#lines.set(key, this.line);
    }
  }

  #overflow(): void {
    this.#effects.set("overflow", unknownEffect(this.#site.tool, ["shell.unparsed"]));
    this.#lines.set("overflow", this.line);
  }

  /** The text, or a part of it, may do anything. */
  unknown(findings: readonly string[]): void {
    this.add([unknownEffect(this.#site.tool, findings)]);
  }

  program(
    name: string,
    known: boolean,
    classes: readonly string[],
    findings: readonly string[],
  ): void {
    const { context, server } = this.#site;
    const place = { ...serverPlace(context.world, server), classes };
    const resource = plainEntity("Tool", `program/${name.slice(0, 128)}`, server, place);
    const source = known ? "parsed" : "unknown";
    const quantity = known ? exactly(1) : UNKNOWN_AMOUNT;
    this.add([effect({ action: "execute", resource, source, quantity, findings })]);
  }

  /** In: the folders that may be the current one; null: not known. */
  file(
    arg: Arg,
    actions: readonly Action[],
    { recursive = false, versioned = false, reversible = false }: FileOptions,
    folders: readonly string[] | null,
  ): void {
    if (DEVICE.test(arg.text)) return;
    const network = /^\/dev\/(?:tcp|udp)\/([^/]+)\/([^/]+)$/.exec(arg.text);
    if (network !== null) return this.host(network[1] ?? "", Number(network[2]));
    const { context } = this.#site;
    const here = folders ?? [placeholder("folder")];
    for (const folder of here) {
      const cwd = folder.startsWith("/") && context.cwd !== null ? folder : context.cwd;
      const relative = !folder.startsWith("/") && !/^[/~$]/.test(arg.text);
      const path = relative ? `${folder}/${arg.text}` : arg.text;
      for (const place of placesOf(path, arg.pattern, recursive && changes(actions))) {
        const below = recursive || place.below;
        const made = reversible || isMade(place.path);
        const use = {
          path: place.path,
          actions,
          recursive: below,
          versioned,
          reversible: made,
          source: "parsed",
        } as const;
        const found = fileEffects(use, { ...context, cwd });
        for (const each of found.paths) this.paths.add(each);
        const many = (each: Effect): Effect => ({ ...each, quantity: UNKNOWN_AMOUNT });
        this.add(arg.pattern ? found.effects.map(many) : found.effects);
      }
    }
  }

  /** In: the address as a browser's bar or `curl` takes it. */
  url(text: string, method: string | null, body?: string | null): void {
    const address =
      /^[a-z][a-z0-9+.-]*:/i.test(text) && !/^[\w.-]+:\d+(\/|$)/.test(text)
        ? text
        : `http://${text}`;
    const authority = /^[a-z]+:\/\/([^/?#]*)/i.exec(address)?.[1] ?? "";
    const { world } = this.#site.context;
    const found = isHost(authority) ? urlEffects(address, method, "parsed", world) : null;
    this.add(found ?? [unknownEffect(this.#site.tool), ...this.#domainOf(authority)]);
    if (found !== null && body !== undefined) this.#carried(address, method, body);
  }

  /** What a request carries, where it is GraphQL: by its address, or because it reads as such. */
  #carried(address: string, method: string | null, body: string | null): void {
    const { context, server, tool } = this.#site;
    const site = {
      server,
      tool,
      environment: "unknown",
      labels: [],
      world: context.world,
    } as const;
    const graphql = /\/graphql\/?(?:[?#]|$)/i.test(address);
    if (body === null && !graphql) return;
    this.add(requestEffects({ address, method, body, graphql, api: null }, site, "parsed"));
  }

  host(name: string, port: number): void {
    const { world } = this.#site.context;
    const address = `http://${name}:${port}/`;
    const found = isHost(name) ? urlEffects(address, "POST", "parsed", world) : null;
    this.add(found ?? [unknownEffect(this.#site.tool), ...this.#domainOf(name)]);
  }

  /** Of `$secret.example.com`, what is known: data goes to example.com. */
  #domainOf(name: string): readonly Effect[] {
    const domain = /\}\.([\w-]+(?:\.[\w-]+)+)$/.exec(name)?.[1];
    const { world } = this.#site.context;
    const address = `http://${domain}/`;
    return (domain === undefined ? null : urlEffects(address, "POST", "parsed", world)) ?? [];
  }

  package(action: "install" | "publish", ecosystem: string, name: string, pinned: boolean): void {
    const { context, server } = this.#site;
    const place = { ...serverPlace(context.world, server), labels: [] };
    const id = `${ecosystem}/${name}`.slice(0, 256);
    const entity = plainEntity("Package", id, server, place);
    const attrs = { ...entity.attrs, ecosystem, name: name.slice(0, 256), pinned };
    const resource = { ...entity, attrs };
    const audience = action === "publish" ? "public" : "unknown";
    const quantity = name === "*" ? UNKNOWN_AMOUNT : exactly(1);
    this.add([effect({ action, resource, source: "parsed", quantity, audience })]);
  }

  secret(id: string): void {
    const { context, server } = this.#site;
    const place = { ...serverPlace(context.world, server), labels: ["secret"] as const };
    const resource = plainEntity("Secret", id.slice(0, 128), server, place);
    this.add([effect({ action: "read", resource, source: "parsed" })]);
  }

  object(action: Action, kind: string, id: string, options: ObjectOptions): void {
    const { context, server } = this.#site;
    // What is called by Bylaw's name may be Bylaw: its process, its service, its container.
    const itself = kind === "process" && id === String(context.world.own?.process);
    const classes = itself || /\bbylaw\b/i.test(id) ? ["bylaw"] : [];
    const place = {
      ...serverPlace(context.world, server),
      environment: "unknown" as const,
      classes,
    };
    const resource = objectEntity(server, `${kind}/${id}`.slice(0, 256), kind, place);
    this.add([effect({ action, resource, source: "parsed", ...options })]);
  }

  sql(dialect: "postgresql" | "sqlite" | "mysql", database: string, text: string): void {
    const { tool, server } = this.#site;
    const place = {
      dialect,
      database,
      environment: "unknown",
      labels: [],
      tables: new Map(),
    } as const;
    const found = sqlEffects(text, place, server, tool);
    // An SQLite file is the database: that the file is read says it already.
    const reads = found.every(({ action, source }) => action === "read" && source === "parsed");
    if (dialect !== "sqlite" || !reads) this.add(found);
  }
}

function changes(actions: readonly Action[]): boolean {
  return actions.some((action) => action !== "read" && action !== "list");
}

/** The paths that an argument stands for. */
function placesOf(
  path: string,
  pattern: boolean,
  deep: boolean,
): readonly { readonly path: string; readonly below: boolean }[] {
  if (!pattern) return [{ path, below: false }];
  const sensitive = sensitiveMatches(path).map((each) => ({ path: each, below: false }));
  const segments = path.split("/");
  const first = segments.findIndex(isPattern);
  const folder = segments.slice(0, first).join("/");
  const whole = deep && /^\*+$/.test(segments[first] ?? "");
  const parent = folder === "" ? (path.startsWith("/") ? "/" : ".") : folder;
  return [{ path, below: false }, ...sensitive, ...(whole ? [{ path: parent, below: true }] : [])];
}

function isMade(path: string): boolean {
  return path.split("/").some((segment) => MADE.has(segment)) && !path.includes("..");
}

/** A name that ends before anything unknown begins. */
function isHost(authority: string): boolean {
  return /^[\w.:[\]-]+$/.test(authority);
}
