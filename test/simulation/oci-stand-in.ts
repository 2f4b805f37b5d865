import type { EventListener } from '../../runtime/events.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Region } from '../../runtime/region.ts';
import type { Settings } from '../../runtime/settings/index.ts';
import { processes } from './world/process.ts';
import { SimRegion } from './world/region.ts';

/** What stands in the place of runtime/oci in a simulated world (hooks.ts): the same names, and regions of that world. */

interface RegionOptions {
  readonly name: string;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly emit: EventListener;
}

export function openRegion({ name, settings, clock }: RegionOptions): Region {
  const process = processes.get(clock);
  if (process === undefined) throw new Error('this clock is of no simulated process');
  const role = name === settings.primaryRegion ? 'primary' : 'secondary';
  return new SimRegion(name, role, process, settings);
}

export function openAuth(): Promise<object> {
  return Promise.resolve({});
}

export function nearestRegion(): Promise<string | undefined> {
  return Promise.resolve(undefined);
}
