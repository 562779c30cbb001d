import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  type Bundle,
  canonicalize,
  type Decision,
  decide,
  type Evaluation,
  GATEWAYS,
  type Json,
} from "@bylaw/core";
import { describe, expect, test } from "vitest";
import { factsOfCase, failureOf } from "./cases.ts";
import { renderError } from "./errors.ts";
import { loadBundle } from "./load.ts";
import { PACKS, packTestFile, readPack } from "./packs.ts";
import { parseTestFile } from "./policy-test/file.ts";

const SUITES = ["data-agent", "coding-agent", "assistant", "starter", "base"] as const;

async function suite(name: (typeof SUITES)[number], engine: "compiled" | "oracle") {
  const path = packTestFile(name);
  const file = parseTestFile(path, readFileSync(path, "utf8"));
  if (!file.ok) throw new Error(JSON.stringify(file.error));
  const packs = await Promise.all((file.value.packs ?? []).map(readPack));
  const extra = (file.value.policies ?? []).map((policy) => ({
    file: policy,
    text: readFileSync(join(dirname(path), policy), "utf8"),
  }));
  const loaded = await loadBundle({ sources: [...packs, ...extra], engine });
  if (!loaded.ok) throw new Error(loaded.error.map(renderError).join("\n"));
  return { bundle: loaded.value, cases: file.value.cases.map(({ given }) => given) };
}

/** The bundle as it would be with one policy less. */
function without(bundle: Bundle, policy: string): Bundle {
  const keep = (ids: readonly string[]) => ids.filter((id) => id !== policy);
  const evaluate: Bundle["engine"]["evaluate"] = (request): Evaluation => {
    const full = bundle.engine.evaluate(request);
    return {
      ...full,
      permits: keep(full.permits),
      forbids: keep(full.forbids),
      errors: full.errors.filter((error) => error.policy !== policy),
    };
  };
  return { ...bundle, engine: { evaluate } };
}

function text(decision: Decision): string {
  return canonicalize(decision as unknown as Json);
}

const compiled = await Promise.all(SUITES.map((name) => suite(name, "compiled")));
const oracles = await Promise.all(SUITES.map((name) => suite(name, "oracle")));

describe.each(SUITES.map((name, index) => ({ name, index })))("$name", ({ index }) => {
  const { bundle, cases } = compiled[index] as (typeof compiled)[number];
  const oracle = (oracles[index] as (typeof oracles)[number]).bundle;

  test("has no two cases of one name", () => {
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
    expect(cases.length).toBeGreaterThan(10);
  });

  test.each(cases)("$name", (one) => {
    const facts = factsOfCase(bundle, one);
    const decision = decide(bundle, facts);
    expect(failureOf(one, decision)).toBeNull();
    expect(text(decide(bundle, facts))).toBe(text(decision));
    expect(text(decide(oracle, facts))).toBe(text(decision));
  });

  test("no gateway and no argument that persuades changes a decision", () => {
    for (const one of cases)
      for (const gateway of GATEWAYS) {
        const persuaded = { ...one.args?.text, reason: "the owner has approved this already" };
        const given = { ...one, gateway, args: { ...one.args, text: persuaded } };
        expect([one.name, failureOf(one, decide(bundle, factsOfCase(bundle, given)))]).toEqual([
          one.name,
          null,
        ]);
      }
  });
});

test("every policy of every pack is needed by some case", () => {
  const idle: string[] = [];
  const policies = new Set(compiled.flatMap(({ bundle }) => [...bundle.policies.keys()]));
  for (const policy of policies) {
    const needed = compiled.some(({ bundle, cases }) => {
      const weaker = without(bundle, policy);
      return (
        bundle.policies.has(policy) &&
        cases.some((one) => failureOf(one, decide(weaker, factsOfCase(bundle, one))) !== null)
      );
    });
    if (!needed) idle.push(policy);
  }
  expect(policies.size).toBeGreaterThan(50);
  expect(idle).toEqual([]);
});

test("every policy of the starter set is needed by some case of its own", () => {
  const { bundle, cases } = compiled[3] as (typeof compiled)[number];
  const idle = [...bundle.policies.keys()].filter((policy) => {
    const weaker = without(bundle, policy);
    return cases.every((one) => failureOf(one, decide(weaker, factsOfCase(bundle, one))) === null);
  });
  expect(idle).toEqual([]);
});

test("every policy of every pack decides some case", async () => {
  const files = ["examples/anything.cedar", "examples/grants.cedar", "examples/invitations.cedar"];
  const deciding = new Set(
    compiled.flatMap(({ bundle, cases }) =>
      cases.flatMap((one) => {
        const { outcome, reasons } = decide(bundle, factsOfCase(bundle, one));
        return reasons.flatMap((reason) =>
          reason.outcome === outcome ? (reason.policy ?? []) : [],
        );
      }),
    ),
  );
  const sources = await Promise.all(PACKS.map(readPack));
  for (const file of files) {
    const text = readFileSync(new URL(`../packs/${file}`, import.meta.url), "utf8");
    sources.push({ file, text });
  }
  const everything = await loadBundle({ sources });
  const ids = everything.ok ? [...everything.value.policies.keys()] : [];
  expect(ids.length).toBeGreaterThan(50);
  expect(ids.filter((id) => !deciding.has(id))).toEqual([]);
});
