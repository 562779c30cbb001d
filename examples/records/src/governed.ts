import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { connectTools, type Tools } from "./agent.ts";
import { type Bylaw, bylawIn } from "./bylaw.ts";
import type { Attempt } from "./incident.ts";
import type { LogCheck } from "./report.ts";
import { playIncident, type Stage } from "./stage.ts";

const HOUR_MS = 3_600_000;
/** The database owner of the story: the only person who may approve a delete. */
const OWNER = "dana";
const POLL_MS = 50;
const HOLD_TIMEOUT_MS = 10_000;

/** The same agent behind `bylaw mcp`; returns what `bylaw audit verify` said at the end. */
export async function playGoverned(stage: Stage, command: readonly string[]): Promise<LogCheck> {
  const bylaw = bylawIn(command, stage.folder, { BYLAW_DATA: join(stage.folder, "data") });
  try {
    stage.note(`$ bylaw up\n    ready on ${await bylaw.up()}`);
    const agent = ["agent", "add", "intake", "--user", "maria", "--group", "intake"];
    const { token } = (await bylaw.run(...agent)) as { token: string };
    stage.note("$ bylaw agent add intake --user maria --group intake");
    const ids = await withTools(bylaw, token, (tools) => playIncident(stage, tools));

    writeGrant(stage.folder, Date.now() + HOUR_MS);
    await bylaw.down();
    await bylaw.up();
    stage.note(`${OWNER} writes a grant: single deletes, two of them, for one hour`);
    await withTools(bylaw, token, (tools) => playGranted(stage, bylaw, tools, ids));
    return (await bylaw.run("audit", "verify")) as LogCheck;
  } finally {
    await bylaw.down();
  }
}

/** Under the fresh grant: a grant is no blank cheque, and an approval is good for one call, once. */
async function playGranted(
  stage: Stage,
  bylaw: Bylaw,
  tools: Tools,
  ids: readonly number[],
): Promise<void> {
  const [first = 1, second = 2] = ids;
  await stage.play(deletion("the bulk delete again, now under the fresh grant", ids), tools);

  const single = deletion("one single delete, held for a person", [first]);
  const approval = await approveWhileHeld(stage, bylaw, tools, single);
  const replay = deletion("the approved call once more, with the same approval", [first]);
  await stage.play(replay, tools, approval);
  const other = deletion("another row, with the approval of the first", [second]);
  await stage.play(other, tools, approval);
}

function deletion(title: string, ids: readonly number[]): Attempt {
  return { title, tool: "delete_records", calls: [{ ids, reason: "cleanup" }] };
}

/** The call waits; meanwhile a person looks at what is asked and says yes. Returns the approval's id. */
async function approveWhileHeld(
  stage: Stage,
  bylaw: Bylaw,
  tools: Tools,
  attempt: Attempt,
): Promise<string> {
  const [args = {}] = attempt.calls;
  const held = tools.call(attempt.tool, args);
  const approval = await waiting(bylaw);
  await bylaw.run("approvals", "approve", approval, "--as", OWNER);
  stage.note(`$ bylaw approvals approve ${approval} --as ${OWNER}`);
  stage.tell(attempt, [await held], OWNER);
  return approval;
}

async function waiting(bylaw: Bylaw): Promise<string> {
  const deadline = Date.now() + HOLD_TIMEOUT_MS;
  while (Date.now() < deadline) {
    const [approval] = (await bylaw.run("approvals", "list")) as { id: string }[];
    if (approval !== undefined) return approval.id;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error("the delete was not held for a person");
}

async function withTools<T>(
  bylaw: Bylaw,
  token: string,
  use: (tools: Tools) => Promise<T>,
): Promise<T> {
  const tools = await connectTools(bylaw.bridge("records"), bylaw.credentials(token));
  try {
    return await use(tools);
  } finally {
    await tools.close();
  }
}

/** A grant is a policy with an owner and an end: in a file of its own, so that it goes as it came. */
function writeGrant(folder: string, end: number): void {
  const expires = new Date(end).toISOString();
  const text = `@id("cleanup-dana") @grant @owner("User::\\"${OWNER}\\"") @expires("${expires}") @uses("2")
@reason("single clean-up deletes for one hour")
permit (principal == Agent::"intake", action == Action::"delete", resource is Table in Environment::"production")
  when { context.now < datetime("${expires}") };
`;
  writeFileSync(join(folder, "policies", "cleanup.cedar"), text);
}
