import { setImmediate } from 'node:timers/promises';
import { output, runtime, type Output } from '@pulumi/pulumi';
import { vi } from 'vitest';
import type { LiveStream } from '../../infra/discovered-streams.ts';
import { regionalName, type OwnedStream } from '../../infra/previous-state.ts';
import type { RuntimeRecord } from '../../infra/record.ts';
import { compartmentId } from './example-configuration.ts';

export interface World {
  readonly configuration?: Readonly<{ [key: string]: string }>;
  readonly record?: Partial<RuntimeRecord>;
  /** Streams that are there, by name; an Error is a region that does not answer. */
  readonly streams?: Readonly<{ [name: string]: readonly LiveStream[] | Error }>;
  /** In the state of the stack; each is also there, unless `gone` says otherwise. */
  readonly owned?: readonly OwnedStream[];
  readonly gone?: readonly string[];
  /** False: the user gets a 404 for each stream, or for each listing by OCID. */
  readonly mayRead?: boolean;
  readonly mayList?: boolean;
  /** The outputs of the component in the last update. */
  readonly lastOutputs?: Readonly<{ [name: string]: unknown }>;
  /** The state cannot be read. */
  readonly stateFails?: boolean;
}

interface Registered {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<{ [key: string]: unknown }>;
}

/** What the program registered, reported and asked, without an engine. */
export interface Run {
  readonly resources: readonly Registered[];
  readonly outputs: Readonly<{ [name: string]: unknown }>;
  readonly asked: readonly string[];
  readonly warnings: readonly string[];
}

const component = 'oci-streaming-ha:infra:HaStream';
const before = 'urn:pulumi:test::oci-streaming-ha::';

/** Runs infra/index.ts on Pulumi's mocks; rejects with what the program throws. */
export async function runProgram(world: World = {}): Promise<Run> {
  const listeners = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection');
  // As Pulumi's own runtime: an output that nothing waits for is one of several that reject with the same error.
  process.on('unhandledRejection', () => {});
  try {
    return await run(world);
  } finally {
    await setImmediate();
    process.removeAllListeners('unhandledRejection');
    for (const listener of listeners) process.on('unhandledRejection', listener);
  }
}

async function run(world: World): Promise<Run> {
  const resources: Registered[] = [];
  const asked: string[] = [];
  vi.resetModules();
  vi.doMock('../../infra/record.ts', () => ({ readRecord: () => ({ warnings: [], ...world.record }) }));
  const said = vi.spyOn((await import('@pulumi/pulumi')).log, 'warn').mockResolvedValue();
  said.mockClear();
  await runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => {
        resources.push({ type, name, inputs: inputs as Registered['inputs'] });
        return {
          id: `ocid1.${name}.made`,
          state: { ...inputs, messagesEndpoint: `https://${name}.example` },
        };
      },
      call: ({ token, inputs }) => {
        asked.push(token);
        return answerOf(world, token, inputs as { [key: string]: unknown });
      },
    },
    'oci-streaming-ha',
    'test',
    false,
    'organization',
  );
  const configuration = Object.entries({ compartmentId, ...world.configuration });
  runtime.setAllConfig(
    Object.fromEntries(configuration.map(([key, value]) => [`oci-streaming-ha:${key}`, value])),
  );
  const program = (await import('../../infra/index.ts')) as { [name: string]: unknown };
  const outputs = await valueOf(output(program));
  await runtime.disconnect();
  return { resources, outputs, asked, warnings: said.mock.calls.map(([words]) => words) };
}

function valueOf<T>(value: Output<T>): Promise<T> {
  return (value as unknown as { promise(): Promise<T> }).promise();
}

/** What the region, or the engine, says to a call of the program. */
async function answerOf(world: World, token: string, inputs: { [key: string]: unknown }): Promise<object> {
  const { owned = [], gone = [], streams = {} } = world;
  if (token === 'pulumi:pulumi:readStackResourceOutputs') {
    if (world.stateFails === true) throw failure('no passphrase');
    return { outputs: stateOf(owned, world.lastOutputs) };
  }
  const live = Object.values(streams).flatMap((seen) => (seen instanceof Error ? [] : seen));
  if (token.endsWith(':getStream')) {
    const id = String(inputs['streamId']);
    const stream = [...owned, ...live].find(({ ocid }) => ocid === id);
    const down = stream && streams[stream.name];
    if (down instanceof Error) throw failure(down.message);
    if (!stream || gone.includes(id) || world.mayRead === false) throw failure('404-NotAuthorizedOrNotFound');
    return shown(stream);
  }
  if (inputs['id'] !== undefined) {
    if (world.mayList === false) throw failure('404-NotAuthorizedOrNotFound');
    return { streams: owned.filter(({ ocid }) => ocid === inputs['id'] && !gone.includes(ocid)).map(shown) };
  }
  const seen = streams[String(inputs['name'])] ?? [];
  if (seen instanceof Error) throw failure(seen.message);
  return { streams: seen.map(shown) };
}

/** An error of the engine: what is in `details` is what a program gets to read. */
function failure(details: string): Error {
  return Object.assign(new Error(details), { details, code: 2 });
}

function shown({ ocid, endpoint, ...rest }: LiveStream): object {
  return { ...rest, id: ocid, messagesEndpoint: endpoint, state: 'ACTIVE' };
}

function stateOf(owned: readonly OwnedStream[], lastOutputs: World['lastOutputs'] = {}): object {
  const streams = owned.map(({ role, region, ...stream }) => [
    `${before}${component}$oci:Streaming/stream:Stream::${regionalName('streams', role, region)}`,
    { outputs: shown(stream) },
  ]);
  return { ...Object.fromEntries(streams), [`${before}${component}::streams`]: { outputs: lastOutputs } };
}
