import { resolve } from 'node:path';
import { getProject, getStack, log, RunError, runtime } from '@pulumi/pulumi';
import type { Provider } from '@pulumi/oci/provider.js';
import { readConfiguration, type Configuration } from './configuration.ts';
import { HaStream } from './ha-stream.ts';
import { lookAround } from './look-around.ts';
import { planStack } from './plan.ts';
import { readRecord } from './record.ts';
import { regionKey } from './region-key.ts';
import { regionProvider } from './region-provider.ts';

/** Where the runtime, started in the project's folder, keeps its record; the variable moves it for both. */
const recordFile = resolve(
  import.meta.dirname,
  '..',
  process.env['STREAM_PROPERTIES'] ?? 'stream.properties',
);

/** Configuration, record and what is there → plan → resources. */
export async function declareStack() {
  const { configuration, secondaryRegionKey } = inWords(() => configured());
  const { primaryRegion, secondaryRegion, compartmentId } = configuration;
  const record = readRecord(recordFile, configuration);
  const stack = `${getProject()}/${getStack()}`;
  const providerOf = oncePerRegion();

  const regions = { primary: providerOf(primaryRegion), secondary: providerOf(secondaryRegion) };
  const sight = await lookAround(configuration, stack, record, regions);
  const plan = planStack(configuration, stack, record, sight, secondaryRegionKey);
  if (plan.do === 'refuse') throw new RunError(plan.because);
  for (const warning of plan.warnings) await log.warn(warning);

  const built = new HaStream('streams', plan, providerOf);
  // The runtime may have to make the secondary when nothing can be asked any more: it has to know where.
  return { built, primaryRegion, secondaryRegion, activeRegion: plan.activeRegion, compartmentId };
}

function configured(): { configuration: Configuration; secondaryRegionKey: string } {
  const prefix = `${getProject()}:`;
  const texts = Object.entries(runtime.allConfig())
    .filter(([key]) => key.startsWith(prefix))
    .map(([key, value]) => [key.slice(prefix.length), value] as const);
  const configuration = readConfiguration(Object.fromEntries(texts), `Pulumi.${getStack()}.yaml`);
  // Only policies want the key, and a region too new for the SDK is no reason to refuse a stack without them.
  return {
    configuration,
    secondaryRegionKey: configuration.access ? regionKey(configuration.secondaryRegion) : '',
  };
}

/** A RunError is shown as its sentence; any other error with a stack trace. */
function inWords<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof Error ? new RunError(error.message) : error;
  }
}

function oncePerRegion(): (region: string) => Provider {
  const providers = new Map<string, Provider>();
  return (region) => {
    const provider = providers.get(region) ?? regionProvider(region);
    providers.set(region, provider);
    return provider;
  };
}
