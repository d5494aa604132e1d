// Watches the start and the life of the lab from outside WebAssembly, so that a page that cannot load and an engine
// that has stopped both end in a plain screen that keeps the work. It reads storage and never depends on the app.
(() => {
  "use strict";
  const PREFIX = "ecs-lab/";
  const SLOW_MS = 20000;
  // The code of the views that the first load leaves out; a build in one piece has none apart.
  const VIEWS = document.querySelector("meta[name=ecs-lab-views]")?.content;
  const Trap = globalThis.WebAssembly?.RuntimeError ?? class {};
  let started = false;
  let stopped = false;

  const get = async (path) => {
    const answer = await fetch(path);
    return answer.ok ? answer : Promise.reject(answer.status);
  };
  const split = async (ecsLab) => WebAssembly.instantiate(await (await get(VIEWS)).arrayBuffer(), { ecsLab });
  let views;
  let choices = "";
  let tables = "";
  globalThis.ecsLabViews = {
    choices: () => choices,
    tables: () => tables,
    // Fills the gates of the page's function table. After a failure it can be asked again.
    load: (ecsLab) => views ??= Promise.all([get("views/choices.txt"), get("views/tables.txt"), VIEWS && split(ecsLab)])
      .then(async ([first, second]) => { [choices, tables] = [await first.text(), await second.text()]; })
      .catch((error) => { views = undefined; throw error; }),
  };

  const kept = () => {
    const all = {};
    try {
      for (let i = 0; i < localStorage.length; i += 1) {
        const key = localStorage.key(i);
        if (key.startsWith(PREFIX)) all[key] = localStorage.getItem(key);
      }
    } catch (error) {
      all.unreadable = String(error);
    }
    return all;
  };

  // What the page was told at the end: the app sends the commands that were not yet written.
  const show = (title, text, detail, unsaved) => {
    if (stopped) return;
    // A preload can fail before the parser has read the screen.
    if (document.readyState === "loading") {
      return document.addEventListener("readystatechange", () => show(title, text, detail, unsaved), { once: true });
    }
    stopped = true;
    const screen = document.getElementById("stopped");
    if (!screen) return;
    const part = (name) => document.getElementById("stopped-" + name);
    const work = kept();
    const any = Object.keys(work).some((key) => /\/(lab\/|progress|aside\/)/.test(key)) || Boolean(unsaved?.length);
    document.getElementById("app")?.setAttribute("hidden", "");
    part("title").textContent = title;
    part("text").textContent = text;
    part("kept").textContent = any
      ? "Your work is kept in this browser. The download holds it all: attach it to a bug report, or keep it as a copy."
      : "There is no kept work in this browser yet, so nothing is lost.";
    part("detail").textContent = detail;
    part("detail").hidden = !detail;
    part("reload").addEventListener("click", () => location.reload());
    const report = { kind: "ecs-lab-report", page: location.href, agent: navigator.userAgent, title, detail, unsaved, kept: work };
    const link = part("report");
    link.href = URL.createObjectURL(new Blob([JSON.stringify(report, null, 1)], { type: "application/json" }));
    link.hidden = !any;
    const fresh = part("fresh");
    fresh.hidden = !Object.keys(work).some((key) => key.startsWith(PREFIX + "lab/"));
    fresh.addEventListener("click", () => {
      for (const [key, value] of Object.entries(kept())) {
        // The copies belong to the lab that goes.
        if (key.startsWith(PREFIX + "copies/")) localStorage.removeItem(key);
        if (!key.startsWith(PREFIX + "lab/")) continue;
        const aside = PREFIX + "aside/" + Date.now() + "-" + key.slice(PREFIX.length + 4);
        try {
          // Removed first: at a full store the copy would not fit beside it. The value stays in hand meanwhile.
          localStorage.removeItem(key);
          localStorage.setItem(aside, value);
        } catch (error) {
          localStorage.setItem(key, value);
          part("detail").hidden = false;
          part("detail").textContent = "The kept lab could not be moved: " + error + ". Download it first.";
          return;
        }
      }
      location.reload();
    });
    screen.hidden = false;
    part("title").tabIndex = -1;
    part("title").focus();
  };

  const noStart = (detail) =>
    show("ECS Lab could not start", "A part of the page did not load or this browser cannot run it. Reload once; if it stays so, use a current " +
      "browser, and check that the host serves .wasm files.", detail);
  // The page is dead and its timers are not: they would hold the lab against the page that comes next.
  const letGo = () => {
    for (let timer = setTimeout(() => {}, 0); timer > 0; timer--) clearTimeout(timer);
    try {
      localStorage.removeItem(PREFIX + "lease/" + sessionStorage.getItem(PREFIX + "slot"));
    } catch {
      // Without a store there is no lease.
    }
  };
  const crashed = (detail, unsaved) => {
    letGo();
    show("ECS Lab has stopped", "This is a fault in the lab, not in what you did. Reload to go on from the last kept command.", detail, unsaved);
  };

  addEventListener("ecs-lab-started", () => { started = true; });
  addEventListener("ecs-lab-crash", (event) => crashed(String(event.detail?.message ?? ""), event.detail?.unsaved));
  addEventListener("error", (event) => {
    if (event.error instanceof Trap) return crashed(String(event.error.stack ?? event.error));
    // What WebAssembly throws as a JavaScript error has stopped the page as surely as a trap.
    if (started && /wasm/.test(String(event.error?.stack))) return crashed(String(event.error.stack));
    const at = event.target;
    const asset = at instanceof HTMLScriptElement || at instanceof HTMLLinkElement;
    if (!started && (asset || event.error)) noStart(asset ? "Not loaded: " + (at.src || at.href || "the start script") : String(event.error));
  }, true);
  addEventListener("unhandledrejection", (event) => {
    if (event.reason instanceof Trap) return crashed(String(event.reason.stack ?? event.reason));
    if (!started) noStart(String(event.reason));
  });
  addEventListener("DOMContentLoaded", () => {
    if (typeof WebAssembly !== "object") noStart("This browser has no WebAssembly.");
    setTimeout(() => {
      const line = document.querySelector("[data-testid=loading]");
      if (!started && line) line.textContent = "Still starting: the download is slow. If nothing comes, reload the page.";
    }, SLOW_MS);
    setTimeout(() => { if (!started) noStart("The lab did not start within a minute."); }, 3 * SLOW_MS);
  });
})();
