/**
 * FRR's configuration as a set of lines, each with the section that it stands in: `show running-config` and frr.conf(5) alike. Sections are
 * told by their indentation; what only closes one (`exit`, `exit-address-family`, `!`) carries nothing.
 */
export interface FrrLine {
  /** Headers of the sections around it, outermost first; empty: it stands by itself. */
  readonly context: readonly string[];
  readonly text: string;
}

const closing = /^(exit|exit-address-family|exit-vrf|end|!.*)?$/;
const preamble = /^(Building configuration\.\.\.|Current configuration:)$/;

/** Reads a whole configuration; what it does not know it keeps as it is. Never fails. */
export function parseFrrConfig(text: string): FrrLine[] {
  const lines: FrrLine[] = [];
  const open: { readonly indent: number; readonly header: string }[] = [];
  for (const raw of text.split("\n")) {
    const line = raw.trim();
    if (closing.test(line) || preamble.test(line) || line.startsWith("#")) continue;
    const indent = raw.length - raw.trimStart().length;
    while (open.length > 0 && (open.at(-1)?.indent ?? 0) >= indent) open.pop();
    lines.push({ context: open.map(({ header }) => header), text: line });
    open.push({ indent, header: line });
  }
  return lines;
}

/**
 * A configuration file without some of its lines; comments, order and spacing of all others stay. What closes a section that goes, goes with it;
 * a section that keeps a line stays.
 */
export function withoutLines(text: string, goes: (line: FrrLine) => boolean): string {
  const lines = parseFrrConfig(text);
  const isGone = (line: FrrLine): boolean => {
    const below = linesBelow(lines, line);
    return isImplicit(line)
      ? below.length > 0 && below.every((one) => goes(one) || isImplicit(one))
      : goes(line) && below.every((one) => goes(one) || isImplicit(one));
  };
  const open: { readonly indent: number; readonly header: string; readonly isGone: boolean }[] = [];
  return text
    .split("\n")
    .filter((raw) => {
      const line = raw.trim();
      const indent = raw.length - raw.trimStart().length;
      if (closing.test(line) || line.startsWith("#"))
        return !line.startsWith("exit") || open.find((one) => one.indent === indent)?.isGone !== true;
      while (open.length > 0 && (open.at(-1)?.indent ?? 0) >= indent) open.pop();
      const gone = isGone({ context: open.map(({ header }) => header), text: line });
      open.push({ indent, header: line, isGone: gone });
      return !gone;
    })
    .join("\n");
}

/** Lines as a batch for `vtysh -f`: each section is entered and left once in a row. */
export function renderFrrBatch(lines: readonly FrrLine[]): string {
  const out: string[] = [];
  let current: readonly string[] = [];
  const pad = (depth: number): string => " ".repeat(depth);
  const leaveTo = (depth: number): void => {
    for (let at = current.length; at > depth; at -= 1) out.push(`${pad(at - 1)}${closerOf(current[at - 1] ?? "")}`);
    current = current.slice(0, depth);
  };
  for (const { context, text } of lines) {
    const shared = sharedDepth(current, context);
    leaveTo(shared);
    for (let at = shared; at < context.length; at += 1) out.push(`${pad(at)}${context[at]}`);
    current = context;
    // A header that its own lines follow is written by the first of them.
    out.push(`${pad(context.length)}${text}`);
    if (isHeader(text)) current = [...context, text];
  }
  leaveTo(0);
  return out.map((line) => `${line}\n`).join("");
}

function sharedDepth(one: readonly string[], other: readonly string[]): number {
  let depth = 0;
  while (depth < one.length && depth < other.length && one[depth] === other[depth]) depth += 1;
  return depth;
}

function closerOf(header: string): string {
  return header.startsWith("address-family ") ? "exit-address-family" : "exit";
}

const headers =
  /^(interface \S+( vrf \S+)?|router (ospf|ospf6|bgp)( .+)?|address-family .+|key chain \S+|key \d+|route-map \S+ (permit|deny) \d+|bfd|profile \S+)$/;

