import { chooseStream } from '../core/index.ts';
import type { StreamState } from '../region.ts';
import type { Connection } from './connect.ts';

/** The secondary stream as the control plane knows it: the one that is written down, else by its name; undefined when there is none. */
export async function findSecondary(
  { settings, secondary, whereabouts }: Connection,
  signal: AbortSignal,
): Promise<StreamState | undefined> {
  if (whereabouts.secondary !== undefined) return secondary.stream(whereabouts.secondary.ocid, { signal });
  const { compartmentId, secondaryStreamName: name } = settings;
  if (compartmentId === undefined) return undefined;
  const choice = chooseStream(await secondary.streamsNamed({ compartmentId, name }, { signal }), undefined);
  return choice.do === 'create' ? undefined : choice.stream;
}
