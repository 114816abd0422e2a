import { Button, PasswordInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate, useRouter, useSearch } from "@tanstack/react-router";
import { type FormEvent, useEffect, useState } from "react";
import { Problem } from "../../../contract/errors.ts";
import { client } from "../../api.ts";
import { Command } from "../../parts/copy.tsx";
import { ProblemBox } from "../../parts/problem.tsx";
import { Logo } from "../../shell/logo.tsx";

/** A code works once: the one in the address is sent once, also when React mounts the page twice. */
const sent = new Map<string, Promise<unknown>>();
const signInOnce = (code: string) => {
  const known = sent.get(code);
  if (known) return known;
  const answer = client.access.signIn({ body: { code } });
  sent.set(code, answer);
  return answer;
};

export function SignInPage() {
  const { code, next } = useSearch({ from: "/sign-in" });
  const [typed, setTyped] = useState("");
  const [error, setError] = useState<Error | null>(null);
  const [busy, setBusy] = useState(code !== undefined);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const router = useRouter();

  const enter = () => {
    queries.clear();
    if (next?.startsWith("/") && !next.startsWith("//")) router.history.replace(next);
    else void navigate({ to: "/", replace: true });
  };
  const fail = (problem: Error) => {
    setBusy(false);
    setError(problem);
    void navigate({ to: "/sign-in", search: { next }, replace: true });
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: only a new code in the address signs in
  useEffect(() => {
    document.title = "Sign in · Trainyard";
    if (code) signInOnce(code).then(enter, fail);
  }, [code]);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    client.access.signIn({ body: { code: codeOf(typed) } }).then(enter, fail);
  };
  const refused = error instanceof Problem && error.code !== "internal" && error.code !== "unavailable";
  return (
    <main className="ty-signin">
      <div className="ty-signin-card">
        <Logo size={40} />
        <h1>Sign in to Trainyard</h1>
        {refused ? (
          <div className="ty-problem" role="alert">
            <div>
              <strong>This code is not valid.</strong> It may have been used already, or be too old: a sign-in code
              works once. Get a new one below.
            </div>
          </div>
        ) : (
          error && <ProblemBox error={error} />
        )}
        <form onSubmit={submit}>
          <PasswordInput
            label="Sign-in code or token"
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            autoComplete="off"
            disabled={busy}
            data-autofocus
            autoFocus
          />
          <Button type="submit" size="sm" fullWidth loading={busy} disabled={typed.trim() === ""}>
            Sign in
          </Button>
        </form>
        <div className="ty-signin-help">
          <p>On the machine where Trainyard runs, this prints a link that signs you in:</p>
          <Command>trainyard sign-in</Command>
        </div>
      </div>
    </main>
  );
}

/** People paste the whole link, too. */
function codeOf(text: string): string {
  const found = /[?&]code=([^&\s]+)/.exec(text);
  return found ? decodeURIComponent(found[1]!) : text.trim();
}
