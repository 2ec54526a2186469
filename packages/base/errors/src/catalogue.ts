import { doctorFindings } from "./catalogue-doctor.ts";
import { hostErrors } from "./catalogue-host.ts";
import { planWarnings } from "./catalogue-plan.ts";
import { statusProblems } from "./catalogue-status.ts";
import { allocationErrors, validationErrors } from "./catalogue-validation.ts";
import type { TemplateParameters } from "./template.ts";

/**
 * The catalogue: every error and warning that Rackway can give. One table for each part, joined below.
 *
 * To add a code: put an entry into its part's table, in the order of the flow. `text` and `hint` are single string literals (a `+` would
 * lose the parameter names, and with them the type check); `{name}` is a parameter. `about` goes into docs/reference/errors.md: when it
 * happens, and why it is refused. A code of `documentErrors` or `validationErrors` needs a broken document in
 * tests/unit/broken-documents. Then run `npm run generate`.
 */
export type Severity = "error" | "warning";

/** `never`: the same request fails again. `later`: wait for something to change. `now`: just try again. */
export type Retry = "never" | "later" | "now";

/** `critical`: traffic is cut or two hosts own an address. `warning`: redundancy or control is lost, traffic flows. `info`: as somebody wanted it. */
export type ProblemSeverity = "critical" | "warning" | "info";

export interface CatalogueEntry {
  readonly severity: Severity;
  /** One sentence without a full stop, filled in with parameters. */
  readonly text: string;
  /** What to do, one or two sentences; "" where the text says all. */
  readonly hint: string;
  /** For the reference: when this happens, and why. */
  readonly about: string;
  /** HTTP status. */
  readonly status: number;
  /** Exit code of the command line: 1 failed, 2 wrong usage. */
  readonly exitCode: 1 | 2;
  readonly retry: Retry;
  /** How grave it is as a problem in `status`; absent: a warning. */
  readonly inStatus?: ProblemSeverity;
}

type Entries = Readonly<Record<string, CatalogueEntry>>;

/** A document that must be changed before it can be accepted. */
const badDocument = { severity: "error", status: 422, exitCode: 1, retry: "never" } as const;
const error = { severity: "error", exitCode: 1 } as const;

