import { describe, expect, it } from 'vitest';
import type { DiscoveredStreams, LiveStream } from '../../infra/discovered-streams.ts';
import { planStack, type StackPlan } from '../../infra/stack-plan.ts';
import type { PreviousState } from '../../infra/previous-state.ts';
import type { RuntimeRecord } from '../../infra/record.ts';
import { stackTags } from '../../infra/tags.ts';
import { exampleConfiguration } from './example-configuration.ts';
import { exampleStream, ownedPrimary, ownedSecondary, stack, stateOf } from './example-stream.ts';

interface Given {
  readonly discovered?: Partial<DiscoveredStreams>;
  readonly record?: Partial<RuntimeRecord>;
  readonly previous?: PreviousState;
}

function plan(
  texts: { [key: string]: string },
  { discovered = {}, record, previous = stateOf([]) }: Given = {},
): StackPlan {
  const seen = { primary: {}, secondary: {}, ...discovered };
  const owner = { stack, component: 'streams' };
  return planStack(exampleConfiguration(texts), owner, { warnings: [], ...record }, previous, seen);
}

function built(...given: Parameters<typeof plan>): StackPlan & { type: 'build' } {
  const made = plan(...given);
  if (made.type === 'refuse') throw new Error(made.because);
  return made;
}

const named = (...streams: LiveStream[]) => ({ named: { type: 'answered', streams } as const });
const present = (stream: LiveStream) => ({ owned: { type: 'present', stream } as const });

