import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import {
  activeRegionOf,
  checkRecord,
  endpointsNamedFor,
  MAX_RECORD_BYTES,
  parseRecord,
  textOfProperties,
} from '../runtime/record/format.ts';

/** The part of stream.properties that the stack uses. */
export interface RuntimeRecord {
  /** The secondary that the runtime found or created. */
  readonly secondary?: { readonly ocid: string; readonly endpoint: string };
  /** The region that new messages are written to. */
  readonly activeRegion?: string;
  /** Problems of the file, for the output of `pulumi up`. They do not stop the update. */
  readonly warnings: readonly string[];
}

/** The stack's configuration, which the record must agree with. */
interface Expected {
  readonly primaryRegion: string;
  readonly secondaryRegion: string;
  readonly compartmentId?: string;
}

/**
 * Reads the record by the rules of the runtime. What the runtime would refuse (an endpoint that is neither OCI's nor
 * named by `OCI_STREAMING_ENDPOINT_<REGION>`, a stream in another region, an unknown encoding) is ignored, with a
 * warning.
 */
export function readRecord(
  file: string,
  expected: Expected,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): RuntimeRecord {
  try {
    const bytes = bytesOf(file);
    if (bytes === undefined) return { warnings: [] };
    const { primaryRegion, secondaryRegion } = expected;
    const endpoints = endpointsNamedFor([primaryRegion, secondaryRegion], environment);
    const { record, warnings } = checkRecord(parseRecord(textOfProperties(bytes, file), file), {
      ...expected,
      endpoints,
    });
    const activeRegion = activeRegionOf(record, expected);
    const { secondary } = record;
    return {
      ...(secondary && { secondary: { ocid: secondary.ocid, endpoint: secondary.endpoint } }),
      ...(activeRegion !== undefined && { activeRegion }),
      warnings,
    };
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error);
    return { warnings: [`${because}. The record is ignored.`] };
  }
}

/** Undefined when there is no file. A FIFO is opened without waiting for its writer; a record has four lines. */
function bytesOf(file: string): Uint8Array | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Error(`${file} cannot be read (${(error as Error).message})`, { cause: error });
  }
  try {
    if (!fstatSync(descriptor).isFile()) throw new Error(`${file} is not a regular file`);
    const bytes = Buffer.alloc(MAX_RECORD_BYTES + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length < bytes.length; length += read) {
      read = readSync(descriptor, bytes, length, bytes.length - length, null);
    }
    if (length > MAX_RECORD_BYTES) throw new Error(`${file} is longer than ${MAX_RECORD_BYTES} bytes`);
    return bytes.subarray(0, length);
  } finally {
    closeSync(descriptor);
  }
}
