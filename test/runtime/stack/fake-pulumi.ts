import type { Pulumi, PulumiResult } from '../../../runtime/stack/pulumi.ts';

export const OCID = 'ocid1.stream.oc1.sa-saopaulo-1.x';
/** What `pulumi stack output --json` prints of a stack of this project. */
export const OURS = JSON.stringify({ primaryStreamOcid: OCID, activeRegion: 'sa-saopaulo-1' });

/** A pulumi that ends as told, by the first word of the command; keeps what it was asked. */
export function fakePulumi(endings: Record<string, PulumiResult[]>): { run: Pulumi; asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    run: ([verb = '']) => {
      asked.push(verb);
      const [next = { type: 'done', stdout: OURS }, ...rest] = endings[verb] ?? [];
      endings[verb] = rest.length === 0 ? [next] : rest;
      return Promise.resolve(next);
    },
  };
}
