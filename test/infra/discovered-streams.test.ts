import { describe, expect, it } from 'vitest';
import {
  chooseSecondary,
  type Listing,
  type LiveStream,
  type StreamLookup,
} from '../../infra/discovered-streams.ts';
import { exampleStream } from './example-stream.ts';

const [a, b, c] = ['a', 'b', 'c'].map((name) =>
  exampleStream({ ocid: `ocid1.stream.oc1.sa-vinhedo-1.${name}` }),
) as [LiveStream, LiveStream, LiveStream];
const answered = (...streams: LiveStream[]): Listing => ({ type: 'answered', streams });
const remembered = (stream: LiveStream, look: StreamLookup = { type: 'present', stream }) => ({
  ocid: stream.ocid,
  endpoint: stream.endpoint,
  from: 'stream.properties',
  look,
});

describe('the secondary of the outputs', () => {
  it('J1: is nothing before there is one', () => {
    expect(chooseSecondary({ named: answered() })).toEqual({ warnings: [] });
  });

  it('J3: is the one that is there', () => {
    const secondary = { ocid: a.ocid, endpoint: a.endpoint };
    expect(chooseSecondary({ named: answered(a) })).toEqual({ secondary, live: a, warnings: [] });
  });

  it('J3: is the recorded one as long as it lives', () => {
    const choice = chooseSecondary({ named: answered(a, b, c), remembered: remembered(b) });
    expect(choice.live).toBe(b);
    expect(choice.warnings).toEqual([
      expect.stringContaining(`delete those that are not needed: ${a.ocid}, ${c.ocid}`),
    ]);
  });

  it('J3: has the endpoint that the service tells, not the one that was recorded', () => {
    const recorded = { ...remembered(a), endpoint: 'https://elsewhere.example' };
    expect(chooseSecondary({ named: answered(a), remembered: recorded }).secondary?.endpoint).toBe(
      a.endpoint,
    );
  });

  it('J3: is the smallest OCID of several, on which all processes agree', () => {
    const choice = chooseSecondary({ named: answered(c, a, b) });
    expect(choice.live).toBe(a);
    expect(choice.warnings).toEqual([expect.stringContaining(`${b.ocid}, ${c.ocid}`)]);
  });

  it('J3: moves on from a recorded one that is gone, and says so', () => {
    const choice = chooseSecondary({ named: answered(a), remembered: remembered(b, { type: 'gone' }) });
    expect(choice.live).toBe(a);
    expect(choice.warnings).toEqual([expect.stringContaining(`${b.ocid} from stream.properties is gone`)]);
  });

  it('J3: is nothing when the recorded one is known to be gone and there is no other', () => {
    const choice = chooseSecondary({ named: answered(), remembered: remembered(b, { type: 'gone' }) });
    expect(choice.secondary).toBeUndefined();
    expect(choice.warnings).toEqual([expect.stringContaining('The outputs name no secondary')]);
  });

  it.each<[string, Listing, StreamLookup]>([
    ['the region does not answer', { type: 'failed', because: '503' }, { type: 'failed', because: '503' }],
    ['it lists and does not show', answered(a), { type: 'failed', because: '503' }],
  ])('J4: stays the recorded one when %s', (_, named, look) => {
    const choice = chooseSecondary({ named, remembered: remembered(b, look) });
    expect(choice).toEqual({
      secondary: { ocid: b.ocid, endpoint: b.endpoint },
      warnings: [`The look-up of the secondary failed; kept ${b.ocid} from stream.properties: 503`],
    });
  });
});
