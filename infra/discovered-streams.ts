/** A stream as OCI, or the state of the stack, describes it. */
export interface LiveStream {
  readonly ocid: string;
  readonly endpoint: string;
  readonly name: string;
  readonly partitions: number;
  /** Absent in listings. */
  readonly retentionInHours?: number;
  readonly compartmentId: string;
  readonly streamPoolId: string;
  readonly freeformTags: Readonly<{ [key: string]: string }>;
}

/** The result of a look-up of one stream by its OCID. */
export type StreamLookup =
  | { readonly type: 'present'; readonly stream: LiveStream }
  /** Deleted, or not visible to this user: OCI does not distinguish them. */
  | { readonly type: 'gone' }
  | { readonly type: 'failed'; readonly because: string }
  /**
   * Not asked, because its region is not active according to the record: a region that is down would delay the update
   * by minutes.
   */
  | { readonly type: 'not-asked' };

/** The result of a listing by name, without streams that are deleted or failed. */
export type Listing =
  | { readonly type: 'answered'; readonly streams: readonly LiveStream[] }
  | { readonly type: 'failed'; readonly because: string };

/** A secondary that was known before its region answered. */
export interface RememberedSecondary {
  readonly ocid: string;
  readonly endpoint: string;
  /** Where it is recorded: `stream.properties`, `the last update`. */
  readonly from: string;
}

/** What both regions answered before any resource is declared. */
export interface DiscoveredStreams {
  readonly primary: {
    /** The stream in the state of the stack. */
    readonly owned?: StreamLookup;
    /** Streams with its name. Absent when there is one in the state. */
    readonly named?: Listing;
  };
  readonly secondary: {
    readonly owned?: StreamLookup;
    readonly named?: Listing;
    readonly remembered?: RememberedSecondary & { readonly look: StreamLookup };
  };
}

export interface SecondaryChoice {
  readonly secondary?: { readonly ocid: string; readonly endpoint: string };
  /** The chosen stream as its region describes it; absent when it is only recorded. */
  readonly live?: LiveStream;
  readonly warnings: readonly string[];
}

/**
 * Which stream the outputs name as the secondary: the recorded one while it exists, else the one with the smallest
 * OCID, which all processes choose. A failed look-up does not remove a good output; a stream that is gone is no longer
 * named.
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
    remembered &&
    `${remembered.ocid} from ${remembered.from} is gone: it was deleted, or this user may not see it`;
  if (!live) {
    return {
      warnings:
        gone === undefined ? [] : [`${gone}. The outputs name no secondary until another one exists.`],
    };
  }
  return {
    secondary: { ocid: live.ocid, endpoint: live.endpoint },
    live,
    warnings: [
      ...(gone === undefined ? [] : [`${gone}. ${live.ocid} is the secondary now.`]),
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
    `More than one stream can be the secondary; ${live.ocid} is used. Check the others called ${name}, and delete those that are not needed: ${rest.join(', ')}.`,
  ];
}
