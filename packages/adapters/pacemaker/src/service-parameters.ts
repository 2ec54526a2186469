import type { HealthTerms, ServiceNamespaceState, ServiceVipState } from "@rackway/schema";

/** VIPs of a set whose parameters go into one resource, and what tells it from the set's others. */
export interface VipChunk {
  /** `1`, `2`, …; `1-2` where one chunk's parameters would have been too long for one resource. */
  readonly name: string;
  /** `NAME ADDRESS[,ADDRESS] CHECK;…`, CHECK a place in `checks`, or a hyphen. */
  readonly vips: string;
  /** `INTERVAL TIMEOUT RISE FALL MAX-CHANGES WITHDRAW-LAST KIND …;…` */
  readonly checks: string;
  readonly members: readonly ServiceVipState[];
}

/** Numbers that one chunk spans. A VIP keeps its number, so it keeps its chunk, whatever comes and goes beside it. */
export const numbersInChunk = 500;

/** Of the parameters that grow with the VIPs, in bytes. A resource with 100,000 starts, one with 140,000 does not (FACTS, OCF values). */
export const bytesInChunk = 90_000;

/** The chunks of a set, in order. */
export function chunksOf(vips: readonly ServiceVipState[], checks: readonly HealthTerms[]): VipChunk[] {
  const groups = Map.groupBy(vips, ({ number }) => Math.ceil(number / numbersInChunk));
  return [...groups].sort(([left], [right]) => left - right).flatMap(([number, members]) => fitted(String(number), members, checks));
}

/** A chunk whose checks are all different and long is cut in halves until each fits. */
function fitted(name: string, vips: readonly ServiceVipState[], checks: readonly HealthTerms[]): VipChunk[] {
  const chunk = { name, ...vipParameters(vips, checks), members: vips };
  if (chunk.vips.length + chunk.checks.length <= bytesInChunk || vips.length === 1) return [chunk];
  const middle = Math.ceil(vips.length / 2);
  return [vips.slice(0, middle), vips.slice(middle)].flatMap((half, index) => fitted(`${name}-${index + 1}`, half, checks));
}

/** The two lists of one resource; checks are numbered anew, those that the VIPs use alone. All of it is ASCII. */
export function vipParameters(vips: readonly ServiceVipState[], checks: readonly HealthTerms[]): Pick<VipChunk, "vips" | "checks"> {
  const used = [...new Set(vips.flatMap(({ check }) => check ?? []))].sort((left, right) => left - right);
  const places = new Map(used.map((check, place) => [check, place]));
  const entries = vips.map(({ name, addresses, check }) => {
    const list = addresses.map(({ address }) => address).join(",");
    return `${name} ${list} ${check === null ? "-" : places.get(check)}`;
  });
  return { vips: entries.join(";"), checks: used.flatMap((check) => termsText(checks[check])).join(";") };
}

function termsText(terms: HealthTerms | undefined): string[] {
  if (terms === undefined) return [];
  const { check, intervalMs, timeoutMs, rise, fall, maxChangesPerMinute, withdrawLast } = terms;
  return [[intervalMs, timeoutMs, rise, fall, maxChangesPerMinute, flag(withdrawLast), ...checkWords(check)].join(" ")];
}

function checkWords(check: HealthTerms["check"]): (string | number)[] {
  switch (check.kind) {
    case "tcp":
      return ["tcp", check.port];
    case "http":
      return ["http", check.port, check.path, check.host ?? "-"];
    case "https":
      return ["https", check.port, check.path, check.host ?? "-", flag(check.verify)];
    case "dns":
      return ["dns", check.port, check.name, check.type];
    case "ntp":
      return ["ntp", check.port, check.maxStratum];
    case "command":
      return ["command", check.name];
    case "each":
      return check.questions.flatMap((question, index) => [...(index === 0 ? [] : ["+"]), ...checkWords(question)]);
  }
}

function flag(value: boolean): 0 | 1 {
  return value ? 1 : 0;
}

/** The end inside of a namespace's veth pair. */
export const serviceInside = "rw-vip";

/** The host's end of it. */
export function serviceOutside({ index }: Pick<ServiceNamespaceState, "index">): string {
  return `rwv-${index}`;
}
