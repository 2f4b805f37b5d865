export { ScenarioPlayer } from './scenario-player.ts';
export { checkedScenario, ScenarioError, type CheckedScenario, type Scenario } from './scenario.ts';
