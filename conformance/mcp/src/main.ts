/**
 * `npm run conformance:mcp [-- --json]`: the protocol's own conformance suite, once against a fixture
 * directly and once through a running Bylaw that allows everything. What the two differ in is a defect. Its
 * scenarios about authorization look at Bylaw as the client of a server.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { addAgent, type Gateway, up } from "../../../e2e/harness/bylaw.ts";
import { openSite, type Site } from "../../../e2e/harness/site.ts";
import { nodeBinary } from "../../../scripts/node-binary.ts";
import { runAuth } from "./auth.ts";
import { runClients } from "./clients.ts";
import { differences, type Report, tell } from "./compare.ts";
import { type Front, openFront } from "./front.ts";
import { REVISIONS, runSuite } from "./suite.ts";

const ALLOW_ALL = `@id("anything")\npermit (principal, action, resource);\n`;

/** A fixture of its own for each side: what one run leaves behind must not help or hurt the other. */
async function startFixture(node: string): Promise<{ child: ChildProcess; url: URL }> {
  const program = fileURLToPath(new URL("fixture.ts", import.meta.url));
  const child = spawn(node, [program], { stdio: ["ignore", "pipe", "inherit"] });
  const [port] = (await once(child.stdout as NodeJS.ReadableStream, "data")) as [Buffer];
  return { child, url: new URL(`http://127.0.0.1:${port.toString().trim()}/mcp`) };
}

async function startBylaw(
  fixture: URL,
): Promise<{ site: Site; gateway: Gateway; url: URL; token: string }> {
  const configuration = {
    version: 1,
    people: { sam: { groups: [] } },
    upstreams: { fixture: { url: fixture.href, environment: "test" } },
    packs: [],
    policies: ["./policies"],
  };
  const site = openSite(configuration, { "policies/anything.cedar": ALLOW_ALL });
  const gateway = await up(site);
  const token = await addAgent(site, "suite", "testers");
  return { site, gateway, url: new URL("/mcp/fixture", gateway.address), token };
}

async function main(): Promise<number> {
  const node = nodeBinary("24");
  const fixtures = [await startFixture(node), await startFixture(node)] as const;
  const bylaw = await startBylaw(fixtures[1].url);
  const fronts: Front[] = [
    await openFront(fixtures[0].url, null),
    await openFront(bylaw.url, bylaw.token),
  ];
  const reports: Report[] = [];
  try {
    for (const revision of REVISIONS) {
      const direct = await runSuite(node, (fronts[0] as Front).url, revision);
      const through = await runSuite(node, (fronts[1] as Front).url, revision);
      reports.push({ name: revision, direct, through, differences: differences(direct, through) });
    }
    for (const revision of REVISIONS) {
      const through = await runAuth(node, revision);
      // There is nothing to compare with but the suite's own opinion.
      const direct = new Map([...through.keys()].map((check) => [check, "SUCCESS"]));
      const name = `authorization towards servers, ${revision}`;
      reports.push({ name, direct, through, differences: differences(direct, through) });
    }
    const direct = await runClients((fronts[0] as Front).url);
    const through = await runClients((fronts[1] as Front).url);
    const found = differences(direct, through);
    reports.push({ name: "official clients", direct, through, differences: found });
  } finally {
    for (const front of fronts) front.close();
    await bylaw.gateway.stop();
    for (const { child } of fixtures) child.kill("SIGKILL");
    if (process.env["BYLAW_KEEP"] === undefined) bylaw.site.remove();
  }
  return tell(reports, process.argv.includes("--json"));
}

process.exitCode = await main();
