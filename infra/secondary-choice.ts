import type { LiveStream } from './live-stream.ts';

/** What the secondary region said when it was asked for ACTIVE streams of the secondary's name. */
export type Listing =
  | { readonly state: 'answered'; readonly streams: readonly LiveStream[] }
  | { readonly state: 'failed'; readonly because: string };

/** The secondary that was known before the region was asked. */
export interface RememberedSecondary {
  readonly ocid: string;
  readonly endpoint: string;
  /** Who remembers: `stream.properties`, `the last update`. */
  readonly from: string;
}

export interface SecondaryChoice {
  readonly secondary?: { readonly ocid: string; readonly endpoint: string };
  /** The chosen stream as the region showed it; absent when it is only remembered. */
  readonly live?: LiveStream;
  readonly warning?: string;
}

/**
 * Which stream the outputs name as the secondary: the remembered one while it lives, else the one that all processes
 * converge on (the smallest OCID). A look-up that fails or finds nothing never turns a good output into nothing.
 */
export function chooseSecondary(listing: Listing, remembered?: RememberedSecondary): SecondaryChoice {
  if (listing.state === 'failed') {
    const kept = remembered ? `; kept ${remembered.ocid} from ${remembered.from}` : '';
    return { ...keep(remembered), warning: `The look-up of the secondary failed${kept}: ${listing.because}` };
  }
  const streams = [...listing.streams].sort((a, b) => (a.ocid < b.ocid ? -1 : 1));
  const same = streams.find((stream) => stream.ocid === remembered?.ocid);
  const live = same ?? streams[0];
  if (!live) {
    if (!remembered) return {};
    const words = `No ACTIVE secondary was found; kept ${remembered.ocid} from ${remembered.from}. Was it deleted?`;
    return { ...keep(remembered), warning: words };
  }
  const warning = doubt(live, streams, remembered);
  return {
    secondary: { ocid: live.ocid, endpoint: live.endpoint },
    live,
    ...(warning !== undefined && { warning }),
  };
}

function keep(remembered?: RememberedSecondary): Pick<SecondaryChoice, 'secondary'> {
  return remembered ? { secondary: { ocid: remembered.ocid, endpoint: remembered.endpoint } } : {};
}

function doubt(
  live: LiveStream,
  streams: readonly LiveStream[],
  remembered?: RememberedSecondary,
): string | undefined {
  if (remembered && remembered.ocid !== live.ocid) {
    return `${remembered.ocid} from ${remembered.from} is no longer ACTIVE; ${live.ocid} takes its place as the secondary.`;
  }
  if (streams.length < 2) return undefined;
  const others = streams.filter((stream) => stream !== live).map((stream) => stream.ocid);
  return `${streams.length} ACTIVE streams are called ${live.name}; ${live.ocid} is the secondary. Look at, and perhaps remove: ${others.join(', ')}.`;
}
