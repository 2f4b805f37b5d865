import { describe, expect, it } from 'vitest';
import { chooseSecondary, type Listing } from '../../infra/secondary-choice.ts';
import { exampleStream } from './example-stream.ts';

const [a, b, c] = ['a', 'b', 'c'].map((name) =>
  exampleStream({ ocid: `ocid1.stream.oc1.sa-vinhedo-1.${name}` }),
) as [ReturnType<typeof exampleStream>, ReturnType<typeof exampleStream>, ReturnType<typeof exampleStream>];
const answered = (...streams: (typeof a)[]): Listing => ({ state: 'answered', streams });
const remembered = (stream: typeof a) => ({
  ocid: stream.ocid,
  endpoint: stream.endpoint,
  from: 'stream.properties',
});

describe('the secondary of the outputs', () => {
  it('is nothing before there is one', () => {
    expect(chooseSecondary(answered())).toEqual({});
  });

  it('is the one that is there', () => {
    expect(chooseSecondary(answered(a))).toEqual({
      secondary: { ocid: a.ocid, endpoint: a.endpoint },
      live: a,
    });
  });

  it('is the recorded one as long as it lives', () => {
    const choice = chooseSecondary(answered(a, b, c), remembered(b));
    expect(choice.live).toBe(b);
    expect(choice.warning).toContain('perhaps remove');
  });

  it('has the endpoint that the service tells, not the one that was recorded', () => {
    const choice = chooseSecondary(answered(a), { ...remembered(a), endpoint: 'https://elsewhere.example' });
    expect(choice.secondary?.endpoint).toBe(a.endpoint);
  });

  it('is the smallest OCID of several, on which all processes agree', () => {
    const choice = chooseSecondary(answered(c, a, b));
    expect(choice.live).toBe(a);
    expect(choice.warning).toContain(`${b.ocid}, ${c.ocid}`);
  });

  it('moves on from a recorded one that is gone, and says so', () => {
    const choice = chooseSecondary(answered(a), remembered(b));
    expect(choice.live).toBe(a);
    expect(choice.warning).toContain(`${b.ocid} from stream.properties is no longer ACTIVE`);
  });

  it('stays the recorded one when nothing is found', () => {
    const choice = chooseSecondary(answered(), remembered(b));
    expect(choice.secondary?.ocid).toBe(b.ocid);
    expect(choice.warning).toContain('Was it deleted?');
  });

  it('stays the recorded one when the region does not answer', () => {
    const choice = chooseSecondary({ state: 'failed', because: '503' }, remembered(b));
    expect(choice.secondary).toEqual({ ocid: b.ocid, endpoint: b.endpoint });
    expect(choice.warning).toBe(
      `The look-up of the secondary failed; kept ${b.ocid} from stream.properties: 503`,
    );
  });
});
