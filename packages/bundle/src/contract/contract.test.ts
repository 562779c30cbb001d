import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { renderError } from "../errors.ts";
import { loadBundle } from "../load.ts";
import { readPack } from "../packs.ts";
import { parseTestFile } from "../policy-test/file.ts";
import { runCases } from "../policy-test/run.ts";
import { splitPolicies } from "../split.ts";
import { type CompiledContract, compileContract } from "./compile.ts";
import type { ContractCode } from "./contract.ts";

const FOLDER = "/w/lab";

const PROGRAM = `# research

1. **Create the branch**: \`git checkout -b autoresearch/mar5\` from current master.

**What you CAN do:**
- Modify \`train.py\` — this is the only file you edit.

**What you CANNOT do:**
- Modify \`prepare.py\`. It is read-only.
- Install new packages or add dependencies. You can only use
  what is there.
- Use the network.
- Modify the evaluation harness. The \`evaluate\` function in \`prepare.py\` is the truth.

Get the lowest loss.
`;

const GOAL = `# Goal

## Fitness Function

\`\`\`bash
./scripts/score.sh --fast
\`\`\`

### Metric Mutability

- [x] **Locked**
- [ ] **Split**
- [ ] **Open**

## Operating Mode

- [ ] **Converge**
- [x] **Continuous**
- [ ] **Supervised**

### Stopping Conditions

- 700 iterations
- score >= 95
- 5 consecutive iterations without improvement

## File Map

| Role | Editable? | File |
|------|:---------:|------|
| Model | Yes | \`train.py\` |
| Data | No | \`data/\` |
| Log | Written by \`score.sh\` only | \`results.tsv\` |
| ? | ask Maria | \`odd.py\` |

## Constraints

1. **Never lower the bar**.
`;

function compile(
  texts: Readonly<Record<string, string>>,
  agents: readonly string[] = [],
  branch: string | null = null,
): ReturnType<typeof compileContract> {
  const files = Object.entries(texts).map(([name, text]) => ({ file: `${FOLDER}/${name}`, text }));
  return compileContract({ files, folder: FOLDER, agents, name: "lab", branch });
}

function compiled(...args: Parameters<typeof compile>): CompiledContract {
  const result = compile(...args);
  return result.ok ? result.value : expect.fail(JSON.stringify(result.error));
}

function codes(texts: Readonly<Record<string, string>>): readonly ContractCode[] {
  const result = compile(texts);
  return result.ok ? expect.fail("it compiles") : result.error.map(({ code }) => code);
}

/** Fails for each case that is not decided as it says, with the packs around the contract. */
async function expectDecided({ text }: CompiledContract, cases: string): Promise<void> {
  const file = parseTestFile("x.test.yaml", `cases:\n${cases}`);
  if (!file.ok) return expect.fail(JSON.stringify(file.error));
  const packs = await Promise.all((["base", "coding-agent"] as const).map(readPack));
  const ran = await runCases({ sources: [...packs, { file: "c.cedar", text }] }, file.value.cases);
  if (!ran.ok) return expect.fail(JSON.stringify(ran.error));
  const failed = ran.value.results.filter(({ failure }) => failure !== null);
  expect(failed.map(({ name, failure }) => ({ name, got: failure?.got }))).toEqual([]);
  expect(ran.value.results.length).toBeGreaterThan(0);
}

const inWorkspace = 'in: ["Workspace::current", "File::/w/lab"]';

