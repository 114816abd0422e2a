import type { ScheduleSettings } from "../../contract/schedule.ts";
import type { ScheduleTable } from "./schema.ts";

export const settingsOf = (row: ScheduleTable): ScheduleSettings => JSON.parse(row.settings) as ScheduleSettings;
