/**
 * Which of the streams with its name is the secondary: the recorded one while it is usable, else the usable one with
 * the smallest OCID, so that processes that search at the same moment choose the same one. Listings include DELETED
 * streams; FAILED and DELETING ones are never used.
 */
export type StreamChoice<S> =
  | { readonly type: 'adopt'; readonly stream: S; readonly ignored: readonly S[] }
  | { readonly type: 'wait'; readonly stream: S; readonly ignored: readonly S[] }
  | { readonly type: 'create' };

interface Candidate {
  readonly ocid: string;
  readonly state: string;
}

export function chooseStream<S extends Candidate>(
  found: readonly S[],
  recorded: string | undefined,
): StreamChoice<S> {
  const usable = found.filter((s) => s.state === 'ACTIVE' || s.state === 'UPDATING').toSorted(byOcid);
  const coming = found.filter((s) => s.state === 'CREATING').toSorted(byOcid);
  const preferred = usable.find((s) => s.ocid === recorded) ?? usable[0];
  const others = (chosen: S): S[] => [...usable, ...coming].filter((s) => s.ocid !== chosen.ocid);
  if (preferred !== undefined) return { type: 'adopt', stream: preferred, ignored: others(preferred) };
  const awaited = coming[0];
  if (awaited !== undefined) return { type: 'wait', stream: awaited, ignored: others(awaited) };
  return { type: 'create' };
}

function byOcid(a: Candidate, b: Candidate): number {
  return a.ocid < b.ocid ? -1 : 1;
}
