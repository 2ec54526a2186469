import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { rackwayError } from "@rackway/errors";
import type { DoctorReport } from "@rackway/schema";
import type { Io } from "../io.ts";

/** More than the agent's program allows itself. */
const limitMs = 20_000;

/**
 * What is wrong on this host, by the agent's own program, which knows how to look at a host: `rackway agent doctor`, started anew, so that
 * neither server nor agent need be alive. It tells on standard error which looks are done, a line each. Throws `doctor-failed`.
 */
export async function examineHost(io: Io, onLook: (what: string) => void): Promise<DoctorReport> {
  const launcher = io.env.RACKWAY_LAUNCHER || findLauncher();
  if (launcher === null) throw rackwayError("doctor-failed", { reason: "the agent's program is not on this machine" });
  const { code, stdout, words } = await runLauncher(launcher, onLook);
  if (code !== 0) throw rackwayError("doctor-failed", { reason: words === "" ? `the agent's program ended with ${code}` : words });
  const { doctorReportSchema } = await import("@rackway/schema");
  const parsed = doctorReportSchema.safeParse(parseJson(stdout));
  if (!parsed.success)
    throw rackwayError("doctor-failed", { reason: "the agent's program is of another version: its answer is no report" });
  return parsed.data;
}

/** `rackway` beside the built command line, or at the root of a checkout. */
function findLauncher(): string | null {
  const places = [join(import.meta.dirname, "rackway"), join(import.meta.dirname, "../../../../rackway")];
  return places.find((place) => existsSync(place)) ?? null;
}

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  /** What it said beside its looks. */
  readonly words: string;
}

function runLauncher(launcher: string, onLook: (what: string) => void): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(launcher, ["agent", "doctor"], { stdio: ["ignore", "pipe", "pipe"], timeout: limitMs, killSignal: "SIGKILL" });
    const words: string[] = [];
    createInterface({ input: child.stderr }).on("line", (line) => {
      if (line.startsWith("looked: ")) onLook(line.slice("looked: ".length));
      else words.push(line.replace(/^rackway agent: (error\[[a-z-]+\]: )?/, "").trim());
    });
    const stdout = text(child.stdout);
    child.once("error", (error) => reject(rackwayError("doctor-failed", { reason: `${launcher}: ${error.message}` })));
    child.once("close", (code) => {
      stdout.then((read) => resolve({ code, stdout: read, words: words.filter(Boolean).join("; ") }), reject);
    });
  });
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return null;
  }
}
