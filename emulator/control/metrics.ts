import type { World } from './world.ts';

/** Metrics in Prometheus' text format. */
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

  family('calls_total', 'counter', 'Calls by operation and outcome.');
  for (const [region, { parts }] of regions) {
    for (const [operation, ends] of Object.entries(parts.callCounts.view())) {
      for (const [end, count] of Object.entries(ends))
        sample('calls_total', { region, operation, end }, count);
    }
  }
  const states = [...regions.values()].map((region) => region.currentState());
  for (const [name, help, of] of [
    ['messages', 'Stored messages.', 'count'],
    ['bytes', 'Stored bytes of keys and values.', 'bytes'],
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
  family('fault_hits', 'gauge', 'Hits of each fault rule, by its index.');
  for (const [region, each] of regions) {
    each.faults().forEach(({ hits }, rule) => sample('fault_hits', { region, rule }, hits));
  }
  family('clock_ahead_ms', 'gauge', 'Milliseconds by which the clock was moved.');
  lines.push(`oci_streaming_emulator_clock_ahead_ms ${clock.ahead()}`);
  return `${lines.join('\n')}\n`;
}

/** Escapes a label value: a stream's name may contain quotes. */
function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
