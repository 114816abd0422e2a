import { Button, Tabs } from "@mantine/core";
import { useState } from "react";
import { client, useCan, useWorkspace } from "../../api.ts";
import { CodeBlock, CopyButton } from "../../parts/copy.tsx";
import { Section } from "../../parts/page.tsx";
import { ProblemBox } from "../../parts/problem.tsx";
import type { EndpointDetail } from "./endpoint.tsx";
import { formOf } from "./request.ts";

/** How a program calls the endpoint. */
export function Snippets({ endpoint }: { endpoint: EndpointDetail }) {
  const path = formOf(endpoint.example, endpoint.name)?.path ?? "/score";
  const url = `${endpoint.url ?? "http://127.0.0.1:8601"}${path}`;
  const withKey = endpoint.authMode === "key";
  return (
    <Section title="Call it from a program" aside={withKey && <Key name={endpoint.name} />}>
      <Tabs defaultValue="curl" keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="curl">curl</Tabs.Tab>
          <Tabs.Tab value="python">Python</Tabs.Tab>
          <Tabs.Tab value="cli">trainyard</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="curl" pt="sm">
          <CodeBlock text={curl(url, endpoint.example, withKey)} label="curl command" />
        </Tabs.Panel>
        <Tabs.Panel value="python" pt="sm">
          <CodeBlock text={python(url, endpoint.example, withKey)} label="Python program" />
        </Tabs.Panel>
        <Tabs.Panel value="cli" pt="sm">
          <CodeBlock
            text={`trainyard online-endpoint invoke ${endpoint.name} --request-file request.json`}
            label="command"
          />
        </Tabs.Panel>
      </Tabs>
    </Section>
  );
}

/** The key of the endpoint, read only when somebody asks to see it. */
function Key({ name }: { name: string }) {
  const workspace = useWorkspace();
  const allowed = useCan("endpoint:keys");
  const [key, setKey] = useState<string | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const show = () =>
    client.endpoint.keys({ params: { workspace, name } }).then(({ primary }) => setKey(primary), setError);
  if (error) return <ProblemBox error={error} />;
  if (key)
    return (
      <span className="ty-digest">
        <code>{key}</code>
        <CopyButton text={key} label="Copy key" />
      </span>
    );
  return (
    <Button
      variant="subtle"
      size="compact-xs"
      disabled={!allowed}
      title={allowed ? undefined : "Your role may not read keys"}
      onClick={() => void show()}
    >
      Show key
    </Button>
  );
}

function curl(url: string, example: unknown, withKey: boolean): string {
  const body = JSON.stringify(example).replaceAll("'", "'\\''");
  return [
    `curl ${url} \\`,
    "  -H 'content-type: application/json' \\",
    ...(withKey ? ['  -H "authorization: Bearer $TRAINYARD_ENDPOINT_KEY" \\'] : []),
    `  -d '${body}'`,
  ].join("\n");
}

function python(url: string, example: unknown, withKey: boolean): string {
  return [
    "import json, os, urllib.request",
    "",
    `body = json.loads(r'''${JSON.stringify(example)}''')`,
    "request = urllib.request.Request(",
    `    "${url}",`,
    "    data=json.dumps(body).encode(),",
    "    headers={",
    '        "content-type": "application/json",',
    ...(withKey ? ['        "authorization": f"Bearer {os.environ[\'TRAINYARD_ENDPOINT_KEY\']}",'] : []),
    "    },",
    ")",
    "print(json.load(urllib.request.urlopen(request)))",
  ].join("\n");
}
