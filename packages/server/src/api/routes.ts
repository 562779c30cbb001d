import { type Handler, Hono } from "hono";
import type { About, AdminEnv, Guard } from "../factors/guard.ts";

/** What a request of the administrative API does to what agents may do. */
export type RouteKind = "reads" | "restricts" | "widens";

export interface AdminRoute {
  readonly kind: RouteKind;
  readonly method: "GET" | "POST";
  readonly path: string;
}

/**
 * The only way to a route of the administrative API: whoever adds one has to say what it does, and one
 * that widens cannot be had without what people are asked to prove.
 */
export interface Routes {
  /** Shows, and changes nothing. */
  reads<Path extends string>(path: Path, handle: Handler<AdminEnv, Path>): void;
  /** Takes away, or changes nothing that a decision rests on. */
  restricts<Path extends string>(path: Path, handle: Handler<AdminEnv, Path>): void;
  /** In: what a person has to prove, and null of that for a request that only restricts after all. */
  widens<Path extends string>(path: Path, about: About, handle: Handler<AdminEnv, Path>): void;
}

export interface RouteTable extends Routes {
  readonly app: Hono<AdminEnv>;
  readonly table: readonly AdminRoute[];
}

export function createRoutes(guard: Pick<Guard, "before">): RouteTable {
  const app = new Hono<AdminEnv>();
  const table: AdminRoute[] = [];
  return {
    app,
    table,
    reads: (path, handle) => {
      table.push({ kind: "reads", method: "GET", path });
      app.get(path, handle);
    },
    restricts: (path, handle) => {
      table.push({ kind: "restricts", method: "POST", path });
      app.post(path, handle);
    },
    widens: (path, about, handle) => {
      table.push({ kind: "widens", method: "POST", path });
      app.post(path, guard.before(about), handle);
    },
  };
}
