import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";

export interface TriggerHandlers {
  /** Something of the root namespace's links, addresses or routes changed. */
  readonly onHost: () => void;
  /** An address or link changed in a namespace below this one. */
  readonly onNamespace: () => void;
}

/**
 * `ip monitor` over this namespace and those that have a link into it (`all-nsid`, ip-monitor(8)). Its lines are a trigger and no more: what
 * happened is read from the kernel afterwards, so that nothing depends on a text format or on not missing a line.
 */
export class KernelTriggers {
  readonly #handlers: TriggerHandlers;
  #child: ChildProcess | null = null;
  #restart: NodeJS.Timeout | null = null;
  #isStopped = true;

  constructor(handlers: TriggerHandlers) {
    this.#handlers = handlers;
  }

  start(): void {
    this.#isStopped = false;
    // It ends with the agent, however that ends.
    const command = ["--pdeathsig", "KILL", "ip", "monitor", "link", "address", "route", "all-nsid"];
    const child = spawn("setpriv", command, { stdio: ["ignore", "pipe", "ignore"] });
    this.#child = child;
    const lines = createInterface({ input: child.stdout });
    lines.on("line", (line) => {
      if (/^\[nsid \d+\]/.test(line)) this.#handlers.onNamespace();
      else if (!/^\s/.test(line)) this.#handlers.onHost();
    });
    child.on("error", () => this.#again());
    child.on("exit", () => this.#again());
  }

  stop(): void {
    this.#isStopped = true;
    if (this.#restart !== null) clearTimeout(this.#restart);
    this.#child?.kill("SIGKILL");
  }

  /** Lines may have been missed (it ends when the socket overflows): look at everything, and listen again. */
  #again(): void {
    if (this.#isStopped || this.#restart !== null) return;
    this.#restart = setTimeout(() => {
      this.#restart = null;
      if (this.#isStopped) return;
      this.start();
      this.#handlers.onHost();
      this.#handlers.onNamespace();
    }, 1000);
  }
}
