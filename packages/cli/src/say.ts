import { visible } from "./visible.ts";

/** Prints a line. What agents and servers called things never reaches the terminal as it is. */
export function say(line: string): void {
  console.log(visible(line));
}