describe("program.md", () => {
  const contract = compiled({ "program.md": PROGRAM });

  it("binds agents to what it says in a fixed form", async () => {
    await expectDecided(
      contract,
      `  - { name: what it may, do: "update File::/w/lab/train.py", ${inWorkspace}, expect: allow, because: [base-users, code-workspace] }
  - { name: what it may not, do: "update File::/w/lab/prepare.py", ${inWorkspace}, expect: block, because: [contract-lab-locked, contract-lab-listed] }
  - { name: what is not listed, do: "create File::/w/lab/new.py", ${inWorkspace}, expect: block, because: [contract-lab-listed] }
  - { name: reading, do: "read File::/w/lab/prepare.py", ${inWorkspace}, expect: allow, because: [base-users, code-workspace] }
  - { name: all at once, do: "delete File::/w/lab/*", ${inWorkspace}, quantity: 3, expect: require_approval, because: [contract-lab-whole] }
  - { name: a package, do: "install Package::pypi/x", attrs: { inspected: true, ageHours: 100 }, expect: block, because: [contract-lab-no-install] }
  - { name: the contract, do: "update File::/w/lab/program.md", ${inWorkspace}, expect: block, because: [contract-lab-locked, contract-lab-listed] }
  - { name: its branch, do: "update Object::git-remote/origin/autoresearch/mar5", attrs: { kind: git-remote }, expect: allow, because: [base-users, code-push] }
  - { name: another branch, do: "update Object::git-remote/origin/main", attrs: { kind: git-remote }, expect: block, because: [contract-lab-branch] }
  - { name: the network, do: "connect Host::a.com:443", in: ["Domain::code-hosts"], expect: block, because: [contract-lab-offline] }`,
    );
  });

  it("lists what it does not enforce, with the line", () => {
    expect(contract.unenforced.map(({ line, text }) => `${line} ${text.slice(0, 20)}`)).toEqual([
      "13 Modify the evaluatio",
      "15 Get the lowest loss.",
    ]);
  });

  it("leaves a branch without a name to whoever compiles it", () => {
    const open = PROGRAM.replace("mar5", "<tag>");
    expect(compiled({ "program.md": open }).text).not.toContain("contract.branch");
    const named = compiled({ "program.md": open }, [], "autoresearch/mar5");
    expect(named.text).toContain('Object::"git-remote/origin/autoresearch/mar5"');
  });
});

describe("GOAL.md", () => {
  const contract = compiled({ "GOAL.md": GOAL });

  it("binds agents to its File Map, its scoring and its end", async () => {
    await expectDecided(
      contract,
      `  - { name: listed, do: "update File::/w/lab/train.py", ${inWorkspace}, expect: allow, because: [base-users, code-workspace] }
  - { name: below a locked folder, do: "update File::/w/lab/data/x", in: ["Workspace::current", "File::/w/lab", "File::/w/lab/data"], expect: block, because: [contract-lab-locked, contract-lab-listed] }
  - { name: the scoring, do: "update File::/w/lab/scripts/score.sh", in: ["Workspace::current", "File::/w/lab", "File::/w/lab/scripts"], expect: block, because: [contract-lab-locked, contract-lab-listed] }
  - { name: the folder of the scoring, do: "delete File::/w/lab/scripts", ${inWorkspace}, expect: block, because: [contract-lab-locked, contract-lab-listed] }
  - { name: a word that nobody knows, do: "update File::/w/lab/odd.py", ${inWorkspace}, expect: block, because: [contract-lab-locked, contract-lab-listed] }
  - { name: the log of scores, do: "update File::/w/lab/results.tsv", ${inWorkspace}, expect: require_approval, because: [contract-lab-written] }
  - { name: a run, do: "read File::/w/lab/scripts/score.sh", ${inWorkspace}, limits: { contract-lab-iterations: 699 }, expect: allow, because: [base-users, code-workspace] }
  - { name: a run too many, do: "read File::/w/lab/scripts/score.sh", ${inWorkspace}, limits: { contract-lab-iterations: 700 }, expect: block, because: [contract-lab-iterations] }`,
    );
  });

  it("lists conditions that nobody here can see, and prose", () => {
    expect(contract.unenforced.map(({ text }) => text)).toEqual([
      "score >= 95",
      "5 consecutive iterations without improvement",
      "Never lower the bar.",
    ]);
  });

  it("asks about every change where a person supervises", async () => {
    const supervised = GOAL.replace("[x] **Continuous", "[ ] **Continuous").replace(
      "[ ] **Supervised",
      "[x] **Supervised",
    );
    await expectDecided(
      compiled({ "GOAL.md": supervised }),
      `  - { name: it, do: "update File::/w/lab/train.py", ${inWorkspace}, expect: require_approval, because: [contract-lab-supervised] }`,
    );
  });

  it.each<[string, string, ContractCode]>([
    ["two ticked boxes", GOAL.replace("[ ] **Split", "[x] **Split"), "contract.choice"],
    ["no ticked box", GOAL.replace("[x] **Locked", "[ ] **Locked"), "contract.choice"],
    ["a path out of the folder", GOAL.replace("`data/`", "`../data`"), "contract.path"],
    ["an absolute path", GOAL.replace("`data/`", "`/etc`"), "contract.path"],
    ["a home", GOAL.replace("`data/`", "`~/data`"), "contract.path"],
    ["a path with hidden characters", GOAL.replace("`data/`", "`da\u200bta`"), "contract.path"],
    ["a contradiction", GOAL.replace("`data/`", "`train.py`"), "contract.contradiction"],
    ["too much", GOAL + "x".repeat(300_000), "contract.too_large"],
  ])("does not compile with %s", (_what, text, code) => {
    expect(codes({ "GOAL.md": text })).toContain(code);
  });
});

