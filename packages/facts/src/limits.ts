/** Bounds of one analysis. What lies beyond a bound is unknown, never left out. */

/** UTF-16 units of one path; PATH_MAX of Linux. */
export const PATH_UNITS_MAX = 4_096;
/** UTF-16 units at the end of an unresolved path by which it is classified. */
export const UNRESOLVED_UNITS_MAX = 16_384;
/** Paths that one call may name before its effects are unknown. */
export const CALL_PATHS_MAX = 64;
/** Resources that one catalog effect may expand to through an array argument. */
export const EFFECT_RESOURCES_MAX = 64;
/** String leaves that inference looks at. */
export const INFERENCE_LEAVES_MAX = 1_000;
/** Nesting that inference and argument facts follow. */
export const ARGUMENT_DEPTH_MAX = 64;
/** UTF-16 units of one SQL text. */
export const SQL_UNITS_MAX = 65_536;
/** Nesting of parentheses and brackets in SQL text, found before any parser recurses. */
export const SQL_NESTING_MAX = 100;
/** Nesting of a PostgreSQL parse tree, in JSON levels. */
export const SQL_TREE_DEPTH_MAX = 1_000;
/** Operators, keywords and names in one PostgreSQL text; its parser's stack holds more than twice that. */
export const SQL_CHAIN_MAX = 1_500;
/** Statements in one SQL text. */
export const SQL_STATEMENTS_MAX = 64;
/** Tables that one catalog entry may map. */
export const SQL_TABLES_MAX = 64;
/** Leaves of the arguments that become facts. */
export const ARGUMENT_LEAVES_MAX = 256;
/** UTF-16 units of one text that becomes a fact. */
export const ARGUMENT_TEXT_UNITS_MAX = 8_192;
/** Elements of one list that becomes a fact. */
export const ARGUMENT_LIST_MAX = 1_000;
/** UTF-16 units of one entity id that comes from an argument. */
export const ENTITY_ID_UNITS_MAX = 1_024;
/** UTF-16 units of one URL argument. */
export const URL_UNITS_MAX = 8_192;
/** UTF-16 units of one GraphQL document. */
export const GRAPHQL_UNITS_MAX = 65_536;
/** Tokens of one GraphQL document. */
export const GRAPHQL_TOKENS_MAX = 20_000;
/** Nesting of selections and values in one GraphQL document. */
export const GRAPHQL_DEPTH_MAX = 64;
/** Operations of one GraphQL request, batches included. */
export const GRAPHQL_OPERATIONS_MAX = 64;
/** Fields of the root that become effects; more are unknown. */
export const GRAPHQL_FIELDS_MAX = 64;
/** Paths of one OpenAPI document. */
export const OPENAPI_PATHS_MAX = 5_000;
/** UTF-16 units of a catalog file. */
export const CATALOG_UNITS_MAX = 4_194_304;
/** Sentences of a tool's description that inference reads. */
export const DESCRIPTION_UNITS_MAX = 8_192;
/** String leaves that SHIELD conditions are compared with. */
export const SHIELD_LEAVES_MAX = 20_000;
/** UTF-16 units of all of them together. */
export const SHIELD_TEXT_UNITS_MAX = 4_194_304;
/** Words of commands, statements and addresses that are looked through for hosts and paths. */
export const SHIELD_WORDS_MAX = 20_000;
/** UTF-16 units of text, times conditions that search in text, of one action. */
export const SHIELD_SCAN_MAX = 268_435_456;
/** SHIELD conditions that may hold for one action. */
export const SHIELD_MATCHES_MAX = 1_024;
/** UTF-16 units of one shell text. */
export const SHELL_UNITS_MAX = 65_536;
/** Nesting of commands and substitutions in one shell text. */
export const SHELL_DEPTH_MAX = 64;
/** Words, redirections and substitutions in one shell text. */
export const SHELL_NODES_MAX = 20_000;
/** Commands that are looked at in one shell text, those that others start included. */
export const SHELL_COMMANDS_MAX = 1_000;
/** Names in folders that are looked up for the copies of one shell text. */
export const COPIED_NAMES_MAX = 2_000;
/** Texts inside texts (`sh -c "sh -c …"`, `eval`), and functions and scripts that call each other. */
export const SHELL_TEXTS_DEPTH_MAX = 12;
/** Values that one word may have, and words that one pattern of braces may become. */
export const SHELL_ALTERNATIVES_MAX = 32;
/** UTF-16 units of a value that a shell text computes, and of a script that is read from a file. */
export const SHELL_VALUE_UNITS_MAX = 65_536;
/** Effects of one shell text; one that has more is unknown as well. */
export const SHELL_EFFECTS_MAX = 200;
/** Values inside one another, and findings that are kept, of one tool definition. */
export const DEFINITION_DEPTH_MAX = 100;
export const DEFINITION_FINDINGS_MAX = 100;
