/** With 95 % confidence verdicts come less often than this, an hour: the count would be so low in one case of 20 (Poisson). */
export function upperBound({
  verdicts,
  hours,
}: {
  readonly verdicts: number;
  readonly hours: number;
}): number {
  const chanceOfSoFew = (expected: number): number => {
    let term = Math.exp(-expected);
    let sum = term;
    for (let count = 1; count <= verdicts; count++) sum += term *= expected / count;
    return sum;
  };
  let low = 0;
  let high = 4 * verdicts + 10;
  while (high - low > 1e-6) {
    const middle = (low + high) / 2;
    if (chanceOfSoFew(middle) > 0.05) low = middle;
    else high = middle;
  }
  return high / hours;
}
