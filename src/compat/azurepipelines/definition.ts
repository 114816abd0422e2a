/** One script of a build, run by bash in a shell of its own. */
export interface ScriptStep {
  displayName: string;
  script: string;
  /** Relative to the root of the code. */
  workingDirectory: string;
  env: Record<string, string>;
}

/** What an Azure Pipelines file asks for, with its variables filled in. */
export interface BuildDefinition {
  /** Conda file in the code tree that says what the scripts run in; null means the agent's own interpreter. */
  environment: string | null;
  /** Environment variables of every script. */
  variables: Record<string, string>;
  steps: ScriptStep[];
  /** Patterns of JUnit files, relative to the root of the code. They are collected whatever the scripts end with. */
  testResults: string[];
}
