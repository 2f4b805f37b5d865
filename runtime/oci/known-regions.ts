/**
 * The name of a region that the SDK knows and that is nearest to `name`; undefined when it knows `name` itself, or nothing
 * like it. The SDK's table is as old as the SDK, so an unknown name alone is no fault.
 */
export async function nearestRegion(name: string): Promise<string | undefined> {
  const { Region } = await import('oci-common');
  const known = Object.values(Region).flatMap((each: unknown) =>
    each instanceof Region ? [each.regionId] : [],
  );
  if (known.includes(name)) return undefined;
  const [nearest] = known
    .map((region) => ({ region, distance: distance(name, region) }))
    .toSorted((a, b) => a.distance - b.distance);
  return nearest !== undefined && nearest.distance <= MAX_DISTANCE ? nearest.region : undefined;
}

/** So many letters may be wrong. */
const MAX_DISTANCE = 4;

/** Levenshtein's distance. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
