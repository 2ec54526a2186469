/**
 * The measuring instruments of Rackway's lab tests, soaks and benchmarks.
 *
 * Each is bounded in time and count and ends by itself, also when the test that started it has died; each has a test beside it that shows
 * that it sees loss, duplicates, a second owner or a leftover when there is one. A "nothing was lost" from a probe that cannot see loss
 * proves nothing. Each also reports its own weakness (a late wake, a full socket buffer, the longest time between two questions), so that
 * the machine's load is not taken for the network's fault.
 *
 * An instrument has two halves. The half in `programs/` runs inside lab hosts, as plain files and a Node.js copied below /tmp, which hosts
 * share with the machine; it imports nothing from outside that folder, takes one JSON argument, prints JSON lines and obeys lines on its
 * standard input. The half here starts it in a `Place` (a lab host, a namespace in it, a throw-away namespace of a test) and puts together
 * what the ends know.
 *
 *     place.ts  lab-place.ts  staging.ts  program.ts     where and how programs run
 *     udp-probe.ts                                       numbered datagrams at a rate, each direction counted on its own
 *     anycast-flows.ts                                   many such streams to an address that several hosts have, and who answers
 *     tcp-flows.ts                                       thousands of held connections, half of them server-first
 *     downloads.ts  new-flows.ts  long-udp.ts            hashed downloads; flows that begin; one slow flow that must stay the same
 *     http-requests.ts                                   HTTP requests at a rate, each on a connection of its own
 *     name-questions.ts  time-questions.ts               DNS questions at a rate, as a resolver asks them; what time a server tells, and whether it moves
 *     vip-watch.ts  capture.ts  pcap.ts  sighting.ts  ownership.ts   who owns an address, on the wire
 *     snapshot.ts  quiet-watch.ts                        everything of a host, compared; every change of configuration, heard
 *     scenario.ts  run-scenarios.ts  results.ts  table.ts            runs, thresholds, tables, results
 *     hear-time.ts                                       what time a server tells, asked once
 *     command-line.ts                                    `rackway`, as an administrator types it
 *     stand.ts                                           lab, server, agents and an applied document: what scenarios stand on
 *     vip-stand.ts  anycast-stand.ts  roaming-stand.ts   the same with a service VIP; roaming-watch.ts: who has it, on each host, by its kernel
 *     throw-away-net.ts                                  two hosts and a wire, for testing the instruments themselves
 */
export { AnycastFlows, type AnycastFlow, type AnycastFlowsOptions, type AnycastFlowsResult } from "./anycast-flows.ts";
export { startCapture, type Capture, type CaptureOptions, type Captured } from "./capture.ts";
export { runRackway, type CommandAnswer } from "./command-line.ts";
export { hearTime } from "./hear-time.ts";
export { startDownloads, startFileServer, type Downloads, type FileServer } from "./downloads.ts";
export { HttpRequests, type HttpRequestsResult } from "./http-requests.ts";
export { labPlace, rootedPlace } from "./lab-place.ts";
export { startLongUdp, type LongUdpOptions, type LongUdpResult } from "./long-udp.ts";
export { startNewFlows, type NewFlows, type NewFlowsOptions } from "./new-flows.ts";
export { analyseOwnership, type Ownership, type Tenure } from "./ownership.ts";
export { NameQuestions, resolverDefaults, type NameQuestionsResult } from "./name-questions.ts";
export { insideNamespace, mustRunIn, namespacePlace, processPlace, runIn, type Output, type Place } from "./place.ts";
export { summarise, type Summary } from "./programs/summary.ts";
export { QuietWatch, type Change, type QuietReport } from "./quiet-watch.ts";
export { runScenarios } from "./run-scenarios.ts";
export { runScenario, type Run, type Scenario, type ScenarioReport, type Session, type Threshold } from "./scenario.ts";
export { packAddress, parseSighting, type Sighting } from "./sighting.ts";
export { diffSnapshots, renderDifferences, takeSnapshot, type Difference, type Snapshot, type SnapshotOptions } from "./snapshot.ts";
export { renderMarkdownTable, renderTable } from "./table.ts";
export { Stand, type StandOptions } from "./stand.ts";
export { TcpFlows, type TcpFlowsOptions, type TcpFlowsResult } from "./tcp-flows.ts";
export { timeMovedMs, TimeQuestions, type TimeQuestionsResult } from "./time-questions.ts";
export { startUdpProbe, type Direction, type UdpProbe, type UdpProbeOptions, type UdpProbeResult } from "./udp-probe.ts";
export { VipWatch, type VipWatchOptions, type VipWatchReport } from "./vip-watch.ts";
