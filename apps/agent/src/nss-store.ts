import { chmod, chown, mkdir, readdir, rename, rm, rmdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";

import type { CommandRunner } from "@rackway/linux";
import { readFileIfAny, writeFileAtomic } from "@rackway/linux";

/** What lies where an NSS database is looked for. */
export type NssSight =
  | { readonly kind: "absent" }
  /** Made here, of the secret with this digest. */
  | { readonly kind: "ours"; readonly sha256: string }
  /** Somebody else's; `isUsed`: it has signed for a cluster (corosync-qnetd-certutil(8)), so somebody counts on it. */
  | { readonly kind: "other"; readonly isUsed: boolean };

const marker = "rackway-certificate";
/** Names of certificates that Corosync's two daemons look for (their manuals, "advanced settings"): who signs, and what each shows itself. */
const authority = "QNet CA";
export type OwnCertificate = "QNetd Cert" | "Cluster Cert";

/**
 * An NSS database with one certificate, its key and the authority that signed it, as corosync-qnetd and corosync-qdevice read it when they start.
 * It is made beside its place and moved there whole. Another one that lay there is kept beside it, and comes back with `remove`.
 */
export class NssStore {
  readonly #run: CommandRunner;
  readonly #folder: string;
  readonly #own: OwnCertificate;
  /** The user that the daemon runs as, whose group may read; null: root. */
  readonly #reader: string | null;

  constructor(run: CommandRunner, folder: string, own: OwnCertificate, reader: string | null = null) {
    this.#run = run;
    this.#folder = folder;
    this.#own = own;
    this.#reader = reader;
  }

  async observe(): Promise<NssSight> {
    const digest = await readFileIfAny(join(this.#folder, marker));
    if (digest !== null) return { kind: "ours", sha256: digest.toString("utf8").trim() };
    const names = await readdir(this.#folder).catch(() => null);
    if (names === null) return { kind: "absent" };
    return { kind: "other", isUsed: names.some((name) => /^cluster-.*\.crt$/.test(name)) };
  }

  /** `credential`: a key, its certificate and its authority's, in PEM. Throws with the tool's own words. */
  async write(credential: Uint8Array, sha256: string): Promise<void> {
    const made = `${this.#folder}.rackway-new`;
    await rm(made, { recursive: true, force: true });
    await mkdir(dirname(made), { recursive: true });
    await mkdir(made, { mode: 0o700 });
    const database = `sql:${made}`;
    await this.#must(["certutil", "-N", "-d", database, "--empty-password"]);
    await this.#import(credential, made, database);
    await this.#must(["certutil", "-M", "-d", database, "-n", authority, "-t", "CT,c,c"]);
    await writeFileAtomic(join(made, marker), `${sha256}\n`, 0o600);
    await this.#letRead(made);
    await this.#setAside();
    await rename(made, this.#folder);
  }

  /** NSS takes a key only in a PKCS #12 file. It and what it is made of are gone afterwards, also when it fails. */
  async #import(credential: Uint8Array, folder: string, database: string): Promise<void> {
    const [parts, packed] = [join(folder, "credential.pem"), join(folder, "credential.p12")];
    try {
      await writeFileAtomic(parts, credential, 0o600);
      const labels = ["-name", this.#own, "-caname", authority];
      await this.#must(["openssl", "pkcs12", "-export", "-in", parts, ...labels, "-passout", "pass:", "-out", packed]);
      await this.#must(["pk12util", "-i", packed, "-d", database, "-W", ""]);
    } finally {
      for (const file of [parts, packed]) await rm(file, { force: true });
    }
  }

  async remove(): Promise<void> {
    if ((await this.observe()).kind === "ours") await rm(this.#folder, { recursive: true });
    await moveFolder(this.#before, this.#folder);
  }

  get #before(): string {
    return `${this.#folder}.before-rackway`;
  }

  async #setAside(): Promise<void> {
    const { kind } = await this.observe();
    if (kind === "other") await moveFolder(this.#folder, this.#before);
    if (kind === "ours") await rm(this.#folder, { recursive: true });
  }

  async #letRead(folder: string): Promise<void> {
    if (this.#reader === null) return;
    const gid = Number((await this.#must(["id", "-g", this.#reader])).trim());
    for (const name of await readdir(folder)) {
      await chown(join(folder, name), 0, gid);
      await chmod(join(folder, name), 0o640);
    }
    await chown(folder, 0, gid);
    await chmod(folder, 0o750);
  }

  async #must(argv: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.#run(argv, { timeoutMs: 20_000 });
    if (code !== 0) throw new Error(`${argv[0]} ${argv[1]}: ${(stderr || stdout).trim()}`);
    return stdout;
  }
}

/** File by file: an overlay of an image does not let a folder of the image be renamed. Nothing, where there is no such folder. */
async function moveFolder(from: string, to: string): Promise<void> {
  const names = await readdir(from).catch(() => null);
  if (names === null) return;
  const { mode, uid, gid } = await stat(from);
  await mkdir(to, { recursive: true });
  await chown(to, uid, gid);
  await chmod(to, mode & 0o7777);
  for (const name of names) await rename(join(from, name), join(to, name));
  await rmdir(from);
}
