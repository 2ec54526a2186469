import type { Lab } from "@rackway/lab";
import type { HostState, Step } from "@rackway/schema";

import type { StateServer } from "./state-server.ts";

/** Servers of the lab's internet that really answer, so that what a host is pointed at can be seen to work. */
export const outside = {
  resolver: { nameservers: ["198.51.100.53", "2001:db8:100::53"], search: ["example"], options: [] },
  time: { servers: ["198.51.100.123"] },
};

const conf = "/etc/resolv.conf";

/** One member of a lab whose agent gets its states from a test, and what is to be seen of its resolver and time source. */
export class MemberClients {
  readonly #lab: Lab;
  readonly #server: () => StateServer;
  readonly #host: string;
  readonly #compiled: (revision: number) => HostState;
  #revision: number;

  constructor(lab: Lab, server: () => StateServer, host: string, compiled: (revision: number) => HostState, revision: number) {
    this.#lab = lab;
    this.#server = server;
    this.#host = host;
    this.#compiled = compiled;
    this.#revision = revision;
  }

  async run(script: string): Promise<string> {
    return this.#lab.run(this.#host, ["sh", "-c", script], { timeoutMs: 60_000 });
  }

  /** Gives the host a state with these, and waits until the agent has nothing left to do, or has said `problem`. */
  async become(clients: Pick<HostState, "resolver" | "time">, problem: string | null = null): Promise<void> {
    this.#revision += 1;
    const revision = this.#revision;
    this.#server().set([{ ...this.#compiled(revision), ...clients }]);
    const isThere = (): boolean => {
      const report = this.report();
      if (report?.revision !== revision) return false;
      return problem === null ? report.converged : report.problems.some(({ code }) => code === problem);
    };
    await this.#server().until(isThere, 60_000, `revision ${revision} on ${this.#host}`);
  }

  report() {
    return this.#server().reports.get(this.#host)?.report;
  }

  pending(): Step[] {
    return this.report()?.pendingSteps ?? [];
  }

  /** Looks once more, and waits for it. */
  async look(): Promise<void> {
    await this.#server().observeNow([this.#host]);
  }

  /** Kind, mode, owner and content or target of what is at resolv.conf. */
  async conf(): Promise<string> {
    return this.run(`stat -c '%F %a %u:%g' ${conf}; readlink ${conf} || sha256sum <${conf}`);
  }
}
