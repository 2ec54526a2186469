import { DOMParser, type Element } from "@xmldom/xmldom";
import { failureTimeoutMs } from "./resource-parts.ts";

/** The last failure of a resource on a host, by Pacemaker's own words. `key` is another one for another failure. */
export interface ResourceFailure {
  readonly key: string;
  readonly resource: string;
  readonly host: string;
  readonly task: string;
  readonly reason: string;
}

/** How often a resource has failed on a host since that was last forgotten. From `threshold` on the host is barred from it. */
export interface FailCount {
  readonly resource: string;
  readonly host: string;
  readonly count: number;
  readonly threshold: number;
  readonly lastFailureAt: Date | null;
}

/** When Pacemaker will forget the failures. It looks for what it may forget when something happens, and every 30 s: not to the second. */
export function barredUntil({ lastFailureAt }: Pick<FailCount, "lastFailureAt">): Date | null {
  return lastFailureAt === null ? null : new Date(lastFailureAt.getTime() + failureTimeoutMs);
}

/** ` until about 20:15:00 UTC`, or nothing where Pacemaker does not say since when. */
export function barredWords(failed: Pick<FailCount, "lastFailureAt">): string {
  const until = barredUntil(failed);
  return until === null ? "" : ` until about ${until.toISOString().slice(11, 19)} UTC`;
}

/** One line of the fence history. */
export interface FenceRequest {
  readonly action: string;
  readonly target: string;
  /** The host that did it, or the one that asked for it when nobody could. */
  readonly by: string;
  readonly status: "success" | "failed" | "pending";
  readonly reason: string;
  /** Null: it has not ended. */
  readonly endedAt: Date | null;
}

export interface ClusterTrouble {
  readonly failures: readonly ResourceFailure[];
  readonly failCounts: readonly FailCount[];
  readonly fencing: readonly FenceRequest[];
}

export const noTrouble: ClusterTrouble = { failures: [], failCounts: [], fencing: [] };

/** What has gone wrong, of `crm_mon --output-as=xml` (crm_mon(8)). Pure. */
export function parseTrouble(xml: string): ClusterTrouble {
  const document = new DOMParser().parseFromString(xml, "text/xml");
  const all = (tag: string): Element[] => Array.from(document.getElementsByTagName(tag));
  return {
    failures: all("failure").flatMap(readFailure),
    failCounts: all("resource_history").flatMap(readFailCount),
    fencing: all("fence_event").map(readFenceRequest),
  };
}

function readFailure(element: Element): ResourceFailure[] {
  const word = (name: string): string => element.getAttribute(name) ?? "";
  // RESOURCE_TASK_INTERVAL: a resource's id may have underscores, and so have two of the tasks.
  const [, resource, task] = /^(.+?)(?::\d+)?_(start|stop|monitor|migrate_to|migrate_from|[a-z-]+)_\d+$/.exec(word("op_key")) ?? [];
  if (resource === undefined || task === undefined) return [];
  const host = word("node");
  const key = [word("op_key"), host, word("call"), word("last-rc-change")].join(" ");
  // A timeout has no exit reason: nobody was left to give one.
  const reason = word("exitreason") || [word("status"), word("exitstatus")].filter((part) => part !== "" && part !== "complete").join(": ");
  return [{ key, resource, host, task, reason }];
}

function readFailCount(element: Element): FailCount[] {
  const [count, threshold] = [element.getAttribute("fail-count"), element.getAttribute("migration-threshold")].map(readScore);
  if (count === undefined || count === 0) return [];
  const host = (element.parentNode as Element | null)?.getAttribute("name") ?? "";
  const resource = (element.getAttribute("id") ?? "").split(":")[0] ?? "";
  return [{ resource, host, count, threshold: threshold ?? 0, lastFailureAt: readInstant(element.getAttribute("last-failure")) }];
}

/** Pacemaker's infinity is a million. */
function readScore(text: string | null): number {
  return text === "INFINITY" ? 1_000_000 : Number(text ?? 0);
}

function readFenceRequest(element: Element): FenceRequest {
  const word = (name: string): string => element.getAttribute(name) ?? "";
  const status = word("status");
  return {
    action: word("action"),
    target: word("target"),
    by: word("delegate") || word("origin"),
    status: status === "success" || status === "failed" ? status : "pending",
    reason: word("exit-reason"),
    endedAt: readInstant(element.getAttribute("completed")),
  };
}

/** Pacemaker writes an instant as asctime(3) does, in this host's time zone, or as `2026-11-22 21:04:17Z`. */
function readInstant(text: string | null): Date | null {
  const at = Date.parse(text ?? "");
  return Number.isNaN(at) ? null : new Date(at);
}
