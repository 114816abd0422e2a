import type { Secret } from "../../../contract/secret.ts";
import { useAction, useWorkspace } from "../../api.ts";
import { DialogForm } from "../../parts/dialog-form.tsx";

export function DeleteSecret({ secret: { name }, onDone }: { secret: Secret; onDone: () => void }) {
  const params = { workspace: useWorkspace(), name };
  const forget = useAction("secret", "delete");
  return (
    <DialogForm
      submit="Delete"
      onSubmit={() => forget.mutate({ params }, { onSuccess: onDone })}
      onBack={onDone}
      change={forget}
      disabled={false}
      isNegative
    >
      <p>
        The value of <code>{name}</code> is forgotten. Steps that need it fail, and jobs that name it are refused.
      </p>
    </DialogForm>
  );
}
