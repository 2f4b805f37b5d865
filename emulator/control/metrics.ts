import type { World } from './world.ts';

/** Counts in Prometheus' text format. */
export function metricsOf({ regions, clock }: World): string {
  const lines: string[] = [];
  const family = (name: string, type: 'counter' | 'gauge', help: string): void => {
    lines.push(
      `# HELP oci_streaming_emulator_${name} ${help}`,
      `# TYPE oci_streaming_emulator_${name} ${type}`,
    );
  };
  const sample = (name: string, labels: Record<string, string | number>, value: number): void => {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(String(text))}"`);
    lines.push(`oci_streaming_emulator_${name}{${pairs.join(',')}} ${value}`);
  };

  family('calls_total', 'counter', 'Calls by operation and by how they ended.');
  for (const [region, { parts }] of regions) {
    for (const [operation, ends] of Object.entries(parts.tally.view())) {
      for (const [end, count] of Object.entries(ends))
        sample('calls_total', { region, operation, end }, count);
    }
  }
  const states = [...regions.values()].map((region) => region.stateNow());
  for (const [name, help, of] of [
    ['messages', 'Messages that are stored.', 'count'],
    ['bytes', 'Bytes of keys and values that are stored.', 'bytes'],
  ] as const) {
    family(name, 'gauge', help);
    for (const { name: region, streams } of states) {
      for (const stream of streams.values()) {
        stream.partitions.forEach((log, partition) =>
          sample(name, { region, stream: stream.name, streamId: stream.id, partition }, log[of]),
        );
      }
    }
  }
  family('fault_hits', 'gauge', 'Hits of the fault rules that are set, by their place.');
  for (const [region, each] of regions) {
    each.faults().forEach(({ hits }, rule) => sample('fault_hits', { region, rule }, hits));
  }
  family('clock_ahead_ms', 'gauge', 'By how much the clock was moved.');
  lines.push(`oci_streaming_emulator_clock_ahead_ms ${clock.ahead()}`);
  return `${lines.join('\n')}\n`;
}

/** As the text format has it for the values of labels: a stream's name may hold anything that is printed. */
function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
