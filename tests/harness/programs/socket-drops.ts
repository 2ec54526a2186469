import { readFileSync } from "node:fs";

/**
 * Datagrams that this network namespace dropped because a socket's buffer was full (`RcvbufErrors`, /proc/net/snmp and snmp6): the
 * instrument's own loss, which must not be blamed on the path. Returns the count since the call.
 */
export function countSocketDrops(): () => number {
  const before = rcvbufErrors();
  return () => rcvbufErrors() - before;
}

function rcvbufErrors(): number {
  const [names, values] = readFileSync("/proc/net/snmp", "utf8")
    .split("\n")
    .filter((line) => line.startsWith("Udp:"))
    .map((line) => line.split(/\s+/));
  const column = names?.indexOf("RcvbufErrors") ?? -1;
  const six = /^Udp6RcvbufErrors\s+(\d+)/m.exec(readFileSync("/proc/net/snmp6", "utf8"));
  return Number(values?.[column] ?? 0) + Number(six?.[1] ?? 0);
}
