import { type Hold, type StreamRef } from '../core/index.ts';
import { locateAtStart, Router, type RouterStart } from '../router/index.ts';
import { Primary, problemWith, Provisioner, type FoundPrimary, type Located } from '../streams/index.ts';
import { WrittenDown } from './active-region-sink.ts';
import type { Connection } from './connect.ts';

/** Where messages go is decided in here; resolves when that is known, in an outage when the failover has begun. */
export async function openRouter(connection: Connection): Promise<Router> {
  const { settings, clock, emit, primary, secondary, recorded, signal, givenPrimary } = connection;
  const sink = new WrittenDown(connection);
  const remembered = rememberedPrimary(connection);
  const model = new Primary({
    region: primary,
    settings,
    clock,
    signal,
    remembered,
    onSeen: ({ partitions, retentionInHours, compartmentId }, stream) => {
      if (retentionInHours === undefined || compartmentId === '') return;
      sink.rememberPrimary({ stream, partitions, retentionInHours, compartmentId });
    },
  });
  const provisioner = new Provisioner({
    region: secondary,
    name: settings.secondaryStreamName,
    shape: () => model.shape(),
    limits: settings,
    clock,
    emit,
  });
  const start = await begin(connection, model, remembered?.stream);
  // What the primary is like must be known before it is down.
  void model.learn();
  const router = new Router({
    settings,
    clock,
    emit,
    regions: { primary, secondary },
    locate: {
      primary: async (ends) => located(await model.find(ends), settings.primaryRegion),
      secondary: (ends) => provisioner.locate(recorded.secondary?.ocid, ends),
    },
    checkStandby: (ends) => provisioner.check(ends),
    sink,
    start: {
      ...start,
      streams: { primary: givenPrimary ?? start.streams.primary, secondary: recorded.secondary },
      recorded:
        recorded.because === 'nothing-recorded'
          ? undefined
          : { active: recorded.active, secondary: recorded.secondary },
      hold: holdOf(recorded.hold),
      lastFailbackAt:
        recorded.lastFailbackAt === undefined
          ? undefined
          : clock.now() - Math.max(0, clock.wall() - recorded.lastFailbackAt),
    },
  });
  sink.watch((record) => router.recordChanged(record));
  return router;
}

type Beginning = Pick<RouterStart, 'active' | 'primaryHealth'> & {
  readonly streams: { readonly primary: StreamRef | undefined };
};

/** Which region is active, and where the primary is, as far as that must be known before messages are taken. */
async function begin(
  connection: Connection,
  model: Primary,
  remembered: StreamRef | undefined,
): Promise<Beginning> {
  const { settings, clock, emit, signal, recorded, givenPrimary } = connection;
  const known = givenPrimary ?? remembered;
  if (recorded.active === 'secondary' && recorded.secondary !== undefined) {
    return { active: 'secondary', streams: { primary: known } };
  }
  if (givenPrimary !== undefined) return { active: 'primary', streams: { primary: givenPrimary } };
  const asked = locateAtStart({
    region: settings.primaryRegion,
    find: (ends) => model.find(ends),
    limitMs: settings.requestTimeoutMs,
    clock,
    emit,
    signal,
    known: remembered,
  });
  const started = await asked;
  if (started.type === 'located') return { active: 'primary', streams: { primary: started.stream } };
  return { active: 'primary', primaryHealth: started.health, streams: { primary: undefined } };
}

/** What this machine remembers of the primary counts only when the settings still mean that stream. */
function rememberedPrimary({ recorded, settings }: Connection): Connection['recorded']['primary'] {
  const { primary } = recorded;
  if (primary === undefined) return undefined;
  const { primaryStreamOcid, compartmentId } = settings;
  if (primaryStreamOcid !== undefined) return primary.stream.ocid === primaryStreamOcid ? primary : undefined;
  return compartmentId === undefined || primary.compartmentId === compartmentId ? primary : undefined;
}

function located(found: FoundPrimary, region: string): Located {
  if (found.type === 'found') return { type: 'located', stream: found.stream };
  const unreachable = found.type === 'failed' && found.failure.type === 'unreachable';
  return { type: 'not-located', problem: problemWith(found, region), unreachable, retryInMs: 0 };
}

function holdOf(text: string | undefined): Hold | undefined {
  if (text === undefined) return undefined;
  const [by = '', ...why] = text.split(': ');
  return { by, why: why.join(': ') };
}