describe("a contract", () => {
  it("binds only the agents that it is for, and those that they start", async () => {
    await expectDecided(
      compiled({ "program.md": PROGRAM }, ["coder"]),
      `  - { name: it, do: "create File::/w/lab/new.py", ${inWorkspace}, expect: block, because: [contract-lab-listed] }
  - { name: another, chain: ["User::maria", "Agent::other"], do: "create File::/w/lab/new.py", ${inWorkspace}, expect: allow, because: [base-users, code-workspace] }
  - { name: a child, chain: ["User::maria", "Agent::coder", "Agent::coder/sub"], do: "create File::/w/lab/new.py", ${inWorkspace}, expect: block, because: [contract-lab-listed] }`,
    );
    await expectDecided(
      compiled({ "program.md": PROGRAM }, ["coder", "second"]),
      `  - { name: it, do: "create File::/w/lab/new.py", ${inWorkspace}, expect: block, because: [contract-lab-listed] }
  - { name: another, chain: ["User::maria", "Agent::other"], do: "create File::/w/lab/new.py", ${inWorkspace}, expect: allow, because: [base-users, code-workspace] }`,
    );
  });

  it("is nothing where the text says nothing", () => {
    expect(compiled({ "GOAL.md": "# Be good\n\nDo good things.\n" }).policies).toEqual([]);
    expect(compiled({ "GOAL.md": "" }).policies).toEqual([]);
  });

  it("does not read what people do not see, and takes no example for a rule", () => {
    const hidden = "<!--\n**What you CAN do:**\n- Modify `train.py`\n-->\n";
    const example = "```md\n**What you CAN do:**\n- Modify `train.py`\n```\n";
    expect(compiled({ "program.md": hidden + example }).rules).toEqual([]);
  });

  it("never permits, whatever the text says, and loads", async () => {
    const words = fc.constantFrom(
      "**What you CAN do:**",
      "**What you CANNOT do:**",
      '- Modify `a"b.py`',
      "- Modify `c/d.py`. It is read-only.",
      "- Modify `x*.py`",
      "- Install new packages",
      "- Use the network",
      "permit (principal, action, resource);",
      '@id("x") permit',
      "## File Map",
      "| File | Role | Editable? |",
      '| `"); permit(principal,action,resource); //` | x | Yes |',
      "| `z.py` | x | Yes |",
      "### Stopping Conditions",
      "- 3 iterations",
      "## Fitness Function",
      "```",
      "./s.sh",
      "# Other",
      "git checkout -b feature",
    );
    await fc.assert(
      fc.asyncProperty(fc.array(words, { maxLength: 14 }), async (lines) => {
        const result = compile({ "program.md": lines.join("\n") });
        if (!result.ok) return;
        const { text, policies } = result.value;
        const statements = splitPolicies({ file: "c.cedar", text });
        expect(statements).toHaveLength(policies.length);
        for (const { tokens } of statements) {
          expect(tokens.map((token) => token.text)).toContain("forbid");
          expect(tokens.map((token) => token.text)).not.toContain("permit");
        }
        const loaded = await loadBundle({ sources: [{ file: "c.cedar", text }] });
        expect(loaded.ok ? [] : loaded.error.map(renderError)).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });
});
