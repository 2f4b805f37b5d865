import { resolve } from 'node:path';
import { getProject, getStack, RunError, runtime } from '@pulumi/pulumi';
import { readConfiguration, type Configuration } from './configuration.ts';
import { HaStream } from './ha-stream.ts';

// The Pulumi program. Its named exports are the stack's outputs (README: "Outputs"), so it has nothing else to export.

const { primaryPool, secondaryPool, streamPoolId, secondaryStreamPoolId, alarms, ...configuration } =
  configured();
const streams = new HaStream('streams', {
  ...configuration,
  ...(primaryPool && { primaryPool }),
  ...(secondaryPool && { secondaryPool }),
  ...(streamPoolId !== undefined && { streamPoolId }),
  ...(secondaryStreamPoolId !== undefined && { secondaryStreamPoolId }),
  ...(alarms && { alarms }),
  // Where the runtime, started in the project's folder, keeps its record; the variable moves it for both.
  recordFile: resolve(import.meta.dirname, '..', process.env['STREAM_PROPERTIES'] ?? 'stream.properties'),
});

export const {
  primaryStreamOcid,
  primaryStreamEndpoint,
  secondaryStreamOcid,
  secondaryStreamEndpoint,
  activeRegion,
} = streams;
// The runtime may have to make the secondary when nothing can be asked any more: it has to know where.
export const { primaryRegion, secondaryRegion, compartmentId } = configuration;

function configured(): Configuration {
  const prefix = `${getProject()}:`;
  const texts = Object.entries(runtime.allConfig())
    .filter(([key]) => key.startsWith(prefix))
    .map(([key, value]) => [key.slice(prefix.length), value] as const);
  try {
    return readConfiguration(Object.fromEntries(texts), `Pulumi.${getStack()}.yaml`);
  } catch (error) {
    // A RunError is shown as its sentence; any other error with a stack trace.
    throw error instanceof Error ? new RunError(error.message) : error;
  }
}
