import type { Place } from "./place.ts";
import { Program } from "./program.ts";
import type { DownloadsClientParams, DownloadsResult } from "./programs/downloads-client.ts";
import type { FileServerParams } from "./programs/file-server.ts";

export type FileServer = { url: string; sha256: string; stop: () => Promise<{ served: number }>; abandon: () => void };

/** Serves one file of `bytes` over HTTP; its contents are the same at each start. `address` is what clients reach. */
export async function startFileServer(
  place: Place,
  options: { address: string; port: number; bytes: number; maxMs: number },
): Promise<FileServer> {
  const isSix = options.address.includes(":");
  const params: FileServerParams = { ...options, address: isSix ? "::" : "0.0.0.0" };
  const program = Program.start<{ served: number }>(place, "file-server.ts", params);
  const ready = await program.waitFor("ready");
  const url = `http://${isSix ? `[${options.address}]` : options.address}:${options.port}/file`;
  return { url, sha256: ready["sha256"] as string, stop: () => program.stop(), abandon: () => program.abandon() };
}

export type Downloads = {
  result: Promise<DownloadsResult>;
  /** The event is over: read the rest unthrottled. Before that, `bytesPerSecond` makes the downloads span it. */
  hurry: () => Promise<DownloadsResult>;
  abandon: () => void;
};

/** Starts hashed downloads of one file, all at once. Works with any HTTP server whose file's SHA-256 is known. */
export async function startDownloads(
  client: Place,
  options: Partial<DownloadsClientParams> & Pick<DownloadsClientParams, "url" | "sha256" | "downloads" | "bytesPerSecond" | "maxMs">,
): Promise<Downloads> {
  const params: DownloadsClientParams = { idleTimeoutMs: 30_000, ...options };
  const program = Program.start<DownloadsResult>(client, "downloads-client.ts", params);
  await program.ready();
  const hurry = (): Promise<DownloadsResult> => {
    program.command("hurry");
    return program.result;
  };
  return { result: program.result, hurry, abandon: () => program.abandon() };
}
