import type { Curve, FalseVerdicts } from './curve.ts';
import { upperBound } from './upper-bound.ts';

/** The plot of docs/verified.md, as SVG: false verdicts by share of errors, and seconds to a true verdict. */

const WIDTH = 900;
const HEIGHT = 380;
const COLOURS = ['#1b6ca8', '#c4501b', '#3d7d3a'];
/** Decades of verdicts an hour. */
const LOWEST = -4;
const HIGHEST = 3;
const MOST_SECONDS = 10;

const LEFT = { x: 70, y: 40, width: 360, height: 270 };
const RIGHT = { x: 640, y: 40, width: 230, height: 270 };

export function plotOf(curve: Curve): string {
  const traffics = [...new Set(curve.times.map(({ traffic }) => traffic))];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="white"/>`,
    ...falseVerdicts(curve, traffics),
    ...times(curve, traffics),
    ...traffics.map((traffic, index) => {
      const x = LEFT.x + index * 130;
      return `<circle cx="${x}" cy="362" r="4" fill="${COLOURS[index]}"/>${text(x + 9, 366, traffic)}`;
    }),
    '</svg>',
    '',
  ].join('\n');
}

function text(x: number, y: number, words: string, anchor: 'start' | 'middle' | 'end' = 'start'): string {
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}">${words}</text>`;
}

function line(x1: number, y1: number, x2: number, y2: number, colour = '#ddd'): string {
  return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" stroke="${colour}"/>`;
}

function round(number: number): number {
  return Math.round(number * 10) / 10;
}

/** A filled point is a rate; an open one with an arrow is the bound where no verdict was seen. */
function falseVerdicts({ falseVerdicts: all }: Curve, traffics: readonly string[]): string[] {
  const { x, y, width, height } = LEFT;
  const atShare = (share: number): number => x + share * width;
  const atRate = (rate: number): number =>
    y + height * (1 - (Math.log10(Math.max(rate, 10 ** LOWEST)) - LOWEST) / (HIGHEST - LOWEST));
  const parts = [text(x, 22, 'Verdicts an hour, by share of calls that end in 503 at random')];
  for (let decade = LOWEST; decade <= HIGHEST; decade++) {
    parts.push(line(x, atRate(10 ** decade), x + width, atRate(10 ** decade)));
    parts.push(text(x - 6, atRate(10 ** decade) + 4, `${10 ** decade}`, 'end'));
  }
  for (const share of [0, 0.2, 0.4, 0.6, 0.8, 1]) {
    parts.push(line(atShare(share), y, atShare(share), y + height));
    parts.push(text(atShare(share), y + height + 18, `${share * 100} %`, 'middle'));
  }
  traffics.forEach((traffic, index) => {
    const colour = COLOURS[index] ?? 'black';
    const shift = (index - 1) * 5;
    const mine = all.filter((each) => each.traffic === traffic && each.errors === '503');
    const seen = mine.filter(({ verdicts }) => verdicts > 0);
    const at = (each: FalseVerdicts): string =>
      `${round(atShare(each.share) + shift)},${round(atRate(each.verdicts / each.hours))}`;
    parts.push(`<polyline points="${seen.map(at).join(' ')}" fill="none" stroke="${colour}"/>`);
    for (const each of mine) {
      const cx = atShare(each.share) + shift;
      const isSeen = each.verdicts > 0;
      const cy = atRate(isSeen ? each.verdicts / each.hours : upperBound(each));
      parts.push(
        `<circle cx="${round(cx)}" cy="${round(cy)}" r="4" fill="${isSeen ? colour : 'white'}" stroke="${colour}"/>`,
      );
      if (!isSeen) parts.push(line(cx, cy + 4, cx, cy + 16, colour));
    }
  });
  parts.push(text(x, y + height + 36, 'open, with a line down: none seen, 95 % upper bound of the rate'));
  return parts;
}

/** For each kind of outage a row: the median as a point, a line to the longest. */
function times({ times: all }: Curve, traffics: readonly string[]): string[] {
  const { x, y, width, height } = RIGHT;
  const kinds = [...new Set(all.map(({ kind }) => kind))];
  const atSeconds = (seconds: number): number => x + (Math.min(seconds, MOST_SECONDS) / MOST_SECONDS) * width;
  const row = height / kinds.length;
  const parts = [text(x - 170, 22, 'Seconds from the first send in an outage to the verdict')];
  for (let seconds = 0; seconds <= MOST_SECONDS; seconds += 2) {
    parts.push(line(atSeconds(seconds), y, atSeconds(seconds), y + height));
    parts.push(text(atSeconds(seconds), y + height + 18, `${seconds}`, 'middle'));
  }
  kinds.forEach((kind, index) => {
    parts.push(text(x - 8, y + row * (index + 0.5) + 4, kind, 'end'));
    traffics.forEach((traffic, which) => {
      const found = all.find((each) => each.kind === kind && each.traffic === traffic);
      const median = found?.verdictMs[found.verdictMs.length >> 1];
      const longest = found?.verdictMs.at(-1);
      if (median === undefined || longest === undefined) return;
      const cy = y + row * (index + 0.25 * (which + 1));
      const colour = COLOURS[which] ?? 'black';
      parts.push(line(atSeconds(median / 1_000), cy, atSeconds(longest / 1_000), cy, colour));
      parts.push(
        `<circle cx="${round(atSeconds(median / 1_000))}" cy="${round(cy)}" r="3" fill="${colour}"/>`,
      );
    });
  });
  parts.push(text(x - 170, y + height + 36, 'point: the median; end of the line: the longest'));
  return parts;
}