/** Reading the cluster document: limits, YAML, shape, single values. Found by `parseDocument`, each with its position. */
export const documentErrors = {
  "document-too-large": {
    ...badDocument,
    text: "the document is larger than {limitBytes} bytes",
    hint: "Leave out what is not a cluster document.",
    about: "The size of all files of a document together is limited (1 MiB by default) and is looked at before anything is parsed.",
    status: 413,
  },
  "document-too-deep": {
    ...badDocument,
    text: "nesting is deeper than {limit} levels",
    hint: "A cluster document needs fewer than ten levels: look for a bracket that is not closed, or an indentation that only grows.",
    about: "Nesting is counted while the text is read, before a tree is built, so that hostile input costs neither time nor stack.",
  },
  "document-syntax": {
    ...badDocument,
    text: "YAML: {reason}",
    hint: "{advice}",
    about: "The text is not YAML 1.2: a bracket or quote that is not closed, wrong indentation, a tab, a truncated file.",
  },
  "document-directive": {
    ...badDocument,
    text: "the directive {directive} is not supported",
    hint: "Remove it: documents are YAML 1.2.",
    about: "A %YAML 1.1 directive would change what plain values mean (`yes`, `0o17`, `1:30`), a %TAG directive what tags mean.",
  },
  "document-alias": {
    ...badDocument,
    text: "aliases are not allowed: *{name}",
    hint: "Write the value out where it is used.",
    about:
      "Aliases can make a small file explode in memory, and make it impossible to say where a value stands. The first of a file is reported.",
  },
  "document-tag": {
    ...badDocument,
    text: "the tag {tag} is not allowed",
    hint: "Remove it: types follow from the fields.",
    about:
      "Tags (`!!binary`, `!include`, …) ask for something other than plain values. Only the tags of the YAML 1.2 core schema are known.",
  },
  "document-key": {
    ...badDocument,
    text: "{found} is not allowed as a key",
    hint: "Keys are plain text: `name: value`.",
    about: "A list, a mapping, null, a merge key (`<<`) or `__proto__` stands where a field's name belongs.",
  },
  "document-duplicate-key": {
    ...badDocument,
    text: 'the key "{key}" is given twice; first at {first}',
    hint: "Keep one of the two.",
    about: "The same key stands twice in one mapping. YAML readers differ in which one they take, so neither is.",
  },
  "document-empty": {
    ...badDocument,
    text: "there is no document in {files}",
    hint: "A document begins with `apiVersion: rackway/v1` and `kind: Cluster`; docs/reference/document.md has all fields.",
    about: "The files are empty, or hold nothing but comments.",
  },
  "document-kind": {
    ...badDocument,
    text: 'the kind of document must be "Cluster", not {found}',
    hint: "Give only cluster documents: `kind: Cluster`.",
    about: "Every YAML document says what it is. A directory may hold other documents; they are not for Rackway.",
  },
  "document-version": {
    ...badDocument,
    text: 'apiVersion must be "rackway/v1", not {found}',
    hint: "This version of Rackway reads `apiVersion: rackway/v1`.",
    about: "The version tells how the rest is to be read.",
  },
  "document-name-mismatch": {
    ...badDocument,
    text: 'this document is of cluster "{name}", but the one at {first} is of cluster "{other}"',
    hint: "Apply one cluster at a time.",
    about: "Several documents make one cluster when their `metadata.name` is the same.",
  },
  "document-field-twice": {
    ...badDocument,
    text: '"{field}" is already given at {first}, and cannot be joined with it',
    hint: "Give it in one document only.",
    about: "Lists of several documents are joined; anything else can be given only once.",
  },
  "field-unknown": {
    ...badDocument,
    text: 'unknown field "{field}"{where}',
    hint: "{suggestion}Known here: {known}.",
    about: "A misspelt field would otherwise be a setting that silently does nothing.",
  },
  "field-missing": {
    ...badDocument,
    text: '"{field}" is missing{where}',
    hint: "Add it: {wanted}.",
    about: "A field without a default is not given.",
  },
  "field-type": {
    ...badDocument,
    text: "{field} must be {wanted}, not {found}",
    hint: "{advice}",
    about: 'The value is of another type than the field. Quote a text that looks like a number (`"1234"`); do not quote a number.',
  },
  "field-value": {
    ...badDocument,
    text: "{field} must be {allowed}, not {found}",
    hint: "{advice}",
    about: "The field takes one of a few values.",
  },
  "field-format": {
    ...badDocument,
    text: "{found} is not valid for {field}",
    hint: "It must be {wanted}.",
    about: "A text that has to follow a pattern does not.",
  },
  "field-range": {
    ...badDocument,
    text: "{field} must be {bound}, not {found}",
    hint: "{advice}",
    about: "A number, or the length of a text or list, is outside of what is allowed.",
  },
  "name-invalid": {
    ...badDocument,
    text: "{found} is not a valid name",
    hint: "Names are 1 to 40 lower-case letters, digits and single hyphens, and begin with a letter: `rack-a`. `constructor` is taken.",
    about: "Names become part of resource ids, namespaces and file names, so they are held to what all of these take.",
  },
  "interface-name-invalid": {
    ...badDocument,
    text: '"{value}" is not a valid interface name: {reason}',
    hint: "An interface name has 1 to 15 letters, digits and `. _ -`: `eth0`, `br-mgmt`, `eth0.100`.",
    about: "The kernel's rule (IFNAMSIZ, `dev_valid_name`), and stricter, because names travel through shell scripts, rule files and XML.",
  },
  "address-invalid": {
    ...badDocument,
    text: '"{value}" is not an IP address: {reason}',
    hint: "Write an IPv4 address as 192.0.2.1, an IPv6 address as 2001:db8::1 (quoted inside of brackets and braces).",
    about:
      "Addresses are read strictly: no leading zeros (some tools read 010.0.0.1 as 8.0.0.1), no short forms, no zone ids, no IPv4-mapped IPv6.",
  },
  "address-family": {
    ...badDocument,
    text: '"{value}" is IPv{found}, but {wanted} is needed here',
    hint: "IPv4 goes under `ipv4`, IPv6 under `ipv6`.",
    about: "An address of one family stands where the other belongs.",
  },
  "address-family-twice": {
    ...badDocument,
    text: "a host has one IPv{family} address in a network at most, not {first} and {second}",
    hint: "Keep the address that the other hosts reach it at.",
    about: "More addresses of a host are not Rackway's to manage; it needs to know the one that it works with.",
  },
  "prefix-invalid": {
    ...badDocument,
    text: '"{value}" is not a network in CIDR notation: {reason}',
    hint: "Write the network's first address and the prefix length: 192.0.2.0/24, 2001:db8::/64.",
    about: "A prefix is a strict address, a slash and a length of 0 to 32 or 0 to 128 without leading zeros.",
  },
  "prefix-host-bits": {
    ...badDocument,
    text: '"{value}" is an address within a network, not a network',
    hint: "Did you mean {network}?",
    about: "Bits to the right of the prefix length are set. Most often the length or the address is mistyped, so it is not guessed.",
  },
  "range-invalid": {
    ...badDocument,
    text: '"{value}" is not a range of addresses: {reason}',
    hint: "Write the first and the last address with a hyphen (192.0.2.10-192.0.2.20), or one address.",
    about: "Both ends must be of one family, the first not above the last.",
  },
  "port-range-invalid": {
    ...badDocument,
    text: '"{value}" is not a range of ports: {reason}',
    hint: "Write the first and the last port with a hyphen (8000-8080), each from 1 to 65535.",
    about: "Ports are numbers, ranges are text: `[53, 8000-8080]`.",
  },
  "backend-invalid": {
    ...badDocument,
    text: '"{value}" is not a backend: {reason}',
    hint: 'Write address and port: 10.10.1.21:8080, or "[fd00:10:1::21]:8080" (in quotes within brackets).',
    about: "A proxy's backends are addresses with ports. Names are not taken: who is asked must not hang on a name service.",
  },
  "name-duplicate": {
    ...badDocument,
    text: 'there is already a {kind} "{name}", at {first}',
    hint: "Rename or remove one of the two.",
    about: "Names are unique within their list, over all files of the document.",
  },
  "issues-truncated": {
    ...badDocument,
    text: "{hidden} more errors are not shown",
    hint: "Mend these first.",
    about: "At most 1,000 errors of a document are listed.",
  },
} as const satisfies Entries;

