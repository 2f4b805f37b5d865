import { endpointVariable, trustedEndpoint } from '../core/index.ts';
import { HaError } from '../errors.ts';
import type { StreamRef } from '../region.ts';
import { KEYS } from './keys.ts';
import { regionOfStream } from './stream-ocid.ts';

/** A value that somebody wrote, and where: `stream.properties:2`, `environment`. */
export interface Found {
  readonly value: string;
  readonly where: string;
}

/** A secondary as a file or the environment names it: not judged yet. */
export interface NamedSecondary {
  readonly ocid: Found | undefined;
  readonly endpoint: Found | undefined;
}

export interface SecondaryTrust {
  /** The region that the secondary must be of; undefined where nobody said, then it is the one that the OCID names. */
  readonly secondaryRegion: string | undefined;
  /** Region to the endpoint that the user's own settings name for it. */
  readonly endpoints: Readonly<Record<string, string>>;
}

export interface JudgedSecondary {
  readonly secondary: StreamRef | undefined;
  readonly warnings: readonly string[];
}

/**
 * What may be used of it. With one of the two values missing there is no secondary, and a warning names what is missing.
 * Throws `CONFIG`, with the place and the remedy, when the OCID is not of a stream in the secondary region, or when a
 * signed request must not go to the endpoint (core/endpoint-trust.ts).
 */
export function judgeSecondary({ ocid, endpoint }: NamedSecondary, trust: SecondaryTrust): JudgedSecondary {
  if (ocid !== undefined && endpoint !== undefined) {
    return { secondary: judgePair(ocid, endpoint, trust), warnings: [] };
  }
  if (ocid !== undefined) return { secondary: undefined, warnings: [half(ocid, KEYS.ocid, KEYS.endpoint)] };
  if (endpoint === undefined) return { secondary: undefined, warnings: [] };
  return { secondary: undefined, warnings: [half(endpoint, KEYS.endpoint, KEYS.ocid)] };
}

/**
 * A secondary that the program itself states: its word is enough for the endpoint. Throws `CONFIG` when the arguments are
 * not the OCID of a stream and an http(s) origin; `where` names the function for that message.
 */
export function statedSecondary(ocid: string, endpoint: string, where: string): StreamRef {
  const region = regionOfStream(ocid);
  const endpoints = region === undefined ? {} : { [region]: endpoint };
  return judgePair(
    { value: ocid, where },
    { value: endpoint, where },
    { secondaryRegion: region, endpoints },
  );
}

function judgePair(ocid: Found, endpoint: Found, trust: SecondaryTrust): StreamRef {
  const region = regionOfStream(ocid.value);
  if (region === undefined) {
    throw refusal(ocid, KEYS.ocid, "is not a stream's OCID (ocid1.stream.<realm>.<region>.<unique>)");
  }
  const expected = trust.secondaryRegion ?? region;
  if (region !== expected) {
    throw refusal(ocid, KEYS.ocid, `is of ${region}, and the secondary region is ${expected}`);
  }
  const verdict = trustedEndpoint(endpoint.value, region, trust.endpoints);
  if (!verdict.trusted) {
    const remedy = `, or, if it is yours, name it in the settings: ${endpointVariable(region)}`;
    throw refusal(endpoint, KEYS.endpoint, verdict.because, remedy);
  }
  return { region, ocid: ocid.value, endpoint: verdict.origin };
}

function half(found: Found, there: string, missing: string): string {
  return `${found.where}: ${there} is there but ${missing} is missing, so no secondary is known; write both or none`;
}

/** Of the value no more than an origin or a region is repeated: it may be anything, and the place is enough to find it. */
function refusal(found: Found, name: string, problem: string, remedy = ''): HaError {
  return new HaError('CONFIG', `${found.where}: ${name} ${problem}; correct or remove it${remedy}`);
}
