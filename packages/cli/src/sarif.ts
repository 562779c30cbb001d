import { isAbsolute, relative, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { CHECK_RULES, type CheckFinding, type SourcePlace } from "@bylaw/bundle";
import { version } from "./version.ts";

const SCHEMA =
  "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
const PAGE = "docs/check.md";
/** Where a finding about the set as a whole is shown. */
const NO_FILE = "bylaw.yaml";

/**
 * Findings as SARIF 2.1.0 (OASIS), with what code scanning asks for: rules with help, regions in
 * UTF-16 columns, and fingerprints that stay while lines move. An accepted finding is in it, with
 * its reason, as suppressed in the source.
 *
 * In: findings, and the folder that paths are written relative to.
 */
export function sarifOf(findings: readonly CheckFinding[], folder: string): object {
  const used = CHECK_RULES.filter(({ id }) => findings.some(({ rule }) => rule === id));
  const rules = used.map(({ id, severity, title, help }) => ({
    id,
    shortDescription: { text: title },
    fullDescription: { text: title },
    help: { text: `${help}. See ${PAGE}.`, markdown: `${help}. See \`${PAGE}\`.` },
    defaultConfiguration: { level: severity },
    properties: { tags: ["security", "policy"] },
  }));
  const results = findings.map((finding) => ({
    ruleId: finding.rule,
    ruleIndex: used.findIndex(({ id }) => id === finding.rule),
    level: finding.severity,
    message: { text: messageOf(finding) },
    locations: [locationOf(finding, folder)],
    relatedLocations:
      finding.related === null
        ? []
        : [
            {
              id: 1,
              message: { text: finding.related.policy },
              ...locationOf(finding.related, folder),
            },
          ],
    partialFingerprints: { "bylawFinding/v1": finding.fingerprint },
    ...(finding.accepted === null
      ? {}
      : { suppressions: [{ kind: "inSource", justification: finding.accepted }] }),
  }));
  return {
    $schema: SCHEMA,
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "bylaw check", semanticVersion: version(), rules } },
        columnKind: "utf16CodeUnits",
        originalUriBaseIds: { ROOT: { uri: `${pathToFileURL(folder).href}/` } },
        results,
      },
    ],
  };
}

function messageOf({ message, proposal, help }: CheckFinding): string {
  return proposal === null ? `${message}; ${help}.` : `${message}; ${help}: ${proposal}`;
}

function locationOf(place: SourcePlace, folder: string): object {
  const { file, line, column, endColumn } = place;
  const region = { startLine: line ?? 1, startColumn: column ?? 1, endColumn: endColumn ?? 1 };
  return {
    physicalLocation: {
      artifactLocation: artifactOf(file ?? NO_FILE, folder),
      region: line === null ? { startLine: 1 } : region,
    },
  };
}

function artifactOf(file: string, folder: string): object {
  const path = isAbsolute(file) ? relative(folder, file) : file;
  if (isAbsolute(path) || path.startsWith("..")) return { uri: pathToFileURL(file).href };
  return { uri: path.split(sep).map(encodeURIComponent).join("/"), uriBaseId: "ROOT" };
}
