import type { DoctorReport } from "@rackway/schema";
import type { Command } from "commander";
import { exitCodeOfFindings, renderDoctor } from "../doctor/doctor-text.ts";
import { examineHost } from "../doctor/host-doctor.ts";
import { nameFailure, SilentExit } from "../failure.ts";
import { type Format, outputOption, printValue } from "../output.ts";
import { Progress } from "../progress.ts";
import type { Session } from "../session.ts";
import { teach } from "../teach.ts";

interface DoctorOptions {
  output: Format;
  all: boolean;
}

/** `doctor [CLUSTER]`: what is wrong, and what mends it. */
export function registerDoctor(program: Command, session: Session): void {
  const doctor = program
    .command("doctor")
    .summary("find out what is wrong, and what mends it")
    .description(
      "Without an argument, as root on a host: looks at that host itself (packages, daemons, quorum, Pacemaker, routing, drift, clock), also with server and agent dead. With the name of a cluster: asks the server about all of it. Changes nothing. Exits 4 when something is critical, 3 on a warning or on something that could not be looked at, 0 otherwise, 1 or 2 when nothing could be examined. `-o wide` shows the evidence.",
    )
    .argument("[cluster]", "the cluster, by the name in its document; none: this host")
    .option("-a, --all", "show what is well, too", false)
    .addOption(outputOption())
    .action(async (cluster: string | undefined, _, command: Command) => runDoctor(session, command, cluster));
  teach(doctor, [
    ["rackway doctor", "as root on a host: what is wrong here?"],
    ["rackway doctor dc1 --all", "of a whole cluster, with what is well"],
    ["rackway doctor dc1 -o json", "for a program; every finding has its code"],
  ]);
}

async function runDoctor(session: Session, command: Command, cluster: string | undefined): Promise<void> {
  const { output, all } = command.opts<DoctorOptions>();
  const { io } = session;
  const progress = new Progress(io);
  const onLook = (what: string): void => {
    if (io.stderr.isTty) progress.show(`looked at: ${what}`, io.now());
  };
  let report: DoctorReport;
  try {
    report = cluster === undefined ? await examineHost(io, onLook) : await examineCluster(session, command, cluster, onLook);
  } finally {
    progress.clear();
  }
  const width = io.stdout.columns;
  printValue(io, output, report, (isWide) => renderDoctor(report, session.paint, { isAll: all, isWide, width }));
  const exitCode = exitCodeOfFindings(report.findings);
  if (exitCode !== 0) throw new SilentExit(exitCode);
}

async function examineCluster(session: Session, command: Command, cluster: string, onLook: (what: string) => void): Promise<DoctorReport> {
  const startedAt = session.io.now();
  const api = await session.connect(command);
  const [{ lookAtCluster }, { judgeCluster }] = await Promise.all([
    import("../doctor/cluster-sight.ts"),
    import("../doctor/cluster-checks.ts"),
  ]);
  const sight = await lookAtCluster(api, onLook);
  const { status } = sight;
  if (status.revision === null || status.cluster !== cluster)
    throw nameFailure("cluster", cluster, status.revision === null ? [] : [status.cluster]);
  return { subject: `cluster/${cluster}`, at: status.observedAt, tookMs: session.io.now() - startedAt, findings: judgeCluster(sight) };
}
