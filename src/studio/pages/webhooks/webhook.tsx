import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { query, useAction, useCan, useWorkspace } from "../../api.ts";
import { Loaded } from "../../parts/loaded.tsx";
import { Facts, Page, Section } from "../../parts/page.tsx";
import { ProblemBox } from "../../parts/problem.tsx";
import { State } from "../../parts/state.tsx";
import { Ago } from "../../parts/time.tsx";
import { Deliveries } from "./deliveries.tsx";

export function WebhookPage() {
  const { id } = useParams({ from: "/shell/webhooks/$id" });
  const params = { workspace: useWorkspace(), id };
  const webhook = useQuery(query("webhook", "get", { params }));
  return (
    <Loaded query={webhook}>
      {(found) => (
        <Page
          crumbs={[
            <Link key="list" to="/webhooks">
              Webhooks
            </Link>,
          ]}
          title={found.name}
          meta={<State value={found.state} />}
          lead={found.description}
          actions={<Actions id={id} isActive={found.state === "active"} />}
        >
          <Section title="Webhook">
            <Facts
              items={[
                ["URL", <code key="url">{found.url}</code>],
                ["Told about", found.events.join(", ")],
                ["Format", found.format === "mlflow" ? "MLflow's" : "CloudEvents 1.0"],
                ["Signed", found.hasSecret ? "yes" : "no"],
                ["Created by", found.createdBy.name],
                ["Changed", <Ago key="changed" at={found.updatedAt} />],
              ]}
            />
          </Section>
          <Section title="Deliveries" flush>
            <Deliveries id={id} />
          </Section>
        </Page>
      )}
    </Loaded>
  );
}

function Actions({ id, isActive }: { id: string; isActive: boolean }) {
  const params = { workspace: useWorkspace(), id };
  const navigate = useNavigate();
  const allowed = useCan("webhook:write");
  const test = useAction("webhook", "test");
  const update = useAction("webhook", "update");
  const remove = useAction("webhook", "delete");
  const error = test.error ?? update.error ?? remove.error;
  const send = () =>
    test.mutate(
      { params, body: {} },
      {
        onSuccess: (result) =>
          notifications.show({
            color: result.success ? undefined : "red",
            message: result.success ? `It arrived: ${result.status}.` : `It did not arrive: ${result.error}.`,
          }),
      },
    );
  return (
    <>
      <Button disabled={!allowed} loading={test.isPending} onClick={send}>
        Send a test
      </Button>
      <Button
        variant="default"
        disabled={!allowed}
        loading={update.isPending}
        onClick={() => update.mutate({ params, body: { state: isActive ? "disabled" : "active" } })}
      >
        {isActive ? "Disable" : "Enable"}
      </Button>
      <Button
        variant="default"
        disabled={!allowed}
        loading={remove.isPending}
        onClick={() => remove.mutate({ params }, { onSuccess: () => void navigate({ to: "/webhooks" }) })}
      >
        Delete
      </Button>
      {error && <ProblemBox error={error} />}
    </>
  );
}
