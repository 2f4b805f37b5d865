import { readFileSync, statSync } from 'node:fs';
import { parse } from 'dot-properties';
import { ocidParts } from './ocid.ts';

/** What the runtime wrote into stream.properties, as far as the stack cares. */
export interface RuntimeRecord {
  /** The secondary that the runtime found or made. */
  readonly secondary?: { readonly ocid: string; readonly endpoint: string };
  /** The region that new messages are written to. */
  readonly activeRegion?: string;
  /** What is wrong with the file, in words for `pulumi up`; the stack goes on without it. */
  readonly warnings: readonly string[];
}

interface Regions {
  readonly primaryRegion: string;
  readonly secondaryRegion: string;
}

/** Bytes; a record has four lines, so anything larger is something else. */
const largest = 65_536;

/** Reads the record; a file that is absent is an empty record, one that cannot be read is a warning. */
export function readRecord(file: string, regions: Regions): RuntimeRecord {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (!stat) return { warnings: [] };
  if (!stat.isFile() || stat.size > largest) {
    return { warnings: [`${file} is not a record: it is no file of at most 64 KiB; ignored.`] };
  }
  try {
    return parseRecord(readFileSync(file, 'latin1'), file, regions);
  } catch (error) {
    return { warnings: [`${file} cannot be read and is ignored: ${String(error)}`] };
  }
}

/**
 * Reads the text of a record: the format of java.util.Properties, its bytes taken as ISO 8859-1.
 *
 * Without `ACTIVE_REGION` (a file from the Java program) the secondary that it names is the active one.
 */
export function parseRecord(text: string, source: string, regions: Regions): RuntimeRecord {
  const pairs = new Map(Object.entries(parse(text) as { [key: string]: string }));
  const warnings: string[] = [];
  const secondary = recordedSecondary(pairs, source, regions, warnings);
  const active = pairs.get('ACTIVE_REGION') || (secondary ? regions.secondaryRegion : undefined);
  const known = active === regions.primaryRegion || active === regions.secondaryRegion;
  if (active !== undefined && !known) {
    warnings.push(
      `${source}: ACTIVE_REGION is ${active}, which is neither ${regions.primaryRegion} nor ${regions.secondaryRegion}; ignored.`,
    );
  }
  return {
    ...(secondary && { secondary }),
    ...(active !== undefined && known && { activeRegion: active }),
    warnings,
  };
}

function recordedSecondary(
  pairs: ReadonlyMap<string, string>,
  source: string,
  { secondaryRegion }: Regions,
  warnings: string[],
): { ocid: string; endpoint: string } | undefined {
  const ocid = pairs.get('SECONDARY_STREAM_OCID') ?? '';
  const endpoint = pairs.get('SECONDARY_STREAM_ENDPOINT') ?? '';
  if (ocid === '' && endpoint === '') return undefined;
  if (ocid === '' || endpoint === '') {
    const missing = ocid === '' ? 'SECONDARY_STREAM_OCID' : 'SECONDARY_STREAM_ENDPOINT';
    warnings.push(`${source}: ${missing} is missing, so the secondary that it names is ignored.`);
    return undefined;
  }
  const parts = ocidParts(ocid);
  // Ashburn and Phoenix carry a key (`iad`, `phx`) in place of the identifier, which cannot be compared here.
  const elsewhere = parts?.region.includes('-') === true && parts.region !== secondaryRegion;
  if (parts?.kind !== 'stream' || elsewhere) {
    warnings.push(
      `${source}: SECONDARY_STREAM_OCID is ${ocid}, not a stream in ${secondaryRegion}; ignored.`,
    );
    return undefined;
  }
  return { ocid, endpoint };
}
