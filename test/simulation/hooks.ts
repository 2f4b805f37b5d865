import { registerHooks } from 'node:module';

/** A change of one file of runtime/, as it is loaded: nothing is written to disk. */
export interface SourcePatch {
  /** Such as `runtime/producer/lane.ts`. */
  readonly file: string;
  /** Must stand in the file exactly once. */
  readonly from: string;
  readonly to: string;
}

const ROOT = new URL('../../', import.meta.url).href;
const OCI = `${ROOT}runtime/oci/index.ts`;
const STAND_IN = new URL('oci-stand-in.ts', import.meta.url).href;

/** From now on `runtime/oci` is the simulated one, and the files that `patches` name are loaded with their change. */
export function installHooks(patches: readonly SourcePatch[] = []): void {
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const resolved = nextResolve(specifier, context);
      return resolved.url === OCI ? { ...resolved, url: STAND_IN } : resolved;
    },
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      const mine = patches.filter(({ file }) => url === ROOT + file);
      if (mine.length === 0) return loaded;
      const source = Buffer.from(loaded.source as Uint8Array).toString();
      return { ...loaded, source: mine.reduce(applied, source) };
    },
  });
}

/** @throws Error when the patch does not fit the source any more. */
function applied(source: string, { file, from, to }: SourcePatch): string {
  const parts = source.split(from);
  if (parts.length !== 2)
    throw new Error(`${file}: ${JSON.stringify(from)} stands in it ${parts.length - 1} times`);
  return parts.join(to);
}
