import { chooseStream } from '../../core/index.ts';
import { CallError, HaError } from '../../errors.ts';
import type { Role } from '../../events.ts';
import { findSecondary, type Connection } from '../../open/index.ts';
import type { Region, StreamRef, StreamState } from '../../region.ts';
import { probe } from '../../streams/index.ts';
import { answerOf, type Answer, type RegionSeen, type StreamSeen } from './verdict.ts';

/** Asks both regions, each by its control plane and by its messages endpoint. */
export async function lookAtBoth(
  connection: Connection,
  signal: AbortSignal,
): Promise<readonly [RegionSeen, RegionSeen]> {
  const { settings, primary, secondary, whereabouts } = connection;
  const { primaryRegion: region, primaryStreamOcid: ocid, primaryStreamEndpoint: endpoint } = settings;
  const given = ocid === undefined || endpoint === undefined ? undefined : { region, ocid, endpoint };
  const isKnown = settings.compartmentId !== undefined || ocid !== undefined;
  const isNamed = settings.compartmentId !== undefined || whereabouts.secondary !== undefined;
  return Promise.all([
    lookAt('primary', primary, given, isKnown, signal, () => findStreamOfPrimary(connection, signal)),
    lookAt('secondary', secondary, whereabouts.secondary, isNamed, signal, () =>
      findSecondary(connection, signal),
    ),
  ]);
}

/** As it is now: `findPrimary` would wait for a stream that is being created. */
async function findStreamOfPrimary(
  { settings, primary }: Connection,
  signal: AbortSignal,
): Promise<StreamState | undefined> {
  const { primaryStreamOcid, compartmentId, streamName: name } = settings;
  if (primaryStreamOcid !== undefined) return primary.stream(primaryStreamOcid, { signal });
  if (compartmentId === undefined) return undefined;
  const choice = chooseStream(await primary.streamsNamed({ compartmentId, name }, { signal }), undefined);
  return choice.do === 'create' ? undefined : choice.stream;
}

/** `isAskable`: something says what to ask the control plane for. */
async function lookAt(
  role: Role,
  region: Region,
  known: StreamRef | undefined,
  isAskable: boolean,
  signal: AbortSignal,
  find: () => Promise<StreamState | undefined>,
): Promise<RegionSeen> {
  const found: Found = isAskable ? await ask(find) : NOT_ASKED;
  const stream = seen(found.stream, known);
  // A stream that the control plane knows to be gone is still asked for by its endpoint: its own answer is the proof.
  const ref = found.stream ?? known;
  return {
    role,
    region: region.name,
    stream,
    isAbsent: found.isAbsent,
    control: found.answer,
    data: ref === undefined ? notAsked(found) : await dataAnswer(region, ref, signal),
  };
}

interface Found {
  readonly stream: StreamState | undefined;
  readonly isAbsent: boolean;
  readonly answer: Answer;
}

const NOT_ASKED: Found = {
  stream: undefined,
  isAbsent: false,
  answer: { type: 'not-asked', words: 'not asked: neither a compartment nor an OCID is known' },
};

async function ask(find: () => Promise<StreamState | undefined>): Promise<Found> {
  try {
    const stream = await find();
    return { stream, isAbsent: stream === undefined, answer: { type: 'answered' } };
  } catch (error) {
    if (error instanceof CallError)
      return { stream: undefined, isAbsent: false, answer: answerOf(error.failure) };
    // The control plane answered: there is no such stream, or it cannot be used.
    if (error instanceof HaError) {
      return { stream: undefined, isAbsent: false, answer: { type: 'refused', words: error.message } };
    }
    throw error;
  }
}

/** The one place here that meets how a probe ends. */
async function dataAnswer(region: Region, ref: StreamRef, signal: AbortSignal): Promise<Answer> {
  try {
    const failure = await probe(region, ref, { signal });
    return failure === null ? { type: 'answered' } : answerOf(failure);
  } catch (error) {
    if (error instanceof HaError) return { type: 'refused', words: error.message };
    throw error;
  }
}

function notAsked({ isAbsent, answer }: Found): Answer {
  if (isAbsent) return { type: 'not-asked', words: 'not asked: there is no stream yet' };
  const why = answer.type === 'answered' ? 'no stream is known' : answer.words.replace(/^not asked: /, '');
  return { type: 'not-asked', words: `not asked: ${why}` };
}

function seen(found: StreamState | undefined, known: StreamRef | undefined): StreamSeen | null {
  if (found !== undefined) {
    const { name, ocid, endpoint, state, partitions } = found;
    return { name, ocid, endpoint, state, partitions };
  }
  if (known === undefined) return null;
  return { name: null, ocid: known.ocid, endpoint: known.endpoint, state: null, partitions: null };
}
