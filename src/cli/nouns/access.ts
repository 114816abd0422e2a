import { roleNames } from "../../contract/permissions.ts";
import { connect } from "../connection.ts";
import { print, printFacts, printList, time } from "../output.ts";
import { addNoun, type Command, globalOptions, withExamples } from "../program.ts";

export function addAccess(program: Command): void {
  const user = addNoun(program, "user", "people and services, and what they may do");
  user
    .command("list")
    .description("list users and their roles")
    .action(async (_, command: Command) => {
      const options = globalOptions(command);
      const { items } = await connect(options).client.access.listUsers();
      printList(
        options,
        items,
        [
          { title: "name", of: (item) => item.name },
          { title: "kind", of: (item) => item.kind },
          { title: "roles", of: (item) => item.roles.map((it) => `${it.role} in ${it.workspace}`).join(", ") },
          { title: "created", of: (item) => time(item.createdAt) },
        ],
        "No user.",
      );
    });
  const create = user
    .command("create <name>")
    .description("create a user with a role, and a token for it")
    .requiredOption("--role <role>", `one of ${roleNames.join(", ")}`)
    .option("--in <workspace>", "workspace that the role holds in; default every one", "*")
    .action(async (name: string, flags: { role: string; in: string }, command: Command) => {
      const options = globalOptions(command);
      const { client } = connect(options);
      const body = { name, role: flags.role as (typeof roleNames)[number], workspace: flags.in };
      const created = await client.access.createUser({ body });
      const { token } = await client.access.createToken({
        params: { id: created.id },
        body: { description: "first token" },
      });
      printFacts(options, { ...created, token }, [
        ["user", created.name],
        ["token", token],
      ]);
    });
  withExamples(create, "trainyard user create ada --role approver");
  program
    .command("sign-in")
    .description("print a one-time link that signs you in to Studio")
    .action(async (_, command: Command) => {
      print((await connect(globalOptions(command)).client.access.createSignInLink()).url);
    });
}
