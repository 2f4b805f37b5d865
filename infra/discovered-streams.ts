import type { Configuration } from './configuration.ts';
import type { OwnedStream, PreviousState } from './previous-state.ts';

/** A stream as OCI shows it, or as the state of the stack remembers it. */
export interface LiveStream {
  readonly ocid: string;
  readonly endpoint: string;
  readonly name: string;
  readonly partitions: number;
  /** Hours; a listing leaves it out, a look at the stream itself has it. */
  readonly retentionInHours?: number;
  readonly compartmentId: string;
  readonly streamPoolId: string;
  readonly freeformTags: Readonly<{ [key: string]: string }>;
}

/** What came of asking for one stream by its OCID. */
export type Look =
  | { readonly type: 'present'; readonly stream: LiveStream }
  /** Deleted, or not to be seen by this user: OCI answers both alike. */
  | { readonly type: 'gone' }
  | { readonly type: 'failed'; readonly because: string }
  /** Its region is out of use, says the record: asking would hold the update up for minutes. */
  | { readonly type: 'not-asked' };

/** What came of asking for the streams of a name; those that are deleted or failed are left out. */
export type Listing =
  | { readonly type: 'answered'; readonly streams: readonly LiveStream[] }
  | { readonly type: 'failed'; readonly because: string };

/** A secondary that was known before its region was asked. */
export interface RememberedSecondary {
  readonly ocid: string;
  readonly endpoint: string;
  /** Who remembers: `stream.properties`, `the last update`. */
  readonly from: string;
}

/** What the regions showed before anything was declared. */
export interface DiscoveredStreams {
  readonly primary: {
    /** The one that is in the state of the stack. */
    readonly owned?: Look;
    /** Those of its name, asked for when there is none in the state. */
    readonly named?: Listing;
  };
  readonly secondary: {
    readonly owned?: Look;
    readonly named?: Listing;
    readonly remembered?: RememberedSecondary & { readonly look: Look };
  };
}

export interface SecondaryChoice {
  readonly secondary?: { readonly ocid: string; readonly endpoint: string };
  /** The chosen stream as its region showed it; absent when it is only remembered. */
  readonly live?: LiveStream;
  readonly warnings: readonly string[];
}

/**
 * Which stream the outputs name as the secondary: the remembered one while it lives, else the one that all processes
 * converge on (the smallest OCID). A look-up that fails never turns a good output into nothing; a stream that is known to
 * be gone is not named any more.
 */
export function chooseSecondary({ named, remembered }: DiscoveredStreams['secondary']): SecondaryChoice {
  const known = remembered && { ocid: remembered.ocid, endpoint: remembered.endpoint };
  const failure = [remembered?.look, named].find((answer) => answer?.type === 'failed');
  const candidates = named?.type === 'answered' ? inOrder(named.streams) : [];
  if (remembered?.look.type === 'present') {
    const live = remembered.look.stream;
    const secondary = { ocid: live.ocid, endpoint: live.endpoint };
    return { secondary, live, warnings: others(live, candidates) };
  }
  if (failure?.type === 'failed') {
    const kept = remembered ? `; kept ${remembered.ocid} from ${remembered.from}` : '';
    const words = `The look-up of the secondary failed${kept}: ${failure.because}`;
    return { ...(known && { secondary: known }), warnings: [words] };
  }
  const [live] = candidates;
  const gone =
    remembered && `${remembered.ocid} from ${remembered.from} is gone: it was deleted, or you may not see it`;
  if (!live) {
    return {
      warnings: gone === undefined ? [] : [`${gone}. The outputs name no secondary until there is one.`],
    };
  }
  return {
    secondary: { ocid: live.ocid, endpoint: live.endpoint },
    live,
    warnings: [
      ...(gone === undefined ? [] : [`${gone}. ${live.ocid} takes its place as the secondary.`]),
      ...others(live, candidates),
    ],
  };
}

export function inOrder(streams: readonly LiveStream[]): LiveStream[] {
  return [...streams].sort((a, b) => (a.ocid < b.ocid ? -1 : 1));
}

function others(live: LiveStream, candidates: readonly LiveStream[]): string[] {
  const rest = candidates.filter(({ ocid }) => ocid !== live.ocid).map(({ ocid }) => ocid);
  if (rest.length === 0) return [];
  const { name } = candidates[0] ?? live;
  return [
    `There is more than one stream for the secondary: ${live.ocid} is it. Look at the others called ${name}, and perhaps remove them: ${rest.join(', ')}.`,
  ];
}

/** The stream of a role that is in the state of the stack, in the region that the configuration names. */
export function ownedStream(
  { primaryRegion, secondaryRegion }: Pick<Configuration, 'primaryRegion' | 'secondaryRegion'>,
  { streams }: PreviousState,
  role: OwnedStream['role'],
): OwnedStream | undefined {
  const wanted = role === 'primary' ? primaryRegion : secondaryRegion;
  return streams.find((stream) => stream.role === role && (stream.region === wanted || stream.region === ''));
}
