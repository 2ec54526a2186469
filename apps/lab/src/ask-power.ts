import { askPower } from "./power-client.ts";

/** `ask-power.ts SOCKET REQUEST`: for the scripts on the machine's side of a host. */
const [socketPath = "", request = ""] = process.argv.slice(2);
const answer = await askPower(socketPath, request);
console.log(answer);
process.exitCode = answer.startsWith("ok") ? 0 : 1;
