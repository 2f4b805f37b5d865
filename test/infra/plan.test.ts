import { describe, expect, it } from 'vitest';
import { marks } from '../../infra/marks.ts';
import { planStack, type Plan, type Sight } from '../../infra/plan.ts';
import type { RuntimeRecord } from '../../infra/record.ts';
import { compartmentId, exampleConfiguration } from './example-configuration.ts';
import { exampleStream } from './example-stream.ts';

const stack = 'oci-streaming-ha/test';

function plan(
  texts: { [key: string]: string },
  sight: Partial<Sight> = {},
  record: Partial<RuntimeRecord> = {},
): Plan {
  const seen = { secondary: {}, ...sight };
  return planStack(exampleConfiguration(texts), stack, { warnings: [], ...record }, seen, 'vcp');
}

function built(...given: Parameters<typeof plan>): Plan & { do: 'build' } {
  const made = plan(...given);
  if (made.do === 'refuse') throw new Error(made.because);
  return made;
}

const sighted = (live: ReturnType<typeof exampleStream>): Partial<Sight> => ({
  secondary: { secondary: { ocid: live.ocid, endpoint: live.endpoint }, live },
});

describe('the plan', () => {
  it('declares one protected, marked stream, and reports no secondary before there is one', () => {
    const { primary, secondary, alarms, access, activeRegion } = built({});
    expect(primary).toEqual({
      role: 'primary',
      region: 'sa-saopaulo-1',
      name: 'OCI-PRIMARY-STREAM',
      partitions: 1,
      retentionInHours: 24,
      place: { compartmentId },
      freeformTags: marks(stack),
      protect: true,
      leaveAsIs: false,
    });
    expect(secondary).toEqual({ do: 'report' });
    expect({ alarms, access, activeRegion }).toEqual({
      alarms: [],
      access: undefined,
      activeRegion: 'sa-saopaulo-1',
    });
  });

  it('puts the primary into its pool; OCI takes a pool or a compartment, not both', () => {
    const streamPoolId = 'ocid1.streampool.oc1.sa-saopaulo-1.amaaaaaapool';
    const { primary, secondary } = built({ streamPoolId, standby: 'warm' });
    expect(primary.place).toEqual({ streamPoolId });
    expect(secondary).toMatchObject({ stream: { place: { compartmentId } } });
  });

  it('reports the secondary that the runtime made, and declares nothing for it', () => {
    const live = exampleStream();
    const reported = built({}, sighted(live), { activeRegion: 'sa-vinhedo-1' });
    expect(reported.secondary).toEqual({ do: 'report', known: { ocid: live.ocid, endpoint: live.endpoint } });
    expect(reported.activeRegion).toBe('sa-vinhedo-1');
  });

  it('warns about a secondary that is smaller than the primary', () => {
    const live = exampleStream({ partitions: 1 });
    expect(built({ partitions: '4' }, sighted(live)).warnings).toEqual([
      expect.stringContaining('throttles sooner'),
    ]);
  });

  describe('with a warm standby', () => {
    it('declares both streams', () => {
      expect(built({ standby: 'warm' }).secondary).toMatchObject({
        do: 'declare',
        stream: { role: 'secondary', region: 'sa-vinhedo-1', name: 'OCI-SECONDARY-STREAM', leaveAsIs: false },
      });
    });

    it('adopts the one that the runtime made, as it is', () => {
      const live = exampleStream({ partitions: 7 });
      const { secondary } = built({ standby: 'warm' }, sighted(live));
      expect(secondary).toMatchObject({ do: 'declare', stream: { adopt: live.ocid, leaveAsIs: true } });
    });

    it('goes on declaring its own', () => {
      const { secondary } = built(
        { standby: 'warm' },
        sighted(exampleStream({ freeformTags: marks(stack) })),
      );
      expect(secondary).toMatchObject({ do: 'declare', stream: { leaveAsIs: false } });
      expect(secondary).not.toHaveProperty('stream.adopt');
    });

    it('changes nothing about one that it cannot see', () => {
      const { secondary } = built(
        { standby: 'warm' },
        { secondary: { warning: 'The look-up of the secondary failed' } },
      );
      expect(secondary).toMatchObject({ do: 'declare', stream: { leaveAsIs: true } });
    });
  });

  // J5
  describe('of a change that only a new stream could make', () => {
    const primary = exampleStream({ name: 'OCI-PRIMARY-STREAM', partitions: 2, retentionInHours: 48 });

    it.each([
      [{ partitions: '3', retentionInHours: '48' }, 'the configuration asks for 3 and 48'],
      [{ partitions: '2', retentionInHours: '24' }, 'the configuration asks for 2 and 24'],
    ])('refuses %o: what would be lost, how to keep it, how to lose it on purpose', (texts, words) => {
      const refused = plan(texts, { primary });
      expect(refused.do).toBe('refuse');
      const because = refused.do === 'refuse' ? refused.because : '';
      expect(because).toContain(words);
      expect(because).toContain(`would delete ${primary.ocid} with every message in it`);
      expect(because).toContain('pulumi config set partitions 2 && pulumi config set retentionInHours 48');
      expect(because).toContain('pulumi config set protect false');
    });

    it('warns in the same words once protection is off', () => {
      const { warnings } = built({ partitions: '3', retentionInHours: '48', protect: 'false' }, { primary });
      expect(warnings).toEqual([expect.stringContaining('with every message in it')]);
    });

    it('has nothing to say when nothing changes', () => {
      expect(built({ partitions: '2', retentionInHours: '48' }, { primary }).warnings).toEqual([]);
    });

    it('guards a secondary of its own as well', () => {
      const live = exampleStream({ partitions: 2, freeformTags: marks(stack) });
      expect(plan({ standby: 'warm' }, sighted(live)).do).toBe('refuse');
    });
  });

  it('writes policies in the home region, under a name that is unique in the tenancy', () => {
    const access = '{"producer":{"group":"writers"},"homeRegion":"us-ashburn-1"}';
    expect(built({ access }).access).toEqual({
      name: 'oci-streaming-ha-test-access',
      homeRegion: 'us-ashburn-1',
      compartmentId,
      principals: { producer: { group: 'writers' }, homeRegion: 'us-ashburn-1' },
      secondaryRegionKey: 'vcp',
    });
    expect(built({ access: '{}' }).access?.homeRegion).toBe('sa-saopaulo-1');
  });

  it('watches throttling everywhere and silence on the primary, each from its own region', () => {
    const { alarms } = built({ alarms: '{"email":"ops@example.com"}', standby: 'warm' });
    expect(alarms.map(({ region, topicName, email }) => ({ region, topicName, email }))).toEqual([
      { region: 'sa-saopaulo-1', topicName: 'oci-streaming-ha-test-primary', email: 'ops@example.com' },
      { region: 'sa-vinhedo-1', topicName: 'oci-streaming-ha-test-secondary', email: 'ops@example.com' },
    ]);
    expect(alarms.flatMap((group) => group.alarms.map(({ name }) => name))).toEqual([
      'primary-put-throttled',
      'primary-get-throttled',
      'primary-silent',
      'secondary-put-throttled',
      'secondary-get-throttled',
    ]);
  });
});
