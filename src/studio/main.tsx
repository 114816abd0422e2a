import "./jitless.ts";
import "@mantine/core/styles.layer.css";
import "@mantine/notifications/styles.layer.css";
import "./styles/tokens.css";
import "./styles/shell.css";
import "./styles/parts.css";
import "./styles/pages.css";
import "./styles/models.css";
import "./styles/traces.css";
import "./styles/runs.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { pageOfMlflowLink } from "./mlflow-links.ts";

// After an upgrade the files that an open page still names are gone: load the page anew, once.
window.addEventListener("vite:preloadError", (event) => {
  const last = Number(sessionStorage.getItem("reloadedAt") ?? 0);
  if (Date.now() - last < 60_000) return;
  sessionStorage.setItem("reloadedAt", String(Date.now()));
  event.preventDefault();
  location.reload();
});

const linked = pageOfMlflowLink(location.pathname, location.hash);
if (linked !== null) history.replaceState(null, "", linked);

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
