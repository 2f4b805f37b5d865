import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { jsonOf } from '../journal/entries.ts';
import type { Environment } from './environment.ts';
import { Program } from './program.ts';

/** The emulator's ready line. */
const Ready = v.object({
  regions: v.record(v.string(), v.string()),
  control: v.string(),
  configFile: v.string(),
  compartmentId: v.string(),
});
export type Ready = v.InferOutput<typeof Ready>;

/** How long a stream is CREATING (ms): long enough to see it. */
const CREATE_DELAY_MS = 500;

const SCENARIO_FILE = 'scenario.json';

/** Starts two regions in a process of their own, with the scenario. `ready` resolves when they accept calls. */
export function startEmulator(
  directory: string,
  scenario: object,
  environment: Environment,
): { emulator: Program; ready: Promise<Ready> } {
  writeFileSync(join(directory, SCENARIO_FILE), JSON.stringify(scenario, null, 2));
  const { promise: ready, resolve, reject } = Promise.withResolvers<Ready>();
  const emulator = new Program({
    name: 'emulator',
    command: `emulator/main.ts --json --port 0 --create-delay ${CREATE_DELAY_MS}ms --scenario ${SCENARIO_FILE}`,
    directory,
    environment,
    onOutput: (line) => resolve(v.parse(Ready, jsonOf(line))),
  });
  emulator.ended.then(
    ({ lastErrorLine }) => reject(new Error(`the emulator did not start: ${lastErrorLine}`)),
    reject,
  );
  return { emulator, ready };
}
