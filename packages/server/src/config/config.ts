import type { Environment, FactorKind, Label } from "@bylaw/core";
import type { OwnSpec } from "@bylaw/facts";
import type { Algorithm, Dialect } from "@bylaw/identity";

/** The effective configuration: `bylaw.yaml` with defaults filled in and paths made absolute. */
export interface Config {
  /** Where it was read from; null when the built-in default applies. */
  readonly file: string | null;
  /** Folder that relative paths were resolved against. */
  readonly folder: string;
  readonly listen: { readonly host: string; readonly port: number };
  /** Origin under which agents reach this gateway from elsewhere; null: its own addresses alone. */
  readonly public: string | null;
  readonly workspaces: readonly string[];
  readonly people: Readonly<Record<string, { readonly groups: readonly string[] }>>;
  readonly agents: Readonly<Record<string, AgentConfig>>;
  /** Whose passports are accepted besides the gateway's own. */
  readonly issuers: Readonly<Record<string, IssuerConfig>>;
  readonly upstreams: Readonly<Record<string, UpstreamConfig>>;
  readonly pinning: Pinning;
  /** A signed bundle file that takes the place of packs, policies, catalog and threat lists. */
  readonly bundle: SignedSource | null;
  readonly packs: readonly string[];
  /** Files or folders of `.cedar` policies. */
  readonly policies: readonly string[];
  /** Folder of grants, one file each; null without a configuration file. Nothing where it is not there. */
  readonly grants: string | null;
  readonly catalog: readonly string[];
  readonly log: {
    /** Where anybody may read the log; null: nowhere but on the administrative socket. */
    readonly publish: { readonly host: string; readonly port: number } | null;
    /** How long bodies are kept; null: for ever. Milliseconds. */
    readonly bodiesMs: number | null;
  };
  /** What texts are searched for besides what is built in. */
  readonly detectors: readonly OwnSpec[];
  readonly witnesses: readonly WitnessConfig[];
  /** Whether changed policy and catalog files are put in force while the gateway runs. */
  readonly watch: boolean;
  /** Share of decisions that Cedar's own evaluator makes again, 0 to 1. */
  readonly shadow: { readonly share: number };
  readonly shield: ShieldConfig;
  readonly holds: {
    /** How long a call is held before its caller gets a resumable handle. Milliseconds. */
    readonly limitMs: number;
    /** How long a request for approval stays open. Milliseconds. */
    readonly ttlMs: number;
    /** Who may let a held action run in an emergency, as `@approvers` names people. */
    readonly breakGlass: readonly string[];
  };
  readonly notify: NotifyConfig | null;
  readonly durability: {
    /** `sync`: nothing at all is forwarded or answered before its record is on disk. */
    readonly reads: "write" | "sync";
  };
  readonly factors: {
    /**
     * Who needs a factor for what widens rights: everybody as soon as anybody has one, everybody from
     * the start, or only those who have one.
     */
    readonly required: "once_enrolled" | "always" | "per_person";
    readonly accept: readonly FactorKind[];
    /** Where people's browsers find the page that asks for passkeys; null: there is none. */
    readonly listen: { readonly host: string; readonly port: number } | null;
    /** Origin under which they find it; null: `http://localhost` and the port. */
    readonly origin: string | null;
  };
  readonly halt: {
    /** `two_people`: whoever halted something cannot let it go on. */
    readonly resume: "one_person" | "two_people";
  };
  readonly limits: {
    /** Largest message accepted from a client. Bytes. */
    readonly bodyBytes: number;
  };
  readonly store: {
    /** PostgreSQL that this gateway shares with others; null for the data folder alone. */
    readonly postgres: DatabaseSource | null;
  };
}

export interface SignedSource {
  readonly file: string;
  /** Verifier keys; the signature of one of them is enough. */
  readonly keys: readonly string[];
}

/**
 * What becomes of tools and instructions that a server shows for the first time: a person is asked, they
 * are trusted unless something about them may mislead, or nothing is compared at all.
 */
export const PINNING = ["ask", "trust-first", "off"] as const;
export type Pinning = (typeof PINNING)[number];

export interface ShieldConfig {
  /** SHIELD.md files, or folders of `.md` files. */
  readonly files: readonly string[];
  /** Feed documents, or folders of `.json` files. */
  readonly feeds: readonly string[];
  /** Reviewed file that holds the acknowledgements. */
  readonly acks: string;
  readonly directiveConflict: "action" | "strictest";
  readonly unparsed: "require_approval" | "ignore";
  readonly approvers: readonly string[];
}
/** Who is told, over HTTP, that an action waits for a person. */
export interface NotifyConfig {
  readonly url: string;
  /** Key of the signature that goes with every message. */
  readonly secret: SecretSource;
  /** Prefix of the address that a message links to; null for messages without a link. */
  readonly link: string | null;
}

