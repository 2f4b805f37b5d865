import { chooseStream, isTransient, type CallFailure, type Role } from '../core/index.ts';
import { CallError, HaError } from '../errors.ts';
import { answerOf, type Answer, type Region, type StreamRef } from '../region.ts';
import { findPrimary } from '../streams/index.ts';
import type { Connection } from './connect.ts';

/** A stream of one name in one region. */
interface NamedStream {
  readonly region: Region;
  /** Undefined: there is none of this name. Either answer is kept until `forget`. */
  readonly locate: (signal: AbortSignal) => Promise<Answer<StreamRef | undefined>>;
  readonly forget: () => void;
}

interface NamedStreams extends Readonly<Record<Role, NamedStream>> {
  /** A region that has the stream; the primary one if both have. */
  readonly active: Role;
}

/**
 * The streams of this name in both regions, in the compartment of the primary. They are never created. A region that cannot
 * be asked now is asked again when its stream is needed.
 * @throws HaError `CONFIG` when no region has one; the refusal, when a region refuses to tell.
 */
export async function findNamedStreams(
  connection: Connection,
  name: string,
  option: 'deadLetters' | 'fromDeadLetters',
): Promise<NamedStreams> {
  const { primary, secondary, signal } = connection;
  const streams = {
    primary: namedStream(connection, primary, name),
    secondary: namedStream(connection, secondary, name),
  };
  const found = await Promise.all(
    (['primary', 'secondary'] as const).map(async (role) => ({
      role,
      answer: await streams[role].locate(signal),
    })),
  );
  const failures = found.flatMap(({ role, answer }) =>
    answer.ok ? [] : [{ region: streams[role].region.name, failure: answer.failure }],
  );
  const first = found.find(({ answer }) => answer.ok && answer.value !== undefined);
  if (first !== undefined) return { ...streams, active: first.role };
  if (failures.some(({ failure }) => isTransient(failure))) return { ...streams, active: 'primary' };
  const [refusal] = failures;
  if (refusal !== undefined) {
    const cause = new CallError({ region: refusal.region, operation: 'ListStreams' }, refusal.failure);
    throw new HaError(cause.code, `\`${option}\` ${name} was not found: ${cause.message}`, { cause });
  }
  throw new HaError(
    'CONFIG',
    `\`${option}\`: there is no stream ${name} in ${primary.name} or ${secondary.name}. It is not created here: create it in the compartment of the primary stream, in one region or in both.`,
  );
}

function namedStream(connection: Connection, region: Region, name: string): NamedStream {
  let known: { readonly stream: StreamRef | undefined } | undefined;
  return {
    region,
    forget: () => {
      known = undefined;
    },
    locate: async (signal) => {
      if (known !== undefined) return { ok: true, value: known.stream };
      const compartment = await compartmentOf(connection, signal);
      if (!compartment.ok) return compartment;
      const compartmentId = compartment.value;
      const listed = await answerOf(() => region.streamsNamed({ compartmentId, name }, { signal }), signal);
      if (!listed.ok) return listed;
      const choice = chooseStream(listed.value, undefined);
      if (choice.type !== 'adopt') {
        known = { stream: undefined };
        return { ok: true, value: undefined };
      }
      const { ocid, address } = choice.stream;
      if (!address.trusted) return misconfigured(`${ocid}: its ${address.about} ${address.problem}`);
      known = { stream: address.stream };
      return { ok: true, value: address.stream };
    },
  };
}

/** Settings that name the primary by its OCID need not name its compartment. */
async function compartmentOf(connection: Connection, signal: AbortSignal): Promise<Answer<string>> {
  const { compartmentId } = connection.settings;
  if (compartmentId !== undefined) return { ok: true, value: compartmentId };
  const found = await findPrimary({ ...connection, region: connection.primary, signal });
  switch (found.type) {
    case 'found':
      return { ok: true, value: found.state.compartmentId };
    case 'failed':
      return { ok: false, failure: found.failure };
    case 'wrong':
      return misconfigured(found.error.message);
  }
}

function misconfigured(detail: string): { readonly ok: false; readonly failure: CallFailure } {
  return { ok: false, failure: { type: 'misconfigured', detail } };
}
