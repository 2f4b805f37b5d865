// Plain JavaScript in old syntax: it has to run in the versions of Node that it refuses.

/** The least version that the programs and the library need, as `engines` of package.json says. */
export const LEAST_NODE = '22.18.0';

/**
 * What is wrong with this version of Node; undefined when it will do.
 * @param {string} version
 * @returns {string | undefined}
 */
export function nodeProblem(version) {
  const has = version.split('.').map(Number);
  const needs = LEAST_NODE.split('.').map(Number);
  for (let index = 0; index < needs.length; index++) {
    const difference = (has[index] || 0) - (needs[index] || 0);
    if (difference > 0) return undefined;
    if (difference < 0) {
      return (
        'oci-streaming-ha needs Node ' +
        LEAST_NODE +
        ' or newer; this is Node ' +
        version +
        ' (' +
        process.execPath +
        ').' +
        ' Install a newer one from https://nodejs.org/; in a checkout, npm ci brings one that npm run uses.'
      );
    }
  }
  return undefined;
}

/** Ends a program with exit code 2 and one line when this version of Node is too old. */
export function refuseOldNode() {
  const problem = nodeProblem(process.versions.node);
  if (problem === undefined) return;
  process.stderr.write(problem + '\n');
  process.exit(2);
}
