import type { Lab } from "@rackway/lab";

/**
 * systemd-resolved and systemd-timesyncd on a lab host, in the place of its chrony and its resolv.conf: the real daemons on a real system bus,
 * under the lab's own init system. systemctl(1) alone is not tried by this.
 */
export class SystemdClients {
  readonly #lab: Lab;
  readonly #host: string;

  static async start(lab: Lab, host: string): Promise<SystemdClients> {
    const clients = new SystemdClients(lab, host);
    // timedatectl(1) asks nobody on a host that systemd has not booted, which it knows by a folder (sd_booted(3)). The agent has looked before.
    // The bus first: a daemon that began before it is there is not on it.
    await clients.#run(`sv down chrony && rm /etc/service/chrony && mkdir -p /run/systemd/system
ln -s /etc/sv/dbus /etc/service/dbus
until [ -S /run/dbus/system_bus_socket ]; do sleep 0.1; done
for name in systemd-resolved systemd-timesyncd; do ln -s /etc/sv/$name /etc/service/$name; done
until resolvectl status >/dev/null 2>&1 && timedatectl show-timesync >/dev/null 2>&1; do sleep 0.2; done
mv /etc/resolv.conf /run/resolv.conf.before && ln -s ../run/systemd/resolve/stub-resolv.conf /etc/resolv.conf
mkdir /etc/systemd/resolved.conf.d && printf '[Resolve]\\nDNS=192.0.2.53\\nDomains=corp.example\\n' >/etc/systemd/resolved.conf.d/10-theirs.conf
sv restart systemd-resolved
until resolvectl status >/dev/null 2>&1; do sleep 0.2; done`);
    return clients;
  }

  private constructor(lab: Lab, host: string) {
    this.#lab = lab;
    this.#host = host;
  }

  async stop(): Promise<void> {
    await this
      .#run(`for name in systemd-resolved systemd-timesyncd dbus; do rm -f /etc/service/$name; sv down /etc/sv/$name; sv exit /etc/sv/$name; done
mv /run/resolv.conf.before /etc/resolv.conf; rm -r /run/dbus/system_bus_socket /etc/systemd/resolved.conf.d /run/systemd /var/lib/systemd/timesync
ln -s /etc/sv/chrony /etc/service/chrony`);
  }

  async #run(script: string): Promise<void> {
    await this.#lab.run(this.#host, ["sh", "-c", script], { timeoutMs: 60_000 });
  }

  /** What a daemon says, which may have been restarted a moment ago and is not on the bus yet. */
  #ask(question: string): Promise<string> {
    const patiently = `for turn in $(seq 100); do ${question} 2>/dev/null && exit; sleep 0.1; done; ${question}`;
    return this.#lab.run(this.#host, ["sh", "-c", patiently], { timeoutMs: 60_000 });
  }

  /** Name servers that systemd-resolved asks, by its own word on the bus. */
  async asked(): Promise<string[]> {
    const said = await this.#ask("resolvectl dns");
    return /^Global: *(.*)$/m.exec(said)?.[1]?.split(" ").filter(Boolean) ?? [];
  }

  /** Whom systemd-timesyncd has been told to ask, and whom it has heard, by its own word on the bus. */
  async followed(): Promise<{ told: string; heard: string }> {
    const said = await this.#ask("timedatectl show-timesync");
    const of = (name: string): string => new RegExp(`^${name}=(.*)$`, "m").exec(said)?.[1] ?? "";
    return { told: of("SystemNTPServers"), heard: said.includes("NTPMessage={") ? of("ServerAddress") : "" };
  }
}
