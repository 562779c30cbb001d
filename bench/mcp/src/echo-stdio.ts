/** The upstream over a pipe. */
import { createInterface } from "node:readline";
import { answerTo } from "./echo.ts";

createInterface({ input: process.stdin }).on("line", (line) => {
  const answer = answerTo(line);
  if (answer !== null) process.stdout.write(`${answer}\n`);
});
