export { play } from './play.ts';
export { checkedScenario, ScenarioError, type CheckedScenario, type Scenario } from './scenario.ts';