/** Values that occur outside of documents. */
export const netErrors = {
  "mac-invalid": {
    ...error,
    text: '"{value}" is not a MAC address: {reason}',
    hint: "Write six bytes in hexadecimal, with colons: 52:54:00:12:34:56.",
    about: "An Ethernet address is read strictly: six groups of two digits, one kind of separator.",
    status: 422,
    retry: "never",
  },
} as const satisfies Entries;

/** The server's answers, and what can go wrong on the way to it. */
export const serverErrors = {
  "document-refused": {
    ...error,
    text: "the document has {count}",
    hint: "",
    about: "Nothing was changed. The errors are listed, each with its place.",
    status: 422,
    retry: "never",
  },
  "request-invalid": {
    ...error,
    text: "the request is not valid: {reason}",
    hint: "",
    about: "A body or a parameter does not have the shape that the API's description (openapi.json) gives.",
    status: 400,
    retry: "never",
  },
  "request-too-large": {
    ...error,
    text: "the request is larger than {limitBytes} bytes",
    hint: "",
    about: "Bodies are limited, so that no client can fill the server's memory.",
    status: 413,
    retry: "never",
  },
  unauthorised: {
    ...error,
    text: "no valid token was given",
    hint: "Give the token in the header `Authorization: Bearer TOKEN`; the command line takes it from RACKWAY_TOKEN or --token-file.",
    about: "Every request but the health check needs a token.",
    status: 401,
    retry: "never",
  },
  forbidden: {
    ...error,
    text: "this token does not permit that",
    hint: "",
    about: "A host's token reads the state of that host and nothing else.",
    status: 403,
    retry: "never",
  },
  "not-found": {
    ...error,
    text: 'there is no {kind} "{name}"',
    hint: "",
    about: "The thing that the request names does not exist in the current revision.",
    status: 404,
    retry: "never",
  },
  "route-not-found": {
    ...error,
    text: "the API has no {method} {url}",
    hint: "The API's description is at /api/v1/openapi.json.",
    about: "No such address or method. Client and server may be of different versions.",
    status: 404,
    retry: "never",
  },
  "revision-conflict": {
    ...error,
    text: "the plan was made against revision {basedOn}, but the current one is {current}",
    hint: "Plan again, look at what changed, and apply that.",
    about: "Somebody else has applied in between. Nothing was changed.",
    status: 409,
    retry: "never",
  },
  "cluster-mismatch": {
    ...error,
    text: 'this document is of cluster "{name}", but the current revision is of cluster "{current}"',
    hint: "Check that this is the right file and the right server. A cluster keeps its name.",
    about: "Applying another cluster's document would take everything of this one away.",
    status: 409,
    retry: "never",
  },
  "reservation-conflict": {
    ...error,
    text: "{value} in {scope} was reserved by another change at the same moment",
    hint: "Try again: the next try sees the other change.",
    about: "The database refuses an address, a node id or an index twice, and networks that overlap, whoever asks. Nothing was changed.",
    status: 409,
    retry: "now",
  },
  "allocation-refused": {
    ...error,
    text: "what the document asks for cannot be reserved: {count}",
    hint: "",
    about: "The document itself is right, but something that it asks for is taken or used up. The issues name it. Nothing was changed.",
    status: 409,
    retry: "never",
  },
  "rollback-impossible": {
    ...error,
    text: "there is nothing to roll back to: {reason}",
    hint: "",
    about: "A rollback makes a new revision of an older one's document, so there must be an older one.",
    status: 409,
    retry: "never",
  },
  "revision-unconfirmed": {
    ...error,
    text: "revision {revision} is not confirmed yet; it is undone at {deadline} if it is not",
    hint: "Confirm it first (`rackway confirm`), or take it back (`rackway rollback`).",
    about:
      "While a revision waits to be confirmed, nothing but a rollback is accepted: what the hosts go back to must be what stood before it, and no other change may hang on it. Nothing was changed.",
    status: 409,
    retry: "later",
  },
  "confirm-impossible": {
    ...error,
    text: "it cannot be made to wait for a confirmation: {reason}",
    hint: "Apply it without --confirm-within.",
    about: "A revision that is not confirmed is undone: there must be an earlier one that the hosts can go back to. Nothing was changed.",
    status: 409,
    retry: "never",
  },
  "confirm-late": {
    ...error,
    text: "revision {revision} was not confirmed in time: its time was over at {deadline}, and the hosts undo it",
    hint: "`rackway history` shows what is in force. Apply the document again to try once more.",
    about:
      "A confirmation after the deadline is refused, also when the server has not made its rollback yet: hosts that it cannot reach have gone back by themselves.",
    status: 409,
    retry: "never",
  },
  "confirm-nothing": {
    ...error,
    text: "there is nothing to confirm: {reason}",
    hint: "`rackway history` shows the revisions, and which of them were confirmed.",
    about: "Only a revision that was applied with --confirm-within waits for a confirmation, and only while it is the current one.",
    status: 409,
    retry: "never",
  },
  "drain-refused": {
    ...error,
    text: "{host} cannot be drained: {reason}",
    hint: "",
    about: "Only a controller carries routers and VIPs that could go elsewhere.",
    status: 409,
    retry: "never",
  },
  "move-refused": {
    ...error,
    text: "{what} cannot be moved to {to}: {reason}",
    hint: "",
    about: "The move was not even begun: the target cannot carry the router or the VIP, or another move of it is under way.",
    status: 409,
    retry: "later",
  },
  "operation-claimed": {
    ...error,
    text: "operation {id} belongs to {host}",
    hint: "",
    about: "The first agent that reports an operation as running carries it out; nobody else can report on it.",
    status: 409,
    retry: "never",
  },
  "operation-ended": {
    ...error,
    text: "operation {id} has ended already: {state}",
    hint: "",
    about: "An operation ends once. What an agent says of it afterwards is not taken.",
    status: 409,
    retry: "never",
  },
  "database-busy": {
    ...error,
    text: "the database is busy with another change",
    hint: "Try again.",
    about: "A change waited for its turn longer than the server allows. Nothing was changed.",
    status: 503,
    retry: "now",
  },
  "database-unavailable": {
    ...error,
    text: "the database does not answer: {reason}",
    hint: "See that PostgreSQL runs and takes the server's connections, then try again; look first whether the change was made.",
    about:
      "The server reaches its PostgreSQL no more. When it was lost in the middle of a change, the change was made as a whole or not at all; which of both, the next answer tells. What the hosts do goes on.",
    status: 503,
    retry: "later",
  },
  "server-address-invalid": {
    ...error,
    text: "{address} is not a server's address: {reason}",
    hint: "Write http://HOST:PORT, https://HOST:PORT or unix:///PATH.",
    about: "The address comes from --server, RACKWAY_SERVER, a context, or an agent's configuration.",
    status: 400,
    exitCode: 2,
    retry: "never",
  },
  "server-unreachable": {
    ...error,
    text: "the server at {server} cannot be reached: {reason}",
    hint: "Is it running, and is that its address? It is set by --server, RACKWAY_SERVER or a context.",
    about: "No connection came about, or it broke. The hosts go on without a server.",
    status: 503,
    retry: "later",
  },
  "server-timeout": {
    ...error,
    text: "the server at {server} did not answer within {seconds} s",
    hint: "",
    about: "The connection stands, but no answer came. Whether the request was carried out is not known; ask for the history.",
    status: 504,
    retry: "later",
  },
  "internal-error": {
    ...error,
    text: "something went wrong inside of Rackway",
    hint: "The server's log has the details.",
    about: "A fault of ours. The answer keeps the details back, because they may hold a secret.",
    status: 500,
    retry: "later",
  },
  "server-answer-unknown": {
    ...error,
    text: "the server answered {status}: {detail}",
    hint: "",
    about: "The answer is not one of ours, or is from a newer version: a proxy in between, or another program at that address.",
    status: 502,
    retry: "later",
  },
} as const satisfies Entries;

