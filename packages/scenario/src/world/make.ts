import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fill } from "../expand.ts";
import type { Given } from "../scenario.ts";
import { fillDatabase } from "./database.ts";
import { type Place, placeIn, type WorldFile } from "./place.ts";

/** Makes the world before the first step, in an empty folder. */
export function makeWorld(root: string, given: Given, aliases: boolean): Place {
  const place = placeIn(root);
  for (const folder of [place.workspace, place.home]) mkdirSync(folder, { recursive: true });
  putFiles(place.workspace, given.workspace ?? {}, place);
  putFiles(place.home, given.home ?? {}, place);
  for (const [system, { database }] of Object.entries(given.systems))
    if (database !== undefined) fillDatabase(place, system, database);
  writeWorld(place, { systems: given.systems, redefined: {}, aliases });
  return place;
}

export function worldFile({ root }: Pick<Place, "root">): string {
  return join(root, "world.json");
}

export function writeWorld(place: Place, world: WorldFile): void {
  writeFileSync(worldFile(place), JSON.stringify(world));
}

function putFiles(folder: string, files: Readonly<Record<string, string>>, place: Place): void {
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, fill(text, { n: 1, workspace: place.workspace, home: place.home }));
  }
}
