import { checkArgument } from '../arguments.ts';
import { partsOfStreamOcid, type StreamRef } from '../core/index.ts';
import { systemDisk } from './disk.ts';
import { emitWarning } from './export-env.ts';
import {
  checkSecondary,
  endpointsNamedFor,
  namedInEnvironment,
  statedSecondary,
  type NamedSecondary,
} from './format.ts';
import { readRecordFile, writeRecordFile } from './record-file.ts';
import { inPlaceWarning } from './safe-file.ts';

/** In the working directory, where the Java program has it too. */
const DEFAULT_FILE = 'stream.properties';

/**
 * The OCID of the secondary stream: the one in `stream.properties`, else `SECONDARY_STREAM_OCID`; undefined when
 * neither has both OCID and endpoint. Rejects with `CONFIG` when it is not the OCID of a stream, or its endpoint must
 * not be trusted; with `RECORD` when the file cannot be read.
 */
export async function loadSecondaryStreamOcid(file: string = DEFAULT_FILE): Promise<string | undefined> {
  return (await load('loadSecondaryStreamOcid', file))?.ocid;
}

/**
 * The messages endpoint of the secondary stream, an origin without a slash at the end; from the same places, and with
 * the same errors, as its OCID. It must be https on a host of OCI, unless `OCI_STREAMING_ENDPOINT_<REGION>` names it.
 */
export async function loadSecondaryStreamEndpoint(file: string = DEFAULT_FILE): Promise<string | undefined> {
  return (await load('loadSecondaryStreamEndpoint', file))?.endpoint;
}

/**
 * Writes the secondary into `stream.properties`, atomically; other keys and comments are kept. As after the Java
 * program, the secondary is then active: `ACTIVE_REGION` and `ACTIVE_SINCE` are removed. Rejects with `CONFIG` when the
 * arguments are not the OCID and endpoint of a stream, with `RECORD` when the system refuses.
 */
export async function saveSecondaryStream(
  ocid: string,
  endpoint: string,
  file: string = DEFAULT_FILE,
): Promise<void> {
  checkArgument('saveSecondaryStream', 'file', file, 'text');
  const secondary = statedSecondary(ocid, endpoint, 'saveSecondaryStream');
  const record = { secondary, activeRegion: undefined, activeSince: undefined };
  const written = await writeRecordFile(file, record, systemDisk);
  if (written.type !== 'in-place') return;
  emitWarning({ type: 'warning', code: 'file-in-place', message: inPlaceWarning(file, written.because) });
}

async function load(call: string, file: string): Promise<StreamRef | undefined> {
  checkArgument(call, 'file', file, 'text');
  return checked(await readRecordFile(file, systemDisk)) ?? checked(namedInEnvironment(process.env));
}

function checked(named: NamedSecondary): StreamRef | undefined {
  const region = partsOfStreamOcid(named.ocid?.value ?? '')?.region;
  const endpoints = region === undefined ? {} : endpointsNamedFor([region], process.env);
  const { secondary, warnings } = checkSecondary(named, { secondaryRegion: undefined, endpoints });
  for (const message of warnings) emitWarning({ type: 'warning', code: 'record-not-used', message });
  return secondary;
}
