import { systemClock, type Clock } from '../clock.ts';
import { eventOutlet, type EventListener, type Role } from '../events.ts';
import { openAuth, openRegion } from '../oci/index.ts';
import { readWhereabouts, type Whereabouts } from '../record/index.ts';
import type { Region, StreamRef } from '../region.ts';
import { readSettings, type Given, type Settings } from '../settings/index.ts';
import { stillThere } from '../streams/index.ts';
import { completedByStack } from './from-stack.ts';

/** What can be handed in when a producer, a manager or a consumer is opened. */
export interface OpenContext {
  /** Hears every event (events.ts). */
  readonly listener?: EventListener | undefined;
  /** Ends the opening. */
  readonly signal?: AbortSignal | undefined;
  /** Where settings are looked for that are not given; `process.env` when absent. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /** Where a Pulumi project may be; the working directory when absent. */
  readonly directory?: string | undefined;
  /** Time and chance; the machine's when absent. */
  readonly clock?: Clock | undefined;
}

/** Both regions, ready to be called, and what this machine knows of the streams. */
export interface Connection {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly emit: EventListener;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly directory: string;
  readonly signal: AbortSignal;
  readonly whereabouts: Whereabouts;
  readonly primary: Region;
  readonly secondary: Region;
}

/**
 * Reads settings, record and credentials. Nothing is sent.
 * @throws HaError `CONFIG` or `RECORD`: one sentence that names what is wrong, its place and the remedy.
 */
export async function connect(given: Given, context: OpenContext): Promise<Connection> {
  const environment = context.environment ?? process.env;
  const clock = context.clock ?? systemClock;
  const emit = eventOutlet(context.listener);
  const signal = context.signal ?? new AbortController().signal;
  const directory = context.directory ?? process.cwd();
  const settings = await completedByStack(readSettings(given, environment), {
    given,
    environment,
    directory,
    emit,
  });
  const whereabouts = await readWhereabouts({ file: settings.recordFile, environment, settings, emit });
  const auth = await openAuth(settings, emit, environment);
  const region = (name: string): Region => openRegion({ name, auth, settings, clock, emit, environment });
  return {
    settings,
    clock,
    emit,
    environment,
    directory,
    signal,
    whereabouts,
    primary: region(settings.primaryRegion),
    secondary: region(settings.secondaryRegion),
  };
}

/** The secondary to begin with and the region that is active: what is written down, as far as it is still true. */
export interface Beginning {
  readonly secondary: StreamRef | undefined;
  readonly active: Role;
}

/** Record, then environment, then the primary; a source that names a stream which is gone is passed over with a warning. */
export async function beginning({
  whereabouts,
  settings,
  secondary: region,
  emit,
  signal,
}: Connection): Promise<Beginning> {
  const { record, environment, active } = whereabouts;
  const sources = [
    { ref: record.secondary, about: 'record', name: settings.recordFile },
    { ref: environment, about: 'environment', name: 'the environment' },
  ];
  for (const { ref, about, name } of sources) {
    if (ref === undefined) continue;
    const presence = await stillThere(region, ref, signal);
    if (presence.is !== 'gone') return { secondary: ref, active: active.active };
    emit({
      type: 'warning',
      about,
      message: `${name} names the secondary ${ref.ocid}, which is gone (${presence.because}); it is not used.`,
    });
  }
  return { secondary: undefined, active: 'primary' };
}
