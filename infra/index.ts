import { resolve } from 'node:path';
import { getProject, getStack, RunError, runtime } from '@pulumi/pulumi';
import type { Configuration } from './configuration.ts';
import { readConfiguration } from './read-configuration.ts';
import { HaStream } from './ha-stream.ts';

// The Pulumi program. Every named export is an output of the stack (README: "Outputs").

const { primaryPool, secondaryPool, streamPoolId, secondaryStreamPoolId, alarms, ...configuration } =
  configured();
const streams = new HaStream('streams', {
  ...configuration,
  ...(primaryPool && { primaryPool }),
  ...(secondaryPool && { secondaryPool }),
  ...(streamPoolId !== undefined && { streamPoolId }),
  ...(secondaryStreamPoolId !== undefined && { secondaryStreamPoolId }),
  ...(alarms && { alarms }),
  // The record of a runtime that is started in the project's folder; the environment variable moves it for both.
  recordFile: resolve(import.meta.dirname, '..', process.env['STREAM_PROPERTIES'] ?? 'stream.properties'),
});

export const {
  primaryStreamOcid,
  primaryStreamEndpoint,
  secondaryStreamOcid,
  secondaryStreamEndpoint,
  activeRegion,
} = streams;
// In an outage the runtime may have to create the secondary, so it must know where.
export const { primaryRegion, secondaryRegion, compartmentId } = configuration;

function configured(): Configuration {
  const prefix = `${getProject()}:`;
  const texts = Object.entries(runtime.allConfig())
    .filter(([key]) => key.startsWith(prefix))
    .map(([key, value]) => [key.slice(prefix.length), value] as const);
  try {
    return readConfiguration(Object.fromEntries(texts), `Pulumi.${getStack()}.yaml`);
  } catch (error) {
    // Pulumi shows a RunError as a sentence, any other error with a stack trace.
    throw error instanceof Error ? new RunError(error.message) : error;
  }
}
