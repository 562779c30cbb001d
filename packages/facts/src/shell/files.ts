import type { Action } from "@bylaw/core";
import { classesOfPath } from "../files/classify.ts";
import { WRITE } from "../files/effects.ts";
import { contains, normalize } from "../files/place.ts";
import { COPIED_NAMES_MAX, SHELL_VALUE_UNITS_MAX } from "../limits.ts";
import type { FileOptions, Shell } from "./call.ts";
import { type Arg, plain } from "./expand.ts";
import type { Sink, Site } from "./sink.ts";
import { type Content, DOWNLOADED, known, placeholder, type State, UNKNOWN } from "./state.ts";

/** What stands where while a text runs: on the disk before, and by what the text has done since. */
export class Files
  implements
    Pick<
      Shell,
      "file" | "worktree" | "committed" | "copy" | "content" | "kind" | "wrote" | "downloaded"
    >
{
  readonly #site: Site;
  readonly #sink: Sink;
  readonly #state: () => State;
  /** What this text has written so far, some of it with everything below. */
  readonly #changed: { readonly path: string; readonly all: boolean }[] = [];
  #namesLeft = COPIED_NAMES_MAX;

  /** In: the state of the part that runs now. */
  constructor(site: Site, sink: Sink, state: () => State) {
    this.#site = site;
    this.#sink = sink;
    this.#state = state;
  }

  file(arg: Arg, actions: readonly Action[], options: FileOptions = {}): void {
    const path = isWrite(actions) ? this.#key(arg) : null;
    if (path !== null) this.#changed.push({ path, all: options.recursive === true });
    this.#sink.file(arg, actions, options, this.#state().folders);
  }

  copy(from: Arg | null, into: Arg): void {
    const [source, target] = [from === null ? null : this.#key(from), this.#key(into)];
    const names = from === null || source === null ? null : this.#namesBelow(from, source);
    if (names === null || target === null) return this.file(into, WRITE, { recursive: true });
    this.file(into, WRITE);
    const own = new Set(this.#site.context.world.protectedPaths);
    for (const name of names) {
      const path = `${target}/${name.replace(/\/$/, "")}`;
      if (own.has(path) || classesOfPath(path).length > classesOfPath(target).length)
        this.file(plain(path), WRITE);
    }
  }

  /** What a folder holds, before this text and after it; null where that is not known. */
  #namesBelow(folder: Arg, path: string): readonly string[] | null {
    const { cwd, ops } = this.#site.context;
    const written = this.#changed.some((each) => each.path.startsWith(`${path}/`));
    if (
      written ||
      this.#isBelowChanged(path) ||
      this.kind(folder) !== "folder" ||
      this.isDownloaded(folder)
    )
      return null;
    const found: string[] = [];
    const waiting = [""];
    for (let below = waiting.pop(); below !== undefined; below = waiting.pop()) {
      const inside = `${path}/${below}`.replace(/\/$/, "");
      const names = cwd === null ? null : ops.listFolder(inside, this.#namesLeft);
      this.#namesLeft -= names?.length ?? 0;
      if (names === null) return null;
      for (const name of names) {
        found.push(`${below}${name}`);
        if (name.endsWith("/")) waiting.push(`${below}${name}`);
      }
    }
    return found;
  }

  worktree(actions: readonly Action[], options: FileOptions = {}): void {
    const everything = { ...options, recursive: true, versioned: true };
    const roots = this.#repositories();
    if (isWrite(actions)) this.#changedBelow(roots);
    this.#sink.file(plain("."), actions, everything, roots);
  }

  committed(arg: Arg, actions: readonly Action[], options: FileOptions = {}): void {
    this.#changedBelow(this.#repositories());
    this.file(arg, actions, options);
  }

  /** Where the repository of the current folder starts, for every folder that may be the current one. */
  #repositories(): readonly string[] {
    const { workspaces } = this.#site.context.world;
    const folders = this.#state().folders ?? [placeholder("folder")];
    return folders.map(
      (folder) => workspaces.find((root) => folder.startsWith(`${root}/`)) ?? folder,
    );
  }

  /** Where the current folder is not known, it may be any. */
  #changedBelow(roots: readonly string[]): void {
    const changed = this.#state().folders === null ? ["/"] : roots;
    this.#changed.push(...changed.map((path) => ({ path, all: true })));
  }

  content(arg: Arg): Content {
    if (!arg.known || arg.pattern) return UNKNOWN;
    const path = this.#key(arg);
    if (path === null) return UNKNOWN;
    const written = this.#state().files.get(path);
    if (written !== undefined) return written;
    if (this.isDownloaded(arg)) return DOWNLOADED;
    const { context } = this.#site;
    const real = context.cwd === null ? null : context.ops.realPath(path);
    const inside =
      real !== null && context.world.workspaces.some((folder) => real.startsWith(`${folder}/`));
    const text = inside ? context.ops.readText(real, SHELL_VALUE_UNITS_MAX) : null;
    if (text === null) return UNKNOWN;
    // An approval is bound to the text that was read.
    this.#sink.paths.add(real as string);
    return known(text);
  }

  kind(arg: Arg): "absent" | "file" | "folder" | "unknown" {
    const path = arg.known && !arg.pattern ? this.#key(arg) : null;
    if (path === null || this.#state().files.has(path) || this.#state().folders?.length !== 1)
      return "unknown";
    const standing = this.#standing(path);
    // A branch, an archive, a copy or a clone may have brought it.
    const brought = this.#isBelowChanged(path) || this.isDownloaded(arg);
    return standing === "absent" && brought ? "unknown" : standing;
  }

  /** Whether all that stands below some folder above it may have changed. */
  #isBelowChanged(path: string): boolean {
    return this.#changed.some((each) => each.all && contains(each.path, path));
  }

  #standing(path: string): "absent" | "file" | "folder" | "unknown" {
    const { cwd, ops } = this.#site.context;
    const digest = cwd === null ? null : ops.fileDigest(path);
    if (digest === null || digest.startsWith("special:")) return "unknown";
    if (digest === "absent") return "absent";
    return digest.startsWith("folder:") ? "folder" : "file";
  }

  wrote(arg: Arg, content: Content): void {
    const path = this.#key(arg);
    if (path === null || !arg.known) return;
    const { text } = content;
    this.#state().files.set(
      path,
      text !== null && text.length > SHELL_VALUE_UNITS_MAX ? UNKNOWN : content,
    );
  }

  downloaded(arg: Arg): void {
    const path = this.#key(arg);
    if (path !== null) this.#state().downloads.add(path);
  }

  isDownloaded(arg: Arg): boolean {
    const path = this.#key(arg);
    return (
      path !== null &&
      [...this.#state().downloads].some(
        (folder) => path === folder || path.startsWith(`${folder}/`),
      )
    );
  }

  /** Changes the current folder. */
  enter(arg: Arg): void {
    const path = arg.known && !arg.pattern ? this.#key(arg) : null;
    if (path === null) {
      this.#state().folders = null;
      return;
    }
    const relative = !/^[/~]/.test(arg.text);
    const all = relative
      ? this.#state().folders?.map((folder) => normalize(`${folder}/${arg.text}`))
      : [path];
    this.#state().folders = all ?? null;
  }

  /** A file by the name under which this text knows it. */
  #key({ text }: Arg): string | null {
    const home = this.#site.context.world.home;
    const [folder] = this.#state().folders ?? [];
    const from = text.startsWith("~/") && home !== null ? `${home}${text.slice(1)}` : text;
    if (!from.startsWith("/") && (folder === undefined || from === "")) return null;
    return normalize(from.startsWith("/") ? from : `${folder}/${from}`);
  }
}

/** What is deleted brings nothing. */
function isWrite(actions: readonly Action[]): boolean {
  return WRITE.some((action) => actions.includes(action));
}
