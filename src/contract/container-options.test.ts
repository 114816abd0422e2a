import { expect, it } from "vitest";
import { containerOptionsSchema } from "./container-options.ts";

const accepts = (argument: string) => containerOptionsSchema.safeParse({ arguments: [argument] }).success;

it.each([
  "--ulimit=memlock=-1",
  "--ulimit=nofile=1024:2048",
  "--tmpfs=/scratch:rw,size=2g",
  "--init",
  "--cap-drop=KILL",
])("takes %s", (argument) => expect(accepts(argument)).toBe(true));

it.each([
  ...["--privileged", "--volume=/:/host", "--mount=type=bind,src=/,dst=/h", "--device=/dev/sda", "--pid=host"],
  ...["--network=host", "--ipc=host", "--security-opt=seccomp=unconfined", "--cap-add=SYS_ADMIN", "--user=0"],
  ...["--tmpfs=/x:bind,/etc", "--ulimit=a=1 --privileged", "--hostname=a b", "-v", "", "--constructor=x"],
])("does not take %j", (argument) => expect(accepts(argument)).toBe(false));
