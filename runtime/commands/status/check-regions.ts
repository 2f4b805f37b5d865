import { chooseStream, type Role, type StreamRef } from '../../core/index.ts';
import type { Answer, Region, StreamState } from '../../region.ts';
import { probe } from '../../streams/index.ts';
import type { Connection } from '../../wiring/index.ts';
import { regionAnswer, type RegionAnswer, type RegionSeen, type StreamSeen } from './verdict.ts';

/** Undefined: there is no such stream. */
type StreamLookup = Answer<StreamState | undefined>;

/** Asks both regions, each one's control plane and messages endpoint. */
export async function checkRegions(
  connection: Connection,
  signal: AbortSignal,
): Promise<readonly [RegionSeen, RegionSeen]> {
  const { settings, primary, secondary, recorded, givenPrimary } = connection;
  const { compartmentId, primaryStreamOcid, streamName, secondaryStreamName } = settings;
  const known = recorded.secondary;
  const isKnown = compartmentId !== undefined || primaryStreamOcid !== undefined;
  const isNamed = compartmentId !== undefined || known !== undefined;
  return Promise.all([
    checkRegion('primary', primary, givenPrimary, isKnown, signal, () =>
      find(primary, primaryStreamOcid, { compartmentId, name: streamName }, signal),
    ),
    checkRegion('secondary', secondary, known, isNamed, signal, () =>
      find(secondary, known?.ocid, { compartmentId, name: secondaryStreamName }, signal),
    ),
  ]);
}

/** The present state of the stream: by its OCID if it is known, else by its name. */
async function find(
  region: Region,
  ocid: string | undefined,
  { compartmentId, name }: { compartmentId: string | undefined; name: string },
  signal: AbortSignal,
): Promise<StreamLookup> {
  if (ocid !== undefined) return region.stream(ocid, { signal });
  if (compartmentId === undefined) return { ok: true, value: undefined };
  const listed = await region.streamsNamed({ compartmentId, name }, { signal });
  if (!listed.ok) return listed;
  const choice = chooseStream(listed.value, undefined);
  return { ok: true, value: choice.type === 'create' ? undefined : choice.stream };
}

/** `isAskable`: an OCID or a compartment is known, so the control plane can be asked. */
async function checkRegion(
  role: Role,
  region: Region,
  known: StreamRef | undefined,
  isAskable: boolean,
  signal: AbortSignal,
  find: () => Promise<StreamLookup>,
): Promise<RegionSeen> {
  const found: ControlAnswer = isAskable ? controlAnswer(await find()) : NOT_ASKED;
  const stream = streamSeen(found.stream, known);
  // A stream that is gone according to the control plane is asked as well: only its endpoint's answer proves it.
  const address = found.stream?.address;
  const ref = address?.trusted === true ? address.stream : known;
  return {
    role,
    region: region.name,
    stream,
    isAbsent: found.isAbsent,
    control: found.answer,
    data: ref === undefined ? notAsked(found) : await dataAnswer(region, ref, signal),
  };
}

interface ControlAnswer {
  readonly stream: StreamState | undefined;
  readonly isAbsent: boolean;
  readonly answer: RegionAnswer;
}

const NOT_ASKED: ControlAnswer = {
  stream: undefined,
  isAbsent: false,
  answer: { type: 'not-asked', words: 'not asked: neither a compartment nor an OCID is known' },
};

function controlAnswer(asked: StreamLookup): ControlAnswer {
  if (!asked.ok) return { stream: undefined, isAbsent: false, answer: regionAnswer(asked.failure) };
  return { stream: asked.value, isAbsent: asked.value === undefined, answer: { type: 'answered' } };
}

async function dataAnswer(region: Region, ref: StreamRef, signal: AbortSignal): Promise<RegionAnswer> {
  const failure = await probe(region, ref, { signal });
  return failure === undefined ? { type: 'answered' } : regionAnswer(failure);
}

function notAsked({ stream, isAbsent, answer }: ControlAnswer): RegionAnswer {
  if (stream?.address.trusted === false) {
    const { about, problem } = stream.address;
    return { type: 'refused', words: `not asked: its ${about} ${problem}` };
  }
  if (isAbsent) return { type: 'not-asked', words: 'not asked: there is no stream yet' };
  const why = answer.type === 'answered' ? 'no stream is known' : answer.words.replace(/^not asked: /, '');
  return { type: 'not-asked', words: `not asked: ${why}` };
}

function streamSeen(found: StreamState | undefined, known: StreamRef | undefined): StreamSeen | null {
  if (found !== undefined) {
    const { name, ocid, address, state, partitions } = found;
    const endpoint = address.trusted ? address.stream.endpoint : 'not trusted';
    return { name, ocid, endpoint, state, partitions };
  }
  if (known === undefined) return null;
  return { name: null, ocid: known.ocid, endpoint: known.endpoint, state: null, partitions: null };
}
