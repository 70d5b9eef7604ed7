import { effect } from "@preact/signals";
import { render } from "preact";
import { App } from "./app";
import { follow } from "./model/address";
import { start } from "./model/open";
import { theme } from "./model/store";
import "./styles/base.css";
import "./styles/table.css";
import "./styles/topology.css";
import "./styles/panel.css";

const KEY = "gatescope-theme";
try {
  const saved = localStorage.getItem(KEY);
  if (saved === "light" || saved === "dark") theme.value = saved;
} catch {
  // Storage may be forbidden: the system's choice it is.
}
effect(() => {
  const t = theme.value;
  if (t === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = t;
  try {
    if (t === "auto") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, t);
  } catch {
    // As above.
  }
});

follow();
const app = document.getElementById("app");
if (app) {
  app.textContent = "";
  render(<App />, app);
}
void start();
