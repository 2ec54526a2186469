import type { LabelsOf, MetricName, MetricSpec } from "./catalogue.ts";
import { metricCatalogue } from "./catalogue.ts";
import type { HistogramState } from "./histogram.ts";

/** Media type of the text format, version 0.0.4. */
export const metricsMediaType = "text/plain; version=0.0.4; charset=utf-8";

/**
 * The samples of one scrape, written in Prometheus' text format (https://prometheus.io/docs/instrumenting/exposition_formats/). Made anew for
 * each scrape, so that a host that has left, or that nobody sees any more, has no series that stays behind.
 */
export class Samples {
  readonly #lines = new Map<MetricName, string[]>();

  /** Null and undefined: it cannot be seen, so nothing is written. */
  add<Name extends MetricName>(name: Name, labels: LabelsOf<Name>, value: number | boolean | null | undefined): void {
    if (value === null || value === undefined) return;
    this.#of(name).push(`${name}${labelText(name, labels)} ${numberText(Number(value))}`);
  }

  addHistogram<Name extends MetricName>(name: Name, labels: LabelsOf<Name>, { bounds, counts, sum }: HistogramState): void {
    const lines = this.#of(name);
    let count = 0;
    for (const [index, bound] of [...bounds, Infinity].entries()) {
      count += counts[index] ?? 0;
      lines.push(`${name}_bucket${labelText(name, labels, `le="${numberText(bound)}"`)} ${count}`);
    }
    lines.push(`${name}_sum${labelText(name, labels)} ${numberText(sum)}`, `${name}_count${labelText(name, labels)} ${count}`);
  }

  /** Families in the catalogue's order; those without samples are left out. */
  render(): string {
    const parts: string[] = [];
    for (const [name, spec] of Object.entries<MetricSpec>(metricCatalogue)) {
      const lines = this.#lines.get(name as MetricName);
      if (lines === undefined) continue;
      parts.push(`# HELP ${name} ${escapeHelp(spec.help)}`, `# TYPE ${name} ${spec.type}`, ...lines);
    }
    return parts.map((line) => `${line}\n`).join("");
  }

  #of(name: MetricName): string[] {
    const lines = this.#lines.get(name) ?? [];
    this.#lines.set(name, lines);
    return lines;
  }
}

function labelText<Name extends MetricName>(name: Name, labels: LabelsOf<Name>, more?: string): string {
  const spec: MetricSpec = metricCatalogue[name];
  const words = spec.labels.map((label) => `${label}="${escapeValue((labels as Readonly<Record<string, string>>)[label] ?? "")}"`);
  if (more !== undefined) words.push(more);
  return words.length === 0 ? "" : `{${words.join(",")}}`;
}

function escapeValue(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function escapeHelp(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function numberText(value: number): string {
  return value === Infinity ? "+Inf" : value === -Infinity ? "-Inf" : String(value);
}
