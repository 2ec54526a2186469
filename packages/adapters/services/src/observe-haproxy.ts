import { connect } from "node:net";

import type { ProxyBackend, ServiceNamespaceState } from "@rackway/schema";

import { proxiedVips, proxyName, proxyServerName } from "./haproxy-conf.ts";

/** A backend, and the VIP whose proxy it is behind. */
export type ProxyBackendSight = ProxyBackend & { readonly vip: string };

/** Asks HAProxy by its statistics socket (management guide, 9.3). Null: it does not answer within `timeoutMs`, or is not there. */
export async function observeHaproxy(
  socketPath: string,
  service: Pick<ServiceNamespaceState, "sets">,
  timeoutMs: number,
): Promise<ProxyBackendSight[] | null> {
  const answer = await ask(socketPath, "show stat -1 4 -1", timeoutMs);
  return answer === null ? null : parseProxyStats(answer, service);
}

function ask(socketPath: string, command: string, timeoutMs: number): Promise<string | null> {
  return new Promise((resolve) => {
    let heard = "";
    const socket = connect(socketPath);
    const end = (answer: string | null): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(() => end(null), timeoutMs);
    socket.on("connect", () => socket.write(`${command}\n`));
    socket.on("data", (chunk: Buffer) => (heard += chunk.toString("utf8")));
    socket.on("end", () => end(heard));
    socket.on("error", () => end(null));
  });
}

/** Of the servers that the state names; one that HAProxy does not know (yet) is left out. Pure. */
export function parseProxyStats(text: string, service: Pick<ServiceNamespaceState, "sets">): ProxyBackendSight[] {
  const [head = "", ...rows] = text.trim().split("\n");
  const columns = head.replace(/^# /, "").split(",");
  const seen = new Map(
    rows.map((row) => {
      const fields = fieldsOf(row);
      const field = (name: string): string => fields[columns.indexOf(name)] ?? "";
      return [`${field("pxname")} ${field("svname")}`, field] as const;
    }),
  );
  return proxiedVips(service).flatMap(({ name: vip, proxy }) =>
    proxy.flatMap((frontend) =>
      frontend.backends.flatMap((backend): ProxyBackendSight[] => {
        const field = seen.get(`${proxyName(vip, frontend)} ${proxyServerName(backend)}`);
        if (field === undefined) return [];
        const { address, port } = backend;
        const written = address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
        const reason = [field("check_desc"), field("last_chk")].filter((part) => part !== "").join(": ");
        return [{ vip, port: frontend.port, backend: written, health: healthOf(field("status"), field("check_status")), reason }];
      }),
    ),
  );
}

/** `UP`, `UP 1/2` (on its way down), `DOWN`, `DOWN 1/2`; before the first check it is `UP`, too. */
function healthOf(status: string, checkStatus: string): ProxyBackend["health"] {
  if (status.startsWith("DOWN")) return "down";
  return status.startsWith("UP") && !checkStatus.endsWith("INI") ? "up" : "unknown";
}

/** RFC 4180, without line breaks. */
function fieldsOf(row: string): string[] {
  return [...row.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].map(([, field = ""]) =>
    field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field,
  );
}