/** By which rules messages go over HTTP: Streamable HTTP, that of 2024-11-05, or whichever the server knows. */
export const TRANSPORTS = ["auto", "streamable", "sse"] as const;
export type UpstreamTransport = (typeof TRANSPORTS)[number];

/** What of an upstream's certificate belongs to who it is: nothing, who issued it, or its key as well. */
export const CERTIFICATE_RULES = ["issuer", "key", "off"] as const;
export type CertificateRule = (typeof CERTIFICATE_RULES)[number];

/** How Bylaw is let in at an upstream that wants OAuth tokens. */
export interface UpstreamAuthConfig {
  /** By credentials of its own, or because a person has allowed it. */
  readonly flow: "client_credentials" | "authorization_code";
  readonly clientId: string | null;
  readonly clientSecret: SecretSource | null;
  /** PEM of a private key that Bylaw signs assertions with. */
  readonly privateKey: SecretSource | null;
  /** Address of Bylaw's client ID metadata document. */
  readonly clientMetadata: string | null;
  readonly scopes: readonly string[];
  /** The only authorization server that is accepted; null: the one that the upstream names. */
  readonly issuer: string | null;
  /** Port on this machine that a person's browser comes back to; 0: a free one. */
  readonly callbackPort: number;
}

/** Where a secret is; never the secret itself. */
export type SecretSource =
  | { readonly kind: "environment"; readonly variable: string }
  | { readonly kind: "file"; readonly path: string };

/** Where the address of a database is; only `address` is one, and has no password. */
export type DatabaseSource =
  | { readonly kind: "environment"; readonly variable: string }
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "address"; readonly url: string };

export interface AgentConfig {
  readonly user: string | null;
  readonly groups: readonly string[];
  /** Whether the agent's own program may tell what the person wrote: it decides what is in scope. */
  readonly prompts: boolean;
}

/** Somebody whose passports are accepted. */
export interface IssuerConfig {
  /** Exact `iss`. */
  readonly issuer: string;
  /** Exact `aud`. */
  readonly audience: string;
  readonly jwks: KeySource;
  readonly algorithms: readonly Algorithm[];
  /** What `sub` names. */
  readonly subject: "user" | "agent";
  /** Names of the directory by `sub`; null: `sub` is the name. */
  readonly subjects: Readonly<Record<string, string>> | null;
  /** Claim with the person's groups; null: the directory alone knows them. */
  readonly groups: string | null;
  readonly singleUse: boolean;
  /** What its claims are called. */
  readonly dialect: Dialect;
  /** Whether its passports need no `aud`. */
  readonly audienceless: boolean;
}

/** Where an issuer's keys are: in a file, at an address, or where its OpenID metadata says. */
export type KeySource =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "url"; readonly url: string }
  | { readonly kind: "discover" };

/** Somebody else who cosigns this log's checkpoints. */
export interface WitnessConfig {
  readonly name: string;
  /** Its public key (C2SP signed-note, type 0x04). */
  readonly vkey: string;
  /** Prefix of its `add-checkpoint`. */
  readonly url: string;
}

/** When an upstream is left alone, and for how long. */
export interface BreakerConfig {
  readonly failures: number;
  /** In how long they have to happen. Milliseconds. */
  readonly withinMs: number;
  /** How long nothing is sent before one call tries. Milliseconds. */
  readonly pauseMs: number;
}

interface UpstreamPlace {
  /** Null: an upstream that fails is called again all the same. */
  readonly breaker: BreakerConfig | null;
  readonly environment: Environment;
  readonly labels: readonly Label[];
  readonly reviewed: boolean;
}

export interface StdioUpstreamConfig extends UpstreamPlace {
  readonly kind: "stdio";
  readonly command: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

export interface HttpUpstreamConfig extends UpstreamPlace {
  readonly kind: "http";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly transport: UpstreamTransport;
  readonly certificate: CertificateRule;
  /** Headers whose values are kept elsewhere. */
  readonly secretHeaders: Readonly<Record<string, SecretSource>>;
  /** Null where fixed headers, or none, let Bylaw in. */
  readonly auth: UpstreamAuthConfig | null;
}

export type UpstreamConfig = StdioUpstreamConfig | HttpUpstreamConfig;

export type ConfigErrorCode =
  | "config.unreadable"
  | "config.syntax"
  | "config.invalid"
  /** The pattern of a detector cannot be used. */
  | "config.detector"
  | "config.unknown_key"
  | "config.missing_upstream";

/** What is wrong with a configuration and where: line and column count from 1. */
export interface ConfigError {
  readonly code: ConfigErrorCode;
  readonly file: string;
  readonly line: number | null;
  readonly column: number | null;
  readonly message: string;
}
