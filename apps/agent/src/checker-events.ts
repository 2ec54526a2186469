import { join } from "node:path";

import { serviceResourceIds } from "@rackway/pacemaker";
import type { CheckerEvent, HostEvent } from "@rackway/schema";
import { checkerEventSchema } from "@rackway/schema";

import { event } from "./events.ts";
import { jsonOf } from "./json-text.ts";
import { LogTail } from "./log-tail.ts";

/** Events of more VIPs than this, of one kind, reason and second, are one event of their namespace. */
const fewVips = 5;
/** More events than this, of one kind and second in a namespace, are one whatever their reasons. */
const fewEvents = 20;
const namesInText = 3;
const namesInData = 100;

/** What the checkers of this host's service namespaces write of their VIPs (`checkerEventSchema`), told as events. */
export class CheckerLogs {
  readonly #runFolder: string;
  readonly #host: string;
  readonly #since: number;
  readonly #tails = new Map<string, LogTail>();

  /**
   * `since`: when the agent began. A namespace may become known when its checker has long written, so files are read from their beginning;
   * what is older was told by the agent that ran then, or is in the file.
   */
  constructor(runFolder: string, host: string, since: Date) {
    this.#runFolder = runFolder;
    this.#host = host;
    this.#since = since.getTime();
  }

  /** The events since the last call, oldest first. A namespace that the state no longer names is listened to until its checker's folder has gone. */
  async take(namespaces: readonly string[]): Promise<HostEvent[]> {
    for (const name of namespaces) {
      const path = join(this.#runFolder, serviceResourceIds({ name }).check, "events");
      if (!this.#tails.has(name)) this.#tails.set(name, new LogTail(path, "beginning"));
    }
    // One that cannot be read does not silence the others.
    const read = await Promise.all([...this.#tails].map(async ([name, tail]) => ({ name, text: await tail.take().catch(() => "") })));
    for (const { name, text } of read) if (text === null && !namespaces.includes(name)) this.#tails.delete(name);
    const told = read.flatMap(({ text }) => parseCheckerEvents(text ?? "")).filter(({ at }) => Date.parse(at) >= this.#since);
    return foldCheckerEvents(told, this.#host);
  }

  /** Lets go of the files. */
  async close(): Promise<void> {
    await Promise.all([...this.#tails.values()].map((tail) => tail.close()));
  }
}

/** Pure. A line that is none (half of one, or another version's) says nothing. */
export function parseCheckerEvents(text: string): CheckerEvent[] {
  return text.split("\n").flatMap((line) => {
    const parsed = checkerEventSchema.safeParse(jsonOf(line));
    return parsed.success ? [parsed.data] : [];
  });
}

/**
 * One event for each VIP, whose addresses share it where they share kind, reason and second; one for a namespace where many VIPs do: what
 * becomes of a whole host is said once, not a thousand times. Pure.
 */
export function foldCheckerEvents(events: readonly CheckerEvent[], host: string): HostEvent[] {
  const moments = groups(events, ({ kind, namespace, at }) => [kind, namespace, at.slice(0, 19)]);
  return moments
    .flatMap((moment) => {
      const told = groups(moment, ({ reason }) => [reason]).flatMap((alike) => {
        const vips = groups(alike, ({ vip }) => [vip]);
        return vips.length > fewVips ? [ofNamespace(alike, host)] : vips.map((vip) => ofVip(vip, host));
      });
      return told.length > fewEvents ? [ofNamespace(moment, host)] : told;
    })
    .sort((left, right) => Date.parse(left.at) - Date.parse(right.at));
}

type Several = readonly [CheckerEvent, ...CheckerEvent[]];

function groups(events: readonly CheckerEvent[], keyOf: (event: CheckerEvent) => readonly string[]): Several[] {
  return [...Map.groupBy(events, (each) => JSON.stringify(keyOf(each))).values()].flatMap(([first, ...others]) =>
    first === undefined ? [] : [[first, ...others]],
  );
}

const words: Readonly<Record<CheckerEvent["kind"], (host: string, what: string) => string>> = {
  "vip-up": (host, what) => `${host} finds ${what} up`,
  "vip-down": (host, what) => `${host} finds ${what} down`,
  "vip-announced": (host, what) => `${host} announces ${what}`,
  "vip-withdrawn": (host, what) => `${host} no longer announces ${what}`,
  "vip-kept": (host, what) => `${host} goes on announcing ${what}`,
  "vip-dampened": (host, what) => `${host} holds ${what} back`,
};

function ofVip(events: Several, host: string): HostEvent {
  const [{ at, kind, namespace, vip, reason }] = events;
  const addresses = [...new Set(events.map(({ address }) => address))];
  const text = `${words[kind](host, addresses.join(", "))}: ${reason}`;
  return { at, ...event(kind, `vip/${vip}`, text, { host, namespace, addresses }) };
}

function ofNamespace(events: Several, host: string): HostEvent {
  const [{ at, kind, namespace }] = events;
  const vips = [...new Set(events.map(({ vip }) => vip))];
  const [first = "", ...others] = groups(events, ({ reason }) => [reason])
    .sort((left, right) => right.length - left.length)
    .map(([{ reason }]) => reason);
  const named = `${vips.slice(0, namesInText).join(", ")}${vips.length > namesInText ? ", …" : ""}`;
  const why = others.length === 0 ? first : `${first} (and ${others.length} other reasons)`;
  const text = `${words[kind](host, `${vips.length} VIPs of ${namespace} (${named})`)}: ${why}`;
  return { at, ...event(kind, `namespace/${namespace}`, text, { host, namespace, count: vips.length, vips: vips.slice(0, namesInData) }) };
}
