import type { Datastore } from "../../contract/datastore.ts";

/** The URL that the paths of a datastore stand for, without a slash at its end: what `--url-folders` can name. */
export function addressOf({ type, settings }: Pick<Datastore, "type" | "settings">): string {
  const { endpoint = "core.windows.net", protocol = "https" } = settings;
  const storage = (service: string, container: string | undefined): string =>
    `${protocol}://${settings.account_name}.${service}.${endpoint}/${container}`;
  switch (type) {
    case "local":
      return `file://${settings.path}`;
    case "azure_blob":
      return storage("blob", settings.container_name);
    case "azure_file":
      return storage("file", settings.file_share_name);
    // Both names of the account mean one place.
    case "azure_data_lake_gen2":
      return storage("blob", settings.filesystem);
    case "azure_data_lake_gen1":
      return `adl://${settings.store_name}.azuredatalakestore.net`;
    case "one_lake": {
      const host = settings.endpoint ?? "onelake.dfs.fabric.microsoft.com";
      return `https://${host}/${settings.one_lake_workspace_name}/${settings.artifact}.Lakehouse`;
    }
    case "hdfs":
      return `hdfs://${settings.name_node_address}`;
  }
}
