/** Every region that the OCI SDK of this version knows; a test compares. Another one can be used by naming its endpoint. */
export const REGION_NAMES: readonly string[] = Object.freeze(
  (
    'af-casablanca-1 af-johannesburg-1 ap-batam-1 ap-chiyoda-1 ap-chuncheon-1 ap-chuncheon-2 ap-dcc-canberra-1 ' +
    'ap-dcc-gazipur-1 ap-delhi-1 ap-hyderabad-1 ap-ibaraki-1 ap-kulai-2 ap-melbourne-1 ap-mumbai-1 ap-osaka-1 ' +
    'ap-seoul-1 ap-seoul-2 ap-singapore-1 ap-singapore-2 ap-suwon-1 ap-sydney-1 ap-tokyo-1 ca-montreal-1 ' +
    'ca-toronto-1 eu-amsterdam-1 eu-budapest-1 eu-crissier-1 eu-dcc-dublin-1 eu-dcc-dublin-2 eu-dcc-milan-1 ' +
    'eu-dcc-milan-2 eu-dcc-rating-1 eu-dcc-rating-2 eu-dcc-zurich-1 eu-frankfurt-1 eu-frankfurt-2 eu-jovanovac-1 ' +
    'eu-madrid-1 eu-madrid-2 eu-madrid-3 eu-marseille-1 eu-milan-1 eu-paris-1 eu-stockholm-1 eu-turin-1 ' +
    'eu-zurich-1 il-jerusalem-1 me-abudhabi-1 me-abudhabi-2 me-abudhabi-3 me-abudhabi-4 me-alain-1 me-alrayyan-1 ' +
    'me-dcc-doha-1 me-dcc-muscat-1 me-dubai-1 me-ibri-1 me-jeddah-1 me-riyadh-1 mx-monterrey-1 mx-queretaro-1 ' +
    'sa-bogota-1 sa-riodejaneiro-1 sa-santiago-1 sa-saopaulo-1 sa-valparaiso-1 sa-vinhedo-1 uk-cardiff-1 ' +
    'uk-gov-cardiff-1 uk-gov-london-1 uk-london-1 us-ashburn-1 us-ashburn-2 us-chicago-1 us-gov-ashburn-1 ' +
    'us-gov-chicago-1 us-gov-phoenix-1 us-langley-1 us-luke-1 us-newark-1 us-phoenix-1 us-saltlake-2 us-sanjose-1 ' +
    'us-somerset-1 us-thames-1'
  ).split(' '),
);

/** Names that differ by more letters are other names, not mistyped ones. */
const MOST_MISTYPED = 3;

/** Also a region that may have been added since: a known city with another number. */
export function isRegionOfKnownCity(name: string): boolean {
  const city = (region: string): string => region.replace(/-\d+$/, '');
  return REGION_NAMES.some((known) => city(known) === city(name));
}

/** The known name that is most like this one, whatever the case of letters; undefined when none is near. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  let nearest: { readonly name: string; readonly distance: number } | undefined;
  for (const each of known) {
    const distance = editDistance(name.toLowerCase(), each.toLowerCase());
    if (distance <= Math.min(MOST_MISTYPED, name.length / 2) && distance < (nearest?.distance ?? Infinity))
      nearest = { name: each, distance };
  }
  return nearest?.name;
}

/** Levenshtein: letters to insert, remove or replace. */
function editDistance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (one[i - 1] === other[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, replaced));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}
