import { output, runtime, type Output } from '@pulumi/pulumi';
import { vi } from 'vitest';
import type { LiveStream } from '../../infra/live-stream.ts';
import type { RuntimeRecord } from '../../infra/record.ts';
import { compartmentId } from './example-configuration.ts';

export interface World {
  readonly configuration?: Readonly<{ [key: string]: string }>;
  readonly record?: Partial<RuntimeRecord>;
  /** ACTIVE streams by name; an Error is a region that does not answer. */
  readonly streams?: Readonly<{ [name: string]: readonly LiveStream[] | Error }>;
  /** The stack's outputs of the last update. */
  readonly lastOutputs?: Readonly<{ [name: string]: unknown }>;
}

interface Registered {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<{ [key: string]: unknown }>;
}

/** What the program registered, told and asked, without an engine. */
export interface Run {
  readonly resources: readonly Registered[];
  readonly outputs: Readonly<{ [name: string]: unknown }>;
  readonly asked: readonly string[];
  readonly warnings: readonly string[];
}

/** Runs infra/index.ts on Pulumi's mocks; rejects with what the program throws. */
export async function runProgram(world: World = {}): Promise<Run> {
  const resources: Registered[] = [];
  const asked: string[] = [];
  const answer = (token: string, inputs: { [key: string]: unknown }) => {
    asked.push(token);
    return answerOf(world, token, inputs);
  };
  vi.resetModules();
  vi.doMock('../../infra/record.ts', () => ({ readRecord: () => ({ warnings: [], ...world.record }) }));
  const said = vi.spyOn((await import('@pulumi/pulumi')).log, 'warn').mockResolvedValue();
  await runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => {
        resources.push({ type, name, inputs: inputs as Registered['inputs'] });
        return {
          id: `ocid1.${name}.made`,
          state: { ...inputs, messagesEndpoint: `https://${name}.example` },
        };
      },
      call: ({ token, inputs }) => answer(token, inputs as { [key: string]: unknown }),
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

const valueOf = <T>(value: Output<T>): Promise<T> => new Promise((resolve) => void value.apply(resolve));

/** What the region, or the engine, says to a call of the program. */
async function answerOf(world: World, token: string, inputs: { [key: string]: unknown }): Promise<object> {
  if (token === 'pulumi:pulumi:readStackOutputs') return { outputs: world.lastOutputs ?? {} };
  const regions = world.streams ?? {};
  if (token.endsWith(':getStream')) {
    const all = Object.values(regions).flatMap((seen) => (seen instanceof Error ? [] : seen));
    return { retentionInHours: all.find(({ ocid }) => ocid === inputs['streamId'])?.retentionInHours };
  }
  const seen = regions[String(inputs['name'])] ?? [];
  if (seen instanceof Error) throw seen;
  return {
    streams: seen.map(({ ocid, endpoint, ...rest }) => ({ id: ocid, messagesEndpoint: endpoint, ...rest })),
  };
}
