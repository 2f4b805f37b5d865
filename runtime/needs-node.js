// The first import of the library: on an old Node it says so in one line, before anything else of it is run.
import { nodeProblem } from './node-version.js';

const problem = nodeProblem(process.versions.node);
if (problem !== undefined) {
  const error = new Error(problem);
  // Where this file is tells a person nothing.
  error.stack = problem;
  throw error;
}
