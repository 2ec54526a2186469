import { describe, expect, test } from "vitest";
import { paintFor } from "./paint.ts";
import { renderDifference, renderPlan } from "./plan-text.ts";
import { makeTerminal } from "./testing/terminal.ts";
import { emptyPlan } from "./testing/views.ts";

const terminal = makeTerminal();
const paint = paintFor(terminal, terminal.stdout);
const step = (
  action: "create" | "change" | "delete",
  kind: string,
  target: string,
  from: string | null = null,
  to: string | null = null,
) => ({
  id: `${kind}/${target}`,
  action,
  kind,
  target,
  from,
  to,
});

describe("a plan for people", () => {
  test("without anything to do says so in one line", () => {
    expect(renderPlan(emptyPlan(), paint, { width: 80 })).toBe("Nothing to do: revision 3 stands.\n");
    expect(renderPlan(emptyPlan({ unobserved: ["ctl-a1", "ctl-a2"] }), paint, { width: 80 })).toBe(
      "Nothing to do: revision 3 stands. Not looked at: ctl-a1 and ctl-a2 (no agent\nanswered).\n",
    );
  });

  test("tells objects, reservations, steps by host, drift and what could not be seen, in 80 columns", () => {
    const sysctl = step("change", "sysctl", "net.ipv4.ip_forward", "0", "1");
    const text = renderPlan(
      emptyPlan({
        nothingToDo: false,
        changes: [
          { action: "create", kind: "router", name: "vr-a", fields: [{ path: "publicVip.ipv4", from: null, to: "auto" }] },
          {
            action: "change",
            kind: "host",
            name: "ctl-a1",
            fields: [{ path: "addresses.management", from: ["10.10.1.11", "fd00:10:1::11"], to: ["10.10.1.12", "fd00:10:1::12"] }],
          },
          { action: "delete", kind: "vip", name: "api", fields: [{ path: "mode", from: "failover", to: null }] },
        ],
        hosts: [
          { host: "ctl-a1", steps: [step("create", "bridge", "br-mgmt"), sysctl] },
          { host: "ctl-a2", steps: [sysctl] },
          { host: "ctl-a3", steps: [sysctl] },
        ],
        reservations: {
          added: [
            {
              kind: "address",
              scope: "network/rack-a/public",
              value: "203.0.113.2",
              owner: "router/vr-a/public/4",
              isUserDefined: false,
              sinceRevision: null,
            },
            { kind: "router-index", scope: "routers", value: "1", owner: "router/vr-a", isUserDefined: false, sinceRevision: null },
          ],
          released: [
            { kind: "address", scope: "pool/services", value: "fd00:77::5", owner: "vip/api/6", isUserDefined: true, sinceRevision: 2 },
          ],
          kept: 6,
        },
        drift: [
          { host: "node-a1", steps: [step("create", "route", "default via 10.10.1.100")], observedAt: "2026-11-22T13:00:00Z", ageMs: 1500 },
        ],
        unobserved: ["ctl-a3"],
      }),
      paint,
      { width: 80 },
    );
    expect(text).toMatchSnapshot();
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  test("tells what traffic stops, by rack, or that none does", () => {
    const hosts = [{ host: "h", steps: [step("change", "vip", "vr-a vip/public/4", "203.0.113.2", "203.0.113.7")] }];
    const interrupts = [
      {
        rack: "rack-a",
        routers: ["vr-a"],
        hosts: ["ctl-a1"],
        lasts: "short" as const,
        message: "vr-a stops answering for a short time: public IPv4 203.0.113.2 becomes 203.0.113.7",
      },
    ];
    const text = renderPlan(emptyPlan({ nothingToDo: false, hosts, interrupts }), paint, { width: 80 });
    expect(text).toContain(
      "Interrupts\n  rack-a: vr-a stops answering for a short time: public IPv4 203.0.113.2 becomes\n    203.0.113.7\n",
    );
    expect(renderPlan(emptyPlan({ nothingToDo: false, hosts }), paint, { width: 80 })).toContain("Interrupts: nothing.\n");
    expect(renderPlan(emptyPlan({ nothingToDo: false, drift: [] }), paint, { width: 80 })).not.toContain("Interrupts");
  });

  test("paints + green, ~ yellow and - red on a terminal", () => {
    const tty = makeTerminal({ isTty: true });
    const steps = [step("create", "a", "a"), step("change", "b", "b"), step("delete", "c", "c")];
    const text = renderPlan(emptyPlan({ nothingToDo: false, hosts: [{ host: "h", steps }] }), paintFor(tty, tty.stdout), { width: 80 });
    expect(text).toContain("\u001b[32m+\u001b[39m a a");
    expect(text).toContain("\u001b[33m~\u001b[39m b b");
    expect(text).toContain("\u001b[31m-\u001b[39m c c");
  });

  test("two equal revisions have no difference", () =>
    expect(renderDifference(emptyPlan(), paint, { width: 80 })).toBe("No difference.\n"));
});
