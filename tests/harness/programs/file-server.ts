import { createCipheriv, createHash } from "node:crypto";
import { createServer } from "node:http";
import { emit, endWithin, finish, listen, readParams } from "./control.ts";

export type FileServerParams = { address: string; port: number; bytes: number; maxMs: number };

const params = readParams<FileServerParams>();
/** A key stream: the same at each start, and without a pattern that could hide a shifted or repeated piece. */
const file = createCipheriv("aes-128-ctr", Buffer.alloc(16, 7), Buffer.alloc(16)).update(Buffer.alloc(params.bytes));
const sha256 = createHash("sha256").update(file).digest("hex");
let served = 0;

const server = createServer((_request, response) => {
  response.writeHead(200, { "content-length": file.length, "content-type": "application/octet-stream" });
  response.end(file);
  response.on("finish", () => served++);
});
server.on("error", (error) => {
  emit({ event: "failed", message: error.message });
  process.exit(1);
});
const stop = (): void => finish({ served });
endWithin(params.maxMs, stop);
listen((command) => {
  if (command === "stop") stop();
});
server.listen(params.port, params.address, () => emit({ event: "ready", sha256 }));