/** The command line's own. */
export const cliErrors = {
  "usage-invalid": {
    ...error,
    text: "{reason}",
    hint: "",
    about:
      "A command, a flag or an argument is not known or does not fit. Nothing was sent to the server. `--help` shows what is possible.",
    status: 400,
    exitCode: 2,
    retry: "never",
  },
  "name-unknown": {
    ...error,
    text: 'there is no {kind} "{name}"',
    hint: "{suggestion}",
    about: "The command names a host, router, network or other thing that is not in the current revision. The nearest names are given.",
    status: 404,
    exitCode: 2,
    retry: "never",
  },
  "file-unwritable": {
    ...error,
    text: "cannot write {file}: {reason}",
    hint: "",
    about: "The command line was to make a file, and the folder is absent, not yours to write in, or full.",
    status: 400,
    retry: "never",
  },
  "file-unreadable": {
    ...error,
    text: "cannot read {file}: {reason}",
    hint: "",
    about: "A file that the command line needs (a document, a token file) is absent, not readable, or not text.",
    status: 400,
    retry: "never",
  },
  "config-invalid": {
    ...error,
    text: "{file} cannot be used: {reason}",
    hint: "Mend the file, or make the context anew: rackway config set NAME --server URL --token-file FILE --use.",
    about: "The configuration of the command line (`~/.config/rackway/config.yaml`) is broken or cannot be written.",
    status: 400,
    retry: "never",
  },
  "agent-unreachable": {
    ...error,
    text: "the agent of this host does not answer on {socket}: {reason}",
    hint: "Ask Pacemaker itself: crm_mon -1.",
    about: "`rackway status --local` asks the agent of the host that it runs on. Pacemaker goes on without an agent.",
    status: 503,
    retry: "later",
  },
  "not-converged": {
    ...error,
    text: "{reason}",
    hint: "",
    about: "What was asked for is accepted and stands, but the hosts have not got there within the time that the command waited.",
    status: 504,
    retry: "later",
  },
  "operation-failed": {
    ...error,
    text: "{reason}",
    hint: "",
    about: "A move was handed to the hosts and ended without success. The reason is the one that they gave.",
    status: 409,
    retry: "later",
  },
  "doctor-failed": {
    ...error,
    text: "this host could not be examined: {reason}",
    hint: "`rackway doctor` examines the host that it runs on, as root; `rackway doctor CLUSTER` asks the server about a whole cluster.",
    about: "The command line starts the agent's program to look at the host: it must be there (/usr/lib/rackway), and root must start it.",
    status: 503,
    retry: "later",
  },
  cancelled: {
    ...error,
    text: "{reason}",
    hint: "",
    about: "The operator said no, or pressed Ctrl-C. What had been accepted before goes on.",
    status: 400,
    retry: "never",
  },
} as const satisfies Entries;

