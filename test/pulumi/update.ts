/** What one run of `pulumi up` or `pulumi destroy` did and said. */
export interface Update {
  readonly succeeded: boolean;
  /** How many resources by operation: `create`, `update`, `same`, `replace`, `delete`, `import`. */
  readonly changes: Readonly<{ [operation: string]: number }>;
  readonly warnings: readonly string[];
  readonly errors: readonly string[];
  readonly infos: readonly string[];
}

interface EngineEvent {
  readonly diagnosticEvent?: { readonly severity: string; readonly message: string };
  readonly summaryEvent?: { readonly resourceChanges?: { readonly [operation: string]: number } };
}

/** Reads the engine's events, one JSON document a line, as `pulumi up --json` prints them. */
export function readUpdate(exitCode: number, lines: string): Update {
  const events = lines.split('\n').filter((line) => line.startsWith('{'));
  const changes: { [operation: string]: number } = {};
  const said: { [severity: string]: string[] } = {};
  for (const line of events) {
    const { diagnosticEvent, summaryEvent } = JSON.parse(line) as EngineEvent;
    Object.assign(changes, summaryEvent?.resourceChanges);
    if (diagnosticEvent) (said[diagnosticEvent.severity] ??= []).push(diagnosticEvent.message.trim());
  }
  return {
    succeeded: exitCode === 0,
    changes,
    warnings: said['warning'] ?? [],
    errors: said['error'] ?? [],
    infos: said['info'] ?? [],
  };
}