/** Whether entering this line opens a section of the kinds that we write. */
export function isHeader(text: string): boolean {
  return headers.test(text);
}

/** A section that FRR opens by itself for what is in it, and that is nobody's. */
export function isImplicit({ text }: FrrLine): boolean {
  return /^(interface|address-family) /.test(text);
}

/**
 * What a line sets, without the value that it sets it to: two lines of one section with the same key cannot both be in force. A line
 * that nothing is known of is its own key.
 */
export function keyOf(text: string): string {
  for (const pattern of settings) {
    const match = pattern.exec(text);
    if (match !== null)
      return match
        .slice(1)
        .filter((part) => part !== undefined)
        .join(" ");
  }
  return text;
}

/** Each pattern's groups together are the key. */
const settings: readonly RegExp[] = [
  /^(router bgp) \d+$/,
  /^(?:no )?(ip ospf message-digest-key \d+) /,
  /^(?:no )?(ip ospf (?:area|cost|dead-interval|hello-interval|network|authentication|bfd profile))(?: |$)/,
  /^(?:no )?(ip ospf bfd)(?: \d+)*$/,
  /^(?:no )?(ipv6 ospf6 (?:area|cost|dead-interval|hello-interval|network|authentication|bfd profile))(?: |$)/,
  /^(?:no )?(ipv6 ospf6 bfd)(?: \d+)*$/,
  /^(?:no )?(ospf6? router-id|bgp router-id|graceful-restart(?! helper)|timers throttle lsa all)(?: |$)/,
  /^(?:no )?(redistribute kernel)(?: |$)/,
  /^(?:no )?(neighbor \S+) interface (remote-as) /,
  /^(?:no )?(neighbor \S+ (?:remote-as|bfd profile|password|allowas-in|activate))(?: |$)/,
  /^(?:no )?(neighbor \S+ route-map) \S+ (in|out)$/,
  /^(?:no )?(neighbor \S+ bfd)(?: \d+)*$/,
  /^(?:no )?((?:ip|ipv6) protocol \S+)(?: |$)/,
  /^(?:no )?(key-string|cryptographic-algorithm|detect-multiplier|transmit-interval|receive-interval)(?: |$)/,
  /^(?:no )?(set (?:tag|community|large-community|local-preference|as-path prepend)|match (?:(?:ip|ipv6) address|metric|large-community))(?: |$)/,
  /^((?:ip|ipv6) prefix-list \S+ seq \d+) /,
  /^(bgp large-community-list standard \S+ seq \d+) /,
];

/** Lists, route maps, profiles and key chains of ours: with all that is in them, however it came there. */
const ourThings = /^(?:key chain|(?:ip|ipv6) prefix-list|route-map|profile|bgp large-community-list standard) rw-/;
/** Lines that refer to one of them, and so can be nobody else's. */
const ourReferences = [
  /^(?:ip|ipv6) protocol \S+ route-map rw-/,
  /^redistribute kernel (?:.* )?route-map rw-/,
  /^neighbor \S+ (?:route-map|bfd profile) rw-/,
  /^(?:ip ospf|ipv6 ospf6) bfd profile rw-/,
  /^(?:ip ospf authentication key-chain|ipv6 ospf6 authentication keychain) rw-/,
];
/** Ours by the name in it alone. */
export function isNamedOurs({ context, text }: FrrLine): boolean {
  return [...context, text].some((part) => ourThings.test(part)) || ourReferences.some((pattern) => pattern.test(text));
}

/** Text that two lines share exactly when they are the same line in the same section. */
export function lineId({ context, text }: FrrLine): string {
  return [...context, text].join("\n");
}

/** What two lines share when they set the same thing in the same section. */
export function settingId({ context, text }: FrrLine): string {
  return [...context, keyOf(text)].join("\n");
}

/** Lines that set something for the outside of their own section: those below `header`. */
export function linesBelow(lines: readonly FrrLine[], header: FrrLine): FrrLine[] {
  const depth = header.context.length + 1;
  return lines.filter(
    ({ context }) =>
      context.length >= depth && context[depth - 1] === header.text && header.context.every((part, at) => context[at] === part),
  );
}
