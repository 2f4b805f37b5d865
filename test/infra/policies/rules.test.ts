import { describe, expect, it } from 'vitest';
import {
  protectProblem,
  publicAccessProblem,
  retentionProblem,
  standbyProblems,
  type Declared,
} from '../../../infra/policies/rules.ts';

const stream = (about: Partial<Declared> = {}): Declared => ({
  type: 'oci:Streaming/stream:Stream',
  name: 'streams-primary-sa-saopaulo-1',
  urn: 'urn:pulumi:prod::p::oci:Streaming/stream:Stream::streams-primary-sa-saopaulo-1',
  props: {
    retentionInHours: 24,
    freeformTags: { 'created-by': 'oci-streaming-ha', 'pulumi-stack': 'p/prod' },
  },
  opts: { protect: true },
  ...about,
});
const statements = (...given: string[]) =>
  stream({ type: 'oci:Identity/policy:Policy', props: { statements: given } });

describe('the policy pack', () => {
  it('J7: wants streams and pools protected, but for one that the stack does not own', () => {
    const opts = { protect: false };
    expect(protectProblem(stream())).toBeUndefined();
    expect(protectProblem(stream({ opts }))).toContain('pulumi config set protect true');
    expect(protectProblem(stream({ opts, props: {} }))).toContain('pulumi config set protect true');
    expect(protectProblem(stream({ opts, type: 'oci:Streaming/streamPool:StreamPool' }))).toContain(
      'protect true',
    );
    expect(protectProblem(stream({ opts, type: 'oci:Monitoring/alarm:Alarm' }))).toBeUndefined();
    const adopted = { freeformTags: { 'created-by': 'oci-streaming-ha' } };
    expect(protectProblem(stream({ opts, props: adopted }))).toBeUndefined();
  });

  it('J5: wants messages kept for as long as is asked for', () => {
    expect(retentionProblem(stream(), 24)).toBeUndefined();
    expect(retentionProblem(stream(), 48)).toContain('pulumi config set retentionInHours 48');
    expect(retentionProblem(stream({ props: {} }), 24)).toContain('the default of the service');
    expect(retentionProblem(stream({ type: 'oci:Monitoring/alarm:Alarm', props: {} }), 24)).toBeUndefined();
  });

  it.each([
    'Allow any-user to use stream-push in tenancy',
    'allow  ANY-GROUP to read streams in compartment id c',
    'Admit any-user of tenancy t to use stream-pull in tenancy',
  ])('J6: refuses a statement that lets everybody in: %s', (statement) => {
    expect(publicAccessProblem(statements('Allow group a to read streams in tenancy', statement))).toContain(
      statement,
    );
  });

  it('J6: takes statements for groups, whatever else is in them', () => {
    const groups = [
      'Allow group any-users to read streams in tenancy',
      "Allow dynamic-group 'd'/'any-user' to use stream-pull in tenancy",
    ];
    expect(publicAccessProblem(statements(...groups))).toBeUndefined();
    expect(publicAccessProblem(stream())).toBeUndefined();
  });

  it('J10: wants a warm standby of each component, in production only', () => {
    const component = (name: string, stack = 'prod') =>
      stream({
        type: 'oci-streaming-ha:infra:HaStream',
        name,
        urn: `urn:pulumi:${stack}::p::oci-streaming-ha:infra:HaStream::${name}`,
      });
    const standby = stream({ name: 'orders-secondary-sa-vinhedo-1' });
    const found = standbyProblems([component('orders'), component('clicks'), stream(), standby], /^prod/);
    expect(found).toEqual([
      {
        urn: component('clicks').urn,
        problem: expect.stringContaining('pulumi config set standby warm') as string,
      },
    ]);
    expect(standbyProblems([component('clicks', 'dev')], /^prod/)).toEqual([]);
  });
});