/** The parts, in the order of the reference. */
export const catalogueParts = {
  document: documentErrors,
  validation: validationErrors,
  allocation: allocationErrors,
  plan: planWarnings,
  net: netErrors,
  server: serverErrors,
  cli: cliErrors,
  host: hostErrors,
  status: statusProblems,
  doctor: doctorFindings,
} as const;

export const catalogue = {
  ...documentErrors,
  ...validationErrors,
  ...allocationErrors,
  ...planWarnings,
  ...netErrors,
  ...serverErrors,
  ...cliErrors,
  ...hostErrors,
  ...statusProblems,
  ...doctorFindings,
} as const;

type Catalogue = typeof catalogue;

/** Every code there is. */
export type ErrorCode = keyof Catalogue;

/** What the text and the hint of a code ask for. */
export type ErrorParameters<Code extends ErrorCode> = TemplateParameters<Catalogue[Code]["text"] | Catalogue[Code]["hint"]>;

export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(catalogue, text);
}

/** What the server finds by putting observations together, apart from what agents tell of their own hosts. */
export const statusCodes: readonly string[] = Object.keys(statusProblems);

/** A code as words: `address-invalid` is "Address invalid". The title of a problem (RFC 9457) and a heading of the reference. */
export function titleOf(code: string): string {
  const words = code.replaceAll("-", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** How grave a problem of this code is in `status`; of a code that this version does not know, too. */
export function severityInStatus(code: string): ProblemSeverity {
  const entry: CatalogueEntry | null = isErrorCode(code) ? catalogue[code] : null;
  return entry?.inStatus ?? "warning";
}