describe('the plan', () => {
  it('J1: declares one protected, tagged stream, and reports no secondary before there is one', () => {
    const { primary, secondary, alarms, access, activeRegion } = built({});
    expect(primary).toEqual({
      role: 'primary',
      region: 'sa-saopaulo-1',
      name: 'OCI-PRIMARY-STREAM',
      partitions: 1,
      retentionInHours: 24,
      place: { type: 'compartment' },
      freeformTags: stackTags(stack),
      protect: true,
      isAdopted: false,
      leaveAsIs: false,
      isGone: false,
    });
    expect(secondary).toEqual({ type: 'report' });
    expect({ alarms, access, activeRegion }).toEqual({
      alarms: [],
      access: undefined,
      activeRegion: 'sa-saopaulo-1',
    });
  });

  it('J1: puts each stream into the pool of its region', () => {
    const pools = {
      streamPoolId: 'ocid1.streampool.oc1.sa-saopaulo-1.amaaaaaapool',
      secondaryPool: '{"kmsKeyId":"ocid1.key.oc1.sa-vinhedo-1.k"}',
    };
    const { primary, secondary } = built({ ...pools, standby: 'warm' });
    expect(primary.place).toEqual({ type: 'given-pool' });
    expect(secondary).toMatchObject({
      stream: { place: { type: 'own-pool', pool: { name: 'oci-streaming-ha-test-streams-secondary' } } },
    });
  });

  it('J3: reports the secondary that the runtime made, and declares nothing for it', () => {
    const live = exampleStream();
    const reported = built(
      {},
      { discovered: { secondary: named(live) }, record: { activeRegion: 'sa-vinhedo-1' } },
    );
    expect(reported.secondary).toEqual({
      type: 'report',
      known: { ocid: live.ocid, endpoint: live.endpoint },
    });
    expect(reported.activeRegion).toBe('sa-vinhedo-1');
  });

  it('J3: warns about a secondary that is smaller than the primary', () => {
    expect(
      built({ partitions: '4' }, { discovered: { secondary: named(exampleStream()) } }).warnings,
    ).toEqual([expect.stringContaining('throttles sooner')]);
  });

  it('J10: does not report the standby that this update deletes', () => {
    const own = ownedSecondary();
    const previous = stateOf([ownedPrimary(), own], { lastOutputs: { protect: false } });
    const seen = {
      ...named(own),
      remembered: {
        ocid: own.ocid,
        endpoint: own.endpoint,
        from: 'the last update',
        look: { type: 'present', stream: own } as const,
      },
    };
    const { secondary, warnings } = built(
      { protect: 'false' },
      { previous, discovered: { secondary: seen } },
    );
    expect(secondary).toEqual({ type: 'report' });
    expect(warnings).toEqual([]);
  });

  describe('of a stream in the state', () => {
    const previous = stateOf([ownedPrimary(), ownedSecondary()]);
    const warm = { standby: 'warm' };

    it('J2: goes on declaring both', () => {
      const discovered = { primary: present(ownedPrimary()), secondary: present(ownedSecondary()) };
      const { primary, secondary, warnings } = built(warm, { previous, discovered });
      expect(primary).toMatchObject({ leaveAsIs: false, isGone: false });
      expect(secondary).toMatchObject({ stream: { leaveAsIs: false, isGone: false, isAdopted: false } });
      expect(primary).not.toHaveProperty('import');
      expect(warnings).toEqual([]);
    });

    it('J4: changes nothing about one that its region does not show, and says which tags wait', () => {
      const discovered = { primary: { owned: { type: 'not-asked' } as const } };
      const { primary, warnings } = built({ ...warm, tags: '{"team":"a"}' }, { previous, discovered });
      expect(primary).toMatchObject({ leaveAsIs: true });
      expect(warnings).toEqual([
        expect.stringContaining('stay as they are until sa-saopaulo-1 answers again'),
      ]);
    });

    it('J10: names another standby in place of one that is gone', () => {
      const other = exampleStream({ ocid: 'ocid1.stream.oc1.sa-vinhedo-1.other' });
      const discovered = { secondary: { owned: { type: 'gone' } as const, ...named(other) } };
      expect(built(warm, { previous, discovered }).secondary).toMatchObject({
        stream: { isGone: true, leaveAsIs: true },
        instead: { ocid: other.ocid },
      });
    });

    it('J10: leaves one alone that the runtime made, seen or not', () => {
      const adopted = ownedSecondary({ freeformTags: { 'created-by': 'oci-streaming-ha' } });
      const state = stateOf([ownedPrimary(), adopted]);
      for (const owned of [
        { type: 'present', stream: adopted } as const,
        { type: 'failed', because: '503' } as const,
      ]) {
        expect(
          built(warm, { previous: state, discovered: { secondary: { owned } } }).secondary,
        ).toMatchObject({
          stream: { isAdopted: true, leaveAsIs: true, protect: false },
        });
      }
    });
  });

  describe('of a stream that is there and not in the state', () => {
    const ours = exampleStream({ freeformTags: stackTags(stack), retentionInHours: 24 });
    const theirs = exampleStream({ freeformTags: stackTags('oci-streaming-ha/other') });

    it('J10: adopts the secondary that the runtime made, as it is', () => {
      const live = exampleStream({ partitions: 7 });
      expect(built({ standby: 'warm' }, { discovered: { secondary: named(live) } }).secondary).toMatchObject({
        stream: { import: live.ocid, isAdopted: true, leaveAsIs: true, protect: false },
      });
    });

    it.each(['primary', 'secondary'] as const)(
      'J1: takes in its own %s, whose creation was never answered',
      (role) => {
        const made = built({ standby: 'warm' }, { discovered: { [role]: named(ours) } });
        const stream =
          role === 'primary' ? made.primary : made.secondary.type === 'declare' && made.secondary.stream;
        expect(stream).toMatchObject({ import: ours.ocid, isAdopted: false, protect: true });
        expect(made.warnings).toEqual([expect.stringContaining('the answer to its creation was lost')]);
      },
    );

    it('J5: does not take in one that is not as it is configured', () => {
      const refused = plan({ partitions: '3' }, { discovered: { primary: named(ours) } });
      expect(refused).toMatchObject({
        type: 'refuse',
        because: expect.stringContaining('partitions is 1, not 3') as string,
      });
    });

    it.each(['primary', 'secondary'] as const)(
      'J6: refuses a %s of that name that another stack made, and says what to type',
      (role) => {
        const key = role === 'primary' ? 'streamName' : 'secondaryStreamName';
        expect(plan({ standby: 'warm' }, { discovered: { [role]: named(theirs) } })).toEqual({
          type: 'refuse',
          because: expect.stringMatching(
            new RegExp(
              `${theirs.ocid}\\), and the stack oci-streaming-ha/other created it.*pulumi config set ${key} <name>`,
            ),
          ) as string,
        });
      },
    );
  });

  it('J1: writes policies in the home region, under a name that is unique in the tenancy', () => {
    const access = '{"producer":{"group":"writers"},"homeRegion":"us-ashburn-1"}';
    expect(built({ access }).access).toEqual({
      name: 'oci-streaming-ha-test-streams-access',
      homeRegion: 'us-ashburn-1',
      principals: { producer: { group: 'writers' }, homeRegion: 'us-ashburn-1' },
    });
    expect(built({ access: '{"consumer":{"group":"a"}}' }).access?.homeRegion).toBe('sa-saopaulo-1');
    // A policy without a statement is refused by OCI.
    expect(built({ access: '{"homeRegion":"us-ashburn-1"}' }).access).toBeUndefined();
  });

  it('J1: watches throttling everywhere and silence on the primary, each from its own region', () => {
    const { alarms } = built({ alarms: '{"email":"ops@example.com"}', standby: 'warm' });
    expect(alarms.map(({ region, topicName, email }) => ({ region, topicName, email }))).toEqual([
      {
        region: 'sa-saopaulo-1',
        topicName: 'oci-streaming-ha-test-streams-primary',
        email: 'ops@example.com',
      },
      {
        region: 'sa-vinhedo-1',
        topicName: 'oci-streaming-ha-test-streams-secondary',
        email: 'ops@example.com',
      },
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
