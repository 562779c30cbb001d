import { type ActionRequest, type Amount, canonicalize, type Effect } from "@bylaw/core";
import type { Analysis } from "./analyze.ts";

/** What an action's yes covers besides what the request and its analysis say themselves. */
export interface Established {
  /** Keyed digest of the arguments. */
  readonly arguments: string;
  /** What stands for the content of each file that the analysis names, in its order. */
  readonly contents: readonly string[];
}

/**
 * The canonical JSON of everything that a person is asked about. Every member is written out here, names
 * sorted: an object made for it and sorted again would cost several times as much for each call.
 */
export function exactText(
  { caller, gateway, upstream, operation, target, definition }: ActionRequest,
  { effects, cwd, files }: Analysis,
  { arguments: args, contents }: Established,
): string {
  return (
    `{"arguments":${canonicalize(args)},"chain":${list(caller.chain, refText)}` +
    `,"credential":${canonicalize(caller.credential)},"cwd":${canonicalize(cwd)}` +
    `,"definition":${canonicalize(definition?.digest ?? null)},"effects":${list(effects, effectText)}` +
    `,"files":${list(files, (path, at) => fileText(path, contents[at] as string))}` +
    `,"gateway":${canonicalize(gateway)},"operation":${canonicalize(operation)}` +
    `,"session":${canonicalize(caller.session)},"target":${canonicalize(target)}` +
    `,"upstream":${canonicalize(upstream)},"version":1}`
  );
}

function list<T>(items: readonly T[], write: (item: T, at: number) => string): string {
  let text = "[";
  for (let at = 0; at < items.length; at += 1)
    text += (at === 0 ? "" : ",") + write(items[at] as T, at);
  return `${text}]`;
}

function refText({ type, id }: { readonly type: string; readonly id: string }): string {
  return `{"id":${canonicalize(id)},"type":${canonicalize(type)}}`;
}

function fileText(path: string, content: string): string {
  return `{"content":${canonicalize(content)},"path":${canonicalize(path)}}`;
}

function effectText(effect: Effect): string {
  const { resource, origin, tokens } = effect;
  return (
    `{"action":${canonicalize(effect.action)},"audience":${canonicalize(effect.audience)}` +
    `,"bytes":${amountText(effect.bytes)},"cost":${amountText(effect.cost)}` +
    `,"findings":${canonicalize(effect.findings)},"labels":${canonicalize(effect.labels)}` +
    `,"origin":{"payload":${canonicalize(origin.payload)},"target":${canonicalize(origin.target)}` +
    `,"untrusted":${origin.untrusted}},"quantity":${amountText(effect.quantity)}` +
    `,"resource":{"attrs":${canonicalize(resource.attrs)},"id":${canonicalize(resource.id)}` +
    `,"parents":${list(resource.parents, refText)},"type":${canonicalize(resource.type)}}` +
    `,"reversible":${effect.reversible},"source":${canonicalize(effect.source)}` +
    `${tokens === undefined ? "" : `,"tokens":${amountText(tokens)}`}}`
  );
}

function amountText({ atMost, known }: Amount): string {
  return `{"atMost":${canonicalize(atMost)},"known":${known}}`;
}
