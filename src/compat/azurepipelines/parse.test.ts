// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the language writes its expressions this way
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parsePipeline } from "./index.ts";

const parse = (text: string) => parsePipeline(text, "build.yml");
const steps = (text: string) => `steps:\n${text}`;

describe("an Azure Pipelines file", () => {
  it("is read: the sample of the repository", () => {
    const file = new URL("../../../examples/diabetes/azure-pipelines.yml", import.meta.url);
    expect(parse(readFileSync(file, "utf8"))).toMatchObject({
      issues: [],
      definition: {
        environment: "environments/train.yml",
        steps: [{ displayName: "Test", script: expect.stringContaining("pytest"), workingDirectory: "", env: {} }],
        testResults: ["test-results.xml"],
      },
    });
  });

  it("gives scripts their variables, folder and environment", () => {
    const { definition, issues } = parse(`
name: $(Date:yyyyMMdd)
trigger: { branches: { include: [main] } }
pr: none
pool: { vmImage: ubuntu-latest }
variables:
  - name: data.folder
    value: data
  - { name: file, value: $(data.folder)/x.csv }
steps:
  - checkout: self
  - bash: |
      cat $(file) $(Build.SourcesDirectory)/y
      echo $(date +%F) $(pwd) "\${HOME}"
    workingDirectory: $(System.DefaultWorkingDirectory)/src
    env: { FROM: $(data.folder) }
  - script: exit 1
    enabled: false
  - task: PublishTestResults@2
    condition: succeededOrFailed()
    inputs:
      testResultsFiles: |
        **/TEST-*.xml
        ./reports/junit.xml
`);
    expect(issues).toEqual([]);
    expect(definition).toEqual({
      environment: null,
      variables: { DATA_FOLDER: "data", FILE: "data/x.csv" },
      steps: [
        {
          displayName: "cat $(file) $(Build.SourcesDirectory)/y",
          script: 'cat data/x.csv ${BUILD_SOURCESDIRECTORY}/y\necho $(date +%F) $(pwd) "${HOME}"\n',
          workingDirectory: "src",
          env: { FROM: "data" },
        },
      ],
      testResults: ["**/TEST-*.xml", "reports/junit.xml"],
    });
  });

  const refused: [text: string, at: string, message: string][] = [
    ["stages:\n  - stage: A\n", "build.yml:2:3", "not supported yet: stages"],
    ["jobs:\n  - job: A\n", "build.yml:2:3", "not supported yet: jobs"],
    ["extends:\n  template: x.yml\n", "build.yml:2:3", "not supported yet: templates"],
    ["parameters: [{ name: x }]\nsteps: [{ script: x }]", "build.yml:1:13", "not supported yet: parameters"],
    ["step:\n  - script: x\n", "build.yml:1:1", 'unknown field "step" in a pipeline'],
    ["pool: x\n", "build.yml:1:1", 'a pipeline needs the field "steps"'],
    ["- script: x\n", "build.yml:1:1", "a pipeline must be a mapping, but it is a list"],
    ["steps: [\n", "build.yml:2:1", "this is not valid YAML: "],
    ["variables: [{ group: keys }]\nsteps: [{ script: x }]", "build.yml:1:22", "variable groups are not supported yet"],
    [
      "variables: { environment: ../x.yml }\nsteps: [{ script: x }]",
      "build.yml:1:27",
      'the conda file "../x.yml" leads',
    ],
    [steps("  - template: x.yml"), "build.yml:2:5", "not supported yet: templates"],
    [steps("  - pwsh: x"), "build.yml:2:5", "not supported yet: PowerShell steps"],
    [steps("  - ${{ if true }}:\n    - script: x"), "build.yml:2:5", "not supported yet: template expressions"],
    [steps("  - scripts: x"), "build.yml:2:5", "a step needs one of script, bash, task, checkout"],
    [steps("  - script: x\n    displayname: y"), "build.yml:3:5", 'unknown field "displayname" in a script step'],
    [steps("  - script: x\n    continueOnError: true"), "build.yml:3:22", "not supported yet: continueOnError"],
    [steps("  - script: x\n    condition: always()"), "build.yml:3:16", "not supported yet: the condition always()"],
    [steps("  - script: x\n    workingDirectory: /etc"), "build.yml:3:23", 'the folder "/etc" leads out of the code'],
    [
      steps("  - script: echo ${{ variables.x }}"),
      "build.yml:2:13",
      "not supported yet: template expressions ${{ … }}",
    ],
    [steps("  - script: echo $[ variables.x ]"), "build.yml:2:13", "not supported yet: runtime expressions $[ … ]"],
    [steps("  - script: echo $(Build.BuildId)"), "build.yml:2:13", "not supported yet: the predefined variable"],
    [steps("  - task: UsePythonVersion@0"), "build.yml:2:11", "not supported yet: the task UsePythonVersion@0"],
    [steps("  - task: PublishTestResults@1"), "build.yml:2:11", "not supported yet: the task PublishTestResults@1"],
    [
      steps("  - task: PublishTestResults@2\n    inputs: { testResultsFormat: NUnit }"),
      "build.yml:3:34",
      "not supported yet: test results in the format NUnit",
    ],
    [
      steps("  - task: PublishTestResults@2\n    inputs: { testResultsFiles: '$(rm -rf /)' }"),
      "build.yml:3:33",
      'not supported yet: the file pattern "$(rm -rf /)"',
    ],
    [steps("  - checkout: none"), "build.yml:2:15", "not supported yet: checking out anything but self"],
    [steps("  - checkout: self"), "build.yml:2:3", "there is no script step"],
  ];
  it.each(refused)("is refused with a place: %j", (text, at, message) => {
    const { definition, issues } = parse(text);
    expect(definition).toBeNull();
    expect(issues[0]).toMatchObject({ at, message: expect.stringContaining(message) });
  });

  it("names every finding at once, with what was probably meant", () => {
    const { issues } = parse("trigers: none\nsteps:\n  - scrip: x\n  - script: y\n    env: [1]\n");
    expect(issues.map((issue) => issue.hint)).toEqual(['Did you mean "trigger"?', 'Did you mean "script"?', undefined]);
  });
});
