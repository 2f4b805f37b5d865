import { describe, expect, it } from 'vitest';
import { checkFixedAtCreation } from '../../infra/fixed-at-creation.ts';
import type { OwnedPool } from '../../infra/previous-state.ts';
import { exampleConfiguration } from './example-configuration.ts';
import { ownedPrimary, ownedSecondary, stack, stateOf } from './example-stream.ts';

const primary = ownedPrimary();
const secondary = ownedSecondary();
const otherCompartment = 'ocid1.compartment.oc1..aaaaaaaaanother';
const otherPool = 'ocid1.streampool.oc1..amaaaaaaother';
const pool: OwnedPool = {
  role: 'primary',
  region: 'sa-saopaulo-1',
  ocid: primary.streamPoolId,
  subnetId: 'ocid1.subnet.oc1.sa-saopaulo-1.a',
  nsgIds: [],
};

const deletes = 'with every message in it';
const moves = 'its messages stay';

function refusal(texts: { [key: string]: string }, state = stateOf([primary, secondary])): string {
  const check = checkFixedAtCreation(exampleConfiguration({ standby: 'warm', ...texts }), state, stack);
  return check.type === 'refuse' ? check.because : '';
}

describe('what OCI fixes when it makes a stream', () => {
  it('J2: has nothing to say while nothing changes, whatever else does', () => {
    for (const texts of [{}, { tags: '{"team":"a"}' }, { alarms: '{}' }, { protect: 'false' }]) {
      expect(
        checkFixedAtCreation(
          exampleConfiguration({ standby: 'warm', ...texts }),
          stateOf([primary, secondary]),
          stack,
        ),
      ).toEqual({ type: 'go-on', warnings: [] });
    }
    expect(checkFixedAtCreation(exampleConfiguration(), stateOf([]), stack)).toEqual({
      type: 'go-on',
      warnings: [],
    });
  });

  // One row a key: the value that the configuration now has, whose stream is meant, what becomes of it, the way back.
  it.each([
    ['primaryRegion', 'sa-santiago-1', primary, deletes, 'sa-saopaulo-1'],
    ['secondaryRegion', 'sa-santiago-1', secondary, deletes, 'sa-vinhedo-1'],
    ['streamName', 'other', primary, deletes, 'OCI-PRIMARY-STREAM'],
    ['secondaryStreamName', 'other', secondary, deletes, 'OCI-SECONDARY-STREAM'],
    ['partitions', '3', primary, deletes, '1'],
    ['retentionInHours', '48', secondary, deletes, '24'],
    ['standby', 'onDemand', secondary, deletes, 'warm'],
    ['compartmentId', otherCompartment, primary, moves, primary.compartmentId],
    ['streamPoolId', otherPool, primary, moves, primary.streamPoolId],
    ['secondaryStreamPoolId', otherPool, secondary, moves, secondary.streamPoolId],
  ])(
    'J5: %s = %s is refused under protect, with what it costs and what to type',
    (key, value, stream, cost, before) => {
      const because = refusal({ [key]: value });
      expect(because).toContain('protect is true. Nothing was changed.');
      expect(because).toContain(
        `(${stream.ocid}) has ${key} = ${before}; the configuration asks for ${value}. This would`,
      );
      expect(because).toContain(cost);
      expect(because).toMatch(new RegExp(`To keep .*:\n  pulumi config set ${key} ${before}\n`));
      expect(because).toContain('  pulumi config set protect false && pulumi up\n');
      expect(because).toContain(`  pulumi config set ${key} ${value} && pulumi up\n`);
    },
  );

  it('J5: names every stream and every key at once, each command once', () => {
    const because = refusal({ partitions: '2', retentionInHours: '48' });
    expect(because).toContain(primary.ocid);
    expect(because).toContain(secondary.ocid);
    expect(because).toContain(
      'To keep them as they are:\n  pulumi config set partitions 1 && pulumi config set retentionInHours 24\n',
    );
    expect(because).toContain('the configuration asks for 2, 48');
  });

  it('J5: counts a retention that was never seen as unchanged', () => {
    const { retentionInHours: _, ...unseen } = primary;
    expect(refusal({ retentionInHours: '48' }, stateOf([unseen]))).toBe('');
  });

  it.each([
    ['{}', 'primaryPool = its own pool'],
    [
      '{"subnetId":"ocid1.subnet.oc1.sa-saopaulo-1.b"}',
      'primaryPool.subnetId = ocid1.subnet.oc1.sa-saopaulo-1.a',
    ],
    [
      '{"kmsKeyId":"ocid1.key.oc1.sa-saopaulo-1.k"}',
      'primaryPool.subnetId = ocid1.subnet.oc1.sa-saopaulo-1.a',
    ],
    [
      '{"subnetId":"ocid1.subnet.oc1.sa-saopaulo-1.a","nsgIds":["ocid1.networksecuritygroup.oc1..n"]}',
      'primaryPool.nsgIds = none',
    ],
  ])(
    'J5: a pool of the stack and primaryPool = %s: refused, with protect and without',
    (primaryPool, has) => {
      for (const protect of ['true', 'false']) {
        const texts = { standby: 'onDemand', primaryPool, protect };
        const because = refusal(
          texts,
          stateOf([primary], { pools: [pool], lastOutputs: { protect: false } }),
        );
        expect(because).toContain(has);
        expect(because).toContain('it does not delete a pool with streams');
      }
    },
  );

  it('J5: a stream leaves the pool of the stack for one that is named, with its messages', () => {
    const texts = { standby: 'onDemand', streamPoolId: otherPool };
    const state = stateOf([primary], { pools: [pool] });
    expect(refusal(texts, state)).toContain('This would move');
    const check = checkFixedAtCreation(exampleConfiguration({ ...texts, protect: 'false' }), state, stack);
    expect(check).toMatchObject({
      type: 'go-on',
      warnings: [{ words: expect.stringContaining('This update moves') as string, inAnyCase: false }],
    });
  });

  it('J2: another key for the pool, and an address that the service chose, are no change of what is fixed', () => {
    const state = stateOf([primary], { pools: [{ ...pool, privateEndpointIp: '10.0.0.7' }] });
    const primaryPool =
      '{"subnetId":"ocid1.subnet.oc1.sa-saopaulo-1.a","kmsKeyId":"ocid1.key.oc1.sa-saopaulo-1.k"}';
    expect(refusal({ standby: 'onDemand', primaryPool }, state)).toBe('');
  });

  it('J5: a stream that somebody else made is never deleted: it stays, and is said to', () => {
    const adopted = ownedSecondary({ freeformTags: { 'created-by': 'oci-streaming-ha' }, partitions: 7 });
    const words = expect.stringContaining('it stays where it is, with its messages') as string;
    const stays = { ocid: adopted.ocid, words, inAnyCase: true };
    const changes = { standby: 'onDemand', secondaryRegion: 'sa-santiago-1', secondaryStreamName: 'other' };
    for (const [key, value] of Object.entries(changes)) {
      const texts = { standby: 'warm', [key]: value };
      const check = checkFixedAtCreation(exampleConfiguration(texts), stateOf([primary, adopted]), stack);
      expect(check).toEqual({ type: 'go-on', warnings: [stays] });
    }
    const as = checkFixedAtCreation(
      exampleConfiguration({ standby: 'warm' }),
      stateOf([primary, adopted]),
      stack,
    );
    expect(as).toEqual({ type: 'go-on', warnings: [] });
  });

  it('J5: a move whose last step failed goes on, protected by now or not, and says what it deletes', () => {
    const left = ownedPrimary({ ocid: 'ocid1.stream.oc1.sa-saopaulo-1.left' });
    const moved = ownedPrimary({ ocid: 'ocid1.stream.oc1.sa-santiago-1.new', region: 'sa-santiago-1' });
    for (const protect of ['true', 'false']) {
      const configuration = exampleConfiguration({ primaryRegion: 'sa-santiago-1', protect });
      expect(checkFixedAtCreation(configuration, stateOf([left, moved]), stack)).toEqual({
        type: 'go-on',
        warnings: [
          {
            ocid: left.ocid,
            words: expect.stringContaining('left over from an update that could not delete it') as string,
            inAnyCase: true,
          },
        ],
      });
    }
  });

  it('J5: what is not known before an update is not compared', () => {
    const configuration = exampleConfiguration({ compartmentId: otherCompartment });
    expect(
      checkFixedAtCreation(configuration, stateOf([primary]), stack, new Set(['compartmentId'])),
    ).toEqual({ type: 'go-on', warnings: [] });
  });

  describe('without protect', () => {
    it('J5: says what the update does, not what it would do', () => {
      const check = checkFixedAtCreation(
        exampleConfiguration({ partitions: '3', protect: 'false' }),
        stateOf([primary]),
        stack,
      );
      expect(check).toEqual({
        type: 'go-on',
        warnings: [
          {
            ocid: primary.ocid,
            words: `OCI-PRIMARY-STREAM (${primary.ocid}) has partitions = 1; the configuration asks for 3. This update deletes ${primary.ocid} with every message in it, and creates an empty one.`,
            inAnyCase: false,
          },
        ],
      });
    });

    it.each(['primaryRegion', 'standby'])(
      'J5: %s wants an update that takes the protection off first',
      (key) => {
        const texts = {
          standby: key === 'standby' ? 'onDemand' : 'warm',
          protect: 'false',
          ...(key !== 'standby' && { [key]: 'sa-santiago-1' }),
        };
        expect(refusal(texts)).toContain('protect was true when the stack was last updated');
        const unprotected = stateOf([primary, secondary], { lastOutputs: { protect: false } });
        const check = checkFixedAtCreation(exampleConfiguration(texts), unprotected, stack);
        expect(check).toMatchObject({
          type: 'go-on',
          warnings: [{ words: expect.stringContaining('This update deletes') as string, inAnyCase: true }],
        });
      },
    );
  });
});
