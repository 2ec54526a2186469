import type { HealthCheckState, HealthQuestionState, HealthTerms } from "@rackway/schema";

/** One address that a resource of VIPs holds on this host, and how it is asked. */
export interface HeldAddress {
  readonly vip: string;
  readonly family: 4 | 6;
  readonly address: string;
  /** Null: up while it is held. */
  readonly terms: HealthTerms | null;
}

/** What `ocf:rackway:anycast` or `ocf:rackway:failover` tells of one resource, in its file `held`. */
export interface Held {
  readonly mode: "anycast" | "roaming" | "failover";
  /** A hyphen where nothing is announced. */
  readonly bridge: string;
  /** The namespace's own addresses; of announced VIPs the next hops on the bridge. */
  readonly via: { readonly 4: string | null; readonly 6: string | null };
  readonly addresses: readonly HeldAddress[];
}

/** Reads the file. Null: it is not one, or was written by another version; nothing is done about its VIPs then. */
export function parseHeld(text: string): Held | null {
  const lines = text.split("\n").filter((line) => line !== "");
  const values = (key: string): string[] => lines.flatMap((line) => (line.startsWith(`${key} `) ? [line.slice(key.length + 1)] : []));
  const [mode] = values("mode");
  const [bridge] = values("bridge");
  if ((mode !== "anycast" && mode !== "roaming" && mode !== "failover") || bridge === undefined) return null;
  const terms = new Map<string, HealthTerms>();
  for (const line of values("check")) {
    const [place = "", ...words] = line.split(" ");
    const parsed = parseTerms(words);
    if (parsed === null) return null;
    terms.set(place, parsed);
  }
  const addresses: HeldAddress[] = [];
  for (const line of values("vip")) {
    const [vip, list, place] = line.split(" ");
    if (vip === undefined || list === undefined || place === undefined) return null;
    const known = terms.get(place) ?? null;
    if (place !== "-" && known === null) return null;
    for (const address of list.split(",")) addresses.push({ vip, family: address.includes(":") ? 6 : 4, address, terms: known });
  }
  const via = new Map(values("via").map((line) => [line.slice(0, 1), line.slice(2) === "" ? null : line.slice(2)]));
  return { mode, bridge, via: { 4: via.get("4") ?? null, 6: via.get("6") ?? null }, addresses };
}

/** `INTERVAL TIMEOUT RISE FALL MAX-CHANGES WITHDRAW-LAST KIND …`, as `vipParameters` of the Pacemaker adapter writes it. */
function parseTerms(words: readonly string[]): HealthTerms | null {
  const numbers = words.slice(0, 6).map(Number);
  const check = parseCheck(words.slice(6));
  if (check === null || numbers.some((value) => !Number.isInteger(value) || value < 0)) return null;
  const [intervalMs = 0, timeoutMs = 0, rise = 0, fall = 0, maxChangesPerMinute = 0, withdrawLast = 0] = numbers;
  if (intervalMs < 1 || timeoutMs < 1 || rise < 1 || fall < 1) return null;
  return { check, intervalMs, timeoutMs, rise, fall, maxChangesPerMinute, withdrawLast: withdrawLast === 1 };
}

const recordTypes = ["A", "AAAA", "SOA", "NS"] as const;

/** One question, or several with `+` between them. */
function parseCheck(words: readonly string[]): HealthCheckState | null {
  const questions: HealthQuestionState[] = [];
  for (const part of words.join(" ").split(" + ")) {
    const question = parseQuestion(part.split(" "));
    if (question === null) return null;
    questions.push(question);
  }
  return questions.length === 1 ? (questions[0] ?? null) : { kind: "each", questions };
}

function parseQuestion([kind, first, second, third, fourth]: readonly string[]): HealthQuestionState | null {
  const port = Number(first);
  if (kind !== "command" && !(Number.isInteger(port) && port >= 1 && port <= 65_535)) return null;
  const host = third === "-" ? null : (third ?? null);
  switch (kind) {
    case "tcp":
      return { kind, port };
    case "http":
      return { kind, port, path: second ?? "/", host };
    case "https":
      return { kind, port, path: second ?? "/", host, verify: fourth === "1" };
    case "dns": {
      const type = recordTypes.find((known) => known === third);
      return second === undefined || type === undefined ? null : { kind, port, name: second, type };
    }
    case "ntp":
      return Number.isInteger(Number(second)) ? { kind, port, maxStratum: Number(second) } : null;
    case "command":
      return first === undefined ? null : { kind, name: first };
    default:
      return null;
  }
}
