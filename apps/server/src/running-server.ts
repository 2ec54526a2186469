import { readFile } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";

const answerWithinMs = 2000;

/** The address at which a server of this data directory answers now; null: none does. */
export async function findRunningServer(dataDirectory: string): Promise<string | null> {
  const text = await readFile(join(dataDirectory, "addresses"), "utf8").catch(() => "");
  for (const address of text.split("\n").filter(Boolean)) if (await answers(address)) return address;
  return null;
}

function answers(address: string): Promise<boolean> {
  const path = "/api/v1/health";
  const signal = AbortSignal.timeout(answerWithinMs);
  return new Promise((resolve) => {
    const isSocket = address.startsWith("unix://");
    const asked = isSocket
      ? request({ socketPath: address.slice("unix://".length), path, signal })
      : request(new URL(path, address), { signal });
    asked.once("response", (response) => {
      response.resume();
      resolve(response.headers["content-type"]?.includes("json") === true);
    });
    asked.once("error", () => resolve(false));
    asked.end();
  });
}
